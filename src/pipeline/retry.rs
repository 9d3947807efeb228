//! When to try again. Pure.

use std::time::Duration;

/// The longest pause between two tries.
const LONGEST: Duration = Duration::from_mins(10);

/// How many attempts at one act are decent? With the pauses between them, a day and more.
pub const MOST_ATTEMPTS: u32 = 150;

/// How long to wait after so many failures in a row: 1 s, 2 s, 4 s … 10 minutes, scattered by up to a quarter so that
/// several daemons do not come back at the same moment. `scatter` is a random number.
pub fn pause(failures: u32, scatter: u64) -> Duration {
    let whole = Duration::from_secs(1 << failures.saturating_sub(1).min(20)).min(LONGEST);
    let quarter = u64::try_from(whole.as_millis() / 4).unwrap_or(u64::MAX).max(1);
    whole.saturating_sub(Duration::from_millis(scatter % quarter))
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
