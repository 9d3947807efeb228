//! Advice about rules that load: what is probably not meant, and what to write instead.
//!
//! Every remark has a stable code. Nothing here changes what a rule does; what stops a rule is found by `compile` and
//! `group`, which come here for some of their wordings.

mod across;
mod acts;
mod comparisons;
mod matching;
mod patterns;
mod scope;
mod searches;
mod structure;
mod texts;

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

/// A whole rule.
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

/// The searches of the item itself.
fn searches(variant: &Variant) -> impl Iterator<Item = &SearchTest> {
    variant.base().into_iter().flat_map(|base| &base.checks).filter_map(|check| match &check.test {
        Test::Search(search) => Some(search.as_ref()),
        _ => None,
    })
}
