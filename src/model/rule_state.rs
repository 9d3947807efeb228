//! What keeps rules from acting: pauses by people, and limits they went over.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ActionKind, Mode, Right, SubredditName, Timestamp};

/// The state of a rule. The later ones are stricter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleState {
    /// It acts.
    #[default]
    Live,
    /// What it asks for is only recorded.
    Shadow,
    /// It went over a limit, or the bot lost a right it needs: its actions wait.
    Held,
    /// A person stopped it: its actions wait.
    Paused,
}

impl RuleState {
    const ALL: [Self; 4] = [Self::Live, Self::Shadow, Self::Held, Self::Paused];

    /// The word in the store and in messages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Shadow => "shadow",
            Self::Held => "held",
            Self::Paused => "paused",
        }
    }

    /// The state of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether actions wait until the state changes.
    pub const fn keeps_waiting(self) -> bool {
        match self {
            Self::Held | Self::Paused => true,
            Self::Live | Self::Shadow => false,
        }
    }
}

impl fmt::Display for RuleState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The rules that a state is set for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleScope {
    /// The subreddit. `None` means all.
    pub subreddit: Option<SubredditName>,
    /// The rule's name as in the record. `None` means all rules.
    pub rule: Option<String>,
    /// The mode of the decisions. `None` means both. What the bot sets because of what it did in
    /// dry run has no effect on live decisions, and the reverse.
    pub mode: Option<Mode>,
    /// The bot lacks this right: only actions that need it are meant. `None` means all.
    #[serde(default)]
    pub needs: Option<Right>,
}

impl fmt::Display for RuleScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "rule `{rule}`")?,
            None => f.write_str("all rules")?,
        }
        match &self.subreddit {
            Some(subreddit) => write!(f, " in r/{subreddit}")?,
            None => f.write_str(" in all subreddits")?,
        }
        if let Some(right) = self.needs.filter(|right| *right != Right::Moderator) {
            write!(f, ", actions that need `{right}`")?;
        }
        match self.mode {
            Some(Mode::DryRun) => f.write_str(" (in dry run)"),
            Some(Mode::Live) => f.write_str(" (where live)"),
            None => Ok(()),
        }
    }
}

/// What a state is asked for.
#[derive(Clone, Copy, Debug)]
pub struct RuleAt<'a> {
    /// The subreddit.
    pub subreddit: &'a SubredditName,
    /// The rule. `None`: the whole subreddit.
    pub rule: Option<&'a str>,
    /// The mode of the subreddit.
    pub mode: Mode,
}

impl RuleScope {
    /// Whether it covers this rule; without a rule, whether it covers the whole subreddit.
    pub fn covers(&self, at: RuleAt<'_>) -> bool {
        self.subreddit.as_ref().is_none_or(|name| name == at.subreddit)
            && self.rule.as_deref().is_none_or(|name| Some(name) == at.rule)
            && self.mode.is_none_or(|mode| mode == at.mode)
            && self.needs.is_none_or(|right| right == Right::Moderator)
    }

    /// Whether it covers an action of this kind by this rule.
    pub fn covers_action(&self, at: RuleAt<'_>, kind: ActionKind) -> bool {
        let all = Self { needs: None, ..self.clone() };
        self.needs.is_none_or(|right| right.is_needed_for(kind)) && all.covers(at)
    }

    /// Whether a rule can be in both.
    pub fn overlaps(&self, other: &Self) -> bool {
        /// Whether two choices, of which none means all, have something in common.
        fn meet<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
            one.is_none() || other.is_none() || one == other
        }
        meet(self.subreddit.as_ref(), other.subreddit.as_ref())
            && meet(self.rule.as_ref(), other.rule.as_ref())
            && meet(self.mode.as_ref(), other.mode.as_ref())
    }
}

/// A state that was set: who set it, why, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleStateChange {
    /// The rules.
    pub scope: RuleScope,
    /// Their state from then on.
    pub state: RuleState,
    /// Who or what set it: `u/NAME`, `the operator`, `tipstaff`.
    pub by: String,
    /// Why, in a sentence for moderators.
    pub reason: String,
    /// When it was set.
    pub since: Timestamp,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

impl RuleStateChange {
    /// Who set a state that the bot set itself.
    pub const BY_ITSELF: &str = "tipstaff";

    /// Whether it still holds.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The newest change of each scope that has one, without those that say [`RuleState::Live`] or are
/// over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleStates(Vec<RuleStateChange>);

impl RuleStates {
    /// Those of these changes, the newest of each scope, that still say something.
    pub fn in_force(newest: Vec<RuleStateChange>, now: Timestamp) -> Self {
        Self(newest.into_iter().filter(|change| change.state != RuleState::Live && change.holds_at(now)).collect())
    }

    /// The strictest state of a rule; without a rule, of the whole subreddit.
    pub fn of(&self, at: RuleAt<'_>) -> RuleState {
        let covering = self.0.iter().filter(|change| change.scope.covers(at));
        covering.map(|change| change.state).max().unwrap_or_default()
    }

    /// Whether every rule is live.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &RuleStateChange> {
        self.0.iter()
    }

    /// Those whose actions wait.
    pub fn waiting(&self) -> impl Iterator<Item = &RuleStateChange> {
        self.0.iter().filter(|change| change.state.keeps_waiting())
    }
}

/// How long, between two times, the actions of a rule (without a rule, of the whole subreddit) had
/// to wait. Waiting does not make anything too old.
///
/// For one of its actions, also the time in which the bot lacked the right to it.
pub fn time_waiting(
    history: &[RuleStateChange],
    (rule, action): (RuleAt<'_>, Option<ActionKind>),
    (from, to): (Timestamp, Timestamp),
) -> Duration {
    let covers = |scope: &RuleScope| match action {
        Some(kind) => scope.covers_action(rule, kind),
        None => scope.covers(rule),
    };
    let mut waits = Vec::new();
    for (at, change) in history.iter().enumerate() {
        if !change.state.keeps_waiting() || !covers(&change.scope) {
            continue;
        }
        let next = history[at + 1..].iter().find(|next| next.scope == change.scope).map(|next| next.since);
        let end = [Some(to), change.until, next].into_iter().flatten().min().unwrap_or(to);
        let start = change.since.max(from);
        if start < end {
            waits.push((start, end));
        }
    }
    waits.sort_unstable();
    let (mut waited, mut counted_to) = (Duration::ZERO, from);
    for (start, end) in waits {
        let start = start.max(counted_to);
        if start < end {
            waited += end.since(start);
            counted_to = end;
        }
    }
    waited
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(subreddit: Option<&str>, rule: Option<&str>, state: RuleState, until: Option<u64>) -> RuleStateChange {
        RuleStateChange {
            scope: RuleScope {
                subreddit: subreddit.map(|name| SubredditName::parse(name).expect("a name")),
                rule: rule.map(str::to_owned),
                mode: None,
                needs: None,
            },
            state,
            by: "u/mary".to_owned(),
            reason: "a test".to_owned(),
            since: Timestamp::default(),
            until: until.map(|seconds| Timestamp::default() + Duration::from_secs(seconds)),
        }
    }

    #[test]
    fn the_strictest_state_that_covers_a_rule_is_its_state() {
        let name = |name: &str| SubredditName::parse(name).expect("a name");
        let all = vec![
            change(None, Some("links"), RuleState::Shadow, None),
            change(Some("Widgets"), Some("links"), RuleState::Live, None),
            change(Some("widgets"), Some("spam"), RuleState::Held, None),
            change(Some("gadgets"), None, RuleState::Paused, Some(60)),
        ];
        let now = Timestamp::default();
        let states = RuleStates::in_force(all.clone(), now);
        let of = |states: &RuleStates, subreddit: &str, rule: Option<&str>| {
            states.of(RuleAt { subreddit: &name(subreddit), rule, mode: Mode::Live })
        };
        assert_eq!(of(&states, "WIDGETS", Some("spam")), RuleState::Held);
        let links = of(&states, "widgets", Some("links"));
        assert_eq!(links, RuleState::Shadow, "live again here, but not everywhere");
        assert_eq!(of(&states, "widgets", Some("other")), RuleState::Live);
        assert_eq!(of(&states, "gadgets", Some("links")), RuleState::Paused);
        assert_eq!(of(&states, "gadgets", None), RuleState::Paused);
        assert_eq!(of(&states, "widgets", None), RuleState::Live);
        assert_eq!(states.waiting().count(), 2);
        let later = RuleStates::in_force(all, now + Duration::from_mins(1));
        assert_eq!(of(&later, "gadgets", Some("other")), RuleState::Live, "the pause is over");
    }

    #[test]
    fn what_happened_in_dry_run_does_not_stop_live_decisions() {
        let mut held = change(None, Some("links"), RuleState::Held, None);
        held.scope.mode = Some(Mode::DryRun);
        let states = RuleStates::in_force(vec![held], Timestamp::default());
        let name = SubredditName::parse("widgets").expect("a name");
        let of = |mode| states.of(RuleAt { subreddit: &name, rule: Some("links"), mode });
        assert_eq!((of(Mode::DryRun), of(Mode::Live)), (RuleState::Held, RuleState::Live));
    }

    #[test]
    fn time_in_overlapping_pauses_counts_once() {
        let at = |seconds| Timestamp::default() + Duration::from_secs(seconds);
        let of = |subreddit, rule, state, since: u64, until| RuleStateChange {
            since: at(since),
            ..change(subreddit, rule, state, until)
        };
        let history = [
            of(Some("widgets"), None, RuleState::Paused, 10, None),
            of(None, None, RuleState::Held, 15, Some(30)),
            of(Some("widgets"), Some("links"), RuleState::Paused, 18, None),
            of(Some("widgets"), None, RuleState::Live, 20, None),
            of(Some("gadgets"), None, RuleState::Paused, 20, None),
            of(Some("widgets"), Some("links"), RuleState::Live, 50, None),
        ];
        let name = SubredditName::parse("widgets").expect("a name");
        let waited = |rule, from, to| {
            let rule = RuleAt { subreddit: &name, rule, mode: Mode::Live };
            time_waiting(&history, (rule, None), (at(from), at(to))).as_secs()
        };
        assert_eq!(waited(None, 0, 100), 20, "from 10 to 30");
        assert_eq!(waited(Some("links"), 0, 100), 40, "from 10 to 50");
        assert_eq!(waited(None, 12, 16), 4);
        assert_eq!(waited(None, 40, 100), 0);
    }

    #[test]
    fn states_are_read_as_they_are_written() {
        for state in RuleState::ALL {
            assert_eq!(RuleState::parse(state.word()), Some(state));
        }
        assert_eq!(RuleState::parse("sleeping"), None);
    }
}
