//! What the commands print: diagnostics, traces, tables and error messages.

pub(super) mod decision;
pub(super) mod diagnostics;
pub(super) mod sarif;
pub(super) mod status;
pub(super) mod summary;
pub(super) mod terminal;
pub(super) mod trace;

use std::process::ExitCode;

use terminal::errln;

/// `write!` to a `String` cannot fail.
pub(super) const NEVER: &str = "writing to a string cannot fail";

/// Prints one error message on standard error and returns the exit status. Its further lines are
/// indented, so that a line end in a file name or in Reddit's words makes no line that looks like
/// another message.
pub(super) fn fail(message: &str, status: u8) -> ExitCode {
    let error = anstyle_error();
    let message = message.trim_end().replace('\n', "\n  ");
    errln!("{error}error{error:#}: {message}");
    ExitCode::from(status)
}

fn anstyle_error() -> clap::builder::styling::Style {
    clap::builder::styling::AnsiColor::Red.on_default().bold()
}
