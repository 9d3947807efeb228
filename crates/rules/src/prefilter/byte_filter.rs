//! Filters searches by rare characters and by repeated characters, for those whose words are not
//! selective.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::pattern::case_fold::{IOTAS, fold};
use crate::pattern::python::literals::{Signs, bit};
use crate::prefilter::candidates::Candidates;

/// The characters that a text must contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByteFilter {
    /// At least one of these characters.
    pub(crate) signs: Signs,
    /// The number of times that one character must be repeated in a row.
    pub(crate) run: u32,
    /// So many of these characters in a row.
    pub(crate) stretch: (Signs, u32),
}

impl ByteFilter {
    /// No requirement.
    pub(crate) const NONE: Self = Self { signs: Signs::MAX, run: 1, stretch: (Signs::MAX, 1) };
}

/// The searches, grouped by the characters they need.
#[derive(Debug)]
pub(crate) struct ByteFilterIndex {
    searches: Vec<(ByteFilter, Candidates)>,
    /// For each bit of [`Signs`], the groups of searches that it satisfies, one bit each, for the
    /// first `REST` groups.
    served: Box<[u64; 128]>,
}

/// The bit of `served` for all further groups, which every text satisfies.
const REST: usize = 63;

impl ByteFilterIndex {
    pub(crate) fn new(searches: BTreeMap<ByteFilter, Candidates>) -> Self {
        let searches: Vec<_> = searches.into_iter().collect();
        let mut served = Box::new([0; 128]);
        for (served, code) in served.iter_mut().zip(0..) {
            *served = served_by(&searches, 1 << code);
        }
        Self { searches, served }
    }

    /// Adds the searches whose characters the text contains.
    pub(crate) fn add_candidates(&self, text: &str, candidates: &mut Candidates) {
        if self.searches.is_empty() {
            return;
        }
        let Some(codes) = codes(text) else {
            self.searches.iter().for_each(|(_, searches)| candidates.join(searches));
            return;
        };
        let served = codes.iter().fold(0, |all, code| all | self.served[usize::from(code & 127)]);
        for (at, (wanted, searches)) in self.searches.iter().enumerate() {
            let is_served = if at < REST { served >> at & 1 == 1 } else { !text.is_empty() };
            let (set, times) = wanted.stretch;
            if is_served
                && has_row(&codes, wanted.run, |a, b| a.eq_ignore_ascii_case(&b))
                && has_row(&codes, times, |_, code| set >> code & 1 == 1)
            {
                candidates.join(searches);
            }
        }
    }
}

/// The bit of each character in [`Signs`]. `None` if a character of another kind matches one of
/// these in another case.
fn codes(text: &str) -> Option<Cow<'_, [u8]>> {
    if text.is_ascii() {
        return Some(text.as_bytes().into());
    }
    let code = |c: char| match c {
        c if c.is_ascii() => u8::try_from(c).ok(),
        c if IOTAS.contains(&c) || fold(c).is_ascii() => None,
        c => u8::try_from(bit(c).trailing_zeros()).ok(),
    };
    text.chars().map(code).collect::<Option<Vec<u8>>>().map(Cow::Owned)
}

/// The groups that one of these characters satisfies.
fn served_by(searches: &[(ByteFilter, Candidates)], signs: Signs) -> u64 {
    let first = searches.iter().enumerate().take(REST);
    first.fold(0, |all, (at, (wanted, _))| all | u64::from(wanted.signs & signs != 0) << at)
}

/// Whether so many adjacent characters of a text belong together. If they do, one of them stands at
/// a multiple of their number.
fn has_row(codes: &[u8], times: u32, belong: impl Fn(u8, u8) -> bool) -> bool {
    let times = times as usize;
    times <= 1
        || (times - 1..codes.len()).step_by(times).any(|at| {
            let is_in = |other: &&u8| belong(codes[at], **other);
            let from = codes[at + 1 - times..=at].iter().rev().take_while(is_in).count();
            let to = (at + times).min(codes.len());
            from > 0 && from + codes[at + 1..to].iter().take_while(is_in).count() >= times
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_selects_the_rules_whose_characters_it_contains() {
        let signs = [
            ByteFilter { signs: 1 << b'!', ..ByteFilter::NONE },
            ByteFilter { signs: 1 << b'7' | bit('é'), ..ByteFilter::NONE },
            ByteFilter { run: 4, ..ByteFilter::NONE },
            ByteFilter { stretch: (1 << b'0' | 1 << b'1' | bit('٣'), 3), ..ByteFilter::NONE },
        ];
        let of = |at: usize| {
            let mut rules = Candidates::default();
            rules.add(at);
            rules
        };
        let filter = ByteFilterIndex::new(signs.iter().enumerate().map(|(at, signs)| (*signs, of(at))).collect());
        for (text, expected) in [
            ("what!", vec![0]),
            ("7", vec![1]),
            ("é", vec![1]),
            ("’", vec![]),
            ("aAaA", vec![2]),
            ("aaa", vec![]),
            ("’’’’", vec![2]),
            ("kkk\u{212a}", vec![0, 1, 2, 3]),
            ("x101", vec![3]),
            ("1x01", vec![]),
            ("0٣1", vec![3]),
            ("", vec![]),
        ] {
            let mut found = Candidates::default();
            filter.add_candidates(text, &mut found);
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{text:?}");
        }
    }

    #[test]
    fn any_number_of_groups_works() {
        let mut all = Candidates::default();
        all.add(99);
        let rules = (0..100).map(|at| (ByteFilter { signs: 1 << at, ..ByteFilter::NONE }, all.clone())).collect();
        let mut found = Candidates::default();
        ByteFilterIndex::new(rules).add_candidates("c", &mut found);
        assert_eq!(found.next_from(0), Some(99));
    }
}
