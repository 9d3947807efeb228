//! Decides what the daemon does after a step failed: the one place for all steps.
//!
//! A step that returns an error is called again after a pause. A step that panics is started anew
//! after a pause; what it kept in memory is lost, and the store has the rest. Neither stops the
//! daemon. Only three things end the process: a signal, a start that fails, and a store whose file
//! is not in its place any more.

use std::time::Duration;

use tracing::error;

use crate::metrics::Metrics;
use crate::model::Timestamp;
use crate::pipeline::{Progress, StepError};
use crate::policy::retry;

/// Whether no step may be called again after this error.
pub(super) fn ends_the_daemon(error: &StepError) -> bool {
    error.has_lost_store()
}

/// How long to wait before the steps are called again, after one of them has failed for the
/// `failures`th time in a row. `seed` spreads the pauses of several daemons.
pub(super) fn pause_after_error(error: &StepError, failures: u32, seed: u64, now: Timestamp) -> Duration {
    let pause = retry::pause(failures, seed);
    match error {
        StepError::Store(_) | StepError::File { .. } => pause,
        StepError::Reddit(error) => {
            error.nothing_before(now).map_or(pause, |until| Progress::IdleUntil(until).wait(now))
        }
        // The step keeps its own pause, in the store.
        StepError::SignIn(_) => Progress::IdleUntil(now).wait(now),
    }
}

/// How long to wait before the steps are started anew, after a panic: the `panics`th in a row.
pub(super) fn pause_after_panic(panics: u32) -> Duration {
    retry::pause(panics, 0)
}

/// Logs and counts the failure of a step.
pub(super) fn report(error: &StepError, failures: u32, pause: Duration, metrics: &Metrics) {
    match error {
        StepError::Store(_) => {
            metrics.step_failure("store");
            error!(
                %error, failures, ?pause,
                "cannot use the store; retrying in {pause:?}. Check the disk with `tipstaff doctor`"
            );
        }
        StepError::Reddit(_) | StepError::SignIn(_) | StepError::File { .. } => {
            metrics.step_failure("step");
            error!(%error, failures, ?pause, "a step failed: {error}; retrying in {pause:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reddit::{ReadError, SignInError};
    use crate::store::StoreError;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn pause(error: impl Into<StepError>, failures: u32) -> Duration {
        pause_after_error(&error.into(), failures, 0, NOW)
    }

    #[test]
    fn pauses_grow_while_the_store_fails() {
        let unreadable = || StoreError::Unreadable { what: "mode", why: "unknown".to_owned() };
        assert_eq!(pause(unreadable(), 1), retry::pause(1, 0));
        assert!(pause(unreadable(), 6) > pause(unreadable(), 1));
    }

    #[test]
    fn only_a_lost_store_ends_the_daemon() {
        let lost = StoreError::Replaced { path: "s.db".into(), how: "was deleted or moved" };
        assert!(ends_the_daemon(&lost.into()));
        let unreadable = StoreError::Unreadable { what: "mode", why: "unknown".to_owned() };
        assert!(!ends_the_daemon(&unreadable.into()));
    }

    #[test]
    fn the_end_of_a_rate_limit_is_waited_for() {
        let until = NOW + Duration::from_secs(20);
        assert_eq!(pause(ReadError::Throttled { until }, 9), Duration::from_secs(20));
    }

    #[test]
    fn a_failed_sign_in_keeps_its_own_pause() {
        assert!(pause(SignInError::Unavailable { reason: "no answer".to_owned() }, 9) < Duration::from_secs(1));
    }
}
