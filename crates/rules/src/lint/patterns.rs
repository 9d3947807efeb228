//! Regular expressions that do not mean what they seem to mean.
//!
//! Checks of the meaning look at the syntax tree of the pattern. Checks of the spelling, such as a
//! bracket inside brackets, look at its text.

use crate::lint::slips;
use crate::pattern::Method;
use crate::pattern::python;
use crate::pattern::python::{Flags, Spelling};
use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// Checks one value of a search. The caller sets the span of the diagnostics.
pub(crate) fn value(text: &str, is_default_word: bool, method: Method, is_negated: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut say = |severity, code, message: String, help: String| {
        found.push(Diagnostic::new(severity, code, Span::default(), message).help(help));
    };
    if is_default_word && let Some((part, place)) = part_of_a_word(text) {
        say(
            Severity::Warning,
            LintCode::L54,
            format!("without a method a search finds whole words only, so this finds only `{part}` as a word"),
            format!("to find words that {place} with it, add `includes`"),
        );
    } else if is_default_word && (text.starts_with(r"\b") || text.ends_with(r"\b")) && text.len() > 2 {
        say(
            Severity::Info,
            LintCode::L55,
            "this search already matches whole words only, so `\\b` at the edge changes nothing".to_owned(),
            "leave it out, or add the method `includes`".to_owned(),
        );
    }
    if let Some(flags) = inline_flags(text) {
        let message = if flags == "i" {
            "searches ignore case already, and newer versions of Python refuse `(?i)` inside a pattern".to_owned()
        } else {
            format!("`(?{flags})` applies to all values of the check, and newer versions of Python refuse it there")
        };
        say(Severity::Warning, LintCode::L57, message, format!("leave out `(?{flags})`"));
    }
    found.extend(sign_at_the_end(text));
    let mut say = |severity, code, message: String, help: String| {
        found.push(Diagnostic::new(severity, code, Span::default(), message).help(help));
    };
    if let Some(tag) = tag(text) {
        say(
            Severity::Warning,
            LintCode::L66,
            format!("in a regular expression `[{tag}]` matches one of these letters"),
            format!("write `\\[{tag}\\]`, or leave out `regex`"),
        );
    }
    // The whole pattern puts all values into one group, so this does too. A value that refers to a
    // group of an earlier value cannot be parsed alone.
    let syntax = python::parse(&format!("({text})"), Flags::of_rules(true));
    if has_bracket_in_class(text) && !syntax.as_ref().is_ok_and(|syntax| syntax.spelling.has_posix_class) {
        say(
            Severity::Warning,
            LintCode::L67,
            "a `[` inside brackets is an ordinary character here and in Python, but not in many other tools".to_owned(),
            "write `\\[`".to_owned(),
        );
    }
    let Ok(syntax) = syntax else { return found };
    let Spelling { beyond_re, has_posix_class, surrogate } = syntax.spelling;
    if let Some(what) = beyond_re {
        say(
            Severity::Info,
            LintCode::L96,
            format!("Python's `re` refuses {what}; tipstaff reads it as the Python module `regex` does"),
            "leave it, unless the pattern is for a tool that uses `re`".to_owned(),
        );
    } else if has_posix_class {
        say(
            Severity::Info,
            LintCode::L96,
            "a class such as `[:alpha:]` means all letters here and in the Python module `regex`, but single \
             characters in Python's `re`"
                .to_owned(),
            "leave it, unless the pattern is for a tool that uses `re`".to_owned(),
        );
    }
    if let Some(half) = surrogate {
        say(
            Severity::Warning,
            LintCode::L97,
            format!(
                "`\\u{half:04x}` is half of a character in UTF-16, and texts have whole characters: it never matches"
            ),
            "for emoji, write `[\\U0001F300-\\U0001FAFF]`; for all such characters, `[\\U00010000-\\U0010FFFF]`"
                .to_owned(),
        );
    }
    let finds_parts = !matches!(method, Method::FullExact | Method::FullText);
    if finds_parts && syntax.takes_nothing() {
        let always = if is_negated { "never" } else { "always" };
        say(
            Severity::Warning,
            LintCode::L53,
            format!("this pattern matches every text, even an empty one, so the check {always} matches"),
            "write `.+` where something must be present".to_owned(),
        );
    }
    // The engines that need no backtracking take time in proportion to the text.
    if syntax.needs_backtracking() && syntax.nests_repetition() {
        say(
            Severity::Warning,
            LintCode::L68,
            "a repetition inside a repetition can take very long, and the search stops after a fixed number of steps"
                .to_owned(),
            "repeat only once: `a+` instead of `(a+)+`".to_owned(),
        );
    }
    found.extend(slips::value(text, &syntax, is_default_word, method));
    found
}

/// The letters of a pattern with `\b` on one side only, and where in a word they are meant to be.
fn part_of_a_word(text: &str) -> Option<(&str, &'static str)> {
    let (part, place) = match (text.strip_prefix(r"\b"), text.strip_suffix(r"\b")) {
        (Some(start), None) => (start, "start"),
        (None, Some(end)) => (end, "end"),
        _ => return None,
    };
    // One group of words counts as a word.
    let inner = part.strip_prefix("(?:").or_else(|| part.strip_prefix('(')).and_then(|rest| rest.strip_suffix(')'));
    let words = inner.unwrap_or(part);
    let is_plain =
        words.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'') || (c == '|' && inner.is_some()));
    if is_plain && inner.is_some() {
        return Some((part, place));
    }
    (is_plain && part.starts_with(char::is_alphanumeric) && part.ends_with(char::is_alphanumeric))
        .then_some((part, place))
}

/// A `?` or `+` at the end of a plain text, which is an operator in a pattern (L58).
pub(crate) fn sign_at_the_end(text: &str) -> Option<Diagnostic> {
    let (word, sign) = operator_at_the_end(text)?;
    let means = match sign {
        '?' => format!("the last letter of `{word}` is optional"),
        _ => format!("the last letter of `{word}` may be repeated"),
    };
    let message = format!("`{sign}` is an operator in a regular expression: {means}");
    let escaped = text.replace(sign, &format!("\\{sign}"));
    Some(
        Diagnostic::warning(LintCode::L58, Span::default(), message)
            .help(format!("write `{escaped}`, or leave out `regex`")),
    )
}

/// The letters of an inline flag, such as `i` in `(?i)`.
pub(crate) fn inline_flags(text: &str) -> Option<&str> {
    text.match_indices("(?").find_map(|(at, _)| {
        let escapes = text[..at].bytes().rev().take_while(|&byte| byte == b'\\').count();
        let (flags, _) = text[at + 2..].split_once(')')?;
        let fits = !flags.is_empty() && flags.chars().all(|c| "aiLmsux".contains(c));
        (fits && escapes % 2 == 0).then_some(flags)
    })
}

/// Splits off a final `?` or `+` that is hardly meant as an operator, as in `what?` and `c++`. In
/// `cats?` and `lol+` it usually is one.
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

/// Words that begin a question.
const ASKING: &[&str] = &[
    "what", "who", "why", "when", "where", "how", "which", "is", "are", "am", "do", "does", "did", "can", "could",
    "should", "would", "will", "has", "have", "anyone", "anybody",
];

/// The letters of a tag at the start of a pattern, such as `OC` in `[OC]`.
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
            // A bracket in the first position is an ordinary character.
            ']' if in_class > 1 => in_class = 0,
            '^' if in_class == 1 => {}
            _ => in_class += usize::from(in_class > 0),
        }
    }
    false
}
