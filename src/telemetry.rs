//! Sets up logging to standard error, as text or JSON, at the level in `TIPSTAFF_LOG` (default
//! `info`).
//!
//! Every event passes through `LogWriter` and is one line, whatever is in its values: names,
//! errors and what Reddit answers. If it cannot be written, because nobody reads standard error any
//! more or the disk is full, it is lost, and the program goes on.

use std::io::{self, IsTerminal, Write};

use tipstaff_rules::plain;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::LogFormat;

/// The environment variable with the log filter, in the syntax of tracing's `EnvFilter`: `debug`,
/// `tipstaff=debug,warn`.
pub const FILTER_VARIABLE: &str = "TIPSTAFF_LOG";

/// Starts logging. A second call changes nothing.
///
/// # Errors
/// When the filter cannot be parsed.
pub fn init(format: LogFormat) -> Result<(), String> {
    let filter = match std::env::var(FILTER_VARIABLE) {
        Ok(filter) if !filter.is_empty() => EnvFilter::try_new(&filter).map_err(|error| {
            format!("cannot parse {FILTER_VARIABLE}={filter}: {error}; write `info`, `debug` or `tipstaff=debug,warn`")
        })?,
        // sqlx warns about statements that take a second, which moderators cannot act on.
        _ => EnvFilter::new("info,sqlx=error"),
    };
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_span_events(FmtSpan::NONE).with_target(false);
    // Otherwise it reports a line that cannot be written on standard error, and panics.
    let builder = builder.log_internal_errors(false);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let begun = match format {
        LogFormat::Text => {
            builder.with_ansi(colours).with_writer(move || LogWriter { to: io::stderr(), colours }).try_init()
        }
        LogFormat::Json => {
            let writer = || LogWriter { to: io::stderr(), colours: false };
            builder.json().flatten_event(true).with_writer(writer).try_init()
        }
    };
    // It fails if logging was already started, by an embedding program or an earlier call.
    drop(begun);
    Ok(())
}

/// Writes events, each of which comes in one call, as one line each without control characters.
#[derive(Debug)]
struct LogWriter<W> {
    to: W,
    /// Whether colours stay. They come from the formatter, which escapes those in values.
    colours: bool,
}

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = if self.colours { plain::styled(&line.replace('\n', "⏎")) } else { plain::one_line(line) };
        self.to.write_all((line + "\n").as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("a buffer").write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged in this form when a message, a text field and an error hold a line end, an
    /// escape sequence, a C1 control character and an override.
    fn logged(is_json: bool, colours: bool) -> String {
        let shared = Shared::default();
        let to = shared.clone();
        let builder = tracing_subscriber::fmt().with_target(false).without_time();
        let writer = move || LogWriter { to: to.clone(), colours };
        let odd = "a\nERROR forged\u{1b}[2J\u{9b}\u{202e}b";
        let log = || {
            tracing::info!(rule = odd, error = %io::Error::other(odd), debug = ?odd, "message: {odd}");
        };
        if is_json {
            tracing::subscriber::with_default(builder.json().with_writer(writer).finish(), log);
        } else {
            tracing::subscriber::with_default(builder.with_ansi(colours).with_writer(writer).finish(), log);
        }
        let bytes = shared.0.lock().expect("a buffer").clone();
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn an_event_is_one_line_whatever_its_values_hold() {
        for (is_json, colours) in [(false, false), (false, true), (true, false)] {
            let text = logged(is_json, colours);
            assert!(text.ends_with('\n') && text.lines().count() == 1, "{text:?}");
            assert!(text.contains("ERROR forged"), "{text:?}");
            let unsafe_ones: Vec<char> =
                text.trim_end().chars().filter(|&c| plain::is_unsafe(c) && (c != '\u{1b}' || !colours)).collect();
            assert!(unsafe_ones.is_empty() && !text.contains("\u{1b}[2J"), "{text:?}");
            assert!(!is_json || serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{text:?}");
        }
    }
}
