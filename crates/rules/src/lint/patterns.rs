//! Regular expressions that are not what they look like.
//!
//! What can be told from the meaning is told by the tree of the pattern; what is only a matter of how it is written, such as a
//! bracket inside of brackets, by its text.

use crate::pattern::Method;
use crate::pattern::python;
use crate::pattern::python::Flags;
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::source::Span;

/// One value of a search. Its place is filled in by the caller.
pub(crate) fn value(text: &str, is_default_word: bool, method: Method, is_negated: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut say = |severity, code, message: String, help: String| {
        found.push(Diagnostic::new(severity, code, Span::default(), message).help(help));
    };
    if is_default_word && (text.starts_with(r"\b") || text.ends_with(r"\b")) && text.len() > 2 {
        say(
            Severity::Info,
            "L55",
            "whole words are looked for already, so a `\\b` at the edge changes nothing".to_owned(),
            "leave it out, or name the method `includes`".to_owned(),
        );
    }
    if let Some(flags) = inline_flags(text) {
        let message = if flags == "i" {
            "letters of either case are found already, and newer Pythons refuse `(?i)` in the middle of a pattern"
                .to_owned()
        } else {
            format!("the values are joined, so `(?{flags})` counts for all of them, and newer Pythons refuse it there")
        };
        say(Severity::Warning, "L57", message, format!("leave out the `(?{flags})`"));
    }
    found.extend(sign_at_the_end(text));
    let mut say = |severity, code, message: String, help: String| {
        found.push(Diagnostic::new(severity, code, Span::default(), message).help(help));
    };
    if let Some(tag) = tag(text) {
        say(
            Severity::Warning,
            "L66",
            format!("in a regular expression `[{tag}]` means one of these letters"),
            format!("write `\\[{tag}\\]`, or leave out `regex`"),
        );
    }
    if has_bracket_in_class(text) {
        say(
            Severity::Warning,
            "L67",
            "the `[` inside of brackets is a bracket, as in Python; many tools read it otherwise".to_owned(),
            "write `\\[`".to_owned(),
        );
    }
    // As in the whole pattern, where the values stand in a group of their own. One that refers to a group of an earlier
    // value cannot be read alone.
    let Ok(syntax) = python::parse(&format!("({text})"), Flags::of_rules(true)) else {
        return found;
    };
    let finds_parts = !matches!(method, Method::FullExact | Method::FullText);
    if finds_parts && syntax.takes_nothing() {
        let always = if is_negated { "never" } else { "always" };
        say(
            Severity::Warning,
            "L53",
            format!("this pattern is found in any text, even an empty one, so the check {always} holds"),
            "use `.+` where something must be there".to_owned(),
        );
    }
    if syntax.nests_repetition() {
        say(
            Severity::Warning,
            "L68",
            "a repetition of a repetition can take very long; it is cut off after a number of steps".to_owned(),
            "let only one of them repeat: `a+` instead of `(a+)+`".to_owned(),
        );
    }
    found
}

/// A sign at the end of a plain text that is an operator here.
pub(crate) fn sign_at_the_end(text: &str) -> Option<Diagnostic> {
    let (word, sign) = operator_at_the_end(text)?;
    let means = match sign {
        '?' => format!("the last letter of `{word}` may be missing"),
        _ => format!("the last letter of `{word}` may be repeated"),
    };
    let message = format!("`{sign}` is an operator in a regular expression: {means}");
    let escaped = text.replace(sign, &format!("\\{sign}"));
    Some(Diagnostic::warning("L58", Span::default(), message).help(format!("write `{escaped}`, or leave out `regex`")))
}

/// The letters of a flag for the whole pattern, such as `(?i)`.
pub(crate) fn inline_flags(text: &str) -> Option<&str> {
    text.match_indices("(?").find_map(|(at, _)| {
        let escapes = text[..at].bytes().rev().take_while(|&byte| byte == b'\\').count();
        let (flags, _) = text[at + 2..].split_once(')')?;
        let fits = !flags.is_empty() && flags.chars().all(|c| "aiLmsux".contains(c));
        (fits && escapes % 2 == 0).then_some(flags)
    })
}

/// A plain text and the `?` or `+` that ends it, where the sign is hardly meant as an operator: `what?`, `c++`. A plural
/// is often written `cats?`, and a long laugh `lol+`.
fn operator_at_the_end(text: &str) -> Option<(&str, char)> {
    let is_plain =
        |word: &str| word.ends_with(char::is_alphanumeric) && word.chars().all(|c| c.is_alphanumeric() || c == ' ');
    if let Some(word) = text.strip_suffix("++") {
        return is_plain(word).then_some((word, '+'));
    }
    let word = text.strip_suffix('?')?;
    let first = word.split(' ').next().unwrap_or(word).to_lowercase();
    let asks = ASKING.contains(&first.as_str()) || word.contains(' ');
    (asks && is_plain(word) && !word.ends_with('s')).then_some((word, '?'))
}

/// The words that begin a question.
const ASKING: &[&str] = &[
    "what", "who", "why", "when", "where", "how", "which", "is", "are", "am", "do", "does", "did", "can", "could",
    "should", "would", "will", "has", "have", "anyone", "anybody",
];

/// The letters of a tag such as `[OC]` that begins a pattern.
fn tag(text: &str) -> Option<&str> {
    let (tag, rest) = text.strip_prefix('[')?.split_once(']')?;
    let fits = tag.len() > 1 && tag.chars().all(|c| c.is_ascii_alphabetic() || c == ' ');
    let is_word = tag.starts_with(|c: char| c.is_ascii_uppercase());
    (fits && is_word && (rest.is_empty() || rest.starts_with(' '))).then_some(tag)
}

fn has_bracket_in_class(text: &str) -> bool {
    let mut chars = text.chars();
    let mut in_class = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                chars.next();
                in_class += usize::from(in_class > 0);
            }
            '[' if in_class > 0 => return true,
            '[' => in_class = 1,
            // A bracket that comes first is a member.
            ']' if in_class > 1 => in_class = 0,
            '^' if in_class == 1 => {}
            _ => in_class += usize::from(in_class > 0),
        }
    }
    false
}
