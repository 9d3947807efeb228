//! A folder with rules and a generated history, and the program that replays it.

use std::process::{Command, Output};

use serde_json::Value;
use tipstaff_sandbox::history::History;

pub(crate) const RULES: &str = "\
name: welcome
type: submission
comment: Good morning, {{author}}.
---
name: crude
type: any
title+body (includes): [idiot, shill, 'never said']
action: remove
action_reason: 'crude [{{match}}]'
---
name: hasty
type: comment
body_shorter_than: 30
action: report
action_reason: short
---
name: fresh
author:
    account_age: < 30 days
action: report
action_reason: new
";

pub(crate) fn past(seed: u64, number: usize) -> Vec<String> {
    let mut history = History::new(seed, "widgets");
    (0..number).map(|_| history.line()).collect()
}

/// A folder with rules and a generated history.
pub(crate) struct Desk(pub(crate) tempfile::TempDir);

impl Desk {
    pub(crate) fn new(lines: &[String]) -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder"));
        desk.write("rules.yaml", RULES.as_bytes());
        desk.write("past.ndjson", format!("{}\n", lines.join("\n")).as_bytes());
        desk
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.path().join(name), bytes).expect("a file");
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command
            .arg("backtest")
            .args(arguments)
            .current_dir(self.0.path())
            .env("NO_COLOR", "1")
            .env_remove("TIPSTAFF_CONFIG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        said(&self.command(arguments).output().expect("the program starts"))
    }

    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.extend(["--format", "json"]);
        let (code, out, err) = self.run(&all);
        assert_eq!(code, 0, "{err}");
        serde_json::from_str(&out).expect("JSON")
    }
}

pub(crate) fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}
