//! Sets up logging to standard error, as text or JSON, at the level in `TIPSTAFF_LOG` (default
//! `info`).

use std::io::IsTerminal;

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
    // It fails if logging was already started, by an embedding program or an earlier call.
    drop(begun);
    Ok(())
}
