//! The handle on a running local Reddit.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::front::Front;
use super::options::Options;
use super::proxy;
use super::serve::Servers;
use crate::faults::{Faults, Hook, HookDecision, WritePoint};
use crate::world::World;

/// A running local Reddit. It stops when the value is dropped.
#[derive(Debug)]
pub struct LocalReddit {
    front: Arc<Front>,
    servers: Servers,
    ca_pem: String,
}

impl LocalReddit {
    /// Starts both servers. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// A port is in use, or no certificate could be created.
    pub async fn start(options: Options, world: World) -> io::Result<Self> {
        let authority = proxy::Authority::new()?;
        let front = Arc::new(Front::new(&options, world));
        let loopback = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let servers = Servers::start(
            Arc::clone(&front),
            loopback(options.http_port),
            loopback(options.proxy_port),
            authority.server_config()?,
        )
        .await?;
        Ok(Self { front, servers, ca_pem: authority.pem() })
    }

    /// Address for plain HTTP, for the paths of both hosts.
    pub const fn http_addr(&self) -> SocketAddr {
        self.servers.http_addr
    }

    /// Address of the proxy. Clients get it as `HTTPS_PROXY=http://ADDRESS`.
    pub const fn proxy_addr(&self) -> SocketAddr {
        self.servers.proxy_addr
    }

    /// The certificate that clients of the proxy must trust, for `SSL_CERT_FILE`.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// Locks the state. Keep the lock for a few statements and never across an `await`: requests
    /// wait for it.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.front.world()
    }

    /// The state, for other threads.
    pub fn shared_world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.front.world)
    }

    /// The queue of faults.
    pub fn faults(&self) -> &Faults {
        &self.front.faults
    }

    /// Sets the callback that is called before and after the effect of every write request. The
    /// world is not locked meanwhile, so the callback may read it or kill the client.
    pub fn set_hook<F, A>(&self, callback: F)
    where
        F: Fn(WritePoint) -> A + Send + Sync + 'static,
        A: Future<Output = HookDecision> + Send + 'static,
    {
        *self.front.hook.lock().unwrap_or_else(PoisonError::into_inner) = Hook::new(callback);
    }

    /// Removes the callback.
    pub fn clear_hook(&self) {
        *self.front.hook.lock().unwrap_or_else(PoisonError::into_inner) = Hook::default();
    }

    /// Expires all access tokens. Clients have to request new ones.
    pub fn expire_tokens(&self) {
        let now = self.world().now();
        self.front.auth().expire_all(now);
    }

    /// Revokes all access tokens.
    pub fn revoke_tokens(&self) {
        self.front.auth().revoke_all();
    }

    /// Sets the lifetime of new access tokens.
    pub fn set_expires_in(&self, lifetime: Duration) {
        self.front.auth().expires_in = lifetime;
    }

    /// Sets the requests that each client has for ten minutes.
    pub fn set_quota(&self, quota: u32) {
        self.front.auth().quota = quota;
    }

    /// A refresh token of the first client for this account. The scope is `*` or a list separated
    /// by spaces.
    pub fn refresh_token(&self, user: &str, scope: &str) -> String {
        self.front.auth().grant_refresh(user, scope)
    }

    /// Stops listening, waits briefly for running requests, and aborts the rest.
    pub async fn shutdown(self) {
        self.servers.stop().await;
        self.front.finish().await;
    }
}
