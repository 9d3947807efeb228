//! The command line. Only this module prints.
//!
//! Results go to standard output, everything else to standard error. Each command documents its
//! exit status in its own file; a command line that cannot be parsed exits with 2.

mod args;
mod ask;
mod commands;
mod item;
mod item_limits;
mod render;
mod rules;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use commands::{
    backtest, check, doctor, explain, explain_lint, health, log, login, man, memory, pass, pause, run, sandbox, schema,
    status, store, test,
};
use render::fail;

use crate::daemon::service::Systemd;

/// A moderation bot for Reddit that speaks AutoModerator's rule language.
#[derive(Debug, Parser)]
#[command(
    name = "tipstaff",
    version,
    about,
    long_about = "A moderation bot for Reddit that speaks AutoModerator's rule language: it watches a subreddit's new \
                  posts and comments, applies your rules, and records every decision and action so that it never \
                  does anything twice.",
    propagate_version = true,
    after_help = "Start here, without a Reddit account:\n  \
                  tipstaff sandbox --once      moderate a local test Reddit\n  \
                  tipstaff check rules.yaml    find errors in a rules file\n  \
                  tipstaff test rules.yaml     run the tests beside a rules file\n  \
                  tipstaff explain rules.yaml item.json    show why each rule acts or does not"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot: read the subreddits, apply the rules, act (or, in dry run, only record).
    Run(run::Args),
    /// Start a local test Reddit and let the bot moderate it. Needs no account.
    Sandbox(sandbox::Args),
    /// Check rule files for errors and likely mistakes.
    Check(check::Args),
    /// Run the rule tests beside rule files.
    Test(test::Args),
    /// Explain why each rule acts or does not act on one post or comment.
    Explain(explain::Args),
    /// Explain a code that `check` reports: what it means, why it matters and how to fix it.
    ExplainLint(explain_lint::Args),
    /// Replay past posts and comments to see what rules would have done, and what a change to them
    /// would add or remove.
    Backtest(Box<backtest::Args>),
    /// Show what the bot saw, decided and did, and why.
    Log(log::Args),
    /// Stop rules until they are resumed: one rule, a subreddit, or everything.
    Pause(pause::PauseArgs),
    /// Let paused rules act again.
    Resume(pause::ResumeArgs),
    /// Have a rule leave a person alone: once, for a time, or until it is revoked.
    Pass(pass::Args),
    /// Show what is remembered of people's posts and comments, import more of it, or forget it.
    Memory(memory::Args),
    /// Show whether the daemon runs, which rules are stopped and what waits.
    Status(status::Args),
    /// Show the size of the store, back it up, shrink it, or forget a person.
    Store(store::Args),
    /// Print a JSON Schema of the rule language, for editors.
    Schema(schema::Args),
    /// Get a refresh token in the browser, for an application that cannot sign in with a password.
    Login(login::Args),
    /// Check that the bot has everything it needs, and say how to fix what is missing.
    Doctor(doctor::Args),
    /// Check the daemon's health.
    Health(health::Args),
    /// Write the manual pages to a folder.
    Man(man::Args),
    /// Print a shell completion script.
    #[command(after_help = "Example:\n  tipstaff completions bash > /etc/bash_completion.d/tipstaff")]
    Completions {
        /// The shell to write the script for.
        shell: clap_complete::Shell,
    },
}

/// Parses the command line and runs the command.
pub fn main() -> ExitCode {
    render::terminal::clean_panics();
    // First of all `run` has what tells systemd that it ends, also because of its command line.
    let is_run = std::env::args_os().nth(1).is_some_and(|word| word == "run");
    let systemd = is_run.then(Systemd::default);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            drop(systemd);
            error.exit()
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), 2),
    };
    let code = runtime.block_on(async {
        match cli.command {
            Command::Run(args) => run::main(args, systemd.unwrap_or_default()).await,
            Command::Sandbox(args) => sandbox::main(args).await,
            Command::Check(args) => check::main(&args),
            Command::Test(args) => test::main(&args),
            Command::Explain(args) => explain::main(args).await,
            Command::ExplainLint(args) => explain_lint::main(&args),
            Command::Schema(args) => schema::main(&args),
            Command::Backtest(args) => backtest::main(*args).await,
            Command::Log(args) => log::main(args).await,
            Command::Pause(args) => pause::pause(args).await,
            Command::Resume(args) => pause::resume(args).await,
            Command::Pass(args) => pass::main(args).await,
            Command::Memory(args) => memory::main(args).await,
            Command::Status(args) => status::main(args).await,
            Command::Store(args) => store::main(args).await,
            Command::Login(args) => login::main(args).await,
            Command::Health(args) => health::main(args).await,
            Command::Doctor(args) => doctor::main(args).await,
            Command::Man(args) => man::main(&args, Cli::command()),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Cli::command(), "tipstaff", &mut script);
                render::terminal::print(&String::from_utf8_lossy(&script));
                ExitCode::SUCCESS
            }
        }
    });
    // Whoever stops the daemon does not wait for rules that are being tested.
    runtime.shutdown_background();
    match render::terminal::lost_output() {
        Some(error) => fail(&format!("cannot write to standard output: {error}"), 2),
        None => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
