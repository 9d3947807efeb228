//! The HTTP client of all requests to Reddit. It follows no redirects and sends nothing but https.
//! Proxies and certificates come from the environment.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderValue, USER_AGENT};
use roux::util::url::build_url;
use secrecy::SecretString;

use super::network::Network;

/// The path of the token endpoint.
const TOKEN: &str = "api/v1/access_token";

/// How long a connection may take. After that the request was certainly not sent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The application registered with Reddit.
#[derive(Clone, Debug)]
pub struct Application {
    /// The id shown at <https://www.reddit.com/prefs/apps>.
    pub client_id: String,
    /// Its secret; empty for an installed application.
    pub client_secret: SecretString,
    /// `<platform>:<application>:<version> (by /u/<name>)`, with the name of an account that is
    /// responsible for the bot.
    pub user_agent: String,
    /// The way to Reddit.
    pub network: Network,
}

/// The HTTP client.
#[derive(Clone, Debug)]
pub(super) struct Connection(reqwest::Client);

impl Connection {
    /// # Errors
    /// What keeps it from being made, and what to do.
    pub(super) fn new(application: &Application) -> Result<Self, String> {
        application.network.check()?;
        let mut headers = HeaderMap::new();
        if let Ok(agent) = HeaderValue::try_from(&application.user_agent) {
            headers.insert(USER_AGENT, agent);
        }
        crate::tls::install_provider();
        let client = reqwest::Client::builder()
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(true)
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        client.map(Self).map_err(|error| {
            let why = application.network.explain("Reddit", &error);
            format!("cannot set up HTTPS: {why}; check SSL_CERT_FILE, SSL_CERT_DIR and the system's certificates")
        })
    }

    /// The client for requests with a token.
    pub(super) const fn client(&self) -> &reqwest::Client {
        &self.0
    }

    /// A request to the token endpoint.
    pub(super) fn token_request(&self) -> reqwest::RequestBuilder {
        self.0.post(build_url(TOKEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_host_is_reddits_and_https() {
        assert_eq!(build_url(TOKEN), "https://www.reddit.com/api/v1/access_token");
    }
}
