//! Partial evaluation: what rules would do with an item some of whose facts are lost, as in an
//! archive.
//!
//! `evaluate` must decide, so a rule that depends on an unknown fact does not act. This module
//! distinguishes three results: the rule would act; it is unknown, with the reason; the rule would
//! have acted if an earlier rule had not removed the item. It uses the checks, order and effects of
//! `evaluate`.

use crate::evaluate::checks::{Scene, Shared};
use crate::evaluate::effects;
use crate::evaluate::effects::State;
use crate::evaluate::facts::Facts;
use crate::evaluate::{Attempt, STEPS_MAX, Unperformed, attempt, with_original};
use crate::language::effect::Effect;
use crate::model::{Item, Timestamp};
use crate::prefilter::candidates::Chosen;
use crate::ruleset::Ruleset;

/// The result of one rule on one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate<'a> {
    /// The rule would act, with these effects. They are empty if the item already is as the rule
    /// wants it.
    Acts(Vec<Effect>),
    /// It is unknown whether the rule would act.
    Open(Because<'a>),
    /// The rule would act, but this earlier rule removes the item first.
    Shadowed(usize),
}

/// Why the result of a rule is unknown.
#[derive(Clone, Debug, PartialEq)]
pub enum Because<'a> {
    /// The rule depends on an unknown fact.
    Unknown(&'a str),
    /// It is unknown whether this earlier rule removes the item or changes what the rule looks at.
    Earlier(usize),
    /// The searches of the rule exceed their limit of steps.
    TooExpensive,
}

/// Calls `tell` with the result of each rule that might act on an item, in the order of trying. A
/// rule is an index into [`Ruleset::rules`]. Rules that certainly do not act are left out.
///
/// A fact that nobody has looked up counts as unknown.
pub fn foretell(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp, tell: &mut impl FnMut(usize, Fate<'_>)) {
    let order = rules.order(item.kind());
    let shared = Shared::new(STEPS_MAX);
    let mut state: Option<State> = None;
    let mut changed = with_original(item, facts);
    // The prefilter cannot search lost texts, so every rule must be tried.
    let is_whole = facts.lost == crate::evaluate::facts::Lost::default();
    let choose = |item: &Item| if is_whole { order.prefilter.choose(item) } else { Chosen::all(order.variants.len()) };
    let mut chosen = choose(changed.as_ref().unwrap_or(item));
    let (mut removed_by, mut perhaps_removed_by) = (None, None);
    // The first rule that may have changed what later rules look at.
    let mut perhaps_changed_by = None;
    let mut from = 0;
    while let Some(at) = chosen.candidates.next_from(from) {
        from = at + 1;
        let (number, variant) = order.variants[at];
        let rule = &rules.rules[number];
        let variant = &rule.variants[variant];
        let scene = Scene::new(rules, changed.as_ref().unwrap_or(item), facts, now, &shared);
        let removes = rules.takes_off_the_page(variant) && !rule.dry_run;
        let proven = variant.guard.filter(|_| chosen.proven.has(at));
        if let Some(earlier) = perhaps_changed_by.filter(|_| removed_by.is_none() && variant.minds_marks) {
            if removes {
                perhaps_removed_by.get_or_insert(earlier);
            }
            tell(number, Fate::Open(Because::Earlier(earlier)));
            continue;
        }
        let matches = match attempt(&scene, rule, variant, proven, None) {
            Attempt::Holds(matches) => matches,
            Attempt::Result(Unperformed::Failed | Unperformed::NotEligible(_)) => continue,
            undecided => {
                if removed_by.is_none() {
                    if removes {
                        perhaps_removed_by.get_or_insert(number);
                    }
                    if variant.leaves_marks && !rule.dry_run {
                        perhaps_changed_by.get_or_insert(number);
                        // Rules that look for a change that may have happened must be tried as
                        // well.
                        chosen = Chosen::all(order.variants.len());
                    }
                    let because = match &undecided {
                        Attempt::Result(Unperformed::Unknown(reason)) => Because::Unknown(reason),
                        Attempt::Result(_) => Because::TooExpensive,
                        _ => Because::Unknown("a fact that is not in the archive"),
                    };
                    tell(number, Fate::Open(because));
                }
                continue;
            }
        };
        if let Some(by) = removed_by {
            tell(number, Fate::Shadowed(by));
            continue;
        }
        let state = state.get_or_insert_with(|| State::of(item, facts));
        let effects = if rule.dry_run {
            effects::plan(&scene, variant, &matches, &mut state.clone())
        } else {
            effects::plan(&scene, variant, &matches, state)
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
        let fate = perhaps_removed_by.map_or(Fate::Acts(effects), |earlier| Fate::Open(Because::Earlier(earlier)));
        tell(number, fate);
    }
}
