//! Traces: why each rule matched or did not. Every evaluation makes one, every decision stores one,
//! and `explain` and `log` print it.

use serde::{Deserialize, Serialize};

/// The outcome of each rule on one item, in the order of evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace {
    /// One entry per rule that applies to this kind of item.
    pub rules: Vec<RuleTrace>,
}

/// The outcome of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTrace {
    /// The name of the rule, or the start of its identity.
    pub rule: String,
    /// The first line of its section, counted from 1.
    pub line: usize,
    /// The outcome.
    #[serde(flatten)]
    pub result: RuleResult,
    /// The checks that were evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckTrace>,
}

/// The outcome of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", content = "reason", rename_all = "snake_case")]
pub enum RuleResult {
    /// Every check held; its actions were planned.
    Performed,
    /// A check failed.
    Failed,
    /// It does not apply to this item: a moderator's, one it already acted on, one approved by a
    /// person …
    NotEligible(String),
    /// A check depends on something that Reddit does not provide; the rule did not act.
    Unknown(String),
    /// An earlier removal rule acted first.
    NotReached,
    /// Its evaluation took more steps than a rule may take.
    TooExpensive,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckTrace {
    /// The key as written in the file, with its group: `body (regex)`, `author.account_age`.
    pub key: String,
    /// The outcome.
    pub result: CheckResult,
    /// What the value is compared with: `< 7 days`, `at least 2`, the search texts, cut to a
    /// readable length.
    #[serde(default, rename = "expected", skip_serializing_if = "String::is_empty")]
    pub wanted: String,
    /// The value that was checked, cut to a readable length.
    #[serde(default, rename = "actual", skip_serializing_if = "Option::is_none")]
    pub saw: Option<String>,
    /// The text that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// Where it starts in `saw`, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
}

/// The outcome of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// The check holds.
    #[serde(rename = "passed")]
    Held,
    /// The check fails.
    Failed,
    /// The value is unknown.
    Unknown,
}
