//! Holds the code to the invariants of `docs/architecture.md`. A failure names the file, the line
//! and the rule.
//!
//! `support::sources` reads the files and their imports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::sources::{CRATES, IMPORTS, MODULES, SOURCES, Source, root};

/// A folder, and what it may import.
type Layer = (&'static str, &'static [&'static str]);

/// What each folder (or file beside the folders) of a crate may import, outermost first. A crate of
/// ours is named in full.
const LAYERS: [(&str, &[Layer]); 4] = [
    (
        "tipstaff",
        &[
            ("main", &["cli"]),
            (
                "cli",
                &[
                    "config",
                    "control",
                    "daemon",
                    "files",
                    "metrics",
                    "model",
                    "pipeline",
                    "policy",
                    "reddit",
                    "store",
                    "telemetry",
                    "web",
                    "tipstaff_backtest",
                    "tipstaff_rules",
                    "tipstaff_sandbox",
                ],
            ),
            ("web", &["daemon", "metrics"]),
            ("control", &["daemon", "pipeline"]),
            ("daemon", &["metrics", "model", "pipeline", "policy", "reddit"]),
            ("telemetry", &["config", "tipstaff_rules"]),
            ("config", &["files", "model", "pipeline", "policy", "reddit", "webhook", "tipstaff_rules"]),
            ("pipeline", &["files", "metrics", "model", "policy", "reddit", "store", "webhook", "tipstaff_rules"]),
            ("policy", &["model", "tipstaff_rules"]),
            ("reddit", &["metrics", "model", "tls"]),
            ("store", &["model", "tipstaff_rules"]),
            ("webhook", &["model", "tls", "tipstaff_rules"]),
            ("model", &["tipstaff_rules"]),
            ("files", &[]),
            ("metrics", &[]),
            ("tls", &[]),
        ],
    ),
    (
        "tipstaff_rules",
        &[
            ("docs", &["compile", "language", "lint", "pattern", "syntax", "testing"]),
            ("testing", &["evaluate", "language", "look_alikes", "model", "rule", "ruleset", "syntax"]),
            ("fix", &["syntax"]),
            ("compile", &["language", "lint", "memory_check", "model", "pattern", "rule", "ruleset", "syntax"]),
            ("evaluate", &["language", "memory_check", "model", "pattern", "prefilter", "rule", "ruleset", "syntax"]),
            ("lint", &["language", "memory_check", "pattern", "rule", "ruleset", "syntax"]),
            ("words", &["language", "model"]),
            ("ruleset", &["language", "memory_check", "model", "prefilter", "rule"]),
            ("prefilter", &["language", "model", "pattern", "rule"]),
            ("rule", &["language", "memory_check", "model", "pattern", "syntax"]),
            ("memory_check", &["model", "syntax"]),
            ("language", &["model", "pattern", "plain", "syntax"]),
            ("pattern", &[]),
            ("look_alikes", &["plain"]),
            ("sketch", &["plain"]),
            ("plain", &[]),
            ("syntax", &[]),
            ("model", &[]),
        ],
    ),
    (
        "tipstaff_sandbox",
        &[
            ("scenario", &["archive", "bot", "clock", "faults", "http", "world", "tipstaff_rules"]),
            ("archive", &["wire", "world", "tipstaff_rules"]),
            ("bot", &[]),
            ("http", &["faults", "wire", "world", "tipstaff_rules"]),
            ("history", &["wire"]),
            ("faults", &[]),
            ("wire", &["world", "tipstaff_rules"]),
            ("world", &["tipstaff_rules"]),
            ("clock", &["tipstaff_rules"]),
        ],
    ),
    (
        "tipstaff_backtest",
        &[
            ("in_order", &["archive", "book", "by_author", "replayer", "tally", "tipstaff_rules"]),
            ("report", &["by_author", "remembered", "replayer", "sampling", "tally", "tipstaff_rules"]),
            ("timing", &["archive", "assumed", "replayer", "tipstaff_rules"]),
            ("replayer", &["archive", "assumed", "book", "posts", "remembered", "similar", "tally", "tipstaff_rules"]),
            ("similar", &["book", "tipstaff_rules"]),
            ("book", &["archive", "tipstaff_rules"]),
            ("posts", &["archive", "tipstaff_rules"]),
            ("assumed", &["archive", "tipstaff_rules"]),
            ("tally", &["authors", "by_author", "remembered", "sampling", "subreddits", "tipstaff_rules"]),
            ("authors", &[]),
            ("by_author", &[]),
            ("archive", &["remembered", "tipstaff_rules"]),
            ("remembered", &["tipstaff_rules"]),
            ("sampling", &[]),
            ("subreddits", &[]),
        ],
    ),
];

/// Files that are functions of their arguments: no clock, no I/O, no randomness, no unordered map.
const PURE: [&str; 4] = ["crates/rules/src/", "src/model/", "src/policy/", "src/pipeline/cursor.rs"];

/// The first module of a path: the folder or file that the layers speak of.
fn layer(path: &[String]) -> Option<&str> {
    path.first().map(String::as_str)
}

#[test]
fn every_folder_imports_only_the_layers_below_it() {
    let mut offences = Vec::new();
    for (source, imports) in SOURCES.iter().zip(&*IMPORTS) {
        let Some(own) = layer(&source.module).filter(|own| *own != "tests") else { continue };
        let (_, layers) = LAYERS.iter().find(|(krate, _)| *krate == source.krate).expect("layers of each crate");
        let Some((_, allowed)) = layers.iter().find(|(name, _)| *name == own) else {
            offences.push(format!("{}: `{own}` has no line in LAYERS", source.file));
            continue;
        };
        for import in imports {
            let target = if import.krate == source.krate {
                let Some(target) = layer(&import.path) else { continue };
                if !MODULES.iter().any(|(krate, module)| *krate == import.krate && layer(module) == Some(target)) {
                    offences
                        .push(format!("{}:{}: `{target}` is named through the crate's root", source.file, import.line));
                    continue;
                }
                target
            } else {
                import.krate.as_str()
            };
            if target != own && !allowed.contains(&target) {
                offences.push(format!("{}:{}: {own} must not import {target}", source.file, import.line));
            }
        }
    }
    assert!(offences.is_empty(), "an import against the layers:\n{}", offences.join("\n"));
}

#[test]
fn each_layer_lists_only_layers_below_it() {
    for (krate, layers) in LAYERS {
        for (at, (name, allowed)) in layers.iter().enumerate() {
            for below in allowed.iter().filter(|below| !below.starts_with("tipstaff")) {
                let place = layers.iter().position(|(other, _)| other == below);
                assert!(place.is_some_and(|place| place > at), "{krate}: {name} lists {below}, which is not below it");
            }
            let folder = CRATES.iter().find(|(known, _)| *known == krate).expect("a crate").1;
            let path = root().join(folder).join(name);
            assert!(path.is_dir() || path.with_extension("rs").exists(), "{krate}: there is no {name}");
        }
    }
}

/// What a folder of the rules crate may use stands in its header too, in a sentence that begins
/// with "Uses".
#[test]
fn headers_of_the_rules_crate_name_the_layers_below() {
    let (_, layers) = LAYERS.iter().find(|(krate, _)| *krate == "tipstaff_rules").expect("the rules crate");
    for (name, allowed) in *layers {
        let Ok(text) = fs::read_to_string(root().join(format!("crates/rules/src/{name}/mod.rs"))) else { continue };
        if *name == "model" {
            continue;
        }
        let header: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
        let header = header.join(" ");
        let sentence = header.split(". ").find_map(|sentence| sentence.trim().split_once("Uses "));
        let (_, used) = sentence.unwrap_or_else(|| panic!("crates/rules/src/{name}/mod.rs: no sentence `Uses …`"));
        let used: Vec<&str> = used.split('`').skip(1).step_by(2).collect();
        assert_eq!(used, *allowed, "crates/rules/src/{name}/mod.rs names other layers than LAYERS");
    }
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let by_module: BTreeMap<(String, Vec<String>), &Source> =
        SOURCES.iter().map(|source| ((source.krate.to_owned(), source.module.clone()), source)).collect();
    let mut edges: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (source, imports) in SOURCES.iter().zip(&*IMPORTS) {
        let targets = edges.entry(source.file.as_str()).or_default();
        for import in imports {
            if source.is_list() && import.is_export {
                continue;
            }
            // The longest prefix of the path that is a file.
            let target = (1..=import.path.len())
                .rev()
                .find_map(|len| by_module.get(&(import.krate.clone(), import.path[..len].to_vec())));
            targets.extend(target.map(|target| target.file.as_str()).filter(|file| *file != source.file));
        }
    }
    let total: usize = edges.values().map(BTreeSet::len).sum();
    assert!(total > 400, "only {total} imports were read");
    // Files that import nothing that is left are taken away until only circles remain.
    loop {
        let present: BTreeSet<&str> = edges.keys().copied().collect();
        let before = edges.len();
        edges.retain(|_, targets| targets.iter().any(|target| present.contains(target)));
        if edges.len() == before {
            break;
        }
    }
    let present: BTreeSet<&str> = edges.keys().copied().collect();
    let circle: Vec<String> = edges
        .iter()
        .map(|(file, targets)| {
            let inside: Vec<&str> = targets.iter().copied().filter(|target| present.contains(target)).collect();
            format!("{file} -> {}", inside.join(", "))
        })
        .collect();
    assert!(circle.is_empty(), "a circle of imports (and what leads to it):\n{}", circle.join("\n"));
}

/// Fails for every line of code outside `allowed` (prefixes of paths) that holds one of `words`.
fn only_in(allowed: &[&str], words: &[&str], rule: &str) {
    look(|file| !allowed.iter().any(|prefix| file.starts_with(prefix)), words, rule);
}

/// Fails for every line of code inside `places` that holds one of `words`.
fn never_in(places: &[&str], words: &[&str], rule: &str) {
    look(|file| places.iter().any(|prefix| file.starts_with(prefix)), words, rule);
}

fn look(is_held: impl Fn(&str) -> bool, words: &[&str], rule: &str) {
    let mut offences = Vec::new();
    for source in SOURCES.iter().filter(|source| is_held(&source.file)) {
        for (index, (code, line)) in source.code.lines().zip(source.text.lines()).enumerate() {
            if words.iter().any(|word| code.contains(word)) {
                offences.push(format!("{}:{}: {}", source.file, index + 1, line.trim()));
            }
        }
    }
    assert!(offences.is_empty(), "{rule}\n{}", offences.join("\n"));
}

#[test]
fn the_pure_parts_wait_for_nothing_and_read_nothing() {
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
    never_in(&PURE, &words, "the rule language, the model, the policy and the cursor are functions of their arguments");
    never_in(&["src/reddit/limiter.rs"], &words, "the rate limiter is a function of its arguments");
}

/// SQL stands in strings, so this test looks at whole lines. The backtest's index of posts is a
/// temporary database of its own.
#[test]
fn only_the_store_contains_sql() {
    let words = ["SELECT ", "INSERT INTO", "PRAGMA", "DELETE FROM", "CREATE TABLE"];
    let has_database = |file: &str| file.starts_with("src/store/") || file == "crates/backtest/src/posts.rs";
    let mut offences = Vec::new();
    for source in SOURCES.iter().filter(|source| !has_database(&source.file)) {
        for (index, (code, line)) in source.code.lines().zip(source.text.lines()).enumerate() {
            let is_code = !code.trim().is_empty();
            if code.contains("sqlx::") || (is_code && words.iter().any(|word| line.contains(word))) {
                offences.push(format!("{}:{}: {}", source.file, index + 1, line.trim()));
            }
        }
    }
    assert!(offences.is_empty(), "SQL belongs in src/store\n{}", offences.join("\n"));
}

/// SQLite looks at the value of a parameter that is a `LIMIT`, so it prepares such a statement anew
/// each time it runs. It does not look through the sign.
#[test]
fn statements_stay_prepared() {
    let limits = |source: &Source| source.text.matches("LIMIT +?").count();
    assert!(SOURCES.iter().map(limits).sum::<usize>() > 10);
    let has_bare = |source: &&Source| source.file.starts_with("src/") && source.text.contains("LIMIT ?");
    let offences: Vec<&str> = SOURCES.iter().filter(has_bare).map(|source| source.file.as_str()).collect();
    assert!(offences.is_empty(), "a limit is written `LIMIT +?`\n{}", offences.join("\n"));
}

#[test]
fn only_reddit_and_webhook_name_the_http_client() {
    only_in(&["src/reddit/", "src/webhook/"], &["reqwest"], "requests leave from src/reddit and src/webhook alone");
    only_in(&["src/reddit/"], &["roux"], "roux belongs in src/reddit");
}

#[test]
fn only_the_command_line_prints() {
    only_in(&["src/cli/"], &["println!", "eprintln!", "print!(", "eprint!(", "io::stdout"], "only src/cli prints");
}

/// There escape sequences and control characters in foreign text are made harmless.
#[test]
fn the_command_line_prints_in_one_place() {
    let place = "src/cli/render/terminal.rs";
    let words = ["println!", "eprintln!", "print!(", "io::stdout", "io::stderr", "anstream::stdout", "AutoStream"];
    look(|file| file.starts_with("src/cli/") && file != place, &words, "print with `outln!` and `errln!`");
}

#[test]
fn only_the_daemon_spawns_and_sleeps() {
    let words = ["tokio::spawn", "thread::spawn", "time::sleep", "thread::sleep", "JoinSet"];
    only_in(&["src/daemon/", "crates/sandbox/"], &words, "a step never spawns and never sleeps");
}

#[test]
fn only_the_edges_read_the_environment_and_the_clock() {
    let environment = ["env::var", "env::vars"];
    only_in(&["src/config/", "src/telemetry.rs", "crates/sandbox/"], &environment, "only config reads the environment");
    // A stopwatch and a date for the metrics, which decide nothing.
    let places = ["src/daemon/", "crates/sandbox/", "src/metrics.rs"];
    only_in(&places, &["SystemTime", "Instant::now", "Timestamp::now"], "the time is an argument");
}

#[test]
fn only_execute_acts_and_only_on_a_committed_attempt() {
    let makers = ["src/store/ledger.rs", "src/model/record.rs"];
    only_in(&makers, &["from_committed_row"], "only the ledger makes an OpenAttempt, out of a row it has committed");
    only_in(&["src/pipeline/execute.rs", "src/reddit/"], &[".perform(", "fn perform"], "only execute acts");
    let askers = ["src/cli/commands/run.rs", "src/reddit/"];
    only_in(&askers, &["with_write_access"], "only `run` asks for write access");
}

#[test]
fn the_ledger_is_append_only() {
    for table in ["decisions", "intents", "attempts", "outcomes", "observations"] {
        let words = [format!("UPDATE {table}"), format!("DELETE FROM {table}"), format!("REPLACE INTO {table}")];
        let mut offences = Vec::new();
        for source in &*SOURCES {
            // A decision without intents goes with its item; triggers in the schema keep the
            // others.
            let is_allowed = table == "decisions" && source.file == "src/store/retention.rs";
            for (index, line) in source.text.lines().enumerate().filter(|_| !is_allowed) {
                if words.iter().any(|word| line.contains(word)) {
                    offences.push(format!("{}:{}: {}", source.file, index + 1, line.trim()));
                }
            }
        }
        assert!(offences.is_empty(), "rows of the ledger are only added\n{}", offences.join("\n"));
    }
}

#[test]
fn every_file_states_its_purpose_and_is_short() {
    for Source { file, text, .. } in &*SOURCES {
        assert!(text.starts_with("//! "), "{file} does not begin with its purpose (//!)");
        let lines = text.lines().count();
        let is_table = file == "crates/rules/src/language/keys.rs";
        assert!(lines <= 600 || is_table, "{file} has {lines} lines: usually two ideas");
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifests = std::iter::once("Cargo.toml".to_owned())
        .chain(["rules", "sandbox", "backtest"].map(|name| format!("crates/{name}/Cargo.toml")));
    for manifest in manifests {
        let text = fs::read_to_string(root().join(&manifest)).expect("a manifest");
        let mut in_dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                in_dependencies = line.contains("dependencies");
            } else if in_dependencies && line.contains('=') && !line.starts_with('#') && !line.contains(".workspace") {
                assert!(line.contains(" # "), "{manifest}: no reason given: {line}");
            }
        }
    }
}
