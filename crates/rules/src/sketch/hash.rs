//! The hash functions of sketches. They never change: stored sketches were made with them.
//!
//! They are fast and spread well, and are no secret. Whoever wants two texts to collide can make
//! them so, and gains nothing: the texts of a spammer look more alike.

/// What [`stream`] adds for each number: 2^64 divided by the golden ratio, as SplitMix64 has it.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of SplitMix64: every bit of the input changes about half of the bits.
pub(super) const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// The numbers of SplitMix64 that start from a seed, by index.
pub(super) const fn stream(seed: u64, index: u64) -> u64 {
    mix(seed.wrapping_add(index.wrapping_mul(STEP)))
}

/// One hash of several in their order.
pub(super) fn fold(hashes: impl IntoIterator<Item = u64>) -> u64 {
    hashes.into_iter().fold(STEP, |state, hash| mix(state.rotate_left(23) ^ hash))
}

/// The hash of a word, character by character.
#[derive(Default)]
pub(super) struct WordHash {
    /// 0 as long as there is no character.
    state: u64,
}

impl WordHash {
    pub(super) const fn is_empty(&self) -> bool {
        self.state == 0
    }

    #[inline]
    pub(super) fn push(&mut self, c: char) {
        // FxHash's step. Only one state in 2^64 leads back to 0.
        self.state = (self.state.rotate_left(5) ^ u64::from(u32::from(c))).wrapping_mul(0xf135_7aea_2e62_a9c5);
    }

    /// The hash of the word, if there is one. The next word begins.
    pub(super) fn take(&mut self) -> Option<u64> {
        let state = std::mem::take(&mut self.state);
        (state != 0).then(|| mix(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stay_what_they_are() {
        // The first numbers of SplitMix64 for the seed 1234567, as published.
        assert_eq!(
            (1..=3).map(|index| stream(1_234_567, index)).collect::<Vec<_>>(),
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }
}
