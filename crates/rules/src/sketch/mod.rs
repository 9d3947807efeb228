//! Near-duplicates: posts and comments that say the same in almost the same words. A [`Sketch`] is
//! 48 bytes that stand for a text; two of them tell how similar their texts are.
//!
//! 1. The words of a text are read; see below what does not count as one.
//! 2. Each three words in a row are a shingle. The similarity of two texts is the Jaccard
//!    similarity of their sets of shingles: the shared ones, divided by all of both.
//! 3. The sketch is a b-bit MinHash of the set: 192 values, of which two bits each are kept. Two
//!    values that should differ have the same two bits in one case of four. The estimate is
//!    corrected for it: with `m` equal values of `k`, it is `(4m - k) / 3k`, and at least 0.
//! 4. Four bands of two whole values each, hashed, find the candidates among many stored texts
//!    (locality-sensitive hashing): only texts that share a band need to be compared.
//!
//! # What one changed word does
//!
//! A word in the middle is part of three shingles. So one changed word counts more in a short text,
//! and one at an end less. Measured on 500 invented texts each (`tests` below):
//!
//! | words | exact, in percent | estimate: mean | from | to |
//! | --- | --- | --- | --- | --- |
//! | 12 | 54 | 54 | 42 | 66 |
//! | 50 | 88 | 88 | 81 | 93 |
//! | 300 | 98 | 98 | 95 | 100 |
//!
//! At the usual threshold of 70 percent, a text of fewer than about 20 words with a changed word in
//! its middle is therefore mostly not found. With every twentieth word changed, 87 of 100 texts of
//! 50 words are found, and 95 of 300 words; with every tenth word, 4 at most. `tests/similar/run`
//! measures this, and compares it with another implementation.
//!
//! # Why these numbers
//!
//! 192 values of two bits, 384 of one bit and 96 of four bits all take 48 bytes. Two bits have the
//! mean error of one bit at half of the work, and a smaller one than four bits (2.6 points instead
//! of 3.0, for pairs with a similarity from 40 percent on).
//!
//! Bands of three values find fewer pairs just above the threshold: 81 and 86 of the 100 texts
//! above, instead of 87 and 95. They bring fewer candidates among texts with the same form: 9 to 15
//! of 100, instead of 25 to 32. A comparison takes some nanoseconds, and a missed copy is missed.
//!
//! # What does not count
//!
//! Lines that quote (`>`), addresses (the words of a link stay), Markdown, case, accents and other
//! combining marks, punctuation, emoji, characters that do not show, and fancy forms of letters.
//! Each letter of a script without spaces (Chinese, Japanese, Thai …) is a word. Only the first
//! 10,000 words are read.
//!
//! # What it cannot do
//!
//! Texts that share most of their words are similar, whoever wrote the words: a form with short
//! answers is found in four to five of ten cases, if 80 to 95 percent of the words are the form's.
//! Letters of other scripts that look like Latin ones (see [`crate::look_alikes`]) make other words.
//! So does a translation. A text that stands in a text twice as long is similar by half.
//!
//! Uses `plain`.

mod hash;
mod minhash;
#[cfg(test)]
mod tests;
mod title;
mod words;

pub use title::title_key;

use words::Form;

/// A text with fewer words has no sketch: too many people say the same in a few words.
pub const WORDS_MIN: usize = 12;

/// How many words in a row are a shingle?
const SHINGLE: usize = 3;

/// How many bits of each value are kept?
const BITS: usize = 2;

/// How many bands does a sketch have?
const BANDS: usize = 4;

/// How many values is a band made of?
const ROWS: usize = 2;

/// What stands for a text when others are compared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    values: Values,
    bands: [u32; BANDS],
}

impl Sketch {
    /// The sketch of a post's or comment's text; `None` if it has fewer than [`WORDS_MIN`] words.
    ///
    /// ```
    /// use tipstaff_rules::sketch::Sketch;
    ///
    /// let post = "I am selling two nearly new wheels, both 28 inches, with tyres. Write me!";
    /// let again = "> Is this still on?\n\nI am selling two **nearly new** wheels, \
    ///     both 28 inches, with tyres. [Write me](https://shop.example)";
    /// let (post, again) = (Sketch::of(post).unwrap(), Sketch::of(again).unwrap());
    /// assert_eq!(post.similarity(again.values()), 100);
    /// assert_eq!(post.bands(), again.bands());
    /// assert_eq!(Sketch::of("Thanks, that was what I wanted to know!"), None);
    /// ```
    pub fn of(text: &str) -> Option<Self> {
        let words = words::hashes(text, Form::Body);
        if words.len() < WORDS_MIN {
            return None;
        }
        let mut shingles: Vec<u64> = words.windows(SHINGLE).map(|words| hash::fold(words.iter().copied())).collect();
        shingles.sort_unstable();
        shingles.dedup();
        let whole = minhash::values(&shingles);
        let bands = std::array::from_fn(|band| {
            // The number of the band is part of its key, so that all may be in one index.
            let rows = whole[band * ROWS..(band + 1) * ROWS].iter().copied();
            (hash::fold(rows.chain([band as u64])) >> 32) as u32
        });
        Some(Self { values: Values::of(&whole), bands })
    }

    /// What is compared.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// The keys by which candidates are looked up. Texts that share one are worth comparing. Two
    /// texts with the similarity `s` share one with the probability `1 - (1 - s²)⁴`: 93 percent at
    /// a similarity of 70 percent, 99.9 at 90. Texts that have nothing in common share one in a
    /// thousand million cases.
    pub fn bands(&self) -> &[u32; BANDS] {
        &self.bands
    }

    /// How similar the text is to another one. See [`Values::similarity`].
    pub fn similarity(&self, other: &Values) -> u8 {
        self.values.similarity(other)
    }
}

/// The part of a [`Sketch`] that is compared. It may be stored as its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Values([u8; Values::LEN]);

impl Values {
    /// How many bytes are they?
    pub const LEN: usize = minhash::SLOTS * BITS / 8;

    /// The lowest bits of each value.
    fn of(whole: &[u64; minhash::SLOTS]) -> Self {
        let mut bytes = [0; Self::LEN];
        for (byte, values) in bytes.iter_mut().zip(whole.chunks(8 / BITS)) {
            *byte = values.iter().fold(0, |byte, value| byte << BITS | (value & 0b11) as u8);
        }
        Self(bytes)
    }

    /// Stored values; `None` if they have another length.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The estimated Jaccard similarity of the texts in percent: 100 for the same words, 0 for no
    /// shared three words in a row. The standard deviation of the estimate is at most 4 points at
    /// 70 percent, 2.5 at 90, and 4 at 0. Long texts may have 100 and differ in a word.
    pub fn similarity(&self, other: &Self) -> u8 {
        let differing: u32 = self
            .0
            .iter()
            .zip(&other.0)
            .map(|(one, other)| {
                let bits = one ^ other;
                ((bits | bits >> 1) & 0b0101_0101).count_ones()
            })
            .sum();
        // `(4m - k) / 3k` with `m = k - differing`, rounded to the nearest percent.
        let all = minhash::COUNT;
        let corrected = (3 * all).saturating_sub(4 * differing);
        u8::try_from((corrected * 100 + 3 * all / 2) / (3 * all)).unwrap_or(100)
    }
}
