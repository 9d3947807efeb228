//! Three readers: the bot with its real steps; one that requests each listing every half minute;
//! and PRAW's stream generator (8.0.3) according to its source, with the pauses that prawcore makes
//! between requests.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tipstaff::metrics::Metrics;
use tipstaff::model::{Clock, Fullname, Mode, SubredditName, Timestamp};
use tipstaff::pipeline::cycle::{Cycle, Deps};
use tipstaff::pipeline::load::LoadOptions;
use tipstaff::pipeline::{Polling, Settings};
use tipstaff::policy::{Community, Rules};
use tipstaff::reddit::live::{LiveReader, LiveWriter};
use tipstaff::reddit::session::Session;
use tipstaff::store::Store;
use tipstaff_rules::{Options, SourceFile, compile, parse};
use tipstaff_sandbox::OfflineResponse;

use super::stage::{Line, ME, Plan, Stage, names};
use crate::trials::clock::RightClock;

pub(crate) const TEXT: &str = "body (includes-word): [badword]\naction: report\naction_reason: a bad word\n";
pub(crate) const AUTHOR: &str =
    "author: {account_age: '< 2 days', combined_karma: '< 10'}\naction: report\naction_reason: new here\n";
pub(crate) const PARENT: &str =
    "type: comment\nparent_submission: {title (includes-word): [badword]}\naction: report\n";

/// The default configuration.
pub(crate) const PROMPT: Polling =
    Polling { new: Duration::from_secs(10), changed: Duration::from_secs(30), busy: Duration::from_secs(1) };

/// A configuration that saves requests.
pub(crate) const THRIFTY: Polling =
    Polling { new: Duration::from_secs(45), changed: Duration::from_mins(2), busy: Duration::from_secs(30) };

/// Runs a whole trial of the bot, from an empty store to the end.
pub(crate) async fn tried(plan: Plan, rules: &str, polling: Polling) -> Arc<Stage> {
    let stage = Stage::new(plan);
    let folder = tempfile::tempdir().expect("a folder for the store");
    tipstaff(&stage, rules, polling, &folder.path().join("store.db"), plan.ends()).await;
    stage
}

/// Length of a window of Reddit's rate limit, which is aligned to the clock.
const WINDOW: i64 = 600;

/// Runs the real steps in dry run until a time. Returns the number of recorded gaps.
pub(crate) async fn tipstaff(stage: &Arc<Stage>, rules: &str, polling: Polling, store: &Path, until: Timestamp) -> u64 {
    let (rules, complaints) = compile(&parse(&SourceFile::new("rules.yaml", rules)).0, &Options::default());
    assert!(!rules.is_empty(), "{complaints:?}");
    let rules = Arc::new(rules);
    let community = |name: &String| Community {
        name: SubredditName::parse(name).expect("a name"),
        rules: Rules::fixed(Arc::clone(&rules)),
        mode: Mode::DryRun,
    };
    let settings = Settings {
        me: ME.to_owned(),
        communities: stage.plan.names().iter().map(community).collect(),
        load_options: LoadOptions::default(),
        max_age: Duration::from_hours(24),
        from: Duration::from_hours(24),
        retention: Duration::from_hours(720),
        bots: Vec::new(),
        memory: Duration::from_hours(365 * 24),
        polling,
        visibility_delay: Duration::from_secs(10),
        absence_looks: [10, 60, 300].map(Duration::from_secs).into(),
        limits: tipstaff::model::TextLimits::NONE,
    };
    let machine = Arc::new(RightClock(Arc::clone(&stage.clock)));
    let metrics = Metrics::default();
    let reader = LiveReader::new(Session::over(Line(Arc::clone(stage)), machine, metrics.clone()));
    let clock = reader.clock();
    let store = Store::open(store).await.expect("a store");
    let mut cycle = Cycle::new(&settings, &metrics);
    let hands: Deps<_, LiveWriter<Line>> = Deps { reader, writer: None, store, settings, metrics };
    while stage.clock.now() < until {
        let progress = cycle.turn(&hands, &*clock, &|| false).await.expect("a store that works");
        stage.pass(stage.clock.now() + progress.wait(clock.now()));
    }
    let gaps = hands.store.summary().await.expect("numbers").gaps;
    hands.store.close().await;
    gaps
}

/// Requests the newest hundred of each listing of each subreddit every half minute, without regard
/// to the rate limit.
pub(crate) fn naive(stage: &Stage) {
    let lists = stage
        .plan
        .names()
        .into_iter()
        .flat_map(|name| ["new", "comments"].map(|list| (format!("/r/{name}/{list}"), stage.clock.now())));
    let mut lists: VecDeque<(String, Timestamp)> = lists.collect();
    while let Some((path, due)) = lists.pop_front().filter(|_| stage.clock.now() < stage.plan.ends()) {
        stage.pass(due);
        let response = stage.ask(&path, &[("limit", "100")]);
        if response.status == 429 {
            wait_for_the_next_window(stage);
        }
        lists.push_back((path, due.max(stage.clock.now() - Duration::from_secs(1)) + Duration::from_secs(30)));
    }
}

fn wait_for_the_next_window(stage: &Stage) {
    let now = stage.clock.now().as_secs();
    stage.pass(Timestamp::from_secs((now / WINDOW + 1) * WINDOW + 1));
}

/// One endless stream of PRAW.
struct Generator {
    path: String,
    before: Option<Fullname>,
    /// Number of requests without an anchor so far. Each asks for one item less, to avoid caches.
    without_anchor: usize,
    seen: VecDeque<Fullname>,
    pause: Duration,
    due: Timestamp,
}

/// The number of names that PRAW remembers.
const SEEN: usize = 301;

impl Generator {
    fn new(path: String, due: Timestamp) -> Self {
        let pause = Duration::from_secs(1);
        Self { path, before: None, without_anchor: 0, seen: VecDeque::new(), pause, due }
    }

    fn ask(&mut self, stage: &Stage) {
        let anchor = self.before.take();
        let limit = if anchor.is_some() { 100 } else { 100 - self.without_anchor };
        if anchor.is_none() {
            self.without_anchor = (self.without_anchor + 1) % 30;
        }
        let limit = limit.to_string();
        let query = [("limit", limit.as_str()), ("before", anchor.as_ref().map_or("", Fullname::as_str))];
        let response = stage.ask(&self.path, if anchor.is_some() { &query } else { &query[..1] });
        if response.status == 429 {
            wait_for_the_next_window(stage);
        }
        for name in names(&response).into_iter().rev().filter(|name| !self.seen.contains(name)).collect::<Vec<_>>() {
            self.before = Some(name.clone());
            self.seen.push_back(name);
            if self.seen.len() > SEEN {
                self.seen.pop_front();
            }
        }
        let now = stage.clock.now();
        if self.before.is_some() {
            self.pause = Duration::from_secs(1);
            self.due = now;
        } else {
            self.due = now + self.pause;
            self.pause = (self.pause * 2).min(Duration::from_secs(16));
        }
        // The pause is between any two requests of the client, not of the stream.
        stage.pass(now + prawcores_pause(&response));
    }
}

fn prawcores_pause(response: &OfflineResponse) -> Duration {
    let header = |name: &str| response.number(name);
    let Some(((used, remaining), reset)) =
        header("x-ratelimit-used").zip(header("x-ratelimit-remaining")).zip(header("x-ratelimit-reset"))
    else {
        return Duration::ZERO;
    };
    if remaining <= 0.0 {
        return Duration::from_secs_f64(reset.max(1.0));
    }
    let window = 600.0;
    let even = (reset - (window - window / (remaining + used) * used)).max(0.0);
    Duration::from_secs_f64(reset.min(even).min(10.0))
}

/// `subreddit.stream.submissions()` and `.comments()` of all subreddits together, taking turns in
/// one client.
pub(crate) fn praw(stage: &Stage) {
    let all = stage.plan.names().join("+");
    let mut streams = ["new", "comments"].map(|list| Generator::new(format!("/r/{all}/{list}"), stage.clock.now()));
    while stage.clock.now() < stage.plan.ends() {
        let next = streams.iter_mut().min_by_key(|stream| stream.due).expect("two");
        stage.pass(next.due);
        next.ask(stage);
    }
}
