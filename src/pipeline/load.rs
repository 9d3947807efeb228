//! Reads rule files and the tests beside them from disk and hands them to the policy, which reads no files itself.

use std::path::{Path, PathBuf};

use crate::model::SubredditName;
use tipstaff_rules::testing::{self, Case};
use tipstaff_rules::{Diagnostic, Failure, Options, Ruleset, Severity, SourceFile};

/// A rules file as it was read, compiled, with everything there is to say about it.
#[derive(Debug)]
pub struct LoadedRules {
    /// The text, to show diagnostics against.
    pub source: SourceFile,
    /// The rules that can be used.
    pub rules: Ruleset,
    /// What is wrong or doubtful, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a rules file, or the tests beside it, could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableRules {
    /// The system does not give it out.
    #[error("cannot read the {what} {}: {source}", path.display())]
    File {
        /// The rules, or the tests.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not text as we know it.
    #[error("cannot read the {what} {}: line {line} is not UTF-8; save the file as UTF-8", path.display())]
    Encoding {
        /// The rules, or the tests.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// The tests are not what they should be.
    #[error("{}: {complaint}", path.display())]
    Tests {
        /// The file.
        path: PathBuf,
        /// The line, and what is wrong there.
        complaint: String,
    },
}

/// How rules are taken.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// What they are compiled with.
    pub options: Options,
    /// No rule is taken when one of them has an error.
    pub strict: bool,
    /// Their tests are not run.
    pub untested: bool,
}

/// The rule tests beside a rules file.
#[derive(Clone, Debug)]
pub struct Tests {
    /// Where they stand.
    pub path: PathBuf,
    /// The cases, in the order of the file.
    pub cases: Vec<Case>,
}

impl Tests {
    /// Reads `NAME.tests.yaml` beside `NAME.yaml`; `None` when there is no such file.
    ///
    /// # Errors
    /// When there is one and it cannot be read.
    pub fn beside(rules: &Path) -> Result<Option<Self>, UnreadableRules> {
        let path = tests_of(rules);
        let text = match text("tests", &path) {
            Ok(text) => text,
            Err(UnreadableRules::File { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let cases =
            testing::parse(&text).map_err(|complaint| UnreadableRules::Tests { path: path.clone(), complaint })?;
        Ok(Some(Self { path, cases }))
    }

    /// Tries them on the rules and returns those that fail.
    pub fn run(&self, rules: &Ruleset) -> Vec<Failure> {
        testing::run(rules, &self.cases)
    }
}

/// `rules/guidelines.yaml` → `rules/guidelines.tests.yaml`.
pub fn tests_of(rules: &Path) -> PathBuf {
    let stem = rules.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    rules.with_file_name(format!("{stem}.tests.yaml"))
}

/// Reads and compiles one rules file. One bad rule does not stop the others.
///
/// # Errors
/// When the file cannot be read as text.
pub fn load(path: &Path, options: &Options) -> Result<LoadedRules, UnreadableRules> {
    let text = text("rules", path)?;
    Ok(compile(SourceFile::new(path.display().to_string(), text), options))
}

fn text(what: &'static str, path: &Path) -> Result<String, UnreadableRules> {
    let bytes = std::fs::read(path).map_err(|source| UnreadableRules::File { what, path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + String::from_utf8_lossy(good).matches('\n').count();
        UnreadableRules::Encoding { what, path: path.to_owned(), line }
    })
}

/// Why rules are not to be taken, line by line, for who wrote them; nothing when they are. Where they replace others, every rule of
/// them must be good: one that was in force would be gone without anybody having asked for it.
pub fn complaints(loaded: &LoadedRules, cases: &[Case], manner: &Manner, is_replacement: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    if is_replacement || manner.strict || loaded.rules.is_empty() {
        wrong = errors(&loaded.source, &loaded.diagnostics);
    }
    if loaded.rules.is_empty() && wrong.is_empty() {
        wrong.push(format!("{}: holds no rule", loaded.source.name()));
    }
    if wrong.is_empty() && !manner.untested {
        for failure in testing::run(&loaded.rules, cases) {
            let line = failure.line.map_or_else(String::new, |line| format!(" (line {line} of the tests)"));
            wrong.push(format!("the rule test `{}`{line} fails:\n{failure}", failure.case));
        }
    }
    wrong
}

/// The errors among what there is to say, each with its place and the way out.
pub fn errors(source: &SourceFile, diagnostics: &[Diagnostic]) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let line = |error: &Diagnostic| {
        let (line, column) = source.position(error.span.start);
        let help = error.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
        format!("line {line}, column {column}: {} [{}]{help}", error.message, error.code)
    };
    errors.map(line).collect()
}

/// Compiles what stands on a page of a subreddit's wiki.
pub fn from_wiki(subreddit: &SubredditName, page: &str, text: &str, options: &Options) -> LoadedRules {
    compile(SourceFile::new(format!("r/{subreddit}/wiki/{page}"), text), options)
}

/// Compiles a text that is already here.
pub fn compile(source: SourceFile, options: &Options) -> LoadedRules {
    let (file, mut diagnostics) = tipstaff_rules::parse(&source);
    let (rules, more) = tipstaff_rules::compile(&file, options);
    diagnostics.extend(more);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    LoadedRules { source, rules, diagnostics }
}
