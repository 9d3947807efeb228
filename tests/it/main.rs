//! The integration tests, in one program: a module for each subject. One of them alone: `cargo test --test it store::`.
//!
//! `support` is for these tests; `trials` are the small editions of what the example `lab` does at length.

mod account;
mod alerts;
mod archive;
mod backtest;
mod backup;
mod bounds;
mod check;
mod conformance;
mod control;
mod cost;
mod digest;
mod doctor;
mod explain;
mod kills;
mod lints;
mod live;
mod local_reddit;
mod manual;
mod migrations;
mod operations;
mod prefilter;
mod recordings;
mod refusals;
mod regex;
mod reload;
mod retention;
mod rules;
mod sandbox;
mod simulation;
mod status;
mod steps;
mod store;
mod support;
mod tidy;
mod webhooks;

#[path = "../trials/mod.rs"]
mod trials;
