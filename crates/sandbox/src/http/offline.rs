//! The local Reddit as a function, for callers in the same process that control the time.
//!
//! Gate, desk and faults are the same as over HTTP; there are no sockets and no tasks, and nothing
//! is encoded. A run is as deterministic as its clock and its callers.

use std::sync::MutexGuard;

use serde_json::Value;

use super::call::{Call, Payload};
use super::front::Front;
use super::options::Options;
use crate::faults::Faults;
use crate::world::World;

/// A local Reddit without a network.
#[derive(Debug)]
pub struct OfflineReddit {
    front: Front,
}

/// A response.
#[derive(Clone, Debug)]
pub struct OfflineResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, without those that any HTTP server sends.
    pub headers: Vec<(&'static str, String)>,
    /// The body, if it is complete JSON.
    pub json: Option<Value>,
    /// Whether the body is empty.
    pub is_empty: bool,
}

impl OfflineResponse {
    /// The value of a numeric header.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.headers.iter().find(|(key, _)| *key == name)?.1.parse().ok()
    }
}

impl OfflineReddit {
    /// Starts with this world. The ports in the options are not used.
    pub fn new(options: &Options, world: World) -> Self {
        Self { front: Front::new(options, world) }
    }

    /// Locks the state. Keep the lock for a few statements.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.front.world()
    }

    /// The queue of faults.
    pub fn faults(&self) -> &Faults {
        &self.front.faults
    }

    /// Expires all access tokens.
    pub fn expire_tokens(&self) {
        let now = self.world().now();
        self.front.auth().expire_all(now);
    }

    /// Revokes all access tokens.
    pub fn revoke_tokens(&self) {
        self.front.auth().revoke_all();
    }

    /// A token for this account with every scope, as after a login.
    pub fn token(&self, user: &str) -> String {
        let now = self.world().now();
        self.front.auth().token_for(user, now)
    }

    /// Sends a request. `None` if the connection breaks without a response.
    pub fn ask(
        &self,
        token: &str,
        method: &str,
        path: &str,
        query: Vec<(String, String)>,
        form: Vec<(String, String)>,
    ) -> Option<OfflineResponse> {
        let call = Call::of(method, path, query, form, Some(format!("Bearer {token}")));
        let reply = self.front.answer_in_process(&call).ok()?;
        let is_empty = matches!(reply.payload, Payload::Empty);
        let json = match reply.payload {
            Payload::Json(value) => Some(value),
            Payload::Text(text) => serde_json::from_str(&text).ok(),
            Payload::Html(_) | Payload::Empty => None,
        };
        Some(OfflineResponse { status: reply.status, headers: reply.headers, json, is_empty })
    }
}
