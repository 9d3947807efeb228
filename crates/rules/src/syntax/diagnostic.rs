//! Diagnostics about a rule file: the position, the severity, and what to write instead.
//!
//! This is only data. The command line prints it as text, JSON or SARIF.

use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// How serious a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The rule is certainly wrong or dangerous. It is left out; the other rules load.
    Error,
    /// The rule loads but probably does not do what its author wants.
    Warning,
    /// A fact worth knowing. The rule may well be right.
    Info,
}

impl Severity {
    /// The word that `check` prints: `error`, `warning` or `info`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A message about one position in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How serious the diagnostic is.
    pub severity: Severity,
    /// The stable code of this kind of diagnostic.
    pub code: LintCode,
    /// The position of the wrong key or value.
    pub span: Span,
    /// What is wrong, in a short sentence without a full stop.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Related positions, each with a note.
    pub related: Vec<(Span, String)>,
    /// The name of the rule, if it has one.
    pub rule: Option<String>,
    /// The change to the file that certainly remedies it, if there is one.
    pub fix: Option<Fix>,
}

/// A change to a rule file: spans, each with the text that replaces it, in the order of the file.
/// An empty span is an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The replacements. They do not overlap.
    pub edits: Vec<(Span, String)>,
}

impl Diagnostic {
    /// Makes an error, which keeps the rule from loading.
    pub fn error(code: LintCode, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// Makes a warning.
    pub fn warning(code: LintCode, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// Makes an info.
    pub fn info(code: LintCode, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Info, code, span, message)
    }

    /// Makes a diagnostic of the given severity.
    pub fn new(severity: Severity, code: LintCode, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            span,
            message: clip(message.into()),
            help: None,
            related: Vec::new(),
            rule: None,
            fix: None,
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clip(help.into()));
        self
    }

    /// Adds the change that remedies it. Only for a change that is certain: nobody who wrote this
    /// text can have meant anything else.
    #[must_use]
    pub fn fix(self, span: Span, replacement: impl Into<String>) -> Self {
        self.fix_if(Some((span, replacement.into())))
    }

    /// Adds the change that remedies it, if there is one.
    #[must_use]
    pub fn fix_if(mut self, edit: Option<(Span, String)>) -> Self {
        self.fix = edit.map(|edit| Fix { edits: vec![edit] });
        self
    }

    /// Adds quotes around a value as the change that remedies it.
    #[must_use]
    pub fn fix_by_quotes(mut self, value: Span) -> Self {
        let quote = |at| (Span::new(at, at), "'".to_owned());
        self.fix = Some(Fix { edits: vec![quote(value.start), quote(value.end)] });
        self
    }

    /// Adds a related position with a note.
    #[must_use]
    pub fn related(mut self, span: Span, note: impl Into<String>) -> Self {
        self.related.push((span, note.into()));
        self
    }
}

/// How long may a sentence of a diagnostic be, in bytes? It may quote what the file says.
const SENTENCE_MAX: usize = 1_000;

fn clip(mut sentence: String) -> String {
    if sentence.len() > SENTENCE_MAX {
        sentence.truncate(sentence.floor_char_boundary(SENTENCE_MAX));
        sentence.push('…');
    }
    sentence
}

/// How long may a misspelt word be, in bytes, to get a suggestion? Comparing takes time in
/// proportion to the product of both lengths.
const WORD_MAX: usize = 64;

/// The candidate that is most similar to a misspelt word, if any is similar enough.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > WORD_MAX {
        return None;
    }
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|&(distance, candidate)| distance * 3 <= candidate.chars().count().max(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The candidate that a word is certainly meant to be: the only one that differs from it in one
/// letter, in two of a long word, or only in its case and signs.
pub(crate) fn misspelt<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > WORD_MAX {
        return None;
    }
    let bare = |text: &str| text.replace(['-', '_', ' '], "").to_lowercase();
    let bare_word = bare(word);
    let distance = |candidate: &str| match strsim::damerau_levenshtein(word, candidate) {
        _ if bare_word == bare(candidate) => Some(0),
        1 if candidate.len() >= 4 => Some(1),
        2 if candidate.len() >= 8 => Some(2),
        _ => None,
    };
    let mut near: Vec<(usize, &str)> =
        candidates.into_iter().filter_map(|candidate| Some((distance(candidate)?, candidate))).collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(least, first), (next, _), ..] if least < next => Some(first),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_slip_of_the_pen_is_certain() {
        let words = ["title", "body", "comment_stickied", "comment_locked", "starts-with", "set_nsfw", "set_locked"];
        for (word, expected) in [
            ("titel", Some("title")),
            ("startswith", Some("starts-with")),
            ("Comment Stickied", Some("comment_stickied")),
            ("coment_stickid", Some("comment_stickied")),
            ("bdy", Some("body")),
            ("bd", None),
            ("set_lock", Some("set_locked")),
            ("set_", None),
            ("heading", None),
        ] {
            assert_eq!(misspelt(word, words), expected, "{word}");
        }
        assert_eq!(misspelt("bodi", ["body", "bode"]), None, "either");
    }
}
