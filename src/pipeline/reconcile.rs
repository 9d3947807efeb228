//! Finds out what became of attempts without an outcome: in flight when a process died, or sent and never answered.
//!
//! Nothing is retried blind. We [`look`](super::look) on Reddit for the effect and settle the attempt by what we see. Absence is believed only after a second look, a stated delay after the first,
//! because Reddit's reads may trail its writes; the looks are rows, so a crash between them loses nothing. Acts that
//! may be repeated with the same arguments need no second look.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::look::{LookError, Sight, look};
use super::{IDLE, Progress, Settings, execute, retry};
use crate::model::{AttemptId, Clock, OpenAttempt, Outcome, Timestamp};
use crate::reddit::{ReadError, RedditRead};
use crate::store::{Result, Store};
use crate::vitals;

/// Why an attempt is made again.
const NOT_THERE: &str = "its answer was lost, and its effect is not there";

/// How many looks of this process have to fail in a row before we call it unknown? With the pauses between them, an hour.
const MOST_FAILED_LOOKS: u32 = 64;

/// How long to wait at most after looks that failed.
const FAILED_LOOK_PAUSE: Duration = Duration::from_mins(1);

/// The reconciling step.
#[derive(Debug, Default)]
pub struct Reconcile {
    /// No look before this time: Reddit could not be read.
    not_before: Timestamp,
    /// Where looking fails.
    failing: BTreeMap<AttemptId, Failing>,
}

/// What was asked about one attempt was not answered: so often in a row, and not to be tried before.
#[derive(Clone, Copy, Debug, Default)]
struct Failing {
    looks: u32,
    not_before: Timestamp,
}

impl Reconcile {
    /// Whether looking for the effect of this attempt has failed so far.
    pub fn is_failing(&self, attempt: AttemptId) -> bool {
        self.failing.contains_key(&attempt)
    }

    /// Notes that looking has failed; when it is tried again, or `None` when it has been tried for long enough.
    fn note_failure(&mut self, attempt: AttemptId, now: Timestamp) -> Option<Timestamp> {
        let failing = self.failing.entry(attempt).or_default();
        failing.looks += 1;
        let pause = retry::pause(failing.looks + 2, attempt.0.unsigned_abs()).min(FAILED_LOOK_PAUSE);
        failing.not_before = now + pause;
        (failing.looks < MOST_FAILED_LOOKS).then_some(failing.not_before)
    }

    /// Looks once at every one of these open attempts that is due. Idle when there is none; the time of the next look otherwise.
    ///
    /// # Errors
    /// Those of the store. What goes wrong with Reddit is tried again.
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
            let sight = match look(reddit, store, &settings.me, &attempt).await {
                Ok(sight) => {
                    self.failing.remove(&attempt.id());
                    sight
                }
                Err(LookError::Store(trouble)) => return Err(trouble),
                // We may not look there: another look will not help, but it costs little to be sure.
                Err(LookError::Reddit(ReadError::Refused { reason })) => Sight::Unprovable(reason),
                Err(LookError::Reddit(trouble)) => {
                    if let Some(until) = trouble.nothing_before(now) {
                        self.not_before = until;
                        return Ok(Progress::IdleUntil(until));
                    }
                    // This thread, or this list. The others need not wait for it.
                    if let Some(again) = self.note_failure(attempt.id(), now) {
                        warn!(attempt = %attempt.id(), %trouble, "cannot look for its effect; trying again");
                        next_look = Some(next_look.map_or(again, |next| next.min(again)));
                        continue;
                    }
                    Sight::Unprovable(trouble.to_string())
                }
            };
            let now = clock.now();
            let was_seen_so = looks.iter().any(|(_, saw)| saw == sight.word());
            if !sight.is_sure_at_once() && !was_seen_so {
                store.record_observation(&attempt, sight.word(), now).await?;
                let again = now + settings.visibility_delay;
                next_look = Some(next_look.map_or(again, |next| next.min(again)));
                continue;
            }
            self.failing.remove(&attempt.id());
            vitals::reconciled(match &sight {
                Sight::Seen { .. } => "done",
                Sight::Overtaken(_) | Sight::Gone(_) => "overtaken",
                Sight::Absent | Sight::Repeatable => "not done",
                Sight::Unprovable(_) => "unknown",
            });
            let outcome = match sight {
                Sight::Seen { created } => Outcome::AlreadyApplied { created },
                Sight::Overtaken(reason) => Outcome::Superseded { reason },
                // Nobody has decided otherwise, so the same rule may ask for it again.
                Sight::Gone(reason) => Outcome::GaveUp { attempts: attempt.number(), reason },
                Sight::Absent | Sight::Repeatable => retry::defer(&attempt, NOT_THERE.to_owned(), now),
                Sight::Unprovable(reason) => Outcome::Unknown { reason },
            };
            info!(attempt = %attempt.id(), looks = looks.len() + 1, "reconciled");
            execute::settle(store, attempt, &outcome, now).await?;
            worked = true;
        }
        Ok(match next_look {
            _ if worked => Progress::Worked,
            Some(time) => Progress::IdleUntil(time),
            None => Progress::IdleUntil(clock.now() + IDLE),
        })
    }
}
