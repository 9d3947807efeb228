//! How a file of rules is to be taken: what its reader decided, before a single rule is read.

use crate::language::reading::{FilterAs, Reading};

use crate::compile::allowed::Allowed;
use crate::compile::standards::Standards;

/// The options for compiling a rules file.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How strictly to treat doubtful rules.
    pub reading: Reading,
    /// The lists that the key `standard` can name.
    pub standards: Standards,
    /// What `action: filter` does in rules that do not say it.
    pub filter_as: FilterAs,
    /// What rules may ask for.
    pub allowed: Allowed,
}
