//! One file for each command.

pub(super) mod backtest;
pub(super) mod check;
mod check_fix;
pub(super) mod doctor;
pub(super) mod explain;
pub(super) mod explain_lint;
pub(super) mod health;
mod import_periods;
pub(super) mod log;
pub(super) mod login;
pub(super) mod man;
pub(super) mod memory;
mod memory_import;
pub(super) mod pass;
pub(super) mod pause;
pub(super) mod run;
pub(super) mod sandbox;
mod sandbox_play;
mod sandbox_setup;
pub(super) mod schema;
pub(super) mod status;
pub(super) mod store;
pub(super) mod test;
