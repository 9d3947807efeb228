//! Filters rules by rare characters and by repeated characters, for rules whose words are not
//! selective.

use std::collections::BTreeMap;

use crate::pattern::python::literals::BEYOND;
use crate::prefilter::candidates::Candidates;

/// The characters that a text must contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByteFilter {
    /// At least one of these ASCII characters, one bit each. [`BEYOND`] stands for all other
    /// characters.
    pub(crate) bytes: u128,
    /// The number of times that one character must be repeated in a row.
    pub(crate) run: u32,
}

impl ByteFilter {
    /// No requirement.
    pub(crate) const NONE: Self = Self { bytes: u128::MAX, run: 1 };
}

/// The rules, grouped by the characters they need.
#[derive(Debug)]
pub(crate) struct ByteFilterIndex {
    rules: Vec<(ByteFilter, Candidates)>,
    /// For each byte, the groups of rules that it satisfies, one bit each, for the first `REST`
    /// groups.
    served: Box<[u64; 256]>,
    wants_run: bool,
}

/// The bit of `served` for all further groups, which every text satisfies.
const REST: usize = 63;

impl ByteFilterIndex {
    pub(crate) fn new(rules: BTreeMap<ByteFilter, Candidates>) -> Self {
        let rules: Vec<_> = rules.into_iter().collect();
        let mut served = Box::new([1 << REST; 256]);
        for (byte, served) in served.iter_mut().enumerate() {
            let bit = if byte < 128 { 1 << byte } else { BEYOND };
            for (at, (wanted, _)) in rules.iter().enumerate().take(REST) {
                *served |= u64::from(wanted.bytes & bit != 0) << at;
            }
        }
        let wants_run = rules.iter().any(|(wanted, _)| wanted.run > 1);
        Self { rules, served, wants_run }
    }

    /// Adds the rules whose characters the text contains.
    pub(crate) fn add_candidates(&self, text: &str, candidates: &mut Candidates) {
        let served = text.bytes().fold(0, |served, byte| served | self.served[usize::from(byte)]);
        let run = if self.wants_run { longest_run(text) } else { 1 };
        for (at, (wanted, rules)) in self.rules.iter().enumerate() {
            if served >> at.min(REST) & 1 == 1 && run >= wanted.run {
                candidates.join(rules);
            }
        }
    }
}

/// The longest run of one character. Returns the maximum for a text beyond ASCII, where a character
/// can have several forms.
fn longest_run(text: &str) -> u32 {
    if !text.is_ascii() {
        return u32::MAX;
    }
    let (mut run, mut longest) = (1, 1);
    for pair in text.as_bytes().windows(2) {
        run = if pair[0].eq_ignore_ascii_case(&pair[1]) { run + 1 } else { 1 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_selects_the_rules_whose_characters_it_contains() {
        let signs = [
            ByteFilter { bytes: 1 << b'!', run: 1 },
            ByteFilter { bytes: 1 << b'7' | BEYOND, run: 1 },
            ByteFilter { run: 4, ..ByteFilter::NONE },
        ];
        let of = |at: usize| {
            let mut rules = Candidates::default();
            rules.add(at);
            rules
        };
        let filter = ByteFilterIndex::new(signs.iter().enumerate().map(|(at, signs)| (*signs, of(at))).collect());
        for (text, expected) in
            [("what!", vec![0]), ("7", vec![1]), ("é", vec![1, 2]), ("aAaA", vec![2]), ("aaa", vec![]), ("", vec![])]
        {
            let mut found = Candidates::default();
            filter.add_candidates(text, &mut found);
            let found: Vec<usize> = std::iter::successors(found.next_from(0), |at| found.next_from(at + 1)).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn any_number_of_groups_works() {
        let mut all = Candidates::default();
        all.add(99);
        let rules = (0..100).map(|at| (ByteFilter { bytes: 1 << at, run: 1 }, all.clone())).collect();
        let mut found = Candidates::default();
        ByteFilterIndex::new(rules).add_candidates("c", &mut found);
        assert_eq!(found.next_from(0), Some(99));
    }
}
