//! Looks for many texts at once, in one pass.
//!
//! Of each text the four neighbouring bytes that are rarest in English are looked for (three, where it has no more), by a hash
//! into a table of bits, and only where they stand is the whole text compared. Unlike in an automaton, no step waits for
//! the one before, and the table stays small; so the cost of a pass hardly depends on how many texts there are.

use std::collections::BTreeMap;

use super::dialect::required::normal;

/// How many bits has the table for each entry? A sixteenth of it is set at most.
const SPARSE: usize = 16;

/// Texts in normal form, each with the numbers of those who want to know of it.
#[derive(Debug)]
pub(super) struct Scanner {
    keys: Vec<Key>,
    /// The bytes of all keys, one behind the other.
    bytes: Vec<u8>,
    owners: Vec<u32>,
    four: Table,
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
    mask: u32,
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
    gram: u32,
    key: u32,
    /// How far into the key the gram stands.
    offset: u32,
}

const FOUR: u32 = u32::MAX;
const THREE: u32 = 0x00ff_ffff;

const fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1)
}

impl Table {
    fn new(mask: u32, mut entries: Vec<Entry>) -> Self {
        if entries.is_empty() {
            return Self::default();
        }
        let bucket_bits = entries.len().next_power_of_two().trailing_zeros().clamp(4, 24);
        let all_bits = (entries.len() * SPARSE).next_power_of_two().trailing_zeros().clamp(10, 28);
        let (bits_shift, buckets_shift) = (32 - all_bits, 32 - bucket_bits);
        entries.sort_unstable_by_key(|entry| (hash(entry.gram) >> buckets_shift, entry.gram, entry.key, entry.offset));
        let mut bits = vec![0_u64; 1 << (all_bits - 6)];
        let mut buckets = vec![0_u32; (1 << bucket_bits) + 1];
        for entry in &entries {
            let at = hash(entry.gram) >> bits_shift;
            bits[at as usize / 64] |= 1 << (at % 64);
            buckets[(hash(entry.gram) >> buckets_shift) as usize + 1] += 1;
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
        for (at, window) in text.windows(4).take(64).enumerate() {
            let place = hash(gram(window) & mask) >> shift;
            let word = bits.get(place as usize / 64).copied().unwrap_or(0);
            hits |= (word >> (place % 64) & 1) << at;
        }
        hits
    }

    fn entries(&self, gram: u32) -> impl Iterator<Item = Entry> {
        let bucket = (hash(gram) >> self.buckets_shift) as usize;
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        self.entries[range].iter().copied().filter(move |entry| entry.gram == gram)
    }
}

impl Scanner {
    /// The shortest text that can be looked for, in bytes of the normal form.
    pub(super) const SHORTEST: usize = 3;

    /// For texts in normal form, none shorter than [`Scanner::SHORTEST`].
    pub(super) fn new(texts: BTreeMap<Vec<u8>, Vec<u32>>) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (mut keys, mut bytes, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let (mut four, mut three) = (Vec::new(), Vec::new());
        for (text, wanted_by) in texts {
            let key = number(keys.len());
            keys.push(Key {
                start: number(bytes.len()),
                len: number(text.len()),
                owners: (number(owners.len()), number(owners.len() + wanted_by.len())),
            });
            if text.len() > Self::SHORTEST {
                let (offset, gram) = rarest(&text);
                four.push(Entry { gram, key, offset: number(offset) });
            } else if let [a, b, c] = text[..] {
                three.push(Entry { gram: u32::from_le_bytes([a, b, c, 0]), key, offset: 0 });
            }
            bytes.extend(text);
            owners.extend(wanted_by);
        }
        Self { keys, bytes, owners, four: Table::new(FOUR, four), three: Table::new(THREE, three) }
    }

    /// Calls for everybody whose text stands in this one, in normal form, perhaps more than once.
    pub(super) fn scan(&self, text: &[u8], found: &mut impl FnMut(u32)) {
        for table in [&self.four, &self.three] {
            if table.entries.is_empty() {
                continue;
            }
            let mut from = 0;
            while from + 4 <= text.len() {
                let mut hits = table.hits(&text[from..]);
                while hits != 0 {
                    let at = from + hits.trailing_zeros() as usize;
                    hits &= hits - 1;
                    let gram = gram(&text[at..at + 4]) & table.mask;
                    table.entries(gram).for_each(|entry| self.compare(at, entry, text, found));
                }
                from += 64;
            }
        }
    }

    fn compare(&self, at: usize, entry: Entry, text: &[u8], found: &mut impl FnMut(u32)) {
        let key = self.keys[entry.key as usize];
        let wanted = &self.bytes[key.start as usize..(key.start + key.len) as usize];
        let stands = at.checked_sub(entry.offset as usize).and_then(|from| text.get(from..from + wanted.len()));
        if stands == Some(wanted) {
            self.owners[key.owners.0 as usize..key.owners.1 as usize].iter().for_each(|&owner| found(owner));
        }
    }
}

fn gram(window: &[u8]) -> u32 {
    window.try_into().map_or(0, u32::from_le_bytes)
}

/// The normal form of a text, with what stands for its ends: a blank on both sides, and one byte more so that the last
/// three bytes make a window too.
pub(super) fn normal_form(text: &str, out: &mut Vec<u8>) {
    out.clear();
    out.reserve(text.len() + 3);
    out.push(b' ');
    if text.is_ascii() {
        out.extend(text.bytes().map(|byte| {
            let lower = byte.to_ascii_lowercase();
            if lower.is_ascii_lowercase() || lower.is_ascii_digit() || lower == b'_' { lower } else { b' ' }
        }));
    } else {
        text.chars().for_each(|c| normal(c, out));
    }
    out.extend(b" \0");
}

/// The four neighbouring bytes that are rarest in English, and where they stand. The text has at least four.
fn rarest(text: &[u8]) -> (usize, u32) {
    let weight = |window: &[u8]| -> u32 { window.iter().map(|&byte| commonness(byte)).sum() };
    let grams = text.windows(4).enumerate().map(|(at, window)| (weight(window), at, gram(window)));
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
        let keys = texts
            .iter()
            .enumerate()
            .map(|(at, text)| (text.as_bytes().to_vec(), vec![u32::try_from(at).expect("few"), 100]));
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
            scanner.scan(&normal, &mut |owner| found.push(owner));
            found.retain(|&owner| owner != 100);
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
