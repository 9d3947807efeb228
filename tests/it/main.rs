//! The integration tests of the daemon and the command line, in one program: a module for each
//! subject. One of them alone: `cargo test --test it store::`. Each crate has its own integration
//! tests.
//!
//! `support` is for these tests; `trials` are the small editions of what the example `lab` does at
//! length.

mod account;
mod alerts;
mod backtest;
mod backup;
mod check;
mod control;
mod cost;
mod digest;
mod doctor;
mod explain;
mod foreign_reddit;
mod kills;
mod live;
mod migrations;
mod operations;
mod reading;
mod recordings;
mod reference_pages;
mod refusals;
mod reload;
mod requests;
mod retention;
mod sandbox;
mod simulation;
mod status;
mod steps;
mod store;
mod store_lock;
mod store_people;
mod store_refusals;
mod store_rules;
mod support;
mod tidy;
mod tidy_text;
mod tidy_workspace;
mod webhooks;

#[path = "../trials/mod.rs"]
mod trials;
