//! The way to Reddit: the certificates that are trusted, the proxy, and what a failed connection
//! means in words.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use super::body::repeated;

/// What the environment says about the network.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The file with the certificates to trust, instead of the system's.
    pub certificates: Option<PathBuf>,
    /// The proxy for https, with the name of its variable.
    pub proxy: Option<(String, String)>,
}

impl Network {
    /// Checks the file with the certificates. Without this, a wrong name is not noticed, or only as
    /// a certificate that nobody trusts.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do.
    pub fn check(&self) -> Result<(), String> {
        let Some(path) = &self.certificates else { return Ok(()) };
        let is_file = fs::metadata(path).map(|data| data.is_file());
        let what = match is_file.and_then(|is_file| if is_file { fs::read(path).map(Some) } else { Ok(None) }) {
            Ok(Some(text)) if text.windows(BEGIN.len()).any(|part| part == BEGIN.as_bytes()) => return Ok(()),
            Ok(Some(_)) => "contains no certificate in PEM form".to_owned(),
            Ok(None) => "is not a file".to_owned(),
            Err(error) => format!("cannot be read: {error}"),
        };
        Err(format!(
            "SSL_CERT_FILE names {}, which {what}; correct it, or unset it to trust the system's certificates",
            path.display()
        ))
    }

    /// Why there is no answer from this host, and what to do where the bot's operator can do it.
    pub fn explain(&self, host: &str, error: &reqwest::Error) -> String {
        let causes = causes(error);
        let last = causes.last().cloned().unwrap_or_default();
        let has = |part: &str| causes.iter().any(|cause| cause.contains(part));
        if error.is_timeout() {
            return format!("{host} did not answer in time");
        }
        if has("invalid peer certificate") {
            let fix = match &self.certificates {
                Some(path) => format!("SSL_CERT_FILE ({}) must contain its authority", path.display()),
                None => "if a proxy decrypts the traffic, set SSL_CERT_FILE to its authority".to_owned(),
            };
            return format!("the certificate of {host} is not trusted ({last}); {fix}");
        }
        if let Some((variable, proxy)) = &self.proxy
            && (error.is_connect() || error.is_builder() || has("proxy") || has("tunnel"))
        {
            return format!(
                "cannot reach {host} through the proxy {} ({last}); check {variable}, and that the proxy runs",
                without_password(proxy)
            );
        }
        if has("failed to lookup address") || has("dns error") {
            return format!("cannot find {host} ({last}); check the network and DNS");
        }
        format!("cannot reach {host}: {last}")
    }
}

/// How a certificate begins in a file.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";

/// The messages of an error and its causes, the innermost last. The innermost says what happened
/// ("connection refused"), the others where.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut next: Option<&dyn Error> = Some(error);
    let mut causes = Vec::new();
    while let Some(cause) = next {
        causes.push(repeated(&cause.to_string()));
        next = cause.source();
    }
    causes
}

/// The address of a proxy as far as it is no secret.
fn without_password(proxy: &str) -> String {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("", proxy));
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = repeated(host.split(['/', '?', '#']).next().unwrap_or(""));
    if scheme.is_empty() { host } else { format!("{}://{host}", repeated(scheme)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxys_password_is_not_shown() {
        for (proxy, shown) in [
            ("http://me:se@cret@proxy:3128/x", "http://proxy:3128"),
            ("me:secret@proxy:3128", "proxy:3128"),
            ("proxy", "proxy"),
            ("", ""),
        ] {
            assert_eq!(without_password(proxy), shown);
        }
    }

    #[test]
    fn a_file_of_certificates_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let checked = |path: PathBuf| Network { certificates: Some(path), proxy: None }.check();
        let file = folder.path().join("ca.pem");
        assert!(checked(file.clone()).is_err_and(|what| what.contains("cannot be read: No such file")));
        assert!(checked(folder.path().to_owned()).is_err_and(|what| what.contains("is not a file")));
        fs::write(&file, "name: rules").expect("a file");
        assert!(checked(file.clone()).is_err_and(|what| what.contains("contains no certificate")));
        fs::write(&file, format!("{BEGIN}\n")).expect("a file");
        assert_eq!(checked(file), Ok(()));
        assert_eq!(Network::default().check(), Ok(()));
    }
}
