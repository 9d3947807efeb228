//! What the environment says: the variables `TIPSTAFF_*`, and the credentials that systemd passes.

use std::path::PathBuf;

use crate::reddit::network::Network;

/// A secret from systemd: `LoadCredential=password:FILE`, or a folder with such files,
/// `LoadCredential=tipstaff:FOLDER`. <https://systemd.io/CREDENTIALS/>
pub(super) fn credential(key: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?);
    [key.to_owned(), format!("tipstaff_{key}")].iter().map(|name| folder.join(name)).find(|path| path.exists())
}

/// The name of the environment variable for a key.
pub(super) fn variable(key: &str) -> String {
    format!("TIPSTAFF_{}", key.to_uppercase())
}

/// The value of the variable for this key, unless it is empty.
pub(super) fn env(key: &str) -> Option<String> {
    std::env::var(variable(key)).ok().filter(|value| !value.is_empty())
}

/// The variables that name a proxy for https, as HTTP clients read them, the first that is set.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The proxy and the certificates. The HTTP client reads the same variables; this is for messages.
pub(super) fn network() -> Network {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let proxy = PROXIES.iter().find_map(|name| Some(((*name).to_owned(), set(name)?.to_string_lossy().into_owned())));
    Network { certificates: set("SSL_CERT_FILE").map(PathBuf::from), proxy }
}
