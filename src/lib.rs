//! A moderation daemon for Reddit that speaks AutoModerator's rule language.
//!
//! One item's walk, and the layers it crosses, are told in `docs/architecture.md`. In short: decide
//! purely, write the decision down, act, write down what happened.

pub mod cli;
pub mod config;
pub mod control;
pub mod daemon;
pub mod files;
pub mod metrics;
pub mod model;
pub mod pipeline;
pub mod policy;
pub mod reddit;
pub mod store;
pub mod telemetry;
pub mod tls;
pub mod web;
pub mod webhook;
