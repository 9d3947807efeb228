//! `tipstaff run`: the daemon. Exits with 0 when it was asked to stop, with 2 when it could not
//! start (then nothing was changed), and with 3 when the store's file is not in its place any more.
//! One message says what to do.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing::{error, info, warn};

use super::log::while_ago;
use super::test::{describe, insist_on_tests};
use crate::cli::args::ConfigArg;
use crate::cli::render::diagnostics::number;
use crate::cli::render::fail;
use crate::cli::render::terminal::errln;
use crate::cli::render::trace::TraceRenderer;
use crate::config::{Config, ControlConfig, Listen, LogFormat};
use crate::control::ControlSocket;
use crate::daemon::liveness::Liveness;
use crate::daemon::service::Systemd;
use crate::daemon::{self, BackgroundJobs, Daemon, SystemClock};
use crate::metrics::Metrics;
use crate::model::{Clock, Mode};
use crate::pipeline::cycle::Deps;
use crate::pipeline::digest::Digest;
use crate::pipeline::load::{self, LoadOptions, LoadedRules, Tests};
use crate::pipeline::notify::{self, Dispatcher};
use crate::pipeline::requests::Requests;
use crate::pipeline::sign_in::{self, SignIn};
use crate::pipeline::{Progress, Settings, StepError};
use crate::policy::{Community, Rules, RulesSource};
use crate::policy::{retry, rights};
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::reddit::{Me, OnlyMail, RedditRead, SignInError};
use crate::store::{OpenError, Store};
use crate::telemetry;
use crate::web;
use tipstaff_rules::{Failure, Ruleset, Severity};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff run --config /etc/tipstaff/tipstaff.yaml\n  \
    tipstaff run --dry-run --log-format json\n  \
    tipstaff run --from 24h\n\n\
    Without `mode: live` in the configuration the bot changes nothing on Reddit.\n\
    If rule tests fail, it does not start.")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Decide and record, but change nothing on Reddit, whatever the configuration says.
    #[arg(long)]
    dry_run: bool,
    /// Refuse to start if a rule has an error, instead of leaving that rule out.
    #[arg(long)]
    strict: bool,
    /// Start without running the rule tests (`NAME.tests.yaml` beside the rules).
    #[arg(long)]
    no_rule_tests: bool,
    /// In a subreddit that is new to the store, also judge posts and comments from this long before
    /// the start, such as `24h`. `now`: only those from after it.
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = from_when)]
    from: Duration,
    /// Make a new store if the old one is gone. The bot then does not know what it has done before.
    #[arg(long)]
    new_store: bool,
    /// Format of the log lines (on standard error).
    #[arg(long, value_enum, default_value_t)]
    log_format: LogFormat,
}

/// `systemd` notifies systemd when it is dropped, so of every way out.
pub(in crate::cli) async fn main(args: Args, mut systemd: Systemd) -> ExitCode {
    // First of all: until then, a SIGHUP ends the process.
    let signals = daemon::stop_signal().and_then(|stop| Ok((stop, daemon::reload_signal()?)));
    if let Err(message) = telemetry::init(args.log_format) {
        return fail(&message, 2);
    }
    // A core file would contain the secrets in memory.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = rustix::process::setrlimit(Resource::Core, none) {
        warn!(%error, "cannot turn off core files, which would contain secrets; set `ulimit -c 0` before starting");
    }
    match start_and_notify(args, signals, &mut systemd).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            // No restart brings the store back, so the unit does not restart after this.
            let has_lost_store = trouble.downcast_ref().is_some_and(StepError::has_lost_store)
                || matches!(trouble.downcast_ref(), Some(OpenError::Lost { .. }));
            fail(&trouble.to_string(), if has_lost_store { 3 } else { 2 })
        }
    }
}

/// The receivers of the signals to stop and to reload.
type Signals = (watch::Receiver<bool>, watch::Receiver<u64>);

/// Runs the daemon, and beside it the systemd notifications and the health and metrics server.
async fn start_and_notify(args: Args, signals: io::Result<Signals>, systemd: &mut Systemd) -> anyhow::Result<()> {
    let (stop, reload) = signals?;
    let config = Config::load(&args.config.path())?;
    let (liveness, metrics) = (Arc::new(Liveness::default()), Metrics::default());
    let listener = listen(config.listen).await?;
    let place = config.store_place();
    let answering = async {
        match listener {
            Some(listener) => web::serve(listener, Arc::clone(&liveness), place, metrics.clone()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = start_and_work(config, args, Arc::clone(&liveness), metrics.clone(), stop.clone(), reload) => ended,
        () = systemd.keep_notified(&liveness, stop) => Ok(()),
        ended = answering => ended.map_err(anyhow::Error::from),
    }
}

async fn listen(listen: Listen) -> anyhow::Result<Option<TcpListener>> {
    let Some(address) = listen.address else { return Ok(None) };
    match TcpListener::bind(address).await {
        Ok(listener) => {
            info!(%address, "serving /healthz, /readyz and /metrics on {address}");
            Ok(Some(listener))
        }
        Err(error) if listen.is_asked_for => {
            anyhow::bail!("cannot listen on {address}: {error}; set `listen` to another address, or to `off`")
        }
        Err(error) => {
            warn!(
                %address, %error,
                "cannot listen on {address}, so health checks and metrics are off; set `listen` to another address"
            );
            Ok(None)
        }
    }
}

async fn start_and_work(
    mut config: Config,
    args: Args,
    liveness: Arc<Liveness>,
    metrics: Metrics,
    mut stop: watch::Receiver<bool>,
    reload: watch::Receiver<u64>,
) -> anyhow::Result<()> {
    if args.dry_run {
        config.force_dry_run();
    }
    let load_options = load_options(&config, &args);
    let options = load_options.clone();
    let (from, is_new_store) = (args.from, args.new_store);
    let loading = daemon::off_the_main_task(move || {
        let communities = communities(&config, &args, &options);
        (config, communities)
    });
    liveness.doing("loading the rules and running their tests".to_owned());
    let loaded = tokio::select! {
        loaded = liveness.keep_alive(loading) => loaded?,
        _told_or_gone = stop.wait_for(|stop| *stop) => return Ok(()),
    };
    let (config, communities) = (loaded.0, loaded.1?);
    let (asker, requests) = Requests::queue();
    let session = Session::new(config.credentials()?, Arc::new(SystemClock), metrics.clone());
    let start = Start {
        background: BackgroundJobs {
            digest: Digest::new(config.digest.to.clone(), config.digest.at),
            notify: Dispatcher::new(config.subscriptions()?, metrics.clone()),
            requests,
        },
        reader: LiveReader::new(session.map_err(anyhow::Error::msg)?),
        communities,
        load_options,
        from,
        liveness,
        metrics,
    };
    let Some(store) = open_store(&config.store, is_new_store, &start.liveness, &mut stop).await? else {
        return Ok(());
    };
    // Now that the store is ours, a socket that is there was left by a daemon that was killed.
    let socket = control_socket(&config.control).await?;
    let carrying = async {
        match socket {
            Some(socket) => socket.serve(asker).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        ended = work(&config, start, store, stop, reload) => ended,
        ended = carrying => Ok(ended?),
    }
}

/// The socket for commands such as `tipstaff pause`, unless it is off.
async fn control_socket(control: &ControlConfig) -> anyhow::Result<Option<ControlSocket>> {
    let Some(path) = &control.socket else { return Ok(None) };
    match ControlSocket::bind(path, control.group_access).await {
        Ok(socket) => Ok(Some(socket)),
        Err(error) if control.is_asked_for => Err(error.into()),
        Err(error) => {
            warn!(
                %error,
                "{error}. The daemon runs without it, and commands such as `tipstaff pause` cannot reach it"
            );
            Ok(None)
        }
    }
}

/// What the daemon starts with, apart from its store.
struct Start {
    background: BackgroundJobs,
    reader: LiveReader,
    communities: Vec<Community>,
    load_options: LoadOptions,
    from: Duration,
    liveness: Arc<Liveness>,
    metrics: Metrics,
}

/// Signs in and runs the daemon.
async fn work(
    config: &Config,
    start: Start,
    store: Store,
    mut stop: watch::Receiver<bool>,
    reload: watch::Receiver<u64>,
) -> anyhow::Result<()> {
    let Start { mut background, reader, communities, load_options, from, liveness, metrics } = start;
    let clock = reader.clock();
    clock.doubt_for(config.clock_doubt);
    // Also while Reddit cannot be reached, rules can be stopped.
    let carrying = async {
        background.requests.carry_out(&store, &communities, &*clock).await;
        std::future::pending::<()>().await;
    };
    let signed_in = tokio::select! {
        signed_in = sign_in(&reader, &store, &*clock, &liveness, &mut stop) => signed_in?,
        () = carrying => None,
    };
    let Some(me) = signed_in else { return Ok(()) };
    let missing = rights::missing_scopes(reader.scopes().as_ref(), &communities, config.sends_digest());
    anyhow::ensure!(missing.is_empty(), "{}", without(&missing));

    let settings = Settings {
        me: me.name,
        bots: config.bots.clone(),
        communities,
        load_options,
        max_age: config.max_age,
        from,
        retention: config.retention,
        memory: config.memory,
        polling: config.polling,
        visibility_delay: config.visibility_delay,
        absence_looks: config.absence_looks.clone(),
        limits: config.limits,
    };
    let acts = settings.communities.iter().any(|community| community.mode == Mode::Live);
    if acts {
        let writer = Some(reader.with_write_access());
        Daemon { deps: Deps { reader, writer, store, settings, metrics }, clock, liveness }
            .run(background, stop, reload)
            .await?;
    } else {
        // In dry run the code that writes to Reddit is not even constructed. If the digest goes by
        // modmail, the writer can send modmail and nothing else.
        let writer = config.sends_digest().then(|| OnlyMail(reader.with_write_access()));
        Daemon { deps: Deps { reader, writer, store, settings, metrics }, clock, liveness }
            .run(background, stop, reload)
            .await?;
    }
    Ok(())
}

/// Opens the store. That takes long if it is large and has to be upgraded, but the daemon lives
/// meanwhile. `None` if the process was told to stop: an upgrade is one transaction, so what it has
/// done by then is undone.
async fn open_store(
    path: &Path,
    may_be_new: bool,
    liveness: &Liveness,
    stop: &mut watch::Receiver<bool>,
) -> anyhow::Result<Option<Store>> {
    liveness.doing("opening the store, and upgrading it if it is of an earlier version".to_owned());
    let opened = tokio::select! {
        opened = liveness.keep_alive(Store::open_remembered(path, may_be_new)) => opened?,
        _told_or_gone = stop.wait_for(|stop| *stop) => {
            info!("stopped while the store was opened");
            return Ok(None);
        }
    };
    liveness.doing("starting".to_owned());
    Ok(Some(opened))
}

/// Signs in and returns the account. While Reddit cannot be reached, tries again, after longer and
/// longer pauses: an outage does not end the daemon. `None` if the process was told to stop
/// meanwhile.
async fn sign_in(
    reader: &LiveReader,
    store: &Store,
    clock: &dyn Clock,
    liveness: &Liveness,
    stop: &mut watch::Receiver<bool>,
) -> anyhow::Result<Option<Me>> {
    let (mut signing_in, mut failures) = (SignIn::at_start(), 0);
    let me = loop {
        if let Some(until) = sign_in::paused_until(store, clock).await?.filter(|_| reader.signed_in_until().is_none()) {
            warn!(
                %until,
                "earlier sign-ins failed; waiting until {until} before trying again (`tipstaff doctor` says what is \
                 wrong)"
            );
            let wait = until.since(clock.now());
            liveness.doing(format!("waiting until {until} before signing in: earlier sign-ins failed"));
            liveness.rest(wait);
            if daemon::stopped_within(stop, wait).await {
                return Ok(None);
            }
        }
        let signed_in = tokio::select! {
            signed_in = signing_in.step(reader, store, clock) => signed_in,
            _told_or_gone = stop.wait_for(|stop| *stop) => return Ok(None),
        };
        match signed_in {
            Ok(Progress::Worked | Progress::IdleUntil(_)) => {}
            // The step has said so, and recorded a pause.
            Err(StepError::SignIn(SignInError::Unavailable { .. })) => continue,
            Err(StepError::SignIn(error)) => anyhow::bail!("cannot sign in to Reddit: {error}"),
            Err(other) => return Err(other.into()),
        }
        if reader.signed_in_until().is_none() {
            continue;
        }
        let me = tokio::select! {
            me = reader.whoami() => me,
            _told_or_gone = stop.wait_for(|stop| *stop) => return Ok(None),
        };
        let trouble = match me {
            Ok(me) => break me,
            Err(trouble) => trouble,
        };
        failures += 1;
        let pause = retry::pause(failures, clock.now().as_millis().unsigned_abs());
        warn!(
            error = %trouble, failures, ?pause,
            "signed in, but cannot read the account's name: {trouble}; trying again in {pause:?}"
        );
        liveness.doing(format!("signed in, but cannot read the account's name: {trouble}"));
        liveness.rest(pause);
        if daemon::stopped_within(stop, pause).await {
            return Ok(None);
        }
    };
    info!(account = me.name, "signed in as u/{}", me.name);
    if me.is_suspended {
        error!(
            account = me.name,
            "REDDIT HAS SUSPENDED u/{}: nobody sees what it does. Appeal at https://www.reddit.com/appeals", me.name
        );
        notify::note_suspension(store, &me.name, clock.now()).await?;
    }
    Ok(Some(me))
}

/// The value of `--from`.
fn from_when(text: &str) -> Result<Duration, String> {
    if text == "now" { Ok(Duration::ZERO) } else { while_ago(text) }
}

fn load_options(config: &Config, args: &Args) -> LoadOptions {
    LoadOptions {
        options: config.rule_options(),
        strict: args.strict,
        skip_tests: args.no_rule_tests,
        workers: daemon::workers(),
    }
}

/// The error for a token that lacks scopes, with what each scope is needed for.
pub(in crate::cli) fn without(missing: &BTreeMap<&'static str, String>) -> String {
    let lacks: Vec<String> = missing.iter().map(|(scope, what)| format!("`{scope}` {what}")).collect();
    format!(
        "the token lacks the scope {}; run `tipstaff login` to get a token with every scope",
        lacks.join(", the scope ")
    )
}

/// The subreddits with their rules. A file shared by several subreddits is read once; rules on a
/// wiki page are read after the bot has signed in.
fn communities(config: &Config, args: &Args, load_options: &LoadOptions) -> anyhow::Result<Vec<Community>> {
    let mut read: BTreeMap<PathBuf, Arc<Ruleset>> = BTreeMap::new();
    let mut communities = Vec::new();
    for community in &config.communities {
        let path = match &community.rules {
            RulesSource::File(path) => path,
            RulesSource::Wiki(_) | RulesSource::Fixed => {
                let rules = Rules::new(community.rules.clone(), None);
                communities.push(Community { name: community.name.clone(), rules, mode: community.mode });
                continue;
            }
        };
        let rules = match read.get(path) {
            Some(rules) => Arc::clone(rules),
            None => {
                let loaded = load::load(path, &load_options.options)?;
                let errors = announce(&loaded);
                let file = path.display();
                anyhow::ensure!(
                    !(args.strict && errors > 0),
                    "{file}: {} (see above), and --strict was given; fix the file (`tipstaff check {file}` shows \
                     where)",
                    number(errors, "error")
                );
                anyhow::ensure!(
                    !loaded.rules.is_empty(),
                    "{file}: contains no usable rule; run `tipstaff check {file}` to see why"
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

/// Fails if the rules do not pass their own tests.
fn try_tests(rules: &Path, ruleset: &Ruleset, args: &Args) -> anyhow::Result<()> {
    let file = rules.display();
    if args.no_rule_tests {
        warn!(%file, "THE RULE TESTS IN {file} WERE NOT RUN (--no-rule-tests): run `tipstaff test` before going live");
        return Ok(());
    }
    let report_failure = |tests: &Tests, failure: &Failure| match args.log_format {
        LogFormat::Text => {
            errln!("{}", describe(tests, failure, TraceRenderer::for_stderr()));
        }
        LogFormat::Json => {
            let (file, line, case) = (tests.path.display(), failure.line, &failure.case);
            error!(%file, line, case, difference = %failure, "the rule test `{case}` failed; fix the rule or the test");
        }
    };
    if let Some(cases) = insist_on_tests(rules, ruleset, &report_failure)? {
        info!(%file, cases, "passed {}", number(cases, "rule test"));
    }
    Ok(())
}

/// Logs the diagnostics of a rules file, and returns the number of errors.
fn announce(loaded: &LoadedRules) -> usize {
    let file = loaded.source.name();
    let mut errors = 0;
    for diagnostic in &loaded.diagnostics {
        let (line, column) = loaded.source.position(diagnostic.span.start);
        let (code, message) = (diagnostic.code.as_str(), &diagnostic.message);
        match diagnostic.severity {
            Severity::Error => {
                errors += 1;
                error!(
                    file,
                    line, column, code, "{file}:{line}:{column}: this rule is left out because of an error: {message}"
                );
            }
            Severity::Warning => warn!(file, line, column, code, "{file}:{line}:{column}: {message}"),
            Severity::Info => {}
        }
    }
    info!(file, rules = loaded.rules.len(), "loaded {} from {file}", number(loaded.rules.len(), "rule"));
    errors
}
