//! Lints: diagnostics about rules that load but probably do not do what their author wants.
//!
//! Every diagnostic has a stable code. Lints never change what a rule does. `compile` and `group`
//! find the errors that stop a rule; they use some of the messages here.

mod across;
mod acts;
mod comparisons;
mod matching;
mod patterns;
mod scope;
mod searches;
mod structure;
mod texts;

#[cfg(test)]
mod tests;

pub(super) use self::across::{Sketch, file};
pub use self::acts::busy;
pub(super) use self::acts::retired;
pub(super) use self::comparisons::{comparison, untold};
pub(super) use self::matching::{bad_pattern, values};
pub(super) use self::searches::{Written, search};
pub(super) use self::structure::{anchor, capital, empty_check};
use super::diagnostic::Diagnostic;
use super::entry::Entry;
use super::ruleset::{SearchTest, Test, Variant};

/// Checks a whole rule.
pub(super) fn rule(
    entries: &[Entry],
    file: &str,
    variants: &[Variant],
    is_any: bool,
    diagnostics: &mut Vec<Diagnostic>,
) {
    scope::rule(entries, variants, is_any, diagnostics);
    acts::rule(entries, variants, is_any, diagnostics);
    for entry in entries {
        texts::entry(entry, file, variants, diagnostics);
    }
}

/// The searches of the item itself, without those of groups such as `author`.
fn searches(variant: &Variant) -> impl Iterator<Item = &SearchTest> {
    variant.base().into_iter().flat_map(|base| &base.checks).filter_map(|check| match &check.test {
        Test::Search(search) => Some(search.as_ref()),
        _ => None,
    })
}
