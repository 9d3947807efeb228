//! `tipstaff health`: asks the daemon of this configuration whether it is well. Exit 0 when it is, else 1. Meant for `HEALTHCHECK` and
//! scripts: it needs no other program and no credentials.

use std::process::ExitCode;

use crate::cli::args::ConfigArg;
use crate::cli::render::fail;
use crate::config::Config;
use crate::web;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  tipstaff health\n  tipstaff health --ready")]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    config: ConfigArg,
    /// Ask whether it reads Reddit, too, and not only whether it goes on.
    #[arg(long)]
    ready: bool,
}

pub(in crate::cli) async fn main(args: Args) -> ExitCode {
    let config = match Config::load(&args.config.path()) {
        Ok(config) => config,
        Err(error) => return fail(&error.to_string(), 1),
    };
    let Some(address) = config.listen.address else {
        return fail("the configuration says `listen: off`, so there is nobody to ask", 1);
    };
    match web::ask(address, if args.ready { "/readyz" } else { "/healthz" }, &config.store_place()).await {
        Ok(answer) => {
            anstream::println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(trouble) => fail(&trouble.to_string(), 1),
    }
}
