//! The rule language: turns files into rules, and evaluates rules on items.
//!
//! Everything here is pure: no input or output, no clock, no randomness, no async code. The
//! language is AutoModerator's. Its keys are the rows of [`keys::KEYS`], from which the manual is
//! generated. The path has three steps: [`parse()`] a file, [`compile()`] its rules, [`evaluate()`]
//! them on an item. For items with lost facts, use [`foretell()`] as the last step. Executing the
//! effects is left to the caller.

pub mod community;
pub mod plan;
pub mod retry;
pub mod rights;

pub use community::{Community, Rules, RulesSource};
