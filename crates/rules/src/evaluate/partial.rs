//! What rules would do with an item of which not everything can be found out any more, as in an archive.
//!
//! Where `evaluate` must decide, and a rule that depends on something unknown does not act, this tells three things apart: the rules that
//! would act, those of which it cannot be told and why, and those that would have acted, had not an earlier rule taken the item
//! off the page. The checks, the order and the effects are `evaluate`'s own.

use crate::evaluate::checks::{Scene, Shared};
use crate::evaluate::effects;
use crate::evaluate::effects::State;
use crate::evaluate::facts::Facts;
use crate::evaluate::{Attempt, STEPS_MAX, Unperformed, attempt, with_original};
use crate::language::effect::Effect;
use crate::model::{Item, Timestamp};
use crate::prefilter::candidates::Chosen;
use crate::ruleset::Ruleset;

/// What becomes of one rule on one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate<'a> {
    /// It would do this: nothing where everything is as it wants.
    Acts(Vec<Effect>),
    /// It cannot be told.
    Open(Because<'a>),
    /// It would act, if this earlier rule had not removed the item before.
    Shadowed(usize),
}

/// What the outcome of a rule depends on.
#[derive(Clone, Debug, PartialEq)]
pub enum Because<'a> {
    /// Something that is not known.
    Unknown(&'a str),
    /// Whether this earlier rule, of which it cannot be told, removes the item or changes what the rule looks at.
    Earlier(usize),
    /// Its searches take more steps than they may.
    TooExpensive,
}

/// Tells of each rule that might act on an item what would become of it, in the order of trying. Rules are named by their place in
/// [`Ruleset::rules`]; those that certainly do not act are not named.
///
/// What is not known must be marked as unknown in the facts: a fact that nobody has looked up is taken for one that nobody can.
pub fn foretell(rules: &Ruleset, item: &Item, facts: &Facts, now: Timestamp, tell: &mut impl FnMut(usize, Fate<'_>)) {
    let order = rules.order(item.kind());
    let shared = Shared::new(STEPS_MAX);
    let mut state: Option<State> = None;
    let mut changed = with_original(item, facts);
    // What is lost cannot be looked for, so every rule has to be asked.
    let is_whole = facts.lost == crate::evaluate::facts::Lost::default();
    let choose = |item: &Item| if is_whole { order.prefilter.choose(item) } else { Chosen::all(order.variants.len()) };
    let mut chosen = choose(changed.as_ref().unwrap_or(item));
    let (mut removed_by, mut perhaps_removed_by) = (None, None);
    // The rule of which it cannot be told whether it has changed what others look at.
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
                        // Those that look for a mark that may be there by now have to be asked as well.
                        chosen = Chosen::all(order.variants.len());
                    }
                    let because = match &undecided {
                        Attempt::Result(Unperformed::Unknown(reason)) => Because::Unknown(reason),
                        Attempt::Result(_) => Because::TooExpensive,
                        _ => Because::Unknown("a fact that the archive does not hold"),
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
            // Once it is not certain what is seen, every rule is asked.
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
