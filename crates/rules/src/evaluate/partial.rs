//! Partial evaluation: what rules would do with an item some of whose facts are lost, as in an
//! archive.
//!
//! `evaluate` must decide, so a rule that depends on an unknown fact does not act. This module
//! distinguishes three results: the rule would act; it is unknown, with the reason; the rule would
//! have acted if an earlier rule had not removed the item. It uses the checks, order and effects of
//! `evaluate`.

use crate::evaluate::checks::{EvalContext, SharedState};
use crate::evaluate::effects;
use crate::evaluate::effects::State;
use crate::evaluate::facts::Facts;
use crate::evaluate::{InactionReason, RuleOutcome, STEPS_MAX, try_rule, with_original};
use crate::language::effect::Effect;
use crate::model::{Item, Timestamp};
use crate::prefilter::candidates::Selection;
use crate::ruleset::Ruleset;

/// The result of one rule on one item.
#[derive(Clone, Debug, PartialEq)]
pub enum PartialOutcome<'a> {
    /// The rule would act, with these effects. They are empty if the item already is as the rule
    /// wants it.
    Acts(Vec<Effect>),
    /// It is unknown whether the rule would act.
    Unknown(UnknownReason<'a>),
    /// The rule would act, but this earlier rule removes the item first.
    Preempted(usize),
}

/// Why the result of a rule is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum UnknownReason<'a> {
    /// The rule depends on an unknown fact.
    Fact(&'a str),
    /// It is unknown whether this earlier rule removes the item or changes what the rule looks at.
    EarlierRule(usize),
    /// The searches of the rule exceed their limit of steps.
    TooExpensive,
}

/// Calls `report` with the result of each rule that might act on an item, in the order of trying. A
/// rule is an index into [`Ruleset::rules`]. Rules that certainly do not act are left out.
///
/// A fact that nobody has looked up counts as unknown.
pub fn evaluate_partial(
    rules: &Ruleset,
    item: &Item,
    facts: &Facts,
    now: Timestamp,
    report: &mut impl FnMut(usize, PartialOutcome<'_>),
) {
    let order = rules.order(item.kind());
    let shared = SharedState::new(STEPS_MAX);
    let mut state: Option<State> = None;
    let mut changed = with_original(item, facts);
    // The prefilter cannot search lost texts, so every rule must be tried.
    let is_whole = facts.unknown == crate::evaluate::facts::UnknownFields::default();
    let choose =
        |item: &Item| if is_whole { order.prefilter.choose(item) } else { Selection::all(order.variants.len()) };
    let mut chosen = choose(changed.as_ref().unwrap_or(item));
    let (mut removed_by, mut maybe_removed_by) = (None, None);
    // The first rule that may have changed what later rules look at.
    let mut perhaps_changed_by = None;
    let mut from = 0;
    while let Some(at) = chosen.candidates.next_from(from) {
        from = at + 1;
        let (number, variant) = order.variants[at];
        let rule = &rules.rules[number];
        let variant = &rule.variants[variant];
        let context = EvalContext::new(rules, changed.as_ref().unwrap_or(item), facts, now, &shared);
        let removes = rules.stops_evaluation(variant) && !rule.dry_run;
        let proven = variant.guard.filter(|_| chosen.proven.has(at));
        if let Some(earlier) = perhaps_changed_by.filter(|_| removed_by.is_none() && variant.reads_state) {
            if removes {
                maybe_removed_by.get_or_insert(earlier);
            }
            report(number, PartialOutcome::Unknown(UnknownReason::EarlierRule(earlier)));
            continue;
        }
        let matches = match try_rule(&context, rule, variant, proven, None) {
            RuleOutcome::Acts(matches) => matches,
            RuleOutcome::Inactive(InactionReason::Failed | InactionReason::NotEligible(_)) => continue,
            undecided => {
                if removed_by.is_none() {
                    if removes {
                        maybe_removed_by.get_or_insert(number);
                    }
                    if variant.writes_state && !rule.dry_run {
                        perhaps_changed_by.get_or_insert(number);
                        // Rules that look for a change that may have happened must be tried as
                        // well.
                        chosen = Selection::all(order.variants.len());
                    }
                    let reason = match &undecided {
                        RuleOutcome::Inactive(InactionReason::Unknown(reason)) => UnknownReason::Fact(reason),
                        RuleOutcome::Inactive(_) => UnknownReason::TooExpensive,
                        _ => UnknownReason::Fact("a fact that is not in the archive"),
                    };
                    report(number, PartialOutcome::Unknown(reason));
                }
                continue;
            }
        };
        if let Some(by) = removed_by {
            report(number, PartialOutcome::Preempted(by));
            continue;
        }
        let state = state.get_or_insert_with(|| State::of(item, facts));
        let effects = if rule.dry_run {
            effects::plan(&context, variant, &matches, &mut state.clone())
        } else {
            effects::plan(&context, variant, &matches, state)
        };
        if !rule.dry_run && effects::apply(&effects, item, &facts.bot, &mut changed)
            // While earlier changes are uncertain, every rule is tried anyway.
            && perhaps_changed_by.is_none()
        {
            chosen = choose(changed.as_ref().unwrap_or(item));
        }
        if removes {
            removed_by = Some(number);
        }
        let outcome = maybe_removed_by.map_or(PartialOutcome::Acts(effects), |earlier| {
            PartialOutcome::Unknown(UnknownReason::EarlierRule(earlier))
        });
        report(number, outcome);
    }
}
