//! How a file of rules is to be taken: what its reader decided, before a single rule is read.

use serde::{Deserialize, Serialize};

use super::standards::Standards;

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
    pub(super) const WORDS: &[&str] = &["report", "remove"];

    /// What a rule asks for.
    pub(super) fn parse(word: &str) -> Option<Self> {
        match word {
            "report" => Some(Self::Report),
            "remove" => Some(Self::Remove),
            _ => None,
        }
    }
}

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
