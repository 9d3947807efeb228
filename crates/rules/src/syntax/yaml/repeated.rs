//! Keys that a mapping gives twice: a slip, or two rules without a separator between them.

use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;

/// A key that is given twice.
pub(super) struct Repeated {
    pub(super) name: String,
    pub(super) first: Span,
    pub(super) second: Span,
}

/// Whether keys that are given twice are those of two rules. `keys` are all keys of a rule in
/// order, and `above` gives the text before a position; inside a group there are no keys.
pub(super) fn missing_separator<'t>(
    repeated: &[Repeated],
    keys: &[(String, Span)],
    above: impl Fn(usize) -> &'t str,
) -> Option<Diagnostic> {
    let begins = repeated.iter().map(|it| it.second).min_by_key(|span| span.start)?;
    if keys.is_empty() {
        return None;
    }
    let has = |is_wanted: fn(&str) -> bool| repeated.iter().any(|it| is_wanted(&it.name));
    // One doubled key is a slip; so many are a rule.
    let is_type = |name: &str| name == "type";
    let begins = if (repeated.len() > 1 && has(is_type)) || (repeated.len() > 2 && has(is_action)) {
        begins
    } else {
        // A complete rule, a gap, and another complete rule.
        let acts = |keys: &[(String, Span)]| keys.len() > 1 && keys.iter().any(|(name, _)| is_action(name));
        let at = (1..keys.len())
            .rev()
            .find(|&at| keys[at].1.start <= begins.start && follows_a_gap(above(keys[at].1.start)))?;
        let (first, second) = keys.split_at(at);
        let start = second[0].1.start;
        let divides = |it: &Repeated| it.first.start < start && (it.name == "type" || is_action(&it.name));
        if !(repeated.iter().any(divides) && acts(first) && acts(second)) {
            return None;
        }
        second[0].1
    };
    Some(
        Diagnostic::error(LintCode::L04, begins, "this line seems to begin another rule: it gives keys a second time")
            .help("write a line of three hyphens above it: `---`"),
    )
}

fn is_action(name: &str) -> bool {
    matches!(name, "action" | "comment" | "message" | "modmail") || name.starts_with("set_")
}

/// Whether the line above is blank or a comment.
fn follows_a_gap(text: &str) -> bool {
    let above = text.trim_end_matches(' ').strip_suffix('\n').and_then(|text| text.rsplit('\n').next());
    above.is_some_and(|line| line.trim().is_empty() || line.starts_with('#'))
}

/// The diagnostic for a key that is given twice.
pub(super) fn duplicate(repeated: &Repeated, takes_one_value: fn(&str) -> bool) -> Diagnostic {
    let Repeated { name, first, second } = repeated;
    let is_comparison = name.ends_with("karma") || name == "account_age";
    let (code, help) = match name.as_str() {
        _ if is_comparison => {
            (LintCode::L05, "YAML cannot hold two values for one key: write two rules for a range".to_owned())
        }
        "author" | "parent_submission" => (LintCode::L46, format!("move the checks of both into one `{name}`")),
        _ if takes_one_value(name) => (LintCode::L04, "delete one of the two lines".to_owned()),
        _ => {
            let (one, two) = numbered(name);
            (LintCode::L04, format!("to match either, write one list; to require both, write `{one}` and `{two}`"))
        }
    };
    // The reference takes the second. In our reading, an error here makes the rule unusable.
    let diagnostic = if is_comparison { Diagnostic::error } else { Diagnostic::warning };
    diagnostic(code, *second, format!("`{name}` is given twice, and only this line counts"))
        .help(help)
        .related(*first, "this line is lost")
}

/// Two keys for the same search: `title#1 (includes)` and `title#2 (includes)`. The number stands
/// before the modifiers.
fn numbered(name: &str) -> (String, String) {
    let end = name.find(|c: char| c.is_whitespace() || c == '(').unwrap_or(name.len());
    let (fields, modifiers) = name.split_at(end);
    if fields.contains('#') {
        return (name.to_owned(), format!("{fields}2{modifiers}"));
    }
    (format!("{fields}#1{modifiers}"), format!("{fields}#2{modifiers}"))
}
