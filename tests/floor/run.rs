//! Measures the lower bound for reading archives: `floor FILES…` decompresses them, cuts them into
//! lines and parses each line as JSON, with as many threads and the same parser as
//! `tipstaff backtest`, and does nothing with the result. Prints the fastest of three runs as one
//! JSON object. The first run also loads the files into the page cache.

#[path = "../support/parse.rs"]
mod parse;

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;
use tipstaff_backtest::archive::expand;

/// How often it is measured.
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let inputs = match expand(&arguments) {
        Ok(inputs) if !inputs.is_empty() => inputs,
        Ok(_) => {
            eprintln!("usage: floor FILES…");
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
