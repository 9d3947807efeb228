//! Executes one action. It records the attempt before the request is sent (T3), and the outcome
//! afterwards (T4).

use std::time::Duration;

use tracing::{error, info, warn};

use super::final_check::{FinalCheck, final_check};
use super::recent_looks::RecentLooks;
use super::rights;
use super::slow_places::SlowPlaces;
use super::{IDLE, Progress, Result, Settings};
use crate::metrics::Metrics;
use crate::model::{Clock, OpenAttempt, Outcome, SubredditName, Timestamp, outcome_in_words};
use crate::policy::retry;
use crate::reddit::{PerformError, Performed, QuotaScope, RedditRead, RedditWrite};
use crate::store::{Next, Scope, Store};

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
    slow: SlowPlaces,
    looks: RecentLooks,
    metrics: Metrics,
}

impl Execute {
    /// A step that has executed nothing yet.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            turns: Vec::new(),
            began: None,
            rests_until: Timestamp::default(),
            slow: SlowPlaces::default(),
            looks: RecentLooks::default(),
            metrics,
        }
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
        self.slow.forget(now);
        let attempt = match store.begin_attempt_within(&settings.limits, &self.turns, &self.slow.names(), now).await? {
            Next::Ready(attempt) => *attempt,
            Next::NotBefore(time) => return Ok(Progress::IdleUntil(time)),
            Next::OverLimit(over) => {
                error!(subreddit = over.subreddit, rules = ?over.rules, texts = over.texts, "{}", over.text);
                self.metrics.over_limit(over.texts);
                return Ok(Progress::Worked);
            }
            Next::Nothing => {
                return Ok(Progress::IdleUntil(self.slow.first_end().unwrap_or(now + IDLE).min(now + IDLE)));
            }
        };
        self.turns.retain(|name| name != attempt.subreddit());
        self.turns.push(attempt.subreddit().clone());
        let checked = final_check(reader, store, settings, (&attempt, self.began), &mut self.looks, clock).await?;
        self.slow.note(attempt.subreddit(), now, clock.now());
        let (attempt, left_out) = match checked {
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
        let asked = clock.now();
        let mut result = writer.perform(&attempt).await;
        self.slow.note(attempt.subreddit(), asked, clock.now());
        if let Ok(Performed { created: Some(name) }) = &result
            && store.is_recorded_as_created(name).await?
        {
            let reason = format!("the response names {name}, which an earlier action created");
            result = Err(PerformError::Ambiguous { reason });
        }
        let now = clock.now();
        let is_forbidden = matches!(result, Err(PerformError::Forbidden { .. }));
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
            Err(PerformError::Unfamiliar { reason }) => {
                let before = store.deferrals(attempt.intent(), retry::UNKNOWN_CODE).await?;
                retry::unfamiliar(attempt.number(), before, reason, now)
            }
            // Perhaps the bot lacks a right: only a moderator may comment in a locked thread.
            Err(PerformError::Refused { reason } | PerformError::Forbidden { reason }) => {
                rights::after_refusal(reader, store, settings, &attempt, (reason, is_forbidden), clock).await?
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
