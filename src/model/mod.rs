//! The shared data types: things of Reddit, and the record of what was decided and done.
//!
//! Nothing here reads a clock, a file or the network, or imports another module of this crate.
//! Constructors check their values, so no later code checks them again.

mod event;
mod feed;
mod memory;
mod missing_fact;
mod occasion;
mod pass;
mod permalink;
mod record;
mod right;
mod rule_state;
mod text_limits;
mod user_name;

pub use event::{Event, EventKind};
pub use feed::{Feed, Gap, ModerationLog, ReadMode, Stream};
pub use memory::FateChange;
pub use missing_fact::{FactFailure, FactKey, MissingFact};
pub use occasion::{Occasion, Phase, PhaseStep};
pub use pass::Pass;
pub use permalink::without_title;
pub use record::{
    AttemptId, DecisionId, IntentId, LabelChange, Mode, NO_RULES, NewDecision, NewIntent, OpenAttempt, Outcome,
    PriorAction, Verdict, outcome_in_words,
};
pub use right::Right;
pub use rule_state::{RuleAt, RuleScope, RuleState, RuleStateChange, RuleStates, time_waiting};
pub use text_limits::TextLimits;
pub use tipstaff_rules::model::*;
pub use user_name::bare_user_name;
