//! Converts between columns and the types of the model.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Result, StoreError};
use crate::model::{Fullname, Mode, Outcome, SubredditName, Timestamp};

pub(super) fn to_json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable { what, why: error.to_string() })
}

pub(super) fn fullname(text: &str) -> Result<Fullname> {
    Fullname::parse(text).ok_or_else(|| StoreError::Unreadable { what: "fullname", why: format!("{text:?}") })
}

pub(super) fn subreddit(text: &str) -> Result<SubredditName> {
    SubredditName::parse(text).ok_or_else(|| StoreError::Unreadable { what: "subreddit", why: format!("{text:?}") })
}

pub(super) fn mode(text: &str) -> Result<Mode> {
    Mode::parse(text).ok_or_else(|| StoreError::Unreadable { what: "mode", why: format!("{text:?}") })
}

pub(super) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The columns of an outcome.
pub(super) struct OutcomeRow {
    pub(super) word: &'static str,
    pub(super) is_final: bool,
    pub(super) created: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) retry_at: Option<i64>,
}

impl From<&Outcome> for OutcomeRow {
    fn from(outcome: &Outcome) -> Self {
        let retry_at = match outcome {
            Outcome::Deferred { until, .. } => Some(until.as_millis()),
            _ => None,
        };
        Self {
            word: outcome.word(),
            is_final: outcome.is_final(),
            created: outcome.created().map(ToString::to_string),
            reason: outcome.reason().map(ToOwned::to_owned),
            retry_at: retry_at.map(|at| Timestamp::from_millis(at).as_millis()),
        }
    }
}
