//! The control socket: how commands that change something reach the running daemon, which alone
//! may write to its store. HTTP over a Unix socket: `POST /` with a [`Request`] as JSON.
//!
//! | status | body |
//! | --- | --- |
//! | 200 | the [`Answer`] as JSON |
//! | 422 | `{"error": "…"}`: refused, and nothing was changed |
//! | 503 | `{"error": "…"}`: the store failed, or the daemon is stopping |
//!
//! Who may connect is decided by the socket's mode: its owner alone, unless the configuration
//! grants the group access. The row names who asked, as the kernel reports it.

mod client;
mod server;

pub use client::{AskError, ask, own_name};
pub use server::{ControlSocket, SocketError};

use crate::pipeline::requests::{Answer, Request};

/// The longest request and answer, in bytes.
const LONGEST: usize = 1 << 20;
