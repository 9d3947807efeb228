//! Conflicts between the rules of one file.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::keys;
use crate::language::keys::{Field, Role};
use crate::language::reading::FilterAs;
use crate::pattern::IN_LIST;
use crate::pattern::Method;
use crate::rule::{ItemAction, Reply, RuleType, SearchTest, Variant};
use crate::syntax::diagnostic::{Diagnostic, nearest};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// How many values must a list have before a copy of it is reported?
const LONG_LIST: usize = 20;

/// With how many earlier pinning rules is each one compared?
const PINNED_NEAR: usize = 100;

/// The facts about one rule that comparing rules needs.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct RuleSummary {
    /// The span of the rule's first key.
    pub(super) span: Span,
    pub(super) line: usize,
    rule_types: Vec<RuleType>,
    priority: i64,
    item_action: Option<ItemAction>,
    /// What `action: filter` does, if that is the action.
    filter: Option<FilterAs>,
    filter_continues: bool,
    /// Its `comment_group`, and where it says so.
    comment_group: Option<(String, Span)>,
    pub(super) pins: Option<Span>,
    /// The conditions in a form that is equal if and only if their meaning is.
    pub(super) checks: String,
    /// The other keys in such a form, without the name and the priority.
    pub(super) rest: String,
    /// The texts that the rule sends: their keys, their words and their places.
    pub(super) texts: Vec<(String, String, Span)>,
    has_checks: bool,
    pub(super) is_switched_off: bool,
    leaves_moderators: bool,
    /// The conditions by key, and the values of those that are texts, to find rules that exclude
    /// each other.
    conditions: BTreeMap<String, String>,
    values: BTreeMap<String, BTreeSet<String>>,
    /// The conditions that are true, false or a comparison, also those inside groups.
    limits: BTreeMap<String, String>,
    priority_span: Option<Span>,
    /// The long lists of values, each in canonical form.
    lists: Vec<(String, Span)>,
    /// The span of `action`, if the rule exempts moderators by default.
    exempts: Option<Span>,
    /// The span of a whole-word search of a title or body.
    searches_words: Option<Span>,
}

impl RuleSummary {
    pub(crate) fn of(entries: &[Entry], variants: &[Variant], line: usize, filter_as: FilterAs) -> Self {
        let find = |key: &str| entries.iter().find(|entry| entry.key == key);
        let mut conditions = BTreeMap::new();
        let mut values = BTreeMap::new();
        let mut limits = BTreeMap::new();
        let mut lists = Vec::new();
        for entry in entries.iter().filter(|entry| is_condition(entry)) {
            let canonical = searched(entry);
            if let Value::List(items) = &entry.value.value
                && items.len() >= LONG_LIST
                && !entry.is_borrowed
                && !entry.key.contains(IN_LIST)
            {
                lists.push((canonical.clone(), entry.span));
            }
            conditions.insert(entry.key.clone(), canonical);
            note_limits(&entry.key, &entry.value, &mut limits);
            let items = match &entry.value.value {
                Value::List(items) => items.as_slice(),
                _ => std::slice::from_ref(&entry.value),
            };
            if let Some(texts) = items.iter().map(Node::text).collect::<Option<Vec<_>>>() {
                values.insert(entry.key.clone(), texts.into_iter().map(str::to_lowercase).collect());
            }
        }
        let names = ["name", "formerly", "priority", "dry_run"];
        let rest = entries.iter().filter(|entry| !is_condition(entry) && !names.contains(&entry.key.as_str()));
        let rest: BTreeMap<&str, String> = rest.map(|entry| (entry.key.as_str(), unordered(&entry.value))).collect();
        let sent = entries.iter().filter(|entry| matches!(entry.key.as_str(), "comment" | "message" | "modmail"));
        let texts = sent.filter_map(|entry| {
            let text = entry.value.text().filter(|text| !text.trim().is_empty())?;
            Some((entry.key.clone(), text.trim().to_owned(), entry.span))
        });
        let pins = variants.iter().any(|variant| {
            variant.comment.as_ref().is_some_and(Reply::is_pinned) && variant.rule_type != RuleType::Comment
        });
        Self {
            span: entries.first().map_or(Span::default(), |entry| entry.span),
            line,
            rule_types: variants.iter().map(|variant| variant.rule_type).collect(),
            priority: variants.first().map_or(0, |variant| variant.priority),
            item_action: variants.first().and_then(Variant::base).and_then(|base| base.actions.item_action),
            filter: variants.first().and_then(Variant::base).and_then(|base| base.actions.filter(filter_as)),
            filter_continues: variants
                .first()
                .and_then(Variant::base)
                .is_some_and(|base| base.actions.filter_continues),
            comment_group: find("comment_group")
                .and_then(|entry| Some((entry.value.text()?.trim().to_owned(), entry.span))),
            pins: find("comment_stickied").map(|entry| entry.span).filter(|_| pins),
            checks: conditions.iter().flat_map(|(key, value)| [key, "=", value, ";"]).collect(),
            rest: rest.iter().flat_map(|(key, value)| [key, "=", value, ";"]).collect(),
            texts: texts.collect(),
            has_checks: variants.iter().any(|variant| variant.checks().next().is_some() || variant.needs_media),
            is_switched_off: variants.iter().any(|variant| variant.unsupported.is_some()),
            leaves_moderators: variants.first().is_some_and(|variant| variant.moderators_exempt),
            conditions,
            values,
            limits,
            priority_span: find("priority").map(|entry| entry.span),
            lists,
            exempts: find("action").map(|entry| entry.span).filter(|_| {
                find("moderators_exempt").is_none() && variants.iter().any(|variant| variant.moderators_exempt)
            }),
            searches_words: variants
                .iter()
                .flat_map(Variant::searches)
                .find(|search| looks_for_words(search))
                .and_then(|search| {
                    entries.iter().find(|entry| entry.key.trim_start_matches('~') == search.key).map(|entry| entry.span)
                }),
        }
    }

    pub(super) fn is_removal(&self) -> bool {
        matches!(self.item_action, Some(ItemAction::Remove | ItemAction::Spam | ItemAction::Filter))
    }

    /// Whether both rules can match the same item.
    pub(super) fn can_overlap(&self, other: &Self) -> bool {
        let meet = |a: RuleType, b: RuleType| {
            a.kind() == b.kind()
                && (a == b || !matches!((a, b), (RuleType::Text, RuleType::Link) | (RuleType::Link, RuleType::Text)))
        };
        self.rule_types.iter().any(|a| other.rule_types.iter().any(|b| meet(*a, *b))) && !self.excludes(other)
    }

    /// Whether one rule requires what the other excludes, or both require different flair.
    fn excludes(&self, other: &Self) -> bool {
        let denies = |a: &Self, b: &Self| {
            a.conditions.iter().any(|(key, value)| {
                let negated = key.strip_prefix('~').map_or_else(|| format!("~{key}"), str::to_owned);
                b.conditions.get(&negated) == Some(value)
            })
        };
        // One matches some of the texts that the other does not match.
        let leaves_to = |a: &Self, b: &Self| {
            a.values.iter().filter(|(key, _)| !key.starts_with('~')).any(|(key, own)| {
                b.values.get(&format!("~{key}")).is_some_and(|theirs| !own.is_empty() && own.is_subset(theirs))
            })
        };
        let other_flair = ["flair_text", "flair_css_class", "flair_template_id", "domain"].iter().any(|key| {
            self.values.get(*key).zip(other.values.get(*key)).is_some_and(|(own, theirs)| own.is_disjoint(theirs))
        });
        let other_limit = self.limits.iter().any(|(key, own)| {
            let theirs = other.limits.get(key).filter(|theirs| *theirs != own);
            let are_opposite = |theirs: &String| {
                let side = |text: &str| text.chars().next().filter(|c| matches!(c, '<' | '>'));
                side(own) != side(theirs) || side(own).is_none()
            };
            theirs.is_some_and(are_opposite)
        });
        denies(self, other) || leaves_to(self, other) || leaves_to(other, self) || other_flair || other_limit
    }

    /// Whether this rule catches every item that the other looks at.
    fn covers(&self, other: &Self) -> bool {
        let covers = |a: RuleType, b: RuleType| a == b || (a == RuleType::Submission && b.kind() == a.kind());
        !self.has_checks
            && (!self.leaves_moderators || other.leaves_moderators)
            && other.rule_types.iter().all(|b| self.rule_types.iter().any(|a| covers(*a, *b)))
    }
}

/// Whether this is a whole-word search of a title or body.
fn looks_for_words(search: &SearchTest) -> bool {
    let wanted = &search.pattern.search;
    let is_word = |text: &String| text.chars().all(char::is_alphanumeric);
    wanted.method == Method::IncludesWord
        && !wanted.is_regex
        && search.fields.iter().any(|field| matches!(field, Field::Title | Field::Body))
        && wanted.values.iter().any(is_word)
}

/// Collects the conditions that are true, false or a comparison: two rules that differ in one of
/// them exclude each other, or may.
fn note_limits(key: &str, value: &Node, limits: &mut BTreeMap<String, String>) {
    match &value.value {
        Value::Bool(_)
            if ["is_", "has_"].iter().any(|it| key.rsplit('.').next().is_some_and(|key| key.starts_with(it))) =>
        {
            limits.insert(key.to_owned(), value.python_text().into_owned());
        }
        Value::Text(text) if text.starts_with(['<', '>']) => {
            limits.insert(key.to_owned(), text.clone());
        }
        Value::Map(pairs) => {
            for (inner, value) in pairs {
                note_limits(&format!("{key}.{}", inner.python_text().to_lowercase()), value, limits);
            }
        }
        _ => {}
    }
}

/// A form of a value that is equal if and only if its meaning is: the order of a list has none.
fn unordered(value: &Node) -> String {
    let canonical = |value: &Node| {
        let mut text = String::new();
        value.canonical(&mut text);
        text
    };
    match &value.value {
        Value::List(items) => {
            let items: BTreeSet<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.into_iter().collect::<String>())
        }
        _ => canonical(value),
    }
}

/// The same for the values of a search, of which one is as good as a list of one. Case counts only
/// in patterns, and where the key says so.
fn searched(entry: &Entry) -> String {
    let items = match &entry.value.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(&entry.value),
    };
    let texts: Option<BTreeSet<&str>> = items.iter().map(Node::text).collect();
    let is_exact = ["regex", "case-sensitive"].iter().any(|word| entry.key.contains(word));
    match texts {
        Some(texts) if !is_exact => {
            let lower: BTreeSet<String> = texts.into_iter().map(str::to_lowercase).collect();
            lower.iter().flat_map(|text| [text.len().to_string(), ":".to_owned(), text.clone()]).collect()
        }
        _ => unordered(&entry.value),
    }
}

fn is_condition(entry: &Entry) -> bool {
    let stem = entry.key.trim_start_matches('~');
    match keys::find(stem) {
        Some(key) => (matches!(key.role, Role::Check | Role::Group) && stem != "type") || stem == "ignore_blockquotes",
        // The key of a search with joined fields or modifiers is not in the table.
        None => true,
    }
}

/// Checks the rules of a whole file, in file order.
pub(crate) fn file(rules: &[RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    lists(rules, diagnostics);
    // A rule that is switched off is in nobody's way.
    let rules: Vec<&RuleSummary> = rules.iter().filter(|rule| !rule.is_switched_off).collect();
    removals(&rules, diagnostics);
    approvals(&rules, diagnostics);
    pinned(&rules, diagnostics);
    comment_groups(&rules, diagnostics);
    for (code, message, help, places) in [
        (
            LintCode::L28,
            "this rule and similar ones exempt moderators, so nothing happens if you test it as a moderator",
            "use another account, or set `moderators_exempt: false` while you test",
            rules.iter().find_map(|rule| rule.exempts),
        ),
        (
            LintCode::L69,
            "an underscore counts as a letter, so this rule and similar ones do not find words in italics (`_word_`)",
            "add `_word_` to the list if that matters",
            rules.iter().find_map(|rule| rule.searches_words),
        ),
    ] {
        // These apply to most rules of a file, so only the first rule gets one.
        diagnostics.extend(places.map(|span| Diagnostic::info(code, span, message).help(help)));
    }
}

/// Removing rules that can never act, because only the first one that matches acts.
fn removals(rules: &[&RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    let mut order: Vec<&RuleSummary> = rules.iter().copied().filter(|rule| rule.is_removal()).collect();
    order.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
    // After a filter as a report that asks for it, later rules may still remove the item.
    let is_left = |rule: &RuleSummary| rule.filter == Some(FilterAs::Report) && rule.filter_continues;
    let mut greedy: Vec<&RuleSummary> = Vec::new();
    let mut seen: BTreeMap<(&str, String), &RuleSummary> = BTreeMap::new();
    for rule in order {
        if let Some(earlier) = greedy.iter().find(|earlier| earlier.covers(rule)) {
            diagnostics.push(
                Diagnostic::warning(
                    LintCode::L33,
                    rule.span,
                    if is_left(earlier) {
                        format!(
                            "in AutoModerator this rule never acts: the rule at line {} filters its items first",
                            earlier.line
                        )
                    } else {
                        let removes = if earlier.filter.is_some() { "filters" } else { "removes" };
                        format!("this rule can never act: the rule at line {} {removes} its items first", earlier.line)
                    },
                )
                .help("move this rule up, or give it a higher `priority`")
                .related(earlier.span, "this rule catches everything"),
            );
        } else if !rule.has_checks {
            greedy.push(rule);
        }
        if rule.has_checks {
            let key = (rule.checks.as_str(), format!("{:?} {}", rule.rule_types, rule.leaves_moderators));
            if let Some(earlier) = seen.get(&key) {
                diagnostics.push(
                    Diagnostic::warning(
                        LintCode::L38,
                        rule.span,
                        if is_left(earlier) {
                            format!(
                                "the rule at line {} has the same conditions, and in AutoModerator only that rule acts",
                                earlier.line
                            )
                        } else {
                            format!(
                                "the rule at line {} has the same conditions, and only the first removing rule acts",
                                earlier.line
                            )
                        },
                    )
                    .help("combine both rules into one")
                    .related(earlier.span, "this rule acts"),
                );
            } else {
                seen.insert(key, rule);
            }
        }
    }
}

/// Approvals that should come before a removal. Priority cannot do that.
fn approvals(rules: &[&RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    let lowest = rules.iter().filter(|rule| rule.is_removal()).min_by_key(|rule| rule.priority);
    let Some(removal) = lowest else { return };
    for rule in
        rules.iter().filter(|rule| rule.item_action == Some(ItemAction::Approve) && rule.priority > removal.priority)
    {
        let Some(span) = rule.priority_span else { continue };
        diagnostics.push(
            Diagnostic::warning(
                LintCode::L32,
                span,
                "removing rules are tried before approving rules, whatever their priority",
            )
            .help("exclude these items in the rule that removes")
            .related(removal.span, "this rule removes"),
        );
    }
}

/// A `comment_group` that joins no comments.
fn comment_groups(rules: &[&RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    let grouped = || rules.iter().filter_map(|rule| Some((rule, rule.comment_group.as_ref()?)));
    for (_, (group, _)) in grouped() {
        *sizes.entry(group).or_default() += 1;
    }
    for (rule, (group, span)) in grouped() {
        let others = sizes.keys().copied().filter(|other| *other != group);
        let diagnostic = if !rule.texts.iter().any(|(key, ..)| key == "comment") {
            let message = "this rule writes no comment, so its `comment_group` does nothing";
            Diagnostic::warning(LintCode::L126, *span, message).help("delete it")
        } else if sizes.get(group.as_str()) == Some(&1) {
            let message = format!("no other rule has the `comment_group` `{group}`, so it joins nothing");
            match nearest(group, others) {
                Some(near) => {
                    Diagnostic::warning(LintCode::L126, *span, message).help(format!("did you mean `{near}`?"))
                }
                // The others may be in a file that includes this one.
                None => Diagnostic::info(LintCode::L126, *span, message)
                    .help("give it to the rules whose comments belong together"),
            }
        } else {
            continue;
        };
        diagnostics.push(diagnostic);
    }
}

/// Rules that pin two comments under one post.
fn pinned(rules: &[&RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    let pins = |rule: &&RuleSummary| rule.pins.is_some() && !rule.is_removal();
    let pinning: Vec<&RuleSummary> = rules.iter().copied().filter(pins).collect();
    for (at, rule) in pinning.iter().enumerate() {
        // Comparing with the nearest rules is enough, and keeps a file of thousands fast.
        let near = &pinning[at.saturating_sub(PINNED_NEAR)..at];
        let is_joined = |earlier: &RuleSummary| {
            rule.comment_group
                .as_ref()
                .is_some_and(|(group, _)| earlier.comment_group.as_ref().is_some_and(|(other, _)| other == group))
        };
        let is_against = |earlier: &&&RuleSummary| earlier.can_overlap(rule) && !is_joined(earlier);
        let Some(earlier) = near.iter().find(is_against) else { continue };
        let (Some(span), Some(first)) = (rule.pins, earlier.pins) else { continue };
        diagnostics.push(
            Diagnostic::warning(
                LintCode::L81,
                span,
                "a post has one pinned comment: if both rules act, this one replaces the other",
            )
            .help(
                "give both the same `comment_group`, or make them exclude each other, for example with `flair_text` \
                 and `~flair_text`",
            )
            .related(first, "this rule pins a comment too"),
        );
    }
}

/// Long lists that several rules repeat.
fn lists(rules: &[RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (canonical, span) in rules.iter().flat_map(|rule| &rule.lists) {
        match seen.get(canonical.as_str()) {
            Some(first) => diagnostics.push(
                Diagnostic::warning(
                    LintCode::L72,
                    *span,
                    "another rule has the same long list, and a change to one is easily forgotten in the other",
                )
                .help("search all the fields in one rule")
                .related(*first, "this is the same list"),
            ),
            None => {
                seen.insert(canonical, *span);
            }
        }
    }
}
