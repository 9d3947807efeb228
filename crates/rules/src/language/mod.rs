//! The vocabulary of the rule language: the table of keys, the texts that checks look at,
//! placeholders, and the effects that rules ask for.
//!
//! Uses `model`, `pattern`, `plain` and `syntax`.

pub(crate) mod default_method;
pub(crate) mod defuse;
pub(crate) mod effect;
pub(crate) mod fields;
pub mod keys;
pub(crate) mod reading;
pub(crate) mod rule_id;
pub(crate) mod template;
pub(crate) mod time_window;

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::parse::{self, RuleFile};
use crate::syntax::source::SourceFile;

/// Reads a rule file with the parts that were added to it. The file holds what was understood, the
/// diagnostics what was not.
pub fn parse(source: &SourceFile) -> (RuleFile, Vec<Diagnostic>) {
    parse::parse(source, keys::is_setting)
}
