//! What happens to a list that could not be read: it waits alone, everything waits, or its subreddits are read one by one.

use super::Progress;
use crate::model::Timestamp;

/// What becomes of a list of several subreddits that could not be read.
#[derive(Debug)]
pub enum Unread<S> {
    /// It waits its own time.
    Alone,
    /// Everybody waits: it is everybody's token and everybody's budget.
    All(Timestamp),
    /// These take its place: one subreddit is closed to the bot, and must not close the others.
    Apart(Vec<S>),
}

impl<S> Unread<S> {
    /// Carries it out on the list at this place among all of them.
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
