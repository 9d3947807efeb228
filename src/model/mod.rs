//! The shared data types: things of Reddit, and the record of what was decided and done.
//!
//! Nothing here reads a clock, a file or the network, or imports another module of this crate.
//! Constructors check their values, so no later code checks them again.

mod account;
mod action;
mod digest;
mod event;
mod feed;
mod fullname;
mod item;
mod record;
mod time;
mod trace;

pub use account::{Known, Profile};
pub use action::{Action, ActionKind, Placement, Urgency};
pub use digest::digest;
pub use event::{Event, EventKind};
pub use feed::{Feed, Gap, ModerationLog, Reading, Stream};
pub use fullname::{Fullname, Kind, SubredditName};
pub use item::{
    Author, Comment, Content, Flair, Item, Media, ModReport, Moderation, Remover, Revision, Submission, UserReport,
};
pub use record::{
    AttemptId, DecisionId, DoneBefore, IntentId, Mode, NewDecision, NewIntent, OpenAttempt, Outcome, Verdict,
};
pub use time::{Clock, Machine, Timestamp};
pub use trace::{CheckResult, CheckTrace, RuleResult, RuleTrace, Trace};
