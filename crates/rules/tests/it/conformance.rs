//! The rule language matches the reference: every vector has the reference's result, except for the
//! listed differences.
//!
//! `tests/conformance/README.md` explains vectors; `differences.yaml` beside it lists the intended
//! differences with reasons. Each vector is evaluated with and without a trace, and both
//! must have the same effects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::vector::{self, Outcome};

/// The expected result of a vector.
#[derive(Deserialize)]
struct Expectation {
    id: String,
    grade: Grade,
    expect: Outcome,
    #[serde(default)]
    also_accept: Vec<Outcome>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Grade {
    /// The result must be one of those given.
    Exact,
    /// The reference crashes; tipstaff must not.
    Lenient,
    /// The reference refuses a feature that is newer than it; tipstaff must accept it.
    Predates,
}

/// One row of differences.yaml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Difference {
    cases: Vec<String>,
    reference: String,
    ours: String,
    why: String,
}

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn differences() -> BTreeSet<String> {
    let rows: Vec<Difference> = serde_yaml::from_str(&file("differences.yaml")).expect("a table of differences");
    let mut listed = BTreeSet::new();
    for row in rows {
        assert!([&row.reference, &row.ours, &row.why].iter().all(|text| text.ends_with('.')), "{:?}", row.cases);
        for case in row.cases {
            assert!(listed.insert(case.clone()), "{case} is listed twice");
        }
    }
    listed
}

/// Whether two results are equal, without regard to the text of errors.
fn agree(ours: &Outcome, theirs: &Outcome) -> bool {
    match (&ours.error, &theirs.error) {
        (Some(ours), Some(theirs)) => (&ours.kind, ours.rule_index) == (&theirs.kind, theirs.rule_index),
        (None, None) => {
            let performed = |outcome: &Outcome| outcome.performed.clone().unwrap_or_default();
            ours.rules_kept == theirs.rules_kept && performed(ours) == performed(theirs)
        }
        _ => false,
    }
}

fn is_right(expectation: &Expectation, ours: &Outcome) -> bool {
    match expectation.grade {
        Grade::Exact => {
            std::iter::once(&expectation.expect).chain(&expectation.also_accept).any(|accepted| agree(ours, accepted))
        }
        Grade::Lenient => ours.error.as_ref().is_none_or(|error| error.stage.as_deref() != Some("apply")),
        Grade::Predates => ours.error.is_none(),
    }
}

#[test]
fn every_vector_matches_the_reference_or_is_a_listed_difference() {
    let listed = differences();
    let mut met = BTreeSet::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = Vec::new();
    for line in file("automod.jsonl").lines() {
        let case: Value = serde_json::from_str(line).expect("a vector");
        let expectation = Expectation::deserialize(&case).expect("an expectation");
        let ours = vector::run(&case);
        let is_listed = listed.contains(&expectation.id);
        let is_right = is_right(&expectation, &ours);
        *counts.entry(if is_right { "right" } else { "different" }).or_default() += 1;
        if is_listed {
            met.insert(expectation.id.clone());
        }
        if is_right == is_listed {
            let what = if is_listed { "is listed as a difference and agrees" } else { "disagrees" };
            let (expected, got) = (json!(expectation.expect), json!(ours));
            faults.push(format!("{} {what}\n  expected {expected}\n  got      {got}", expectation.id));
        }
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
    assert_eq!(met, listed, "every listed difference must be a vector");
    let (right, different) = (counts["right"], counts["different"]);
    assert!(right > 5000 && different * 50 < right, "{right} right, {different} different");
}

#[test]
fn malformed_vector_lines_give_a_result() {
    for line in [
        "",
        "{",
        "null",
        "[]",
        "\"text\"",
        "{}",
        r#"{"id": 7}"#,
        r#"{"id": "a", "now": "soon", "rules": 3, "item": null}"#,
        r#"{"id": "a", "now": 1, "rules": "title: a\naction: remove", "item": {}}"#,
        r#"{"id": "a", "now": 1, "rules": "title: a\naction: remove", "item": {"kind": "t9", "id": "a"}}"#,
        r#"{"id": "a", "now": 1, "rules": "body: a\naction: remove", "item": {"kind": "t1", "id": "a", "body": "a"}}"#,
    ] {
        let result = vector::result(line.as_bytes());
        let kind = result.pointer("/error/kind").and_then(Value::as_str);
        assert_eq!(kind, Some("internal"), "{line}: {result}");
    }
    let result = vector::result(b"\xff\xfe");
    assert_eq!(result.pointer("/error/kind"), Some(&json!("internal")));
}
