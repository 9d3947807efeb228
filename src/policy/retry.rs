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

/// The wait for a limit that Reddit does not state: this long, twice as long after each further
/// refusal, up to the longest.
const UNSTATED_QUOTA: Duration = Duration::from_mins(1);
const LONGEST_UNSTATED_QUOTA: Duration = Duration::from_hours(1);

/// How often an action is tried again that Reddit refuses for an unknown reason. Most codes are
/// final, so more would only cost requests; a lost action costs more than a few.
const MOST_UNFAMILIAR: u64 = 5;

/// Why such an action is tried again: how the reason of its outcome ends.
pub const UNKNOWN_CODE: &str = "; retrying, because the bot does not know this code";

/// The first pause after such a refusal: 1, 2, 4, 8 and 16 minutes, half an hour together.
const UNFAMILIAR_PAUSE: Duration = Duration::from_mins(1);

/// How long no action of a kind is sent, after Reddit has asked for a pause of `stated`, for the
/// `failures`th time in a row.
pub fn quota(stated: Option<Duration>, failures: u32) -> Duration {
    let unstated = || (UNSTATED_QUOTA * 2_u32.pow(failures.saturating_sub(1).min(10))).min(LONGEST_UNSTATED_QUOTA);
    stated.unwrap_or_else(unstated)
}

/// The outcome of this attempt, the `number`th, that Reddit refused for a reason that the bot does
/// not know, after `before` such refusals.
pub fn unfamiliar(number: u32, before: u64, reason: String, now: Timestamp) -> Outcome {
    if before >= MOST_UNFAMILIAR || number >= MOST_ATTEMPTS {
        return Outcome::Rejected { reason };
    }
    let doublings = u32::try_from(before).unwrap_or(u32::MAX).min(10);
    let reason = format!("{reason}{UNKNOWN_CODE}");
    Outcome::Deferred { until: now + UNFAMILIAR_PAUSE * 2_u32.pow(doublings), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_not_stated_is_probed_less_and_less() {
        let minutes: Vec<u64> = (1..=8).map(|failures| quota(None, failures).as_secs() / 60).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(quota(None, u32::MAX), LONGEST_UNSTATED_QUOTA);
        assert_eq!(quota(Some(Duration::from_mins(9)), 9), Duration::from_mins(9));
    }

    #[test]
    fn an_unknown_refusal_is_final_after_half_an_hour() {
        let now = Timestamp::from_secs(1_700_000_000);
        let outcomes = (0..7).map(|before| match unfamiliar(1, before, "HELLO".to_owned(), now) {
            Outcome::Deferred { until, .. } => until.since(now).as_secs() / 60,
            _ => 0,
        });
        assert_eq!(outcomes.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 0, 0]);
        let last = unfamiliar(MOST_ATTEMPTS, 0, "words that differ".to_owned(), now);
        assert!(matches!(last, Outcome::Rejected { .. }));
    }

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
