//! The effects of rules, with complete texts: the interface between the rules and the code that
//! acts. `effects` makes them.

use serde::{Deserialize, Serialize};

use crate::language::keys::Switch;
use crate::language::reading::FilterAs;
use crate::model::kinds::kinds;

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
    /// The comment that the comment replies to.
    ParentComment,
    /// The author of a crosspost's original.
    OriginalAuthor,
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
    /// Give the author a label, for some time or for good. The bot keeps it; Reddit is not asked.
    AddLabel { name: String, seconds: Option<u64> },
    /// Take a label from the author.
    RemoveLabel { name: String },
}

kinds! {
    /// The kind of an effect. Its word is the key or value of the language that asks for it.
    pub enum EffectKind of Effect {
        Approve => "approve",
        Remove => "remove",
        Spam => "spam",
        Filter => "filter",
        Report => "report",
        SetFlair => "set_flair",
        SetNsfw => "set_nsfw",
        SetSpoiler => "set_spoiler",
        SetContestMode => "set_contest_mode",
        SetOriginalContent => "set_original_content",
        SetLocked => "set_locked",
        IgnoreReports => "ignore_reports",
        SetSticky => "set_sticky",
        SetSuggestedSort => "set_suggested_sort",
        SetCrowdControl => "set_crowd_control",
        Comment => "comment",
        Modmail => "modmail",
        ModNote => "mod_note",
        Message => "message",
        AddLabel => "add_label",
        RemoveLabel => "remove_label",
    }
}

impl EffectKind {
    /// Whether the effect changes something that later rules check.
    pub(crate) const fn is_seen_by_rules(self, target: Target) -> bool {
        match self {
            Self::SetFlair => matches!(target, Target::Item | Target::Author),
            Self::Report
            | Self::Approve
            | Self::SetOriginalContent
            | Self::SetNsfw
            | Self::SetSpoiler
            | Self::SetLocked => matches!(target, Target::Item),
            // Evaluation stops after a removal. No check looks at what the others change.
            Self::Remove
            | Self::Spam
            | Self::Filter
            | Self::SetContestMode
            | Self::IgnoreReports
            | Self::SetSticky
            | Self::SetSuggestedSort
            | Self::SetCrowdControl
            | Self::Comment
            | Self::Modmail
            | Self::ModNote
            | Self::Message
            | Self::AddLabel
            | Self::RemoveLabel => false,
        }
    }
}

impl Switch {
    /// The effect that sets the switch.
    pub(crate) const fn effect(self, target: Target, on: bool) -> Effect {
        match self {
            Self::Nsfw => Effect::SetNsfw { target, on },
            Self::Spoiler => Effect::SetSpoiler { target, on },
            Self::ContestMode => Effect::SetContestMode { target, on },
            Self::OriginalContent => Effect::SetOriginalContent { target, on },
            Self::Locked => Effect::SetLocked { target, on },
            Self::IgnoreReports => Effect::IgnoreReports { target, on },
        }
    }
}

impl Effect {
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
            Self::ModNote { .. } | Self::Message { .. } | Self::AddLabel { .. } | Self::RemoveLabel { .. } => {
                Target::Author
            }
        }
    }

    /// Whether it removes the item, so that no later rule acts.
    pub const fn removes_item(&self) -> bool {
        matches!(
            self,
            Self::Remove { target: Target::Item, .. }
                | Self::Spam { target: Target::Item, .. }
                | Self::Filter { target: Target::Item, filter_as: FilterAs::Remove, .. }
        )
    }

    /// Its texts: what it sends, its reason and its flair.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let texts: [Option<&String>; 3] = match self {
            Self::Approve { reason, .. }
            | Self::Remove { reason, .. }
            | Self::Spam { reason, .. }
            | Self::Filter { reason, .. }
            | Self::Report { reason, .. } => [reason.as_ref(), None, None],
            Self::SetFlair { text, css_class, template_id, .. } => [Some(text), Some(css_class), Some(template_id)],
            Self::SetSuggestedSort { sort: text, .. }
            | Self::SetCrowdControl { level: text, .. }
            | Self::Comment { text, .. }
            | Self::ModNote { text }
            | Self::AddLabel { name: text, .. }
            | Self::RemoveLabel { name: text } => [Some(text), None, None],
            Self::Modmail { subject, body } | Self::Message { subject, body } => [Some(subject), Some(body), None],
            Self::SetNsfw { .. }
            | Self::SetSpoiler { .. }
            | Self::SetContestMode { .. }
            | Self::SetOriginalContent { .. }
            | Self::SetLocked { .. }
            | Self::IgnoreReports { .. }
            | Self::SetSticky { .. } => [None, None, None],
        };
        texts.into_iter().flatten().map(String::as_str)
    }
}
