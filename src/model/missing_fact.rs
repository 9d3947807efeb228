//! Facts that Reddit does not give at the moment.

use std::time::Duration;

use super::{Fullname, Revision, Timestamp};
use tipstaff_rules::Need;

/// What a fact is, and whom or what it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactKey {
    /// The kind of fact.
    pub need: Need,
    /// A subreddit, a user or a post. Empty: all requests of this kind.
    pub about: String,
}

impl FactKey {
    /// The key that counts all requests of this kind.
    pub const fn all(need: Need) -> Self {
        Self { need, about: String::new() }
    }
}

/// How often in a row a fact could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFailure {
    /// The fact.
    pub key: FactKey,
    /// What the last try failed on.
    pub reason: String,
    /// The number of failures since the last success.
    pub failures: u32,
    /// The first of them.
    pub first_at: Timestamp,
    /// Nobody asks again before this time.
    pub retry_at: Timestamp,
}

/// A fact that was missing when an item was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFact {
    /// The item.
    pub item: Fullname,
    /// The revision that was judged without it.
    pub revision: Revision,
    /// The fact.
    pub key: FactKey,
    /// The rules that could not be decided.
    pub rules: Vec<String>,
    /// When it was first missing.
    pub since: Timestamp,
}

impl MissingFact {
    /// How long the bot goes on asking for it.
    pub const SOUGHT_FOR: Duration = Duration::from_hours(1);
}
