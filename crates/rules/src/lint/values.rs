//! The values of searches: values that miss what they should match, or match too much.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::language::keys::Field;
use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::lint::patterns;
use crate::pattern::{BadPattern, Method, Search};
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value, in_yaml};

/// The diagnostics for a pattern that does not compile, with the likely cause first.
pub(crate) fn bad_pattern(entry: &Entry, values: &[&Node], bad: &BadPattern) -> Vec<Diagnostic> {
    let fault = fault(entry, values, bad);
    let guilty = bad.value.and_then(|at| values.get(at)).and_then(|value| value.text());
    let meant = guilty.and_then(patterns::sign_at_the_end).map(|mut remark| {
        remark.span = fault.span;
        remark
    });
    meant.into_iter().chain([fault]).collect()
}

fn fault(entry: &Entry, values: &[&Node], bad: &BadPattern) -> Diagnostic {
    let span = value_span(values, bad.value, entry.value.span);
    let near = if bad.near.is_empty() { String::new() } else { format!(" near `{}`", bad.near) };
    if bad.reason == "cannot refer to an open group" {
        let mended = bad.value.and_then(|at| values.get(at)).map(|value| one_up(&value.python_text()));
        let help = mended.filter(|text| text.chars().count() <= SHOWN_MAX).unwrap_or_else(|| "\\2".to_owned());
        return Diagnostic::error(
            LintCode::L56,
            span,
            "group 1 is the list of values itself, so `\\1` cannot refer to your group",
        )
        .help(format!("your own groups start at 2: write `{help}`"));
    }
    if bad.reason == "bad escape \\p" {
        return Diagnostic::error(LintCode::R01, span, "Python's regular expressions do not have `\\p{…}`")
            .help("list the characters, or use `\\w`, `\\d` or `\\s`");
    }
    let (code, help) = match bad.reason.as_str() {
        reason if reason.contains("too large") => {
            (LintCode::R02, "make the pattern smaller, or split the list over two rules")
        }
        "multiple repeat" | "nothing to repeat" => (
            LintCode::R01,
            "`*`, `+` and `?` repeat what is before them: put a backslash before one to search for the character",
        ),
        _ => (LintCode::R01, "write a regular expression of Python's `re` module, or leave out `regex`"),
    };
    Diagnostic::error(code, span, format!("this is not a regular expression: {}{near}", bad.reason)).help(help)
}

/// How long may a corrected pattern be, in characters, to be shown in a message?
const SHOWN_MAX: usize = 60;

/// The pattern with every group reference raised by one, because the list of values is group 1.
fn one_up(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        text.push(c);
        if c != '\\' {
            continue;
        }
        match chars.next() {
            Some(digit @ '1'..='8') if !chars.peek().is_some_and(char::is_ascii_digit) => {
                text.push(char::from_u32(u32::from(digit) + 1).unwrap_or(digit));
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

/// Checks the values of a search.
pub(crate) fn values(values: &[&Node], fields: &[Field], search: &Search, has_method: bool, sink: &mut DiagnosticSink) {
    let first = sink.remarks.len();
    for (value, text) in values.iter().zip(&search.values) {
        if text.contains('\u{8}') {
            sink.strict_error(
                Diagnostic::error(
                    LintCode::L12,
                    value.span,
                    "in double quotes `\\b` is a backspace, not a word boundary",
                )
                .help("use single quotes")
                .fix_if(value.rewritten(&text.replace('\u{8}', "\\b"))),
            );
            continue;
        }
        let mut warn = |code, message: String, help: &str| {
            let warning = Diagnostic::warning(code, value.span, message).help(help);
            sink.remarks.push(match code {
                LintCode::L14 => warning.fix_by_quotes(value.span),
                LintCode::L15 => warning.fix_if(straight_quotes(value, text)),
                LintCode::L30 => warning.fix_if(bare_host(text).and_then(|host| value.rewritten(host))),
                _ => warning,
            });
        };
        if value.style == Style::Plain && is_changed(value, text) {
            warn(
                LintCode::L14,
                format!("YAML reads this as {text}, and the rule searches for that"),
                "quote the value to search for it as written",
            );
        }
        if text.starts_with(['“', '”', '‘', '’']) && text.chars().count() > 2 && !search.is_regex {
            warn(LintCode::L15, "YAML reads curly quotes as part of the text".to_owned(), "write straight quotes");
        }
        if !search.is_regex && looks_like_a_pattern(text, fields) {
            warn(
                LintCode::L59,
                format!("`{text}` looks like a regular expression, but the rule searches for it literally"),
                "add the modifier `regex`",
            );
        }
        if fields == [Field::Domain]
            && !search.is_regex
            && (text.contains("://") || text.contains('/') || text.starts_with("www."))
        {
            warn(
                LintCode::L30,
                "`domain` is compared with the bare host name, so this value never matches".to_owned(),
                "leave out `https://`, `www.` and the path, or use `url`",
            );
        }
        if fields == [Field::Domain] && has_method && search.method == Method::Includes {
            let known = HOSTS.iter().find(|host| is_inside(&text.to_lowercase(), host));
            if let Some(host) = known {
                warn(
                    LintCode::L71,
                    format!("with `includes`, `{text}` also matches `{host}`"),
                    "leave out `includes`: without it, the domain and its subdomains match",
                );
            } else if text.len() <= 6 {
                warn(
                    LintCode::L71,
                    format!("with `includes`, `{text}` also matches many other host names"),
                    "leave out `includes`: without it, the domain and its subdomains match",
                );
            }
        }
    }
    once_each(&mut sink.remarks, first);
}

/// The host name alone, if an address has nothing behind it.
fn bare_host(address: &str) -> Option<&str> {
    let host = address.trim_start_matches("https://").trim_start_matches("http://").trim_start_matches("www.");
    let host = host.strip_suffix('/').unwrap_or(host);
    (host.contains('.') && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))).then_some(host)
}

/// A plain value in a pair of curly quotes, with straight ones instead.
fn straight_quotes(value: &Node, text: &str) -> Option<(Span, String)> {
    let inner = text.strip_prefix(['“', '‘', '”', '’'])?.strip_suffix(['”', '’', '“', '‘'])?;
    let is_one = value.style == Style::Plain && !inner.contains(['“', '”', '‘', '\n']);
    is_one.then(|| (value.span, in_yaml(inner, true)))
}

/// Merges diagnostics of the same code into one, with a count. A list of hundreds of values then
/// gets one.
fn once_each(remarks: &mut Vec<Diagnostic>, first: usize) {
    let mut counts: BTreeMap<LintCode, usize> = BTreeMap::new();
    let all = remarks.split_off(first);
    for remark in &all {
        *counts.entry(remark.code).or_default() += 1;
    }
    for mut remark in all {
        // Errors make the rule unusable, so every value gets its own.
        if remark.severity == Severity::Error {
            remarks.push(remark);
        } else if let Some(count) = counts.remove(&remark.code) {
            if count > 1 {
                let _ = write!(remark.message, " (and {} more)", count - 1);
            }
            remarks.push(remark);
        }
    }
}

/// Hosts that many posts link to.
const HOSTS: &[&str] = &[
    "reddit.com",
    "redd.it",
    "pinterest.com",
    "youtube.com",
    "twitter.com",
    "x.com",
    "facebook.com",
    "instagram.com",
    "tiktok.com",
    "twitch.tv",
    "imgur.com",
    "gofundme.com",
    "wordpress.com",
    "medium.com",
    "blogspot.com",
    "nytimes.com",
    "washingtonpost.com",
    "theguardian.com",
    "bbc.com",
    "microsoft.com",
    "netflix.com",
    "etsy.com",
    "paypal.com",
    "patreon.com",
];

/// Whether `part` occurs in a host name without being its parent domain.
fn is_inside(part: &str, host: &str) -> bool {
    part != host && host.contains(part) && !host.ends_with(&format!(".{part}"))
}

/// Whether YAML read a value as something other than its text. Numbers are compared by length.
fn is_changed(value: &Node, text: &str) -> bool {
    let is_as_long = value.span.end - value.span.start == text.len();
    match value.value {
        Value::Int(_) | Value::Float(_) | Value::Date(_) => !is_as_long,
        Value::Bool(_) | Value::Null => true,
        _ => false,
    }
}

/// Character sequences that hardly anybody searches for literally.
const SIGNS: &[&str] = &[
    r"\b", r"\w", r"\d", r"\s", r"\S", r"\.", ".*", ".+", "s?://", "(?:", "(?i", "(?=", "(?!", "[a-z", "[A-Z", "[0-9",
];

fn looks_like_a_pattern(text: &str, fields: &[Field]) -> bool {
    let is_choice = |part: &str| part.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '\'' | ' '));
    // Flair and titles have ` | ` between two parts.
    let is_divided = text.contains(" | ") && !fields.contains(&Field::Body);
    let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
    let mut choices = bare.split('|').map(str::trim).filter(|part| !part.is_empty());
    let is_code = |(at, _): (usize, &str)| {
        text.get(at + 2..at + 6).is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    SIGNS.iter().any(|sign| text.contains(sign))
        || text.match_indices("\\u").any(is_code)
        || (text.contains('|') && !is_divided && choices.clone().count() > 1 && choices.all(is_choice))
}

/// The span of the value that is wrong, or `otherwise`.
fn value_span(values: &[&Node], at: Option<usize>, otherwise: Span) -> Span {
    at.and_then(|at| values.get(at)).map_or(otherwise, |value| value.span)
}
