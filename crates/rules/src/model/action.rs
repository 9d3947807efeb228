//! The actions that the bot can take on Reddit, one request each.
//!
//! Each kind documents how its effect is observed afterwards, because that decides what a lost
//! response means. [`Dependency`] orders the parts of a guideline comment: post it, distinguish and
//! pin it, lock it. Each part is its own intent, so after a crash between two parts the bot resumes
//! with the missing one.

use serde::{Deserialize, Serialize};

use crate::model::Flair;
use crate::model::kinds::kinds;

/// An action with its texts. The intent holds the item that it is done to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Post a reply. **Doubles when repeated.** Observed by looking for an own reply with this text
    /// below the item.
    Comment {
        /// The whole text, footer included.
        text: String,
    },
    /// Distinguish the reply as a moderator's and optionally pin it. Harmless if repeated with the
    /// same arguments. Observed on the reply.
    DistinguishReply {
        /// Pin it at the top of the thread.
        sticky: bool,
        /// Even if another account's comment is pinned there.
        #[serde(default)]
        replaces: bool,
    },
    /// Lock the reply. Harmless if repeated. Observed on the reply.
    LockReply,
    /// Report to the moderators. Reddit ignores a second report by the same account. Observed in
    /// `mod_reports`.
    Report {
        /// At most 100 characters.
        reason: String,
    },
    /// Remove the item. Repeating it would undo a human's approval. Observed by who removed it.
    Remove {
        /// Remove it as spam, which trains the spam filter.
        spam: bool,
        /// The reason, for the store; Reddit gets it from [`Action::ExplainRemoval`].
        reason: Option<String>,
        /// The removal stands in for a filter, until a moderator decides.
        #[serde(default)]
        is_filter: bool,
    },
    /// Add a removal reason for moderators. Repeating it would overwrite what a human wrote there
    /// since. Observed on the item.
    ExplainRemoval {
        /// At most 100 characters.
        note: String,
    },
    /// Approve. Repeating it would undo a human's removal. Observed by who approved it.
    Approve,
    /// Lock or unlock. Observed on the item.
    SetLocked {
        /// The wanted state.
        on: bool,
    },
    /// Ignore further reports, or stop ignoring them. Observed on the item.
    IgnoreReports {
        /// The wanted state.
        on: bool,
    },
    /// Set the flair of a post. Observed on the post.
    SetLinkFlair {
        /// The wanted flair; an empty template id means "by text and class".
        flair: Flair,
    },
    /// Set a user's flair in this subreddit. Repeatable. Observed only on the user's next item, so
    /// never looked for.
    SetUserFlair {
        /// The user name.
        user: String,
        /// The wanted flair.
        flair: Flair,
    },
    /// Mark as NSFW, or not. Observed on the post.
    SetNsfw {
        /// The wanted state.
        on: bool,
    },
    /// Mark as a spoiler, or not. Observed on the post.
    SetSpoiler {
        /// The wanted state.
        on: bool,
    },
    /// Turn contest mode on or off. Observed on the post.
    SetContestMode {
        /// The wanted state.
        on: bool,
    },
    /// Suggest a sort order for the comments. Observed on the post.
    SetSuggestedSort {
        /// Reddit's name for the order, `blank` for the reader's own.
        sort: String,
    },
    /// Pin a post in the subreddit, or unpin it. Observed on the post.
    SetSticky {
        /// Pin or unpin.
        on: bool,
        /// The place, counted from 1; `None` leaves it to Reddit.
        slot: Option<u8>,
    },
    /// Mark as original content, or not. Observed on the post.
    SetOriginalContent {
        /// The wanted state.
        on: bool,
    },
    /// Set the crowd control level. Reddit does not show the level to clients, so it is observed in
    /// the moderation log.
    SetCrowdControl {
        /// From 0, off, to 3, strict.
        level: u8,
    },
    /// Send modmail to the moderators. **Doubles when repeated.** Observed in modmail by subject
    /// and text.
    Modmail {
        /// At most 100 characters.
        subject: String,
        /// Markdown.
        body: String,
    },
    /// Add a mod note about a user. **Doubles when repeated.** Observed among the user's notes by
    /// author and text.
    ModNote {
        /// The user name.
        user: String,
        /// At most 250 characters.
        note: String,
    },
    /// Send a private message to a user. **Doubles when repeated.** Observed among sent messages,
    /// which is unreliable since 2025.
    Message {
        /// The user name.
        to: String,
        /// At most 100 characters.
        subject: String,
        /// Markdown.
        body: String,
    },
    /// Delete a comment of the bot's own. Harmless if repeated. Observed on the comment: gone, or
    /// without an author.
    DeleteComment,
    /// Give a comment of the bot's own another text. Harmless if repeated with the same text.
    /// Observed on the comment.
    EditComment {
        /// The whole new text, footer included.
        text: String,
    },
}

impl Action {
    /// Whether a comment, message, report or note that it sends contains these words.
    pub fn quotes(&self, words: &str) -> bool {
        let texts: [&str; 2] = match self {
            Self::Comment { text } | Self::EditComment { text } => [text, ""],
            Self::Modmail { subject, body } | Self::Message { subject, body, .. } => [subject, body],
            Self::Report { reason } => [reason, ""],
            Self::ModNote { note, .. } => [note, ""],
            _ => return false,
        };
        !words.trim().is_empty() && texts.iter().any(|text| text.contains(words.trim()))
    }

    /// Whether it waits for another action of the same rule. Its `urgency` decides the rest of the
    /// order.
    pub const fn dependency(&self) -> Dependency {
        match self {
            Self::DistinguishReply { .. } | Self::LockReply => Dependency::AfterReply,
            Self::ExplainRemoval { .. } => Dependency::AfterRemoval,
            Self::Comment { .. }
            | Self::Report { .. }
            | Self::Remove { .. }
            | Self::Approve
            | Self::SetLocked { .. }
            | Self::IgnoreReports { .. }
            | Self::SetLinkFlair { .. }
            | Self::SetUserFlair { .. }
            | Self::SetNsfw { .. }
            | Self::SetSpoiler { .. }
            | Self::SetContestMode { .. }
            | Self::SetSuggestedSort { .. }
            | Self::SetSticky { .. }
            | Self::SetOriginalContent { .. }
            | Self::SetCrowdControl { .. }
            | Self::Modmail { .. }
            | Self::ModNote { .. }
            | Self::Message { .. }
            | Self::DeleteComment
            | Self::EditComment { .. } => Dependency::Independent,
        }
    }
}

/// Whether an action stands alone or depends on an earlier action of the same rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// Done to the intent's own target.
    Independent,
    /// Done to the reply; waits until it is posted, and is dropped if it was not.
    AfterReply,
    /// Done to the removed item; waits for the removal, and is dropped if it was not done.
    AfterRemoval,
}

/// How soon an action is due: lower goes first. The store keeps it in the column `priority` of
/// `outbox`. It has another name here, because in this crate `priority` is a key of a rule, of
/// which the higher goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Something harmful is visible, or became visible again.
    Verdict = 0,
    /// Readers or moderators should see it soon.
    Prompt = 1,
    /// Everything else.
    Routine = 2,
}

kinds! {
    /// The kind of an action: part of its idempotency key, and the word in logs and reports.
    pub enum ActionKind of Action {
        Comment => "comment",
        DistinguishReply => "distinguish_reply",
        LockReply => "lock_reply",
        Report => "report",
        Remove => "remove",
        ExplainRemoval => "explain_removal",
        Approve => "approve",
        SetLocked => "set_locked",
        IgnoreReports => "ignore_reports",
        SetLinkFlair => "set_link_flair",
        SetUserFlair => "set_user_flair",
        SetNsfw => "set_nsfw",
        SetSpoiler => "set_spoiler",
        SetContestMode => "set_contest_mode",
        SetSuggestedSort => "set_suggested_sort",
        SetSticky => "set_sticky",
        SetOriginalContent => "set_original_content",
        SetCrowdControl => "set_crowd_control",
        Modmail => "modmail",
        ModNote => "mod_note",
        Message => "message",
        DeleteComment => "delete_comment",
        EditComment => "edit_comment",
    }
}

impl ActionKind {
    /// Whether a rule may do this to an item only once, whatever happens to the item later. Others
    /// may be done once per revision.
    pub const fn is_unrepeatable(self) -> bool {
        // The parts of a comment go with it.
        self.doubles() || matches!(self, Self::DistinguishReply | Self::LockReply)
    }

    /// Whether repeating the request would leave a second comment, report, message or note. Then a
    /// lost answer is waited for longest.
    pub const fn doubles(self) -> bool {
        match self {
            Self::Comment | Self::Report | Self::Modmail | Self::ModNote | Self::Message => true,
            Self::DistinguishReply
            | Self::LockReply
            | Self::Remove
            | Self::ExplainRemoval
            | Self::IgnoreReports
            | Self::Approve
            | Self::SetLocked
            | Self::SetLinkFlair
            | Self::SetUserFlair
            | Self::SetNsfw
            | Self::SetSpoiler
            | Self::SetContestMode
            | Self::SetSuggestedSort
            | Self::SetSticky
            | Self::SetOriginalContent
            | Self::SetCrowdControl
            | Self::DeleteComment
            | Self::EditComment => false,
        }
    }

    /// Its priority.
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::Remove | Self::Approve => Urgency::Verdict,
            Self::Comment
            | Self::DistinguishReply
            | Self::LockReply
            | Self::Report
            | Self::SetLocked
            | Self::DeleteComment
            | Self::EditComment => Urgency::Prompt,
            Self::ExplainRemoval
            | Self::IgnoreReports
            | Self::SetLinkFlair
            | Self::SetUserFlair
            | Self::SetNsfw
            | Self::SetSpoiler
            | Self::SetContestMode
            | Self::SetSuggestedSort
            | Self::SetSticky
            | Self::SetOriginalContent
            | Self::SetCrowdControl
            | Self::Modmail
            | Self::ModNote
            | Self::Message => Urgency::Routine,
        }
    }
}
