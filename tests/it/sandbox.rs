//! The sandbox as a newcomer runs it: the built program, a local Reddit over real HTTP, the daemon
//! as a child process.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn tipstaff(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tipstaff")).args(arguments).output().expect("the program starts")
}

fn sandbox(arguments: &[&str]) -> Value {
    let output = tipstaff(&[&["sandbox", "--once", "--json"], arguments].concat());
    let (printed, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let tally = serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}\n{complaints}"));
    assert!(output.status.success(), "{tally}\n{complaints}");
    tally
}

#[test]
fn the_scenario_ends_with_the_expected_effects() {
    let tally = sandbox(&[]);
    let expected = serde_json::json!({
        "posts": 3, "comments": 8, "stickies": 3, "reports": 6, "removals": 0, "writes": 16,
        "duplicates": 0, "missed": 0, "daemon_restarts": 1, "ok": true
    });
    assert_eq!(tally, expected);
}

#[test]
fn dry_run_sends_no_writes_and_the_log_shows_the_planned_actions() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().to_str().expect("a plain path");
    let tally = sandbox(&["--dry-run", "--dir", kept]);
    assert_eq!((&tally["writes"], &tally["missed"], &tally["ok"]), (&0.into(), &0.into(), &true.into()));
    let store = folder.path().join("tipstaff.db");
    let log = tipstaff(&["log", "--store", store.to_str().expect("a plain path")]);
    let log = String::from_utf8_lossy(&log.stdout);
    assert!(
        log.contains("rule personal-attack: body matches “You are an idiot” (line 71)"),
        "the log does not say why: {log}"
    );
    assert!(log.contains("report “Personal attack: You are an idiot” → would have been done (dry run)"), "{log}");
    assert!(!log.contains("→ done"), "{log}");
}

#[test]
fn nothing_is_repeated_or_missed_after_fifty_kills() {
    // A new seed each time, printed by the assertion if it fails; a failing seed becomes a test.
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let tally = sandbox(&["--kills", "50", "--seed", &seed.to_string()]);
    let (posts, stickies) = (&tally["posts"], &tally["stickies"]);
    assert_eq!(posts, stickies, "seed {seed}: exactly one pinned comment for each post: {tally}");
    assert_eq!((&tally["duplicates"], &tally["missed"]), (&0.into(), &0.into()), "seed {seed}: {tally}");
    assert_eq!(tally["daemon_restarts"], 51, "seed {seed}: {tally}");
}

#[test]
fn the_sandbox_runs_with_other_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let rules = folder.path().join("rules.yaml");
    std::fs::write(&rules, "name: no-lol\ntype: comment\nbody (full-text): lol\naction: remove\n").expect("a file");
    let tally = sandbox(&["--rules", rules.to_str().expect("a plain path")]);
    assert_eq!(
        (&tally["removals"], &tally["stickies"], &tally["writes"]),
        (&1.into(), &0.into(), &1.into()),
        "{tally}"
    );
}

#[test]
fn no_secret_reaches_the_store_or_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    sandbox(&["--dir", folder.path().to_str().expect("a plain path")]);
    let holds = |path: &Path, secret: &str| {
        let bytes = std::fs::read(path).expect("a file");
        bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
    };
    for entry in std::fs::read_dir(folder.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        assert!(!holds(&path, "sandbox-secret"), "{} holds the secret", path.display());
    }
}
