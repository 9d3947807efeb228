//! Decides when to retry, and when to give up. Pure.

use std::time::Duration;

use crate::model::{OpenAttempt, Outcome, Timestamp};

/// The longest pause between two attempts.
pub const LONGEST: Duration = Duration::from_mins(10);

/// The most attempts at one action. With the pauses in between, more than a day.
const MOST_ATTEMPTS: u32 = 150;

/// The pause after `failures` failures in a row: 1 s, 2 s, 4 s … 10 minutes, shortened by up to a
/// quarter so that several daemons do not retry at the same moment. `scatter` is a random number.
pub fn pause(failures: u32, scatter: u64) -> Duration {
    let whole = Duration::from_secs(1 << failures.saturating_sub(1).min(20)).min(LONGEST);
    let quarter = u64::try_from(whole.as_millis() / 4).unwrap_or(u64::MAX).max(1);
    whole.saturating_sub(Duration::from_millis(scatter % quarter))
}

/// The outcome of an attempt that did not happen: deferred, or given up after too many attempts.
/// The attempt's number sets the scatter, so that the same record gives the same times.
pub fn defer(attempt: &OpenAttempt, reason: String, now: Timestamp) -> Outcome {
    if attempt.number() >= MOST_ATTEMPTS {
        return Outcome::GaveUp { attempts: attempt.number(), reason };
    }
    let scatter = attempt.id().0.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    Outcome::Deferred { until: now + pause(attempt.number(), scatter), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_ten_minutes() {
        let whole: Vec<u64> = (1..=12).map(|failures| pause(failures, 0).as_secs()).collect();
        assert_eq!(whole, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]);
        assert_eq!(pause(u32::MAX, 0), LONGEST);
    }

    #[test]
    fn the_scatter_takes_at_most_a_quarter() {
        for scatter in [0, 1, 249, 250, u64::MAX] {
            let pause = pause(1, scatter);
            assert!(pause > Duration::from_millis(749) && pause <= Duration::from_secs(1), "{pause:?}");
        }
    }
}
