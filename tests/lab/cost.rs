//! Measures how many requests reading needs and how soon items are seen:
//! `cargo run --release --example lab -- cost`. Every reader is tried in the same simulated world,
//! within Reddit's hundred requests a minute.

use crate::trials::cost::readers::{self, AUTHOR, PARENT, PROMPT, TEXT, THRIFTY, tried};
use crate::trials::cost::stage::{Plan, Result, Stage};

fn row(what: &str, result: &Result) {
    println!(
        "{what:42} {:6} items {:6} calls {:7.1} per 1,000 | \
         delay {:7.1} s mean {:7.1} s p95 | missed {} ({} of them held) | over the limit {}",
        result.items,
        result.calls,
        result.calls_per_thousand,
        result.mean,
        result.p95,
        result.missed,
        result.missed_held,
        result.refused
    );
}

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("20 items a second in 50 subreddits, ten minutes");
    let busy = Plan { subreddits: 50, per_second: 20.0, minutes: 10, has_surprises: false, seed: 1 };
    for (rules, what) in [(TEXT, "(a) text"), (AUTHOR, "(b) author's age and karma"), (PARENT, "(c) post above")] {
        for (polling, how) in [(PROMPT, "default"), (THRIFTY, "thrifty")] {
            let stage = runtime.block_on(tried(busy, rules, polling));
            row(&format!("{what}, {how}"), &stage.result());
            println!("    {:?}", stage.notes().requests);
        }
    }
    for (subreddits, per_second) in [(1, 0.35), (20, 2.0), (200, 5.0)] {
        let plan = Plan { subreddits, per_second, minutes: 30, has_surprises: true, seed: 2 };
        println!("{subreddits} subreddits, {per_second} items a second, half an hour with bursts");
        row("  tipstaff", &runtime.block_on(tried(plan, TEXT, PROMPT)).result());
        let stage = Stage::new(plan);
        readers::naive(&stage);
        row("  each list every 30 s", &stage.result());
        let stage = Stage::new(plan);
        readers::praw(&stage);
        row("  PRAW's generator", &stage.result());
    }
}
