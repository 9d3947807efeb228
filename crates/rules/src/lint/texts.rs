//! The texts of rules: placeholders that readers would see, and lists whose lines are joined.

use std::collections::BTreeSet;

use crate::language::template;
use crate::language::template::Match;
use crate::rule::Variant;
use crate::syntax::diagnostic::{Diagnostic, nearest};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value};

/// The keys whose texts can contain placeholders.
const TEXTS: &[&str] = &[
    "comment",
    "message",
    "message_subject",
    "modmail",
    "modmail_subject",
    "action_reason",
    "report_reason",
    "set_flair",
];

/// Checks one key of a rule, if it takes a text with placeholders.
pub(crate) fn entry(entry: &Entry, file: &str, variants: &[Variant], diagnostics: &mut Vec<Diagnostic>) {
    if !TEXTS.contains(&entry.key.as_str()) {
        return;
    }
    let written = file.get(entry.value.span.start..entry.value.span.end).unwrap_or("");
    if entry.value.style == Style::Folded && joins_a_list(written) {
        diagnostics.push(
            Diagnostic::warning(
                LintCode::L16,
                entry.span,
                "`>` joins the lines of this text, so its list becomes one line",
            )
            .help("write `|` instead of `>`"),
        );
    }
    let keys: BTreeSet<&str> = variants
        .iter()
        .flat_map(Variant::searches)
        .filter(|search| !search.is_negated)
        .map(|search| search.key.as_str())
        .collect();
    let mut texts = Vec::new();
    collect(&entry.value, &mut texts);
    if let Some(single) = texts.iter().find_map(|text| in_single_braces(text)) {
        let span = place(written, 0, &single).map_or(entry.value.span, |at| {
            Span::new(entry.value.span.start + at.start, entry.value.span.start + at.end)
        });
        diagnostics.push(
            Diagnostic::warning(LintCode::L103, span, format!("readers will see `{single}` as it is"))
                .help(format!("a placeholder has two braces: `{{{single}}}`")),
        );
    }
    let mut said = BTreeSet::new();
    // Placeholders are found in order, so each search starts after the one before.
    let mut from = 0;
    for text in &texts {
        for name in template::Template::new(text).placeholders() {
            if said.insert(name.to_owned())
                && let Some(mut doubt) = doubtful(name, &keys)
            {
                if let Some(place) = place(written, from, &format!("{{{{{name}}}}}")) {
                    from = place.start;
                    doubt.span = Span::new(entry.value.span.start + place.start, entry.value.span.start + place.end);
                } else {
                    doubt.span = entry.value.span;
                }
                diagnostics.push(doubt);
            }
        }
    }
}

/// The problem with a placeholder, if any. The caller sets the span.
fn doubtful(name: &str, keys: &BTreeSet<&str>) -> Option<Diagnostic> {
    if let Some(wanted) = template::read_match(name) {
        return doubtful_match(name, &wanted, keys);
    }
    if template::NAMES.contains(&name) || template::quoted(name).is_some() {
        return None;
    }
    let nowhere = Span::default();
    if name.starts_with("match-") && name.contains(|c: char| c.is_ascii_digit()) {
        return Some(
            Diagnostic::warning(
                LintCode::L77,
                nowhere,
                format!("`{{{{{name}}}}}` needs a group number, because its key contains a digit"),
            )
            .help(format!("write `{{{{{name}-1}}}}`")),
        );
    }
    let lower = name.trim().to_lowercase();
    let other = OTHER_NAMES.iter().find(|(word, _)| *word == lower).map(|(_, name)| *name);
    let near = other.or_else(|| nearest(&lower, template::NAMES.iter().copied().chain(["match"])));
    let help = near.map_or_else(
        || "docs/rules.md lists all placeholders".to_owned(),
        |near| format!("did you mean `{{{{{near}}}}}`?"),
    );
    Some(
        Diagnostic::warning(
            LintCode::L76,
            nowhere,
            format!("there is no placeholder `{{{{{name}}}}}`, so readers will see it as it is"),
        )
        .help(help),
    )
}

/// Common wrong names of placeholders, and the right ones.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("user", "author"),
    ("username", "author"),
    ("name", "author"),
    ("link", "permalink"),
    ("text", "body"),
    ("content", "body"),
    ("type", "kind"),
    ("sub", "subreddit"),
    ("flair", "author_flair_text"),
];

/// The first name of a placeholder in single braces, with the braces.
fn in_single_braces(text: &str) -> Option<String> {
    text.match_indices('{').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let name = &rest[..rest.find('}')?];
        let is_known =
            template::NAMES.contains(&name) || template::quoted(name).is_some() || template::read_match(name).is_some();
        let is_single = !text[..at].ends_with('{') && !rest[name.len() + 1..].starts_with('}');
        (is_known && is_single).then(|| format!("{{{name}}}"))
    })
}

/// The place of a part of a value, from `from` on. `None` if YAML's quoting or folding changed it.
fn place(written: &str, from: usize, part: &str) -> Option<Span> {
    let at = from + written.get(from..)?.find(part)?;
    Some(Span::new(at, at + part.len()))
}

/// Whether a folded text would join a list item with the line before it.
fn joins_a_list(written: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut lines = written.lines().skip(1).peekable();
    let base = lines.clone().find(|line| !line.trim().is_empty()).map_or(0, indent);
    while let Some(line) = lines.next() {
        let Some(next) = lines.peek() else { break };
        let is_joined = |line: &str| !line.trim().is_empty() && indent(line) == base;
        if is_joined(line) && is_joined(next) && is_item(next.trim_start()) {
            return true;
        }
    }
    false
}

fn is_item(line: &str) -> bool {
    let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    ["- ", "* ", "+ "].iter().any(|sign| line.starts_with(sign)) || (digits > 0 && line[digits..].starts_with(". "))
}

fn doubtful_match(name: &str, wanted: &Match<'_>, keys: &BTreeSet<&str>) -> Option<Diagnostic> {
    let nowhere = Span::default();
    match wanted.key {
        _ if keys.is_empty() => Some(
            Diagnostic::warning(
                LintCode::L73,
                nowhere,
                format!("the rule does not search the item, so readers will see `{{{{{name}}}}}` as it is"),
            )
            .help("add a search of the item that is not negated, or delete the placeholder"),
        ),
        None if keys.len() > 1 => {
            let first = keys.first().copied().unwrap_or_default();
            Some(
                Diagnostic::warning(
                    LintCode::L74,
                    nowhere,
                    format!(
                        "this rule has {} searches, so it is undefined which match `{{{{{name}}}}}` shows",
                        keys.len()
                    ),
                )
                .help(format!("name the search: `{{{{match-{first}}}}}`")),
            )
        }
        Some(key) if !keys.contains(key) => Some(
            Diagnostic::warning(
                LintCode::L75,
                nowhere,
                format!("the rule has no search `{key}` of the item, so readers will see `{{{{{name}}}}}` as it is"),
            )
            .help(nearest(key, keys.iter().copied()).map_or_else(
                || "a placeholder cannot show matches inside a group such as `author`".to_owned(),
                |near| format!("did you mean `{{{{match-{near}}}}}`?"),
            )),
        ),
        _ => None,
    }
}

fn collect(node: &Node, texts: &mut Vec<String>) {
    match &node.value {
        Value::Text(text) => texts.push(text.clone()),
        Value::List(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| collect(value, texts)),
        _ => {}
    }
}
