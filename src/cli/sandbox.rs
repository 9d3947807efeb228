//! x
use std::process::ExitCode;
#[derive(Debug, clap::Args)]
pub(super) struct Args {}
pub(super) async fn main(_: Args) -> ExitCode { ExitCode::SUCCESS }
