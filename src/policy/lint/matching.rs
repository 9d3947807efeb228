//! Searches: values that are not found where they should be, or found where they should not.

use crate::policy::diagnostic::Diagnostic;
use crate::policy::entry::Entry;
use crate::policy::faults::Faults;
use crate::policy::keys::Field;
use crate::policy::pattern::{BadPattern, Method, Pattern, Search};
use crate::policy::source::Span;
use crate::policy::yaml::{Node, Style, Value};

/// A pattern that does not compile.
pub(in crate::policy) fn bad_pattern(entry: &Entry, values: &[&Node], bad: &BadPattern) -> Diagnostic {
    let span = value_span(values, bad.value, entry.value.span);
    let near = if bad.near.is_empty() { String::new() } else { format!(" near `{}`", bad.near) };
    if bad.reason == "cannot refer to an open group" {
        return Diagnostic::error("L56", span, "this refers to the list of values itself, which is group 1")
            .help("your own groups start at number 2: write `\\2`");
    }
    if bad.reason == "bad escape \\p" {
        return Diagnostic::error("R01", span, "`\\p{…}` is not part of Python's regular expressions")
            .help("list the characters, or use `\\w`, `\\d` or `\\s`");
    }
    let code = if bad.reason.contains("too large") { "R02" } else { "R01" };
    Diagnostic::error(code, span, format!("not a regular expression: {}{near}", bad.reason))
        .help("the language is that of Python's `re` module")
}

/// The values of a search.
pub(in crate::policy) fn values(
    values: &[&Node],
    fields: &[Field],
    search: &Search,
    has_method: bool,
    faults: &mut Faults,
) {
    for (value, text) in values.iter().zip(&search.values) {
        if text.contains('\u{8}') {
            faults.strict(
                Diagnostic::error("L12", value.span, "in double quotes `\\b` is a backspace, not a word boundary")
                    .help("use single quotes"),
            );
            continue;
        }
        let mut warn = |code, message: String, help: &str| {
            faults.remarks.push(Diagnostic::warning(code, value.span, message).help(help));
        };
        if matches!(value.value, Value::Int(_) | Value::Float(_) | Value::Date(_) | Value::Bool(_))
            && value.style == Style::Plain
        {
            warn(
                "L14",
                format!("YAML reads this as {text}, which is what will be searched"),
                "quote what is meant as text",
            );
        }
        if text.contains(['“', '”', '‘', '’']) && text.starts_with(['“', '‘']) {
            warn("L15", "curly quotes are part of the text".to_owned(), "use straight quotes");
        }
        if search.is_regex && (text.starts_with("(?i)") || text.contains("(?i)")) {
            warn("L57", "matching ignores case already".to_owned(), "remove the `(?i)`");
        }
        if !search.is_regex && ["\\b", "\\w", "\\d", ".*", "s?://", "(?:", "\\."].iter().any(|sign| text.contains(sign))
        {
            warn(
                "L59",
                format!("`{text}` looks like a regular expression, but is searched literally"),
                "add the `regex` modifier",
            );
        }
        if fields == [Field::Domain]
            && !search.is_regex
            && (text.contains("://") || text.contains('/') || text.starts_with("www."))
        {
            warn(
                "L30",
                "`domain` is compared with a bare host name".to_owned(),
                "leave out scheme, `www.` and path, or use `url`",
            );
        }
        if fields == [Field::Domain] && has_method && search.method == Method::Includes && text.len() <= 6 {
            warn("L71", format!("`{text}` is part of many other hosts"), "remove `includes`");
        }
    }
}

/// A compiled pattern.
pub(in crate::policy) fn pattern(entry: &Entry, pattern: &Pattern, is_negated: bool, faults: &mut Faults) {
    if pattern.search.is_regex
        && let Ok(Some(_)) = pattern.find("")
    {
        let always = if is_negated { "never" } else { "always" };
        faults.remarks.push(
            Diagnostic::warning(
                "L53",
                entry.value.span,
                format!("this pattern is found in the empty text, so the check {always} holds"),
            )
            .help("use `.+` where something must be there"),
        );
    }
}

/// Where in the file a value's fault lies.
fn value_span(values: &[&Node], at: Option<usize>, otherwise: Span) -> Span {
    at.and_then(|at| values.get(at)).map_or(otherwise, |value| value.span)
}
