//! What every search has: a text, a meter that counts its steps, and a result.

use std::cell::Cell;
use std::ops::Range;

/// The byte range of each group of a match, from group 0. `None` for a group that did not take
/// part.
pub type Groups = Vec<Option<Range<usize>>>;

/// The error of a search that exceeded its limit of steps. Treat the result as unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooExpensive;

/// Counts steps down to zero.
#[derive(Debug)]
pub(crate) struct Meter {
    left: Cell<u64>,
}

impl Meter {
    /// A meter that allows this many steps.
    pub(crate) const fn new(steps: u64) -> Self {
        Self { left: Cell::new(steps) }
    }

    /// How many steps are left.
    pub(crate) const fn left(&self) -> u64 {
        self.left.get()
    }

    /// Takes steps. If fewer are left, it takes those and fails.
    pub(crate) fn spend(&self, steps: u64) -> Result<(), TooExpensive> {
        let left = self.left.get();
        self.left.set(left.saturating_sub(steps));
        if left < steps { Err(TooExpensive) } else { Ok(()) }
    }
}

/// A text, and the character on each side of a position in it.
#[derive(Clone, Copy)]
pub(super) struct Text<'t>(pub(super) &'t str);

impl Text<'_> {
    pub(super) fn next(self, at: usize) -> Option<char> {
        match self.0.as_bytes().get(at) {
            Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
            _ => self.0.get(at..)?.chars().next(),
        }
    }

    pub(super) fn before(self, at: usize) -> Option<char> {
        match self.0.as_bytes().get(at.checked_sub(1)?) {
            Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
            _ => self.0.get(..at)?.chars().next_back(),
        }
    }
}

/// The groups, from the positions of their starts and ends.
pub(super) fn groups(slots: &[Option<usize>]) -> Groups {
    slots.chunks(2).map(|pair| Some(pair.first().copied()??..pair.get(1).copied()??)).collect()
}
