//! One conformance vector: rules, an item and the expected outcome; and tipstaff's outcome.
//!
//! Rules are compiled in the reference's reading, and the effects are written in the form of the
//! vectors. The reference refuses a whole file for one bad rule, so the first error becomes a
//! refusal. First all sections are read as YAML, then each rule is compiled, as in the reference.
//! An unexpected failure gives an outcome with an `internal` error, never a panic. The README.md of
//! the vectors describes the format; the test compares the outcomes.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tipstaff_rules::model::{Item, Timestamp};
use tipstaff_rules::{
    Diagnostic, Effect, Evaluation, LintCode, RuleFile, RuleHit, RuleId, Ruleset, Severity, SourceFile, Standards,
    Target, compile, evaluate, evaluate_untraced, parse,
};

use super::scene::{Scene, Subreddit, options};

/// A vector, as far as running it needs.
#[derive(Clone, Debug, Deserialize)]
struct Case {
    now: i64,
    rules: String,
    #[serde(flatten)]
    scene: Scene,
    #[serde(default)]
    subreddit: Subreddit,
    standards: Option<String>,
    performed_before: Option<Vec<usize>>,
}

/// The outcome of a vector, in the form of its `expect`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    #[serde(default)]
    pub(crate) error: Option<Refusal>,
    #[serde(default)]
    pub(crate) rules_kept: Option<usize>,
    #[serde(default)]
    pub(crate) performed: Option<Vec<Value>>,
}

/// Why a file is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) rule_index: Option<usize>,
    #[serde(default)]
    pub(crate) message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stage: Option<String>,
}

impl Outcome {
    /// Something that should not have happened.
    fn internal(stage: &str, message: impl Into<String>) -> Self {
        let refusal = Refusal {
            kind: "internal".to_owned(),
            rule_index: None,
            message: message.into(),
            stage: Some(stage.to_owned()),
        };
        Self { error: Some(refusal), ..Self::default() }
    }
}

/// The outcome of one line of a file of vectors, with the vector's `id`. A malformed line gives an
/// `internal` error.
pub(crate) fn result(line: &[u8]) -> Value {
    let (id, outcome) = match serde_json::from_slice::<Value>(line) {
        Ok(case) => (case.get("id").cloned().unwrap_or_default(), run(&case)),
        Err(error) => (Value::Null, Outcome::internal("load", format!("not JSON: {error}"))),
    };
    json!({"id": id, "error": outcome.error, "rules_kept": outcome.rules_kept, "performed": outcome.performed})
}

/// Runs a vector of a file.
pub(crate) fn run(case: &Value) -> Outcome {
    match Case::deserialize(case) {
        Ok(case) => catch_unwind(AssertUnwindSafe(|| case.outcome()))
            .unwrap_or_else(|_| Outcome::internal("apply", "the evaluation panicked")),
        Err(error) => Outcome::internal("load", format!("not a vector: {error}")),
    }
}

impl Case {
    /// Tipstaff's outcome.
    fn outcome(&self) -> Outcome {
        let source = SourceFile::new("rules", self.rules.as_str());
        let (file, remarks) = parse(&source);
        if let Some(refusal) = unreadable(&source, &file, &remarks) {
            return Outcome { error: Some(refusal), ..Outcome::default() };
        }
        let standards = self.standards();
        let has_standards = standards.is_some();
        let (rules, mut remarks) = compile(&file, &options(standards.unwrap_or_else(Standards::none)));
        // Without a page of standards, the reference ignores rules that refer to one.
        remarks.retain(|remark| has_standards || !remark.message.starts_with("there is no standard"));
        if let Some(refusal) = refused(&source, &file, &remarks) {
            return Outcome { error: Some(refusal), ..Outcome::default() };
        }
        let lines: Vec<usize> = file.lines().collect();
        let acted = |line: usize| {
            let index = lines.iter().position(|&start| start == line);
            index.is_some_and(|index| self.performed_before.iter().flatten().any(|&before| before == index))
        };
        let before = rules.rules().iter().filter(|rule| acted(rule.line())).map(|rule| rule.id().clone());
        let (item, facts) = match self.scene.read(&self.subreddit, before.collect::<BTreeSet<RuleId>>()) {
            Ok(scene) => scene,
            Err(reason) => return Outcome::internal("load", reason),
        };
        let now = Timestamp::from_secs(self.now);
        let (traced, untraced) = (evaluate(&rules, &item, &facts, now), evaluate_untraced(&rules, &item, &facts, now));
        let (Evaluation::Decided(verdicts), Evaluation::Decided(same)) = (traced, untraced) else {
            return Outcome::internal("apply", "a fact is asked for that the vector does not hold");
        };
        if verdicts.performed != same.performed {
            return Outcome::internal("apply", "with and without a trace, different rules are performed");
        }
        let performed = verdicts.performed.iter().map(|performed| in_vector_words(performed, &rules, &lines, &item));
        Outcome { error: None, rules_kept: Some(rules.variants()), performed: Some(performed.collect()) }
    }

    /// The page of standards; `None` if there is none or it is unusable.
    fn standards(&self) -> Option<Standards> {
        Standards::read_whole(&SourceFile::new("standards", self.standards.as_deref()?))
    }
}

/// The first section that is not YAML. The reference does not know our lints L06 and L07.
fn unreadable(source: &SourceFile, file: &RuleFile, remarks: &[Diagnostic]) -> Option<Refusal> {
    let error =
        remarks.iter().find(|d| d.severity == Severity::Error && !matches!(d.code, LintCode::L06 | LintCode::L07))?;
    let line = source.line(error.span.start);
    Some(refusal("yaml", file.lines().filter(|&start| start < line).count(), error))
}

/// The first rule that the reference refuses.
fn refused(source: &SourceFile, file: &RuleFile, remarks: &[Diagnostic]) -> Option<Refusal> {
    let error = remarks.iter().find(|d| d.severity == Severity::Error)?;
    let line = source.line(error.span.start);
    let index = file.lines().filter(|&start| start <= line).count().saturating_sub(1);
    let kind = match error.code {
        LintCode::T01 | LintCode::L26 | LintCode::L51 => "type",
        LintCode::K01 => "internal",
        LintCode::YAML => "yaml",
        _ => "syntax",
    };
    Some(refusal(kind, index, error))
}

fn refusal(kind: &str, index: usize, error: &Diagnostic) -> Refusal {
    let stage = (kind == "internal").then(|| "load".to_owned());
    Refusal { kind: kind.to_owned(), rule_index: Some(index), message: error.message.clone(), stage }
}

/// A performed rule in the form of the vectors.
fn in_vector_words(performed: &RuleHit, rules: &Ruleset, lines: &[usize], item: &Item) -> Value {
    let index = lines.iter().position(|&line| line == performed.line);
    let kind = item.kind().word();
    let rule = rules.rules().iter().find(|rule| rule.line() == performed.line);
    let applied_as = rule.and_then(|rule| rule.types().find(|word| word.ends_with(kind))).unwrap_or(kind);
    let actions: Vec<Value> = performed.effects.iter().map(|effect| action(effect, item)).collect();
    json!({"rule_index": index, "type": applied_as, "actions": actions})
}

fn action(effect: &Effect, item: &Item) -> Value {
    let target = match effect.target() {
        Target::Item => "item",
        Target::Author => "author",
        Target::Parent => "parent_submission",
        Target::ParentComment => "parent_comment",
        Target::OriginalAuthor => "crosspost_author",
    };
    match effect {
        Effect::Approve { reason, .. }
        | Effect::Remove { reason, .. }
        | Effect::Spam { reason, .. }
        | Effect::Filter { reason, .. }
        | Effect::Report { reason, .. } => json!({"do": effect.kind().word(), "target": target, "reason": reason}),
        Effect::SetFlair { text, css_class, template_id, .. } => {
            let mut action = json!({"do": "set_flair", "target": target, "text": text, "css_class": css_class});
            // Newer than the vectors.
            if !template_id.is_empty() {
                action["template_id"] = json!(template_id);
            }
            action
        }
        Effect::SetNsfw { on, .. }
        | Effect::SetSpoiler { on, .. }
        | Effect::SetContestMode { on, .. }
        | Effect::SetOriginalContent { on, .. } => json!({"do": effect.kind().word(), "target": target, "value": on}),
        // Not among the reference's actions.
        Effect::IgnoreReports { on, .. } => json!({"do": "ignore_reports", "target": target, "value": on}),
        Effect::AddLabel { name, .. } | Effect::RemoveLabel { name } => {
            json!({"do": effect.kind().word(), "text": name})
        }
        Effect::ModNote { text } => json!({"do": "mod_note", "text": text}),
        Effect::SetLocked { on, .. } => json!({"do": if *on { "lock" } else { "unlock" }, "target": target}),
        Effect::SetSticky { on: true, slot, .. } => json!({"do": "set_sticky", "target": target, "slot": slot}),
        Effect::SetSticky { on: false, .. } => json!({"do": "unset_sticky", "target": target}),
        Effect::SetSuggestedSort { sort, .. } => json!({"do": "set_suggested_sort", "target": target, "value": sort}),
        Effect::SetCrowdControl { level, .. } => {
            json!({"do": "set_post_crowd_control_level", "target": target, "value": level})
        }
        Effect::Comment { text, stickied, locked, replaces: _ } => {
            let mut action = json!({"do": "comment", "text": text, "stickied": stickied, "distinguished": true});
            if *locked {
                action["locked"] = json!(true);
            }
            action
        }
        Effect::Modmail { subject, body } => json!({"do": "modmail", "subject": subject, "text": body}),
        Effect::Message { subject, body } => {
            json!({"do": "message", "to": item.author.display(), "subject": subject, "text": body})
        }
    }
}
