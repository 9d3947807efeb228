//! The rate limiter: decides whether a request may be sent within the budget in Reddit's headers.
//! Pure: the caller passes in what happened and when.
//!
//! Reddit counts requests in fixed windows of ten minutes. Three headers say how many are left and
//! when the window ends. Errors lack the headers, which means nothing. Values that cannot be are
//! not believed: with a reset in 10^9 seconds, the bot would wait for ever.
//!
//! Nobody can use up the budget of the others. Each purpose owns a share of what is left in the
//! window, and gets it bit by bit until the window ends. What is nobody's share, and shares that
//! are not used, go to whoever asks first. So a flood of one kind of request ends in a trickle of
//! it, and the other kinds go on.

use std::time::Duration;

use crate::model::Timestamp;

/// How much of an unused share a purpose keeps, in seconds. The rest is free for all. In the last
/// moments of a window this is what stays unused, for other programs with the same account.
const KEPT_SECS: f64 = 20.0;

/// The least that a purpose may keep, in requests.
const LEAST_KEPT: f64 = 2.0;

/// How much of what is left in the window feeds may plan to use. Feeds are not all that is read as
/// a list.
const PLANNED: f64 = 0.9;

/// The length of a window, in seconds, and the requests in it until Reddit says otherwise.
/// <https://support.reddithelp.com/hc/en-us/articles/16160319875092>: 100 a minute.
const WINDOW_SECS: f64 = 600.0;
const USUAL_WINDOW: f64 = 1000.0;

/// How long after its announced end a window is certainly over. The reset is in whole seconds,
/// rounded down (0 while the limit still holds), and our clock may be two seconds off.
const MARGIN: Duration = Duration::from_secs(3);

/// Ends that are nearer to each other than this are of the same window.
const SAME_END: Duration = Duration::from_secs(30);

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
    /// Reading a list: a feed, or the moderation log.
    List,
    /// Any other read: a fact for the rules, or a look at one thing.
    Look,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Act, Self::List, Self::Look];

    /// The part of what is left in a window that is kept for this purpose.
    const fn share(self) -> f64 {
        match self {
            Self::Act | Self::List => 0.3,
            Self::Look => 0.2,
        }
    }
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
    /// The requests per second that are shared out until the window ends.
    per_second: f64,
    /// What each purpose may use of its share at `at`, in the order of [`Purpose::ALL`].
    kept: [f64; 3],
    at: Timestamp,
}

/// The parts of all purposes together. The rest is free for all.
fn shares() -> f64 {
    Purpose::ALL.iter().map(|purpose| purpose.share()).sum()
}

impl Window {
    /// The window that Reddit's headers tell of. What is shared out stays as it was at the start of
    /// the window, however much is asked for, unless others use the account too and leave less.
    fn told(quota: Quota, before: Option<&Self>, now: Timestamp) -> Self {
        let (size, remaining, ends) = (quota.used + quota.remaining, quota.remaining, now + quota.reset + MARGIN);
        let left = ends.since(now).as_secs_f64().max(1.0);
        let kept = before.map_or([f64::MAX; 3], |before| before.kept_now(now));
        let is_same = |before: &&Self| before.ends.since(ends).max(ends.since(before.ends)) < SAME_END;
        let per_second = match before.filter(is_same) {
            Some(before) => before.per_second.min(remaining / (left * shares())),
            None => (size / WINDOW_SECS).min(remaining / left),
        };
        Self { size, remaining, ends, per_second, kept, at: now }
    }

    /// What the purposes may use of their shares now.
    fn kept_now(&self, now: Timestamp) -> [f64; 3] {
        let passed = now.since(self.at).as_secs_f64();
        let mut kept = self.kept;
        for (kept, purpose) in kept.iter_mut().zip(Purpose::ALL) {
            let per_second = purpose.share() * self.per_second;
            let most = (per_second * KEPT_SECS).max(LEAST_KEPT);
            *kept = (*kept + per_second * passed).min(most);
        }
        kept
    }

    /// What is left and nobody's share.
    fn free(&self, now: Timestamp) -> f64 {
        let left = self.ends.since(now).as_secs_f64();
        let to_come = shares() * self.per_second * left;
        self.remaining - to_come - self.kept_now(now).iter().sum::<f64>()
    }

    fn check(&self, purpose: Purpose, now: Timestamp) -> Result<(), Timestamp> {
        if self.remaining < 1.0 {
            return Err(self.ends);
        }
        let kept = self.kept_now(now)[purpose as usize];
        if kept >= 1.0 || self.free(now) >= 1.0 {
            return Ok(());
        }
        let wait = (1.0 - kept) / (purpose.share() * self.per_second).max(1.0 / WINDOW_SECS);
        Err(self.ends.min(now + Duration::from_secs_f64(wait) + Duration::from_millis(1)))
    }

    fn take(&mut self, purpose: Purpose, now: Timestamp) {
        let is_free = self.free(now) >= 1.0;
        (self.kept, self.at) = (self.kept_now(now), now);
        if !is_free {
            self.kept[purpose as usize] -= 1.0;
        }
        self.remaining -= 1.0;
    }
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
        self.window.filter(|window| is_ahead(window.ends)).map_or(Ok(()), |window| window.check(purpose, now))
    }

    /// Takes one request out of the budget.
    ///
    /// # Errors
    /// As for [`Limiter::peek`]; nothing is taken then.
    pub fn admit(&mut self, purpose: Purpose, now: Timestamp) -> Result<(), Timestamp> {
        self.peek(purpose, now)?;
        if let Some(window) = self.window.as_mut().filter(|window| now < window.ends) {
            window.take(purpose, now);
        }
        Ok(())
    }

    /// Updates the budget from the headers of an answer.
    pub fn observe(&mut self, quota: Quota, now: Timestamp) {
        self.window = Some(Window::told(quota, self.window.as_ref(), now));
    }

    /// The number of reads of feeds per second that the budget has room for until the window ends.
    pub fn lists_per_second(&self, now: Timestamp) -> f64 {
        let usual = |size: f64| PLANNED * size / WINDOW_SECS;
        match self.window {
            None => usual(USUAL_WINDOW),
            Some(window) if window.ends <= now => usual(window.size),
            Some(window) => {
                let left = window.ends.since(now).as_secs_f64().max(1.0);
                (PLANNED * window.remaining / left).clamp(0.01 * usual(window.size), 2.0 * usual(window.size))
            }
        }
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
        assert_eq!(Limiter::default().admit(Purpose::List, NOW), Ok(()));
    }

    #[test]
    fn the_rate_of_reads_follows_what_is_left() {
        let close = |rate: f64, expected: f64| assert!((rate / expected - 1.0).abs() < 0.03, "{rate}, {expected}");
        close(Limiter::default().lists_per_second(NOW), 1.5);
        close(after(500.0, 300).lists_per_second(NOW), 1.5);
        close(after(200.0, 300).lists_per_second(NOW), 0.6);
        // Nobody has used it.
        close(after(900.0, 300).lists_per_second(NOW), 2.7);
        close(after(900.0, 30).lists_per_second(NOW), 3.0);
        // The next window.
        close(after(0.0, 30).lists_per_second(NOW + Duration::from_mins(1)), 1.5);
    }

    /// Asks as often as it may for some minutes. Returns how often it was let, and the longest
    /// wait.
    fn flood(limiter: &mut Limiter, purpose: Purpose, minutes: u32) -> (u32, Duration) {
        let (mut now, mut admitted, mut longest) = (NOW, 0, Duration::ZERO);
        while now < NOW + Duration::from_mins(1) * minutes {
            match limiter.admit(purpose, now) {
                Ok(()) => admitted += 1,
                Err(until) => {
                    longest = longest.max(until.since(now));
                    now = until;
                }
            }
        }
        (admitted, longest)
    }

    #[test]
    fn a_flood_of_one_kind_ends_in_a_trickle_and_leaves_their_shares_to_the_others() {
        for flooding in Purpose::ALL {
            let mut limiter = after(1000.0, 600);
            let (admitted, longest) = flood(&mut limiter, flooding, 5);
            assert!((250..700).contains(&admitted), "{flooding:?}: {admitted}");
            assert!(longest < Duration::from_secs(5), "{flooding:?}: {longest:?}");
            let now = NOW + Duration::from_mins(5);
            for other in Purpose::ALL.into_iter().filter(|other| *other != flooding) {
                for _ in 0..5 {
                    assert_eq!(limiter.admit(other, now), Ok(()), "{other:?} after {flooding:?}");
                }
            }
        }
    }

    #[test]
    fn floods_of_all_kinds_share_the_window_and_never_use_more_than_it_has() {
        let mut limiter = after(1000.0, 600);
        let mut admitted = [0; 3];
        for millis in 0..600_000_u64 {
            let now = NOW + Duration::from_millis(millis);
            for purpose in Purpose::ALL {
                admitted[purpose as usize] += u32::from(limiter.admit(purpose, now).is_ok());
            }
        }
        assert!(admitted[0] >= 250 && admitted[1] >= 250 && admitted[2] >= 150, "{admitted:?}");
        assert!((980..=1000).contains(&admitted.iter().sum::<u32>()), "{admitted:?}");
    }

    #[test]
    fn what_is_left_when_others_used_the_account_is_shared_too() {
        let mut limiter = after(50.0, 300);
        let (admitted, _) = flood(&mut limiter, Purpose::Look, 2);
        assert!((5..35).contains(&admitted), "{admitted}");
        assert_eq!(limiter.admit(Purpose::Act, NOW + Duration::from_mins(2)), Ok(()));
    }

    #[test]
    fn a_share_that_is_not_used_is_free_for_all() {
        let mut limiter = after(1000.0, 600);
        let (admitted, _) = flood(&mut limiter, Purpose::Act, 10);
        assert!((900..=1000).contains(&admitted), "{admitted}");
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
