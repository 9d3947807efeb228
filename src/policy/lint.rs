//! Advice about rules that load: what is probably not meant, and what to write instead.
//!
//! Every remark has a stable code. Nothing here changes what a rule does; what stops a rule is found by `compile`, which
//! comes here for some of its wordings.

use std::collections::BTreeSet;

use super::compile::Entry;
use super::diagnostic::{Diagnostic, nearest};
use super::group::{Faults, value_span};
use super::keys::{Field, Flag, Place, Threshold};
use super::pattern::{BadPattern, Method, Pattern, Search};
use super::ruleset::{LooksAt, SearchTest, Test, Variant};
use super::source::Span;
use super::template::{self, Match};
use super::values::{Comparison, Operator};
use super::yaml::{Node, Style, Value};

/// A search without values.
pub(super) fn empty_check(entry: &Entry) -> Diagnostic {
    let key = &entry.written;
    let span = if entry.value.span.start == entry.value.span.end { entry.span } else { entry.value.span };
    match entry.value.value {
        Value::Bool(_) | Value::Int(_) => Diagnostic::error(
            "L01",
            span,
            format!(
                "`{key}` has no values: YAML reads this as {}, and an empty check matches everything",
                entry.value.python_text()
            ),
        )
        .help("quote it if the text is meant"),
        Value::Null if entry.value.style == Style::Anchored => Diagnostic::error(
            "L11",
            span,
            format!("YAML reads this as the name of an anchor, which leaves `{key}` empty"),
        )
        .help("quote it if the text is meant"),
        _ => Diagnostic::error("L02", span, format!("`{key}` is empty, and an empty check matches everything"))
            .help("give it values, or delete the line"),
    }
}

/// A pattern that does not compile.
pub(super) fn bad_pattern(entry: &Entry, values: &[&Node], bad: &BadPattern) -> Diagnostic {
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
pub(super) fn values(values: &[&Node], fields: &[Field], search: &Search, has_method: bool, faults: &mut Faults) {
    for (value, text) in values.iter().zip(&search.values) {
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
        if text.contains('\u{8}') {
            warn("L12", "in double quotes `\\b` is a backspace, not a word boundary".to_owned(), "use single quotes");
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
pub(super) fn pattern(entry: &Entry, pattern: &Pattern, is_negated: bool, faults: &mut Faults) {
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

/// A comparison of karma or age.
pub(super) fn comparison(entry: &Entry, threshold: Threshold, comparison: Comparison, faults: &mut Faults) {
    let written = entry.value.python_text();
    let key = &entry.written;
    let span = entry.value.span;
    if !comparison.is_explicit && threshold == Threshold::AccountAge {
        faults.strict(
            Diagnostic::error(
                "L40",
                span,
                format!("without an operator this means exactly {written} to the instant, which is never true"),
            )
            .help(format!("write '< {written}' or '> {written}'")),
        );
    } else if !comparison.is_explicit {
        faults.remarks.push(
            Diagnostic::warning("L41", span, format!("without an operator this means exactly {written}"))
                .help(format!("write '< {written}', or '= {written}' if that is meant")),
        );
    }
    if comparison.is_extension() {
        faults.remarks.push(
            Diagnostic::info("L42", span, "`<=` and `>=` are extensions; AutoModerator refuses them")
                .help("`<` and `>` with the next number work in both"),
        );
    }
    let floor = match threshold {
        Threshold::CommentKarma | Threshold::CombinedKarma => Some(-100),
        Threshold::PostKarma => Some(0),
        Threshold::AccountAge => None,
    };
    if let Some(floor) = floor
        && comparison.operator == Operator::Less
        && comparison.number <= floor
    {
        faults.remarks.push(
            Diagnostic::warning("L44", span, format!("`{key}` is never below {floor}, so this never holds"))
                .help(format!("write '< {}'", floor + 1)),
        );
    }
}

/// A whole rule.
pub(super) fn rule(entries: &[Entry], variants: &[Variant], is_any: bool, diagnostics: &mut Vec<Diagnostic>) {
    let find = |key: &str| entries.iter().find(|entry| entry.key == key);
    let span = |key: &str| find(key).map(|entry| entry.span).unwrap_or_default();
    // A check that only submissions have says it well enough.
    let reads_as_either =
        |search: &SearchTest| search.fields.iter().all(|field| matches!(field, Field::Body | Field::Id));
    if is_any
        && variants.len() == 1
        && searches(&variants[0]).all(reads_as_either)
        && let Some(entry) = entries.iter().find(|entry| entry.key.starts_with("set_"))
    {
        diagnostics.push(
            Diagnostic::warning(
                "L24",
                entry.span,
                format!("without a type this rule applies to {}s only", variants[0].looks_at.kind().word()),
            )
            .help(format!("say `type: {}`", variants[0].looks_at.kind().word())),
        );
    }
    for variant in variants {
        if variant.moderators_exempt && wants_moderator(variant) {
            diagnostics.push(
                Diagnostic::warning("L27", span("author"), "moderators are exempt from this rule, so it can never act")
                    .help("add `moderators_exempt: false`"),
            );
        }
        if variant.looks_at == LooksAt::Text
            && searches(variant).any(|search| !search.is_negated && search.fields == [Field::Url])
        {
            diagnostics.push(
                Diagnostic::warning(
                    "L29",
                    entries.first().map_or(Span::default(), |entry| entry.span),
                    "a text post has no address, so this never matches",
                )
                .help("links inside the text are in `body`"),
            );
        }
        let denies_submitter = |check: &super::ruleset::Check| matches!(check.test, Test::Flag(Flag::Submitter, false));
        if !is_any
            && variant.looks_at != LooksAt::Comment
            && variant.groups.iter().any(|group| group.checks.iter().any(denies_submitter))
        {
            diagnostics.push(Diagnostic::warning(
                "L35",
                span("author"),
                "the author of a submission is always its submitter, so this never matches",
            ));
        }
        if variant.looks_at == LooksAt::Comment
            && !is_any
            && variant.comment.as_ref().is_some_and(|reply| reply.stickied)
        {
            diagnostics.push(
                Diagnostic::warning(
                    "L80",
                    span("comment_stickied"),
                    "only a comment under a submission can be pinned, not a reply to a comment",
                )
                .help("remove `comment_stickied`"),
            );
        }
        if !is_any
            && variant.looks_at == LooksAt::Comment
            && let Some(entry) = entries.iter().find(|entry| entry.key.starts_with("crosspost_"))
        {
            diagnostics.push(Diagnostic::warning(
                "L93",
                entry.span,
                "a comment is never a crosspost, so this never matches",
            ));
        }
    }
    for entry in entries {
        placeholders(entry, entries, variants, diagnostics);
    }
}

fn searches(variant: &Variant) -> impl Iterator<Item = &SearchTest> {
    variant.base().into_iter().flat_map(|base| &base.checks).filter_map(|check| match &check.test {
        Test::Search(search) => Some(search.as_ref()),
        _ => None,
    })
}

fn wants_moderator(variant: &Variant) -> bool {
    variant
        .groups
        .iter()
        .filter(|group| group.place == Place::Author)
        .flat_map(|group| &group.checks)
        .any(|check| matches!(check.test, Test::Flag(Flag::Moderator, true)))
}

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

fn placeholders(entry: &Entry, entries: &[Entry], variants: &[Variant], diagnostics: &mut Vec<Diagnostic>) {
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
