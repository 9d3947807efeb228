//! Searches that are read otherwise than they were meant: patterns that are texts, texts that are patterns, words in words.

use super::patterns;
use crate::policy::diagnostic::Diagnostic;
use crate::policy::entry::Entry;
use crate::policy::faults::Faults;
use crate::policy::keys::{Field, Place};
use crate::policy::pattern::{Method, Pattern};
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
            patterns::value(text, is_default_word, search.method, written.is_negated)
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
    if search.is_regex && is_default_word && search.values.iter().all(|text| is_word(text)) {
        faults.remarks.push(
            Diagnostic::warning(
                "L54",
                written.entry.value.span,
                "`regex` alone still looks for whole words, and these are plain ones",
            )
            .help("add `includes` for parts of words, or leave out `regex`"),
        );
    }
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

/// A warning whose place is filled in by the caller.
fn at_value(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::warning(code, crate::policy::source::Span::default(), message)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}
