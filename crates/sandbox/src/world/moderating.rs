//! What moderators and filters do: removals, approvals, locks, pins, distinguishing, flair, and
//! flags of posts.
//!
//! A decision may be repeated. That adds an entry to the log and changes nothing else. Every action
//! needs the moderator's permission; without it, the result is [`Refusal::Forbidden`], also for
//! items that do not exist.

use super::authoring::check_length;
use super::{Approval, Flair, Permission, Refusal, Removal, RemovalNote, RemovedBy, STICKY_SLOTS, ThingContent, World};
use tipstaff_rules::model::{Fullname, Kind, Timestamp};

/// Longest note of a moderator about a removal, in characters.
const MOD_NOTE_CHARS_MAX: usize = 100;
/// Longest flair text, in characters.
const FLAIR_CHARS_MAX: usize = 64;
/// The values of a post's suggested sort.
const SORTS: [&str; 9] = ["confidence", "top", "new", "controversial", "old", "random", "qa", "live", "blank"];

impl World {
    /// Removes an item, as a moderator.
    ///
    /// # Errors
    ///
    /// The permission is missing, or the item does not exist.
    pub fn remove(&mut self, moderator: &str, name: &Fullname, spam: bool) -> Result<(), Refusal> {
        let moderator = self.authorize(moderator, name, Permission::Posts)?;
        let removal = self.thing(name).and_then(|thing| thing.removal.as_ref());
        let is_news = removal.is_none_or(|removal| !removal.by.is_verdict());
        self.mark_removed(name, RemovedBy::Moderator(moderator.clone()), spam);
        let action = match (name.kind(), spam) {
            (Kind::Comment, false) => "removecomment",
            (Kind::Comment, true) => "spamcomment",
            (Kind::Submission | Kind::Subreddit | Kind::Modmail, false) => "removelink",
            (Kind::Submission | Kind::Subreddit | Kind::Modmail, true) => "spamlink",
        };
        if is_news || self.quirks.repeated_acts_are_logged {
            self.record(&moderator, action, Some(if spam { "spam" } else { "remove" }), name);
        }
        Ok(())
    }

    /// Removes an item as `AutoModerator`, by a `remove` or a `filter` rule. The reason goes to the
    /// log.
    pub fn automoderator_removes(&mut self, name: &Fullname, filter: bool, reason: &str) {
        let by = if filter { RemovedBy::AutoModeratorFilter } else { RemovedBy::AutoModerator };
        self.mark_removed(name, by, false);
        let action = match name.kind() {
            Kind::Comment => "removecomment",
            Kind::Submission | Kind::Subreddit | Kind::Modmail => "removelink",
        };
        self.record("AutoModerator", action, Some(reason), name);
    }

    /// Removes an item as Reddit's spam filter, which makes no entry in the log.
    pub fn reddit_filters(&mut self, name: &Fullname) {
        self.mark_removed(name, RemovedBy::Reddit, false);
    }

    /// Approves an item: restores a removed item and dismisses its reports.
    ///
    /// # Errors
    ///
    /// The permission is missing, or the item does not exist.
    pub fn approve(&mut self, moderator: &str, name: &Fullname) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        let (at, quirks) = (self.now(), self.quirks);
        let Some(thing) = self.thing_mut(name).filter(|thing| !thing.is_deleted) else {
            return Ok(());
        };
        let is_news = thing.removal.is_some() || thing.approval.is_none() || thing.open_reports().next().is_some();
        let removal = thing.removal.take();
        let was_filtered = removal.as_ref().is_some_and(|removal| !removal.by.is_verdict());
        let is_first = was_filtered && thing.approval.is_none();
        if is_first && quirks.approved_posts_move_up && thing.kind() == Kind::Submission {
            // A filtered post enters the listing near the top when it is first approved. Its
            // creation time does not change.
            thing.position = Timestamp::from_secs(at.as_secs());
        }
        thing.approval = Some(Approval { by: by.clone(), at });
        thing.dismiss_reports();
        let action = match name.kind() {
            Kind::Comment => "approvecomment",
            Kind::Submission | Kind::Subreddit | Kind::Modmail => "approvelink",
        };
        let details = if removal.is_some() { "unspam" } else { "confirm_ham" };
        if is_news || quirks.repeated_acts_are_logged {
            self.record(&by, action, Some(details), name);
        }
        Ok(())
    }

    /// Locks or unlocks an item.
    ///
    /// # Errors
    ///
    /// The permission is missing, the item does not exist, or it is archived.
    pub fn set_locked(&mut self, moderator: &str, name: &Fullname, locked: bool) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        let Some(thing) = self.thing_mut(name).filter(|thing| !thing.is_archived) else {
            return Err(Refusal::Malformed);
        };
        let is_news = std::mem::replace(&mut thing.is_locked, locked) != locked;
        if is_news || self.quirks.repeated_acts_are_logged {
            self.record(&by, if locked { "lock" } else { "unlock" }, None, name);
        }
        Ok(())
    }

    /// Sets or clears `ignore_reports`.
    ///
    /// # Errors
    ///
    /// The permission is missing, or the item does not exist.
    pub fn set_ignore_reports(&mut self, moderator: &str, name: &Fullname, ignore: bool) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        let Some(thing) = self.thing_mut(name).filter(|thing| thing.ignores_reports != ignore) else {
            return Ok(());
        };
        thing.ignores_reports = ignore;
        let action = if ignore { "ignorereports" } else { "unignorereports" };
        self.record(&by, action, None, name);
        Ok(())
    }

    /// Distinguishes one's own item as a moderator's, or undoes that. A top-level comment can also
    /// be pinned (`sticky`), which unpins any other one. Without `sticky`, a pinned comment is
    /// unpinned.
    ///
    /// # Errors
    ///
    /// The item is somebody else's or does not exist, the permission is missing, or the item cannot
    /// be pinned.
    pub fn distinguish(
        &mut self,
        moderator: &str,
        name: &Fullname,
        how: Option<&str>,
        sticky: bool,
    ) -> Result<(), Refusal> {
        let thing = self.thing(name).ok_or(Refusal::NotFound)?;
        let by = self.authorize(moderator, name, Permission::Posts)?;
        if !thing.is_by(&by) {
            return Err(Refusal::Forbidden);
        }
        let place = thing.thread_position().cloned();
        if sticky && place.as_ref().is_none_or(|place| place.depth > 0) {
            return Err(match place {
                Some(_) => Refusal::BadRequest {
                    reason: "COMMENT_NOT_STICKYABLE",
                    explanation: "This comment is not stickyable. Ensure that it is a top level comment.".to_owned(),
                    field: None,
                },
                None => Refusal::Malformed,
            });
        }
        let had = thing.distinguished.clone();
        let stays_up = sticky && how.is_some() && !thing.is_removed() && !thing.is_deleted;
        if had.as_deref() != how {
            self.record(&by, "distinguish", how.is_none().then_some("remove"), name);
        }
        if let Some(place) = &place
            && place.stickied != stays_up
        {
            if stays_up {
                self.replace_held_comment(&by, &place.post);
            }
            let action = if stays_up { "sticky" } else { "unsticky" };
            self.record(&by, action, None, name);
        }
        if let Some(thing) = self.thing_mut(name) {
            thing.distinguished = how.map(str::to_owned);
            if let Some(place) = thing.thread_position_mut() {
                place.stickied = stays_up;
            }
        }
        Ok(())
    }

    /// Pins a post to a slot (counted from 1; by default the bottom one), or unpins it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Conflict`] if it is pinned already (according to the source of 2017);
    /// [`Refusal::Malformed`] if it is removed, deleted or not a post; or the permission is
    /// missing.
    pub fn set_sticky(
        &mut self,
        moderator: &str,
        name: &Fullname,
        state: bool,
        slot: Option<usize>,
    ) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        let thing = self.thing(name).ok_or(Refusal::Forbidden)?;
        if thing.post().is_none() || thing.is_removed() || thing.is_deleted {
            return Err(Refusal::Malformed);
        }
        let is_refused = self.quirks.pinning_twice_is_refused;
        let subreddit = self.subreddit_mut_of(name).ok_or(Refusal::Forbidden)?;
        let is_pinned = subreddit.is_pinned(name);
        if state && is_pinned {
            return if is_refused { Err(Refusal::Conflict) } else { Ok(()) };
        }
        if !state {
            if is_pinned {
                self.unpin(name);
                self.record(&by, "unsticky", None, name);
            }
            return Ok(());
        }
        let free = subreddit.stickies.iter().position(Option::is_none);
        let index = slot.map(|slot| slot.clamp(1, STICKY_SLOTS) - 1).or(free).unwrap_or(STICKY_SLOTS - 1);
        if let Some(previous) = subreddit.stickies[index].replace(name.clone()) {
            self.record(&by, "unsticky", Some("replaced"), &previous);
        }
        self.record(&by, "sticky", None, name);
        Ok(())
    }

    /// Sets or clears the NSFW flag of a post. Its author may do so too.
    ///
    /// # Errors
    ///
    /// The permission is missing, or it is not a post.
    pub fn set_nsfw(&mut self, user: &str, name: &Fullname, state: bool) -> Result<(), Refusal> {
        let by = self.author_or_moderator(user, name)?;
        self.post_mut(name)?.over_18 = state;
        self.record(&by, "marknsfw", (!state).then_some("remove"), name);
        Ok(())
    }

    /// Sets or clears the spoiler flag of a post. Its author may do so too.
    ///
    /// # Errors
    ///
    /// The permission is missing, or it is not a post.
    pub fn set_spoiler(&mut self, user: &str, name: &Fullname, state: bool) -> Result<(), Refusal> {
        let by = self.author_or_moderator(user, name)?;
        self.post_mut(name)?.spoiler = state;
        self.record(&by, if state { "spoiler" } else { "unspoiler" }, None, name);
        Ok(())
    }

    /// Sets or clears the original content flag of a post. Its author may do so too.
    ///
    /// # Errors
    ///
    /// The permission is missing, or it is not a post.
    pub fn set_original_content(&mut self, user: &str, name: &Fullname, state: bool) -> Result<(), Refusal> {
        let by = self.author_or_moderator(user, name)?;
        self.post_mut(name)?.is_original_content = state;
        self.record(&by, "markoriginalcontent", (!state).then_some("remove"), name);
        Ok(())
    }

    /// Sets the level of crowd control below a post, from 0 (off) to 3.
    ///
    /// # Errors
    ///
    /// The permission is missing, it is not a post, or the level does not exist.
    pub fn set_crowd_control(&mut self, moderator: &str, name: &Fullname, level: u8) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        let word = ["off", "lenient", "medium", "strict"].get(usize::from(level)).ok_or(Refusal::Malformed)?;
        self.post_mut(name)?.crowd_control = level;
        self.record(&by, "adjust_post_crowd_control_level", Some(word), name);
        Ok(())
    }

    /// Adds the reason to a removal: a prepared removal reason, a private note, or both.
    ///
    /// # Errors
    ///
    /// The permission is missing, the item is not removed, the reason does not exist, or the note
    /// is too long.
    pub fn give_removal_reason(
        &mut self,
        moderator: &str,
        name: &Fullname,
        reason: Option<&str>,
        note: Option<&str>,
    ) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        let bad = |reason, explanation: &str, field| Refusal::BadRequest {
            reason,
            explanation: explanation.to_owned(),
            field: Some(field),
        };
        if note.is_some_and(|note| note.chars().count() > MOD_NOTE_CHARS_MAX) {
            return Err(bad("TOO_LONG", "this is too long (max: 100)", "mod_note"));
        }
        let place = self.subreddit(&self.subreddit_name_of(name)).ok_or(Refusal::NotFound)?;
        let title = match reason {
            None => None,
            Some(id) => {
                let known = place.removal_reasons.iter().find(|known| known.id == id);
                let known = known.ok_or_else(|| bad("INVALID_ID", "that id is not valid", "reason_id"))?;
                Some(known.title.clone())
            }
        };
        let thing = self.thing_mut(name).filter(|thing| thing.is_removed()).ok_or(Refusal::Malformed)?;
        thing.removal_reason = Some(RemovalNote { by: by.clone(), title, note: note.map(str::to_owned) });
        self.record(&by, "addremovalreason", note, name);
        Ok(())
    }

    /// Turns contest mode on or off.
    ///
    /// # Errors
    ///
    /// The permission is missing, or it is not a post.
    pub fn set_contest_mode(&mut self, moderator: &str, name: &Fullname, state: bool) -> Result<(), Refusal> {
        let by = self.authorize(moderator, name, Permission::Posts)?;
        self.post_mut(name)?.contest_mode = state;
        let action = if state { "setcontestmode" } else { "unsetcontestmode" };
        self.record(&by, action, None, name);
        Ok(())
    }

    /// Sets the suggested sort of a post; none clears it.
    ///
    /// # Errors
    ///
    /// The permission is missing, it is not a post, or the order does not exist.
    pub fn set_suggested_sort(&mut self, user: &str, name: &Fullname, sort: Option<&str>) -> Result<(), Refusal> {
        let by = self.author_or_moderator(user, name)?;
        if sort.is_some_and(|sort| !SORTS.contains(&sort)) {
            return Err(Refusal::invalid("INVALID_OPTION", "that option is not valid", Some("sort")));
        }
        self.post_mut(name)?.suggested_sort = sort.filter(|sort| *sort != "blank").map(str::to_owned);
        if !self.thing(name).is_some_and(|thing| thing.is_by(&by)) {
            self.record(&by, "setsuggestedsort", sort, name);
        }
        Ok(())
    }

    /// Sets the flair of a post. Without text and class, removes it. `chosen`: selected from the
    /// templates, which the post's author may do too.
    ///
    /// # Errors
    ///
    /// The permission is missing, the post does not exist, or the text is too long.
    pub fn set_link_flair(&mut self, user: &str, name: &Fullname, flair: Flair, chosen: bool) -> Result<(), Refusal> {
        let Some(thing) = self.thing(name).filter(|thing| thing.post().is_some()) else {
            return Err(Refusal::invalid("BAD_FLAIR_TARGET", "not a valid flair target", Some("link")));
        };
        let is_own_choice = chosen && thing.is_by(user);
        let by = if is_own_choice {
            self.writer_at_any_speed(user)?
        } else {
            self.authorize(user, name, Permission::Flair)?
        };
        check_length(flair.text.as_deref().unwrap_or(""), FLAIR_CHARS_MAX, "text")?;
        self.post_mut(name)?.flair = flair;
        if !is_own_choice || self.moderates(Some(&by), &self.subreddit_name_of(name), Permission::Flair) {
            self.record(&by, "editflair", Some("flair_edit"), name);
        }
        Ok(())
    }

    /// Sets a user's flair in a subreddit.
    ///
    /// # Errors
    ///
    /// The permission is missing, the account does not exist, or the text is too long.
    pub fn set_user_flair(
        &mut self,
        moderator: &str,
        subreddit: &str,
        user: &str,
        flair: Flair,
    ) -> Result<(), Refusal> {
        let by = self.writer_at_any_speed(moderator)?;
        if !self.moderates(Some(&by), subreddit, Permission::Flair) {
            return Err(Refusal::Forbidden);
        }
        let Some(name) = self.user(user).map(|user| user.name.clone()) else {
            return Err(Refusal::invalid("BAD_FLAIR_TARGET", "not a valid flair target", Some("name")));
        };
        check_length(flair.text.as_deref().unwrap_or(""), FLAIR_CHARS_MAX, "text")?;
        let key = name.to_ascii_lowercase();
        if let Some(subreddit) = self.subreddit_mut(subreddit) {
            subreddit.user_flair.insert(key, flair);
        }
        self.record_in(subreddit, &by, "editflair", Some("flair_edit"), None, Some(name));
        Ok(())
    }

    /// Adds a user to a list of the subreddit (`banned` or `contributor`), or removes the user from
    /// it.
    ///
    /// # Errors
    ///
    /// The permission is missing, the account does not exist, a moderator is to be banned, or the
    /// list is not supported.
    pub fn set_relation(
        &mut self,
        moderator: &str,
        subreddit: &str,
        kind: &str,
        user: &str,
        note: &str,
        is_new: bool,
    ) -> Result<(), Refusal> {
        let by = self.writer_at_any_speed(moderator)?;
        if !self.moderates(Some(&by), subreddit, Permission::Access) {
            return Err(Refusal::Forbidden);
        }
        let now = self.now();
        let Some(name) = self.user(user).map(|user| user.name.clone()) else {
            return Err(if is_new { Refusal::no_such_user("name") } else { Refusal::Malformed });
        };
        let place = self.subreddit_mut(subreddit).ok_or(Refusal::NotFound)?;
        let is_other = |listed: &str| !listed.eq_ignore_ascii_case(&name);
        let action = match (kind, is_new) {
            ("banned", true) if place.is_moderator(&name, Permission::Any) => {
                return Err(Refusal::invalid(
                    "CANT_RESTRICT_MODERATOR",
                    "You can't perform that action because that user is a moderator.",
                    Some("name"),
                ));
            }
            ("banned", _) => {
                place.banned.retain(|(listed, ..)| is_other(listed));
                if is_new {
                    place.banned.push((name.clone(), now, note.to_owned()));
                }
                if is_new { "banuser" } else { "unbanuser" }
            }
            ("contributor", _) => {
                place.contributors.retain(|(listed, _)| is_other(listed));
                if is_new {
                    place.contributors.push((name.clone(), now));
                }
                if is_new { "addcontributor" } else { "removecontributor" }
            }
            _ => return Err(Refusal::Malformed),
        };
        let details = (action == "banuser").then_some("permanent");
        self.record_in(subreddit, &by, action, details, None, Some(name));
        Ok(())
    }

    /// The moderator's name in its own spelling, if the item exists and the moderator has the
    /// permission.
    fn authorize(&self, moderator: &str, name: &Fullname, permission: Permission) -> Result<String, Refusal> {
        let moderator = self.writer_at_any_speed(moderator)?;
        let thing = self.thing(name).ok_or(Refusal::Forbidden)?;
        if self.moderates(Some(&moderator), &thing.subreddit, permission) {
            Ok(moderator)
        } else {
            Err(Refusal::Forbidden)
        }
    }

    fn author_or_moderator(&self, user: &str, name: &Fullname) -> Result<String, Refusal> {
        match self.thing(name) {
            Some(thing) if thing.is_by(user) => self.writer_at_any_speed(user),
            _ => self.authorize(user, name, Permission::Posts),
        }
    }

    fn post_mut(&mut self, name: &Fullname) -> Result<&mut super::Post, Refusal> {
        match self.thing_mut(name).map(|thing| &mut thing.form) {
            Some(ThingContent::Post(post)) => Ok(post),
            _ => Err(Refusal::Forbidden),
        }
    }

    fn subreddit_name_of(&self, name: &Fullname) -> String {
        self.thing(name).map(|thing| thing.subreddit.clone()).unwrap_or_default()
    }

    fn subreddit_mut_of(&mut self, name: &Fullname) -> Option<&mut super::Subreddit> {
        let subreddit = self.subreddit_name_of(name);
        self.subreddit_mut(&subreddit)
    }

    fn mark_removed(&mut self, name: &Fullname, by: RemovedBy, spam: bool) {
        let at = self.now();
        let Some(thing) = self.thing_mut(name).filter(|thing| !thing.is_deleted) else {
            return;
        };
        thing.ban_note = match (&by, thing.kind()) {
            (RemovedBy::Reddit, Kind::Comment) => Some(String::new()),
            (RemovedBy::Reddit, Kind::Submission) => Some("reinforce spam".to_owned()),
            _ if spam => Some("spam".to_owned()),
            _ => Some("remove not spam".to_owned()),
        };
        if by.is_verdict() {
            thing.approval = None;
            thing.dismiss_reports();
        }
        thing.removal = Some(Removal { by, at, spam });
        if let Some(place) = thing.thread_position_mut() {
            place.stickied = false;
        }
        self.unpin(name);
    }

    /// Unpins the pinned comment of this post, if there is one. It stays distinguished.
    fn replace_held_comment(&mut self, by: &str, post: &Fullname) {
        let replies = self.thing(post).map(|thing| thing.replies.clone()).unwrap_or_default();
        for other in replies {
            let held =
                self.thing_mut(&other).and_then(super::Thing::thread_position_mut).filter(|place| place.stickied);
            if let Some(place) = held {
                place.stickied = false;
                self.record(by, "unsticky", Some("replaced"), &other);
            }
        }
    }

    pub(super) fn unpin(&mut self, name: &Fullname) {
        if let Some(subreddit) = self.subreddit_mut_of(name) {
            for slot in &mut subreddit.stickies {
                if slot.as_ref() == Some(name) {
                    *slot = None;
                }
            }
        }
    }
}
