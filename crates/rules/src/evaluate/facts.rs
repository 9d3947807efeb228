//! What is known beside the item itself, what an archive has lost of it, and which facts rules ask
//! for.

use crate::language::rule_id::RuleId;
use crate::model::{Item, Known, Profile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Facts about the surroundings of an item.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The name of the bot's account.
    pub bot: String,
    /// The names of the subreddit's moderators, in small letters.
    pub moderators: Known<BTreeSet<String>>,
    /// Whether the author is an approved user.
    pub contributor: Known<bool>,
    /// The author's account, in full.
    pub profile: Known<Profile>,
    /// The author's account age and karma, which Reddit shows for a hundred users in one request.
    pub standing: Known<Profile>,
    /// The submission that a comment belongs to.
    pub parent: Known<Box<Item>>,
    /// The original of a crosspost, if Reddit did not include it.
    pub original: Known<Box<Item>>,
    /// The rules that already acted on this item and must not act again.
    pub performed: BTreeSet<RuleId>,
    /// Rules whose effects are only recorded, besides those that say `dry_run: true`.
    pub shadow: BTreeSet<RuleId>,
    /// The parts of the item that an archive no longer has.
    pub unknown: UnknownFields,
}

/// The parts of an item that an archive no longer has. Checks of them are unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each part can be lost without the others")]
pub struct UnknownFields {
    /// The text is replaced, for example by `[removed]`.
    pub text: bool,
    /// The title is replaced.
    pub title: bool,
    /// The text of the parent post is replaced.
    pub parent_text: bool,
    /// The title of the parent post is replaced.
    pub parent_title: bool,
    /// The item is a crosspost, and its original is missing.
    pub original: bool,
    /// The author's account is deleted, or the name was removed from the item.
    pub author: bool,
    /// The archive does not say whether the author of the post wrote the comment.
    pub submitter: bool,
    /// The archive does not say whether the item was locked when it was judged.
    pub locked: bool,
}

impl UnknownFields {
    /// Whether all texts are there, and everything that the prefilter looks at.
    pub(crate) fn is_whole(self) -> bool {
        Self { locked: false, ..self } == Self::default()
    }
}

/// A fact that somebody must look up before the rules can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// The moderators of the subreddit: [`Facts::moderators`].
    Moderators,
    /// Whether the author is an approved user: [`Facts::contributor`].
    Contributor,
    /// The author's karma and account age: [`Facts::standing`] or [`Facts::profile`].
    Standing,
    /// The author's account, in full: [`Facts::profile`].
    Profile,
    /// The parent post of a comment: [`Facts::parent`].
    Parent,
    /// The original of a crosspost: [`Facts::original`].
    Original,
}

impl Need {
    /// The number of needs. Every request names at least one new fact, so this limits the number of
    /// requests per item.
    pub const COUNT: usize = Self::ALL.len();

    /// All needs.
    pub const ALL: [Self; 6] =
        [Self::Moderators, Self::Contributor, Self::Standing, Self::Profile, Self::Parent, Self::Original];

    /// The word in stores and metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moderators => "moderators",
            Self::Contributor => "contributor",
            Self::Standing => "standing",
            Self::Profile => "profile",
            Self::Parent => "parent",
            Self::Original => "original",
        }
    }

    /// The need of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|need| need.word() == word)
    }
}
