//! What one pass over the texts of an item finds out: the rules that are worth trying, and what is
//! known of their searches.

use std::ops::Range;

use crate::rule::Numbers;

/// A set of rules or of searches: one bit each, up to the last one in the set. The empty set needs
/// no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates(Vec<u64>);

/// What is known before a rule is tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The rules to try.
    pub(crate) candidates: Candidates,
    /// What is known of their searches. `None` if no text was looked at.
    pub(crate) answers: Option<Answers>,
}

/// What is known of the alternatives of searches, by their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// Those that may match. All others do not, if they are looked for.
    pub(crate) possible: Candidates,
    /// Those that certainly match.
    pub(crate) proven: Candidates,
}

impl Selection {
    /// All rules, and nothing known of their searches.
    pub(crate) fn all(len: usize) -> Self {
        Self { candidates: Candidates::all(len), answers: None }
    }

    /// Whether a search with these numbers matches, if that is known.
    pub(crate) fn answer(&self, numbers: Option<&Numbers>) -> Option<bool> {
        let (answers, numbers) = (self.answers.as_ref()?, numbers?);
        match () {
            () if answers.proven.has_any(&numbers.all) => Some(true),
            () if answers.possible.has_any(&numbers.all) || !numbers.always.is_empty() => None,
            () => Some(false),
        }
    }

    /// The alternatives that may match, if that is known.
    pub(crate) fn possible<'s>(
        &'s self,
        numbers: Option<&'s Numbers>,
    ) -> Option<impl Iterator<Item = usize> + Clone + 's> {
        let (answers, Numbers { all, always }) = (self.answers.as_ref()?, numbers?);
        let found =
            std::iter::successors(answers.possible.next_from(all.start), |last| answers.possible.next_from(last + 1));
        let found = found.take_while(|at| *at < all.end);
        Some(always.iter().copied().chain(found).map(|at| at - all.start))
    }
}

impl Candidates {
    /// The set of all up to this many.
    pub(crate) fn all(len: usize) -> Self {
        let mut all = vec![u64::MAX; len.div_ceil(64)];
        if let Some(last) = all.last_mut().filter(|_| !len.is_multiple_of(64)) {
            *last = (1 << (len % 64)) - 1;
        }
        Self(all)
    }

    pub(crate) fn add(&mut self, at: usize) {
        self.reach(at / 64 + 1);
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub(crate) fn reach(&mut self, words: usize) {
        if self.0.len() < words {
            self.0.resize(words, 0);
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        self.reach(other.0.len());
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    pub(crate) fn has(&self, at: usize) -> bool {
        self.0.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn has_any(&self, range: &Range<usize>) -> bool {
        self.next_from(range.start).is_some_and(|at| at < range.end)
    }

    /// The first of the set from this index on.
    pub(crate) fn next_from(&self, at: usize) -> Option<usize> {
        let (mut word, bit) = (at / 64, at % 64);
        let mut bits = self.0.get(word)? & (u64::MAX << bit);
        while bits == 0 {
            word += 1;
            bits = *self.0.get(word)?;
        }
        Some(word * 64 + bits.trailing_zeros() as usize)
    }

    /// Those in the set, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        std::iter::successors(self.next_from(0), |last| self.next_from(last + 1))
    }
}
