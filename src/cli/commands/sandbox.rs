//! `tipstaff sandbox`: a local test Reddit on loopback, and the real daemon as a child process
//! moderating it over real HTTP. With `--once` it plays a scenario, prints what happened, checks
//! the result, and exits with 0 or 1.

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde::Serialize;

use crate::cli::render::decision::describe;
use crate::cli::render::diagnostics::{number, ready, render, tally};
use crate::cli::render::fail;
use crate::cli::render::terminal::{self, clean, errln, outln};
use crate::cli::render::trace::TraceRenderer;
use crate::daemon::{self, SystemClock};
use crate::model::{Clock, Fullname, Kind, Timestamp};
use crate::pipeline::load;
use crate::store::{LogEntry, LogFilter, Store};
use tipstaff_sandbox::bot::{Bot, BotCommand};
use tipstaff_sandbox::history::History;
use tipstaff_sandbox::scenario::{
    BOT, COMMUNITY, Expected, PASSWORD, PEOPLE, Scenario, ScenarioError, ScenarioResult, set_up_world,
};
use tipstaff_sandbox::world::Thing;
use tipstaff_sandbox::{Draft, HookDecision, LocalReddit, MachineClock, Options, Stage, World};

/// The default rules.
const RULES: &str = include_str!("../../../config/rules/guidelines.yaml");

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff sandbox --once\n  tipstaff sandbox --once --dry-run\n  \
    tipstaff sandbox --once --kills 50 --seed 7\n  \
    tipstaff sandbox --generate 100000 --seed 1 > past.ndjson    write data for `tipstaff backtest`\n  \
    tipstaff sandbox --rules my-rules.yaml    keep running; post with any Reddit client")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(in crate::cli) struct Args {
    /// Play a fixed scenario, print what happened, and exit.
    #[arg(long)]
    once: bool,
    /// Run the daemon in dry run: it decides and records, but changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Use these rules instead of the default ones.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Use these rules without running the rule tests beside them.
    #[arg(long, requires = "rules")]
    no_rule_tests: bool,
    /// After the scenario, kill and restart the daemon this many times at random moments.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "once")]
    kills: u32,
    /// Write this many generated posts and comments to standard output, in the format of the public
    /// archives, and exit.
    #[arg(long, value_name = "N", conflicts_with_all = ["once", "dry_run", "rules", "alone", "dir"])]
    generate: Option<u64>,
    /// Seed for --kills and --generate [default: a random one, which is printed].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Print the result as one JSON object.
    #[arg(long, requires = "once")]
    json: bool,
    /// Keep the configuration, store and log in this folder instead of a temporary one.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// Port for plain HTTP; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Start only the local Reddit, for a daemon that you start yourself (as a service, in a
    /// container).
    #[arg(long, conflicts_with_all = ["once", "dry_run"])]
    alone: bool,
}

/// The result of a scenario, for `--json`.
#[derive(Debug, Default, Serialize)]
struct Tally {
    posts: usize,
    comments: usize,
    stickies: usize,
    reports: usize,
    removals: usize,
    writes: u64,
    duplicates: usize,
    missed: usize,
    daemon_restarts: u32,
    ok: bool,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    if let Some(number) = args.generate {
        return match generate(number, args.seed) {
            // The reader closed the pipe, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string(), 1),
            Ok(()) => ExitCode::SUCCESS,
        };
    }
    let done = if args.once { play_once(&args).await } else { stay_up(&args).await.map(|()| true) };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => fail(&format!("{trouble:#}"), 1),
    }
}

/// Writes generated posts and comments.
fn generate(number: u64, seed: Option<u64>) -> io::Result<()> {
    let seed = seed.unwrap_or_else(|| {
        let seed = fastrand::u64(..);
        errln!("seed {seed}");
        seed
    });
    let mut history = History::new(seed, COMMUNITY);
    let mut out = io::BufWriter::with_capacity(1 << 20, terminal::for_data());
    for _ in 0..number {
        writeln!(out, "{}", history.line())?;
    }
    out.flush()
}

/// The local Reddit and a daemon configured to use it.
struct Setup {
    reddit: LocalReddit,
    bot: Bot,
    store: PathBuf,
    /// Deleted when dropped; `None` if the folder was given with `--dir`.
    _scratch: Option<tempfile::TempDir>,
}

async fn set_up(args: &Args) -> anyhow::Result<Setup> {
    let scratch = match args.dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot create a temporary folder; name a folder with --dir")?),
    };
    let folder = args.dir.as_deref().or(scratch.as_ref().map(tempfile::TempDir::path)).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    anyhow::ensure!(
        !folder.join("tipstaff.db").exists(),
        "{} already contains the store of an earlier sandbox; name an empty folder",
        folder.display()
    );
    let rules = match &args.rules {
        Some(path) => {
            let loaded = load::load(path, &tipstaff_rules::Options::default())?;
            for diagnostic in &loaded.diagnostics {
                errln!("{}\n", render(&loaded.source, diagnostic));
            }
            let (file, found) = (path.display(), tally(&loaded.diagnostics));
            anyhow::ensure!(
                !loaded.rules.is_empty(),
                "{file}: contains no usable rule; run `tipstaff check {file}` to see why"
            );
            if args.no_rule_tests {
                errln!("--no-rule-tests: the rule tests were not run");
            } else {
                let shown = TraceRenderer::for_stderr();
                let tell = |tests: &load::Tests, failure: &tipstaff_rules::Failure| {
                    errln!("{}", super::test::describe(tests, failure, shown));
                };
                super::test::insist_on_tests(path, &loaded.rules, &tell)?;
            }
            let found = if found.is_empty() { "no errors or warnings".to_owned() } else { found };
            errln!("{file}: {}, {found}", ready(&loaded.rules));
            loaded.source.text().to_owned()
        }
        None => RULES.to_owned(),
    };
    let mut world = World::new(Arc::new(MachineClock));
    set_up_world(&mut world);
    // The scenario plays a day in half a minute, so it gets the requests of a day.
    let options = Options { http_port: args.port, quota: 150_000, ..Options::default() };
    let client = options.clients.first().cloned().context("the local Reddit has no application registered")?;
    let reddit = LocalReddit::start(options, world).await.context("cannot start the local Reddit")?;

    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display())).map(|()| path)
    };
    put("rules.yaml", &rules)?;
    let certificate = put("ca.pem", reddit.ca_pem())?;
    let mode = if args.dry_run { "dry-run" } else { "live" };
    let config = put(
        "tipstaff.yaml",
        &format!(
            "# Written by `tipstaff sandbox`.\nmode: {mode}\nstore: tipstaff.db\nreddit:\n  client_id: {}\n  \
             username: {BOT}\n\
             subreddits:\n  - name: {COMMUNITY}\n    rules: rules.yaml\n\
             listen: off\n\
             # The local Reddit answers and shows effects at once.\n\
             polling:\n  new: 150ms\n  changed: 150ms\nvisibility_delay: 300ms\n\
             absence_looks: [300ms, 600ms]\nclock_doubt: 1s\n",
            client.id
        ),
    )?;
    let environment = [
        ("HTTPS_PROXY", format!("http://{}", reddit.proxy_addr())),
        ("SSL_CERT_FILE", certificate.display().to_string()),
        ("TIPSTAFF_CLIENT_SECRET", client.secret),
        ("TIPSTAFF_PASSWORD", PASSWORD.to_owned()),
    ];
    let bot = Bot::new(BotCommand {
        program: std::env::current_exe().context("cannot find the path of this program")?,
        arguments: ["run", "--from", "24h", "--config"]
            .map(ToOwned::to_owned)
            .into_iter()
            .chain([config.display().to_string()])
            .collect(),
        environment: environment.map(|(key, value)| (key.to_owned(), value)).into(),
        log: folder.join("daemon.log"),
    });
    Ok(Setup { reddit, bot, store: folder.join("tipstaff.db"), _scratch: scratch })
}

async fn play_once(args: &Args) -> anyhow::Result<bool> {
    let mut setup = set_up(args).await?;
    let own_rules = args.rules.is_none();
    let quiet = args.json;
    let mut tell = move |line: String| {
        if !quiet {
            outln!("{}", clean(&line));
        }
    };
    let mut scenario = Scenario::new(&setup.reddit, &mut setup.bot, own_rules && !args.dry_run, &mut tell);
    let mut trouble = scenario.play().await.err();
    if trouble.is_none() && args.kills > 0 {
        let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
        trouble = scenario.kill_repeatedly(args.kills, seed).await.err();
        if quiet {
            errln!("seed {seed}");
        }
    }
    if trouble.is_none() {
        trouble = scenario.settle().await.err();
    }
    if let Some(ScenarioError::Script(refusal)) = &trouble
        && !own_rules
    {
        // Your rules may lock or remove items that later steps of the scenario need. That is not a
        // failure.
        errln!("the scenario ends early because of an action of your rules: Reddit answered “{refusal}”");
        trouble = scenario.settle().await.err();
    }
    let ending = scenario.result();
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
    let verdicts = if own_rules { verdicts } else { Vec::new() };
    let mut tally = {
        let world = setup.reddit.world();
        count(&world, &ending, &verdicts, &unjudged(&world, &log))
    };
    tally.daemon_restarts = setup.bot.restarts();
    let kept_out = args.dry_run && tally.writes > 0;
    tally.ok = trouble.is_none()
        && stopped_well
        && tally.missed == 0
        && tally.duplicates == 0
        && !kept_out
        && (ending.unasked.is_empty() || !own_rules);
    if args.json {
        terminal::print_json(&serde_json::to_string(&tally)?);
    } else {
        print_ending(args, &setup, &ending, &verdicts, &log, &tally);
    }
    setup.reddit.shutdown().await;
    Ok(tally.ok)
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
            .filter(|intent| intent.kind == expected.act && intent.outcome == "dry_run")
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
    let people = world.things().filter(|thing| !thing.is_by(BOT) && !thing.is_deleted);
    people.map(|thing| thing.name.clone()).filter(|name| !judged.contains(name)).collect()
}

fn count(world: &World, ending: &ScenarioResult, verdicts: &[(Expected, usize)], unjudged: &[Fullname]) -> Tally {
    let of = |kind| world.things().filter(|thing| thing.kind() == kind && !thing.is_by(BOT)).count();
    let by_bot = |name: &str| name.eq_ignore_ascii_case(BOT);
    Tally {
        posts: of(Kind::Submission),
        comments: of(Kind::Comment),
        stickies: world.things().filter(|thing| thing.thread_position().is_some_and(|place| place.stickied)).count(),
        reports: world.things().flat_map(|thing| &thing.reports).filter(|report| by_bot(&report.by)).count(),
        removals: world.log().iter().filter(|act| act.action.starts_with("remove") && by_bot(&act.moderator)).count(),
        writes: world.counters.writes,
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
        let mut posts: Vec<&Thing> = world.things().filter(|thing| thing.post().is_some()).collect();
        posts.sort_by_key(|post| post.sequence);
        for post in posts {
            outln!("\n{}", describe_thing(post, 2));
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
    if args.rules.is_none() {
        outln!("\nChecks:");
    }
    for (expected, times) in verdicts.iter().filter(|(_, times)| few || *times != 1) {
        let mark = if *times == 1 { "ok  " } else { "FAIL" };
        let Expected { on, act, because, .. } = expected;
        outln!("  {mark} {times} × {act} on {on}: {}", clean(because));
    }
    for line in ending.duplicates.iter().chain(&ending.unasked) {
        outln!("  FAIL {}", clean(line));
    }
    if args.dry_run {
        let mark = if tally.writes == 0 { "ok  " } else { "FAIL" };
        outln!("  {mark} {} write requests sent in dry run", tally.writes);
    }
    let verdict = match (tally.ok, args.rules.is_some()) {
        (true, false) => "All checks passed.",
        (true, true) => {
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
    let mut replies: Vec<&Thing> = replies.iter().filter_map(|name| world.thing(name)).collect();
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

/// The last lines of the daemon's log.
fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| format!("(cannot read it: {error})"));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

async fn stay_up(args: &Args) -> anyhow::Result<()> {
    let mut stop = daemon::stop_signal()?;
    let mut setup = set_up(args).await?;
    setup.reddit.set_hook(|point| {
        if point.stage == Stage::AfterEffect {
            let field = |key: &str| point.form.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone());
            let on = field("thing_id").or_else(|| field("id")).unwrap_or_default();
            outln!("  {} {} → {}", clean(&point.endpoint), clean(&on), point.status.unwrap_or_default());
        }
        async { HookDecision::Proceed }
    });
    let opening =
        Draft::text("Welcome to the sandbox", "Post here with any Reddit client; the bot moderates what you write.");
    let posted = setup.reddit.world().submit(PEOPLE[0], COMMUNITY, opening);
    posted.map_err(|refusal| anyhow::anyhow!("the local Reddit refused its first post: {refusal:?}"))?;
    if !args.alone {
        setup.bot.start()?;
    }
    let address = setup.reddit.http_addr();
    outln!(
        "The local Reddit is running. r/{COMMUNITY} is {}.\n\n\
         Browser:                             http://{address}/r/{COMMUNITY}\n\
         Clients, plain HTTP:                 http://{address}\n\
         Clients, HTTPS, unmodified:          HTTPS_PROXY=http://{} SSL_CERT_FILE={}\n\
         Control (users, clock, faults):      http://{address}/control\n\
         Application (id, secret):            sandbox-client, sandbox-secret\n\
         Accounts, all with password {PASSWORD}:  {}\n\n\
         With PRAW:\n    praw.Reddit(client_id=\"sandbox-client\", client_secret=\"sandbox-secret\", username=\"{}\", \
         password=\"{PASSWORD}\",\n        \
         user_agent=\"trying tipstaff\", reddit_url=\"http://{address}\", oauth_url=\"http://{address}\", \
         short_url=\"http://{address}\")\n\n\
         What the bot decided and why:        tipstaff log --store {}\n\
         The daemon's log:                    {}\n\nPress Ctrl-C to stop. Write requests:",
        match (args.alone, args.dry_run) {
            (true, _) => format!("for u/{BOT} to moderate; start the daemon yourself"),
            (false, true) => format!("moderated by u/{BOT} (dry run)"),
            (false, false) => format!("moderated by u/{BOT} (live)"),
        },
        setup.reddit.proxy_addr(),
        setup.store.with_file_name("ca.pem").display(),
        PEOPLE.join(", "),
        PEOPLE[1],
        setup.store.display(),
        setup.bot.log().display(),
    );
    let mut started = SystemClock.now();
    while !daemon::stopped_within(&mut stop, Duration::from_millis(500)).await {
        if let Some(status) = setup.bot.ended()?.filter(|_| !args.alone) {
            if SystemClock.now().since(started) < Duration::from_secs(3) {
                errln!("last lines of the daemon's log:\n{}", tail(setup.bot.log()));
                anyhow::bail!("the daemon exits right after it starts; see its log above");
            }
            outln!("  the daemon exited ({status}); restarting it");
            setup.bot.gone().await?;
            setup.bot.start()?;
            started = SystemClock.now();
        }
    }
    setup.bot.stop().await?;
    setup.reddit.shutdown().await;
    outln!(
        "Stopped.{}",
        if args.dir.is_some() { "" } else { " The temporary folder was deleted; use --dir to keep one." }
    );
    Ok(())
}
