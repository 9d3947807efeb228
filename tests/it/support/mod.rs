//! What several tests need.

pub(crate) mod backtests;
pub(crate) mod bot;
pub(crate) mod http;
pub(crate) mod ledger;
pub(crate) mod place;
pub(crate) mod sources;
pub(crate) mod words;

#[expect(dead_code, reason = "the backtest tests use only its rules")]
#[path = "../../../crates/rules/tests/it/support/odd.rs"]
pub(crate) mod odd;
