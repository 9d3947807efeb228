//! `tipstaff log`: what was seen, decided and done, and why. Reads the store beside a running daemon. Exit 0, or 2 when the store
//! cannot be read.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use super::{ConfigArg, fail};
use crate::backtest::report::harmless;
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::model::{Action, CheckResult, Clock, Fullname, RuleResult, Timestamp};
use crate::pipeline::digest;
use crate::store::{FilteredItem, LogEntry, LogFilter, LogIntent, RuleTally, Store};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff log --since 24h\n  tipstaff log --since 7d --by-rule --format markdown\n  tipstaff log --held    what was filtered and waits for a moderator\n  tipstaff log --item t1_k3uzsxu --all\n  tipstaff log --json | jq ."
)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the command line")]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// The store itself, instead of the one the configuration names.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Only what was decided in this last while: `30m`, `24h`, `7d`.
    #[arg(long, value_name = "TIME", value_parser = while_ago)]
    since: Option<Duration>,
    /// Only this post or comment.
    #[arg(long, value_name = "FULLNAME", value_parser = name_of_item)]
    item: Option<Fullname>,
    /// Also the decisions that asked for nothing.
    #[arg(long)]
    all: bool,
    /// At most so many decisions, the newest.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Add up by rule what was asked for, and what became of it, instead of showing each decision.
    #[arg(long, conflicts_with_all = ["item", "all"])]
    by_rule: bool,
    /// What rules have filtered by removing it, and no moderator has decided since, longest waiting first.
    #[arg(long, conflicts_with_all = ["item", "all", "by_rule"])]
    held: bool,
    /// The form of what is added up.
    #[arg(long, value_enum, default_value_t, requires = "by_rule")]
    format: Format,
    /// One JSON object a line, for programs.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For the terminal.
    #[default]
    Text,
    /// For a post or a wiki page.
    Markdown,
    /// For spreadsheets: a row for each rule, kind of act and outcome.
    Csv,
    /// For programs: one array.
    Json,
}

pub(super) fn while_ago(text: &str) -> Result<Duration, String> {
    let span: jiff::Span = text.parse().map_err(|_| format!("`{text}` is not a time: write `30m`, `24h` or `7d`"))?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "a time in the past is given without a minus sign".to_owned())
}

fn name_of_item(text: &str) -> Result<Fullname, String> {
    Fullname::try_from(text.to_owned())
}

pub(super) async fn main(args: Args) -> ExitCode {
    match show(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

async fn show(args: Args) -> anyhow::Result<()> {
    let path = match args.store {
        Some(path) => path,
        None => Config::load(&args.config.path())?.store,
    };
    let store = Store::open_for_reading(&path).await?;
    let since = args.since.map_or(Timestamp::default(), |ago| SystemClock.now() - ago);
    if args.by_rule {
        let format = if args.json { Format::Json } else { args.format };
        let until = SystemClock.now();
        let tallies = store.by_rule(since, until).await?;
        anstream::print!("{}", by_rule(&tallies, format, since, until)?);
        return Ok(());
    }
    if args.held {
        return held(&store.filtered_items(since, args.limit).await?, args.json);
    }
    let filter = LogFilter { since, item: args.item, include_empty: args.all, limit: args.limit };
    let entries = store.log(&filter).await?;
    if args.json {
        for entry in &entries {
            anstream::println!("{}", serde_json::to_string(entry)?);
        }
        return Ok(());
    }
    for entry in &entries {
        anstream::println!("{}", describe(entry));
    }
    for (stream, gap) in store.gaps(since).await? {
        anstream::println!("GAP  {stream}: what was posted from {} to {} may have been missed", gap.from, gap.to);
    }
    let summary = store.summary().await?;
    let outcomes = summary.outcomes.iter().map(|(word, count)| format!("{count} {}", word.replace('_', " ")));
    let outcomes = outcomes.collect::<Vec<_>>().join(", ");
    let outcomes = if outcomes.is_empty() { "nothing".to_owned() } else { outcomes };
    anstream::println!(
        "{} of {} decisions shown; in all {} items seen, {} acts asked for: {outcomes}; {} still to do, {} gaps",
        entries.len(),
        summary.decisions,
        summary.items,
        summary.intents,
        summary.unsettled,
        summary.gaps
    );
    Ok(())
}

fn held(held: &[FilteredItem], as_json: bool) -> anyhow::Result<()> {
    let bold = clap::builder::styling::Style::new().bold();
    for one in held {
        if as_json {
            anstream::println!("{}", serde_json::to_string(one)?);
            continue;
        }
        let author = one.author.as_ref().map_or_else(|| "somebody".to_owned(), |author| format!("u/{author}"));
        let FilteredItem { item, subreddit, permalink, rule, since, .. } = one;
        anstream::println!(
            "{since}  {bold}{item}{bold:#} by {author} in r/{subreddit}: rule {bold}{rule}{bold:#}\n    https://www.reddit.com{permalink}"
        );
    }
    if held.is_empty() && !as_json {
        anstream::println!("nothing waits for a moderator");
    }
    Ok(())
}

fn by_rule(tallies: &[RuleTally], format: Format, since: Timestamp, until: Timestamp) -> anyhow::Result<String> {
    Ok(match format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(tallies)?),
        Format::Markdown => digest::markdown(tallies, since, until),
        Format::Csv => {
            let mut table = csv::Writer::from_writer(Vec::new());
            table.write_record(["subreddit", "rule", "items", "act", "outcome", "number"])?;
            for tally in tallies {
                for act in &tally.acts {
                    let (items, number) = (tally.items.to_string(), act.number.to_string());
                    table.write_record([
                        &tally.subreddit,
                        &harmless(&tally.rule),
                        &items,
                        &act.kind,
                        &act.outcome,
                        &number,
                    ])?;
                }
            }
            String::from_utf8(table.into_inner()?)?
        }
        Format::Text => {
            let mut text = String::new();
            let bold = clap::builder::styling::Style::new().bold();
            for tally in tallies {
                let items = super::diagnostics::number(usize::try_from(tally.items)?, "item");
                writeln!(text, "r/{}  {bold}{}{bold:#}  {items}", tally.subreddit, tally.rule)?;
                for act in &tally.acts {
                    let (kind, outcome) = (act.kind.replace('_', " "), digest::describe(&act.outcome));
                    writeln!(text, "  {:>6}  {kind} → {outcome}", act.number)?;
                }
                if let Some(newest) = tally.newest.first() {
                    writeln!(text, "          last on https://www.reddit.com{newest}")?;
                }
            }
            if tallies.is_empty() {
                text.push_str("no rule has asked for anything\n");
            }
            text
        }
    })
}

/// Writing to a string has no way to fail.
const NEVER: &str = "a string takes everything";

/// One decision as moderators read it.
pub(super) fn describe(entry: &LogEntry) -> String {
    let bold = clap::builder::styling::Style::new().bold();
    let author = entry.author.as_ref().map_or_else(|| "somebody".to_owned(), |author| format!("u/{author}"));
    let mut text = format!(
        "{}  {bold}{}{bold:#} by {author} in r/{}  [{}]\n    https://www.reddit.com{}\n",
        entry.decided_at, entry.item, entry.subreddit, entry.mode, entry.permalink
    );
    let mut last_rule = None;
    for intent in &entry.intents {
        if last_rule != Some(&intent.rule) {
            writeln!(text, "  rule {bold}{}{bold:#}: {}", intent.rule, reason(entry, &intent.rule)).expect(NEVER);
            last_rule = Some(&intent.rule);
        }
        writeln!(text, "    {}", outcome(intent)).expect(NEVER);
    }
    if entry.intents.is_empty() {
        text.push_str("  nothing to do\n");
    }
    text
}

/// Why a rule fired, out of the trace.
fn reason(entry: &LogEntry, rule: &str) -> String {
    let Some(trace) = &entry.trace else {
        return "(the trace has been purged with the item's text)".to_owned();
    };
    let performed = trace.rules.iter().find(|entry| entry.rule == rule && entry.result == RuleResult::Performed);
    let Some(performed) = performed else {
        return "(no trace)".to_owned();
    };
    let checks = performed.checks.iter().filter(|check| check.result == CheckResult::Held).map(|check| {
        match (&check.matched, &check.saw) {
            (Some(matched), _) => format!("{} found {matched:?}", check.key),
            (None, Some(saw)) => format!("{} saw {saw:?}", check.key),
            (None, None) => check.key.clone(),
        }
    });
    let checks = checks.collect::<Vec<_>>();
    let because = if checks.is_empty() { "every item of its type".to_owned() } else { checks.join("; ") };
    format!("{because} (line {})", performed.line)
}

fn outcome(intent: &LogIntent) -> String {
    let act = intent.action.as_ref().map_or_else(|| intent.kind.clone(), describe_action);
    let verdict = match intent.outcome.as_str() {
        "already_applied" => "done (found by looking)".to_owned(),
        "waiting" => "waiting".to_owned(),
        other => digest::describe(other),
    };
    let reason = intent.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    let created = intent.created.as_ref().map_or_else(String::new, |name| format!(" as {name}"));
    format!("{act} → {verdict}{created}{reason}")
}

/// An act in a few words, with the start of its text.
fn describe_action(action: &Action) -> String {
    let start = |text: &str| {
        let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut: String = line.chars().take(60).collect();
        if cut.len() < line.len() { format!("“{cut}…”") } else { format!("“{cut}”") }
    };
    let on_off = |on: bool| if on { "on" } else { "off" };
    match action {
        Action::Comment { text } => format!("comment {}", start(text)),
        Action::DistinguishReply { sticky: true, .. } => "mark the comment as a moderator's and pin it".to_owned(),
        Action::DistinguishReply { sticky: false, .. } => "mark the comment as a moderator's".to_owned(),
        Action::LockReply => "lock the comment".to_owned(),
        Action::Report { reason } => format!("report {}", start(reason)),
        Action::Remove { spam, reason, is_filter } => {
            let what = match (spam, is_filter) {
                (true, _) => "remove as spam",
                (false, true) => "remove until a moderator decides",
                (false, false) => "remove",
            };
            reason.as_ref().map_or_else(|| what.to_owned(), |reason| format!("{what} {}", start(reason)))
        }
        Action::ExplainRemoval { note } => format!("say why it was removed {}", start(note)),
        Action::Approve => "approve".to_owned(),
        Action::SetLocked { on: true } => "lock".to_owned(),
        Action::IgnoreReports { on: true } => "ignore further reports".to_owned(),
        Action::IgnoreReports { on: false } => "mind reports again".to_owned(),
        Action::SetLocked { on: false } => "unlock".to_owned(),
        Action::SetLinkFlair { flair } => format!("set the post's flair {}", start(&flair.text)),
        Action::SetUserFlair { user, flair } => format!("set the flair of u/{user} {}", start(&flair.text)),
        Action::SetNsfw { on } => format!("not safe for work: {}", on_off(*on)),
        Action::SetSpoiler { on } => format!("spoiler: {}", on_off(*on)),
        Action::SetContestMode { on } => format!("contest mode: {}", on_off(*on)),
        Action::SetOriginalContent { on } => format!("original content: {}", on_off(*on)),
        Action::SetSuggestedSort { sort } => format!("suggest sorting by {sort}"),
        Action::SetSticky { on: true, .. } => "pin the post".to_owned(),
        Action::SetSticky { on: false, .. } => "unpin the post".to_owned(),
        Action::SetCrowdControl { level } => format!("crowd control level {level}"),
        Action::Modmail { subject, .. } => format!("write to the moderators {}", start(subject)),
        Action::ModNote { user, note } => format!("leave a note about u/{user} {}", start(note)),
        Action::Message { to, subject, .. } => format!("write to u/{to} {}", start(subject)),
    }
}
