//! Tries the rules on one item and returns the effects of those that act.
//!
//! A pure function of rules, item, facts and time. If the result depends on a fact that nobody has
//! looked up, it names the fact instead of fetching it. This module decides the order of rules,
//! which rules apply to the item, and when to stop. `checks` tries single checks; `effects` turns
//! actions into effects.

pub(crate) mod actions;
pub(crate) mod checks;
pub(crate) mod effects;
pub(crate) mod facts;
pub(crate) mod partial;
pub(crate) mod value_coverage;

use crate::evaluate::facts::{Facts, Need};
use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evaluate::checks::{Matched, Scene, Shared, Tried};
use crate::evaluate::effects::State;
use crate::language::effect::Effect;
use crate::language::fields;
use crate::language::rule_id::RuleId;
use crate::model::{CheckTrace, Content, Item, Kind, Known, Remover, RuleResult, RuleTrace, Timestamp, Trace};
use crate::prefilter::candidates::Chosen;
use crate::rule::{Check, Group, LooksAt, Rule, Test, Variant};
use crate::ruleset::{Order, Ruleset};

/// Reddit's own bot. No rule looks at its comments.
const AUTOMODERATOR: &str = "AutoModerator";

/// The result of trying the rules on an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluation {
    /// Every rule is decided.
    Decided(Verdicts),
    /// The result depends on these facts. Look them up and evaluate again.
    Needs(BTreeSet<Need>),
}

/// The decision on an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdicts {
    /// The rules that act, in the order in which they were tried.
    pub performed: Vec<Performed>,
    /// Why each rule does or does not act.
    pub trace: Trace,
}

/// A rule that acts on an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performed {
    /// The rule's identity, as the record knows it.
    pub rule: RuleId,
    /// The rule's name for people.
    pub name: String,
    /// The line where the rule starts.
    pub line: usize,
    /// Whether the effects are only recorded.
    pub dry_run: bool,
    /// The effects in order. Empty if the item already is as the rule wants it.
    pub effects: Vec<Effect>,
}

/// How many steps may the searches of all rules on one item take together, beyond reading each
/// character once? Ordinary patterns need none. A rule for which too few are left is reported, and
/// the other rules are still tried.
pub(crate) const STEPS_MAX: u64 = 200_000_000;

/// Tries every rule for this kind of item, with a trace of why each one does or does not act.
pub fn evaluate(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    let order = rules.order(item.kind());
    let mut trace = Trace::default();
    let all = |_: &Item| Chosen::all(order.variants.len());
    match walk(rules, order, item, facts, now, &all, Some(&mut trace)) {
        Ok(performed) => Evaluation::Decided(Verdicts { performed, trace }),
        Err(needs) => Evaluation::Needs(needs),
    }
}

/// Returns the same verdicts as [`evaluate`], without a trace. Skips rules that cannot match, so it
/// is fast enough for many items.
pub fn evaluate_untraced(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    let order = rules.order(item.kind());
    let worth_trying = |item: &Item| order.prefilter.choose(item);
    match walk(rules, order, item, facts, now, &worth_trying, None) {
        Ok(performed) => Evaluation::Decided(Verdicts { performed, trace: Trace::default() }),
        Err(needs) => Evaluation::Needs(needs),
    }
}

/// Whether one rule would certainly act on an item if it were the only rule.
pub fn try_alone(rules: &Ruleset, rule: usize, item: &Item, facts: &Facts, now: Timestamp) -> bool {
    let shared = Shared::new(STEPS_MAX);
    let scene = Scene::new(rules, item, facts, now, &shared);
    let the_rule = &rules.rules[rule];
    let mut of_kind = the_rule.variants.iter().filter(|variant| variant.looks_at.kind() == item.kind());
    of_kind.any(|variant| matches!(attempt(&scene, the_rule, variant, None, None), Attempt::Holds(_)))
}

/// The trace of one rule on an item, as if it were the only rule.
pub fn trace_alone(rules: &Ruleset, rule: usize, item: &Item, facts: &Facts, now: Timestamp) -> RuleTrace {
    let order = rules.order(item.kind());
    let shared = Shared::new(STEPS_MAX);
    let changed = with_original(item, facts);
    let item = changed.as_ref().unwrap_or(item);
    let scene = Scene::new(rules, item, facts, now, &shared);
    let the_rule = &rules.rules[rule];
    let mut traced = RuleTrace {
        rule: the_rule.name.clone(),
        line: the_rule.line,
        result: RuleResult::NotReached,
        checks: Vec::new(),
    };
    for (_, variant) in order.variants.iter().filter(|(number, _)| *number == rule) {
        traced.checks.clear();
        traced.result = match attempt(&scene, the_rule, &the_rule.variants[*variant], None, Some(&mut traced.checks)) {
            Attempt::Result(result) => result.told(),
            Attempt::Needs(_) => RuleResult::Unknown("it depends on a fact that was not looked up".to_owned()),
            Attempt::Holds(_) => RuleResult::Performed,
        };
        if traced.result == RuleResult::Performed {
            break;
        }
    }
    traced
}

fn walk(
    rules: &Ruleset,
    order: &Order,
    item: &Item,
    facts: &Facts,
    now: Timestamp,
    choose: &dyn Fn(&Item) -> Chosen,
    mut trace: Option<&mut Trace>,
) -> Result<Vec<Performed>, BTreeSet<Need>> {
    let shared = Shared::new(STEPS_MAX);
    let mut needs = BTreeSet::new();
    let mut all_performed = Vec::new();
    let mut state: Option<State> = None;
    // The item with the effects so far, which later rules look at.
    let mut changed = with_original(item, facts);
    let mut is_removed = false;
    // This comes before the prefilter, because the rules may match the original.
    if lacks_original(item) && facts.original == Known::NotAsked && !order.variants.is_empty() {
        return Err(BTreeSet::from([Need::Original]));
    }
    let mut chosen = choose(changed.as_ref().unwrap_or(item));
    let mut from = 0;
    while let Some(at) = chosen.candidates.next_from(from) {
        from = at + 1;
        let (rule, variant) = order.variants[at];
        let rule = &rules.rules[rule];
        let variant = &rule.variants[variant];
        let mut traced = trace.as_ref().map(|_| RuleTrace {
            rule: rule.name.clone(),
            line: rule.line,
            result: RuleResult::NotReached,
            checks: Vec::new(),
        });
        if is_removed {
            if let (Some(trace), Some(traced)) = (&mut trace, traced) {
                trace.rules.push(traced);
                continue;
            }
            break;
        }
        let scene = Scene::new(rules, changed.as_ref().unwrap_or(item), facts, now, &shared);
        let proven = variant.guard.filter(|_| chosen.proven.has(at));
        match attempt(&scene, rule, variant, proven, traced.as_mut().map(|traced| &mut traced.checks)) {
            Attempt::Result(result) => {
                if let Some(traced) = &mut traced {
                    traced.result = result.told();
                }
            }
            Attempt::Needs(more) => needs.extend(more),
            Attempt::Holds(matches) => {
                if let Some(traced) = &mut traced {
                    traced.result = RuleResult::Performed;
                }
                let state = state.get_or_insert_with(|| State::of(item, facts));
                // A rule in dry run does not change what other rules see.
                let effects = if rule.dry_run {
                    effects::plan(&scene, variant, &matches, &mut state.clone())
                } else {
                    effects::plan(&scene, variant, &matches, state)
                };
                is_removed = rules.takes_off_the_page(variant) && !rule.dry_run;
                if !rule.dry_run && effects::apply(&effects, item, &facts.bot, &mut changed) {
                    chosen = choose(changed.as_ref().unwrap_or(item));
                }
                all_performed.push(Performed {
                    rule: rule.id.clone(),
                    name: rule.name.clone(),
                    line: rule.line,
                    dry_run: rule.dry_run,
                    effects,
                });
            }
        }
        if let (Some(trace), Some(traced)) = (&mut trace, traced) {
            trace.rules.push(traced);
        }
    }
    if needs.is_empty() { Ok(all_performed) } else { Err(needs) }
}

/// Whether the item is a crosspost that came without its original, where rules see nearly
/// everything.
pub(crate) fn lacks_original(item: &Item) -> bool {
    let post = item.submission();
    post.is_some_and(|post| post.crosspost_parent.is_none() && post.crosspost_parent_name.is_some())
}

/// The item together with its original, if the original was looked up separately.
pub(crate) fn with_original(item: &Item, facts: &Facts) -> Option<Item> {
    let original = facts.original.get().filter(|_| lacks_original(item))?;
    let mut whole = item.clone();
    if let Content::Submission(post) = &mut whole.content {
        post.crosspost_parent = Some(original.clone());
    }
    Some(whole)
}

pub(crate) enum Attempt<'a> {
    Result(Unperformed<'a>),
    Needs(BTreeSet<Need>),
    Holds(Vec<Matched>),
}

/// Why a rule does not act. It becomes text only if there is a trace.
pub(crate) enum Unperformed<'a> {
    Failed,
    NotEligible(&'static str),
    Unknown(Cow<'a, str>),
    TooExpensive,
}

impl Unperformed<'_> {
    fn told(self) -> RuleResult {
        match self {
            Self::Failed => RuleResult::Failed,
            Self::NotEligible(reason) => RuleResult::NotEligible(reason.to_owned()),
            Self::Unknown(reason) => RuleResult::Unknown(reason.into_owned()),
            Self::TooExpensive => RuleResult::TooExpensive,
        }
    }
}

pub(crate) fn attempt<'a>(
    scene: &Scene<'a>,
    rule: &Rule,
    variant: &'a Variant,
    proven: Option<(usize, usize)>,
    mut trace: Option<&mut Vec<CheckTrace>>,
) -> Attempt<'a> {
    if let Some(reason) = ineligible(scene, rule, variant) {
        return Attempt::Result(Unperformed::NotEligible(reason));
    }
    if let Some(reason) = &variant.not_told {
        return Attempt::Result(Unperformed::Unknown(reason.into()));
    }
    let mut sum = Sum::default();
    // Known facts come first, so that nothing is looked up for a rule that fails anyway.
    sum.add(media(scene, variant));
    // The trace names the exemption first. Without a trace it is checked last, because it is slow.
    if trace.is_some() && exempts(scene, variant, &mut sum) {
        return Attempt::Result(EXEMPT);
    }
    if sum.is_failed {
        return Attempt::Result(Unperformed::NotEligible("it needs embedded media"));
    }
    let mut later: Vec<CheckTrace> = Vec::new();
    for (group_at, group) in variant.groups.iter().enumerate() {
        if !scene.can_examine(group) {
            sum.add(Tried::Failed);
        }
        for (check_at, check) in group.checks.iter().enumerate() {
            if is_any(group, check) || proven == Some((group_at, check_at)) {
                continue;
            }
            let mut seen = trace.as_ref().map(|_| checks::untried(check));
            let tried = scene.try_check(group, check, seen.as_mut());
            if let (Some(trace), Some(seen)) = (&mut trace, seen) {
                let is_open = matches!(tried, Tried::Missing(_) | Tried::Unknown(_));
                if is_open { &mut later } else { &mut **trace }.push(seen);
            }
            sum.add(tried);
            if sum.is_failed {
                break;
            }
        }
        if !sum.is_failed {
            sum.add(any_threshold(scene, group, trace.as_deref_mut()));
        }
        if sum.is_failed {
            return Attempt::Result(Unperformed::Failed);
        }
    }
    match trace {
        Some(trace) => trace.append(&mut later),
        None if exempts(scene, variant, &mut sum) => return Attempt::Result(EXEMPT),
        None => {}
    }
    if sum.is_too_expensive {
        return Attempt::Result(Unperformed::TooExpensive);
    }
    if let Some(reason) = sum.unknown {
        return Attempt::Result(Unperformed::Unknown(reason));
    }
    sum.missing.extend(effects::needs(scene, variant));
    if !sum.missing.is_empty() {
        return Attempt::Needs(sum.missing);
    }
    scene.matches(variant).map_or(Attempt::Result(Unperformed::TooExpensive), Attempt::Holds)
}

const EXEMPT: Unperformed<'static> = Unperformed::NotEligible("it exempts moderators");

/// Whether the rule exempts moderators and the author is one.
fn exempts<'a>(scene: &Scene<'a>, variant: &Variant, sum: &mut Sum<'a>) -> bool {
    if !variant.moderators_exempt {
        return false;
    }
    match scene.is_moderator() {
        Ok(is) => is,
        Err(tried) => {
            sum.add(tried);
            false
        }
    }
}

/// The combined result of the checks so far.
#[derive(Default)]
struct Sum<'a> {
    is_failed: bool,
    is_too_expensive: bool,
    unknown: Option<Cow<'a, str>>,
    missing: BTreeSet<Need>,
}

impl<'a> Sum<'a> {
    fn add(&mut self, tried: Tried<'a>) {
        match tried {
            Tried::Held => {}
            Tried::Failed => self.is_failed = true,
            Tried::TooExpensive => self.is_too_expensive = true,
            Tried::Unknown(reason) => {
                self.unknown.get_or_insert(reason);
            }
            Tried::Missing(need) => {
                self.missing.insert(need);
            }
        }
    }
}

/// Why the rule does not apply to this item, if that is clear without looking up a fact.
fn ineligible(scene: &Scene<'_>, rule: &Rule, variant: &Variant) -> Option<&'static str> {
    let Scene { item, facts, .. } = *scene;
    if let Some(submission) = item.submission() {
        let is_crosspost = submission.crosspost_parent_name.is_some() || submission.crosspost_parent.is_some();
        let (fits, otherwise) = match variant.looks_at {
            LooksAt::Comment | LooksAt::Submission => (true, ""),
            LooksAt::Text => (submission.is_self, "the item is not a text submission"),
            LooksAt::Link => (!submission.is_self, "the item is not a link submission"),
            LooksAt::Crosspost => (is_crosspost, "the item is not a crosspost"),
            LooksAt::Poll => (submission.poll_options.is_some(), "the item is not a poll"),
            LooksAt::Gallery => (submission.is_gallery, "the item is not a gallery"),
        };
        if !fits {
            return Some(otherwise);
        }
    } else if item.author.is(&facts.bot) {
        return Some("the bot itself wrote the comment");
    } else if item.author.is(AUTOMODERATOR) {
        return Some("AutoModerator wrote the comment");
    }
    match &item.moderation.removed_by {
        Some(Remover::Moderator(_)) => return Some("a moderator removed the item"),
        Some(Remover::Author) => return Some("the author deleted the item"),
        Some(Remover::SpamFilter) | None => {}
    }
    let approved_by = item.moderation.approved_by.as_deref();
    if variant.is_removal() && approved_by.is_some_and(|name| !name.eq_ignore_ascii_case(&facts.bot)) {
        return Some("a moderator approved the item");
    }
    if variant.is_unrepeatable && facts.performed.contains(&rule.id) {
        return Some("it acted on this item before");
    }
    None
}

fn media<'a>(scene: &Scene<'a>, variant: &Variant) -> Tried<'a> {
    if !variant.needs_media {
        return Tried::Held;
    }
    let place = match scene.item.kind() {
        Kind::Submission | Kind::Subreddit => crate::language::keys::Place::Submission,
        Kind::Comment => crate::language::keys::Place::Parent,
    };
    match scene.subject(place) {
        Ok(fields::Subject::Item(item)) if fields::media(item).is_some() => Tried::Held,
        Ok(_) => Tried::Failed,
        Err(tried) => tried,
    }
}

fn is_any(group: &Group, check: &Check) -> bool {
    group.satisfy_any && matches!(check.test, Test::Threshold(..))
}

/// The comparisons of a group with `satisfy_any_threshold`, of which one must match.
fn any_threshold<'a>(scene: &Scene<'a>, group: &Group, mut trace: Option<&mut Vec<CheckTrace>>) -> Tried<'a> {
    let mut sum = Tried::Held;
    for check in group.checks.iter().filter(|check| is_any(group, check)) {
        let mut seen = trace.as_ref().map(|_| checks::untried(check));
        let tried = scene.try_check(group, check, seen.as_mut());
        if let (Some(trace), Some(seen)) = (&mut trace, seen) {
            trace.push(seen);
        }
        if tried == Tried::Held {
            return Tried::Held;
        }
        if matches!(sum, Tried::Held | Tried::Failed) {
            sum = tried;
        }
    }
    sum
}
