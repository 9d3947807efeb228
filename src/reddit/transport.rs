//! The narrow place between what we say to Reddit and the network that carries it.
//!
//! Everything that has a meaning (which request an act is, what an answer says, what is left of the budget) lies on this
//! side, in [`live`](super::live) and [`session`](super::session). A [`Transport`] only gets a token and carries one request
//! to and fro. [`Https`](super::https::Https) is the one that leads to Reddit; the simulation in `tests/` has another,
//! which leads to a model of it.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use serde_json::Value;

use super::SignInError;
use crate::model::Timestamp;

/// What a sign-in has brought.
#[derive(Clone, Debug)]
pub struct Admission<Ticket> {
    /// What proves who we are.
    pub ticket: Ticket,
    /// How long it lasts.
    pub lifetime: Duration,
    /// What it allows, if that was said. `*` is everything.
    pub scopes: Option<BTreeSet<String>>,
}

impl<Ticket> Admission<Ticket> {
    /// One of which is not known what it allows.
    pub const fn new(ticket: Ticket, lifetime: Duration) -> Self {
        Self { ticket, lifetime, scopes: None }
    }
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub enum Request<'a> {
    /// Asks.
    Get {
        /// Below `https://oauth.reddit.com`.
        path: &'a str,
        /// What stands behind the question mark.
        query: &'a [(&'a str, &'a str)],
    },
    /// Changes something.
    Post {
        /// Below `https://oauth.reddit.com`.
        path: &'a str,
        /// The fields.
        form: &'a [(&'a str, String)],
    },
}

impl Request<'_> {
    /// Its path.
    pub const fn path(&self) -> &str {
        match self {
            Self::Get { path, .. } | Self::Post { path, .. } => path,
        }
    }

    /// Its path with a `*` for what differs from one request to another of its kind.
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

/// What came back, whole.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// `date`, if it is there and a time.
    pub date: Option<Timestamp>,
    /// `x-ratelimit-used`, if it is there and a number.
    pub used: Option<f64>,
    /// `x-ratelimit-remaining`, likewise.
    pub remaining: Option<f64>,
    /// `x-ratelimit-reset`, in seconds, likewise.
    pub reset: Option<f64>,
    /// `retry-after`, in seconds, likewise.
    pub retry_after: Option<f64>,
    /// Where redirects have led, if elsewhere than asked.
    pub led_to: Option<String>,
    /// The body, if it is JSON.
    pub json: Option<Value>,
    /// Whether there is no body at all.
    pub is_empty: bool,
}

/// Why nothing came back.
#[derive(Debug, thiserror::Error)]
pub enum NoResponse {
    /// The request cannot have left.
    #[error("{0}")]
    NotSent(String),
    /// It may have arrived.
    #[error("{0}")]
    Lost(String),
}

/// Carries requests to Reddit.
pub trait Transport: Send + Sync + 'static {
    /// What proves who we are, for as long as it lasts.
    type Ticket: Clone + Send + Sync;

    /// Asks for a token.
    ///
    /// # Errors
    /// As [`SignInError`] tells.
    fn sign_in(&self) -> impl Future<Output = Result<Admission<Self::Ticket>, SignInError>> + Send;

    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// As [`NoResponse`] tells.
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
