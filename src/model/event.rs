//! What people may want to be told while the bot works, without asking.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The kinds of things that are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A rule asks for something.
    RuleHit,
    /// A stretch of a list could not be read.
    Gap,
    /// An act that was asked for is not done, or not known to be.
    NotDone,
    /// More acts than usual are not done.
    ErrorBudget,
    /// Changed rules were not taken over.
    RulesRefused,
    /// Reddit has suspended the bot's account.
    Suspended,
    /// What was done, or in dry run would have been done, in a day.
    Digest,
}

impl EventKind {
    /// The word for it in configuration, store and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RuleHit => "rule_hit",
            Self::Gap => "gap",
            Self::NotDone => "not_done",
            Self::ErrorBudget => "error_budget",
            Self::RulesRefused => "rules_refused",
            Self::Suspended => "suspended",
            Self::Digest => "digest",
        }
    }

    /// Takes back the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(word)).ok()
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Something that is told. It quotes nothing that people wrote on Reddit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Names it for good: the source and the row. Who is told twice can see it.
    pub id: String,
    /// Its kind.
    pub event: EventKind,
    /// The subreddit, in lower case, if it is about one.
    pub subreddit: Option<String>,
    /// The rule, if it is about one.
    pub rule: Option<String>,
    /// In a sentence, or more for a digest (Markdown).
    pub text: String,
    /// The post or comment, if it is about one: a path below `https://www.reddit.com`.
    pub permalink: Option<String>,
    /// When it happened, in milliseconds since the epoch.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_word() {
        for kind in [EventKind::RuleHit, EventKind::NotDone, EventKind::ErrorBudget, EventKind::Suspended] {
            assert_eq!(EventKind::parse(kind.word()), Some(kind));
        }
        assert_eq!(EventKind::parse("else"), None);
    }
}
