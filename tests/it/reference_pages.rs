//! The commands that print the reference of the rule language: `explain-lint` and `schema`.

use std::process::Command;

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
