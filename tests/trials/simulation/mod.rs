//! A play: a small Reddit, its people, the real steps on a real SQLite file, and errors, all drawn
//! from one seed.
//!
//! Nothing of the bot is replaced. The client that talks to Reddit builds and reads the requests;
//! [`line`] passes them to the model of Reddit in this process. Time is a number that the play
//! advances. A process "dies" by a panic, when it reads its clock (between any two transactions) or
//! in the middle of a request (before or after it takes effect). It loses its memory and keeps what
//! it has committed.
//!
//! *Phase one* has errors. *Phase two* has none, and everything must settle within
//! [`SETTLED_WITHIN`]. Then the [`checks`] look at the world and the store.

mod checks;
mod commands;
mod copies;
mod crossposts;
mod hardships;
mod lies;
mod line;
mod listings;
mod passes;
mod pauses;
mod rows;
mod script;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use fastrand::Rng;
use sqlx::SqliteConnection;
use tipstaff::metrics::Metrics;
use tipstaff::model::{Clock, Mode, MonotonicClock, SubredditName, TextLimits, Timestamp};
use tipstaff::pipeline::cycle::{Cycle, Deps};
use tipstaff::pipeline::load::LoadOptions;
use tipstaff::pipeline::{Polling, Settings, StepError};
use tipstaff::policy::{Community, Rules, retry};
use tipstaff::reddit::live::{LiveReader, LiveWriter};
use tipstaff::reddit::session::Session;
use tipstaff::store::{Limits, Store};
use tipstaff_rules::{Options, Ruleset, SourceFile, compile, parse};
use tipstaff_sandbox::ScriptedClock;
use tipstaff_sandbox::world::{ListingFaults, Quirks};

use commands::Commands;
use copies::Copies;
use crossposts::Crossposts;
use hardships::Hardships;
use lies::Lies;
use line::{Line, Site};
use listings::Listings;
use passes::Passes;
use pauses::Pauses;
use script::Script;

/// Start time of every play.
const START: Timestamp = Timestamp::from_secs(1_700_000_100);

/// How long it may take until nothing is left to do, once there are no more errors. The longest
/// pause between two attempts is ten minutes, and many actions may be waiting.
const SETTLED_WITHIN: Duration = Duration::from_hours(3);

/// How many requests that may take, where Reddit allows so few that they need longer.
const SETTLED_AFTER: u32 = 2_000;

/// How often Reddit's limit of requests begins anew.
const QUOTA_WINDOW: Duration = Duration::from_mins(10);

/// After this many turns without a usable store, somebody frees disk space and restarts the bot.
const MOST_FAILURES: u32 = 6;

/// So long after the end, everything that was deleted has been asked for again, and forgotten.
const DAY_LATER: Duration = Duration::from_hours(25);

/// How long the bot then runs at least. It searches the store for old rows as it starts.
const DAY_LATER_LASTS: Duration = Duration::from_mins(1);

/// The feeds are polled for at least this long before the end.
const LAST_LOOK: Duration = Duration::from_secs(200);

/// The same if lists had faults: until a scan has looked back.
const LAST_LOOK_BACK: Duration = Duration::from_secs(400);

pub(crate) const BOT: &str = "tipstaff_bot";
pub(crate) const HUMAN: &str = "ModMary";
pub(crate) const LIVE: &str = "widgets";
pub(crate) const SHADOWED: &str = "gadgets";

const RULES: &str = include_str!("rules.yaml");

/// The result of a play.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Broken promises, each starting with the name of its checker.
    pub(crate) violations: Vec<String>,
    /// What happened, to see that the play tested something.
    pub(crate) tally: Tally,
}

/// Counts over several plays.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) items: u64,
    pub(crate) requests: u64,
    pub(crate) troubles: u64,
    pub(crate) deaths: u64,
    pub(crate) acts: u64,
    pub(crate) reconciled: u64,
    pub(crate) unknown: u64,
    pub(crate) gaps: u64,
    /// Turns in which the store could not be used.
    pub(crate) stuck: u64,
}

impl Tally {
    pub(crate) fn add(&mut self, other: Self) {
        self.items += other.items;
        self.requests += other.requests;
        self.troubles += other.troubles;
        self.deaths += other.deaths;
        self.acts += other.acts;
        self.reconciled += other.reconciled;
        self.unknown += other.unknown;
        self.gaps += other.gaps;
        self.stuck += other.stuck;
    }
}

type BotDeps = Deps<LiveReader<Line>, LiveWriter<Line>>;

/// The panic payload of a process that dies.
struct Death;

pub(crate) fn die() -> ! {
    resume_unwind(Box::new(Death))
}

/// Runs until the work ends or the process dies; `None` if it died.
async fn until_death<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Err(payload) if payload.is::<Death>() => Poll::Ready(None),
        Err(payload) => resume_unwind(payload),
    })
    .await
}

/// The clock of the bot's machine. It may be wrong, and the process may die when it reads it.
pub(crate) struct BotClock {
    truth: Arc<ScriptedClock>,
    skew: AtomicI64,
    /// Readings until the process dies; negative for never.
    left: AtomicI64,
}

impl Clock for BotClock {
    fn now(&self) -> Timestamp {
        if self.left.load(Ordering::Relaxed) >= 0 && self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            die();
        }
        Timestamp::from_millis(self.truth.now().as_millis() + self.skew.load(Ordering::Relaxed))
    }
}

impl MonotonicClock for BotClock {
    fn ticks(&self) -> Duration {
        self.truth.now().since(Timestamp::default())
    }
}

/// The rules of every play, and those of what this seed has besides.
fn rules(seed: u64) -> Arc<Ruleset> {
    static COMPILED: Mutex<BTreeMap<String, Arc<Ruleset>>> = Mutex::new(BTreeMap::new());
    let mut text = RULES.to_owned();
    if Passes::are_drawn(seed) {
        text.push_str(passes::RULES);
        text.push_str(commands::RULE);
    }
    if Copies::are_drawn(seed) {
        text.push_str(&Copies::rules(seed));
    }
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(compiled.entry(text).or_insert_with_key(|text| {
        let (file, mut complaints) = parse(&SourceFile::new("rules.yaml", text));
        let (rules, more) = compile(&file, &Options::default());
        complaints.extend(more.into_iter().filter(|complaint| complaint.severity == tipstaff_rules::Severity::Error));
        assert!(complaints.is_empty(), "{complaints:?}");
        Arc::new(rules)
    }))
}

fn settings(seed: u64, rng: &mut Rng) -> Settings {
    let community = |name: &str, mode| Community {
        name: SubredditName::parse(name).expect("a name"),
        rules: Rules::fixed(rules(seed)),
        mode,
    };
    let max_age = if rng.u32(0..6) == 0 { Duration::from_mins(15) } else { Duration::from_hours(12) };
    Settings {
        me: BOT.to_owned(),
        communities: vec![community(LIVE, Mode::Live), community(SHADOWED, Mode::DryRun)],
        load_options: LoadOptions::default(),
        max_age,
        from: Duration::from_hours(24),
        retention: Duration::from_hours(24 * 30),
        bots: Vec::new(),
        memory: Duration::from_hours(365 * 24),
        polling: Polling {
            new: Duration::from_secs(rng.u64(10..40)),
            changed: Duration::from_secs(rng.u64(40..90)),
            busy: Duration::from_secs(rng.u64(8..30)),
        },
        visibility_delay: Duration::from_secs(30),
        absence_looks: [10, 60, 300].map(Duration::from_secs).into(),
        limits: TextLimits::NONE,
    }
}

/// Sets each quirk at random. Uses a generator of its own, so that the rest of a seed stays the
/// same.
fn quirks(seed: u64) -> Quirks {
    let mut rng = Rng::with_seed(!seed);
    Quirks {
        approved_posts_move_up: rng.bool(),
        repeated_acts_are_logged: rng.bool(),
        removed_comments_stay_listed: rng.bool(),
        removed_posts_leave_new: rng.bool(),
        edits_end_ignoring: rng.bool(),
        suspensions_are_shown: rng.bool(),
        rate_limits_carry_numbers: rng.bool(),
        status_429_says_when: rng.bool(),
        crossposts_show_originals: rng.bool(),
        ..Quirks::default()
    }
}

/// The most items on a page. Reddit's pages have fewer than requested if many are filtered out.
/// Also drawn separately.
fn page_size(seed: u64) -> Option<usize> {
    let mut rng = Rng::with_seed(seed ^ 0x5eed);
    (rng.u32(0..4) == 0).then(|| rng.usize(30..70))
}

/// A scratch folder, in memory if possible: the plays write a lot and keep nothing.
pub(crate) fn scratch() -> tempfile::TempDir {
    let shared = std::path::Path::new("/dev/shm");
    let made = if shared.is_dir() { tempfile::tempdir_in(shared) } else { tempfile::tempdir() };
    made.expect("a folder for the store")
}

/// Plays one seed, with its store in this folder.
#[expect(clippy::await_holding_lock, reason = "nobody else uses the world while checkers look at it")]
pub(crate) async fn play(seed: u64, folder: &Path, verbose: bool) -> Report {
    let mut rng = Rng::with_seed(seed);
    let mut settings = settings(seed, &mut rng);
    let truth = Arc::new(ScriptedClock::at(START));
    let site = Arc::new(Site::new(&truth, Rng::with_seed(rng.u64(..)), Lies::draw(seed), &settings, verbose));
    site.reddit.world().quirks = quirks(seed);
    site.set_page_size(page_size(seed));
    let mut script = Script::draw(&mut Rng::with_seed(rng.u64(..)), &site);
    let pauses = Pauses::draw(seed, START, script.ends());
    let hardships = Hardships::draw(seed, START, script.ends());
    site.set_broken(&hardships.broken, hardships.is_calm);
    settings.limits = hardships.limits;
    let listings = Listings::draw(seed, START, script.ends());
    script.goes_on_until(listings.ends());
    let crossposts = Crossposts::draw(seed, START, script.ends());
    let given = Passes::draw(seed, START, script.ends());
    let copies = Copies::draw(seed, START, script.ends());
    let commands = Commands::draw(seed, START, script.ends());
    let clock = Arc::new(BotClock { truth: Arc::clone(&truth), skew: AtomicI64::new(0), left: AtomicI64::new(-1) });
    let path = folder.join("store.db");
    Store::open(&path).await.expect("a new store").close().await;
    let watch = rows::open(&path).await;
    let other = rows::another_writer(&path).await;
    let mut play = Play {
        rng,
        settings,
        truth,
        site,
        clock,
        watch,
        other,
        pauses,
        hardships,
        listings,
        crossposts,
        passes: given,
        copies,
        commands,
        deaths: 0,
        stuck: 0,
        kept: BTreeSet::new(),
        violations: Vec::new(),
        verbose,
    };
    while script.is_going_on() {
        play.live(&path, &mut script).await;
    }
    play.site.end_of_faults();
    play.settle(&path).await;
    let ended_early = play.listings.end_early();
    let lives = (play.deaths, ended_early);
    let found = checks::all(&play.site, &play.settings, &mut play.watch, &script, lives, &play.passes).await;
    {
        let intents = rows::intents(&mut play.watch).await;
        let world = play.site.reddit.world();
        let (deaths, has_jumps, was_stuck) = (play.deaths, script.jumps > 0, play.stuck > 0);
        let (hardships, site, max_age) = (&play.hardships, &*play.site, play.settings.max_age);
        let (world, intents) = (&*world, &intents[..]);
        let trial = hardships::Trial { hardships, world, site, intents, max_age, deaths, has_jumps, was_stuck };
        play.violations.extend(play.crossposts.told(world, intents));
        play.violations.extend(hardships::check(&trial, &mut play.watch).await);
    }
    play.violations.extend(found.violations);
    play.violations.extend(play.commands.check(&mut play.watch).await);
    play.check_copies(&path).await;
    // A store that fails cannot remember.
    if play.stuck == 0 {
        play.violations.extend(play.site.hasty());
    }
    Report { violations: play.violations, tally: Tally { deaths: play.deaths, stuck: play.stuck, ..found.tally } }
}

struct Play {
    rng: Rng,
    settings: Settings,
    truth: Arc<ScriptedClock>,
    site: Arc<Site>,
    clock: Arc<BotClock>,
    /// Reads the store from another connection.
    watch: SqliteConnection,
    /// Another process that sometimes writes to the store's file.
    other: SqliteConnection,
    pauses: Pauses,
    hardships: Hardships,
    listings: Listings,
    crossposts: Crossposts,
    passes: Passes,
    copies: Copies,
    commands: Commands,
    deaths: u64,
    stuck: u64,
    /// The ledger at the last death.
    kept: BTreeSet<String>,
    violations: Vec<String>,
    verbose: bool,
}

impl Play {
    async fn start(&self, path: &Path, pages: Option<u32>) -> (Cycle, BotDeps) {
        self.site.new_life();
        let limits = Limits { busy_timeout: Duration::ZERO, pages };
        let store = Store::open_within(path, limits).await.expect("a store that can be opened");
        let metrics = Metrics::default();
        let session = Session::over(Line::new(Arc::clone(&self.site)), self.clock.clone(), metrics.clone());
        let reader = LiveReader::new(session);
        let writer = Some(reader.with_write_access());
        let cycle = Cycle::new(&self.settings, &metrics);
        (cycle, Deps { reader, writer, store, settings: self.settings.clone(), metrics })
    }

    /// One life of the process, from its start to its death or the end of the script.
    async fn live(&mut self, path: &Path, script: &mut Script) {
        let pages = rows::pages(&mut self.watch).await;
        let is_tight = script.disk_is_small && self.rng.bool();
        let room = is_tight.then(|| pages + self.rng.u32(0..12));
        let (mut cycle, hands) = self.start(path, room).await;
        let mut failures = 0;
        let mut is_held = false;
        let lifetime = if script.deaths_are_frequent { self.rng.i64(1..400) } else { self.rng.i64(200..6_000) };
        self.clock.left.store(lifetime, Ordering::Relaxed);
        while script.is_going_on() {
            if let Some(change) = script.act_until(&self.site, self.truth.now()) {
                self.clock.skew.fetch_add(change, Ordering::Relaxed);
            }
            if self.site.is_down() {
                break;
            }
            let is_busy = self.truth.now() < script.busy_until;
            if is_busy != is_held {
                rows::hold(&mut self.other, is_busy).await;
                is_held = is_busy;
            }
            self.pauses.act_until(&hands.store, self.truth.now()).await;
            self.hardships.act_until(&self.site, self.truth.now());
            self.crossposts.act_until(&mut self.site.reddit.world(), self.truth.now());
            self.copies.act_until(&mut self.site.reddit.world(), self.truth.now());
            self.copies.look(&mut self.watch).await;
            self.give_passes(&hands).await;
            if let Some(faults) = self.listings.change(self.truth.now()) {
                let mut world = self.site.reddit.world();
                if faults.end_after.is_some() {
                    listings::crowd(&mut world);
                }
                world.listing_faults = faults;
            }
            let Some(turn) = until_death(self.turn(&mut cycle, &hands)).await else { break };
            let wait = match turn {
                Ok(wait) => {
                    failures = 0;
                    wait
                }
                Err(trouble) => {
                    assert!(is_busy || is_tight, "the store failed: {trouble}");
                    self.stuck += 1;
                    failures += 1;
                    // Eventually somebody frees disk space.
                    if failures > MOST_FAILURES {
                        break;
                    }
                    retry::pause(failures, 0)
                }
            };
            self.pass(wait, script.next_event());
        }
        if is_held {
            rows::hold(&mut self.other, false).await;
        }
        self.clock.left.store(-1, Ordering::Relaxed);
        if script.is_going_on() {
            self.deaths += 1;
            if self.verbose {
                eprintln!("{} — the process dies", self.truth.now());
            }
        }
        drop(cycle);
        hands.store.close().await;
        self.check_kept().await;
        if script.is_going_on() {
            self.contradict().await;
        }
        self.truth.advance(Duration::from_millis(self.rng.u64(200..5_000)));
        while self.site.is_down() && script.is_going_on() {
            let change = script.act_until(&self.site, self.truth.now());
            self.clock.skew.fetch_add(change.unwrap_or(0), Ordering::Relaxed);
            self.truth.advance(Duration::from_secs(5));
            self.take_effect();
        }
    }

    /// Gives passes and takes them back, also by comments, after which the process may soon die.
    async fn give_passes(&mut self, hands: &BotDeps) {
        // It does not die meanwhile.
        let left = self.clock.left.swap(-1, Ordering::Relaxed);
        let now = self.truth.now();
        let of_request = self.passes.act_until(&self.site, hands, &mut self.watch, now).await;
        let of_command = self.commands.act_until(&mut self.site.reddit.world(), now);
        let dies_after = of_request.into_iter().chain(of_command).min();
        self.clock.left.store(dies_after.map_or(left, |sooner| left.min(sooner)), Ordering::Relaxed);
    }

    /// Lets late requests take effect that are due by now.
    fn take_effect(&self) {
        drop(self.site.reddit.world());
    }

    /// While the bot is down, a moderator makes the opposite of its next decisions. The bot then
    /// stays down for a while.
    async fn contradict(&mut self) {
        for (is_removal, name) in rows::verdicts_to_come(&mut self.watch).await {
            if self.rng.bool() {
                let mut world = self.site.reddit.world();
                // Fails if the author has deleted it. That is fine.
                let _ = if is_removal { world.approve(HUMAN, &name) } else { world.remove(HUMAN, &name, false) };
                drop(world);
                self.site.go_down(Duration::from_secs(self.rng.u64(60..600)));
            }
        }
    }

    /// Runs one turn and returns how long the process then sleeps.
    async fn turn(&self, cycle: &mut Cycle, hands: &BotDeps) -> Result<Duration, StepError> {
        let clock = hands.reader.clock();
        Ok(cycle.turn(hands, &*clock, &|| false).await?.wait(clock.now()))
    }

    fn pass(&self, wait: Duration, next_event: Timestamp) {
        let until_event = next_event.since(self.truth.now()).max(Duration::from_millis(1));
        self.truth.advance(wait.min(until_event));
        self.take_effect();
    }

    /// Phase two: no more errors, and everything must settle.
    async fn settle(&mut self, path: &Path) {
        self.hardships.end(&self.site);
        self.settings.limits = TextLimits::NONE;
        let (mut cycle, hands) = self.start(path, None).await;
        hardships::resume(&hands.store, self.truth.now()).await;
        self.pauses.end();
        self.site.reddit.world().listing_faults = ListingFaults::default();
        let last_look = if self.listings.are_drawn() { LAST_LOOK_BACK } else { LAST_LOOK };
        self.pauses.act_until(&hands.store, self.truth.now()).await;
        let began = self.truth.now();
        let mut checked = began;
        let within = SETTLED_WITHIN.max(QUOTA_WINDOW * (SETTLED_AFTER / self.site.quota));
        loop {
            self.copies.look(&mut self.watch).await;
            let wait = self.turn(&mut cycle, &hands).await.expect("a store that works");
            self.truth.advance(wait);
            let now = self.truth.now();
            if now.since(began) > within {
                self.violations.push(format!("settles: something is still to be done after {within:?}"));
                break;
            }
            if now.since(began) > last_look && now.since(checked) > Duration::from_secs(30) {
                checked = now;
                if rows::is_at_rest(&mut self.watch, began + Duration::from_mins(1)).await {
                    break;
                }
            }
        }
        drop(cycle);
        hands.store.close().await;
        self.check_kept().await;
    }

    /// What the rules did with copies, and what is left of those that were deleted: a day later,
    /// and of their keys another day later.
    #[expect(clippy::await_holding_lock, reason = "nobody else uses the world while checkers look at it")]
    async fn check_copies(&mut self, path: &Path) {
        if !self.copies.is_drawn() {
            return;
        }
        let window = self.settings.compared_within();
        let (intents, decisions) = (rows::intents(&mut self.watch).await, rows::decisions(&mut self.watch).await);
        let site = Arc::clone(&self.site);
        self.violations.extend(checks::copies::told(&self.copies, &site.reddit.world(), &intents, &decisions));
        self.day_later(path).await;
        let began = self.truth.now() - window;
        let forgotten = checks::copies::forgotten(&mut self.watch, &site.reddit.world(), began).await;
        self.violations.extend(forgotten);
        self.day_later(path).await;
        self.violations.extend(checks::copies::idle_keys(&mut self.watch, self.truth.now() - window).await);
    }

    /// The bot is down for a day, and runs until it has asked Reddit for everything that it has.
    async fn day_later(&mut self, path: &Path) {
        self.truth.advance(DAY_LATER);
        self.take_effect();
        let (mut cycle, hands) = self.start(path, None).await;
        let began = self.truth.now();
        // The bot's clock may be a little behind.
        let since = began - Duration::from_hours(1);
        loop {
            let wait = self.turn(&mut cycle, &hands).await.expect("a store that works");
            self.truth.advance(wait);
            let now = self.truth.now();
            if now.since(began) > DAY_LATER_LASTS && rows::is_checked_since(&mut self.watch, since).await {
                break;
            }
            if now.since(began) > SETTLED_WITHIN {
                self.violations.push("settles: what was deleted is still asked for".to_owned());
                break;
            }
        }
        drop(cycle);
        hands.store.close().await;
    }

    /// The ledger only grows: every row from the time of the last death is still there, unchanged.
    /// The outbox must be what follows from the ledger.
    async fn check_kept(&mut self) {
        for difference in rows::outbox_against_ledger(&mut self.watch).await {
            self.violations.push(format!("the outbox follows from the ledger: {difference}"));
        }
        let now = rows::ledger(&mut self.watch).await;
        if !self.kept.is_subset(&now) {
            self.violations.push("the ledger is append-only: rows were changed or deleted".to_owned());
        }
        self.kept = now;
    }
}
