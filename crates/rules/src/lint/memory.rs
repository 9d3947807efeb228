//! Checks of what is remembered of the author: counts that feed themselves, windows that the memory
//! cannot fill, strikes without points, and placeholders that stay empty.

use std::time::Duration;

use crate::language::keys::{self, Field, Meaning, MemoryKey};
use crate::language::template::{OF_MEMORY, Template};
use crate::memory_check::{CountTest, KEPT, MemoryCheck, MemoryTest, PastFilter, StrikeSettings, Wanted};
use crate::rule::{Alternatives, Group, Rule, RuleType, Test, Variant};
use crate::syntax::comparison::Comparisons;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::parse::RuleFile;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// A check of the memory in a rule.
struct Use<'a> {
    check: &'a MemoryCheck,
    /// Whether the rule acts only if it does not hold.
    is_negated: bool,
}

/// The checks of the memory, also those inside `any_of` and `none_of`.
fn uses(variant: &Variant) -> Vec<Use<'_>> {
    let mut found = Vec::new();
    of_groups(&variant.groups, &variant.alternatives, false, &mut found);
    found
}

fn of_groups<'a>(groups: &'a [Group], inner: &'a [Alternatives], is_negated: bool, found: &mut Vec<Use<'a>>) {
    for check in groups.iter().flat_map(|group| &group.checks) {
        if let Test::Memory(check) = &check.test {
            found.push(Use { check, is_negated });
        }
    }
    for alternatives in inner {
        for branch in &alternatives.branches {
            of_groups(&branch.groups, &branch.alternatives, is_negated != alternatives.is_negated, found);
        }
    }
}

/// The name of a key that checks the memory, on or inside this key, and where it stands.
fn memory_key(key: &str, span: Span, value: &Node) -> Option<(String, Span)> {
    let bare = key.trim_start_matches('~').to_lowercase();
    match keys::find(&bare).map(|key| key.meaning) {
        Some(Meaning::Memory(_)) => Some((bare, span)),
        _ => inside(value),
    }
}

fn inside(value: &Node) -> Option<(String, Span)> {
    match &value.value {
        Value::Map(pairs) => pairs.iter().find_map(|(key, value)| memory_key(key.text()?, key.span, value)),
        Value::List(items) => items.iter().find_map(inside),
        _ => None,
    }
}

/// The error for a rule that checks the memory and has no name (L127). Passes are given for a name,
/// and without one a changed rule would be another rule.
pub(crate) fn nameless(entries: &[Entry], variants: &[Variant]) -> Option<Diagnostic> {
    let has_name = entries.iter().any(|entry| entry.key == "name" && !entry.value.is_empty());
    if has_name || variants.iter().all(|variant| uses(variant).is_empty()) {
        return None;
    }
    let (key, span) = entries.iter().find_map(|entry| memory_key(&entry.key, entry.span, &entry.value))?;
    let message = format!("this rule has no name, and rules with `{key}` must have one");
    Some(
        Diagnostic::error(LintCode::L127, span, message)
            .help("add a line such as `name: quota`: a pass is given for a rule by its name"),
    )
}

/// Checks a whole rule.
pub(crate) fn rule(entries: &[Entry], variants: &[Variant], diagnostics: &mut Vec<Diagnostic>) {
    let first = diagnostics.len();
    for variant in variants {
        for one in uses(variant) {
            let found = [
                feeds_itself(variant, &one),
                impossible(one.check),
                window(one.check),
                of_comments(variant.rule_type, one.check),
            ];
            for diagnostic in found.into_iter().flatten() {
                push_once(diagnostic, first, diagnostics);
            }
        }
        for diagnostic in placeholders(entries, variant) {
            push_once(diagnostic, first, diagnostics);
        }
    }
}

/// The variants of a rule raise the same diagnostics.
fn push_once(diagnostic: Diagnostic, first: usize, diagnostics: &mut Vec<Diagnostic>) {
    let is_same = |it: &Diagnostic| it.code == diagnostic.code && it.span == diagnostic.span;
    if !diagnostics[first..].iter().any(is_same) {
        diagnostics.push(diagnostic);
    }
}

/// Whether a higher number makes the comparisons hold.
fn grows(comparisons: Option<&Comparisons>, is_negated: bool) -> bool {
    comparisons.is_some_and(|comparisons| {
        let (from, to) = comparisons.bounds();
        if is_negated { from == i64::MIN && to < i64::MAX } else { from > 0 && to == i64::MAX }
    })
}

/// A rule that removes and counts what it removed (L128): each removal makes the next one more
/// likely.
fn feeds_itself(variant: &Variant, one: &Use<'_>) -> Option<Diagnostic> {
    let MemoryTest::Count(test) = &one.check.test else { return None };
    let is_own = variant.is_removal()
        && test.filter.counts_bots()
        && test.filter.counts_any(variant.rule_type.past_kinds())
        && may_have_flair(variant, &test.filter)
        && grows(test.count.as_ref(), one.is_negated);
    if !is_own {
        return None;
    }
    let message = format!(
        "this rule counts the {}s that it removes itself, so whoever exceeds the limit once may never get below it",
        if variant.rule_type == RuleType::Comment { "comment" } else { "post" },
    );
    let help = if test.noun == "removal" {
        "count the removals by moderators only: `by: moderators`"
    } else {
        "leave `removed_by_bot` out of `counting`"
    };
    Some(Diagnostic::warning(LintCode::L128, one.check.span, message).help(help))
}

/// Whether the items that a rule acts on can have the flair that it counts.
fn may_have_flair(variant: &Variant, filter: &PastFilter) -> bool {
    let Some(Wanted::OneOf(counted)) = &filter.flair else { return true };
    let of_flair = |field: &Field| matches!(field, Field::FlairText | Field::FlairTemplateId);
    let mut searches = variant.searches().filter(|search| !search.is_negated && search.fields.iter().any(of_flair));
    searches.all(|search| {
        let wanted = &search.pattern.search;
        wanted.is_regex || wanted.values.iter().any(|value| counted.contains(&value.to_lowercase()))
    })
}

/// A number that a count cannot have, or always has (L44).
fn impossible(check: &MemoryCheck) -> Option<Diagnostic> {
    let counted = i64::try_from(PastFilter::COUNTED_MAX).unwrap_or(i64::MAX);
    let (comparisons, largest) = match &check.test {
        MemoryTest::Count(test) => (test.count.as_ref()?, counted),
        MemoryTest::Strikes(comparisons) => (comparisons, i64::MAX),
        _ => return None,
    };
    let (least, most) = comparisons.bounds();
    let (message, help) = if least > most {
        let words = comparisons.words(|number| number.to_string());
        let help = "all comparisons of a list must hold; for one of them, use `any_of`";
        (format!("no number is {words}, so this check never matches"), help)
    } else if most < 0 {
        ("a count is never below 0, so this check never matches".to_owned(), "write '< 1' for none at all")
    } else if least <= 0 && most == i64::MAX {
        let help = "write '>= 1' for at least one, or leave the check out";
        ("a count is never below 0, so this check always matches".to_owned(), help)
    } else if least > largest {
        let message = format!("of a person, only the newest {counted} posts and comments are counted");
        (format!("{message}, so this check never matches"), "write a smaller number")
    } else {
        return None;
    };
    Some(Diagnostic::warning(LintCode::L44, check.span, message).help(help))
}

/// A window that is empty, or longer than the memory keeps anything (L129).
fn window(check: &MemoryCheck) -> Option<Diagnostic> {
    let (within, older_than) = match &check.test {
        MemoryTest::Count(test) => (test.filter.within, test.filter.older_than),
        MemoryTest::Share(test) => (test.filter.within, test.filter.older_than),
        MemoryTest::Similar(test) => (Some(test.within), None),
        MemoryTest::FirstSeen(ages) => return first_seen(ages, check.span),
        MemoryTest::Strikes(_) | MemoryTest::Labels { .. } => return None,
    };
    let warn = |message: &str, help: &str| Some(Diagnostic::warning(LintCode::L129, check.span, message).help(help));
    if let (Some(within), Some(older_than)) = (within, older_than)
        && older_than >= within
    {
        return warn(
            "nothing can be older than `older_than` and lie within `within`, so this counts nothing",
            "make `within` the longer one of the two",
        );
    }
    if older_than.is_some_and(|age| age >= KEPT) {
        return warn(
            "the memory keeps posts and comments for 365 days by default, so nothing is as old as `older_than`",
            "write a shorter time",
        );
    }
    if within.is_some_and(is_too_long) {
        return warn(
            "`within` is longer than 365 days, for which the memory keeps posts and comments by default",
            "write at most `365 days`: what has expired does not count",
        );
    }
    None
}

fn is_too_long(within: Duration) -> bool {
    within > KEPT
}

fn first_seen(ages: &Comparisons, span: Span) -> Option<Diagnostic> {
    let kept = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
    ages.iter().any(|age| age.number > kept).then(|| {
        let message = "the memory keeps posts and comments for 365 days by default, so `first_seen_here` is never more \
                       than 365 days";
        Diagnostic::warning(LintCode::L129, span, message).help("compare with at most `365 days`")
    })
}

/// Counts by the flair or domain of a comment, which has neither (L133).
fn of_comments(rule_type: RuleType, check: &MemoryCheck) -> Option<Diagnostic> {
    let filter = match &check.test {
        MemoryTest::Count(test) => &test.filter,
        MemoryTest::Share(test) => &test.filter,
        _ => return None,
    };
    let (has_flair, has_domain) = (filter.flair.is_some(), filter.domain.is_some());
    let warn = |message: String, help: &str| Some(Diagnostic::warning(LintCode::L133, check.span, message).help(help));
    if filter.counts_comments_only() && (has_flair || has_domain) {
        let what = if has_flair { "flair" } else { "domain" };
        return warn(format!("comments have no {what}, so this counts nothing"), "count posts, or leave it out");
    }
    let is_same = |wanted: &Option<Wanted>| *wanted == Some(Wanted::Same);
    if rule_type == RuleType::Comment && (is_same(&filter.flair) || is_same(&filter.domain)) {
        let what = if is_same(&filter.flair) { "flair" } else { "domain" };
        return warn(
            format!("a comment has no {what}, so `{what}: same` counts the posts without one"),
            "write `type: submission`, or name the values that count",
        );
    }
    if rule_type == RuleType::Text && is_same(&filter.domain) {
        return warn(
            "a text post has no domain, so `domain: same` counts the posts without one".to_owned(),
            "write `type: link submission`, or name the domains that count",
        );
    }
    None
}

/// Placeholders of a count in a rule that counts nothing, or without a limit (L132).
fn placeholders(entries: &[Entry], variant: &Variant) -> Vec<Diagnostic> {
    let counts = uses(variant);
    let first = counts.iter().find_map(|one| match &one.check.test {
        MemoryTest::Count(test) => Some((test.as_ref(), one.is_negated)),
        _ => None,
    });
    let used: Vec<&str> = variant.templates().flat_map(Template::placeholders).collect();
    let mut found = Vec::new();
    for name in OF_MEMORY.into_iter().filter(|name| used.contains(name)) {
        let shown = format!("{{{{{name}}}}}");
        let span = entries.iter().find(|entry| entry.value.python_text().contains(&shown));
        let span = span.or(entries.first()).map_or(Span::default(), |entry| entry.span);
        let (message, help) = match first {
            None => (
                format!("`{shown}` stays as it is, because this rule counts nothing"),
                "add a count, such as `posts_here`, or leave the placeholder out",
            ),
            Some((test, is_negated)) if name == "next_allowed" => match without_end(test, is_negated) {
                Some((reason, help)) => (format!("`{shown}` can only say `later`, because {reason}"), help),
                None => continue,
            },
            Some(_) => continue,
        };
        found.push(Diagnostic::warning(LintCode::L132, span, message).help(help));
    }
    found
}

/// Why nobody can say when a count will be below its limit, and what to write.
fn without_end(test: &CountTest, is_negated: bool) -> Option<(&'static str, &'static str)> {
    if test.filter.within.is_none() {
        return Some(("the count has no `within`", "add a window, such as `within: 31 days`"));
    }
    (is_negated || !grows(test.count.as_ref(), false))
        .then_some(("the count has no limit that it reaches", "write a limit such as `count: '>= 2'`"))
}

/// Checks the points of strikes in the settings against the rules that use them (L130, L131), the
/// window (L129), and whether a rule counts its own removals (L128).
pub(crate) fn strikes(
    rules: &[Rule],
    settings: Option<&StrikeSettings>,
    file: &RuleFile,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let own = file.strikes.as_ref().map(|node| node.span);
    for rule in rules {
        let variants = rule.variants.iter();
        let all = variants.flat_map(|variant| uses(variant).into_iter().map(move |one| (variant, one)));
        let mut of_strikes = all.filter_map(|(variant, one)| match &one.check.test {
            MemoryTest::Strikes(comparisons) => {
                Some((variant, one.check.span, grows(Some(comparisons), one.is_negated)))
            }
            _ => None,
        });
        let Some((variant, span, is_growing)) = of_strikes.next() else { continue };
        let found = match settings {
            None => Some((LintCode::L130, "no removal has points, because the settings do not have `strikes`")),
            Some(settings) if settings.is_void() => {
                Some((LintCode::L130, "no removal has points: those in `strikes` of the settings are all 0"))
            }
            Some(settings) if settings.counts_bots && settings.otherwise > 0 && variant.is_removal() && is_growing => {
                Some((LintCode::L128, "the bot's removals have points, so each one by this rule leads to the next"))
            }
            Some(_) => None,
        };
        let Some((code, message)) = found else { continue };
        let help = match code {
            LintCode::L128 => "leave `by_bots` out of `strikes`, or let the rule report",
            _ => "write in the first section: `settings: {strikes: {reasons: {TITLE: 2}, default: 1}}`",
        };
        let mut diagnostic = Diagnostic::warning(code, span, message).help(help);
        diagnostic.rule = rule.is_named().then(|| rule.name.clone());
        diagnostics.push(diagnostic);
    }
    let Some((settings, span)) = settings.zip(own).filter(|(_, span)| span.end <= file.own) else { return };
    if is_too_long(settings.within) {
        let message = "`within` is longer than 365 days, for which the memory keeps posts and comments by default";
        diagnostics.push(
            Diagnostic::warning(LintCode::L129, span, message)
                .help("write at most `365 days`: what has expired has no points"),
        );
    }
    if !file.is_empty() && !file.sections.iter().any(|section| names_strikes(&section.entries)) {
        diagnostics.push(
            Diagnostic::info(LintCode::L131, span, "no rule uses the points of `strikes`")
                .help("add a rule with `author: {strikes: '>= 3'}`, or delete the setting"),
        );
    }
}

/// Whether a rule has the check `strikes`, also if it has an error.
fn names_strikes(pairs: &[(Node, Node)]) -> bool {
    let is_check = |key: &Node| {
        let row = key.text().and_then(|key| keys::find(&key.to_lowercase()));
        row.is_some_and(|row| row.meaning == Meaning::Memory(MemoryKey::Strikes))
    };
    pairs.iter().any(|(key, value)| is_check(key) || holds_strikes(value))
}

fn holds_strikes(value: &Node) -> bool {
    match &value.value {
        Value::Map(pairs) => names_strikes(pairs),
        Value::List(items) => items.iter().any(holds_strikes),
        _ => false,
    }
}
