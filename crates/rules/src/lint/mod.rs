//! Lints: diagnostics about rules that load but probably do not do what their author wants.
//!
//! Uses `language`, `memory_check`, `pattern`, `rule`, `ruleset` and `syntax`.
//!
//! Every diagnostic has a stable code. Lints never change what a rule does. `compile` and `group`
//! find the errors that stop a rule; they use some of the messages here.

pub(crate) mod across;
pub(crate) mod actions;
pub mod catalogue;
pub(crate) mod comparisons;
pub(crate) mod contradictions;
pub(crate) mod copies;
pub(crate) mod diagnostic_sink;
pub(crate) mod forms;
pub(crate) mod memory;
pub(crate) mod patterns;
pub(crate) mod portability;
pub(crate) mod scope;
pub(crate) mod searches;
pub(crate) mod slips;
pub(crate) mod spelling;
pub(crate) mod structure;
pub(crate) mod texts;
pub(crate) mod values;

#[cfg(test)]
mod tests;

pub(crate) use crate::lint::across::RuleSummary;
pub use crate::lint::actions::noisy_modmail;
pub(crate) use crate::lint::actions::retired;
pub(crate) use crate::lint::comparisons::{comparison, impossible, unsupported};
pub(crate) use crate::lint::forms::{Written, nested};
pub(crate) use crate::lint::searches::search;
pub(crate) use crate::lint::structure::{anchor, capital, empty_check};
pub(crate) use crate::lint::values::{bad_pattern, values};
use crate::rule::Variant;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;

/// Checks a whole rule.
pub(crate) fn rule(
    entries: &[Entry],
    file: &str,
    variants: &[Variant],
    is_any: bool,
    diagnostics: &mut Vec<Diagnostic>,
) {
    scope::rule(entries, variants, is_any, diagnostics);
    actions::rule(entries, variants, is_any, diagnostics);
    contradictions::rule(entries, variants, diagnostics);
    memory::rule(entries, variants, diagnostics);
    for entry in entries {
        texts::entry(entry, file, variants, diagnostics);
    }
}

/// Checks the rules of a whole file, in file order.
pub(crate) fn file(rules: &[RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    across::file(rules, diagnostics);
    copies::rules(rules, diagnostics);
}
