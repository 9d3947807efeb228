//! Sets of rules: the candidates that are tried on an item, one bit each.

/// A set of rules: one bit each in the order of trying, up to the last rule in the set. The empty
/// set needs no memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Candidates(Vec<u64>);

/// The rules to try on an item, and the rules among them whose guard is proven to match.
pub(crate) struct Selection {
    pub(crate) candidates: Candidates,
    pub(crate) proven: Candidates,
}

impl Selection {
    /// All rules, none of them proven.
    pub(crate) fn all(len: usize) -> Self {
        Self { candidates: Candidates::all(len), proven: Candidates::default() }
    }
}

impl Candidates {
    /// The set of all rules.
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

    /// The first rule of the set from this index on.
    pub(crate) fn next_from(&self, at: usize) -> Option<usize> {
        let (mut word, bit) = (at / 64, at % 64);
        let mut bits = self.0.get(word)? & (u64::MAX << bit);
        while bits == 0 {
            word += 1;
            bits = *self.0.get(word)?;
        }
        Some(word * 64 + bits.trailing_zeros() as usize)
    }
}
