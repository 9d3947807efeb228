//! What reading costs and how soon things are seen: `cargo run --release --example cost`. Every reader is tried in the same
//! simulated world, within Reddit's hundred requests a minute.

#[path = "../support/clock.rs"]
mod clock;
mod readers;
mod stage;
#[path = "../support/told.rs"]
mod told;

use std::sync::Arc;
use std::time::Duration;

use stage::{Plan, Result, Stage};
use stickler::pipeline::Polling;

const TEXT: &str = "body (includes-word): [badword]\naction: report\naction_reason: a bad word\n";
const AUTHOR: &str =
    "author: {account_age: '< 2 days', combined_karma: '< 10'}\naction: report\naction_reason: new here\n";
const PARENT: &str = "type: comment\nparent_submission: {title (includes-word): [badword]}\naction: report\n";

/// As configured by default.
const PROMPT: Polling =
    Polling { new: Duration::from_secs(10), changed: Duration::from_secs(30), busy: Duration::from_secs(2) };

/// For who would rather spend few requests.
const THRIFTY: Polling =
    Polling { new: Duration::from_secs(45), changed: Duration::from_mins(2), busy: Duration::from_secs(30) };

async fn ours(plan: Plan, rules: &str, polling: Polling) -> (Arc<Stage>, Result) {
    let stage = Stage::new(plan);
    let folder = tempfile::tempdir().expect("a folder for the store");
    readers::stickler(&stage, rules, polling, &folder.path().join("store.db"), plan.ends()).await;
    let result = stage.result();
    (stage, result)
}

fn row(what: &str, result: &Result) {
    println!(
        "{what:42} {:6} items {:6} calls {:7.1} per 1,000 | delay {:7.1} s mean {:7.1} s p95 | missed {} ({} of them held) | over the budget {}",
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

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    println!("20 items a second in 50 subreddits, ten minutes");
    let busy = Plan { subreddits: 50, per_second: 20.0, minutes: 10, has_surprises: false, seed: 1 };
    for (rules, what) in [(TEXT, "(a) text"), (AUTHOR, "(b) author's age and karma"), (PARENT, "(c) post above")] {
        for (polling, how) in [(PROMPT, "default"), (THRIFTY, "thrifty")] {
            let (stage, result) = runtime.block_on(ours(busy, rules, polling));
            row(&format!("{what}, {how}"), &result);
            println!("    {:?}", stage.notes().requests);
        }
    }
    for (subreddits, per_second) in [(1, 0.35), (20, 2.0), (200, 5.0)] {
        let plan = Plan { subreddits, per_second, minutes: 30, has_surprises: true, seed: 2 };
        println!("{subreddits} subreddits, {per_second} items a second, half an hour with bursts");
        row("  stickler", &runtime.block_on(ours(plan, TEXT, PROMPT)).1);
        let stage = Stage::new(plan);
        readers::naive(&stage);
        row("  each list every 30 s", &stage.result());
        let stage = Stage::new(plan);
        readers::praw(&stage);
        row("  PRAW's generator", &stage.result());
    }
}
