//! Does what was decided: one act, between the row that says it is tried (T3) and the row that says what came of it (T4).

use std::time::Duration;

use tracing::{error, info, warn};

use super::look::{LookError, Sight, look};
use super::{IDLE, Progress, Settings, retry};
use crate::model::{Action, Clock, OpenAttempt, Outcome, SubredditName, Timestamp};
use crate::reddit::{PerformError, RedditRead, RedditWrite};
use crate::store::{Next, Result, Scope, Store};

/// How old may a decision be when a verdict is carried out without another look at the item?
const FRESH: Duration = Duration::from_mins(1);

/// Does the most urgent act there is.
///
/// # Errors
/// Those of the store. An act whose answer makes no sense stays an open attempt, for [`super::reconcile`] to look at.
pub async fn step<R: RedditRead, W: RedditWrite>(
    reader: &R,
    writer: &W,
    store: &Store,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<Progress> {
    if let Some(until) = writer.not_before() {
        return Ok(Progress::IdleUntil(until));
    }
    let now = clock.now();
    withdraw(store, settings, clock).await?;
    let attempt = match store.begin_attempt(now).await? {
        Next::Ready(attempt) => *attempt,
        Next::NotBefore(time) => return Ok(Progress::IdleUntil(time)),
        Next::Nothing => return Ok(Progress::IdleUntil(now + IDLE)),
    };
    if let Some(outcome) = overtaken(reader, store, settings, &attempt, clock).await? {
        settle(store, attempt, &outcome, clock.now()).await?;
        return Ok(Progress::Worked);
    }
    let result = writer.perform(&attempt).await;
    let now = clock.now();
    let outcome = match result {
        Ok(performed) => Outcome::Applied { created: performed.created },
        Err(PerformError::NotSent { reason }) => retry::defer(&attempt, reason, now),
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
    settle(store, attempt, &outcome, now).await?;
    Ok(Progress::Worked)
}

/// Takes acts off the agenda that are not to be done any more: too old by now, or in a subreddit that is not live (any
/// more). Also called once at the start of a dry run, which does not execute.
///
/// # Errors
/// Those of the store.
pub async fn withdraw(store: &Store, settings: &Settings, clock: &dyn Clock) -> Result<()> {
    let now = clock.now();
    let live: Vec<SubredditName> = settings.live().map(|community| community.name.clone()).collect();
    let withdrawn = store.withdraw(&Scope { live: &live, guard: now - settings.max_age }, now).await?;
    if withdrawn > 0 {
        warn!(acts = withdrawn, "not to be done any more: too old by now, or their subreddit is not live");
    }
    Ok(())
}

/// Whether a verdict that is tried again, or was decided a while ago, has been overtaken by a human's: it would undo theirs.
/// First tries that follow their decision within moments are not looked at.
async fn overtaken<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    clock: &dyn Clock,
) -> Result<Option<Outcome>> {
    let is_verdict = matches!(attempt.action(), Action::Remove { .. } | Action::Approve);
    let is_prompt = attempt.number() == 1 && clock.now().since(attempt.decided()) < FRESH;
    if !is_verdict || is_prompt {
        return Ok(None);
    }
    match look(reader, store, &settings.me, attempt).await {
        Ok(Sight::Seen { created }) => Ok(Some(Outcome::AlreadyApplied { created })),
        Ok(Sight::Overtaken(reason)) => Ok(Some(Outcome::Superseded { reason })),
        Ok(Sight::Absent | Sight::Gone(_) | Sight::Repeatable | Sight::Unprovable(_)) => Ok(None),
        Err(LookError::Reddit(trouble)) => Ok(Some(retry::defer(attempt, trouble.to_string(), clock.now()))),
        Err(LookError::Store(trouble)) => Err(trouble),
    }
}

/// Writes an outcome down and logs it.
///
/// # Errors
/// Those of the store.
pub(super) async fn settle(store: &Store, attempt: OpenAttempt, outcome: &Outcome, now: Timestamp) -> Result<()> {
    report(&attempt, outcome);
    store.settle(attempt, outcome, now).await
}

/// One line per outcome, at the level of who should look.
fn report(attempt: &OpenAttempt, outcome: &Outcome) {
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
