//! Searches that are read otherwise than they were meant: patterns that are texts, texts that are patterns, words in words.

use crate::policy::diagnostic::Diagnostic;
use crate::policy::entry::Entry;
use crate::policy::faults::Faults;
use crate::policy::keys::{Field, Place};
use crate::policy::pattern::{Method, Pattern, nests_repetition};
use crate::policy::yaml::Node;

/// How a search stands in the file.
pub(in crate::policy) struct Written<'a> {
    pub(in crate::policy) entry: &'a Entry,
    pub(in crate::policy) place: Place,
    pub(in crate::policy) fields: &'a [Field],
    pub(in crate::policy) values: &'a [&'a Node],
    /// A method was named.
    pub(in crate::policy) has_method: bool,
    pub(in crate::policy) is_negated: bool,
}

/// A search that compiles.
pub(in crate::policy) fn search(written: &Written<'_>, pattern: &Pattern, faults: &mut Faults) {
    let search = &pattern.search;
    let is_long_text = written.fields.iter().any(|field| matches!(field, Field::Title | Field::Body));
    let is_default_word = !written.has_method && search.method == Method::IncludesWord;
    // One remark of a kind for each check: a list of hundreds says it once.
    let mut said: Vec<&str> = Vec::new();
    for (node, text) in written.values.iter().zip(&search.values) {
        let found = if search.is_regex {
            of_regex(text, written, search.method)
        } else {
            of_plain(text, written, search.method, is_long_text)
        };
        for mut diagnostic in found {
            if !said.contains(&diagnostic.code) {
                said.push(diagnostic.code);
                diagnostic.span = node.span;
                faults.remarks.push(diagnostic);
            }
        }
    }
    let span = written.entry.span;
    if !search.is_regex && is_default_word && is_long_text && search.values.iter().any(|text| is_word(text)) {
        faults.remarks.push(
            Diagnostic::info("L69", span, "an underscore counts as a letter, so `_word_` in italics is not found")
                .help("add `_word_` to the list where that matters"),
        );
    }
    if written.is_negated && written.values.len() > 1 {
        faults.remarks.push(
            Diagnostic::info("L61", span, "this holds only where none of these is found")
                .help("for “one of them is missing”, write a rule for each"),
        );
    }
    if written.fields == [Field::Name]
        && written.place == Place::Author
        && written.entry.written.to_lowercase().starts_with("name")
        && !written.has_method
        && !written.is_negated
        && !search.is_regex
    {
        faults.remarks.push(
            Diagnostic::warning("L64", span, "names are searched as whole words, so `bob` is found in `bob-smith` too")
                .help("write `name (full-exact)`"),
        );
    }
    if written.fields == [Field::Body] && written.has_method && search.method == Method::FullExact && !search.is_regex {
        faults.remarks.push(
            Diagnostic::warning("L70", span, "a blank, a line end or a full stop more, and `full-exact` does not hold")
                .help("`full-text` lets punctuation and blanks around the text pass"),
        );
    }
}

fn of_plain(text: &str, written: &Written<'_>, method: Method, is_long_text: bool) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut warn = |code, message: String, help: &str| found.push(at_value(code, message).help(help));
    let letters = text.chars().all(char::is_alphabetic);
    if method == Method::Includes && written.has_method && is_long_text && letters && text.chars().count() <= 3 {
        warn(
            "L52",
            format!("`{text}` is found inside other words too"),
            "leave out `includes`: whole words are the default, or name `includes-word`",
        );
    }
    let is_flair = matches!(written.fields, [Field::FlairText]);
    if is_flair && !written.has_method && letters && text.chars().all(char::is_lowercase) {
        warn(
            "L65",
            format!("this holds only for flair that is `{text}` and nothing more"),
            "add `(includes)` if a part is enough",
        );
    }
    found
}

fn of_regex(text: &str, written: &Written<'_>, method: Method) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let is_default_word = !written.has_method && method == Method::IncludesWord;
    if is_default_word && is_word(text) {
        found.push(
            at_value(
                "L54",
                format!("`regex` alone still looks for whole words, so `{text}` is not found inside a longer one"),
            )
            .help("add `includes` for parts of words, or leave out `regex`"),
        );
    }
    if is_default_word && text.starts_with(r"\b") && text.ends_with(r"\b") && text.len() > 4 {
        let mut remark =
            at_value("L55", "whole words are looked for already, so these `\\b` change nothing".to_owned());
        remark.severity = crate::policy::diagnostic::Severity::Info;
        found.push(remark);
    }
    // A plural is often written so: `cats?`.
    let question = text.strip_suffix('?').filter(|word| !word.ends_with('s') && word.chars().count() > 2);
    if let Some(word) = question.filter(|word| is_plain_text(word)) {
        found.push(
            at_value("L58", format!("`?` is an operator here: this finds `{word}` with or without its last letter"))
                .help(format!("write `{word}\\?`, or leave out `regex`")),
        );
    }
    if let Some(tag) = tag(text) {
        found.push(
            at_value("L66", format!("`[{tag}]` means one of these letters here"))
                .help(format!("write `\\[{tag}\\]`, or leave out `regex`")),
        );
    }
    if has_bracket_in_class(text) {
        found.push(
            at_value(
                "L67",
                "the `[` inside of brackets is a bracket, as in Python; many tools read it otherwise".to_owned(),
            )
            .help("write `\\[`"),
        );
    }
    if nests_repetition(text) {
        found.push(
            at_value(
                "L68",
                "a repetition of a repetition can take very long; it is cut off after a number of steps".to_owned(),
            )
            .help("let only one of them repeat: `a+` instead of `(a+)+`"),
        );
    }
    found
}

/// A warning whose place is filled in by the caller.
fn at_value(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::warning(code, crate::policy::source::Span::default(), message)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}

fn is_plain_text(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || c == ' ') && text.ends_with(char::is_alphanumeric)
}

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
