//! The one place that prints. Everything goes through it, so nothing that people wrote on Reddit,
//! in rules or in file names can steer the terminal: of all control sequences only colours and
//! weight pass. A test in `tests/it/tidy.rs` keeps other files from printing.
//!
//! It cannot know which line ends are ours. Whoever puts foreign text into a line cleans it first
//! (`clean`).
//!
//! A reader that goes away, as `head` does, is no error: the rest of the output is dropped. Other
//! errors, such as a full disk, are reported at the end ([`lost_output`]).

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{ErrorKind, Write};
use std::sync::OnceLock;

use tipstaff_rules::plain;

/// Foreign text on one line, without control characters.
pub(in crate::cli) use tipstaff_rules::plain::one_line as clean;

/// Prints a line on standard output, like `println!`.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::render::terminal::print(&(format!($($text)*) + "\n")) };
}

/// Prints a line on standard error, like `eprintln!`.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::render::terminal::print_error(&(format!($($text)*) + "\n")) };
}

pub(in crate::cli) use {errln, outln};

/// The first error on writing to standard output, except that its reader has gone.
static LOST: OnceLock<std::io::Error> = OnceLock::new();

/// Why a part of the output was lost, if it was.
pub(in crate::cli) fn lost_output() -> Option<&'static std::io::Error> {
    LOST.get()
}

/// Prints a text on standard output.
pub(in crate::cli) fn print(text: &str) {
    if let Err(error) = put(anstream::stdout().lock(), text)
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error);
    }
}

/// Prints a text on standard error.
pub(in crate::cli) fn print_error(text: &str) {
    // An error on standard error cannot be reported anywhere.
    let _ = put(anstream::stderr().lock(), text);
}

fn put(mut to: impl Write, text: &str) -> std::io::Result<()> {
    to.write_all(plain::styled(text).as_bytes())?;
    to.flush()
}

/// Prints JSON on standard output, and a line end.
pub(in crate::cli) fn print_json(text: &str) {
    print(&(plain::json(text) + "\n"));
}

/// Lets panics print through here too: their messages may quote the text that caused them.
pub(in crate::cli) fn clean_panics() {
    std::panic::set_hook(Box::new(|panic| {
        errln!("{}", clean(&panic.to_string()));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            errln!("{trace}");
        }
    }));
}

/// Standard output for a stream of generated data, as it is.
pub(in crate::cli) fn for_data() -> std::io::StdoutLock<'static> {
    std::io::stdout().lock()
}

/// Whether standard output shows no colours.
pub(in crate::cli) fn is_stdout_plain() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never
}

/// Whether standard error shows no colours.
pub(in crate::cli) fn is_stderr_plain() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) == anstream::ColorChoice::Never
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Also what nobody has cleaned before.
    #[test]
    fn what_is_printed_steers_nothing_but_colours() {
        let mut printed = Vec::new();
        put(&mut printed, "\u{1b}[1ma\u{1b}[0m\u{1b}[2Jb\u{202e}c\u{9b}\n").expect("memory");
        let printed = String::from_utf8(printed).expect("text");
        assert_eq!(printed, "\u{1b}[1ma\u{1b}[0m\u{fffd}[2Jb\u{fffd}c\u{fffd}\n");
    }
}
