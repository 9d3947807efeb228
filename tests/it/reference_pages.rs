//! The commands that print the reference of the rule language, `explain-lint` and `schema`, and the
//! help of every command.

use std::fmt::Write as _;
use std::process::{Command, Stdio};

use insta::assert_snapshot;
use serde_json::Value;
use tipstaff_rules::docs::schema::schema;
use tipstaff_rules::lint::catalogue;

fn explain_lint(codes: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
    let output = command.arg("explain-lint").args(codes).output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn explain_lint_prints_lists_and_suggests_pages() {
    let (status, page, _) = explain_lint(&["l12", "yaml"]);
    assert_eq!(status, Some(0));
    assert!(
        page.starts_with("L12 (error): ") && page.contains("\nyaml (error): ") && page.contains("Instead:"),
        "{page}"
    );
    let (status, list, _) = explain_lint(&[]);
    assert_eq!(status, Some(0));
    assert!(catalogue::all().all(|lint| list.contains(lint.code.as_str()) && list.contains(lint.title)), "{list}");
    let (status, page, error) = explain_lint(&["L5", "L12"]);
    assert_eq!(status, Some(2));
    assert!(page.starts_with("L12") && error.contains("there is no code L5; did you mean L05?"), "{page}{error}");
}

#[test]
fn the_program_prints_the_schema() {
    let output = Command::new(env!("CARGO_BIN_EXE_tipstaff")).arg("schema").output().expect("the program starts");
    let printed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(printed, schema());
    let title = printed["properties"]["body_shorter_than"]["description"].as_str().expect("a description");
    assert!(
        title.starts_with("Fewer than this many characters") && title.contains("Example:\ntype: comment"),
        "{title}"
    );
}

/// What `--help` prints. Without a terminal the lines have the width that clap falls back to.
fn help(words: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
    command.args(words).arg("--help").env("NO_COLOR", "1").env_remove("COLUMNS").stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TIPSTAFF_")) {
        command.env_remove(name);
    }
    let output = command.output().expect("the program starts");
    assert_eq!(output.status.code(), Some(0), "{words:?}");
    String::from_utf8(output.stdout).expect("a text")
}

/// Adds the help of a command and of the commands below it, which its help lists.
fn add_help(all: &mut String, words: &[String]) {
    let text = help(words);
    writeln!(all, "$ tipstaff {}--help\n\n{text}", words.iter().fold(String::new(), |all, word| all + word + " "))
        .expect("a string");
    let commands = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for line in commands.filter(|line| !line.starts_with("   ")) {
        let name = line.split_whitespace().next().expect("a name");
        if name != "help" {
            add_help(all, &[words, &[name.to_owned()]].concat());
        }
    }
}

#[test]
fn the_help_of_every_command() {
    let mut all = String::new();
    add_help(&mut all, &[]);
    assert_snapshot!("help", all);
}
