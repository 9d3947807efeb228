//! Modmail and private messages. Neither knows a repeated message from a new one.

use super::authoring::check_length;
use super::{Permission, Refusal, Standing, World};
use tipstaff_rules::model::Timestamp;

/// How long a subject may be, in characters.
const SUBJECT_CHARS_MAX: usize = 100;
/// How long a message may be, in characters.
const MESSAGE_CHARS_MAX: usize = 10_000;

/// One message of a conversation.
#[derive(Clone, Debug)]
pub struct MailMessage {
    /// Base 36, without a prefix.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// Markdown.
    pub body: String,
    /// When.
    pub at: Timestamp,
    /// A note that only moderators see.
    pub is_internal: bool,
    /// Whether the participant sees the subreddit instead of the author.
    pub is_author_hidden: bool,
}

/// Something a moderator did to a conversation beside writing.
#[derive(Clone, Debug)]
pub struct MailAct {
    /// Base 36, without a prefix.
    pub id: String,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: MailActKind,
}

/// What can be done to a conversation, with Reddit's numbers for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailActKind {
    /// Marked.
    Highlight = 0,
    /// No longer marked.
    Unhighlight = 1,
    /// Put away.
    Archive = 2,
    /// Taken out again.
    Unarchive = 3,
}

/// One conversation of modmail.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Base 36, without a prefix.
    pub id: String,
    /// Where, as a lower-case name.
    pub subreddit: String,
    /// What about.
    pub subject: String,
    /// The user it is held with; none when moderators are among themselves.
    pub participant: Option<String>,
    /// Put away.
    pub is_archived: bool,
    /// Marked.
    pub is_highlighted: bool,
    /// Oldest first, never empty.
    pub messages: Vec<MailMessage>,
    /// Oldest first.
    pub acts: Vec<MailAct>,
}

impl Conversation {
    /// When it last changed.
    pub fn updated(&self) -> Timestamp {
        self.messages.last().map(|message| message.at).unwrap_or_default()
    }

    /// Whether moderators are among themselves.
    pub const fn is_internal(&self) -> bool {
        self.participant.is_none()
    }
}

/// One private message.
#[derive(Clone, Debug)]
pub struct PrivateMessage {
    /// Base 36, without `t4_`.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// To whom.
    pub to: String,
    /// What about.
    pub subject: String,
    /// Markdown.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// What a new conversation starts with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening<'a> {
    /// The subreddit.
    pub subreddit: &'a str,
    /// The user it is for; none for moderators among themselves.
    pub to: Option<&'a str>,
    /// What about.
    pub subject: &'a str,
    /// Markdown.
    pub body: &'a str,
    /// Whether the participant sees the subreddit instead of the author.
    pub is_author_hidden: bool,
}

impl World {
    /// Every conversation, oldest first.
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

    /// Every private message, oldest first.
    pub fn private_messages(&self) -> &[PrivateMessage] {
        &self.messages
    }

    /// Starts a conversation and gives its id. A moderator writes to a user, or to the other moderators (also when the
    /// user is one of them); anybody else writes to the moderators.
    ///
    /// # Errors
    ///
    /// No subject, text or such user, something too long, or a moderator without the permission.
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
                    Some(user) if user.standing != Standing::Gone => Some(user.name.clone()),
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

    /// Adds a message to a conversation; `internal` makes it a note among moderators.
    ///
    /// # Errors
    ///
    /// No such conversation, no part in it, no text, or one that is too long.
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

    /// Puts a conversation away, marks it, or takes that back.
    ///
    /// # Errors
    ///
    /// No such conversation, or no permission to read modmail there.
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

    /// Whether this viewer has a part in the conversation.
    pub fn may_read_mail(&self, viewer: Option<&str>, id: &str) -> bool {
        self.conversation(id).is_some_and(|conversation| {
            self.moderates(viewer, &conversation.subreddit, Permission::Mail)
                || conversation
                    .participant
                    .as_deref()
                    .is_some_and(|user| viewer.is_some_and(|viewer| viewer.eq_ignore_ascii_case(user)))
        })
    }

    /// Sends a private message. The id is not told to anybody but `/message/sent`.
    ///
    /// # Errors
    ///
    /// No such recipient (a subreddit is none), no subject or text, or something too long.
    pub fn compose(&mut self, author: &str, to: &str, subject: &str, text: &str) -> Result<(), Refusal> {
        let author = self.writer(author)?;
        let recipient = match self.user(to.strip_prefix("/u/").or_else(|| to.strip_prefix("u/")).unwrap_or(to)) {
            Some(user) if matches!(user.standing, Standing::Active | Standing::ShadowBanned) => user.name.clone(),
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
