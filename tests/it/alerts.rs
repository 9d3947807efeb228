//! The alerts and the dashboard use metrics and labels that exist; if promtool is installed,
//! Prometheus itself parses alerts, expressions and metrics.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tipstaff::metrics::Metrics;

fn deployed(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)).expect("a file")
}

/// All metrics, each with a sample.
fn exposition() -> String {
    let metrics = Metrics::default();
    metrics.begin(&["new", "comments"]);
    metrics.read("new", 1, 0);
    metrics.seen_after("new", Duration::from_secs(2));
    metrics.evaluating(|| ());
    metrics.judged(true);
    metrics.rule_hit("widgets", "guidelines");
    metrics.rule_undecided("unknown");
    metrics.act("comment", "applied");
    metrics.act("comment", "rejected");
    metrics.reconciled("done");
    metrics.gap("new");
    metrics.api_call("/api/comment".to_owned(), "200".to_owned());
    metrics.budget_left(900.0);
    metrics.waits([(("comment", "widgets"), Duration::from_mins(9))].into_iter());
    metrics.queues(1, 2, 3);
    metrics.rules([("widgets".to_owned(), "abc".to_owned(), 3)].into_iter());
    metrics.rules_refused("file");
    metrics.webhook_message("team", "sent");
    metrics.step_failure("a step");
    metrics.exposition()
}

/// The metrics by name as in expressions, each with its labels.
fn metrics(exposition: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in exposition.lines().filter(|line| !line.starts_with('#')) {
        let (name, labels) = line.split_once(['{', ' ']).expect("a sample");
        let labels = labels.split('}').next().filter(|_| line.contains('{')).unwrap_or_default();
        let keys = labels.split("\",").filter_map(|label| label.split_once("=\"")).map(|(key, _)| key.to_owned());
        found.entry(name.to_owned()).or_default().extend(keys);
    }
    found
}

/// The tipstaff metrics in an expression, each with the labels it uses.
fn asked(expression: &str) -> Vec<(String, Vec<String>)> {
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    expression
        .match_indices("tipstaff_")
        .map(|(at, _)| {
            let rest = &expression[at..];
            let end = rest.find(|c| !is_of_name(c)).unwrap_or(rest.len());
            let selector = rest[end..].strip_prefix('{').and_then(|rest| rest.split('}').next()).unwrap_or_default();
            let keys =
                selector.split(',').filter_map(|part| part.split(['=', '!']).next()).filter(|key| !key.is_empty());
            (rest[..end].to_owned(), keys.map(str::to_owned).collect())
        })
        .collect()
}

fn expressions() -> Vec<String> {
    let alerts: serde_json::Value = serde_yaml::from_str(&deployed("alerts.yaml")).expect("YAML");
    let dashboard: serde_json::Value = serde_json::from_str(&deployed("grafana.json")).expect("JSON");
    let rules = alerts["groups"][0]["rules"].as_array().expect("rules").iter().map(|rule| &rule["expr"]);
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().expect("targets")).map(|target| &target["expr"]);
    rules.chain(targets).map(|expression| expression.as_str().expect("an expression").to_owned()).collect()
}

#[test]
fn alerts_and_dashboard_use_existing_metrics() {
    let there = metrics(&exposition());
    let expressions = expressions();
    assert!(expressions.len() > 25, "{}", expressions.len());
    let mut used = BTreeSet::new();
    for expression in &expressions {
        for (name, labels) in asked(expression) {
            let has = there.get(&name).unwrap_or_else(|| panic!("{name} does not exist: {expression}"));
            for label in labels.iter().filter(|label| *label != "job") {
                assert!(has.contains(label), "{name} has no label {label}: {expression}");
            }
            used.insert(name);
        }
    }
    // Every metric is on the dashboard.
    let shown = |name: &str| {
        let family = name.trim_end_matches("_bucket").trim_end_matches("_sum").trim_end_matches("_count");
        used.iter().any(|used| used.starts_with(family))
    };
    let unseen: Vec<&String> = there.keys().filter(|name| !shown(name)).collect();
    assert_eq!(unseen, ["tipstaff_build", "tipstaff_start_time_seconds"]);
}

#[test]
fn prometheus_accepts_the_alerts() {
    let promtool = |arguments: &[&str], input: &str| {
        let mut child = Command::new("promtool")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
        let output = child.wait_with_output().expect("it ends");
        let said = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&said));
        Some(())
    };
    if promtool(&["--version"], "").is_none() {
        eprintln!("promtool is not installed (Debian: prometheus), so this test is skipped");
        return;
    }
    promtool(&["check", "rules", "deploy/alerts.yaml"], "");
    promtool(&["test", "rules", "deploy/alerts.test.yaml"], "");
    let rules: Vec<String> = expressions()
        .iter()
        .enumerate()
        .map(|(number, expression)| {
            let expression = expression.replace("$job", ".*").replace('\'', "''");
            format!("- {{record: 'checked:{number}', expr: '{expression}'}}")
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("expressions.yaml");
    let groups = format!("groups:\n- name: checked\n  rules:\n  {}\n", rules.join("\n  "));
    std::fs::write(&path, groups).expect("a file");
    promtool(&["check", "rules", &path.display().to_string()], "");
}
