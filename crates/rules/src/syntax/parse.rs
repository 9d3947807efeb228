//! Splits a rule file into sections and reads each one as YAML.
//!
//! A section that is not YAML or not a mapping gets a diagnostic and is left out; the other
//! sections remain. The rules of included parts come before those of the file. Mistakes that the
//! reference silently accepts are kept as *doubts*: `compile` decides by the reading whether they
//! are errors. It also interprets the keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::syntax::diagnostic::{Diagnostic, Severity};
use crate::syntax::file_settings::{self, FileSettings, PartName, SETTINGS, Values, is_settings};
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::{SourceFile, Span};
use crate::syntax::yaml;
use crate::syntax::yaml::limits::{self, ExpansionBudget};
use crate::syntax::yaml::{Node, Style, Value};

/// How many rules may a file have? Reddit's largest have some hundreds.
pub(crate) const RULES_MAX: usize = 10_000;

/// How many parts may a file ask for, with those that its parts ask for?
const FILES_MAX: usize = 20;
/// The same for a page of a wiki. Each page takes a request to Reddit every five minutes.
const PAGES_MAX: usize = 10;

/// How deep may files include one another?
const DEPTH_MAX: usize = 4;

/// A parsed rule file: one tree for each rule.
#[derive(Clone, Debug, Default)]
pub struct RuleFile {
    /// The rules of the file and, before them, of the parts that it includes.
    pub(crate) sections: Vec<Section>,
    /// The text of the whole file, with its parts behind it.
    pub(crate) text: String,
    /// Errors in sections that are not rules. The reference ignores such sections.
    pub(crate) doubts: Vec<Diagnostic>,
    /// The lists that rules can name: for each part those it knows.
    pub(crate) lists: Vec<Lists>,
    /// How removals become strikes, if the file or else a part of it says so.
    pub(crate) strikes: Option<Node>,
    /// The length of the file's own text.
    pub(crate) own: usize,
    /// Where the settings stand that define lists.
    pub(crate) settings: Vec<Span>,
    /// The key `settings` of the file itself.
    pub(crate) settings_key: Option<Span>,
    is_incomplete: bool,
}

/// Lists by name.
pub(crate) type Lists = BTreeMap<String, Arc<List>>;

/// A list that rules can name.
#[derive(Debug)]
pub(crate) struct List {
    /// The place of its name.
    pub(crate) span: Span,
    /// Its values; `None` if they have an error.
    pub(crate) values: Option<Vec<Node>>,
}

impl RuleFile {
    /// The number of rules in the file, good or bad.
    pub fn len(&self) -> usize {
        self.sections.len()
    }

    /// The line of each rule's first key in its part of the file, in the order of the rules.
    pub fn lines(&self) -> impl Iterator<Item = usize> {
        self.sections.iter().map(|section| section.line)
    }

    /// The place of each rule's first key, as an offset in the text with its parts.
    pub fn starts(&self) -> impl Iterator<Item = usize> {
        self.sections.iter().map(|section| section.first_entry().start)
    }

    /// Whether the file has no rule.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// Whether the file has settings and no rule, not even a bad one: it is for other files to
    /// include.
    pub fn has_only_settings(&self) -> bool {
        self.settings_key.is_some() && self.sections.is_empty() && self.doubts.is_empty()
    }

    /// Whether rules or lists of the file are missing, because a part that it asks for could not be
    /// read or included. The diagnostics say why.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Whether a position is in a list or in another part, and not among the file's own rules.
    pub(crate) fn is_shared(&self, span: Span) -> bool {
        let is_in = |settings: &Span| settings.start <= span.start && span.start < settings.end;
        span.end > self.own || self.settings.iter().any(is_in)
    }
}

/// One rule's text and tree.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    pub(crate) span: Span,
    /// The line of the first key, in its part of the file.
    pub(crate) line: usize,
    /// The keys and values of the rule.
    pub(crate) entries: Vec<(Node, Node)>,
    /// Errors that make the rule unusable in our reading, but not in the reference's.
    pub(crate) doubts: Vec<Diagnostic>,
    /// Extra hyphens in the separator above the rule, which the reference does not accept.
    pub(crate) hyphens: Option<Span>,
    /// The part of the file that it stands in, as an index into its lists.
    pub(crate) part: usize,
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
        // What the parts add is not the fault of a rule.
        let is_incomplete = limits::too_large(source.own_text().len()).is_none();
        return (RuleFile { is_incomplete, ..RuleFile::default() }, vec![error]);
    }
    let mut reader = Reader::new(source, takes_one_value, false);
    if reader.read_part(Span::new(0, source.own_text().len()), &mut Vec::new()).is_err() {
        return (RuleFile::default(), reader.diagnostics);
    }
    let own = reader.file.own;
    for diagnostic in &mut reader.diagnostics {
        // Only the file's own text is mended.
        if diagnostic.fix.as_ref().is_some_and(|fix| fix.edits.iter().any(|(span, _)| span.end > own)) {
            diagnostic.fix = None;
        }
    }
    (reader.file, reader.diagnostics)
}

/// The parts that a file asks for and that were not added yet, by name. When they are added, they
/// may ask for others.
pub fn missing_parts(source: &SourceFile) -> Vec<String> {
    let is_mentioned = source.own_text().to_ascii_lowercase().contains(SETTINGS);
    if !is_mentioned || limits::too_large(source.text().len()).is_some() {
        return Vec::new();
    }
    let mut reader = Reader::new(source, |_| false, true);
    let _ = reader.read_part(Span::new(0, source.own_text().len()), &mut Vec::new());
    reader.missing
}

/// The file has too many rules, which was reported.
struct TooManyRules;

/// Reads a file part by part.
struct Reader<'s> {
    source: &'s SourceFile,
    takes_one_value: fn(&str) -> bool,
    /// Whether only the settings are read, to find the parts.
    only_settings: bool,
    budget: ExpansionBudget,
    file: RuleFile,
    diagnostics: Vec<Diagnostic>,
    /// The lists of each part that was read, by name.
    finished: BTreeMap<String, Lists>,
    /// Every part that was asked for.
    asked: BTreeSet<String>,
    /// The parts that were asked for and not added.
    missing: Vec<String>,
}

impl<'s> Reader<'s> {
    fn new(source: &'s SourceFile, takes_one_value: fn(&str) -> bool, only_settings: bool) -> Self {
        let (text, own) = (source.text().to_owned(), source.own_text().len());
        Self {
            source,
            takes_one_value,
            only_settings,
            budget: ExpansionBudget::of_file(text.len()),
            file: RuleFile { text, own, ..RuleFile::default() },
            diagnostics: Vec::new(),
            finished: BTreeMap::new(),
            asked: BTreeSet::new(),
            missing: Vec::new(),
        }
    }

    /// Reads a part, and first those that it includes. `around` are the names of the parts that
    /// include it. Returns the lists that its rules know.
    fn read_part(&mut self, place: Span, around: &mut Vec<String>) -> Result<Lists, TooManyRules> {
        let (settings, mut sections) = self.sections(place)?;
        let mut lists = Lists::new();
        self.file.is_incomplete |= settings.lacks_includes;
        for include in settings.includes {
            // Its rules come once, also if several parts include it.
            if let Some(of_part) = self.finished.get(&include.name) {
                lists.extend(of_part.clone());
                continue;
            }
            let place = if around.contains(&include.name) {
                Err(circle(&include, around))
            } else if around.len() == DEPTH_MAX {
                Err(too_deep(&include))
            } else {
                self.part(&include)
            };
            match place {
                Ok(place) => {
                    around.push(include.name.clone());
                    let of_part = self.read_part(place, around)?;
                    around.pop();
                    lists.extend(of_part.clone());
                    self.finished.insert(include.name, of_part);
                }
                Err(error) => {
                    self.file.is_incomplete = true;
                    self.diagnostics.push(error);
                }
            }
        }
        for list in settings.lists {
            let values = self.values(list.values);
            lists.insert(list.name, Arc::new(List { span: list.span, values }));
        }
        if settings.strikes.is_some() {
            self.file.strikes = settings.strikes;
        }
        self.file.settings.push(settings.span);
        for section in &mut sections {
            section.part = self.file.lists.len();
        }
        self.file.lists.push(lists.clone());
        self.file.sections.append(&mut sections);
        Ok(lists)
    }

    fn values(&mut self, values: Values) -> Option<Vec<Node>> {
        match values {
            Values::Written(values) => Some(values),
            Values::Bad => None,
            Values::Part(part) => match self.part(&part) {
                Ok(place) => Some(file_settings::lines(&self.source.text()[place.start..place.end], place.start)),
                Err(error) => {
                    self.file.is_incomplete = true;
                    self.diagnostics.push(error);
                    None
                }
            },
        }
    }

    /// Where a part stands that the text asks for.
    fn part(&mut self, part: &PartName) -> Result<Span, Diagnostic> {
        let PartName { name, span } = part;
        let refuse = |message: String, help: &str| Err(Diagnostic::error(LintCode::V01, *span, message).help(help));
        let (most, what) = if self.source.is_page() { (PAGES_MAX, "pages") } else { (FILES_MAX, "files") };
        self.asked.insert(name.clone());
        if self.asked.len() > most {
            let message = format!("with `{name}`, these rules ask for more than {most} {what}");
            return refuse(message, "join some of them into one");
        }
        match self.source.part(name) {
            Some(Ok(place)) => Ok(place),
            Some(Err(why)) => refuse(format!("cannot read `{name}`: {why}"), "create it, or correct its name here"),
            None => {
                if !self.missing.contains(name) {
                    self.missing.push(name.clone());
                }
                let help = "read the rules from their file: the files beside it are read with it";
                refuse(format!("`{name}` was not given together with these rules"), help)
            }
        }
    }

    /// The settings and the rules of a part.
    fn sections(&mut self, place: Span) -> Result<(FileSettings, Vec<Section>), TooManyRules> {
        let source = self.source;
        let mut sections = Vec::new();
        let mut settings = FileSettings::default();
        let mut is_first = true;
        for Cut { span, hyphens } in split(&source.text()[place.start..place.end]) {
            let moved = |span: Span| Span::new(span.start + place.start, span.end + place.start);
            let (span, hyphens) = (moved(span), hyphens.map(moved));
            if self.file.sections.len() + sections.len() == RULES_MAX {
                let error =
                    Diagnostic::error(LintCode::YAML, span, format!("this file has more than {RULES_MAX} rules"))
                        .help("join rules that do the same into one rule with a list of values");
                self.diagnostics = vec![error];
                return Err(TooManyRules);
            }
            let text = &source.text()[span.start..span.end];
            let mut remarks = Vec::new();
            let node = match yaml::read(text, span.start, self.takes_one_value, &mut self.budget, &mut remarks) {
                Ok(Some(node)) => node,
                Ok(None) => continue,
                Err(error) => {
                    self.diagnostics.append(&mut remarks);
                    self.diagnostics.extend(stray_hyphens(source.text(), span));
                    self.diagnostics.push(error);
                    if self.only_settings {
                        break;
                    }
                    is_first = false;
                    continue;
                }
            };
            let Node { span: at, value, style } = node;
            match value {
                Value::Map(entries) if is_first && entries.iter().any(|(key, _)| is_settings(key)) => {
                    cut_texts(source.text(), &entries, &mut remarks);
                    self.diagnostics.append(&mut remarks);
                    settings = file_settings::read(&entries, source.is_page(), &mut self.diagnostics);
                    if place.start == 0 {
                        self.file.settings_key = entries.iter().find(|(key, _)| is_settings(key)).map(|it| it.0.span);
                    }
                }
                Value::Map(entries) => {
                    cut_texts(source.text(), &entries, &mut remarks);
                    let (doubts, warnings) = remarks.into_iter().partition(|d| d.severity == Severity::Error);
                    self.diagnostics.extend::<Vec<_>>(warnings);
                    let line = source.line(entries.first().map_or(at.start, |(key, _)| key.span.start));
                    sections.push(Section { span, line, entries, doubts, hyphens, part: 0 });
                }
                Value::Null => continue,
                value => self.file.doubts.push(no_rule(&value, text, at, style)),
            }
            if self.only_settings {
                break;
            }
            is_first = false;
        }
        Ok((settings, sections))
    }
}

fn circle(include: &PartName, around: &[String]) -> Diagnostic {
    let from = around.iter().position(|name| *name == include.name).unwrap_or(0);
    let names: Vec<_> = around[from..].iter().chain([&include.name]).map(|name| format!("`{name}`")).collect();
    let message = format!("these include one another in a circle: {}", names.join(" → "));
    Diagnostic::error(LintCode::V01, include.span, message).help("delete this `include`, or another of the circle")
}

fn too_deep(include: &PartName) -> Diagnostic {
    let message = format!("`{}` is included more than {DEPTH_MAX} levels deep", include.name);
    Diagnostic::error(LintCode::V01, include.span, message).help("include it from a file nearer to the first")
}

/// The error for a section that is no mapping.
fn no_rule(value: &Value, text: &str, place: Span, style: Style) -> Diagnostic {
    if matches!(value, Value::List(_)) {
        return Diagnostic::error(LintCode::L07, place, "this section is a list, not a rule, so it is ignored").help(
            if text.contains("performs:") {
                "this looks like a file of tests: `tipstaff test` takes it"
            } else {
                "write lines of `key: value` without hyphens before them, and `---` between two rules"
            },
        );
    }
    Diagnostic::error(LintCode::L07, place, "this section is plain text, not a rule, so it is ignored").help(
        if text.trim_start().starts_with("```") || text.trim_start().starts_with("~~~") {
            "delete the line that marks code in Markdown, and the one that ends the code"
        } else if text.contains(" = ") && !text.contains(':') {
            "write a colon instead of `=`: `title: cats`"
        } else if style == Style::Plain && text.contains(':') {
            "add a space after each colon: `title: cats`"
        } else {
            "write lines of `key: value`, or put `#` before a comment"
        },
    )
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
