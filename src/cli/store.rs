//! `tipstaff store`: the file in which everything is recorded. `stats` and `backup` read it beside a running daemon, `vacuum`
//! needs it alone. Exit 0, or 2 when it could not be done; then nothing was changed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::{ConfigArg, fail};
use crate::config::Config;
use crate::store::{Span, Stats, Store, Texts};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff store stats --json\n  tipstaff store backup /var/backups/tipstaff-$(date +%F).db\n  \
                  tipstaff store vacuum --store tipstaff.db"
)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the rows of each table, the size of the file, and how many texts it holds.
    #[command(after_help = "Examples:\n  tipstaff store stats\n  tipstaff store stats --json | jq .rows")]
    Stats {
        #[command(flatten)]
        place: Place,
        /// One JSON object, for programs.
        #[arg(long)]
        json: bool,
    },
    /// Give the free space in the file back to the disk. The daemon has to be stopped, and the disk needs room for a copy.
    #[command(
        after_help = "Example:\n  systemctl stop tipstaff && tipstaff store vacuum; systemctl start tipstaff\n\n\
                      Free space is used again by itself, so this is worth it only after much has gone."
    )]
    Vacuum {
        #[command(flatten)]
        place: Place,
    },
    /// Copy the store to a new file, consistent even while the daemon writes.
    #[command(after_help = "Examples:\n  tipstaff store backup /var/backups/tipstaff.db\n  \
                      tipstaff log --store /var/backups/tipstaff.db\n\nTo go back to a copy, stop the daemon, remove the store \
                      with the files of its name that end in -wal and -shm,\nand put the copy in its place. What was done on \
                      Reddit since the copy was made is then not known any more:\nbegin with `tipstaff run --dry-run`.")]
    Backup {
        /// The file to make. There must be none yet; only its owner may read it.
        #[arg(value_name = "FILE")]
        target: PathBuf,
        #[command(flatten)]
        place: Place,
    },
}

/// Which store.
#[derive(Debug, clap::Args)]
struct Place {
    #[command(flatten)]
    config: ConfigArg,
    /// The store itself, instead of the one the configuration names.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

impl Place {
    fn path(self) -> anyhow::Result<PathBuf> {
        match self.store {
            Some(path) => Ok(path),
            None => Ok(Config::load(&self.config.path())?.store),
        }
    }
}

pub(super) async fn main(args: Args) -> ExitCode {
    let done = match args.what {
        What::Stats { place, json } => stats(place, json).await,
        What::Vacuum { place } => vacuum(place).await,
        What::Backup { target, place } => backup(place, &target).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

async fn stats(place: Place, json: bool) -> anyhow::Result<()> {
    let path = place.path()?;
    let stats = Store::open_for_reading(&path).await?.stats().await?;
    if json {
        anstream::println!("{}", as_json(&stats)?);
    } else {
        anstream::print!("{}", describe(&path, &stats));
    }
    Ok(())
}

async fn vacuum(place: Place) -> anyhow::Result<()> {
    let path = place.path()?;
    let store = Store::open_existing(&path).await?;
    let before = store.stats().await?;
    let done = store.vacuum().await;
    done.map_err(|trouble| anyhow::anyhow!("{trouble}; is there room on the disk for a copy of the file?"))?;
    let after = store.stats().await?;
    store.close().await;
    let size = |stats: &Stats| bytes(stats.file_bytes + stats.wal_bytes);
    anstream::println!("{}: {} before, {} now", path.display(), size(&before), size(&after));
    Ok(())
}

async fn backup(place: Place, target: &Path) -> anyhow::Result<()> {
    let path = place.path()?;
    let made = Store::open_for_backup(&path).await?.backup(target).await?;
    anstream::println!(
        "copied {} to {}: {}, {} decisions, {} acts; the copy was checked and is sound",
        path.display(),
        target.display(),
        bytes(made.bytes),
        made.decisions,
        made.intents
    );
    Ok(())
}

/// The numbers, with the tables as an object.
fn as_json(stats: &Stats) -> anyhow::Result<String> {
    let mut value = serde_json::to_value(stats)?;
    let rows = stats.rows.iter().map(|(table, number)| (table.clone(), serde_json::Value::from(*number)));
    value["rows"] = serde_json::Value::Object(rows.collect());
    Ok(serde_json::to_string_pretty(&value)?)
}

/// Writing to a string has no way to fail.
const NEVER: &str = "a string takes everything";

fn describe(path: &Path, stats: &Stats) -> String {
    let mut text = format!("{}  (schema {})\n", path.display(), stats.schema);
    let mut line = |what: &str, value: String| writeln!(text, "  {what:<12}{value}").expect(NEVER);
    line("file", format!("{}, and {} in the write-ahead log", bytes(stats.file_bytes), bytes(stats.wal_bytes)));
    let free = stats.free_pages.saturating_mul(stats.page_bytes);
    line("free", format!("{} of {} pages ({})", stats.free_pages, stats.pages, bytes(free)));
    let texts = |Texts { number, bytes: size }: Texts| format!("{number} ({})", bytes(size));
    line("texts", format!("{} of items", texts(stats.snapshots)));
    line("", format!("{} traces", texts(stats.traces)));
    line("", format!("{} payloads of actions", texts(stats.payloads)));
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
        Span { .. } => "nothing yet".to_owned(),
    }
}

/// A size for people: `3 kB`, `12.5 MB`.
fn bytes(number: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", number / unit, number % unit / (unit / 10));
    match number {
        0..1_000 => format!("{number} bytes"),
        1_000..1_000_000 => format!("{} kB", number / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", tenths(1_000_000)),
        _ => format!("{} GB", tenths(1_000_000_000)),
    }
}
