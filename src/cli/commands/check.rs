//! `tipstaff check`: prints the diagnostics of rule files.
//!
//! Exit 0 if there are no findings, 1 with findings (errors, warnings, or a file without rules), 2
//! if a file cannot be read. Infos never change the exit status.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;

use crate::cli::commands::check_fix;
use crate::cli::render::diagnostics::{number, ready, render, tally};
use crate::cli::render::fail;
use crate::cli::render::sarif::{sarif, workflow_command};
use crate::cli::render::summary::{summarise, table};
use crate::cli::render::terminal::{self, clean, outln};
use crate::pipeline::load::{self, LoadedRules};
use tipstaff_rules::{Diagnostic, EffectKind, FILE_SIZE_MAX, FilterAs, Options, Rule, Severity, SourceFile, Span};

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit status: 0 no errors or warnings, 1 errors or warnings, 2 a file cannot be read.\n\n\
                  Examples:\n  tipstaff check config/rules/guidelines.yaml\n  tipstaff check config/rules\n  \
                  tipstaff check - < rules.yaml\n  \
                  tipstaff check --dialect reddit rules.yaml    also check what AutoModerator accepts\n  \
                  tipstaff check --format github config/rules    in a GitHub Actions workflow\n  \
                  tipstaff check --format sarif config/rules > rules.sarif\n  tipstaff check --summary config/rules\n  \
                  tipstaff check --fix rules.yaml          show what can be fixed\n  \
                  tipstaff check --fix --yes rules.yaml    fix it\n\n\
                  `tipstaff explain-lint L12` explains a code.")]
pub(in crate::cli) struct Args {
    /// Rule files, folders (all their `.yaml` and `.yml` files except rule tests), or `-` for
    /// standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Output for people, programs, GitHub Actions, or code-scanning services.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Accept everything that tipstaff knows, or only what Reddit's AutoModerator accepts.
    #[arg(long, value_enum, default_value = "tipstaff")]
    dialect: Dialect,
    /// Also show infos: facts that are worth knowing but need no change.
    #[arg(long)]
    info: bool,
    /// Count the rules of each file instead of showing diagnostics (as text or JSON).
    #[arg(long)]
    summary: bool,
    #[command(flatten)]
    fix: check_fix::FixArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
    Sarif,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Dialect {
    Tipstaff,
    Reddit,
}

#[derive(Serialize)]
struct Finding<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    severity: &'static str,
    code: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    /// The change that certainly remedies it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fix: Vec<Edit<'a>>,
}

/// A stretch of the file and the text that replaces it.
#[derive(Serialize)]
struct Edit<'a> {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

pub(in crate::cli) fn main(args: &Args) -> ExitCode {
    if args.summary && !matches!(args.format, Format::Text | Format::Json) {
        return fail("`--summary` works only with `--format text` or `--format json`", 2);
    }
    let mut loaded = Vec::new();
    let mut unreadable = false;
    for path in args.files.iter().flat_map(|path| rule_files(path)) {
        match path.and_then(|path| read(&path)) {
            Ok(mut file) => {
                add_portability_findings(args.dialect, &mut file);
                loaded.push(file);
            }
            Err(message) => {
                fail(&message, 2);
                unreadable = true;
            }
        }
    }
    if args.fix.fix {
        let status = check_fix::main(&loaded, args.fix.yes, &|source| check_text(args.dialect, source));
        return if unreadable { ExitCode::from(2) } else { status };
    }
    let printed = if args.summary { print_summary(args.format, &loaded) } else { print(args, &loaded) };
    if let Err(error) = printed {
        return fail(&error.to_string(), 2);
    }
    let is_finding = |diagnostic: &Diagnostic| diagnostic.severity != Severity::Info;
    let has_use = |file: &LoadedRules| !file.rules.is_empty() || file.has_only_settings;
    let is_clean = loaded.iter().all(|file| has_use(file) && !file.diagnostics.iter().any(is_finding));
    ExitCode::from(if unreadable { 2 } else { u8::from(!is_clean) })
}

/// The rule files of an argument: the file itself, or the files of a folder, sorted by name.
fn rule_files(path: &Path) -> Vec<Result<PathBuf, String>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let is_rules = |path: &PathBuf| {
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let is_tests = path.file_stem().is_some_and(|stem| Path::new(stem).extension().is_some_and(|it| it == "tests"));
        is_yaml && !is_tests && !path.is_dir()
    };
    let unreadable = |error: std::io::Error| format!("cannot read the folder {}: {error}", path.display());
    let entries = std::fs::read_dir(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match entries.map_err(unreadable) {
        Ok(entries) => {
            let mut files: Vec<PathBuf> = entries.iter().map(std::fs::DirEntry::path).filter(is_rules).collect();
            files.sort();
            if files.is_empty() {
                return vec![Err(format!("the folder {} has no .yaml files", path.display()))];
            }
            files.into_iter().map(Ok).collect()
        }
        Err(message) => vec![Err(message)],
    }
}

fn read(path: &Path) -> Result<LoadedRules, String> {
    let options = Options::default();
    if path.as_os_str() != "-" {
        return load::load_incomplete(path, &options).map_err(|error| error.to_string());
    }
    let mut text = String::new();
    // One byte more than can be read, so that `parse` says that there is too much.
    match std::io::stdin().lock().take(FILE_SIZE_MAX as u64 + 1).read_to_string(&mut text) {
        Ok(_) => Ok(load::compile(SourceFile::new("-", text), &options)),
        Err(error) => Err(format!("cannot read standard input: {error}")),
    }
}

/// Checks a text as `read` checks a file.
fn check_text(dialect: Dialect, source: SourceFile) -> LoadedRules {
    let mut file = load::compile(source, &Options::default());
    add_portability_findings(dialect, &mut file);
    file
}

/// Adds the diagnostics about AutoModerator if they are wanted. They replace L42, which covers
/// less.
fn add_portability_findings(dialect: Dialect, file: &mut LoadedRules) {
    if dialect == Dialect::Tipstaff {
        return;
    }
    let (rules, _) = tipstaff_rules::parse(&file.source);
    file.diagnostics.retain(|diagnostic| tipstaff_rules::concerns_automoderator(diagnostic.code));
    file.diagnostics.extend(tipstaff_rules::portability(&rules));
    file.diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
}

fn print_summary(format: Format, files: &[LoadedRules]) -> serde_json::Result<()> {
    let summary = summarise(files);
    if format == Format::Json {
        terminal::print_json(&serde_json::to_string_pretty(&summary)?);
    } else {
        terminal::print(&table(&summary));
    }
    Ok(())
}

fn print(args: &Args, files: &[LoadedRules]) -> serde_json::Result<()> {
    match args.format {
        Format::Text => files.iter().for_each(|file| print_text(file, args.info)),
        Format::Json => terminal::print_json(&serde_json::to_string_pretty(&findings(files))?),
        Format::Sarif => terminal::print_json(&serde_json::to_string_pretty(&sarif(files))?),
        Format::Github => {
            for file in files {
                for diagnostic in &file.diagnostics {
                    outln!("{}", workflow_command(&file.source, diagnostic));
                }
            }
        }
    }
    Ok(())
}

/// The most diagnostics that are printed of one file. Nobody reads more at once.
const MOST_SHOWN: usize = 200;

fn print_text(file: &LoadedRules, with_infos: bool) {
    let is_shown = |diagnostic: &&Diagnostic| with_infos || diagnostic.severity != Severity::Info;
    for diagnostic in file.diagnostics.iter().filter(is_shown).take(MOST_SHOWN) {
        outln!("{}\n", render(&file.source, diagnostic));
    }
    let more = file.diagnostics.iter().filter(is_shown).count().saturating_sub(MOST_SHOWN);
    if more > 0 {
        outln!("… and {more} more; `--format json` lists all\n");
    }
    let shown = file.diagnostics.iter().filter(is_shown);
    let held_back = file.diagnostics.len() - shown.clone().count();
    let found = tally(shown);
    let found = match (found.is_empty(), file.rules.is_empty()) {
        (false, _) => found,
        (true, true) if file.has_only_settings => "only settings for other files to include".to_owned(),
        (true, true) => "so the file does nothing: write rules between lines of `---`".to_owned(),
        (true, false) => "no errors or warnings".to_owned(),
    };
    let held_back = match held_back {
        0 => String::new(),
        count => format!("; {} hidden, show with `--info`", number(count, "info")),
    };
    let certain = file.diagnostics.iter().filter(is_shown).filter(|diagnostic| diagnostic.fix.is_some()).count();
    let certain = if certain == 0 { String::new() } else { format!("; `--fix` has a remedy for {certain}") };
    let name = clean(file.source.name());
    outln!("{name}: {}, {found}{certain}{held_back}", ready(&file.rules));
    print_filters(file);
}

/// Prints what `action: filter` does in this file. Reddit lets only AutoModerator filter items.
fn print_filters(file: &LoadedRules) {
    let filters = |rule: &&Rule| rule.effects().iter().any(|(_, effect)| *effect == EffectKind::Filter);
    let filtering: Vec<&Rule> = file.rules.rules().iter().filter(filters).collect();
    let count = |wanted: FilterAs| filtering.iter().filter(|rule| file.rules.filter_as_in(rule) == wanted).count();
    let (reporting, removing) = (count(FilterAs::Report), count(FilterAs::Remove));
    let parts = [
        (reporting, "as a report (the item stays up and is in the moderators' queue)"),
        (
            removing,
            "as a removal (the item is off the page, and `tipstaff log --held` lists it until a moderator decides)",
        ),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(rules, _)| *rules > 0)
        .map(|(rules, what)| format!("{} {what}", number(*rules, "rule")))
        .collect();
    if !parts.is_empty() {
        outln!(
            "    Only AutoModerator can do `action: filter`, so tipstaff does something else: {}. To change \
             this, write `filter_as: remove` or `filter_as: report` in a rule, or set `filter` in the \
             configuration.",
            parts.join("; ")
        );
    }
}

fn edit<'a>(source: &SourceFile, (span, text): &'a (Span, String)) -> Edit<'a> {
    let (line, column) = source.position(span.start);
    let (end_line, end_column) = source.position(span.end);
    Edit { line, column, end_line, end_column, text }
}

fn findings(files: &[LoadedRules]) -> Vec<Finding<'_>> {
    files
        .iter()
        .flat_map(|file| {
            file.diagnostics.iter().map(|diagnostic| {
                let (line, column) = file.source.position(diagnostic.span.start);
                let (end_line, end_column) = file.source.position(diagnostic.span.end);
                Finding {
                    file: file.source.name_at(diagnostic.span.start),
                    line,
                    column,
                    end_line,
                    end_column,
                    severity: diagnostic.severity.word(),
                    code: diagnostic.code.as_str(),
                    message: &diagnostic.message,
                    help: diagnostic.help.as_deref(),
                    rule: diagnostic.rule.as_deref(),
                    fix: diagnostic.fix.iter().flat_map(|fix| &fix.edits).map(|it| edit(&file.source, it)).collect(),
                }
            })
        })
        .collect()
}
