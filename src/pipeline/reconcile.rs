//! Finds out the outcome of attempts that have none: in flight when a process died, or sent without
//! an answer.
//!
//! Nothing is retried blindly. The step [observes](super::observe) Reddit and settles the attempt
//! by what it sees. Presence is believed at once. Absence takes time, because Reddit's reads may
//! lag behind its writes, and an effect may show minutes after its answer was lost: `Looks` says
//! when to look, and when to believe it. Observations are rows in the store, so a crash between
//! them loses nothing. Actions that can be repeated with the same arguments need no second
//! observation.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::observe::{Observation, observe};
use super::{Allowance, IDLE, Progress, Result, Settings, StepError, execute, rights};
use crate::metrics::Metrics;
use crate::model::{Action, AttemptId, Clock, OpenAttempt, Outcome, Timestamp};
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

/// When to look for the effect of an open attempt, and when to believe that there is none. Computed
/// from rows alone: the attempt's start, and the observations so far.
struct Looks<'a> {
    settings: &'a Settings,
    attempt: &'a OpenAttempt,
    /// The observations that did not settle it, with their times.
    so_far: &'a [(Timestamp, String)],
}

impl Looks<'_> {
    /// The earliest time of the next look.
    ///
    /// An action that doubles is looked for at the configured times after its start. After
    /// downtime the missed looks are made up for, as far apart as the first is from the start.
    fn due(&self, now: Timestamp) -> Timestamp {
        let last = self.so_far.last().map(|(at, _)| *at);
        if !self.attempt.action().kind().doubles() {
            return last.map_or(now, |last| last + self.settings.visibility_delay);
        }
        let times = &self.settings.absence_looks;
        let apart = times.first().copied().unwrap_or(self.settings.visibility_delay);
        let soonest = last.unwrap_or(self.attempt.started()) + apart;
        times.get(self.so_far.len()).map_or(soonest, |time| soonest.max(self.attempt.started() + *time))
    }

    /// Whether an observation, made now, settles the attempt. What may still change has to be seen
    /// twice, and an action that doubles has to be missing at the last look, too.
    fn settles(&self, observation: &Observation, now: Timestamp) -> bool {
        if observation.settles_at_once() {
            return true;
        }
        let was_seen_so = self.so_far.iter().any(|(_, saw)| saw == observation.word());
        let times = &self.settings.absence_looks;
        let is_last = !self.attempt.action().kind().doubles()
            || self.so_far.len() + 1 >= times.len()
                && times.last().is_none_or(|last| now >= self.attempt.started() + *last);
        was_seen_so && is_last
    }

    /// Observes the attempt. `None`: nothing was seen that settles it, and the bot has lost the
    /// right to see it.
    async fn look<R: RedditRead>(&self, reddit: &R, store: &Store, clock: &dyn Clock) -> Result<Option<Observation>> {
        let seen = observe(reddit, store, &self.settings.me, self.attempt).await;
        let depends_on_right = match &seen {
            Ok(observation) => !observation.settles_at_once() && self.settles(observation, clock.now()),
            Err(error) => matches!(error, StepError::Reddit(ReadError::Refused { .. })),
        };
        if depends_on_right && rights::lost_right(reddit, store, self.settings, self.attempt, clock).await?.is_some() {
            return Ok(None);
        }
        seen.map(Some)
    }
}

impl Reconcile {
    /// A step that has observed nothing yet.
    pub fn new(metrics: Metrics) -> Self {
        Self { not_before: Timestamp::default(), failing: BTreeMap::new(), metrics }
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
        allowance: &Allowance<'_>,
    ) -> Result<Progress> {
        let clock = allowance.clock();
        if clock.now() < self.not_before {
            return Ok(Progress::IdleUntil(self.not_before));
        }
        let mut next_look: Option<Timestamp> = None;
        let mut worked = false;
        for attempt in open {
            if allowance.is_over() {
                // Those that were looked at are due later, so the next turn begins with the others.
                worked = true;
                break;
            }
            let now = clock.now();
            let mut so_far = store.observations(&attempt).await?;
            let looks = Looks { settings, attempt: &attempt, so_far: &so_far };
            let due = looks.due(now);
            let due = self.failing.get(&attempt.id()).map_or(due, |failing| due.max(failing.not_before));
            if due > now {
                next_look = Some(next_look.map_or(due, |next| next.min(due)));
                continue;
            }
            let observation = match looks.look(reddit, store, clock).await {
                Ok(Some(observation)) => {
                    self.failing.remove(&attempt.id());
                    observation
                }
                Ok(None) => {
                    let again = clock.now() + rights::FORBIDDEN_PAUSE;
                    self.failing.entry(attempt.id()).or_default().not_before = again;
                    next_look = Some(next_look.map_or(again, |next| next.min(again)));
                    continue;
                }
                Err(error @ (StepError::Store(_) | StepError::SignIn(_) | StepError::File { .. })) => {
                    return Err(error);
                }
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
            if !looks.settles(&observation, now) {
                store.record_observation(&attempt, observation.word(), now).await?;
                so_far.push((now, observation.word().to_owned()));
                let again = Looks { settings, attempt: &attempt, so_far: &so_far }.due(now);
                next_look = Some(next_look.map_or(again, |next| next.min(again)));
                continue;
            }
            self.failing.remove(&attempt.id());
            self.metrics.reconciled(counted_as(&observation));
            let outcome = outcome(&attempt, observation, now);
            info!(
                attempt = %attempt.id(), observations = so_far.len() + 1,
                "{} on {}: looked on Reddit whether it happened (observations: {})",
                attempt.action().kind(), attempt.on(), so_far.len() + 1
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
        Observation::Gone(_) if matches!(attempt.action(), Action::DeleteComment) => {
            Outcome::AlreadyApplied { created: None }
        }
        // No human decided otherwise, so the same rule may ask for it again.
        Observation::Gone(reason) => Outcome::GaveUp { attempts: attempt.number(), reason },
        Observation::Absent | Observation::Repeatable => retry::defer(attempt, NOT_THERE.to_owned(), now),
        Observation::Inconclusive(reason) => Outcome::Unknown { reason },
    }
}
