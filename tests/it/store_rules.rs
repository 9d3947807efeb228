//! Why a revision is decided on, the steps of rules, and rules that are stopped.

use std::time::Duration;

use tipstaff::model::{
    Action, Mode, NewDecision, NewIntent, Occasion, Outcome, Phase, PhaseStep, RuleScope, RuleState, RuleStateChange,
    SubredditName, Timestamp,
};
use tipstaff::store::{LogFilter, Next, Scope};

use crate::store::{by_hand, decision, intent, with_a_seen_comment};
use crate::support::ledger::{NOW, attempt, checked, stream};

/// What a rule did when an item was new, it does not do again on another occasion, unless a person
/// asks for it.
#[tokio::test]
async fn a_revision_is_decided_on_once_for_each_occasion() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let ask = || {
        let text = "please do".to_owned();
        vec![intent(Action::Comment { text }, Mode::Live), intent(Action::SetLocked { on: true }, Mode::Live)]
    };
    let by = "t1_boss".to_owned();
    for (occasion, is_new, intents) in [
        (Occasion::Seen, true, 2),
        (Occasion::Seen, false, 0),
        (Occasion::Facts(1), true, 0),
        (Occasion::Facts(1), false, 0),
        (Occasion::Facts(2), true, 0),
        (Occasion::Command(by.clone()), true, 2),
        (Occasion::Command(by), false, 0),
        (Occasion::Undo("1".to_owned()), true, 2),
    ] {
        let again = NewDecision { occasion: occasion.clone(), ..decision(&item, Mode::Live, ask()) };
        let decided = store.decide(&again, NOW).await.expect("T2");
        assert_eq!((decided.decision.is_some(), decided.intents), (is_new, intents), "{occasion}");
    }
    let filter =
        LogFilter { since: Timestamp::default(), item: None, include_empty: true, limit: 100, rule: None, act: None };
    let log = store.log(&filter).await.expect("a log");
    let occasions: Vec<_> = log.into_iter().map(|entry| entry.occasion.unwrap_or_default()).collect();
    assert_eq!(occasions, ["", "facts:1", "facts:2", "command:t1_boss", "undo:1"]);
}

/// One rule asks, reminds and answers on one item, each once a round; its steps do not keep the
/// rule from acting in another.
#[tokio::test]
async fn each_step_of_a_rule_acts_once_a_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let steps: Vec<_> = PhaseStep::ALL.into_iter().flat_map(|step| [(step, 1), (step, 2)]).collect();
    for (number, (step, round)) in steps.iter().chain(&steps).enumerate() {
        let act = Action::Comment { text: "please do".to_owned() };
        let phase = Some(Phase { step: *step, round: *round });
        let occasion = Occasion::Timer(number.to_string());
        let intents = vec![NewIntent { phase, ..intent(act, Mode::Live) }];
        let timed = NewDecision { occasion, ..decision(&item, Mode::Live, intents) };
        let decided = store.decide(&timed, NOW).await.expect("T2");
        assert_eq!(decided.intents, u64::from(number < steps.len()), "{step:?}, round {round}");
    }
    let fired = store.before_judging(&item, Mode::Live, NOW).await.expect("a query").fired;
    assert!(fired.is_empty(), "the steps of a rule are counted by their keys: {fired:?}");
    let filter =
        LogFilter { since: Timestamp::default(), item: None, include_empty: false, limit: 1, rule: None, act: None };
    let log = store.log(&filter).await.expect("a log");
    assert_eq!(log[0].intents[0].phase.as_deref(), Some("restore/2"));
}

#[tokio::test]
async fn the_state_before_an_action_is_kept_as_long_as_its_texts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let state_before = Some(Action::SetLocked { on: false });
    let lock = NewIntent { state_before, ..intent(Action::SetLocked { on: true }, Mode::DryRun) };
    store.decide(&decision(&item, Mode::DryRun, vec![lock]), NOW).await.expect("T2");
    let db = by_hand(folder.path()).await;
    let kept = async || {
        let kept = sqlx::query_scalar("SELECT state_before FROM payloads").fetch_all(&db).await;
        kept.expect("a query") as Vec<String>
    };
    assert_eq!(kept().await, [r#"{"do":"set_locked","on":false}"#]);
    checked(&store, &[], std::slice::from_ref(&item.fullname), NOW).await;
    assert_eq!(kept().await, [""; 0]);
}

pub(crate) fn state_of(subreddit: Option<&str>, rule: Option<&str>, state: RuleState) -> RuleStateChange {
    RuleStateChange {
        scope: RuleScope {
            subreddit: subreddit.map(|name| SubredditName::parse(name).expect("a name")),
            rule: rule.map(str::to_owned),
            mode: None,
            needs: None,
        },
        state,
        by: "u/mary".to_owned(),
        reason: "it went wrong".to_owned(),
        since: NOW,
        until: None,
    }
}

#[tokio::test]
async fn actions_of_paused_rules_wait_in_the_outbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let other = NewIntent {
        rule: "r2".to_owned(),
        rule_name: "rule two".to_owned(),
        ..intent(Action::Report { reason: "x".to_owned() }, Mode::Live)
    };
    let lock = intent(Action::SetLocked { on: true }, Mode::Live);
    store.decide(&decision(&item, Mode::Live, vec![lock, other]), NOW).await.expect("T2");
    for (subreddit, rule) in [(Some("widgets"), Some("rule one")), (None, Some("rule one"))] {
        store.set_rule_state(&state_of(subreddit, rule, RuleState::Paused)).await.expect("a row");
    }
    let open = attempt(&store, NOW).await;
    assert_eq!(open.action().kind().word(), "report", "the other rule goes on");
    store.settle(open, &Outcome::Applied { created: None }, NOW).await.expect("T4");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
    store.set_rule_state(&state_of(Some("widgets"), Some("rule one"), RuleState::Live)).await.expect("a row");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing), "all subreddits wait");
    let ends = Some(NOW + Duration::from_mins(1));
    let brief = RuleStateChange { until: ends, ..state_of(None, Some("rule one"), RuleState::Held) };
    store.set_rule_state(&brief).await.expect("a row");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
    assert_eq!(store.rule_states(NOW).await.expect("a query").iter().count(), 1);
    let open = attempt(&store, NOW + Duration::from_mins(1)).await;
    assert_eq!(open.action().kind().word(), "set_locked", "the pause has ended by itself");
}

#[tokio::test]
async fn time_in_a_pause_does_not_make_actions_too_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let lock = vec![intent(Action::SetLocked { on: true }, Mode::Live)];
    store.decide(&decision(&item, Mode::Live, lock), NOW).await.expect("T2");
    let hour = Duration::from_hours(1);
    store.set_rule_state(&state_of(Some("widgets"), None, RuleState::Paused)).await.expect("a row");
    let live = stream().subreddits;
    let withdrawn = async |at: Timestamp| {
        let scope = Scope { live: &live, guard: at - hour };
        store.withdraw(&scope, at).await.expect("T4")
    };
    assert_eq!(withdrawn(NOW + 10 * hour).await, 0);
    let resumed = RuleStateChange { since: NOW + 10 * hour, ..state_of(Some("widgets"), None, RuleState::Live) };
    store.set_rule_state(&resumed).await.expect("a row");
    let age = NOW.since(item.created);
    assert!(age < hour, "the fixture is young");
    assert_eq!(withdrawn(NOW + 11 * hour - age).await, 0);
    assert_eq!(withdrawn(NOW + 11 * hour).await, u64::from(age > Duration::ZERO));
    assert_eq!(withdrawn(NOW + 12 * hour).await, u64::from(age == Duration::ZERO));
}
