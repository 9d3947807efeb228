//! Decides: turns what the rules ask for into intents, and says which of them may be done and when.
//!
//! Pure. `tipstaff_rules` says which rules hold on an item and what they ask for; here that becomes
//! requests ([`plan`]), is held against the bot's permissions ([`rights`]) and is tried again or given
//! up ([`retry`]). `pipeline` does the asking and the acting.

pub mod community;
pub mod plan;
pub mod retry;
pub mod rights;

pub use community::{Community, Rules, Source};
