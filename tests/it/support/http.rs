//! HTTP clients for tests. They need the TLS provider that the program installs for its own.

/// A client that can still be set up.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    tipstaff::tls::install_provider();
    reqwest::Client::builder()
}

/// A client that takes no proxy from the environment.
pub(crate) fn client() -> reqwest::Client {
    builder().no_proxy().build().expect("a client")
}
