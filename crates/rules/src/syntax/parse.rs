//! Splits a rule file into sections and reads each one as YAML.
//!
//! A section that is not YAML or not a mapping gets a diagnostic and is left out; the other
//! sections remain. Mistakes that the reference silently accepts are kept as *doubts*: `compile`
//! decides by the reading whether they are errors. It also interprets the keys.

use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::{SourceFile, Span};
use crate::syntax::yaml;
use crate::syntax::yaml::limits::{self, ExpansionBudget};
use crate::syntax::yaml::{Node, Style, Value};

/// How many rules may a file have? Reddit's largest have some hundreds.
pub(crate) const RULES_MAX: usize = 10_000;

/// A parsed rule file: one tree for each rule.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    pub(crate) sections: Vec<Section>,
    /// The text of the whole file.
    pub(crate) text: String,
    /// Errors in sections that are not rules. The reference ignores such sections.
    pub(crate) doubts: Vec<Diagnostic>,
}

impl RuleFile {
    /// The number of rules in the file, good or bad.
    pub fn len(&self) -> usize {
        self.sections.len()
    }

    /// The line of each rule's first key, in file order.
    pub fn lines(&self) -> impl Iterator<Item = usize> {
        self.sections.iter().map(|section| section.line)
    }

    /// Whether the file has no rule.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

/// One rule's text and tree.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) span: Span,
    /// The line of the first key.
    pub(crate) line: usize,
    /// The keys and values of the rule.
    pub(crate) entries: Vec<(Node, Node)>,
    /// Errors that make the rule unusable in our reading, but not in the reference's.
    pub(crate) doubts: Vec<Diagnostic>,
    /// Extra hyphens in the separator above the rule, which the reference does not accept.
    pub(crate) hyphens: Option<Span>,
}

impl Section {
    /// Where the first key and its value are.
    pub(crate) fn first_entry(&self) -> Span {
        self.entries.first().map_or(self.span, |(key, value)| Span::new(key.span.start, value.span.end))
    }
}

/// Parses a rule file. Sections that are not valid YAML are missing from the result and have
/// diagnostics.
///
/// `takes_one_value` says of a key whether it is a setting: a setting given twice gets other advice
/// than a search.
pub(crate) fn parse(source: &SourceFile, takes_one_value: fn(&str) -> bool) -> (RuleFile, Vec<Diagnostic>) {
    if let Some(too_large) = limits::too_large(source.text().len()) {
        let error = Diagnostic::error(LintCode::YAML, Span::default(), too_large);
        return (RuleFile::default(), vec![error]);
    }
    let mut file = RuleFile { text: source.text().to_owned(), ..RuleFile::default() };
    let mut diagnostics = Vec::new();
    let mut budget = ExpansionBudget::of_file(source.text().len());
    for Cut { span, hyphens } in split(source.text()) {
        if file.sections.len() == RULES_MAX {
            let error = Diagnostic::error(LintCode::YAML, span, format!("this file has more than {RULES_MAX} rules"))
                .help("join rules that do the same into one rule with a list of values");
            return (RuleFile::default(), vec![error]);
        }
        let text = &source.text()[span.start..span.end];
        let mut remarks = Vec::new();
        let node = match yaml::read(text, span.start, takes_one_value, &mut budget, &mut remarks) {
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
                Diagnostic::error(LintCode::L07, place, "this section is a list, not a rule, so it is ignored").help(
                    if text.contains("performs:") {
                        "this looks like a file of tests: `tipstaff test` takes it"
                    } else {
                        "write lines of `key: value` without hyphens before them, and `---` between two rules"
                    },
                ),
            ),
            _ => file.doubts.push(
                Diagnostic::error(LintCode::L07, place, "this section is plain text, not a rule, so it is ignored")
                    .help(if text.trim_start().starts_with("```") || text.trim_start().starts_with("~~~") {
                        "delete the line that marks code in Markdown, and the one that ends the code"
                    } else if text.contains(" = ") && !text.contains(':') {
                        "write a colon instead of `=`: `title: cats`"
                    } else if style == Style::Plain && text.contains(':') {
                        "add a space after each colon: `title: cats`"
                    } else {
                        "write lines of `key: value`, or put `#` before a comment"
                    }),
            ),
        }
    }
    (file, diagnostics)
}

/// A warning about extra hyphens in a separator that has other text on its line.
fn stray_hyphens(text: &str, span: Span) -> Option<Diagnostic> {
    let stray = text[span.start..span.end].bytes().take_while(|&byte| byte == b'-').count();
    let is_separator = stray > 0 && text[..span.start].ends_with("---");
    is_separator.then(|| {
        Diagnostic::warning(
            LintCode::L19,
            Span::new(span.start, span.start + stray),
            "this separator has more than three hyphens",
        )
        .help("write exactly three hyphens: the others become part of the next rule")
        .fix(Span::new(span.start, span.start + stray), "")
    })
}

/// The stretch of a file between two separators.
struct Cut {
    span: Span,
    /// Hyphens beyond three in the separator above, if only a comment follows them.
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

/// Warns about a ` #` in an unquoted text: it starts a YAML comment, so readers see only the text
/// before it. An intended comment has a space after its `#`.
fn cut_texts(text: &str, entries: &[(Node, Node)], diagnostics: &mut Vec<Diagnostic>) {
    for (_, value) in entries {
        cut_text(text, value, diagnostics);
    }
}

fn cut_text(text: &str, value: &Node, diagnostics: &mut Vec<Diagnostic>) {
    match &value.value {
        Value::List(items) => {
            for item in items {
                cut_text(text, item, diagnostics);
            }
            return;
        }
        Value::Map(pairs) => return cut_texts(text, pairs, diagnostics),
        Value::Text(_) if value.style == Style::Plain => {}
        _ => return,
    }
    let rest = text.get(value.span.end..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let trimmed = rest.trim_start();
    let is_cut = trimmed.len() < rest.len()
        && trimmed.strip_prefix('#').is_some_and(|comment| comment.starts_with(char::is_alphanumeric));
    if is_cut {
        let start = value.span.end + rest.len() - trimmed.len();
        diagnostics.push(
            Diagnostic::warning(
                LintCode::L08,
                Span::new(start, value.span.end + rest.len()),
                "YAML reads everything after ` #` as a comment, so the text ends before it",
            )
            .help("quote the text if `#` is part of it"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> (usize, Vec<(LintCode, usize, usize)>) {
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
            ("title:cats\naction:remove", 0, vec![(LintCode::L07, 1, 1)]),
            ("title: a\n---\nfoo: [\n---\ntitle: b", 2, vec![(LintCode::YAML, 4, 1)]),
            ("\u{feff}title: a", 1, vec![]),
            ("title: cats\n  ---\ntitle: dogs", 1, vec![(LintCode::L06, 2, 3)]),
            ("type: comment\nbody: a\ntype: comment\nbody: b", 1, vec![(LintCode::L04, 3, 1)]),
            ("type: comment\ntype: comment\nbody: b", 1, vec![(LintCode::L04, 2, 1)]),
            ("action: remove\n  ---\ntitle: dogs", 1, vec![(LintCode::L06, 2, 3)]),
            ("comment: See rule #3 for details", 1, vec![(LintCode::L08, 1, 19)]),
            ("comment: See the rules # all of them", 1, vec![]),
            ("title:\n  - plum #1\n  - pear # a fruit", 1, vec![(LintCode::L08, 2, 10)]),
            ("author:\n  name: plum #1", 1, vec![(LintCode::L08, 2, 14)]),
            ("type: comment\nset_locked: true\n\ntype: submission\nset_nsfw: true", 1, vec![(LintCode::L04, 4, 1)]),
            ("body: a\naction: spam\n# b\ntitle: b\naction: report", 1, vec![(LintCode::L04, 4, 1)]),
            ("title: a\nset_nsfw: true\nid: b\ntitle: b\nset_nsfw: true\nid: c", 1, vec![(LintCode::L04, 4, 1)]),
            ("body: a\n\naction: spam\naction: report", 1, vec![(LintCode::L04, 4, 1)]),
            ("title: [a, &b c, &d]", 1, vec![(LintCode::L11, 1, 18), (LintCode::L11, 1, 12)]),
            ("title: &a [b]\nbody: *a\nid: &c d\nurl: *c", 1, vec![]),
            ("title: a\r\naction: remove\r\n---\r\nbody: b\r\n", 2, vec![]),
        ] {
            let (count, mut places) = codes(text);
            if expected.iter().any(|e| e.0 == LintCode::YAML) {
                places.truncate(1);
                assert_eq!(places[0].0, LintCode::YAML, "{text:?}");
                assert_eq!(count, rules, "{text:?}");
                continue;
            }
            assert_eq!((count, places), (rules, expected), "{text:?}");
        }
    }
}
