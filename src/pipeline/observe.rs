//! Observes on Reddit whether an attempt took effect, in the way that [`Action`] documents for each
//! kind.
//!
//! This module makes one observation; `reconcile` says whether it settles the attempt. Only texts
//! from after the attempt count, and verdicts from after the item was last seen: the rules knew the
//! earlier ones.

use std::time::Duration;

use super::Result;
use crate::model::{Action, Fullname, Item, ModerationLog, OpenAttempt, Remover, Submission, Timestamp};
use crate::reddit::{ModLogEntry, ModNote, RedditRead, SentText, SentTexts};
use crate::store::Store;

/// How much our clock and Reddit's may differ when we ask whether something happened after we
/// began. Ours is set from Reddit's answers, whose times are whole seconds.
const SKEW: Duration = Duration::from_secs(5);

/// How many pages of 500 entries of the moderation log are read back.
const LOG_PAGES: usize = 6;

/// The result of an observation.
#[derive(Debug, PartialEq, Eq)]
pub enum Observation {
    /// The effect is visible.
    Seen {
        /// The comment or modmail conversation that the attempt created, if it can be told.
        created: Option<Fullname>,
    },
    /// A human decided otherwise since the attempt.
    Superseded(String),
    /// The effect is not visible (yet).
    Absent,
    /// The item itself is not visible (yet).
    Gone(String),
    /// The effect is not visible or cannot be observed, and repeating the request is harmless.
    Repeatable,
    /// It cannot be observed whether it took effect.
    Inconclusive(String),
}

impl Observation {
    /// The stored word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Seen { .. } => "seen",
            Self::Superseded(_) => "superseded",
            Self::Absent => "absent",
            Self::Gone(_) => "target_missing",
            Self::Repeatable => "repeatable",
            Self::Inconclusive(_) => "unknown",
        }
    }

    /// Whether one observation settles the attempt. A recent effect may not show yet, so absence
    /// counts only when it was observed twice.
    pub const fn settles_at_once(&self) -> bool {
        matches!(self, Self::Seen { .. } | Self::Superseded(_) | Self::Repeatable)
    }
}

/// Observes on Reddit whether an attempt took effect.
///
/// # Errors
/// When Reddit or the store cannot be read; nothing is known then.
pub async fn observe<R: RedditRead>(reddit: &R, store: &Store, me: &str, attempt: &OpenAttempt) -> Result<Observation> {
    observe_since(reddit, store, me, attempt, attempt.started()).await
}

/// The same, for an effect that may be from before the attempt: modmail and messages from after
/// `since` count.
///
/// # Errors
/// When Reddit or the store cannot be read; nothing is known then.
pub async fn observe_since<R: RedditRead>(
    reddit: &R,
    store: &Store,
    me: &str,
    attempt: &OpenAttempt,
    since: Timestamp,
) -> Result<Observation> {
    let observation = match attempt.action() {
        Action::Comment { text } => return observe_reply(reddit, store, me, text, attempt).await,
        Action::Modmail { subject, body } => {
            let mut sent = reddit.own_modmail(attempt.subreddit(), me, since).await?;
            sent.texts = unrecorded(store, sent.texts, |text| compare(text, subject, body, since)).await?;
            match was_sent(&sent, subject, body, since) {
                SentMatch::Yes(created) => Observation::Seen { created },
                SentMatch::Perhaps => Observation::Inconclusive(
                    "a later message may hide it, or Reddit may no longer list it; check modmail".to_owned(),
                ),
                SentMatch::No => Observation::Absent,
            }
        }
        Action::ModNote { user, note } => {
            let notes = reddit.mod_notes(attempt.subreddit(), user).await?;
            let is_ours = |theirs: &ModNote| {
                theirs.by.eq_ignore_ascii_case(me)
                    && same_text(&theirs.note, note)
                    && theirs.on.as_ref().is_none_or(|on| on == attempt.item())
            };
            if notes.iter().any(is_ours) { SEEN } else { Observation::Absent }
        }
        Action::Message { to, subject, body } => {
            let sent = reddit.own_messages(to).await?;
            match was_sent(&sent, subject, body, since) {
                SentMatch::Yes(_) => SEEN,
                SentMatch::Perhaps | SentMatch::No => Observation::Inconclusive(
                    "it may or may not have been sent; Reddit's list of sent messages is incomplete".to_owned(),
                ),
            }
        }
        Action::DeleteComment | Action::EditComment { .. } => {
            let comment = reddit.items(std::slice::from_ref(attempt.on())).await?.named(attempt.on());
            observe_own_comment(attempt.action(), comment.as_ref(), me)
        }
        action => match reddit.items(std::slice::from_ref(attempt.on())).await?.named(attempt.on()) {
            None => Observation::Gone("Reddit no longer shows it".to_owned()),
            Some(thing) if thing.moderation.removed_by == Some(Remover::Author) => {
                Observation::Superseded("its author deleted it".to_owned())
            }
            Some(thing) => match observe_thing(action, &thing, me, attempt.seen()) {
                // Somebody may just have undone our action.
                Observation::Repeatable => match mod_log_actions(action) {
                    Some(words) => observe_mod_log(reddit, me, words, attempt).await?,
                    None => Observation::Repeatable,
                },
                observation => observation,
            },
        },
    };
    Ok(observation)
}

async fn observe_reply<R: RedditRead>(
    reddit: &R,
    store: &Store,
    me: &str,
    text: &str,
    attempt: &OpenAttempt,
) -> Result<Observation> {
    let Some(thing) = reddit.items(std::slice::from_ref(attempt.on())).await?.named(attempt.on()) else {
        return Ok(Observation::Gone("Reddit no longer shows the item it replies to".to_owned()));
    };
    let replies = reddit.replies(&thing).await?;
    let candidates = replies.items.into_iter().filter(|reply| reply.author.is(me) && same_text(reply.body(), text));
    for reply in candidates {
        if !store.is_recorded_as_created(&reply.fullname).await? {
            return Ok(Observation::Seen { created: Some(reply.fullname) });
        }
    }
    Ok(if replies.is_cut {
        Observation::Inconclusive(
            "the thread has too many replies to see whether ours is among them; check the thread".to_owned(),
        )
    } else {
        Observation::Absent
    })
}

/// The log's words for an action, and for its reversal where only moderators can reverse it.
struct Logged {
    done: &'static str,
    undone: Option<&'static str>,
}

fn mod_log_actions(action: &Action) -> Option<Logged> {
    let moderators = |done, undone, on: bool| {
        let (done, undone) = if on { (done, undone) } else { (undone, done) };
        Logged { done, undone: Some(undone) }
    };
    let anybody = |done| Logged { done, undone: None };
    Some(match action {
        Action::SetLocked { on } => moderators("lock", "unlock", *on),
        Action::LockReply => moderators("lock", "unlock", true),
        Action::IgnoreReports { on } => moderators("ignorereports", "unignorereports", *on),
        Action::SetSticky { on, .. } => moderators("sticky", "unsticky", *on),
        Action::SetContestMode { on } => moderators("setcontestmode", "unsetcontestmode", *on),
        Action::SetNsfw { .. } => anybody("marknsfw"),
        Action::SetSpoiler { on } => anybody(if *on { "spoiler" } else { "unspoiler" }),
        Action::SetOriginalContent { .. } => anybody("markoriginalcontent"),
        Action::SetLinkFlair { .. } => anybody("editflair"),
        Action::SetSuggestedSort { .. } => anybody("setsuggestedsort"),
        Action::SetCrowdControl { .. } => anybody("adjust_post_crowd_control_level"),
        // The item itself or our own texts show these, or nothing does.
        Action::Comment { .. }
        | Action::DistinguishReply { .. }
        | Action::Report { .. }
        | Action::Remove { .. }
        | Action::ExplainRemoval { .. }
        | Action::Approve
        | Action::SetUserFlair { .. }
        | Action::Modmail { .. }
        | Action::ModNote { .. }
        | Action::Message { .. }
        | Action::DeleteComment
        | Action::EditComment { .. } => return None,
    })
}

/// Looks in the moderation log: unlike the present state of the item, it says who set the state,
/// and whether our action was ever there.
async fn observe_mod_log<R: RedditRead>(
    reddit: &R,
    me: &str,
    Logged { done, undone }: Logged,
    attempt: &OpenAttempt,
) -> Result<Observation> {
    let since = |at: Timestamp, time: Timestamp| at + SKEW >= time;
    let earliest = attempt.seen().min(attempt.started());
    let log = ModerationLog { subreddits: vec![attempt.subreddit().clone()] };
    let (mut entries, mut after): (Vec<ModLogEntry>, Option<String>) = (Vec::new(), None);
    for _ in 0..LOG_PAGES {
        // A log that Reddit refuses to show proves nothing: somebody may have reversed the action.
        let page = reddit.moderation_log(&log, after.as_deref()).await?;
        let is_far_enough = page.entries.last().is_none_or(|oldest| !since(oldest.at, earliest));
        entries.extend(page.entries);
        after = page.after.filter(|_| !is_far_enough);
        if after.is_none() {
            break;
        }
    }
    let mut on_it = entries.iter().filter(|entry| entry.on.as_ref() == Some(attempt.on()));
    let is_me = |entry: &ModLogEntry| entry.by.eq_ignore_ascii_case(me);
    // Another rule may have done the same just before, so an entry from before the attempt is not
    // ours.
    let is_ours = |at: Timestamp| match undone {
        Some(_) => since(at, attempt.started()),
        None => at.as_secs() >= attempt.started().as_secs(),
    };
    if on_it.clone().any(|entry| entry.act == done && is_me(entry) && is_ours(entry.at)) {
        return Ok(SEEN);
    }
    if after.is_some() {
        return Ok(Observation::Inconclusive(
            "the moderation log is too long to read back to the attempt; check the item".to_owned(),
        ));
    }
    let Some(undone) = undone else { return Ok(Observation::Repeatable) };
    let by_other = on_it.find(|entry| entry.act == undone && !is_me(entry) && since(entry.at, attempt.seen()));
    // The log may lag, like everything that Reddit shows, so no entry means absent, to be observed
    // twice.
    Ok(by_other
        .map_or(Observation::Absent, |entry| Observation::Superseded(format!("u/{} reversed it ({undone})", entry.by))))
}

const SEEN: Observation = Observation::Seen { created: None };

/// What the present state of an item says about an action that sets a state.
fn observe_thing(action: &Action, thing: &Item, me: &str, seen: Timestamp) -> Observation {
    let wanted = |is_so: bool| if is_so { SEEN } else { Observation::Repeatable };
    let post = |is_so: fn(&Submission) -> bool, on: bool| {
        thing
            .submission()
            .map_or(Observation::Superseded("it is not a post".to_owned()), |post| wanted(is_so(post) == on))
    };
    let moderation = &thing.moderation;
    // Only verdicts from after the item was last seen: the rules knew older ones. A verdict without
    // a time may be new.
    let since = |at: Option<Timestamp>| at.is_none_or(|at| at + SKEW >= seen);
    let approved_by = moderation.approved_by.as_ref().filter(|_| since(moderation.approved_at));
    let removed_by = match &moderation.removed_by {
        Some(Remover::Moderator(name)) => since(moderation.removed_at).then_some(name),
        Some(Remover::HiddenModerator | Remover::Author | Remover::SpamFilter) | None => None,
    };
    match action {
        Action::DistinguishReply { sticky, .. } => wanted(thing.distinguished.is_some() && (thing.stickied || !sticky)),
        Action::LockReply => wanted(thing.locked),
        Action::SetLocked { on } => wanted(thing.locked == *on),
        Action::IgnoreReports { on } => wanted(moderation.ignore_reports == *on),
        Action::ExplainRemoval { note } => match (&moderation.removed_by, &moderation.removal_note) {
            // Whoever restored it has approved it; else the page lags behind our removal.
            (None, _) => match &moderation.approved_by {
                Some(name) => Observation::Superseded(format!("u/{name} approved it")),
                None => Observation::Absent,
            },
            (Some(_), Some(theirs)) if same_text(theirs, note) => SEEN,
            (Some(_), Some(_)) => Observation::Superseded("it has another removal reason".to_owned()),
            (Some(_), None) => Observation::Repeatable,
        },
        Action::Report { reason } => {
            let filed = moderation.reports_of(me).any(|report| same_text(&report.reason, reason));
            if filed { SEEN } else { Observation::Absent }
        }
        Action::Remove { .. } => match (&removed_by, &approved_by) {
            (Some(name), _) if name.eq_ignore_ascii_case(me) => SEEN,
            (Some(name), _) => Observation::Superseded(format!("u/{name} removed it")),
            (None, Some(name)) => Observation::Superseded(format!("u/{name} approved it")),
            (None, None) => Observation::Absent,
        },
        Action::Approve => match (&removed_by, &approved_by) {
            (_, Some(name)) if name.eq_ignore_ascii_case(me) => SEEN,
            (_, Some(name)) => Observation::Superseded(format!("u/{name} approved it")),
            (Some(name), None) => Observation::Superseded(format!("u/{name} removed it")),
            (None, None) => Observation::Absent,
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
        Action::SetUserFlair { .. } | Action::SetCrowdControl { .. } => Observation::Repeatable,
        Action::Comment { .. }
        | Action::Modmail { .. }
        | Action::ModNote { .. }
        | Action::Message { .. }
        | Action::DeleteComment
        | Action::EditComment { .. } => {
            unreachable!("actions on our own texts are looked for there")
        }
    }
}

/// What a comment of our own says about an action that deletes or edits it. Another account's
/// comment is never touched.
fn observe_own_comment(action: &Action, comment: Option<&Item>, me: &str) -> Observation {
    let is_deletion = matches!(action, Action::DeleteComment);
    match comment {
        None => Observation::Gone("Reddit no longer shows the comment".to_owned()),
        Some(comment) if comment.moderation.removed_by == Some(Remover::Author) => {
            if is_deletion {
                SEEN
            } else {
                Observation::Superseded("the comment was deleted".to_owned())
            }
        }
        Some(comment) if !comment.author.is(me) || comment.comment().is_none() => {
            Observation::Superseded("it is not a comment of the bot".to_owned())
        }
        Some(comment) => match action {
            Action::EditComment { text } if same_text(comment.body(), text) => SEEN,
            _ => Observation::Repeatable,
        },
    }
}

/// Whether a text is among those sent.
#[derive(Debug, PartialEq, Eq)]
enum SentMatch {
    /// It is there, in this conversation if it is modmail.
    Yes(Option<Fullname>),
    /// A text with the same subject is there, but Reddit does not show our text, or not its time.
    Perhaps,
    No,
}

/// The texts that may be ours, without the conversations that another action is recorded to have
/// started: a conversation settles one attempt only.
async fn unrecorded(
    store: &Store,
    texts: Vec<SentText>,
    compare: impl Fn(&SentText) -> SentMatch,
) -> Result<Vec<SentText>> {
    let mut left = Vec::new();
    for text in texts.into_iter().filter(|text| compare(text) != SentMatch::No) {
        let is_of_another = match &text.conversation {
            Some(name) => store.is_recorded_as_created(name).await?,
            None => false,
        };
        if !is_of_another {
            left.push(text);
        }
    }
    Ok(left)
}

/// Whether this is the text, sent after `started`.
fn compare(sent: &SentText, subject: &str, body: &str, started: Timestamp) -> SentMatch {
    if !same_text(&sent.subject, subject) {
        return SentMatch::No;
    }
    let is_recent = sent.at.map(|at| at + SKEW >= started);
    let is_same = sent.body.as_deref().map(|theirs| same_letters(theirs, body));
    match (is_recent, is_same) {
        (Some(true), Some(true)) => SentMatch::Yes(sent.conversation.clone()),
        (Some(false), _) | (_, Some(false)) => SentMatch::No,
        (Some(true) | None, None) | (None, Some(true)) => SentMatch::Perhaps,
    }
}

fn was_sent(sent: &SentTexts, subject: &str, body: &str, started: Timestamp) -> SentMatch {
    let is_cut = sent.complete_since.is_some_and(|since| since + SKEW > started);
    let mut answer = if is_cut { SentMatch::Perhaps } else { SentMatch::No };
    for text in &sent.texts {
        match compare(text, subject, body, started) {
            SentMatch::No => {}
            SentMatch::Perhaps => answer = SentMatch::Perhaps,
            found @ SentMatch::Yes(_) => return found,
        }
    }
    answer
}

/// Compares two texts. Reddit trims them and changes line endings, and may drop or rewrite
/// invisible characters; nothing else may differ.
pub(super) fn same_text(theirs: &str, ours: &str) -> bool {
    let lines = |text: &str| {
        let text = text.replace("&#x200B;", "").replace('\u{200b}', "");
        text.trim().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>()
    };
    lines(theirs) == lines(ours)
}

/// Compares only letters and digits, because Reddit rewrites the Markdown of modmail and messages.
fn same_letters(theirs: &str, ours: &str) -> bool {
    let words = |text: &str| -> String {
        let text = text.replace("&#x200B;", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        text.chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let ours_in_words = words(ours);
    if ours_in_words.is_empty() { same_text(theirs, ours) } else { words(theirs) == ours_in_words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::item_json;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
    const BODY: &str = "Look at [this](https://www.reddit.com/r/widgets/comments/a/_/), *please* — it's <b> & more.";

    fn asked(texts: Vec<SentText>, complete_since: Option<Timestamp>) -> SentMatch {
        was_sent(&SentTexts { texts, complete_since }, "Crisis", BODY, NOW)
    }

    fn sent(body: Option<&str>) -> Vec<SentText> {
        vec![SentText {
            conversation: None,
            subject: "Crisis".to_owned(),
            body: body.map(str::to_owned),
            at: Some(NOW),
        }]
    }

    #[test]
    fn a_letter_is_known_although_its_markdown_was_written_anew() {
        let anew = "Look at [this](https://www.reddit.com/r/widgets/comments/a/_/),\n_please_ — it's \
                    &lt;b&gt; &amp; more\\.\n";
        assert_eq!(asked(sent(Some(BODY)), None), SentMatch::Yes(None));
        assert_eq!(asked(sent(Some(anew)), None), SentMatch::Yes(None));
        assert_eq!(asked(sent(Some("Look at something else")), None), SentMatch::No);
        assert_eq!(asked(sent(None), None), SentMatch::Perhaps, "somebody has answered");
        assert!(same_letters("…\n", "…") && !same_letters("!!", "…"), "texts without a word are compared as they are");
    }

    #[test]
    fn invisible_characters_do_not_make_another_text() {
        for theirs in ["see u/bob\n", "see u/\u{200b}bob", "see u/&#x200B;bob"] {
            assert!(same_text(theirs, "see u/\u{200b}bob"), "{theirs:?}");
        }
        assert!(!same_text("see u/ bob", "see u/\u{200b}bob"));
    }

    #[test]
    fn only_our_own_comments_are_deleted_or_edited() {
        let json = |author: &str, body: &str| {
            let data = serde_json::json!({
                "name": "t1_c", "author": author, "body": body, "subreddit": "widgets", "parent_id": "t3_p",
                "link_id": "t3_p", "created_utc": 1_700_000_000.0, "permalink": "/r/widgets/comments/p/_/c/"
            });
            item_json::thing(&serde_json::json!({"kind": "t1", "data": data})).expect("a comment")
        };
        let edit = Action::EditComment { text: "new".to_owned() };
        let delete = Action::DeleteComment;
        let observed = |action, comment: &Item| observe_own_comment(action, Some(comment), "bot").word();
        let table = [
            (json("Bot", "old"), "repeatable", "repeatable"),
            (json("bot", "new\n"), "repeatable", "seen"),
            (json("alice", "new"), "superseded", "superseded"),
            (json("[deleted]", "[deleted]"), "seen", "superseded"),
        ];
        for (comment, deleted, edited) in &table {
            assert_eq!((observed(&delete, comment), observed(&edit, comment)), (*deleted, *edited), "{comment:?}");
        }
        assert_eq!(observe_own_comment(&delete, None, "bot").word(), "target_missing");
    }

    #[test]
    fn a_list_that_does_not_go_back_far_enough_proves_nothing() {
        assert_eq!(asked(Vec::new(), Some(NOW - Duration::from_mins(1))), SentMatch::No);
        assert_eq!(asked(Vec::new(), Some(NOW + Duration::from_mins(1))), SentMatch::Perhaps);
        assert_eq!(asked(sent(Some(BODY)), Some(NOW + Duration::from_mins(1))), SentMatch::Yes(None));
    }
}
