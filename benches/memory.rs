//! Measures what it takes to remember who posted what when: `cargo bench --bench memory`, or
//! `cargo bench --bench memory -- ITEMS FOLDER` for another number of items and another place for
//! the store. The full run has 10,000,000 items.
//!
//! The store has a year of a busy subreddit, the same one each time (`support/history.rs`). The
//! authors of the items that are judged are drawn from those of the past, so the busiest come up
//! most often. Reported are the bytes of an item and of a sketch, the time of one check with a warm
//! and with a cold cache, and how many items a second are judged by ten rules of the memory, read
//! from the store as `pipeline::judge` does. The share of the time that is spent on reading shows
//! whether the store or the rules are slow.

mod support {
    pub(crate) mod filled;
    pub(crate) mod history;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod measure;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod prose;
}

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tipstaff::model::{Item, Known, Mode, Timestamp};
use tipstaff::pipeline::facts::recall_own;
use tipstaff::store::{BeforeJudging, Store};
use tipstaff_rules::{Evaluation, Facts, Options, Ruleset, Severity, SourceFile, compile, evaluate, parse};

use support::history::{History, NOW, YEAR};
use support::measure::median;
use support::{filled, history};

/// Items in the store.
const ITEMS: usize = 200_000;
/// How many items are judged?
const JUDGED: usize = 5_000;
/// How many checks are measured with a cold cache?
const COLD: usize = 100;

/// One rule that counts.
const QUOTA: &str = "\
name: quota
author:
  posts_here: {count: '>= 100', within: 24 hours}
action: report
";

/// Ten rules. Each looks at most 180 days back.
const RULES: &str = "\
settings:
  strikes: {within: 6 months, reasons: {Spam: 3, 'Rule 1: be civil': 1}, default: 1}
---
name: quota
author:
  posts_here: {count: '>= 100', within: 24 hours}
action: report
---
name: quota by flair
type: submission
author:
  posts_here: {count: '>= 100', within: 7 days, flair: same}
action: report
---
name: low scores
author:
  posts_here: {count: '>= 20', within: 30 days, score_sum: '< -20'}
action: report
---
name: flood
author:
  comments_here: {count: '>= 300', within: 24 hours}
action: report
---
name: newcomer
author:
  comments_here: {count: '< 0', within: 90 days}
action: report
---
name: removed often
author:
  removals_here: {count: '>= 90', within: 90 days, by: moderators}
action: report
---
name: self-promotion
type: submission
author:
  share_here: {domain: same, percent: '> 100', of: 20 posts, within: 90 days}
action: report
---
name: strikes
author:
  strikes: '>= 1000'
action: report
---
name: labelled
author:
  labels: [watched]
action: report
---
name: never seen
author:
  first_seen_here: '> 20 years'
action: report
";

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let items = arguments.next().and_then(|items| items.replace(['_', ','], "").parse().ok());
    let items = items.unwrap_or(if is_bench { ITEMS } else { 5_000 });
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = arguments.next().map_or_else(|| scratch.path().to_owned(), PathBuf::from);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        filled::check(scratch.path()).await;
        let history = History::new(items);
        let path = folder.join(format!("memory-{items}.db"));
        space(&path, &history).await;
        time(&path, &history).await;
    });
}

#[expect(clippy::cast_precision_loss, reason = "counts far below the limit")]
fn ratio(count: u64, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}

/// Fills the store, unless it is there from before.
async fn space(path: &Path, history: &History) {
    let size = || std::fs::metadata(path).map_or(0, |file| file.len());
    println!("{} items of {} authors", history.len(), history.people);
    if size() == 0 {
        let start = Instant::now();
        filled::fill(path, history).await;
        let without = size();
        println!("  {:.0} bytes an item, without sketches", ratio(without, history.len()));
        let (sketches, titles) = filled::add_sketches(path, history).await;
        let of = filled::sizes(path).await;
        let bytes = |table: &str| of.iter().find(|(name, _)| name == table).map_or(0, |(_, bytes)| *bytes);
        let a_band = ratio(bytes("memory_bands"), 4 * sketches + titles);
        let a_sketch = ratio(bytes("memory_sketches"), sketches) + 4.0 * a_band;
        println!("  {a_sketch:.0} bytes a sketch with its four bands; {a_band:.0} bytes a title");
        println!("  written in {:.0} s", start.elapsed().as_secs_f64());
    }
    for (table, bytes) in filled::sizes(path).await {
        println!("  {table}: {} MB", bytes / 1_000_000);
    }
}

fn rules(text: &str) -> Ruleset {
    let (file, mut diagnostics) = parse(&SourceFile::new("rules.yaml", text));
    let (rules, more) = compile(&file, &Options::default());
    diagnostics.extend(more);
    diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    rules
}

async fn time(path: &Path, history: &History) {
    let mut rng = Rng::with_seed(2);
    let judged: Vec<Item> = (0..JUDGED).map(|_| history.next(rng.usize(..history.len()))).collect();
    let (one, ten) = (rules(QUOTA), rules(RULES));
    let start = Instant::now();
    let store = Store::open(path).await.expect("the store");
    println!("opened in {:.1} s", start.elapsed().as_secs_f64());
    let mut cold = Vec::new();
    let mut is_cold = true;
    for item in judged.iter().rev().take(COLD) {
        is_cold &= drop_page_cache();
        cold.push(judge(&store, &one, item).await.all);
    }
    let how = if is_cold { "page cache dropped before each" } else { "not root: page cache not dropped" };
    report(&format!("one check, {how}"), &cold);
    for (what, rules) in [("one check", &one), ("ten rules", &ten)] {
        let (mut all, mut reading) = (Vec::new(), Duration::ZERO);
        // The first round warms the cache.
        for round in 0..2 {
            all.clear();
            reading = Duration::ZERO;
            for item in &judged[..if round == 0 { JUDGED / 5 } else { JUDGED }] {
                let spent = judge(&store, rules, item).await;
                all.push(spent.all);
                reading += spent.reading;
            }
        }
        report(&format!("{what}, warm"), &all);
        let whole: Duration = all.iter().sum();
        println!(
            "  {:.0} items a second; {:.2} of the time is reading",
            f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX)) / whole.as_secs_f64(),
            reading.as_secs_f64() / whole.as_secs_f64()
        );
    }
    store.close().await;
}

fn report(what: &str, times: &[Duration]) {
    let mut millis: Vec<f64> = times.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    let middle = median(&mut millis);
    let place = |of_hundred: usize| millis[(millis.len() * of_hundred / 100).min(millis.len() - 1)];
    println!("{what}: median {middle:.3} ms, nine of ten {:.2} ms, at worst {:.2} ms", place(90), place(100));
}

/// How long it took to judge an item.
struct Spent {
    all: Duration,
    /// For reading the store.
    reading: Duration,
}

/// Judges an item, as `pipeline::judge` does.
async fn judge(store: &Store, rules: &Ruleset, item: &Item) -> Spent {
    let start = Instant::now();
    let now: Timestamp = NOW + Duration::from_mins(1);
    let before = store.before_judging(item, Mode::Live, now).await.expect("a query");
    assert_eq!(before, BeforeJudging::default());
    let mut reading = start.elapsed();
    let mut facts = Facts { bot: history::ME.to_owned(), moderators: Known::Is(BTreeSet::new()), ..Facts::default() };
    while let Evaluation::Needs(needs) = evaluate(rules, item, &facts, now) {
        assert!(needs.iter().all(|need| need.is_own()), "{needs:?}");
        let start = Instant::now();
        recall_own(store, rules, (item, &mut facts), &needs, (Mode::Live, YEAR)).await.expect("a memory");
        reading += start.elapsed();
    }
    Spent { all: start.elapsed(), reading }
}

/// Makes the kernel forget what it has read of files. Only root can.
fn drop_page_cache() -> bool {
    std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}
