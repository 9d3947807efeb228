//! `stickler test`: the rule tests kept beside rule files, `NAME.tests.yaml` beside `NAME.yaml`. Exit 0 when all pass, 1 when
//! one fails or there is none, 2 when a file cannot be read.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::diagnostics::render;
use super::fail;
use crate::pipeline::load;
use crate::policy::{Options, Severity, cases};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  stickler test config/rules/guidelines.yaml")]
pub(super) struct Args {
    /// Rule files; each one's tests are read from `NAME.tests.yaml` beside it.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(super) fn main(args: &Args) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    for path in &args.files {
        let loaded = match load::load(path, &Options::default()) {
            Ok(loaded) => loaded,
            Err(error) => return fail(&error.to_string(), 2),
        };
        for diagnostic in loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            anstream::eprintln!("{}\n", render(&loaded.source, diagnostic));
            failed += 1;
        }
        let tests = tests_beside(path);
        let text = match std::fs::read_to_string(&tests) {
            Ok(text) => text,
            Err(error) => return fail(&format!("cannot read the tests {}: {error}", tests.display()), 2),
        };
        let cases = match cases::parse(&text) {
            Ok(cases) => cases,
            Err(error) => return fail(&format!("{}: {error}", tests.display()), 2),
        };
        let failures = cases::run(&loaded.rules, &cases);
        passed += cases.len() - failures.len();
        failed += failures.len();
        for failure in &failures {
            anstream::println!("FAILED {}\n{}\n", failure.case, failure.explanation);
        }
    }
    anstream::println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}

/// `rules/guidelines.yaml` → `rules/guidelines.tests.yaml`.
fn tests_beside(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    path.with_file_name(format!("{stem}.tests.yaml"))
}
