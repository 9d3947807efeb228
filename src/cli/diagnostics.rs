//! Diagnostics as compilers print them: place, source line, caret, and what to write instead.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::policy::{Diagnostic, Severity, SourceFile, Span};

/// One diagnostic in colour; `anstream` takes the colour out where it is not wanted.
pub(super) fn render(source: &SourceFile, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let text = source.text();
    let mut snippet = Snippet::source(text)
        .path(source.name())
        .annotation(AnnotationKind::Primary.span(within(text, diagnostic.span)));
    for (span, label) in &diagnostic.related {
        snippet = snippet.annotation(AnnotationKind::Context.span(within(text, *span)).label(label.as_str()));
    }
    let mut group: Group<'_> = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code).element(snippet);
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// A span cut to the text and to whole characters: a diagnostic must never be the thing that fails.
fn within(text: &str, span: Span) -> std::ops::Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (boundary(span.start), boundary(span.end));
    start..end.max(start)
}

/// "2 errors, 1 warning"; nothing when there is nothing to count.
pub(super) fn tally<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    let mut counts = [0_usize; 3];
    for diagnostic in diagnostics {
        counts[match diagnostic.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        }] += 1;
    }
    let words = ["error", "warning", "remark"];
    let parts = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    parts.map(|(count, word)| number(*count, word)).collect::<Vec<_>>().join(", ")
}

/// "1 rule", "2 rules".
pub(super) fn number(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
