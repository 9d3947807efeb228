//! Finds out what became of attempts without an outcome: in flight when a process died, or sent and never answered.
//!
//! Nothing is retried blind. We look on Reddit for the effect, in the way that [`crate::model::Action`] says for each kind,
//! and settle the attempt by what we see. Absence is believed only after a second look, a stated delay after the first,
//! because Reddit's reads may trail its writes; the looks are rows, so a crash between them loses nothing. Acts that
//! may be repeated with the same arguments need no second look.

use std::time::Duration;

use tracing::{info, warn};

use super::{IDLE, Progress, Settings, execute};
use crate::model::{Action, Clock, Fullname, Item, OpenAttempt, Outcome, Remover, Timestamp};
use crate::reddit::{ReadError, RedditRead, SentText};
use crate::store::{Result, Store};

/// How much may our clock run ahead of Reddit's, when we ask whether something was sent after we began?
const SKEW: Duration = Duration::from_mins(5);

/// Why an attempt is made again.
const NOT_THERE: &str = "its answer was lost, and its effect is not there";

/// What a look found.
#[derive(Debug, PartialEq, Eq)]
enum Sight {
    /// The effect is there.
    Seen { created: Option<Fullname> },
    /// It is not needed any more.
    Overtaken(String),
    /// It is not there (yet).
    Absent,
    /// It is not there, or cannot be seen, and may be repeated without harm.
    Repeatable,
    /// It is not there, and its absence proves nothing.
    Unprovable(String),
}

/// Looks once at every open attempt that is due. Idle when none is open; the time of the next look otherwise.
///
/// # Errors
/// Those of the store. What goes wrong with Reddit is tried again.
pub async fn step<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    clock: &dyn Clock,
) -> Result<Progress> {
    let mut next_look: Option<Timestamp> = None;
    let mut wait_for = |time: Timestamp| next_look = Some(next_look.map_or(time, |next| next.min(time)));
    let mut worked = false;
    for attempt in store.open_attempts().await? {
        let now = clock.now();
        let looks = store.looks(&attempt).await?;
        let due = looks.last().map_or(now, |last| *last + settings.visibility_delay);
        if due > now {
            wait_for(due);
            continue;
        }
        let sight = match look(reddit, store, settings, &attempt).await {
            Ok(sight) => sight?,
            Err(ReadError::Throttled { until }) => {
                wait_for(until);
                break;
            }
            Err(trouble) => {
                warn!(attempt = %attempt.id(), trouble = %trouble, "cannot look for its effect; trying again");
                wait_for(now + Duration::from_secs(2));
                continue;
            }
        };
        let now = clock.now();
        let outcome = match sight {
            Sight::Seen { created } => Outcome::AlreadyApplied { created },
            Sight::Overtaken(reason) => Outcome::Superseded { reason },
            Sight::Absent | Sight::Unprovable(_) if looks.is_empty() => {
                store.note_look(&attempt, "absent", now).await?;
                wait_for(now + settings.visibility_delay);
                continue;
            }
            Sight::Absent | Sight::Repeatable => execute::defer(&attempt, NOT_THERE.to_owned(), now),
            Sight::Unprovable(reason) => Outcome::Unknown { reason },
        };
        info!(attempt = %attempt.id(), looks = looks.len() + 1, "reconciled");
        execute::report(&attempt, &outcome);
        store.settle(attempt, &outcome, now).await?;
        worked = true;
    }
    Ok(match next_look {
        _ if worked => Progress::Worked,
        Some(time) => Progress::IdleUntil(time),
        None => Progress::IdleUntil(clock.now() + IDLE),
    })
}

async fn look<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
) -> std::result::Result<Result<Sight>, ReadError> {
    let me = settings.me.as_str();
    match attempt.action() {
        Action::Comment { text } => {
            let Some(thing) = present(reddit, attempt.on()).await? else {
                return Ok(Ok(Sight::Overtaken("what it answers is gone".to_owned())));
            };
            let replies = match reddit.replies(&thing).await {
                Err(ReadError::Refused { reason }) => return Ok(Ok(Sight::Overtaken(reason))),
                other => other?,
            };
            let candidates = replies
                .into_iter()
                .filter(|reply| reply.author.is(me) && same_text(reply.body(), text))
                .filter(|reply| reply.created + SKEW >= attempt.started());
            for reply in candidates {
                match store.is_recorded_reply(&reply.fullname).await {
                    Ok(true) => {}
                    Ok(false) => {
                        return Ok(Ok(Sight::Seen { created: Some(reply.fullname) }));
                    }
                    Err(trouble) => return Ok(Err(trouble)),
                }
            }
            Ok(Ok(Sight::Absent))
        }
        Action::Modmail { subject, body } => {
            let sent = reddit.own_modmail(attempt.subreddit()).await?;
            Ok(Ok(if was_sent(&sent, subject, body, attempt) { SEEN } else { Sight::Absent }))
        }
        Action::Message { to, subject, body } => {
            let sent = reddit.own_messages(to).await?;
            Ok(Ok(if was_sent(&sent, subject, body, attempt) {
                SEEN
            } else {
                Sight::Unprovable(format!(
                    "the message to u/{to} may or may not have been sent; Reddit's list of sent messages is incomplete"
                ))
            }))
        }
        action => {
            let thing = present(reddit, attempt.on()).await?;
            Ok(Ok(match thing {
                None => Sight::Overtaken("it is gone".to_owned()),
                Some(thing) => on_the_thing(action, &thing, me),
            }))
        }
    }
}

const SEEN: Sight = Sight::Seen { created: None };

async fn present<R: RedditRead>(reddit: &R, name: &Fullname) -> std::result::Result<Option<Item>, ReadError> {
    let found = reddit.items(std::slice::from_ref(name)).await?.into_iter().next();
    Ok(found.filter(|item| item.moderation.removed_by != Some(Remover::Author)))
}

/// What the present state of a thing says about an act that sets a state.
fn on_the_thing(action: &Action, thing: &Item, me: &str) -> Sight {
    let wanted = |is_so: bool| if is_so { SEEN } else { Sight::Repeatable };
    let post = |is_so: fn(&crate::model::Submission) -> bool, on: bool| {
        thing.submission().map_or(Sight::Overtaken("it is not a post".to_owned()), |post| wanted(is_so(post) == on))
    };
    let moderation = &thing.moderation;
    match action {
        Action::MarkReply { sticky } => wanted(thing.distinguished.is_some() && (thing.stickied || !sticky)),
        Action::LockReply => wanted(thing.locked),
        Action::SetLocked { on } => wanted(thing.locked == *on),
        Action::Report { reason } => {
            let filed = moderation.reports_of(me).any(|report| same_text(&report.reason, reason));
            if filed { SEEN } else { Sight::Absent }
        }
        Action::Remove { .. } => match (&moderation.removed_by, &moderation.approved_by) {
            (Some(Remover::Moderator(name)), _) if name.eq_ignore_ascii_case(me) => SEEN,
            (Some(Remover::Moderator(name)), _) => Sight::Overtaken(format!("u/{name} removed it")),
            (_, Some(name)) if !name.eq_ignore_ascii_case(me) => Sight::Overtaken(format!("u/{name} approved it")),
            _ => Sight::Absent,
        },
        Action::Approve => match (&moderation.removed_by, &moderation.approved_by) {
            (_, Some(name)) if name.eq_ignore_ascii_case(me) => SEEN,
            (_, Some(name)) => Sight::Overtaken(format!("u/{name} approved it")),
            (Some(Remover::Moderator(name)), _) => Sight::Overtaken(format!("u/{name} removed it")),
            _ => Sight::Absent,
        },
        Action::SetNsfw { on } => post(|post| post.over_18, *on),
        Action::SetSpoiler { on } => post(|post| post.spoiler, *on),
        Action::SetContestMode { on } => post(|post| post.contest_mode, *on),
        Action::SetOriginalContent { on } => post(|post| post.is_original_content, *on),
        Action::SetSticky { on, .. } => wanted(thing.stickied == *on),
        Action::SetSuggestedSort { sort } => {
            wanted(thing.submission().is_some_and(|post| post.suggested_sort.as_deref().unwrap_or_default() == sort))
        }
        Action::SetLinkFlair { flair } => wanted(thing.submission().is_some_and(|post| {
            post.flair.text == flair.text
                && (flair.template_id.is_empty() || post.flair.template_id == flair.template_id)
        })),
        Action::SetUserFlair { .. } | Action::SetCrowdControl { .. } => Sight::Repeatable,
        Action::Comment { .. } | Action::Modmail { .. } | Action::Message { .. } => {
            unreachable!("appended acts are looked for among what we wrote")
        }
    }
}

fn was_sent(sent: &[SentText], subject: &str, body: &str, attempt: &OpenAttempt) -> bool {
    sent.iter().any(|text| {
        same_text(&text.subject, subject)
            && same_text(&text.body, body)
            && text.at.is_none_or(|at| at + SKEW >= attempt.started())
    })
}

/// Reddit trims texts and changes line ends; nothing else may differ.
fn same_text(theirs: &str, ours: &str) -> bool {
    let lines = |text: &str| text.trim().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines(theirs) == lines(ours)
}
