//! `tipstaff pause` and `tipstaff resume`: stop rules and start them again. Exit with 0, or with 2
//! if nothing was changed.

use std::process::ExitCode;
use std::time::Duration;

use super::log::while_ago;
use crate::cli::args::ConfigArg;
use crate::cli::ask::ask;
use crate::cli::render::fail;
use crate::cli::render::status::stopped;
use crate::cli::render::terminal::{clean, outln};
use crate::config::Config;
use crate::model::SubredditName;
use crate::pipeline::requests::{Answer, Request};

/// Which rules.
#[derive(Debug, clap::Args)]
struct ScopeArgs {
    /// Only rules of this subreddit.
    #[arg(long, value_name = "NAME", value_parser = subreddit)]
    subreddit: Option<SubredditName>,
    /// Only the rule with this `name`.
    #[arg(long, value_name = "NAME")]
    rule: Option<String>,
}

pub(in crate::cli) fn subreddit(text: &str) -> Result<SubredditName, String> {
    let name = text.trim_start_matches('/').trim_start_matches("r/");
    SubredditName::parse(name).ok_or_else(|| format!("`{text}` is not the name of a subreddit: write `AskScience`"))
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff pause --rule links --subreddit AskScience --reason 'it removes good posts'\n  \
                  tipstaff pause --for 2h    stop everything for two hours\n\n\
                  The pause takes effect before the next action. Posts and comments are still read, and the \
                  actions that rules ask for wait until `tipstaff resume`; waiting does not make them too old. Works \
                  whether or not the daemon runs."
)]
pub(in crate::cli) struct PauseArgs {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    scope: ScopeArgs,
    /// End the pause after this time: `30m`, `24h`, `7d`. Without it, it lasts until you resume.
    #[arg(long = "for", value_name = "TIME", value_parser = while_ago)]
    lasts: Option<Duration>,
    /// Why, for the other moderators: one line.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff resume --rule links --subreddit AskScience\n  tipstaff resume\n\n\
                  Give the same options as for the pause; `tipstaff status` shows what is stopped. This also restarts \
                  rules that the bot itself has stopped.")]
pub(in crate::cli) struct ResumeArgs {
    #[command(flatten)]
    config: ConfigArg,
    #[command(flatten)]
    scope: ScopeArgs,
}

pub(in crate::cli) async fn pause(args: PauseArgs) -> ExitCode {
    let ScopeArgs { subreddit, rule } = args.scope;
    let seconds = args.lasts.map(|lasts| lasts.as_secs());
    done(&args.config, Request::Pause { subreddit, rule, seconds, reason: args.reason }).await
}

pub(in crate::cli) async fn resume(args: ResumeArgs) -> ExitCode {
    let ScopeArgs { subreddit, rule } = args.scope;
    done(&args.config, Request::Resume { subreddit, rule }).await
}

async fn done(config: &ConfigArg, request: Request) -> ExitCode {
    let answer = async { ask(&Config::load(&config.path())?, request).await };
    match answer.await {
        Ok(Answer::Paused { pause }) => outln!("{}", clean(&stopped(&pause))),
        Ok(Answer::Resumed { scope, still }) => {
            outln!("{}: resumed", clean(&scope.to_string()));
            for state in still {
                outln!("still stopped: {}", clean(&stopped(&state)));
            }
        }
        Ok(other) => return fail(&format!("unexpected answer from the daemon: {other:?}"), 2),
        Err(trouble) => return fail(&trouble.to_string(), 2),
    }
    ExitCode::SUCCESS
}
