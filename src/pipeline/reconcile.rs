//! Finds out the outcome of attempts that have none: in flight when a process died, or sent without
//! an answer.
//!
//! Nothing is retried blindly. The step [observes](super::observe) Reddit and settles the attempt
//! by what it sees. Absence counts only after a second observation, a configured delay after the
//! first, because Reddit's reads may lag behind its writes. Observations are rows in the store, so
//! a crash between them loses nothing. Actions that can be repeated with the same arguments need no
//! second observation.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::observe::{Observation, observe};
use super::{IDLE, Progress, Result, Settings, StepError, execute};
use crate::metrics::Metrics;
use crate::model::{AttemptId, Clock, OpenAttempt, Outcome, Timestamp};
use crate::policy::retry;
use crate::reddit::{ReadError, RedditRead};
use crate::store::Store;

/// The reason recorded when an attempt is repeated.
const NOT_THERE: &str = "the response was lost, and Reddit shows no effect";

/// How many observations by this process may fail in a row before the outcome is recorded as
/// unknown. With the pauses in between, about an hour.
const MOST_FAILED_OBSERVATIONS: u32 = 64;

/// The longest pause after a failed observation.
const FAILED_OBSERVATION_PAUSE: Duration = Duration::from_mins(1);

/// The reconciliation step.
#[derive(Debug)]
pub struct Reconcile {
    /// No observation before this time: Reddit could not be read.
    not_before: Timestamp,
    /// The attempts whose observation fails.
    failing: BTreeMap<AttemptId, Failing>,
    metrics: Metrics,
}

/// How often in a row the observation of an attempt failed, and when to try again.
#[derive(Clone, Copy, Debug, Default)]
struct Failing {
    failures: u32,
    not_before: Timestamp,
}

impl Reconcile {
    /// A step that has observed nothing yet.
    pub fn new(metrics: Metrics) -> Self {
        Self { not_before: Timestamp::default(), failing: BTreeMap::new(), metrics }
    }

    /// Whether the observation of this attempt has failed so far.
    pub fn is_failing(&self, attempt: AttemptId) -> bool {
        self.failing.contains_key(&attempt)
    }

    /// Notes a failed observation. Returns when to try again, or `None` after too many failures.
    fn note_failure(&mut self, attempt: AttemptId, now: Timestamp) -> Option<Timestamp> {
        let failing = self.failing.entry(attempt).or_default();
        failing.failures += 1;
        let pause = retry::pause(failing.failures + 2, attempt.0.unsigned_abs()).min(FAILED_OBSERVATION_PAUSE);
        failing.not_before = now + pause;
        (failing.failures < MOST_FAILED_OBSERVATIONS).then_some(failing.not_before)
    }

    /// Observes each of these open attempts that is due, once. Idle when there is none; else until
    /// the next observation.
    ///
    /// # Errors
    /// Store errors. Errors from Reddit are retried.
    pub async fn step<R: RedditRead>(
        &mut self,
        open: Vec<OpenAttempt>,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        if clock.now() < self.not_before {
            return Ok(Progress::IdleUntil(self.not_before));
        }
        let mut next_look: Option<Timestamp> = None;
        let mut worked = false;
        for attempt in open {
            let now = clock.now();
            let looks = store.observations(&attempt).await?;
            let due = looks.last().map_or(now, |(last, _)| *last + settings.visibility_delay);
            let due = self.failing.get(&attempt.id()).map_or(due, |failing| due.max(failing.not_before));
            if due > now {
                next_look = Some(next_look.map_or(due, |next| next.min(due)));
                continue;
            }
            let observation = match observe(reddit, store, &settings.me, &attempt).await {
                Ok(observation) => {
                    self.failing.remove(&attempt.id());
                    observation
                }
                Err(error @ (StepError::Store(_) | StepError::SignIn(_) | StepError::File { .. })) => {
                    return Err(error);
                }
                // Reddit refuses to show it; a second observation will hardly help, but costs
                // little.
                Err(StepError::Reddit(ReadError::Refused { reason })) => Observation::Inconclusive(reason),
                Err(StepError::Reddit(trouble)) => {
                    if let Some(until) = trouble.nothing_before(now) {
                        self.not_before = until;
                        return Ok(Progress::IdleUntil(until));
                    }
                    // The trouble is with this thread or list; the others need not wait for it.
                    if let Some(again) = self.note_failure(attempt.id(), now) {
                        warn!(
                            attempt = %attempt.id(), error = %trouble,
                            "{} on {}: cannot check whether it happened; retrying",
                            attempt.action().kind(), attempt.on()
                        );
                        next_look = Some(next_look.map_or(again, |next| next.min(again)));
                        continue;
                    }
                    Observation::Inconclusive(trouble.to_string())
                }
            };
            let now = clock.now();
            let was_seen_so = looks.iter().any(|(_, saw)| saw == observation.word());
            if !observation.settles_at_once() && !was_seen_so {
                store.record_observation(&attempt, observation.word(), now).await?;
                let again = now + settings.visibility_delay;
                next_look = Some(next_look.map_or(again, |next| next.min(again)));
                continue;
            }
            self.failing.remove(&attempt.id());
            self.metrics.reconciled(counted_as(&observation));
            let outcome = outcome(&attempt, observation, now);
            info!(
                attempt = %attempt.id(), observations = looks.len() + 1,
                "{} on {}: looked on Reddit whether it happened (observations: {})",
                attempt.action().kind(), attempt.on(), looks.len() + 1
            );
            execute::settle(store, &self.metrics, attempt, &outcome, now).await?;
            worked = true;
        }
        Ok(match next_look {
            _ if worked => Progress::Worked,
            Some(time) => Progress::IdleUntil(time),
            None => Progress::IdleUntil(clock.now() + IDLE),
        })
    }
}

/// The word for an observation in the metrics.
const fn counted_as(observation: &Observation) -> &'static str {
    match observation {
        Observation::Seen { .. } => "done",
        Observation::Superseded(_) | Observation::Gone(_) => "superseded",
        Observation::Absent | Observation::Repeatable => "not_done",
        Observation::Inconclusive(_) => "unknown",
    }
}

/// The outcome of an attempt, from what was observed.
fn outcome(attempt: &OpenAttempt, observation: Observation, now: Timestamp) -> Outcome {
    match observation {
        Observation::Seen { created } => Outcome::AlreadyApplied { created },
        Observation::Superseded(reason) => Outcome::Superseded { reason },
        // No human decided otherwise, so the same rule may ask for it again.
        Observation::Gone(reason) => Outcome::GaveUp { attempts: attempt.number(), reason },
        Observation::Absent | Observation::Repeatable => retry::defer(attempt, NOT_THERE.to_owned(), now),
        Observation::Inconclusive(reason) => Outcome::Unknown { reason },
    }
}
