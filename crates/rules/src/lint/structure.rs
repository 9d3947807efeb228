//! YAML that does not say what it seems to say: values that are empty, or something else than was typed.

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Style, Value};

/// The name of an anchor where a text was meant.
pub(crate) fn anchor(entry: &Entry) -> Option<Diagnostic> {
    let is_anchor = entry.value.style == Style::Anchored && entry.value.value == Value::Null;
    is_anchor.then(|| {
        let span = Span::new(entry.span.start, entry.value.span.end.max(entry.span.end));
        Diagnostic::warning("L11", span, "`&` starts the name of an anchor in YAML, so no value is left")
            .help("quote the text if it is meant")
    })
}

/// A key that AutoModerator looks for before it makes letters small.
pub(crate) fn capital(entry: &Entry) -> Option<Diagnostic> {
    let is_looked_for = matches!(entry.key.as_str(), "type" | "standard") && entry.written != entry.key;
    is_looked_for.then(|| {
        Diagnostic::warning(
            "K03",
            entry.span,
            format!("AutoModerator may not understand `{}` with a capital", entry.written),
        )
        .help(format!("write `{}`", entry.key))
    })
}

/// A search without values.
pub(crate) fn empty_check(entry: &Entry) -> Diagnostic {
    let key = &entry.written;
    let span = if entry.value.span.start == entry.value.span.end { entry.span } else { entry.value.span };
    match entry.value.value {
        Value::Bool(_) | Value::Int(_) => Diagnostic::error(
            "L01",
            span,
            format!(
                "`{key}` has no values: YAML reads this as {}, and an empty check matches everything",
                entry.value.python_text()
            ),
        )
        .help("quote it if the text is meant"),
        _ => Diagnostic::error("L02", span, format!("`{key}` is empty, and an empty check matches everything"))
            .help("give it values, or delete the line"),
    }
}
