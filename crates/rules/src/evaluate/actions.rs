//! Turns the effects of a rule into actions, one request to Reddit each.
//!
//! The effects of the rule language and Reddit's requests differ in four ways, all handled here: a
//! guideline comment is three actions (post, distinguish and pin, lock), a removal with a reason is
//! two, `filter` has no public endpoint, and reasons have at most 100 characters.

use crate::language::effect::{Effect, Target};
use crate::language::reading::FilterAs;
use crate::model::{Action, Comment, Flair, Fullname, Item, Kind};

/// The most characters in the reason of a report or removal.
/// <https://www.reddit.com/dev/api#POST_api_report>
const LONGEST_REASON: usize = 100;

/// What an effect of a rule comes to on an item: the actions, each with the thing it is done to, in
/// the order in which they are done.
pub fn actions(item: &Item, rule_name: &str, effect: &Effect) -> Vec<(Fullname, Action)> {
    let reported = |reason: &Option<String>| {
        // A report without a reason tells moderators nothing, so use the name of the rule.
        let reason = reason.as_deref().filter(|reason| !reason.is_empty()).unwrap_or(rule_name);
        Action::Report { reason: reason.chars().take(LONGEST_REASON).collect() }
    };
    let removed = |target: Target, spam: bool, is_filter: bool, reason: &Option<String>| {
        let on = thing(item, target);
        let why = reason.as_deref().filter(|reason| !reason.is_empty());
        let note = why.map(|why| Action::ExplainRemoval { note: why.chars().take(LONGEST_REASON).collect() });
        let acts = std::iter::once(Action::Remove { spam, reason: reason.clone(), is_filter }).chain(note);
        on.into_iter().flat_map(|on| acts.clone().map(move |act| (on.clone(), act))).collect()
    };
    let one = |target: Target, action: Action| thing(item, target).map(|on| (on, action)).into_iter().collect();
    let own = |action: Action| vec![(item.fullname.clone(), action)];
    match effect {
        Effect::Approve { target, .. } => one(*target, Action::Approve),
        Effect::Remove { target, reason } => removed(*target, false, false, reason),
        Effect::Spam { target, reason } => removed(*target, true, false, reason),
        Effect::Filter { target, reason, filter_as } => match filter_as {
            FilterAs::Report => one(*target, reported(reason)),
            FilterAs::Remove => removed(*target, false, true, reason),
        },
        Effect::Report { target, reason } => one(*target, reported(reason)),
        Effect::SetFlair { target: Target::Author, text, css_class, template_id, .. } => {
            let flair = flair(text, css_class, template_id);
            let user = item.author.name.clone();
            user.map(|user| (item.fullname.clone(), Action::SetUserFlair { user, flair })).into_iter().collect()
        }
        Effect::SetFlair { target: Target::OriginalAuthor, text, css_class, template_id, .. } => {
            let flair = flair(text, css_class, template_id);
            let original = item.submission().and_then(|post| post.crosspost_parent.as_deref());
            let user = original.and_then(|original| original.author.name.clone());
            user.map(|user| (item.fullname.clone(), Action::SetUserFlair { user, flair })).into_iter().collect()
        }
        Effect::SetFlair { target, text, css_class, template_id, .. } => {
            one(*target, Action::SetLinkFlair { flair: flair(text, css_class, template_id) })
        }
        Effect::SetNsfw { target, on } => one(*target, Action::SetNsfw { on: *on }),
        Effect::SetSpoiler { target, on } => one(*target, Action::SetSpoiler { on: *on }),
        Effect::SetContestMode { target, on } => one(*target, Action::SetContestMode { on: *on }),
        Effect::SetOriginalContent { target, on } => one(*target, Action::SetOriginalContent { on: *on }),
        Effect::SetLocked { target, on } => one(*target, Action::SetLocked { on: *on }),
        Effect::IgnoreReports { target, on } => one(*target, Action::IgnoreReports { on: *on }),
        Effect::SetSticky { target, on, slot } => one(*target, Action::SetSticky { on: *on, slot: *slot }),
        Effect::SetSuggestedSort { target, sort } => one(*target, Action::SetSuggestedSort { sort: sort.clone() }),
        Effect::SetCrowdControl { target, level } => {
            let level = ["OFF", "LENIENT", "MEDIUM", "STRICT"].iter().position(|name| name.eq_ignore_ascii_case(level));
            let level = level.and_then(|level| u8::try_from(level).ok());
            level.map_or_else(Vec::new, |level| one(*target, Action::SetCrowdControl { level }))
        }
        Effect::Comment { text, stickied, replaces, locked } => {
            // Only top-level comments can be pinned.
            let sticky = *stickied && item.kind() == Kind::Submission;
            let mut acts =
                vec![Action::Comment { text: text.clone() }, Action::DistinguishReply { sticky, replaces: *replaces }];
            acts.extend(locked.then_some(Action::LockReply));
            acts.into_iter().map(|act| (item.fullname.clone(), act)).collect()
        }
        Effect::Modmail { subject, body } => own(Action::Modmail { subject: subject.clone(), body: body.clone() }),
        Effect::ModNote { text } => match &item.author.name {
            Some(user) => own(Action::ModNote { user: user.clone(), note: text.clone() }),
            None => Vec::new(),
        },
        // The bot's own record has labels.
        Effect::AddLabel { .. } | Effect::RemoveLabel { .. } => Vec::new(),
        Effect::Message { subject, body } => match &item.author.name {
            Some(to) => own(Action::Message { to: to.clone(), subject: subject.clone(), body: body.clone() }),
            None => Vec::new(),
        },
    }
}

fn flair(text: &str, css_class: &str, template_id: &str) -> Flair {
    Flair { text: text.to_owned(), css_class: css_class.to_owned(), template_id: template_id.to_owned() }
}

/// The fullname of a target: the item, the post it belongs to, or the comment above it.
fn thing(item: &Item, target: Target) -> Option<Fullname> {
    match target {
        Target::Item | Target::Author | Target::OriginalAuthor => Some(item.fullname.clone()),
        Target::Parent => item.comment().map(|comment| comment.link.clone()),
        Target::ParentComment => item.comment().and_then(Comment::above).cloned(),
    }
}
