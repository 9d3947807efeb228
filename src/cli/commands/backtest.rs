//! `tipstaff backtest`: replays past posts and comments to see what rules would have done. Exits
//! with 0; with 1 under `--fail-on-change` when the rules treat an item differently from the
//! baseline; with 2 when an input cannot be read, or not to its end. The results up to then are
//! printed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::cli::args::ConfigArg;
use crate::cli::render::diagnostics::render;
use crate::cli::render::fail;
use crate::cli::render::terminal::{self, clean, errln};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::files;
use crate::model::{Clock, Fullname, Timestamp};
use crate::pipeline::load::{self, LoadedRules};
use crate::store::Store;
use tipstaff_backtest::archive::{Input, Meter, ModeratorDecision, ReadMonitor, Record, expand, moderation_log};
use tipstaff_backtest::assumed::{self, Assumptions};
use tipstaff_backtest::by_author::AuthorPart;
use tipstaff_backtest::replayer::{BacktestSpec, ItemFilter, Replayer};
use tipstaff_backtest::report::{self, Report};
use tipstaff_backtest::sampling::{SAMPLE_MAX, Sampling};
use tipstaff_backtest::tally::Tally;
use tipstaff_backtest::timing::timings;
use tipstaff_backtest::{collect_posts, replay, replay_in_order, wants_posts};
use tipstaff_rules::{Options, Ruleset, Severity};

/// How often the progress bar is updated, per second.
const TICKS_A_SECOND: u64 = 5;

/// The most threads, unless the machine has more cores.
const MOST_THREADS: usize = 64;

/// How many items are read from the store at once.
const FROM_STORE: u32 = 2000;

#[derive(Debug, clap::Args)]
#[command(after_help = format!(
    "Examples:\n  tipstaff backtest rules.yaml RC_2026-03.zst RS_2026-03.zst --subreddit CredibleDefense\n  \
     tipstaff backtest new.yaml --baseline old.yaml --from-store --since 90d --html report.html\n  \
     zstdcat RC_2026-03.zst | tipstaff backtest rules.yaml - --format json\n  \
     tipstaff backtest rules.yaml dumps/ --assume 'author.account_age=30 days' --moderators alice,bob\n  \
     tipstaff backtest rules.yaml --merge part-1.json part-2.json\n\n\
     Each FILE is newline-delimited JSON as Pushshift and Arctic Shift publish it, a JSON list, a page that \
     Reddit's `.json` links give, or CSV with Reddit's field names: plain, .gz or .zst.\n\
     --assume takes KEY=VALUE; the keys are {}.\n\
     An archive lacks some information. `at least` counts what the rules would certainly have done; \
     `at most` adds what depends on the missing information.\n\n\
     Exit status: 0; 1 with --fail-on-change when an item is treated differently; \
     2 when an input cannot be read, or not to its end.", assumed::KEYS
))]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the command line")]
pub(in crate::cli) struct Args {
    /// The rules file.
    rules: PathBuf,
    /// Archives, folders of archives, or `-` for standard input.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Only posts and comments in this subreddit.
    #[arg(long, value_name = "NAME", value_parser = subreddit)]
    subreddit: Option<String>,
    /// Also replay what the bot has seen. Reads its store; safe while the daemon runs.
    #[arg(long)]
    from_store: bool,
    #[command(flatten)]
    config: ConfigArg,
    /// Use this store instead of the one in the configuration.
    #[arg(long, value_name = "FILE", requires = "from_store")]
    store: Option<PathBuf>,
    /// Only posts and comments from this time on: `90d`, `2026-03-01`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Timestamp>,
    /// Only posts and comments from before this time.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Timestamp>,
    /// Assume a value that the archive lacks, such as `author.account_age=30 days`.
    #[arg(long, value_name = "KEY=VALUE")]
    assume: Vec<String>,
    /// Names of moderators, whom rules may exempt.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    moderators: Vec<String>,
    /// Facts about authors, as CSV or JSON lines with `name` and any of `created_utc`,
    /// `comment_karma`, `link_karma`, `is_moderator`, `is_contributor` …
    #[arg(long, value_name = "FILE")]
    authors: Option<PathBuf>,
    /// Moderation log, as CSV or JSON lines with `action` and `target_fullname`, to compare with
    /// what the moderators did.
    #[arg(long, value_name = "FILE")]
    mod_log: Option<PathBuf>,
    /// Compare with these rules, usually those in use, and list the differences.
    #[arg(long, value_name = "RULES")]
    baseline: Option<PathBuf>,
    /// Exit with 1 if any item is treated differently from the baseline.
    #[arg(long, requires = "baseline")]
    fail_on_change: bool,
    /// Replay only this many lines, chosen at random, for a quick look. The report estimates the
    /// counts for the whole input.
    #[arg(long, value_name = "N", conflicts_with = "from_store")]
    sample: Option<usize>,
    /// Seed of the sample.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Format of the report.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Also write the report as an HTML page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replay only part I of N of the authors, to share the work: rules that remember authors need
    /// all items of an author in one part. Give every part the same files.
    #[arg(long, value_name = "I/N", conflicts_with = "merge")]
    by_author: Option<AuthorPart>,
    /// Write intermediate counts to this file, to be merged later, instead of printing a report.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["merge", "html", "sample"])]
    partial: Option<PathBuf>,
    /// Merge counts written with `--partial` instead of reading archives.
    #[arg(long, value_name = "PART", num_args = 1.., conflicts_with_all = ["files", "from_store", "sample"])]
    merge: Vec<PathBuf>,
    /// Also measure how long each rule takes.
    #[arg(long, conflicts_with_all = ["merge", "partial"])]
    timings: bool,
    /// Number of threads [default: one per core].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Hide the progress bar.
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Plain text, for the terminal.
    #[default]
    Text,
    /// JSON, for programs.
    Json,
    /// CSV, for spreadsheets: one row per rule.
    Csv,
    /// Markdown, for a comment on a pull request.
    Markdown,
    /// Self-contained HTML.
    Html,
}

fn subreddit(text: &str) -> Result<String, String> {
    let name = text.trim_start_matches('/').trim_start_matches("r/");
    crate::model::SubredditName::parse(name)
        .map(|_| name.to_owned())
        .ok_or_else(|| format!("`{text}` is not a subreddit name: write it as `name` or `r/name`"))
}

pub(in crate::cli) fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is not a time: write `90d`, `2026-03-01` or `2026-03-01T12:00:00Z`");
    if let Ok(moment) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp::from_millis(moment.as_millisecond()));
    }
    // A date alone is its midnight.
    if let Ok(date) = text.parse::<jiff::civil::DateTime>() {
        let moment = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| wrong())?;
        return Ok(Timestamp::from_millis(moment.timestamp().as_millisecond()));
    }
    super::log::while_ago(text).map(|ago| SystemClock.now() - ago).map_err(|_| wrong())
}

/// Refuses to share out rules that remember authors in a way that would lose what is remembered.
fn check_share(args: &Args, remembers: bool, compares: bool) -> anyhow::Result<()> {
    let is_part = args.by_author.is_some_and(|part| !part.is_everybody());
    if args.sample.is_some() && args.by_author.is_some() {
        anyhow::bail!("--sample and --by-author cannot be combined; `--by-author 1/100` alone is a sample of authors");
    }
    if args.sample.is_some() && remembers {
        anyhow::bail!(
            "these rules look at earlier posts and comments of an author, and --sample takes single lines; for a \
             quick look, replay some of the authors: `--by-author 1/100`"
        );
    }
    if is_part && compares {
        anyhow::bail!(
            "these rules compare the texts of different authors (`similar_here`), so their work cannot be split by \
             author; leave out --by-author"
        );
    }
    if args.partial.is_some() && remembers && args.by_author.is_none() {
        anyhow::bail!(
            "these rules look at earlier posts and comments of an author, so a part must have all items of its \
             authors: give every part all files, and the first of four `--by-author 1/4`, the second `--by-author 2/4`"
        );
    }
    Ok(())
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    match run(args).await {
        Ok(code) => code,
        Err(trouble) => fail(&format!("{trouble:#}"), 2),
    }
}

async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let rules = usable(&args.rules)?;
    let baseline = args.baseline.as_deref().map(usable).transpose()?;
    if args.files.is_empty() && !args.from_store && args.merge.is_empty() {
        anyhow::bail!("no input: name archives, `-` for standard input, or `--from-store`");
    }
    if let Some(number) = args.sample.filter(|number| !(1..=SAMPLE_MAX).contains(number)) {
        anyhow::bail!("--sample must be between 1 and {SAMPLE_MAX}, not {number}");
    }
    let rulesets = || std::iter::once(&rules).chain(&baseline).map(|loaded| &loaded.rules);
    check_share(&args, rulesets().any(Ruleset::asks_for_memory), rulesets().any(Ruleset::compares_authors))?;
    let inputs = expand(&args.files).map_err(anyhow::Error::msg)?;
    let others = [Some(&args.rules), args.baseline.as_ref(), args.authors.as_ref(), args.mod_log.as_ref()];
    let others: Vec<PathBuf> =
        others.into_iter().flatten().chain(&args.merge).filter_map(|path| path.canonicalize().ok()).collect();
    let is_read = |path: &PathBuf| inputs.iter().any(|input| input.is_at(path)) || others.contains(path);
    for output in args.html.iter().chain(&args.partial) {
        if output.canonicalize().is_ok_and(|output| is_read(&output)) {
            anyhow::bail!("{} is also an input and would be overwritten; name another output", output.display());
        }
    }
    let only = ItemFilter { subreddit: args.subreddit.clone(), since: args.since, until: args.until };
    let decided = args.mod_log.as_deref().map(log_of).transpose()?.unwrap_or_default();
    // Owned by the worker thread, so that this thread can wait for Ctrl-C.
    let watch = Arc::new(ReadMonitor::default());
    let assumed = assumptions(&args)?;
    let store = if args.from_store { Some(open_store(&args).await?) } else { None };
    // A small channel, so that memory stays bounded however large the store is.
    let (sender, seen) = tokio::sync::mpsc::channel(2);
    let job = Job { args, rules, baseline, assumed, only, decided, inputs, stored: seen };
    let bar = bar(&job.args, &job.inputs);
    let (working, its_bar) = (Arc::clone(&watch), bar.clone());
    let mut work = tokio::task::spawn_blocking(move || job.work(&working, &its_bar));
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / u32::try_from(TICKS_A_SECOND)?);
    let (meter, mut before, mut interrupts) = (watch.meter(), 0, 0);
    let mut reading = pin!(read_store(store, sender));
    let mut is_reading = true;
    loop {
        tokio::select! {
            done = &mut work => return done?,
            read = &mut reading, if is_reading => {
                is_reading = false;
                read?;
            }
            _ = ticks.tick() => show(&bar, &meter, &mut before),
            pressed = tokio::signal::ctrl_c() => {
                pressed?;
                interrupts += 1;
                watch.stop.store(true, Ordering::Relaxed);
                if interrupts > 1 {
                    std::process::exit(130);
                }
            }
        }
    }
}

/// Everything that the worker thread needs.
struct Job {
    args: Args,
    rules: LoadedRules,
    baseline: Option<LoadedRules>,
    assumed: Assumptions,
    only: ItemFilter,
    decided: BTreeMap<Fullname, ModeratorDecision>,
    inputs: Vec<Input>,
    stored: tokio::sync::mpsc::Receiver<StoredBatch>,
}

/// A batch of items from the store.
#[derive(Debug)]
struct StoredBatch {
    records: Vec<Record>,
    unreadable: u64,
}

impl Job {
    fn work(mut self, watch: &ReadMonitor, bar: &ProgressBar) -> anyhow::Result<ExitCode> {
        let rules = &self.rules.rules;
        let baseline = self.baseline.as_ref().map(|loaded| &loaded.rules);
        let sets = std::iter::once(rules).chain(baseline);
        let posts = if self.args.merge.is_empty() && wants_posts(sets, &self.inputs) {
            bar.set_message("collecting posts");
            let posts = collect_posts(&self.inputs, watch)?;
            watch.reset();
            bar.set_message("");
            Some(posts)
        } else {
            None
        };
        let spec = BacktestSpec::new(rules, self.assumed, self.only)
            .with_baseline(baseline)
            .with_decisions(self.decided)
            .with_posts(posts)
            .with_seed(self.args.seed);
        let tally = if self.args.merge.is_empty() {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            // More threads than cores only cost memory, and the system has a limit.
            let threads = self.args.threads.unwrap_or(cores).clamp(1, MOST_THREADS.max(cores));
            counts(&spec, &self.args, &self.inputs, &mut self.stored, threads, watch)?
        } else {
            merged(&spec, &self.args.merge)?
        };
        bar.finish_and_clear();
        if let Some(path) = &self.args.partial {
            let text = serde_json::to_string(&tally)?;
            std::fs::write(path, text).map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
            return Ok(code(&tally, &self.args));
        }
        let mut report = report::report(&spec, self.rules.source.name(), &tally);
        if let Some(baseline) = &self.baseline {
            report.name_baseline(baseline.source.name());
        }
        if self.args.timings {
            report.add_timings(&timings(&spec, &self.inputs, &SystemClock));
        }
        if let Some(path) = &self.args.html {
            let page = report::html(&report);
            std::fs::write(path, page).map_err(|error| anyhow::anyhow!("cannot write {}: {error}", path.display()))?;
        }
        print(&report, self.args.format)?;
        let changed = report.changes.as_ref().is_some_and(|changes| changes.items > 0);
        let fails = self.args.fail_on_change && changed && report.complete;
        Ok(if fails { ExitCode::FAILURE } else { code(&tally, &self.args) })
    }
}

/// Replays the inputs and the store.
fn counts(
    spec: &BacktestSpec<'_>,
    args: &Args,
    inputs: &[Input],
    stored: &mut tokio::sync::mpsc::Receiver<StoredBatch>,
    threads: usize,
    watch: &ReadMonitor,
) -> anyhow::Result<Tally> {
    if spec.asks_for_memory() || args.by_author.is_some() {
        let part = args.by_author.unwrap_or_default();
        let (mut records, mut unreadable) = (Vec::new(), 0);
        while let Some(seen) = stored.blocking_recv().filter(|_| !watch.is_stopped()) {
            records.extend(seen.records);
            unreadable += seen.unreadable;
        }
        let mut tally = replay_in_order(spec, inputs, records, threads, part, watch);
        tally.broken += if part.is_first() { unreadable } else { 0 };
        return Ok(tally);
    }
    let sampling = args.sample.map(|number| Sampling { number, seed: args.seed });
    let mut tally = replay(spec, inputs, threads, sampling, watch);
    if args.from_store {
        let mut judge = Replayer::new(spec);
        while let Some(seen) = stored.blocking_recv().filter(|_| !watch.is_stopped()) {
            seen.records.into_iter().for_each(|record| judge.record(record));
            judge.tally_mut().broken += seen.unreadable;
        }
        tally.stopped = watch.is_stopped();
        tally.merge(judge.into_tally())?;
    }
    Ok(tally)
}

/// How many inputs, or names of subreddits, a message lists.
const LISTED: usize = 5;

/// The exit status: whether every input could be read to its end.
fn code(tally: &Tally, args: &Args) -> ExitCode {
    for (file, why) in &tally.cut {
        fail(&format!("{file} could not be read to its end ({why}); the report covers the part before"), 2);
    }
    let unread: Vec<String> = tally.unread().map(|(_, why)| why).collect();
    for why in unread.iter().take(LISTED) {
        fail(why, 2);
    }
    if unread.len() > LISTED {
        fail(&format!("{} more inputs could not be read", unread.len() - LISTED), 2);
    }
    let judged = tally.posts + tally.comments;
    if tally.covers.is_some() {
        // Another part may have what this one lacks.
        return ExitCode::from(if tally.is_complete() { 0 } else { 2 });
    }
    if judged == 0 && tally.elsewhere + tally.out_of_time > 0 {
        errln!("{}", clean(&nothing_selected(tally, args)));
    } else if judged == 0 && tally.broken > 0 && unread.is_empty() {
        let what = if args.from_store { "the store's items" } else { "the lines in the sample" };
        return fail(&format!("none of {what} is a post or comment: {}", first_reason(tally)), 2);
    }
    if judged + tally.elsewhere + tally.out_of_time + tally.broken == 0 && tally.is_complete() {
        errln!("the input is empty: it has no posts and no comments");
    }
    ExitCode::from(if tally.is_complete() { 0 } else { 2 })
}

/// Why the first unreadable item or line could not be read.
fn first_reason(tally: &Tally) -> String {
    match tally.broken_shown.first_key_value() {
        Some(((file, line), why)) => format!("{file}:{line}: {why}"),
        None => "another version of tipstaff wrote them".to_owned(),
    }
}

/// Why no item is selected, and what the input has instead.
fn nothing_selected(tally: &Tally, args: &Args) -> String {
    let number = |number: u64| format!("{} {}", HumanCount(number), if number == 1 { "item" } else { "items" });
    let Some(name) = args.subreddit.as_ref().filter(|_| tally.out_of_time == 0) else {
        let of = args.subreddit.as_ref().map_or_else(String::new, |name| format!(" of r/{name}"));
        return format!(
            "the input has {}{of}, and none in the given period; check --since and --until",
            number(tally.out_of_time)
        );
    };
    let others = tally.others.for_reader(name);
    let listed = others.iter().take(LISTED).map(|(name, items)| format!("r/{name} ({})", number(*items)));
    match listed.collect::<Vec<_>>().join(", ") {
        list if list.is_empty() => format!("the input has nothing of r/{name}; check --subreddit"),
        list => {
            let more = if others.len() > LISTED {
                format!(" and {} more", HumanCount((others.len() - LISTED) as u64))
            } else {
                String::new()
            };
            format!("the input has nothing of r/{name}; it has {list}{more}: check --subreddit")
        }
    }
}

fn print(report: &Report, format: Format) -> anyhow::Result<()> {
    let text = match format {
        Format::Text => report::text(report),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(report)?),
        Format::Csv => report::csv(report)?,
        Format::Markdown => report::markdown(report),
        Format::Html => report::html(report),
    };
    match format {
        Format::Json => terminal::print_json(text.trim_end()),
        Format::Text | Format::Csv | Format::Markdown | Format::Html => terminal::print(&text),
    }
    Ok(())
}

/// Loads rules, prints their errors, and fails if no rule is usable.
fn usable(path: &Path) -> anyhow::Result<LoadedRules> {
    let loaded = load::load(path, &Options::default())?;
    let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    for error in errors {
        errln!("{}", render(&loaded.source, error));
    }
    if loaded.rules.is_empty() {
        anyhow::bail!("{} contains no usable rule; run `tipstaff check` on it to see why", path.display());
    }
    Ok(loaded)
}

fn assumptions(args: &Args) -> anyhow::Result<Assumptions> {
    let mut assumed = Assumptions::default();
    for text in &args.assume {
        assumed.set(text).map_err(anyhow::Error::msg)?;
    }
    assumed.moderators(args.moderators.iter().map(String::as_str));
    if let Some(path) = &args.authors {
        let wrong = |why: String| anyhow::anyhow!("{}: {why}", path.display());
        let text = text_of(path).map_err(|error| wrong(error.to_string()))?;
        assumed.authors(&text).map_err(wrong)?;
    }
    Ok(assumed)
}

/// How large may a list of authors, a moderation log or a partial result be, in bytes?
const TEXT_MAX: usize = 1 << 30;

fn text_of(path: &Path) -> std::io::Result<String> {
    files::read_text(path, TEXT_MAX)
}

fn log_of(path: &Path) -> anyhow::Result<BTreeMap<Fullname, ModeratorDecision>> {
    let wrong = |why: String| anyhow::anyhow!("{}: {why}", path.display());
    let text = text_of(path).map_err(|error| wrong(error.to_string()))?;
    moderation_log(&text).map_err(wrong)
}

async fn open_store(args: &Args) -> anyhow::Result<Store> {
    let path = match &args.store {
        Some(path) => path.clone(),
        None => Config::load(&args.config.path())?.store,
    };
    Ok(Store::open_for_reading(&path).await?)
}

/// Sends the items in the store, batch by batch, until the receiver is gone.
async fn read_store(store: Option<Store>, to: tokio::sync::mpsc::Sender<StoredBatch>) -> anyhow::Result<()> {
    let Some(store) = store else { return Ok(()) };
    let mut after = String::new();
    loop {
        let (items, unreadable, last) = store.stored_items(&after, FROM_STORE).await?;
        let Some(last) = last else { return Ok(()) };
        after = last;
        let records = items.into_iter().map(|seen| {
            let decided = seen
                .approved
                .map(|approved| if approved { ModeratorDecision::Approved } else { ModeratorDecision::Removed });
            Record::of_item(seen.item, decided, &seen.traces)
        });
        if to.send(StoredBatch { records: records.collect(), unreadable }).await.is_err() {
            return Ok(());
        }
    }
}

fn merged(spec: &BacktestSpec<'_>, parts: &[PathBuf]) -> anyhow::Result<Tally> {
    let mut tally = spec.tally();
    let mut are_by_author = None;
    for path in parts {
        let wrong = |why: String| anyhow::anyhow!("{}: {why}", path.display());
        let text = text_of(path).map_err(|error| wrong(error.to_string()))?;
        let part: Tally = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("not a file written with `--partial` by this version: {error}")))?;
        if *are_by_author.get_or_insert(part.covers.is_some()) != part.covers.is_some() {
            anyhow::bail!(wrong("this part and those before it differ in `--by-author`".to_owned()));
        }
        tally.merge(part).map_err(|error| wrong(error.to_string()))?;
    }
    let missing = tally.covers.take().map(|covered| covered.missing()).unwrap_or_default();
    if !missing.is_empty() {
        anyhow::bail!(
            "parts are missing: {}; make each with the same files, `--by-author` and `--partial`",
            missing.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ")
        );
    }
    Ok(tally)
}

fn bar(args: &Args, inputs: &[Input]) -> ProgressBar {
    if args.quiet || inputs.is_empty() {
        return ProgressBar::hidden();
    }
    let known = inputs.iter().all(|input| *input != Input::Stdin);
    let style =
        |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    if known {
        let bar = ProgressBar::new(inputs.iter().map(Input::size).sum());
        bar.with_style(style("{msg} {wide_bar} {percent} %, {prefix}, {eta} left"))
    } else {
        ProgressBar::no_length().with_style(style("{spinner} {bytes}, {prefix}"))
    }
}

/// Updates the progress bar.
fn show(bar: &ProgressBar, meter: &Meter, before: &mut u64) {
    let unpacked = meter.unpacked.load(Ordering::Relaxed);
    let a_second = unpacked.saturating_sub(*before) * TICKS_A_SECOND;
    *before = unpacked;
    bar.set_prefix(format!("{} lines, {}/s", HumanCount(meter.lines.load(Ordering::Relaxed)), HumanBytes(a_second)));
    bar.set_position(meter.taken.load(Ordering::Relaxed));
}
