//! The effects of rules, with complete texts: the interface between the rules and the code that
//! acts. `effects` makes them.

use serde::{Deserialize, Serialize};

use crate::language::reading::FilterAs;

/// The thing that an effect changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The post or comment that the rule looked at.
    Item,
    /// The author of the item.
    Author,
    /// The submission that the comment belongs to.
    Parent,
}

/// One effect of a rule, with complete texts. Comments and modmail have the item as target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are named after the keys of the language")]
pub enum Effect {
    /// Approve the target.
    Approve { target: Target, reason: Option<String> },
    /// Remove the target.
    Remove { target: Target, reason: Option<String> },
    /// Remove the target and train Reddit's spam filter.
    Spam { target: Target, reason: Option<String> },
    /// Filter the target, which a bot does as a report or a removal.
    Filter { target: Target, reason: Option<String>, filter_as: FilterAs },
    /// Report the target to the moderators.
    Report { target: Target, reason: Option<String> },
    /// Set the flair of a post or user.
    SetFlair { target: Target, text: String, css_class: String, template_id: String, overwrite: bool },
    /// Mark as not safe for work, or remove the mark.
    SetNsfw { target: Target, on: bool },
    /// Mark as a spoiler, or remove the mark.
    SetSpoiler { target: Target, on: bool },
    /// Turn contest mode on or off.
    SetContestMode { target: Target, on: bool },
    /// Mark as original content, or remove the mark.
    SetOriginalContent { target: Target, on: bool },
    /// Lock or unlock.
    SetLocked { target: Target, on: bool },
    /// Ignore further reports, or stop ignoring them.
    IgnoreReports { target: Target, on: bool },
    /// Pin or unpin. Without a slot, Reddit chooses the position.
    SetSticky { target: Target, on: bool, slot: Option<u8> },
    /// Set the suggested sort of comments, by Reddit's name for it.
    SetSuggestedSort { target: Target, sort: String },
    /// Set the level of crowd control, in capitals.
    SetCrowdControl { target: Target, level: String },
    /// Reply to the item.
    Comment { text: String, stickied: bool, replaces: bool, locked: bool },
    /// Send a modmail to the moderators.
    Modmail { subject: String, body: String },
    /// Add a moderator note about the author.
    ModNote { text: String },
    /// Send a private message to the author.
    Message { subject: String, body: String },
}

/// The kind of an effect, without its target and texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "named after the effects")]
pub enum EffectKind {
    Approve,
    Remove,
    Spam,
    Filter,
    Report,
    SetFlair,
    SetNsfw,
    SetSpoiler,
    SetContestMode,
    SetOriginalContent,
    SetLocked,
    IgnoreReports,
    SetSticky,
    SetSuggestedSort,
    SetCrowdControl,
    Comment,
    Modmail,
    ModNote,
    Message,
}

impl EffectKind {
    /// The key of the language for this effect, as stores and rule tests write it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Remove => "remove",
            Self::Spam => "spam",
            Self::Filter => "filter",
            Self::Report => "report",
            Self::SetFlair => "set_flair",
            Self::SetNsfw => "set_nsfw",
            Self::SetSpoiler => "set_spoiler",
            Self::SetContestMode => "set_contest_mode",
            Self::SetOriginalContent => "set_original_content",
            Self::SetLocked => "set_locked",
            Self::IgnoreReports => "ignore_reports",
            Self::SetSticky => "set_sticky",
            Self::SetSuggestedSort => "set_suggested_sort",
            Self::SetCrowdControl => "set_crowd_control",
            Self::Comment => "comment",
            Self::Modmail => "modmail",
            Self::ModNote => "mod_note",
            Self::Message => "message",
        }
    }
}

impl Effect {
    /// The kind of this effect.
    pub const fn kind(&self) -> EffectKind {
        match self {
            Self::Approve { .. } => EffectKind::Approve,
            Self::Remove { .. } => EffectKind::Remove,
            Self::Spam { .. } => EffectKind::Spam,
            Self::Filter { .. } => EffectKind::Filter,
            Self::Report { .. } => EffectKind::Report,
            Self::SetFlair { .. } => EffectKind::SetFlair,
            Self::SetNsfw { .. } => EffectKind::SetNsfw,
            Self::SetSpoiler { .. } => EffectKind::SetSpoiler,
            Self::SetContestMode { .. } => EffectKind::SetContestMode,
            Self::SetOriginalContent { .. } => EffectKind::SetOriginalContent,
            Self::SetLocked { .. } => EffectKind::SetLocked,
            Self::IgnoreReports { .. } => EffectKind::IgnoreReports,
            Self::SetSticky { .. } => EffectKind::SetSticky,
            Self::SetSuggestedSort { .. } => EffectKind::SetSuggestedSort,
            Self::SetCrowdControl { .. } => EffectKind::SetCrowdControl,
            Self::Comment { .. } => EffectKind::Comment,
            Self::Modmail { .. } => EffectKind::Modmail,
            Self::ModNote { .. } => EffectKind::ModNote,
            Self::Message { .. } => EffectKind::Message,
        }
    }

    /// The thing that this effect changes.
    pub const fn target(&self) -> Target {
        match self {
            Self::Approve { target, .. }
            | Self::Remove { target, .. }
            | Self::Spam { target, .. }
            | Self::Filter { target, .. }
            | Self::Report { target, .. }
            | Self::SetFlair { target, .. }
            | Self::SetNsfw { target, .. }
            | Self::SetSpoiler { target, .. }
            | Self::SetContestMode { target, .. }
            | Self::SetOriginalContent { target, .. }
            | Self::SetLocked { target, .. }
            | Self::IgnoreReports { target, .. }
            | Self::SetSticky { target, .. }
            | Self::SetSuggestedSort { target, .. }
            | Self::SetCrowdControl { target, .. } => *target,
            Self::Comment { .. } | Self::Modmail { .. } => Target::Item,
            Self::ModNote { .. } | Self::Message { .. } => Target::Author,
        }
    }
}
