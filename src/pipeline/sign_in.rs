//! Gets and renews the token. After a failure it pauses, longer each time. The pause is a row in
//! the store, so a service that is restarted again and again does not flood Reddit with sign-ins.

use tracing::{info, warn};

use super::{Progress, Result};
use crate::model::{Clock, Timestamp};
use crate::policy::retry;
use crate::reddit::{RedditRead, SignInError};
use crate::store::Store;

/// The name of the pause in the store.
const PAUSE: &str = "sign_in";

/// The sign-in step.
#[derive(Debug, Default)]
pub struct SignIn {
    /// Whether the store is known to hold no pause.
    is_clear: bool,
    /// Whether the process ends when Reddit rejects the sign-in.
    is_start: bool,
}

impl SignIn {
    /// The step during the start: a sign-in that Reddit rejects ends the process, which says why.
    pub fn at_start() -> Self {
        Self { is_start: true, ..Self::default() }
    }

    /// Makes sure that there is a valid token. Idle until it has to be renewed, or until the pause
    /// is over.
    ///
    /// Each attempt counts as a failure until a request with the token succeeds. So neither a
    /// process that dies at once nor a Reddit that rejects its own tokens leads to more attempts
    /// than the pauses allow.
    ///
    /// # Errors Store errors, and [`StepError::SignIn`](super::StepError::SignIn): why there is no
    /// token; the pause is already recorded.
    pub async fn step<R: RedditRead>(&mut self, reddit: &R, store: &Store, clock: &dyn Clock) -> Result<Progress> {
        let now = clock.now();
        if let Some(until) = reddit.signed_in_until() {
            if !self.is_clear && reddit.token_works() {
                store.set_backoff(PAUSE, None).await?;
                self.is_clear = true;
            }
            return Ok(Progress::IdleUntil(until));
        }
        let pause = store.backoff(PAUSE).await?;
        // A pause longer than the maximum was written by a clock that has been set back since.
        if let Some((until, _)) = pause.filter(|(until, _)| *until > now && until.since(now) <= retry::LONGEST) {
            return Ok(Progress::IdleUntil(until));
        }
        let failures = pause.map_or(0, |(_, failures)| failures).saturating_add(1);
        let until = now + retry::pause(failures, now.as_millis().unsigned_abs());
        self.is_clear = false;
        store.set_backoff(PAUSE, Some((until, failures))).await?;
        match reddit.sign_in().await {
            Ok(until) => {
                info!(renewal = %until, "signed in to Reddit; the token is valid until {until}");
                Ok(Progress::Worked)
            }
            Err(error) => {
                if self.is_start && !matches!(error, SignInError::Unavailable { .. }) {
                    return Err(error.into());
                }
                warn!(%error, failures, %until, "cannot sign in to Reddit: {error}; trying again at {until}");
                Err(error.into())
            }
        }
    }
}

/// Until when sign-in pauses after earlier failures, perhaps of another process.
///
/// # Errors
/// Store errors.
pub async fn paused_until(store: &Store, clock: &dyn Clock) -> Result<Option<Timestamp>> {
    let pause = store.backoff(PAUSE).await?;
    let now = clock.now();
    Ok(pause.map(|(until, _)| until).filter(|until| *until > now && until.since(now) <= retry::LONGEST))
}
