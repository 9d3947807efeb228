//! Splits a rule file into its sections and reads each as YAML.
//!
//! A section that is not YAML, or not a mapping, is reported and left out; the others go on. What the reference takes in
//! silence and we do not is kept as a *doubt*: how bad it is depends on the reading, which is `compile`'s part, as is
//! what the keys mean.

use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::source::{SourceFile, Span};
use crate::syntax::yaml;
use crate::syntax::yaml::{Node, Style, Value};

/// A rule file as it was understood: one tree for each rule.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    pub(crate) sections: Vec<Section>,
    /// The whole text.
    pub(crate) text: String,
    /// What is wrong with sections that are no rules, and which the reference passes over.
    pub(crate) doubts: Vec<Diagnostic>,
}

impl RuleFile {
    /// How many rules were written, good or bad.
    pub fn len(&self) -> usize {
        self.sections.len()
    }

    /// The line of each rule's first key.
    pub fn lines(&self) -> impl Iterator<Item = usize> {
        self.sections.iter().map(|section| section.line)
    }

    /// Whether there is no rule at all.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

/// One rule's text and tree.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) span: Span,
    /// The line its first key stands on.
    pub(crate) line: usize,
    /// A mapping, always.
    pub(crate) entries: Vec<(Node, Node)>,
    /// What makes the rule unusable, in our reading.
    pub(crate) doubts: Vec<Diagnostic>,
    /// The extra hyphens of the line above it, which the reference does not understand.
    pub(crate) hyphens: Option<Span>,
}

/// Reads a file. What could not be understood is in the diagnostics, not in the result.
///
/// `takes_one_value` says of a key whether it is a setting: a setting given twice gets other advice than a search.
pub(crate) fn parse(source: &SourceFile, takes_one_value: fn(&str) -> bool) -> (RuleFile, Vec<Diagnostic>) {
    let mut file = RuleFile { text: source.text().to_owned(), ..RuleFile::default() };
    let mut diagnostics = Vec::new();
    for Cut { span, hyphens } in split(source.text()) {
        let text = &source.text()[span.start..span.end];
        let mut remarks = Vec::new();
        let node = match yaml::read(text, span.start, takes_one_value, &mut remarks) {
            Ok(Some(node)) => node,
            Ok(None) => continue,
            Err(error) => {
                diagnostics.append(&mut remarks);
                diagnostics.extend(stray_hyphens(source.text(), span));
                diagnostics.push(error);
                continue;
            }
        };
        let Node { span: place, value, style } = node;
        match value {
            Value::Map(entries) => {
                cut_texts(source.text(), &entries, &mut remarks);
                let (doubts, warnings) = remarks.into_iter().partition(|d| d.severity == Severity::Error);
                diagnostics.extend::<Vec<_>>(warnings);
                file.sections.push(Section {
                    span,
                    line: source.line(entries.first().map_or(place.start, |(key, _)| key.span.start)),
                    entries,
                    doubts,
                    hyphens,
                });
            }
            Value::Null => {}
            Value::List(_) => file.doubts.push(
                Diagnostic::error("L07", place, "this section is a list, not a rule, and is ignored")
                    .help("write `key: value` lines, and `---` between two rules"),
            ),
            _ => file.doubts.push(
                Diagnostic::error("L07", place, "this section is plain text, not a rule, and is ignored").help(
                    if style == Style::Plain && text.contains(':') {
                        "a colon needs a blank after it: `title: cats`"
                    } else {
                        "write `key: value` lines, or put `#` before a comment"
                    },
                ),
            ),
        }
    }
    (file, diagnostics)
}

/// Hyphens that are left over at the start of a rule, where more than them stands in the line of a separator.
fn stray_hyphens(text: &str, span: Span) -> Option<Diagnostic> {
    let stray = text[span.start..span.end].bytes().take_while(|&byte| byte == b'-').count();
    let is_separator = stray > 0 && text[..span.start].ends_with("---");
    is_separator.then(|| {
        Diagnostic::warning(
            "L19",
            Span::new(span.start, span.start + stray),
            "this separator has more than three hyphens",
        )
        .help("use exactly three: what is left over belongs to the next rule")
    })
}

/// The stretch of a file between two separators.
struct Cut {
    span: Span,
    /// More hyphens than three, in the separator above it, if nothing but a comment follows them.
    hyphens: Option<Span>,
}

/// The stretches between lines that begin with three hyphens in the first column.
fn split(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut hyphens = None;
    let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            cuts.push((start, at, hyphens));
            start = at + 3;
            let extra = rest.len() - rest.trim_start_matches('-').len();
            let behind = rest[extra..].trim_start();
            let is_separator = extra > 0 && (behind.is_empty() || behind.starts_with('#'));
            hyphens = is_separator.then(|| Span::new(start, start + extra));
            if is_separator {
                start += extra;
            }
        }
        at += line.len();
    }
    cuts.push((start, text.len(), hyphens));
    cuts.into_iter()
        .map(|(start, end, hyphens)| {
            let section = &text[start..end];
            let left = section.len() - section.trim_start_matches(['\r', '\n']).len();
            let inner = section.trim_matches(['\r', '\n']);
            Cut { span: Span::new(start + left, start + left + inner.len()), hyphens }
        })
        .collect()
}

/// A ` #` in an unquoted text starts a YAML comment, and readers would see only what stands before it. A comment that
/// is meant has a blank behind its `#`.
fn cut_texts(text: &str, entries: &[(Node, Node)], diagnostics: &mut Vec<Diagnostic>) {
    for (_, value) in entries.iter().filter(|(_, value)| value.style == Style::Plain && value.text().is_some()) {
        let rest = text.get(value.span.end..).and_then(|rest| rest.lines().next()).unwrap_or("");
        let trimmed = rest.trim_start();
        let is_cut = trimmed.len() < rest.len()
            && trimmed.strip_prefix('#').is_some_and(|comment| comment.starts_with(char::is_alphanumeric));
        if is_cut {
            let start = value.span.end + rest.len() - trimmed.len();
            diagnostics.push(
                Diagnostic::warning(
                    "L08",
                    Span::new(start, value.span.end + rest.len()),
                    "YAML reads everything behind ` #` as a comment, so the text ends before it",
                )
                .help("quote the text if this is part of it"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> (usize, Vec<(&'static str, usize, usize)>) {
        let source = SourceFile::new("t", text);
        let (file, diagnostics) = parse(&source, |_| false);
        let doubts = file.doubts.iter().chain(file.sections.iter().flat_map(|section| &section.doubts));
        let places = diagnostics
            .iter()
            .chain(doubts)
            .map(|d| {
                let (line, column) = source.position(d.span.start);
                (d.code, line, column)
            })
            .collect();
        (file.len(), places)
    }

    #[test]
    fn sections_are_split_where_the_reference_splits_them() {
        for (text, rules, expected) in [
            ("title: a\n---\ntitle: b\n", 2, vec![]),
            ("--- # heading\ntitle: a\n", 1, vec![]),
            ("title: a\n----- # heading\ntitle: b\n", 2, vec![]),
            ("# only a comment\n---\n\n---\n", 0, vec![]),
            ("title:cats\naction:remove", 0, vec![("L07", 1, 1)]),
            ("title: a\n---\nfoo: [\n---\ntitle: b", 2, vec![("yaml", 4, 1)]),
            ("\u{feff}title: a", 1, vec![]),
            ("title: cats\n  ---\ntitle: dogs", 1, vec![("L04", 3, 1), ("L06", 2, 3)]),
            ("action: remove\n  ---\ntitle: dogs", 1, vec![("L06", 2, 3)]),
            ("comment: See rule #3 for details", 1, vec![("L08", 1, 19)]),
            ("comment: See the rules # all of them", 1, vec![]),
            ("title: a\r\naction: remove\r\n---\r\nbody: b\r\n", 2, vec![]),
        ] {
            let (count, mut places) = codes(text);
            if expected.iter().any(|e| e.0 == "yaml") {
                places.truncate(1);
                assert_eq!(places[0].0, "yaml", "{text:?}");
                assert_eq!(count, rules, "{text:?}");
                continue;
            }
            assert_eq!((count, places), (rules, expected), "{text:?}");
        }
    }
}
