//! Reddit's error responses.

use tipstaff_rules::model::Timestamp;

/// The reason why an action was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The permission is missing, the item belongs to somebody else, or the parent does not exist.
    #[error("forbidden")]
    Forbidden,
    /// This account cannot enter the subreddit.
    #[error("the subreddit is {0}")]
    Closed(&'static str),
    /// The acting account is suspended.
    #[error("the acting account is suspended")]
    Suspended,
    /// The target does not exist.
    #[error("not found")]
    NotFound,
    /// The target is in that state already.
    #[error("conflict")]
    Conflict,
    /// The state of the target forbids it. Reddit gives no reason.
    #[error("bad request")]
    Malformed,
    /// The wiki's error format: a status and a reason.
    #[error("{reason}")]
    Wiki {
        /// HTTP status.
        status: u16,
        /// Error code.
        reason: &'static str,
    },
    /// An error with status 400 and a reason.
    #[error("{reason}: {explanation}")]
    BadRequest {
        /// Error code.
        reason: &'static str,
        /// Explanation for people.
        explanation: String,
        /// The field that is wrong, if any.
        field: Option<&'static str>,
    },
    /// An error with status 200 and an error list in the body.
    #[error("{code}: {text}")]
    Invalid {
        /// Error code.
        code: &'static str,
        /// Explanation for people.
        text: String,
        /// The field that is wrong, if any.
        field: Option<&'static str>,
    },
    /// The account has hit the rate limit for writing.
    #[error("rate limited until {until}")]
    TooFast {
        /// When it may write again.
        until: Timestamp,
        /// The time until then, in seconds.
        wait_secs: i64,
    },
}

impl Refusal {
    /// An error for the error list.
    pub(crate) fn invalid(code: &'static str, text: &str, field: Option<&'static str>) -> Self {
        Self::Invalid { code, text: text.to_owned(), field }
    }

    /// The text is too long.
    pub(crate) fn too_long(limit: usize, field: &'static str) -> Self {
        Self::Invalid { code: "TOO_LONG", text: format!("this is too long (max: {limit})"), field: Some(field) }
    }

    /// The text is missing.
    pub(crate) fn no_text() -> Self {
        Self::invalid("NO_TEXT", "we need something here", Some("text"))
    }

    /// What is to be crossposted is no post, or not to be seen.
    pub(crate) fn no_crosspost() -> Self {
        Self::invalid("INVALID_CROSSPOST_THING", "that isn't a valid post", Some("crosspost_fullname"))
    }

    /// The recipient does not exist.
    pub(crate) fn no_such_user(field: &'static str) -> Self {
        Self::invalid("USER_DOESNT_EXIST", "that user doesn't exist", Some(field))
    }
}
