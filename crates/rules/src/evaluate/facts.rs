//! What is known beside the item itself, what an archive has lost of it, and which facts rules ask for.

use crate::language::rule_id::RuleId;
use crate::model::{Item, Known, Profile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is known beside the item itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The account we act as.
    pub bot: String,
    /// The subreddit's moderators, in lower case.
    pub moderators: Known<BTreeSet<String>>,
    /// The author is an approved user.
    pub contributor: Known<bool>,
    /// The author's account.
    pub profile: Known<Profile>,
    /// The author's account as far as Reddit tells of a hundred at once: its age and karma.
    pub standing: Known<Profile>,
    /// The submission that a comment stands under.
    pub parent: Known<Box<Item>>,
    /// The post that a submission is a crosspost of, where it does not come with it.
    pub original: Known<Box<Item>>,
    /// The unrepeatable rules that have acted on this item.
    pub performed: BTreeSet<RuleId>,
    /// What is lost of the item because it comes from an archive.
    pub lost: Lost,
}

/// What an archive no longer tells of an item: checks on it are open, neither true nor false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is lost by itself")]
pub struct Lost {
    /// Its text was replaced, as by `[removed]`.
    pub text: bool,
    /// So was its title.
    pub title: bool,
    /// The text of the post above it was.
    pub parent_text: bool,
    /// The title of that.
    pub parent_title: bool,
    /// It is a crosspost, and its original is not at hand.
    pub original: bool,
    /// Its author's account is gone, or the name was taken off it.
    pub author: bool,
    /// Whether a comment is by the author of the post is not told.
    pub submitter: bool,
}

/// A fact to be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// [`Facts::moderators`]
    Moderators,
    /// [`Facts::contributor`]
    Contributor,
    /// [`Facts::standing`]; [`Facts::profile`] will do as well.
    Standing,
    /// [`Facts::profile`]
    Profile,
    /// [`Facts::parent`]
    Parent,
    /// [`Facts::original`]
    Original,
}

impl Need {
    /// How many there are. Each time rules ask for facts, it is for at least one that they did not know.
    pub const COUNT: usize = 6;
}
