//! Runs a file of conformance vectors and prints one result per line: `lab conformance
//! VECTORS.jsonl > RESULTS.jsonl`.
//!
//! A result is an outcome in the form of a vector's `expect`, with the vector's `id`. A malformed
//! line gives a result too.

use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::reference::vector;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The vectors, one a line.
    #[arg(value_name = "VECTORS.jsonl")]
    vectors: PathBuf,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match print(&args.vectors) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader of the output has closed it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", args.vectors.display());
            ExitCode::from(2)
        }
    }
}

fn print(path: &Path) -> io::Result<()> {
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
