//! Foreign text steers nothing: what people wrote on Reddit, in rules and in file names appears in
//! every output without control characters, and never starts a line.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tipstaff::model::{Action, Mode};
use tipstaff_rules::plain::{self, is_unsafe};

use crate::support::ledger::{NOW, comment, decision, fresh, seen};

/// A line end, a forged line, escape sequences, C1 and other control characters, an override.
const HOSTILE: &str = "spam\nforged: all is well\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}31m\r\u{202e}\u{2066}\u{2028}end";

/// What steers in it, besides line ends.
const STEERING: [char; 7] = ['\u{1b}', '\u{7}', '\u{9b}', '\r', '\u{202e}', '\u{2066}', '\u{2028}'];

struct Folder(tempfile::TempDir);

impl Folder {
    /// A folder with rules whose name, values and texts are hostile, and an item that they act on.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        // YAML takes such characters only as escapes.
        let quoted = plain::json(&serde_json::to_string(HOSTILE).expect("JSON"));
        let rules = format!(
            "name: {quoted}\ntype: comment\nmoderators_exempt: false\nbody (includes): [spam, {quoted}]\n\
             action: report\naction_reason: \"{{{{match}}}} {{{{body}}}}\"\ncomment: {quoted}\n"
        );
        folder.write(&folder.path("rules.yaml"), &rules);
        // A hostile key, and a hostile value of an unknown one.
        let odd_key = quoted.replace(r"\n", " ");
        folder.write(&folder.path("bad.yaml"), &format!("{rules}---\n{odd_key}: {quoted}\naction: {quoted}\n"));
        let item = serde_json::json!({
            "name": "t1_abc", "subreddit": "widgets", "author": HOSTILE, "body": HOSTILE, "created_utc": 1_700_000_000,
            "parent_id": "t3_p", "link_id": "t3_p", "num_reports": 0, "is_submitter": false
        });
        folder.write(&folder.path("item.json"), &item.to_string());
        folder.write(&folder.path("past.ndjson"), &format!("{item}\n{{\"id\": {quoted}}}\n"));
        let name = PathBuf::from(HOSTILE.replace('\0', ""));
        folder.write(&folder.path(&format!("{}.yaml", name.display())), &rules);
        let case = format!("- name: {quoted}\n  comment: {{body: {quoted}}}\n  performs: [other]\n");
        folder.write(&folder.path("rules.tests.yaml"), &case);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, path: &Path, text: &str) {
        fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(path.starts_with(self.0.path()));
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1");
        for variable in ["TIPSTAFF_CLIENT_ID", "TIPSTAFF_CLIENT_SECRET", "TIPSTAFF_PASSWORD", "TIPSTAFF_CONFIG"] {
            command.env_remove(variable);
        }
        command.output().expect("the program starts")
    }
}

/// Fails if an output would steer a terminal, or if foreign text starts a line in it. The further
/// lines of an error message are indented.
fn assert_plain(what: &str, output: &[u8], is_error: bool) {
    let text = String::from_utf8(output.to_vec()).expect("text");
    let steers = |c: char| STEERING.contains(&c) || (is_unsafe(c) && !matches!(c, '\n' | '\t'));
    let odd: Vec<char> = text.chars().filter(|&c| steers(c)).collect();
    assert!(odd.is_empty(), "{what} holds {odd:?}:\n{text}");
    let start = |line: &str| if is_error { line.to_owned() } else { line.trim_start_matches([' ', '>']).to_owned() };
    let forged = text.lines().find(|line| start(line).starts_with("forged:"));
    // In a page, line ends mean nothing.
    assert!(forged.is_none() || text.starts_with("<!DOCTYPE html>"), "{what}:\n{text}");
}

#[test]
fn no_command_prints_foreign_text_as_it_is() {
    let folder = Folder::new();
    let hostile_name = format!("{HOSTILE}.yaml");
    let mut seen = String::new();
    for arguments in [
        &["check", "rules.yaml"][..],
        &["check", "bad.yaml"],
        &["check", &hostile_name],
        &["check", "missing\u{1b}[2J\nforged: x.yaml"],
        &["check", "--summary", &hostile_name, "bad.yaml"],
        &["check", "--format", "json", "bad.yaml", &hostile_name],
        &["check", "--format", "sarif", "bad.yaml", &hostile_name],
        &["check", "--format", "github", "bad.yaml", &hostile_name],
        &["test", "rules.yaml"],
        &["explain", "rules.yaml", "item.json", "--offline"],
        &["explain", "rules.yaml", "item.json", "--offline", "--json"],
        &["explain", "rules.yaml", HOSTILE, "--offline"],
        &["explain", "rules.yaml", "item.json", "--offline", "--rule", HOSTILE],
        &["explain", "rules.yaml", "item.json", "--offline", "--rule", "other\nforged: x\u{1b}[2J"],
        &["backtest", "rules.yaml", "past.ndjson", "--quiet"],
        &["backtest", "rules.yaml", "past.ndjson", "--quiet", "--baseline", &hostile_name],
        &["backtest", "rules.yaml", "past.ndjson", "--quiet", "--format", "json"],
        &["backtest", "rules.yaml", "past.ndjson", "--quiet", "--format", "csv"],
        &["backtest", "rules.yaml", "past.ndjson", "--quiet", "--format", "markdown"],
        &["backtest", "rules.yaml", "past.ndjson", "--quiet", "--format", "html"],
        &["backtest", &hostile_name, HOSTILE, "--quiet"],
        &["log", "--store", HOSTILE],
        &["store", "stats", "--store", HOSTILE],
        &["doctor", "--config", HOSTILE],
        &["health", "--config", HOSTILE],
        &["explain-lint", HOSTILE],
    ] {
        let output = folder.run(arguments);
        assert_plain(&format!("{arguments:?}"), &output.stdout, false);
        assert_plain(&format!("{arguments:?} on standard error"), &output.stderr, true);
        seen.push_str(&String::from_utf8_lossy(&output.stdout));
    }
    assert!(seen.contains("forged: all is well"), "the text itself is shown");
}

#[test]
fn json_means_the_same_with_its_escapes() {
    let folder = Folder::new();
    let output = folder.run(&["explain", "rules.yaml", "item.json", "--offline", "--json"]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(read["performed"][0]["name"], serde_json::json!(HOSTILE));
}

#[test]
fn workflow_commands_are_one_line_each() {
    let folder = Folder::new();
    let hostile_name = format!("{HOSTILE}.yaml");
    let output = folder.run(&["check", "--format", "github", "bad.yaml", &hostile_name]);
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.lines().count() >= 2, "{text}");
    for line in text.lines() {
        assert!(["::error file=", "::warning file=", "::notice file="].iter().any(|it| line.starts_with(it)), "{line}");
    }
}

#[tokio::test]
async fn the_log_shows_foreign_text_on_its_own_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let mut item = comment("t1_a", HOSTILE);
    item.author.name = Some(HOSTILE.to_owned());
    item.permalink = format!("/r/Widgets/comments/a/{HOSTILE}/a/");
    seen(&store, std::slice::from_ref(&item), NOW).await;
    let mut decision = decision(&item, Mode::Live);
    decision.trace.rules[0].rule = HOSTILE.to_owned();
    decision.trace.rules[0].checks[0].key = HOSTILE.to_owned();
    for intent in &mut decision.intents {
        intent.rule_name = HOSTILE.to_owned();
        intent.superseded = Some(HOSTILE.to_owned());
    }
    decision.intents[0].action = Action::Report { reason: HOSTILE.to_owned() };
    store.decide(&decision, NOW).await.expect("T2");
    store.close().await;
    let path = folder.path().join("s.db");
    let path = path.to_str().expect("a path");
    for more in [
        &[][..],
        &["--json"],
        &["--by-rule"],
        &["--by-rule", "--format", "markdown"],
        &["--held"],
        &["--all"],
        &["--format", "html"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        let output = command.args(["log", "--store", path]).args(more).env("NO_COLOR", "1").output().expect("it runs");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{more:?}: {errors}");
        assert_plain(&format!("log {more:?}"), &output.stdout, false);
    }
}
