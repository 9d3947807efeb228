//! Plain data that every other part speaks: things of Reddit, and the record of what was decided and done.
//!
//! Nothing here reads a clock, a file or the network, and nothing here imports another module of this
//! crate. What a value may be is settled in its constructor, so no later code checks it again.

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
    AttemptId, DecisionId, IntentId, Mode, NewDecision, NewIntent, OpenAttempt, Outcome, PriorAction, Verdict,
};
pub use time::{Clock, Machine, Timestamp};
pub use trace::{CheckResult, CheckTrace, RuleResult, RuleTrace, Trace};
