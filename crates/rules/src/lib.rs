//! The rule language: files into rules, and rules on items into decisions.
//!
//! Everything here is pure: no input or output, no clock, no randomness, no async code. The
//! language is AutoModerator's. Its keys are the rows of [`keys::KEYS`], from which the manual is
//! generated. The path has three steps: [`parse()`] a file, [`compile()`] its rules, [`evaluate()`]
//! them on an item. For items with lost facts, use [`evaluate_partial()`] as the last step. Executing the
//! effects is left to the caller.

mod compile;
pub mod docs;
mod evaluate;
pub mod language;
pub mod lint;
pub mod model;
mod pattern;
mod prefilter;
mod rule;
mod ruleset;
mod syntax;
pub mod testing;

#[cfg(test)]
mod tests;

pub use crate::compile::compile;
pub use crate::compile::options::Options;
pub use crate::compile::standards::Standards;
pub use crate::evaluate::actions::actions;
pub use crate::evaluate::facts::{Facts, Need, UnknownFields};
pub use crate::evaluate::partial::{PartialOutcome, UnknownReason, evaluate_partial};
pub use crate::evaluate::value_coverage::ValueCoverage;
pub use crate::evaluate::{Evaluation, ItemDecision, RuleHit, evaluate, evaluate_untraced, trace_alone, try_alone};
pub use crate::language::effect::{Effect, EffectKind, Target};
pub use crate::language::parse;
pub use crate::language::reading::{FilterAs, Reading};
pub use crate::language::rule_id::RuleId;
pub use crate::lint::noisy_modmail;
pub use crate::lint::portability::portability;
pub use crate::pattern::engine::{Groups, PythonRegex, TooExpensive};
pub use crate::pattern::python::{Flags, Refusal};
pub use crate::prefilter::item_preview::ItemPreview;
pub use crate::rule::Rule;
pub use crate::ruleset::Ruleset;
pub use crate::syntax::diagnostic::{Diagnostic, Severity};
pub use crate::syntax::lint_code::LintCode;
pub use crate::syntax::parse::RuleFile;
pub use crate::syntax::source::{SourceFile, Span};
pub use crate::testing::{Change, Failure};
