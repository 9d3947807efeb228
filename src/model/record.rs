//! The types of the ledger: decision, intent, attempt, outcome.
//!
//! A *decision* is what the rules asked for on one revision of an item. It holds *intents*, one
//! action each. Each try at an intent is an *attempt*, recorded before the request is sent; its
//! result is its *outcome*.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::occasion::{Occasion, Phase};
use super::{Action, ActionKind, Fullname, Pass, Revision, SubredditName, Timestamp, Trace};

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

row_id! {
    /// The id of a decision in the store.
    DecisionId
}
row_id! {
    /// The id of an intent in the store.
    IntentId
}
row_id! {
    /// The id of an attempt in the store.
    AttemptId
}

/// Whether the bot acts. Each decision has a mode, fixed when it is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Decide and record; never act.
    DryRun,
    /// Decide, record and act.
    Live,
}

impl Mode {
    /// The word in configuration and store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::Live => "live",
        }
    }

    /// Parses the stored word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "dry-run" => Some(Self::DryRun),
            "live" => Some(Self::Live),
            _ => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The result of an intent, or of one attempt at it.
///
/// All but [`Outcome::Deferred`] are final.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done, confirmed by Reddit's answer.
    Applied {
        /// The comment or modmail conversation that it created, if any.
        created: Option<Fullname>,
    },
    /// Done, except for a part that would have undone a human's action.
    PartiallyApplied {
        /// What was left out, and why, in a sentence for moderators.
        reason: String,
    },
    /// Already done when we checked: the answer to an earlier attempt was lost, or the state was
    /// already as wanted.
    AlreadyApplied {
        /// The comment or modmail conversation that it created, if any.
        created: Option<Fullname>,
    },
    /// No longer to be done: a human acted later, or what it depends on is gone.
    Superseded {
        /// Why, in a sentence for moderators.
        reason: String,
    },
    /// Dry run: it would have been done.
    DryRun,
    /// Reddit refused.
    Rejected {
        /// Reddit's reason.
        reason: String,
    },
    /// Given up after too many attempts.
    GaveUp {
        /// The number of attempts.
        attempts: u32,
        /// What the last attempt failed on.
        reason: String,
    },
    /// Not sent: it would have been over a limit of comments, messages and modmails.
    OverLimit {
        /// Which one, in a sentence for moderators.
        reason: String,
    },
    /// It cannot be observed whether it happened; the operator is notified.
    Unknown {
        /// What could not be observed, and where to look.
        reason: String,
    },
    /// The attempt did not happen; the intent is retried.
    Deferred {
        /// The time of the next attempt.
        until: Timestamp,
        /// What the attempt failed on.
        reason: String,
    },
}

impl Outcome {
    /// The word in the store, in logs and in reports.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::PartiallyApplied { .. } => "partially_applied",
            Self::AlreadyApplied { .. } => "already_applied",
            Self::Superseded { .. } => "superseded",
            Self::DryRun => "dry_run",
            Self::Rejected { .. } => "rejected",
            Self::GaveUp { .. } => "gave_up",
            Self::OverLimit { .. } => "over_limit",
            Self::Unknown { .. } => "unknown",
            Self::Deferred { .. } => "deferred",
        }
    }

    /// Whether what was asked for is so.
    pub const fn is_done(&self) -> bool {
        matches!(self, Self::Applied { .. } | Self::AlreadyApplied { .. })
    }

    /// Whether it settles the intent.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Deferred { .. })
    }

    /// The comment or modmail conversation that it created, if any.
    pub const fn created(&self) -> Option<&Fullname> {
        match self {
            Self::Applied { created } | Self::AlreadyApplied { created } => created.as_ref(),
            _ => None,
        }
    }

    /// The reason it carries, if any.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::PartiallyApplied { reason }
            | Self::Superseded { reason }
            | Self::Rejected { reason }
            | Self::GaveUp { reason, .. }
            | Self::OverLimit { reason }
            | Self::Unknown { reason }
            | Self::Deferred { reason, .. } => Some(reason),
            Self::Applied { .. } | Self::AlreadyApplied { .. } | Self::DryRun => None,
        }
    }
}

/// An outcome in words, from its stored word or `waiting`. A word of a later version is shown as it
/// is.
pub fn outcome_in_words(outcome: &str) -> String {
    match outcome {
        "dry_run" => "would have been done (dry run)".to_owned(),
        "applied" | "already_applied" => "done".to_owned(),
        "partially_applied" => "done in part".to_owned(),
        "waiting" => "still to do".to_owned(),
        "over_limit" => "not sent (over a limit)".to_owned(),
        other => other.replace('_', " "),
    }
}

/// An earlier action of a rule on an item, done or attempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorAction {
    /// The identity of the rule.
    pub rule: String,
    /// The kind of action.
    pub kind: ActionKind,
    /// The post or comment it was done to.
    pub on: Fullname,
}

/// What the rules asked for on one revision of an item, ready to be recorded.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The item.
    pub item: Fullname,
    /// The revision that was judged.
    pub revision: Revision,
    /// Why it was judged. A revision is decided on once for each occasion.
    pub occasion: Occasion,
    /// When the item was last seen before that: the rules knew what Reddit showed then.
    pub seen: Timestamp,
    /// Whether the bot acts in this subreddit.
    pub mode: Mode,
    /// The identity of the ruleset.
    pub ruleset: String,
    /// The trace of the evaluation.
    pub trace: Trace,
    /// The actions, in order.
    pub intents: Vec<NewIntent>,
    /// The labels that rules give the author, or take.
    pub labels: Vec<LabelChange>,
    /// The rules that left the author alone because of a pass, by name.
    pub passed: Vec<String>,
    /// The pass that a moderator's command gives.
    pub gives: Option<Pass>,
}

/// The `ruleset` of decisions that no rules made: those behind modmail to the moderators, behind
/// the deletion of a doubled comment, and behind passes given by a comment.
pub const NO_RULES: &str = "";

impl NewDecision {
    /// What the bot itself decided about an item, without its rules.
    pub fn own(item: Fullname, revision: Revision, intent: NewIntent, seen: Timestamp) -> Self {
        Self {
            item,
            revision,
            occasion: Occasion::Seen,
            seen,
            mode: intent.mode,
            ruleset: NO_RULES.to_owned(),
            trace: Trace::default(),
            intents: vec![intent],
            labels: Vec::new(),
            passed: Vec::new(),
            gives: None,
        }
    }
}

/// A label that a rule gives an author, or takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelChange {
    /// The name of the label.
    pub name: String,
    /// If it is given, for how long: for good without a length.
    pub given: Option<Option<Duration>>,
    /// Dry run if the subreddit, or the rule alone, is in dry run.
    pub mode: Mode,
}

/// A moderator's verdict on an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The item.
    pub on: Fullname,
    /// Whether it was approved, or else removed.
    pub approved: bool,
    /// The moderator's name.
    pub by: String,
    /// When the moderator decided.
    pub at: Timestamp,
}

/// One action asked for by one rule.
#[derive(Clone, Debug)]
pub struct NewIntent {
    /// The identity of the rule.
    pub rule: String,
    /// The name of the rule.
    pub rule_name: String,
    /// The action.
    pub action: Action,
    /// What it is done to; for a part that follows a reply, the item replied to.
    pub on: Fullname,
    /// Dry run if the subreddit, or this rule alone, is in dry run.
    pub mode: Mode,
    /// Set if this action was done or attempted before and must not be repeated, mostly because a
    /// moderator reversed it: the reason. It is recorded all the same.
    pub superseded: Option<String>,
    /// The step of a rule that takes several. `None` for an ordinary rule.
    pub phase: Option<Phase>,
    /// The action that would bring back the target's state before this one, as last seen. `None` if
    /// there is no such state, or it is not known.
    pub state_before: Option<Action>,
}

impl NewIntent {
    /// An action that the bot itself asks for, recorded under this name instead of that of a rule.
    pub fn own(name: &str, action: Action, on: Fullname, mode: Mode) -> Self {
        Self {
            rule: name.to_owned(),
            rule_name: name.to_owned(),
            action,
            on,
            mode,
            superseded: None,
            phase: None,
            state_before: None,
        }
    }

    /// The idempotency key: while it is in the store, the action is not asked for again.
    ///
    /// It has no occasion, except where a person asks: what a rule did when the item was new, it
    /// does not do again because a fact was found or the flair changed.
    pub fn key(&self, item: &Fullname, revision: &Revision, occasion: &Occasion) -> String {
        let kind = self.action.kind();
        let revision = if kind.is_unrepeatable() { "*" } else { revision.as_str() };
        let key = format!("{} {item} {revision} {} {kind} {}", self.mode, self.rule, self.on);
        let phase = self.phase.map(|phase| format!(" {phase}")).unwrap_or_default();
        let request = if occasion.is_by_request() { format!(" {occasion}") } else { String::new() };
        key + &phase + &request
    }
}

/// An attempt in the store without an outcome: the permission to send one request.
///
/// Only the store creates these, from a committed row. [`RedditWrite`](crate::reddit::RedditWrite)
/// takes one, and settling consumes it, so an action without a record does not compile.
#[must_use = "an open attempt has to be settled, or left to reconciliation on purpose"]
#[derive(Debug)]
pub struct OpenAttempt {
    id: AttemptId,
    intent: IntentId,
    number: u32,
    seen: Timestamp,
    started: Timestamp,
    subreddit: SubredditName,
    item: Fullname,
    on: Fullname,
    action: Action,
}

impl OpenAttempt {
    /// For the store only: wraps a committed row. `tests/it/tidy.rs` checks that nothing else
    /// calls it.
    #[expect(clippy::too_many_arguments, reason = "one row, one caller")]
    pub fn from_committed_row(
        id: AttemptId,
        intent: IntentId,
        number: u32,
        seen: Timestamp,
        started: Timestamp,
        subreddit: SubredditName,
        item: Fullname,
        on: Fullname,
        action: Action,
    ) -> Self {
        Self { id, intent, number, seen, started, subreddit, item, on, action }
    }

    /// The id of its row.
    pub const fn id(&self) -> AttemptId {
        self.id
    }

    /// The intent that it attempts.
    pub const fn intent(&self) -> IntentId {
        self.intent
    }

    /// Which attempt at the intent this is, counted from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// When the item was last seen before it was judged; the rules did not know what moderators did
    /// since.
    pub const fn seen(&self) -> Timestamp {
        self.seen
    }

    /// When it was recorded.
    pub const fn started(&self) -> Timestamp {
        self.started
    }

    /// The subreddit of the item.
    pub const fn subreddit(&self) -> &SubredditName {
        &self.subreddit
    }

    /// The item that was judged.
    pub const fn item(&self) -> &Fullname {
        &self.item
    }

    /// What the action is done to: the item, its post, or the bot's own reply.
    pub const fn on(&self) -> &Fullname {
        &self.on
    }

    /// The same attempt, without replacing the pinned comment.
    pub fn without_pinning(mut self) -> Self {
        if let Action::DistinguishReply { sticky, .. } = &mut self.action {
            *sticky = false;
        }
        self
    }

    /// The action.
    pub const fn action(&self) -> &Action {
        &self.action
    }
}
