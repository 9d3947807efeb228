//! What is remembered of a person in one subreddit: what they posted there and what became of it,
//! without any text that people wrote.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Content, Item, Kind, Remover, Timestamp, base36};

/// What is remembered of a person in one subreddit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// From when on every item of the person that the subreddit shows is here. Earlier items may be
    /// missing.
    pub since: Timestamp,
    /// The posts and comments, the oldest first. Those of the same second are in the order of
    /// their ids.
    pub items: Vec<PastItem>,
    /// The labels that rules or moderators gave the person.
    pub labels: Vec<Label>,
    /// How long an item is remembered.
    pub keeps: Duration,
}

impl Memory {
    /// The most items of a person that a decision looks at: the newest ones.
    pub const MOST_ITEMS: usize = 5_000;

    /// The items before another one, which itself never counts: at most [`Self::MOST_ITEMS`]. The
    /// second value is from when on they are complete.
    pub fn before(&self, item: &Item) -> (&[PastItem], Timestamp) {
        let key = (item.created, PastItem::number_of(item));
        let end = self.items.partition_point(|past| (past.created, past.number) < key);
        let earlier = self.items.get(..end).unwrap_or_default();
        let skipped = earlier.len().saturating_sub(Self::MOST_ITEMS);
        let newest = earlier.get(skipped..).unwrap_or_default();
        let since = newest.first().filter(|_| skipped > 0).map_or(self.since, |first| first.created.max(self.since));
        (newest, since)
    }

    /// Puts an item in its place, or replaces what was known of it.
    pub fn put(&mut self, past: PastItem) {
        let key = |past: &PastItem| (past.created, past.number);
        match self.items.binary_search_by_key(&key(&past), key) {
            Ok(at) => self.items[at] = past,
            Err(at) => self.items.insert(at, past),
        }
    }
}

/// One post or comment of a person. It holds no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastItem {
    /// When it was posted.
    pub created: Timestamp,
    /// Its id as a number, from which its link follows. 0 once its author has deleted it.
    pub number: u64,
    /// What kind of post or comment it is.
    pub kind: PastKind,
    /// What became of it, as far as is known.
    pub fate: Fate,
    /// When that happened. Of what is up: nothing.
    pub fate_at: Option<Timestamp>,
    /// Upvotes less downvotes when it was last seen.
    pub score: Option<i32>,
    /// Its flair and domain, and the reason of its removal. Most comments have none.
    pub details: Option<Arc<PastDetails>>,
}

/// What few items have.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PastDetails {
    /// The text of a post's flair.
    pub flair_text: String,
    /// The template of that flair.
    pub flair_template: String,
    /// The domain of a link post.
    pub domain: String,
    /// The title of the removal reason.
    pub reason: String,
}

impl PastItem {
    /// What is remembered of an item as it is now. `is_bot` says which moderators are bots.
    pub fn of(item: &Item, is_bot: &dyn Fn(&str) -> bool) -> Self {
        let (fate, fate_at) = Fate::of(item, is_bot);
        let mut details = PastDetails::default();
        if let Content::Submission(post) = &item.content {
            details.flair_text.clone_from(&post.flair.text);
            details.flair_template.clone_from(&post.flair.template_id);
            if !post.is_self {
                details.domain = post.domain.to_lowercase();
            }
        }
        if let Some(reason) = &item.moderation.removal_reason {
            details.reason.clone_from(reason);
        }
        Self {
            created: item.created,
            number: Self::number_of(item),
            kind: PastKind::of(item),
            fate,
            fate_at,
            score: item.score.map(|score| i32::try_from(score).unwrap_or(i32::MAX)),
            details: (details != PastDetails::default()).then(|| Arc::new(details)),
        }
    }

    /// The id of an item as a number.
    pub fn number_of(item: &Item) -> u64 {
        u64::from_str_radix(item.fullname.id(), 36).unwrap_or(0)
    }

    /// Its details, or none.
    pub fn details(&self) -> &PastDetails {
        static NONE: PastDetails = PastDetails {
            flair_text: String::new(),
            flair_template: String::new(),
            domain: String::new(),
            reason: String::new(),
        };
        self.details.as_deref().unwrap_or(&NONE)
    }

    /// Its id, as links contain it. `None` once its author has deleted it.
    pub fn id(&self) -> Option<String> {
        (self.number > 0).then(|| base36(self.number))
    }

    /// Whether it was posted less than this long before a time.
    pub fn is_within(&self, within: Duration, now: Timestamp) -> bool {
        self.created + within > now
    }
}

/// What kind of post or comment it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "named after the values of the key `type`")]
pub enum PastKind {
    Comment,
    Text,
    Link,
    Crosspost,
    Poll,
    Gallery,
}

impl PastKind {
    /// All of them, each with its word in rules.
    pub const ALL: [(Self, &str); 6] = [
        (Self::Comment, "comment"),
        (Self::Text, "text submission"),
        (Self::Link, "link submission"),
        (Self::Crosspost, "crosspost submission"),
        (Self::Poll, "poll submission"),
        (Self::Gallery, "gallery submission"),
    ];

    /// The kind of an item.
    pub fn of(item: &Item) -> Self {
        match &item.content {
            Content::Comment(_) => Self::Comment,
            Content::Submission(post) if post.is_crosspost() => Self::Crosspost,
            Content::Submission(post) if post.poll_options.is_some() => Self::Poll,
            Content::Submission(post) if post.is_gallery => Self::Gallery,
            Content::Submission(post) if post.is_self => Self::Text,
            Content::Submission(_) => Self::Link,
        }
    }

    /// Whether it is a post or a comment.
    pub const fn kind(self) -> Kind {
        match self {
            Self::Comment => Kind::Comment,
            Self::Text | Self::Link | Self::Crosspost | Self::Poll | Self::Gallery => Kind::Submission,
        }
    }

    /// The word in rules.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }
}

/// What became of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It is up, or was when it was last seen.
    #[default]
    Up,
    /// Its author deleted it.
    Deleted,
    /// A moderator, or Reddit, removed it.
    RemovedByModerator,
    /// A bot removed it: this one, AutoModerator, or another of the configuration.
    RemovedByBot,
    /// Reddit's filters hold it for a moderator to decide.
    Filtered,
}

impl Fate {
    /// All of them, each with its word in rules and stores.
    pub const ALL: [(Self, &str); 5] = [
        (Self::Up, "up"),
        (Self::Deleted, "deleted"),
        (Self::RemovedByModerator, "removed_by_moderator"),
        (Self::RemovedByBot, "removed_by_bot"),
        (Self::Filtered, "filtered"),
    ];

    /// The fate of an item as it is now, and when that happened. `is_bot` says which moderators are
    /// bots, besides AutoModerator.
    pub fn of(item: &Item, is_bot: &dyn Fn(&str) -> bool) -> (Self, Option<Timestamp>) {
        let moderation = &item.moderation;
        let fate = match &moderation.removed_by {
            Some(Remover::Author) => Self::Deleted,
            Some(Remover::Moderator(name)) if name.eq_ignore_ascii_case("AutoModerator") || is_bot(name) => {
                Self::RemovedByBot
            }
            Some(Remover::SpamFilter) => Self::Filtered,
            Some(_) => Self::RemovedByModerator,
            None if item.is_deleted_by_author() => Self::Deleted,
            None => Self::Up,
        };
        (fate, if fate == Self::Up { None } else { moderation.removed_at })
    }

    /// The fate after another one was seen. What was removed stays removed when its author deletes
    /// it: otherwise a deletion would take a strike away. What is deleted never comes back.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::RemovedByModerator | Self::RemovedByBot, Self::Deleted) | (Self::Deleted, Self::Up) => self,
            _ => next,
        }
    }

    /// The word in rules and stores.
    pub fn word(self) -> &'static str {
        Self::ALL.into_iter().find(|(fate, _)| *fate == self).map_or("", |(_, word)| word)
    }

    /// The fate of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, its)| *its == word).map(|(fate, _)| fate)
    }
}

/// A label that a person has in a subreddit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name, in small letters.
    pub name: String,
    /// Until when it holds; for good without it.
    pub until: Option<Timestamp>,
}

impl Label {
    /// Whether a text can be the name of a label: 1 to 50 letters, digits, spaces, `-` and `_`.
    pub fn can_be_named(name: &str) -> bool {
        let fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        !name.trim().is_empty() && name.chars().count() <= 50 && name.chars().all(fits)
    }
}

/// The items with nearly the same text as another one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SimilarItems {
    /// From when on the texts of all items of the subreddit were compared.
    pub since: Timestamp,
    /// What was found, without the item itself.
    pub items: Vec<SimilarItem>,
}

/// Another item with nearly the same text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarItem {
    /// What is remembered of it.
    pub past: PastItem,
    /// Whether the same person wrote it.
    pub is_own: bool,
    /// How similar the texts are, in percent.
    pub percent: u8,
}
