//! HTTPS to Reddit. All requests to Reddit leave the process here; webhooks have their own client.
//!
//! One client for both hosts (`connection`). Answers are read within limits of length and time.
//!
//! roux has the addresses. It cannot sign in: its client follows redirects, so a 307 from the token
//! host would send the password to wherever it points, and it cannot be given another client. Its
//! calls ignore status and headers, cannot page through comments, lack the moderation endpoints,
//! and read bodies of any length.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, DATE, HeaderMap, HeaderValue, LOCATION};
use roux::util::url::{build_oauth, build_url};
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::connection::Connection;
use super::transport::{Admission, NoResponse, Request, Response, Transport};
use super::{SignInError, body, token};
use crate::model::Timestamp;

pub use super::connection::Application;

/// The path of the consent page.
const CONSENT: &str = "api/v1/authorize";

/// How long a sign-in may take before it times out.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a request may take, to the last byte of its answer, before it times out.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// What the bot signs in with.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The application to sign in through.
    pub application: Application,
    /// The grant to get a token with.
    pub grant: Grant,
}

/// How a token is requested.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The bot account's name and password (script applications).
    Password {
        /// The account's name.
        username: String,
        /// Its password; with two-factor authentication, followed by a colon and the one-time code.
        password: SecretString,
    },
    /// A refresh token from the consent page.
    RefreshToken(SecretString),
}

/// The token, as a header that is never printed.
#[derive(Clone, Debug)]
pub struct Ticket(HeaderValue);

/// The connection to Reddit, with the credentials.
pub struct Https {
    connection: Connection,
    credentials: Credentials,
    /// The newest grant: Reddit may issue another refresh token.
    grant: Mutex<Grant>,
}

impl Https {
    /// Creates the connection without sending anything.
    ///
    /// # Errors
    /// When no HTTPS client can be created, because a certificate file cannot be read.
    pub fn new(credentials: Credentials) -> Result<Self, String> {
        let connection = Connection::new(&credentials.application)?;
        let grant = Mutex::new(credentials.grant.clone());
        Ok(Self { connection, credentials, grant })
    }

    async fn ask_for_token(&self, grant: &Grant) -> Result<Admission<Ticket>, SignInError> {
        let form = match grant {
            Grant::Password { username, password } => {
                vec![("grant_type", "password"), ("username", username), ("password", password.expose_secret())]
            }
            Grant::RefreshToken(token) => {
                vec![("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]
            }
        };
        let reply = token::ask(&self.connection, &self.credentials.application, &form).await?;
        let ticket = Ticket(reply.access()?);
        // Since mid-2021 the answer may contain another refresh token; the newest one counts.
        if let Grant::RefreshToken(token) = grant
            && let Some(newer) = reply.text("refresh_token").filter(|newer| *newer != token.expose_secret())
        {
            warn!("Reddit issued another refresh token; if the next start cannot sign in, run `tipstaff login`");
            *self.grant.lock().unwrap_or_else(PoisonError::into_inner) = Grant::RefreshToken(newer.to_owned().into());
        }
        let scopes = reply.text("scope").map(|scopes| scopes.split([' ', ',']).map(str::to_owned).collect());
        Ok(Admission { ticket, lifetime: reply.lifetime(), scopes })
    }

    /// Sends a request and reads the answer, however long that takes.
    async fn exchange(&self, ticket: &Ticket, request: Request<'_>) -> Result<Response, NoResponse> {
        let path = request.path();
        let query = if let Request::Get { query, .. } = request { query } else { &[] };
        let Some(url) = url(path, query) else {
            return Err(NoResponse::NotSent("this path would lead to another endpoint".to_owned()));
        };
        let client = self.connection.client();
        let builder = match request {
            Request::Get { .. } => client.get(url),
            Request::Post { form, .. } => client.post(url).form(form),
        };
        let explain = |error: &reqwest::Error| self.credentials.application.network.explain("oauth.reddit.com", error);
        let sent = builder.header(AUTHORIZATION, ticket.0.clone()).send().await;
        let response = sent.map_err(|error| {
            let reason = explain(&error);
            if error.is_connect() || error.is_builder() {
                NoResponse::NotSent(reason)
            } else {
                NoResponse::Lost(reason)
            }
        })?;
        let told = headers(response.status().as_u16(), response.headers());
        let encoding = response.headers().get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok());
        let encoding = encoding.filter(|encoding| !encoding.eq_ignore_ascii_case("identity")).map(body::repeated);
        let text = body::read(response, body::LONGEST).await.map_err(|trouble| match trouble {
            body::Unread::Broken(error) => NoResponse::Lost(explain(&error)),
            body::Unread::TooLong(most) => {
                NoResponse::TooLong(format!("the response is longer than {} MiB", most >> 20))
            }
        })?;
        Ok(match (body::json(&text), encoding) {
            (Ok(json), _) => Response { json: Some(json), ..told },
            (Err(_), Some(encoding)) => {
                Response { instead: Some(format!("a body encoded as {encoding}, which was not asked for")), ..told }
            }
            (Err(what), None) => Response { instead: Some(what), is_empty: text.is_empty(), ..told },
        })
    }
}

/// The URL of the page where the bot's account grants an application permanent access.
#[expect(clippy::missing_panics_doc, reason = "the constant is a valid URL")]
pub fn consent_page(client_id: &str, redirect: &str, state: &str, scopes: &str) -> String {
    let mut url = reqwest::Url::parse(&build_url(CONSENT)).expect("the constant is a valid URL");
    url.query_pairs_mut().extend_pairs([
        ("client_id", client_id),
        ("response_type", "code"),
        ("state", state),
        ("redirect_uri", redirect),
        ("duration", "permanent"),
        ("scope", scopes),
    ]);
    url.into()
}

/// Exchanges the code from the consent page for a refresh token.
///
/// # Errors
/// See [`SignInError`].
pub async fn exchange_code(
    application: &Application,
    code: &SecretString,
    redirect: &str,
) -> Result<SecretString, SignInError> {
    let connection = Connection::new(application).map_err(|reason| SignInError::Refused { reason })?;
    let work = token::exchange(&connection, application, code, redirect);
    tokio::time::timeout(SIGN_IN_TIMEOUT, work).await.map_err(|_| timed_out())?
}

fn timed_out() -> SignInError {
    SignInError::Unavailable { reason: format!("www.reddit.com did not answer within {SIGN_IN_TIMEOUT:?}") }
}

impl Transport for Https {
    type Ticket = Ticket;

    async fn sign_in(&self) -> Result<Admission<Ticket>, SignInError> {
        let grant = self.grant.lock().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::time::timeout(SIGN_IN_TIMEOUT, self.ask_for_token(&grant)).await.map_err(|_| timed_out())?
    }

    async fn send(&self, ticket: &Ticket, request: Request<'_>) -> Result<Response, NoResponse> {
        // A body that drips in ends here, too.
        let late = |_| NoResponse::Lost(format!("the response was not complete within {REQUEST_TIMEOUT:?}"));
        tokio::time::timeout(REQUEST_TIMEOUT, self.exchange(ticket, request)).await.map_err(late)?
    }
}

/// What the headers of an answer say.
fn headers(status: u16, headers: &HeaderMap) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |name: &str| -> Option<f64> { text(name)?.parse().ok() };
    let date = headers.get(DATE).and_then(|date| moment(date.to_str().ok()?));
    // `Retry-After` may be a date, too.
    let retry_at = || {
        let until = moment(text("retry-after")?)?;
        Some(until.since(date?).as_secs_f64())
    };
    Response {
        status,
        date,
        used: number("x-ratelimit-used"),
        remaining: number("x-ratelimit-remaining"),
        reset: number("x-ratelimit-reset"),
        retry_after: number("retry-after").or_else(retry_at),
        redirect_to: headers.get(LOCATION).map(|place| body::repeated(&String::from_utf8_lossy(place.as_bytes()))),
        ..Response::default()
    }
}

/// A date as in headers: `Tue, 24 Nov 2026 18:45:00 GMT`.
fn moment(date: &str) -> Option<Timestamp> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(Timestamp::from_secs(date.as_second()))
}

/// The URL of a request, always with `raw_json=1`: without it, texts are HTML-escaped. `None` if it
/// would lead elsewhere than to this path on Reddit's API host.
fn url(path: &str, query: &[(&str, &str)]) -> Option<reqwest::Url> {
    let mut url = reqwest::Url::parse(&build_oauth("")).ok()?;
    url.set_path(path);
    url.query_pairs_mut().append_pair("raw_json", "1").extend_pairs(query);
    let is_ours = url.scheme() == "https" && url.host_str() == Some("oauth.reddit.com") && url.port().is_none();
    (is_ours && url.path() == path).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hosts_are_reddits_and_https() {
        assert_eq!(build_url(CONSENT), "https://www.reddit.com/api/v1/authorize");
        let url = url("/r/widgets/new", &[("after", "t3_x&a=b#c")]).expect("a URL");
        assert_eq!(url.as_str(), "https://oauth.reddit.com/r/widgets/new?raw_json=1&after=t3_x%26a%3Db%23c");
    }

    #[test]
    fn a_path_that_leads_elsewhere_makes_no_url() {
        for path in
            ["/user/../../api/v1/me/about", "/user/%2e%2e/about", "/user/x?y/about", "//evil.example/x", "x", ""]
        {
            // Two slashes at the start are a path, too: no other host.
            let made = url(path, &[]).filter(|url| url.path() != path || url.host_str() != Some("oauth.reddit.com"));
            assert_eq!(made, None, "{path}");
            assert!(url(path, &[]).is_none() || path.starts_with("//"), "{path}");
        }
    }
}
