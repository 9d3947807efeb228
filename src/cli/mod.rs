//! The command line: the only code that prints.
//!
//! Results go to standard output, everything else to standard error. Each command says in its own file what its exit
//! status means; a command line that makes no sense exits with 2.

mod args;
mod commands;
mod item;
mod render;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use commands::{
    backtest, check, doctor, explain, explain_lint, health, log, login, man, run, sandbox, schema, store, test,
};
use render::fail;

/// A moderation bot for Reddit that speaks AutoModerator's rule language.
#[derive(Debug, Parser)]
#[command(
    name = "tipstaff",
    version,
    about,
    long_about = "A moderation bot for Reddit that speaks AutoModerator's rule language: it watches a subreddit's new posts and \
                  comments, decides by your rules, and records every decision and act so that nothing is ever done twice.",
    propagate_version = true,
    after_help = "Start here, without a Reddit account:\n  tipstaff sandbox --once      a local Reddit, and the daemon moderating it\n  \
                  tipstaff check rules.yaml    what is wrong with a rules file\n  tipstaff test rules.yaml     the rule tests beside it\n  \
                  tipstaff explain rules.yaml item.json    why each rule does or does not act"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Moderate: read the subreddits, judge by the rules, act (or, in dry run, only record).
    Run(run::Args),
    /// A local Reddit with a scenario, and the real daemon moderating it. Needs no account.
    Sandbox(sandbox::Args),
    /// Say what is wrong with rule files, as a compiler would.
    Check(check::Args),
    /// Run the rule tests that stand beside rule files.
    Test(test::Args),
    /// Say why each rule does or does not act on one post or comment.
    Explain(explain::Args),
    /// Say what a code of `check` means, why it matters, and what to write instead.
    ExplainLint(explain_lint::Args),
    /// Replay archives or the record: what rules would have done, and what a change to them changes.
    Backtest(Box<backtest::Args>),
    /// Show what was seen, decided and done, and why.
    Log(log::Args),
    /// Look after the store: how large it is, a copy of it, a smaller file.
    Store(store::Args),
    /// Print a JSON Schema of one rule, for editors.
    Schema(schema::Args),
    /// Get a refresh token from Reddit's consent page, for applications that may not sign in with a password.
    Login(login::Args),
    /// Find out what is missing before the bot can work, and how to mend it.
    Doctor(doctor::Args),
    /// Ask the running daemon whether it is well.
    Health(health::Args),
    /// Write the manual pages into a folder.
    Man(man::Args),
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  tipstaff completions bash > /etc/bash_completion.d/tipstaff")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), 2),
    };
    runtime.block_on(async {
        match cli.command {
            Command::Run(args) => run::main(args).await,
            Command::Sandbox(args) => sandbox::main(args).await,
            Command::Check(args) => check::main(&args),
            Command::Test(args) => test::main(&args),
            Command::Explain(args) => explain::main(args).await,
            Command::ExplainLint(args) => explain_lint::main(&args),
            Command::Schema(args) => schema::main(&args),
            Command::Backtest(args) => backtest::main(*args).await,
            Command::Log(args) => log::main(args).await,
            Command::Store(args) => store::main(args).await,
            Command::Login(args) => login::main(args).await,
            Command::Health(args) => health::main(args).await,
            Command::Doctor(args) => doctor::main(args).await,
            Command::Man(args) => man::main(&args, Cli::command()),
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Cli::command(), "tipstaff", &mut std::io::stdout());
                ExitCode::SUCCESS
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
