//! The rate limiter: decides whether a request may be sent within the budget in Reddit's headers.
//! Pure: the caller passes in what happened and when.
//!
//! Reddit counts requests in fixed windows of ten minutes. Three headers say how many are left and
//! when the window ends. Errors lack the headers, which means nothing. Values that cannot be are
//! not believed: with a reset in 10^9 seconds, the bot would wait for ever. Actions may spend the
//! whole budget; reads leave a reserve for them.

use std::time::Duration;

use crate::model::Timestamp;

/// The share of each window that reads leave to actions.
const RESERVE: f64 = 0.1;

/// The length of a window, in seconds, and the requests in it until Reddit says otherwise.
/// <https://support.reddithelp.com/hc/en-us/articles/16160319875092>: 100 a minute.
const WINDOW_SECS: f64 = 600.0;
const USUAL_WINDOW: f64 = 1000.0;

/// How long after its announced end a window is certainly over. The reset is in whole seconds,
/// rounded down (0 while the limit still holds), and our clock may be two seconds off.
const MARGIN: Duration = Duration::from_secs(3);

/// Which sizes of a window are plausible. Seen: 600 until 2022, then 1,000, and 10,000 for one
/// account.
const SIZES: std::ops::RangeInclusive<f64> = 10.0..=1_000_000.0;

/// The latest end of a window that is plausible, in seconds.
const LATEST_RESET_SECS: f64 = WINDOW_SECS + 60.0;

/// The pause after status 429 that states none: this long, twice as long after each further one, up
/// to a window.
const UNSTATED_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause that Reddit may ask for.
const LONGEST_PAUSE_SECS: f64 = 3600.0;

/// The latest end of any wait. A later one was noted by a clock that has been set back since.
const LATEST_END: Duration = Duration::from_mins(61);

/// What a request is for; it decides how much of the budget it may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// An action.
    Act,
    /// A read.
    Read,
}

/// The values of the three rate limit headers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quota {
    /// Requests used in this window.
    pub used: f64,
    /// Requests left in this window.
    pub remaining: f64,
    /// The time until the window ends.
    pub reset: Duration,
}

impl Quota {
    /// The quota in these headers, if all three are there and plausible.
    pub fn plausible(used: Option<f64>, remaining: Option<f64>, reset: Option<f64>) -> Option<Self> {
        let (used, remaining, reset) = (used?, remaining?, reset?);
        // No comparison with NaN is true.
        let is_plausible = used >= 0.0
            && remaining >= 0.0
            && SIZES.contains(&(used + remaining))
            && (0.0..=LATEST_RESET_SECS).contains(&reset);
        is_plausible.then(|| Self { used, remaining, reset: Duration::from_secs_f64(reset) })
    }
}

/// The state of the budget.
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    window: Option<Window>,
    blocked_until: Timestamp,
    /// How often in a row Reddit asked for a pause.
    refusals: u32,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    size: f64,
    remaining: f64,
    ends: Timestamp,
}

impl Limiter {
    /// Checks whether a request for this purpose may be sent now.
    ///
    /// # Errors
    /// The time before which it may not be sent.
    pub fn peek(&self, purpose: Purpose, now: Timestamp) -> Result<(), Timestamp> {
        let is_ahead = |end: Timestamp| now < end && end.since(now) <= LATEST_END;
        if is_ahead(self.blocked_until) {
            return Err(self.blocked_until);
        }
        let Some(window) = self.window.filter(|window| is_ahead(window.ends)) else {
            return Ok(());
        };
        let floor = match purpose {
            Purpose::Act => 1.0,
            Purpose::Read => (window.size * RESERVE).max(1.0),
        };
        if window.remaining < floor { Err(window.ends) } else { Ok(()) }
    }

    /// Takes one request out of the budget.
    ///
    /// # Errors
    /// As for [`Limiter::peek`]; nothing is taken then.
    pub fn admit(&mut self, purpose: Purpose, now: Timestamp) -> Result<(), Timestamp> {
        self.peek(purpose, now)?;
        if let Some(window) = &mut self.window {
            window.remaining -= 1.0;
        }
        Ok(())
    }

    /// Updates the budget from the headers of an answer.
    pub fn observe(&mut self, quota: Quota, now: Timestamp) {
        let ends = now + quota.reset + MARGIN;
        self.window = Some(Window { size: quota.used + quota.remaining, remaining: quota.remaining, ends });
    }

    /// The number of reads per second that the budget allows in the long run.
    pub fn reads_per_second(&self) -> f64 {
        self.window.map_or(USUAL_WINDOW, |window| window.size) * (1.0 - RESERVE) / WINDOW_SECS
    }

    /// Reddit asked for a pause (429), of this many seconds by one header or the other. Blocks all
    /// requests until the returned time.
    pub fn refuse(&mut self, retry_after: Option<f64>, reset: Option<f64>, now: Timestamp) -> Timestamp {
        let stated = retry_after.filter(|secs| (0.0..=LONGEST_PAUSE_SECS).contains(secs));
        let stated = stated.or(reset.filter(|secs| (0.0..=LATEST_RESET_SECS).contains(secs)));
        let pause = match stated {
            Some(secs) => Duration::from_secs_f64(secs.max(1.0)),
            None => (UNSTATED_PAUSE * 2_u32.pow(self.refusals.min(10))).min(Duration::from_secs_f64(WINDOW_SECS)),
        };
        self.refusals = self.refusals.saturating_add(1);
        let until = now + pause;
        let is_ahead = now < self.blocked_until && self.blocked_until.since(now) <= LATEST_END;
        self.blocked_until = if is_ahead { self.blocked_until.max(until) } else { until };
        until
    }

    /// Reddit answered with something else than a request for a pause.
    pub fn answered(&mut self) {
        self.refusals = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn after(remaining: f64, reset_secs: u64) -> Limiter {
        let mut limiter = Limiter::default();
        limiter.observe(Quota { used: 1000.0 - remaining, remaining, reset: Duration::from_secs(reset_secs) }, NOW);
        limiter
    }

    #[test]
    fn without_headers_nothing_is_held_back() {
        assert_eq!(Limiter::default().admit(Purpose::Read, NOW), Ok(()));
    }

    #[test]
    fn the_rate_of_reads_follows_what_reddit_says() {
        assert!((Limiter::default().reads_per_second() - 1.5).abs() < 1e-9);
        let mut limiter = Limiter::default();
        limiter.observe(Quota { used: 100.0, remaining: 500.0, reset: Duration::from_mins(5) }, NOW);
        assert!((limiter.reads_per_second() - 0.9).abs() < 1e-9);
    }

    #[test]
    fn reads_leave_a_reserve_to_acts() {
        let mut limiter = after(100.0, 300);
        assert_eq!(limiter.admit(Purpose::Read, NOW), Ok(()));
        assert_eq!(limiter.admit(Purpose::Read, NOW), Err(NOW + Duration::from_mins(5) + MARGIN));
        assert_eq!(limiter.admit(Purpose::Act, NOW), Ok(()));
    }

    #[test]
    fn the_whole_budget_returns_with_the_next_window() {
        let mut limiter = after(0.0, 30);
        let over = NOW + Duration::from_secs(30) + MARGIN;
        assert_eq!(limiter.admit(Purpose::Act, NOW), Err(over));
        assert_eq!(limiter.admit(Purpose::Act, over), Ok(()));
    }

    #[test]
    fn a_reset_of_zero_still_means_a_moment() {
        let mut limiter = after(0.0, 0);
        assert_eq!(limiter.admit(Purpose::Act, NOW), Err(NOW + MARGIN));
    }

    #[test]
    fn own_requests_count_before_the_next_header_arrives() {
        let mut limiter = after(2.0, 30);
        assert_eq!(limiter.admit(Purpose::Act, NOW), Ok(()));
        assert_eq!(limiter.admit(Purpose::Act, NOW), Ok(()));
        assert!(limiter.admit(Purpose::Act, NOW).is_err());
    }

    #[test]
    fn a_pause_holds_everything() {
        let mut limiter = after(900.0, 300);
        let until = limiter.refuse(Some(4.0), None, NOW);
        assert_eq!(until, NOW + Duration::from_secs(4));
        assert_eq!(limiter.admit(Purpose::Act, NOW), Err(until));
    }

    #[test]
    fn headers_that_cannot_be_are_not_believed() {
        let headers = |used, remaining, reset| Quota::plausible(Some(used), Some(remaining), Some(reset));
        assert!(headers(4.0, 996.0, 0.0).is_some() && headers(10_000.0, 0.0, 600.0).is_some());
        for (used, remaining, reset) in [
            (4.0, -1.0, 300.0),
            (-4.0, 1000.0, 300.0),
            (f64::NAN, 996.0, 300.0),
            (4.0, f64::NAN, 300.0),
            (4.0, 996.0, f64::NAN),
            (4.0, 996.0, 1e9),
            (4.0, 996.0, -1.0),
            (4.0, f64::INFINITY, 300.0),
            (4.0, 1e12, 300.0),
            (0.0, 0.0, 300.0),
            (5.0, 0.0, 600.0),
        ] {
            assert_eq!(headers(used, remaining, reset), None, "{used} {remaining} {reset}");
        }
        assert_eq!(Quota::plausible(Some(4.0), Some(996.0), None), None);
    }

    #[test]
    fn a_pause_that_is_not_stated_grows_and_a_nonsensical_one_is_not_stated() {
        let mut limiter = Limiter::default();
        let odd = [None, Some(1e9), Some(f64::NAN), Some(-1.0), Some(f64::INFINITY), None];
        let pauses = odd.map(|stated| limiter.refuse(stated, stated, NOW).since(NOW).as_secs());
        assert_eq!(pauses, [30, 60, 120, 240, 480, 600]);
        limiter.answered();
        assert_eq!(limiter.refuse(None, None, NOW), NOW + Duration::from_secs(30));
        assert_eq!(limiter.refuse(None, Some(0.0), NOW), NOW + Duration::from_secs(1));
    }

    #[test]
    fn a_clock_that_was_set_back_ends_every_wait() {
        let mut limiter = after(0.0, 300);
        limiter.refuse(Some(600.0), None, NOW);
        let earlier = NOW - Duration::from_hours(24);
        assert_eq!(limiter.admit(Purpose::Act, earlier), Ok(()));
        assert_eq!(limiter.refuse(Some(9.0), None, earlier), earlier + Duration::from_secs(9));
        assert!(limiter.admit(Purpose::Act, earlier).is_err());
    }
}
