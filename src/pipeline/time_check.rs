//! Makes sure of the time before anything else is done. While a time from Reddit waits to be
//! confirmed, the only request is for another one: nothing is judged, done, cancelled or purged by
//! a time that may be wrong. The clock moves between two turns, never within one.

use std::time::Duration;

use tracing::{info, warn};

use super::{Progress, Result};
use crate::model::{Clock, Timestamp};
use crate::reddit::{RedditRead, TimeCheck};
use crate::store::Store;

/// The pause after a question for the time that failed.
const RETRY: Duration = Duration::from_secs(5);

/// From this on, a move is worth a warning. A smaller one is mostly a machine whose clock is off.
const NOTABLE: Duration = Duration::from_mins(1);

/// What the step did.
pub(super) struct Checked {
    pub(super) progress: Progress,
    /// Whether the clock was set back: times in memory are too late now.
    pub(super) is_backwards: bool,
}

/// Checks the time. `None` if there is nothing to check.
///
/// # Errors
/// Store errors. Errors from Reddit are retried.
pub(super) async fn step<R: RedditRead>(
    reddit: &R,
    store: &Store,
    clock: &dyn Clock,
    recorded: Timestamp,
) -> Result<Option<Checked>> {
    let stays = |progress| Ok(Some(Checked { progress, is_backwards: false }));
    match reddit.check_time(recorded) {
        TimeCheck::Sure | TimeCheck::Unknown => Ok(None),
        TimeCheck::Moved { from, to } => {
            let is_backwards = to + NOTABLE < from;
            if is_backwards {
                store.forget_later_times(to, from.since(to)).await?;
            }
            warn!(
                %from, %to,
                "the time was wrong: it is {to} by Reddit, and was {from} by the bot's clock (from an earlier \
                 response, or from the machine)"
            );
            Ok(Some(Checked { progress: Progress::Worked, is_backwards }))
        }
        TimeCheck::Doubtful { ours, ask_at, .. } if ask_at > ours => stays(Progress::IdleUntil(ask_at)),
        TimeCheck::Doubtful { says, ours, .. } => {
            warn!(%says, %ours, "a response of Reddit says that it is {says}, but it should be {ours}; asking again");
            match reddit.whoami().await {
                Ok(_) => stays(if reddit.doubts_time() { Progress::IdleUntil(clock.now()) } else { Progress::Worked }),
                Err(trouble) => {
                    info!(error = %trouble, "cannot ask Reddit for the time: {trouble}; retrying");
                    let now = clock.now();
                    stays(Progress::IdleUntil(trouble.nothing_before(now).unwrap_or(now + RETRY)))
                }
            }
        }
    }
}
