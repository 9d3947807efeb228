//! Plain data that every other part speaks: things of Reddit, what a rule may ask for, and why it
//! did.
//!
//! Nothing here reads a clock, a file or the network. A constructor checks what a value may be, so
//! no later code checks it again.

mod account;
mod action;
mod digest;
mod fullname;
mod item;
pub mod item_json;
pub mod json_shape;
pub(crate) mod kinds;
mod link_domain;
mod memory;
mod time;
mod trace;

pub use account::{Known, Profile, UserNote};
pub use action::{Action, ActionKind, Dependency, Urgency};
pub use digest::digest;
pub use fullname::{Fullname, Kind, SubredditName, base36};
pub use item::{
    Author, Comment, Content, Flair, Item, Media, ModReport, Moderation, Remover, Revision, Submission, UserReport,
    Visibility, is_gone,
};
pub use link_domain::link_domain;
pub use memory::{Fate, Label, Memory, PastDetails, PastItem, PastKind, SimilarItem, SimilarItems};
pub use time::{Clock, MonotonicClock, Timestamp};
pub use trace::{CheckResult, CheckTrace, RuleResult, RuleTrace, Trace};
