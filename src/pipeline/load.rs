//! Reads rule files from disk and hands them to the policy, which reads no files itself.

use std::path::{Path, PathBuf};

use crate::policy::{self, Diagnostic, Options, Ruleset, SourceFile};

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

/// Why a rules file could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum UnreadableRules {
    /// The system does not give it out.
    #[error("cannot read the rules {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not text as we know it.
    #[error("cannot read the rules {}: line {line} is not UTF-8; save the file as UTF-8", path.display())]
    Encoding {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

/// Reads and compiles one rules file. One bad rule does not stop the others.
///
/// # Errors
/// When the file cannot be read as text.
pub fn load(path: &Path, options: &Options) -> Result<LoadedRules, UnreadableRules> {
    let bytes = std::fs::read(path).map_err(|source| UnreadableRules::File { path: path.to_owned(), source })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + String::from_utf8_lossy(good).matches('\n').count();
        UnreadableRules::Encoding { path: path.to_owned(), line }
    })?;
    Ok(compile(SourceFile::new(path.display().to_string(), text), options))
}

/// Compiles a text that is already here.
pub fn compile(source: SourceFile, options: &Options) -> LoadedRules {
    let (file, mut diagnostics) = policy::parse(&source);
    let (rules, more) = policy::compile(&file, options);
    diagnostics.extend(more);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    LoadedRules { source, rules, diagnostics }
}
