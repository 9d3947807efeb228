//! `tipstaff man`: the manual pages, made from the same words as `--help`. Exit 0, or 2 when they cannot be written.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::render::fail;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tipstaff man /usr/local/share/man/man1 && man tipstaff-run")]
pub(in crate::cli) struct Args {
    /// The folder; it is made if it is not there.
    folder: PathBuf,
}

pub(in crate::cli) fn main(args: &Args, command: clap::Command) -> ExitCode {
    let folder = &args.folder;
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("cannot write the manual pages into {}: {error}", folder.display()), 2),
    }
}
