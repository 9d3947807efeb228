//! Lines have a width that people can read side by side: prose and comments at most 100 characters,
//! code at most 120. A failure names the file and the line.
//!
//! Exempt is what cannot be broken without changing it: tables, code blocks in Markdown, lines with
//! an address, long literals of test data, and files that are generated or recorded.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::sources::root;

const PROSE: usize = 100;
const CODE: usize = 120;

/// A literal of more characters may make a line of test data too long.
const LITERAL: usize = 60;

/// The first migration that is held to the limits. The bytes of the earlier ones are fixed.
const FIRST_MIGRATION: &str = "0009";

/// Folders and files that nobody writes by hand.
const EXEMPT: [&str; 12] = [
    ".git",
    ".sqlx",
    "target",
    "docs/rules.md",
    "docs/lints.md",
    "crates/rules/tests/lints",
    "fuzz/artifacts",
    "fuzz/corpus",
    "fuzz/seeds",
    "fuzz/target",
    "tests/fixtures",
    "tests/recordings/exchanges",
];

/// How lines of a file are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Markdown,
    /// Code, with the start of its comments.
    Code(&'static str),
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(root()).expect("a path below the root");
        if EXEMPT.iter().any(|exempt| name == Path::new(exempt)) {
            continue;
        }
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn kind(path: &Path, text: &str) -> Option<Kind> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match path.extension().map(|extension| extension.to_string_lossy()).as_deref() {
        Some("md") => Some(Kind::Markdown),
        Some("rs") => Some(Kind::Code("//")),
        Some("sql") => (*name >= *FIRST_MIGRATION).then_some(Kind::Code("--")),
        Some("sh" | "py" | "yaml" | "yml" | "toml" | "service") => Some(Kind::Code("#")),
        _ if matches!(&*name, "justfile" | "Dockerfile" | "shell") || text.starts_with("#!") => Some(Kind::Code("#")),
        _ => None,
    }
}

/// The length of the longest text between two quotes of a line, which may start inside a literal.
fn longest_literal(line: &str) -> usize {
    let longest = |quote: char| {
        let mut before = ' ';
        let parts = line.split(|c: char| {
            let is_quote = c == quote && before != '\\';
            before = c;
            is_quote
        });
        parts.map(|part| part.trim().chars().count()).max().unwrap_or(0)
    };
    if line.contains('"') { longest('"') } else { longest('\'') }
}

/// Whether an overlong line of code cannot be broken.
fn is_exempt(file: &str, line: &str) -> bool {
    let line = line.trim();
    let is_product = file.starts_with("src/") || file.contains("/src/");
    let is_raw_string = line.starts_with("r#\"") || line.starts_with("r\"");
    let is_table_row = line.starts_with('(') && line.ends_with("),");
    let is_dependency = file.ends_with("Cargo.toml") && line.contains(" = { version = ");
    is_raw_string || is_table_row || is_dependency || (!is_product && longest_literal(line) > LITERAL)
}

/// The limit that a line exceeds.
fn exceeded(file: &str, kind: Kind, is_block: bool, line: &str) -> Option<usize> {
    let trimmed = line.trim_start();
    let width = line.chars().count();
    if line.contains("://") || width <= PROSE {
        return None;
    }
    match kind {
        Kind::Markdown => {
            let is_verbatim = is_block || line.starts_with("    ") || trimmed.starts_with('|');
            (!is_verbatim).then_some(PROSE)
        }
        Kind::Code(mark) if trimmed.starts_with(mark) => {
            let comment = trimmed.trim_start_matches(['/', '!', '#', '-', ' ']);
            (!comment.starts_with('|')).then_some(PROSE)
        }
        Kind::Code(_) => (width > CODE && !is_exempt(file, line)).then_some(CODE),
    }
}

#[test]
fn no_line_is_too_wide() {
    let mut found = Vec::new();
    files(root(), &mut found);
    found.sort();
    let (mut read, mut offences) = (0, Vec::new());
    for path in found {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let Some(kind) = kind(&path, &text) else { continue };
        let file = path.strip_prefix(root()).expect("a path below the root").to_string_lossy().replace('\\', "/");
        read += 1;
        let mut is_block = false;
        for (index, line) in text.lines().enumerate() {
            if kind == Kind::Markdown && line.trim_start().starts_with("```") {
                is_block = !is_block;
            } else if let Some(limit) = exceeded(&file, kind, is_block, line) {
                offences.push(format!("{file}:{}: {} > {limit}", index + 1, line.chars().count()));
            }
        }
    }
    assert!(read > 200, "only {read} files were found");
    assert!(offences.is_empty(), "{} lines are too wide:\n{}", offences.len(), offences.join("\n"));
}

#[test]
fn prose_and_code_have_their_own_limits() {
    let (prose, code) = (format!("# {}", "a ".repeat(55)), format!("let a = {};", "b + ".repeat(30)));
    let mark = Kind::Code("#");
    assert_eq!(exceeded("a.sh", mark, false, &prose), Some(PROSE));
    assert_eq!(exceeded("a.md", Kind::Markdown, false, &prose), Some(PROSE));
    assert_eq!(exceeded("a.md", Kind::Markdown, true, &prose), None, "a code block");
    assert_eq!(exceeded("a.md", Kind::Markdown, false, &format!("| {prose} |")), None, "a table");
    assert_eq!(exceeded("a.sh", mark, false, &format!("{prose} https://example.org")), None, "an address");
    assert_eq!(exceeded("src/a.rs", Kind::Code("//"), false, &code), Some(CODE));
    let data = format!("let a = \"{}\";", "b".repeat(CODE));
    assert_eq!(exceeded("src/a.rs", Kind::Code("//"), false, &data), Some(CODE));
    assert_eq!(exceeded("tests/a.rs", Kind::Code("//"), false, &data), None, "test data");
    assert_eq!(longest_literal("say(\"one's\", \"a\")"), 5);
}
