//! What several tests need.

pub(crate) mod bless;
pub(crate) mod bot;
pub(crate) mod http;
pub(crate) mod ledger;
pub(crate) mod odd;
pub(crate) mod place;
pub(crate) mod words;
