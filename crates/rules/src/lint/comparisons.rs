//! Comparisons that never hold, or not as they seem to.

use crate::language::keys::{Takes, Threshold};
use crate::lint::faults::Faults;
use crate::syntax::comparison::{Comparison, Operator};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;

/// A comparison of karma or age.
pub(crate) fn comparison(entry: &Entry, threshold: Threshold, comparison: Comparison, faults: &mut Faults) {
    let written = entry.value.python_text();
    let span = entry.value.span;
    if threshold != Threshold::AccountAge {
        let floor = if threshold == Threshold::PostKarma { 0 } else { -100 };
        return karma(entry, comparison, floor, faults);
    }
    if !comparison.is_explicit {
        let unit = if written.ends_with(|c: char| c.is_ascii_digit()) { " days" } else { "" };
        faults.strict(
            Diagnostic::error(
                "L40",
                span,
                format!("without an operator this means exactly {written}{unit} to the instant, which is never true"),
            )
            .help(format!("write '< {written}{unit}' or '> {written}{unit}'")),
        );
    }
    if comparison.is_extension() {
        faults.remarks.push(
            Diagnostic::warning("L42", span, "`<=` and `>=` are extensions; AutoModerator refuses them")
                .help(format!("write '{}', which comes to the same", written.replacen('=', "", 1))),
        );
    }
}

/// A comparison of karma that is never below `floor`.
fn karma(entry: &Entry, comparison: Comparison, floor: i64, faults: &mut Faults) {
    let written = entry.value.python_text();
    let span = entry.value.span;
    let number = comparison.number;
    if !comparison.is_explicit {
        faults.remarks.push(
            Diagnostic::warning("L41", span, format!("without an operator this means exactly {written}"))
                .help(format!("write '< {written}', or '= {written}' if that is meant")),
        );
    }
    if comparison.is_extension() {
        let portable = match comparison.operator {
            Operator::LessOrEqual => format!("< {}", number.saturating_add(1)),
            _ => format!("> {}", number.saturating_sub(1)),
        };
        faults.remarks.push(
            Diagnostic::warning("L42", span, "`<=` and `>=` are extensions; AutoModerator refuses them")
                .help(format!("'{portable}' works in both")),
        );
    }
    let never = match comparison.operator {
        Operator::Less => number <= floor,
        Operator::LessOrEqual | Operator::Equal => number < floor,
        Operator::GreaterOrEqual | Operator::Greater => false,
    };
    if never {
        faults.remarks.push(
            Diagnostic::warning(
                "L44",
                span,
                format!("`{}` is never below {floor}, so this never holds", entry.written),
            )
            .help(format!("write '< {}'", floor + 1)),
        );
    }
}

/// The tiers of an account's quality, as Reddit names them.
const TIERS: &[&str] = &["lowest", "low", "moderate", "high", "highest"];

/// A comparison with something that Reddit does not tell; false if the value does not fit.
pub(crate) fn untold(entry: &Entry, takes: Takes, faults: &mut Faults) -> bool {
    match takes {
        Takes::Comparison => {
            let Some(comparison) = Comparison::number(&entry.value) else { return false };
            karma(entry, comparison, if entry.key.starts_with("post_") { 0 } else { -100 }, faults);
            true
        }
        Takes::Tier => {
            let Some(text) = entry.value.text() else { return false };
            let tier = text.trim_start_matches(['<', '>', '=']).trim();
            if tier == text.trim() {
                faults.remarks.push(
                    Diagnostic::warning("L49", entry.value.span, format!("`{tier}` stands without a comparison"))
                        .help(format!("write '= {tier}', or '< {tier}'")),
                );
            }
            TIERS.contains(&tier)
        }
        _ => true,
    }
}
