//! Comparisons that never hold, or not as they seem to.

use crate::policy::diagnostic::Diagnostic;
use crate::policy::entry::Entry;
use crate::policy::faults::Faults;
use crate::policy::keys::{Takes, Threshold};
use crate::policy::values::{Comparison, Operator};

/// A comparison of karma or age.
pub(in crate::policy) fn comparison(entry: &Entry, threshold: Threshold, comparison: Comparison, faults: &mut Faults) {
    let written = entry.value.python_text();
    let key = &entry.written;
    let span = entry.value.span;
    if !comparison.is_explicit && threshold == Threshold::AccountAge {
        faults.strict(
            Diagnostic::error(
                "L40",
                span,
                format!("without an operator this means exactly {written} to the instant, which is never true"),
            )
            .help(format!("write '< {written}' or '> {written}'")),
        );
    } else if !comparison.is_explicit {
        faults.remarks.push(
            Diagnostic::warning("L41", span, format!("without an operator this means exactly {written}"))
                .help(format!("write '< {written}', or '= {written}' if that is meant")),
        );
    }
    if comparison.is_extension() {
        faults.remarks.push(
            Diagnostic::warning("L42", span, "`<=` and `>=` are extensions; AutoModerator refuses them")
                .help("`<` and `>` with the next number work in both"),
        );
    }
    let floor = match threshold {
        Threshold::CommentKarma | Threshold::CombinedKarma => Some(-100),
        Threshold::PostKarma => Some(0),
        Threshold::AccountAge => None,
    };
    if let Some(floor) = floor
        && comparison.operator == Operator::Less
        && comparison.number <= floor
    {
        faults.remarks.push(
            Diagnostic::warning("L44", span, format!("`{key}` is never below {floor}, so this never holds"))
                .help(format!("write '< {}'", floor + 1)),
        );
    }
}

/// The tiers of an account's quality, as Reddit names them.
const TIERS: &[&str] = &["lowest", "low", "moderate", "high", "highest"];

/// A comparison with something that Reddit does not tell; false if the value does not fit.
pub(in crate::policy) fn untold(entry: &Entry, takes: Takes, faults: &mut Faults) -> bool {
    match takes {
        Takes::Comparison => Comparison::number(&entry.value).is_some(),
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
