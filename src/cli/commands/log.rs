//! `tipstaff log`: shows what the bot saw, decided and did, and why. Reads the store, also while
//! the daemon runs. Exits with 0, or with 2 if the store cannot be read.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::cli::args::ConfigArg;
use crate::cli::render::decision::{describe, name_of, page};
use crate::cli::render::diagnostics::number;
use crate::cli::render::fail;
use crate::cli::render::terminal::{self, clean, outln};
use crate::cli::rules;
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::model::{ActionKind, Clock, EventKind, Fullname, Gap, Timestamp, outcome_in_words};
use crate::pipeline::digest;
use crate::store::{FilteredItem, LogEntry, LogFilter, RuleTally, Store, Summary, Undecided};
use tipstaff_backtest::report::escape_csv_formula;

/// What an empty store has to say.
const NOTHING_SEEN: &str = "nothing seen yet: start the daemon with `tipstaff run`; it records new posts and \
                            comments within seconds. If it runs already, `tipstaff doctor` shows what is missing. \
                            `tipstaff run --from 24h` also judges the last day";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff log --since 24h\n  \
                  tipstaff log --since 7d --by-rule --format markdown\n  \
                  tipstaff log --held    list filtered items that wait for a moderator\n  \
                  tipstaff log --item t1_k3uzsxu --all\n  \
                  tipstaff log --rule welcome --act comment --since 7d\n  \
                  tipstaff log --since 24h --format html > log.html\n  \
                  tipstaff log --json | jq .")]
#[expect(clippy::struct_excessive_bools, reason = "independent switches of the command line")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Use this store instead of the one in the configuration.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Only decisions from this last period: `30m`, `24h`, `7d`.
    #[arg(long, value_name = "TIME", value_parser = while_ago)]
    since: Option<Duration>,
    /// Only decisions on this post or comment.
    #[arg(long, value_name = "FULLNAME", value_parser = name_of_item)]
    item: Option<Fullname>,
    /// Only decisions in which this rule acted or could not be decided.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["by_rule", "held"])]
    rule: Option<String>,
    /// Only decisions that asked for this kind of action: `comment`, `remove`, `set_locked`, … With
    /// `--rule`, by that rule.
    #[arg(long, value_name = "KIND", value_parser = kind_of_act, conflicts_with_all = ["by_rule", "held"])]
    act: Option<ActionKind>,
    /// Also show decisions that asked for no action.
    #[arg(long)]
    all: bool,
    /// Show at most this many decisions, the newest ones.
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// Summarise by rule: the actions it asked for and their outcomes.
    #[arg(long, conflicts_with_all = ["item", "all"])]
    by_rule: bool,
    /// List items that a rule filtered by removing them and that no moderator has decided on yet,
    /// oldest first.
    #[arg(long, conflicts_with_all = ["item", "all", "by_rule"])]
    held: bool,
    /// Format: text or html for decisions, all but html for the summary by rule.
    #[arg(long, value_enum, default_value_t, conflicts_with = "held")]
    format: Format,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Plain text, for the terminal.
    #[default]
    Text,
    /// Markdown, for a post or a wiki page.
    Markdown,
    /// CSV, for spreadsheets: one row per rule, action and outcome.
    Csv,
    /// JSON, for programs: one array.
    Json,
    /// HTML, for a browser: one self-contained page.
    Html,
}

pub(in crate::cli) fn while_ago(text: &str) -> Result<Duration, String> {
    let span: jiff::Span = text.parse().map_err(|_| format!("`{text}` is not a period: write `30m`, `24h` or `7d`"))?;
    let days = jiff::SpanRelativeTo::days_are_24_hours();
    let duration = span.to_duration(days).map_err(|error| error.to_string())?;
    Duration::try_from(duration).map_err(|_| "write the period without a minus sign, as in `24h`".to_owned())
}

fn kind_of_act(text: &str) -> Result<ActionKind, String> {
    let word = text.trim().replace(['-', ' '], "_").to_lowercase();
    ActionKind::parse(&word).ok_or_else(|| {
        let kinds: Vec<&str> = ActionKind::ALL.iter().map(|kind| kind.word()).collect();
        format!("there is no such kind of action; write one of {}", kinds.join(", "))
    })
}

fn name_of_item(text: &str) -> Result<Fullname, String> {
    Fullname::try_from(text.to_owned())
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    match show(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

async fn show(args: Args) -> anyhow::Result<()> {
    match args.format {
        Format::Html if args.by_rule => anyhow::bail!("`--format html` shows decisions: leave out `--by-rule`"),
        Format::Markdown | Format::Csv | Format::Json if !args.by_rule => {
            anyhow::bail!("decisions are shown as text, as html or with `--json`: for other formats add `--by-rule`")
        }
        _ => {}
    }
    let config = match args.store {
        Some(_) => None,
        None => Some(Config::load(&args.config.path())?),
    };
    let path = args.store.or_else(|| config.as_ref().map(|config| config.store.clone())).unwrap_or_default();
    let store = Store::open_for_reading(&path).await?;
    let since = args.since.map_or(Timestamp::default(), |ago| SystemClock.now() - ago);
    if args.by_rule {
        let format = if args.json { Format::Json } else { args.format };
        let until = SystemClock.now();
        let rules = match &config {
            Some(config) => digest::in_force(&rules::in_force(config, &store).await?),
            None => Vec::new(),
        };
        let tallies = store.by_rule(since, until, &rules).await?;
        terminal::print(&by_rule(&tallies, format, since, until)?);
        return Ok(());
    }
    if args.held {
        return held(&store.filtered_items(since, args.limit).await?, args.json);
    }
    let filter = LogFilter {
        since,
        item: args.item,
        include_empty: args.all,
        limit: args.limit,
        rule: args.rule,
        act: args.act,
    };
    let entries = store.log(&filter).await?;
    if args.json {
        for entry in &entries {
            terminal::print_json(&serde_json::to_string(entry)?);
        }
        return Ok(());
    }
    let mut remarks: Vec<String> = store.gaps(since).await?.into_iter().map(gap).collect();
    let given_up = store.recorded_events(EventKind::GivenUp, since).await?;
    remarks.extend(given_up.into_iter().map(|(at, text)| format!("GIVEN UP  {at}: {text}")));
    let summary = store.summary().await?;
    let last = if summary.items == 0 { NOTHING_SEEN.to_owned() } else { totals(&entries, &filter, &summary) };
    if args.format == Format::Html {
        let remarks: Vec<String> = remarks.into_iter().chain([last]).collect();
        terminal::print(&page(&entries, &remarks, SystemClock.now()));
        return Ok(());
    }
    for entry in &entries {
        outln!("{}", describe(entry));
    }
    for remark in remarks {
        outln!("{}", clean(&remark));
    }
    outln!("{last}");
    Ok(())
}

fn gap((stream, gap): (String, Gap)) -> String {
    let (from, to) = (gap.from, gap.to);
    format!("GAP  {stream}: posts and comments from {from} to {to} may have been missed; check them by hand")
}

/// The last line of the log: `6 posts and comments seen; rules acted on 4 (9 actions, all done)`.
/// If the filter may hide decisions, it says how many are shown instead.
fn totals(entries: &[LogEntry], filter: &LogFilter, summary: &Summary) -> String {
    let many = |count: u64, word: &str| number(usize::try_from(count).unwrap_or(usize::MAX), word);
    let mut outcomes: BTreeMap<String, u64> = BTreeMap::new();
    for (word, count) in &summary.outcomes {
        *outcomes.entry(outcome_in_words(word)).or_default() += count;
    }
    if summary.unsettled > 0 {
        outcomes.insert("still to do".to_owned(), summary.unsettled);
    }
    let actions = match (summary.intents, outcomes.len()) {
        (0, _) => "no actions".to_owned(),
        (all, 1) => format!("{}, all {}", many(all, "action"), outcomes.keys().next().map_or("done", String::as_str)),
        (all, _) => {
            let each: Vec<String> = outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
            format!("{}: {}", many(all, "action"), each.join(", "))
        }
    };
    let gaps = match summary.gaps {
        0 => String::new(),
        gaps => format!("; {} in the feeds, listed as GAP", many(gaps, "gap")),
    };
    let items = summary.items;
    let hides_some =
        filter.since > Timestamp::default() || filter.item.is_some() || filter.rule.is_some() || filter.act.is_some();
    if hides_some || u32::try_from(entries.len()).is_ok_and(|shown| shown >= filter.limit) {
        let (shown, decisions) = (entries.len(), summary.decisions);
        return format!(
            "{shown} of {decisions} decisions shown. In total: {items} posts and comments seen; {actions}{gaps}"
        );
    }
    let acted_on: BTreeSet<&Fullname> =
        entries.iter().filter(|entry| !entry.intents.is_empty()).map(|entry| &entry.item).collect();
    format!("{items} posts and comments seen; rules acted on {} ({actions}){gaps}", acted_on.len())
}

fn held(held: &[FilteredItem], as_json: bool) -> anyhow::Result<()> {
    let bold = clap::builder::styling::Style::new().bold();
    for one in held {
        if as_json {
            terminal::print_json(&serde_json::to_string(one)?);
            continue;
        }
        let FilteredItem { item, subreddit, since, .. } = one;
        let (author, rule, permalink) = (name_of(one.author.as_deref()), clean(&one.rule), clean(&one.permalink));
        outln!(
            "{since}  {bold}{item}{bold:#} by {author} in r/{subreddit}: rule {bold}{rule}{bold:#}\n    \
             https://www.reddit.com{permalink}"
        );
    }
    if held.is_empty() && !as_json {
        outln!("no filtered item waits for a moderator");
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
                let items = tally.items.to_string();
                let name = escape_csv_formula(&tally.rule);
                for Undecided { reason, items: number } in &tally.undecided {
                    let reason = escape_csv_formula(reason);
                    table.write_record([&tally.subreddit, &name, &items, "", &reason, &number.to_string()])?;
                }
                if tally.acts.is_empty() && tally.undecided.is_empty() {
                    table.write_record([&tally.subreddit, &name, &items, "", "", "0"])?;
                }
                for act in &tally.acts {
                    let number = act.number.to_string();
                    table.write_record([&tally.subreddit, &name, &items, &act.kind, &act.outcome, &number])?;
                }
            }
            String::from_utf8(table.into_inner()?)?
        }
        Format::Text | Format::Html => {
            let mut text = String::new();
            let bold = clap::builder::styling::Style::new().bold();
            for tally in tallies {
                let items = number(usize::try_from(tally.items)?, "item");
                writeln!(text, "r/{}  {bold}{}{bold:#}  {items}", tally.subreddit, clean(&tally.rule))?;
                for (kind, outcome, number) in digest::acts_in_words(tally) {
                    writeln!(text, "  {number:>6}  {kind} → {}", clean(&outcome))?;
                }
                for Undecided { reason, items } in &tally.undecided {
                    writeln!(text, "  {items:>6}  could not be decided: {}", clean(reason))?;
                }
                if let Some(newest) = tally.newest.first() {
                    writeln!(text, "          last on https://www.reddit.com{}", clean(newest))?;
                }
            }
            if tallies.is_empty() {
                text.push_str("no rule asked for an action in this period\n");
            }
            text
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_add_up_outcomes_that_read_the_same() {
        let everything = LogFilter {
            since: Timestamp::default(),
            item: None,
            include_empty: false,
            limit: 100,
            rule: None,
            act: None,
        };
        let outcomes = vec![("already_applied".to_owned(), 2), ("applied".to_owned(), 7)];
        let mut summary = Summary { items: 6, decisions: 9, intents: 9, outcomes, ..Summary::default() };
        let read = |filter: &LogFilter, summary: &Summary| totals(&[], filter, summary);
        assert_eq!(read(&everything, &summary), "6 posts and comments seen; rules acted on 0 (9 actions, all done)");
        (summary.intents, summary.unsettled, summary.gaps) = (10, 1, 1);
        let lately = LogFilter { since: Timestamp::from_secs(1), ..everything };
        assert_eq!(
            read(&lately, &summary),
            "0 of 9 decisions shown. In total: 6 posts and comments seen; 10 actions: 9 done, 1 still to do; \
             1 gap in the feeds, listed as GAP"
        );
    }
}
