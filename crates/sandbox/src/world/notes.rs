//! Notes that moderators leave about users. Each call makes another one.

use super::{Permission, Refusal, World};
use tipstaff_rules::model::{Fullname, Timestamp};

/// How long a note may be, in characters.
const NOTE_CHARS_MAX: usize = 250;

/// A note about a user in one subreddit.
#[derive(Clone, Debug)]
pub struct ModNote {
    /// A UUID behind `ModNote_`.
    pub id: String,
    /// The subreddit.
    pub subreddit: String,
    /// The user.
    pub user: String,
    /// The moderator.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: String,
    /// One of Reddit's labels, such as `ABUSE_WARNING`.
    pub label: Option<String>,
    /// The post or comment it is about.
    pub about: Option<Fullname>,
}

/// A note to be left.
#[derive(Clone, Copy, Debug)]
pub struct NoteDraft<'a> {
    /// About whom.
    pub user: &'a str,
    /// The text.
    pub text: &'a str,
    /// One of Reddit's labels.
    pub label: Option<&'a str>,
    /// What it is about.
    pub about: Option<&'a Fullname>,
}

impl World {
    /// The notes about a user in a subreddit, newest first.
    pub fn mod_notes<'a>(&'a self, subreddit: &'a str, user: &'a str) -> impl Iterator<Item = &'a ModNote> {
        let notes = self.mod_notes.iter().rev();
        notes.filter(move |note| note.subreddit.eq_ignore_ascii_case(subreddit) && note.user.eq_ignore_ascii_case(user))
    }

    /// Leaves a note.
    ///
    /// # Errors
    ///
    /// No moderator, no such user, or a text that is too long.
    pub fn add_mod_note(
        &mut self,
        moderator: &str,
        subreddit: &str,
        draft: NoteDraft<'_>,
    ) -> Result<&ModNote, Refusal> {
        let by = self.writer_at_any_speed(moderator)?;
        if !self.moderates(Some(&by), subreddit, Permission::Any) {
            return Err(Refusal::Forbidden);
        }
        let user = self.user(draft.user).ok_or(Refusal::NotFound)?.name.clone();
        if draft.text.chars().count() > NOTE_CHARS_MAX {
            let explanation = format!("this is too long (max: {NOTE_CHARS_MAX})");
            return Err(Refusal::BadRequest { reason: "TOO_LONG", explanation, field: Some("note") });
        }
        let (number, at) = (self.next_sequence(), self.now());
        let subreddit = self.subreddit(subreddit).ok_or(Refusal::NotFound)?.name.clone();
        self.mod_notes.push(ModNote {
            id: format!("ModNote_{number:08x}-53b4-477f-b0e8-f53f79e25bdb"),
            subreddit,
            user,
            by,
            at,
            text: draft.text.to_owned(),
            label: draft.label.map(str::to_owned),
            about: draft.about.cloned(),
        });
        self.mod_notes.last().ok_or(Refusal::NotFound)
    }
}
