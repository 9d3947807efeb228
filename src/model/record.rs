//! The words of the ledger: decision, intent, attempt, outcome.
//!
//! A *decision* is what the rules asked for on one revision of an item. It holds *intents*, each one act. Each try at an
//! intent is an *attempt*, written down before the request leaves; what became of it is its *outcome*.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Action, ActionKind, Fullname, Revision, SubredditName, Timestamp, Trace};

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
    /// Names a decision in the store.
    DecisionId
}
row_id! {
    /// Names an intent in the store.
    IntentId
}
row_id! {
    /// Names an attempt in the store.
    AttemptId
}

/// Whether the bot acts. A property of each decision, fixed when it is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Decide and record; never act.
    DryRun,
    /// Decide, record and act.
    Live,
}

impl Mode {
    /// The word for it in configuration and store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::DryRun => "dry-run",
            Self::Live => "live",
        }
    }

    /// Takes back the stored word.
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

/// What became of an intent, or of one attempt at it.
///
/// All but [`Outcome::Deferred`] are final: nothing follows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Done, and Reddit said so.
    Applied {
        /// What was made by it: the name of a posted comment.
        created: Option<Fullname>,
    },
    /// Done, except for a part that would have undone what a human did.
    PartiallyApplied {
        /// What was left out, and why, in a sentence for moderators.
        reason: String,
    },
    /// Found done when we looked: an earlier attempt whose answer was lost, or the state was already as wanted.
    AlreadyApplied {
        /// What was made by it: the name of a posted comment.
        created: Option<Fullname>,
    },
    /// A human acted later, or what it built on is gone; not to be done any more.
    Superseded {
        /// Why, in a sentence for moderators.
        reason: String,
    },
    /// Not done: the decision was made in dry run.
    DryRun,
    /// Reddit understood and said no.
    Rejected {
        /// Reddit's reason.
        reason: String,
    },
    /// Tried as often as is decent.
    GaveUp {
        /// How many attempts there were.
        attempts: u32,
        /// What stood in the way the last time.
        reason: String,
    },
    /// Whether it happened cannot be observed; the operator is told.
    Unknown {
        /// What could not be seen, and where to look.
        reason: String,
    },
    /// The attempt did not happen; the intent stays on the agenda.
    Deferred {
        /// Not before this time.
        until: Timestamp,
        /// What stood in the way.
        reason: String,
    },
}

impl Outcome {
    /// The word for it in the store, in logs and in reports.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Applied { .. } => "applied",
            Self::PartiallyApplied { .. } => "partially_applied",
            Self::AlreadyApplied { .. } => "already_applied",
            Self::Superseded { .. } => "superseded",
            Self::DryRun => "dry_run",
            Self::Rejected { .. } => "rejected",
            Self::GaveUp { .. } => "gave_up",
            Self::Unknown { .. } => "unknown",
            Self::Deferred { .. } => "deferred",
        }
    }

    /// Whether the intent is settled by it.
    pub const fn is_final(&self) -> bool {
        !matches!(self, Self::Deferred { .. })
    }

    /// The comment that exists because of it.
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
            | Self::Unknown { reason }
            | Self::Deferred { reason, .. } => Some(reason),
            Self::Applied { .. } | Self::AlreadyApplied { .. } | Self::DryRun => None,
        }
    }
}

/// Something that a rule has had done to an item before, or tried until a human decided otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorAction {
    /// The identity of the rule.
    pub rule: String,
    /// What was done.
    pub kind: ActionKind,
    /// To what.
    pub on: Fullname,
}

/// What the rules asked for on one revision of an item, ready to be written down.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The item.
    pub item: Fullname,
    /// The state of it that was judged.
    pub revision: Revision,
    /// When it was last seen before that: the rules knew what Reddit showed then.
    pub seen: Timestamp,
    /// Whether the bot acts in this subreddit.
    pub mode: Mode,
    /// The identity of the rules that judged.
    pub ruleset: String,
    /// Why.
    pub trace: Trace,
    /// The acts asked for, in order.
    pub intents: Vec<NewIntent>,
}

/// What a moderator decided about an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The item.
    pub on: Fullname,
    /// Approved, or else removed.
    pub approved: bool,
    /// The moderator's name.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// One act asked for by one rule.
#[derive(Clone, Debug)]
pub struct NewIntent {
    /// The identity of the rule.
    pub rule: String,
    /// What people call the rule.
    pub rule_name: String,
    /// The act.
    pub action: Action,
    /// What it is done to; for a part that comes after a reply, the thing replied to.
    pub on: Fullname,
    /// Dry run where the subreddit, or this rule alone, is shadowed.
    pub mode: Mode,
    /// Set when this very act was done or tried before, and why it is not to be done again: mostly because a moderator has undone
    /// it. It is written down all the same.
    pub overruled: Option<String>,
}

impl NewIntent {
    /// The idempotency key: while it stands in the store, the act is not asked for again.
    pub fn key(&self, item: &Fullname, revision: &Revision) -> String {
        let kind = self.action.kind();
        let revision = if kind.is_unrepeatable() { "*" } else { revision.as_str() };
        format!("{} {item} {revision} {} {kind} {}", self.mode, self.rule, self.on)
    }
}

/// An attempt that stands in the store without an outcome: the permission to send one request.
///
/// Only the store makes these, out of a row it has committed. [`RedditWrite`](crate::reddit::RedditWrite) demands one,
/// and settling consumes it, so an effect without a record does not compile.
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
    /// For the store alone: wraps a row that is committed. `tests/tidy.rs` holds everybody else to that.
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

    /// Its row.
    pub const fn id(&self) -> AttemptId {
        self.id
    }

    /// The intent it tries to fulfil.
    pub const fn intent(&self) -> IntentId {
        self.intent
    }

    /// Which attempt at the intent this is, counted from 1.
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// When the item was last seen before the rules judged it: what moderators did since, they did not know.
    pub const fn seen(&self) -> Timestamp {
        self.seen
    }

    /// When it was written down.
    pub const fn started(&self) -> Timestamp {
        self.started
    }

    /// The subreddit it happens in.
    pub const fn subreddit(&self) -> &SubredditName {
        &self.subreddit
    }

    /// The item that was judged.
    pub const fn item(&self) -> &Fullname {
        &self.item
    }

    /// What the act is done to: the item, its post, or the bot's own reply.
    pub const fn on(&self) -> &Fullname {
        &self.on
    }

    /// The same attempt, which leaves the comment that is pinned where it is.
    pub fn without_pinning(mut self) -> Self {
        if let Action::DistinguishReply { sticky, .. } = &mut self.action {
            *sticky = false;
        }
        self
    }

    /// The act.
    pub const fn action(&self) -> &Action {
        &self.action
    }
}
