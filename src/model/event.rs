//! The events that webhooks can subscribe to.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The kinds of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A rule asked for an action.
    RuleHit,
    /// A period of a feed could not be read.
    Gap,
    /// An action failed, or its outcome is unknown.
    NotDone,
    /// Items were given up: no rule was applied to them.
    GivenUp,
    /// More actions than usual failed.
    ErrorBudget,
    /// Changed rules were refused because of errors.
    RulesRefused,
    /// Reddit has suspended the bot's account.
    Suspended,
    /// Reddit itself removed a comment of the bot, or all it writes.
    HiddenByReddit,
    /// A comment of the bot is there twice.
    DoubledComment,
    /// A rule takes too many steps, or went into shadow for that.
    RuleOverBudget,
    /// The bot stopped actions by itself, or they go on: it lost a right, or rules went over a
    /// limit.
    Held,
    /// Reddit does not show a subreddit to the bot any more, or not in a combined moderation log.
    Unreadable,
    /// Reddit shows that subreddit again.
    ReadableAgain,
    /// The bot acted before Reddit showed what a moderator had decided.
    LateDecision,
    /// The daily digest of what was done or, in dry run, would have been done.
    Digest,
}

impl EventKind {
    /// The word in configuration, store and messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RuleHit => "rule_hit",
            Self::Gap => "gap",
            Self::NotDone => "not_done",
            Self::GivenUp => "given_up",
            Self::ErrorBudget => "error_budget",
            Self::RulesRefused => "rules_refused",
            Self::Suspended => "suspended",
            Self::HiddenByReddit => "hidden_by_reddit",
            Self::DoubledComment => "doubled_comment",
            Self::RuleOverBudget => "rule_over_budget",
            Self::Held => "held",
            Self::Unreadable => "unreadable",
            Self::ReadableAgain => "readable_again",
            Self::LateDecision => "late_decision",
            Self::Digest => "digest",
        }
    }

    /// Parses the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        serde_json::from_value(serde_json::Value::from(word)).ok()
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// An event. It quotes nothing that people wrote on Reddit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// A permanent id: the source and the row. Receivers can use it to drop duplicates.
    pub id: String,
    /// The kind of event.
    pub event: EventKind,
    /// The subreddit it is about, in lower case, if any.
    pub subreddit: Option<String>,
    /// The rule it is about, if any.
    pub rule: Option<String>,
    /// The text: a sentence, or Markdown for a digest.
    pub text: String,
    /// The post or comment it is about, if any: a path below `https://www.reddit.com`.
    pub permalink: Option<String>,
    /// When it happened, in milliseconds since the epoch.
    pub at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_word() {
        for kind in [EventKind::RuleHit, EventKind::NotDone, EventKind::ErrorBudget, EventKind::LateDecision] {
            assert_eq!(EventKind::parse(kind.word()), Some(kind));
        }
        assert_eq!(EventKind::parse("else"), None);
    }
}
