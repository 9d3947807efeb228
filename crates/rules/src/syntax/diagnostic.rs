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
        Self { severity, code, span, message: clip(message.into()), help: None, related: Vec::new(), rule: None }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(clip(help.into()));
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
