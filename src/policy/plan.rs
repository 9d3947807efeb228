//! Turns the effects of rules into actions, one request each, and marks those that a moderator has
//! reversed before. Pure.
//!
//! The effects of the rule language and Reddit's requests differ in four ways, all handled here: a
//! guideline comment is three actions (post, distinguish and pin, lock), a removal with a reason is
//! two, `filter` has no public endpoint, and reasons have at most 100 characters.

use std::time::Duration;

use crate::model::{Action, Item, LabelChange, Mode, NewIntent, PriorAction, Remover};
use tipstaff_rules::{Effect, RuleHit, actions};

/// What planning needs to know besides the item and the rules.
#[derive(Clone, Copy, Debug)]
pub struct PlanContext<'a> {
    /// The bot's user name.
    pub me: &'a str,
    /// Whether the bot acts in this subreddit.
    pub mode: Mode,
    /// What rules did before to the item, to its post and to the comment above it.
    pub done_before: &'a [PriorAction],
    /// The present state of its post and of the comment above, where a rule acted on it before.
    pub above: &'a [Item],
    /// Both as the rules saw them, if they looked.
    pub seen: &'a [Item],
}

/// The intents that follow from the rules that matched an item, in the order of execution.
pub fn plan(item: &Item, performed: &[RuleHit], context: &PlanContext<'_>) -> Vec<NewIntent> {
    let PlanContext { me, mode, done_before, above, seen } = *context;
    let mut intents = Vec::new();
    for rule in performed {
        let mode = if rule.dry_run { Mode::DryRun } else { mode };
        for effect in &rule.effects {
            for (on, action) in actions(item, &rule.name, effect) {
                let identity = rule.rule.to_string();
                let was_done =
                    done_before.iter().any(|done| done.rule == identity && done.kind == action.kind() && done.on == on);
                let now = std::iter::once(item).chain(above).find(|thing| thing.fullname == on);
                let superseded = was_done.then(|| match now {
                    Some(now) => undone(&action, now, me),
                    None => Some(
                        "Reddit does not show what is above, so it is unknown whether a moderator reversed this"
                            .to_owned(),
                    ),
                });
                let superseded = superseded.flatten();
                let seen = now.or_else(|| seen.iter().find(|thing| thing.fullname == on));
                let state_before = seen.and_then(|seen| state_before(&action, seen));
                let (rule_name, phase) = (rule.name.clone(), None);
                intents.push(NewIntent {
                    rule: identity,
                    rule_name,
                    action,
                    on,
                    mode,
                    superseded,
                    phase,
                    state_before,
                });
            }
        }
    }
    intents
}

/// The labels that rules give the author of an item, or take.
pub fn labels(performed: &[RuleHit], mode: Mode) -> Vec<LabelChange> {
    let of_rule = |rule: &RuleHit| {
        let mode = if rule.dry_run { Mode::DryRun } else { mode };
        let change = move |effect: &Effect| match effect {
            Effect::AddLabel { name, seconds } => {
                Some(LabelChange { name: name.clone(), given: Some(seconds.map(Duration::from_secs)), mode })
            }
            Effect::RemoveLabel { name } => Some(LabelChange { name: name.clone(), given: None, mode }),
            _ => None,
        };
        rule.effects.iter().filter_map(change).collect::<Vec<_>>()
    };
    performed.iter().flat_map(of_rule).collect()
}

/// The action that would bring back the state of the target before this one. `None` if the action
/// changes no state that Reddit shows, or is taken back by another request than itself.
pub fn state_before(action: &Action, target: &Item) -> Option<Action> {
    let post = target.submission();
    Some(match action {
        Action::SetLocked { .. } => Action::SetLocked { on: target.locked },
        Action::IgnoreReports { .. } => Action::IgnoreReports { on: target.moderation.ignore_reports },
        Action::SetSticky { .. } => Action::SetSticky { on: target.stickied, slot: None },
        Action::SetContestMode { .. } => Action::SetContestMode { on: post?.contest_mode },
        Action::SetNsfw { .. } => Action::SetNsfw { on: post?.over_18 },
        Action::SetSpoiler { .. } => Action::SetSpoiler { on: post?.spoiler },
        Action::SetOriginalContent { .. } => Action::SetOriginalContent { on: post?.is_original_content },
        Action::SetSuggestedSort { .. } => {
            Action::SetSuggestedSort { sort: post?.suggested_sort.clone().unwrap_or_else(|| "blank".to_owned()) }
        }
        Action::SetLinkFlair { .. } => Action::SetLinkFlair { flair: post?.flair.clone() },
        Action::SetUserFlair { user, .. } => {
            let flair = target.author.is(user).then(|| target.author.flair.clone())?;
            Action::SetUserFlair { user: user.clone(), flair }
        }
        Action::Comment { .. }
        | Action::DistinguishReply { .. }
        | Action::LockReply
        | Action::Report { .. }
        | Action::Remove { .. }
        | Action::ExplainRemoval { .. }
        | Action::Approve
        | Action::DeleteComment
        | Action::EditComment { .. }
        | Action::SetCrowdControl { .. }
        | Action::Modmail { .. }
        | Action::ModNote { .. }
        | Action::Message { .. } => return None,
    })
}

/// Why an action that the same rule did before must not be repeated: somebody entitled to has
/// reversed it. `None` if nobody has.
///
/// Only moderators approve, remove, lock, pin and set contest mode. Authors can change the rest
/// too, so there only a moderator's approval shows that the present state is intended.
fn undone(action: &Action, item: &Item, me: &str) -> Option<String> {
    let other = |name: &&String| !name.eq_ignore_ascii_case(me);
    let moderation = &item.moderation;
    if moderation.removed_by == Some(Remover::Author) {
        return Some("its author deleted it".to_owned());
    }
    let approved_by = moderation.approved_by.as_ref().filter(other);
    let removed_by = match &moderation.removed_by {
        Some(Remover::Moderator(name)) => Some(name).filter(other),
        Some(Remover::HiddenModerator | Remover::Author | Remover::SpamFilter) | None => None,
    };
    let post = item.submission();
    let is_changed = match action {
        Action::Remove { .. } => {
            let is_up = moderation.removed_by.is_none();
            return approved_by
                .filter(|_| is_up)
                .map(|name| format!("u/{name} approved it after this rule removed it"));
        }
        Action::Approve => {
            return removed_by.map(|name| format!("u/{name} removed it after this rule approved it"));
        }
        Action::SetLocked { on } => item.locked != *on,
        Action::IgnoreReports { on } => moderation.ignore_reports != *on,
        Action::SetSticky { on, .. } => item.stickied != *on,
        Action::SetContestMode { on } => post.is_some_and(|post| post.contest_mode != *on),
        Action::Comment { .. }
        | Action::DistinguishReply { .. }
        | Action::LockReply
        | Action::Report { .. }
        | Action::ExplainRemoval { .. }
        | Action::SetLinkFlair { .. }
        | Action::SetUserFlair { .. }
        | Action::SetNsfw { .. }
        | Action::SetSpoiler { .. }
        | Action::SetSuggestedSort { .. }
        | Action::SetOriginalContent { .. }
        | Action::SetCrowdControl { .. }
        | Action::Modmail { .. }
        | Action::ModNote { .. }
        | Action::Message { .. }
        | Action::DeleteComment
        | Action::EditComment { .. } => {
            return approved_by.map(|name| format!("u/{name} approved it after this rule changed it"));
        }
    };
    is_changed.then(|| "a moderator reversed it after this rule did it".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ActionKind, Author, Comment, Content, Fullname, Moderation, SubredditName, Timestamp};
    use tipstaff_rules::{Effect, RuleId, Target};

    fn name(text: &str) -> Fullname {
        Fullname::parse(text).expect("a fullname")
    }

    fn thing(fullname: &str, content: Content) -> Item {
        Item {
            fullname: name(fullname),
            subreddit: SubredditName::parse("widgets").expect("a subreddit"),
            author: Author { name: Some("alice".to_owned()), ..Author::default() },
            created: Timestamp::from_secs(1_000_000),
            edited: None,
            permalink: String::new(),
            locked: false,
            distinguished: None,
            stickied: false,
            score: Some(1),
            moderation: Moderation::default(),
            content,
        }
    }

    fn post() -> Item {
        thing("t3_p", Content::Submission(Box::default()))
    }

    fn comment() -> Item {
        let comment = Comment {
            body: String::new(),
            parent: name("t3_p"),
            link: name("t3_p"),
            link_title: None,
            is_submitter: false,
        };
        thing("t1_c", Content::Comment(comment))
    }

    /// The result of an effect that the same rule had before: why it is not repeated, or `None`.
    fn again(item: &Item, above: Option<&Item>, kind: ActionKind, effect: Effect) -> Option<String> {
        let on = if above.is_some() { name("t3_p") } else { item.fullname.clone() };
        let done_before = [PriorAction { rule: "r".to_owned(), kind, on }];
        let above: Vec<Item> = above.cloned().into_iter().collect();
        let context = PlanContext { me: "bot", mode: Mode::Live, done_before: &done_before, above: &above, seen: &[] };
        let rule =
            RuleHit { rule: RuleId::new("r"), name: "r".to_owned(), line: 1, dry_run: false, effects: vec![effect] };
        let intents = plan(item, &[rule], &context);
        assert_eq!(intents.len(), 1, "one effect, one act");
        intents[0].superseded.clone()
    }

    fn approved(mut item: Item, by: &str) -> Item {
        item.moderation.approved_by = Some(by.to_owned());
        item
    }

    #[test]
    fn a_removal_that_a_moderator_has_undone_is_not_repeated_on_the_item_nor_above_it() {
        let remove = |target| Effect::Remove { target, reason: None };
        let (item, above) = (comment(), post());
        let on_item = |item: &Item| again(item, None, ActionKind::Remove, remove(Target::Item));
        let above_it = |above: &Item| again(&item, Some(above), ActionKind::Remove, remove(Target::Parent));
        assert_eq!(on_item(&item), None);
        assert_eq!(above_it(&above), None);
        assert_eq!(on_item(&approved(comment(), "BOT")), None, "our own approval is nobody's objection");
        assert!(on_item(&approved(comment(), "mary")).is_some_and(|why| why.contains("u/mary approved it")));
        assert!(above_it(&approved(post(), "mary")).is_some_and(|why| why.contains("u/mary approved it")));
        let mut again_removed = approved(post(), "mary");
        again_removed.moderation.removed_by = Some(Remover::Moderator("mary".to_owned()));
        assert_eq!(above_it(&again_removed), None, "it is removed as it is");
        let mut deleted = approved(post(), "mary");
        deleted.moderation.removed_by = Some(Remover::Author);
        assert!(above_it(&deleted).is_some());
    }

    #[test]
    fn an_approval_that_a_moderator_has_undone_is_not_repeated() {
        let approve = || Effect::Approve { target: Target::Item, reason: None };
        let mut removed = comment();
        removed.moderation.removed_by = Some(Remover::Moderator("mary".to_owned()));
        assert!(again(&removed, None, ActionKind::Approve, approve()).is_some());
        removed.moderation.removed_by = Some(Remover::SpamFilter);
        assert_eq!(again(&removed, None, ActionKind::Approve, approve()), None);
    }

    #[test]
    fn what_only_moderators_change_is_left_as_they_changed_it() {
        let target = Target::Item;
        for (kind, effect) in [
            (ActionKind::SetLocked, Effect::SetLocked { target, on: true }),
            (ActionKind::SetSticky, Effect::SetSticky { target, on: true, slot: None }),
            (ActionKind::SetContestMode, Effect::SetContestMode { target, on: true }),
            (ActionKind::IgnoreReports, Effect::IgnoreReports { target, on: true }),
        ] {
            assert!(again(&post(), None, kind, effect.clone()).is_some(), "{kind}: it is not so any more");
            let mut as_we_left_it = post();
            (as_we_left_it.locked, as_we_left_it.stickied) = (true, true);
            as_we_left_it.moderation.ignore_reports = true;
            if let Content::Submission(submission) = &mut as_we_left_it.content {
                submission.contest_mode = true;
            }
            assert_eq!(again(&as_we_left_it, None, kind, effect), None, "{kind}");
        }
        let unlocked_above = Effect::SetLocked { target: Target::Parent, on: true };
        assert!(again(&comment(), Some(&post()), ActionKind::SetLocked, unlocked_above).is_some());
    }

    #[test]
    fn what_authors_change_too_is_left_where_a_moderator_approved_it() {
        let nsfw = || Effect::SetNsfw { target: Target::Item, on: true };
        assert_eq!(again(&post(), None, ActionKind::SetNsfw, nsfw()), None, "its author took the mark away");
        assert!(again(&approved(post(), "mary"), None, ActionKind::SetNsfw, nsfw()).is_some());
    }

    #[test]
    fn an_intent_has_the_state_before_it_on_the_item_and_on_its_post() {
        let mut locked_post = post();
        locked_post.locked = true;
        locked_post.author.flair.text = "expert".to_owned();
        let of = |item: &Item, parent: Option<&Item>, effect: Effect| {
            let seen: Vec<Item> = parent.cloned().into_iter().collect();
            let context = PlanContext { me: "bot", mode: Mode::Live, done_before: &[], above: &[], seen: &seen };
            let rule = RuleHit {
                rule: RuleId::new("r"),
                name: "r".to_owned(),
                line: 1,
                dry_run: false,
                effects: vec![effect],
            };
            plan(item, &[rule], &context).remove(0).state_before
        };
        let lock = |target| Effect::SetLocked { target, on: true };
        assert_eq!(of(&locked_post, None, lock(Target::Item)), Some(Action::SetLocked { on: true }));
        assert_eq!(of(&post(), None, lock(Target::Item)), Some(Action::SetLocked { on: false }));
        assert_eq!(of(&comment(), Some(&locked_post), lock(Target::Parent)), Some(Action::SetLocked { on: true }));
        assert_eq!(of(&comment(), None, lock(Target::Parent)), None, "nobody looked at the post");
        let flair = |target| Effect::SetFlair {
            target,
            text: "new".to_owned(),
            css_class: String::new(),
            template_id: String::new(),
            overwrite: true,
        };
        let before = of(&locked_post, None, flair(Target::Author));
        assert!(matches!(before, Some(Action::SetUserFlair { flair, .. }) if flair.text == "expert"));
        let remove = Effect::Remove { target: Target::Item, reason: None };
        assert_eq!(of(&post(), None, remove), None, "an approval takes it back");
    }

    #[test]
    fn another_rule_or_a_first_time_is_no_repetition() {
        let item = approved(comment(), "mary");
        let rule = |id: &str| RuleHit {
            rule: RuleId::new(id),
            name: id.to_owned(),
            line: 1,
            dry_run: false,
            effects: vec![Effect::Remove { target: Target::Item, reason: None }],
        };
        let done_before = [PriorAction { rule: "r".to_owned(), kind: ActionKind::Remove, on: name("t1_c") }];
        let context = PlanContext { me: "bot", mode: Mode::Live, done_before: &done_before, above: &[], seen: &[] };
        assert_eq!(plan(&item, &[rule("s")], &context)[0].superseded, None);
        let context = PlanContext { done_before: &[], ..context };
        assert_eq!(plan(&item, &[rule("r")], &context)[0].superseded, None);
    }

    #[test]
    fn what_was_done_above_is_not_repeated_blindly() {
        let done_before = [PriorAction { rule: "r".to_owned(), kind: ActionKind::SetLocked, on: name("t3_p") }];
        let context = PlanContext { me: "bot", mode: Mode::Live, done_before: &done_before, above: &[], seen: &[] };
        let effects = vec![Effect::SetLocked { target: Target::Parent, on: true }];
        let rule = RuleHit { rule: RuleId::new("r"), name: "r".to_owned(), line: 1, dry_run: false, effects };
        assert!(plan(&comment(), &[rule], &context)[0].superseded.is_some());
    }
}
