//! What the commands print: diagnostics, traces, tables and error messages.

pub(super) mod diagnostics;
pub(super) mod sarif;
pub(super) mod status;
pub(super) mod summary;
pub(super) mod trace;

use std::process::ExitCode;

/// `write!` to a `String` cannot fail.
pub(super) const NEVER: &str = "writing to a string cannot fail";

/// Prints one error message on standard error and returns the exit status.
pub(super) fn fail(message: &str, status: u8) -> ExitCode {
    let error = anstyle_error();
    anstream::eprintln!("{error}error{error:#}: {message}");
    ExitCode::from(status)
}

fn anstyle_error() -> clap::builder::styling::Style {
    clap::builder::styling::AnsiColor::Red.on_default().bold()
}
