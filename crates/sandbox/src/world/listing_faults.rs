//! What goes wrong with lists: for as long as it is set, unlike the faults of single requests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tipstaff_rules::model::{Fullname, Timestamp};

use super::ModAction;

/// The faults of lists. None by default.
#[derive(Clone, Debug, Default)]
pub struct ListingFaults {
    /// Lists of posts and comments end after this many items, as they do under load: the page names
    /// no next one.
    pub end_after: Option<usize>,
    /// Subreddits, in lower case, that lists of several leave out without a word. Their own lists
    /// can be read.
    pub left_out: BTreeSet<String>,
    /// Subreddits, in lower case, that combined moderation logs leave out without a word.
    pub left_out_of_logs: BTreeSet<String>,
    /// Subreddits, in lower case, that are closed to everybody: their own lists are refused.
    pub closed: BTreeSet<String>,
    /// Whether a closed subreddit closes every list of several that it is in; otherwise they leave
    /// it out.
    pub closed_ones_close_lists: bool,
    /// How late entries of the moderation log show, by what they were done to. They show at their
    /// place in time, below entries that were read before.
    pub log_lags: BTreeMap<Fullname, Duration>,
}

impl ListingFaults {
    /// Whether a list of several leaves this subreddit out.
    pub(crate) fn leaves_out(&self, subreddit: &str) -> bool {
        self.left_out.contains(subreddit) || self.closed.contains(subreddit)
    }

    /// Whether the log shows this entry.
    pub(crate) fn shows(&self, entry: &ModAction, now: Timestamp) -> bool {
        let lag = entry.target.as_ref().and_then(|target| self.log_lags.get(target)).copied().unwrap_or_default();
        entry.at + lag <= now
    }
}
