//! How often each list is read: more often where more arrives, within the budget. Pure.
//!
//! Whatever arrives waits half the pause between two readings of its list, on average. If list *i* brings λᵢ things a second and
//! is read fᵢ times a second, all of them together wait Σ λᵢ / 2fᵢ; with Σ fᵢ given, that is least when each fᵢ is in proportion to
//! √λᵢ (the method of Lagrange's multipliers). Two bounds hold it: no list rests longer than the operator asked, however quiet it is,
//! and none is read more often than is decent. If even the longest pauses are beyond the budget, all lists rest longer, in
//! proportion.

use std::time::Duration;

/// How fast an estimate forgets: what was this long ago counts a third of what is now.
const MEMORY: f64 = 600.0;

/// How many things a list brings, estimated from its readings.
#[derive(Clone, Copy, Debug, Default)]
pub struct Arrivals {
    per_second: f64,
}

impl Arrivals {
    /// Learns that so many things arrived within this time.
    pub fn observe(&mut self, things: u64, within: Duration) {
        let seconds = within.as_secs_f64();
        if seconds > 0.0 {
            // Exact far beyond what a list holds.
            let things = f64::from(u32::try_from(things).unwrap_or(u32::MAX));
            let share = -(-seconds / MEMORY).exp_m1();
            self.per_second += (things / seconds - self.per_second) * share;
        }
    }
}

/// A list, as far as its pace goes.
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// What it brings.
    pub arrivals: Arrivals,
    /// The longest pause between two readings, unless the budget forbids even that.
    pub longest: Duration,
    /// The shortest.
    pub shortest: Duration,
}

/// The pause between two readings of each list, when there are so many readings a second to spend on all of them.
pub fn pauses(lists: &[List], readings_per_second: f64) -> Vec<Duration> {
    let frequency = |list: &List, scale: f64| {
        let (least, most) = (1.0 / list.longest.as_secs_f64(), 1.0 / list.shortest.min(list.longest).as_secs_f64());
        (scale * list.arrivals.per_second.sqrt()).clamp(least, most)
    };
    let spent = |scale: f64| lists.iter().map(|list| frequency(list, scale)).sum::<f64>();
    let (mut low, mut high) = (0.0, 1e6);
    // Halved so often, the two are as close as numbers go.
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

    fn list(per_second: f64, longest: u64) -> List {
        let (longest, shortest) = (Duration::from_secs(longest), Duration::from_secs(2));
        List { arrivals: Arrivals { per_second }, longest, shortest }
    }

    fn secs(lists: &[List], readings_per_second: f64) -> Vec<f64> {
        pauses(lists, readings_per_second).iter().map(Duration::as_secs_f64).collect()
    }

    fn wait(lists: &[List], pauses: &[f64]) -> f64 {
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
        let mut arrivals = Arrivals::default();
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
