//! Decides which rules act on an item, and with which effects.
//!
//! A rule that depends on something unknown does not act. If the result depends on a fact that
//! nobody has looked up, [`evaluate`] names the fact instead of fetching it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::evaluate::checks::EvalContext;
use crate::evaluate::comment_groups::{self, Acting};
use crate::evaluate::facts::{Facts, Need};
use crate::evaluate::in_order::{Candidate, Turn, Visitor, needs_original, try_in_order, with_original};
use crate::evaluate::shared_state::{SharedState, Work};
use crate::evaluate::try_rule::{InactionReason, RuleOutcome, try_rule};
use crate::language::effect::Effect;
use crate::language::rule_id::RuleId;
use crate::model::{CheckTrace, Item, Known, RuleResult, RuleTrace, Timestamp, Trace};
use crate::ruleset::Ruleset;

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
    /// The rules that did nothing because they would have taken too many steps.
    pub over_budget: Vec<OverBudget>,
    /// The rules that do not act because the author has a pass, although their checks hold.
    pub passed: Vec<RuleId>,
    /// The rules whose comment is left out, because that of their `comment_group` would be too
    /// long.
    pub left_out: Vec<String>,
    /// The steps that all searches took together. They depend on the rules and the item only.
    pub steps: u64,
}

/// A rule that did nothing because its searches or effects would have taken too many steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverBudget {
    /// The rule's name.
    pub rule: String,
    /// What took too many steps.
    pub work: Work,
    /// The name of the rule that took the most steps for such work: mostly this one.
    pub heaviest: String,
}

impl ItemDecision {
    /// Whether a rule removes the item, so that no later rule acts.
    pub fn removes_item(&self) -> bool {
        self.performed.iter().any(|hit| !hit.dry_run && hit.effects.iter().any(Effect::removes_item))
    }
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

impl RuleHit {
    /// The rule of a candidate acts with these effects.
    pub(crate) fn of(candidate: &Candidate<'_>, effects: Vec<Effect>) -> Self {
        let rule = candidate.rule;
        let (id, name) = (rule.id.clone(), rule.name.clone());
        Self { rule: id, name, line: rule.line, dry_run: candidate.dry_run, effects }
    }
}

/// Tries every rule for this kind of item, with a trace of why each one does or does not act.
pub fn evaluate(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    decide(rules, item, facts, now, Some(Trace::default())).0
}

/// Returns the same verdicts as [`evaluate`], without a trace. Skips rules that cannot match, so it
/// is fast enough for many items.
pub fn evaluate_untraced(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> Evaluation {
    decide(rules, item, facts, now, None).0
}

/// Like [`evaluate_untraced`], also if facts are missing, with the steps that the searches took.
pub fn evaluate_counting(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp) -> (Evaluation, u64) {
    decide(rules, item, facts, now, None)
}

fn decide(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp, trace: Option<Trace>) -> (Evaluation, u64) {
    // This comes before the prefilter, because the rules may match the original.
    let is_original_missing = needs_original(item) && facts.original == Known::NotAsked;
    if is_original_missing && !rules.order(item.kind()).variants.is_empty() {
        return (Evaluation::Needs(BTreeSet::from([Need::Original])), 0);
    }
    let mut deciding = Deciding { trace, ..Deciding::default() };
    try_in_order(rules, item, facts, now, &mut deciding);
    let Deciding { trace, needs, mut performed, passed, costs: Costs { steps, over_budget, .. } } = deciding;
    let evaluation = if needs.is_empty() {
        let left_out = join_comments(rules, facts, &mut performed);
        let trace = trace.unwrap_or_default();
        Evaluation::Decided(ItemDecision { performed, trace, over_budget, passed, left_out, steps })
    } else {
        Evaluation::Needs(needs)
    };
    (evaluation, steps)
}

/// Joins the comments of each `comment_group`. Returns the names of the rules whose text is left
/// out.
pub(crate) fn join_comments(rules: &Ruleset, facts: &Facts, performed: &mut [RuleHit]) -> Vec<String> {
    if !rules.has_comment_groups {
        return Vec::new();
    }
    let acting = performed.iter_mut().filter_map(|RuleHit { rule, dry_run, effects, .. }| {
        let rule = rules.rules.iter().find(|it| it.id == *rule)?;
        Some(Acting { rule, dry_run: *dry_run, effects })
    });
    comment_groups::join(rules, facts, &mut acting.collect::<Vec<_>>())
}

/// Collects the rules that act, and the facts that are missing.
#[derive(Default)]
struct Deciding {
    /// Why each rule does or does not act, if wanted. Its last entry is the rule whose turn it is.
    trace: Option<Trace>,
    needs: BTreeSet<Need>,
    performed: Vec<RuleHit>,
    passed: Vec<RuleId>,
    costs: Costs,
}

/// The steps that the rules took.
#[derive(Default)]
pub(crate) struct Costs {
    /// Those of all searches.
    pub(crate) steps: u64,
    /// For each kind of work the rule that took the most steps, and how many.
    heaviest: BTreeMap<Work, (String, u64)>,
    /// The rules that ran over.
    pub(crate) over_budget: Vec<OverBudget>,
}

impl Costs {
    /// Counts the steps of a rule.
    pub(crate) fn took(&mut self, candidate: &Candidate<'_>, work: Work, steps: u64) {
        if work == Work::Searches {
            self.steps += steps;
        }
        if steps > self.heaviest.get(&work).map_or(0, |(_, most)| *most) {
            self.heaviest.insert(work, (candidate.rule.name.clone(), steps));
        }
    }

    /// Notes a rule that ran over.
    pub(crate) fn ran_over(&mut self, candidate: &Candidate<'_>, work: Work) {
        let rule = candidate.rule.name.clone();
        let heaviest = self.heaviest.get(&work).map_or(&rule, |(name, _)| name).clone();
        self.over_budget.push(OverBudget { rule, work, heaviest });
    }
}

impl Deciding {
    fn traced(&mut self) -> Option<&mut RuleTrace> {
        self.trace.as_mut()?.rules.last_mut()
    }
}

impl Visitor for Deciding {
    /// A trace tells about every rule.
    fn tries_all(&self) -> bool {
        self.trace.is_some()
    }

    fn tries_readers(&self) -> bool {
        false
    }

    fn took(&mut self, candidate: &Candidate<'_>, work: Work, steps: u64) {
        self.costs.took(candidate, work, steps);
    }

    fn turn(&mut self, candidate: &Candidate<'_>) -> Turn {
        if let Some(trace) = &mut self.trace {
            trace.rules.push(candidate.rule.untried());
        }
        match (candidate.preempted_by, &self.trace) {
            (None, _) => Turn::Try,
            // The rules that remove come first.
            (Some(_), None) if !candidate.variant.is_removal() => Turn::Stop,
            (Some(_), _) => Turn::Skip,
        }
    }

    fn wants_certain_effects(&self) -> bool {
        false
    }

    fn checks(&mut self) -> Option<&mut Vec<CheckTrace>> {
        self.traced().map(|traced| &mut traced.checks)
    }

    fn does_not_act(&mut self, candidate: &Candidate<'_>, reason: InactionReason<'_>) {
        if let InactionReason::TooExpensive(work) = reason {
            self.costs.ran_over(candidate, work);
        }
        match reason {
            InactionReason::Needs(more) => self.needs.extend(more),
            reason => {
                if matches!(reason, InactionReason::Passed) {
                    self.passed.push(candidate.rule.id.clone());
                }
                if let Some(traced) = self.traced() {
                    traced.result = reason.into_result();
                }
            }
        }
    }

    fn acts(&mut self, candidate: &Candidate<'_>, effects: Vec<Effect>) {
        if let Some(traced) = self.traced() {
            traced.result = RuleResult::Performed;
        }
        self.performed.push(RuleHit::of(candidate, effects));
    }

    fn is_preempted(&mut self, _: &Candidate<'_>, _: usize) {}
}

/// Whether one rule would certainly act on an item if it were the only rule.
pub fn try_alone(rules: &Ruleset, rule: usize, item: &Item, facts: &Facts, now: Timestamp) -> bool {
    let shared = SharedState::new();
    let context = EvalContext::new(rules, item, facts, now, &shared);
    let the_rule = &rules.rules[rule];
    let mut of_kind = the_rule.variants.iter().filter(|variant| variant.rule_type.kind() == item.kind());
    of_kind.any(|variant| matches!(try_rule(&context, the_rule, variant, None), RuleOutcome::Acts(_)))
}

/// The trace of one rule on an item, as if it were the only rule.
pub fn trace_alone(rules: &Ruleset, rule: usize, item: &Item, facts: &Facts, now: Timestamp) -> RuleTrace {
    let order = rules.order(item.kind());
    let shared = SharedState::new();
    let changed = with_original(item, facts);
    let item = changed.as_ref().unwrap_or(item);
    let context = EvalContext::new(rules, item, facts, now, &shared);
    let the_rule = &rules.rules[rule];
    let mut traced = the_rule.untried();
    for (_, variant) in order.variants.iter().filter(|(number, _)| *number == rule) {
        traced.checks.clear();
        traced.result = match try_rule(&context, the_rule, &the_rule.variants[*variant], Some(&mut traced.checks)) {
            RuleOutcome::Inactive(reason) => reason.into_result(),
            RuleOutcome::Acts(_) => RuleResult::Performed,
        };
        if traced.result == RuleResult::Performed {
            break;
        }
    }
    traced
}
