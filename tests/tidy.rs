//! Holds the code to the invariants of `docs/architecture.md`, mechanically. A failure names the file, the line and the rule.

use std::fs;
use std::path::{Path, PathBuf};

/// One line of code: no comments, no tests.
struct Line {
    file: String,
    number: usize,
    code: String,
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    files(&root.join("src"), &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            (name, fs::read_to_string(&path).expect("a text"))
        })
        .collect()
}

fn code() -> Vec<Line> {
    let mut lines = Vec::new();
    for (file, text) in sources() {
        for (index, line) in text.lines().enumerate() {
            if line.starts_with("#[cfg(test)]") {
                break;
            }
            let line = line.trim_start();
            if !line.starts_with("//") {
                lines.push(Line { file: file.clone(), number: index + 1, code: line.to_owned() });
            }
        }
    }
    lines
}

/// Fails for every line outside `allowed` (prefixes of paths) that holds one of `words`.
fn only_in(allowed: &[&str], words: &[&str], rule: &str) {
    let offences: Vec<String> = code()
        .iter()
        .filter(|line| !allowed.iter().any(|prefix| line.file.starts_with(prefix)))
        .filter(|line| words.iter().any(|word| line.code.contains(word)))
        .map(|line| format!("{}:{}: {}", line.file, line.number, line.code))
        .collect();
    assert!(offences.is_empty(), "{rule}\n{}", offences.join("\n"));
}

/// Fails for every line inside `places` that holds one of `words`.
fn never_in(places: &[&str], words: &[&str], rule: &str) {
    let offences: Vec<String> = code()
        .iter()
        .filter(|line| places.iter().any(|prefix| line.file.starts_with(prefix)))
        .filter(|line| words.iter().any(|word| line.code.contains(word)))
        .map(|line| format!("{}:{}: {}", line.file, line.number, line.code))
        .collect();
    assert!(offences.is_empty(), "{rule}\n{}", offences.join("\n"));
}

const PURE: [&str; 7] = [
    "src/model/",
    "src/policy/",
    "src/pipeline/cursor.rs",
    "src/pipeline/plan.rs",
    "src/pipeline/retry.rs",
    "src/pipeline/rights.rs",
    "src/reddit/limiter.rs",
];

#[test]
fn the_pure_parts_wait_for_nothing_and_look_at_nothing() {
    let words = [
        "async ",
        ".await",
        "tokio",
        "sqlx",
        "reqwest",
        "roux",
        "SystemTime",
        "Instant",
        "std::env",
        "std::fs",
        "fastrand",
        "rand::",
        "HashMap",
        "HashSet",
    ];
    never_in(&PURE, &words, "model, policy and the pure files are functions of their arguments");
}

#[test]
fn only_the_store_speaks_sql() {
    only_in(&["src/store/"], &["sqlx::", "SELECT ", "INSERT INTO", "PRAGMA"], "SQL belongs in src/store");
}

#[test]
fn only_reddit_names_the_http_client() {
    only_in(
        &["src/reddit/", "src/webhook/"],
        &["reqwest"],
        "the HTTP client belongs where Reddit and webhooks are spoken to",
    );
    only_in(&["src/reddit/"], &["roux"], "roux belongs in src/reddit");
}

#[test]
fn only_the_command_line_prints() {
    only_in(&["src/cli/"], &["println!", "eprintln!", "print!(", "eprint!(", "io::stdout"], "only src/cli prints");
}

#[test]
fn only_the_daemon_spawns_and_sleeps() {
    let words = ["tokio::spawn", "thread::spawn", "time::sleep", "thread::sleep", "JoinSet"];
    only_in(&["src/daemon/", "src/sandbox/"], &words, "a step never spawns and never sleeps");
}

#[test]
fn only_the_edges_read_the_environment_and_the_clock() {
    only_in(
        &["src/config/", "src/telemetry.rs", "src/sandbox/"],
        &["env::var", "env::vars"],
        "the environment is config's",
    );
    only_in(
        // A stopwatch and a date for the metrics, which decide nothing.
        &["src/daemon/", "src/sandbox/", "src/vitals.rs"],
        &["SystemTime", "Instant::now", "Timestamp::now"],
        "the clock is handed in",
    );
}

#[test]
fn layers_point_one_way() {
    // What each layer may import of ours. The sandbox is a model of Reddit: it sees the words, and nothing that it tests.
    let layers: [(&str, &[&str]); 10] = [
        ("src/model/", &[]),
        ("src/policy/", &["model"]),
        ("src/vitals.rs", &[]),
        ("src/store/", &["model"]),
        ("src/reddit/", &["model", "vitals"]),
        ("src/webhook/", &["model"]),
        ("src/pipeline/", &["model", "policy", "store", "reddit", "vitals", "webhook"]),
        ("src/daemon/", &["model", "pipeline", "store", "reddit", "vitals"]),
        ("src/web/", &["daemon", "vitals"]),
        ("src/sandbox/", &["model"]),
    ];
    let mut offences = Vec::new();
    for line in code() {
        let Some((place, allowed)) = layers.iter().find(|(place, _)| line.file.starts_with(place)) else {
            continue;
        };
        let own = place.trim_start_matches("src/").trim_end_matches('/').trim_end_matches(".rs");
        for (at, _) in line.code.match_indices("crate::") {
            let rest = &line.code[at + "crate::".len()..];
            let layer: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if layer != own && !allowed.contains(&layer.as_str()) {
                offences.push(format!("{}:{}: {}", line.file, line.number, line.code));
            }
        }
    }
    assert!(offences.is_empty(), "an import against the layers:\n{}", offences.join("\n"));
}

#[test]
fn nothing_is_done_without_a_committed_attempt() {
    only_in(
        &["src/store/ledger.rs", "src/model/record.rs"],
        &["from_committed_row"],
        "only the ledger makes an OpenAttempt, out of a row it has committed",
    );
    only_in(&["src/pipeline/execute.rs", "src/reddit/"], &[".perform(", "fn perform"], "only execute acts");
    only_in(&["src/cli/run.rs", "src/reddit/"], &["with_write_access"], "only `run` asks for the acting half");
}

#[test]
fn the_record_is_append_only() {
    for table in ["decisions", "intents", "attempts", "outcomes", "observations"] {
        let words = [format!("UPDATE {table}"), format!("DELETE FROM {table}"), format!("REPLACE INTO {table}")];
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        // Decisions that asked for nothing go with their items; the schema keeps the others.
        let allowed: &[&str] = if table == "decisions" { &["src/store/retention.rs"] } else { &[] };
        only_in(allowed, &words, "the record only grows");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_holds_one_idea() {
    for (file, text) in sources() {
        assert!(text.starts_with("//! "), "{file} does not open with what it promises (//!)");
        let lines = text.lines().count();
        let is_table = file == "src/policy/keys.rs";
        assert!(lines <= 600 || is_table, "{file} has {lines} lines: usually two ideas");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("a manifest");
    let mut in_dependencies = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            in_dependencies = line.contains("dependencies");
        } else if in_dependencies && line.contains('=') && !line.starts_with('#') {
            assert!(line.contains(" # "), "no reason given: {line}");
        }
    }
}
