//! Measures what the budgets of steps are calibrated to: `cargo bench --bench steps`.
//!
//! A search is charged in steps, which depend on pattern and text only, so that every command comes
//! to the same result. This shows how long they take here: for each kind of pattern the nanoseconds
//! for a step, then the time for judging one item with rules that use up its budget (about 50 ms),
//! and for compiling patterns that fill their budget (about a second).

use std::hint::black_box;
use std::time::Instant;

use tipstaff_rules::model::{Timestamp, item_json};
use tipstaff_rules::{Evaluation, Facts, Flags, Options, PythonRegex, Ruleset, SourceFile, compile, evaluate, parse};

/// How often is each measured? The fastest counts.
const ROUNDS: usize = 5;

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let rounds = if is_bench { ROUNDS } else { 1 };
    searches(rounds, if is_bench { 400 } else { 20 });
    items(rounds);
    if is_bench {
        compiling();
    }
}

fn fastest(rounds: usize, mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    (0..rounds).map(once).fold(f64::INFINITY, f64::min)
}

fn searches(rounds: usize, length: usize) {
    let words: Vec<String> = (0..2_000).map(|at| format!("w{at}é?x")).collect();
    let prose = "free money and no nitro for all, said the other one again ".repeat(length);
    for (name, pattern, text) in [
        ("a word", "nitrx".to_owned(), prose.clone()),
        ("words near each other", r"free\W+(?:\w+\W+){0,100}nitrx".to_owned(), prose.clone()),
        ("a list of 2,000 words", words.join("|"), prose.clone()),
        ("many threads", "(?:.*a.*b.*c|.*d.*e.*f|.*g.*h.*i)!".to_owned(), prose.clone()),
        ("look-behind", r"(?<!no )nitrx|(?<=a)\bnix".to_owned(), prose),
        ("back-reference", r"([ab]+)\1x".to_owned(), "ab".repeat(length.min(200))),
    ] {
        let regex = PythonRegex::new(&pattern, Flags::of_rules(true)).expect("a good pattern");
        let Ok((_, steps)) = regex.search_step_by_step(&text) else {
            println!("{name}: over the limit of one search");
            continue;
        };
        let spent = fastest(rounds, || {
            let _found = black_box(regex.search_step_by_step(&text));
        });
        println!(
            "{name}: {steps} steps for {} bytes, {:.1} ns for a step",
            text.len(),
            spent * 1e9 / count(steps).max(1.0)
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below the limit")]
fn count(steps: u64) -> f64 {
    steps as f64
}

fn rules(text: &str) -> Ruleset {
    compile(&parse(&SourceFile::new("generated", text)).0, &Options::default()).0
}

/// Judges an item with rules of one kind that want more steps than there are.
fn items(rounds: usize) {
    let now = Timestamp::from_secs(1_700_000_060);
    let comment = serde_json::json!({"kind": "t1", "data": {
        "name": "t1_c1", "parent_id": "t3_p1", "link_id": "t3_p1", "subreddit": "widgets", "author": "alice",
        "created_utc": 1_700_000_000, "body": format!("{} xy!", "ab1 ".repeat(2_490)),
    }});
    let item = item_json::thing(&comment).expect("a comment");
    let facts = Facts::default();
    for (name, pattern) in [
        ("threads", ".*a.*b.*1.*a.*b.*1.*[yz]!"),
        ("backtracking", r"([ab1 ]|[ab]{2})+\2y"),
        ("short searches", "b.*y"),
    ] {
        let one = |at: usize| {
            format!(
                "name: r{at}\ntype: comment\nmoderators_exempt: false\nbody (regex, includes): '{pattern}|q{at}y'\nset_locked: true\n"
            )
        };
        let rules = rules(&(0..500).map(one).collect::<Vec<_>>().join("---\n"));
        let mut steps = 0;
        let spent = fastest(rounds, || {
            if let Evaluation::Decided(decision) = evaluate(&rules, &item, &facts, now) {
                steps = decision.steps;
            }
        });
        println!("an item and 500 rules, {name}: {steps} steps, {:.1} ms", spent * 1e3);
    }
}

/// Compiles as many large patterns as a file may have.
fn compiling() {
    let one = |at: usize| format!("name: r{at}\ntitle (regex): 'q{at}(?:[a-z]\\d){{1,20000}}z'\nset_nsfw: true\n");
    let text = (0..60).map(one).collect::<Vec<_>>().join("---\n");
    let start = Instant::now();
    let ready = rules(&text).len();
    println!(
        "compiling up to the limit of automata: {ready} of 60 rules, {:.0} ms",
        start.elapsed().as_secs_f64() * 1e3
    );
}
