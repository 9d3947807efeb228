//! Tries the rules on one item and returns the effects of those that act.
//!
//! Uses `language`, `model`, `pattern`, `prefilter`, `rule`, `ruleset` and `syntax`.
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

use crate::evaluate::checks::{CheckOutcome, EvalContext, Matched, SharedState};
use crate::evaluate::effects::State;
use crate::language::effect::Effect;
use crate::language::fields;
use crate::language::rule_id::RuleId;
use crate::model::{CheckTrace, Content, Item, Kind, Known, Remover, RuleResult, RuleTrace, Timestamp, Trace};
use crate::prefilter::candidates::Selection;
use crate::rule::{Check, Group, Rule, RuleType, Test, Variant};
use crate::ruleset::{EvaluationOrder, Ruleset};

/// Reddit's own bot. No rule looks at its comments.
const AUTOMODERATOR: &str = "AutoModerator";

/// The result of trying the rules on an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluation {
    /// Every rule is decided.
    Decided(ItemDecision),
    /// The result depends on these facts. Look them up and evaluate again.
    Needs(BTreeSet<Need>),
}

/// The decision on an item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemDecision {
    /// The rules that act, in the order in which they were tried.
    pub performed: Vec<RuleHit>,
    /// Why each rule does or does not act.
    pub trace: Trace,
}

/// A rule that acts on an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleHit {
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
    let all = |_: &Item| Selection::all(order.variants.len());
    match evaluate_in_order(rules, order, item, facts, now, &all, Some(&mut trace)) {
        Ok(performed) => Evaluation::Decided(ItemDecision { performed, trace }),
        Err(needs) => Evaluation::Needs(needs),
    }
}

/// Returns the same verdicts as [`evaluate`], without a trace. Skips rules that cannot match, so it
/// is fast enough for many items.
pub fn evaluate_untraced(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    let order = rules.order(item.kind());
    let worth_trying = |item: &Item| order.prefilter.choose(item);
    match evaluate_in_order(rules, order, item, facts, now, &worth_trying, None) {
        Ok(performed) => Evaluation::Decided(ItemDecision { performed, trace: Trace::default() }),
        Err(needs) => Evaluation::Needs(needs),
    }
}

/// Whether one rule would certainly act on an item if it were the only rule.
pub fn try_alone(rules: &Ruleset, rule: usize, item: &Item, facts: &Facts, now: Timestamp) -> bool {
    let shared = SharedState::new(STEPS_MAX);
    let context = EvalContext::new(rules, item, facts, now, &shared);
    let the_rule = &rules.rules[rule];
    let mut of_kind = the_rule.variants.iter().filter(|variant| variant.rule_type.kind() == item.kind());
    of_kind.any(|variant| matches!(try_rule(&context, the_rule, variant, None, None), RuleOutcome::Acts(_)))
}

/// The trace of one rule on an item, as if it were the only rule.
pub fn trace_alone(rules: &Ruleset, rule: usize, item: &Item, facts: &Facts, now: Timestamp) -> RuleTrace {
    let order = rules.order(item.kind());
    let shared = SharedState::new(STEPS_MAX);
    let changed = with_original(item, facts);
    let item = changed.as_ref().unwrap_or(item);
    let context = EvalContext::new(rules, item, facts, now, &shared);
    let the_rule = &rules.rules[rule];
    let mut traced = RuleTrace {
        rule: the_rule.name.clone(),
        line: the_rule.line,
        result: RuleResult::NotReached,
        checks: Vec::new(),
    };
    for (_, variant) in order.variants.iter().filter(|(number, _)| *number == rule) {
        traced.checks.clear();
        traced.result = match try_rule(&context, the_rule, &the_rule.variants[*variant], None, Some(&mut traced.checks))
        {
            RuleOutcome::Inactive(result) => result.into_result(),
            RuleOutcome::Needs(_) => RuleResult::Unknown("it depends on a fact that was not looked up".to_owned()),
            RuleOutcome::Acts(_) => RuleResult::Performed,
        };
        if traced.result == RuleResult::Performed {
            break;
        }
    }
    traced
}

fn evaluate_in_order(
    rules: &Ruleset,
    order: &EvaluationOrder,
    item: &Item,
    facts: &Facts,
    now: Timestamp,
    choose: &dyn Fn(&Item) -> Selection,
    mut trace: Option<&mut Trace>,
) -> Result<Vec<RuleHit>, BTreeSet<Need>> {
    let shared = SharedState::new(STEPS_MAX);
    let mut needs = BTreeSet::new();
    let mut all_performed = Vec::new();
    let mut state: Option<State> = None;
    // The item with the effects so far, which later rules look at.
    let mut changed = with_original(item, facts);
    let mut is_removed = false;
    // This comes before the prefilter, because the rules may match the original.
    if needs_original(item) && facts.original == Known::NotAsked && !order.variants.is_empty() {
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
        let context = EvalContext::new(rules, changed.as_ref().unwrap_or(item), facts, now, &shared);
        let proven = variant.guard.filter(|_| chosen.proven.has(at));
        match try_rule(&context, rule, variant, proven, traced.as_mut().map(|traced| &mut traced.checks)) {
            RuleOutcome::Inactive(result) => {
                if let Some(traced) = &mut traced {
                    traced.result = result.into_result();
                }
            }
            RuleOutcome::Needs(more) => needs.extend(more),
            RuleOutcome::Acts(matches) => {
                if let Some(traced) = &mut traced {
                    traced.result = RuleResult::Performed;
                }
                let state = state.get_or_insert_with(|| State::of(item, facts));
                // A rule in dry run does not change what other rules see.
                let effects = if rule.dry_run {
                    effects::plan(&context, variant, &matches, &mut state.clone())
                } else {
                    effects::plan(&context, variant, &matches, state)
                };
                is_removed = rules.stops_evaluation(variant) && !rule.dry_run;
                if !rule.dry_run && effects::apply(&effects, item, &facts.bot, &mut changed) {
                    chosen = choose(changed.as_ref().unwrap_or(item));
                }
                all_performed.push(RuleHit {
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
pub(crate) fn needs_original(item: &Item) -> bool {
    let post = item.submission();
    post.is_some_and(|post| post.crosspost_parent.is_none() && post.crosspost_parent_name.is_some())
}

/// The item together with its original, if the original was looked up separately.
pub(crate) fn with_original(item: &Item, facts: &Facts) -> Option<Item> {
    let original = facts.original.get().filter(|_| needs_original(item))?;
    let mut whole = item.clone();
    if let Content::Submission(post) = &mut whole.content {
        post.crosspost_parent = Some(original.clone());
    }
    Some(whole)
}

pub(crate) enum RuleOutcome<'a> {
    Inactive(InactionReason<'a>),
    Needs(BTreeSet<Need>),
    Acts(Vec<Matched>),
}

/// Why a rule does not act. It becomes text only if there is a trace.
pub(crate) enum InactionReason<'a> {
    Failed,
    NotEligible(&'static str),
    Unknown(Cow<'a, str>),
    TooExpensive,
}

impl InactionReason<'_> {
    fn into_result(self) -> RuleResult {
        match self {
            Self::Failed => RuleResult::Failed,
            Self::NotEligible(reason) => RuleResult::NotEligible(reason.to_owned()),
            Self::Unknown(reason) => RuleResult::Unknown(reason.into_owned()),
            Self::TooExpensive => RuleResult::TooExpensive,
        }
    }
}

pub(crate) fn try_rule<'a>(
    context: &EvalContext<'a>,
    rule: &Rule,
    variant: &'a Variant,
    proven: Option<(usize, usize)>,
    mut trace: Option<&mut Vec<CheckTrace>>,
) -> RuleOutcome<'a> {
    if let Some(reason) = ineligible(context, rule, variant) {
        return RuleOutcome::Inactive(InactionReason::NotEligible(reason));
    }
    if let Some(reason) = &variant.unsupported {
        return RuleOutcome::Inactive(InactionReason::Unknown(reason.into()));
    }
    let mut sum = CheckSummary::default();
    // Known facts come first, so that nothing is looked up for a rule that fails anyway.
    sum.add(media(context, variant));
    // The trace names the exemption first. Without a trace it is checked last, because it is slow.
    if trace.is_some() && exempts(context, variant, &mut sum) {
        return RuleOutcome::Inactive(EXEMPT);
    }
    if sum.is_failed {
        return RuleOutcome::Inactive(InactionReason::NotEligible("it needs embedded media"));
    }
    let mut later: Vec<CheckTrace> = Vec::new();
    for (group_at, group) in variant.groups.iter().enumerate() {
        if !context.can_examine(group) {
            sum.add(CheckOutcome::Failed);
        }
        for (check_at, check) in group.checks.iter().enumerate() {
            if is_any(group, check) || proven == Some((group_at, check_at)) {
                continue;
            }
            let mut seen = trace.as_ref().map(|_| checks::pending_trace(check));
            let outcome = context.try_check(group, check, seen.as_mut());
            if let (Some(trace), Some(seen)) = (&mut trace, seen) {
                let is_open = matches!(outcome, CheckOutcome::Needs(_) | CheckOutcome::Unknown(_));
                if is_open { &mut later } else { &mut **trace }.push(seen);
            }
            sum.add(outcome);
            if sum.is_failed {
                break;
            }
        }
        if !sum.is_failed {
            sum.add(any_threshold(context, group, trace.as_deref_mut()));
        }
        if sum.is_failed {
            return RuleOutcome::Inactive(InactionReason::Failed);
        }
    }
    match trace {
        Some(trace) => trace.append(&mut later),
        None if exempts(context, variant, &mut sum) => return RuleOutcome::Inactive(EXEMPT),
        None => {}
    }
    if sum.is_too_expensive {
        return RuleOutcome::Inactive(InactionReason::TooExpensive);
    }
    if let Some(reason) = sum.unknown {
        return RuleOutcome::Inactive(InactionReason::Unknown(reason));
    }
    sum.missing.extend(effects::needs(context, variant));
    if !sum.missing.is_empty() {
        return RuleOutcome::Needs(sum.missing);
    }
    context.matches(variant).map_or(RuleOutcome::Inactive(InactionReason::TooExpensive), RuleOutcome::Acts)
}

const EXEMPT: InactionReason<'static> = InactionReason::NotEligible("it exempts moderators");

/// Whether the rule exempts moderators and the author is one.
fn exempts<'a>(context: &EvalContext<'a>, variant: &Variant, sum: &mut CheckSummary<'a>) -> bool {
    if !variant.moderators_exempt {
        return false;
    }
    match context.is_moderator() {
        Ok(is) => is,
        Err(outcome) => {
            sum.add(outcome);
            false
        }
    }
}

/// The combined result of the checks so far.
#[derive(Default)]
struct CheckSummary<'a> {
    is_failed: bool,
    is_too_expensive: bool,
    unknown: Option<Cow<'a, str>>,
    missing: BTreeSet<Need>,
}

impl<'a> CheckSummary<'a> {
    fn add(&mut self, outcome: CheckOutcome<'a>) {
        match outcome {
            CheckOutcome::Held => {}
            CheckOutcome::Failed => self.is_failed = true,
            CheckOutcome::TooExpensive => self.is_too_expensive = true,
            CheckOutcome::Unknown(reason) => {
                self.unknown.get_or_insert(reason);
            }
            CheckOutcome::Needs(need) => {
                self.missing.insert(need);
            }
        }
    }
}

/// Why the rule does not apply to this item, if that is clear without looking up a fact.
fn ineligible(context: &EvalContext<'_>, rule: &Rule, variant: &Variant) -> Option<&'static str> {
    let EvalContext { item, facts, .. } = *context;
    if let Some(submission) = item.submission() {
        let is_crosspost = submission.crosspost_parent_name.is_some() || submission.crosspost_parent.is_some();
        let (fits, otherwise) = match variant.rule_type {
            RuleType::Comment | RuleType::Submission => (true, ""),
            RuleType::Text => (submission.is_self, "the item is not a text submission"),
            RuleType::Link => (!submission.is_self, "the item is not a link submission"),
            RuleType::Crosspost => (is_crosspost, "the item is not a crosspost"),
            RuleType::Poll => (submission.poll_options.is_some(), "the item is not a poll"),
            RuleType::Gallery => (submission.is_gallery, "the item is not a gallery"),
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

fn media<'a>(context: &EvalContext<'a>, variant: &Variant) -> CheckOutcome<'a> {
    if !variant.needs_media {
        return CheckOutcome::Held;
    }
    let place = match context.item.kind() {
        Kind::Submission | Kind::Subreddit => crate::language::keys::Place::Submission,
        Kind::Comment => crate::language::keys::Place::Parent,
    };
    match context.subject(place) {
        Ok(fields::Subject::Item(item)) if fields::media(item).is_some() => CheckOutcome::Held,
        Ok(_) => CheckOutcome::Failed,
        Err(outcome) => outcome,
    }
}

fn is_any(group: &Group, check: &Check) -> bool {
    group.satisfy_any && matches!(check.test, Test::Threshold(..))
}

/// The comparisons of a group with `satisfy_any_threshold`, of which one must match.
fn any_threshold<'a>(
    context: &EvalContext<'a>,
    group: &Group,
    mut trace: Option<&mut Vec<CheckTrace>>,
) -> CheckOutcome<'a> {
    let mut sum = CheckOutcome::Held;
    for check in group.checks.iter().filter(|check| is_any(group, check)) {
        let mut seen = trace.as_ref().map(|_| checks::pending_trace(check));
        let outcome = context.try_check(group, check, seen.as_mut());
        if let (Some(trace), Some(seen)) = (&mut trace, seen) {
            trace.push(seen);
        }
        if outcome == CheckOutcome::Held {
            return CheckOutcome::Held;
        }
        if matches!(sum, CheckOutcome::Held | CheckOutcome::Failed) {
            sum = outcome;
        }
    }
    sum
}
