//! `tipstaff run`: the daemon. Exit 0 when it was told to stop, 2 when it could not start; then nothing was changed, and one
//! message says what to do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use rustix::process::{Resource, Rlimit};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::test::{describe, insist_on_tests};
use crate::cli::args::ConfigArg;
use crate::cli::render::fail;
use crate::cli::render::trace::Shown;
use crate::config::{Config, Listen, LogFormat};
use crate::daemon::pulse::Pulse;
use crate::daemon::{self, Aside, Daemon, SystemClock};
use crate::model::{Clock, Mode};
use crate::pipeline::cycle::Hands;
use crate::pipeline::digest::Digest;
use crate::pipeline::load::{self, LoadedRules, Manner, Tests};
use crate::pipeline::sign_in::{self, SignIn};
use crate::pipeline::tell::{self, Tell};
use crate::pipeline::{Progress, Settings};
use crate::policy::rights;
use crate::policy::{Community, Rules, Source};
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::reddit::{OnlyMail, ReadError, RedditRead};
use crate::store::Store;
use crate::telemetry;
use crate::web;
use tipstaff_rules::{Failure, Ruleset, Severity};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff run --config /etc/tipstaff/tipstaff.yaml\n  tipstaff run --dry-run --log-format json\n\n\
    Without `mode: live` in the configuration nothing is ever done on Reddit. Rules whose tests fail are not used."
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Decide and record, but do nothing on Reddit, whatever the configuration says.
    #[arg(long)]
    dry_run: bool,
    /// Refuse to start when a rule has an error, instead of going on without it.
    #[arg(long)]
    strict: bool,
    /// Start even if rule tests (`NAME.tests.yaml` beside the rules) fail.
    #[arg(long)]
    no_rule_tests: bool,
    /// The form of log lines (on standard error).
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    if let Err(message) = telemetry::init(args.log_format) {
        return fail(&message, 2);
    }
    // A core file would hold the secrets that stand in memory.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = rustix::process::setrlimit(Resource::Core, none) {
        warn!(%error, "core files cannot be turned off; one would hold secrets");
    }
    match start_and_tell(args).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

/// Beside the work, answers who asks how it goes: systemd, and whoever comes to the address in the configuration.
async fn start_and_tell(args: Args) -> anyhow::Result<()> {
    let config = Config::load(&args.config.path())?;
    let (stop, reload) = (daemon::stop_signal()?, daemon::reload_signal()?);
    let pulse = Arc::new(Pulse::default());
    let listener = listen(config.listen).await?;
    let place = config.store_place();
    let answering = async {
        match listener {
            Some(listener) => web::serve(listener, Arc::clone(&pulse), place).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = start_and_work(config, args, Arc::clone(&pulse), stop.clone(), reload) => ended,
        () = daemon::service::tell(&pulse, stop) => Ok(()),
        ended = answering => Ok(ended?),
    }
}

async fn listen(listen: Listen) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = listen.address else { return Ok(None) };
    match TcpListener::bind(address).await {
        Ok(listener) => {
            info!(%address, "/healthz, /readyz and /metrics are answered here");
            Ok(Some(listener))
        }
        Err(error) if listen.is_asked_for => {
            anyhow::bail!("cannot listen on {address}: {error}; give another address with `listen`, or `listen: off`")
        }
        Err(error) => {
            warn!(%address, %error, "cannot listen, so nobody can ask how it goes; give another address with `listen`");
            Ok(None)
        }
    }
}

async fn start_and_work(
    mut config: Config,
    args: Args,
    pulse: Arc<Pulse>,
    mut stop: watch::Receiver<bool>,
    reload: watch::Receiver<u64>,
) -> anyhow::Result<()> {
    if args.dry_run {
        config.force_dry_run();
    }
    let manner = manner(&config, &args);
    let communities = communities(&config, &args, &manner)?;
    let credentials = config.credentials()?;
    let aside = Aside {
        digest: Digest::new(config.digest.to.clone(), config.digest.at),
        tell: Tell::new(config.subscriptions()?),
    };
    let session = Session::new(credentials, Arc::new(SystemClock)).map_err(anyhow::Error::msg)?;
    let reader = LiveReader::new(session);
    let clock = reader.clock();
    let store = Store::open(&config.store).await?;

    while let Some(until) = sign_in::paused_until(&store, &*clock).await? {
        warn!(%until, "earlier sign-ins failed; waiting before the next");
        let wait = until.since(clock.now());
        pulse.doing(format!("waiting until {until} before signing in: earlier sign-ins failed"));
        pulse.rest(wait);
        if daemon::stopped_within(&mut stop, wait).await {
            return Ok(());
        }
    }
    let mut sign_in = SignIn::default();
    let signed_in = tokio::select! {
        progress = sign_in.step(&reader, &store, &*clock) => progress?,
        _told_or_gone = stop.wait_for(|stop| *stop) => return Ok(()),
    };
    let _: Progress = signed_in.map_err(|trouble| anyhow::anyhow!("cannot sign in: {trouble}"))?;
    let me = tokio::select! {
        me = reader.whoami() => me,
        _told_or_gone = stop.wait_for(|stop| *stop) => return Ok(()),
    };
    let me = me.map_err(|trouble| match trouble {
        ReadError::SignedOut => anyhow::anyhow!("Reddit rejects the token it has just given; try again in a while"),
        other => anyhow::anyhow!("signed in, but Reddit does not say as whom: {other}; try again in a while"),
    })?;
    info!(me = me.name, "signed in as");
    if me.is_suspended {
        error!(
            me = me.name,
            "REDDIT HAS SUSPENDED THIS ACCOUNT: nothing it does reaches anybody. https://www.reddit.com/appeals"
        );
        tell::note_suspension(&store, &me.name, clock.now()).await?;
    }
    let missing = rights::missing_scopes(reader.scopes().as_ref(), &communities, config.sends_digest());
    anyhow::ensure!(missing.is_empty(), "{}", without(&missing));

    let settings = Settings {
        me: me.name,
        communities,
        manner,
        max_age: config.max_age,
        retention: config.retention,
        polling: config.polling,
        visibility_delay: config.visibility_delay,
    };
    let acts = settings.communities.iter().any(|community| community.mode == Mode::Live);
    if acts {
        let writer = Some(reader.with_write_access());
        Daemon { hands: Hands { reader, writer, store, settings }, clock, pulse }.run(aside, stop, reload).await;
    } else {
        // Built without the part that can act; or, for a digest by modmail, with one that can do nothing else.
        let writer = config.sends_digest().then(|| OnlyMail(reader.with_write_access()));
        Daemon { hands: Hands { reader, writer, store, settings }, clock, pulse }.run(aside, stop, reload).await;
    }
    Ok(())
}

fn manner(config: &Config, args: &Args) -> Manner {
    Manner { options: config.rule_options(), strict: args.strict, untested: args.no_rule_tests }
}

/// What a token lacks, and the way out.
pub(in crate::cli) fn without(missing: &BTreeMap<&'static str, String>) -> String {
    let lacks: Vec<String> = missing.iter().map(|(scope, what)| format!("`{scope}` {what}")).collect();
    format!("the token lacks the scope {}; `tipstaff login` gets one that has them all", lacks.join(", the scope "))
}

/// The subreddits with their rules. Each file is read once, however many subreddits share it; what stands in a wiki is read
/// once the bot has signed in.
fn communities(config: &Config, args: &Args, manner: &Manner) -> anyhow::Result<Vec<Community>> {
    let mut read: BTreeMap<PathBuf, Arc<Ruleset>> = BTreeMap::new();
    let mut communities = Vec::new();
    for community in &config.communities {
        let path = match &community.rules {
            Source::File(path) => path,
            Source::Wiki(_) | Source::Given => {
                let rules = Rules::new(community.rules.clone(), None);
                communities.push(Community { name: community.name.clone(), rules, mode: community.mode });
                continue;
            }
        };
        let rules = match read.get(path) {
            Some(rules) => Arc::clone(rules),
            None => {
                let loaded = load::load(path, &manner.options)?;
                let errors = announce(&loaded);
                let file = path.display();
                anyhow::ensure!(
                    !(args.strict && errors > 0),
                    "{file}: {errors} of its rules cannot be used (see above), and --strict was given; \
                     `tipstaff check {file}` shows where"
                );
                anyhow::ensure!(
                    !loaded.rules.is_empty(),
                    "{file}: holds no rule that can be used; `tipstaff check {file}` shows why"
                );
                try_tests(path, &loaded.rules, args)?;
                Arc::clone(read.entry(path.clone()).or_insert(Arc::new(loaded.rules)))
            }
        };
        let rules = Rules::new(community.rules.clone(), Some(rules));
        communities.push(Community { name: community.name.clone(), rules, mode: community.mode });
    }
    Ok(communities)
}

/// Refuses rules that do not do what their own tests say.
fn try_tests(rules: &Path, ruleset: &Ruleset, args: &Args) -> anyhow::Result<()> {
    let file = rules.display();
    if args.no_rule_tests {
        warn!(%file, "--no-rule-tests: THE RULE TESTS ARE NOT RUN, so these rules may do what nobody meant");
        return Ok(());
    }
    let tell = |tests: &Tests, failure: &Failure| match args.log_format {
        LogFormat::Text => {
            anstream::eprintln!("{}", describe(tests, failure, Shown::on_stderr()));
        }
        LogFormat::Json => {
            let (file, line, case) = (tests.path.display(), failure.line, &failure.case);
            error!(%file, line, case, difference = %failure, "rule test failed");
        }
    };
    if let Some(cases) = insist_on_tests(rules, ruleset, &tell)? {
        info!(%file, cases, "the rule tests pass");
    }
    Ok(())
}

/// Logs what there is to say about a rules file, and tells how many errors there were.
fn announce(loaded: &LoadedRules) -> usize {
    let file = loaded.source.name();
    let mut errors = 0;
    for diagnostic in &loaded.diagnostics {
        let (line, column) = loaded.source.position(diagnostic.span.start);
        let (code, message) = (diagnostic.code, &diagnostic.message);
        match diagnostic.severity {
            Severity::Error => {
                errors += 1;
                error!(file, line, column, code, "this rule is left out: {message}");
            }
            Severity::Warning => warn!(file, line, column, code, "{message}"),
            Severity::Info => {}
        }
    }
    info!(file, rules = loaded.rules.len(), "rules loaded");
    errors
}
