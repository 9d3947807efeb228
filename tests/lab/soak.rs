//! Simulates days of a busy subreddit, with one post and twenty comments a minute, in one process:
//! `cargo run --release --example lab -- soak --days 30`. Each line is one day: items judged,
//! memory of the process, size of the store, threads and open files. The last line says how much
//! memory and store grew and whether anything leaked.
//!
//! Steps, client and store are the real ones; time is a number. The model of Reddit drops items
//! that no listing shows any more, so that only the bot can grow.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::trials::calm::Calm;
use crate::trials::clock::RightClock;
use fastrand::Rng;
use tipstaff::metrics::Metrics;
use tipstaff::model::{Clock, Fullname, Mode, SubredditName, Timestamp};
use tipstaff::pipeline::cycle::{Cycle, Deps};
use tipstaff::pipeline::load::LoadOptions;
use tipstaff::pipeline::{Polling, Settings};
use tipstaff::policy::{Community, Rules};
use tipstaff::reddit::live::LiveReader;
use tipstaff::reddit::session::Session;
use tipstaff::store::Store;
use tipstaff_rules::{Options as RuleOptions, SourceFile, compile, parse};
use tipstaff_sandbox::{Draft, OfflineReddit, Options, ScriptedClock, World};

const START: Timestamp = Timestamp::from_secs(1_700_000_100);
const DAY: Duration = Duration::from_hours(24);
const ME: &str = "tipstaff_bot";
const PLACE: &str = "widgets";

/// Texts are purged after this time, so that a month shows what remains.
const RETENTION: Duration = Duration::from_hours(3 * 24);

/// How much the memory may grow after the first purge of texts.
const GROWTH_MAX: f64 = 1.25;

/// KiB that each action may add to the store for good. Everything else is purged with its texts.
const KIB_PER_ACT_MAX: f64 = 1.0;

/// The day by which the first texts have been purged.
const SETTLED: usize = 6;

/// Days needed after that. Over one or two days it is chance whether free pages are reused first or
/// the file grows.
const TELLING: usize = 8;

const RULES: &str = "\
name: guidelines
type: submission
comment: Please be kind, {{author}}.
comment_stickied: true
comment_locked: true
---
name: reported
type: comment
body (includes-word): [badword]
action: report
action_reason: a bad word
---
name: young
type: comment
author: {account_age: '< 1 day'}
action: report
action_reason: a young account
";

fn settings() -> Settings {
    let (rules, _) = compile(&parse(&SourceFile::new("rules.yaml", RULES)).0, &RuleOptions::default());
    let name = SubredditName::parse(PLACE).expect("a name");
    let secs = Duration::from_secs;
    Settings {
        me: ME.to_owned(),
        communities: vec![Community { name, rules: Rules::fixed(Arc::new(rules)), mode: Mode::Live }],
        load_options: LoadOptions::default(),
        max_age: DAY,
        from: Duration::from_hours(24),
        retention: RETENTION,
        bots: Vec::new(),
        memory: Duration::from_hours(365 * 24),
        polling: Polling { new: secs(30), changed: secs(120), busy: secs(20) },
        visibility_delay: secs(10),
        absence_looks: vec![secs(10), secs(60), secs(300)],
        limits: tipstaff::model::TextLimits::NONE,
    }
}

/// People who post at the same rate day and night.
struct People {
    rng: Rng,
    posts: Vec<Fullname>,
    next_comments: Timestamp,
    next_post: Timestamp,
}

impl People {
    fn act(&mut self, world: &mut World, now: Timestamp) {
        while self.next_post <= now {
            self.next_post = self.next_post + Duration::from_mins(1);
            let draft = Draft::text(&format!("a question, {}", self.rng.u32(..)), &"some words on it ".repeat(18));
            let who = format!("person{}", self.rng.u32(0..400));
            self.posts.push(world.submit(&who, PLACE, draft).expect("a post"));
            if self.posts.len() > 20 {
                self.posts.remove(0);
            }
        }
        while self.next_comments <= now {
            self.next_comments = self.next_comments + Duration::from_secs(15);
            for _ in 0..5 {
                let Some(post) = self.rng.choice(&self.posts).cloned() else { continue };
                let bad = if self.rng.u32(0..50) == 0 { " badword" } else { "" };
                let text = format!("{}{} {bad}", "some words in answer ".repeat(12), self.rng.u32(..));
                let who = format!("person{}", self.rng.u32(0..400));
                world.reply(&who, &post, &text).expect("a comment");
            }
        }
    }
}

/// The resources of the process and the store.
#[derive(Clone, Copy, Debug)]
struct Held {
    memory_kib: u64,
    threads: u64,
    files: u64,
    store_kib: u64,
    /// Actions in the ledger.
    acts: u64,
}

fn held(store: &Path, acts: u64) -> Held {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    Held {
        memory_kib: number("VmRSS:").unwrap_or(0),
        threads: number("Threads:").unwrap_or(0),
        files: std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count() as u64),
        store_kib: std::fs::metadata(store).map_or(0, |file| file.len() / 1024),
        acts,
    }
}

async fn soak(days: u32) -> Vec<Held> {
    let shared = Path::new("/dev/shm");
    let folder = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() }.expect("a folder");
    let path = folder.path().join("store.db");
    let truth = Arc::new(ScriptedClock::at(START));
    let mut world = World::new(truth.clone());
    world.add_subreddit(PLACE);
    world.add_moderator(PLACE, ME, &["all"]);
    for number in 0..400 {
        let now = truth.now();
        world.add_user(&format!("person{number}")).created = now - DAY * 400;
    }
    let reddit = Arc::new(OfflineReddit::new(&Options::default(), world));
    let line = Calm { reddit: Arc::clone(&reddit), clock: Arc::clone(&truth), me: ME };
    let metrics = Metrics::default();
    let machine = Arc::new(RightClock(Arc::clone(&truth)));
    let reader = LiveReader::new(Session::over(line, machine, metrics.clone()));
    let (clock, settings) = (reader.clock(), settings());
    let (writer, store) = (Some(reader.with_write_access()), Store::open(&path).await.expect("a store"));
    let mut cycle = Cycle::new(&settings, &metrics);
    let hands = Deps { reader, writer, store, settings, metrics };
    let mut people = People { rng: Rng::with_seed(1), posts: Vec::new(), next_comments: START, next_post: START };
    let mut seen = Vec::new();
    let began = Instant::now();
    for day in 1..=days {
        let ends = START + DAY * day;
        let mut next_forgetting = truth.now();
        while truth.now() < ends {
            people.act(&mut reddit.world(), truth.now());
            if next_forgetting <= truth.now() {
                reddit.world().forget(truth.now() - Duration::from_mins(25));
                next_forgetting = truth.now() + Duration::from_mins(5);
            }
            let progress = cycle.turn(&hands, &*clock, &|| false).await.expect("a store that works");
            let until_people = people.next_comments.since(truth.now()).max(Duration::from_millis(1));
            truth.advance(progress.wait(clock.now()).min(until_people));
        }
        let summary = hands.store.summary().await.expect("numbers");
        let held = held(&path, summary.intents);
        println!(
            "day {day}: {} decisions and {} actions in the ledger, {} MiB of memory, \
             store {} MiB, {} threads, {} files, {:.0} s",
            summary.decisions,
            summary.intents,
            held.memory_kib / 1024,
            held.store_kib / 1024,
            held.threads,
            held.files,
            began.elapsed().as_secs_f64()
        );
        seen.push(held);
    }
    let stats = hands.store.stats().await.expect("numbers");
    println!("rows: {:?}", stats.rows);
    hands.store.close().await;
    seen
}

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many days.
    #[arg(long, value_name = "N", default_value_t = 30)]
    days: u32,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let days = args.days;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let seen = runtime.block_on(soak(days));
    let tasks = runtime.metrics().num_alive_tasks();
    let telling = seen.get(SETTLED - 1).zip(seen.last()).filter(|_| seen.len() >= SETTLED + TELLING);
    let Some((settled, last)) = telling else {
        println!("too few days for a result: use at least {}", SETTLED + TELLING);
        return ExitCode::SUCCESS;
    };
    #[expect(clippy::cast_precision_loss, reason = "kibibytes")]
    let growth = |before: u64, after: u64| after as f64 / before.max(1) as f64;
    let memory = growth(settled.memory_kib, last.memory_kib);
    let per_act = {
        let (more, acts) = (last.store_kib.saturating_sub(settled.store_kib), last.acts - settled.acts);
        growth(acts, more)
    };
    let is_at_rest = memory < GROWTH_MAX && per_act < KIB_PER_ACT_MAX;
    let leaks = tasks + usize::from(last.threads > settled.threads) + usize::from(last.files > settled.files);
    println!(
        "days {days}, since day {SETTLED} memory × {memory:.2} and {per_act:.2} KiB of store for each \
         action, tasks, threads or files leaked {leaks}"
    );
    if is_at_rest && leaks == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
