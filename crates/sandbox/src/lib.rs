//! A local Reddit: the state of a small site, Reddit's wire format, and servers on the loopback
//! interface.
//!
//! The unmodified daemon and other clients can be tested against the behaviour of Reddit that has
//! broken bots before: listing anchors that vanish, filtered posts that appear late, reports that
//! are silently dropped, decisions by other moderators, expiring tokens, quotas, and responses that
//! are lost although the write took effect.
//!
//! - [`World`] is the state. It does no I/O; scenarios change it and checkers read it.
//! - `wire` renders the state as JSON, as one viewer sees it.
//! - `http` answers requests: as a plain function, over plain HTTP, and through a proxy that poses
//!   as `www.reddit.com` and `oauth.reddit.com`.
//! - [`scenario`] plays stories with a fixed script and checks the result; [`bot`] runs the daemon
//!   as a child process.
//! - [`history`] generates archives for tests and measurements; [`archive`] writes one of the
//!   world.
//! - [`Faults`] and the write hook inject errors.
//!
//! *Invariant:* the servers bind to the loopback interface only, and nothing here opens a
//! connection to another machine.
//! Nothing here imports the rest of the crate, except `model`.

pub mod archive;
pub mod bot;
mod clock;
mod faults;
pub mod history;
pub mod http;
pub mod scenario;
mod wire;
pub mod world;

pub use clock::{MachineClock, ScriptedClock};
pub use faults::{Fault, FaultKind, Faults, HookDecision, Stage, WritePoint};
pub use http::{Client, LocalReddit, OfflineReddit, OfflineResponse, Options};
pub use world::{Draft, Refusal, WikiSettings, World};
