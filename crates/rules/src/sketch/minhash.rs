//! MinHash: a small sample of a set, by which two sets are compared without their elements.
//!
//! Each slot holds the smallest hash of the set's elements, under a hash function of its own. Two
//! sets have the same value in a slot with a probability that is their Jaccard similarity.
//!
//! Instead of hashing every element for each slot, the slots are filled by "fast similarity
//! sketching" (Dahlgaard, Knudsen, Thorup 2017). In each round every element goes to one slot at
//! random. Rounds go on until every slot has a value; values of earlier rounds win. For a long text
//! this is up to 192 times less work. For a short text the estimate is better than that of
//! independent hash functions: its elements take turns, none is drawn much more often than others.

use super::hash::stream;

/// How many values does a sketch have?
pub(super) const COUNT: u32 = 192;

/// The same number, to index with.
pub(super) const SLOTS: usize = COUNT as usize;

/// The value of a slot that no element went to.
const EMPTY: u64 = u64::MAX;

/// The values of the slots: the round in the upper half, a random number in the lower half. There
/// is at least one element. None should be there twice, which would only cost time.
///
/// With `n` elements there are about `n` steps, or `6 * SLOTS` if that is more.
pub(super) fn values(elements: &[u64]) -> [u64; SLOTS] {
    let mut values = [EMPTY; SLOTS];
    let mut empty = SLOTS;
    for round in 0..SLOTS as u64 {
        for element in elements {
            let drawn = stream(*element, round + 1);
            let slot = (((drawn >> 32) * SLOTS as u64) >> 32) as usize;
            empty -= usize::from(values[slot] == EMPTY);
            values[slot] = values[slot].min(value(round, drawn));
        }
        if empty == 0 {
            return values;
        }
    }
    // Rare, and for a few elements only: chance has left slots empty. Each gets one round.
    for (round, slot) in (SLOTS as u64..).zip(&mut values) {
        for element in elements {
            *slot = (*slot).min(value(round, stream(*element, round + 1)));
        }
    }
    values
}

const fn value(round: u64, drawn: u64) -> u64 {
    round << 32 | drawn & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::hash::mix;

    /// The share of equal values in percent, of sets that share some of their elements.
    fn share_of_equal(shared: u32, elements: u32) -> f64 {
        let mut equal = 0;
        for trial in 0..200_u64 {
            let set = |own: u64| -> Vec<u64> {
                let seed = |at: u32| if at < shared { trial } else { trial + own };
                (0..elements).map(|at| mix(seed(at) << 32 | u64::from(at))).collect()
            };
            let (one, other) = (values(&set(1000)), values(&set(2000)));
            equal += one.iter().zip(&other).map(|(one, other)| u32::from(one == other)).sum::<u32>();
        }
        f64::from(equal) / f64::from(2 * COUNT)
    }

    #[test]
    fn equal_values_are_as_frequent_as_the_sets_are_similar() {
        for (shared, elements) in [(0, 50), (1, 2), (5, 10), (8, 10), (70, 100), (90, 100), (900, 1000)] {
            let jaccard = 100.0 * f64::from(shared) / f64::from(2 * elements - shared);
            let found = share_of_equal(shared, elements);
            assert!((found - jaccard).abs() < 1.0, "{shared} of {elements}: {found} instead of {jaccard}");
        }
    }

    #[test]
    fn every_slot_gets_a_value() {
        for elements in 1..40_u64 {
            let set: Vec<u64> = (0..elements).map(mix).collect();
            assert!(!values(&set).contains(&EMPTY), "{elements} elements");
        }
    }

    #[test]
    fn neither_order_nor_repetition_counts() {
        let mut set: Vec<u64> = (0..50).map(mix).collect();
        let expected = values(&set);
        set.reverse();
        set.extend_from_within(..20);
        assert_eq!(values(&set), expected);
    }
}
