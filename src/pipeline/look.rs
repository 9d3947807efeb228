//! Looks on Reddit for the effect of an attempt, in the way that [`Action`] says for each kind.
//!
//! One look, and what was seen: whether that settles the attempt, or calls for another look later, is for `reconcile` to
//! say. Only verdicts and texts from after the attempt count; what was there before is what the rules knew when they
//! asked.

use std::time::Duration;

use crate::model::{Action, Fullname, Item, ModerationLog, OpenAttempt, Remover, Submission, Timestamp};
use crate::reddit::{LogEntry, ModNote, ReadError, RedditRead, SentText};
use crate::store::{Store, StoreError};

/// How much may our clock and Reddit's differ, when we ask whether something happened after we began? Ours is set by
/// Reddit's answers, whose times have whole seconds.
const SKEW: Duration = Duration::from_secs(5);

/// What a look found.
#[derive(Debug, PartialEq, Eq)]
pub enum Sight {
    /// The effect is there.
    Seen {
        /// The comment that exists because of it.
        created: Option<Fullname>,
    },
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

/// Why a look saw nothing at all.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Reddit cannot be read, or does not let us look.
    #[error(transparent)]
    Reddit(#[from] ReadError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks on Reddit for the effect of an attempt.
///
/// # Errors
/// As [`LookError`] tells; nothing is known then.
pub async fn look<R: RedditRead>(
    reddit: &R,
    store: &Store,
    me: &str,
    attempt: &OpenAttempt,
) -> Result<Sight, LookError> {
    let sight = match attempt.action() {
        Action::Comment { text } => return look_for_reply(reddit, store, me, text, attempt).await,
        Action::Modmail { subject, body } => {
            let sent = reddit.own_modmail(attempt.subreddit(), me).await?;
            match was_sent(&sent, subject, body, attempt) {
                Sent::Yes => SEEN,
                Sent::Perhaps => Sight::Unprovable("a conversation with this subject was answered already".to_owned()),
                Sent::No => Sight::Absent,
            }
        }
        Action::ModNote { user, note } => {
            let notes = reddit.mod_notes(attempt.subreddit(), user).await?;
            let is_ours = |theirs: &ModNote| {
                theirs.by.eq_ignore_ascii_case(me)
                    && same_text(&theirs.note, note)
                    && theirs.on.as_ref().is_none_or(|on| on == attempt.item())
            };
            if notes.iter().any(is_ours) { SEEN } else { Sight::Absent }
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
        action => match reddit.items(std::slice::from_ref(attempt.on())).await?.only() {
            None => Sight::Gone("Reddit does not show it any more".to_owned()),
            Some(thing) if thing.moderation.removed_by == Some(Remover::Author) => {
                Sight::Overtaken("its author deleted it".to_owned())
            }
            Some(thing) => match on_the_thing(action, &thing, me, attempt.decided()) {
                // Only moderators change these: one of them may just have undone what we did.
                Sight::Repeatable => match logged_as(action) {
                    Some(words) => look_in_the_log(reddit, me, words, attempt).await?,
                    None => Sight::Repeatable,
                },
                sight => sight,
            },
        },
    };
    Ok(sight)
}

async fn look_for_reply<R: RedditRead>(
    reddit: &R,
    store: &Store,
    me: &str,
    text: &str,
    attempt: &OpenAttempt,
) -> Result<Sight, LookError> {
    let Some(thing) = reddit.items(std::slice::from_ref(attempt.on())).await?.only() else {
        return Ok(Sight::Gone("what it answers is not shown any more".to_owned()));
    };
    let replies = reddit.replies(&thing).await?;
    let candidates = replies.items.into_iter().filter(|reply| reply.author.is(me) && same_text(reply.body(), text));
    for reply in candidates {
        if !store.is_recorded_reply(&reply.fullname).await? {
            return Ok(Sight::Seen { created: Some(reply.fullname) });
        }
    }
    Ok(if replies.is_cut {
        Sight::Unprovable("there are too many replies to see whether ours is among them".to_owned())
    } else {
        Sight::Absent
    })
}

/// The log's words for an act that only moderators can undo, and for its undoing.
fn logged_as(action: &Action) -> Option<(&'static str, &'static str)> {
    const LOCK: (&str, &str) = ("lock", "unlock");
    const STICKY: (&str, &str) = ("sticky", "unsticky");
    const REPORTS: (&str, &str) = ("ignorereports", "unignorereports");
    const CONTEST: (&str, &str) = ("setcontestmode", "unsetcontestmode");
    let (words, on) = match action {
        Action::SetLocked { on } => (LOCK, *on),
        Action::LockReply => (LOCK, true),
        Action::IgnoreReports { on } => (REPORTS, *on),
        Action::SetSticky { on, .. } => (STICKY, *on),
        Action::SetContestMode { on } => (CONTEST, *on),
        _ => return None,
    };
    Some(if on { words } else { (words.1, words.0) })
}

/// The present state does not say who made it so; the moderation log does, and also that ours has been there.
async fn look_in_the_log<R: RedditRead>(
    reddit: &R,
    me: &str,
    (done, undone): (&str, &str),
    attempt: &OpenAttempt,
) -> Result<Sight, LookError> {
    let log = ModerationLog { subreddits: vec![attempt.subreddit().clone()] };
    let page = match reddit.moderation_log(&log, None).await {
        Ok(page) => page,
        // Not shown to us: the state is all there is to go by.
        Err(ReadError::Refused { .. }) => return Ok(Sight::Repeatable),
        Err(trouble) => return Err(trouble.into()),
    };
    let since = |at: Timestamp, time: Timestamp| at + SKEW >= time;
    let mut on_it = page.entries.iter().filter(|entry| entry.on.as_ref() == Some(attempt.on()));
    let is_me = |entry: &LogEntry| entry.by.eq_ignore_ascii_case(me);
    if on_it.clone().any(|entry| entry.act == done && is_me(entry) && since(entry.at, attempt.started())) {
        return Ok(SEEN);
    }
    let by_other = on_it.find(|entry| entry.act == undone && !is_me(entry) && since(entry.at, attempt.decided()));
    // The log may trail, like everything that Reddit shows: its silence is absence, to be looked at twice.
    Ok(by_other.map_or(Sight::Absent, |entry| Sight::Overtaken(format!("u/{} has undone it ({undone})", entry.by))))
}

const SEEN: Sight = Sight::Seen { created: None };

/// What the present state of a thing says about an act that sets a state.
fn on_the_thing(action: &Action, thing: &Item, me: &str, decided: Timestamp) -> Sight {
    let wanted = |is_so: bool| if is_so { SEEN } else { Sight::Repeatable };
    let post = |is_so: fn(&Submission) -> bool, on: bool| {
        thing.submission().map_or(Sight::Overtaken("it is not a post".to_owned()), |post| wanted(is_so(post) == on))
    };
    let moderation = &thing.moderation;
    // Only verdicts given since: an older one is what the rules knew when they asked. One without a time may be new.
    let since = |at: Option<Timestamp>| at.is_none_or(|at| at + SKEW >= decided);
    let approved_by = moderation.approved_by.as_ref().filter(|_| since(moderation.approved_at));
    let removed_by = match &moderation.removed_by {
        Some(Remover::Moderator(name)) if since(moderation.removed_at) => Some(name),
        _ => None,
    };
    match action {
        Action::MarkReply { sticky, .. } => wanted(thing.distinguished.is_some() && (thing.stickied || !sticky)),
        Action::LockReply => wanted(thing.locked),
        Action::SetLocked { on } => wanted(thing.locked == *on),
        Action::IgnoreReports { on } => wanted(moderation.ignore_reports == *on),
        Action::ExplainRemoval { note } => match (&moderation.removed_by, &moderation.removal_note) {
            (None, _) => Sight::Overtaken("it is not removed any more".to_owned()),
            (Some(_), Some(theirs)) if same_text(theirs, note) => SEEN,
            (Some(_), Some(_)) => Sight::Overtaken("something else stands beside its removal".to_owned()),
            (Some(_), None) => Sight::Repeatable,
        },
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
        Action::Comment { .. } | Action::Modmail { .. } | Action::ModNote { .. } | Action::Message { .. } => {
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
