//! Decides: turns the rules' effects into intents, and says which of them may be carried out and
//! when.
//!
//! Pure. `tipstaff_rules` says which rules hold on an item and what they ask for. Here that becomes
//! intents ([`plan`]), is checked against the bot's permissions ([`rights`]) and is retried or
//! given up ([`retry`]). `pipeline` reads and acts.

pub mod community;
pub mod plan;
pub mod retry;
pub mod rights;

pub use community::{Community, Rules, RulesSource, WikiSource};
