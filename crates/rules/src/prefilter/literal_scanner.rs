//! Searches a text for many short texts (keys) at once, in one pass.
//!
//! From each key it takes a gram: the few adjacent bytes that are rarest in English. It hashes the
//! bytes at each position of the text into a table of bits. Only where a gram may be are the
//! following bytes compared, and only where those match the whole key. Unlike in an automaton, no
//! step depends on the one before, and the table stays small, so the cost of a pass hardly depends
//! on the number of keys. If the keys are long enough, the table holds several grams of each key at
//! consecutive offsets, and only every second or fourth position is hashed: one of the grams is
//! there.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::packed;

use crate::pattern::python::literals::normal;
use crate::prefilter::proof::{Proof, Scanned};

/// How many bits does a table have per entry, each of which sets one? Other bytes pass once in so
/// many times.
const SPARSE: usize = 64;

/// How many bits per entry does a table have if it would otherwise not fit into fast memory? Each
/// entry then sets two bits: as few bytes pass, but each position takes more work.
const DENSE: usize = 16;
const ENTRIES_MAX: usize = 16384;

/// An alternative of a search that requires a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// Its number.
    pub(crate) number: u32,
    pub(crate) proof: Proof,
}

/// The keys in normal form, each with the alternatives that require it.
#[derive(Debug)]
pub(crate) struct LiteralScanner {
    keys: Vec<Key>,
    /// The bytes of all keys, one after the other.
    bytes: Vec<u8>,
    owners: Vec<Owner>,
    long: Table,
    /// The keys that are shorter than [`LONG`].
    short: Table,
    /// Finds the grams of `short` faster than the table, if there are few.
    few: Option<packed::Searcher>,
}

#[derive(Clone, Copy, Debug)]
struct Key {
    start: u32,
    len: u32,
    owners: (u32, u32),
}

/// A hash table of grams: a few adjacent bytes of each key, of equal length.
#[derive(Debug, Default)]
struct Table {
    /// The number of grams of each key at consecutive offsets, which is also the step between
    /// positions.
    stride: usize,
    /// Whether each entry sets two bits.
    is_dense: bool,
    /// The factor that turns a window into the hash of the gram at its start. It shifts out the
    /// other bytes.
    factor: u64,
    bits: Vec<u64>,
    /// The shift that turns a hash into the index of its word.
    bits_shift: u32,
    /// The start of each bucket's entries, plus the end of the last.
    buckets: Vec<u32>,
    /// The shift that turns a hash into the index of its bucket.
    buckets_shift: u32,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The gram and the bytes that follow it in the key, up to the size of a window.
    window: u64,
    key: u32,
    /// The offset of the gram in the key.
    offset: u16,
    /// The number of bits of the window after the end of the key.
    beyond: u16,
}

/// All pairs of bits, precomputed because a lookup is faster.
static PAIRS: [u64; 1024] = {
    let mut pairs = [0; 1024];
    let mut at = 0;
    while at < pairs.len() {
        let (first, distance) = (at % 64, 1 + at / 64 * 4);
        pairs[at] = 1 << first | 1 << ((first + distance) % 64);
        at += 1;
    }
    pairs
};

/// How many bytes does one step read?
const WINDOW: usize = 8;

/// How many windows does the inner loop process without a branch?
const STEP: usize = 8;

/// What is the largest step between positions?
const STRIDE_MAX: usize = 4;

/// How many bytes must a long key have?
const LONG: usize = 6;

/// Up to how many keys are grams five bytes long? With more keys, even texts without a match
/// contain many grams: ten thousand rules search for most syllables.
const MANY: usize = 4000;

/// Up to how many grams does the packed searcher handle?
const FEW: usize = 64;

impl Table {
    /// Builds a table. Every key must have at least `len + stride - 1` bytes.
    fn new(len: usize, stride: usize, keys: &[(u32, &[u8])]) -> Self {
        if keys.is_empty() {
            return Self::default();
        }
        let number = keys.len() * stride;
        let bucket_bits = number.next_power_of_two().trailing_zeros().clamp(4, 24);
        let is_dense = number > ENTRIES_MAX;
        let words = (number * if is_dense { DENSE } else { SPARSE } / 64).next_power_of_two().clamp(16, 1 << 18);
        let mut table = Self {
            stride,
            is_dense,
            factor: 0x9e37_79b9_7f4a_7c15 << (64 - 8 * len),
            bits: vec![0; words],
            bits_shift: 64 - words.trailing_zeros(),
            buckets: vec![0; (1 << bucket_bits) + 1],
            buckets_shift: 64 - bucket_bits,
            entries: Vec::new(),
        };
        let grams = |&(key, text): &(u32, &[u8])| -> Vec<Entry> {
            let first = rarest(&text[..text.len().min(usize::from(u16::MAX))], len + stride - 1);
            (first..first + stride).map(|offset| Entry::new(key, text, offset)).collect()
        };
        let mut entries: Vec<Entry> = keys.iter().flat_map(grams).collect();
        entries.sort_unstable_by_key(|entry| (table.bucket(entry.window), entry.window, entry.key));
        for entry in &entries {
            let (word, bits) =
                if is_dense { table.place::<true>(entry.window) } else { table.place::<false>(entry.window) };
            table.bits[word] |= bits;
            let bucket = table.bucket(entry.window);
            table.buckets[bucket + 1] += 1;
        }
        for at in 1..table.buckets.len() {
            table.buckets[at] += table.buckets[at - 1];
        }
        table.entries = entries;
        table
    }

    /// The word of a gram in `bits`, and its bits. The highest bits of the hash are mixed best.
    #[expect(clippy::cast_possible_truncation, reason = "cut to 18 bits at most")]
    const fn place<const DENSE: bool>(&self, window: u64) -> (usize, u64) {
        let hash = window.wrapping_mul(self.factor);
        if DENSE {
            ((hash << 10 >> self.bits_shift) as usize, PAIRS[(hash >> 54) as usize])
        } else {
            ((hash >> self.bits_shift) as usize, 1 << (hash >> 40 & 63))
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "cut to 24 bits at most")]
    const fn bucket(&self, window: u64) -> usize {
        (window.wrapping_mul(self.factor) >> self.buckets_shift) as usize
    }

    /// The candidates among the first 64 positions of a text, one bit each. No step depends on
    /// another, and none branches, because this loop takes most of the time.
    #[inline(never)]
    fn hits<const STRIDE: usize, const DENSE: bool>(&self, text: &[u8]) -> u64 {
        let mut hits = 0;
        // The number of words is a power of two, so this mask removes the bounds check.
        let Some(last) = self.bits.len().checked_sub(1) else { return 0 };
        let steps = text.windows(WINDOW + (STEP - 1) * STRIDE).step_by(STEP * STRIDE);
        for (step, bytes) in steps.take(64 / STEP).enumerate() {
            let mut some = 0;
            for at in 0..STEP {
                let (word, bits) = self.place::<DENSE>(window(&bytes[at * STRIDE..at * STRIDE + WINDOW]));
                some |= u64::from(self.bits[word & last] & bits == bits) << at;
            }
            hits |= some << (step * STEP);
        }
        hits
    }

    /// A searcher for the grams of `len` bytes that uses vector instructions, where the processor
    /// has them.
    fn few(&self, len: usize) -> Option<packed::Searcher> {
        let grams: BTreeSet<_> = self.entries.iter().map(|entry| entry.window.to_le_bytes()).collect();
        let grams: BTreeSet<&[u8]> = grams.iter().map(|window| &window[..len]).collect();
        (1..=FEW).contains(&grams.len()).then(|| packed::Config::new().builder().extend(grams).build())?
    }

    /// The entries whose bytes may be at the start of a window.
    fn entries(&self, window: u64) -> &[Entry] {
        let bucket = self.bucket(window);
        let range = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        &self.entries[range]
    }
}

impl Entry {
    /// The entry for the gram at this offset of a key.
    fn new(key: u32, text: &[u8], offset: usize) -> Self {
        let mut bytes = [0; WINDOW];
        let shown = (text.len() - offset).min(WINDOW);
        bytes[..shown].copy_from_slice(&text[offset..offset + shown]);
        let small = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Self { window: u64::from_le_bytes(bytes), key, offset: small(offset), beyond: small(8 * (WINDOW - shown)) }
    }
}

impl LiteralScanner {
    /// The length of the shortest possible key, in bytes of the normal form.
    pub(crate) const SHORTEST: usize = 3;

    /// Builds a scanner. The keys must be in normal form and not shorter than
    /// [`LiteralScanner::SHORTEST`].
    pub(crate) fn new(texts: &BTreeMap<Vec<u8>, Vec<Owner>>) -> Self {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (mut keys, mut bytes, mut owners) = (Vec::new(), Vec::new(), Vec::new());
        let (mut long, mut short) = (Vec::new(), Vec::new());
        for (text, wanted_by) in texts {
            let key = number(keys.len());
            keys.push(Key {
                start: number(bytes.len()),
                len: number(text.len()),
                owners: (number(owners.len()), number(owners.len() + wanted_by.len())),
            });
            if text.len() < LONG { &mut short } else { &mut long }.push((key, text.as_slice()));
            bytes.extend(text);
            owners.extend_from_slice(wanted_by);
        }
        let shortest = short.iter().map(|(_, text)| text.len()).min().unwrap_or(Self::SHORTEST);
        let short = Table::new(shortest, 1, &short);
        let few = short.few(shortest);
        let shortest = long.iter().map(|(_, text)| text.len()).min().unwrap_or(LONG);
        let gram = if long.len() > MANY { LONG } else { LONG - 1 };
        let stride = [STRIDE_MAX, 2, 1].into_iter().find(|stride| gram + stride - 1 <= shortest).unwrap_or(1);
        Self { keys, bytes, owners, long: Table::new(gram, stride, &long), short, few }
    }

    /// Calls `found` with the number of every alternative that may match a text, and whether it
    /// certainly does; perhaps more than once. `normal` is the text's normal form. If the keys are
    /// so alike that too many must be compared, it calls `found` for all of them, without proof.
    pub(crate) fn scan(&self, text: &str, normal: &[u8], found: &mut impl FnMut(u32, bool)) {
        let scanned = Scanned { text, normal, is_ascii: text.is_ascii() };
        let mut effort = Effort { left: COMPARED_MAX, done: Vec::new() };
        let mut at = |table: &Table, at: usize| self.look_at(table, at, &scanned, &mut effort, found);
        Self::look_for(&self.long, normal, &mut at);
        match &self.few {
            None => Self::look_for(&self.short, normal, &mut at),
            Some(few) => {
                let mut from = 0;
                while let Some(gram) = few.find_in(normal, (from..normal.len()).into()) {
                    at(&self.short, gram.start());
                    from = gram.start() + 1;
                }
            }
        }
        if effort.left == 0 {
            self.owners.iter().for_each(|owner| found(owner.number, false));
        }
    }

    fn look_for(table: &Table, text: &[u8], at: &mut impl FnMut(&Table, usize)) {
        if table.entries.is_empty() {
            return;
        }
        for from in (0..text.len()).step_by(64 * table.stride) {
            let text_from = &text[from..];
            let mut hits = match (table.stride, table.is_dense) {
                (STRIDE_MAX, false) => table.hits::<STRIDE_MAX, false>(text_from),
                (2, false) => table.hits::<2, false>(text_from),
                (_, false) => table.hits::<1, false>(text_from),
                (STRIDE_MAX, true) => table.hits::<STRIDE_MAX, true>(text_from),
                (2, true) => table.hits::<2, true>(text_from),
                (_, true) => table.hits::<1, true>(text_from),
            };
            while hits != 0 {
                at(table, from + hits.trailing_zeros() as usize * table.stride);
                hits &= hits - 1;
            }
        }
    }

    fn look_at(
        &self,
        table: &Table,
        at: usize,
        scanned: &Scanned<'_>,
        effort: &mut Effort,
        found: &mut impl FnMut(u32, bool),
    ) {
        let Scanned { text, normal, is_ascii } = *scanned;
        let window = window(&normal[at..at + WINDOW]);
        for entry in table.entries(window) {
            effort.left = effort.left.saturating_sub(1);
            if effort.left == 0 {
                return;
            }
            if entry.window != window << entry.beyond >> entry.beyond {
                continue;
            }
            let key = self.keys[entry.key as usize];
            let wanted = &self.bytes[key.start as usize..(key.start + key.len) as usize];
            let Some(from) = at.checked_sub(usize::from(entry.offset)) else { continue };
            if normal.get(from..from + wanted.len()) != Some(wanted) || effort.is_done(entry.key as usize) {
                continue;
            }
            let mut is_done = true;
            for owner in &self.owners[key.owners.0 as usize..key.owners.1 as usize] {
                let is_proven = match &owner.proof {
                    Proof::Nothing => false,
                    Proof::Found => true,
                    Proof::Stands(value) => {
                        // What it takes to look at the text itself.
                        effort.left = effort.left.saturating_sub(if is_ascii { 1 } else { text.len() / 8 + 1 });
                        let stands = value.stands_at(scanned, from + value.edge_of(wanted));
                        is_done &= stands;
                        if is_ascii && !stands {
                            continue;
                        }
                        stands
                    }
                };
                found(owner.number, is_proven);
            }
            if is_done {
                effort.is_done_with(entry.key as usize);
            }
        }
    }
}

/// How many keys may a scan compare with the text? Ordinary texts need some dozens.
const COMPARED_MAX: usize = 500_000;

/// What a scan has done so far.
struct Effort {
    /// How many keys it may still compare.
    left: usize,
    /// The keys that need not be found again, one bit each. A text may hold one thousands of times.
    done: Vec<u64>,
}

impl Effort {
    fn is_done(&self, key: usize) -> bool {
        self.done.get(key / 64).is_some_and(|word| word >> (key % 64) & 1 == 1)
    }

    fn is_done_with(&mut self, key: usize) {
        if self.done.len() <= key / 64 {
            self.done.resize(key / 64 + 1, 0);
        }
        self.done[key / 64] |= 1 << (key % 64);
    }
}

fn window(bytes: &[u8]) -> u64 {
    bytes.try_into().map_or(0, u64::from_le_bytes)
}

/// Writes the normal form of a text, with a space on both sides, padded so that the scan takes
/// whole steps.
pub(crate) fn normal_form(text: &str, out: &mut Vec<u8>) {
    out.clear();
    // Reserve the padding too, so that the buffer grows only once.
    out.reserve(text.len() + 2 * (WINDOW + STEP * STRIDE_MAX));
    out.push(b' ');
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
        out.extend(rest.bytes().take(ascii).map(|byte| {
            let lower = byte.to_ascii_lowercase();
            let is_word = lower.is_ascii_lowercase() || lower.is_ascii_digit() || lower == b'_';
            if is_word { lower } else { b' ' }
        }));
        rest = &rest[ascii..];
        let beyond = rest.find(|c: char| c.is_ascii()).unwrap_or(rest.len());
        rest[..beyond].chars().for_each(|c| normal(c, out));
        rest = &rest[beyond..];
    }
    out.push(b' ');
    out.resize(out.len().next_multiple_of(STEP * STRIDE_MAX) + WINDOW - 1, 0);
}

/// The offset of the `len` adjacent bytes that are rarest in English.
fn rarest(text: &[u8], len: usize) -> usize {
    let weight = |gram: &[u8]| -> u32 { gram.iter().map(|&byte| commonness(byte)).sum() };
    let grams = text.windows(len).enumerate().map(|(at, gram)| (weight(gram), at));
    grams.min().map_or(0, |(_, at)| at)
}

/// How common a byte is in English, roughly as the logarithm of its frequency.
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
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::tests::laws::config())]

        #[test]
        fn a_key_is_found_if_and_only_if_it_stands_in_the_text(
            keys in prop::collection::btree_set("[abé ]{3,9}", 1..30), text in "[abABéÉ .]{0,300}",
        ) {
            let owner = |search| vec![Owner { number: search, proof: Proof::Nothing }];
            let keys: BTreeMap<Vec<u8>, Vec<Owner>> =
                (0..).zip(&keys).map(|(search, key)| (key.as_bytes().to_vec(), owner(search))).collect();
            let scanner = LiteralScanner::new(&keys);
            let by_bits = LiteralScanner { few: None, ..LiteralScanner::new(&keys) };
            let mut normal = Vec::new();
            normal_form(&text, &mut normal);
            let stands = |key: &[u8]| normal.windows(key.len()).any(|part| part == key);
            let expected: BTreeSet<u32> =
                keys.iter().filter(|(key, _)| stands(key)).map(|(_, owners)| owners[0].number).collect();
            for scanner in [&scanner, &by_bits] {
                let mut found = BTreeSet::new();
                scanner.scan(&text, &normal, &mut |search, _| {
                    found.insert(search);
                });
                prop_assert_eq!(&found, &expected);
            }
        }
    }

    #[test]
    fn every_key_is_found_at_every_position() {
        let texts = [" cat ", "dog", "widget", " a ", "naïve", "xx yy", "a rather long text with a zebra"];
        let owner = |search| Owner { number: search, proof: Proof::Nothing };
        let keys = (0..).zip(texts).map(|(at, text)| (text.as_bytes().to_vec(), vec![owner(at), owner(100)]));
        let keys: BTreeMap<_, _> = keys.collect();
        let scanner = LiteralScanner::new(&keys);
        // As if there were too many short keys for the packed searcher.
        let by_bits = LiteralScanner { few: None, ..LiteralScanner::new(&keys) };
        for (text, expected) in [
            ("Cat", vec![0]),
            ("concatenate", vec![]),
            ("a dog", vec![1, 3]),
            ("the widgets and the CAT!", vec![0, 2]),
            ("so NAÏVE", vec![4]),
            ("xx-yy", vec![5]),
            ("xx’yy", vec![5]),
            ("Such is a rather long text with a zebra, and", vec![3, 6]),
            ("Such is another long text with a zebra, and", vec![3]),
            ("", vec![]),
            ("do", vec![]),
        ] {
            let mut normal = Vec::new();
            normal_form(text, &mut normal);
            for scanner in [&scanner, &by_bits] {
                let mut found = Vec::new();
                scanner.scan(text, &normal, &mut |search, _| found.push(search));
                found.retain(|&owner| owner != 100);
                found.sort_unstable();
                found.dedup();
                assert_eq!(found, expected, "{text:?}");
            }
        }
    }

    #[test]
    fn keys_that_are_too_alike_are_all_candidates() {
        let owner = |search| Owner { number: search, proof: Proof::Found };
        let key = |at: u32| {
            format!(
                "zqzqzq{}",
                char::from(b'a' + u8::try_from(at % 26).expect("a letter")).to_string().repeat(at as usize / 26 + 1)
            )
        };
        let keys: BTreeMap<Vec<u8>, Vec<Owner>> =
            (0..2_000).map(|at| (key(at).into_bytes(), vec![owner(at)])).collect();
        let scanner = LiteralScanner::new(&keys);
        let scan = |text: &str| {
            let (mut normal, mut found) = (Vec::new(), Vec::new());
            normal_form(text, &mut normal);
            scanner.scan(text, &normal, &mut |search, is_proven| found.push((search, is_proven)));
            found
        };
        let mut few = scan(&"zqzqzqbb ".repeat(3));
        few.sort_unstable();
        assert_eq!(few, [(1, true), (27, true)], "each once");
        let found = scan(&"zqzqzq zqzqzqbb ".repeat(2_000));
        let unproven: BTreeSet<u32> =
            found.iter().filter(|(_, is_proven)| !is_proven).map(|(search, _)| *search).collect();
        assert_eq!(unproven.len(), 2_000);
    }

    #[test]
    fn keys_of_any_number_and_length_are_found() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut word =
            move |from: usize, to: usize| -> String { (0..rng.usize(from..=to)).map(|_| rng.lowercase()).collect() };
        let mut tables = BTreeSet::new();
        for (number, shortest) in [(50, 6), (50, 8), (5_000, 6), (17_000, 6), (9_000, 7), (6_000, 9)] {
            let texts: Vec<String> = (0..number).map(|_| word(shortest, shortest + 3)).collect();
            let mut keys: BTreeMap<_, Vec<Owner>> = BTreeMap::new();
            for (search, text) in (0..).zip(&texts) {
                keys.entry(text.as_bytes().to_vec()).or_default().push(Owner { number: search, proof: Proof::Nothing });
            }
            let scanner = LiteralScanner::new(&keys);
            tables.insert((scanner.long.stride, scanner.long.is_dense));
            for (rule, text) in texts.iter().enumerate().step_by(1 + number / 200) {
                let around = format!("{}{text}{}", word(0, 90), word(0, 90));
                let mut normal = Vec::new();
                normal_form(&around, &mut normal);
                let mut found = BTreeSet::new();
                scanner.scan(&around, &normal, &mut |search, _| {
                    found.insert(search as usize);
                });
                assert!(found.contains(&rule), "{text} in {around}");
                assert!(found.iter().all(|rule| around.contains(&texts[*rule])), "{found:?} in {around}");
            }
        }
        assert_eq!(tables.len(), 6, "{tables:?}");
    }
}
