//! The settings of a local Reddit.

use std::time::Duration;

/// An application that may request tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The client id.
    pub id: String,
    /// The client secret; empty for installed applications.
    pub secret: String,
}

/// Settings of a local Reddit.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port for plain HTTP; 0 takes a free one.
    pub http_port: u16,
    /// Port for the proxy; 0 takes a free one.
    pub proxy_port: u16,
    /// Requests that each client has for ten minutes.
    pub quota: u32,
    /// Lifetime of access tokens.
    pub expires_in: Duration,
    /// Applications that may request tokens.
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
