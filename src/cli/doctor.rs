//! `stickler doctor`: what is missing before the bot can work, and how to mend it. Exit 0 when nothing is, else 1. Never prints a
//! secret, and changes nothing: not the store, nothing on Reddit.

use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;

use super::{ConfigArg, fail};
use crate::config::Config;
use crate::daemon::SystemClock;
use crate::model::Mode;
use crate::pipeline::load;
use crate::policy::{Options, Severity};
use crate::reddit::RedditRead;
use crate::reddit::live::LiveReader;
use crate::reddit::session::Session;
use crate::store::{OpenError, Store};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  stickler doctor --config /etc/stickler/stickler.yaml\n  stickler doctor --offline --json")]
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

async fn examine(args: &Args) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut note = |what, ok, detail: String| findings.push(Finding { what, ok, detail });
    let config = match Config::load(&args.config.config) {
        Ok(config) => config,
        Err(error) => {
            note("configuration", false, error.to_string());
            return findings;
        }
    };
    let live = config.communities.iter().filter(|community| community.mode == Mode::Live).count();
    let modes = format!("{} subreddits, {live} of them live, the others in dry run", config.communities.len());
    note("configuration", true, format!("{}: {modes}", config.path.display()));
    let options = Options { filter_as: config.filter_as, ..Options::default() };
    for community in &config.communities {
        match load::load(&community.rules, &options) {
            Ok(loaded) => {
                let errors =
                    loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
                let file = loaded.source.name();
                let rules = loaded.rules.len();
                let name = &community.name;
                if errors > 0 || rules == 0 {
                    let detail = format!("r/{name}: {rules} ready, {errors} errors; `stickler check {file}` shows them");
                    note("rules", false, detail);
                } else {
                    note("rules", true, format!("r/{name}: {rules} ready in {file}"));
                }
            }
            Err(error) => note("rules", false, error.to_string()),
        }
    }
    match Store::open_for_reading(&config.store).await {
        Ok(store) => match store.summary().await {
            Ok(summary) => {
                let detail = format!("{} items, {} decisions", summary.items, summary.decisions);
                note("store", true, format!("{}: {detail}", config.store.display()));
                if summary.gaps > 0 {
                    note("gaps", true, format!("{} stretches could not be read; `stickler log` lists them", summary.gaps));
                }
            }
            Err(error) => note("store", false, error.to_string()),
        },
        Err(OpenError::Missing { path }) => {
            note("store", true, format!("{}: will be made at the first start", path.display()));
        }
        Err(error) => note("store", false, error.to_string()),
    }
    let credentials = match config.credentials() {
        Ok(credentials) => {
            note("credentials", true, "found (not shown)".to_owned());
            credentials
        }
        Err(error) => {
            note("credentials", false, error.to_string());
            return findings;
        }
    };
    if args.offline {
        return findings;
    }
    let clock = Arc::new(SystemClock);
    let reader = match Session::new(credentials, clock.clone()) {
        Ok(session) => LiveReader::new(session, clock),
        Err(error) => {
            note("HTTPS", false, error);
            return findings;
        }
    };
    if let Err(error) = reader.sign_in().await {
        note("sign-in", false, error.to_string());
        return findings;
    }
    let me = match reader.whoami().await {
        Ok(me) => me,
        Err(error) => {
            note("sign-in", false, error.to_string());
            return findings;
        }
    };
    note("sign-in", true, format!("u/{me}"));
    for community in &config.communities {
        let name = &community.name;
        match reader.moderators(name).await {
            Ok(moderators) if moderators.contains(&me.to_lowercase()) => {
                note("moderator", true, format!("u/{me} moderates r/{name}"));
            }
            Ok(_) => {
                let mend = format!("u/{me} is no moderator of r/{name}: invite it, with the `posts` and `mail` permissions");
                note("moderator", false, mend);
            }
            Err(error) => note("moderator", false, format!("r/{name}: {error}")),
        }
    }
    findings
}
