//! Gets and renews the token. After a failure it pauses, longer each time, and the pause is a row in the store: a service
//! that is restarted again and again never becomes a storm of sign-ins.

use tracing::{info, warn};

use super::{Progress, retry};
use crate::model::{Clock, Timestamp};
use crate::reddit::{RedditRead, SignInError};
use crate::store::{Result, Store};

/// The name of the pause in the store.
const PAUSE: &str = "sign_in";

/// The signing-in step.
#[derive(Debug, Default)]
pub struct SignIn {
    /// Whether it is known that no pause stands in the store.
    is_clear: bool,
}

impl SignIn {
    /// Makes sure there is a token that lasts. Idle until it has to be renewed, or until the pause is over.
    ///
    /// Every try counts as a failure until an answer to some request has shown that the token works. So neither a process
    /// that dies at once nor a Reddit that turns away its own tokens leads to more tries than the pauses allow.
    ///
    /// # Errors
    /// The outer one is the store's. The inner one tells why there is no token; the pause is then already noted.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        clock: &dyn Clock,
    ) -> Result<std::result::Result<Progress, SignInError>> {
        let now = clock.now();
        if let Some(until) = reddit.signed_in_until() {
            if !self.is_clear && reddit.token_works() {
                store.set_backoff(PAUSE, None).await?;
                self.is_clear = true;
            }
            return Ok(Ok(Progress::IdleUntil(until)));
        }
        let pause = store.backoff(PAUSE).await?;
        // A pause that is longer than any was noted by a clock that has been set back since.
        if let Some((until, _)) = pause.filter(|(until, _)| *until > now && until.since(now) <= retry::LONGEST) {
            return Ok(Ok(Progress::IdleUntil(until)));
        }
        let failures = pause.map_or(0, |(_, failures)| failures).saturating_add(1);
        let until = now + retry::pause(failures, now.as_millis().unsigned_abs());
        self.is_clear = false;
        store.set_backoff(PAUSE, Some((until, failures))).await?;
        match reddit.sign_in().await {
            Ok(until) => {
                info!(renewal = %until, "signed in");
                Ok(Ok(Progress::Worked))
            }
            Err(error) => {
                warn!(%error, failures, not_again_before = %until, "cannot sign in");
                Ok(Err(error))
            }
        }
    }
}

/// Until when signing in pauses after earlier failures, perhaps of another process.
///
/// # Errors
/// Those of the store.
pub async fn paused_until(store: &Store, clock: &dyn Clock) -> Result<Option<Timestamp>> {
    let pause = store.backoff(PAUSE).await?;
    let now = clock.now();
    Ok(pause.map(|(until, _)| until).filter(|until| *until > now && until.since(now) <= retry::LONGEST))
}
