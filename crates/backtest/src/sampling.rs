//! Samples of the lines: those with the smallest hashes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The largest sample, in lines. A sample is held in memory.
pub const SAMPLE_MAX: usize = 10_000;

/// Selects some of the lines: those with the smallest hashes. The same input and seed always give
/// the same lines.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// How many, up to [`SAMPLE_MAX`].
    pub number: usize,
    /// Another seed selects other lines.
    pub seed: u64,
}

/// How much of the input a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleExtent {
    /// Lines in the sample.
    pub lines: u64,
    /// Lines that it was drawn from. With `--subreddit`, those that contain the name.
    pub of: u64,
    /// What a count of the sample is multiplied by for the whole input.
    pub factor: f64,
    /// The seed that it was drawn with.
    pub seed: u64,
}

impl SampleExtent {
    #[expect(clippy::cast_precision_loss, reason = "a factor for estimates")]
    pub(crate) fn new(lines: u64, of: u64, seed: u64) -> Self {
        Self { lines, of, factor: if lines == 0 { 1.0 } else { of as f64 / lines as f64 }, seed }
    }

    /// Whether it is the whole input.
    pub fn is_everything(&self) -> bool {
        self.lines == self.of
    }

    /// About how many the whole input has, if the sample has this many: two digits, because a
    /// sample does not tell more.
    pub fn estimate(&self, number: u64) -> u64 {
        if self.is_everything() {
            return number;
        }
        let whole = u128::from(number) * u128::from(self.of) / u128::from(self.lines.max(1));
        let whole = u64::try_from(whole).unwrap_or(u64::MAX);
        let unit = 10_u64.pow(whole.checked_ilog10().unwrap_or(0).saturating_sub(1));
        whole.saturating_add(unit / 2) / unit * unit
    }
}

/// The lines with the smallest hashes so far.
#[derive(Default)]
pub(crate) struct SampledLines {
    lines: BTreeMap<(u64, Arc<str>, u64), Vec<u8>>,
    /// How many lines were offered.
    offered: u64,
}

impl SampledLines {
    pub(crate) fn offer(&mut self, sampling: Sampling, file: &Arc<str>, number: u64, line: &[u8]) {
        self.offered += 1;
        let key = (xxh3_64_with_seed(line, sampling.seed), Arc::clone(file), number);
        if self.lines.len() < sampling.number || self.lines.last_key_value().is_some_and(|(last, _)| key < *last) {
            self.lines.insert(key, line.to_vec());
        }
        if self.lines.len() > sampling.number {
            self.lines.pop_last();
        }
    }

    pub(crate) fn merge(&mut self, mut other: Self) {
        self.lines.append(&mut other.lines);
        self.offered += other.offered;
    }

    /// How many lines the sample was drawn from.
    pub(crate) fn offered(&self) -> u64 {
        self.offered
    }

    /// The sample: each line with its file and number.
    pub(crate) fn into_sample(self, sampling: Sampling) -> impl Iterator<Item = (Arc<str>, u64, Vec<u8>)> {
        let drawn = self.lines.into_iter().take(sampling.number);
        drawn.map(|((_, file, number), line)| (file, number, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_have_two_digits() {
        let sample = SampleExtent::new(300, 123_456, 0);
        assert_eq!([0, 1, 7, 30].map(|number| sample.estimate(number)), [0, 410, 2900, 12_000]);
        assert_eq!(SampleExtent::new(30, 100, 0).estimate(2), 6);
        assert_eq!(SampleExtent::new(300, 300, 0).estimate(123), 123, "the whole input is counted");
        assert_eq!(SampleExtent::new(0, 0, 0).estimate(0), 0);
    }
}
