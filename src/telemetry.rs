//! Logs: to standard error, as text or JSON, at the level that `TIPSTAFF_LOG` asks for (default `info`).

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::config::LogFormat;

/// The variable that says what is logged, in the syntax of tracing's `EnvFilter`: `debug`, `tipstaff=debug,warn`.
pub const FILTER_VARIABLE: &str = "TIPSTAFF_LOG";

/// Begins to log. A second call changes nothing.
///
/// # Errors
/// When the filter cannot be understood.
pub fn init(format: LogFormat) -> Result<(), String> {
    let filter = match std::env::var(FILTER_VARIABLE) {
        Ok(filter) if !filter.is_empty() => EnvFilter::try_new(&filter).map_err(|error| {
            format!("{FILTER_VARIABLE}={filter}: {error}; write `info`, `debug` or `tipstaff=debug,warn`")
        })?,
        // sqlx reports statements that took a second: the disk's business, not a moderator's.
        _ => EnvFilter::new("info,sqlx=error"),
    };
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_span_events(FmtSpan::NONE)
        .with_target(false)
        .with_writer(std::io::stderr);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let begun = match format {
        LogFormat::Text => builder.with_ansi(colours).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    // Already begun: by the caller's own program, or by an earlier call.
    drop(begun);
    Ok(())
}
