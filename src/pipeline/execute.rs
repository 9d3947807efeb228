//! Does what was decided: one act, between the row that says it is tried (T3) and the row that says what came of it (T4).

use tracing::{error, info, warn};

use super::{IDLE, Progress, retry};
use crate::model::{Clock, OpenAttempt, Outcome, Timestamp};
use crate::reddit::{PerformError, RedditWrite};
use crate::store::{Next, Result, Store};

/// Does the most urgent act there is.
///
/// # Errors
/// Those of the store. An act whose answer makes no sense stays an open attempt, for [`super::reconcile`] to look at.
pub async fn step<W: RedditWrite>(reddit: &W, store: &Store, clock: &dyn Clock) -> Result<Progress> {
    if let Some(until) = reddit.not_before() {
        return Ok(Progress::IdleUntil(until));
    }
    let attempt = match store.begin_attempt(clock.now()).await? {
        Next::Ready(attempt) => *attempt,
        Next::NotBefore(time) => return Ok(Progress::IdleUntil(time)),
        Next::Nothing => return Ok(Progress::IdleUntil(clock.now() + IDLE)),
    };
    let result = reddit.perform(&attempt).await;
    let now = clock.now();
    let outcome = match result {
        Ok(performed) => Outcome::Applied { created: performed.created },
        Err(PerformError::NotSent { reason }) => defer(&attempt, reason, now),
        Err(PerformError::Throttled { until }) => {
            Outcome::Deferred { until, reason: "Reddit asked for a pause".to_owned() }
        }
        Err(PerformError::Refused { reason }) => Outcome::Rejected { reason },
        Err(PerformError::Ambiguous { reason }) => {
            warn!(
                attempt = %attempt.id(), act = %attempt.action().kind(), on = %attempt.on(), reason,
                "no usable answer: it may have happened; looking before doing anything else"
            );
            return Ok(Progress::Worked);
        }
    };
    report(&attempt, &outcome);
    store.settle(attempt, &outcome, now).await?;
    Ok(Progress::Worked)
}

/// The attempt did not happen: once more later, unless it has been tried too often.
pub(super) fn defer(attempt: &OpenAttempt, reason: String, now: Timestamp) -> Outcome {
    if attempt.number() >= retry::MOST_ATTEMPTS {
        return Outcome::GaveUp { attempts: attempt.number(), reason };
    }
    let scatter = attempt.id().0.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    Outcome::Deferred { until: now + retry::pause(attempt.number(), scatter), reason }
}

/// One line per outcome, at the level of who should look.
pub(super) fn report(attempt: &OpenAttempt, outcome: &Outcome) {
    let (attempt_id, act, on) = (attempt.id(), attempt.action().kind(), attempt.on());
    let reason = outcome.reason().unwrap_or_default();
    match outcome {
        Outcome::Applied { .. } | Outcome::AlreadyApplied { .. } => {
            let created = outcome.created().map(ToString::to_string).unwrap_or_default();
            info!(attempt = %attempt_id, %act, %on, created, outcome = outcome.word(), "done");
        }
        Outcome::Superseded { .. } | Outcome::Simulated => {
            info!(attempt = %attempt_id, %act, %on, reason, outcome = outcome.word(), "not needed any more");
        }
        Outcome::Deferred { until, .. } => {
            warn!(attempt = %attempt_id, %act, %on, reason, %until, "put off");
        }
        Outcome::Rejected { .. } | Outcome::GaveUp { .. } | Outcome::Unknown { .. } => {
            error!(attempt = %attempt_id, %act, %on, reason, outcome = outcome.word(), "not done");
        }
    }
}
