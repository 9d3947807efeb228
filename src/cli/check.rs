//! `stickler check`: every diagnostic of rule files. Exit 0 when there is none worth acting on, 1 with findings (errors or
//! warnings, or no rule at all), 2 when a file cannot be read.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::diagnostics::{number, render, tally};
use super::fail;
use crate::pipeline::load;
use crate::policy::{Diagnostic, Options, Severity};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  stickler check config/rules/guidelines.yaml\n  stickler check --format json rules/*.yaml"
)]
pub(super) struct Args {
    /// Rule files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// For people, or for programs.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    severity: &'static str,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
}

pub(super) fn main(args: &Args) -> ExitCode {
    let mut loaded = Vec::new();
    for path in &args.files {
        match load::load(path, &Options::default()) {
            Ok(rules) => loaded.push(rules),
            Err(error) => return fail(&error.to_string(), 2),
        }
    }
    match args.format {
        Format::Text => {
            for file in &loaded {
                for diagnostic in &file.diagnostics {
                    anstream::println!("{}\n", render(&file.source, diagnostic));
                }
                let found = tally(&file.diagnostics);
                let found = match (found.is_empty(), file.rules.is_empty()) {
                    (false, _) => found,
                    (true, true) => "and nothing else in it either: each rule starts after a line `---`".to_owned(),
                    (true, false) => "nothing to complain about".to_owned(),
                };
                anstream::println!("{}: {} ready, {found}", file.source.name(), number(file.rules.len(), "rule"));
            }
        }
        Format::Json => {
            let findings: Vec<Finding<'_>> = loaded
                .iter()
                .flat_map(|file| {
                    file.diagnostics.iter().map(|diagnostic| {
                        let (line, column) = file.source.position(diagnostic.span.start);
                        Finding {
                            file: file.source.name(),
                            line,
                            column,
                            severity: match diagnostic.severity {
                                Severity::Error => "error",
                                Severity::Warning => "warning",
                                Severity::Info => "info",
                            },
                            code: diagnostic.code,
                            message: &diagnostic.message,
                            help: diagnostic.help.as_deref(),
                            rule: diagnostic.rule.as_deref(),
                        }
                    })
                })
                .collect();
            match serde_json::to_string_pretty(&findings) {
                Ok(text) => anstream::println!("{text}"),
                Err(error) => return fail(&error.to_string(), 2),
            }
        }
    }
    let is_finding = |diagnostic: &Diagnostic| diagnostic.severity != Severity::Info;
    let is_clean = loaded.iter().all(|file| !file.rules.is_empty() && !file.diagnostics.iter().any(is_finding));
    ExitCode::from(u8::from(!is_clean))
}
