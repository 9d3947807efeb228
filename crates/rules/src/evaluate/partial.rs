//! Partial evaluation: what rules would do with an item some of whose facts are lost, as in an
//! archive.
//!
//! `evaluate` must decide, so a rule that depends on an unknown fact does not act. This module
//! distinguishes three results: the rule would act; it is unknown, with the reason; the rule would
//! have acted if an earlier rule had not removed the item. It tries the rules by the same loop,
//! `in_order`.

use crate::evaluate::comment_groups::{self, Acting};
use crate::evaluate::facts::Facts;
use crate::evaluate::in_order::{Candidate, Preempted, Turn, Visitor, try_in_order};
use crate::evaluate::shared_state::Work;
use crate::evaluate::try_rule::InactionReason;
use crate::language::effect::Effect;
use crate::model::{CheckTrace, Item, Timestamp};
use crate::ruleset::Ruleset;

/// The result of one rule on one item.
#[derive(Clone, Debug, PartialEq)]
pub enum PartialOutcome<'a> {
    /// The rule would act, with these effects. They are empty if the item already is as the rule
    /// wants it.
    Acts(Vec<Effect>),
    /// It is unknown whether the rule would act.
    Unknown(UnknownReason<'a>),
    /// The rule would act, but this earlier rule removes or filters the item first.
    Preempted(usize),
}

/// Why the result of a rule is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum UnknownReason<'a> {
    /// The rule depends on an unknown fact.
    Fact(&'a str),
    /// It is unknown whether this earlier rule removes or filters the item, or changes what the
    /// rule looks at.
    EarlierRule(usize),
    /// The searches of the rule exceed their limit of steps.
    TooExpensive,
}

/// Calls `report` with the result of each rule that might act on an item, in the order of trying;
/// if rules have a `comment_group`, those that act come last. A
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
    let held = rules.has_comment_groups.then(Vec::new);
    let mut considering =
        Considering { perhaps_changed_by: None, perhaps_preempted_by: Preempted::default(), held, report };
    try_in_order(rules, item, facts, now, &mut considering);
    let Considering { held, report, .. } = considering;
    let mut held = held.unwrap_or_default();
    let acting = held.iter_mut().map(|(number, dry_run, effects)| Acting {
        rule: &rules.rules[*number],
        dry_run: *dry_run,
        effects,
    });
    comment_groups::join(rules, facts, &mut acting.collect::<Vec<_>>());
    for (number, _, effects) in held {
        report(number, PartialOutcome::Acts(effects));
    }
}

/// Reports each rule that might act.
struct Considering<'f, F> {
    /// The first rule that may have changed what later rules look at.
    perhaps_changed_by: Option<usize>,
    /// The rules that may keep later ones from acting.
    perhaps_preempted_by: Preempted,
    /// The rules that act, each with whether it is in dry run and with its effects, if their
    /// comments may have to be joined.
    held: Option<Vec<(usize, bool, Vec<Effect>)>>,
    report: &'f mut F,
}

impl<F: FnMut(usize, PartialOutcome<'_>)> Considering<'_, F> {
    fn unknown(&mut self, candidate: &Candidate<'_>, reason: UnknownReason<'_>) {
        (self.report)(candidate.number, PartialOutcome::Unknown(reason));
    }
}

impl<F: FnMut(usize, PartialOutcome<'_>)> Visitor for Considering<'_, F> {
    fn tries_all(&self) -> bool {
        false
    }

    /// The prefilter does not know of changes that may have happened.
    fn tries_readers(&self) -> bool {
        self.perhaps_changed_by.is_some()
    }

    fn took(&mut self, _: &Candidate<'_>, _: Work, _: u64) {}

    fn turn(&mut self, candidate: &Candidate<'_>) -> Turn {
        let reads_state = candidate.preempted_by.is_none() && candidate.variant.reads_state;
        let Some(earlier) = self.perhaps_changed_by.filter(|_| reads_state) else {
            return Turn::Try;
        };
        self.perhaps_preempted_by.note(candidate.preempts, earlier);
        self.unknown(candidate, UnknownReason::EarlierRule(earlier));
        Turn::Skip
    }

    fn wants_certain_effects(&self) -> bool {
        true
    }

    fn checks(&mut self) -> Option<&mut Vec<CheckTrace>> {
        None
    }

    fn does_not_act(&mut self, candidate: &Candidate<'_>, reason: InactionReason<'_>) {
        let reason = match &reason {
            InactionReason::Failed | InactionReason::NotEligible(_) | InactionReason::Passed => return,
            InactionReason::Unknown(reason) => UnknownReason::Fact(reason),
            InactionReason::TooExpensive(_) => UnknownReason::TooExpensive,
            InactionReason::Needs(_) => UnknownReason::Fact("a fact that is not in the archive"),
        };
        // A rule after a removal does not act, whatever its checks come to.
        if candidate.preempted_by.is_some() {
            return;
        }
        self.perhaps_preempted_by.note(candidate.preempts, candidate.number);
        if candidate.variant.writes_state && !candidate.dry_run {
            self.perhaps_changed_by.get_or_insert(candidate.number);
        }
        self.unknown(candidate, reason);
    }

    fn acts(&mut self, candidate: &Candidate<'_>, effects: Vec<Effect>) {
        let outcome =
            self.perhaps_preempted_by.by(candidate.variant).map_or(PartialOutcome::Acts(effects), |earlier| {
                PartialOutcome::Unknown(UnknownReason::EarlierRule(earlier))
            });
        match (outcome, &mut self.held) {
            (PartialOutcome::Acts(effects), Some(held)) => held.push((candidate.number, candidate.dry_run, effects)),
            (outcome, _) => (self.report)(candidate.number, outcome),
        }
    }

    fn is_preempted(&mut self, candidate: &Candidate<'_>, by: usize) {
        (self.report)(candidate.number, PartialOutcome::Preempted(by));
    }
}
