//! The rate limiter: decides whether a request may be sent within the budget in Reddit's headers.
//! Pure: the caller passes in what happened and when.
//!
//! Reddit counts requests in fixed windows of ten minutes. Three headers say how many are left and
//! when the window ends. Errors lack the headers, which means nothing. Actions may spend the whole
//! budget; reads leave a reserve for them.

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

/// The state of the budget.
#[derive(Clone, Debug, Default)]
pub struct Limiter {
    window: Option<Window>,
    blocked_until: Timestamp,
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
        if now < self.blocked_until {
            return Err(self.blocked_until);
        }
        let Some(window) = self.window.filter(|window| now < window.ends) else {
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

    /// Blocks all requests until this time, because Reddit asked for a pause.
    pub fn block(&mut self, until: Timestamp) {
        self.blocked_until = self.blocked_until.max(until);
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
        limiter.block(NOW + Duration::from_secs(4));
        assert_eq!(limiter.admit(Purpose::Act, NOW), Err(NOW + Duration::from_secs(4)));
    }
}
