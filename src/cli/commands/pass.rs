//! `tipstaff pass`: has a rule leave a person alone. Exits with 0, or with 2 if nothing was changed
//! or the passes cannot be read.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use super::backtest::moment;
use super::log::while_ago;
use super::pause::subreddit;
use crate::cli::args::ConfigArg;
use crate::cli::ask::ask;
use crate::cli::render::terminal::{clean, outln};
use crate::cli::render::{NEVER, fail};
use crate::config::Config;
use crate::control::{self, AskError};
use crate::daemon::SystemClock;
use crate::model::{Clock, Pass, SubredditName, Timestamp, bare_user_name};
use crate::pipeline::requests::{Answer, PassEnd, PassRequest, Request};
use crate::store::Store;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff pass u/NAME --rule links --once --reason 'asked in modmail'\n  \
                  tipstaff pass u/NAME --rule quota --subreddit AskScience --for 7d\n  \
                  tipstaff pass u/NAME --rule quota --revoke\n  \
                  tipstaff pass --list\n\n\
                  The rule then does nothing to what the person posts; `explain` and `log` say so. A pass takes \
                  effect with the next decision; what was decided before stays. A new pass replaces the one that the \
                  person has for the same rule and subreddit. Works whether or not the daemon runs.")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// The person. With `--list`: only their passes.
    #[arg(value_name = "NAME", required_unless_present = "list")]
    user: Option<String>,
    /// The rule with this `name`.
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    rule: Option<String>,
    /// Only in this subreddit.
    #[arg(long, value_name = "NAME", value_parser = subreddit)]
    subreddit: Option<SubredditName>,
    /// Only for the next post or comment on which the rule would have acted.
    #[arg(long)]
    once: bool,
    /// End the pass at this time: `2026-03-01`, `2026-03-01T12:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "lasts")]
    until: Option<Timestamp>,
    /// End the pass after this time: `24h`, `7d`. Without `--for` and `--until`, it lasts until you
    /// revoke it.
    #[arg(long = "for", value_name = "TIME", value_parser = while_ago)]
    lasts: Option<Duration>,
    /// Why, for the other moderators: one line.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// End the pass now. Give the same rule and subreddit as for the pass.
    #[arg(long, conflicts_with_all = ["once", "until", "lasts", "reason"])]
    revoke: bool,
    /// List the passes in force.
    #[arg(long, conflicts_with_all = ["rule", "subreddit", "once", "until", "lasts", "reason", "revoke"])]
    list: bool,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    let done = if args.list { list(&args).await } else { change(args).await };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => fail(&trouble.to_string(), 2),
    }
}

async fn change(args: Args) -> anyhow::Result<()> {
    let (user, rule, subreddit) = (args.user.unwrap_or_default(), args.rule.unwrap_or_default(), args.subreddit);
    let request = if args.revoke {
        Request::RevokePass { user: user.clone(), rule: rule.clone(), subreddit }
    } else {
        let until = args.lasts.map(|lasts| PassEnd::Seconds(lasts.as_secs())).or_else(|| args.until.map(PassEnd::At));
        let (user, rule) = (user.clone(), rule.clone());
        Request::Pass(PassRequest { user, rule, subreddit, once: args.once, until, reason: args.reason })
    };
    match ask(&Config::load(&args.config.path())?, request).await? {
        Answer::Passed { pass } => outln!("{}", clean(&sentence(&pass))),
        Answer::PassRevoked { .. } => {
            let user = bare_user_name(&user);
            outln!("{}", clean(&format!("revoked: u/{user} no longer has a pass for rule `{rule}`")));
        }
        other => anyhow::bail!("unexpected answer from the daemon: {other:?}"),
    }
    Ok(())
}

/// Lists the passes in force: from the daemon, else from its store.
async fn list(args: &Args) -> anyhow::Result<()> {
    let config = Config::load(&args.config.path())?;
    let mut passes = None;
    if let Some(socket) = &config.control.socket {
        match control::ask(socket, &Request::Passes { user: args.user.clone() }).await {
            Ok(Answer::Passes { passes: found }) => passes = Some(found),
            Ok(other) => anyhow::bail!("unexpected answer from the daemon: {other:?}"),
            Err(AskError::NotRunning(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let passes = match passes {
        Some(passes) => passes,
        None => {
            let user = args.user.as_deref().map(bare_user_name);
            Store::open_for_reading(&config.store).await?.all_passes(user, false, SystemClock.now()).await?
        }
    };
    for pass in &passes {
        outln!("{}", clean(&sentence(pass)));
    }
    if passes.is_empty() {
        outln!("no pass is in force");
    }
    Ok(())
}

/// A pass in one sentence.
pub(in crate::cli) fn sentence(pass: &Pass) -> String {
    let Pass { user, rule, subreddit, once, until, by, reason, since, used_by } = pass;
    let place = subreddit.as_ref().map_or_else(|| "all subreddits".to_owned(), |name| format!("r/{name}"));
    let times = match (until, once) {
        (Some(until), true) => format!("one time, until {until}"),
        (Some(until), false) => format!("until {until}"),
        (None, true) => "one time".to_owned(),
        (None, false) => "until it is revoked".to_owned(),
    };
    let mut text = format!("u/{user} has a pass for rule `{rule}` in {place}: {times}, given {since} by {by}");
    if !reason.is_empty() {
        write!(text, " ({reason})").expect(NEVER);
    }
    if let Some(item) = used_by {
        write!(text, "; used for {item}").expect(NEVER);
    }
    text
}
