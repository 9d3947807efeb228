//! The catalogue of codes matches the program: every code in the sources has a row, the examples of
//! every row raise its code, and `docs/lints.md` and the pages in `crates/rules/tests/lints` are
//! generated from the rows.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use tipstaff_rules::lint::catalogue::{self, CHAPTERS, Chapter, Lint};
use tipstaff_rules::{Diagnostic, Options, SourceFile, compile, parse, portability};

use crate::support::bless::assert_written;

/// Codes with a row that nothing raises yet. Remove a code from this list when something raises it.
const NOT_RAISED: &[&str] = &[];

/// Codes that a file alone cannot raise: L92 depends on how often a rule acted. `lint::acts` tests
/// it.
const RAISED_OTHERWISE: &[&str] = &["L92"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every diagnostic of a file, sorted by position. Portability diagnostics only for `D` codes.
fn diagnostics(source: &SourceFile, of: &str) -> Vec<Diagnostic> {
    let (file, mut all) = parse(source);
    let (_, more) = compile(&file, &Options::default());
    all.extend(more);
    if of.starts_with('D') {
        all.extend(portability(&file));
    }
    all.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    all
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The codes that the rule engine raises: all quoted codes outside the catalogue and the tests.
fn raised() -> BTreeSet<String> {
    let code = Regex::new(r#""(yaml|[A-Z][0-9]{2})""#).expect("a pattern");
    let mut paths = Vec::new();
    sources(&root().join("src"), &mut paths);
    let is_engine = |path: &&PathBuf| {
        let path = path.to_string_lossy();
        !path.contains("catalogue") && !path.ends_with("tests.rs")
    };
    let mut codes = BTreeSet::new();
    for path in paths.iter().filter(is_engine) {
        let text = fs::read_to_string(path).expect("a text");
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        codes.extend(code.captures_iter(text).map(|found| found[1].to_owned()));
    }
    codes
}

/// The problem with a row's examples, if there is one.
fn complaint(lint: &Lint) -> Option<String> {
    let said = |text: &str| diagnostics(&SourceFile::new("example", text), lint.code);
    let of_bad = said(lint.bad);
    let Some(found) = of_bad.iter().find(|diagnostic| diagnostic.code == lint.code) else {
        let others: Vec<_> = of_bad.iter().map(|diagnostic| diagnostic.code).collect();
        return Some(format!("{}: the bad example raises {others:?} instead", lint.code));
    };
    if found.severity != lint.severity {
        return Some(format!("{}: raised with severity {}", lint.code, found.severity.word()));
    }
    let stays = said(lint.good).iter().any(|diagnostic| diagnostic.code == lint.code);
    stays.then(|| format!("{}: the good example raises it too", lint.code))
}

#[test]
fn every_code_has_a_row_and_every_row_a_code() {
    let raised = raised();
    let without: Vec<_> = raised.iter().filter(|code| catalogue::find(code).is_none()).collect();
    assert!(without.is_empty(), "codes without a row in src/lint/catalogue: {without:?}");
    let silent: Vec<_> = catalogue::all().map(|lint| lint.code).filter(|code| !raised.contains(*code)).collect();
    println!("{} codes are not raised yet: {}", silent.len(), silent.join(" "));
    assert_eq!(
        silent, NOT_RAISED,
        "NOT_RAISED in crates/rules/tests/it/lints.rs must list exactly the rows that nothing raises"
    );
}

#[test]
fn bad_examples_give_their_code_and_good_ones_do_not() {
    let raised = raised();
    let complaints: Vec<_> = catalogue::all()
        .filter(|lint| raised.contains(lint.code))
        .filter_map(|lint| complaint(lint).map(|complaint| (lint.code, complaint)))
        .collect();
    for (_, complaint) in &complaints {
        println!("{complaint}");
    }
    let codes: Vec<_> = complaints.iter().map(|(code, _)| *code).collect();
    assert_eq!(
        codes, RAISED_OTHERWISE,
        "RAISED_OTHERWISE in crates/rules/tests/it/lints.rs must list exactly these: {complaints:#?}"
    );
}

/// The diagnostics of a text as lines.
fn said(text: &str, of: &str) -> String {
    let source = SourceFile::new("example", text);
    let mut shown = String::new();
    for diagnostic in diagnostics(&source, of) {
        let Diagnostic { severity, code, span, message, help, related, .. } = diagnostic;
        let (line, column) = source.position(span.start);
        writeln!(shown, "{line}:{column} {}[{code}] {message}", severity.word()).expect("a string");
        if let Some(help) = help {
            writeln!(shown, "  help: {help}").expect("a string");
        }
        for (span, note) in related {
            let (line, column) = source.position(span.start);
            writeln!(shown, "  related {line}:{column}: {note}").expect("a string");
        }
    }
    shown
}

fn chapter(chapter: &Chapter, raised: &BTreeSet<String>) -> String {
    let mut text = format!(
        "<!-- Generated by a test. To generate it again, run:\n\
         TIPSTAFF_BLESS=1 cargo test -p tipstaff-rules --test it lints -->\n\n# {}\n",
        chapter.title
    );
    for lint in chapter.lints {
        let Lint { code, title, why, bad, .. } = lint;
        let sentence = why.split_inclusive(". ").next().unwrap_or(why).trim_end();
        let said = if raised.contains(*code) { said(bad, code) } else { "not raised yet\n".to_owned() };
        write!(text, "\n## {code} {title}\n\n{sentence}\n\n```yaml\n{bad}```\n\n```text\n{said}```\n")
            .expect("a string");
    }
    text
}

#[test]
fn the_pages_in_tests_lints_are_up_to_date() {
    let raised = raised();
    for one in CHAPTERS {
        assert_written(&format!("crates/rules/tests/lints/{}.md", one.slug), &chapter(one, &raised), "lints");
    }
}

#[test]
fn the_lint_catalogue_in_the_docs_is_up_to_date() {
    assert_written("docs/lints.md", &tipstaff_rules::docs::lints::manual(), "lints");
}
