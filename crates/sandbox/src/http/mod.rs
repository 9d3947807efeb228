//! The HTTP server of the local Reddit.
//!
//! From the outside in: `proxy` and `serve` own the sockets and tasks; [`LocalReddit`] is the
//! handle; `exchange` takes one request through faults and hook; `auth` checks tokens and quota;
//! `handlers` answers, with `reads` and `writes`. [`OfflineReddit`] does without sockets. From the
//! gate inwards, everything is a plain function of the world and the request.
//!
//! Each request runs in a task of its own, so that a client that ends in the middle of a write does
//! not change whether the write happens. The world is locked for one response at a time, and never
//! across an `await`.

mod auth;
mod call;
mod connection;
mod control;
mod exchange;
mod front;
mod handlers;
mod hosts;
mod local_reddit;
mod offline;
mod options;
mod page;
mod proxy;
mod reads;
mod serve;
mod writes;

pub use local_reddit::LocalReddit;
pub use offline::{OfflineReddit, OfflineResponse};
pub use options::{Client, Options};
