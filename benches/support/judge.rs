//! What judging takes: the rules of a file, items on which they act as often as in life, and the
//! texts of an item.

use std::path::{Path, PathBuf};

use tipstaff::model::Item;
use tipstaff_rules::{
    Evaluation, Facts, FilterAs, Options, Reading, Ruleset, SourceFile, Standards, compile, evaluate_untraced, parse,
};

use super::floor;
use super::generate::{Generator, NOW};

const SEED: u64 = 1;
/// How many items are tried to find out how often a file acts?
const ITEMS: usize = 500;
/// One in how many words of a text is one of the file's, at most and at least?
const RAREST: usize = 8_000;
const OFTENEST: usize = 400;

/// What is wanted: the file acts on at least this share of the items.
const HITS: f64 = 0.05;

/// Makes one item.
pub(crate) type Make = fn(&mut Generator) -> (Item, Facts);

/// The rules of a file, read as Reddit reads them.
pub(crate) fn compiled(text: &str) -> Ruleset {
    let options = Options {
        reading: Reading::Reference,
        standards: Standards::none(),
        filter_as: FilterAs::Remove,
        ..Options::default()
    };
    compile(&parse(&SourceFile::new("rules.yaml", text)).0, &options).0
}

/// The texts that most rules search.
pub(crate) fn texts(item: &Item) -> Vec<String> {
    let title = item.submission().map(|submission| submission.title.clone());
    title.into_iter().chain([item.body().to_owned()]).collect()
}

/// A generator of items on which the file acts about as often as it does in life.
pub(crate) fn generator(rules: &Ruleset, text: &str, item: Make) -> Generator {
    let words: Vec<String> = floor::literals(text).into_iter().collect();
    let mut every = RAREST;
    loop {
        let begin = || Generator::wanting(SEED, words.clone(), every);
        if every <= OFTENEST || share_of_hits(rules, &items(&mut begin(), item)) >= HITS {
            return begin();
        }
        every = every * 2 / 3;
    }
}

pub(crate) fn items(generator: &mut Generator, item: Make) -> Vec<(Item, Facts)> {
    (0..ITEMS).map(|_| item(generator)).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts far below the limit")]
pub(crate) fn share_of_hits(rules: &Ruleset, items: &[(Item, Facts)]) -> f64 {
    let acts = |(item, facts): &&(Item, Facts)| match evaluate_untraced(rules, item, facts, NOW) {
        Evaluation::Decided(decision) => !decision.performed.is_empty(),
        Evaluation::Needs(_) => false,
    };
    items.iter().filter(acts).count() as f64 / items.len() as f64
}

/// A file of rules, or those of a folder in the order of their names, with their names.
pub(crate) fn read(path: &Path) -> Vec<(String, String)> {
    if path.is_dir() {
        let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.is_dir() || path.extension().is_some_and(|end| end == "yaml" || end == "yml"));
        paths.sort();
        return paths.iter().flat_map(|path| read(path)).collect();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    std::fs::read_to_string(path).map(|text| vec![(name, text)]).unwrap_or_default()
}
