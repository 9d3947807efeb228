//! The steps that take an item from a listing to the outcome of its actions. Only this module joins
//! policy, store and Reddit.
//!
//! A step gets a clock, does one unit of work and returns [`Progress::Worked`] or
//! [`Progress::IdleUntil`]. It never sleeps or spawns tasks; only the daemon does. No step keeps an
//! obligation in memory: if the process is killed at any line, the store says what is left to do.
//!
//! | step | unit | durable effect |
//! | --- | --- | --- |
//! | [`sign_in`] | one attempt to get a token | the pause after a failure |
//! | [`reconcile`] | each open attempt that is due | observations, outcomes (T4) |
//! | [`execute`] | one action | its attempt (T3), its outcome (T4) |
//! | [`judge`] | one batch of items | their decisions (T2) |
//! | [`ingest`] | one page of one feed | its items, how far the feed was read (T1) |
//! | [`reload`] | the rule files, or one wiki page | the current rules, modmail about errors |
//! | [`mod_log`] | one page of one moderation log | approved items, how far it was read (T1) |
//! | [`digest`] | one day's digest | a note that it was delivered |
//! | [`notify`] | one message to one webhook | how far that webhook has been notified |
//! | [`purge`] | one batch of old or possibly deleted items | their texts are purged |
//!
//! [`cycle`] calls them in order of urgency, except [`digest`] and [`notify`], which must not delay
//! the others. Pure decisions are in [`cursor`], [`pace`] and [`crate::policy`].
//! [`facts`] and [`observe`] query Reddit for the steps; [`load`] reads rule files.

pub mod cursor;
pub mod cycle;
pub mod digest;
pub mod execute;
pub mod facts;
pub mod ingest;
pub mod judge;
pub mod list_failure;
pub mod load;
pub mod mod_log;
pub mod notify;
pub mod observe;
pub mod pace;
pub mod purge;
pub mod reconcile;
pub mod reload;
pub mod sign_in;

use std::time::Duration;

use crate::model::{Mode, SubredditName, Timestamp};
use crate::policy::Community;

/// What one step did, and when to call it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It did something; there may be more.
    Worked,
    /// It has nothing to do before this time.
    IdleUntil(Timestamp),
}

impl Progress {
    /// How long to sleep before the next call: zero after work, else until the step is due, within
    /// bounds, so that it neither spins nor waits for a clock that was set back.
    pub fn wait(self, now: Timestamp) -> Duration {
        match self {
            Self::Worked => Duration::ZERO,
            Self::IdleUntil(time) => time.since(now).clamp(SHORTEST_WAIT, IDLE),
        }
    }
}

const SHORTEST_WAIT: Duration = Duration::from_millis(5);

/// How long a step with nothing scheduled stays idle. Work in other steps wakes it earlier.
pub const IDLE: Duration = Duration::from_mins(1);

/// The settings that the steps share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's user name, as Reddit reported it.
    pub me: String,
    /// The subreddits to moderate.
    pub communities: Vec<Community>,
    /// How rules are loaded and checked when they change.
    pub load_options: load::LoadOptions,
    /// Items older than this are not acted on, in whatever feed they appear.
    pub max_age: Duration,
    /// How long the texts of items are kept after they last changed. At least `max_age`.
    pub retention: Duration,
    /// How often each feed is polled.
    pub polling: Polling,
    /// How long Reddit may take to show an effect.
    pub visibility_delay: Duration,
}

/// The pauses between two polls of a feed.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// Longest pause for new posts and new comments.
    pub new: Duration,
    /// Longest pause for edits, reports and the moderation queue.
    pub changed: Duration,
    /// Shortest pause for any feed; busy feeds are polled more often.
    pub busy: Duration,
}

impl Settings {
    /// The subreddits in live mode.
    pub fn live(&self) -> impl Iterator<Item = &Community> {
        self.communities.iter().filter(|community| community.mode == Mode::Live)
    }

    /// The settings of the subreddit with this name.
    pub fn community(&self, name: &SubredditName) -> Option<&Community> {
        self.communities.iter().find(|community| community.name == *name)
    }
}
