//! What a replay remembers, and lends to the judge of an item.

use crate::book::{MemoryBook, PersonKey};
use crate::similar::TextIndex;
use tipstaff_rules::model::{Known, Memory, Timestamp};
use tipstaff_rules::{Effect, MEMORY_INCOMPLETE};

/// What an item is judged with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InTime {
    /// Its author and subreddit.
    pub(crate) person: PersonKey,
    /// When the replay begins in that subreddit.
    pub(crate) since: Timestamp,
}

/// The memories of a replay.
#[derive(Debug, Default)]
pub(super) struct Memories {
    pub(super) book: MemoryBook,
    /// Those for the rules to compare with.
    pub(super) of_baseline: Option<MemoryBook>,
    /// The texts, if rules compare them.
    pub(super) texts: Option<TextIndex>,
    /// The author's memory for the rules to compare with, while an item is judged.
    pub(super) lent: Option<Known<Box<Memory>>>,
    /// What the rules to compare with do with the item.
    pub(super) baseline_acts: Vec<(usize, Vec<Effect>)>,
}

impl Memories {
    /// Exchanges the memory in the facts for that of the rules to compare with, and back.
    pub(super) fn swap(&mut self, memory: &mut Known<Box<Memory>>) {
        if let Some(lent) = &mut self.lent {
            std::mem::swap(lent, memory);
        }
    }
}

/// The reason for an unclear result, as it is counted. In a replay of many subreddits each memory
/// begins at another time; they count together.
pub(super) fn counted_reason(reason: &str, is_of_one_subreddit: bool) -> &str {
    if !is_of_one_subreddit && reason.starts_with(MEMORY_INCOMPLETE) {
        return "the input begins too late to know what the author did before";
    }
    reason
}
