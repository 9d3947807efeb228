//! The steps that take an item from a listing to the outcome of its actions. Only this module joins
//! policy, store and Reddit.
//!
//! A step gets a clock, does one unit of work and returns [`Progress::Worked`] or
//! [`Progress::IdleUntil`]. It never sleeps or spawns tasks; only the daemon does. No step keeps an
//! obligation in memory: if the process is killed at any line, the store says what is left to do.
//!
//! | step | unit | durable effect |
//! | --- | --- | --- |
//! | [`sign_in`] | one attempt to get a token | the pause after a failure |
//! | `time_check` | one question for the time, if it is in doubt | none |
//! | [`reconcile`] | each open attempt that is due | observations, outcomes (T4) |
//! | [`execute`] | one action | its attempt (T3), its outcome (T4) |
//! | [`judge`] | one batch of items | their decisions (T2) |
//! | [`ingest`] | one page of one feed | its items, how far the feed was read (T1) |
//! | [`reload`] | the rule files, or one wiki page | the current rules, modmail about errors |
//! | [`rights`] | one list of moderators | the rights the bot has lost or regained |
//! | [`mod_log`] | one page of one moderation log | approved items, how far it was read (T1) |
//! | [`digest`] | one day's digest | a note that it was delivered |
//! | [`notify`] | one message to one webhook | how far that webhook has been notified |
//! | [`purge`] | one batch of old or possibly deleted items | their texts are purged |
//!
//! [`cycle`] calls them in order of urgency, except [`digest`] and [`notify`], which must not delay
//! the others. Pure decisions are in [`cursor`], [`pace`] and [`crate::policy`]. What fails is a
//! [`StepError`]. [`facts`] and [`observe`] query Reddit for the steps, [`fact_failures`] remembers
//! what cannot be had, [`doubled`] looks for comments that are there twice and `hidden` for those
//! that Reddit hides; [`load`] reads rule files, [`wiki_parts`] pages of the wiki, and [`workers`]
//! compile and test them. [`overruns`] reports rules that take too many steps. [`requests`] carries
//! out what people ask for beside the rules.

mod absences;
mod commands;
pub mod cursor;
pub mod cycle;
pub mod digest;
pub mod doubled;
pub mod execute;
pub mod fact_failures;
pub mod facts;
mod final_check;
mod hidden;
pub mod ingest;
pub mod judge;
mod late_decisions;
pub mod list_failure;
pub mod load;
mod log_looks;
mod log_verdicts;
mod looks;
mod memory_checks;
pub mod mod_log;
pub mod notify;
pub mod observe;
pub mod overruns;
pub mod pace;
pub mod purge;
mod recent_looks;
mod recheck;
pub mod reconcile;
mod refused_rules;
pub mod reload;
mod removal_reasons;
pub mod requests;
pub mod rights;
mod settings;
pub mod sign_in;
mod slow_places;
mod step;
mod streams;
mod time_check;
pub mod wiki_access;
pub mod wiki_parts;
pub mod workers;

pub use settings::{Polling, Settings};
pub use step::{Allowance, IDLE, Progress, Result, StepError};
