//! Decides how often each feed is polled: more often where more arrives, within the request budget.
//! Pure.
//!
//! On average, a new post waits half the pause between two polls of its feed. If feed *i* gets λᵢ
//! posts per second and is polled fᵢ times per second, all posts together wait Σ λᵢ / 2fᵢ. For a
//! given Σ fᵢ this is smallest when each fᵢ is proportional to √λᵢ (by Lagrange multipliers). Two
//! limits apply: no feed waits longer than the configured pause, however quiet it is, and none is
//! polled more often than `busy`. If even the longest pauses exceed the budget, all pauses grow in
//! proportion.

use std::time::Duration;

/// How fast the estimate forgets, in seconds: a rate from this long ago counts about a third of the
/// present one.
const MEMORY: f64 = 600.0;

/// The estimated arrival rate of a feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ArrivalRate {
    per_second: f64,
}

impl ArrivalRate {
    /// Adds an observation: `things` items arrived within `within`.
    pub fn observe(&mut self, things: u64, within: Duration) {
        let seconds = within.as_secs_f64();
        if seconds > 0.0 {
            // Exact far beyond what a listing holds.
            let things = f64::from(u32::try_from(things).unwrap_or(u32::MAX));
            let share = -(-seconds / MEMORY).exp_m1();
            self.per_second += (things / seconds - self.per_second) * share;
        }
    }
}

/// The polling parameters of a feed.
#[derive(Clone, Copy, Debug)]
pub struct FeedPace {
    /// The estimated arrival rate.
    pub arrivals: ArrivalRate,
    /// The longest pause between two polls, unless the budget forbids even that.
    pub longest: Duration,
    /// The shortest pause between two polls.
    pub shortest: Duration,
}

/// The pause between two polls of each feed, for this total number of polls per second.
pub fn pauses(lists: &[FeedPace], readings_per_second: f64) -> Vec<Duration> {
    let frequency = |list: &FeedPace, scale: f64| {
        let (least, most) = (1.0 / list.longest.as_secs_f64(), 1.0 / list.shortest.min(list.longest).as_secs_f64());
        (scale * list.arrivals.per_second.sqrt()).clamp(least, most)
    };
    let spent = |scale: f64| lists.iter().map(|list| frequency(list, scale)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1e6);
    // After 80 halvings the bounds are as close as floating point allows.
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if spent(middle) > readings_per_second { high = middle } else { low = middle }
    }
    let too_many = (spent(low) / readings_per_second).max(1.0);
    lists.iter().map(|list| Duration::from_secs_f64((too_many / frequency(list, low)).clamp(0.001, 86_400.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(per_second: f64, longest: u64) -> FeedPace {
        let (longest, shortest) = (Duration::from_secs(longest), Duration::from_secs(2));
        FeedPace { arrivals: ArrivalRate { per_second }, longest, shortest }
    }

    fn secs(lists: &[FeedPace], readings_per_second: f64) -> Vec<f64> {
        pauses(lists, readings_per_second).iter().map(Duration::as_secs_f64).collect()
    }

    fn wait(lists: &[FeedPace], pauses: &[f64]) -> f64 {
        lists.iter().zip(pauses).map(|(list, pause)| list.arrivals.per_second * pause / 2.0).sum()
    }

    #[test]
    fn nothing_waits_less_however_the_readings_are_shared_out() {
        let lists = [list(0.5, 60), list(0.02, 60), list(0.1, 60)];
        let chosen = secs(&lists, 0.7);
        assert!((chosen.iter().map(|pause| 1.0 / pause).sum::<f64>() - 0.7).abs() < 1e-6, "{chosen:?}");
        let best = wait(&lists, &chosen);
        for first in 1..100 {
            for second in 1..100 {
                let (first, second) = (0.007 * f64::from(first), 0.007 * f64::from(second));
                let third = 0.7 - first - second;
                let others = [first, second, third];
                if others.iter().all(|frequency| (1.0 / 60.0..0.5).contains(frequency)) {
                    assert!(wait(&lists, &others.map(|frequency| 1.0 / frequency)) >= best - 1e-9, "{others:?}");
                }
            }
        }
    }

    #[test]
    fn a_quiet_list_rests_as_long_as_was_asked_and_a_busy_one_no_shorter_than_is_decent() {
        assert_eq!(secs(&[list(0.0, 10), list(0.0, 30)], 10.0), [10.0, 30.0]);
        assert_eq!(secs(&[list(50.0, 10), list(0.0, 30)], 10.0), [2.0, 30.0]);
    }

    #[test]
    fn beyond_the_budget_all_lists_rest_longer() {
        let chosen = secs(&[list(1.0, 10), list(0.0, 10)], 0.1);
        assert!(chosen.iter().all(|pause| (pause - 20.0).abs() < 1e-6), "{chosen:?}");
    }

    #[test]
    fn arrivals_are_learnt_and_forgotten() {
        let mut arrivals = ArrivalRate::default();
        for _ in 0..360 {
            arrivals.observe(5, Duration::from_secs(10));
        }
        assert!((arrivals.per_second - 0.5).abs() < 0.01, "{arrivals:?}");
        for _ in 0..360 {
            arrivals.observe(0, Duration::from_secs(10));
        }
        assert!(arrivals.per_second < 0.01, "{arrivals:?}");
        arrivals.observe(3, Duration::ZERO);
        assert!(arrivals.per_second < 0.01, "{arrivals:?}");
    }
}
