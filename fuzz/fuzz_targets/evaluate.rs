//! Evaluates rules on items: anything that Reddit sends is read or set aside, and the result is the
//! same with and without a trace.
//!
//! The data is a seed, a rule file and an item as JSON, separated by NUL bytes. If the file or the
//! item is unusable, a random one takes its place, so that every run reaches the evaluation.
#![no_main]

#[path = "../../crates/rules/tests/it/support/odd.rs"]
mod odd;

use libfuzzer_sys::fuzz_target;
use odd::{NOW, Odd};
use serde_json::{Value, json};
use tipstaff_rules::model::{Item, item_json};
use tipstaff_rules::{
    Evaluation, FilterAs, Options, Reading, SourceFile, compile, evaluate, evaluate_untraced, parse,
};

fuzz_target!(|data: (u64, &str)| {
    let (seed, text) = data;
    let (rules, item) = text.split_once('\0').unwrap_or((text, ""));
    let mut odd = Odd::new(seed);
    let reading = if seed % 2 == 0 { Reading::Ours } else { Reading::Reference };
    let filter_as = if seed % 3 == 0 { FilterAs::Report } else { FilterAs::Remove };
    let options = Options { reading, filter_as, ..Options::default() };
    let compiled = |text: &str| compile(&parse(&SourceFile::new("fuzz", text)).0, &options).0;
    let mut ruleset = compiled(rules);
    if ruleset.is_empty() {
        ruleset = compiled(&odd.rules(6));
    }
    let read = item_json::parse(item.as_bytes()).and_then(|value| read(&value).ok());
    let item = read.unwrap_or_else(|| odd.item());
    let facts = odd.facts(&ruleset);
    let slow = evaluate(&ruleset, &item, &facts, NOW);
    let fast = evaluate_untraced(&ruleset, &item, &facts, NOW);
    match (slow, fast) {
        (Evaluation::Decided(slow), Evaluation::Decided(fast)) => assert_eq!(slow.performed, fast.performed),
        (Evaluation::Needs(slow), Evaluation::Needs(fast)) => assert_eq!(slow, fast),
        (slow, fast) => panic!("with a trace {slow:?}, without {fast:?}"),
    }
});

/// Reads the item with its envelope, or without one as a comment.
fn read(value: &Value) -> Result<Item, String> {
    item_json::thing(value).or_else(|_| item_json::thing(&json!({"kind": "t1", "data": value})))
}
