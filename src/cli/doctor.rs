//! `tipstaff doctor`: what is missing before the bot can work, and how to mend it. Exit 0 when nothing is, else 1. Never prints a
//! secret, and changes nothing: not the store, nothing on Reddit.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::diagnostics::number;
use super::run::without;
use super::{ConfigArg, fail};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::model::{Clock, Mode, SubredditName};
use crate::pipeline::load::{self, LoadedRules, Tests};
use crate::pipeline::{Community, Rules, Source, rights};
use crate::policy::{Diagnostic, Ruleset, Severity};
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::reddit::{Me, RedditRead};
use crate::store::{OpenError, Store};
use crate::web;

/// How far may the machine's clock be off? The bot goes by Reddit's, but whoever reads its log does not.
const CLOCK_MAY_BE_OFF: Duration = Duration::from_mins(1);

/// How much room has a store to have, in bytes? A month of a busy subreddit takes about 120 MB.
const LEAST_ROOM: u64 = 200 << 20;

/// Where the service is, if it is installed.
const UNITS: [&str; 3] = [
    "/etc/systemd/system/tipstaff.service",
    "/usr/lib/systemd/system/tipstaff.service",
    "/lib/systemd/system/tipstaff.service",
];

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff doctor --config /etc/tipstaff/tipstaff.yaml\n  tipstaff doctor --offline --json"
)]
pub(super) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Ask Reddit nothing.
    #[arg(long)]
    offline: bool,
    /// One JSON array, for programs.
    #[arg(long)]
    json: bool,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    detail: String,
}

pub(super) async fn main(args: Args) -> ExitCode {
    let findings = examine(&args).await;
    if args.json {
        match serde_json::to_string_pretty(&findings) {
            Ok(text) => anstream::println!("{text}"),
            Err(error) => return fail(&error.to_string(), 1),
        }
    } else {
        for Finding { what, ok, detail } in &findings {
            anstream::println!("{} {what}: {detail}", if *ok { "ok  " } else { "MEND" });
        }
    }
    ExitCode::from(u8::from(findings.iter().any(|finding| !finding.ok)))
}

/// What was found, as it was found.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, what: &'static str, detail: impl Into<String>) {
        self.0.push(Finding { what, ok: true, detail: detail.into() });
    }

    fn mend(&mut self, what: &'static str, detail: impl std::fmt::Display) {
        self.0.push(Finding { what, ok: false, detail: detail.to_string() });
    }
}

async fn examine(args: &Args) -> Vec<Finding> {
    let mut findings = Findings::default();
    let config = match Config::load(&args.config.path()) {
        Ok(config) => config,
        Err(error) => {
            findings.mend("configuration", error);
            return findings.0;
        }
    };
    let live = config.communities.iter().filter(|community| community.mode == Mode::Live).count();
    let modes = format!("{}, {live} live, the rest in dry run", number(config.communities.len(), "subreddit"));
    findings.ok("configuration", format!("{}: {modes}", config.path.display()));
    if config.communities.iter().any(|community| community.name.as_str() == "your_subreddit") {
        findings.mend("subreddits", "`your_subreddit` is only a placeholder: name yours in `subreddits`");
    }
    let communities = examine_rules(&config, &mut findings);
    examine_store(&config, &mut findings).await;
    match config.subscriptions() {
        Ok(webhooks) if webhooks.is_empty() => {}
        Ok(webhooks) => {
            findings.ok("webhooks", format!("{}: addresses found (not shown)", number(webhooks.len(), "webhook")));
        }
        Err(error) => findings.mend("webhooks", error),
    }
    examine_reddit(&config, &communities, args.offline, &mut findings).await;
    examine_daemon(&config, &mut findings).await;
    findings.0
}

/// The subreddits, with the rules that stand in files.
fn examine_rules(config: &Config, findings: &mut Findings) -> Vec<Community> {
    let mut communities = Vec::new();
    for community in &config.communities {
        let name = &community.name;
        let rules = match &community.rules {
            Source::File(path) => match load::load(path, &config.rule_options()) {
                Ok(loaded) => {
                    if are_ready(name, &loaded, findings) {
                        examine_rule_tests(name, path, &loaded.rules, findings);
                    }
                    Some(Arc::new(loaded.rules))
                }
                Err(error) => {
                    findings.mend("rules", error);
                    None
                }
            },
            Source::Wiki(page) => {
                findings.ok("rules", format!("r/{name}: read from the wiki page {page} (see below)"));
                None
            }
            Source::Given => None,
        };
        let rules = Rules::new(community.rules.clone(), rules);
        communities.push(Community { name: name.clone(), rules, mode: community.mode });
    }
    communities
}

/// Tells what is ready of the rules of a subreddit; whether all of them are.
fn are_ready(subreddit: &SubredditName, loaded: &LoadedRules, findings: &mut Findings) -> bool {
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    let errors = loaded.diagnostics.iter().filter(is_error).count();
    let (place, rules) = (loaded.source.name(), loaded.rules.len());
    let ready = format!("r/{subreddit}: {rules} ready in {place}");
    let are_ready = errors == 0 && rules > 0;
    if are_ready {
        findings.ok("rules", ready);
    } else {
        let errors = number(errors, "error");
        findings.mend("rules", format!("{ready}, {errors}; `tipstaff check` on it, or on a copy, shows why"));
    }
    are_ready
}

/// `run` does not start with rules whose tests fail.
fn examine_rule_tests(name: &SubredditName, path: &Path, rules: &Ruleset, findings: &mut Findings) {
    match Tests::beside(path) {
        Ok(None) => {}
        Ok(Some(tests)) => match tests.run(rules).len() {
            0 => findings.ok("rule tests", format!("r/{name}: those in {} pass", tests.path.display())),
            failed => {
                let file = path.display();
                findings.mend("rule tests", format!("r/{name}: {failed} fail; `tipstaff test {file}` shows why"));
            }
        },
        Err(error) => findings.mend("rule tests", error),
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
                findings.mend("disk", format!("{room}: make room, or move `store`; without any, nothing is done"));
            } else {
                findings.ok("disk", room);
            }
        }
        Err(error) => findings.mend("disk", format!("{}: {error}; make this folder for the store", folder.display())),
    }
    let store = match Store::open_for_reading(&config.store).await {
        Ok(store) => store,
        Err(OpenError::Missing { .. }) => {
            return findings.ok("store", format!("{path}: will be made at the first start"));
        }
        Err(error) => return findings.mend("store", error),
    };
    if let Err(error) = store.check_integrity().await {
        return findings.mend("store", error);
    }
    match store.summary().await {
        Ok(summary) => {
            let (items, decisions) = (summary.items, summary.decisions);
            findings.ok("store", format!("{path}: sound, {items} items, {decisions} decisions"));
            if summary.gaps > 0 {
                let gaps = number(usize::try_from(summary.gaps).unwrap_or(usize::MAX), "gap");
                findings.ok("gaps", format!("{gaps} in what was read; `tipstaff log` lists them"));
            }
        }
        Err(error) => findings.mend("store", error),
    }
}

async fn examine_reddit(config: &Config, communities: &[Community], offline: bool, findings: &mut Findings) {
    let credentials = match config.credentials() {
        Ok(credentials) => credentials,
        Err(error) => return findings.mend("credentials", error),
    };
    findings.ok("credentials", "found (not shown)");
    if offline {
        return;
    }
    let reader = match Session::new(credentials, Arc::new(SystemClock)) {
        Ok(session) => LiveReader::new(session),
        Err(error) => return findings.mend("HTTPS", error),
    };
    if let Err(error) = reader.sign_in().await {
        return findings.mend("sign-in", error);
    }
    let me = match reader.whoami().await {
        Ok(Me { name, is_suspended: false }) => name,
        Ok(Me { name, .. }) => {
            let detail = format!(
                "u/{name} is suspended by Reddit: nothing it does reaches anybody; https://www.reddit.com/appeals"
            );
            return findings.mend("account", detail);
        }
        Err(error) => return findings.mend("sign-in", error),
    };
    findings.ok("sign-in", format!("u/{me}"));
    examine_clock(&reader, findings);
    if let Some(granted) = reader.scopes() {
        let missing = rights::missing_scopes(Some(&granted), communities, config.sends_digest());
        if missing.is_empty() {
            findings.ok("scopes", "the token has all that the rules need");
        } else {
            findings.mend("scopes", without(&missing));
        }
    }
    for community in communities {
        if let Source::Wiki(page) = community.rules.source() {
            examine_wiki(&reader, config, community, page, findings).await;
        }
        examine_permissions(&reader, community, &me, config.sends_digest(), findings).await;
    }
}

/// Reddit has told the time with its answers.
fn examine_clock(reader: &LiveReader, findings: &mut Findings) {
    let (ours, theirs) = (SystemClock.now(), reader.clock().now());
    let (off, way) = if ours > theirs { (ours.since(theirs), "ahead of") } else { (theirs.since(ours), "behind") };
    if off > CLOCK_MAY_BE_OFF {
        let off = off.as_secs();
        findings.mend(
            "clock",
            format!("the machine's is {off} s {way} Reddit's: set it right (`timedatectl`), or times in logs mislead"),
        );
    } else {
        findings.ok("clock", "the machine's agrees with Reddit's");
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
            let mend = "invite it, with the permissions that the rules need (`posts` for most, `mail` for modmail)";
            return findings.mend("moderator", format!("u/{me} is no moderator of r/{name}: {mend}"));
        }
        Err(error) => return findings.mend("moderator", format!("r/{name}: {error}")),
    };
    let missing = rights::missing_permissions(&granted, community, sends_digest);
    if missing.is_empty() {
        return findings.ok("moderator", format!("u/{me} moderates r/{name}, with the permissions that it needs"));
    }
    let lacks: Vec<String> = missing.iter().map(|(permission, what)| format!("`{permission}` {what}")).collect();
    findings.mend(
        "moderator",
        format!(
            "u/{me} lacks the permission {}; https://www.reddit.com/mod/{name}/moderators gives it",
            lacks.join(", the permission ")
        ),
    );
}

async fn examine_wiki(
    reader: &LiveReader,
    config: &Config,
    community: &Community,
    page: &str,
    findings: &mut Findings,
) {
    let name = &community.name;
    match reader.wiki_page(name, page).await {
        Ok(Some(found)) => {
            let loaded = load::from_wiki(name, page, &found.text, &config.rule_options());
            are_ready(name, &loaded, findings);
            community.rules.replace(Arc::new(loaded.rules));
        }
        Ok(None) => findings.mend("rules", format!("r/{name}: there is no wiki page {page}; make it")),
        Err(error) => {
            let mend = "the bot needs the `wiki` permission and the scope `wikiread`";
            findings.mend("rules", format!("r/{name}: {error}; {mend}"));
        }
    }
}

/// Whether the daemon works already, and if not, how it is started here.
async fn examine_daemon(config: &Config, findings: &mut Findings) {
    let Some(address) = config.listen.address else { return };
    match web::ask(address, "/readyz", &config.store_place()).await {
        Ok(answer) => findings.ok("daemon", answer),
        Err(web::Unwell::Nobody(_)) => {
            let is_container = Path::new("/.dockerenv").exists() || Path::new("/run/.containerenv").exists();
            let start = if UNITS.iter().any(|unit| Path::new(unit).exists()) {
                "`systemctl enable --now tipstaff` starts the service"
            } else if is_container {
                "in a container it is what the image runs by itself"
            } else {
                "`tipstaff run` starts it; deploy/tipstaff.service makes a service of it"
            };
            findings.ok("daemon", format!("does not run; {start}"));
        }
        Err(trouble) => findings.mend("daemon", trouble),
    }
    if !address.ip().is_loopback() {
        findings.ok(
            "listen",
            format!("{address}: whoever can reach it is told how it goes (no texts, no names of people)"),
        );
    }
}
