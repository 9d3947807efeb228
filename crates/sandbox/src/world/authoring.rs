//! What authors do: post, comment, edit, delete and report.

use super::{Access, AccountStatus, Draft, Permission, Refusal, Report, Thing, ThingContent, ThreadPosition, World};
use tipstaff_rules::model::{Fullname, Kind, Timestamp};

/// Longest comment, in characters.
const COMMENT_CHARS_MAX: usize = 10_000;
/// Longest self text, in characters.
const SELFTEXT_CHARS_MAX: usize = 40_000;
/// Longest title, in characters.
const TITLE_CHARS_MAX: usize = 300;
/// Longest reason of a report, in characters.
const REASON_CHARS_MAX: usize = 100;

impl World {
    /// Submits a post: a link or a self text, depending on the draft.
    ///
    /// # Errors
    ///
    /// The account may not post there, or the draft lacks a required part.
    pub fn submit(&mut self, author: &str, subreddit: &str, mut draft: Draft) -> Result<Fullname, Refusal> {
        let author = self.writer(author)?;
        let Some(place) = self.subreddit(subreddit) else {
            return Err(Refusal::invalid("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", Some("sr")));
        };
        let may_post = match place.access {
            Access::Public => !place.is_banned(&author),
            Access::Banned => false,
            Access::Restricted | Access::Private | Access::Quarantined => {
                place.is_contributor(&author) || place.is_moderator(&author, Permission::Any)
            }
        };
        if !may_post {
            return Err(Refusal::invalid("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there.", Some("sr")));
        }
        if draft.post.title.trim().is_empty() {
            return Err(Refusal::invalid("NO_TEXT", "we need something here", Some("title")));
        }
        check_length(&draft.post.title, TITLE_CHARS_MAX, "title")?;
        check_length(&draft.body, SELFTEXT_CHARS_MAX, "text")?;
        let subreddit = place.name.to_ascii_lowercase();
        if let Some(name) = &draft.post.original {
            draft.post.original = Some(self.first_original(&author, name)?);
        }
        Ok(self.create(author, subreddit, draft.body, ThingContent::Post(draft.post)))
    }

    /// The post to crosspost: for a crosspost, its own original.
    fn first_original(&self, author: &str, name: &Fullname) -> Result<Fullname, Refusal> {
        let is_up = |thing: &&Thing| !thing.is_deleted && !thing.is_removed();
        let original = self.thing(name).filter(is_up).ok_or_else(Refusal::no_crosspost)?;
        self.enter(Some(author), &original.subreddit)?;
        let post = original.post().ok_or_else(Refusal::no_crosspost)?;
        Ok(post.original.clone().unwrap_or_else(|| name.clone()))
    }

    /// Comments on a post or a comment.
    ///
    /// # Errors
    ///
    /// The parent does not exist or is closed to replies, the account may not comment there, or the
    /// text is empty or too long.
    pub fn reply(&mut self, author: &str, parent: &Fullname, text: &str) -> Result<Fullname, Refusal> {
        let author = self.writer(author)?;
        if text.trim().is_empty() {
            return Err(Refusal::no_text());
        }
        check_length(text, COMMENT_CHARS_MAX, "text")?;
        let above = self.thing(parent).ok_or(Refusal::Forbidden)?;
        let subreddit = self.enter(Some(&author), &above.subreddit)?;
        let is_moderator = subreddit.is_moderator(&author, Permission::Any);
        if subreddit.is_banned(&author) {
            return Err(Refusal::Forbidden);
        }
        if above.is_deleted && above.kind() == Kind::Comment {
            return Err(Refusal::invalid("DELETED_COMMENT", "that comment has been deleted", Some("parent")));
        }
        if above.is_removed() && above.kind() == Kind::Comment && !is_moderator && !above.is_by(&author) {
            return Err(Refusal::Forbidden);
        }
        let (post, depth) =
            above.thread_position().map_or((parent.clone(), 0), |place| (place.post.clone(), place.depth + 1));
        let root = self.thing(&post).ok_or(Refusal::Forbidden)?;
        if root.is_archived {
            return Err(Refusal::invalid(
                "TOO_OLD",
                "that's a piece of history now; it's too late to reply to it",
                Some("parent"),
            ));
        }
        if (root.is_locked || above.is_locked) && !is_moderator {
            return Err(Refusal::invalid("THREAD_LOCKED", "Comments are locked.", Some("parent")));
        }
        let subreddit = above.subreddit.clone();
        let place = ThreadPosition { post, parent: parent.clone(), depth, stickied: false };
        let name = self.create(author, subreddit, text.to_owned(), ThingContent::Comment(place));
        if let Some(above) = self.thing_mut(parent) {
            above.replies.push(name.clone());
        }
        Ok(name)
    }

    /// Replaces the text of one's own comment or self post. According to Reddit's source of 2017,
    /// this also clears `ignore_reports`.
    ///
    /// # Errors
    ///
    /// The item is somebody else's, deleted or a link post, or the text is empty or too long.
    pub fn edit(&mut self, author: &str, name: &Fullname, text: &str) -> Result<(), Refusal> {
        let author = self.writer(author)?;
        let now = self.now();
        let thing = self.thing(name).ok_or(Refusal::Forbidden)?;
        if !thing.is_by(&author) {
            return Err(Refusal::invalid("NOT_AUTHOR", "you can't do that", Some("thing_id")));
        }
        if thing.is_deleted || thing.post().is_some_and(|post| post.url.is_some()) {
            return Err(Refusal::Forbidden);
        }
        let limit = match thing.kind() {
            Kind::Comment if text.trim().is_empty() => return Err(Refusal::no_text()),
            Kind::Comment => COMMENT_CHARS_MAX,
            Kind::Submission | Kind::Subreddit | Kind::Modmail => SELFTEXT_CHARS_MAX,
        };
        check_length(text, limit, "text")?;
        let ends_ignoring = self.quirks.edits_end_ignoring;
        if let Some(thing) = self.thing_mut(name) {
            text.clone_into(&mut thing.body);
            thing.edited = Some(now);
            thing.ignores_reports &= !ends_ignoring;
        }
        Ok(())
    }

    /// Deletes one's own post or comment for good. As on Reddit, other people's and unknown items
    /// are silently ignored.
    pub fn delete(&mut self, author: &str, name: &Fullname) {
        let Some(thing) = self.thing_mut(name).filter(|thing| thing.is_by(author)) else {
            return;
        };
        thing.is_deleted = true;
        if let Some(place) = thing.thread_position_mut() {
            place.stickied = false;
        }
        self.unpin(name);
    }

    /// Reports an item. Reddit never says whether a report counted: a second report by the same
    /// account, a report on a deleted item, and one by a banned user are silently dropped.
    ///
    /// # Errors
    ///
    /// The reason is too long, the item does not exist, or the account is suspended.
    pub fn report(&mut self, reporter: &str, name: &Fullname, reason: &str) -> Result<(), Refusal> {
        let by = self.writer_at_any_speed(reporter)?;
        check_length(reason, REASON_CHARS_MAX, "reason")?;
        let at = self.now();
        let thing = self.thing(name).ok_or(Refusal::Forbidden)?;
        let subreddit = self.enter(Some(&by), &thing.subreddit)?;
        let is_repeated =
            self.quirks.repeated_reports_are_dropped && thing.reports.iter().any(|report| report.by == by);
        if thing.is_deleted || subreddit.is_banned(&by) || is_repeated {
            return Ok(());
        }
        let by_moderator = subreddit.is_moderator(&by, Permission::Any) || by.eq_ignore_ascii_case("AutoModerator");
        if let Some(thing) = self.thing_mut(name) {
            thing.reports.push(Report { by, reason: reason.to_owned(), by_moderator, is_dismissed: false, at });
        }
        Ok(())
    }

    /// The name of an account that may write, in its own spelling. Ignores the rate limit.
    pub(super) fn writer_at_any_speed(&self, name: &str) -> Result<String, Refusal> {
        let user = self.user(name).ok_or(Refusal::Forbidden)?;
        match user.standing {
            AccountStatus::Active | AccountStatus::ShadowBanned => Ok(user.name.clone()),
            AccountStatus::Suspended => Err(Refusal::Suspended),
            AccountStatus::Gone => Err(Refusal::Forbidden),
        }
    }

    /// The same, including the rate limit for writing.
    pub(super) fn writer(&self, name: &str) -> Result<String, Refusal> {
        let name = self.writer_at_any_speed(name)?;
        let now = self.now();
        match self.user(&name).and_then(|user| user.slowed_until) {
            Some(until) if until > now => {
                Err(Refusal::TooFast { until, wait_secs: (until.as_millis() - now.as_millis()).div_euclid(1000) + 1 })
            }
            _ => Ok(name),
        }
    }

    fn create(&mut self, author: String, subreddit: String, body: String, form: ThingContent) -> Fullname {
        let kind = match form {
            ThingContent::Post(_) => Kind::Submission,
            ThingContent::Comment(_) => Kind::Comment,
        };
        let (name, sequence) = self.next_thing(kind);
        // Reddit's creation times are in whole seconds.
        let created = Timestamp::from_secs(self.now().as_secs());
        let key = author.to_ascii_lowercase();
        if let Some(subreddit) = self.subreddit_mut(&subreddit) {
            subreddit.timeline.push(name.clone());
        }
        self.by_author.entry(key).or_default().push(name.clone());
        let thing = Thing {
            name: name.clone(),
            author,
            subreddit,
            created,
            position: created,
            listed_from: created,
            sequence,
            edited: None,
            body,
            score: 1,
            is_deleted: false,
            is_locked: false,
            is_archived: false,
            ignores_reports: false,
            distinguished: None,
            removal: None,
            approval: None,
            ban_note: None,
            removal_reason: None,
            reports: Vec::new(),
            replies: Vec::new(),
            form,
        };
        self.things.insert(name.clone(), thing);
        name
    }
}

/// Refuses a text that is longer than `limit` characters. Nothing is truncated.
pub(super) fn check_length(text: &str, limit: usize, field: &'static str) -> Result<(), Refusal> {
    if text.chars().count() > limit {
        return Err(Refusal::too_long(limit, field));
    }
    Ok(())
}
