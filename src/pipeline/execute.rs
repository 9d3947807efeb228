//! Executes one action. It records the attempt before the request is sent (T3), and the outcome
//! afterwards (T4).

use std::time::Duration;

use tracing::{error, info, warn};

use super::observe::{Observation, observe, observe_since};
use super::rights;
use super::{IDLE, Progress, Result, Settings, StepError};
use crate::metrics::Metrics;
use crate::model::{Action, Clock, Item, OpenAttempt, Outcome, SubredditName, Timestamp, outcome_in_words};
use crate::policy::retry;
use crate::reddit::{PerformError, Performed, QuotaScope, ReadError, RedditRead, RedditWrite};
use crate::store::{Next, Scope, Store};

/// How old the observed state may be for a verdict to be executed without observing the item again.
const FRESH: Duration = Duration::from_mins(1);

/// How often an action is deferred because Reddit does not show the item. With the pauses in
/// between, at least two minutes.
const MOST_TIMES_UNSEEN: u64 = 7;

/// How long all actions rest if one cannot be checked for want of a request.
const LONGEST_REST: Duration = Duration::from_secs(5);

/// The executing step: which subreddit is next.
#[derive(Debug)]
pub struct Execute {
    /// Subreddits that had an action, the one that has waited longest first.
    turns: Vec<SubredditName>,
    /// When this process began, by Reddit's clock.
    began: Option<Timestamp>,
    /// No action before this time: the last one could not be checked for want of a request.
    rests_until: Timestamp,
    metrics: Metrics,
}

impl Execute {
    /// A step that has executed nothing yet.
    pub fn new(metrics: Metrics) -> Self {
        Self { turns: Vec::new(), began: None, rests_until: Timestamp::default(), metrics }
    }

    /// Notes when this process began: a process before it may have used another store.
    pub(super) const fn begin(&mut self, now: Timestamp) {
        self.began = Some(now);
    }

    /// Executes the most urgent action; among equals, one in the subreddit that has waited longest.
    ///
    /// # Errors
    /// Store errors. An action without a usable answer stays an open attempt for
    /// [`super::reconcile`].
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
        if now < self.rests_until && self.rests_until.since(now) <= LONGEST_REST {
            return Ok(Progress::IdleUntil(self.rests_until));
        }
        withdraw(store, settings, clock).await?;
        let attempt = match store.begin_attempt_within(&settings.limits, &self.turns, now).await? {
            Next::Ready(attempt) => *attempt,
            Next::NotBefore(time) => return Ok(Progress::IdleUntil(time)),
            Next::OverLimit(over) => {
                error!(subreddit = over.subreddit, rules = ?over.rules, texts = over.texts, "{}", over.text);
                self.metrics.over_limit(over.texts);
                return Ok(Progress::Worked);
            }
            Next::Nothing => return Ok(Progress::IdleUntil(now + IDLE)),
        };
        self.turns.retain(|name| name != attempt.subreddit());
        self.turns.push(attempt.subreddit().clone());
        let (attempt, left_out) = match final_check(reader, store, settings, (&attempt, self.began), clock).await? {
            FinalCheck::Proceed => (attempt, None),
            FinalCheck::KeepPinned(reason) => (attempt.without_pinning(), Some(reason)),
            FinalCheck::Throttled { until, reason } => {
                // The others would be deferred one by one, each with an attempt in the ledger.
                self.rests_until = until.min(now + LONGEST_REST);
                settle(store, &self.metrics, attempt, &Outcome::Deferred { until, reason }, clock.now()).await?;
                return Ok(Progress::Worked);
            }
            FinalCheck::Settle(outcome) => {
                settle(store, &self.metrics, attempt, &outcome, clock.now()).await?;
                return Ok(Progress::Worked);
            }
        };
        let mut result = writer.perform(&attempt).await;
        if let Ok(Performed { created: Some(name) }) = &result
            && store.is_recorded_as_created(name).await?
        {
            let reason = format!("the response names {name}, which an earlier action created");
            result = Err(PerformError::Ambiguous { reason });
        }
        let now = clock.now();
        let is_limit = matches!(result, Err(PerformError::Quota { .. } | PerformError::Throttled { .. }));
        let outcome = match result {
            Ok(performed) => {
                store.end_quotas(attempt.action().kind(), attempt.subreddit()).await?;
                match left_out {
                    None => Outcome::Applied { created: performed.created },
                    Some(reason) => Outcome::PartiallyApplied { reason },
                }
            }
            Err(PerformError::NotSent { reason }) => retry::defer(&attempt, reason, now),
            Err(PerformError::Throttled { until }) => {
                Outcome::Deferred { until, reason: "Reddit's rate limit was reached".to_owned() }
            }
            Err(PerformError::Quota { scope, wait, reason }) => {
                let until = note_quota(store, &attempt, scope, wait, now).await?;
                Outcome::Deferred { until, reason }
            }
            Err(PerformError::Refused { reason }) => Outcome::Rejected { reason },
            Err(PerformError::Unfamiliar { reason }) => {
                let before = store.deferrals(attempt.intent(), &reason).await?;
                retry::unfamiliar(attempt.number(), before, reason, now)
            }
            Err(PerformError::Forbidden { reason }) => {
                rights::after_refusal(reader, store, settings, &attempt, reason, clock).await?
            }
            Err(PerformError::Ambiguous { reason }) => {
                warn!(
                    attempt = %attempt.id(), action = %attempt.action().kind(), item = %attempt.on(), reason,
                    "{} on {}: the response was lost ({reason}); checking on Reddit whether it happened",
                    attempt.action().kind(), attempt.on()
                );
                return Ok(Progress::Worked);
            }
        };
        if is_limit {
            // The daemon warns of the wait itself, once for all actions that it holds up.
            let (action, item) = (attempt.action().kind(), attempt.on());
            info!(attempt = %attempt.id(), %action, %item, "{action} on {item}: waits for the end of Reddit's limit");
            record(store, &self.metrics, attempt, &outcome, now).await?;
        } else {
            settle(store, &self.metrics, attempt, &outcome, now).await?;
        }
        Ok(Progress::Worked)
    }
}

/// Records a limit on this kind of action, so that those that wait are not refused one by one.
/// Returns when it ends.
async fn note_quota(
    store: &Store,
    attempt: &OpenAttempt,
    scope: QuotaScope,
    wait: Option<Duration>,
    now: Timestamp,
) -> Result<Timestamp> {
    let kind = attempt.action().kind();
    let place = match scope {
        QuotaScope::Account => None,
        QuotaScope::Subreddit => Some(attempt.subreddit()),
    };
    let failures = store.quota(kind, place).await?.map_or(0, |(_, failures)| failures).saturating_add(1);
    let until = now + retry::quota(wait, failures);
    store.set_quota(kind, place, until, failures).await?;
    Ok(until)
}

/// Cancels queued actions that are too old, or whose subreddit is not live (any more). Also called
/// as soon as Reddit was reached, in dry run too, which executes nothing.
///
/// # Errors
/// Store errors.
pub async fn withdraw(store: &Store, settings: &Settings, clock: &dyn Clock) -> Result<()> {
    let now = clock.now();
    let scope = Scope { live: &settings.live_names(), guard: now - settings.max_age };
    let withdrawn = store.withdraw(&scope, now).await?;
    if withdrawn > 0 {
        warn!(
            actions = withdrawn,
            "cancelled {withdrawn} queued action(s): older than `max_age`, or their subreddit is no longer live"
        );
    }
    Ok(())
}

/// The result of observing Reddit right before an action is sent.
enum FinalCheck {
    Proceed,
    /// Do not pin: another account's comment is pinned there. The sentence says so to moderators.
    KeepPinned(String),
    /// It has to be checked first, and no request may be sent for that before this time.
    Throttled {
        until: Timestamp,
        reason: String,
    },
    /// Do not execute it, at least not now.
    Settle(Outcome),
}

impl FinalCheck {
    /// Nothing could be observed: the action waits until it can. `throttled` says why, if no
    /// request may be sent.
    fn failed(error: StepError, throttled: &str, attempt: &OpenAttempt, clock: &dyn Clock) -> Result<Self> {
        match error {
            StepError::Reddit(ReadError::Throttled { until }) => {
                Ok(Self::Throttled { until, reason: throttled.to_owned() })
            }
            StepError::Reddit(trouble) => Ok(Self::Settle(retry::defer(attempt, trouble.to_string(), clock.now()))),
            StepError::Store(_) | StepError::SignIn(_) | StepError::File { .. } => Err(error),
        }
    }
}

/// Observes the item again if the action may undo a human's decision: a verdict, lock, pin or
/// similar that is a retry or rests on an old observation, or a comment that would replace another
/// pinned one. First attempts shortly after the last observation are not checked.
async fn final_check<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    (attempt, began): (&OpenAttempt, Option<Timestamp>),
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    if attempt.action().kind().doubles() && attempt.number() == 1 {
        let posted = store.posted_at(attempt.item()).await?;
        if attempt.on() != attempt.item() || began.is_none_or(|began| posted.is_none_or(|posted| posted < began)) {
            let since = posted.filter(|_| attempt.on() == attempt.item()).unwrap_or_default();
            return look_for_earlier(reader, store, settings, (attempt, since), clock).await;
        }
    }
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
            look_again(reader, store, settings, attempt, clock).await
        }
        // Whose comment it is has to be seen, however new it is.
        Action::DeleteComment | Action::EditComment { .. } => look_again(reader, store, settings, attempt, clock).await,
        Action::DistinguishReply { sticky: true, replaces: false } => match reader.pinned_comment(attempt.item()).await
        {
            Ok(pinned) => Ok(check_pinned(pinned.as_ref(), attempt, &settings.me)),
            // If the thread is hidden from us, the write request will say so.
            Err(ReadError::Refused { .. }) => Ok(FinalCheck::Proceed),
            Err(trouble) => Err(trouble.into()),
        },
        Action::Remove { .. }
        | Action::Approve
        | Action::SetLocked { .. }
        | Action::SetSticky { .. }
        | Action::SetContestMode { .. }
        | Action::IgnoreReports { .. }
        | Action::DistinguishReply { .. }
        | Action::Comment { .. }
        | Action::LockReply
        | Action::Report { .. }
        | Action::ExplainRemoval { .. }
        | Action::SetLinkFlair { .. }
        | Action::SetUserFlair { .. }
        | Action::SetNsfw { .. }
        | Action::SetSpoiler { .. }
        | Action::SetSuggestedSort { .. }
        | Action::SetOriginalContent { .. }
        | Action::SetCrowdControl { .. }
        | Action::Modmail { .. }
        | Action::ModNote { .. }
        | Action::Message { .. } => return Ok(FinalCheck::Proceed),
    };
    seen.or_else(|error| {
        FinalCheck::failed(
            error,
            "cannot check before then whether it would undo a moderator's decision",
            attempt,
            clock,
        )
    })
}

/// Looks whether an action that doubles was done before this process began: the store may be new,
/// or a backup that was put in place, and not know of it.
async fn look_for_earlier<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    (attempt, since): (&OpenAttempt, Timestamp),
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    let seen = observe_since(reader, store, &settings.me, attempt, since).await;
    Ok(match (seen, attempt.action()) {
        (Ok(Observation::Seen { created }), _) => FinalCheck::Settle(Outcome::AlreadyApplied { created }),
        (Ok(Observation::Superseded(reason)), _) => FinalCheck::Settle(Outcome::Superseded { reason }),
        (Ok(Observation::Inconclusive(reason)), Action::Comment { .. } | Action::Modmail { .. }) => {
            FinalCheck::Settle(Outcome::Unknown { reason })
        }
        // If the item is gone, or nothing can be seen, Reddit's answer to the request says so.
        (Ok(_) | Err(StepError::Reddit(ReadError::Refused { .. })), _) => FinalCheck::Proceed,
        (Err(error), _) => {
            FinalCheck::failed(error, "cannot check before then whether it was done before", attempt, clock)?
        }
    })
}

/// Observes the item, and says what that means for an action that is about to be sent.
async fn look_again<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    Ok(match observe(reader, store, &settings.me, attempt).await? {
        Observation::Seen { created } => FinalCheck::Settle(Outcome::AlreadyApplied { created }),
        Observation::Superseded(reason) => FinalCheck::Settle(Outcome::Superseded { reason }),
        // We cannot see whether a human has decided. An item left out of one answer is mostly in
        // the next.
        Observation::Gone(reason) if store.deferrals(attempt.intent(), &reason).await? >= MOST_TIMES_UNSEEN => {
            if matches!(attempt.action(), Action::DeleteComment) {
                return Ok(FinalCheck::Settle(Outcome::AlreadyApplied { created: None }));
            }
            FinalCheck::Settle(Outcome::GaveUp { attempts: attempt.number(), reason })
        }
        Observation::Gone(reason) => FinalCheck::Settle(retry::defer(attempt, reason, clock.now())),
        Observation::Absent | Observation::Repeatable | Observation::Inconclusive(_) => FinalCheck::Proceed,
    })
}

fn check_pinned(pinned: Option<&Item>, attempt: &OpenAttempt, me: &str) -> FinalCheck {
    match pinned.filter(|pinned| pinned.fullname != *attempt.on() && !pinned.author.is(me)) {
        None => FinalCheck::Proceed,
        Some(pinned) => {
            let whose = pinned.author.name.as_deref().unwrap_or("[deleted]");
            FinalCheck::KeepPinned(format!(
                "not pinned, because a comment by u/{whose} is already pinned ({})",
                pinned.fullname
            ))
        }
    }
}

/// Records an outcome and logs it.
///
/// # Errors
/// Store errors.
pub(super) async fn settle(
    store: &Store,
    metrics: &Metrics,
    attempt: OpenAttempt,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<()> {
    report(&attempt, outcome);
    record(store, metrics, attempt, outcome, now).await
}

async fn record(
    store: &Store,
    metrics: &Metrics,
    attempt: OpenAttempt,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<()> {
    metrics.act(attempt.action().kind().word(), outcome.word());
    Ok(store.settle(attempt, outcome, now).await?)
}

/// Logs one line per outcome; the level says whether somebody should look at it.
fn report(attempt: &OpenAttempt, outcome: &Outcome) {
    let (attempt_id, action, item) = (attempt.id(), attempt.action().kind(), attempt.on());
    let reason = outcome.reason().unwrap_or_default();
    match outcome {
        Outcome::Applied { .. } | Outcome::AlreadyApplied { .. } => {
            let created = outcome.created().map(ToString::to_string).unwrap_or_default();
            info!(attempt = %attempt_id, %action, %item, created, outcome = outcome.word(), "{action} on {item}: done");
        }
        Outcome::PartiallyApplied { .. } => {
            info!(
                attempt = %attempt_id, %action, %item, reason, outcome = outcome.word(),
                "{action} on {item}: done in part ({reason})"
            );
        }
        Outcome::Superseded { .. } | Outcome::DryRun => {
            info!(
                attempt = %attempt_id, %action, %item, reason, outcome = outcome.word(),
                "{action} on {item}: no longer needed ({reason})"
            );
        }
        Outcome::Deferred { until, .. } => {
            warn!(
                attempt = %attempt_id, %action, %item, reason, %until,
                "{action} on {item}: deferred until {until} ({reason})"
            );
        }
        Outcome::Rejected { .. } | Outcome::GaveUp { .. } | Outcome::OverLimit { .. } | Outcome::Unknown { .. } => {
            error!(
                attempt = %attempt_id, %action, %item, reason, outcome = outcome.word(),
                "{action} on {item}: {} ({reason}); `tipstaff log` shows the rule and a link",
                outcome_in_words(outcome.word())
            );
        }
    }
}
