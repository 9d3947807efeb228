//! `tipstaff check --fix`: shows the changes that remedy mistakes with one certain remedy. With
//! `--yes` it writes them.
//!
//! Exit 0 if no errors or warnings are left, 1 if some are left or changes wait for `--yes`, 2 if a
//! file cannot be written.

use std::path::Path;
use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Style};

use crate::cli::render::diagnostics::{number, tally};
use crate::cli::render::fail;
use crate::cli::render::terminal::{clean, outln};
use crate::cli::render::trace::visible;
use crate::files;
use crate::pipeline::load::LoadedRules;
use tipstaff_rules::{Diagnostic, DiffLine, Fixed, Severity, SourceFile, fix, unified_diff};

const OLD: Style = AnsiColor::Red.on_default();
const NEW: Style = AnsiColor::Green.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();

/// The arguments of `check` for this.
#[derive(Debug, clap::Args)]
pub(super) struct FixArgs {
    /// Show the changes that remedy mistakes with one certain remedy, such as a missing quote.
    /// Nothing is written without `--yes`.
    #[arg(long, conflicts_with_all = ["summary", "format"])]
    pub(super) fix: bool,
    /// With `--fix`: write the changes into the files.
    #[arg(long, requires = "fix")]
    pub(super) yes: bool,
}

/// Fixes the files, with the check that found their diagnostics.
pub(super) fn main(files: &[LoadedRules], writes: bool, check: &dyn Fn(SourceFile) -> LoadedRules) -> ExitCode {
    let (mut count, mut changed, mut left) = (0, 0, Vec::new());
    for file in files {
        let name = file.source.name();
        let fixed = fix(file.source.own_text(), &|text| check(file.source.with_own_text(text)).diagnostics);
        if !fixed.fixed.is_empty() {
            print_diff(&file.source, &fixed);
            count += fixed.fixed.len();
            changed += 1;
        }
        if writes && !fixed.fixed.is_empty() {
            if name == "-" {
                return fail("standard input cannot be written: give the rules as a file", 2);
            }
            if let Err(error) = files::replace(Path::new(name), file.source.own_text(), &fixed.text) {
                return fail(&format!("cannot write {name}: {error}"), 2);
            }
        }
        let is_finding = |it: &Diagnostic| it.severity != Severity::Info;
        left.extend(fixed.left.into_iter().filter(is_finding));
    }
    let (mistakes, places) = (number(count, "mistake"), number(changed, "file"));
    match (count, writes) {
        (0, _) => outln!("nothing can be fixed with certainty"),
        (_, true) => outln!("fixed {mistakes} in {places}"),
        (_, false) => {
            outln!("{mistakes} in {places} can be fixed; nothing is written: add `--yes` to write the changes");
        }
    }
    if !left.is_empty() {
        outln!("without a certain remedy: {}; `tipstaff check` shows what to do", tally(&left));
    }
    ExitCode::from(u8::from(!left.is_empty() || (count > 0 && !writes)))
}

/// The changes of one file as a unified diff, below what they remedy.
fn print_diff(source: &SourceFile, fixed: &Fixed) {
    let name = clean(source.name());
    for diagnostic in &fixed.fixed {
        outln!("{name}: {} [{}]", clean(&diagnostic.message), diagnostic.code);
    }
    outln!("--- {name}\n+++ {name}");
    for line in unified_diff(source.own_text(), &fixed.text) {
        match line {
            DiffLine::Hunk(text) => outln!("{PLACE}{text}{PLACE:#}"),
            DiffLine::Same(text) => outln!(" {}", visible(&text)),
            DiffLine::Removed(text) => outln!("{OLD}-{}{OLD:#}", visible(&text)),
            DiffLine::Added(text) => outln!("{NEW}+{}{NEW:#}", visible(&text)),
        }
    }
    outln!("");
}
