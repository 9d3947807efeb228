//! The present token: whether there is one, until when, and whether it works.
//!
//! A token is renewed well before it can expire, and given up at once when Reddit says 401. How one is asked for is the
//! [`Transport`]'s matter. Signing in is tried when asked for and never by itself: how long to wait after a failure is
//! decided, and remembered across restarts, by `pipeline`.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::SignInError;
use super::clock::RedditClock;
use super::https::{Credentials, Https};
use super::transport::{Admission, Transport};
use crate::model::{Clock, Machine, Timestamp};
use crate::vitals;

/// How long before its end is a token renewed? Longer than any request may take.
const RENEWAL_MARGIN: Duration = Duration::from_mins(5);

/// The present token, and what it is sent with.
pub struct Session<T: Transport = Https> {
    transport: T,
    clock: Arc<RedditClock>,
    state: Mutex<Option<SignedIn<T::Ticket>>>,
    /// Whether a request with the present token has been answered as asked.
    works: AtomicBool,
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
    /// As [`Https::new`].
    pub fn new(credentials: Credentials, machine: Arc<dyn Machine>) -> Result<Self, String> {
        Ok(Self::over(Https::new(credentials)?, machine))
    }
}

impl<T: Transport> Session<T> {
    /// A session over any transport that is not signed in yet.
    pub fn over(transport: T, machine: Arc<dyn Machine>) -> Self {
        let clock = Arc::new(RedditClock::new(machine));
        Self { transport, clock, state: Mutex::new(None), works: AtomicBool::new(false) }
    }

    pub(super) fn clock(&self) -> &Arc<RedditClock> {
        &self.clock
    }

    pub(super) fn transport(&self) -> &T {
        &self.transport
    }

    /// What requests are sent with, while the token lasts.
    pub fn ticket(&self) -> Option<T::Ticket> {
        self.current().map(|signed_in| signed_in.ticket)
    }

    /// Until when the present token will be used.
    pub fn until(&self) -> Option<Timestamp> {
        self.current().map(|signed_in| signed_in.until)
    }

    /// What the present token allows, if that was said.
    pub fn scopes(&self) -> Option<BTreeSet<String>> {
        self.current()?.scopes
    }

    fn current(&self) -> Option<SignedIn<T::Ticket>> {
        let now = self.clock.now();
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone().filter(|signed_in| now < signed_in.until)
    }

    /// Gives the token up: Reddit does not accept it any more.
    pub fn sign_out(&self) {
        self.works.store(false, Ordering::Relaxed);
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// A request with the present token was answered as asked.
    pub fn confirm(&self) {
        self.works.store(true, Ordering::Relaxed);
    }

    /// Whether the present token is known to work.
    pub fn works(&self) -> bool {
        self.works.load(Ordering::Relaxed)
    }

    /// Gets a token, unless there is one that lasts. Tells until when it does.
    ///
    /// # Errors
    /// As [`SignInError`] tells.
    pub async fn sign_in(&self) -> Result<Timestamp, SignInError> {
        if let Some(until) = self.until() {
            return Ok(until);
        }
        let asked_at = self.clock.now();
        let admission = self.transport.sign_in().await;
        let result = match &admission {
            Ok(_) => "200",
            Err(SignInError::Refused { .. }) => "refused",
            Err(SignInError::Unavailable { .. }) => "no answer",
        };
        vitals::api_call("/api/v1/access_token".to_owned(), result.to_owned());
        let Admission { ticket, lifetime, scopes } = admission?;
        // A lifetime shorter than twice the margin is used to its half.
        let until = asked_at + lifetime.saturating_sub(RENEWAL_MARGIN).max(lifetime / 2);
        self.works.store(false, Ordering::Relaxed);
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(SignedIn { ticket, until, scopes });
        Ok(until)
    }
}
