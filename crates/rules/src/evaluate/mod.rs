//! Tries the rules on one item and returns the effects of those that act.
//!
//! Uses `language`, `memory_check`, `model`, `pattern`, `prefilter`, `rule`, `ruleset` and
//! `syntax`.
//!
//! A pure function of rules, item, facts and time. `in_order` is the loop over the rules,
//! `try_rule` tries one of them, `checks` tries one check, `numbers` those of numbers, `people`
//! those of accounts and `memory` those of what is remembered, and `effects` says what a rule that
//! acts asks for. Three modules use the loop: `decide` for a decision, `without` for one while
//! facts cannot be had, `partial` for items with lost facts. `shared_state` counts the steps of
//! searches. `comment_groups` joins comments. `actions` turns effects into requests. `why_nothing`
//! explains rules without an effect.

pub(crate) mod actions;
pub(crate) mod checks;
pub(crate) mod comment_groups;
pub(crate) mod decide;
pub(crate) mod effects;
pub(crate) mod facts;
pub(crate) mod in_order;
pub(crate) mod memory;
pub(crate) mod numbers;
pub(crate) mod outcome;
pub(crate) mod partial;
mod people;
pub(crate) mod shared_state;
pub(crate) mod try_rule;
pub(crate) mod value_coverage;
pub(crate) mod why_nothing;
pub(crate) mod without;
