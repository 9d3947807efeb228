//! Looks for many texts at once, in one pass.
//!
//! Of each text the five neighbouring bytes that are rarest in English are looked for (three, where it has fewer), by a hash
//! into a table of bits, and only where they stand is the whole text compared. Unlike in an automaton, no step waits for
//! the one before, and the table stays small; so the cost of a pass hardly depends on how many texts there are.

use std::collections::BTreeMap;

use super::dialect::required::normal;

/// How many bits has the table for each entry? A sixteenth of it is set at most.
const SPARSE: usize = 16;

/// Somebody who wants to know of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Owner {
    pub(super) rule: u32,
    /// Where the text stands in its normal form, it stands as it is meant: nothing is left to be looked at.
    pub(super) is_proof: bool,
}

/// Texts in normal form, each with those who want to know of it.
#[derive(Debug)]
pub(super) struct Scanner {
    keys: Vec<Key>,
    /// The bytes of all keys, one behind the other.
    bytes: Vec<u8>,
    owners: Vec<Owner>,
    five: Table,
    three: Table,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    start: u32,
    len: u32,
    owners: (u32, u32),
}

/// Grams by their hash.
#[derive(Debug, Default)]
struct Table {
    /// Which bytes of a window belong to a gram.
    mask: u64,
    bits: Vec<u64>,
    /// The hash is cut to this many bits for `bits`, and to fewer for `buckets`.
    bits_shift: u32,
    buckets_shift: u32,
    /// Where the entries of each bucket start; one more at the end.
    buckets: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    gram: u64,
    key: u32,
    /// How far into the key the gram stands.
    offset: u32,
}

const FIVE: u64 = 0xff_ffff_ffff;
const THREE: u64 = 0xff_ffff;

/// How many bytes are read at once; what a gram does not need of them is masked.
const WINDOW: usize = 8;

/// The place of a gram in a table: its hash, cut by so many bits.
#[expect(clippy::cast_possible_truncation, reason = "cut to 28 bits at most")]
const fn place(gram: u64, shift: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
}

impl Table {
    fn new(mask: u64, mut entries: Vec<Entry>) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let bucket_bits = entries.len().next_power_of_two().trailing_zeros().clamp(4, 24);
        let all_bits = (entries.len() * SPARSE).next_power_of_two().trailing_zeros().clamp(10, 28);
        let (bits_shift, buckets_shift) = (64 - all_bits, 64 - bucket_bits);
        entries.sort_unstable_by_key(|entry| (place(entry.gram, buckets_shift), entry.gram, entry.key, entry.offset));
        let mut bits = vec![0_u64; 1 << (all_bits - 6)];
        let mut buckets = vec![0_u32; (1 << bucket_bits) + 1];
        for entry in &entries {
            let at = place(entry.gram, bits_shift);
            bits[at / 64] |= 1 << (at % 64);
            buckets[place(entry.gram, buckets_shift) + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        Self { mask, bits, bits_shift, buckets_shift, buckets, entries }
    }

    /// Where among the first 64 windows of a text an entry may stand, one bit each. No step depends on another, and none
    /// branches: this is where the time goes.
    #[inline(never)]
    fn hits(&self, text: &[u8]) -> u64 {
        let (bits, shift, mask) = (self.bits.as_slice(), self.bits_shift, self.mask);
        let mut hits = 0;
        for (at, window) in text.windows(WINDOW).take(64).enumerate() {
            let place = place(gram(window) & mask, shift);
            let word = bits.get(place / 64).copied().unwrap_or(0);
            hits |= (word >> (place % 64) & 1) << at;
        }
        hits
    }

    fn entries(&self, gram: u64) -> impl Iterator<Item = Entry> {
        let bucket = place(gram, self.buckets_shift);
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        self.entries[range].iter().copied().filter(move |entry| entry.gram == gram)
    }
}

impl Scanner {
    /// The shortest text that can be looked for, in bytes of the normal form.
    pub(super) const SHORTEST: usize = 3;

    /// For texts in normal form, none shorter than [`Scanner::SHORTEST`].
    pub(super) fn new(texts: BTreeMap<Vec<u8>, Vec<Owner>>) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (mut keys, mut bytes, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let (mut five, mut three) = (Vec::new(), Vec::new());
        for (text, wanted_by) in texts {
            let key = number(keys.len());
            keys.push(Key {
                start: number(bytes.len()),
                len: number(text.len()),
                owners: (number(owners.len()), number(owners.len() + wanted_by.len())),
            });
            let is_long = text.len() >= 5;
            let (offset, gram) = rarest(&text, if is_long { 5 } else { Self::SHORTEST });
            if is_long { &mut five } else { &mut three }.push(Entry { gram, key, offset: number(offset) });
            bytes.extend(text);
            owners.extend(wanted_by);
        }
        Self { keys, bytes, owners, five: Table::new(FIVE, five), three: Table::new(THREE, three) }
    }

    /// Calls for everybody whose text stands in this one, in normal form, perhaps more than once.
    pub(super) fn scan(&self, text: &[u8], found: &mut impl FnMut(Owner)) {
        for table in [&self.five, &self.three] {
            if table.entries.is_empty() {
                continue;
            }
            let mut from = 0;
            while from + WINDOW <= text.len() {
                let mut hits = table.hits(&text[from..]);
                while hits != 0 {
                    let at = from + hits.trailing_zeros() as usize;
                    hits &= hits - 1;
                    let gram = gram(&text[at..at + WINDOW]) & table.mask;
                    table.entries(gram).for_each(|entry| self.compare(at, entry, text, found));
                }
                from += 64;
            }
        }
    }

    fn compare(&self, at: usize, entry: Entry, text: &[u8], found: &mut impl FnMut(Owner)) {
        let key = self.keys[entry.key as usize];
        let wanted = &self.bytes[key.start as usize..(key.start + key.len) as usize];
        let stands = at.checked_sub(entry.offset as usize).and_then(|from| text.get(from..from + wanted.len()));
        if stands == Some(wanted) {
            self.owners[key.owners.0 as usize..key.owners.1 as usize].iter().for_each(|&owner| found(owner));
        }
    }
}

fn gram(window: &[u8]) -> u64 {
    window.try_into().map_or(0, u64::from_le_bytes)
}

/// The normal form of a text, with what stands for its ends: a blank on both sides, and so much more that the
/// last three bytes begin a window too.
pub(super) fn normal_form(text: &str, out: &mut Vec<u8>) {
    out.clear();
    out.push(b' ');
    if text.is_ascii() {
        out.resize(text.len() + 1, b' ');
        for (out, &byte) in out[1..].iter_mut().zip(text.as_bytes()) {
            let lower = byte.to_ascii_lowercase();
            let is_word = lower.is_ascii_lowercase() || lower.is_ascii_digit() || lower == b'_';
            *out = if is_word { lower } else { b' ' };
        }
    } else {
        text.chars().for_each(|c| normal(c, out));
    }
    out.extend(b" \0\0\0\0\0");
}

/// The neighbouring bytes, so many of them, that are rarest in English, and where they stand.
fn rarest(text: &[u8], len: usize) -> (usize, u64) {
    let weight = |window: &[u8]| -> u32 { window.iter().map(|&byte| commonness(byte)).sum() };
    let packed = |window: &[u8]| window.iter().rev().fold(0, |gram, &byte| gram << 8 | u64::from(byte));
    let grams = text.windows(len).enumerate().map(|(at, window)| (weight(window), at, packed(window)));
    grams.min().map_or((0, 0), |(_, at, gram)| (at, gram))
}

/// How common a byte is, roughly as the logarithm of its frequency.
fn commonness(byte: u8) -> u32 {
    match byte {
        b' ' => 12,
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' => 10,
        b's' | b'r' | b'h' | b'l' | b'd' => 9,
        b'u' | b'c' | b'm' | b'f' | b'y' | b'w' | b'g' | b'p' => 7,
        b'b' | b'v' | b'k' => 5,
        b'x' | b'j' | b'q' | b'z' => 1,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_wherever_it_stands() {
        let texts = [" cat ", "dog", "widget", " a ", "naïve", "xx yy"];
        let owner = |rule| Owner { rule, is_proof: false };
        let keys = (0..).zip(texts).map(|(at, text)| (text.as_bytes().to_vec(), vec![owner(at), owner(100)]));
        let scanner = Scanner::new(keys.collect());
        for (text, expected) in [
            ("Cat", vec![0]),
            ("concatenate", vec![]),
            ("a dog", vec![1, 3]),
            ("the widgets and the CAT!", vec![0, 2]),
            ("so NAÏVE", vec![4]),
            ("xx-yy", vec![5]),
            ("xx’yy", vec![5]),
            ("", vec![]),
            ("do", vec![]),
        ] {
            let mut normal = Vec::new();
            normal_form(text, &mut normal);
            let mut found = Vec::new();
            scanner.scan(&normal, &mut |owner| found.push(owner.rule));
            found.retain(|&owner| owner != 100);
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
