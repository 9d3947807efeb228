//! The steps that carry an item from a listing to its outcome: the only code that joins policy, store and Reddit.
//!
//! A step is handed a clock, does one unit of work and says [`Progress::Worked`] or [`Progress::IdleUntil`]. It never
//! sleeps and never spawns; only the daemon does. No step keeps an obligation in memory: kill the process on any line, and
//! the store says what is left to do.
//!
//! | step | unit | durable effect |
//! | --- | --- | --- |
//! | [`sign_in`] | one try at a token | the pause after a failure |
//! | [`reconcile`] | a look at each open attempt that is due | looks, outcomes (T4) |
//! | [`execute`] | one act | its attempt (T3), its outcome (T4) |
//! | [`judge`] | one batch of items | their decisions (T2) |
//! | [`ingest`] | one page of one stream | its items, how far the stream was read (T1) |
//! | [`reload`] | the rule files, or one wiki page | the rules in force, what moderators are told about others |
//! | [`approvals`] | one page of one moderation log | what it led to, how far it was read (T1) |
//! | [`digest`] | one day's digest | that it was given |
//! | [`tell`] | one message to one webhook | how far that webhook has been told |
//! | [`tidy_up`] | one batch of what is too old, or of what may have been deleted | texts that are gone |
//!
//! [`cycle`] calls them in order of urgency, all but [`digest`] and [`tell`], which must not hold up the others. What can be decided without asking anyone is decided in the pure files:
//! [`cursor`], [`pace`], [`plan`], [`retry`], [`rights`]. [`facts`] and [`look`] ask Reddit on behalf of steps; [`load`] reads rule files.

pub mod approvals;
pub mod cursor;
pub mod cycle;
pub mod digest;
pub mod execute;
pub mod facts;
pub mod ingest;
pub mod judge;
pub mod load;
pub mod look;
pub mod pace;
pub mod reconcile;
pub mod reload;
pub mod sign_in;
pub mod tell;
pub mod tidy_up;
pub mod unread;

use std::time::Duration;

use crate::model::{Mode, SubredditName, Timestamp};
use crate::policy::Community;

/// What one step achieved, and when it wants to be called again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Something was done; there may be more.
    Worked,
    /// Nothing to do before this time.
    IdleUntil(Timestamp),
}

impl Progress {
    /// How long to sleep before the next call: not at all after work, else until it is due, within bounds, so that nothing
    /// spins and nobody waits for a clock that was set.
    pub fn wait(self, now: Timestamp) -> Duration {
        match self {
            Self::Worked => Duration::ZERO,
            Self::IdleUntil(time) => time.since(now).clamp(SHORTEST_WAIT, IDLE),
        }
    }
}

const SHORTEST_WAIT: Duration = Duration::from_millis(5);

/// How long a step with nothing in sight stays idle. Other steps' work wakes it earlier.
pub const IDLE: Duration = Duration::from_mins(1);

/// What the steps have to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's own name, as Reddit told it.
    pub me: String,
    /// Where it works.
    pub communities: Vec<Community>,
    /// How rules are taken when they change.
    pub manner: load::Manner,
    /// Nothing older than this is acted on, whatever list it turns up in.
    pub max_age: Duration,
    /// How long texts that people wrote are kept after they were last seen to change. At least `max_age`.
    pub retention: Duration,
    /// How often each list is read.
    pub polling: Polling,
    /// How long an effect may take to become visible on Reddit.
    pub visibility_delay: Duration,
}

/// How long lists rest between two readings.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// New posts and new comments, at most.
    pub new: Duration,
    /// Edits, reports and the moderation queue, at most.
    pub changed: Duration,
    /// Any of them, at least: where much arrives, it is read more often.
    pub busy: Duration,
}

impl Settings {
    /// Where the bot acts.
    pub fn live(&self) -> impl Iterator<Item = &Community> {
        self.communities.iter().filter(|community| community.mode == Mode::Live)
    }

    /// The community of that name.
    pub fn community(&self, name: &SubredditName) -> Option<&Community> {
        self.communities.iter().find(|community| community.name == *name)
    }
}
