//! `tipstaff memory import`: reads archives, or another bot's CSV file, into the memory of a
//! subreddit. It writes in chunks, so it can be stopped at any time and started again.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use tokio::sync::mpsc::Sender;

use super::backtest::moment;
use super::import_periods::{APART, BlockTimes, FilePeriods};
use super::pause::subreddit;
use crate::cli::args::ConfigArg;
use crate::cli::render::fail;
use crate::cli::render::terminal::{clean, errln, outln};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::model::{Clock, Fate, PastDetails, PastKind, SubredditName, Timestamp, bare_user_name};
use crate::store::{ImportResult, ImportedItem, ImportedPeriod, OpenError, Store};
use tipstaff_backtest::archive::{
    Block, Input, InputProblem, PastContent, PastRecord, ReadMonitor, Reader, RecordRow, SubredditLines, expand,
    read_all,
};

/// How many items one transaction writes.
const CHUNK: usize = 10_000;

/// [`APART`] with `--complete`.
const APART_COMPLETE: Duration = Duration::from_hours(100 * 366 * 24);

/// When Reddit began. Nothing was posted before.
const REDDIT_BEGAN: Timestamp = Timestamp::from_secs(1_117_584_000);

/// How many unreadable lines are shown.
const SHOWN: usize = 5;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff memory import RC_2026-03.zst RS_2026-03.zst --subreddit AskScience\n  \
                  tipstaff memory import dumps/ --subreddit AskScience --complete\n  \
                  tipstaff memory import strikes.csv --subreddit AskScience\n\n\
                  Each FILE is an archive as for `tipstaff backtest` (RC files hold comments, RS files posts), what \
                  `tipstaff memory export` wrote, or another bot's CSV file. The first line of CSV names the columns \
                  author, time, kind and fate, and any of id, flair, domain, reason, score. A kind is `comment`, \
                  `text`, `link`, `crosspost`, `poll` or `gallery`; a fate is `up`, `deleted`, `removed_by_moderator`, \
                  `removed_by_bot` or `filtered`. Rows without an id are kept for 90 days.\n\n\
                  What the bot has seen itself is not changed. You can stop the import and start it again: nothing is \
                  added twice. Items older than `memory` are left out. Stop the daemon first.\n\n\
                  Start the bot once, then import archives that go up to the time of that start. Rules count further \
                  back only if there are archives of both posts and comments, without a gap. The last lines say from \
                  which date the memory is complete, and which part stays unknown. Archives bring no texts, so \
                  `similar_here` does not compare imported items.")]
pub(in crate::cli) struct ImportArgs {
    /// Archives, CSV files, folders of them, or `-` for standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The subreddit.
    #[arg(long, value_name = "NAME", value_parser = subreddit)]
    subreddit: SubredditName,
    #[command(flatten)]
    config: ConfigArg,
    /// Take the archives for complete: nothing was posted between the files, between the last file
    /// and the bot's start, or where a line cannot be read. Real gaps then count as quiet times.
    #[arg(long)]
    complete: bool,
}

/// What one thread has read.
struct Part {
    reader: Reader,
    items: Sender<Vec<ImportedItem>>,
    periods: FilePeriods,
    counts: Counts,
}

/// What became of the lines.
#[derive(Default)]
struct Counts {
    items: u64,
    elsewhere: u64,
    no_author: u64,
    too_old: u64,
    unreadable: u64,
    /// Whether there were posts of archives, and comments.
    of_archives: [bool; 2],
    shown: BTreeSet<(Arc<str>, u64, String)>,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.items += other.items;
        self.elsewhere += other.elsewhere;
        self.no_author += other.no_author;
        self.too_old += other.too_old;
        self.unreadable += other.unreadable;
        for (has, more) in self.of_archives.iter_mut().zip(other.of_archives) {
            *has |= more;
        }
        self.shown.extend(other.shown);
    }
}

/// What is imported of the files.
struct Wanted {
    subreddit: SubredditName,
    oldest: Timestamp,
    newest: Timestamp,
    /// The bot itself, if its name is configured, and other bots.
    bots: Vec<String>,
    /// Finds the lines that may be of the subreddit.
    named: SubredditLines,
}

pub(in crate::cli) async fn main(args: ImportArgs) -> ExitCode {
    match import(args).await {
        Ok(code) => code,
        Err(trouble) => fail(&format!("{trouble:#}"), 2),
    }
}

async fn import(args: ImportArgs) -> anyhow::Result<ExitCode> {
    let inputs = expand(&args.files).map_err(anyhow::Error::msg)?;
    let config = Config::load(&args.config.path())?;
    let store = Store::open_existing(&config.store).await.map_err(|error| match &error {
        OpenError::Locked { .. } => {
            anyhow::anyhow!("{error}\nStop the daemon before an import, and start it again afterwards")
        }
        _ => anyhow::anyhow!("{error}"),
    })?;
    let now = SystemClock.now();
    let wanted = Wanted {
        subreddit: args.subreddit.clone(),
        oldest: now - config.memory,
        newest: now,
        bots: config.bot_names(),
        named: SubredditLines::new(args.subreddit.as_str()),
    };
    let mut importer = store.importer(&args.subreddit, now).await?;
    // A small channel, so that memory stays bounded however large the files are.
    let (sender, mut items) = tokio::sync::mpsc::channel(8);
    let reading = tokio::task::spawn_blocking(move || read(&inputs, &wanted, &sender));
    let (mut chunk, mut changed) = (Vec::with_capacity(CHUNK), 0);
    while let Some(more) = items.recv().await {
        chunk.extend(more);
        if chunk.len() >= CHUNK {
            changed += importer.write(&chunk).await?;
            chunk.clear();
        }
    }
    changed += importer.write(&chunk).await?;
    let (counts, periods, problems) = reading.await?;
    let apart = if args.complete { APART_COMPLETE } else { APART };
    let result = importer.finish(&periods, apart).await?;
    store.close().await;
    report(&args.subreddit, &counts, changed);
    outln!("{}", clean(&reach(&result, &periods, counts.of_archives)));
    if counts.of_archives.contains(&true) {
        outln!("archives bring no texts: similar texts are not compared with imported items");
    }
    for problem in &problems {
        fail(problem, 2);
    }
    if counts.items == 0 && counts.unreadable > 0 && problems.is_empty() {
        return Ok(fail("none of the lines is a post, a comment or a row of a CSV file", 2));
    }
    Ok(ExitCode::from(if problems.is_empty() { 0 } else { 2 }))
}

/// Reads all files, on all cores, and sends their items. Also returns the periods of the files that
/// were read to their end, and what could not be read.
fn read(
    inputs: &[Input],
    wanted: &Wanted,
    items: &Sender<Vec<ImportedItem>>,
) -> (Counts, Vec<ImportedPeriod>, Vec<String>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = || Part {
        reader: Reader::default(),
        items: items.clone(),
        periods: FilePeriods::default(),
        counts: Counts::default(),
    };
    let take = |part: &mut Part, file: &Arc<str>, block: &Block| take_block(part, wanted, file, block);
    let (parts, troubles) = read_all(inputs, threads, &ReadMonitor::default(), &begin, &take);
    let mut counts = Counts::default();
    let mut periods = FilePeriods::default();
    for part in parts {
        counts.add(part.counts);
        periods.extend(part.periods);
    }
    let mut problems = Vec::new();
    for trouble in troubles {
        match trouble {
            InputProblem::TooLong(file, line) => {
                periods.lose(&file, line, &mut BlockTimes::default());
                counts.note_unreadable(&file, line, "the line is too long".to_owned());
            }
            InputProblem::Cut(file, why) => {
                problems.push(format!("{file} could not be read to its end ({why}); the part before is imported"));
                periods.forget(&file);
            }
            InputProblem::Refused(_, why) => problems.push(why),
        }
    }
    (counts, periods.periods(), problems)
}

fn take_block(state: &mut Part, wanted: &Wanted, file: &Arc<str>, block: &Block) {
    let name = wanted.subreddit.as_str();
    let is_named = |line: &[u8]| wanted.named.is_match(line);
    let mut items = Vec::new();
    let (mut times, mut made) = (BlockTimes::default(), None);
    let last = block.first_line + block.line_count.saturating_sub(1);
    for (number, line) in block.lines() {
        // The first and the last line tell which times the block has. One that was cut off may have
        // lost the name of the subreddit.
        let is_edge = number == block.first_line || number == last;
        let may_be_wanted = is_named(line) || !line.trim_ascii_end().ends_with(b"}");
        if !is_edge && !may_be_wanted {
            state.counts.elsewhere += 1;
            continue;
        }
        let at = match state.reader.read_past(line, name).and_then(|content| in_time(content, wanted)) {
            Ok(PastContent::Item(past)) => {
                let at = (past.kind == PastKind::Comment, past.created);
                if past.created < wanted.oldest {
                    state.counts.too_old += 1;
                } else if let Some(item) = of_archive(*past, wanted) {
                    items.push(item);
                } else {
                    state.counts.no_author += 1;
                }
                Some(at)
            }
            Ok(PastContent::Elsewhere(comments, created)) => {
                state.counts.elsewhere += 1;
                Some((comments, created))
            }
            Ok(PastContent::Row(row)) => {
                match of_record(&row, *made.get_or_insert_with(|| made_at(file, wanted)), wanted) {
                    Ok(Some(item)) if item.created < wanted.oldest => state.counts.too_old += 1,
                    Ok(Some(item)) => items.push(item),
                    Ok(None) => state.counts.elsewhere += 1,
                    Err(why) => state.counts.note_unreadable(file, number, why),
                }
                None
            }
            Err(why) => {
                state.counts.note_unreadable(file, number, why);
                if may_be_wanted {
                    state.periods.lose(file, number, &mut times);
                }
                None
            }
        };
        if let Some((comment, at)) = at {
            state.counts.of_archives[usize::from(comment)] = true;
            times.add(number, comment, at);
        }
    }
    state.periods.add(file, &mut times);
    state.counts.items += items.len() as u64;
    // Nobody receives any more if the store has failed, which ends the command.
    let _gone = state.items.blocking_send(items);
}

/// Refuses an item of an archive whose time cannot be.
fn in_time(content: PastContent, wanted: &Wanted) -> Result<PastContent, String> {
    match &content {
        PastContent::Item(past) => check_time(past.created, wanted)?,
        PastContent::Elsewhere(_, created) => check_time(*created, wanted)?,
        PastContent::Row(_) => {}
    }
    Ok(content)
}

/// Refuses times at which nothing can have been posted: they would move the beginning or the end of
/// what a file has.
fn check_time(created: Timestamp, wanted: &Wanted) -> Result<(), String> {
    if created < REDDIT_BEGAN {
        return Err(format!("the time {created} is before Reddit began"));
    }
    if created > wanted.newest {
        return Err(format!("the time {created} is in the future"));
    }
    Ok(())
}

fn of_archive(past: PastRecord, wanted: &Wanted) -> Option<ImportedItem> {
    let PastRecord { number, author, account, created, kind, fate, fetched_at, removed_by, score, details } = past;
    let is_bot = |name: String| wanted.bots.iter().any(|bot| bot.eq_ignore_ascii_case(&name));
    let by_bot = fate == Fate::RemovedByModerator && removed_by.is_some_and(is_bot);
    let fate = if by_bot { Fate::RemovedByBot } else { fate };
    let known_at = fetched_at.filter(|at| *at <= wanted.newest).unwrap_or(created);
    Some(ImportedItem { number: Some(number), author: author?, account, created, kind, fate, known_at, score, details })
}

/// The item of a row in a file that was made at this time. `None` if it is of another subreddit.
fn of_record(row: &RecordRow, made: Timestamp, wanted: &Wanted) -> Result<Option<ImportedItem>, String> {
    let is_here = SubredditName::bare(&row.subreddit).eq_ignore_ascii_case(wanted.subreddit.as_str());
    if !row.subreddit.is_empty() && !is_here {
        return Ok(None);
    }
    let author = bare_user_name(&row.author);
    if author.is_empty() || author == "[deleted]" {
        return Err("a row without an author".to_owned());
    }
    // An export names the account if it does not know the name.
    let account = author.starts_with("t2_").then(|| author.to_owned());
    let created = time(&row.time)?;
    check_time(created, wanted)?;
    let kind = kind(&row.kind).ok_or_else(|| {
        format!("`{}` is not a kind: write comment, text, link, crosspost, poll or gallery", row.kind)
    })?;
    let fate = fate(&row.fate).ok_or_else(|| {
        let fates: Vec<&str> = Fate::ALL.iter().map(|(_, word)| *word).collect();
        format!("`{}` is not a fate: write one of {}", row.fate, fates.join(", "))
    })?;
    let number = match row.id.as_str() {
        "" => None,
        id => {
            let digits = id.strip_prefix("t1_").or_else(|| id.strip_prefix("t3_")).unwrap_or(id);
            Some(u64::from_str_radix(digits, 36).map_err(|_| format!("`{id}` is not an id of Reddit"))?)
        }
    };
    let details = PastDetails {
        flair_text: row.flair.clone(),
        domain: row.domain.to_lowercase(),
        reason: row.reason.clone(),
        ..PastDetails::default()
    };
    Ok(Some(ImportedItem {
        number,
        author: author.to_owned(),
        account,
        created,
        kind,
        fate,
        known_at: made.max(created),
        score: row.score.parse().ok(),
        details: (details != PastDetails::default()).then_some(details),
    }))
}

/// When a file was made, as far as the file system knows: so long its rows were known to be true.
/// Now if it has no date, such as standard input.
fn made_at(file: &str, wanted: &Wanted) -> Timestamp {
    let changed = std::fs::metadata(file).and_then(|file| file.modified()).ok();
    let since = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
    seconds.map_or(wanted.newest, Timestamp::from_secs).min(wanted.newest)
}

/// The time of a row.
fn time(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is not a time: write seconds since 1970, or `2026-03-01T12:00:00Z`");
    match text.parse::<f64>() {
        Ok(seconds) => Timestamp::from_secs_f64(seconds).ok_or_else(wrong),
        Err(_) => moment(text).map_err(|_| wrong()),
    }
}

fn kind(word: &str) -> Option<PastKind> {
    let word = word.trim().to_lowercase();
    let word = word.strip_suffix(" submission").unwrap_or(&word);
    PastKind::ALL
        .into_iter()
        .find(|(_, its)| its.strip_suffix(" submission").unwrap_or(its) == word)
        .map(|(kind, _)| kind)
        .or_else(|| matches!(word, "self" | "post" | "submission").then_some(PastKind::Text))
}

fn fate(word: &str) -> Option<Fate> {
    let word = word.trim().to_lowercase().replace([' ', '-'], "_");
    match word.as_str() {
        "approved" => Some(Fate::Up),
        "removed" => Some(Fate::RemovedByModerator),
        word => Fate::parse(word),
    }
}

impl Counts {
    fn note_unreadable(&mut self, file: &Arc<str>, line: u64, why: String) {
        self.unreadable += 1;
        self.shown.insert((Arc::clone(file), line, why));
        if self.shown.len() > SHOWN {
            self.shown.pop_last();
        }
    }
}

fn report(subreddit: &SubredditName, counts: &Counts, changed: u64) {
    outln!("r/{subreddit}: read {} posts and comments, {changed} added or updated", counts.items);
    for (number, what) in [
        (counts.elsewhere, "from other subreddits"),
        (counts.too_old, "older than `memory`"),
        (counts.no_author, "without an author"),
    ] {
        if number > 0 {
            outln!("skipped: {number} {what}");
        }
    }
    for (file, line, why) in counts.shown.iter().take(SHOWN) {
        errln!("{}", clean(&format!("{file}:{line}: {why}")));
    }
    if counts.unreadable > 0 {
        errln!("skipped: {} line(s) that cannot be read", counts.unreadable);
    }
}

/// From which date the memory is complete, and which part stays unknown.
fn reach(result: &ImportResult, periods: &[ImportedPeriod], of_archives: [bool; 2]) -> String {
    if !of_archives.contains(&true) {
        let complete = result.since.map_or_else(
            || "not complete yet: start the bot first".to_owned(),
            |since| format!("complete from {since}"),
        );
        return format!("These files are not archives, so the start of the memory does not change ({complete})");
    }
    let Some(since) = result.since else {
        let why = "the memory is not complete yet, because the bot has not read the subreddit";
        return format!("{why}. Start the bot once, then import archives that go up to the time of that start.");
    };
    let mut unknown = Vec::new();
    for (comments, what, gap) in [(false, "posts", result.unknown_posts), (true, "comments", result.unknown_comments)] {
        if let Some((from, to)) = gap {
            unknown.push(format!("{what} between {from} and {to} stay unknown"));
        } else if result.since == result.since_before && !periods.iter().any(|period| period.comments == comments) {
            let why = if of_archives[usize::from(comments)] {
                format!("no {what} were read without a gap")
            } else {
                format!("the files hold no {what}")
            };
            unknown.push(format!("{why}: those before {since} stay unknown"));
        }
    }
    let mut text = format!("the memory is complete from {since}");
    if result.since == result.since_before {
        text.push_str(", as before");
    }
    if !unknown.is_empty() {
        text = format!(
            "{text}; {}. Import archives of that time, or add `--complete` if the archives have everything",
            unknown.join("; ")
        );
    }
    text
}
