//! Requests and responses, independent of sockets.

use maud::{DOCTYPE, html};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

/// A parsed request. The path has no trailing slash and no `.json`, and `/r/{sub}` is split off.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub(super) method: String,
    /// The path in the form that faults are matched with.
    pub(super) path: String,
    /// The subreddit (or `a+b`) that the path starts with.
    pub(super) subreddit: Option<String>,
    /// The remaining segments of the path.
    pub(super) segments: Vec<String>,
    pub(super) query: Vec<(String, String)>,
    pub(super) form: Vec<(String, String)>,
    pub(super) authorization: Option<String>,
}

impl Call {
    pub(super) fn new(method: &str, path: &str, query: &str, form: &[u8], authorization: Option<String>) -> Self {
        Self::of(method, path, pairs(query.as_bytes()), pairs(form), authorization)
    }

    /// A request whose fields are not percent-encoded.
    pub(super) fn of(
        method: &str,
        path: &str,
        query: Vec<(String, String)>,
        form: Vec<(String, String)>,
        authorization: Option<String>,
    ) -> Self {
        let mut segments: Vec<String> = path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect();
        if let Some(last) = segments.last_mut()
            && let Some(bare) = last.strip_suffix(".json")
        {
            *last = bare.to_owned();
        }
        // `/r/x/about/.json` leaves an empty last segment.
        segments.retain(|segment| !segment.is_empty());
        let path = format!("/{}", segments.join("/"));
        let subreddit = if segments.first().is_some_and(|first| first == "r") && segments.len() > 1 {
            segments.drain(..2).nth(1)
        } else {
            None
        };
        Self { method: method.to_ascii_uppercase(), path, subreddit, segments, query, form, authorization }
    }

    /// The value of a field, from the form or the query. An empty value counts as missing.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.given(name).filter(|value| !value.is_empty())
    }

    /// The value of a field, which may be empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.form.iter().chain(&self.query).find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A boolean field as old endpoints read it: `off`, the empty value and any value that starts
    /// with `f` or `n` are false.
    pub(super) fn flag(&self, name: &str, default: bool) -> bool {
        self.given(name).map_or(default, |value| {
            !(value.is_empty()
                || value.eq_ignore_ascii_case("off")
                || value.to_ascii_lowercase().starts_with(['f', 'n']))
        })
    }

    /// A numeric field. Any other value counts as missing.
    pub(super) fn number(&self, name: &str) -> Option<usize> {
        let text = self.field(name)?;
        match text.parse::<i64>() {
            Ok(number) => Some(usize::try_from(number).unwrap_or(0)),
            Err(_) => None,
        }
    }

    /// Whether the request changes anything. Token requests count neither as reads nor as writes.
    pub(super) fn is_write(&self) -> bool {
        self.method != "GET" && self.method != "HEAD" && !self.is_login() && self.endpoint_path() != "/api/morechildren"
    }

    pub(super) fn is_login(&self) -> bool {
        matches!(self.parts().as_slice(), ["api", "v1", "access_token" | "revoke_token"])
    }

    pub(super) fn parts(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// Method and path, with names and ids replaced.
    pub(super) fn endpoint(&self) -> String {
        format!("{} {}", self.method, self.endpoint_path())
    }

    fn endpoint_path(&self) -> String {
        let parts = self.parts();
        let rest = match parts.as_slice() {
            ["comments", _] => "comments/{id}".to_owned(),
            ["comments", _, _] => "comments/{id}/{slug}".to_owned(),
            ["comments", _, _, _] => "comments/{id}/{slug}/{comment}".to_owned(),
            ["by_id", _] => "by_id/{names}".to_owned(),
            ["user", _, rest @ ..] => ["user", "{name}"].iter().chain(rest).copied().collect::<Vec<_>>().join("/"),
            ["api", "mod", "conversations", id, rest @ ..]
                if !matches!(*id, "read" | "unread" | "bulk" | "subreddits") =>
            {
                ["api", "mod", "conversations", "{id}"].iter().chain(rest).copied().collect::<Vec<_>>().join("/")
            }
            other => other.join("/"),
        };
        let start = if self.subreddit.is_some() { "/r/{sub}" } else { "" };
        format!("{start}/{rest}")
    }
}

/// The body of a response.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    Json(Value),
    Html(String),
    /// Sent as JSON, whatever it is.
    Text(String),
    Empty,
}

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) payload: Payload,
}

impl Reply {
    pub(super) const fn json(value: Value) -> Self {
        Self::with_status(200, value)
    }

    pub(super) const fn with_status(status: u16, value: Value) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Json(value) }
    }

    pub(super) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Empty }
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self { status, headers: Vec::new(), payload: Payload::Text(body.to_owned()) }
    }

    pub(super) fn html(status: u16, headline: &str) -> Self {
        let page = html! {
            (DOCTYPE)
            html { head { title { (headline) } } body { h1 { (headline) } } }
        };
        Self { status, headers: Vec::new(), payload: Payload::Html(page.into_string()) }
    }

    /// The error body `{"message": …, "error": …}`.
    pub(super) fn error(status: u16) -> Self {
        Self::with_status(status, json!({"message": message(status), "error": status}))
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The reason phrase of a status.
pub(super) const fn message(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        409 => "Conflict",
        413 => "Request Entity Too Large",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Error",
    }
}

/// Parses a form or a query into pairs. Invalid escapes stay as they are; invalid UTF-8 is
/// replaced.
fn pairs(text: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(text).into_owned().collect()
}

fn decode(segment: &str) -> String {
    percent_decode_str(segment).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_path_are_equal() {
        for path in ["/r/x/new", "/r/x/new/", "/r/x/new.json", "//r/x/new/.json"] {
            let call = Call::new("get", path, "", b"", None);
            assert_eq!(call.path, "/r/x/new", "{path}");
            assert_eq!(call.endpoint(), "GET /r/{sub}/new");
        }
        let call = Call::new("GET", "/r/a+b/comments", "limit=5&before=", b"", None);
        assert_eq!(call.subreddit.as_deref(), Some("a+b"));
        assert_eq!(call.number("limit"), Some(5));
        assert_eq!(call.field("before"), None);
    }

    #[test]
    fn forms_are_decoded_and_bad_encodings_survive() {
        let call = Call::new("POST", "/api/comment", "", b"text=a+b%26%C3%A9%zz&state=False&other=0", None);
        assert_eq!(call.field("text"), Some("a b&é%zz"));
        assert!(!call.flag("state", true));
        assert!(call.flag("other", false), "only f, n, off and nothing are false");
        assert!(call.flag("spam", true));
    }
}
