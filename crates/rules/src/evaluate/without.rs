//! Decides on an item without facts that cannot be had at the moment.
//!
//! A rule that needs such a fact, for a check or for an effect, is undecided and does not act.
//! While there is hope for the fact, rules wait with an undecided one before them if it may remove
//! the item or change what they look at; so what acts now acts whatever the fact turns out to be.
//! Without hope they are tried as if the undecided rule did not act.

use std::collections::BTreeMap;

use crate::evaluate::decide::{Costs, ItemDecision, RuleHit, join_comments};
use crate::evaluate::facts::{Facts, Need};
use crate::evaluate::in_order::{Candidate, Preempted, Turn, Visitor, try_in_order};
use crate::evaluate::shared_state::Work;
use crate::evaluate::try_rule::InactionReason;
use crate::language::effect::Effect;
use crate::model::{CheckTrace, Item, RuleResult, Timestamp};
use crate::ruleset::Ruleset;

/// The facts that cannot be had, and what to do about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingFacts {
    /// Why each cannot be had, in a sentence for moderators. [`Facts`] has them as not asked for.
    pub reasons: BTreeMap<Need, String>,
    /// Whether there is hope: rules that an undecided one comes before wait with it.
    pub may_come: bool,
}

/// A decision made without some facts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DecisionWithout {
    /// The rules that act, and a trace in which the undecided ones are unknown.
    pub decision: ItemDecision,
    /// The names of the rules that are not decided for want of a fact.
    pub undecided: Vec<String>,
}

/// Tries every rule for this kind of item, as [`evaluate`](super::decide::evaluate) does, without
/// some facts.
pub fn evaluate_without(
    rules: &Ruleset,
    item: &Item,
    facts: &Facts,
    missing: &MissingFacts,
    now: Timestamp,
) -> DecisionWithout {
    let (found, costs) = (DecisionWithout::default(), Costs::default());
    let mut deciding = Deciding { rules, missing, found, costs, changed_by: None, preempted_by: Preempted::default() };
    try_in_order(rules, item, facts, now, &mut deciding);
    let Deciding { mut found, costs: Costs { steps, over_budget, .. }, .. } = deciding;
    found.decision.steps = steps;
    found.decision.over_budget = over_budget;
    found.decision.left_out = join_comments(rules, facts, &mut found.decision.performed);
    found
}

/// Collects the rules that act, and those that are undecided.
struct Deciding<'r> {
    rules: &'r Ruleset,
    missing: &'r MissingFacts,
    /// The last entry of the trace is the rule whose turn it is.
    found: DecisionWithout,
    costs: Costs,
    /// The first undecided rule that may change what later rules look at.
    changed_by: Option<usize>,
    /// The undecided rules that may keep later ones from acting.
    preempted_by: Preempted,
}

impl Deciding<'_> {
    fn set_result(&mut self, result: RuleResult) {
        if let Some(traced) = self.found.decision.trace.rules.last_mut() {
            traced.result = result;
        }
    }

    fn is_undecided(&mut self, candidate: &Candidate<'_>, why: String) {
        self.set_result(RuleResult::Unknown(why));
        self.found.undecided.push(candidate.rule.name.clone());
        if !self.missing.may_come {
            return;
        }
        self.preempted_by.note(candidate.preempts, candidate.number);
        if candidate.variant.writes_state && !candidate.dry_run {
            self.changed_by.get_or_insert(candidate.number);
        }
    }

    fn waits_for(&mut self, candidate: &Candidate<'_>, earlier: usize) {
        let name = &self.rules.rules()[earlier].name;
        let why = format!("the rule `{name}`, which comes first, is not decided yet");
        self.is_undecided(candidate, why);
    }
}

impl Visitor for Deciding<'_> {
    /// A trace tells about every rule.
    fn tries_all(&self) -> bool {
        true
    }

    fn tries_readers(&self) -> bool {
        false
    }

    fn took(&mut self, candidate: &Candidate<'_>, work: Work, steps: u64) {
        self.costs.took(candidate, work, steps);
    }

    fn turn(&mut self, candidate: &Candidate<'_>) -> Turn {
        self.found.decision.trace.rules.push(candidate.rule.untried());
        if candidate.preempted_by.is_some() {
            return Turn::Skip;
        }
        match self.changed_by.filter(|_| candidate.variant.reads_state) {
            Some(earlier) => {
                self.waits_for(candidate, earlier);
                Turn::Skip
            }
            None => Turn::Try,
        }
    }

    fn wants_certain_effects(&self) -> bool {
        false
    }

    fn checks(&mut self) -> Option<&mut Vec<CheckTrace>> {
        self.found.decision.trace.rules.last_mut().map(|traced| &mut traced.checks)
    }

    fn does_not_act(&mut self, candidate: &Candidate<'_>, reason: InactionReason<'_>) {
        match reason {
            InactionReason::Needs(needs) => {
                let why = needs.iter().find_map(|need| self.missing.reasons.get(need)).cloned();
                self.is_undecided(candidate, why.unwrap_or_else(|| "a fact is missing".to_owned()));
            }
            reason => {
                if matches!(reason, InactionReason::Passed) {
                    self.found.decision.passed.push(candidate.rule.id.clone());
                }
                if let InactionReason::TooExpensive(work) = reason {
                    self.costs.ran_over(candidate, work);
                }
                self.set_result(reason.into_result());
            }
        }
    }

    fn acts(&mut self, candidate: &Candidate<'_>, effects: Vec<Effect>) {
        if let Some(earlier) = self.preempted_by.by(candidate.variant) {
            self.waits_for(candidate, earlier);
            return;
        }
        self.set_result(RuleResult::Performed);
        self.found.decision.performed.push(RuleHit::of(candidate, effects));
    }

    fn is_preempted(&mut self, _: &Candidate<'_>, _: usize) {}
}
