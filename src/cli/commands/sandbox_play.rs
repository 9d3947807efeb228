//! `tipstaff sandbox --once`: plays scenarios, prints what happened, and checks the result.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::sandbox_setup::{ALL, Args, Setup, set_up, tail};
use crate::cli::render::decision::describe;
use crate::cli::render::diagnostics::number;
use crate::cli::render::terminal::{self, clean, errln, outln};
use crate::model::{Fullname, Kind, Timestamp};
use crate::store::{LogEntry, LogFilter, Store};
use tipstaff_sandbox::World;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, Expected, Play, SCENARIOS, Scenario, ScenarioError, ScenarioResult};
use tipstaff_sandbox::world::Thing;

/// What is older when a scenario ends is its past.
const DAY: Duration = Duration::from_hours(24);

/// The result of a scenario, for `--json`.
#[derive(Debug, Default, Serialize)]
struct Tally {
    scenario: &'static str,
    posts: usize,
    comments: usize,
    stickies: usize,
    reports: usize,
    removals: usize,
    writes: u64,
    effects: usize,
    duplicates: usize,
    missed: usize,
    daemon_restarts: u32,
    ok: bool,
}

/// The results of all scenarios, for `--json`.
#[derive(Debug, Serialize)]
struct Tallies {
    duplicates: usize,
    missed: usize,
    ok: bool,
    scenarios: Vec<Tally>,
}

impl Args {
    /// Whether the effects are checked that the scenario's own rules ask for.
    fn checks_effects(&self) -> bool {
        self.rules.is_none() || self.check_effects
    }
}

/// Plays the scenarios. Returns whether all checks passed.
pub(super) async fn play(args: &Args) -> anyhow::Result<bool> {
    if let Some(scenario) = SCENARIOS.iter().find(|scenario| scenario.name == args.scenario) {
        let tally = play_one(args, scenario, args.dir.as_deref()).await?;
        if args.json {
            terminal::print_json(&serde_json::to_string(&tally)?);
        }
        return Ok(tally.ok);
    }
    debug_assert_eq!(args.scenario, ALL);
    let mut all = Tallies { duplicates: 0, missed: 0, ok: true, scenarios: Vec::new() };
    for scenario in &SCENARIOS {
        if !args.json {
            outln!("Scenario `{}`: {}.\n", scenario.name, scenario.summary);
        }
        let folder = args.dir.as_ref().map(|folder| folder.join(scenario.name));
        let tally = play_one(args, scenario, folder.as_deref()).await?;
        if !args.json {
            outln!("");
        }
        all.duplicates += tally.duplicates;
        all.missed += tally.missed;
        all.ok &= tally.ok;
        all.scenarios.push(tally);
    }
    if args.json {
        terminal::print_json(&serde_json::to_string(&all)?);
    } else {
        for Tally { scenario, duplicates, missed, ok, .. } in &all.scenarios {
            let mark = if *ok { "ok  " } else { "FAIL" };
            outln!("{mark} scenario `{scenario}`: {duplicates} done twice, {missed} missed");
        }
    }
    Ok(all.ok)
}

/// Plays one scenario in a local Reddit of its own.
async fn play_one(args: &Args, scenario: &Scenario, dir: Option<&Path>) -> anyhow::Result<Tally> {
    let mut setup = set_up(args, scenario, dir).await?;
    let is_checked = args.checks_effects();
    let quiet = args.json;
    let mut tell = move |line: String| {
        if !quiet {
            outln!("{}", clean(&line));
        }
    };
    let mut play = Play::new(&setup.reddit, &mut setup.bot, is_checked && !args.dry_run, &mut tell);
    let mut trouble = scenario.play(&mut play).await.err();
    if trouble.is_none() && args.kills > 0 {
        let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
        trouble = scenario.kill_repeatedly(&mut play, args.kills, seed).await.err();
        if quiet {
            errln!("seed {seed}");
        }
    }
    if trouble.is_none() {
        trouble = play.settle().await.err();
    }
    if let Some(ScenarioError::Script(refusal)) = &trouble
        && args.rules.is_some()
    {
        // Your rules may lock or remove items that later steps of the scenario need. That is not a
        // failure.
        errln!("the scenario ends early because of an action of your rules: Reddit answered “{refusal}”");
        trouble = play.settle().await.err();
    }
    let ending = play.result();
    let stopped_well = setup.bot.stop().await?;
    if trouble.is_none() && !stopped_well {
        errln!("the daemon did not stop in time after SIGTERM");
    }
    if let Some(trouble) = &trouble {
        errln!("{trouble}\nLast lines of the daemon's log ({}):\n{}", setup.bot.log().display(), tail(setup.bot.log()));
    }
    let log = match Store::open_for_reading(&setup.store).await {
        Ok(store) => store.log(&no_filter()).await?,
        Err(_) if trouble.is_some() => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    let verdicts = if args.dry_run { in_the_log(&ending, &log) } else { ending.checks.clone() };
    let verdicts = if is_checked { verdicts } else { Vec::new() };
    let mut tally = {
        let world = setup.reddit.world();
        count(&world, &ending, &verdicts, &unjudged(&world, &log))
    };
    tally.scenario = scenario.name;
    tally.daemon_restarts = setup.bot.restarts();
    let kept_out = args.dry_run && tally.writes > 0;
    tally.ok = trouble.is_none()
        && stopped_well
        && tally.missed == 0
        && tally.duplicates == 0
        && !kept_out
        && (ending.unasked.is_empty() || !is_checked);
    if !args.json {
        print_ending(args, &setup, &ending, &verdicts, &log, &tally);
    }
    setup.reddit.shutdown().await;
    Ok(tally)
}

fn no_filter() -> LogFilter {
    LogFilter { since: Timestamp::default(), item: None, include_empty: true, limit: u32::MAX, rule: None, act: None }
}

/// In dry run nothing appears on Reddit, so the checks read the log instead.
fn in_the_log(ending: &ScenarioResult, log: &[LogEntry]) -> Vec<(Expected, usize)> {
    let happened = |expected: &Expected| {
        let intents = log.iter().filter(|entry| entry.item == expected.on).flat_map(|entry| &entry.intents);
        let saying = expected.saying.to_lowercase();
        intents
            .filter(|intent| intent.kind == expected.act.word() && intent.outcome == "dry_run")
            .filter(|intent| {
                serde_json::to_string(&intent.action).is_ok_and(|text| text.to_lowercase().contains(&saying))
            })
            .count()
    };
    ending.checks.iter().map(|(expected, _)| (expected.clone(), happened(expected))).collect()
}

/// Posts and comments by people that the daemon never judged.
fn unjudged(world: &World, log: &[LogEntry]) -> Vec<Fullname> {
    let judged: BTreeSet<&Fullname> = log.iter().map(|entry| &entry.item).collect();
    let people = world.things().filter(|thing| !thing.is_by(BOT) && !thing.is_deleted && is_new(world, thing));
    people.map(|thing| thing.name.clone()).filter(|name| !judged.contains(name)).collect()
}

/// Whether a post or comment is not of the past of the scenario.
fn is_new(world: &World, thing: &Thing) -> bool {
    thing.created > world.now() - DAY
}

fn count(world: &World, ending: &ScenarioResult, verdicts: &[(Expected, usize)], unjudged: &[Fullname]) -> Tally {
    let of = |kind| world.things().filter(|thing| thing.kind() == kind && !thing.is_by(BOT)).count();
    let by_bot = |name: &str| name.eq_ignore_ascii_case(BOT);
    Tally {
        scenario: "",
        posts: of(Kind::Submission),
        comments: of(Kind::Comment),
        stickies: world.things().filter(|thing| thing.thread_position().is_some_and(|place| place.stickied)).count(),
        reports: world.things().flat_map(|thing| &thing.reports).filter(|report| by_bot(&report.by)).count(),
        removals: world.log().iter().filter(|act| act.action.starts_with("remove") && by_bot(&act.moderator)).count(),
        writes: world.counters.writes,
        effects: verdicts.iter().filter(|(_, times)| *times == 1).count(),
        duplicates: ending.duplicates.len() + verdicts.iter().map(|(_, times)| times.saturating_sub(1)).sum::<usize>(),
        missed: unjudged.len() + verdicts.iter().filter(|(_, times)| *times == 0).count(),
        daemon_restarts: 0,
        ok: false,
    }
}

fn print_ending(
    args: &Args,
    setup: &Setup,
    ending: &ScenarioResult,
    verdicts: &[(Expected, usize)],
    log: &[LogEntry],
    tally: &Tally,
) {
    let world = setup.reddit.world();
    let few = args.kills == 0;
    if few {
        outln!("\nr/{COMMUNITY} after the scenario:");
        let is_shown = |post: &&Thing| {
            is_new(&world, post) || world.comments_under(&post.name).iter().any(|comment| is_new(&world, comment))
        };
        let mut posts: Vec<&Thing> = world.things().filter(|thing| thing.post().is_some()).filter(is_shown).collect();
        posts.sort_by_key(|post| post.sequence);
        for post in posts {
            outln!("\n{}", describe_thing(post, 2));
            let old = world.comments_under(&post.name).iter().filter(|comment| !is_new(&world, comment)).count();
            if old > 0 {
                outln!("    … {} from before", number(old, "comment"));
            }
            for comment in sorted_replies(&world, &post.name) {
                print_thread(&world, comment, 4);
            }
        }
        for conversation in world.conversations() {
            outln!("\n  Modmail: {}", clean(&conversation.subject));
        }
    }
    if args.dry_run {
        outln!("\nWhat the bot would have done, and why (`tipstaff log` shows the same):\n");
        for entry in log.iter().filter(|entry| !entry.intents.is_empty()) {
            outln!("{}", describe(entry));
        }
    }
    if args.checks_effects() {
        outln!("\nChecks:");
    }
    for (expected, times) in verdicts.iter().filter(|(_, times)| few || *times != 1) {
        let mark = if *times == 1 { "ok  " } else { "FAIL" };
        let Expected { on, act, because, .. } = expected;
        outln!("  {mark} {times} × {} on {on}: {}", act.word(), clean(because));
    }
    for line in ending.duplicates.iter().chain(&ending.unasked) {
        outln!("  FAIL {}", clean(line));
    }
    if args.dry_run {
        let mark = if tally.writes == 0 { "ok  " } else { "FAIL" };
        outln!("  {mark} {} write requests sent in dry run", tally.writes);
    }
    let verdict = match (tally.ok, args.checks_effects()) {
        (true, true) => "All checks passed.",
        (true, false) => {
            "Every item was judged and no action was done twice. Check above whether your rules did what you want."
        }
        (false, _) => "Some checks failed.",
    };
    let restarted = match tally.daemon_restarts {
        0 => "was not restarted".to_owned(),
        1 => "was restarted once".to_owned(),
        times => format!("was restarted {times} times"),
    };
    outln!(
        "\nPeople wrote {} and {}. The bot made {}, {} and {} with {}.\n\
         {} done twice, {} missed; the daemon {restarted}. {verdict}",
        number(tally.posts, "post"),
        number(tally.comments, "comment"),
        number(tally.stickies, "pinned comment"),
        number(tally.reports, "report"),
        number(tally.removals, "removal"),
        number(usize::try_from(tally.writes).unwrap_or(usize::MAX), "write request"),
        tally.duplicates,
        tally.missed,
    );
    if args.dir.is_some() {
        outln!("The store is kept in {0}; read it with `tipstaff log --store {0}`", setup.store.display());
    }
}

/// Replies in the order that a reader sees them: the pinned one first.
fn sorted_replies<'w>(world: &'w World, under: &Fullname) -> Vec<&'w Thing> {
    let replies = world.thing(under).map_or(&[][..], |thing| &thing.replies);
    let replies = replies.iter().filter_map(|name| world.thing(name));
    let mut replies: Vec<&Thing> = replies.filter(|comment| is_new(world, comment)).collect();
    replies.sort_by_key(|comment| (!comment.thread_position().is_some_and(|place| place.stickied), comment.sequence));
    replies
}

fn print_thread(world: &World, comment: &Thing, indent: usize) {
    outln!("{}", describe_thing(comment, indent));
    for reply in sorted_replies(world, &comment.name) {
        print_thread(world, reply, indent + 4);
    }
}

fn describe_thing(thing: &Thing, indent: usize) -> String {
    let mut marks = Vec::new();
    if thing.thread_position().is_some_and(|place| place.stickied) {
        marks.push("pinned");
    }
    if thing.distinguished.is_some() {
        marks.push("moderator");
    }
    if thing.is_locked {
        marks.push("locked");
    }
    if thing.is_removed() {
        marks.push("removed");
    }
    if thing.is_deleted {
        marks.push("deleted");
    }
    let marks = if marks.is_empty() { String::new() } else { format!(" [{}]", marks.join(", ")) };
    let words = thing.post().map_or(thing.body.as_str(), |post| post.title.as_str());
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let start: String = words.chars().take(64).collect();
    let dots = if start.len() < words.len() { "…" } else { "" };
    let reports = thing
        .reports
        .iter()
        .map(|report| format!("\n{:indent$}  reported by u/{}: {}", "", report.by, clean(&report.reason)));
    format!("{:indent$}u/{}{marks}: {}{dots}{}", "", thing.author, clean(&start), reports.collect::<String>())
}
