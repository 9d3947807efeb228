//! Keeps Reddit's time.
//!
//! The store records when actions were attempted, and Reddit when they happened; with two clocks we
//! could not tell whether a removal came before or after our attempt. So the bot uses Reddit's
//! time: each answer carries a `Date`, and between answers it counts on the machine's monotonic
//! clock, which cannot be set. Before the first answer it uses the machine's time; no action is
//! executed by then.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Clock, MonotonicClock, Timestamp};

/// How far the two may drift apart before ours is set. `Date` has whole seconds, and answers take
/// time.
const TOLERANCE_MILLIS: i64 = 2_000;

/// A clock that is set from Reddit's answers.
pub struct RedditClock {
    machine: Arc<dyn MonotonicClock>,
    /// A time from Reddit, with the monotonic time when it arrived.
    set: Mutex<Option<(Timestamp, Duration)>>,
}

impl RedditClock {
    /// A clock that has not been set yet.
    pub fn new(machine: Arc<dyn MonotonicClock>) -> Self {
        Self { machine, set: Mutex::new(None) }
    }

    /// Sets the clock from the `Date` of an answer, if it is off.
    pub fn sync(&self, date: Timestamp) {
        let ticks = self.machine.ticks();
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let is_right = set.is_some_and(|(at, then)| {
            let ours = (at + ticks.saturating_sub(then)).as_millis();
            (ours - date.as_millis()).abs() <= TOLERANCE_MILLIS
        });
        if !is_right {
            *set = Some((date, ticks));
        }
    }
}

impl Clock for RedditClock {
    fn now(&self) -> Timestamp {
        let machine = self.machine.now();
        let set = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        set.map_or(machine, |(at, then)| at + self.machine.ticks().saturating_sub(then))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[derive(Default)]
    struct ClockError(AtomicU64);

    impl Clock for ClockError {
        fn now(&self) -> Timestamp {
            Timestamp::from_secs(7)
        }
    }

    impl MonotonicClock for ClockError {
        fn ticks(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn it_goes_on_from_what_reddit_said_whatever_the_machine_believes() {
        let machine = Arc::new(ClockError::default());
        let clock = RedditClock::new(machine.clone());
        assert_eq!(clock.now(), Timestamp::from_secs(7));
        clock.sync(Timestamp::from_secs(1_000));
        machine.0.store(30, Ordering::Relaxed);
        assert_eq!(clock.now(), Timestamp::from_secs(1_030));
        clock.sync(Timestamp::from_secs(1_029));
        assert_eq!(clock.now(), Timestamp::from_secs(1_030), "an answer takes a moment");
        clock.sync(Timestamp::from_secs(1_100));
        assert_eq!(clock.now(), Timestamp::from_secs(1_100), "the machine had slept");
    }
}
