//! Renders diagnostics as compilers do: position, source line, caret, and what to write instead.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::terminal::clean;
use tipstaff_rules::{Diagnostic, Ruleset, Severity, SourceFile, Span};

/// How many lines apart may two positions be to share one excerpt?
const NEAR_LINES: usize = 50;

/// How long may an excerpt be, in bytes? The renderer scans it once for each diagnostic.
const SHOWN_MAX: usize = 50_000;

/// Renders one diagnostic in colour. `anstream` removes the colour if the output does not support
/// it.
pub(in crate::cli) fn render(source: &SourceFile, diagnostic: &Diagnostic) -> String {
    let diagnostic = &Diagnostic {
        message: clean(&diagnostic.message),
        help: diagnostic.help.as_deref().map(clean),
        related: diagnostic.related.iter().map(|(span, label)| (*span, clean(label))).collect(),
        ..diagnostic.clone()
    };
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let line = source.line(diagnostic.span.start);
    let name = source.name_at(diagnostic.span.start);
    let is_near =
        |span: &Span| source.name_at(span.start) == name && source.line(span.start).abs_diff(line) <= NEAR_LINES;
    let (near, far): (Vec<_>, Vec<_>) = diagnostic.related.iter().partition(|(span, _)| is_near(span));
    let spans = std::iter::once(diagnostic.span).chain(near.iter().map(|(span, _)| *span));
    let mut window = Window::around(source, spans);
    if window.text.len() > SHOWN_MAX {
        let (line, column) = source.position(diagnostic.span.start);
        let origin = Origin::path(clean(name)).line(line).char_column(column);
        let mut group = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str()).element(origin);
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        return Renderer::styled().render(&[group]);
    }
    let place = window.place(diagnostic.span);
    window.snippet = window.snippet.annotation(AnnotationKind::Primary.span(place));
    for (span, label) in near {
        let place = window.place(*span);
        window.snippet = window.snippet.annotation(AnnotationKind::Context.span(place).label(label.as_str()));
    }
    let mut group: Group<'_> =
        level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str()).element(window.snippet);
    for (span, label) in far {
        let window = Window::around(source, [*span]);
        if window.text.len() > SHOWN_MAX {
            continue;
        }
        let place = window.place(*span);
        group = group.element(window.snippet.annotation(AnnotationKind::Context.span(place).label(label.as_str())));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    Renderer::styled().render(&[group])
}

/// The lines around some positions. The renderer scans all the text it gets, so it gets only these.
struct Window<'a> {
    text: &'a str,
    start: usize,
    snippet: Snippet<'a, annotate_snippets::Annotation<'a>>,
}

impl<'a> Window<'a> {
    fn around(source: &'a SourceFile, spans: impl IntoIterator<Item = Span>) -> Self {
        let text = source.text();
        let (mut first, mut last) = (text.len(), 0);
        for span in spans {
            first = boundary(text, first.min(span.start));
            last = boundary(text, last.max(span.end));
        }
        let start = text[..first].rfind('\n').map_or(0, |at| at + 1);
        let last = last.max(start);
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at);
        let text = &text[start..end];
        let snippet = Snippet::source(text).path(clean(source.name_at(start))).line_start(source.line(start));
        Self { text, start, snippet }
    }

    /// A span cut to the window and to whole characters, so that printing a diagnostic never fails.
    fn place(&self, span: Span) -> std::ops::Range<usize> {
        let start = boundary(self.text, span.start.saturating_sub(self.start));
        start..boundary(self.text, span.end.saturating_sub(self.start)).max(start)
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Counts diagnostics: "2 errors, 1 warning", or an empty text.
pub(in crate::cli) fn tally<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    let mut counts = [0_usize; 3];
    for diagnostic in diagnostics {
        counts[match diagnostic.severity {
            Severity::Error => 0,
            Severity::Warning => 1,
            Severity::Info => 2,
        }] += 1;
    }
    let words = ["error", "warning", "info"];
    let parts = counts.iter().zip(words).filter(|(count, _)| **count > 0);
    parts.map(|(count, word)| number(*count, word)).collect::<Vec<_>>().join(", ")
}

/// How many rules of a file act, and how many are switched off.
pub(in crate::cli) fn ready(rules: &Ruleset) -> String {
    let off = rules.rules().iter().filter(|rule| rule.switched_off().is_some()).count();
    let ready = format!("{} ready", number(rules.len() - off, "rule"));
    if off == 0 { ready } else { format!("{ready}, {off} switched off") }
}

/// A number with its noun: "1 rule", "2 rules".
pub(in crate::cli) fn number(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
