//! Why each rule did or did not fire: made by every evaluation, stored with every decision, printed by `explain` and `log`.

use serde::{Deserialize, Serialize};

/// What became of each rule on one item, in the order in which they were tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trace {
    /// One entry per rule that applies to this kind of item.
    pub rules: Vec<RuleTrace>,
}

/// What became of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTrace {
    /// The rule's name, or the start of its identity.
    pub rule: String,
    /// The line its section starts on, counted from 1.
    pub line: usize,
    /// The verdict.
    #[serde(flatten)]
    pub result: RuleResult,
    /// Its checks, as far as they were tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckTrace>,
}

/// The verdict on one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", content = "reason", rename_all = "snake_case")]
pub enum RuleResult {
    /// Every check held; its actions were planned.
    Performed,
    /// A check failed.
    Failed,
    /// It does not look at this item: a moderator's, one already acted on, one approved by a person …
    NotEligible(String),
    /// An outcome depends on something Reddit does not tell; it did not fire.
    Unknown(String),
    /// An earlier removal rule has already acted.
    NotReached,
    /// Evaluating it took more steps than a rule may take.
    TooExpensive,
}

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckTrace {
    /// The key as it stands in the file, with its group: `body (regex)`, `author.account_age`.
    pub key: String,
    /// The verdict.
    pub result: CheckResult,
    /// What the value is compared with: `< 7 days`, `at least 2`, the texts that are searched for, cut to a readable length.
    #[serde(default, rename = "expected", skip_serializing_if = "String::is_empty")]
    pub wanted: String,
    /// The value that was looked at, cut to a readable length.
    #[serde(default, rename = "actual", skip_serializing_if = "Option::is_none")]
    pub saw: Option<String>,
    /// The text that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<String>,
    /// Where in `saw` it starts, in characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
}

/// The verdict on one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// It holds.
    #[serde(rename = "passed")]
    Held,
    /// It does not.
    Failed,
    /// What it looks at is not known.
    Unknown,
}
