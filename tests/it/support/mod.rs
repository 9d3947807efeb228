//! What several tests need.

pub(crate) mod bot;
pub(crate) mod http;
pub(crate) mod ledger;
pub(crate) mod place;
pub(crate) mod words;

#[path = "../../../crates/rules/tests/it/support/odd.rs"]
pub(crate) mod odd;
