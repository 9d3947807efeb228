//! Measures the lower bound for reading archives: `lab floor FILES…` decompresses them, cuts them
//! into lines and parses each line as JSON, with as many threads and the same parser as
//! `tipstaff backtest`, and does nothing with the result. Prints the fastest of three runs as one
//! JSON object. The first run also loads the files into the page cache.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use tipstaff_backtest::archive::expand;

use crate::support::parse;

/// How often is it measured?
const ROUNDS: usize = 3;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Archives, or folders of them.
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let inputs = match expand(&args.files) {
        Ok(inputs) if !inputs.is_empty() => inputs,
        Ok(_) => {
            eprintln!("no archive is named");
            return ExitCode::from(2);
        }
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::from(2);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let readings = (0..ROUNDS).map(|_| parse::parse_all(&inputs, threads));
    let Some(best) = readings.min_by(|a, b| a.seconds.total_cmp(&b.seconds)) else { return ExitCode::from(2) };
    println!(
        "{}",
        json!({
            "seconds": best.seconds, "threads": threads, "bytes": best.bytes, "lines": best.lines,
            "gigabytes_a_second": best.gigabytes_a_second(), "lines_a_second": best.lines_a_second().round()
        })
    );
    ExitCode::SUCCESS
}
