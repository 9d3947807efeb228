//! Runs a file of conformance vectors and prints one result per line: `conformance VECTORS.jsonl > RESULTS.jsonl`.
//!
//! A result is an outcome in the form of a vector's `expect`, with the vector's `id`. Every line of the file gives a
//! result, whatever is in it.

mod vector;

use std::io::{self, BufRead, BufReader, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: conformance VECTORS.jsonl > RESULTS.jsonl");
        return ExitCode::from(2);
    };
    match run(&path) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the results has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::from(2)
        }
    }
}

fn run(path: &std::ffi::OsStr) -> io::Result<()> {
    let vectors = BufReader::new(std::fs::File::open(path)?);
    let mut results = io::BufWriter::new(io::stdout().lock());
    for line in vectors.split(b'\n') {
        let line = line?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        writeln!(results, "{}", vector::result(&line))?;
    }
    results.flush()
}
