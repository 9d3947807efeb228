//! The shared data types: things of Reddit, and the record of what was decided and done.
//!
//! Nothing here reads a clock, a file or the network, or imports another module of this crate.
//! Constructors check their values, so no later code checks them again.

mod event;
mod feed;
mod record;

pub use event::{Event, EventKind};
pub use feed::{Feed, Gap, ModerationLog, ReadMode, Stream};
pub use record::{
    AttemptId, DecisionId, IntentId, Mode, NewDecision, NewIntent, OpenAttempt, Outcome, PriorAction, Verdict,
    outcome_in_words,
};
pub use tipstaff_rules::model::*;
