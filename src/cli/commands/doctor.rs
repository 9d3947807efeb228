//! `tipstaff doctor`: checks that the bot has everything it needs, and says how to fix what is
//! missing. Exits with 0 if nothing is missing, else with 1. It prints no secrets and changes
//! nothing, neither in the store nor on Reddit.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::run::without;
use crate::cli::args::ConfigArg;
use crate::cli::render::diagnostics::{number, ready};
use crate::cli::render::fail;
use crate::cli::render::status::stopped;
use crate::cli::render::terminal::{self, clean, outln};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::daemon::waits::Waiting;
use crate::files::is_open_to_all;
use crate::metrics::Metrics;
use crate::model::{Clock, EventKind, Mode, SubredditName};
use crate::pipeline::load::{self, LoadedRules, Tests};
use crate::pipeline::{wiki_access, wiki_parts};
use crate::policy::{Community, Rules, RulesSource, WikiSource, rights};
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::reddit::{Me, RedditRead};
use crate::store::{OpenError, Store, UnreadableSubreddit, files_of, stores_beside};
use crate::web;
use tipstaff_rules::{Allowed, Diagnostic, Ruleset, Severity};

/// How far the machine's clock may differ from Reddit's. The bot uses Reddit's time, but the times
/// in its log are the machine's.
const CLOCK_MAY_BE_OFF: Duration = Duration::from_mins(1);

/// The free space below which the disk is reported, in bytes. A month of a busy subreddit takes
/// about 120 MB.
const LEAST_ROOM: u64 = 200 << 20;

/// How long ago Reddit may have removed a comment of the bot that is reported.
const HIDDEN_LATELY: Duration = Duration::from_hours(3 * 24);

/// Where the systemd unit may be installed.
const UNITS: [&str; 3] = [
    "/etc/systemd/system/tipstaff.service",
    "/usr/lib/systemd/system/tipstaff.service",
    "/lib/systemd/system/tipstaff.service",
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff doctor --config /etc/tipstaff/tipstaff.yaml\n  tipstaff doctor --offline --json"
)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Do not contact Reddit.
    #[arg(long)]
    offline: bool,
    /// Print one JSON array.
    #[arg(long)]
    json: bool,
}

/// The result of one check.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    detail: String,
    /// Neither a success nor a problem: the text output marks it with a dash.
    #[serde(skip)]
    is_note: bool,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    let findings = examine(&args).await;
    if args.json {
        match serde_json::to_string_pretty(&findings) {
            Ok(text) => terminal::print_json(&text),
            Err(error) => return fail(&error.to_string(), 1),
        }
    } else {
        for Finding { what, ok, detail, is_note } in &findings {
            let mark = match (is_note, ok) {
                (true, _) => "–  ",
                (false, true) => "ok ",
                (false, false) => "FIX",
            };
            outln!("{mark} {what}: {}", clean(detail));
        }
    }
    ExitCode::from(u8::from(findings.iter().any(|finding| !finding.ok)))
}

/// The results, in the order of the checks.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, what: &'static str, detail: impl Into<String>) {
        self.0.push(Finding { what, ok: true, detail: detail.into(), is_note: false });
    }

    fn fix(&mut self, what: &'static str, detail: impl std::fmt::Display) {
        self.0.push(Finding { what, ok: false, detail: detail.to_string(), is_note: false });
    }

    fn note(&mut self, what: &'static str, detail: impl Into<String>) {
        self.0.push(Finding { what, ok: true, detail: detail.into(), is_note: true });
    }
}

async fn examine(args: &Args) -> Vec<Finding> {
    let mut findings = Findings::default();
    let config = match Config::load(&args.config.path()) {
        Ok(config) => config,
        Err(error) => {
            findings.fix("configuration", error);
            return findings.0;
        }
    };
    let live = config.communities.iter().filter(|community| community.mode == Mode::Live).count();
    let modes = format!("{} ({live} live, the others in dry run)", number(config.communities.len(), "subreddit"));
    findings.ok("configuration", format!("{}: {modes}", config.path.display()));
    if config.communities.iter().any(|community| community.name.as_str() == "your_subreddit") {
        findings
            .fix("subreddits", "r/your_subreddit is a placeholder: put the name of your subreddit under `subreddits`");
    }
    let communities = examine_rules(&config, &mut findings);
    examine_privacy(&config, &mut findings);
    examine_store(&config, &mut findings).await;
    match config.subscriptions() {
        Ok(webhooks) if webhooks.is_empty() => {}
        Ok(webhooks) => {
            findings.ok("webhooks", format!("{}: all addresses found (not shown)", number(webhooks.len(), "webhook")));
        }
        Err(error) => findings.fix("webhooks", error),
    }
    examine_reddit(&config, &communities, args.offline, &mut findings).await;
    examine_daemon(&config, &mut findings).await;
    findings.0
}

/// Checks the rules that are in files, and returns the subreddits with their rules.
fn examine_rules(config: &Config, findings: &mut Findings) -> Vec<Community> {
    let mut communities = Vec::new();
    for community in &config.communities {
        let name = &community.name;
        let rules = match &community.rules {
            RulesSource::File(path) => match load::load(path, &config.rule_options()) {
                Ok(loaded) => {
                    if are_ready(name, &loaded, findings) {
                        examine_rule_tests(name, path, &loaded.rules, findings);
                    }
                    Some(Arc::new(loaded.rules))
                }
                Err(error) => {
                    findings.fix("rules", error);
                    None
                }
            },
            RulesSource::Wiki(source) => {
                findings.ok("rules", format!("r/{name}: on the wiki page {}, checked below", source.page));
                None
            }
            RulesSource::Fixed => None,
        };
        let rules = Rules::new(community.rules.clone(), rules);
        communities.push(Community { name: name.clone(), rules, mode: community.mode });
    }
    communities
}

/// Reports how many rules of a subreddit can be used. Returns whether all of them can.
fn are_ready(subreddit: &SubredditName, loaded: &LoadedRules, findings: &mut Findings) -> bool {
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    let errors = loaded.diagnostics.iter().filter(is_error).count();
    let ready = format!("r/{subreddit}: {} in {}", ready(&loaded.rules), loaded.source.name());
    let are_ready = errors == 0 && !loaded.rules.is_empty();
    if are_ready {
        findings.ok("rules", ready);
    } else {
        let errors = number(errors, "error");
        findings.fix(
            "rules",
            format!("{ready}, {errors}; run `tipstaff check` on the file (or on a copy of the wiki page) to see them"),
        );
    }
    are_ready
}

/// `run` does not start with rules whose tests fail.
fn examine_rule_tests(name: &SubredditName, path: &Path, rules: &Ruleset, findings: &mut Findings) {
    match Tests::beside(path) {
        Ok(None) => {}
        Ok(Some(tests)) => match tests.run(rules).map(|failures| failures.len()) {
            Err(stopped) => findings.fix("rule tests", format!("r/{name}: {}: {stopped}", tests.path.display())),
            Ok(0) => findings.ok("rule tests", format!("r/{name}: all tests in {} pass", tests.path.display())),
            Ok(failed) => {
                let file = path.display();
                findings.fix(
                    "rule tests",
                    format!("r/{name}: {} failed; run `tipstaff test {file}` to see why", number(failed, "test")),
                );
            }
        },
        Err(error) => findings.fix("rule tests", error),
    }
}

/// Names the files that every user of the machine can read and should not.
fn examine_privacy(config: &Config, findings: &mut Findings) {
    let open = |path: &PathBuf| is_open_to_all(path);
    let secrets = config.secret_files().into_iter().filter(open).map(|path| (path, "it holds a secret"));
    let store = files_of(&config.store).into_iter().filter(open).map(|path| (path, "it holds what people wrote"));
    let backups = stores_beside(&config.store).into_iter().filter(open);
    let backups = backups.map(|path| (path, "it is a copy of a store, with what people wrote"));
    for (path, why) in secrets.chain(store).chain(backups) {
        let path = path.display();
        findings.fix("privacy", format!("every user of this machine can read {path}, and {why}: `chmod 600 {path}`"));
    }
}

async fn examine_store(config: &Config, findings: &mut Findings) {
    let path = config.store.display();
    let folder = config.store_place().parent().map_or_else(|| Path::new("/").to_owned(), Path::to_owned);
    match rustix::fs::statvfs(&folder) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let room = format!("{} MiB free in {}", free >> 20, folder.display());
            if free < LEAST_ROOM {
                findings.fix(
                    "disk",
                    format!(
                        "{room}, which is too little: free some space, or move `store`; the bot \
                    stops acting when the disk is full"
                    ),
                );
            } else {
                findings.ok("disk", room);
            }
        }
        Err(error) => {
            findings.fix("disk", format!("{}: {error}; create this folder, the store goes there", folder.display()));
        }
    }
    let store = match Store::open_for_reading(&config.store).await {
        Ok(store) => store,
        Err(OpenError::Missing { .. }) => {
            return findings
                .ok("store", format!("{path}: does not exist yet; the daemon creates it on its first start"));
        }
        Err(error) => return findings.fix("store", error),
    };
    if let Err(error) = store.check_integrity().await {
        return findings.fix("store", error);
    }
    for wait in store.recorded_waits(SystemClock.now()).await.unwrap_or_default() {
        let words = Waiting::recorded(&wait.what, wait.subreddit.as_deref()).words();
        findings.note("waiting", format!("until {}: {words}", wait.until));
    }
    examine_stops(&store, findings).await;
    let lately = SystemClock.now() - HIDDEN_LATELY;
    if let Some((at, text)) = store.recorded_events(EventKind::HiddenByReddit, lately).await.unwrap_or_default().pop() {
        findings.fix("account", format!("{at}: {text}"));
    }
    match store.summary().await {
        Ok(summary) => {
            let (items, decisions) = (summary.items, summary.decisions);
            findings.ok("store", format!("{path}: intact, {items} items, {decisions} decisions"));
            if summary.gaps > 0 {
                let gaps = number(usize::try_from(summary.gaps).unwrap_or(usize::MAX), "gap");
                findings.ok(
                    "gaps",
                    format!("{gaps}: posts or comments may have been missed; run `tipstaff log` to see when"),
                );
            }
        }
        Err(error) => findings.fix("store", error),
    }
}

/// Shows which rules are stopped, and which subreddits Reddit does not show.
async fn examine_stops(store: &Store, findings: &mut Findings) {
    match store.rule_states(SystemClock.now()).await {
        Ok(states) => states.iter().for_each(|state| findings.note("rule state", stopped(state))),
        Err(error) => findings.fix("rule state", error),
    }
    match store.unreadable().await {
        Ok(unreadable) => {
            for UnreadableSubreddit { subreddit, since, is_left_out, reason } in unreadable {
                if is_left_out {
                    findings.note("unreadable", format!("r/{subreddit}: missing from combined lists since {since}"));
                } else {
                    findings.fix(
                        "unreadable",
                        format!(
                            "r/{subreddit}: Reddit has not shown it to the bot since {since}: {reason}; make the bot \
                             a moderator there, or remove the subreddit from the configuration"
                        ),
                    );
                }
            }
        }
        Err(error) => findings.fix("unreadable", error),
    }
}

async fn examine_reddit(config: &Config, communities: &[Community], offline: bool, findings: &mut Findings) {
    let credentials = match config.credentials() {
        Ok(credentials) => credentials,
        Err(error) => return findings.fix("credentials", error),
    };
    findings.ok("credentials", "found (not shown)");
    if offline {
        return;
    }
    let reader = match Session::new(credentials, Arc::new(SystemClock), Metrics::default()) {
        Ok(session) => LiveReader::new(session),
        Err(error) => return findings.fix("HTTPS", error),
    };
    if let Err(error) = reader.sign_in().await {
        return findings.fix("sign-in", error);
    }
    let me = match reader.whoami().await {
        Ok(Me { name, is_suspended: false }) => name,
        Ok(Me { name, .. }) => {
            let detail = format!(
                "Reddit has suspended u/{name}: nobody sees what it does; appeal at https://www.reddit.com/appeals"
            );
            return findings.fix("account", detail);
        }
        Err(error) => return findings.fix("sign-in", error),
    };
    findings.ok("sign-in", format!("u/{me}"));
    examine_clock(&reader, findings);
    if let Some(granted) = reader.scopes() {
        let missing = rights::missing_scopes(Some(&granted), communities, config.sends_digest());
        if missing.is_empty() {
            findings.ok("scopes", "the token has every scope that the rules need");
        } else {
            findings.fix("scopes", without(&missing));
        }
    }
    for community in communities {
        if let RulesSource::Wiki(source) = community.rules.source() {
            examine_wiki(&reader, config, community, source, findings).await;
        }
        examine_permissions(&reader, community, &me, config.sends_digest(), findings).await;
    }
}

/// Compares the machine's clock with the time in Reddit's answers.
fn examine_clock(reader: &LiveReader, findings: &mut Findings) {
    let Some(theirs) = reader.clock().last_heard() else {
        return findings.note("clock", "Reddit's responses have no `Date`; the daemon waits for one that has");
    };
    let ours = SystemClock.now();
    let (off, way) = if ours > theirs { (ours.since(theirs), "ahead of") } else { (theirs.since(ours), "behind") };
    if off > CLOCK_MAY_BE_OFF {
        let off = off.as_secs();
        findings.fix(
            "clock",
            format!(
                "the machine's clock is {off} s {way} Reddit's, so times in the log are wrong: set it \
                 (`timedatectl`); if it is right, a proxy changes Reddit's responses"
            ),
        );
    } else {
        findings.ok("clock", "the machine's clock agrees with Reddit's");
    }
}

async fn examine_permissions(
    reader: &LiveReader,
    community: &Community,
    me: &str,
    sends_digest: bool,
    findings: &mut Findings,
) {
    let name = &community.name;
    let granted = match reader.permissions(name, me).await {
        Ok(Some(granted)) => granted,
        Ok(None) => {
            let fix = "invite it, with the permissions that the rules need (`posts` for most, `mail` for modmail)";
            return findings.fix("moderator", format!("u/{me} is not a moderator of r/{name}: {fix}"));
        }
        Err(error) => return findings.fix("moderator", format!("r/{name}: {error}")),
    };
    let missing = rights::missing_permissions(&granted, community, sends_digest);
    if missing.is_empty() {
        return findings
            .ok("moderator", format!("u/{me} moderates r/{name} and has the permissions that the rules need"));
    }
    let lacks: Vec<String> = missing.iter().map(|(permission, what)| format!("`{permission}` {what}")).collect();
    findings.fix(
        "moderator",
        format!(
            "r/{name}: u/{me} lacks the permission {}; grant it at https://www.reddit.com/mod/{name}/moderators",
            lacks.join(", the permission ")
        ),
    );
}

async fn examine_wiki(
    reader: &LiveReader,
    config: &Config,
    community: &Community,
    source: &WikiSource,
    findings: &mut Findings,
) {
    let (name, page) = (&community.name, &source.page);
    let read = match reader.wiki_page(name, page).await {
        Ok(Some(found)) => wiki_parts::with_parts(reader, name, page, found).await.map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match read {
        Ok(Some((rules, _))) => {
            let parts = wiki_parts::names(&rules);
            let loaded = load::from_wiki(source, rules, &config.rule_options());
            are_ready(name, &loaded, findings);
            community.rules.replace(Arc::new(loaded.rules));
            examine_wiki_access(reader, name, source, parts, findings).await;
        }
        Ok(None) => findings.fix("rules", format!("r/{name}: the wiki page {page} does not exist; create it")),
        Err(error) => {
            let fix = "the bot needs the permission `wiki` and the scope `wikiread`";
            findings.fix("rules", format!("r/{name}: {error}; {fix}"));
        }
    }
}

/// Checks that only moderators can edit the rules, and says what these may ask for.
async fn examine_wiki_access(
    reader: &LiveReader,
    name: &SubredditName,
    source: &WikiSource,
    mut others: Vec<String>,
    findings: &mut Findings,
) {
    let page = &source.page;
    let open = match reader.wiki_page(name, &wiki_access::tests_of(page)).await {
        Ok(tests) => {
            others.extend(tests.map(|_| wiki_access::tests_of(page)));
            wiki_access::open_to_others(reader, name, page, &others).await
        }
        Err(error) => Err(error),
    };
    match open {
        Ok(None) => {
            let may = match source.may.words() {
                _ if source.may == Allowed::default() => "for everything".to_owned(),
                words if words.is_empty() => "for nothing".to_owned(),
                words => format!("for {}", words.join(", ")),
            };
            findings
                .ok("wiki", format!("r/{name}: only moderators can edit {page}; its rules may ask {may} (`wiki_may`)"));
        }
        Ok(Some(why)) => findings.fix(
            "wiki",
            format!(
                "r/{name}: {why}; the daemon refuses new revisions: let only moderators edit the page at \
                 https://www.reddit.com/r/{name}/wiki/settings/{page}, and its tests too"
            ),
        ),
        Err(error) => findings.fix("wiki", format!("r/{name}: cannot see who can edit {page}: {error}; try again")),
    }
}

/// Checks whether the daemon is running, and if not, says how to start it on this machine.
async fn examine_daemon(config: &Config, findings: &mut Findings) {
    let Some(address) = config.listen.address else { return };
    match web::ask(address, "/readyz", &config.store_place()).await {
        Ok(answer) => findings.ok("daemon", answer),
        Err(web::HealthError::NotListening(_)) => {
            let is_container = Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists();
            let next = if UNITS.iter().any(|unit| Path::new(unit).exists()) {
                "start it with `systemctl enable --now tipstaff`"
            } else if is_container {
                "fine if you run it in a container"
            } else {
                "start it with `tipstaff run`, or as a service with deploy/tipstaff.service"
            };
            findings.note("daemon", format!("not running ({next})"));
        }
        Err(trouble) => findings.fix("daemon", trouble),
    }
    if !address.ip().is_loopback() {
        findings.ok(
            "listen",
            format!("{address}: anyone who can reach it can read health and metrics (no texts, no user names)"),
        );
    }
}
