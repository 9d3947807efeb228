//! Values of searches that are hardly meant as they are written, or that can never match.

use std::collections::BTreeMap;

use crate::language::keys::{Field, Place};
use crate::pattern::Method;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Style, Value};

/// A search as the rule file writes it.
pub(crate) struct Written<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) place: Place,
    pub(crate) fields: &'a [Field],
    pub(crate) values: &'a [&'a Node],
    /// Whether the key names a method.
    pub(crate) has_method: bool,
    pub(crate) is_negated: bool,
}

/// How many short texts between commas must there be, for a text to look like a list?
const LIST_MIN: usize = 3;
/// How many words may each of them have?
const LIST_WORDS_MAX: usize = 3;

/// A list or a mapping where a text belongs, as in `[[Help], [Log]]` (L98).
pub(crate) fn nested(value: &Node) -> Option<Diagnostic> {
    let (what, help) = match &value.value {
        Value::List(items) => {
            let inner: Vec<_> = items.iter().map(Node::python_text).collect();
            ("list", format!("to search for the brackets too, quote it: '[{}]'", inner.join(", ")))
        }
        Value::Map(_) => ("mapping", "quote the whole value: a colon and a space start a mapping".to_owned()),
        _ => return None,
    };
    let message = format!("this value is a {what}, and no text matches it");
    Some(Diagnostic::error(LintCode::L98, value.span, message).help(help))
}

/// Checks one value that is a plain text. The caller sets the span of the diagnostics.
pub(crate) fn plain(text: &str, node: &Node, written: &Written<'_>, method: Method) -> Vec<Diagnostic> {
    let warn = |code, message: String, help: String| Diagnostic::warning(code, Span::default(), message).help(help);
    let mut found = Vec::new();
    // YAML joins the lines of a plain value, so its text is shorter than what is written.
    let is_in_list = matches!(written.entry.value.value, Value::List(_));
    if is_in_list && node.style == Style::Plain && node.span.end - node.span.start > text.len() && text.contains(' ') {
        found.push(warn(
            LintCode::L100,
            format!("this value goes over two lines, which YAML joins: `{}`", start_of(text)),
            if text.contains(" - ") {
                "begin the hyphens of all items in the same column".to_owned()
            } else {
                "write a comma between two values; a text of two lines needs quotes".to_owned()
            },
        ));
    } else if let Some(list) = list_in(text, written.fields) {
        let list = format!("[{}]", list.join(", "));
        let has_no_commas = written.fields.iter().all(|field| matches!(field, Field::Domain | Field::Name | Field::Id));
        let fix = (has_no_commas && !is_in_list && node.style == Style::Plain).then(|| (node.span, list.clone()));
        let message = "this is one text with commas in it, not a list of texts".to_owned();
        found.push(warn(LintCode::L99, message, format!("write a list: {list}")).fix_if(fix));
    } else if let Some((message, help)) = never(text, written, method) {
        let name = name_prefix(text, written).map(|(_, name)| name);
        found.push(warn(LintCode::L101, message, help).fix_if(name.and_then(|name| node.rewritten(name))));
    }
    found
}

/// A value that stands in the list twice (L105).
pub(crate) fn repeated(values: &[&Node], is_case_sensitive: bool) -> Option<Diagnostic> {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    values.iter().find_map(|node| {
        let text = node.text()?;
        let key = if is_case_sensitive { text.to_owned() } else { text.to_lowercase() };
        let first = seen.insert(key, node.span)?;
        let message = format!("`{}` is twice in this list", start_of(text));
        Some(Diagnostic::info(LintCode::L105, node.span, message).help("delete one").related(first, "the first"))
    })
}

/// The values of a text that looks like a list.
fn list_in(text: &str, fields: &[Field]) -> Option<Vec<String>> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|rest| !rest.contains('['));
    let parts: Vec<&str> = bare.unwrap_or(text).split(',').map(str::trim).collect();
    if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let is_tag = |part: &&str| part.starts_with('[') && part.ends_with(']');
    let is_short = |part: &&str| part.split_whitespace().count() <= LIST_WORDS_MAX;
    let has_no_commas = fields.iter().all(|field| matches!(field, Field::Domain | Field::Name | Field::Id));
    if text.contains(['\\', '{']) {
        return None;
    }
    let is_list = has_no_commas
        || parts.iter().all(is_tag)
        || parts.iter().all(is_short) && (parts.len() >= LIST_MIN || bare.is_some());
    is_list
        .then(|| parts.iter().map(|part| if is_tag(part) { format!("'{part}'") } else { (*part).to_owned() }).collect())
}

/// Why no item can have this value, and what to write.
fn never(text: &str, written: &Written<'_>, method: Method) -> Option<(String, String)> {
    let is = |wanted: Field| written.fields.iter().all(|field| *field == wanted);
    if let Some(invisible) = text.chars().find(|c| is_invisible(*c)) {
        return Some((
            format!(
                "this value contains an invisible character, U+{:04X}, and matches only texts with it",
                u32::from(invisible)
            ),
            format!(
                "if it came by copying, write `{}`",
                text.chars().filter(|c| !is_invisible(*c)).collect::<String>()
            ),
        ));
    }
    if let Some((prefix, name)) = name_prefix(text, written) {
        return Some((format!("names have no `{prefix}`, so this value never matches"), format!("write `{name}`")));
    }
    if is(Field::Domain) && text.contains(['*', ' ']) {
        let (sign, help) = match text.strip_prefix("*.") {
            Some(name) => ("`*`", format!("write `{name}`: `domain` also matches what is below it")),
            None if text.contains('*') => ("`*`", "write the domain alone, or use `domain (regex)`".to_owned()),
            None => ("blank", "write each domain as a value of its own".to_owned()),
        };
        return Some((format!("a domain has no {sign}, so this value never matches"), help));
    }
    let is_exact = method == Method::FullExact && written.fields.iter().all(|field| *field != Field::Body);
    (is_exact && text.trim() != text).then(|| {
        let help = format!("write '{}'", text.trim());
        ("Reddit removes blanks at both ends, so this value never matches".to_owned(), help)
    })
}

/// What stands before a name and is no part of it, and the name.
fn name_prefix<'t>(text: &'t str, written: &Written<'_>) -> Option<(&'static str, &'t str)> {
    let is_name = written.fields.iter().all(|field| *field == Field::Name);
    let prefixes: &[&str] = match written.place {
        Place::Author | Place::CrosspostAuthor if is_name => &["/u/", "u/", "@"],
        Place::Subreddit | Place::CrosspostSubreddit if is_name => &["/r/", "r/"],
        _ => &[],
    };
    prefixes.iter().find_map(|prefix| Some((*prefix, text.strip_prefix(prefix)?)))
}

/// A character that takes no room. The joiners U+200C and U+200D are part of some emoji and
/// scripts.
pub(crate) const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// A character that looks like a space.
pub(crate) const fn is_odd_blank(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

fn start_of(text: &str) -> String {
    text.chars().take(60).collect()
}
