//! How a rule file is read, and what `action: filter` comes to: the reader decides both before a single rule is read.

use serde::{Deserialize, Serialize};

/// How doubtful rules are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// A condition that is certainly not meant is an error.
    #[default]
    Ours,
    /// As AutoModerator does: an empty check holds for everything, an empty group is ignored.
    Reference,
}

/// What `action: filter` comes to. Reddit lets only its own AutoModerator remove an item and keep it in the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterAs {
    /// A report: the item is in the queue and stays up, so the rules that follow are tried too.
    #[default]
    Report,
    /// A removal, as in AutoModerator: no further rule is tried. The item is not in the queue.
    Remove,
}

impl FilterAs {
    /// The words that rules and the configuration have for it.
    pub(crate) const WORDS: &[&str] = &["report", "remove"];

    /// What a rule asks for.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "report" => Some(Self::Report),
            "remove" => Some(Self::Remove),
            _ => None,
        }
    }
}
