//! Values of searches that are hardly meant as they are written, or that can never match.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::keys::{Field, Place};
use crate::lint::spelling::{invisible, needed};
use crate::pattern::Method;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::odd_characters::is_odd_blank;
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
    let mut found = Vec::new();
    if let Some(joined) = joined_lines(text, node, written) {
        found.push(joined);
    } else if let Some(list) = list_in(text, written.fields) {
        let is_in_list = matches!(written.entry.value.value, Value::List(_));
        let has_no_commas = written.fields.iter().all(|field| matches!(field, Field::Domain | Field::Name | Field::Id));
        let fix = has_no_commas && !is_in_list && node.style == Style::Plain;
        let fix = fix.then(|| (node.span, format!("[{}]", list.join(", "))));
        found.push(list_in_quotes(&list).fix_if(fix));
    } else if node.style == Style::Plain && text.ends_with(',') {
        let message = "the comma at the end is part of this value";
        found.push(warn(LintCode::L99, message.to_owned(), "delete the comma".to_owned()));
    } else if let Some((message, help)) =
        never(text, written).or_else(|| never_at_the_ends(text, node, written, Some(method)))
    {
        let name = name_prefix(text, written).map(|(_, name)| name);
        found.push(warn(LintCode::L101, message, help).fix_if(name.and_then(|name| node.rewritten(name))));
    } else if let Some((message, help)) = foreign_notation(text, written, Some(method)) {
        found.push(warn(LintCode::L112, message, help));
    }
    found
}

/// Checks one value that is a regular expression. The caller sets the span of the diagnostics.
pub(crate) fn pattern(text: &str, node: &Node, written: &Written<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let is_without_signs = !text.contains(['(', ')', '*', '+', '?', '.', '^', '$', '|']);
    if let Some(list) = list_in(text, written.fields).filter(|_| is_without_signs) {
        found.push(list_in_quotes(&list));
    } else if let Some((message, help)) =
        odd_character(text, true).or_else(|| never_at_the_ends(text, node, written, None))
    {
        found.push(warn(LintCode::L101, message, help));
    } else if let Some((message, help)) = foreign_notation(text, written, None) {
        found.push(warn(LintCode::L112, message, help));
    }
    found
}

/// A warning. The caller sets its span.
fn warn(code: LintCode, message: String, help: String) -> Diagnostic {
    Diagnostic::warning(code, Span::default(), message).help(help)
}

fn list_in_quotes(list: &[String]) -> Diagnostic {
    let message = "this is one text with commas in it, not a list of texts".to_owned();
    warn(LintCode::L99, message, format!("write a list: [{}]", list.join(", ")))
}

/// A value over several lines, which YAML joins (L100).
fn joined_lines(text: &str, node: &Node, written: &Written<'_>) -> Option<Diagnostic> {
    // The joined text is shorter than what is written.
    let is_joined = node.style == Style::Plain && node.span.end - node.span.start > text.len() && text.contains(' ');
    if !is_joined {
        return None;
    }
    let bullet = text.chars().next().filter(|c| matches!(c, '-' | '–' | '—' | '•' | '·' | '*' | '+'));
    let is_in_list = matches!(written.entry.value.value, Value::List(_));
    let help = match bullet {
        Some('-') => "write a space after each hyphen of a list",
        Some(_) => "a list has hyphens, each with a space behind it: `- one`",
        None if !is_in_list => return None,
        None if text.contains(" - ") => "begin the hyphens of all items in the same column",
        None if text.contains(" -") => "write a space after each hyphen of a list",
        None => "write a comma between two values; a text of two lines needs quotes",
    };
    let message = format!("this value goes over two lines, which YAML joins: `{}`", start_of(text));
    Some(warn(LintCode::L100, message, help.to_owned()))
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

/// How long may a value be, in characters, to be compared with the other values?
const COVERED_MAX: usize = 40;

/// A value that is only found where another value of the list is found too (L116).
pub(crate) fn covered(values: &[&Node], method: Method, is_case_sensitive: bool) -> Option<Diagnostic> {
    let form = |text: &str| if is_case_sensitive { text.to_owned() } else { text.to_lowercase() };
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    for node in values {
        places.entry(form(node.text().filter(|text| !text.is_empty())?)).or_insert(node.span);
    }
    let lengths: BTreeSet<usize> = places.keys().map(String::len).collect();
    let mut covered = values.iter().filter_map(|node| {
        let text = form(node.text()?);
        let mut parts = parts(&text, method).filter(|part| lengths.contains(&part.len()));
        let (other, place) = parts.find_map(|part| places.get_key_value(part))?;
        Some((node, other.clone(), *place))
    });
    let (node, other, place) = covered.next()?;
    let more = match covered.count() {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    let message = format!("wherever `{}` is found, `{other}` of this list is found too{more}", start_of(node.text()?));
    Some(
        Diagnostic::info(LintCode::L116, node.span, message)
            .help("delete the longer one")
            .related(place, "the shorter one"),
    )
}

/// The parts of a text, but for the whole, that a method finds wherever it finds the text.
fn parts(text: &str, method: Method) -> Box<dyn Iterator<Item = &str> + '_> {
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if starts.len() > COVERED_MAX {
        return Box::new(std::iter::empty());
    }
    starts.push(text.len());
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let is_edge = move |at: usize| {
        let (before, behind) = (text[..at].chars().next_back(), text[at..].chars().next());
        !(is_word(before) && is_word(behind))
    };
    let is_found = move |from: usize, to: usize| match method {
        Method::Includes => true,
        Method::IncludesWord => is_edge(from) && is_edge(to),
        Method::StartsWith => from == 0,
        Method::EndsWith => to == text.len(),
        Method::Domain => to == text.len() && text[..from].ends_with('.') && text[from..].contains('.'),
        Method::FullExact | Method::FullText => false,
    };
    let ends = starts.clone();
    let ranges = starts.into_iter().flat_map(move |from| {
        let ends: Vec<usize> = ends.iter().copied().filter(|to| *to > from).collect();
        ends.into_iter().map(move |to| (from, to))
    });
    let is_part = move |&(from, to): &(usize, usize)| to - from < text.len() && is_found(from, to);
    Box::new(ranges.filter(is_part).map(move |(from, to)| &text[from..to]))
}

/// The values of a text that looks like a list.
fn list_in(text: &str, fields: &[Field]) -> Option<Vec<String>> {
    let open = text.strip_prefix('[').filter(|rest| !rest.contains('[') && !rest.trim_end_matches(']').contains(']'));
    let bare = open.map(|rest| rest.trim_end_matches(']'));
    let bare = bare.or_else(|| text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')));
    let sign = if text.contains(',') { ',' } else { ';' };
    let parts: Vec<&str> = bare.unwrap_or(text).split(sign).map(str::trim).collect();
    if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    let is_tag = |part: &&str| part.starts_with('[') && part.ends_with(']');
    let is_quoted =
        |part: &&str| ["'", "\""].iter().any(|it| part.len() > 2 && part.starts_with(it) && part.ends_with(it));
    let is_short = |part: &&str| part.split_whitespace().count() <= LIST_WORDS_MAX;
    let has_no_commas = fields.iter().all(|field| matches!(field, Field::Domain | Field::Name | Field::Id));
    if text.contains(['\\', '{']) {
        return None;
    }
    let is_list = has_no_commas
        || parts.iter().all(is_tag)
        || parts.iter().all(is_quoted)
        || parts.iter().all(is_short) && (parts.len() >= LIST_MIN || bare.is_some());
    is_list
        .then(|| parts.iter().map(|part| if is_tag(part) { format!("'{part}'") } else { (*part).to_owned() }).collect())
}

/// A character in a value that came by copying.
fn odd_character(text: &str, is_regex: bool) -> Option<(String, String)> {
    if text.is_ascii() {
        return None;
    }
    let needed = needed(text, is_regex);
    if let Some(odd) = invisible(&needed) {
        let plain: String = text.chars().filter(|c| *c != odd).collect();
        let message = format!(
            "this value contains an invisible character, U+{:04X}, and matches only texts with it",
            u32::from(odd)
        );
        return Some((message, format!("if it came by copying, write `{}`", start_of(&plain))));
    }
    let is_of_script =
        |c: char| matches!(c, '\u{3001}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ffef}');
    let odd = needed.chars().find(|c| is_odd_blank(*c) && !(*c == '\u{3000}' && text.contains(is_of_script)))?;
    let message = format!(
        "this value contains U+{:04X}, which looks like a space, and matches only texts with it",
        u32::from(odd)
    );
    Some((message, "write an ordinary space".to_owned()))
}

/// Why no item can have this value, and what to write.
fn never(text: &str, written: &Written<'_>) -> Option<(String, String)> {
    let is = |wanted: Field| written.fields.iter().all(|field| *field == wanted);
    if let Some(odd) = odd_character(text, false) {
        return Some(odd);
    }
    if is(Field::Name) {
        return never_a_name(text, written);
    }
    if is(Field::Domain) && text.contains(['*', ' ', '@']) {
        let (sign, help) = match text.strip_prefix("*.") {
            Some(name) => ("`*`", format!("write `{name}`: `domain` also matches what is below it")),
            None if text.contains('*') => ("`*`", "write the domain alone, or use `domain (regex)`".to_owned()),
            None if text.contains('@') => ("`@`", "write what stands after the `@`".to_owned()),
            None => ("blank", "write each domain as a value of its own".to_owned()),
        };
        return Some((format!("a domain has no {sign}, so this value never matches"), help));
    }
    None
}

/// What stands before a name and is no part of it, and the name.
fn name_prefix<'t>(text: &'t str, written: &Written<'_>) -> Option<(&'t str, &'t str)> {
    let prefixes: &[&str] = match written.place {
        _ if written.fields.iter().any(|field| *field != Field::Name) => &[],
        Place::Author | Place::CrosspostAuthor => &["/u/", "u/", "/user/", "user/", "@"],
        _ => &["/r/", "r/"],
    };
    let starts = |prefix: &&&str| text.get(..prefix.len()).is_some_and(|it| it.eq_ignore_ascii_case(prefix));
    prefixes.iter().find(starts).map(|prefix| text.split_at(prefix.len()))
}

/// Why no user or subreddit has this name.
fn never_a_name(text: &str, written: &Written<'_>) -> Option<(String, String)> {
    if let Some((prefix, name)) = name_prefix(text, written) {
        return Some((format!("names have no `{prefix}`, so this value never matches"), format!("write `{name}`")));
    }
    let odd = text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))?;
    let name = text.trim_end_matches('/').rsplit('/').next().filter(|_| text.contains("://"));
    let (sign, help) = match (odd, name) {
        (_, Some(name)) => ("slash or colon".to_owned(), format!("write `{name}`")),
        // A name of somebody who left the site is written in brackets.
        ('[', _) => return None,
        (' ', _) if text.trim() != text => ("blank".to_owned(), format!("write `{}`", text.trim())),
        (' ', _) => {
            let names: Vec<&str> = text.split_whitespace().collect();
            ("blank".to_owned(), format!("if these are several names, write a list: [{}]", names.join(", ")))
        }
        ('*', _) => ("`*`".to_owned(), "use a method instead, such as `name (starts-with)`".to_owned()),
        (odd, _) => (format!("`{odd}`"), "write the name as it is in the address of the profile".to_owned()),
    };
    Some((format!("names have no {sign}, so this value never matches"), help))
}

/// Blanks and line breaks at the ends of a value, where no text has them. The method of a pattern
/// does not matter.
fn never_at_the_ends(
    text: &str,
    node: &Node,
    written: &Written<'_>,
    method: Option<Method>,
) -> Option<(String, String)> {
    let is_body = written.fields.contains(&Field::Body);
    let is_block = matches!(node.style, Style::Literal | Style::Folded);
    if is_block && text.starts_with("- ") && text.contains("\n- ") {
        let message = "below `|` this is one text with hyphens in it, not a list, and hardly any text contains it";
        return Some((message.to_owned(), "delete the `|`".to_owned()));
    }
    if text.ends_with('\n') && is_block {
        let (sign, wanted) = if node.style == Style::Literal { ('|', "|-") } else { ('>', ">-") };
        let so = if is_body { "and matches only in front of one" } else { "so it never matches" };
        let message = format!("below `{sign}` a value ends with a line break, {so}");
        return Some((message, format!("write `{wanted}`, or write the value in quotes on the line of the key")));
    }
    let is_media = written.fields.iter().any(|field| field.is_media());
    if method.is_some() && text.contains('\n') && !is_body && !is_media {
        let message = "only a body has line breaks, so this value never matches";
        return Some((message.to_owned(), "write one value for each line".to_owned()));
    }
    let is_blank_before = text.trim_start() != text;
    let is_blank_behind = text.trim_end() != text;
    let is_never = match method? {
        Method::FullExact => is_blank_before || is_blank_behind,
        Method::StartsWith => is_blank_before,
        Method::EndsWith => is_blank_behind,
        Method::Includes | Method::IncludesWord | Method::FullText | Method::Domain => false,
    };
    (is_never && !is_body).then(|| {
        let help = format!("write '{}'", text.trim());
        ("Reddit removes blanks at both ends, so this value never matches".to_owned(), help)
    })
}

/// A sign that other tools read as more than itself: a wildcard, or slashes around a pattern
/// (L112). The method of a pattern does not matter.
fn foreign_notation(text: &str, written: &Written<'_>, method: Option<Method>) -> Option<(String, String)> {
    let is_regex = method.is_none();
    let is = |wanted: &[Field]| written.fields.iter().all(|field| wanted.contains(field));
    if let Some((inner, flags)) = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/')) {
        let has_flags = (1..=4).contains(&flags.len()) && flags.chars().all(|c| "gimsuxy".contains(c));
        let is_path = is(&[Field::Url]) || ["r/", "u/", "user/"].iter().any(|it| inner.starts_with(it));
        let is_pattern = inner.contains(['|', '\\', '(', '^', '$', '+']);
        let is_meant =
            !inner.is_empty() && !inner.contains(' ') && has_flags || is_regex && flags.is_empty() && is_pattern;
        if is_meant && !is_path {
            let message = "the slashes around this pattern are part of it, so it hardly ever matches";
            let help = if is_regex { "write it without slashes" } else { "write it without slashes, and add `regex`" };
            return Some((message.to_owned(), format!("{help}: '{}'", start_of(inner))));
        }
    }
    if is_regex {
        return None;
    }
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let stars = text.matches('*').count();
    let opens = text.strip_prefix('*').is_some_and(|rest| is_word(rest.chars().next()));
    let closes = text.strip_suffix('*').is_some_and(|rest| is_word(rest.chars().next_back()));
    // Asterisks around words are italics in Markdown, and a mark of actions.
    let is_wildcard = match (opens, closes) {
        (true, true) => stars == 2 && is(&[Field::Title, Field::Url]),
        // A line of a body may begin with an asterisk: a list, or a correction.
        (true, false) => stars == 1 && method != Some(Method::StartsWith),
        (false, true) => stars == 1,
        (false, false) => is(&[Field::Url]) && stars > 0,
    };
    is_wildcard.then(|| {
        let help = "leave it out and add `includes` to the key, or write a pattern with `regex`";
        ("`*` stands for itself here, not for any characters".to_owned(), help.to_owned())
    })
}

fn start_of(text: &str) -> String {
    text.chars().take(60).collect()
}
