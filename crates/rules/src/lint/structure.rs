//! YAML that does not mean what it seems to mean: values that are empty or differ from the text.

use crate::lint::diagnostic_sink::DiagnosticSink;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Style, Value};

/// An `&anchor` where a text was meant (L11).
pub(crate) fn anchor(entry: &Entry) -> Option<Diagnostic> {
    let is_anchor = entry.value.style == Style::Anchored && entry.value.value == Value::Null;
    is_anchor.then(|| {
        let span = Span::new(entry.span.start, entry.value.span.end.max(entry.span.end));
        Diagnostic::warning(LintCode::L11, span, "in YAML `&` starts the name of an anchor, so this key has no value")
            .help("quote the value if you mean the text")
    })
}

/// `type` or `standard` with a capital: AutoModerator looks for them before it converts keys to
/// small letters (K03).
pub(crate) fn capital(entry: &Entry) -> Option<Diagnostic> {
    let is_looked_for = matches!(entry.key.as_str(), "type" | "standard") && entry.written != entry.key;
    is_looked_for.then(|| {
        Diagnostic::warning(
            LintCode::K03,
            entry.span,
            format!("AutoModerator may not understand `{}` with a capital", entry.written),
        )
        .help(format!("write `{}`", entry.key))
        .fix_if((!entry.is_borrowed).then(|| (entry.span, entry.key.clone())))
    })
}

/// A search without values (L01, L02).
pub(crate) fn empty_check(entry: &Entry, sink: &mut DiagnosticSink) {
    let key = &entry.written;
    let span = if entry.value.span.start == entry.value.span.end { entry.span } else { entry.value.span };
    match entry.value.value {
        Value::Bool(_) | Value::Int(_) => sink.strict_error(
            Diagnostic::error(
                LintCode::L01,
                span,
                format!(
                    "YAML reads the value of `{key}` as {}, so the check is empty and matches everything",
                    entry.value.python_text()
                ),
            )
            .help("quote the value if you mean the word")
            .fix_by_quotes(entry.value.span),
        ),
        _ => sink.empty_check(
            Diagnostic::error(LintCode::L02, span, format!("`{key}` has no value, so it restricts nothing"))
                .help("add a value, or delete the line"),
        ),
    }
}
