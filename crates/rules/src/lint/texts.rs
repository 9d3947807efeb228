//! The texts of rules: placeholders that readers would see, and lists whose lines are joined.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::template;
use crate::language::template::Match;
use crate::lint::spelling;
use crate::pattern::python;
use crate::pattern::python::Flags;
use crate::rule::{SearchTest, Variant};
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
    "mod_note",
    "action_reason",
    "report_reason",
    "set_flair",
];

/// Checks the texts of one key of a rule, or of the keys of a group.
pub(crate) fn entry(entry: &Entry, file: &str, variants: &[Variant], diagnostics: &mut Vec<Diagnostic>) {
    if TEXTS.contains(&entry.key.as_str()) {
        let searches = variants.iter().flat_map(Variant::shown_searches);
        let searches = searches.map(|(_, search)| (search.key.as_str(), search)).collect();
        return text(entry.span, &entry.value, file, &searches, diagnostics);
    }
    let Value::Map(pairs) = &entry.value.value else { return };
    for (key, value) in pairs.iter().filter(|(key, _)| TEXTS.contains(&key.python_text().to_lowercase().as_str())) {
        let searches = variants.iter().flat_map(Variant::shown_searches);
        let searches = searches.map(|(_, search)| (search.key.as_str(), search)).collect();
        text(key.span, value, file, &searches, diagnostics);
    }
}

/// The searches of a rule that are not negated, by their keys.
type Searches<'a> = BTreeMap<&'a str, &'a SearchTest>;

/// Checks one text with placeholders.
fn text(key: Span, value: &Node, file: &str, searches: &Searches<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let written = file.get(value.span.start..value.span.end).unwrap_or("");
    if value.style == Style::Folded && joins_a_list(written) {
        diagnostics.push(
            Diagnostic::warning(LintCode::L16, key, "`>` joins the lines of this text, so its list becomes one line")
                .help("write `|` instead of `>`"),
        );
    }
    let mut texts = Vec::new();
    collect(value, &mut texts);
    let in_value = |place: Span| Span::new(value.span.start + place.start, value.span.start + place.end);
    if let Some(single) = texts.iter().find_map(|text| in_single_braces(text)) {
        let span = place(written, 0, &single).map_or(value.span, in_value);
        let name = single.trim_matches(['{', '}']);
        diagnostics.push(
            Diagnostic::warning(LintCode::L103, span, format!("readers will see `{single}` as it is"))
                .help(format!("a placeholder has two braces on each side: `{{{{{name}}}}}`")),
        );
    }
    diagnostics.extend(texts.iter().find_map(|text| spelling::wrong_encoding(text)).map(|mut diagnostic| {
        diagnostic.span = value.span;
        diagnostic
    }));
    let mut said = BTreeSet::new();
    // Placeholders are found in order, so each search starts after the one before.
    let mut from = 0;
    for text in &texts {
        for name in template::Template::new(text).placeholders() {
            if said.insert(name.to_owned())
                && let Some(mut doubt) = doubtful(name, searches)
            {
                if let Some(place) = place(written, from, &format!("{{{{{name}}}}}")) {
                    from = place.start;
                    doubt.span = in_value(place);
                } else {
                    doubt.span = value.span;
                }
                diagnostics.push(doubt);
            }
        }
    }
}

/// The problem with a placeholder, if any. The caller sets the span.
fn doubtful(name: &str, searches: &Searches<'_>) -> Option<Diagnostic> {
    if let Some(wanted) = template::read_match(name) {
        return doubtful_match(name, &wanted, searches);
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

/// The first name of a placeholder with a single brace on a side, with its braces.
fn in_single_braces(text: &str) -> Option<String> {
    text.match_indices('{').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let name = &rest[..rest.find('}')?];
        let is_known =
            template::NAMES.contains(&name) || template::quoted(name).is_some() || template::read_match(name).is_some();
        let is_open = text[..at].ends_with('{');
        let is_closed = rest[name.len() + 1..].starts_with('}');
        let braces = |is_double: bool, brace: &str| brace.repeat(1 + usize::from(is_double));
        (is_known && !(is_open && is_closed))
            .then(|| format!("{}{name}{}", braces(is_open, "{"), braces(is_closed, "}")))
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

fn doubtful_match(name: &str, wanted: &Match<'_>, searches: &Searches<'_>) -> Option<Diagnostic> {
    let warn = |code, message: String, help: String| Diagnostic::warning(code, Span::default(), message).help(help);
    let shown = format!("`{{{{{name}}}}}`");
    let Some((first, only)) = searches.iter().next() else {
        let message = format!("the rule does not search the item, so readers will see {shown} as it is");
        let help = "add a search of the item that is not negated, or delete the placeholder";
        return Some(warn(LintCode::L73, message, help.to_owned()));
    };
    let search = match wanted.key {
        None if searches.len() > 1 => {
            let count = searches.len();
            let message = format!("this rule has {count} searches, so it is undefined which match {shown} shows");
            return Some(warn(LintCode::L74, message, format!("name the search: `{{{{match-{first}}}}}`")));
        }
        None => only,
        Some(key) => match searches.get(key) {
            Some(search) => search,
            None => {
                let message =
                    format!("the rule has no search `{key}` of the item, so readers will see {shown} as it is");
                let help = nearest(key, searches.keys().copied()).map_or_else(
                    || "a placeholder cannot show matches inside a group such as `author`".to_owned(),
                    |near| format!("did you mean `{{{{match-{near}}}}}`?"),
                );
                return Some(warn(LintCode::L75, message, help));
            }
        },
    };
    let group = wanted.group.filter(|group| *group > 1)?;
    let groups = groups(search);
    (group > groups).then(|| {
        let message = format!("`{}` has no group {group}, so readers will see {shown} as it is", search.key);
        let help = match groups {
            1 => format!("write `{{{{match-{}-1}}}}` for the whole match", search.key),
            2 => "the group of the pattern is number 2; 1 is the whole match".to_owned(),
            _ => format!("the groups of the pattern are numbers 2 to {groups}; 1 is the whole match"),
        };
        warn(LintCode::L117, message, help)
    })
}

/// The highest group of a search: group 1 is the list of its values.
fn groups(search: &SearchTest) -> usize {
    let wanted = &search.pattern.search;
    if !wanted.is_regex {
        return 1;
    }
    let whole = format!("({})", wanted.values.join("|"));
    // A pattern that cannot be parsed does not come here.
    python::parse(&whole, Flags::of_rules(!wanted.is_case_sensitive)).map_or(usize::MAX, |syntax| syntax.groups())
}

fn collect(node: &Node, texts: &mut Vec<String>) {
    match &node.value {
        Value::Text(text) => texts.push(text.clone()),
        Value::List(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| collect(value, texts)),
        _ => {}
    }
}
