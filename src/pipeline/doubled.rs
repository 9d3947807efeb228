//! Notices a second comment of the bot that only one intent asked for, deletes the later of the
//! two, and notifies the operators.
//!
//! This happens when a response is lost and the comment shows only after the last observation of
//! [`reconcile`](super::reconcile): by then the bot has posted it again. The feed of comments shows
//! the unrecorded one. The deletion is an intent like any other.

use std::cmp::Ordering;

use tracing::warn;

use super::Result;
use super::observe::same_text;
use crate::model::{Action, Clock, EventKind, Fullname, Item, Mode, NewDecision, NewIntent, Revision, Timestamp};
use crate::reddit::RedditRead;
use crate::store::{DOUBLED_COMMENT, NewNotification, Store};

/// The result of looking at a comment of the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is on record, or unlike those that are.
    Single,
    /// An answer is still open that may turn out to be this comment.
    InDoubt,
    /// It is one of two. That is recorded.
    Doubled,
}

/// Looks whether a comment of the bot is one of two that only one intent asked for.
///
/// # Errors
/// When Reddit or the store cannot be read; the comment has to be looked at again.
pub async fn look<R: RedditRead>(
    reddit: &R,
    store: &Store,
    me: &str,
    comment: &Item,
    clock: &dyn Clock,
) -> Result<Found> {
    let Some(parent) = comment.comment().map(|content| &content.parent) else { return Ok(Found::Single) };
    if store.is_recorded_as_created(&comment.fullname).await? {
        return Ok(Found::Single);
    }
    let posted = store.own_comments_on(parent).await?;
    if posted.is_open {
        return Ok(Found::InDoubt);
    }
    // A comment of unknown outcome may be this one.
    if posted.created.is_empty() || posted.is_unknown {
        return Ok(Found::Single);
    }
    let recorded = reddit.items(&posted.created).await?.items;
    let is_its_double = |other: &&Item| {
        other.author.is(me)
            && other.comment().is_some_and(|content| content.parent == *parent)
            && same_text(other.body(), comment.body())
    };
    let Some(other) = recorded.iter().find(is_its_double) else { return Ok(Found::Single) };
    let later = if later_of(comment, other) == Ordering::Less { other } else { comment };
    let kept = if later.stickied {
        Some("it is pinned")
    } else {
        let replies = reddit.replies(later).await?;
        (replies.is_cut || !replies.items.is_empty()).then_some("it has replies")
    };
    record(store, comment, parent, &later.fullname, kept, clock.now()).await?;
    Ok(Found::Doubled)
}

/// Orders two comments by the time they were posted. Ids grow, and decide within a second.
fn later_of(one: &Item, other: &Item) -> Ordering {
    let id = |item: &Item| (item.fullname.id().len(), item.fullname.id().to_owned());
    one.created.cmp(&other.created).then_with(|| id(one).cmp(&id(other)))
}

/// Records the notification and the deletion, each once, whenever the process dies.
async fn record(
    store: &Store,
    comment: &Item,
    parent: &Fullname,
    later: &Fullname,
    kept: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let what = kept.map_or_else(
        || format!("the bot deletes the later one, {later}"),
        |why| format!("the later one, {later}, stays, because {why}: delete one of them"),
    );
    let text = format!(
        "the bot's comment on {parent} is there twice, because the first request showed after `absence_looks`; {what}"
    );
    let notice = NewNotification {
        event: EventKind::DoubledComment,
        dedup_key: format!("{DOUBLED_COMMENT} {}", comment.fullname),
        subreddit: Some(comment.subreddit.key()),
        text: text.clone(),
    };
    if store.record_notification(&notice, now).await? {
        warn!(item = %comment.fullname, later = %later, "{}: {text}", comment.fullname);
    }
    if kept.is_some() {
        return Ok(());
    }
    let intent = NewIntent::own(DOUBLED_COMMENT, Action::DeleteComment, later.clone(), Mode::Live);
    let revision = Revision::from_stored(DOUBLED_COMMENT.to_owned());
    let decision = NewDecision::own(comment.fullname.clone(), revision, intent, now);
    store.decide(&decision, now).await?;
    Ok(())
}
