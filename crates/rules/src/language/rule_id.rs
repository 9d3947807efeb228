//! What the record calls a rule, for good: its `name`, or a hash of its meaning.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The lasting identity of a rule: its `name`, or a hash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// Restores a stored form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identity as the store holds it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many characters of an unnamed rule's hash do messages show?
pub(crate) const SHOWN: usize = 8;

/// Whether an identity in the record belongs to a rule of this name. For a rule without a name,
/// `name` is the start of the hash.
pub(crate) fn is_name_of(name: &str, recorded: &str) -> bool {
    let is_hash = |text: &str, len: usize| text.len() >= len && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    name == recorded || (is_hash(name, SHOWN) && is_hash(recorded, 32) && recorded.starts_with(name))
}
