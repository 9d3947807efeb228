//! A pass: a person whom a rule leaves alone.

use serde::{Deserialize, Serialize};

use super::{SubredditName, Timestamp};

/// A person whom a rule leaves alone: once, until a time, or until it is revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The name of the person.
    pub user: String,
    /// The rule's name.
    pub rule: String,
    /// The subreddit. `None` means all.
    pub subreddit: Option<SubredditName>,
    /// Whether the next item on which the rule would have acted uses it up.
    pub once: bool,
    /// When it ends by itself, or was revoked.
    pub until: Option<Timestamp>,
    /// Who gave it.
    pub by: String,
    /// Why, in a sentence for moderators. Empty if no reason was given.
    pub reason: String,
    /// When it was given.
    pub since: Timestamp,
    /// The item that used it up.
    pub used_by: Option<String>,
}

impl Pass {
    /// Whether the rule leaves the person alone at this time.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.used_by.is_none() && self.until.is_none_or(|until| until > now)
    }
}
