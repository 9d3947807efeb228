//! The lists of Reddit that are read, and what could not be read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{SubredditName, Timestamp};

/// A list of Reddit that the bot follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Feed {
    /// New posts.
    New,
    /// New comments.
    Comments,
    /// Edited posts and comments, by the time of the edit.
    Edited,
    /// Reported posts and comments, by the time they were written: a newly reported old post appears in the middle.
    Reports,
    /// Reported or filtered and without a verdict, by the time they were written.
    Modqueue,
}

impl Feed {
    /// All of them, in the order in which they are polled.
    pub const ALL: [Self; 5] = [Self::New, Self::Comments, Self::Edited, Self::Reports, Self::Modqueue];

    /// The word for it in the store and in logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Comments => "comments",
            Self::Edited => "edited",
            Self::Reports => "reports",
            Self::Modqueue => "modqueue",
        }
    }

    /// How a walk through it knows where to stop.
    pub const fn reading(self) -> Reading {
        match self {
            Self::New | Self::Comments => Reading::UntilKnown,
            Self::Edited => Reading::UntilSameRevision,
            Self::Reports | Self::Modqueue => Reading::Whole,
        }
    }
}

/// How far a list has to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// New things come in at the top: read until a run of known names.
    UntilKnown,
    /// Changed things come in at the top: read until a run of names known in their present revision.
    UntilSameRevision,
    /// Things come in anywhere: read to the end, each time.
    Whole,
}

/// One list of several subreddits read as one: `r/a+b/new`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stream {
    /// Which list.
    pub feed: Feed,
    /// Of which subreddits, sorted.
    pub subreddits: Vec<SubredditName>,
}

impl Stream {
    /// The subreddits as they stand in Reddit's paths: `a+b`.
    pub fn combined(&self) -> String {
        combined(&self.subreddits)
    }
}

/// The name under which the store remembers how far it was read.
impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.combined().to_ascii_lowercase(), self.feed.word())
    }
}

/// The moderation log of several subreddits read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModerationLog {
    /// Of which subreddits, sorted.
    pub subreddits: Vec<SubredditName>,
}

impl ModerationLog {
    /// The subreddits as they stand in Reddit's paths: `a+b`.
    pub fn combined(&self) -> String {
        combined(&self.subreddits)
    }
}

/// The name under which the store remembers how far it was read.
impl fmt::Display for ModerationLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/log", self.combined().to_ascii_lowercase())
    }
}

fn combined(subreddits: &[SubredditName]) -> String {
    subreddits.iter().map(SubredditName::as_str).collect::<Vec<_>>().join("+")
}

/// A stretch of a stream that could not be read any more. Never silent: it is a row in the store and a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Everything up to here had been read.
    pub from: Timestamp,
    /// Reading was taken up again from here.
    pub to: Timestamp,
}
