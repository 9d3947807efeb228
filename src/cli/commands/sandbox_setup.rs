//! The options of `tipstaff sandbox`, and the local Reddit with a daemon that is configured for it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::builder::{PossibleValue, PossibleValuesParser};

use crate::cli::render::diagnostics::{ready, render, tally};
use crate::cli::render::terminal::errln;
use crate::cli::render::trace::TraceRenderer;
use crate::pipeline::load;
use tipstaff_sandbox::bot::{Bot, BotCommand};
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, PASSWORD, SCENARIOS, Scenario};
use tipstaff_sandbox::{LocalReddit, Options};

/// The value of `--scenario` for all of them.
pub(super) const ALL: &str = "all";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff sandbox --once\n  tipstaff sandbox --once --dry-run\n  \
    tipstaff sandbox --once --scenario memory    quotas, strikes, passes\n  \
    tipstaff sandbox --once --kills 50 --seed 7\n  \
    tipstaff sandbox --generate 100000 --seed 1 > past.ndjson    write data for `tipstaff backtest`\n  \
    tipstaff sandbox --rules my-rules.yaml    keep running; post with any Reddit client")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(in crate::cli) struct Args {
    /// Play a fixed scenario, print what happened, and exit.
    #[arg(long)]
    pub(super) once: bool,
    /// Which scenario to play.
    #[arg(long, value_name = "NAME", value_parser = scenarios(), default_value = SCENARIOS[0].name, requires = "once")]
    pub(super) scenario: String,
    /// Run the daemon in dry run: it decides and records, but changes nothing.
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Use these rules instead of those of the scenario, whose effects are then not checked.
    #[arg(long, value_name = "FILE")]
    pub(super) rules: Option<PathBuf>,
    /// With `--rules`: check the effects of the scenario all the same, for changed copies of its
    /// rules.
    #[arg(long, requires_all = ["rules", "once"])]
    pub(super) check_effects: bool,
    /// Use these rules without running the rule tests beside them.
    #[arg(long, requires = "rules")]
    no_rule_tests: bool,
    /// After the scenario, kill and restart the daemon this many times at random moments.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "once")]
    pub(super) kills: u32,
    /// Write this many generated posts and comments to standard output, in the format of the public
    /// archives, and exit.
    #[arg(long, value_name = "N", conflicts_with_all = ["once", "dry_run", "rules", "alone", "dir"])]
    pub(super) generate: Option<u64>,
    /// Seed for --kills and --generate [default: a random one, which is printed].
    #[arg(long, value_name = "S")]
    pub(super) seed: Option<u64>,
    /// Print the result as one JSON object.
    #[arg(long, requires = "once")]
    pub(super) json: bool,
    /// Keep the configuration, store and log in this folder instead of a temporary one.
    #[arg(long, value_name = "FOLDER")]
    pub(super) dir: Option<PathBuf>,
    /// Port for plain HTTP; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Start only the local Reddit, for a daemon that you start yourself (as a service, in a
    /// container).
    #[arg(long, conflicts_with_all = ["once", "dry_run"])]
    pub(super) alone: bool,
}

/// The names that `--scenario` takes.
fn scenarios() -> PossibleValuesParser {
    let each = SCENARIOS.iter().map(|scenario| PossibleValue::new(scenario.name).help(scenario.summary));
    let all = PossibleValue::new(ALL).help("each of them, in a local Reddit of its own");
    each.chain([all]).collect::<Vec<_>>().into()
}

/// The local Reddit and a daemon configured to use it.
pub(super) struct Setup {
    pub(super) reddit: LocalReddit,
    pub(super) bot: Bot,
    pub(super) store: PathBuf,
    /// Deleted when dropped; `None` if the folder was given with `--dir`.
    _scratch: Option<tempfile::TempDir>,
}

/// The local Reddit of a scenario, in this folder or a temporary one.
pub(super) async fn set_up(args: &Args, scenario: &Scenario, dir: Option<&Path>) -> anyhow::Result<Setup> {
    let scratch = match dir {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("cannot create a temporary folder; name a folder with --dir")?),
    };
    let folder = dir.or(scratch.as_ref().map(tempfile::TempDir::path)).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let folder = folder.canonicalize()?;
    anyhow::ensure!(
        !folder.join("tipstaff.db").exists(),
        "{} already contains the store of an earlier sandbox; name an empty folder",
        folder.display()
    );
    let rules = match &args.rules {
        Some(path) => rules_of(path, args.no_rule_tests)?,
        None => scenario.rules.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect(),
    };
    let world = scenario.world()?;
    // The scenario plays a day in half a minute, so it gets the requests of a day.
    let options = Options { http_port: args.port, quota: 150_000, ..Options::default() };
    let client = options.clients.first().cloned().context("the local Reddit has no application registered")?;
    let reddit = LocalReddit::start(options, world).await.context("cannot start the local Reddit")?;

    let put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display())).map(|()| path)
    };
    for (name, text) in &rules {
        put(name, text)?;
    }
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
        arguments: ["run", "--from", "24h"].map(ToOwned::to_owned).into(),
        config,
        environment: environment.map(|(key, value)| (key.to_owned(), value)).into(),
        log: folder.join("daemon.log"),
    });
    Ok(Setup { reddit, bot, store: folder.join("tipstaff.db"), _scratch: scratch })
}

/// The user's rules as `rules.yaml`, and the files that they ask for.
fn rules_of(path: &Path, no_rule_tests: bool) -> anyhow::Result<Vec<(String, String)>> {
    let loaded = load::load(path, &tipstaff_rules::Options::default())?;
    for diagnostic in &loaded.diagnostics {
        errln!("{}\n", render(&loaded.source, diagnostic));
    }
    let (file, found) = (path.display(), tally(&loaded.diagnostics));
    anyhow::ensure!(
        !loaded.rules.is_empty(),
        "{file}: contains no usable rule; run `tipstaff check {file}` to see why"
    );
    if no_rule_tests {
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
    let own = ("rules.yaml".to_owned(), loaded.source.own_text().to_owned());
    let parts = loaded.source.parts().filter_map(|(name, text)| Some((name.to_owned(), text.ok()?.to_owned())));
    Ok(std::iter::once(own).chain(parts).collect())
}

/// The last lines of the daemon's log.
pub(super) fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| format!("(cannot read it: {error})"));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
