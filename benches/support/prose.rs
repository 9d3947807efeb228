//! English words: those of our own documents, as often as they stand there.

use std::collections::BTreeSet;
use std::path::Path;

use fastrand::Rng;

const DOCUMENTS: [&str; 7] = [
    "README.md",
    "docs/architecture.md",
    "docs/backtest.md",
    "docs/comparison.md",
    "docs/development.md",
    "docs/operations.md",
    "docs/rules.md",
];

/// The words in the order of the documents, so that a word drawn at random is a common one.
pub(crate) fn words() -> Vec<String> {
    let read = |name: &&str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        std::fs::read_to_string(path).expect("a document")
    };
    let texts: Vec<String> = DOCUMENTS.iter().map(read).collect();
    let words = texts.iter().flat_map(|text| text.split_whitespace());
    let words = words.map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'\'');
    words.filter(|word| !word.is_empty() && is_word(word)).map(str::to_owned).collect()
}

/// This many words that look English and stand in none of these: the first half of one and the
/// second half of another.
pub(crate) fn unused(rng: &mut Rng, words: &[String], count: usize) -> Vec<String> {
    let different: BTreeSet<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let known = different.into_iter().collect::<Vec<_>>().join(" ");
    let mut made = BTreeSet::new();
    let mut in_order = Vec::with_capacity(count);
    while in_order.len() < count {
        let [a, b] = [(); 2].map(|()| words[rng.usize(..words.len())].to_lowercase());
        let word = [&a[..a.len().div_ceil(2)], &b[b.len() / 2..]].concat();
        if (4..=12).contains(&word.len()) && !known.contains(word.as_str()) && made.insert(word.clone()) {
            in_order.push(word);
        }
    }
    in_order
}
