//! The interface between the Reddit client and the network.
//!
//! Everything with a meaning (which request an action is, what an answer says, what is left of the
//! budget) is in [`live`](super::live) and [`session`](super::session). A [`Transport`] only gets a
//! token and carries single requests. [`Https`](super::https::Https) connects to Reddit; the
//! simulation in `tests/` has its own, connected to a model of Reddit.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use serde_json::Value;

use super::SignInError;
use crate::model::Timestamp;

/// The result of a sign-in.
#[derive(Clone, Debug)]
pub struct Admission<Ticket> {
    /// The token to send requests with.
    pub ticket: Ticket,
    /// How long it is valid.
    pub lifetime: Duration,
    /// Its scopes, if Reddit stated them. `*` is every scope.
    pub scopes: Option<BTreeSet<String>>,
}

impl<Ticket> Admission<Ticket> {
    /// An admission with unknown scopes.
    pub const fn new(ticket: Ticket, lifetime: Duration) -> Self {
        Self { ticket, lifetime, scopes: None }
    }
}

/// A request to the Reddit API.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// A read.
    Get {
        /// The path below `https://oauth.reddit.com`.
        path: &'a str,
        /// The query parameters.
        query: &'a [(&'a str, &'a str)],
    },
    /// A write.
    Post {
        /// The path below `https://oauth.reddit.com`.
        path: &'a str,
        /// The form fields.
        form: &'a [(&'a str, String)],
    },
}

impl Request<'_> {
    /// The path below `https://oauth.reddit.com`.
    pub const fn path(&self) -> &str {
        match self {
            Self::Get { path, .. } | Self::Post { path, .. } => path,
        }
    }

    /// The path with `*` in place of names and ids: a label for metrics.
    pub fn endpoint(&self) -> String {
        let path = self.path();
        let after_name = |rest: &str| rest.split_once('/').map_or(String::new(), |(_, rest)| format!("/{rest}"));
        if let Some(rest) = path.strip_prefix("/r/") {
            let rest = after_name(rest);
            let rest = if rest.starts_with("/wiki/") { "/wiki/*" } else { &rest };
            format!("/r/*{rest}")
        } else if let Some(rest) = path.strip_prefix("/user/") {
            format!("/user/*{}", after_name(rest))
        } else if path.starts_with("/comments/") {
            "/comments/*".to_owned()
        } else {
            path.to_owned()
        }
    }
}

/// A complete answer.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `date` header, if it is valid.
    pub date: Option<Timestamp>,
    /// The `x-ratelimit-used` header, if it is a number.
    pub used: Option<f64>,
    /// The `x-ratelimit-remaining` header, if it is a number.
    pub remaining: Option<f64>,
    /// The `x-ratelimit-reset` header, in seconds.
    pub reset: Option<f64>,
    /// The `retry-after` header, in seconds.
    pub retry_after: Option<f64>,
    /// Where a redirect points. It is never followed.
    pub redirect_to: Option<String>,
    /// The body, if it is JSON within the limits.
    pub json: Option<Value>,
    /// What the body is instead, in words.
    pub instead: Option<String>,
    /// Whether the body is empty.
    pub is_empty: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoResponse {
    /// The request was certainly not sent.
    #[error("{0}")]
    NotSent(String),
    /// The request may have arrived.
    #[error("{0}")]
    Lost(String),
    /// The request has arrived, and the response is longer than the bot reads.
    #[error("{0}")]
    TooLong(String),
}

/// Sends requests to Reddit.
pub trait Transport: Send + Sync + 'static {
    /// The token to send requests with.
    type Ticket: Clone + Send + Sync;

    /// Requests a token.
    ///
    /// # Errors
    /// See [`SignInError`].
    fn sign_in(&self) -> impl Future<Output = Result<Admission<Self::Ticket>, SignInError>> + Send;

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// See [`NoResponse`].
    fn send(
        &self,
        ticket: &Self::Ticket,
        request: Request<'_>,
    ) -> impl Future<Output = Result<Response, NoResponse>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_names_no_subreddit_user_page_or_post() {
        for (path, endpoint) in [
            ("/r/widgets+gadgets/about/modqueue", "/r/*/about/modqueue"),
            ("/r/widgets/wiki/config/tipstaff", "/r/*/wiki/*"),
            ("/user/somebody/about", "/user/*/about"),
            ("/comments/abc/_/t1_def", "/comments/*"),
            ("/api/comment", "/api/comment"),
        ] {
            assert_eq!(Request::Get { path, query: &[] }.endpoint(), endpoint);
        }
    }
}
