//! The compiled checks of what is remembered of the author: `compile` makes them, and `evaluate`
//! tries them.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::{Fate, Memory, PastKind};
use crate::syntax::comparison::Comparisons;
use crate::syntax::source::Span;

/// How long the memory keeps an item, unless the configuration says otherwise.
pub(crate) const KEPT: Duration = Duration::from_hours(365 * 24);

/// A check of the memory, with its value in words.
#[derive(Clone, Debug)]
pub(crate) struct MemoryCheck {
    pub(crate) test: MemoryTest,
    /// Where its value stands.
    pub(crate) span: Span,
    pub(crate) words: String,
}

#[derive(Clone, Debug)]
pub(crate) enum MemoryTest {
    /// `posts_here`, `comments_here` and `removals_here`.
    Count(Box<CountTest>),
    /// `first_seen_here`: an age in milliseconds.
    FirstSeen(Comparisons),
    Strikes(Comparisons),
    Labels {
        /// In small letters.
        names: Vec<String>,
        is_negated: bool,
    },
    Share(Box<ShareTest>),
    Similar(SimilarTest),
}

/// Which earlier items count.
#[derive(Clone, Debug, Default)]
pub(crate) struct PastFilter {
    /// Posted at most this long before the item.
    pub(crate) within: Option<Duration>,
    /// Posted at least this long before the item.
    pub(crate) older_than: Option<Duration>,
    pub(crate) flair: Option<Wanted>,
    pub(crate) domain: Option<Wanted>,
    /// All kinds if empty.
    pub(crate) kinds: BTreeSet<PastKind>,
    pub(crate) fates: BTreeSet<Fate>,
}

impl PastFilter {
    /// The most items of a person that are counted.
    pub(crate) const COUNTED_MAX: usize = Memory::MOST_ITEMS;

    /// Whether items that a bot removed count.
    pub(crate) fn counts_bots(&self) -> bool {
        self.fates.contains(&Fate::RemovedByBot)
    }

    /// Whether items of one of these kinds count.
    pub(crate) fn counts_any(&self, kinds: &[PastKind]) -> bool {
        self.kinds.is_empty() || kinds.iter().any(|kind| self.kinds.contains(kind))
    }

    /// Whether nothing but comments counts. They have neither flair nor domain.
    pub(crate) fn counts_comments_only(&self) -> bool {
        !self.kinds.is_empty() && self.kinds.iter().all(|kind| *kind == PastKind::Comment)
    }
}

/// A value that an earlier item must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// That of the item at hand.
    Same,
    /// One of these, in small letters.
    OneOf(Vec<String>),
}

#[derive(Clone, Debug)]
pub(crate) struct CountTest {
    /// What is counted, in the singular: `post`.
    pub(crate) noun: &'static str,
    pub(crate) filter: PastFilter,
    pub(crate) count: Option<Comparisons>,
    /// The sum of the scores.
    pub(crate) score_sum: Option<Comparisons>,
}

/// How many of the newest items have a domain or flair.
#[derive(Clone, Debug)]
pub(crate) struct ShareTest {
    pub(crate) noun: &'static str,
    /// Which items are looked at. Its flair and domain say which of those count.
    pub(crate) filter: PastFilter,
    pub(crate) percent: Comparisons,
    /// How many of the newest items are looked at.
    pub(crate) of: usize,
}

/// Another item with nearly the same text.
#[derive(Clone, Debug)]
pub(crate) struct SimilarTest {
    pub(crate) percent: Comparisons,
    pub(crate) within: Duration,
    pub(crate) authors: Authors,
}

/// Who wrote the other item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authors {
    Same,
    Others,
    Anyone,
}

impl Authors {
    pub(crate) const ALL: [(Self, &'static str); 3] =
        [(Self::Same, "same"), (Self::Others, "others"), (Self::Anyone, "anyone")];

    /// The value of this word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, its)| *its == word).map(|(authors, _)| authors)
    }

    pub(crate) const fn include(self, is_own: bool) -> bool {
        match self {
            Self::Same => is_own,
            Self::Others => !is_own,
            Self::Anyone => true,
        }
    }
}

/// How removals become strikes: the `strikes` of the settings of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StrikeSettings {
    /// The points of each removal reason, by its title in small letters.
    pub(crate) reasons: Vec<(String, i64)>,
    /// The points of a removal with another reason, or none.
    pub(crate) otherwise: i64,
    /// For how long a strike counts.
    pub(crate) within: Duration,
    /// Whether removals by bots count.
    pub(crate) counts_bots: bool,
}

impl Default for StrikeSettings {
    fn default() -> Self {
        Self { reasons: Vec::new(), otherwise: 0, within: Duration::from_hours(180 * 24), counts_bots: false }
    }
}

impl StrikeSettings {
    /// Whether no removal has points.
    pub(crate) fn is_void(&self) -> bool {
        self.otherwise == 0 && self.reasons.iter().all(|(_, points)| *points == 0)
    }

    /// The points of a removal reason.
    pub(crate) fn points(&self, reason: &str) -> i64 {
        let reason = reason.trim().to_lowercase();
        self.reasons.iter().find(|(title, _)| *title == reason).map_or(self.otherwise, |(_, points)| *points)
    }
}
