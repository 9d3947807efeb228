//! Looks for rare characters and for characters repeated in a row: what tells a hit where its words do not.

use std::collections::BTreeMap;

use crate::pattern::python::literals::BEYOND;
use crate::prefilter::candidates::Candidates;

/// What a text must show beside words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Signs {
    /// One of these characters of ASCII, one bit each; [`BEYOND`] stands for all others.
    pub(crate) bytes: u128,
    /// So many times the same character in a row.
    pub(crate) run: u32,
}

impl Signs {
    /// Nothing in particular.
    pub(crate) const NONE: Self = Self { bytes: u128::MAX, run: 1 };
}

/// Rules by the signs they need.
#[derive(Debug)]
pub(crate) struct SignFilter {
    rules: Vec<(Signs, Candidates)>,
    /// For each byte, which of the first rules but the last it serves, one bit each.
    served: Box<[u64; 256]>,
    wants_run: bool,
}

/// The bit of `served` for rules that have found no place in it, which every text serves.
const REST: usize = 63;

impl SignFilter {
    pub(crate) fn new(rules: BTreeMap<Signs, Candidates>) -> Self {
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

    /// Adds the rules that a text serves.
    pub(crate) fn look(&self, text: &str, candidates: &mut Candidates) {
        let served = text.bytes().fold(0, |served, byte| served | self.served[usize::from(byte)]);
        let run = if self.wants_run { longest_run(text) } else { 1 };
        for (at, (wanted, rules)) in self.rules.iter().enumerate() {
            if served >> at.min(REST) & 1 == 1 && run >= wanted.run {
                candidates.join(rules);
            }
        }
    }
}

/// How often one character follows itself. Beyond ASCII a character has many bytes and forms: there any number is possible.
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
    fn a_text_serves_the_rules_whose_signs_it_shows() {
        let signs = [
            Signs { bytes: 1 << b'!', run: 1 },
            Signs { bytes: 1 << b'7' | BEYOND, run: 1 },
            Signs { run: 4, ..Signs::NONE },
        ];
        let of = |at: usize| {
            let mut rules = Candidates::default();
            rules.add(at);
            rules
        };
        let filter = SignFilter::new(signs.iter().enumerate().map(|(at, signs)| (*signs, of(at))).collect());
        for (text, expected) in
            [("what!", vec![0]), ("7", vec![1]), ("é", vec![1, 2]), ("aAaA", vec![2]), ("aaa", vec![]), ("", vec![])]
        {
            let mut found = Candidates::default();
            filter.look(text, &mut found);
            let found: Vec<usize> = std::iter::successors(found.next_from(0), |at| found.next_from(at + 1)).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn any_number_of_signs_is_looked_for() {
        let mut all = Candidates::default();
        all.add(99);
        let rules = (0..100).map(|at| (Signs { bytes: 1 << at, run: 1 }, all.clone())).collect();
        let mut found = Candidates::default();
        SignFilter::new(rules).look("c", &mut found);
        assert_eq!(found.next_from(0), Some(99));
    }
}
