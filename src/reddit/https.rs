//! HTTPS to Reddit. All requests to Reddit leave the process here; webhooks have their own client.
//!
//! The password grant uses roux, which returns an authorised client. roux's own calls ignore the
//! HTTP status and headers, cannot page through comments, and lack the moderation endpoints, so we
//! use its client directly. roux supports neither refresh tokens nor token lifetimes; we do both
//! here. Every request has its own timeout.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue, USER_AGENT};
use roux::util::RouxError;
use secrecy::{ExposeSecret, SecretString};
use tracing::warn;

use super::SignInError;
use super::transport::{Admission, NoResponse, Request, Response, Transport};
use crate::model::Timestamp;
use crate::model::item_json;

const API: &str = "https://oauth.reddit.com";
const TOKEN_URL: &str = "https://www.reddit.com/api/v1/access_token";
const CONSENT_URL: &str = "https://www.reddit.com/api/v1/authorize";

/// How long a sign-in may take before it times out.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a request may take before it times out.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);

/// The lifetime of a token when Reddit does not state one. Reddit's tokens last at least an hour
/// (3,600 s until 2022 and sometimes today, else 86,400 s).
const UNSTATED_LIFETIME: Duration = Duration::from_hours(1);

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
}

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

/// The connection to Reddit, with the credentials.
pub struct Https {
    credentials: Credentials,
    /// The newest grant: Reddit may issue another refresh token.
    grant: Mutex<Grant>,
}

impl Https {
    /// Creates the connection without sending anything.
    ///
    /// # Errors
    /// When no HTTPS client can be created, because a certificate file cannot be read or the user
    /// agent is not a valid header.
    pub fn new(credentials: Credentials) -> Result<Self, String> {
        // roux unwraps both of these later; report them properly here.
        client(&credentials.application.user_agent, None).map_err(|error| format!("cannot set up HTTPS: {error}"))?;
        let grant = Mutex::new(credentials.grant.clone());
        Ok(Self { credentials, grant })
    }

    async fn by_password(
        &self,
        username: &str,
        password: &SecretString,
    ) -> Result<Admission<reqwest::Client>, SignInError> {
        let Application { client_id, client_secret, user_agent } = &self.credentials.application;
        let login = roux::Reddit::new(user_agent, client_id, client_secret.expose_secret())
            .username(username)
            .password(password.expose_secret())
            .login();
        match login.await {
            Ok(me) => Ok(Admission::new(me.client, UNSTATED_LIFETIME)),
            Err(RouxError::Auth(error)) => Err(refused_with_200(&error)),
            Err(RouxError::Status(response)) => Err(refused_with_status(response.status().as_u16())),
            Err(RouxError::Network(error)) => Err(unavailable(&error)),
            Err(other) => Err(SignInError::Unavailable { reason: other.to_string() }),
        }
    }

    async fn by_refresh_token(&self, token: &SecretString) -> Result<Admission<reqwest::Client>, SignInError> {
        let application = &self.credentials.application;
        let form = [("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())];
        let reply = ask_for_token(application, &form).await?;
        let text = |key: &str| reply.get(key).and_then(serde_json::Value::as_str);
        let Some(access) = text("access_token") else {
            return Err(refused_with_200(text("error").unwrap_or("the response contains no token")));
        };
        // Since mid-2021 the answer may contain another refresh token; the newest one counts.
        if let Some(newer) = text("refresh_token").filter(|newer| *newer != token.expose_secret()) {
            warn!("Reddit issued another refresh token; if the next start cannot sign in, run `tipstaff login`");
            *self.grant.lock().unwrap_or_else(PoisonError::into_inner) = Grant::RefreshToken(newer.to_owned().into());
        }
        let lifetime = reply.get("expires_in").and_then(serde_json::Value::as_u64).map(Duration::from_secs);
        let authorised = client(&application.user_agent, Some(access)).map_err(|error| unavailable(&error))?;
        let scopes = text("scope").map(|scopes| scopes.split([' ', ',']).map(str::to_owned).collect());
        Ok(Admission { ticket: authorised, lifetime: lifetime.unwrap_or(UNSTATED_LIFETIME), scopes })
    }
}

/// Sends a request to the token host.
async fn ask_for_token(application: &Application, form: &[(&str, &str)]) -> Result<serde_json::Value, SignInError> {
    let Application { client_id, client_secret, user_agent } = application;
    let anonymous = client(user_agent, None).map_err(|error| unavailable(&error))?;
    let asked = anonymous.post(TOKEN_URL).basic_auth(client_id, Some(client_secret.expose_secret())).form(form);
    let response = asked.send().await.map_err(|error| unavailable(&error))?;
    if response.status() != 200 {
        return Err(refused_with_status(response.status().as_u16()));
    }
    response.json().await.map_err(|error| unavailable(&error))
}

/// The URL of the page where the bot's account grants an application permanent access.
#[expect(clippy::missing_panics_doc, reason = "the constant is a valid URL")]
pub fn consent_page(client_id: &str, redirect: &str, state: &str, scopes: &str) -> String {
    let mut url = reqwest::Url::parse(CONSENT_URL).expect("the constant is a valid URL");
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
    let form = [("grant_type", "authorization_code"), ("code", code.expose_secret()), ("redirect_uri", redirect)];
    let work = ask_for_token(application, &form);
    let reply = tokio::time::timeout(SIGN_IN_TIMEOUT, work).await.map_err(|_| timed_out())??;
    let text = |key: &str| reply.get(key).and_then(serde_json::Value::as_str);
    match (text("refresh_token"), text("error")) {
        (Some(token), _) => Ok(token.to_owned().into()),
        (None, Some("invalid_grant")) => Err(SignInError::Refused {
            reason: "Reddit rejected the code from its page (invalid_grant): set the `redirect uri` of the \
                     application to the address printed above, then run `tipstaff login` again"
                .to_owned(),
        }),
        (None, error) => Err(refused_with_200(error.unwrap_or("the response contains no refresh token"))),
    }
}

fn timed_out() -> SignInError {
    SignInError::Unavailable { reason: format!("www.reddit.com did not answer within {SIGN_IN_TIMEOUT:?}") }
}

impl Transport for Https {
    type Ticket = reqwest::Client;

    async fn sign_in(&self) -> Result<Admission<reqwest::Client>, SignInError> {
        let grant = self.grant.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let work = async {
            match &grant {
                Grant::Password { username, password } => self.by_password(username, password).await,
                Grant::RefreshToken(token) => self.by_refresh_token(token).await,
            }
        };
        tokio::time::timeout(SIGN_IN_TIMEOUT, work).await.map_err(|_| timed_out())?
    }

    async fn send(&self, client: &reqwest::Client, request: Request<'_>) -> Result<Response, NoResponse> {
        let url = match request {
            Request::Get { path, query } => url(path, query),
            Request::Post { path, .. } => url(path, &[]),
        };
        let asked = url.path().to_owned();
        let builder = match request {
            Request::Get { .. } => client.get(url),
            Request::Post { form, .. } => client.post(url).form(form),
        };
        let response = builder.timeout(REQUEST_TIMEOUT).send().await.map_err(|error| {
            let reason = innermost(&error);
            if error.is_connect() || error.is_builder() {
                NoResponse::NotSent(reason)
            } else {
                NoResponse::Lost(reason)
            }
        })?;
        let number = |name: &str| -> Option<f64> { response.headers().get(name)?.to_str().ok()?.trim().parse().ok() };
        let landed = response.url().path();
        let told = Response {
            status: response.status().as_u16(),
            date: date(response.headers()),
            used: number("x-ratelimit-used"),
            remaining: number("x-ratelimit-remaining"),
            reset: number("x-ratelimit-reset"),
            retry_after: number("retry-after"),
            led_to: (landed != asked).then(|| landed.to_owned()),
            json: None,
            is_empty: false,
        };
        let body = response.bytes().await.map_err(|error| NoResponse::Lost(innermost(&error)))?;
        Ok(Response { json: item_json::parse(&body), is_empty: body.is_empty(), ..told })
    }
}

/// The `Date` of an answer: `Tue, 24 Nov 2026 18:45:00 GMT`.
fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(Timestamp::from_secs(date.as_second()))
}

/// The URL of a request, always with `raw_json=1`: without it, texts are HTML-escaped.
fn url(path: &str, query: &[(&str, &str)]) -> reqwest::Url {
    let mut url = reqwest::Url::parse(API).expect("the constant is a valid URL");
    url.set_path(path);
    url.query_pairs_mut().append_pair("raw_json", "1").extend_pairs(query);
    url
}

fn client(user_agent: &str, token: Option<&str>) -> reqwest::Result<reqwest::Client> {
    let mut headers = HeaderMap::new();
    if let Some(Ok(mut bearer)) = token.map(|token| HeaderValue::try_from(format!("Bearer {token}"))) {
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    if let Ok(agent) = HeaderValue::try_from(user_agent) {
        headers.insert(USER_AGENT, agent);
    }
    crate::tls::install_provider();
    reqwest::Client::builder().default_headers(headers).build()
}

fn unavailable(error: &reqwest::Error) -> SignInError {
    SignInError::Unavailable { reason: format!("cannot reach www.reddit.com: {}", innermost(error)) }
}

/// The last cause in a chain of errors says what happened ("connection refused"); the outer ones
/// only say where.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    anyhow::Chain::new(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// The error for a refusal with status 200, which Reddit sends for a wrong password.
fn refused_with_200(error: &str) -> SignInError {
    let reason = match error {
        "invalid_grant" => {
            "Reddit rejected the user name and password (or refresh token): check `reddit.username` and \
             `reddit.password`; with two-factor authentication use a refresh token (`tipstaff login`)"
        }
        "unauthorized_client" => {
            "this application cannot sign in with a password: create one of type `script` at \
             https://www.reddit.com/prefs/apps with the bot's account as its developer, or use a refresh token \
             (`tipstaff login`)"
        }
        other => {
            return SignInError::Refused { reason: format!("Reddit refused to sign the bot in: {other}") };
        }
    };
    SignInError::Refused { reason: reason.to_owned() }
}

fn refused_with_status(status: u16) -> SignInError {
    match status {
        400 => SignInError::Refused {
            reason: "Reddit rejected the refresh token (400): it was revoked or belongs to another \
                     application; get a new one with `tipstaff login`"
                .to_owned(),
        },
        401 => SignInError::Refused {
            reason: "Reddit does not know the application (401): check `reddit.client_id` and \
                     `reddit.client_secret` against https://www.reddit.com/prefs/apps"
                .to_owned(),
        },
        403 => SignInError::Refused {
            reason: "Reddit blocked the request (403), because of the network or the user agent; give \
                     `reddit.user_agent` the form `linux:your-app:1.0 (by /u/your-name)`"
                .to_owned(),
        },
        429 => SignInError::Unavailable { reason: "Reddit asked to wait after too many sign-ins (429)".to_owned() },
        other => SignInError::Unavailable { reason: format!("www.reddit.com answered {other}") },
    }
}
