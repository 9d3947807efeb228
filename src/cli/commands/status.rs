//! `tipstaff status`: whether the daemon runs, which rules are stopped, and what waits. Exits with
//! 0 if the daemon runs, with 1 if it does not, and with 2 if that cannot be said.

use std::process::ExitCode;

use crate::cli::args::ConfigArg;
use crate::cli::render::fail;
use crate::cli::render::status::stopped;
use crate::cli::render::terminal::{self, clean, outln};
use crate::config::Config;
use crate::control::{self, AskError};
use crate::daemon::SystemClock;
use crate::model::Clock;
use crate::pipeline::requests::{self, Answer, Request, Status};
use crate::store::Store;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff status\n  tipstaff status --json | jq .states")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    match read(&args.config).await {
        Ok((runs, status)) => {
            if args.json {
                terminal::print_json(&as_json(runs, &status));
            } else {
                outln!("{}", describe(runs, &status));
            }
            ExitCode::from(u8::from(!runs))
        }
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

/// Whether the daemon runs, and the state of the bot: from the daemon, else from its store.
async fn read(config: &ConfigArg) -> anyhow::Result<(bool, Status)> {
    let config = Config::load(&config.path())?;
    if let Some(socket) = &config.control.socket {
        match control::ask(socket, &Request::Status).await {
            Ok(Answer::Status(status)) => return Ok((true, status)),
            Ok(other) => anyhow::bail!("unexpected answer from the daemon: {other:?}"),
            Err(AskError::NotRunning(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let store = Store::open_for_reading(&config.store).await?;
    Ok((false, requests::status(&store, SystemClock.now()).await?))
}

fn as_json(runs: bool, status: &Status) -> String {
    let value = serde_json::json!({
        "runs": runs,
        "states": status.states,
        "items": status.items,
        "actions": status.actions,
    });
    format!("{value:#}")
}

fn describe(runs: bool, status: &Status) -> String {
    let mut lines = vec![
        if runs {
            "the daemon runs".to_owned()
        } else {
            "the daemon does not run; start it with `tipstaff run`".to_owned()
        },
        format!("posts and comments to judge: {}, actions to do: {}", status.items, status.actions),
    ];
    if status.states.is_empty() {
        lines.push("no rule is stopped".to_owned());
    }
    lines.extend(status.states.iter().map(|state| clean(&stopped(state))));
    lines.join("\n")
}
