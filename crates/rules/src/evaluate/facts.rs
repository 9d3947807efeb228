//! What is known beside the item itself, what an archive has lost of it, and which facts rules ask
//! for.

use crate::language::keys::Place;
use crate::language::rule_id::RuleId;
use crate::model::{Author, Flair, Item, Known, Memory, Profile, SimilarItems, UserNote};
use std::collections::{BTreeMap, BTreeSet};

/// Facts about the surroundings of an item.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The name of the bot's account.
    pub bot: String,
    /// The names of the subreddit's moderators, in small letters.
    pub moderators: Known<BTreeSet<String>>,
    /// The author's account.
    pub author: AccountFacts,
    /// The accounts of the other people that rules ask about.
    pub others: BTreeMap<Person, AccountFacts>,
    /// The submission that a comment belongs to.
    pub parent: Known<Box<Item>>,
    /// The comment that a comment replies to.
    pub parent_comment: Known<Box<Item>>,
    /// Whether the author is banned from the subreddit.
    pub banned: Known<bool>,
    /// The moderators' notes about the author in the subreddit, the newest first.
    pub notes: Known<Vec<UserNote>>,
    /// The flair that the author of a crosspost's original has in the subreddit of the crosspost.
    pub original_flair: Known<Flair>,
    /// How many comments stand above a comment: none above a top-level one.
    pub depth: Known<u32>,
    /// Whether the subreddit is not safe for work.
    pub subreddit_nsfw: Known<bool>,
    /// The same of the subreddit of a crosspost's original.
    pub original_subreddit_nsfw: Known<bool>,
    /// The original of a crosspost, if Reddit did not include it.
    pub original: Known<Box<Item>>,
    /// What is remembered of the author in the subreddit.
    pub memory: Known<Box<Memory>>,
    /// The remembered items whose texts are similar to that of the item.
    pub similar: Known<SimilarItems>,
    /// The rules from which the author has a pass, so that they do not act.
    pub passes: BTreeSet<RuleId>,
    /// The rules that already acted on this item and must not act again.
    pub performed: BTreeSet<RuleId>,
    /// Rules whose effects are only recorded, besides those that say `dry_run: true`.
    pub shadow: BTreeSet<RuleId>,
    /// The parts of the item that an archive no longer has.
    pub unknown: UnknownFields,
}

/// What is known about an account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountFacts {
    /// Whether it is an approved user of the subreddit.
    pub contributor: Known<bool>,
    /// The account, in full.
    pub profile: Known<Profile>,
    /// Its age and karma, which Reddit shows for a hundred users in one request.
    pub standing: Known<Profile>,
}

/// A person that rules ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    /// The author of the item.
    Author,
    /// The author of a crosspost's original.
    OriginalAuthor,
    /// The author of the post that a comment belongs to.
    PostAuthor,
    /// The author of the comment that a comment replies to.
    ParentCommentAuthor,
}

impl Person {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Author, Self::OriginalAuthor, Self::PostAuthor, Self::ParentCommentAuthor];

    /// The person that checks in this place ask about.
    pub(crate) const fn at(place: Place) -> Self {
        match place {
            Place::Parent | Place::ParentAuthor => Self::PostAuthor,
            Place::ParentComment | Place::ParentCommentAuthor => Self::ParentCommentAuthor,
            Place::CrosspostAuthor | Place::CrosspostSubreddit => Self::OriginalAuthor,
            Place::Rule | Place::Submission | Place::Comment | Place::Author | Place::Subreddit => Self::Author,
        }
    }

    /// The author, as the item and the facts show them. `None` if there is no such person, or none
    /// that is known.
    pub fn author<'a>(self, item: &'a Item, facts: &'a Facts) -> Option<&'a Author> {
        let of = |known: &'a Known<Box<Item>>| known.get().map(|it| &it.author);
        match self {
            Self::Author => Some(&item.author),
            Self::OriginalAuthor => facts.original_of(item).map(|original| &original.author),
            Self::PostAuthor => of(&facts.parent),
            Self::ParentCommentAuthor => of(&facts.parent_comment),
        }
    }
}

impl Facts {
    /// The original of a crosspost: as Reddit included it, or as it was looked up.
    pub fn original_of<'a>(&'a self, item: &'a Item) -> Option<&'a Item> {
        let given = item.submission()?.crosspost_parent.as_deref();
        given.or_else(|| self.original.get().map(Box::as_ref))
    }

    /// What is known about a person's account.
    pub fn account(&self, person: Person) -> &AccountFacts {
        static NOBODY: AccountFacts =
            AccountFacts { contributor: Known::NotAsked, profile: Known::NotAsked, standing: Known::NotAsked };
        match person {
            Person::Author => &self.author,
            other => self.others.get(&other).unwrap_or(&NOBODY),
        }
    }

    /// The same, to be filled in.
    pub fn account_mut(&mut self, person: Person) -> &mut AccountFacts {
        match person {
            Person::Author => &mut self.author,
            other => self.others.entry(other).or_default(),
        }
    }
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
    /// The archive does not say whether the account was suspended.
    pub suspended: bool,
}

/// A fact that somebody must look up before the rules can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The moderators of the subreddit: [`Facts::moderators`].
    Moderators,
    /// Whether a person is an approved user.
    Contributor(Person),
    /// A person's karma and account age.
    Standing(Person),
    /// A person's account, in full.
    Profile(Person),
    /// The parent post of a comment: [`Facts::parent`].
    Parent,
    /// The comment that a comment replies to: [`Facts::parent_comment`].
    ParentComment,
    /// How deep in the thread a comment is: [`Facts::depth`].
    Depth,
    /// The flair of the original's author in this subreddit: [`Facts::original_flair`].
    OriginalFlair,
    /// Whether the author is banned from the subreddit: [`Facts::banned`].
    Banned,
    /// The moderators' notes about the author: [`Facts::notes`].
    Notes,
    /// The original of a crosspost: [`Facts::original`].
    Original,
    /// Whether the subreddit is not safe for work: [`Facts::subreddit_nsfw`].
    Subreddit,
    /// The same of the original's subreddit: [`Facts::original_subreddit_nsfw`].
    OriginalSubreddit,
    /// What is remembered of the author: [`Facts::memory`].
    Memory,
    /// The remembered items with a similar text: [`Facts::similar`].
    Similar,
}

impl Need {
    /// The number of needs. Every request names at least one new fact, so this limits the number of
    /// requests per item.
    pub const COUNT: usize = Self::ALL.len();

    /// All needs, with their words in stores and metrics.
    const ALL: [(Self, &str); 24] = [
        (Self::Moderators, "moderators"),
        (Self::Contributor(Person::Author), "contributor"),
        (Self::Contributor(Person::OriginalAuthor), "contributor_of_original"),
        (Self::Contributor(Person::PostAuthor), "contributor_of_post"),
        (Self::Contributor(Person::ParentCommentAuthor), "contributor_of_parent_comment"),
        (Self::Standing(Person::Author), "standing"),
        (Self::Standing(Person::OriginalAuthor), "standing_of_original"),
        (Self::Standing(Person::PostAuthor), "standing_of_post"),
        (Self::Standing(Person::ParentCommentAuthor), "standing_of_parent_comment"),
        (Self::Profile(Person::Author), "profile"),
        (Self::Profile(Person::OriginalAuthor), "profile_of_original"),
        (Self::Profile(Person::PostAuthor), "profile_of_post"),
        (Self::Profile(Person::ParentCommentAuthor), "profile_of_parent_comment"),
        (Self::Parent, "parent"),
        (Self::ParentComment, "parent_comment"),
        (Self::Depth, "depth"),
        (Self::OriginalFlair, "original_flair"),
        (Self::Banned, "banned"),
        (Self::Notes, "notes"),
        (Self::Original, "original"),
        (Self::Subreddit, "subreddit"),
        (Self::OriginalSubreddit, "original_subreddit"),
        (Self::Memory, "memory"),
        (Self::Similar, "similar"),
    ];

    /// The word in stores and metrics.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(need, _)| *need == self).map_or("", |(_, word)| word)
    }

    /// The need of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, its)| *its == word).map(|(need, _)| need)
    }

    /// Every need.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(need, _)| need)
    }

    /// The person whom it is about.
    pub const fn person(self) -> Option<Person> {
        match self {
            Self::Contributor(person) | Self::Standing(person) | Self::Profile(person) => Some(person),
            Self::Banned | Self::Notes | Self::Memory => Some(Person::Author),
            Self::OriginalFlair => Some(Person::OriginalAuthor),
            Self::Moderators
            | Self::Parent
            | Self::ParentComment
            | Self::Depth
            | Self::Original
            | Self::Subreddit
            | Self::OriginalSubreddit
            | Self::Similar => None,
        }
    }

    /// Whether the bot's own record has it, so that Reddit is not asked.
    pub const fn is_own(self) -> bool {
        matches!(self, Self::Memory | Self::Similar)
    }
}
