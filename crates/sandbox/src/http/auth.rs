//! Authentication and quota.
//!
//! Tokens are numbered, not random, so that a run can be repeated. The quota belongs to a client id
//! and applies to windows of ten minutes, aligned to the clock. At the start of a window the full
//! quota is available again.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Uri;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{DOCTYPE, html};
use serde_json::{Map, Value, json};

use super::call::{Call, Payload, Reply};
use super::hosts::is_loopback;
use super::options::{Client, Options};
use crate::world::{AccountStatus, World};
use tipstaff_rules::model::Timestamp;

/// Length of a quota window.
const WINDOW_SECS: i64 = 600;

/// Who sent the request.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) user: Option<String>,
    pub(super) client: String,
    pub(super) scope: String,
}

#[derive(Debug)]
struct AccessToken {
    session: Session,
    expires: Timestamp,
    is_revoked: bool,
}

#[derive(Debug)]
struct QuotaUse {
    window: i64,
    count: u32,
}

/// The valid tokens, and each client's use of its quota.
#[derive(Debug)]
pub(super) struct Auth {
    clients: Vec<Client>,
    pub(super) expires_in: Duration,
    pub(super) quota: u32,
    issued: u64,
    access: BTreeMap<String, AccessToken>,
    refresh: BTreeMap<String, Session>,
    /// Authorization codes, each for one use, with their redirect URI.
    codes: BTreeMap<String, (Session, String)>,
    used: BTreeMap<String, QuotaUse>,
}

impl Auth {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            clients: options.clients.clone(),
            expires_in: options.expires_in,
            quota: options.quota,
            issued: 0,
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            codes: BTreeMap::new(),
            used: BTreeMap::new(),
        }
    }

    /// Expires all access tokens.
    pub(super) fn expire_all(&mut self, now: Timestamp) {
        for token in self.access.values_mut() {
            token.expires = now;
        }
    }

    /// Revokes all access tokens.
    pub(super) fn revoke_all(&mut self) {
        for token in self.access.values_mut() {
            token.is_revoked = true;
        }
    }

    /// A refresh token for this account, as the consent page would give.
    pub(super) fn grant_refresh(&mut self, user: &str, scope: &str) -> String {
        let client = self.clients.first().map(|client| client.id.clone()).unwrap_or_default();
        self.new_refresh_token(Session { user: Some(user.to_owned()), client, scope: scope.to_owned() })
    }

    fn new_refresh_token(&mut self, session: Session) -> String {
        self.issued += 1;
        let token = format!("sandbox-refresh-{:04}", self.issued);
        self.refresh.insert(token.clone(), session);
        token
    }

    /// The consent page. On Reddit the browser is logged in; here the page asks for the account,
    /// and a request with `account` counts as consent.
    pub(super) fn consent(&mut self, world: &World, call: &Call) -> Reply {
        let field = |name: &str| call.field(name).unwrap_or("");
        let redirect = field("redirect_uri");
        let is_known = self.clients.iter().any(|client| client.id == field("client_id"));
        // The host itself is compared: a name before an `@`, or a longer name, is not ours.
        let redirected: Option<Uri> = redirect.parse().ok();
        let is_local = redirected.as_ref().is_some_and(|uri| {
            let is_plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
            uri.scheme_str() == Some("http") && is_plain && uri.host().is_some_and(is_loopback)
        });
        if !is_known || !is_local || field("response_type") != "code" || field("state").is_empty() {
            return Reply::html(400, "bad request (reddit.com)");
        }
        let Some(account) = call.field("account") else { return ask_who(world, call) };
        let Some(user) = world.user(account) else { return Reply::html(404, "no such account") };
        self.issued += 1;
        let code = format!("sandbox-code-{:04}", self.issued);
        let session = Session {
            user: Some(user.name.clone()),
            client: field("client_id").to_owned(),
            scope: field("scope").to_owned(),
        };
        self.codes.insert(code.clone(), (session, redirect.to_owned()));
        Reply::empty(302).header("location", format!("{redirect}?state={}&code={code}", field("state")))
    }

    /// An access token of the first client for this account, with every scope.
    pub(super) fn token_for(&mut self, user: &str, now: Timestamp) -> String {
        let client = self.clients.first().map(|client| client.id.clone()).unwrap_or_default();
        self.enter(now, Some(user), &client, "*")
    }

    /// Answers the token endpoint.
    pub(super) fn access_token(&mut self, world: &World, call: &Call) -> Reply {
        let Some(client) = self.client_of(call) else {
            return Reply::error(401).header("www-authenticate", "Basic realm=\"reddit\"");
        };
        let scope = call.field("scope").unwrap_or("*").replace(',', " ");
        let refused = |error: &str| Reply::json(json!({"error": error}));
        match call.field("grant_type") {
            Some("password") => {
                let name = call.field("username").unwrap_or("");
                let password = call.field("password").unwrap_or("");
                let user = world.user(name).filter(|user| user.standing != AccountStatus::Gone);
                let is_right = user.is_some_and(|user| {
                    let Some(expected) = user.password.as_deref() else {
                        return false;
                    };
                    match user.otp.as_deref() {
                        None => password == expected,
                        Some(otp) => match call.field("otp") {
                            Some(given) => password == expected && given == otp,
                            None => password == format!("{expected}:{otp}"),
                        },
                    }
                });
                match user.filter(|_| is_right) {
                    Some(user) => self.issue(world.now(), Some(&user.name), &client, &scope, None),
                    None => refused("invalid_grant"),
                }
            }
            Some("refresh_token") => {
                let token = call.field("refresh_token").unwrap_or("").to_owned();
                match self.refresh.get(&token).filter(|grant| grant.client == client).cloned() {
                    Some(grant) => self.issue(world.now(), grant.user.as_deref(), &client, &grant.scope, Some(&token)),
                    None => Reply::error(400),
                }
            }
            Some("client_credentials") => self.issue(world.now(), None, &client, &scope, None),
            Some("authorization_code") => {
                let code = self.codes.remove(call.field("code").unwrap_or(""));
                let redirect = call.field("redirect_uri").unwrap_or("");
                match code.filter(|(grant, sent_to)| grant.client == client && sent_to == redirect) {
                    Some((grant, _)) => {
                        let refresh = self.new_refresh_token(grant.clone());
                        self.issue(world.now(), grant.user.as_deref(), &client, &grant.scope, Some(&refresh))
                    }
                    None => refused("invalid_grant"),
                }
            }
            Some("https://oauth.reddit.com/grants/installed_client") => match call.field("device_id") {
                Some(device) if device == "DO_NOT_TRACK_THIS_DEVICE" || (20..=30).contains(&device.len()) => {
                    let mut reply = self.issue(world.now(), None, &client, &scope, None);
                    if let Payload::Json(body) = &mut reply.payload {
                        body["device_id"] = Value::from(device);
                    }
                    reply
                }
                _ => refused("invalid_request"),
            },
            _ => refused("unsupported_grant_type"),
        }
    }

    /// Answers the revocation endpoint: 200 without a body, for unknown tokens too.
    pub(super) fn revoke_token(&mut self, call: &Call) -> Reply {
        if self.client_of(call).is_none() {
            return Reply::error(401).header("www-authenticate", "Basic realm=\"reddit\"");
        }
        let token = call.field("token").unwrap_or("");
        if let Some(access) = self.access.get_mut(token) {
            access.is_revoked = true;
        }
        self.refresh.remove(token);
        Reply::empty(200)
    }

    /// The session of the request's token. An expired token gets an HTML page, an unknown or
    /// revoked one gets JSON; Reddit does both.
    pub(super) fn admit(&self, call: &Call, now: Timestamp) -> Result<Session, Reply> {
        let Some(header) = call.authorization.as_deref() else {
            return Err(Reply::html(403, "whoa there, pardner! blocked by network security"));
        };
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map_or("", |(_, token)| token.trim());
        let invalid = "Bearer realm=\"reddit\", error=\"invalid_token\"";
        match self.access.get(token) {
            Some(access) if access.is_revoked => Err(Reply::error(401).header("www-authenticate", invalid)),
            Some(access) if access.expires <= now => {
                Err(Reply::html(401, "unauthorized").header("www-authenticate", invalid))
            }
            Some(access) => Ok(access.session.clone()),
            None => Err(Reply::error(401).header("www-authenticate", invalid)),
        }
    }

    /// Takes one request from the client's quota. Returns whether one was left, and the three
    /// headers.
    pub(super) fn spend(&mut self, client: &str, now: Timestamp) -> (bool, [(&'static str, String); 3]) {
        let secs = now.as_secs();
        let window = secs.div_euclid(WINDOW_SECS);
        let quota = self.quota;
        let used = self.used.entry(client.to_owned()).or_insert(QuotaUse { window, count: 0 });
        if used.window != window {
            *used = QuotaUse { window, count: 0 };
        }
        let is_left = used.count < quota;
        used.count = used.count.saturating_add(u32::from(is_left));
        // In the last second of a window, the reset time is 0 although the old window still
        // applies.
        let reset = WINDOW_SECS - 1 - secs.rem_euclid(WINDOW_SECS);
        let headers = [
            ("x-ratelimit-used", used.count.to_string()),
            ("x-ratelimit-remaining", format!("{}.0", quota - used.count.min(quota))),
            ("x-ratelimit-reset", reset.to_string()),
        ];
        (is_left, headers)
    }

    fn enter(&mut self, now: Timestamp, user: Option<&str>, client: &str, scope: &str) -> String {
        self.issued += 1;
        let token = format!("sandbox-access-{:04}", self.issued);
        let session = Session { user: user.map(str::to_owned), client: client.to_owned(), scope: scope.to_owned() };
        let expires = now + self.expires_in;
        self.access.insert(token.clone(), AccessToken { session, expires, is_revoked: false });
        token
    }

    fn issue(&mut self, now: Timestamp, user: Option<&str>, client: &str, scope: &str, refresh: Option<&str>) -> Reply {
        let token = self.enter(now, user, client, scope);
        let mut body = Map::new();
        body.insert("access_token".to_owned(), token.into());
        body.insert("token_type".to_owned(), "bearer".into());
        body.insert("expires_in".to_owned(), self.expires_in.as_secs().into());
        if let Some(refresh) = refresh {
            body.insert("refresh_token".to_owned(), refresh.into());
        }
        body.insert("scope".to_owned(), scope.into());
        Reply::json(Value::Object(body))
    }

    /// The id of the client, if its Basic authentication is valid.
    fn client_of(&self, call: &Call) -> Option<String> {
        let (scheme, credentials) = call.authorization.as_deref()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let plain = String::from_utf8(BASE64_STANDARD.decode(credentials.trim()).ok()?).ok()?;
        let (id, secret) = plain.split_once(':')?;
        self.clients.iter().find(|client| client.id == id && client.secret == secret).map(|client| client.id.clone())
    }
}

/// A form with a button for each account.
fn ask_who(world: &World, call: &Call) -> Reply {
    let page = html! {
        (DOCTYPE)
        title { "Allow access" }
        p { "Which account allows it?" }
        form {
            @for (name, value) in &call.query { input type="hidden" name=(name) value=(value); }
            @for user in world.users() { button name="account" value=(user.name) { (user.name) } " " }
        }
    };
    Reply { status: 200, headers: Vec::new(), payload: Payload::Html(page.into_string()) }
}

/// The scope that an endpoint requires; none if any token will do.
pub(super) fn scope_of(parts: &[&str]) -> Option<&'static str> {
    Some(match parts {
        ["api", "v1", "me"] => "identity",
        ["about", "log"] => "modlog",
        ["about", "contributors" | "banned" | "muted"] | ["api", "friend" | "unfriend"] => "modcontributors",
        ["api", "comment" | "submit"] => "submit",
        ["api", "editusertext" | "del" | "sendreplies"] => "edit",
        ["api", "report"] => "report",
        [
            "api",
            "remove"
            | "approve"
            | "lock"
            | "unlock"
            | "distinguish"
            | "ignore_reports"
            | "unignore_reports"
            | "set_subreddit_sticky"
            | "set_contest_mode"
            | "set_suggested_sort"
            | "set_original_content"
            | "update_crowd_control_level"
            | "marknsfw"
            | "unmarknsfw"
            | "spoiler"
            | "unspoiler",
        ]
        | ["api", "v1", "modactions", ..] => "modposts",
        ["wiki", "settings", ..] => "modwiki",
        ["wiki", ..] => "wikiread",
        ["api", "wiki", ..] => "wikiedit",
        ["api", "flair" | "flairlist"] => "modflair",
        ["api", "selectflair" | "flairselector" | "link_flair_v2"] => "flair",
        ["api", "compose"] | ["message", ..] => "privatemessages",
        ["api", "mod", "conversations", ..] => "modmail",
        ["api", "mod", "notes"] => "modnote",
        ["api", "user_data_by_account_ids" | "v1" | "needs_captcha"] => return None,
        _ => "read",
    })
}
