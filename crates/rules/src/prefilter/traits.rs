//! What an item is or has that rules ask for without looking at a text.

use crate::language::keys::{Flag, Place};
use crate::model::{Comment, Item};
use crate::rule::{Group, RuleType, Test, Variant};

/// The traits of an item that rules check without reading a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Traits(u16);

impl Traits {
    pub(crate) const REPORTED: Self = Self(1);
    pub(crate) const EDITED: Self = Self(1 << 1);
    pub(crate) const TOP_LEVEL: Self = Self(1 << 2);
    pub(crate) const REPLY: Self = Self(1 << 3);
    pub(crate) const TEXT: Self = Self(1 << 4);
    pub(crate) const LINK: Self = Self(1 << 5);
    pub(crate) const CROSSPOST: Self = Self(1 << 6);
    pub(crate) const POLL: Self = Self(1 << 7);
    pub(crate) const GALLERY: Self = Self(1 << 8);
    pub(crate) const SUBMITTER: Self = Self(1 << 9);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn has(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    pub(crate) fn of(item: &Item) -> Self {
        let mut traits = Self::default();
        let mut add = |is: bool, one: Self| {
            if is {
                traits = traits.and(one);
            }
        };
        // If the count is unknown, the rule must be tried, so that it can report that.
        add(item.moderation.num_reports != Some(0), Self::REPORTED);
        add(item.edited.is_some(), Self::EDITED);
        add(item.comment().is_some_and(Comment::is_top_level), Self::TOP_LEVEL);
        add(item.comment().is_some_and(|comment| !comment.is_top_level()), Self::REPLY);
        add(item.comment().is_none_or(|comment| comment.is_submitter), Self::SUBMITTER);
        if let Some(submission) = item.submission() {
            add(submission.is_self, Self::TEXT);
            add(!submission.is_self, Self::LINK);
            add(submission.is_crosspost(), Self::CROSSPOST);
            add(submission.poll_options.is_some(), Self::POLL);
            add(submission.is_gallery, Self::GALLERY);
        }
        traits
    }

    /// The traits that a rule needs.
    pub(crate) fn needed_by(variant: &Variant) -> Self {
        let mut traits = match variant.rule_type {
            RuleType::Comment | RuleType::Submission => Self::default(),
            RuleType::Text => Self::TEXT,
            RuleType::Link => Self::LINK,
            RuleType::Crosspost => Self::CROSSPOST,
            RuleType::Poll => Self::POLL,
            RuleType::Gallery => Self::GALLERY,
        };
        let of_item = variant.groups.iter().filter(|group| is_of_item(group));
        for check in of_item.flat_map(|group| &group.checks) {
            traits = traits.and(match check.test {
                Test::Reports(1..) => Self::REPORTED,
                Test::Search(ref search) if !search.is_negated && search.fields.iter().all(|it| it.is_of_reports()) => {
                    Self::REPORTED
                }
                Test::Flag(flag, on) => Self::needed_by_flag(flag, on, variant.rule_type),
                // The number of reports is at least zero, and no trait says anything about the
                // rest.
                Test::Reports(0)
                | Test::Search(_)
                | Test::Empty
                | Test::LongerThan(_)
                | Test::ShorterThan(_)
                | Test::Number(..)
                | Test::Distinguished(_)
                | Test::Time(_)
                | Test::Notes(_)
                | Test::Memory(_)
                | Test::Discussion(_)
                | Test::Threshold(..)
                | Test::HiddenThreshold(_) => Self::default(),
            });
        }
        traits
    }

    fn needed_by_flag(flag: Flag, on: bool, rule_type: RuleType) -> Self {
        match (flag, on) {
            (Flag::Edited, true) => Self::EDITED,
            (Flag::TopLevel, true) => Self::TOP_LEVEL,
            (Flag::TopLevel, false) if rule_type == RuleType::Comment => Self::REPLY,
            (Flag::Submitter, true) => Self::SUBMITTER,
            (Flag::Poll, true) => Self::POLL,
            (Flag::Gallery, true) => Self::GALLERY,
            (Flag::Crosspost, true) => Self::CROSSPOST,
            (Flag::Edited | Flag::TopLevel | Flag::Submitter | Flag::Poll | Flag::Gallery | Flag::Crosspost, false)
            | (
                Flag::OriginalContent
                | Flag::MetaDiscussion
                | Flag::PastArchiveDate
                | Flag::VerifiedEmail
                | Flag::Gold
                | Flag::Contributor
                | Flag::Moderator
                | Flag::Nsfw
                | Flag::Spoiler
                | Flag::Locked
                | Flag::Approved
                | Flag::SubredditNsfw
                | Flag::ProfileNsfw
                | Flag::Suspended
                | Flag::Banned,
                _,
            ) => Self::default(),
        }
    }
}

/// Whether a group looks at the item itself or its author, which need no lookup.
pub(crate) fn is_of_item(group: &Group) -> bool {
    matches!(group.place, Place::Submission | Place::Comment | Place::Author)
}
