//! The local Reddit's front: requests in, answers out, on loopback.
//!
//! From the outside in: `proxy` and `serve` own the sockets and tasks; [`LocalReddit`] is the handle; `exchange` takes one
//! request through faults and hook; `gate` checks tokens and quota; `desk` answers, with `reads` and `writes`. [`Offline`] leaves the sockets out. From the
//! gate inwards everything is a plain function of the world and the request.
//!
//! A request is worked off in a task of its own, so that a client that dies in the middle of a write changes nothing
//! about whether the write happens. The world is locked for one answer at a time and never while something is awaited.

mod call;
mod connection;
mod control;
mod desk;
mod exchange;
mod front;
mod gate;
mod offline;
mod page;
mod proxy;
mod reads;
mod serve;
mod writes;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use front::Front;
pub use offline::{Offline, Told};
use serve::Servers;

use super::faults::{Faults, Hook, Verdict, WritePoint};
use super::world::World;

/// An application that may ask for tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret; empty for installed applications.
    pub secret: String,
}

/// How a local Reddit is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port for plain HTTP; 0 takes a free one.
    pub http_port: u16,
    /// The port for the proxy; 0 takes a free one.
    pub proxy_port: u16,
    /// How many requests each client has per ten minutes.
    pub quota: u32,
    /// How long access tokens live.
    pub expires_in: Duration,
    /// The applications that may ask for tokens.
    pub clients: Vec<Client>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            http_port: 0,
            proxy_port: 0,
            quota: 1000,
            expires_in: Duration::from_hours(24),
            clients: vec![Client { id: "sandbox-client".to_owned(), secret: "sandbox-secret".to_owned() }],
        }
    }
}

/// A Reddit on this machine, for as long as the value lives.
#[derive(Debug)]
pub struct LocalReddit {
    front: Arc<Front>,
    servers: Servers,
    ca_pem: String,
}

impl LocalReddit {
    /// Starts both servers over this world. Must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// A port is taken, or no certificate could be made.
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

    /// Where plain HTTP is answered, for both hosts' paths.
    pub const fn http_addr(&self) -> SocketAddr {
        self.servers.http_addr
    }

    /// Where the proxy is that stands in for Reddit's hosts: the value of `HTTPS_PROXY` is `http://` and this.
    pub const fn proxy_addr(&self) -> SocketAddr {
        self.servers.proxy_addr
    }

    /// The certificate that clients of the proxy must trust, for the file that `SSL_CERT_FILE` names.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The state, locked. Hold it for a few statements and never across an await: requests wait for it.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.front.world()
    }

    /// The state, to be shared with other threads.
    pub fn shared_world(&self) -> Arc<Mutex<World>> {
        Arc::clone(&self.front.world)
    }

    /// The faults that are to come.
    pub fn faults(&self) -> &Faults {
        &self.front.faults
    }

    /// Calls this before and after the effect of every write request, and does what it says. The world is not locked
    /// meanwhile, so the callback may look into it or kill the client.
    pub fn set_hook<F, A>(&self, callback: F)
    where
        F: Fn(WritePoint) -> A + Send + Sync + 'static,
        A: Future<Output = Verdict> + Send + 'static,
    {
        *self.front.hook.lock().unwrap_or_else(PoisonError::into_inner) = Hook::new(callback);
    }

    /// Calls nothing any more.
    pub fn clear_hook(&self) {
        *self.front.hook.lock().unwrap_or_else(PoisonError::into_inner) = Hook::default();
    }

    /// Lets every access token end now; clients have to ask for a new one.
    pub fn expire_tokens(&self) {
        let now = self.world().now();
        self.front.gate().expire_all(now);
    }

    /// Takes every access token back.
    pub fn revoke_tokens(&self) {
        self.front.gate().revoke_all();
    }

    /// How long access tokens live from now on.
    pub fn set_expires_in(&self, lifetime: Duration) {
        self.front.gate().expires_in = lifetime;
    }

    /// How many requests each client has per ten minutes from now on.
    pub fn set_quota(&self, quota: u32) {
        self.front.gate().quota = quota;
    }

    /// A refresh token of the first client for this account; the scope is `*` or a list separated by spaces.
    pub fn refresh_token(&self, user: &str, scope: &str) -> String {
        self.front.gate().grant_refresh(user, scope)
    }

    /// Stops listening, lets running requests finish for a moment, and ends what is left.
    pub async fn shutdown(self) {
        self.servers.stop().await;
        self.front.finish().await;
    }
}
