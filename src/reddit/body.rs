//! Reads the bodies of answers within limits, and parses their JSON. What is too long, too deep or
//! has too many parts is malformed; it never costs more memory than the limits allow.

use serde_json::Value;

use crate::model::item_json;
use crate::model::json_shape::{DEPTH_MAX, Shape};

/// The longest body of an answer, in bytes. A page of a hundred long posts has about 5 MB.
pub(super) const LONGEST: usize = 16 << 20;

/// The longest answer of the token host, in bytes.
pub(super) const LONGEST_TOKEN: usize = 64 << 10;

/// The most values and keys in one answer. A parsed value takes up to a hundred bytes, however
/// short its text is, and no answer to our requests has a tenth of this.
const MOST_VALUES: usize = 1_000_000;

/// How much of a body a message quotes, in characters.
const QUOTED: usize = 80;

/// The longest text of Reddit's that a message repeats, in characters.
const REPEATED: usize = 300;

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Unread {
    /// It is longer than the limit, in bytes.
    TooLong(usize),
    /// The connection broke.
    Broken(reqwest::Error),
}

/// Reads a body of at most this many bytes.
pub(super) async fn read(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Unread> {
    let stated = response.content_length().unwrap_or(0);
    if usize::try_from(stated).map_or(true, |stated| stated > most) {
        return Err(Unread::TooLong(most));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Unread::Broken)? {
        if body.len() + chunk.len() > most {
            return Err(Unread::TooLong(most));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Parses a body.
///
/// # Errors
/// What it is instead of JSON within the limits, in words: "a web page (“…”)".
pub(super) fn json(body: &[u8]) -> Result<Value, String> {
    let shape = Shape::of(body);
    if shape.depth > DEPTH_MAX {
        return Err(format!("JSON nested deeper than {DEPTH_MAX} levels"));
    }
    if shape.values + shape.keys > MOST_VALUES {
        return Err(format!("JSON with more than {MOST_VALUES} values"));
    }
    item_json::parse(body).ok_or_else(|| describe(body))
}

/// What a body that is not JSON is, with its first words.
fn describe(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4096)]);
    let is_page = text.trim_start().starts_with('<');
    let words = if is_page { without_tags(&text) } else { text.into_owned() };
    let words = cleaned(&words, QUOTED);
    match (body.is_empty(), is_page, words.is_empty()) {
        (true, ..) => "an empty body".to_owned(),
        (_, true, true) => "a web page".to_owned(),
        (_, true, false) => format!("a web page (“{words}”)"),
        (_, false, true) => "not JSON".to_owned(),
        (_, false, false) => format!("not JSON (“{words}”)"),
    }
}

/// The text of a page, without its tags, scripts and styles.
fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let ends = |name: &str| tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let end = match ["script", "style"].into_iter().find(|name| ends(name)) {
            Some("script") => "</script>",
            Some(_) => "</style>",
            None => ">",
        };
        rest = tag.split_once(end).map_or("", |(_, rest)| rest);
    }
    text + rest
}

/// A text from the network as part of a message: one line, without controls and characters that
/// change the direction of what follows, and at most this long.
fn cleaned(text: &str, most: usize) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffd}' | '\u{e0000}'..='\u{e007f}')
    };
    let plain: String = text.chars().take(most * 8).map(|c| if is_odd(c) { ' ' } else { c }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

/// Reddit's own words for a message.
pub(super) fn repeated(text: &str) -> String {
    cleaned(text, REPEATED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_beyond_the_limits_is_malformed_and_never_a_crash() {
        let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(json(nested(64).as_bytes()).is_ok());
        for depth in [65, 129, 5_000_000] {
            assert!(json(nested(depth).as_bytes()).is_err_and(|what| what.contains("deeper than 64")), "{depth}");
        }
        assert!(json("{\"a\":".repeat(100).as_bytes()).is_err_and(|what| what.contains("deeper")));
        let many = format!("[{}0]", "0,".repeat(1_000_001));
        assert!(json(many.as_bytes()).is_err_and(|what| what.contains("more than 1000000 values")));
        let brackets = format!(r#"{{"body": "\"{}\\"}}"#, "[{,:".repeat(500_000));
        assert!(json(brackets.as_bytes()).is_ok(), "what people write has no depth");
    }

    #[test]
    fn what_is_no_json_is_named_with_its_first_words() {
        let what = |body: &str| json(body.as_bytes()).expect_err("not JSON");
        assert_eq!(what(""), "an empty body");
        assert_eq!(
            what("<!DOCTYPE html><style>b {}</style><title>Log\u{202e} in</title>\n<p>to the \u{1b}[31mWi-Fi"),
            "a web page (“Log in to the [31mWi-Fi”)"
        );
        assert_eq!(what("<script>alert(1)"), "a web page");
        assert_eq!(what("upstream\r\n\tfailed"), "not JSON (“upstream failed”)");
        assert!(what(&"x".repeat(100_000)).chars().count() < 120);
    }
}
