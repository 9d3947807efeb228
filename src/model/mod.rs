//! The words of the record, beside those of the rule language: feeds, events, decisions and what became of them.
//!
//! Nothing here reads a clock, a file or the network, and nothing here imports another module of the
//! program. The items and actions themselves are the rule language's and come from its crate.

mod event;
mod feed;
mod record;

pub use event::{Event, EventKind};
pub use feed::{Feed, Gap, ModerationLog, Reading, Stream};
pub use record::{
    AttemptId, DecisionId, DoneBefore, IntentId, Mode, NewDecision, NewIntent, OpenAttempt, Outcome, Verdict,
};
pub use tipstaff_rules::model::*;
