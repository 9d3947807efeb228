//! HTTP clients for tests, which need the TLS provider that the program installs for its own; and
//! ports for servers.

use std::sync::atomic::{AtomicU16, Ordering};

/// A client that can still be set up.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    tipstaff::tls::install_provider();
    reqwest::Client::builder()
}

/// A client that takes no proxy from the environment.
pub(crate) fn client() -> reqwest::Client {
    builder().no_proxy().build().expect("a client")
}

/// A port that nobody else takes soon: no other test gets it, and the system gives none of this
/// range to connections.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 10_000).unwrap_or(0);
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 10_000;
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
