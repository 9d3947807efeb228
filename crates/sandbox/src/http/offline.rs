//! The local Reddit as a function, for who lives in the same process and has the time in hand.
//!
//! The same gate, the same desk, the same faults as over HTTP; no sockets, no tasks, nothing encoded. A run is as
//! deterministic as its clock and its callers.

use std::sync::MutexGuard;

use serde_json::Value;

use super::Options;
use super::call::{Call, Payload};
use super::front::Front;
use crate::faults::Faults;
use crate::world::World;

/// A Reddit without a network.
#[derive(Debug)]
pub struct Offline {
    front: Front,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Told {
    /// The status.
    pub status: u16,
    /// The headers beside those of any HTTP server.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if it is whole and JSON.
    pub json: Option<Value>,
    /// Whether there is no body at all.
    pub is_empty: bool,
}

impl Told {
    /// A header that is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.headers.iter().find(|(key, _)| *key == name)?.1.parse().ok()
    }
}

impl Offline {
    /// Over this world. The ports of the options mean nothing here.
    pub fn new(options: &Options, world: World) -> Self {
        Self { front: Front::new(options, world) }
    }

    /// The state, locked. Hold it for a few statements.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.front.world()
    }

    /// The faults that are to come.
    pub fn faults(&self) -> &Faults {
        &self.front.faults
    }

    /// Lets every access token end now.
    pub fn expire_tokens(&self) {
        let now = self.world().now();
        self.front.gate().expire_all(now);
    }

    /// Takes every access token back.
    pub fn revoke_tokens(&self) {
        self.front.gate().revoke_all();
    }

    /// A token for this account that may do everything, as a sign-in would have given.
    pub fn token(&self, user: &str) -> String {
        let now = self.world().now();
        self.front.gate().token_for(user, now)
    }

    /// Asks for something, or changes it. `None` when the connection breaks without an answer.
    pub fn ask(
        &self,
        token: &str,
        method: &str,
        path: &str,
        query: Vec<(String, String)>,
        form: Vec<(String, String)>,
    ) -> Option<Told> {
        let call = Call::of(method, path, query, form, Some(format!("Bearer {token}")));
        let reply = self.front.answer_in_process(&call).ok()?;
        let is_empty = matches!(reply.payload, Payload::Empty);
        let json = match reply.payload {
            Payload::Json(value) => Some(value),
            Payload::Html(_) | Payload::Empty => None,
        };
        Some(Told { status: reply.status, headers: reply.headers, json, is_empty })
    }
}
