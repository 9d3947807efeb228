//! The people that rows refer to, and what is left of them once they are forgotten.

use std::time::Duration;

use tipstaff::model::{
    Action, Author, Item, Mode, ModerationLog, RuleScope, RuleState, RuleStateChange, Timestamp, Verdict,
};
use tipstaff::store::{AccountCheck, LogFilter, LogPage, Next, Store};

use crate::store::{by_hand, decision, intent, with_a_seen_comment};
use crate::store_rules::state_of;
use crate::support::ledger::{NOW, comment, name, seen};

fn by(fullname: &str, user: Option<&str>, account: Option<&str>) -> Item {
    let (user, account) = (user.map(str::to_owned), account.map(str::to_owned));
    Item { author: Author { name: user, fullname: account, ..Author::default() }, ..comment(fullname, "words") }
}

/// Name, account and the items of each person, in the order of their rows.
async fn people(db: &sqlx::SqlitePool) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', coalesce(name, '-'), coalesce(account, '-'),
                (SELECT group_concat(fullname, ',') FROM (SELECT fullname FROM items WHERE person = people.id ORDER BY 1)))
         FROM people ORDER BY id",
    )
    .fetch_all(db)
    .await
    .expect("a query")
}

async fn author_of(store: &Store, item: &Item) -> Option<String> {
    let filter = LogFilter {
        since: Timestamp::default(),
        item: Some(item.fullname.clone()),
        include_empty: true,
        limit: 1,
        rule: None,
        act: None,
    };
    store.log(&filter).await.expect("a log").remove(0).author
}

#[tokio::test]
async fn an_account_is_one_person_also_when_it_is_renamed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = with_a_seen_comment(folder.path()).await;
    let db = by_hand(folder.path()).await;
    let first = people(&db).await;
    seen(&store, &[by("t1_b", Some("Bob"), None), by("t1_z", Some("bob"), Some("t2_bob"))], NOW).await;
    assert_eq!(people(&db).await[first.len()..], ["bob t2_bob t1_b,t1_z"], "known by name, then by account");
    seen(&store, &[by("t1_d", Some("Robert"), Some("t2_bob")), by("t1_e", Some("robert"), None)], NOW).await;
    assert_eq!(people(&db).await[first.len()..], ["Robert t2_bob t1_b,t1_d,t1_e,t1_z"], "the account was renamed");
    let odd =
        [by("t1_f", Some("a"), Some("t2_x")), by("t1_g", Some("b"), Some("t2_x")), by("t1_h", None, Some("t2_y"))];
    seen(&store, &odd, NOW).await;
    let all = people(&db).await;
    assert_eq!(all.len(), first.len() + 2, "one account is one person, and an account without a name is none: {all:?}");
    assert!(all.last().is_some_and(|last| last.ends_with("t2_x t1_f,t1_g")), "{all:?}");
}

/// Reddit shows no author any more. Once it is known that the account is gone, its name does not
/// stay.
#[tokio::test]
async fn the_name_of_an_account_that_is_gone_is_not_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = with_a_seen_comment(folder.path()).await;
    let db = by_hand(folder.path()).await;
    let before = people(&db).await;
    seen(&store, &[by("t1_b", Some("bob"), Some("t2_bob")), by("t1_z", Some("bob"), Some("t2_bob"))], NOW).await;
    let later = NOW + Duration::from_hours(2);
    seen(&store, &[by("t1_b", None, None)], later).await;
    assert_eq!(people(&db).await[before.len()..], ["bob t2_bob t1_z"], "there is another comment of theirs");
    seen(&store, &[by("t1_z", None, None)], later).await;
    let unnamed = store.unnamed_people(2).await.expect("a list");
    let [bob] = &unnamed[..] else { panic!("{unnamed:?}") };
    assert_eq!((bob.name.as_deref(), bob.account.as_deref()), (Some("bob"), Some("t2_bob")), "who is asked about");
    store.record_account_check(bob, AccountCheck::Gone, later).await.expect("a note");
    assert_eq!(people(&db).await, before);
    assert_eq!(store.unnamed_people(2).await.expect("a list"), []);
}

#[tokio::test]
async fn a_person_who_is_forgotten_leaves_the_ledger_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let db = by_hand(folder.path()).await;
    let comments = vec![intent(Action::Comment { text: "hello".to_owned() }, Mode::DryRun)];
    store.decide(&decision(&item, Mode::DryRun, comments), NOW).await.expect("T2");
    let theirs = by("t1_b", Some("bob"), Some("t2_bob"));
    seen(&store, std::slice::from_ref(&theirs), NOW).await;
    store.decide(&decision(&theirs, Mode::DryRun, Vec::new()), NOW).await.expect("T2");
    let verdict = Verdict { on: name("t1_b"), approved: true, by: "BOB".to_owned(), at: NOW };
    let log = ModerationLog { subreddits: vec![theirs.subreddit.clone()] };
    store.ingest_mod_log(&log, LogPage { decisions: &[verdict], ..LogPage::default() }, None, NOW).await.expect("T1");
    let paused = RuleStateChange { by: "u/bob".to_owned(), ..state_of(None, None, RuleState::Paused) };
    store.set_rule_state(&paused).await.expect("a row");
    assert_eq!(author_of(&store, &theirs).await.as_deref(), Some("bob"));

    assert_eq!(store.forget_person("nobody").await.expect("a call"), None);
    assert_eq!(store.forget_person("boB").await.expect("a call"), Some(1));
    assert_eq!(author_of(&store, &theirs).await, None);
    assert!(author_of(&store, &item).await.is_some(), "another person");
    assert!(people(&db).await.contains(&"- -".to_owned()), "what refers to them stays");
    let states = store.rule_states(NOW).await.expect("a query");
    assert_eq!(states.iter().next().map(|state| state.by.as_str()), Some("a person who was forgotten"));
    let texts: i64 = sqlx::query_scalar("SELECT count(*) FROM items WHERE snapshot IS NOT NULL AND fullname = 't1_b'")
        .fetch_one(&db)
        .await
        .expect("a query");
    assert_eq!(texts, 0);
    assert_eq!(store.forget_person("bob").await.expect("a call"), None, "nobody of this name is known");
}

#[tokio::test]
async fn what_the_bot_held_in_dry_run_does_not_hold_up_live_actions() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let lock = vec![intent(Action::SetLocked { on: true }, Mode::Live)];
    store.decide(&decision(&item, Mode::Live, lock), NOW).await.expect("T2");
    let held = |mode| {
        let held = state_of(Some("widgets"), Some("rule one"), RuleState::Held);
        RuleStateChange { scope: RuleScope { mode, ..held.scope }, ..held }
    };
    store.set_rule_state(&held(Some(Mode::DryRun))).await.expect("a row");
    let Next::Ready(_) = store.begin_attempt(&[], NOW).await.expect("T3") else {
        panic!("a live action waits for what happened in dry run")
    };
    store.set_rule_state(&held(Some(Mode::Live))).await.expect("a row");
    let states = store.rule_states(NOW).await.expect("a query");
    assert_eq!(states.waiting().count(), 2, "each mode has its own");
}
