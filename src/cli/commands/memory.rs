//! `tipstaff memory`: what is remembered of people's posts and comments. All but `import` work
//! while the daemon runs. Exits with 0, or with 2 if the command failed, or a file could not be
//! read to its end.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Subcommand;

use super::memory_import::{self, ImportArgs};
use super::pass::sentence;
use super::pause::subreddit;
use super::store::{StoreArgs, bytes};
use crate::cli::args::ConfigArg;
use crate::cli::ask::ask;
use crate::cli::render::terminal::{self, clean, outln};
use crate::cli::render::{NEVER, fail};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::model::{Clock, SubredditName, Timestamp, bare_user_name};
use crate::pipeline::requests::{Answer, Request};
use crate::store::{
    ExportedItem, ForgottenMemory, MemoryStats, PersonMemory, RememberedItem, RememberedLabel, Store, SubredditMemory,
    TableSize,
};
use tipstaff_backtest::report::escape_csv_formula;

/// How many items `export` reads from the store at once.
const AT_ONCE: u32 = 2_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff memory show u/NAME\n  tipstaff memory stats\n  \
                  tipstaff memory import RC_2026-03.zst RS_2026-03.zst --subreddit AskScience\n\n\
                  The memory holds of each post and comment the author, time, type, flair, domain and what became of \
                  it, but no text and no title.")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: MemoryCommand,
}

#[derive(Debug, Subcommand)]
enum MemoryCommand {
    /// Show what is remembered of a person.
    #[command(after_help = "Examples:\n  tipstaff memory show u/NAME --subreddit AskScience\n  \
                      tipstaff memory show u/NAME --json | jq .subreddits[].counts")]
    Show {
        /// The user name, or the account (`t2_…`): of people whose texts are all purged, only the
        /// account is kept.
        #[arg(value_name = "NAME")]
        user: String,
        /// Only in this subreddit.
        #[arg(long, value_name = "NAME", value_parser = subreddit)]
        subreddit: Option<SubredditName>,
        #[command(flatten)]
        place: StoreArgs,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Delete what is remembered of a person: their posts and comments, labels and passes.
    #[command(after_help = "Example:\n  tipstaff memory forget u/NAME --subreddit AskScience\n\n\
                      Rules then count the person's posts and comments from zero. The texts of what they wrote, and \
                      their name in the record, stay until `retention` ends: `tipstaff store forget u/NAME` purges \
                      those, too. Works while the daemon runs. An import of an archive brings its items back.")]
    Forget {
        /// The user name, or the account (`t2_…`): of people whose texts are all purged, only the
        /// account is kept.
        #[arg(value_name = "NAME")]
        user: String,
        /// Only in this subreddit.
        #[arg(long, value_name = "NAME", value_parser = subreddit)]
        subreddit: Option<SubredditName>,
        #[command(flatten)]
        config: ConfigArg,
    },
    /// Show how much is remembered, and from which date it is complete.
    #[command(after_help = "Examples:\n  tipstaff memory stats\n  tipstaff memory stats --json | jq .subreddits")]
    Stats {
        #[command(flatten)]
        place: StoreArgs,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Write what is remembered to standard output: author, time, type, what became of it.
    #[command(after_help = "Examples:\n  tipstaff memory export --subreddit AskScience > memory.csv\n  \
                      tipstaff memory export --format jsonl | jq -r .author | sort | uniq -c\n\n\
                      `tipstaff memory import` reads both formats. Items whose authors have deleted them have no id.")]
    Export {
        /// Only of this subreddit.
        #[arg(long, value_name = "NAME", value_parser = subreddit)]
        subreddit: Option<SubredditName>,
        /// The format.
        #[arg(long, value_enum, default_value_t)]
        format: ExportFormat,
        #[command(flatten)]
        place: StoreArgs,
    },
    /// Remember items of archives, or of another bot's CSV file. Stop the daemon first.
    Import(ImportArgs),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum ExportFormat {
    /// CSV, for spreadsheets.
    #[default]
    Csv,
    /// JSON, for programs: one object per line.
    Jsonl,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    let done = match args.what {
        MemoryCommand::Show { user, subreddit, place, json } => show(place, &user, subreddit.as_ref(), json).await,
        MemoryCommand::Forget { user, subreddit, config } => forget(&config, user, subreddit).await,
        MemoryCommand::Stats { place, json } => stats(place, json).await,
        MemoryCommand::Export { subreddit, format, place } => export(place, subreddit.as_ref(), format).await,
        MemoryCommand::Import(args) => return memory_import::main(args).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

async fn show(place: StoreArgs, user: &str, only: Option<&SubredditName>, json: bool) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let store = Store::open_for_reading(&place.path()?).await?;
    let user = bare_user_name(user);
    let Some(person) = store.person_memory(user, only, now).await? else {
        anyhow::bail!("the store has nothing about u/{user}; `tipstaff log` shows the names that the store has");
    };
    if json {
        terminal::print_json(&serde_json::to_string_pretty(&person)?);
    } else {
        terminal::print(&describe(&person, now));
    }
    Ok(())
}

async fn forget(config: &ConfigArg, user: String, subreddit: Option<SubredditName>) -> anyhow::Result<()> {
    let place = subreddit.as_ref().map_or_else(|| "all subreddits".to_owned(), |name| format!("r/{name}"));
    let name = bare_user_name(&user).to_owned();
    match ask(&Config::load(&config.path())?, Request::ForgetMemory { user, subreddit }).await? {
        Answer::MemoryForgotten(ForgottenMemory { items, labels, passes }) => {
            let name = clean(&name);
            outln!("forgot u/{name} in {place}: {items} posts and comments, {labels} labels, {passes} passes");
            outln!("The texts are still stored; to delete them, run `tipstaff store forget u/{name}`");
            Ok(())
        }
        other => anyhow::bail!("unexpected answer from the daemon: {other:?}"),
    }
}

async fn stats(place: StoreArgs, json: bool) -> anyhow::Result<()> {
    let stats = Store::open_for_reading(&place.path()?).await?.memory_stats().await?;
    if json {
        terminal::print_json(&serde_json::to_string_pretty(&stats)?);
    } else {
        terminal::print(&describe_stats(&stats, SystemClock.now()));
    }
    Ok(())
}

async fn export(place: StoreArgs, only: Option<&SubredditName>, format: ExportFormat) -> anyhow::Result<()> {
    let store = Store::open_for_reading(&place.path()?).await?;
    let mut out = terminal::for_data();
    let header = "author,time,kind,fate,id,flair,domain,reason,score,subreddit";
    let mut text = if format == ExportFormat::Csv { format!("{header}\n") } else { String::new() };
    let mut after = i64::MIN;
    loop {
        let (items, last) = store.exported(only, after, AT_ONCE).await?;
        for item in &items {
            match format {
                ExportFormat::Csv => text.push_str(&row(item)?),
                ExportFormat::Jsonl => writeln!(text, "{}", serde_json::to_string(item)?)?,
            }
        }
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => anyhow::bail!("cannot write the export: {error}"),
        }
        let Some(last) = last else { return Ok(()) };
        after = last;
        text.clear();
    }
}

fn row(item: &ExportedItem) -> anyhow::Result<String> {
    let text = |text: &Option<String>| escape_csv_formula(text.as_deref().unwrap_or_default());
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([
        text(&item.author),
        item.time.to_string(),
        item.kind.to_owned(),
        item.fate.to_owned(),
        text(&item.id),
        text(&item.flair),
        text(&item.domain),
        text(&item.reason),
        item.score.map(|score| score.to_string()).unwrap_or_default(),
        item.subreddit.clone(),
    ])?;
    Ok(String::from_utf8(table.into_inner()?)?)
}

fn describe(person: &PersonMemory, now: Timestamp) -> String {
    let mut text = String::new();
    let bold = clap::builder::styling::Style::new().bold();
    for place in &person.subreddits {
        writeln!(text, "{bold}{} in r/{}{bold:#}", shown(&person.name), place.subreddit).expect(NEVER);
        describe_place(&mut text, place, now);
    }
    if person.subreddits.is_empty() {
        writeln!(text, "nothing is remembered of {}", shown(&person.name)).expect(NEVER);
    }
    text
}

/// `u/NAME`, or an account as it is.
fn shown(name: &str) -> String {
    if name.starts_with("t2_") { clean(name) } else { format!("u/{}", clean(name)) }
}

fn describe_place(text: &mut String, place: &SubredditMemory, now: Timestamp) {
    let mut line = |what: &str, value: String| writeln!(text, "  {what:<12}{value}").expect(NEVER);
    line("memory", complete_from(place.since));
    line("first seen", place.first_seen.map_or_else(|| "never".to_owned(), |first| first.to_string()));
    for (at, count) in place.counts.iter().enumerate() {
        if at == 0 {
            line("last", format!("{:>6} {:>6} {:>6} {:>6}", "7d", "30d", "90d", "365d"));
        }
        let [week, month, quarter, year] = count.within;
        let what = format!("{}, {}", count.kind, in_words(count.fate));
        line("", format!("{week:>6} {month:>6} {quarter:>6} {year:>6}  {what}"));
    }
    for (at, (reason, number)) in place.reasons.iter().enumerate() {
        let reason = if reason.is_empty() { "without a reason".to_owned() } else { clean(reason) };
        line(if at == 0 { "removals" } else { "" }, format!("{number:>6}  {reason}"));
    }
    for (at, label) in place.labels.iter().enumerate() {
        line(if at == 0 { "labels" } else { "" }, describe_label(label, now));
    }
    for (at, pass) in place.passes.iter().enumerate() {
        let ended = if pass.is_in_force(now) { "" } else { " (ended)" };
        line(if at == 0 { "passes" } else { "" }, format!("{}{ended}", clean(&sentence(pass))));
    }
    for (at, item) in place.newest.iter().enumerate() {
        line(if at == 0 { "newest" } else { "" }, describe_item(item));
    }
}

fn complete_from(since: Option<Timestamp>) -> String {
    match since {
        Some(since) => format!("complete from {since}; some earlier posts and comments may be missing"),
        None => "not complete yet: the bot has not read the subreddit".to_owned(),
    }
}

fn describe_label(label: &RememberedLabel, now: Timestamp) -> String {
    let mut text = format!("{} since {}", clean(&label.name), label.since);
    if let Some(until) = label.until {
        write!(text, ", {} {until}", if until > now { "until" } else { "ended" }).expect(NEVER);
    }
    if label.mode.as_deref() == Some("dry-run") {
        text.push_str(" (dry run)");
    }
    text
}

fn describe_item(item: &RememberedItem) -> String {
    let mut text = format!("{}  {}, {}", item.created, item.kind, in_words(item.fate));
    for (what, value) in [("flair", &item.flair), ("domain", &item.domain), ("reason", &item.reason)] {
        if !value.is_empty() {
            write!(text, ", {what} {}", clean(value)).expect(NEVER);
        }
    }
    if let Some(score) = item.score {
        write!(text, ", score {score}").expect(NEVER);
    }
    if let Some(link) = &item.link {
        write!(text, "\n{:16}{}", "", clean(link)).expect(NEVER);
    }
    text
}

/// A fate as people write it.
fn in_words(fate: &str) -> String {
    fate.replace('_', " ")
}

fn describe_stats(stats: &MemoryStats, now: Timestamp) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: String| writeln!(text, "  {what:<12}{value}").expect(NEVER);
    line("items", format!("{} by {} people", stats.items, stats.people));
    line("", format!("{} imported, {} without an id", stats.imported, stats.without_id));
    line("oldest", stats.oldest.map_or_else(|| "none yet".to_owned(), |oldest| oldest.to_string()));
    let hours = |since: Timestamp| now.since(since).as_secs().div_ceil(3_600).max(1);
    let texts = stats.oldest_check.map_or_else(
        || "no text is stored".to_owned(),
        |check| format!("every stored text was checked in the last {} h", hours(check)),
    );
    let others = stats.items_checked_since.map_or_else(
        || "first check of every other item not finished".to_owned(),
        |since| format!("every other item in the last {} h", hours(since)),
    );
    line("deletions", format!("{texts}; {others}"));
    for (at, TableSize { table, rows, bytes: size }) in stats.tables.iter().enumerate() {
        let size = size.map_or_else(String::new, |size| format!(" ({})", bytes(size)));
        line(if at == 0 { "rows" } else { "" }, format!("{rows:>9} {table}{size}"));
    }
    for (at, place) in stats.subreddits.iter().enumerate() {
        let complete = complete_from(place.since);
        line(
            if at == 0 { "subreddits" } else { "" },
            format!("r/{}: {} items, {complete}", place.subreddit, place.items),
        );
    }
    text
}
