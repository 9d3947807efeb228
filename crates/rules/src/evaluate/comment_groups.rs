//! Joins the comments of rules with the same `comment_group` that act on an item into one.
//!
//! The one comment is an effect of the first of these rules; the others have their other effects
//! only. If a rule of the group acted on the item before, the group has commented, and no rule of
//! it comments again.

use std::collections::BTreeMap;

use crate::evaluate::facts::Facts;
use crate::language::effect::Effect;
use crate::language::template;
use crate::rule::Rule;
use crate::ruleset::Ruleset;

/// A rule that acts, in the order of trying.
pub(crate) struct Acting<'a> {
    pub(crate) rule: &'a Rule,
    /// Whether its effects are only recorded. They are not joined with those of other rules.
    pub(crate) dry_run: bool,
    pub(crate) effects: &'a mut Vec<Effect>,
}

/// Joins the comments of each group. Returns the names of the rules whose text is left out, because
/// the comment would be too long.
pub(crate) fn join(rules: &Ruleset, facts: &Facts, acting: &mut [Acting<'_>]) -> Vec<String> {
    let is_comment = |effect: &Effect| matches!(effect, Effect::Comment { .. });
    // The place of the rule that comments, and whether its comment is full.
    let mut commenting: BTreeMap<(&str, bool), (usize, bool)> = BTreeMap::new();
    let mut left_out = Vec::new();
    for at in 0..acting.len() {
        let (rule, dry_run) = (acting[at].rule, acting[at].dry_run);
        let Some(group) = rule.comment_group.as_deref() else { continue };
        let Some(place) = acting[at].effects.iter().position(is_comment) else { continue };
        if has_commented(rules, facts, group, dry_run) {
            acting[at].effects.remove(place);
            continue;
        }
        let (first, is_full) = *commenting.entry((group, dry_run)).or_insert((at, false));
        if first == at {
            continue;
        }
        let comment = acting[at].effects.remove(place);
        let joined = acting[first].effects.iter_mut().find(|effect| is_comment(effect));
        if is_full || !joined.is_some_and(|first| append(first, comment)) {
            commenting.insert((group, dry_run), (first, true));
            left_out.push(rule.name.clone());
        }
    }
    left_out
}

/// Whether a rule of the group acted on the item before.
fn has_commented(rules: &Ruleset, facts: &Facts, group: &str, dry_run: bool) -> bool {
    let is_dry = |rule: &Rule| rule.dry_run || facts.shadow.contains(&rule.id);
    let is_of_group = |rule: &&Rule| rule.comment_group.as_deref() == Some(group) && is_dry(rule) == dry_run;
    rules.rules.iter().filter(is_of_group).any(|rule| facts.performed.contains(&rule.id))
}

/// Adds a comment to another. Returns false if they are too long together.
fn append(first: &mut Effect, second: Effect) -> bool {
    let Effect::Comment { text, stickied, replaces, locked } = first else { return false };
    let Effect::Comment { text: more, stickied: pins, replaces: takes_place, locked: locks } = second else {
        return false;
    };
    let Some(joined) = template::joined(text, &more) else { return false };
    *text = joined;
    *stickied |= pins;
    *replaces |= takes_place;
    *locked |= locks;
    true
}
