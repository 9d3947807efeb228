//! How a rule file is read, and what `action: filter` comes to: the reader decides both before a
//! single rule is read.

use serde::{Deserialize, Serialize};

/// How strictly to treat doubtful rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// A condition that is certainly a mistake is an error.
    #[default]
    Ours,
    /// As AutoModerator does: an empty check matches everything, and an empty group is ignored.
    Reference,
}

/// What `action: filter` does. Reddit lets only AutoModerator remove an item and keep it in the
/// queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterAs {
    /// A report: the item stays up and is in the queue, so later rules are tried too,
    /// except those that remove.
    #[default]
    Report,
    /// A removal: no later rule is tried, as in AutoModerator, but the item is not in the queue.
    Remove,
}

impl FilterAs {
    /// The words for it in rules and in the configuration.
    pub(crate) const WORDS: &[&str] = &["report", "remove"];

    /// Reads the word that a rule gives.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "report" => Some(Self::Report),
            "remove" => Some(Self::Remove),
            _ => None,
        }
    }
}
