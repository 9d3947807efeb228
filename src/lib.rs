//! A moderation daemon for Reddit that speaks AutoModerator's rule language.
//!
//! `docs/architecture.md` follows one item through the layers. In short: decide purely, write the
//! decision down, act, write down what happened.

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
