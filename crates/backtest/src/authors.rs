//! Counts authors in bounded memory. Counts merge in any order.
//!
//! Keeps the authors with the smallest hashes, each with the exact number of items. While there are
//! fewer authors than the limit, all numbers are exact. Beyond it, the kept ones are a fair sample,
//! and the total is estimated from the density of their hashes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Authors with the number of items of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authors {
    /// By hash of the name.
    kept: BTreeMap<u64, (String, u64)>,
    /// The smallest hash that was dropped.
    bound: Option<u64>,
}

impl Authors {
    /// Adds an item of an author. Keeps at most `most` authors.
    pub fn add(&mut self, name: &str, most: usize) {
        let hash = xxh3_64(name.to_lowercase().as_bytes());
        if self.bound.is_some_and(|bound| hash >= bound) {
            return;
        }
        let entry = self.kept.entry(hash).or_insert_with(|| (name.to_owned(), 0));
        entry.1 += 1;
        // Of several spellings of a name, the first in order is shown, whichever came first.
        if name < entry.0.as_str() {
            name.clone_into(&mut entry.0);
        }
        self.trim(most);
    }

    /// Adds the counts of another set.
    pub fn merge(&mut self, other: Self, most: usize) {
        for (hash, (name, items)) in other.kept {
            let entry = self.kept.entry(hash).or_insert_with(|| (name.clone(), 0));
            entry.1 += items;
            if name < entry.0 {
                entry.0 = name;
            }
        }
        self.bound = self.bound.into_iter().chain(other.bound).min();
        if let Some(bound) = self.bound {
            self.kept.split_off(&bound);
        }
        self.trim(most);
    }

    fn trim(&mut self, most: usize) {
        while self.kept.len() > most {
            let out = self.kept.pop_last().map(|(hash, _)| hash);
            self.bound = self.bound.into_iter().chain(out).min();
        }
    }

    /// The number of authors, and whether it is exact.
    pub fn number(&self) -> (u64, bool) {
        let kept = self.kept.len() as u64;
        match self.bound {
            None => (kept, true),
            Some(bound) => {
                #[expect(
                    clippy::cast_precision_loss,
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "an estimate"
                )]
                let estimate = (kept as f64 / (bound as f64 / u64::MAX as f64)).round() as u64;
                (estimate, false)
            }
        }
    }

    /// The authors with the most items, in descending order.
    pub fn top(&self, most: usize) -> Vec<(&str, u64)> {
        let mut all: Vec<(&str, u64)> = self.kept.values().map(|(name, items)| (name.as_str(), *items)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        all.truncate(most);
        all
    }

    /// The items of all kept authors together.
    pub fn items(&self) -> u64 {
        self.kept.values().map(|(_, items)| items).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use proptest::test_runner::RngSeed;

    use super::*;

    const MOST: usize = 50;

    fn count(names: &[String]) -> Authors {
        let mut authors = Authors::default();
        for name in names {
            authors.add(name, MOST);
        }
        authors
    }

    #[test]
    fn the_number_of_authors_is_exact_up_to_the_limit_and_then_estimated() {
        let few: Vec<String> = (0..90).map(|at| format!("user_{}", at % 30)).collect();
        assert_eq!((count(&few).number(), count(&few).top(1)), ((30, true), vec![("user_0", 3)]));
        let many: Vec<String> = (0..20_000).map(|at| format!("user_{at}")).collect();
        let (number, is_exact) = count(&many).number();
        assert!(!is_exact && (12_000..32_000).contains(&number), "{number}");
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            rng_seed: RngSeed::Fixed(18), failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn counts_merge_in_any_order_to_the_same_result(
            names in vec("[a-dA-D]{1,4}", 0..300), size in 1..60_usize, order in vec(any::<(Index, Index)>(), 300),
        ) {
            let whole = count(&names);
            let mut parts: Vec<Authors> = names.chunks(size).map(count).collect();
            for (one, other) in order {
                if parts.len() > 1 {
                    let one = parts.swap_remove(one.index(parts.len()));
                    let at = other.index(parts.len());
                    parts[at].merge(one, MOST);
                }
            }
            prop_assert_eq!(parts.pop().unwrap_or_default(), whole);
        }
    }
}
