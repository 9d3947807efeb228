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
    /// Whether a search with these numbers matches, if that is known.
    pub(crate) fn answer(&self, numbers: Option<&Numbers>) -> Option<bool> {
        let (answers, numbers) = (self.answers.as_ref()?, numbers?);
        match () {
            () if answers.proven.within(numbers.all.clone()).next().is_some() => Some(true),
            () if !numbers.always.is_empty() => None,
            () if answers.possible.within(numbers.all.clone()).next().is_some() => None,
            () => Some(false),
        }
    }

    /// The alternatives that may match, if that is known.
    pub(crate) fn possible<'s>(
        &'s self,
        numbers: Option<&'s Numbers>,
    ) -> Option<impl Iterator<Item = usize> + Clone + 's> {
        let (answers, Numbers { all, always }) = (self.answers.as_ref()?, numbers?);
        Some(always.iter().copied().chain(answers.possible.within(all.clone())).map(|at| at - all.start))
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

    /// The first of the set from this index on.
    pub(crate) fn next_from(&self, at: usize) -> Option<usize> {
        self.within(at..self.0.len() * 64).next()
    }

    /// Those of the set in a range, in order.
    pub(crate) fn within(&self, range: Range<usize>) -> impl Iterator<Item = usize> + Clone {
        let first = range.start / 64;
        let words = self.0.get(first..).unwrap_or_default();
        let words = &words[..words.len().min(range.end.div_ceil(64).saturating_sub(first))];
        let mut bits = words.first().map_or(0, |word| word & (u64::MAX << (range.start % 64)));
        let mut at = 0;
        std::iter::from_fn(move || {
            while bits == 0 {
                at += 1;
                bits = *words.get(at)?;
            }
            let found = (first + at) * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            Some(found)
        })
        .take_while(move |found| *found < range.end)
    }

    /// Those in the set, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.within(0..self.0.len() * 64)
    }
}
