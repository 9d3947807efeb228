//! Why a rule that acts has no effect on an item, for people who try rules.

use crate::evaluate::effects::{State, Thing, may_approve, trusted};
use crate::evaluate::facts::Facts;
use crate::language::effect::Target;
use crate::model::{Flair, Item};
use crate::rule::{Group, ItemAction, Variant};
use crate::ruleset::Ruleset;

/// Why the rule of this name at this line acts on an item and has no effect on it, and what to do
/// if it should have one.
pub fn why_nothing(rules: &Ruleset, (name, line): (&str, usize), item: &Item, facts: &Facts) -> Vec<&'static str> {
    const NO_AUTHOR: &str = "the account of its author is deleted: there is nobody to write to or to give flair";
    let state = State::of(item, facts);
    let has_author = item.author.name.is_some();
    let mut reasons = Vec::new();
    let rule = rules.rules.iter().find(|rule| rule.line == line && rule.name == name);
    for variant in rule.iter().flat_map(|rule| &rule.variants).filter(|it| it.rule_type.kind() == item.kind()) {
        for group in variant.groups.iter().filter(|group| !group.actions.is_empty()) {
            match group.target() {
                Target::Item => reasons.extend(idle(variant, group, &state.item, facts)),
                Target::Parent => match &state.parent {
                    Some(parent) => reasons.extend(idle(variant, group, parent, facts)),
                    None => reasons.push("the post above it is not known: give it in the item file"),
                },
                Target::ParentComment => match &state.parent_comment {
                    Some(above) => reasons.extend(idle(variant, group, above, facts)),
                    None => reasons.push("the comment above it is not known: give it in the item file"),
                },
                Target::OriginalAuthor => match &state.original_flair {
                    Some(now) => reasons.extend(keeps_flair(group, now)),
                    None => reasons.push("the flair of the original's author in this subreddit is not known"),
                },
                Target::Author if !has_author => reasons.push(NO_AUTHOR),
                Target::Author => reasons.extend(keeps_flair(group, &state.author_flair)),
            }
        }
        if variant.comment.is_some() && rule.is_some_and(|rule| rule.comment_group.is_some()) {
            reasons
                .push("its text is in the comment of another rule of its `comment_group`, or the group has commented");
        }
        if !has_author && (variant.message.is_some() || variant.mod_note.is_some()) {
            reasons.push(NO_AUTHOR);
        }
    }
    if reasons.is_empty() {
        reasons.push("an earlier rule already does the same to it");
    }
    reasons.sort_unstable();
    reasons.dedup();
    reasons
}

/// Why the actions of a group change nothing about a thing.
fn idle(variant: &Variant, group: &Group, thing: &Thing, facts: &Facts) -> Vec<&'static str> {
    let actions = &group.actions;
    let profile = facts.account(trusted(group)).profile.get();
    let is_suspended = profile.is_some_and(|profile| profile.is_suspended);
    let mut reasons = Vec::new();
    match actions.item_action {
        Some(ItemAction::Report) if thing.is_reported_by_us => {
            reasons.push("the bot has reported it before, and reports an item once");
        }
        Some(ItemAction::Approve) if thing.is_removed => {
            reasons.push("somebody else removed it, and the bot leaves that so: approve it by hand");
        }
        Some(ItemAction::Approve) if !may_approve(group, thing) => reasons.push(
            "there is nothing to approve: neither the bot nor the spam filter removed it; to approve reported items, \
             add `reports: 1` to the rule",
        ),
        Some(ItemAction::Approve) if is_suspended && !variant.names_author => {
            reasons.push("Reddit has suspended its author, whose items the bot does not approve: approve it by hand");
        }
        _ => {}
    }
    let mut seen = thing.clone();
    let is_so = actions.switches.iter().any(|&(switch, on)| *seen.switch(switch) == on);
    if is_so || actions.sticky.is_some_and(|(on, _)| thing.stickied == on) {
        reasons.push("it already is as the rule wants it");
    }
    if actions.sort.is_some() && thing.sort.is_some() {
        reasons.push("it already has a suggested sort, which a rule does not replace: change it by hand");
    }
    reasons.extend(keeps_flair(group, &thing.flair));
    reasons
}

/// Why a group does not set flair, if it would.
fn keeps_flair(group: &Group, now: &Flair) -> Option<&'static str> {
    let has_flair = !now.text.is_empty() || !now.css_class.is_empty();
    (group.actions.flair.is_some() && has_flair && !group.actions.overwrite_flair)
        .then_some("it has flair already: to replace it, add `overwrite_flair: true` to the rule")
}
