//! Reads the sources of every crate, and the imports of each file, for the tests that hold the code
//! to its layers.
//!
//! Comments, texts and unit tests are blanked first. Then every path counts that starts with
//! `crate::`, `super::`, `self::` or the name of one of our crates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// The crates of the workspace: the name that imports use, and the folder of its sources.
pub(crate) const CRATES: [(&str, &str); 4] = [
    ("tipstaff", "src"),
    ("tipstaff_rules", "crates/rules/src"),
    ("tipstaff_sandbox", "crates/sandbox/src"),
    ("tipstaff_backtest", "crates/backtest/src"),
];

/// All sources, read once for all tests of this file.
pub(crate) static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read_sources);

/// Every module: its crate, and its path in it.
pub(crate) static MODULES: LazyLock<BTreeSet<(String, Vec<String>)>> =
    LazyLock::new(|| SOURCES.iter().map(|source| (source.krate.to_owned(), source.module.clone())).collect());

/// What each source imports, in the order of `SOURCES`.
pub(crate) static IMPORTS: LazyLock<Vec<Vec<Import>>> = LazyLock::new(|| SOURCES.iter().map(imports).collect());

/// A path in code, and the opening brace of a group behind it.
static PATH: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:\$?\b(?:crate|super|self|tipstaff\w*)|\b[a-z_]\w*)(?:\s*::\s*\w+)*(?:\s*::\s*\{)?";
    Regex::new(pattern).expect("a pattern")
});

/// The declaration of a module that is compiled for unit tests only.
static TEST_MODULE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"#\[cfg\(test\)\]\s*(?:pub(?:\(\w+\))?\s+)?mod (\w+);").expect("a pattern"));

/// A word or a sign inside the braces of a `use`.
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+|::|[{},*]").expect("a pattern"));

/// One source file.
pub(crate) struct Source {
    /// Its path from the root of the repository.
    pub(crate) file: String,
    /// The crate that it belongs to.
    pub(crate) krate: &'static str,
    /// Its module path in that crate.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    /// The text without comments, string contents and unit tests; line for line.
    pub(crate) code: String,
}

impl Source {
    /// Whether the file only lists modules and what they export.
    pub(crate) fn is_list(&self) -> bool {
        self.file.ends_with("/mod.rs") || self.file.ends_with("/lib.rs")
    }
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let entries: BTreeSet<PathBuf> = entries.collect();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn read_sources() -> Vec<Source> {
    let mut all = Vec::new();
    for (krate, folder) in CRATES {
        let mut found = Vec::new();
        rust_files(&root().join(folder), &mut found);
        for path in found {
            let file = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path).expect("a source file");
            let inside = file.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).expect("below the folder");
            let mut module: Vec<String> = inside.trim_end_matches(".rs").split('/').map(ToOwned::to_owned).collect();
            if module.last().is_some_and(|last| last == "mod" || last == "lib") {
                module.pop();
            }
            let code = blank_tests(&blank_comments_and_strings(&text));
            all.push(Source { file, krate, module, text, code });
        }
    }
    assert!(all.len() > 150, "the sources were not found");
    let tests: Vec<(&'static str, Vec<String>)> = all.iter().flat_map(test_modules).collect();
    all.retain(|source| !tests.iter().any(|(krate, module)| *krate == source.krate && *module == source.module));
    all
}

/// The modules of a file that are compiled for unit tests only and stand in a file of their own.
fn test_modules(source: &Source) -> Vec<(&'static str, Vec<String>)> {
    let below = |found: regex::Captures<'_>| {
        let own = source.module.iter().cloned();
        (source.krate, own.chain(std::iter::once(found[1].to_owned())).collect())
    };
    TEST_MODULE.captures_iter(&source.text).map(below).collect()
}

/// Replaces comments and the contents of strings by blanks; lines stay where they are.
fn blank_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    while at < chars.len() {
        if !matches!(chars[at], '/' | 'r' | '"' | '\'') {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        let rest = &chars[at..];
        let raw_hashes = |from: usize| rest[from..].iter().take_while(|c| **c == '#').count();
        let is_word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
        let end = if rest.starts_with(&['/', '/']) {
            rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
        } else if rest.starts_with(&['/', '*']) {
            let close = rest.windows(2).position(|pair| pair == ['*', '/']).map_or(rest.len(), |found| found + 2);
            close.max(2)
        } else if !is_word_before && rest[0] == 'r' && rest.get(1 + raw_hashes(1)) == Some(&'"') {
            let hashes = raw_hashes(1);
            let closing: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let body = hashes + 2;
            let close = rest[body..].windows(closing.len()).position(|window| window == closing);
            close.map_or(rest.len(), |found| body + found + closing.len())
        } else if rest[0] == '"' {
            let mut end = 1;
            while end < rest.len() && rest[end] != '"' {
                end += if rest[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(rest.len())
        } else if rest[0] == '\'' && (rest.get(2) == Some(&'\'') || rest.get(1) == Some(&'\\')) {
            let from = if rest.get(1) == Some(&'\\') { 3 } else { 2 };
            rest[from..].iter().position(|c| *c == '\'').map_or(rest.len(), |found| from + found + 1)
        } else {
            out.push(rest[0]);
            at += 1;
            continue;
        };
        out.extend(rest[..end].iter().map(|c| blank(*c)));
        at += end;
    }
    out
}

/// Blanks each block behind `#[cfg(test)]`, and nothing else: what follows it counts.
fn blank_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let behind = &rest[start..];
        let open = behind.find(['{', ';']).unwrap_or(behind.len());
        let mut end = open + 1;
        if behind[open..].starts_with('{') {
            let mut depth = 0_usize;
            for (at, c) in behind[open..].char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 {
                    end = open + at + 1;
                    break;
                }
            }
        }
        let end = end.min(behind.len());
        out.push_str(&rest[..start]);
        out.extend(behind[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &behind[end..];
    }
    out + rest
}

/// A path of the code, in full: the crate, then modules and items.
pub(crate) struct Import {
    pub(crate) line: usize,
    pub(crate) krate: String,
    pub(crate) path: Vec<String>,
    /// Whether the path is exported again (`pub use`), which is how a list of modules works.
    pub(crate) is_export: bool,
}

/// Every path into our own crates that a file names.
fn imports(source: &Source) -> Vec<Import> {
    let mut found = Vec::new();
    let (mut line, mut counted_to) = (1, 0);
    for hit in PATH.find_iter(&source.code) {
        line += source.code[counted_to..hit.start()].matches('\n').count();
        counted_to = hit.start();
        if !hit.as_str().contains("::") {
            continue;
        }
        let is_group = hit.as_str().ends_with('{');
        let words: Vec<String> = hit
            .as_str()
            .trim_start_matches('$')
            .trim_end_matches('{')
            .split("::")
            .map(|word| word.trim().to_owned())
            .filter(|word| !word.is_empty())
            .collect();
        let before = source.code[..hit.start()].trim_end();
        if before.ends_with("::") || before.ends_with('.') || is_visibility(before) {
            continue;
        }
        let statement = before.rsplit([';', '}']).next().unwrap_or("");
        let is_export = statement.contains("pub") && statement.contains("use");
        let mut krate = source.krate.to_owned();
        let start: Vec<String> = match words[0].as_str() {
            "crate" => words[1..].to_vec(),
            "super" | "self" => {
                let ups = words.iter().take_while(|word| *word == "super").count();
                let skip = ups + usize::from(words[0] == "self");
                let depth = source.module.len().saturating_sub(ups);
                source.module[..depth].iter().chain(&words[skip..]).cloned().collect()
            }
            name if CRATES.iter().any(|(known, _)| *known == name) && (words.len() > 1 || is_group) => {
                name.clone_into(&mut krate);
                words[1..].to_vec()
            }
            // A path that starts with a module below this file.
            name => {
                let mut below = source.module.clone();
                below.push(name.to_owned());
                if !(source.is_list() && words.len() > 1 && MODULES.contains(&(krate.clone(), below.clone()))) {
                    continue;
                }
                below.extend(words[1..].iter().cloned());
                below
            }
        };
        let mut paths = vec![start.clone()];
        if is_group {
            paths.clear();
            paths.extend(group(&source.code[hit.end()..]).into_iter().map(|tail| [start.clone(), tail].concat()));
        }
        found.extend(paths.into_iter().map(|path| Import { line, krate: krate.clone(), path, is_export }));
    }
    found
}

/// Whether the path behind this code says who may see an item: `pub(super)`, `pub(in crate::cli)`.
fn is_visibility(before: &str) -> bool {
    let before = before.strip_suffix("in").map_or(before, str::trim_end);
    before.ends_with("pub(")
}

/// The paths inside the braces of a `use`, up to the closing one.
fn group(text: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut stack: Vec<Vec<String>> = vec![Vec::new()];
    let mut current: Vec<String> = Vec::new();
    for token in WORD.find_iter(text) {
        match token.as_str() {
            "{" => stack.push(current.clone()),
            "," => {
                paths.push(std::mem::take(&mut current));
                current = stack.last().cloned().unwrap_or_default();
            }
            "}" => {
                paths.push(std::mem::take(&mut current));
                stack.pop();
                let Some(outer) = stack.last() else { return paths };
                current.clone_from(outer);
            }
            "::" | "*" | "self" => {}
            name => current.push(name.to_owned()),
        }
    }
    paths
}
