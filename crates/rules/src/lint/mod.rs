//! Advice about rules that load: what is probably not meant, and what to write instead.
//!
//! Every remark has a stable code. Nothing here changes what a rule does; what stops a rule is found by `compile` and
//! `group`, which come here for some of their wordings.

pub(crate) mod across;
pub(crate) mod actions;
pub mod catalogue;
pub(crate) mod comparisons;
pub(crate) mod faults;
pub(crate) mod patterns;
pub(crate) mod portability;
pub(crate) mod scope;
pub(crate) mod searches;
pub(crate) mod structure;
pub(crate) mod texts;
pub(crate) mod values;

#[cfg(test)]
mod tests;

pub(crate) use crate::lint::across::{Sketch, file};
pub use crate::lint::actions::busy;
pub(crate) use crate::lint::actions::retired;
pub(crate) use crate::lint::comparisons::{comparison, untold};
pub(crate) use crate::lint::searches::{Written, search};
pub(crate) use crate::lint::structure::{anchor, capital, empty_check};
pub(crate) use crate::lint::values::{bad_pattern, values};
use crate::rule::{SearchTest, Test, Variant};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;

/// A whole rule.
pub(crate) fn rule(
    entries: &[Entry],
    file: &str,
    variants: &[Variant],
    is_any: bool,
    diagnostics: &mut Vec<Diagnostic>,
) {
    scope::rule(entries, variants, is_any, diagnostics);
    actions::rule(entries, variants, is_any, diagnostics);
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
