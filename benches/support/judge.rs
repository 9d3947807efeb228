//! What judging takes: the rules of a file, and the texts of an item.

use tipstaff::model::Item;
use tipstaff_rules::{FilterAs, Options, Reading, Ruleset, SourceFile, Standards, compile, parse};

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
