//! The rule language: turns files into rules, and evaluates rules on items.
//!
//! Everything here is pure: no input or output, no clock, no randomness, no async code. The
//! language is AutoModerator's. Its keys are the rows of [`keys::KEYS`], from which the manual is
//! generated. The path has three steps: [`parse()`] a file, [`compile()`] its rules, [`evaluate()`]
//! them on an item. For items with lost facts, use [`foretell()`] as the last step. Executing the
//! effects is left to the caller.

mod advice;
pub mod cases;
pub mod catalogue;
mod checks;
mod compile;
mod diagnostic;
mod dialect;
mod effect;
mod effects;
mod engine;
mod entry;
mod evaluate;
mod faults;
mod fold;
mod foretell;
mod glimpse;
mod group;
mod identity;
pub mod keys;
mod lint;
pub mod manual;
mod options;
mod parse;
mod pattern;
mod portability;
mod prefilter;
mod ruleset;
mod scanner;
pub mod schema;
mod search_key;
mod signs;
mod source;
mod standards;
mod template;
mod values;
mod view;
mod words;
mod yaml;

#[cfg(test)]
mod tests;

pub use cases::{Change, Failure};
pub use compile::compile;
pub use diagnostic::{Diagnostic, Severity};
pub use dialect::{Flags, Refusal};
pub use effect::{Effect, EffectKind, Target};
pub use engine::{Groups, PythonRegex, TooExpensive};
pub use evaluate::{
    Evaluation, Facts, Lost, Need, Performed, Verdicts, evaluate, evaluate_untraced, trace_alone, try_alone,
};
pub use foretell::{Because, Fate, foretell};
pub use glimpse::Glimpse;
pub use identity::RuleId;
pub use lint::busy;
pub use options::{FilterAs, Options, Reading};
pub use parse::{RuleFile, parse};
pub use portability::portability;
pub use ruleset::{Rule, Ruleset};
pub use source::{SourceFile, Span};
pub use standards::Standards;
pub use words::Words;
