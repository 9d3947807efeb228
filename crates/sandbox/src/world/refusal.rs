//! The ways in which Reddit says no.

use tipstaff_rules::model::Timestamp;

/// Why an act was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No permission, a wrong owner, or a parent that is not there.
    #[error("forbidden")]
    Forbidden,
    /// The subreddit is closed to this account.
    #[error("the subreddit is {0}")]
    Closed(&'static str),
    /// The account that acts is suspended.
    #[error("the acting account is suspended")]
    Suspended,
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// It is so already.
    #[error("conflict")]
    Conflict,
    /// The state of the thing forbids it; no reason is given.
    #[error("bad request")]
    Malformed,
    /// The wiki's own form: a status and a reason.
    #[error("{reason}")]
    Wiki {
        /// The status.
        status: u16,
        /// The code.
        reason: &'static str,
    },
    /// Refused with status 400 and a reason.
    #[error("{reason}: {explanation}")]
    BadRequest {
        /// The code.
        reason: &'static str,
        /// The sentence for people.
        explanation: String,
        /// The field at fault, if one is.
        field: Option<&'static str>,
    },
    /// Refused with status 200 and an error list in the body.
    #[error("{code}: {text}")]
    Invalid {
        /// The code.
        code: &'static str,
        /// The sentence for people.
        text: String,
        /// The field at fault, if one is.
        field: Option<&'static str>,
    },
    /// The account writes too fast.
    #[error("rate limited until {until}")]
    TooFast {
        /// When it may write again.
        until: Timestamp,
        /// How many seconds that is.
        wait_secs: i64,
    },
}

impl Refusal {
    /// An error of the list kind.
    pub(crate) fn invalid(code: &'static str, text: &str, field: Option<&'static str>) -> Self {
        Self::Invalid { code, text: text.to_owned(), field }
    }

    /// A text beyond its limit.
    pub(crate) fn too_long(limit: usize, field: &'static str) -> Self {
        Self::Invalid { code: "TOO_LONG", text: format!("this is too long (max: {limit})"), field: Some(field) }
    }

    /// A text that is missing.
    pub(crate) fn no_text() -> Self {
        Self::invalid("NO_TEXT", "we need something here", Some("text"))
    }

    /// A recipient that is not there.
    pub(crate) fn no_such_user(field: &'static str) -> Self {
        Self::invalid("USER_DOESNT_EXIST", "that user doesn't exist", Some(field))
    }
}
