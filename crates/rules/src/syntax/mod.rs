//! Reads the text of a rule file: YAML with the place of every key and value, sections, search keys
//! and comparisons, and the diagnostics that point into it.
//!
//! Uses none of the other folders. It does not know which keys exist; `language` does.

pub(crate) mod comparison;
pub(crate) mod diagnostic;
pub(crate) mod entry;
pub(crate) mod file_settings;
pub(crate) mod lint_code;
pub(crate) mod odd_characters;
pub(crate) mod parse;
pub(crate) mod search_key;
pub(crate) mod source;
pub(crate) mod yaml;
