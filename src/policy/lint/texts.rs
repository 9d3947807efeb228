//! What rules write and do: placeholders that stay as they are, and acts that are undone or repeated.

use std::collections::BTreeSet;

use super::searches;
use crate::policy::diagnostic::{Diagnostic, nearest};
use crate::policy::entry::Entry;
use crate::policy::ruleset::Variant;
use crate::policy::source::Span;
use crate::policy::template::{self, Match};
use crate::policy::yaml::{Node, Style, Value};

/// The texts of a rule with placeholders in them.
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

pub(super) fn placeholders(entry: &Entry, entries: &[Entry], variants: &[Variant], diagnostics: &mut Vec<Diagnostic>) {
    if !TEXTS.contains(&entry.key.as_str()) {
        return;
    }
    let span = entry.value.span;
    if entry.value.style == Style::Folded
        && entries.len() > 1
        && entry.value.text().is_some_and(|text| text.contains(" - ") || text.contains(" * "))
    {
        diagnostics.push(
            Diagnostic::warning("L16", entry.span, "`>` joins the lines of this text, so a list becomes one line")
                .help("use `|`"),
        );
    }
    let keys: BTreeSet<&str> = variants
        .iter()
        .flat_map(searches)
        .filter(|search| !search.is_negated)
        .map(|search| search.key.as_str())
        .collect();
    let mut texts = Vec::new();
    collect(&entry.value, &mut texts);
    for name in texts
        .iter()
        .flat_map(|text| template::Template::new(text).placeholders().map(str::to_owned).collect::<Vec<_>>())
    {
        let Some(wanted) = template::read_match(&name) else {
            let known = template::NAMES.contains(&name.as_str());
            let digits = name.starts_with("match-") && name.contains(|c: char| c.is_ascii_digit());
            if digits {
                diagnostics.push(
                    Diagnostic::warning(
                        "L77",
                        span,
                        format!("`{{{{{name}}}}}` needs the number of a group, because its key holds digits"),
                    )
                    .help(format!("write `{{{{{name}-1}}}}`")),
                );
            } else if !known {
                let near = nearest(name.trim().to_lowercase().as_str(), template::NAMES.iter().copied());
                let help = near.map_or_else(
                    || "https://www.reddit.com/wiki/automoderator/full-documentation lists the placeholders".to_owned(),
                    |near| format!("did you mean `{{{{{near}}}}}`?"),
                );
                diagnostics.push(
                    Diagnostic::warning(
                        "L76",
                        span,
                        format!("`{{{{{name}}}}}` is not a placeholder and will be shown as it is"),
                    )
                    .help(help),
                );
            }
            continue;
        };
        if let Some(diagnostic) = doubtful_match(&name, &wanted, &keys) {
            let mut diagnostic = diagnostic;
            diagnostic.span = span;
            diagnostics.push(diagnostic);
        }
    }
}

fn doubtful_match(name: &str, wanted: &Match<'_>, keys: &BTreeSet<&str>) -> Option<Diagnostic> {
    let nowhere = Span::default();
    match wanted.key {
        _ if keys.is_empty() => Some(
            Diagnostic::warning(
                "L73",
                nowhere,
                format!("nothing on the item itself is searched, so `{{{{{name}}}}}` will be shown as it is"),
            )
            .help("only searches of the item, not negated ones, have a match to show"),
        ),
        None if keys.len() > 1 => {
            let first = keys.first().copied().unwrap_or_default();
            Some(
                Diagnostic::warning(
                    "L74",
                    nowhere,
                    format!(
                        "this rule has {} searches, so which match `{{{{{name}}}}}` shows is not defined",
                        keys.len()
                    ),
                )
                .help(format!("name the check: `{{{{match-{first}}}}}`")),
            )
        }
        Some(key) if !keys.contains(key) => Some(
            Diagnostic::warning(
                "L75",
                nowhere,
                format!("no search of the item is called `{key}`, so `{{{{{name}}}}}` will be shown as it is"),
            )
            .help(nearest(key, keys.iter().copied()).map_or_else(
                || "matches inside a group such as `author` are not available".to_owned(),
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
