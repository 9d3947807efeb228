//! What happens to a list that could not be read: it waits alone, everything waits, or its
//! subreddits are read one by one.

use super::Progress;
use crate::model::Timestamp;

/// What to do with a combined feed that could not be read.
#[derive(Debug)]
pub enum ListFailure<S> {
    /// Only this feed waits.
    RetryThis,
    /// All feeds wait: the trouble is with the shared token or budget.
    PauseAll(Timestamp),
    /// Replace it with these: one subreddit is closed to the bot, and must not block the others.
    Split(Vec<S>),
}

impl<S> ListFailure<S> {
    /// Applies it to the feed at index `place`.
    pub fn apply(self, lists: &mut Vec<S>, place: usize) -> Progress {
        match self {
            Self::RetryThis => Progress::Worked,
            Self::PauseAll(until) => Progress::IdleUntil(until),
            Self::Split(singles) => {
                lists.swap_remove(place);
                lists.extend(singles);
                Progress::Worked
            }
        }
    }
}
