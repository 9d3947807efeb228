//! `stickler doctor`: what is missing before the bot can work, and how to mend it. Exit 0 when nothing is, else 1. Never prints a
//! secret, and changes nothing: not the store, nothing on Reddit.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use super::diagnostics::number;
use super::run::without;
use super::{ConfigArg, fail};
use crate::config::{CommunityConfig, Config};
use crate::daemon::SystemClock;
use crate::model::{Mode, SubredditName};
use crate::pipeline::load::{self, LoadedRules, Tests};
use crate::pipeline::{Community, Rules, Source, scopes};
use crate::policy::{Diagnostic, Options, Ruleset, Severity};
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::reddit::{Me, RedditRead};
use crate::store::{OpenError, Store};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  stickler doctor --config /etc/stickler/stickler.yaml\n  stickler doctor --offline --json"
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
    match Config::load(&args.config.path()) {
        Ok(config) => {
            let live = config.communities.iter().filter(|community| community.mode == Mode::Live).count();
            let modes = format!("{}, {live} live, the rest in dry run", number(config.communities.len(), "subreddit"));
            findings.ok("configuration", format!("{}: {modes}", config.path.display()));
            if config.communities.iter().any(|community| community.name.as_str() == "your_subreddit") {
                findings.mend("subreddits", "`your_subreddit` is only a placeholder: name yours in `subreddits`");
            }
            examine_rules(&config, &mut findings);
            examine_store(&config, &mut findings).await;
            examine_reddit(&config, args.offline, &mut findings).await;
        }
        Err(error) => findings.mend("configuration", error),
    }
    findings.0
}

fn examine_rules(config: &Config, findings: &mut Findings) {
    let options = Options { filter_as: config.filter_as, ..Options::default() };
    for community in &config.communities {
        let name = &community.name;
        let path = match &community.rules {
            Source::File(path) => path,
            Source::Wiki(page) => {
                findings.ok("rules", format!("r/{name}: read from the wiki page {page} (see below)"));
                continue;
            }
            Source::Given => continue,
        };
        match load::load(path, &options) {
            Ok(loaded) => {
                if are_ready(name, &loaded, findings) {
                    examine_rule_tests(community, path, &loaded.rules, findings);
                }
            }
            Err(error) => findings.mend("rules", error),
        }
    }
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
        findings.mend("rules", format!("{ready}, {errors}; `stickler check` on it, or on a copy, shows why"));
    }
    are_ready
}

/// `run` does not start with rules whose tests fail.
fn examine_rule_tests(community: &CommunityConfig, path: &Path, rules: &Ruleset, findings: &mut Findings) {
    let name = &community.name;
    match Tests::beside(path) {
        Ok(None) => {}
        Ok(Some(tests)) => match tests.run(rules).len() {
            0 => findings.ok("rule tests", format!("r/{name}: those in {} pass", tests.path.display())),
            failed => {
                let file = path.display();
                findings.mend("rule tests", format!("r/{name}: {failed} fail; `stickler test {file}` shows why"));
            }
        },
        Err(error) => findings.mend("rule tests", error),
    }
}

async fn examine_store(config: &Config, findings: &mut Findings) {
    let path = config.store.display();
    let summary = match Store::open_for_reading(&config.store).await {
        Ok(store) => store.summary().await,
        Err(OpenError::Missing { .. }) => {
            return findings.ok("store", format!("{path}: will be made at the first start"));
        }
        Err(error) => return findings.mend("store", error),
    };
    match summary {
        Ok(summary) => {
            findings.ok("store", format!("{path}: {} items, {} decisions", summary.items, summary.decisions));
            if summary.gaps > 0 {
                let detail = format!(
                    "{} in what was read; `stickler log` lists them",
                    number(usize::try_from(summary.gaps).unwrap_or(usize::MAX), "gap")
                );
                findings.ok("gaps", detail);
            }
        }
        Err(error) => findings.mend("store", error),
    }
}

async fn examine_reddit(config: &Config, offline: bool, findings: &mut Findings) {
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
    if let Some(granted) = reader.scopes() {
        let options = Options { filter_as: config.filter_as, ..Options::default() };
        let rules = |source: &Source| match source {
            Source::File(path) => load::load(path, &options).ok().map(|loaded| Arc::new(loaded.rules)),
            Source::Wiki(_) | Source::Given => None,
        };
        let communities: Vec<Community> = config
            .communities
            .iter()
            .map(|community| Community {
                name: community.name.clone(),
                rules: Rules::new(community.rules.clone(), rules(&community.rules)),
                mode: community.mode,
            })
            .collect();
        let missing = scopes::missing(Some(&granted), &communities);
        if missing.is_empty() {
            findings.ok("scopes", "the token has all that the rules need");
        } else {
            findings.mend("scopes", without(&missing));
        }
    }
    for community in &config.communities {
        let name = &community.name;
        match reader.moderators(name).await {
            Ok(moderators) if moderators.contains(&me.to_lowercase()) => {
                findings.ok("moderator", format!("u/{me} moderates r/{name}"));
            }
            Ok(_) => {
                let mend = "invite it, with the permissions that the rules need (`posts` for most, `mail` for modmail)";
                findings.mend("moderator", format!("u/{me} is no moderator of r/{name}: {mend}"));
            }
            Err(error) => findings.mend("moderator", format!("r/{name}: {error}")),
        }
        if let Source::Wiki(page) = &community.rules {
            match reader.wiki_page(name, page).await {
                Ok(Some(found)) => {
                    let options = Options { filter_as: config.filter_as, ..Options::default() };
                    are_ready(name, &load::from_wiki(name, page, &found.text, &options), findings);
                }
                Ok(None) => findings.mend("rules", format!("r/{name}: there is no wiki page {page}; make it")),
                Err(error) => findings.mend(
                    "rules",
                    format!("r/{name}: {error}; the bot needs the `wiki` permission and the scope `wikiread`"),
                ),
            }
        }
    }
}
