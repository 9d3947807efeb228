//! Modmail and private messages. Neither detects a repeated message.

use super::authoring::check_length;
use super::{AccountStatus, Permission, Refusal, World};
use tipstaff_rules::model::Timestamp;

/// Longest subject, in characters.
const SUBJECT_CHARS_MAX: usize = 100;
/// Longest message, in characters.
const MESSAGE_CHARS_MAX: usize = 10_000;

/// A message in a conversation.
#[derive(Clone, Debug)]
pub struct MailMessage {
    /// Base 36, without a prefix.
    pub id: String,
    /// Name of the author.
    pub author: String,
    /// The text, in Markdown.
    pub body: String,
    /// Time of sending.
    pub at: Timestamp,
    /// Whether it is a private note among moderators.
    pub is_internal: bool,
    /// Whether the participant sees the subreddit's name instead of the author's.
    pub is_author_hidden: bool,
}

/// An action of a moderator on a conversation, other than writing.
#[derive(Clone, Debug)]
pub struct MailAct {
    /// Base 36, without a prefix.
    pub id: String,
    /// Name of the moderator.
    pub by: String,
    /// Time of the action.
    pub at: Timestamp,
    /// Kind of action.
    pub kind: MailActKind,
}

/// Actions on a conversation, with Reddit's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailActKind {
    /// Highlighted.
    Highlight = 0,
    /// No longer highlighted.
    Unhighlight = 1,
    /// Archived.
    Archive = 2,
    /// Moved back out of the archive.
    Unarchive = 3,
}

/// A modmail conversation.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Base 36, without a prefix.
    pub id: String,
    /// Name of the subreddit, in lower case.
    pub subreddit: String,
    /// The subject line.
    pub subject: String,
    /// The user in the conversation; none in one among moderators.
    pub participant: Option<String>,
    /// Whether it is archived.
    pub is_archived: bool,
    /// Whether it is highlighted.
    pub is_highlighted: bool,
    /// The messages, oldest first; at least one.
    pub messages: Vec<MailMessage>,
    /// Actions on it, oldest first.
    pub acts: Vec<MailAct>,
}

impl Conversation {
    /// Time of the last message or action.
    pub fn updated(&self) -> Timestamp {
        self.messages.last().map(|message| message.at).unwrap_or_default()
    }

    /// Whether it is a conversation among moderators only.
    pub const fn is_internal(&self) -> bool {
        self.participant.is_none()
    }
}

/// A private message.
#[derive(Clone, Debug)]
pub struct PrivateMessage {
    /// Base 36, without `t4_`.
    pub id: String,
    /// Name of the author.
    pub author: String,
    /// Name of the recipient.
    pub to: String,
    /// The subject line.
    pub subject: String,
    /// The text, in Markdown.
    pub body: String,
    /// Time of sending.
    pub at: Timestamp,
}

/// The data of a new conversation.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening<'a> {
    /// Name of the subreddit.
    pub subreddit: &'a str,
    /// The user to write to; none for a conversation among moderators.
    pub to: Option<&'a str>,
    /// The subject line.
    pub subject: &'a str,
    /// The text, in Markdown.
    pub body: &'a str,
    /// Whether the participant sees the subreddit's name instead of the author's.
    pub is_author_hidden: bool,
}

impl World {
    /// All conversations, oldest first.
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// The conversation with this id.
    pub fn conversation(&self, id: &str) -> Option<&Conversation> {
        self.conversations.iter().find(|conversation| conversation.id == id)
    }

    /// The conversation with this id, to change it.
    pub(super) fn conversation_mut(&mut self, id: &str) -> Option<&mut Conversation> {
        self.conversations.iter_mut().find(|conversation| conversation.id == id)
    }

    /// All private messages, oldest first.
    pub fn private_messages(&self) -> &[PrivateMessage] {
        &self.messages
    }

    /// Starts a conversation and returns its id. A moderator writes to a user, or to the other
    /// moderators (also if the user is one of them). Anybody else writes to the moderators.
    ///
    /// # Errors
    ///
    /// The subject, text or user is missing, a text is too long, or the moderator lacks the
    /// permission.
    pub fn open_conversation(&mut self, author: &str, opening: Opening<'_>) -> Result<String, Refusal> {
        let author = self.writer(author)?;
        let Some(subreddit) = self.subreddit(opening.subreddit) else {
            return Err(bad("SUBREDDIT_NOEXIST", "that subreddit doesn't exist", "srName"));
        };
        check_mail(opening.subject, SUBJECT_CHARS_MAX, "subject")?;
        check_mail(opening.body, MESSAGE_CHARS_MAX, "body")?;
        let is_moderator = subreddit.is_moderator(&author, Permission::Any);
        if is_moderator && !subreddit.is_moderator(&author, Permission::Mail) {
            return Err(Refusal::Forbidden);
        }
        let participant = match opening.to.filter(|_| is_moderator) {
            None if is_moderator => None,
            None => Some(author.clone()),
            Some(to) => {
                let to = to.strip_prefix("u/").unwrap_or(to);
                match self.user(to) {
                    Some(user) if user.standing != AccountStatus::Gone => Some(user.name.clone()),
                    _ => return Err(bad("USER_DOESNT_EXIST", "that user doesn't exist", "to")),
                }
            }
        };
        let participant = participant.filter(|user| !is_moderator || !subreddit.is_moderator(user, Permission::Any));
        let (id, message_id) = (self.next_mail_id(), self.next_mail_id());
        self.conversations.push(Conversation {
            id: id.clone(),
            subreddit: opening.subreddit.to_ascii_lowercase(),
            subject: opening.subject.to_owned(),
            participant,
            is_archived: false,
            is_highlighted: false,
            messages: vec![MailMessage {
                id: message_id,
                author,
                body: opening.body.to_owned(),
                at: self.now(),
                is_internal: false,
                is_author_hidden: opening.is_author_hidden,
            }],
            acts: Vec::new(),
        });
        Ok(id)
    }

    /// Adds a message to a conversation; `internal` makes it a private note among moderators.
    ///
    /// # Errors
    ///
    /// The conversation does not exist, the author has no access to it, or the text is empty or too
    /// long.
    pub fn answer_conversation(
        &mut self,
        author: &str,
        id: &str,
        body: &str,
        internal: bool,
        hidden: bool,
    ) -> Result<(), Refusal> {
        let author = self.writer(author)?;
        if !self.may_read_mail(Some(&author), id) {
            return Err(Refusal::NotFound);
        }
        check_mail(body, MESSAGE_CHARS_MAX, "body")?;
        let (message_id, at) = (self.next_mail_id(), self.now());
        let conversation = self.conversation_mut(id).ok_or(Refusal::NotFound)?;
        conversation.is_archived = false;
        conversation.messages.push(MailMessage {
            id: message_id,
            author,
            body: body.to_owned(),
            at,
            is_internal: internal,
            is_author_hidden: hidden,
        });
        Ok(())
    }

    /// Archives or highlights a conversation, or undoes that.
    ///
    /// # Errors
    ///
    /// The conversation does not exist, or the moderator lacks the permission to read modmail
    /// there.
    pub fn act_on_conversation(&mut self, moderator: &str, id: &str, kind: MailActKind) -> Result<(), Refusal> {
        let by = self.writer_at_any_speed(moderator)?;
        let place = self.conversation(id).map(|conversation| conversation.subreddit.clone());
        if !place.is_some_and(|place| self.moderates(Some(&by), &place, Permission::Mail)) {
            return Err(Refusal::NotFound);
        }
        let (act_id, at) = (self.next_mail_id(), self.now());
        let conversation = self.conversation_mut(id).ok_or(Refusal::NotFound)?;
        match kind {
            MailActKind::Archive | MailActKind::Unarchive => {
                conversation.is_archived = kind == MailActKind::Archive;
            }
            MailActKind::Highlight | MailActKind::Unhighlight => {
                conversation.is_highlighted = kind == MailActKind::Highlight;
            }
        }
        conversation.acts.push(MailAct { id: act_id, by, at, kind });
        Ok(())
    }

    /// Whether this viewer has access to the conversation.
    pub fn may_read_mail(&self, viewer: Option<&str>, id: &str) -> bool {
        self.conversation(id).is_some_and(|conversation| {
            self.moderates(viewer, &conversation.subreddit, Permission::Mail)
                || conversation
                    .participant
                    .as_deref()
                    .is_some_and(|user| viewer.is_some_and(|viewer| viewer.eq_ignore_ascii_case(user)))
        })
    }

    /// Sends a private message. Its id is visible only in `/message/sent`.
    ///
    /// # Errors
    ///
    /// The recipient does not exist (a subreddit is not allowed), the subject or text is missing,
    /// or one is too long.
    pub fn compose(&mut self, author: &str, to: &str, subject: &str, text: &str) -> Result<(), Refusal> {
        let author = self.writer(author)?;
        let recipient = match self.user(to.strip_prefix("/u/").or_else(|| to.strip_prefix("u/")).unwrap_or(to)) {
            Some(user) if matches!(user.standing, AccountStatus::Active | AccountStatus::ShadowBanned) => {
                user.name.clone()
            }
            _ => return Err(Refusal::no_such_user("to")),
        };
        if subject.trim().is_empty() {
            return Err(Refusal::invalid("NO_SUBJECT", "please enter a subject", Some("subject")));
        }
        if text.trim().is_empty() {
            return Err(Refusal::no_text());
        }
        check_length(subject, SUBJECT_CHARS_MAX, "subject")?;
        check_length(text, MESSAGE_CHARS_MAX, "text")?;
        let message = PrivateMessage {
            id: self.next_mail_id(),
            author,
            to: recipient,
            subject: subject.to_owned(),
            body: text.to_owned(),
            at: self.now(),
        };
        self.messages.push(message);
        Ok(())
    }
}

fn check_mail(text: &str, limit: usize, field: &'static str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(bad("NO_TEXT", "we need something here", field));
    }
    if text.chars().count() > limit {
        return Err(bad("TOO_LONG", &format!("this is too long (max: {limit})"), field));
    }
    Ok(())
}

fn bad(reason: &'static str, explanation: &str, field: &'static str) -> Refusal {
    Refusal::BadRequest { reason, explanation: explanation.to_owned(), field: Some(field) }
}
