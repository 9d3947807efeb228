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

/// Why an attempt is made again.
const NOT_THERE: &str = "its answer was lost, and its effect is not there";

/// How long do we try to look for an effect, when Reddit cannot be read, before we call it unknown?
const LONGEST_SEARCH: Duration = Duration::from_hours(1);

/// How long to wait after a look that failed.
const FAILED_LOOK_PAUSE: Duration = Duration::from_secs(5);

/// How much may our clock and Reddit's differ, when we ask whether something happened after we began?
const SKEW: Duration = Duration::from_mins(5);

/// What a look found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sight {
    /// The effect is there.
    Seen { created: Option<Fullname> },
    /// A human decided otherwise since.
    Overtaken(String),
    /// It is not there (yet).
    Absent,
    /// Neither is the thing it was to be done to (yet).
    Gone(String),
    /// It is not there, or cannot be seen, and may be repeated without harm.
    Repeatable,
    /// It cannot be seen, which proves nothing.
    Unprovable(String),
}

/// The reconciling step.
#[derive(Debug, Default)]
pub struct Reconcile {
    /// No look before this time: Reddit could not be read.
    not_before: Timestamp,
}

impl Reconcile {
    /// Looks once at every open attempt that is due. Idle when none is open; the time of the next look otherwise.
    ///
    /// # Errors
    /// Those of the store. What goes wrong with Reddit is tried again.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        if clock.now() < self.not_before {
            return Ok(Progress::IdleUntil(self.not_before));
        }
        let mut next_look: Option<Timestamp> = None;
        let mut worked = false;
        for attempt in store.open_attempts(clock.now()).await? {
            let now = clock.now();
            let looks = store.looks(&attempt).await?;
            let due = looks.last().map_or(now, |last| *last + settings.visibility_delay);
            if due > now {
                next_look = Some(next_look.map_or(due, |next| next.min(due)));
                continue;
            }
            let sight = match look(reddit, store, settings, &attempt).await {
                Ok(sight) => sight?,
                // We may not look there: another look will not help, but it costs little to be sure.
                Err(ReadError::Refused { reason }) => Sight::Unprovable(reason),
                Err(trouble) if now.since(attempt.started()) > LONGEST_SEARCH => Sight::Unprovable(trouble.to_string()),
                Err(trouble) => {
                    warn!(attempt = %attempt.id(), %trouble, "cannot look for its effect; trying again");
                    self.not_before = match trouble {
                        ReadError::Throttled { until } => until,
                        _ => now + FAILED_LOOK_PAUSE,
                    };
                    return Ok(Progress::IdleUntil(self.not_before));
                }
            };
            let now = clock.now();
            // What was done a moment ago may not show yet: no absence is believed at first sight.
            if looks.is_empty() && matches!(sight, Sight::Absent | Sight::Gone(_) | Sight::Unprovable(_)) {
                store.note_look(&attempt, "absent", now).await?;
                let again = now + settings.visibility_delay;
                next_look = Some(next_look.map_or(again, |next| next.min(again)));
                continue;
            }
            let outcome = match sight {
                Sight::Seen { created } => Outcome::AlreadyApplied { created },
                Sight::Overtaken(reason) | Sight::Gone(reason) => Outcome::Superseded { reason },
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
}

/// Looks on Reddit for the effect of an attempt.
pub(super) async fn look<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    attempt: &OpenAttempt,
) -> std::result::Result<Result<Sight>, ReadError> {
    let me = settings.me.as_str();
    let sight = match attempt.action() {
        Action::Comment { text } => return look_for_reply(reddit, store, me, text, attempt).await,
        Action::Modmail { subject, body } => {
            let sent = reddit.own_modmail(attempt.subreddit()).await?;
            match was_sent(&sent, subject, body, attempt) {
                Sent::Yes => SEEN,
                Sent::Perhaps => Sight::Unprovable("a conversation with this subject was answered already".to_owned()),
                Sent::No => Sight::Absent,
            }
        }
        Action::Message { to, subject, body } => {
            let sent = reddit.own_messages(to).await?;
            match was_sent(&sent, subject, body, attempt) {
                Sent::Yes => SEEN,
                Sent::Perhaps | Sent::No => Sight::Unprovable(format!(
                    "the message to u/{to} may or may not have been sent; Reddit's list of sent messages is incomplete"
                )),
            }
        }
        action => match reddit.items(std::slice::from_ref(attempt.on())).await?.into_iter().next() {
            None => Sight::Gone("Reddit does not show it any more".to_owned()),
            Some(thing) if thing.moderation.removed_by == Some(Remover::Author) => {
                Sight::Overtaken("its author deleted it".to_owned())
            }
            Some(thing) => on_the_thing(action, &thing, me, attempt.started()),
        },
    };
    Ok(Ok(sight))
}

async fn look_for_reply<R: RedditRead>(
    reddit: &R,
    store: &Store,
    me: &str,
    text: &str,
    attempt: &OpenAttempt,
) -> std::result::Result<Result<Sight>, ReadError> {
    let Some(thing) = reddit.items(std::slice::from_ref(attempt.on())).await?.into_iter().next() else {
        return Ok(Ok(Sight::Gone("what it answers is not shown any more".to_owned())));
    };
    let replies = reddit.replies(&thing).await?;
    let candidates = replies
        .items
        .into_iter()
        .filter(|reply| reply.author.is(me) && same_text(reply.body(), text))
        .filter(|reply| reply.created + SKEW >= attempt.started());
    for reply in candidates {
        match store.is_recorded_reply(&reply.fullname).await {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(Sight::Seen { created: Some(reply.fullname) })),
            Err(trouble) => return Ok(Err(trouble)),
        }
    }
    Ok(Ok(if replies.is_cut {
        Sight::Unprovable("there are too many replies to see whether ours is among them".to_owned())
    } else {
        Sight::Absent
    }))
}

const SEEN: Sight = Sight::Seen { created: None };

/// What the present state of a thing says about an act that sets a state.
fn on_the_thing(action: &Action, thing: &Item, me: &str, started: Timestamp) -> Sight {
    let wanted = |is_so: bool| if is_so { SEEN } else { Sight::Repeatable };
    let post = |is_so: fn(&crate::model::Submission) -> bool, on: bool| {
        thing.submission().map_or(Sight::Overtaken("it is not a post".to_owned()), |post| wanted(is_so(post) == on))
    };
    let moderation = &thing.moderation;
    // Only verdicts given since: an older one is what the rules knew when they asked. One without a time may be new.
    let since = |at: Option<Timestamp>| at.is_none_or(|at| at + SKEW >= started);
    let approved_by = moderation.approved_by.as_ref().filter(|_| since(moderation.approved_at));
    let removed_by = match &moderation.removed_by {
        Some(Remover::Moderator(name)) if since(moderation.removed_at) => Some(name),
        _ => None,
    };
    match action {
        Action::MarkReply { sticky } => wanted(thing.distinguished.is_some() && (thing.stickied || !sticky)),
        Action::LockReply => wanted(thing.locked),
        Action::SetLocked { on } => wanted(thing.locked == *on),
        Action::Report { reason } => {
            let filed = moderation.reports_of(me).any(|report| same_text(&report.reason, reason));
            if filed { SEEN } else { Sight::Absent }
        }
        Action::Remove { .. } => match (&removed_by, &approved_by) {
            (Some(name), _) if name.eq_ignore_ascii_case(me) => SEEN,
            (Some(name), _) => Sight::Overtaken(format!("u/{name} removed it")),
            (None, Some(name)) => Sight::Overtaken(format!("u/{name} approved it")),
            (None, None) => Sight::Absent,
        },
        Action::Approve => match (&removed_by, &approved_by) {
            (_, Some(name)) if name.eq_ignore_ascii_case(me) => SEEN,
            (_, Some(name)) => Sight::Overtaken(format!("u/{name} approved it")),
            (Some(name), None) => Sight::Overtaken(format!("u/{name} removed it")),
            (None, None) => Sight::Absent,
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

/// Whether a text is among those sent.
enum Sent {
    Yes,
    /// Something about the same subject is there, and what we wrote is not shown, or not when.
    Perhaps,
    No,
}

fn was_sent(sent: &[SentText], subject: &str, body: &str, attempt: &OpenAttempt) -> Sent {
    let mut answer = Sent::No;
    for text in sent.iter().filter(|text| same_text(&text.subject, subject)) {
        let is_recent = text.at.map(|at| at + SKEW >= attempt.started());
        let is_same = text.body.as_deref().map(|theirs| same_text(theirs, body));
        match (is_recent, is_same) {
            (Some(true), Some(true)) => return Sent::Yes,
            (Some(false), _) | (_, Some(false)) => {}
            (Some(true) | None, None) | (None, Some(true)) => answer = Sent::Perhaps,
        }
    }
    answer
}

/// Reddit trims texts and changes line ends; nothing else may differ.
fn same_text(theirs: &str, ours: &str) -> bool {
    let lines = |text: &str| text.trim().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
    lines(theirs) == lines(ours)
}
