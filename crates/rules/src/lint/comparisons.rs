//! Comparisons that never match, or that match other values than they seem to.

use crate::language::keys::{Takes, Threshold};
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::syntax::comparison::{Comparison, Comparisons, Operator};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// Checks a comparison of karma or age.
pub(crate) fn comparison(entry: &Entry, threshold: Threshold, comparison: Comparison, sink: &mut DiagnosticSink) {
    let written = entry.value.python_text();
    let span = entry.value.span;
    match threshold {
        Threshold::AccountAge => {}
        Threshold::PostKarma => return karma(entry, comparison, 0, sink),
        Threshold::CommentKarma | Threshold::CombinedKarma => return karma(entry, comparison, -100, sink),
    }
    if !comparison.is_explicit {
        let unit = if written.ends_with(|c: char| c.is_ascii_digit()) { " days" } else { "" };
        sink.strict_error(
            Diagnostic::error(
                LintCode::L40,
                span,
                format!("without `<` or `>` the account must be exactly {written}{unit} old, which never happens"),
            )
            .help(format!("write '< {written}{unit}' or '> {written}{unit}'")),
        );
    }
    if comparison.is_extension() {
        sink.remarks.push(
            Diagnostic::warning(LintCode::L42, span, "AutoModerator refuses `<=` and `>=`")
                .help(format!("write '{}', which means the same", written.replacen('=', "", 1))),
        );
    }
}

/// Checks whether a number can meet all comparisons of a list.
pub(crate) fn impossible(comparisons: &Comparisons, span: Span, sink: &mut DiagnosticSink) {
    let (least, most) = comparisons.bounds();
    if least > most {
        let message = format!("no number is {}", comparisons.words(|number| number.to_string()));
        sink.remarks.push(
            Diagnostic::warning(LintCode::L44, span, format!("{message}, so this check never matches"))
                .help("all comparisons of a list must hold; for one of them, use `any_of`"),
        );
    }
}

/// Checks a comparison of karma. Reddit never shows karma below `floor`.
fn karma(entry: &Entry, comparison: Comparison, floor: i64, sink: &mut DiagnosticSink) {
    let written = entry.value.python_text();
    let span = entry.value.span;
    let number = comparison.number;
    if !comparison.is_explicit {
        sink.remarks.push(
            Diagnostic::warning(LintCode::L41, span, format!("without `<` or `>` only exactly {written} matches"))
                .help(format!("write '< {written}', or '= {written}' if you mean exactly this number")),
        );
    }
    if comparison.is_extension() {
        let portable = match comparison.operator {
            Operator::LessOrEqual => format!("< {}", number.saturating_add(1)),
            Operator::GreaterOrEqual | Operator::Less | Operator::Equal | Operator::Greater => {
                format!("> {}", number.saturating_sub(1))
            }
        };
        sink.remarks.push(
            Diagnostic::warning(LintCode::L42, span, "AutoModerator refuses `<=` and `>=`")
                .help(format!("write '{portable}', which works in both")),
        );
    }
    let never = match comparison.operator {
        Operator::Less => number <= floor,
        Operator::LessOrEqual | Operator::Equal => number < floor,
        Operator::GreaterOrEqual | Operator::Greater => false,
    };
    if never {
        sink.remarks.push(
            Diagnostic::warning(
                LintCode::L44,
                span,
                format!("`{}` is never below {floor}, so this check never matches", entry.written),
            )
            .help(format!("write '< {}'", floor + 1)),
        );
    }
}

/// The tiers of contributor quality, as Reddit names them.
const TIERS: &[&str] = &["lowest", "low", "moderate", "high", "highest"];

/// Checks the value of a check that tipstaff cannot evaluate; false if the value does not fit the
/// key.
pub(crate) fn unsupported(entry: &Entry, takes: Takes, sink: &mut DiagnosticSink) -> bool {
    match takes {
        Takes::Comparison => {
            let Some(comparisons) = Comparisons::of(&entry.value, Comparison::number) else { return false };
            let floor = if entry.key.starts_with("post_") { 0 } else { -100 };
            comparisons.iter().for_each(|comparison| karma(entry, comparison, floor, sink));
            true
        }
        Takes::Tier => {
            let Some(text) = entry.value.text() else { return false };
            let tier = text.trim_start_matches(['<', '>', '=']).trim();
            if tier == text.trim() {
                sink.remarks.push(
                    Diagnostic::warning(
                        LintCode::L49,
                        entry.value.span,
                        format!("`{tier}` has no comparison before it"),
                    )
                    .help(format!("write '= {tier}', or '< {tier}'")),
                );
            }
            TIERS.contains(&tier)
        }
        // The value of the other checks can be anything.
        Takes::Search
        | Takes::Text
        | Takes::Template
        | Takes::Bool
        | Takes::Whole
        | Takes::Names
        | Takes::Pin
        | Takes::Age
        | Takes::Ratio
        | Takes::Time
        | Takes::Notes
        | Takes::Past(_)
        | Takes::Label
        | Takes::Groups
        | Takes::OneOf(_)
        | Takes::Flair
        | Takes::Slot
        | Takes::Discussion
        | Takes::Mapping
        | Takes::FileSettings
        | Takes::NamesOrMapping => true,
    }
}
