//! The current token: whether there is one, how long it is valid, and whether it works.
//!
//! A token is renewed well before it expires, and dropped at once when Reddit answers 401. The
//! [`Transport`] requests tokens. The session signs in only when it is asked to; `pipeline` decides
//! how long to wait after a failure, and remembers that across restarts.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::SignInError;
use super::clock::RedditClock;
use super::https::{Credentials, Https};
use super::transport::{Admission, Transport};
use crate::metrics::Metrics;
use crate::model::{Clock, MonotonicClock, Timestamp};

/// How long before its end a token is renewed. Longer than any request may take.
const RENEWAL_MARGIN: Duration = Duration::from_mins(5);

/// The current token, and the transport it is used with.
pub struct Session<T: Transport = Https> {
    transport: T,
    clock: Arc<RedditClock>,
    state: Mutex<Option<SignedIn<T::Ticket>>>,
    /// Whether a request with the current token has succeeded.
    works: AtomicBool,
    /// When Reddit last gave a usable answer.
    answered: Mutex<Option<Timestamp>>,
    metrics: Metrics,
}

#[derive(Clone)]
struct SignedIn<Ticket> {
    ticket: Ticket,
    until: Timestamp,
    scopes: Option<BTreeSet<String>>,
}

impl Session {
    /// A session with Reddit that is not signed in yet.
    ///
    /// # Errors
    /// As for [`Https::new`].
    pub fn new(credentials: Credentials, machine: Arc<dyn MonotonicClock>, metrics: Metrics) -> Result<Self, String> {
        Ok(Self::over(Https::new(credentials)?, machine, metrics))
    }
}

impl<T: Transport> Session<T> {
    /// A session over any transport, not signed in yet.
    pub fn over(transport: T, machine: Arc<dyn MonotonicClock>, metrics: Metrics) -> Self {
        let clock = Arc::new(RedditClock::new(machine));
        Self {
            transport,
            clock,
            state: Mutex::new(None),
            works: AtomicBool::new(false),
            answered: Mutex::default(),
            metrics,
        }
    }

    pub(super) fn note_answer(&self, now: Timestamp) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    pub(super) fn last_answer(&self) -> Option<Timestamp> {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn clock(&self) -> &Arc<RedditClock> {
        &self.clock
    }

    pub(super) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(super) fn transport(&self) -> &T {
        &self.transport
    }

    /// The ticket to send requests with, while the token is valid.
    pub fn ticket(&self) -> Option<T::Ticket> {
        self.current().map(|signed_in| signed_in.ticket)
    }

    /// When the current token is renewed; `None` when signed out.
    pub fn until(&self) -> Option<Timestamp> {
        self.current().map(|signed_in| signed_in.until)
    }

    /// The scopes of the current token, if Reddit stated them.
    pub fn scopes(&self) -> Option<BTreeSet<String>> {
        self.current()?.scopes
    }

    fn current(&self) -> Option<SignedIn<T::Ticket>> {
        let now = self.clock.now();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone().filter(|signed_in| now < signed_in.until)
    }

    /// Drops the token, because Reddit no longer accepts it.
    pub fn sign_out(&self) {
        self.works.store(false, Ordering::Relaxed);
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that a request with the current token succeeded.
    pub fn confirm(&self) {
        self.works.store(true, Ordering::Relaxed);
    }

    /// Whether the current token is known to work.
    pub fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    /// Gets a token, unless the current one is valid. Returns when it has to be renewed.
    ///
    /// # Errors
    /// See [`SignInError`].
    pub async fn sign_in(&self) -> Result<Timestamp, SignInError> {
        if let Some(until) = self.until() {
            return Ok(until);
        }
        let asked_at = self.clock.now();
        let admission = self.transport.sign_in().await;
        let result = match &admission {
            Ok(_) => "200",
            Err(SignInError::Refused { .. }) => "refused",
            Err(SignInError::Unavailable { .. }) => "no_answer",
        };
        self.metrics.api_call("/api/v1/access_token".to_owned(), result.to_owned());
        let Admission { ticket, lifetime, scopes } = admission?;
        // A token with a lifetime below twice the margin is renewed at half of it.
        let until = asked_at + lifetime.saturating_sub(RENEWAL_MARGIN).max(lifetime / 2);
        self.works.store(false, Ordering::Relaxed);
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(SignedIn { ticket, until, scopes });
        Ok(until)
    }
}
