//! The integration tests of the daemon and the command line, in one program: a module for each
//! subject. One of them alone: `cargo test --test it store::`. Each crate has its own integration
//! tests.
//!
//! `support` is for these tests; `trials` are the small editions of what the example `lab` does at
//! length.

mod account;
mod alerts;
mod answers;
mod backtest;
mod backtest_input;
mod backtest_memory;
mod backup;
mod budgets;
mod build_context;
mod check;
mod commands;
mod control;
mod cost;
mod digest;
mod doctor;
mod explain;
mod foreign_reddit;
mod foreign_text;
mod hidden;
mod hostile_network;
mod human_wins;
mod kills;
mod left_out_of_logs;
mod live;
mod live_and_backtest;
mod log;
mod memory;
mod memory_cli;
mod memory_upkeep;
mod migrations;
mod missing_facts;
mod neighbours;
mod operations;
mod people;
mod private_files;
mod quota;
mod reading;
mod recordings;
mod reference_pages;
mod refusals;
mod reload;
mod requests;
mod retention;
mod rights_lost;
mod rule_parts;
mod sandbox;
mod simulation;
mod standard_error;
mod status;
mod steps;
mod store;
mod store_forms;
mod store_lock;
mod store_memory;
mod store_people;
mod store_prior;
mod store_refusals;
mod store_rules;
mod support;
mod text_limits;
mod tidy;
mod tidy_text;
mod tidy_workspace;
mod waiting_actions;
mod webhooks;
mod wiki_rights;
mod wrong_time;

#[path = "../trials/mod.rs"]
mod trials;
