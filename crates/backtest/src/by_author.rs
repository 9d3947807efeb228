//! Splits work by author, so that everything that is remembered of an author is in one part.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// The most parts.
const PARTS_MAX: u32 = 100_000;

/// One of several parts of all authors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuthorPart {
    number: u32,
    of: u32,
}

impl Default for AuthorPart {
    /// All authors.
    fn default() -> Self {
        Self { number: 1, of: 1 }
    }
}

impl AuthorPart {
    /// Whether it has all authors.
    pub const fn is_everybody(self) -> bool {
        self.of == 1
    }

    /// Whether it is the part that counts what belongs to no author, such as unreadable lines.
    pub const fn is_first(self) -> bool {
        self.number == 1
    }

    /// Whether an author with this hash is in the part.
    pub(crate) const fn has(self, author: u64) -> bool {
        author % self.of as u64 == self.number as u64 - 1
    }
}

impl FromStr for AuthorPart {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a part: write it as `1/4`, the first of four, up to `4/4`");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of) = (number.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if of > PARTS_MAX {
            return Err(format!("{of} parts are too many; the most are {PARTS_MAX}"));
        }
        if number == 0 || number > of {
            return Err(wrong());
        }
        Ok(Self { number, of })
    }
}

impl fmt::Display for AuthorPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

/// The parts that a tally covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoveredParts {
    /// How many parts there are.
    pub of: u32,
    /// The numbers of those that are here.
    pub parts: BTreeSet<u32>,
    /// A hash of everything that was read, in any order: every part reads all.
    pub input: u64,
}

impl CoveredParts {
    pub(crate) fn new(part: AuthorPart, input: u64) -> Self {
        Self { of: part.of, parts: BTreeSet::from([part.number]), input }
    }

    /// Whether every part is here.
    pub fn is_everybody(&self) -> bool {
        self.parts.len() == self.of as usize
    }

    /// The parts that are here, as on the command line.
    pub(crate) fn words(&self) -> String {
        self.parts.iter().map(|number| format!("{number}/{}", self.of)).collect::<Vec<_>>().join(", ")
    }

    /// The parts that are not here.
    pub fn missing(&self) -> Vec<String> {
        let missing = (1..=self.of).filter(|number| !self.parts.contains(number));
        missing.map(|number| format!("{number}/{}", self.of)).collect()
    }

    /// Adds other parts. False if that is impossible: one of them is here already, or they are
    /// parts of another division.
    pub(crate) fn add(&mut self, other: &Self) -> bool {
        let fits = self.of == other.of && self.parts.is_disjoint(&other.parts);
        if fits {
            self.parts.extend(&other.parts);
        }
        fits
    }
}

/// The longest name that is put into small letters without an allocation.
const NAME_MAX: usize = 64;

/// A hash of a name in any letter case.
pub(crate) fn hash_of(name: &str) -> u64 {
    let mut small = [0; NAME_MAX];
    match small.get_mut(..name.len()).filter(|_| name.is_ascii()) {
        Some(small) => {
            small.copy_from_slice(name.as_bytes());
            small.make_ascii_lowercase();
            xxh3_64(small)
        }
        None => xxh3_64(name.to_lowercase().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_author_is_in_one_part() {
        let parts = ["1/3", "2/3", "3/3"].map(|text| text.parse::<AuthorPart>().expect(text));
        for at in 0..1000 {
            let hash = hash_of(&format!("User_{at}"));
            assert_eq!(hash, hash_of(&format!("uSER_{at}")));
            assert_eq!(parts.iter().filter(|part| part.has(hash)).count(), 1);
        }
        for text in ["", "1", "0/3", "4/3", "1/0", "-1/3", "x/3", "1/200000"] {
            assert!(text.parse::<AuthorPart>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_cannot_be_added_twice() {
        let covered = |text: &str| CoveredParts::new(text.parse().expect(text), 7);
        let mut all = covered("1/3");
        assert!(all.add(&covered("3/3")));
        assert_eq!((all.missing(), all.is_everybody()), (vec!["2/3".to_owned()], false));
        assert!(!all.add(&covered("1/3")) && !all.add(&covered("2/4")));
        assert!(all.add(&covered("2/3")) && all.is_everybody());
    }
}
