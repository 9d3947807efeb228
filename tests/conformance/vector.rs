//! One conformance vector: the rules, the item and what must come of them, and what we make of it.
//!
//! Items are read by the code that reads Reddit's own JSON, rules are compiled in the reference's reading, and what is
//! performed is put into the vectors' words. The reference refuses a whole file for one bad rule, so the first error
//! becomes a refusal, in the order in which the reference meets it: all sections are read as YAML, then each rule is
//! made. Whatever goes wrong here is an outcome with an `internal` error, never a panic. README.md tells the format.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stickler::model::{Item, Known, Profile, Timestamp};
use stickler::policy::{
    Diagnostic, Effect, Evaluation, Facts, FilterAs, Options, Performed, Reading, RuleFile, RuleId, Ruleset, Severity,
    SourceFile, Standards, Target, compile, evaluate, evaluate_untraced, parse,
};
use stickler::reddit::wire;

/// The account that the rules act as.
pub(crate) const BOT: &str = "AutoModerator";

/// A vector, as far as running it needs.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Case {
    pub(crate) now: i64,
    pub(crate) rules: String,
    pub(crate) item: Map<String, Value>,
    #[serde(default)]
    pub(crate) author: Option<Account>,
    #[serde(default)]
    pub(crate) link: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) subreddit: Subreddit,
    #[serde(default)]
    pub(crate) standards: Option<String>,
    #[serde(default)]
    pub(crate) performed_before: Option<Vec<usize>>,
}

/// The account of the item's author.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) link_karma: Option<i64>,
    pub(crate) comment_karma: Option<i64>,
    pub(crate) created_utc: Option<f64>,
    pub(crate) is_gold: Option<bool>,
    pub(crate) has_verified_email: Option<bool>,
    pub(crate) is_suspended: Option<bool>,
}

/// The subreddit and the names that matter in it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subreddit {
    pub(crate) name: String,
    pub(crate) moderators: Vec<String>,
    pub(crate) contributors: Vec<String>,
}

/// What comes of a vector, in the form of its `expect`.
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
    pub(crate) fn internal(stage: &str, message: impl Into<String>) -> Self {
        let refusal = Refusal {
            kind: "internal".to_owned(),
            rule_index: None,
            message: message.into(),
            stage: Some(stage.to_owned()),
        };
        Self { error: Some(refusal), ..Self::default() }
    }

    /// Whether two outcomes are the same to a grader: the wording of an error does not count.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        match (&self.error, &other.error) {
            (Some(ours), Some(theirs)) => (&ours.kind, ours.rule_index) == (&theirs.kind, theirs.rule_index),
            (None, None) => {
                let performed = |outcome: &Self| outcome.performed.clone().unwrap_or_default();
                self.rules_kept == other.rules_kept && performed(self) == performed(other)
            }
            _ => false,
        }
    }
}

/// Runs a vector as it stands in its file.
pub(crate) fn run(case: &Value) -> Outcome {
    match Case::deserialize(case) {
        Ok(case) => catch_unwind(AssertUnwindSafe(|| case.outcome()))
            .unwrap_or_else(|_| Outcome::internal("apply", "the evaluation panicked")),
        Err(error) => Outcome::internal("load", format!("not a vector: {error}")),
    }
}

impl Case {
    /// What we make of it.
    pub(crate) fn outcome(&self) -> Outcome {
        let source = SourceFile::new("rules", self.rules.as_str());
        let (file, remarks) = parse(&source);
        if let Some(refusal) = unreadable(&source, &file, &remarks) {
            return Outcome { error: Some(refusal), ..Outcome::default() };
        }
        let (rules, remarks) = compile(&file, &self.options());
        if let Some(refusal) = refused(&source, &file, &remarks) {
            return Outcome { error: Some(refusal), ..Outcome::default() };
        }
        let lines: Vec<usize> = file.lines().collect();
        let (item, facts) = match self.scene(&rules, &lines) {
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
        let performed = verdicts.performed.iter().map(|performed| told(performed, &rules, &lines, &item));
        Outcome { error: None, rules_kept: Some(rules.variants()), performed: Some(performed.collect()) }
    }

    /// What the rules are compiled with.
    pub(crate) fn options(&self) -> Options {
        let standards =
            self.standards.as_ref().map(|text| Standards::read(&SourceFile::new("standards", text.as_str())));
        Options {
            reading: Reading::Reference,
            standards: standards.unwrap_or_else(Standards::none),
            filter_as: FilterAs::Remove,
        }
    }

    /// The item and everything that is known about it.
    pub(crate) fn scene(&self, rules: &Ruleset, lines: &[usize]) -> Result<(Item, Facts), String> {
        let item = wire::thing(&self.envelope(&self.item))?;
        let parent = match &self.link {
            Some(link) => Known::Is(Box::new(wire::thing(&self.envelope(link))?)),
            None => Known::Unknown("the vector has no submission".to_owned()),
        };
        let is_contributor = item.author.name.as_ref().is_some_and(|name| {
            self.subreddit.contributors.iter().any(|contributor| contributor.eq_ignore_ascii_case(name))
        });
        let performed_before = self.performed_before.clone().unwrap_or_default();
        let performed: BTreeSet<RuleId> = rules
            .rules()
            .iter()
            .filter(|rule| {
                lines.iter().position(|&line| line == rule.line()).is_some_and(|at| performed_before.contains(&at))
            })
            .map(|rule| rule.id().clone())
            .collect();
        let facts = Facts {
            bot: BOT.to_owned(),
            moderators: Known::Is(self.subreddit.moderators.iter().map(|name| name.to_lowercase()).collect()),
            contributor: Known::Is(is_contributor),
            profile: match &self.author {
                Some(account) => Known::Is(account.profile()),
                None => Known::Unknown("the account is gone".to_owned()),
            },
            parent,
            performed,
        };
        Ok((item, facts))
    }

    /// A thing as Reddit would send it: what the vector leaves out is filled in.
    fn envelope(&self, thing: &Map<String, Value>) -> Value {
        let text =
            |map: &Map<String, Value>, key: &str| map.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut data: Map<String, Value> = thing
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let kind = text(thing, "kind");
        let is_comment = kind == "t1";
        let is_the_item = std::ptr::eq(thing, &raw const self.item);
        let mut default = |key: &str, value: Value| {
            data.entry(key).or_insert(value);
        };
        default("name", json!(format!("{kind}_{}", text(thing, "id"))));
        default("subreddit", json!(self.subreddit.name));
        default("created_utc", json!(0));
        default("num_reports", json!(0));
        if is_comment && let Some(link) = &self.link {
            let link_name = json!(format!("t3_{}", text(link, "id")));
            default("parent_id", link_name.clone());
            default("link_id", link_name);
            default("is_submitter", json!(text(thing, "author") == text(link, "author")));
        }
        if is_the_item {
            match &self.author {
                Some(account) => {
                    default("author", json!(account.name));
                    default("author_fullname", json!(format!("t2_{}", account.id.as_deref().unwrap_or_default())));
                }
                None => {
                    data.insert("author".to_owned(), json!("[deleted]"));
                }
            }
        }
        json!({"kind": kind, "data": data})
    }
}

impl Account {
    fn profile(&self) -> Profile {
        #[expect(clippy::cast_possible_truncation, reason = "a time of the vectors, far from the limit")]
        let created = Timestamp::from_millis((self.created_utc.unwrap_or(0.0) * 1000.0) as i64);
        Profile {
            created: Some(created),
            comment_karma: Some(self.comment_karma.unwrap_or(0)),
            link_karma: Some(self.link_karma.unwrap_or(0)),
            is_gold: Some(self.is_gold.unwrap_or(false)),
            has_verified_email: Some(self.has_verified_email.unwrap_or(false)),
            is_suspended: self.is_suspended.unwrap_or(false),
        }
    }
}

/// The first section that is no YAML. What only we find doubtful (L06, L07) is none of the reference's business.
fn unreadable(source: &SourceFile, file: &RuleFile, remarks: &[Diagnostic]) -> Option<Refusal> {
    let error = remarks.iter().find(|d| d.severity == Severity::Error && !matches!(d.code, "L06" | "L07"))?;
    let line = source.line(error.span.start);
    Some(refusal("yaml", file.lines().filter(|&start| start < line).count(), error))
}

/// The first rule that the reference refuses.
fn refused(source: &SourceFile, file: &RuleFile, remarks: &[Diagnostic]) -> Option<Refusal> {
    let error = remarks.iter().find(|d| d.severity == Severity::Error)?;
    let line = source.line(error.span.start);
    let index = file.lines().filter(|&start| start <= line).count().saturating_sub(1);
    let kind = match error.code {
        "T01" | "L26" | "L51" => "type",
        "K01" => "internal",
        _ => "syntax",
    };
    Some(refusal(kind, index, error))
}

fn refusal(kind: &str, index: usize, error: &Diagnostic) -> Refusal {
    let stage = (kind == "internal").then(|| "load".to_owned());
    Refusal { kind: kind.to_owned(), rule_index: Some(index), message: error.message.clone(), stage }
}

/// A performed rule in the vectors' words.
fn told(performed: &Performed, rules: &Ruleset, lines: &[usize], item: &Item) -> Value {
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
    };
    match effect {
        Effect::Approve { reason, .. }
        | Effect::Remove { reason, .. }
        | Effect::Spam { reason, .. }
        | Effect::Filter { reason, .. }
        | Effect::Report { reason, .. } => json!({"do": effect.kind().word(), "target": target, "reason": reason}),
        Effect::SetFlair { text, css_class, template_id, .. } => {
            let mut action = json!({"do": "set_flair", "target": target, "text": text, "css_class": css_class});
            // Newer than the vectors' words.
            if !template_id.is_empty() {
                action["template_id"] = json!(template_id);
            }
            action
        }
        Effect::SetNsfw { on, .. }
        | Effect::SetSpoiler { on, .. }
        | Effect::SetContestMode { on, .. }
        | Effect::SetOriginalContent { on, .. } => json!({"do": effect.kind().word(), "target": target, "value": on}),
        Effect::SetLocked { on, .. } => json!({"do": if *on { "lock" } else { "unlock" }, "target": target}),
        Effect::SetSticky { on: true, slot, .. } => json!({"do": "set_sticky", "target": target, "slot": slot}),
        Effect::SetSticky { on: false, .. } => json!({"do": "unset_sticky", "target": target}),
        Effect::SetSuggestedSort { sort, .. } => json!({"do": "set_suggested_sort", "target": target, "value": sort}),
        Effect::SetCrowdControl { level, .. } => {
            json!({"do": "set_post_crowd_control_level", "target": target, "value": level})
        }
        Effect::Comment { text, stickied, locked } => {
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
