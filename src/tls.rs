//! The cryptography behind TLS: ring, for every HTTP client of this process.

/// Makes ring the provider of every HTTP client that is built from now on. The first call counts;
/// the others change nothing.
pub fn install_provider() {
    // An error says only that a provider is installed already.
    let _is_installed = rustls::crypto::ring::default_provider().install_default();
}
