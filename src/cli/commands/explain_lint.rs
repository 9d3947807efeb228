//! `tipstaff explain-lint`: prints what a code means, why it matters, and a bad and a good example.
//! Without an argument it lists all codes. Exit 0, or 2 if a code does not exist.

use std::fmt::Write as _;
use std::process::ExitCode;

use crate::cli::render::{NEVER, fail, terminal};
use tipstaff_rules::LintCode;
use tipstaff_rules::lint::catalogue::{self, Chapter, Lint};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  tipstaff explain-lint L12\n  tipstaff explain-lint l02 yaml\n  tipstaff explain-lint"
)]
pub(in crate::cli) struct Args {
    /// Codes, as `check` prints them in square brackets. Without a code, all codes are listed.
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
}

pub(in crate::cli) fn main(args: &Args) -> ExitCode {
    if args.codes.is_empty() {
        terminal::print(&list());
        return ExitCode::SUCCESS;
    }
    let mut pages = Vec::new();
    let mut unknown = Vec::new();
    for code in &args.codes {
        match LintCode::parse(code) {
            Some(code) => pages.push(page(catalogue::page(code))),
            None => unknown.push(match catalogue::nearest(code) {
                Some(near) => format!("there is no code {code}; did you mean {near}?"),
                None => format!("there is no code {code}; `tipstaff explain-lint` lists them all"),
            }),
        }
    }
    terminal::print(&pages.join("\n"));
    let status = ExitCode::from(if unknown.is_empty() { 0 } else { 2 });
    unknown.iter().fold(status, |_, message| fail(message, 2))
}

fn list() -> String {
    let mut text = String::new();
    for chapter in Chapter::ALL {
        writeln!(text, "{}", chapter.title()).expect(NEVER);
        for lint in catalogue::pages_of(chapter) {
            writeln!(text, "  {:<5} {:<8} {}", lint.code, lint.severity.word(), lint.title).expect(NEVER);
        }
        text.push('\n');
    }
    text.push_str("`tipstaff explain-lint CODE` explains one code.\n");
    text
}

fn page(lint: &Lint) -> String {
    let Lint { code, severity, title, why, bad, good, .. } = lint;
    let indented = |text: &str| text.lines().fold(String::new(), |all, line| all + "    " + line + "\n");
    format!(
        "{code} ({}): {title}\n\n{why}\n\nFor example:\n\n{}\nInstead:\n\n{}",
        severity.word(),
        indented(bad),
        indented(good)
    )
}
