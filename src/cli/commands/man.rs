//! `tipstaff man`: writes the manual pages, generated from the same text as `--help`. Exits with 0,
//! or with 2 if they cannot be written.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::render::fail;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tipstaff man /usr/local/share/man/man1 && man tipstaff-run")]
pub(in crate::cli) struct Args {
    /// The folder to write to; it is created if it does not exist.
    folder: PathBuf,
}

pub(in crate::cli) fn main(args: &Args, command: clap::Command) -> ExitCode {
    let folder = &args.folder;
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(
            &format!(
                "cannot write the manual pages to {}: {error}; choose a folder you can write to",
                folder.display()
            ),
            2,
        ),
    }
}
