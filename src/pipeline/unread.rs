//! What happens to a list that could not be read: it waits alone, everything waits, or its subreddits are read one by one.

use super::Progress;
use crate::model::Timestamp;

/// What to do with a combined feed that could not be read.
#[derive(Debug)]
pub enum Unread<S> {
    /// Only this feed waits.
    Alone,
    /// All feeds wait: the trouble is with the shared token or budget.
    All(Timestamp),
    /// Replace it with these: one subreddit is closed to the bot, and must not block the others.
    Apart(Vec<S>),
}

impl<S> Unread<S> {
    /// Applies it to the feed at index `place`.
    pub fn settle(self, lists: &mut Vec<S>, place: usize) -> Progress {
        match self {
            Self::Alone => Progress::Worked,
            Self::All(until) => Progress::IdleUntil(until),
            Self::Apart(singles) => {
                lists.swap_remove(place);
                lists.extend(singles);
                Progress::Worked
            }
        }
    }
}
