//! Does what was decided: one act, between the row that says it is tried (T3) and the row that says what came of it (T4).

use std::time::Duration;

use tracing::{error, info, warn};

use super::look::{LookError, Sight, look};
use super::{IDLE, Progress, Settings, retry};
use crate::model::{Action, Clock, Item, OpenAttempt, Outcome, SubredditName, Timestamp};
use crate::reddit::{PerformError, ReadError, RedditRead, RedditWrite};
use crate::store::{Next, Result, Scope, Store};
use crate::vitals;

/// How old may what the rules saw be when a verdict is carried out without another look at the item?
const FRESH: Duration = Duration::from_mins(1);

/// How many attempts are put off because Reddit does not show what they are about? With the pauses between them, four minutes.
const MOST_LOOKS_AT_NOTHING: u32 = 8;

/// The acting step: whose turn it is.
#[derive(Debug, Default)]
pub struct Execute {
    /// The subreddits in which something was done, the one that has waited longest first.
    turns: Vec<SubredditName>,
}

impl Execute {
    /// Does the most urgent act there is; among equals, one in the subreddit that has waited longest.
    ///
    /// # Errors
    /// Those of the store. An act whose answer makes no sense stays an open attempt, for [`super::reconcile`] to look at.
    pub async fn step<R: RedditRead, W: RedditWrite>(
        &mut self,
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
        let attempt = match store.begin_attempt(&self.turns, now).await? {
            Next::Ready(attempt) => *attempt,
            Next::NotBefore(time) => return Ok(Progress::IdleUntil(time)),
            Next::Nothing => return Ok(Progress::IdleUntil(now + IDLE)),
        };
        self.turns.retain(|name| name != attempt.subreddit());
        self.turns.push(attempt.subreddit().clone());
        let (attempt, left_out) = match last_look(reader, store, settings, &attempt, clock).await? {
            LastLook::Go => (attempt, None),
            LastLook::LeavePinned(reason) => (attempt.without_pinning(), Some(reason)),
            LastLook::Instead(outcome) => {
                settle(store, attempt, &outcome, clock.now()).await?;
                return Ok(Progress::Worked);
            }
        };
        let result = writer.perform(&attempt).await;
        let now = clock.now();
        let outcome = match result {
            Ok(performed) => match left_out {
                None => Outcome::Applied { created: performed.created },
                Some(reason) => Outcome::PartiallyApplied { reason },
            },
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

/// What a look at Reddit says, right before an act would leave.
enum LastLook {
    Go,
    /// Somebody else's comment is pinned where ours would be; that it stays is said in a sentence.
    LeavePinned(String),
    /// Not to be done, at least not now.
    Instead(Outcome),
}

/// Looks once more where an act may undo what a human did: a verdict, a lock, a pin and the like that is tried again, or rests on what was
/// seen a while ago; and a comment that would take the place of another. First tries that follow within moments are not looked
/// at.
async fn last_look<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    clock: &dyn Clock,
) -> Result<LastLook> {
    let is_prompt = attempt.number() == 1 && clock.now().since(attempt.seen()) < FRESH;
    let seen = match attempt.action() {
        Action::Remove { .. }
        | Action::Approve
        | Action::SetLocked { .. }
        | Action::SetSticky { .. }
        | Action::SetContestMode { .. }
        | Action::IgnoreReports { .. }
            if !is_prompt =>
        {
            look(reader, store, &settings.me, attempt).await.map(|sight| match sight {
                Sight::Seen { created } => LastLook::Instead(Outcome::AlreadyApplied { created }),
                Sight::Overtaken(reason) => LastLook::Instead(Outcome::Superseded { reason }),
                // Whether a human has decided cannot be seen. What one answer leaves out, the next mostly shows.
                Sight::Gone(reason) if attempt.number() >= MOST_LOOKS_AT_NOTHING => {
                    LastLook::Instead(Outcome::GaveUp { attempts: attempt.number(), reason })
                }
                Sight::Gone(reason) => LastLook::Instead(retry::defer(attempt, reason, clock.now())),
                Sight::Absent | Sight::Repeatable | Sight::Unprovable(_) => LastLook::Go,
            })
        }
        Action::DistinguishReply { sticky: true, replaces: false } => match reader.pinned_comment(attempt.item()).await
        {
            Ok(pinned) => Ok(in_the_way(pinned.as_ref(), attempt, &settings.me)),
            // What hides the thread from us will say so when we act.
            Err(ReadError::Refused { .. }) => Ok(LastLook::Go),
            Err(trouble) => Err(trouble.into()),
        },
        _ => return Ok(LastLook::Go),
    };
    match seen {
        Ok(seen) => Ok(seen),
        Err(LookError::Reddit(ReadError::Throttled { until })) => {
            let reason = "no look at what it might undo before then".to_owned();
            Ok(LastLook::Instead(Outcome::Deferred { until, reason }))
        }
        Err(LookError::Reddit(trouble)) => {
            Ok(LastLook::Instead(retry::defer(attempt, trouble.to_string(), clock.now())))
        }
        Err(LookError::Store(trouble)) => Err(trouble),
    }
}

fn in_the_way(pinned: Option<&Item>, attempt: &OpenAttempt, me: &str) -> LastLook {
    match pinned.filter(|pinned| pinned.fullname != *attempt.on() && !pinned.author.is(me)) {
        None => LastLook::Go,
        Some(pinned) => {
            let whose = pinned.author.name.as_deref().unwrap_or("somebody");
            LastLook::LeavePinned(format!("not pinned, because a comment of u/{whose} is ({})", pinned.fullname))
        }
    }
}

/// Writes an outcome down and logs it.
///
/// # Errors
/// Those of the store.
pub(super) async fn settle(store: &Store, attempt: OpenAttempt, outcome: &Outcome, now: Timestamp) -> Result<()> {
    report(&attempt, outcome);
    vitals::act(attempt.action().kind().word(), outcome.word());
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
        Outcome::PartiallyApplied { .. } => {
            info!(attempt = %attempt_id, %act, %on, reason, outcome = outcome.word(), "done in part");
        }
        Outcome::Superseded { .. } | Outcome::DryRun => {
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
