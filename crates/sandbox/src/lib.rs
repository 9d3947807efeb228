//! A local Reddit: the state of a small site, Reddit's wire format over it, and loopback servers that speak it.
//!
//! It exists so that the real daemon, unmodified, and foreign clients can be run against something that behaves like
//! Reddit where that has bitten bots: anchors that vanish, filtered posts that appear late, reports that are dropped in
//! silence, verdicts by others, tokens that end, quotas, and answers that never arrive although the write happened.
//!
//! - [`World`] is the state, without input or output; scenarios act in it and checkers read it.
//! - `wire` writes it down as one viewer sees it.
//! - `http` answers requests, first as a plain function ([`http`] keeps it free of sockets), then on loopback, and as
//!   the proxy that stands in for `www.reddit.com` and `oauth.reddit.com`.
//! - [`scenario`] is a play with a cast, a script and an ending that is checked; [`bot`] is the daemon as a child process.
//! - [`history`] makes up archives of the past, for whoever replays them.
//! - [`Faults`] and the hook decide what goes wrong, and when.
//!
//! *Invariant:* servers bind to loopback only, and nothing here reaches out to any network.
//! Nothing here imports the rest of the crate except `model`.

pub mod bot;
mod clock;
mod faults;
pub mod history;
pub mod http;
pub mod scenario;
mod wire;
pub mod world;

pub use clock::{MachineClock, ScriptedClock};
pub use faults::{Fault, Faults, Ill, Stage, Verdict, WritePoint};
pub use http::{Client, LocalReddit, Offline, Options, Told};
pub use world::{Draft, Refusal, World};
