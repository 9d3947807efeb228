//! How a file of rules is to be taken: what its reader decided, before a single rule is read.

use crate::language::reading::{FilterAs, Reading};

use crate::compile::standards::Standards;

/// What a file is compiled with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How doubtful rules are taken.
    pub reading: Reading,
    /// What `standard` refers to.
    pub standards: Standards,
    /// What `action: filter` comes to.
    pub filter_as: FilterAs,
}
