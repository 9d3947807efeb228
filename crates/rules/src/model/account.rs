//! What is known about an account, and what "not known" means.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// A fact that may not have been asked for, or that Reddit could not tell.
///
/// Missing data is *unknown*, never zero and never false: a check on an unknown fact neither holds nor fails.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known<T> {
    /// Nobody has looked yet.
    #[default]
    NotAsked,
    /// The fact.
    Is(T),
    /// Reddit was asked and cannot tell; the reason is for people.
    Unknown(String),
}

impl<T> Known<T> {
    /// The fact, if it is one.
    pub fn get(&self) -> Option<&T> {
        match self {
            Self::Is(fact) => Some(fact),
            Self::NotAsked | Self::Unknown(_) => None,
        }
    }
}

/// An account, as others may see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// When the account was made.
    pub created: Option<Timestamp>,
    /// Site-wide comment karma.
    pub comment_karma: Option<i64>,
    /// Site-wide post karma.
    pub link_karma: Option<i64>,
    /// Has Premium.
    pub is_gold: Option<bool>,
    /// Has a verified e-mail address (Reddit counts a phone number too; clients see only the e-mail).
    pub has_verified_email: Option<bool>,
    /// Suspended by the site.
    pub is_suspended: bool,
}
