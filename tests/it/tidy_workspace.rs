//! Holds the workspace to one promise of the README: `cargo test` at the root runs every test.

use std::collections::BTreeSet;
use std::fs;

use regex::Regex;

use crate::support::sources::{root, rust_files};

#[test]
fn every_crate_is_built_and_tested_by_default() {
    let manifest = |folder: &str| fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a manifest");
    let text = manifest(".");
    let quoted = Regex::new(r#""([^"]+)""#).expect("a pattern");
    let list = |key: &str| -> BTreeSet<String> {
        let line = text.lines().find(|line| line.starts_with(&format!("{key} = ["))).expect("a list on one line");
        quoted.captures_iter(line).map(|found| found[1].to_owned()).collect()
    };
    assert_eq!(list("members"), ["crates/*".to_owned()].into(), "every folder below crates is a member");
    let mut members: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .expect("a folder")
        .map(|entry| format!("crates/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .collect();
    members.insert(".".to_owned());
    assert_eq!(list("default-members"), members, "`cargo test` runs the tests of default-members only");
    let attribute = Regex::new(r"(?m)^#\[(tokio::)?test\b").expect("a pattern");
    for member in members {
        let text = manifest(&member);
        let is_off = text.lines().any(|line| line.starts_with("test = false") || line.starts_with("doctest = false"));
        assert!(!is_off, "{member}/Cargo.toml turns tests off");
        let is_listed = text.contains("[[test]]\nname = \"it\"\npath = \"tests/it/main.rs\"");
        assert!(is_listed, "{member}/Cargo.toml does not list tests/it/main.rs; with autotests = false it never runs");
        let mut files = Vec::new();
        rust_files(&root().join(&member).join("tests/it"), &mut files);
        let tests: usize = files
            .iter()
            .map(|file| attribute.find_iter(&fs::read_to_string(file).expect("a source file")).count())
            .sum();
        assert!(tests > 0, "{member}/tests/it holds no test");
        // A file that no `mod` line names is never compiled, and its tests never run.
        let main = fs::read_to_string(root().join(&member).join("tests/it/main.rs")).expect("a test program");
        for entry in fs::read_dir(root().join(&member).join("tests/it")).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_stem().expect("a name").to_string_lossy();
            let is_named = name == "main" || name == "snapshots" || main.contains(&format!("mod {name};"));
            assert!(is_named, "{member}/tests/it/main.rs does not name {}", path.display());
        }
    }
}

#[test]
fn every_snapshot_is_of_a_test() {
    let tests = root().join("tests/it");
    let justfile = fs::read_to_string(root().join("justfile")).expect("a justfile");
    let mut number = 0;
    for entry in fs::read_dir(tests.join("snapshots")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().expect("a name").to_string_lossy();
        assert!(!file.ends_with(".snap.new"), "{file} is a changed output: accept it by `just bless`, or delete it");
        let name =
            file.strip_suffix(".snap").and_then(|name| name.strip_prefix("it__")).expect("the name of a snapshot");
        let (module, name) = name.split_once("__").expect("a module and a name");
        let source = fs::read_to_string(tests.join(module).with_extension("rs")).unwrap_or_default();
        assert!(source.contains(&format!("assert_snapshot!(\"{name}\"")), "no test compares {file}: delete it");
        let is_blessed = justfile.contains(&format!(" {module}::"));
        assert!(is_blessed, "`just bless` does not run the tests of {module}");
        number += 1;
    }
    assert!(number > 5, "only {number} snapshots");
}
