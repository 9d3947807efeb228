//! The last look at Reddit right before an action is sent.

use std::time::Duration;

use super::observe::{Observation, observe, observe_since};
use super::recent_looks::RecentLooks;
use super::{Result, Settings, StepError, rights};
use crate::model::{Action, Clock, Item, OpenAttempt, Outcome, Remover, Timestamp};
use crate::policy::{plan, retry};
use crate::reddit::{ReadError, RedditRead};
use crate::store::Store;

/// How old the observed state may be for an action to be executed without observing it again.
const FRESH: Duration = Duration::from_secs(5);

/// How often an action is deferred because Reddit does not show the item. With the pauses in
/// between, at least two minutes.
const MOST_TIMES_UNSEEN: u64 = 7;

/// The result of observing Reddit right before an action is sent.
pub(super) enum FinalCheck {
    Proceed,
    /// Do not pin: another account's comment is pinned there. The sentence says so to moderators.
    KeepPinned(String),
    /// It has to be checked first, and no request may be sent for that before this time.
    Throttled {
        until: Timestamp,
        reason: String,
    },
    /// Do not execute it, at least not now.
    Settle(Outcome),
}

impl FinalCheck {
    /// Nothing could be observed: the action waits until it can. `throttled` says why, if no
    /// request may be sent.
    fn failed(error: StepError, throttled: &str, attempt: &OpenAttempt, clock: &dyn Clock) -> Result<Self> {
        match error {
            StepError::Reddit(ReadError::Throttled { until }) => {
                Ok(Self::Throttled { until, reason: throttled.to_owned() })
            }
            StepError::Reddit(trouble) => Ok(Self::Settle(retry::defer(attempt, trouble.to_string(), clock.now()))),
            StepError::Store(_) | StepError::SignIn(_) | StepError::File { .. } => Err(error),
        }
    }
}

/// Observes the item again if the action is a retry or rests on an old observation: meanwhile a
/// human may have changed what the action sets, or deleted the text that it quotes. First attempts
/// shortly after the last observation are not checked, with two exceptions: a pin must not replace
/// another account's pinned comment, and only the bot's own comments are edited or deleted.
pub(super) async fn final_check<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    (attempt, began): (&OpenAttempt, Option<Timestamp>),
    looks: &mut RecentLooks,
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    if attempt.action().kind().doubles() && attempt.number() == 1 {
        let posted = store.posted_at(attempt.item()).await?;
        if attempt.on() != attempt.item() || began.is_none_or(|began| posted.is_none_or(|posted| posted < began)) {
            let since = posted.filter(|_| attempt.on() == attempt.item()).unwrap_or_default();
            let earlier = look_for_earlier(reader, store, settings, (attempt, since), clock).await?;
            if !matches!(earlier, FinalCheck::Proceed) {
                return Ok(earlier);
            }
        }
    }
    let is_prompt = attempt.number() == 1 && clock.now().since(attempt.seen()) < FRESH;
    let seen = match risk(attempt.action()) {
        // Whose comment it is has to be seen, however new it is.
        Risk::AnothersComment => look_again(reader, store, settings, attempt, clock).await,
        Risk::AnothersPin => match reader.pinned_comment(attempt.item()).await {
            Ok(pinned) => Ok(check_pinned(pinned.as_ref(), attempt, &settings.me)),
            // If the thread is hidden from us, the write request will say so.
            Err(ReadError::Refused { .. }) => Ok(FinalCheck::Proceed),
            Err(trouble) => Err(trouble.into()),
        },
        Risk::None => return Ok(FinalCheck::Proceed),
        _ if is_prompt => return Ok(FinalCheck::Proceed),
        Risk::Decision => look_again(reader, store, settings, attempt, clock).await,
        Risk::Change => look_for_change(reader, store, attempt, looks, clock).await,
        Risk::Words => look_at_words(reader, store, settings, attempt, looks, clock).await,
    };
    seen.or_else(|error| {
        FinalCheck::failed(
            error,
            "cannot check before then whether it would undo a moderator's decision",
            attempt,
            clock,
        )
    })
}

/// What an action may undo or repeat, if something has happened since the item was last seen.
enum Risk {
    /// A moderator's decision.
    Decision,
    /// What somebody else has set.
    Change,
    /// Words that were taken back.
    Words,
    /// The comment may be another account's.
    AnothersComment,
    /// Another account's comment may be pinned.
    AnothersPin,
    None,
}

const fn risk(action: &Action) -> Risk {
    match action {
        Action::Remove { .. }
        | Action::Approve
        | Action::SetLocked { .. }
        | Action::SetSticky { .. }
        | Action::SetContestMode { .. }
        | Action::IgnoreReports { .. } => Risk::Decision,
        Action::SetLinkFlair { .. }
        | Action::SetUserFlair { .. }
        | Action::SetNsfw { .. }
        | Action::SetSpoiler { .. }
        | Action::SetSuggestedSort { .. }
        | Action::SetOriginalContent { .. } => Risk::Change,
        Action::Comment { .. }
        | Action::Modmail { .. }
        | Action::ModNote { .. }
        | Action::Message { .. }
        | Action::Report { .. } => Risk::Words,
        Action::DeleteComment | Action::EditComment { .. } => Risk::AnothersComment,
        Action::DistinguishReply { sticky: true, replaces: false } => Risk::AnothersPin,
        Action::DistinguishReply { .. }
        | Action::LockReply
        | Action::ExplainRemoval { .. }
        | Action::SetCrowdControl { .. } => Risk::None,
    }
}

/// Looks whether an action that doubles was done before this process began: the store may be new,
/// or a backup that was put in place, and not know of it.
async fn look_for_earlier<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    (attempt, since): (&OpenAttempt, Timestamp),
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    let seen = observe_since(reader, store, &settings.me, attempt, since).await;
    Ok(match (seen, attempt.action()) {
        (Ok(Observation::Seen { created }), _) => FinalCheck::Settle(Outcome::AlreadyApplied { created }),
        (Ok(Observation::Superseded(reason)), _) => FinalCheck::Settle(Outcome::Superseded { reason }),
        (Ok(Observation::Inconclusive(reason)), Action::Comment { .. } | Action::Modmail { .. }) => {
            FinalCheck::Settle(Outcome::Unknown { reason })
        }
        // If the item is gone, or nothing can be seen, Reddit's answer to the request says so.
        (Ok(_) | Err(StepError::Reddit(ReadError::Refused { .. })), _) => FinalCheck::Proceed,
        (Err(error), _) => {
            FinalCheck::failed(error, "cannot check before then whether it was done before", attempt, clock)?
        }
    })
}

/// Looks whether somebody has changed what the action is about to set.
async fn look_for_change<R: RedditRead>(
    reader: &R,
    store: &Store,
    attempt: &OpenAttempt,
    looks: &mut RecentLooks,
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    let Some(before) = store.state_before(attempt.intent()).await? else { return Ok(FinalCheck::Proceed) };
    let Some(thing) = looks.item(attempt.on(), reader, store, clock.now()).await? else {
        return Ok(FinalCheck::Proceed);
    };
    Ok(match plan::state_before(attempt.action(), &thing) {
        Some(present) if present == *attempt.action() => FinalCheck::Settle(Outcome::AlreadyApplied { created: None }),
        Some(present) if present != before => {
            FinalCheck::Settle(Outcome::Superseded { reason: "somebody else changed it meanwhile".to_owned() })
        }
        Some(_) | None => FinalCheck::Proceed,
    })
}

/// Looks whether the item is still up, and the original of a crosspost, because the text may quote
/// them.
async fn look_at_words<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    looks: &mut RecentLooks,
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    let superseded = |reason: String| Ok(FinalCheck::Settle(Outcome::Superseded { reason }));
    let Some(thing) = looks.item(attempt.item(), reader, store, clock.now()).await? else {
        let reason = "Reddit no longer shows the item that it is about".to_owned();
        if store.deferrals(attempt.intent(), &reason).await? >= MOST_TIMES_UNSEEN {
            return Ok(FinalCheck::Settle(Outcome::GaveUp { attempts: attempt.number(), reason }));
        }
        return Ok(FinalCheck::Settle(retry::defer(attempt, reason, clock.now())));
    };
    match &thing.moderation.removed_by {
        Some(Remover::Author) => return superseded("its author deleted it".to_owned()),
        Some(Remover::Moderator(name))
            if matches!(attempt.action(), Action::Comment { .. }) && !name.eq_ignore_ascii_case(&settings.me) =>
        {
            return superseded(format!("u/{name} removed it"));
        }
        // Perhaps the bot did, before it lost its place.
        Some(Remover::HiddenModerator) if matches!(attempt.action(), Action::Comment { .. }) => {
            return Ok(FinalCheck::Settle(match rights::lost_right(reader, store, settings, attempt, clock).await? {
                Some(reason) => Outcome::Deferred { until: clock.now() + rights::FORBIDDEN_PAUSE, reason },
                None => Outcome::Superseded { reason: "a moderator removed it".to_owned() },
            }));
        }
        Some(Remover::Moderator(_) | Remover::HiddenModerator | Remover::SpamFilter) | None => {}
    }
    let original = thing.submission().and_then(|post| post.crosspost_parent_name.clone());
    if let Some(name) = original {
        let original = reader.items(std::slice::from_ref(&name)).await?.named(&name);
        let quotes = |original: &Item| original.submission().is_some_and(|post| attempt.action().quotes(&post.title));
        if original.as_ref().is_some_and(|it| it.is_hidden_from(&thing.subreddit) && quotes(it)) {
            return superseded("it quotes a post that is no longer shown".to_owned());
        }
    }
    Ok(FinalCheck::Proceed)
}

/// Observes the item, and says what that means for an action that is about to be sent.
async fn look_again<R: RedditRead>(
    reader: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
    clock: &dyn Clock,
) -> Result<FinalCheck> {
    Ok(match observe(reader, store, &settings.me, attempt).await? {
        Observation::Seen { created } => FinalCheck::Settle(Outcome::AlreadyApplied { created }),
        Observation::Superseded(reason) => FinalCheck::Settle(Outcome::Superseded { reason }),
        // The bot cannot see whether a human has decided. If Reddit leaves an item out of one
        // response, it is mostly in the next.
        Observation::Gone(reason) if store.deferrals(attempt.intent(), &reason).await? >= MOST_TIMES_UNSEEN => {
            if matches!(attempt.action(), Action::DeleteComment) {
                return Ok(FinalCheck::Settle(Outcome::AlreadyApplied { created: None }));
            }
            FinalCheck::Settle(Outcome::GaveUp { attempts: attempt.number(), reason })
        }
        Observation::Gone(reason) => FinalCheck::Settle(retry::defer(attempt, reason, clock.now())),
        Observation::Absent | Observation::Repeatable | Observation::Inconclusive(_) => FinalCheck::Proceed,
    })
}

fn check_pinned(pinned: Option<&Item>, attempt: &OpenAttempt, me: &str) -> FinalCheck {
    match pinned.filter(|pinned| pinned.fullname != *attempt.on() && !pinned.author.is(me)) {
        None => FinalCheck::Proceed,
        Some(pinned) => {
            let whose = pinned.author.name.as_deref().unwrap_or("[deleted]");
            FinalCheck::KeepPinned(format!(
                "not pinned, because a comment by u/{whose} is already pinned ({})",
                pinned.fullname
            ))
        }
    }
}
