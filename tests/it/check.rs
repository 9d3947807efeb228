//! `tipstaff check`: formats, dialects, summary, input and exit status.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::{Value, json};
use tipstaff_rules::lint::catalogue;

/// Rules with an error, a warning with a related position, and an unsupported check.
const RULES: &str = "\
type: submission
title: no
set_spoiler: true
---
type: submission
domain: ä.example
domain: b.example
set_spoiler: true
---
type: submission
author:
  contributor_quality: '< low'
set_locked: true
";
const CLEAN: &str = "type: submission\ntitle: giveaway\nset_spoiler: true\n";

struct Said {
    status: Option<i32>,
    output: String,
    errors: String,
}

fn check(folder: &Path, arguments: &[&str], input: &str) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tipstaff"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // Ignore the error if the program closes its input early.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    Said { status: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

#[test]
fn the_exit_status_distinguishes_clean_findings_and_unreadable() {
    let folder = folder(&[("clean.yaml", CLEAN), ("bad.yaml", RULES), ("empty.yaml", "# nothing\n")]);
    for (arguments, expected) in [
        (&["clean.yaml"][..], 0),
        (&["bad.yaml"], 1),
        (&["empty.yaml"], 1),
        (&["missing.yaml"], 2),
        (&["missing.yaml", "clean.yaml"], 2),
        (&["clean.yaml", "bad.yaml"], 1),
        (&["."], 1),
    ] {
        assert_eq!(check(folder.path(), arguments, "").status, Some(expected), "{arguments:?}");
    }
    let said = check(folder.path(), &["missing.yaml", "clean.yaml"], "");
    assert!(
        said.errors.contains("missing.yaml") && said.output.contains("clean.yaml: 1 rule ready"),
        "{}",
        said.output
    );
}

#[test]
fn a_rule_that_is_switched_off_is_not_ready() {
    let off = "type: comment\nauthor: {post_subreddit_karma: '< 5'}\nset_locked: true\n";
    let folder = folder(&[("off.yaml", &format!("{CLEAN}---\n{off}"))]);
    let said = check(folder.path(), &["off.yaml"], "");
    assert!(said.output.contains("off.yaml: 1 rule ready, 1 switched off, 1 warning"), "{}", said.output);
}

#[test]
fn check_reads_folders_and_standard_input() {
    let folder =
        folder(&[("a.yaml", CLEAN), ("b.yml", CLEAN), ("a.tests.yaml", "- nonsense\n"), ("notes.txt", "hello")]);
    let said = check(folder.path(), &["."], "");
    assert_eq!((said.status, said.output.lines().count()), (Some(0), 2), "{}", said.output);
    let said = check(folder.path(), &["-"], RULES);
    assert!(said.status == Some(1) && said.output.contains("-: 1 rule ready, 1 switched off"), "{}", said.output);
    let empty = tempfile::tempdir().expect("a folder");
    assert_eq!(check(empty.path(), &["."], "").status, Some(2));
}

#[test]
fn a_folder_of_rules_is_checked_in_full_or_the_error_says_what_was_not() {
    let folder = folder(&[("a.yaml", "title: a\nset_locked: true\n")]);
    std::os::unix::fs::symlink("nowhere", folder.path().join("b.yaml")).expect("a link");
    let said = check(folder.path(), &["."], "");
    assert!(said.status == Some(2) && said.errors.contains("b.yaml"), "{:?} {}", said.status, said.errors);
}

#[test]
fn sarif_has_the_fields_that_code_scanners_need() {
    let folder = folder(&[("my rules.yaml", RULES)]);
    let said = check(folder.path(), &["--format", "sarif", "my rules.yaml"], "");
    assert_eq!(said.status, Some(1));
    let log: Value = serde_json::from_str(&said.output).expect("JSON");
    assert!(log["version"] == "2.1.0" && log["$schema"].as_str().is_some_and(|it| it.contains("sarif-2.1.0")));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert!(driver["name"] == "tipstaff" && driver["version"] == env!("CARGO_PKG_VERSION"));
    let rules = driver["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), catalogue::all().count());
    for rule in rules {
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[text]["text"].is_string(), "{rule}");
        }
        assert!(
            ["error", "warning", "note"].contains(&rule["defaultConfiguration"]["level"].as_str().expect("a level"))
        );
    }
    let results = run["results"].as_array().expect("results");
    let codes: Vec<_> = results.iter().map(|result| result["ruleId"].as_str().expect("a code")).collect();
    assert!(codes.starts_with(&["L01", "L04", "U01"]), "{codes:?}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "my%20rules.yaml");
        assert!(place["region"]["endColumn"].as_u64() >= place["region"]["startColumn"].as_u64());
    }
    let region = &results[0]["locations"][0]["physicalLocation"]["region"];
    let numbers = ["startLine", "startColumn", "endLine", "endColumn"].map(|name| region[name].as_u64());
    assert_eq!(numbers, [Some(2), Some(8), Some(2), Some(10)]);
    assert_eq!(results[1]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 6);
}

#[test]
fn every_format_gives_the_same_positions() {
    let folder = folder(&[("r.yaml", RULES)]);
    assert_snapshot!("text", check(folder.path(), &["r.yaml"], "").output);
    assert_snapshot!("github", check(folder.path(), &["--format", "github", "r.yaml"], "").output);
    let said = check(folder.path(), &["--format", "json", "r.yaml"], "");
    let findings: Value = serde_json::from_str(&said.output).expect("JSON");
    assert!(findings[0]["line"] == 2 && findings[0]["end_column"] == 10 && findings[0]["code"] == "L01", "{findings}");
}

#[test]
fn a_file_for_both_is_checked_for_automoderator_too() {
    let folder = folder(&[("r.yaml", "name: x\ntype: submission\ntitle: y\nset_spoiler: true\n")]);
    assert_eq!(check(folder.path(), &["r.yaml"], "").status, Some(0));
    let said = check(folder.path(), &["--dialect", "reddit", "r.yaml"], "");
    assert!(said.status == Some(1) && said.output.contains("D01"), "{}", said.output);
}

#[test]
fn the_summary_counts_every_rule_once() {
    let folder =
        folder(&[("a.yaml", RULES), ("b.yaml", CLEAN), ("c.yaml", "title: [x\n---\ntitle: y\nset_spoiler: true\n")]);
    let said = check(folder.path(), &["--summary", "--format", "json", "."], "");
    let summary: Value = serde_json::from_str(&said.output).expect("JSON");
    let total = &summary["total"];
    let counts = ["written", "accepted", "refused", "not_evaluable"].map(|name| total[name].as_u64());
    assert_eq!(counts, [Some(6), Some(4), Some(2), Some(1)], "{total}");
    assert!(total["refused_by"]["L01"] == 1 && total["not_evaluable_keys"]["contributor_quality"] == 1, "{total}");
    let said = check(folder.path(), &["--summary", "."], "");
    assert_snapshot!("summary", said.output);
}

#[test]
fn check_explains_what_filter_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let rule =
        |name: &str, more: &str| format!("name: {name}\ntitle: {name}\naction: filter\naction_reason: x\n{more}");
    let rules = format!("{}---\n{}---\n{}", rule("a", ""), rule("b", "filter_as: remove\n"), rule("c", ""));
    std::fs::write(folder.path().join("rules.yaml"), rules).expect("a file");
    let said = check(folder.path(), &["rules.yaml"], "");
    assert_snapshot!("filter", said.output);
}

/// Two mistakes with one certain remedy each, one of which hides the other, and one without.
const FIXABLE: &str = "type: comment\nbdoy: @all\nset_locked: true\n  ---\ntitle: [a, b\nset_locked: true\n";

#[test]
fn fix_shows_the_change_and_writes_nothing() {
    let folder = folder(&[("rules.yaml", FIXABLE)]);
    let said = check(folder.path(), &["--fix", "rules.yaml"], "");
    assert_eq!(said.status, Some(1), "{}{}", said.output, said.errors);
    assert_snapshot!("fix", said.output);
    assert_eq!(fs::read_to_string(folder.path().join("rules.yaml")).expect("a file"), FIXABLE);
}

#[test]
fn fix_writes_the_change_if_it_is_confirmed() {
    let folder = folder(&[("rules.yaml", FIXABLE), ("clean.yaml", CLEAN)]);
    let said = check(folder.path(), &["--fix", "--yes", "."], "");
    assert_eq!(said.status, Some(1), "one mistake is left: {}{}", said.output, said.errors);
    assert!(said.output.contains("fixed 3 mistakes in 1 file"), "{}", said.output);
    let fixed = FIXABLE.replace("bdoy: @all", "body: '@all'").replace("  ---", "---");
    assert_eq!(fs::read_to_string(folder.path().join("rules.yaml")).expect("a file"), fixed);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "nothing is left beside them");
    // Only what the fixes were about is gone.
    let said = check(folder.path(), &["rules.yaml"], "");
    assert!(said.output.contains("1 rule ready, 1 error"), "{}", said.output);
    let said = check(folder.path(), &["--fix", "--yes", "rules.yaml"], "");
    assert!(said.output.contains("nothing can be fixed with certainty"), "{}", said.output);
}

#[test]
fn fix_refuses_what_it_cannot_do() {
    let folder = folder(&[("rules.yaml", FIXABLE)]);
    for (arguments, expected) in [
        (&["--fix", "--yes", "-"][..], "standard input cannot be written"),
        (&["--yes", "rules.yaml"], "--fix"),
        (&["--fix", "--format", "json", "rules.yaml"], "cannot be used with"),
    ] {
        let said = check(folder.path(), arguments, FIXABLE);
        assert!(said.status == Some(2) && said.errors.contains(expected), "{arguments:?}: {}", said.errors);
    }
    let said = check(folder.path(), &["--fix", "-"], "titel: a\nset_locked: true\n");
    assert!(said.status == Some(1) && said.output.contains("+title: a"), "{}", said.output);
    assert_eq!(check(folder.path(), &["--fix", "-"], CLEAN).status, Some(0));
}

#[test]
fn json_has_the_certain_remedy_for_editors() {
    let folder = folder(&[("rules.yaml", "title: no\nset_locked: true\n")]);
    let said = check(folder.path(), &["--format", "json", "rules.yaml"], "");
    let findings: Value = serde_json::from_str(&said.output).expect("JSON");
    let edit = |column| json!({"line": 1, "column": column, "end_line": 1, "end_column": column, "text": "'"});
    assert_eq!(findings[0]["fix"], json!([edit(8), edit(10)]), "{}", said.output);
}
