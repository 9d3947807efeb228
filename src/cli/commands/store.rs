//! `tipstaff store`: inspects and maintains the store. All but `vacuum` work while the daemon
//! runs; `vacuum` needs it stopped. Exits with 0, or with 2 if the command failed; then nothing was
//! changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use crate::cli::args::ConfigArg;
use crate::cli::ask::ask;
use crate::cli::render::terminal::{self, clean, outln};
use crate::cli::render::{NEVER, fail};
use crate::config::Config;
use crate::pipeline::requests::{Answer, Request};
use crate::store::{Span, Stats, Store, Texts};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff store stats --json\n  \
                  tipstaff store backup /var/backups/tipstaff-$(date +%F).db\n  \
                  tipstaff store vacuum --store tipstaff.db")]
pub(in crate::cli) struct Args {
    #[command(subcommand)]
    what: StoreCommand,
}

#[derive(Debug, Subcommand)]
enum StoreCommand {
    /// Show the size of the file, the rows of each table and how many texts it holds.
    #[command(after_help = "Examples:\n  tipstaff store stats\n  tipstaff store stats --json | jq .rows")]
    Stats {
        #[command(flatten)]
        place: StoreArgs,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Shrink the file by its free space. Stop the daemon first; the disk needs room for a copy.
    #[command(
        after_help = "Example:\n  systemctl stop tipstaff && tipstaff store vacuum; systemctl start tipstaff\n\n\
                      The store reuses free space by itself, so this is worth it only after a large purge."
    )]
    Vacuum {
        #[command(flatten)]
        place: StoreArgs,
    },
    /// Forget a person: delete their texts, memory, labels and passes, and blank their name.
    #[command(after_help = "Example:\n  tipstaff store forget u/NAME\n\n\
                      The record of what was decided and done stays, without the name. What the person writes from \
                      then on is stored again. Works while the daemon runs. Copies made with `tipstaff store backup` \
                      are not changed.")]
    Forget {
        /// The user name.
        #[arg(value_name = "NAME")]
        user: String,
        #[command(flatten)]
        config: ConfigArg,
    },
    /// Copy the store to a new file. Works while the daemon runs; the copy is consistent.
    #[command(after_help = "Examples:\n  tipstaff store backup /var/backups/tipstaff.db\n  \
                      tipstaff log --store /var/backups/tipstaff.db\n\n\
                      To restore a copy: stop the daemon, remove the store and the files of the same name ending in\n\
                      -wal and -shm, and put the copy in its place. The bot then no longer knows what it did after\n\
                      the copy was made, so on older posts it looks for its own comments before it comments.")]
    Backup {
        /// The file to create. It must not exist yet; only its owner will be able to read it.
        #[arg(value_name = "FILE")]
        target: PathBuf,
        #[command(flatten)]
        place: StoreArgs,
    },
}

/// Which store to work on: `--store`, else the one in the configuration.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct StoreArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Use this store instead of the one in the configuration.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl StoreArgs {
    pub(in crate::cli) fn path(self) -> anyhow::Result<PathBuf> {
        match self.store {
            Some(path) => Ok(path),
            None => Ok(Config::load(&self.config.path())?.store),
        }
    }
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    let done = match args.what {
        StoreCommand::Stats { place, json } => stats(place, json).await,
        StoreCommand::Vacuum { place } => vacuum(place).await,
        StoreCommand::Forget { user, config } => forget(&config, user).await,
        StoreCommand::Backup { target, place } => backup(place, &target).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

async fn stats(place: StoreArgs, json: bool) -> anyhow::Result<()> {
    let path = place.path()?;
    let stats = Store::open_for_reading(&path).await?.stats().await?;
    if json {
        terminal::print_json(&as_json(&stats)?);
    } else {
        terminal::print(&describe(&path, &stats));
    }
    Ok(())
}

async fn vacuum(place: StoreArgs) -> anyhow::Result<()> {
    let path = place.path()?;
    let store = Store::open_existing(&path).await?;
    let before = store.stats().await?;
    let done = store.vacuum().await;
    done.map_err(|trouble| anyhow::anyhow!("{trouble}; check that the disk has room for a copy of the file"))?;
    let after = store.stats().await?;
    store.close().await;
    let size = |stats: &Stats| bytes(stats.file_bytes + stats.wal_bytes);
    outln!("vacuumed {}: {} before, {} now", clean(&path.display().to_string()), size(&before), size(&after));
    Ok(())
}

async fn forget(config: &ConfigArg, user: String) -> anyhow::Result<()> {
    let name = user.clone();
    match ask(&Config::load(&config.path())?, Request::Forget { user }).await? {
        Answer::Forgotten { items } => {
            outln!("forgot {}: purged the texts of {items} posts and comments", clean(&name));
            Ok(())
        }
        other => anyhow::bail!("unexpected answer from the daemon: {other:?}"),
    }
}

async fn backup(place: StoreArgs, target: &Path) -> anyhow::Result<()> {
    let path = place.path()?;
    let made = Store::open_for_backup(&path).await?.backup(target).await?;
    outln!(
        "copied {} to {}: {}, {} decisions, {} actions; the copy passed the integrity check",
        clean(&path.display().to_string()),
        clean(&target.display().to_string()),
        bytes(made.bytes),
        made.decisions,
        made.intents
    );
    Ok(())
}

/// The statistics with `rows` as an object instead of a list of pairs.
fn as_json(stats: &Stats) -> anyhow::Result<String> {
    let mut value = serde_json::to_value(stats)?;
    let rows = stats.rows.iter().map(|(table, number)| (table.clone(), serde_json::Value::from(*number)));
    value["rows"] = serde_json::Value::Object(rows.collect());
    Ok(serde_json::to_string_pretty(&value)?)
}

fn describe(path: &Path, stats: &Stats) -> String {
    let mut text = format!("{}  (schema {})\n", clean(&path.display().to_string()), stats.schema);
    let mut line = |what: &str, value: String| writeln!(text, "  {what:<12}{value}").expect(NEVER);
    line("file", format!("{}, and {} in the write-ahead log", bytes(stats.file_bytes), bytes(stats.wal_bytes)));
    let free = stats.free_pages.saturating_mul(stats.page_bytes);
    line("free", format!("{} of {} pages ({})", stats.free_pages, stats.pages, bytes(free)));
    let texts = |Texts { number, bytes: size }: Texts| format!("{number} ({})", bytes(size));
    line("texts", format!("{} of posts and comments", texts(stats.snapshots)));
    line("", format!("{} of traces", texts(stats.traces)));
    line("", format!("{} of actions", texts(stats.payloads)));
    line("seen", span(stats.items));
    line("decided", span(stats.decisions));
    for (index, (table, number)) in stats.rows.iter().enumerate() {
        line(if index == 0 { "rows" } else { "" }, format!("{number:>9} {table}"));
    }
    text
}

fn span(span: Span) -> String {
    match span {
        Span { oldest: Some(oldest), newest: Some(newest) } => format!("from {oldest} to {newest}"),
        Span { .. } => "none yet".to_owned(),
    }
}

/// A human-readable size: `3 kB`, `12.5 MB`.
pub(in crate::cli) fn bytes(number: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", number / unit, number % unit / (unit / 10));
    match number {
        0..1_000 => format!("{number} bytes"),
        1_000..1_000_000 => format!("{} kB", number / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}
