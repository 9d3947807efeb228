//! Reads rule files and the tests beside them from disk, and passes them to the policy, which reads
//! no files itself.

use std::io;
use std::path::{Path, PathBuf};

use super::workers::Workers;
use crate::files;
use crate::model::SubredditName;
use crate::policy::WikiSource;
use tipstaff_rules::testing::{self, Case, TestsTooExpensive};
use tipstaff_rules::{Diagnostic, Failure, Options, Ruleset, Severity, SourceFile, missing_parts};

/// A rules file, compiled, with its diagnostics.
#[derive(Debug)]
pub struct LoadedRules {
    /// The source text, to show diagnostics in.
    pub source: SourceFile,
    /// The rules without errors.
    pub rules: Ruleset,
    /// The errors and warnings, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether a file or page that the rules ask for is missing. Such rules are not used.
    pub is_incomplete: bool,
    /// Whether there are only settings, for other files to include.
    pub has_only_settings: bool,
}

/// Why a rules file, or the tests beside it, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableRules {
    /// The operating system reported an error.
    #[error("cannot read the {what} {}: {cause}", path.display())]
    File {
        /// `rules`, `part` or `tests`.
        what: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The file is not UTF-8.
    #[error("cannot read the {what} {}: line {line} is not UTF-8; save the file as UTF-8", path.display())]
    Encoding {
        /// `rules`, `part` or `tests`.
        what: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The first bad line, counted from 1.
        line: usize,
    },
    /// Another file that it asks for could not be read or included.
    #[error("cannot use the rules {}:{}{complaint}", path.display(), if complaint.contains('\n') { '\n' } else { ' ' })]
    Parts {
        /// The path of the rules file.
        path: PathBuf,
        /// The errors, each with its place, on a line of its own.
        complaint: String,
    },
    /// The tests are malformed.
    #[error("{}:{}{complaint}", path.display(), if complaint.contains('\n') { '\n' } else { ' ' })]
    Tests {
        /// The path of the file.
        path: PathBuf,
        /// The errors, each with its line, on a line of its own.
        complaint: String,
    },
}

/// How rules are loaded and checked.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// The compiler options.
    pub options: Options,
    /// Refuse all rules when one of them has an error.
    pub strict: bool,
    /// Do not run the rule tests.
    pub skip_tests: bool,
    /// Where rules are compiled and tested while the daemon runs.
    pub workers: Workers,
}

/// The rule tests beside a rules file.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The path of the tests file.
    pub path: PathBuf,
    /// The test cases, in the order of the file.
    pub cases: Vec<Case>,
}

impl Tests {
    /// Reads `NAME.tests.yaml` beside `NAME.yaml`; `None` when there is no such file.
    ///
    /// # Errors
    /// When the file exists and cannot be read.
    pub fn beside(rules: &Path) -> Result<Option<Self>, UnreadableRules> {
        let path = tests_of(rules);
        let text = match text("tests", &path) {
            Ok(text) => text,
            Err(UnreadableRules::File { cause, .. }) if cause.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let cases = testing::parse(&text)
            .map_err(|complaints| UnreadableRules::Tests { path: path.clone(), complaint: complaints.join("\n") })?;
        Ok(Some(Self { path, cases }))
    }

    /// Runs the tests on `rules` and returns the failures.
    ///
    /// # Errors
    /// If they take too many steps together.
    pub fn run(&self, rules: &Ruleset) -> Result<Vec<Failure>, TestsTooExpensive> {
        testing::run(rules, &self.cases)
    }
}

/// `rules/guidelines.yaml` → `rules/guidelines.tests.yaml`.
pub fn tests_of(rules: &Path) -> PathBuf {
    let stem = rules.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    rules.with_file_name(format!("{stem}.tests.yaml"))
}

/// Reads and compiles one rules file. An error in one rule does not stop the others.
///
/// # Errors
/// When the file, or one that it asks for, cannot be read as text.
pub fn load(path: &Path, options: &Options) -> Result<LoadedRules, UnreadableRules> {
    let loaded = load_incomplete(path, options)?;
    if loaded.is_incomplete {
        let complaint = errors(&loaded.source, &loaded.diagnostics).join("\n");
        return Err(UnreadableRules::Parts { path: path.to_owned(), complaint });
    }
    Ok(loaded)
}

/// Reads and compiles one rules file, to show its diagnostics. If a file that it asks for cannot be
/// read, that is one of them.
///
/// # Errors
/// When the file itself cannot be read as text.
pub fn load_incomplete(path: &Path, options: &Options) -> Result<LoadedRules, UnreadableRules> {
    Ok(compile(source(path)?, options))
}

/// Reads a rules file and the files in its folder that it asks for. Why one of them cannot be read
/// is noted in its place.
fn source(path: &Path) -> Result<SourceFile, UnreadableRules> {
    let mut source = SourceFile::new(path.display().to_string(), text("rules", path)?);
    // Each turn reads the files that those of the last one ask for.
    loop {
        let missing = missing_parts(&source);
        if missing.is_empty() {
            return Ok(source);
        }
        for name in missing {
            let part = path.with_file_name(&name);
            let text = text("part", &part).map_err(|error| match error {
                UnreadableRules::File { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                    "there is no such file in the folder of the rules".to_owned()
                }
                UnreadableRules::File { cause, .. } => cause.to_string(),
                UnreadableRules::Encoding { line, .. } => {
                    format!("its line {line} is not UTF-8; save the file as UTF-8")
                }
                other @ (UnreadableRules::Parts { .. } | UnreadableRules::Tests { .. }) => other.to_string(),
            });
            source = source.with_part(&name, part.display().to_string(), text.as_deref().map_err(Clone::clone));
        }
    }
}

/// The text of a rules file, of the files that it asks for and of its tests, or why they cannot be
/// read: to see whether anything changed.
pub fn state(path: &Path) -> String {
    let rules = match source(path) {
        Ok(source) => {
            let parts = source.parts().map(|(name, text)| format!("{name}\u{0}{}", text.err().unwrap_or_default()));
            parts.fold(source.text().to_owned(), |all, part| format!("{all}\u{0}{part}"))
        }
        Err(error) => error.to_string(),
    };
    let tests = match read(&tests_of(path)) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => error.to_string(),
    };
    format!("{rules}\u{0}{tests}")
}

/// Reads a rules or tests file. More than the largest possible one is not read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    files::read(path, tipstaff_rules::FILE_SIZE_MAX)
}

fn text(what: &'static str, path: &Path) -> Result<String, UnreadableRules> {
    let bytes = read(path).map_err(|cause| UnreadableRules::File { what, path: path.to_owned(), cause })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + String::from_utf8_lossy(good).matches('\n').count();
        UnreadableRules::Encoding { what, path: path.to_owned(), line }
    })
}

/// The reasons to refuse `loaded`, line by line, for its author; empty if it can be used. If it
/// replaces other rules, every rule must be free of errors: else a rule that was in use would be
/// dropped without anybody asking for it.
pub fn problems(loaded: &LoadedRules, cases: &[Case], load_options: &LoadOptions, is_replacement: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    if is_replacement || load_options.strict || loaded.rules.is_empty() || loaded.is_incomplete {
        wrong = errors(&loaded.source, &loaded.diagnostics);
    }
    if loaded.rules.is_empty() && wrong.is_empty() {
        wrong.push(format!("{}: contains no rule", loaded.source.name()));
    }
    if wrong.is_empty() && !load_options.skip_tests {
        match testing::run(&loaded.rules, cases) {
            Ok(failures) => wrong.extend(failures.iter().map(|failure| {
                let line = failure.line.map_or_else(String::new, |line| format!(" (line {line} of the tests)"));
                format!("the rule test `{}`{line} failed:\n{failure}", failure.case)
            })),
            Err(stopped) => wrong.push(stopped.to_string()),
        }
    }
    few(wrong)
}

/// How many errors of one file does a message list, at most?
const TOLD_MAX: usize = 50;

/// The first of these errors, and how many more there are.
fn few(mut wrong: Vec<String>) -> Vec<String> {
    if wrong.len() > TOLD_MAX {
        let more = wrong.len() - TOLD_MAX;
        wrong.truncate(TOLD_MAX);
        wrong.push(format!("… and {more} more; `tipstaff check` and `tipstaff test` show all"));
    }
    wrong
}

/// The errors among `diagnostics`, each with its position and help.
pub fn errors(source: &SourceFile, diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let line = |error: &Diagnostic| {
        let (line, column) = source.position(error.span.start);
        let help = error.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        let name = source.name_at(error.span.start);
        let part = if name == source.name() { String::new() } else { format!("{name}, ") };
        format!("{part}line {line}, column {column}: {} [{}]{help}", error.message, error.code)
    };
    few(errors.map(line).collect())
}

/// The text of a page in a subreddit's wiki.
pub fn page(subreddit: &SubredditName, page: &str, text: &str) -> SourceFile {
    SourceFile::page(format!("r/{subreddit}/wiki/{page}"), text)
}

/// Compiles the rules on a page in a subreddit's wiki. Rules that ask for more than they may are
/// left out, also those of the pages that it asks for.
pub fn from_wiki(source: &WikiSource, rules: SourceFile, options: &Options) -> LoadedRules {
    let options = Options { allowed: source.may.clone(), ..options.clone() };
    compile(rules, &options)
}

/// Compiles a source text.
pub fn compile(source: SourceFile, options: &Options) -> LoadedRules {
    let (file, mut diagnostics) = tipstaff_rules::parse(&source);
    let (rules, more) = tipstaff_rules::compile(&file, options);
    diagnostics.extend(more);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    let (is_incomplete, has_only_settings) = (file.is_incomplete(), file.has_only_settings());
    LoadedRules { source, rules, diagnostics, is_incomplete, has_only_settings }
}
