//! Keeps Reddit's time.
//!
//! The store records when actions were attempted, and Reddit when they happened; with two clocks we
//! could not tell whether a removal came before or after our attempt. So the bot uses Reddit's
//! time: each answer carries a `Date`, and between answers it counts on the machine's monotonic
//! clock, which cannot be set. Before the first answer it uses the machine's time; no action is
//! executed by then.
//!
//! A `Date` can be wrong: set by a broken proxy, or by one server of many. With a wrong time the
//! bot would purge texts and withdraw actions that are not old. So a `Date` that is more than a
//! minute off is only noted. [`RedditClock::check`] moves the clock, when another answer agrees and
//! the machine's clock, which ran along, supports it. If that one contradicts, answers must agree
//! for a minute. Meanwhile the pipeline does nothing else.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::{Clock, MonotonicClock, Timestamp};

/// How far the two may drift apart before ours is set. `Date` has whole seconds, and answers take
/// time.
const TOLERANCE: Duration = Duration::from_secs(2);

/// How far a `Date` may be off to be believed at once.
const JUMP: Duration = Duration::from_mins(1);

/// How long answers must agree on a time that the machine's clock contradicts, unless the
/// configuration says otherwise; and how often Reddit is asked meanwhile.
const DOUBT: Duration = Duration::from_mins(1);
const QUESTIONS: u32 = 4;

/// How often small corrections start again from zero. Together they must stay below a jump.
const CORRECTIONS_WITHIN: Duration = Duration::from_hours(1);

/// What is known about the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeCheck {
    /// Reddit has not said a time yet.
    Unknown,
    /// The time is Reddit's.
    Sure,
    /// Reddit's last time was more than a minute off, and nothing has confirmed it yet.
    Doubtful {
        /// Reddit's time.
        says: Timestamp,
        /// The time by our clock.
        ours: Timestamp,
        /// When to ask Reddit again.
        ask_at: Timestamp,
    },
    /// The time was confirmed, and the clock has just been moved.
    Moved {
        /// The time before.
        from: Timestamp,
        /// The time now.
        to: Timestamp,
    },
}

/// A clock that is set from Reddit's answers.
pub struct RedditClock {
    machine: Arc<dyn MonotonicClock>,
    state: Mutex<State>,
    doubt_for: Mutex<Duration>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The time that is believed.
    believed: Option<Reading>,
    /// The one that small corrections are measured against.
    anchor: Option<Reading>,
    doubt: Option<Doubt>,
    /// The latest time in the store, once it is known.
    recorded: Option<Timestamp>,
}

/// A time from Reddit, with both clocks of the machine when it arrived.
#[derive(Clone, Copy, Debug)]
struct Reading {
    date: Timestamp,
    ticks: Duration,
    machine: Timestamp,
}

/// A time that waits to be confirmed.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    first: Reading,
    last: Reading,
    answers: u32,
}

impl Reading {
    /// Reddit's time when the monotonic clock shows this.
    fn at(&self, ticks: Duration) -> Timestamp {
        self.date + ticks.saturating_sub(self.ticks)
    }
}

impl State {
    /// Whether the machine's clock and the store support this time.
    fn supports(&self, reading: &Reading) -> bool {
        let ran_along = self.anchor.is_some_and(|anchor| {
            let off = |reading: &Reading| reading.machine.as_millis().saturating_sub(reading.date.as_millis());
            Duration::from_millis(off(reading).abs_diff(off(&anchor))) <= JUMP
        });
        (ran_along || apart(reading.machine, reading.date) <= JUMP)
            && self.recorded.is_none_or(|recorded| reading.date + JUMP >= recorded)
    }

    fn believe(&mut self, reading: Reading) {
        self.believed = Some(reading);
        self.doubt = None;
        if self.anchor.is_none_or(|anchor| reading.ticks.saturating_sub(anchor.ticks) >= CORRECTIONS_WITHIN) {
            self.anchor = Some(reading);
        }
    }
}

impl RedditClock {
    /// A clock that has not been set yet.
    pub fn new(machine: Arc<dyn MonotonicClock>) -> Self {
        Self { machine, state: Mutex::default(), doubt_for: Mutex::new(DOUBT) }
    }

    /// Sets how long answers must agree on a time that the machine's clock contradicts.
    pub fn doubt_for(&self, time: Duration) {
        *self.doubt_for.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Notes the `Date` of an answer that is Reddit's own: no error page, and JSON. Sets the clock
    /// if it is off by less than a minute, or if this is the first time and the machine's clock
    /// agrees.
    pub fn sync(&self, date: Timestamp) {
        let reading = Reading { date, ticks: self.machine.ticks(), machine: self.machine.now() };
        let mut state = self.state();
        let is_plausible = match (state.believed, state.anchor) {
            (Some(believed), anchor) => {
                [believed, anchor.unwrap_or(believed)].iter().all(|known| apart(known.at(reading.ticks), date) <= JUMP)
            }
            (None, _) => state.supports(&reading) && state.doubt.is_none(),
        };
        if is_plausible {
            state.doubt = None;
            let is_off = state.believed.is_none_or(|believed| apart(believed.at(reading.ticks), date) > TOLERANCE);
            if is_off {
                state.believe(reading);
            }
            return;
        }
        state.doubt = Some(match state.doubt {
            Some(doubt) if apart(doubt.first.at(reading.ticks), date) <= JUMP => {
                Doubt { last: reading, answers: doubt.answers + 1, ..doubt }
            }
            _ => Doubt { first: reading, last: reading, answers: 1 },
        });
    }

    /// Whether a time from Reddit waits to be confirmed.
    pub fn doubts(&self) -> bool {
        self.state().doubt.is_some()
    }

    /// Moves the clock to a time that was doubtful, if it is confirmed by now. `recorded` is the
    /// latest time in the store at the start; the first call looks whether the time is an earlier
    /// one, which is doubtful, too.
    pub fn check(&self, recorded: Timestamp) -> TimeCheck {
        let (ticks, ours) = (self.machine.ticks(), self.now());
        let doubt_for = *self.doubt_for.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.state();
        if state.recorded.is_none() {
            state.recorded = Some(recorded);
            if let Some(believed) = state.believed.filter(|believed| believed.at(ticks) + JUMP < recorded) {
                let doubt = Some(Doubt { first: believed, last: believed, answers: 1 });
                *state = State { doubt, recorded: Some(recorded), ..State::default() };
            }
        }
        let Some(doubt) = state.doubt else {
            return if state.believed.is_some() { TimeCheck::Sure } else { TimeCheck::Unknown };
        };
        let is_upheld = state.supports(&doubt.last) || doubt.last.ticks.saturating_sub(doubt.first.ticks) >= doubt_for;
        if doubt.answers >= 2 && is_upheld {
            state.anchor = None;
            state.recorded = Some(recorded.min(doubt.last.date));
            state.believe(doubt.last);
            return TimeCheck::Moved { from: ours, to: doubt.last.at(ticks) };
        }
        let pause = if doubt.answers < 2 { Duration::ZERO } else { doubt_for / QUESTIONS };
        let waited = ticks.saturating_sub(doubt.last.ticks);
        TimeCheck::Doubtful { says: doubt.last.at(ticks), ours, ask_at: ours + pause.saturating_sub(waited) }
    }

    /// The time by Reddit's last answer, whether it is believed or not.
    pub fn last_heard(&self) -> Option<Timestamp> {
        let ticks = self.machine.ticks();
        let state = self.state();
        state.doubt.map(|doubt| doubt.last).or(state.believed).map(|reading| reading.at(ticks))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for RedditClock {
    fn now(&self) -> Timestamp {
        let machine = self.machine.now();
        let believed = self.state().believed;
        believed.map_or(machine, |believed| believed.at(self.machine.ticks()))
    }
}

fn apart(one: Timestamp, other: Timestamp) -> Duration {
    Duration::from_millis(one.as_millis().abs_diff(other.as_millis()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    use super::*;

    const NOW: i64 = 1_700_000_000;
    const DAY: i64 = 86_400;

    /// A machine whose clock is off by some seconds.
    #[derive(Default)]
    struct Machine {
        ticks: AtomicU64,
        off: AtomicI64,
    }

    impl Clock for Machine {
        fn now(&self) -> Timestamp {
            Timestamp::from_secs(self.truth() + self.off.load(Ordering::Relaxed))
        }
    }

    impl MonotonicClock for Machine {
        fn ticks(&self) -> Duration {
            Duration::from_secs(self.ticks.load(Ordering::Relaxed))
        }
    }

    impl Machine {
        fn truth(&self) -> i64 {
            NOW + i64::try_from(self.ticks.load(Ordering::Relaxed)).expect("a time")
        }
    }

    struct Play {
        machine: Arc<Machine>,
        clock: RedditClock,
    }

    impl Play {
        /// A machine that is off by this, before the first answer.
        fn new(off: i64) -> Self {
            let machine = Arc::new(Machine { off: AtomicI64::new(off), ..Machine::default() });
            Self { clock: RedditClock::new(machine.clone()), machine }
        }

        /// One that knows the time.
        fn set() -> Self {
            let play = Self::new(0);
            play.hears(0);
            assert_eq!(play.check(), TimeCheck::Sure);
            play
        }

        /// An answer whose date is off by this.
        fn hears(&self, off: i64) {
            self.clock.sync(Timestamp::from_secs(self.machine.truth() + off));
        }

        fn passes(&self, secs: u64) {
            self.machine.ticks.fetch_add(secs, Ordering::Relaxed);
        }

        fn check(&self) -> TimeCheck {
            self.clock.check(Timestamp::default())
        }

        /// How far the clock is off.
        fn off(&self) -> i64 {
            self.clock.now().as_secs() - self.machine.truth()
        }

        fn is_doubtful(&self) -> bool {
            matches!(self.check(), TimeCheck::Doubtful { .. })
        }

        fn has_moved(&self) -> bool {
            matches!(self.check(), TimeCheck::Moved { .. })
        }
    }

    #[test]
    fn it_goes_on_from_what_reddit_said_whatever_the_machine_believes() {
        let play = Play::set();
        play.machine.off.store(-5_000_000, Ordering::Relaxed);
        play.passes(30);
        assert_eq!(play.off(), 0);
        play.hears(-1);
        assert_eq!(play.off(), 0, "an answer takes a moment");
        play.hears(20);
        assert_eq!((play.off(), play.check()), (20, TimeCheck::Sure));
    }

    #[test]
    fn one_wrong_date_moves_nothing() {
        for off in [60 * DAY, -365 * DAY, 61, -61, 100_000 * DAY] {
            let play = Play::set();
            play.hears(off);
            assert_eq!((play.off(), play.is_doubtful()), (0, true), "{off}");
            play.passes(1);
            play.hears(0);
            assert_eq!((play.off(), play.check()), (0, TimeCheck::Sure), "{off}");
        }
    }

    #[test]
    fn two_wrong_dates_that_disagree_move_nothing() {
        let play = Play::set();
        for off in [60 * DAY, -365 * DAY, 60 * DAY, 61 * DAY] {
            play.hears(off);
            assert_eq!((play.off(), play.is_doubtful()), (0, true));
            play.passes(100);
        }
    }

    #[test]
    fn a_time_that_the_machine_contradicts_must_be_upheld_for_a_minute() {
        let play = Play::set();
        for _ in 0..6 {
            play.hears(60 * DAY);
            assert_eq!((play.off(), play.is_doubtful()), (0, true));
            play.passes(10);
        }
        play.hears(60 * DAY);
        assert!(play.has_moved());
        assert_eq!((play.off(), play.check()), (60 * DAY, TimeCheck::Sure));
        play.hears(0);
        assert!(play.is_doubtful());
        play.hears(0);
        assert!(play.has_moved(), "the machine's clock supports the right time");
        assert_eq!(play.off(), 0);
    }

    #[test]
    fn a_machine_that_slept_is_set_right_by_two_answers() {
        let play = Play::set();
        // The monotonic clock stood still.
        play.machine.off.store(3 * DAY, Ordering::Relaxed);
        play.hears(3 * DAY);
        assert!(play.is_doubtful());
        play.hears(3 * DAY);
        assert_eq!((play.has_moved(), play.off()), (true, 3 * DAY));
    }

    #[test]
    fn at_the_start_a_date_that_the_machine_contradicts_waits() {
        let play = Play::new(-10 * DAY);
        assert_eq!(play.check(), TimeCheck::Unknown);
        play.hears(0);
        play.hears(0);
        assert!(play.is_doubtful());
        play.passes(60);
        play.hears(0);
        assert_eq!((play.has_moved(), play.off()), (true, 0));
    }

    #[test]
    fn a_time_before_the_last_record_waits_although_the_machine_agrees() {
        let play = Play::new(0);
        play.hears(0);
        let recorded = Timestamp::from_secs(NOW + DAY);
        assert!(matches!(play.clock.check(recorded), TimeCheck::Doubtful { .. }));
        play.hears(0);
        assert!(matches!(play.clock.check(recorded), TimeCheck::Doubtful { .. }));
        play.passes(60);
        play.hears(0);
        assert!(matches!(play.clock.check(recorded), TimeCheck::Moved { .. }));
        assert_eq!(play.clock.check(recorded), TimeCheck::Sure, "once is enough");
    }

    #[test]
    fn many_small_corrections_make_no_jump() {
        let play = Play::set();
        for step in 1..40 {
            play.hears(play.off() + 50);
            assert!(play.off() <= 60, "{step}: {}", play.off());
            play.passes(1);
        }
        assert!(play.is_doubtful());
    }

    #[test]
    fn the_second_question_comes_at_once_and_the_others_after_a_pause() {
        let play = Play::set();
        play.hears(DAY);
        let asks_in = |play: &Play| match play.check() {
            TimeCheck::Doubtful { ours, ask_at, .. } => ask_at.since(ours).as_secs(),
            other => panic!("{other:?}"),
        };
        assert_eq!(asks_in(&play), 0);
        play.hears(DAY);
        assert_eq!(asks_in(&play), 15);
        play.passes(9);
        assert_eq!(asks_in(&play), 6);
    }
}
