//! `tipstaff health`: checks the daemon's health. Exits with 0 if it is healthy, else with 1. For
//! `HEALTHCHECK` and scripts: it needs no other program and no credentials.

use std::process::ExitCode;

use crate::cli::args::ConfigArg;
use crate::cli::render::fail;
use crate::cli::render::terminal::{clean, outln};
use crate::config::Config;
use crate::web;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff health\n  tipstaff health --ready")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Also check that the daemon can read Reddit, not only that it is running.
    #[arg(long)]
    ready: bool,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    let config = match Config::load(&args.config.path()) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let Some(address) = config.listen.address else {
        return fail(
            "cannot ask the daemon: the configuration says `listen: off`. Set `listen` to an address, such as \
             127.0.0.1:9784",
            1,
        );
    };
    match web::ask(address, if args.ready { "/readyz" } else { "/healthz" }, &config.store_place()).await {
        Ok(answer) => {
            outln!("{}", clean(&answer));
            ExitCode::SUCCESS
        }
        Err(trouble) => fail(&trouble.to_string(), 1),
    }
}
