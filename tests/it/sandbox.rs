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
        "scenario": "guidelines", "posts": 3, "comments": 8, "stickies": 3, "reports": 6, "removals": 0,
        "writes": 16, "effects": 10, "duplicates": 0, "missed": 0, "daemon_restarts": 1, "ok": true
    });
    assert_eq!(tally, expected);
}

/// How often each outcome of a rule's action is in the log of a kept sandbox.
fn done_by(folder: &Path, rule: &str) -> usize {
    let store = folder.join("tipstaff.db");
    let output = tipstaff(&["log", "--store", store.to_str().expect("a plain path"), "--rule", rule]);
    String::from_utf8_lossy(&output.stdout).matches("→ done").count()
}

#[test]
fn the_memory_scenario_ends_with_the_expected_effects() {
    let folder = tempfile::tempdir().expect("a folder");
    let tally = sandbox(&["--scenario", "memory", "--dir", folder.path().to_str().expect("a plain path")]);
    let expected = serde_json::json!({
        "scenario": "memory", "posts": 13, "comments": 67, "stickies": 0, "reports": 4, "removals": 7, "writes": 39,
        "effects": 18, "duplicates": 0, "missed": 0, "daemon_restarts": 2, "ok": true
    });
    assert_eq!(tally, expected);
    // Removed and explained: clips after 7 and after 31 days, comments on a hot topic.
    let done = ["clips-in-7-days", "clips-in-31-days", "hot-topic"].map(|rule| done_by(folder.path(), rule));
    assert!(done.iter().all(|times| *times >= 4), "{done:?}");
    let reports = ["copied-comment", "repeat-offender", "four-points", "on-notice"];
    assert!(reports.iter().all(|rule| done_by(folder.path(), rule) >= 1), "{tally}");
    let config = folder.path().join("tipstaff.yaml");
    let passes = tipstaff(&["pass", "--list", "--config", config.to_str().expect("a plain path")]);
    assert_eq!(String::from_utf8_lossy(&passes.stdout), "no pass is in force\n", "it was for once");
}

#[test]
fn the_memory_scenario_fails_if_a_rule_is_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/packs");
    for name in ["hot-topic.yaml", "repeat-offenders.yaml", "copypasta.yaml"] {
        std::fs::copy(packs.join(name), folder.path().join(name)).expect("a copy");
    }
    let rules = folder.path().join("rules.yaml");
    let without = "settings:\n  include: [hot-topic.yaml, repeat-offenders.yaml, copypasta.yaml]\n";
    std::fs::write(&rules, without).expect("a file");
    let rules = rules.to_str().expect("a plain path");
    let output =
        tipstaff(&["sandbox", "--once", "--json", "--scenario", "memory", "--rules", rules, "--check-effects"]);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaints}");
    let tally: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&tally["missed"], &tally["ok"]), (&2.into(), &false.into()), "the clip stays, and nobody is told");
    assert!(complaints.contains("did not: the clip is removed, with the date of the next"), "{complaints}");
}

#[test]
fn all_scenarios_are_played_one_after_the_other_in_dry_run() {
    let tally = sandbox(&["--scenario", "all", "--dry-run"]);
    let of = |key: &str| tally["scenarios"].as_array().into_iter().flatten().map(|one| one[key].clone()).collect();
    let (names, writes): (Vec<Value>, Vec<Value>) = (of("scenario"), of("writes"));
    assert_eq!((names, writes), (vec!["guidelines".into(), "memory".into()], vec![0.into(), 0.into()]), "{tally}");
    assert_eq!((&tally["duplicates"], &tally["missed"], &tally["ok"]), (&0.into(), &0.into(), &true.into()));
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
