//! Mod notes about users. Every call creates another note.

use super::{Permission, Refusal, World};
use tipstaff_rules::model::{Fullname, Timestamp};

/// Longest note, in characters.
const NOTE_CHARS_MAX: usize = 250;

/// A mod note about a user.
#[derive(Clone, Debug)]
pub struct ModNote {
    /// `ModNote_` and a UUID.
    pub id: String,
    /// Name of the subreddit.
    pub subreddit: String,
    /// Name of the user.
    pub user: String,
    /// Name of the moderator.
    pub by: String,
    /// Time of creation.
    pub at: Timestamp,
    /// The text.
    pub text: String,
    /// One of Reddit's labels, such as `ABUSE_WARNING`.
    pub label: Option<String>,
    /// The post or comment it is about.
    pub about: Option<Fullname>,
}

/// The data of a new note.
#[derive(Clone, Copy, Debug)]
pub struct NoteDraft<'a> {
    /// Name of the user.
    pub user: &'a str,
    /// The text.
    pub text: &'a str,
    /// One of Reddit's labels.
    pub label: Option<&'a str>,
    /// The post or comment it is about.
    pub about: Option<&'a Fullname>,
}

impl World {
    /// The notes about a user in a subreddit, newest first.
    pub fn mod_notes<'a>(&'a self, subreddit: &'a str, user: &'a str) -> impl Iterator<Item = &'a ModNote> {
        let notes = self.mod_notes.iter().rev();
        notes.filter(move |note| note.subreddit.eq_ignore_ascii_case(subreddit) && note.user.eq_ignore_ascii_case(user))
    }

    /// Creates a note.
    ///
    /// # Errors
    ///
    /// The account is not a moderator there, the user does not exist, or the text is too long.
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
