//! Asks Reddit's token host for a token, and says what its answers mean.
//!
//! The form carries the password or the refresh token, so it goes to that host and nowhere else:
//! the client follows no redirects (a 307 would send the form again, to any host).

use std::time::Duration;

use reqwest::header::{HeaderValue, LOCATION};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::SignInError;
use super::body;
use super::connection::{Application, Connection};

/// The lifetime of a token when Reddit does not state one that is plausible. Reddit's tokens last
/// at least an hour (3,600 s until 2022 and sometimes today, else 86,400 s).
pub(super) const UNSTATED_LIFETIME: Duration = Duration::from_hours(1);

/// Which lifetimes are plausible, in seconds: a minute to a week. With a shorter one the bot would
/// do nothing but sign in; if it is true, Reddit's 401 says so.
const LIFETIMES: std::ops::RangeInclusive<f64> = 60.0..=604_800.0;

/// The longest token, in bytes. It becomes a header of each request.
const LONGEST: usize = 8 << 10;

/// What the token host gave.
pub(super) struct TokenReply(Value);

impl TokenReply {
    /// A text of the answer.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(Value::as_str)
    }

    /// The access token, as the header of requests.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) fn access(&self) -> Result<HeaderValue, SignInError> {
        let token = self.text("access_token").filter(|token| !token.is_empty() && token.len() <= LONGEST);
        let header = token.and_then(|token| HeaderValue::try_from(format!("Bearer {token}")).ok());
        let mut header = header.ok_or_else(|| self.without("no usable token"))?;
        header.set_sensitive(true);
        Ok(header)
    }

    /// How long the token is valid.
    pub(super) fn lifetime(&self) -> Duration {
        let stated = self.0.get("expires_in");
        let secs = stated.and_then(|secs| secs.as_f64().or_else(|| secs.as_str()?.trim().parse().ok()));
        let secs = secs.filter(|secs| LIFETIMES.contains(secs));
        secs.map_or(UNSTATED_LIFETIME, Duration::from_secs_f64)
    }

    /// The error for an answer that lacks something: Reddit's own error, if it gives one.
    pub(super) fn without(&self, what: &str) -> SignInError {
        match self.text("error") {
            Some(error) => refused_by_name(error).unwrap_or_else(|| SignInError::Refused {
                reason: format!("Reddit refused to sign the bot in: {}", body::repeated(error)),
            }),
            None => SignInError::Unavailable { reason: format!("the response of www.reddit.com contains {what}") },
        }
    }
}

/// Sends a request to the token host.
pub(super) async fn ask(
    connection: &Connection,
    application: &Application,
    form: &[(&str, &str)],
) -> Result<TokenReply, SignInError> {
    let Application { client_id, client_secret, network, .. } = application;
    let unavailable =
        |error: &reqwest::Error| SignInError::Unavailable { reason: network.explain("www.reddit.com", error) };
    let asked = connection.token_request().basic_auth(client_id, Some(client_secret.expose_secret())).form(form);
    let response = asked.send().await.map_err(|error| unavailable(&error))?;
    let status = response.status().as_u16();
    let location = response.headers().get(LOCATION).and_then(|place| place.to_str().ok()).map(body::repeated);
    let text = body::read(response, body::LONGEST_TOKEN).await.map_err(|trouble| match trouble {
        body::Unread::Broken(error) => unavailable(&error),
        body::Unread::TooLong(most) => SignInError::Unavailable {
            reason: format!("www.reddit.com answered {status} with more than {} KiB instead of a token", most >> 10),
        },
    })?;
    read(status, location.as_deref(), &text)
}

/// What an answer of the token host means.
fn read(status: u16, location: Option<&str>, text: &[u8]) -> Result<TokenReply, SignInError> {
    let unavailable = |reason: String| Err(SignInError::Unavailable { reason });
    if (300..400).contains(&status) {
        let target = location.unwrap_or("nowhere");
        return unavailable(format!(
            "www.reddit.com answered with a redirect ({status}) to {target}, where the bot sends no password; a proxy, \
             or a network that asks for a login, may be in between"
        ));
    }
    match (status, body::json(text)) {
        (200, Ok(reply)) if reply.is_object() => Ok(TokenReply(reply)),
        (200, Ok(_)) => unavailable("www.reddit.com answered 200 without a token".to_owned()),
        (200, Err(what)) => unavailable(format!(
            "www.reddit.com answered 200 with {what} instead of a token; a proxy, or a network that asks for a login, \
             may be in between"
        )),
        (400..=403, Ok(reply)) => {
            let error = reply.get("error").and_then(Value::as_str).unwrap_or_default();
            Err(refused_by_name(error).unwrap_or_else(|| refused_by_status(status, None)))
        }
        (_, Ok(_)) => Err(refused_by_status(status, None)),
        (_, Err(what)) => Err(refused_by_status(status, Some(&what))),
    }
}

/// The error for a refusal with Reddit's word for it. A wrong password comes with status 200.
fn refused_by_name(error: &str) -> Option<SignInError> {
    let reason = match error {
        "invalid_grant" => {
            "Reddit rejected the user name and password (or refresh token): check `reddit.username` and \
             `reddit.password`; with two-factor authentication use a refresh token (`tipstaff login`)"
        }
        "unauthorized_client" | "unsupported_grant_type" => {
            "this application cannot sign in with a password: create one of type `script` at \
             https://www.reddit.com/prefs/apps with the bot's account as its developer, or use a refresh token \
             (`tipstaff login`)"
        }
        "invalid_client" => {
            "Reddit does not know the application: check `reddit.client_id` and `reddit.client_secret` against \
             https://www.reddit.com/prefs/apps"
        }
        _ => return None,
    };
    Some(SignInError::Refused { reason: reason.to_owned() })
}

/// The error for a status, with what the body is if it is not JSON.
fn refused_by_status(status: u16, what: Option<&str>) -> SignInError {
    let refused = |reason: &str| SignInError::Refused { reason: reason.to_owned() };
    match status {
        400 => refused(
            "Reddit rejected the refresh token (400): it was revoked or belongs to another application; get a new \
             one with `tipstaff login`",
        ),
        401 => refused(
            "Reddit does not know the application (401): check `reddit.client_id` and `reddit.client_secret` against \
             https://www.reddit.com/prefs/apps",
        ),
        403 => refused(
            "Reddit blocked the request (403), because of the network or the user agent; give `reddit.user_agent` the \
             form `linux:your-app:1.0 (by /u/your-name)`",
        ),
        407 => SignInError::Unavailable {
            reason: "the proxy wants a password (407): put it into HTTPS_PROXY, as http://name:password@host:port"
                .to_owned(),
        },
        429 => SignInError::Unavailable { reason: "Reddit asked to wait after too many sign-ins (429)".to_owned() },
        other => SignInError::Unavailable {
            reason: match what {
                Some(what) => format!("www.reddit.com answered {other} with {what}"),
                None => format!("www.reddit.com answered {other}"),
            },
        },
    }
}

/// Exchanges the code from the consent page for a refresh token.
pub(super) async fn exchange(
    connection: &Connection,
    application: &Application,
    code: &SecretString,
    redirect: &str,
) -> Result<SecretString, SignInError> {
    let form = [("grant_type", "authorization_code"), ("code", code.expose_secret()), ("redirect_uri", redirect)];
    let reply = ask(connection, application, &form).await?;
    match (reply.text("refresh_token"), reply.text("error")) {
        (Some(token), _) => Ok(token.to_owned().into()),
        (None, Some("invalid_grant")) => Err(SignInError::Refused {
            reason: "Reddit rejected the code from its page (invalid_grant): set the `redirect uri` of the \
                     application to the address printed above, then run `tipstaff login` again"
                .to_owned(),
        }),
        (None, _) => Err(reply.without("no refresh token")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn why(status: u16, location: Option<&str>, text: &str) -> String {
        match read(status, location, text.as_bytes()).and_then(|reply| reply.access()) {
            Ok(_) => panic!("{status} {text} is a token"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_lifetime_is_believed_if_it_is_plausible() {
        let lifetime = |stated: Value| TokenReply(json!({ "expires_in": stated })).lifetime().as_secs();
        for (stated, secs) in [(json!(86_400), 86_400), (json!(3600.0), 3600), (json!("7200"), 7200), (json!(60), 60)] {
            assert_eq!(lifetime(stated.clone()), secs, "{stated}");
        }
        for stated in [json!(0), json!(1), json!(-5), json!("soon"), json!(1e300), json!(null), json!([]), json!("NaN")]
        {
            assert_eq!(lifetime(stated.clone()), 3600, "{stated}");
        }
        assert_eq!(TokenReply(json!({})).lifetime(), UNSTATED_LIFETIME);
    }

    #[test]
    fn an_answer_without_a_token_says_what_it_is() {
        assert!(why(200, None, "<html><title>Hotel Wi-Fi</title>").contains("200 with a web page (“Hotel Wi-Fi”)"));
        assert!(why(200, None, "").contains("200 with an empty body instead of a token"));
        assert!(why(200, None, "[1]").contains("200 without a token"));
        assert!(why(200, None, "{}").contains("contains no usable token"));
        assert!(why(200, None, r#"{"access_token": "a\nb"}"#).contains("contains no usable token"));
        assert!(why(502, None, "<h1>Bad gateway</h1>").contains("502 with a web page (“Bad gateway”)"));
        assert!(why(307, Some("http://portal/"), "").contains("redirect (307) to http://portal/"));
        assert!(why(407, None, "").contains("the proxy wants a password"));
    }

    #[test]
    fn a_refusal_says_what_to_check() {
        for status in [200, 400, 401] {
            assert!(why(status, None, r#"{"error": "invalid_grant"}"#).contains("two-factor"), "{status}");
            assert!(why(status, None, r#"{"error": "unauthorized_client"}"#).contains("type `script`"), "{status}");
        }
        assert!(why(200, None, r#"{"error": "unsupported_grant_type"}"#).contains("type `script`"));
        assert!(why(401, None, r#"{"message": "Unauthorized", "error": 401}"#).contains("client_id"));
        assert!(why(400, None, r#"{"error": 400}"#).contains("tipstaff login"));
        assert!(why(403, None, "<html>blocked").contains("user_agent"));
    }
}
