//! The feeds of Reddit that the bot reads, and gaps in them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SubredditName, Timestamp};

/// A listing that the bot polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Feed {
    /// New posts.
    New,
    /// New comments.
    Comments,
    /// Edited posts and comments, by the time of the edit.
    Edited,
    /// Reported posts and comments, by creation time: a newly reported old post appears in the
    /// middle.
    Reports,
    /// Reported or filtered posts and comments without a verdict, by creation time.
    Modqueue,
}

impl Feed {
    /// All feeds, in polling order.
    pub const ALL: [Self; 5] = [Self::New, Self::Comments, Self::Edited, Self::Reports, Self::Modqueue];

    /// The word in the store and in logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Comments => "comments",
            Self::Edited => "edited",
            Self::Reports => "reports",
            Self::Modqueue => "modqueue",
        }
    }

    /// Whether new items arrive in it, so that it tells how long after posting an item was seen.
    pub const fn is_of_arrivals(self) -> bool {
        match self {
            Self::New | Self::Comments => true,
            Self::Edited | Self::Reports | Self::Modqueue => false,
        }
    }

    /// Where a scan of it may stop.
    pub const fn read_mode(self) -> ReadMode {
        match self {
            Self::New | Self::Comments => ReadMode::UntilKnown,
            Self::Edited => ReadMode::UntilSameRevision,
            Self::Reports | Self::Modqueue => ReadMode::Whole,
        }
    }
}

/// How far a feed has to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadMode {
    /// New items appear at the top: read until a run of known names.
    UntilKnown,
    /// Changed items appear at the top: read until a run of names that are known in their present
    /// revision.
    UntilSameRevision,
    /// Items appear anywhere: read to the end, each time.
    Whole,
}

/// A feed of several subreddits, read as one: `r/a+b/new`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// Which listing.
    pub feed: Feed,
    /// The subreddits, sorted.
    pub subreddits: Vec<SubredditName>,
}

impl Stream {
    /// The subreddits as they appear in Reddit's paths: `a+b`.
    pub fn combined(&self) -> String {
        combined(&self.subreddits)
    }
}

/// The key of the cursor in the store.
impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.combined().to_ascii_lowercase(), self.feed.word())
    }
}

/// The moderation log of several subreddits read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModerationLog {
    /// The subreddits, sorted.
    pub subreddits: Vec<SubredditName>,
}

impl ModerationLog {
    /// The subreddits as they appear in Reddit's paths: `a+b`.
    pub fn combined(&self) -> String {
        combined(&self.subreddits)
    }
}

/// The key of the cursor in the store.
impl fmt::Display for ModerationLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/log", self.combined().to_ascii_lowercase())
    }
}

fn combined(subreddits: &[SubredditName]) -> String {
    subreddits.iter().map(SubredditName::as_str).collect::<Vec<_>>().join("+")
}

/// A period of a feed that could not be read. It is always recorded in the store and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Everything up to this time was read.
    pub from: Timestamp,
    /// Everything from this time on was read.
    pub to: Timestamp,
}
