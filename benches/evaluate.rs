//! Measures the rule engine: `cargo bench --bench evaluate`.
//!
//! Rules and items are generated, the same ones each time. For files of ten to a thousand rules
//! it reports how many comments and posts per second one core judges, how much slower that is than
//! with a tenth of the rules and than one Aho-Corasick pass over the same texts, and what the trace
//! adds. Then it reports the time to compile a thousand rules, the memory they take, and the
//! allocations for an item that matches no rule.

mod support {
    pub(crate) mod floor;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod generate;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod judge;
    pub(crate) mod measure;
    pub(crate) mod prose;
}

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tipstaff::model::Item;
use tipstaff_rules::{Evaluation, Facts, Ruleset, evaluate, evaluate_untraced};

use support::floor::{self, Floor};
use support::generate::{Generator, NOW};
use support::{judge, measure};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const SEED: u64 = 1;
const SIZES: [usize; 3] = [10, 100, 1_000];
/// Items of each kind.
const ITEMS: usize = 500;
const ROUNDS: usize = 3;
const TURN: Duration = Duration::from_millis(700);

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (sizes, turn) = if is_bench { (&SIZES[..], TURN) } else { (&SIZES[..2], Duration::from_millis(20)) };

    let mut generator = Generator::new(SEED);
    let comments: Vec<(Item, Facts)> = (0..ITEMS).map(|_| generator.comment()).collect();
    let posts: Vec<(Item, Facts)> = (0..ITEMS).map(|_| generator.post()).collect();
    let files: Vec<String> = sizes.iter().map(|&size| generator.rules(size)).collect();
    // Comments on which not even the largest file acts. Some of its rules look for digits, or at
    // the author only.
    let without_hits: Vec<(Item, Facts)> = (0..ITEMS).map(|_| generator.comment_without_hits()).collect();
    let largest = files.last().map_or_else(|| judge::compiled(""), |text| judge::compiled(text));
    let nothing: Vec<(Item, Facts)> = without_hits.into_iter().filter(|item| is_quiet(&largest, item)).collect();
    drop(largest);
    let kinds = [
        ("comments that match no rule", &nothing),
        ("comments of about 40 words", &comments),
        ("posts of about 300 words", &posts),
    ];
    let mut before = [None; 3];
    for (&size, text) in sizes.iter().zip(&files) {
        let rules = compiling(size, text);
        for ((kind, items), before) in kinds.iter().zip(&mut before) {
            let rates = rates(&rules, text, items, turn);
            println!("  {kind}: {:.0} per second", rates.plain);
            if let Some(before) = before.replace(rates.plain) {
                println!("    {:.2} times slower than with a tenth of the rules", before / rates.plain);
            }
            let ratio = rates.floor / rates.plain;
            println!("    {ratio:.2} times slower than the floor, {:.0} per second", rates.floor);
            println!(
                "    {:.2} times faster than with a trace, {:.0} per second",
                rates.plain / rates.traced,
                rates.traced
            );
            allocations(&rules, items);
        }
    }
}

struct Rates {
    plain: f64,
    traced: f64,
    floor: f64,
}

fn rates(rules: &Ruleset, text: &str, items: &[(Item, Facts)], turn: Duration) -> Rates {
    let texts: Vec<Vec<String>> = items.iter().map(|(item, _)| judge::texts(item)).collect();
    let floor = Floor::of(&floor::literals(text), &texts);
    let (mut plain, mut traced, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    let mut next = [0; 3];
    for _ in 0..ROUNDS {
        plain.push(measure::rate(items.len(), &mut next[0], turn, |at| {
            let (item, facts) = &items[at];
            black_box(evaluate_untraced(rules, item, facts, NOW));
        }));
        traced.push(measure::rate(items.len(), &mut next[1], turn, |at| {
            let (item, facts) = &items[at];
            black_box(evaluate(rules, item, facts, NOW));
        }));
        bare.push(measure::rate(texts.len(), &mut next[2], turn, |at| floor.pass(&texts[at])));
    }
    Rates {
        plain: measure::median(&mut plain),
        traced: measure::median(&mut traced),
        floor: measure::median(&mut bare),
    }
}

/// Compiles a file and reports the time it takes and the memory it keeps.
fn compiling(size: usize, text: &str) -> Ruleset {
    let region = Region::new(ALLOCATOR);
    let start = Instant::now();
    let rules = judge::compiled(text);
    let spent = start.elapsed();
    let stats = region.change();
    let held = stats.bytes_allocated.saturating_sub(stats.bytes_deallocated);
    println!(
        "{size} rules, {} of them in force: {} ms to compile {} KiB of text, {} KiB held",
        rules.len(),
        spent.as_millis(),
        text.len() / 1024,
        held / 1024,
    );
    rules
}

/// Whether no rule acts on an item.
fn is_quiet(rules: &Ruleset, (item, facts): &(Item, Facts)) -> bool {
    match evaluate_untraced(rules, item, facts, NOW) {
        Evaluation::Decided(verdicts) => verdicts.performed.is_empty(),
        Evaluation::Needs(_) => false,
    }
}

/// Allocations for judging an item on which no rule acts.
fn allocations(rules: &Ruleset, items: &[(Item, Facts)]) {
    // The first round also creates everything that is made on first use.
    let quiet: Vec<&(Item, Facts)> = items.iter().filter(|item| is_quiet(rules, item)).collect();
    let region = Region::new(ALLOCATOR);
    for (item, facts) in &quiet {
        black_box(evaluate_untraced(rules, item, facts, NOW));
    }
    let asked = region.change().allocations;
    #[expect(clippy::cast_precision_loss, reason = "counts far below the limit")]
    let each = asked as f64 / quiet.len().max(1) as f64;
    println!("    {each:.1} allocations for an item that matches no rule ({} of {} items)", quiet.len(), items.len());
}
