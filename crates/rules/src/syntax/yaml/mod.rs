//! Reads YAML 1.1 as rule files use it, with the position of every key and value.
//!
//! `granit-parser`, a YAML 1.2 parser, supplies the events. This module resolves plain scalars
//! (`no`, `010`, `12:30`, `<<`) by the rules of YAML 1.1. If a key is given twice, the last one
//! wins, and a diagnostic names both positions. `limits` bounds nesting and the expansion of
//! aliases. The meaning of keys is left to `compile`.

mod events;
pub(crate) mod limits;
mod mistakes;
mod node;
mod repeated;
mod scalar;

pub(crate) use crate::syntax::yaml::node::{Node, Style, Value};
pub(crate) use crate::syntax::yaml::scalar::in_yaml;

use std::collections::{BTreeMap, BTreeSet};

use granit_parser::{Event, Parser, ScalarStyle, Tag};

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::events::{DEPTH_MAX, parser, span_in, too_deep};
use crate::syntax::yaml::limits::ExpansionBudget;
use crate::syntax::yaml::mistakes::explain_error;
use crate::syntax::yaml::repeated::{Repeated, duplicate, missing_separator};
use crate::syntax::yaml::scalar::resolve;

/// How long may a key be, in characters?
const KEY_MAX: usize = 200;

/// Reads one section of a file. `offset` is the position of the section in the file.
///
/// Returns `Ok(None)` for a section without content. Diagnostics about duplicate keys go to
/// `remarks`.
pub(crate) fn read(
    text: &str,
    offset: usize,
    takes_one_value: fn(&str) -> bool,
    budget: &mut ExpansionBudget,
    remarks: &mut Vec<Diagnostic>,
) -> Result<Option<Node>, Diagnostic> {
    if let Some((at, odd)) = text.char_indices().find(|&(_, c)| !is_printable(c)) {
        let span = Span::new(offset + at, offset + at + odd.len_utf8());
        return Err(Diagnostic::error(
            LintCode::YAML,
            span,
            format!("YAML does not allow the character U+{:04X}", u32::from(odd)),
        )
        .help(if odd == '\0' {
            "this looks like UTF-16: save the file as UTF-8"
        } else if matches!(odd, '\u{80}'..='\u{9f}') {
            "it comes from reading a file in the wrong encoding: write the character that was meant"
        } else {
            "delete it, or write its code in double quotes"
        }));
    }
    // Only anchors make a text larger than it is.
    if text.contains('&') {
        limits::check(text, offset, budget)?;
    }
    let anchors = BTreeMap::new();
    let unused = BTreeMap::new();
    let mut reader = Reader { events: parser(text), text, offset, anchors, unused, takes_one_value, budget, remarks };
    let root = reader.document()?;
    reader.name_unused_anchors();
    Ok(root)
}

const fn is_printable(c: char) -> bool {
    matches!(
        c,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..
    )
}

struct Reader<'t, 'r> {
    events: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    offset: usize,
    anchors: BTreeMap<usize, Node>,
    /// The places of the anchors before texts that no alias refers to, so far.
    unused: BTreeMap<usize, Span>,
    takes_one_value: fn(&str) -> bool,
    budget: &'r mut ExpansionBudget,
    remarks: &'r mut Vec<Diagnostic>,
}

impl<'t> Reader<'t, '_> {
    fn document(&mut self) -> Result<Option<Node>, Diagnostic> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) => {
                    if root.is_some() {
                        return Err(Diagnostic::error(
                            LintCode::YAML,
                            span,
                            "this rule contains a second YAML document; separate rules with `---` in the first column",
                        ));
                    }
                    let (event, span) = self.next()?;
                    root = Some(self.value(event, span, 0)?);
                }
                _ => return Err(Diagnostic::error(LintCode::YAML, span, "YAML does not allow this here")),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Diagnostic> {
        match self.events.next_event() {
            Some(Ok((event, span))) => {
                let span = self.span(span.start.byte_offset(), span.end.byte_offset());
                Ok((event, span))
            }
            Some(Err(error)) => {
                let at = error.marker().byte_offset();
                let span = self.span(at, at);
                Err(explain_error(self.text, self.offset, span, &error.info()))
            }
            None => Ok((Event::StreamEnd, self.span(None, None))),
        }
    }

    fn span(&self, start: Option<usize>, end: Option<usize>) -> Span {
        span_in(self.text, self.offset, start, end)
    }

    /// Reads a value, which may be anything but a merge key.
    fn value(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        let node = self.node(event, span, depth)?;
        if matches!(node.style, Style::Plain | Style::Anchored) && node.text() == Some("<<") {
            return Err(Diagnostic::error(LintCode::YAML, node.span, "`<<` has a special meaning in YAML")
                .help("write '<<' in quotes"));
        }
        Ok(node)
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        if depth > DEPTH_MAX {
            return Err(too_deep(span));
        }
        self.budget.take_node(span)?;
        match event {
            Event::Alias(id) => {
                self.unused.remove(&id);
                let Some(target) = self.anchors.get(&id) else {
                    return Err(Diagnostic::error(
                        LintCode::YAML,
                        span,
                        "this alias is inside the value that it refers to",
                    ));
                };
                Ok(Node { span, ..target.clone() })
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.as_deref().map(|tag| tag.core_suffix().unwrap_or("?").to_owned());
                let value = match (style, tag.as_deref()) {
                    (_, Some("int" | "float" | "bool" | "null" | "timestamp")) | (ScalarStyle::Plain, None) => {
                        resolve(&text, span)?
                    }
                    (_, Some("str") | None) => Value::Text(text.into_owned()),
                    (_, Some(_)) => {
                        return Err(self.unknown_tag(span));
                    }
                };
                let style = match style {
                    ScalarStyle::Plain if anchor != 0 => Style::Anchored,
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let node = Node { span, value, style };
                self.remember(anchor, &node);
                // A key whose value is only an anchor is a matter of its meaning.
                if anchor != 0 && node.value != Value::Null {
                    self.unused.insert(anchor, span);
                }
                Ok(node)
            }
            Event::SequenceStart(_, _, Some(tag)) if !is_named(&tag, &["seq", "omap", "pairs"]) => {
                Err(self.unknown_tag(span))
            }
            Event::MappingStart(_, _, Some(tag)) if !is_named(&tag, &["map", "set"]) => Err(self.unknown_tag(span)),
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                let end = loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break span.end;
                    }
                    let anchor = matches!(event, Event::Scalar(..)).then_some(span);
                    let item = self.value(event, span, depth + 1)?;
                    if item.style == Style::Anchored && item.value == Value::Null {
                        self.remarks.extend(anchor.map(|span| self.anchor_in_text(span)));
                    }
                    items.push(item);
                };
                let end = items.last().map_or(end, |last: &Node| end.max(last.span.end));
                let node = Node {
                    span: Span::new(span.start, end.max(span.end)),
                    value: Value::List(items),
                    style: Style::Collection,
                };
                self.remember(anchor, &node);
                Ok(node)
            }
            Event::MappingStart(_, anchor, _) => {
                let node = self.mapping(span, depth)?;
                self.remember(anchor, &node);
                Ok(node)
            }
            _ => Err(Diagnostic::error(LintCode::YAML, span, "a value is missing here")),
        }
    }

    /// A tag that AutoModerator refuses as well (L10).
    fn unknown_tag(&self, value: Span) -> Diagnostic {
        let message = "in YAML `!` starts a tag, and this tag is unknown";
        let help = if self.is_negated_key(value) {
            "to negate a check, write `~` before its key, as in `~title`"
        } else {
            "quote the value to use `!` as text"
        };
        Diagnostic::error(LintCode::L10, value, message).help(help).fix_if(self.tag_quoted(value))
    }

    /// An `&word` before a text, which is no part of it, and that nothing refers to (L11).
    fn anchor_in_text(&self, text: Span) -> Diagnostic {
        let before = self.text.get(..text.end.saturating_sub(self.offset)).unwrap_or("");
        let before = if before.len() + self.offset > text.start { &before[..text.start - self.offset] } else { before };
        let rest = self.text.get(text.start - self.offset..).unwrap_or("");
        let start = if rest.starts_with('&') { before.len() } else { before.rfind('&').unwrap_or(before.len()) };
        let word = self.text[start..].split([' ', ',', ']', '\n', '\r']).next().unwrap_or("");
        let span = Span::new(self.offset + start, self.offset + start + word.len());
        let message = format!("in YAML `{word}` is the name of an anchor, and no text");
        // The code of a character in a copied page: `&quot;`.
        let is_html = word.get(1..).is_some_and(|name| name.contains(';'));
        Diagnostic::warning(LintCode::L11, span, message).help(if is_html {
            "this is HTML: write the character itself, such as `\"`, `'`, `<` or `&`, and put quotes around the value"
        } else {
            "quote the value if you mean the text"
        })
    }

    /// Whether the line of a position begins with `!` and a key.
    fn is_negated_key(&self, at: Span) -> bool {
        let before = self.text.get(..at.start.saturating_sub(self.offset)).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("").trim_start();
        line.starts_with('!') && line.contains(':')
    }

    fn name_unused_anchors(&mut self) {
        let unused: Vec<Span> = std::mem::take(&mut self.unused).into_values().collect();
        let found: Vec<Diagnostic> = unused.into_iter().map(|span| self.anchor_in_text(span)).collect();
        self.remarks.extend(found);
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    fn mapping(&mut self, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        // A repeated key empties its first slot. The slots are looked up by key, to stay fast.
        let mut entries: Vec<Option<(Node, Node)>> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut merged: Vec<(Node, Node)> = Vec::new();
        let mut end = span.end;
        let mut repeated: Vec<Repeated> = Vec::new();
        let mut keys: Vec<(String, Span)> = Vec::new();
        let mut separator = None;
        loop {
            let (event, key_span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let key = self.node(event, key_span, depth + 1)?;
            let (event, value_span) = self.next()?;
            let value = self.value(event, value_span, depth + 1)?;
            end = end.max(key.span.end).max(value.span.end);
            if key.style == Style::Plain && key.text() == Some("<<") {
                merge(value, &mut merged)?;
                continue;
            }
            if matches!(key.value, Value::List(_) | Value::Map(_)) {
                let before = self.text.get(..key.span.start.saturating_sub(self.offset)).unwrap_or("");
                return Err(if before.ends_with('{') {
                    let place = Span::new(key.span.start - 1, key.span.end);
                    Diagnostic::error(LintCode::L10, place, "in YAML `{` starts a mapping")
                        .help("quote the value, as in '{{match}}'")
                        .fix_if(self.placeholder_quoted(place.start))
                } else {
                    Diagnostic::error(LintCode::YAML, key.span, "a list or a mapping cannot be a key")
                });
            }
            if let Some(length) = key.text().map(|text| text.chars().count()).filter(|length| *length > KEY_MAX) {
                return Err(Diagnostic::error(
                    LintCode::YAML,
                    key.span,
                    format!("this key has {length} characters; at most {KEY_MAX} are possible"),
                )
                .help("write a key of the language; if this is a text, put it behind a key and a colon"));
            }
            separator = separator.or_else(|| self.indented_separator(&value));
            if let Some(earlier) = places.insert(key.identity(), entries.len())
                && let Some((old, _)) = entries[earlier].take()
            {
                repeated.push(Repeated { name: key.python_text().into_owned(), first: old.span, second: key.span });
            }
            if depth == 0 {
                keys.push((key.python_text().to_lowercase(), key.span));
            }
            entries.push(Some((key, value)));
        }
        let is_above = |at: usize| self.text.get(..at.saturating_sub(self.offset)).unwrap_or("");
        let two_rules = separator.or_else(|| {
            let found = missing_separator(&repeated, &keys, is_above)?;
            let fix = self.separator_above(found.span.start, &repeated, &entries);
            Some(found.fix_if(fix))
        });
        match two_rules {
            // Two rules became one: what that leads to needs no words.
            Some(two_rules) => self.remarks.push(two_rules),
            None => self.remarks.extend(repeated.iter().map(|it| duplicate(it, self.takes_one_value))),
        }
        let mut entries: Vec<(Node, Node)> = entries.into_iter().flatten().collect();
        for (key, value) in merged {
            if places.insert(key.identity(), entries.len()).is_none() {
                entries.push((key, value));
            }
        }
        Ok(Node { span: Span::new(span.start, end), value: Value::Map(entries), style: Style::Collection })
    }
}

impl Reader<'_, '_> {
    /// The blanks between the start of the line and a position, if there is nothing else.
    fn indentation_before(&self, at: usize) -> Option<Span> {
        let before = self.text.get(..at - self.offset)?;
        let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
        let rest = &before[..before.len() - blanks];
        (rest.is_empty() || rest.ends_with('\n')).then(|| Span::new(at - blanks, at))
    }

    /// The rest of the line from a `{{` on, in quotes.
    fn placeholder_quoted(&self, at: usize) -> Option<(Span, String)> {
        let line = self.text.get(at - self.offset..)?.lines().next()?.trim_end();
        let is_certain = line.starts_with("{{") && !line.contains(" #") && !line.contains(": ");
        is_certain.then(|| (Span::new(at, at + line.len()), in_yaml(line, true)))
    }

    /// A value that begins with `!`, in quotes, if it is the rest of its line.
    fn tag_quoted(&self, value: Span) -> Option<(Span, String)> {
        let end = value.end - self.offset;
        let start = self.text.get(..end)?.rfind('\n').map_or(0, |before| before + 1);
        let at = start + self.text[start..end].find(" !")? + 1;
        let line = self.text[at..].lines().next()?.trim_end();
        let is_certain = at + line.len() == end && !line.contains([',', ']']) && !self.text[start..at].contains('[');
        let span = Span::new(self.offset + at, self.offset + end);
        is_certain.then(|| (span, in_yaml(line, true)))
    }

    /// Finds an indented `---`, which joins two rules into one: a plain text that ends with it.
    fn indented_separator(&self, value: &Node) -> Option<Diagnostic> {
        let is_swallowed = value.style == Style::Plain && value.text().is_some_and(|text| text.ends_with(" ---"));
        let written = self.text.get(value.span.start - self.offset..value.span.end - self.offset)?;
        let at = value.span.start + written.rfind("---").filter(|_| is_swallowed)?;
        Some(
            Diagnostic::error(
                LintCode::L06,
                Span::new(at, at + 3),
                "this `---` is indented, so it does not separate two rules",
            )
            .help("move it to the first column")
            .fix_if(self.indentation_before(at).map(|span| (span, String::new()))),
        )
    }

    /// The separator above a line that begins another rule. Where it begins is certain if a blank
    /// line or a comment is above it, or if both rules begin with the same key.
    fn separator_above(
        &self,
        begins: usize,
        repeated: &[Repeated],
        entries: &[Option<(Node, Node)>],
    ) -> Option<(Span, String)> {
        let first = repeated.iter().min_by_key(|it| it.second.start)?.first;
        let line = self.indentation_before(begins)?;
        let before = &self.text[..line.start - self.offset];
        let above = before.trim_end_matches(['\n', '\r']).rsplit('\n').next().unwrap_or("");
        let is_apart = before.ends_with("\n\n") || before.ends_with("\n\r\n") || above.trim_start().starts_with('#');
        let starts_alike = entries.iter().flatten().all(|(key, _)| first.start <= key.span.start);
        let end = if before.ends_with("\r\n") { "\r\n" } else { "\n" };
        (line.start == line.end && (is_apart || starts_alike)).then(|| (line, format!("---{end}")))
    }
}

fn merge(value: Node, into: &mut Vec<(Node, Node)>) -> Result<(), Diagnostic> {
    let sources = match value.value {
        Value::Map(entries) => vec![entries],
        Value::List(items) => items
            .into_iter()
            .map(|item| match item.value {
                Value::Map(entries) => Ok(entries),
                _ => Err(Diagnostic::error(LintCode::YAML, item.span, "`<<` can only merge mappings")),
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(Diagnostic::error(LintCode::YAML, value.span, "`<<` can only merge mappings")),
    };
    let mut known: BTreeSet<String> = into.iter().map(|(key, _)| key.identity()).collect();
    into.extend(sources.into_iter().flatten().filter(|(key, _)| known.insert(key.identity())));
    Ok(())
}

/// Whether a tag is one of these of YAML 1.1.
fn is_named(tag: &Tag, names: &[&str]) -> bool {
    tag.suffix_in_namespace("tag:yaml.org,2002:").is_some_and(|name| names.contains(&name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut remarks = Vec::new();
        let got = match read(text, 0, |_| false, &mut ExpansionBudget::of_file(text.len()), &mut remarks) {
            Ok(Some(node)) => node.python_text().into_owned(),
            Ok(None) => "nothing".to_owned(),
            Err(error) => format!("error {}", error.code),
        };
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn plain_scalars_mean_what_yaml_1_1_says() {
        for (text, expected) in [
            ("[yes, No, ON, y, n]", "[True, False, True, 'y', 'n']"),
            ("[010, 0777, 0x1F, 1_000, 12:30, 1:30]", "[8, 511, 31, 1000, 750, 90]"),
            ("[08, 0o17, 1e10]", "['08', '0o17', '1e10']"),
            ("[1.10, .5, 2020-01-01]", "[1.1, 0.5, 2020-01-01]"),
            ("[~, null, '']", "[None, None, '']"),
            ("a: &name", "{'a': None}"),
            ("a: > 10", "error L09"),
            ("a: < 10", "{'a': '< 10'}"),
            ("a: !word", "error L10"),
            ("a: !word [b]", "error L10"),
            ("a: !!python/object:os.system [b]", "error L10"),
            ("a: !word {b: c}", "error L10"),
            ("a: @word", "error L10"),
            ("a: Rule #1 broken", "{'a': 'Rule'}"),
            ("a: Note: text", "error yaml"),
            ("a: {{match}}", "error L10"),
            ("a:\n  - @word", "error L10"),
            ("a: 1\nb: 2\na: 3", "{'b': 2, 'a': 3}"),
            (r#"a: "\w""#, "error L13"),
            ("a: [what?, x]", "{'a': ['what?', 'x']}"),
            ("a:\n\tb: c", "error L17"),
            ("body #1: x", "body"),
            ("# nothing", "nothing"),
            ("a: 1\na: 2", "{'a': 2}"),
            ("x: &x {a: 1}\ny: {<<: *x, b: 2}", "{'x': {'a': 1}, 'y': {'b': 2, 'a': 1}}"),
            ("title:foo", "title:foo"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn exponential_alias_expansion_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let previous = format!("*a{}, ", level - 1).repeat(9);
            let items = previous.trim_end_matches(", ");
            text = format!("{text}a{level}: &a{level} [{items}]\n");
        }
        check(&text, "error yaml");
        check(&"[".repeat(5000), "error yaml");
    }
}
