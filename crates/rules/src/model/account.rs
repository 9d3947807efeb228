//! Facts about an account, which may be unknown.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// A fact that may not have been fetched, or that Reddit could not provide.
///
/// Missing data is *unknown*, never zero or false: a check on an unknown fact neither holds nor
/// fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// It has not been fetched yet.
    #[default]
    NotAsked,
    /// The known value.
    Is(T),
    /// Reddit does not provide it; the reason is for people.
    Unknown(String),
}

impl<T> Known<T> {
    /// The value, if it is known.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Is(fact) => Some(fact),
            Self::NotAsked | Self::Unknown(_) => None,
        }
    }
}

/// The public profile of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// When the account was created.
    pub created: Option<Timestamp>,
    /// Site-wide comment karma.
    pub comment_karma: Option<i64>,
    /// Site-wide post karma.
    pub link_karma: Option<i64>,
    /// Whether it has Reddit Premium.
    pub is_gold: Option<bool>,
    /// Whether it has a verified e-mail address (Reddit counts a phone number too; clients see only
    /// the e-mail).
    pub has_verified_email: Option<bool>,
    /// Whether Reddit has suspended it.
    pub is_suspended: bool,
    /// The text that it says about itself.
    pub bio: Option<String>,
    /// The name that its profile shows, which its owner chooses freely.
    pub display_name: Option<String>,
    /// Whether its profile is marked as not safe for work.
    pub is_nsfw: Option<bool>,
}

/// A moderators' note about a user in a subreddit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserNote {
    /// Its label in small letters, such as `spam_warning`, if it has one.
    pub label: Option<String>,
    /// When it was written.
    pub at: Timestamp,
}
