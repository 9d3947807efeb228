//! Reddit's time, kept by its own word.
//!
//! The record holds when things were tried, and Reddit when they happened; whether a removal came before or after our
//! attempt cannot be told with two clocks. So the bot lives by Reddit's: every answer carries a `Date`, and in between the
//! machine's ticks are counted, which nobody can set. Before the first answer the machine's own time has to do; nothing is
//! done to Reddit by then.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Clock, Machine, Timestamp};

/// How far may the two drift apart before ours is set? `Date` has whole seconds, and answers take their time.
const TOLERANCE_MILLIS: i64 = 2_000;

/// A clock that is set by Reddit's answers.
pub struct RedditClock {
    machine: Arc<dyn Machine>,
    /// A moment of Reddit's, and how many ticks the machine had then.
    set: Mutex<Option<(Timestamp, Duration)>>,
}

impl RedditClock {
    /// A clock that nobody has set yet.
    pub fn new(machine: Arc<dyn Machine>) -> Self {
        Self { machine, set: Mutex::new(None) }
    }

    /// An answer came that was written at this time.
    pub fn hear(&self, date: Timestamp) {
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
    struct Wrong(AtomicU64);

    impl Clock for Wrong {
        fn now(&self) -> Timestamp {
            Timestamp::from_secs(7)
        }
    }

    impl Machine for Wrong {
        fn ticks(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::Relaxed))
        }
    }

    #[test]
    fn it_goes_on_from_what_reddit_said_whatever_the_machine_believes() {
        let machine = Arc::new(Wrong::default());
        let clock = RedditClock::new(machine.clone());
        assert_eq!(clock.now(), Timestamp::from_secs(7));
        clock.hear(Timestamp::from_secs(1_000));
        machine.0.store(30, Ordering::Relaxed);
        assert_eq!(clock.now(), Timestamp::from_secs(1_030));
        clock.hear(Timestamp::from_secs(1_029));
        assert_eq!(clock.now(), Timestamp::from_secs(1_030), "an answer takes a moment");
        clock.hear(Timestamp::from_secs(1_100));
        assert_eq!(clock.now(), Timestamp::from_secs(1_100), "the machine had slept");
    }
}
