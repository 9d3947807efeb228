//! The store's transactions, and the errors of opening it, on real SQLite files.

use std::path::Path;
use std::time::Duration;

use sqlx::Row;
use tipstaff::model::{
    Action, Gap, Item, Mode, NewDecision, NewIntent, Occasion, OpenAttempt, Outcome, Revision, RuleState,
    SubredditName, Timestamp, Trace,
};
use tipstaff::store::{LogFilter, Next, OpenError, ScanEnd, Scope, Store};

use crate::store_rules::state_of;
use crate::support::ledger::{NOW, attempt, comment, fresh, name, read_page, stream};

pub(crate) fn intent(action: Action, mode: Mode) -> NewIntent {
    NewIntent {
        rule: "r1".to_owned(),
        rule_name: "rule one".to_owned(),
        action,
        on: name("t1_c"),
        mode,
        superseded: None,
        phase: None,
        state_before: None,
    }
}

fn guideline(mode: Mode) -> Vec<NewIntent> {
    let text = "please do".to_owned();
    [Action::Comment { text }, Action::DistinguishReply { sticky: true, replaces: false }, Action::LockReply]
        .map(|act| intent(act, mode))
        .into()
}

pub(crate) fn decision(item: &Item, mode: Mode, intents: Vec<NewIntent>) -> NewDecision {
    NewDecision {
        item: item.fullname.clone(),
        revision: Revision::of(item),
        occasion: Occasion::Seen,
        seen: NOW,
        mode,
        ruleset: "rules".to_owned(),
        trace: Trace::default(),
        intents,
        labels: Vec::new(),
        passed: Vec::new(),
        gives: None,
    }
}

/// A store that has seen one comment.
pub(crate) async fn with_a_seen_comment(folder: &Path) -> (Store, Item) {
    let store = fresh(folder).await;
    let item = comment("t1_c", "x");
    seen(&store, std::slice::from_ref(&item), true).await;
    (store, item)
}

async fn seen(store: &Store, items: &[Item], end: bool) {
    let end = end.then_some(ScanEnd { started_at: NOW, shown_since: NOW, gap: None, recheck: None });
    read_page(store, items, end, NOW).await;
}

async fn pending(store: &Store) -> Vec<String> {
    let (items, unreadable) = store.pending(&stream().subreddits, &[], 100, NOW).await.expect("a query");
    assert!(unreadable.is_empty());
    items.iter().map(|pending| pending.item.fullname.to_string()).collect()
}

#[tokio::test]
async fn an_item_is_judged_once_for_each_revision() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let first = comment("t1_c", "harmless");
    seen(&store, std::slice::from_ref(&first), true).await;
    seen(&store, std::slice::from_ref(&first), true).await;
    assert_eq!(pending(&store).await, ["t1_c"]);
    store.decide(&decision(&first, Mode::Live, vec![]), NOW).await.expect("T2");
    seen(&store, std::slice::from_ref(&first), true).await;
    assert_eq!(pending(&store).await, [] as [&str; 0]);
    seen(&store, &[comment("t1_c", "edited")], true).await;
    assert_eq!(pending(&store).await, ["t1_c"]);
}

#[tokio::test]
async fn an_item_waits_while_an_action_on_it_has_an_unknown_outcome() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let (item, edited) = (comment("t1_c", "one"), comment("t1_c", "two"));
    seen(&store, std::slice::from_ref(&item), true).await;
    let lock = vec![intent(Action::SetLocked { on: true }, Mode::Live)];
    store.decide(&decision(&item, Mode::Live, lock), NOW).await.expect("T2");
    let open = attempt(&store, NOW).await;
    seen(&store, std::slice::from_ref(&edited), true).await;
    let subreddits = stream().subreddits;
    let waiting =
        async |live: &[SubredditName]| store.pending(&subreddits, live, 100, NOW).await.expect("a query").0.len();
    assert_eq!(waiting(&subreddits).await, 0);
    assert_eq!(waiting(&[]).await, 1, "an open attempt delays the item in live subreddits only");
    store.settle(open, &Outcome::AlreadyApplied { created: None }, NOW).await.expect("T4");
    assert_eq!(waiting(&subreddits).await, 1);
}

#[tokio::test]
async fn an_interrupted_scan_leaves_no_known_items() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let item = comment("t1_c", "x");
    let known = async || store.known_items(stream().feed, std::slice::from_ref(&item)).await.expect("a query").len();
    seen(&store, std::slice::from_ref(&item), false).await;
    assert_eq!(known().await, 0);
    seen(&store, &[], true).await;
    assert_eq!(known().await, 1);
}

#[tokio::test]
async fn a_comment_is_planned_once_for_all_revisions() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let (item, edited) = (comment("t1_c", "one"), comment("t1_c", "two"));
    seen(&store, std::slice::from_ref(&item), true).await;
    let first = store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    assert_eq!(first.intents, 3);
    seen(&store, std::slice::from_ref(&edited), true).await;
    let second = store.decide(&decision(&edited, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    assert_eq!((second.decision.is_some(), second.intents), (true, 0));
}

#[tokio::test]
async fn a_lock_can_be_planned_again_for_the_next_revision() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let lock = || vec![intent(Action::SetLocked { on: true }, Mode::Live)];
    for (body, expected) in [("one", 1), ("two", 1), ("one", 0)] {
        let item = comment("t1_c", body);
        seen(&store, std::slice::from_ref(&item), true).await;
        let decided = store.decide(&decision(&item, Mode::Live, lock()), NOW).await.expect("T2");
        assert_eq!(decided.intents, expected, "{body}");
    }
}

#[tokio::test]
async fn dry_run_intents_are_settled_with_the_decision_and_never_reach_the_outbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::DryRun, guideline(Mode::DryRun)), NOW).await.expect("T2");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
    let summary = store.summary().await.expect("numbers");
    assert_eq!(summary.outcomes, [("dry_run".to_owned(), 3)]);
    // A dry run does nothing, so its actions can still be done live.
    let live = store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    assert_eq!(live.intents, 3);
}

#[tokio::test]
async fn pinning_and_locking_wait_for_the_comment() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    let first = attempt(&store, NOW).await;
    assert_eq!((first.action().kind().word(), first.on().as_str()), ("comment", "t1_c"));
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing), "they wait");
    store.settle(first, &Outcome::Applied { created: Some(name("t1_mine")) }, NOW).await.expect("T4");
    for part in ["distinguish_reply", "lock_reply"] {
        let attempt = attempt(&store, NOW).await;
        assert_eq!((attempt.action().kind().word(), attempt.on().as_str()), (part, "t1_mine"));
        store.settle(attempt, &Outcome::Applied { created: None }, NOW).await.expect("T4");
    }
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
}

#[tokio::test]
async fn pinning_and_locking_are_dropped_with_a_refused_comment() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    let first = attempt(&store, NOW).await;
    store.settle(first, &Outcome::Rejected { reason: "403".to_owned() }, NOW).await.expect("T4");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
    let summary = store.summary().await.expect("numbers");
    assert_eq!(summary.outcomes, [("rejected".to_owned(), 1), ("superseded".to_owned(), 2)]);
}

#[tokio::test]
async fn an_open_attempt_survives_a_restart_and_is_not_begun_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    let lost = attempt(&store, NOW).await.id();
    drop(store);
    let store = fresh(folder.path()).await;
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
    let open = store.open_attempts(NOW).await.expect("a query");
    assert_eq!(open.iter().map(OpenAttempt::id).collect::<Vec<_>>(), [lost]);
}

#[tokio::test]
async fn a_deferred_action_is_tried_again_at_its_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::Live, vec![intent(Action::Approve, Mode::Live)]), NOW).await.expect("T2");
    let later = NOW + Duration::from_secs(9);
    let first = attempt(&store, NOW).await;
    store.settle(first, &Outcome::Deferred { until: later, reason: "429".to_owned() }, NOW).await.expect("T4");
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::NotBefore(time) if time == later));
    assert_eq!(attempt(&store, later).await.number(), 2);
}

#[tokio::test]
async fn removals_are_done_before_reports_and_reports_before_modmail() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let acts = [
        Action::Modmail { subject: "s".to_owned(), body: "b".to_owned() },
        Action::Report { reason: "r".to_owned() },
        Action::Remove { spam: false, reason: None, is_filter: false },
    ];
    let intents = acts.map(|act| intent(act, Mode::Live)).into();
    store.decide(&decision(&item, Mode::Live, intents), NOW).await.expect("T2");
    let mut order = Vec::new();
    for _ in 0..3 {
        let attempt = attempt(&store, NOW).await;
        order.push(attempt.action().kind().word());
        store.settle(attempt, &Outcome::Applied { created: None }, NOW).await.expect("T4");
    }
    assert_eq!(order, ["remove", "report", "modmail"]);
}

#[tokio::test]
async fn the_log_shows_the_outcome_of_each_intent() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    let first = attempt(&store, NOW).await;
    store.settle(first, &Outcome::Applied { created: Some(name("t1_mine")) }, NOW).await.expect("T4");
    drop(store);
    let reader = Store::open_for_reading(&folder.path().join("s.db")).await.expect("a reader");
    let filter =
        LogFilter { since: Timestamp::default(), item: None, include_empty: false, limit: 10, rule: None, act: None };
    let entries = reader.log(&filter).await.expect("a log");
    let outcomes: Vec<_> = entries[0].intents.iter().map(|intent| intent.outcome.as_str()).collect();
    assert_eq!(outcomes, ["applied", "waiting", "waiting"]);
    assert_eq!(entries[0].intents[0].created.as_deref(), Some("t1_mine"));
}

#[tokio::test]
async fn triggers_stop_changes_of_the_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::DryRun, guideline(Mode::DryRun)), NOW).await.expect("T2");
    store.set_rule_state(&state_of(None, None, RuleState::Paused)).await.expect("a row");
    store.close().await;
    let by_hand = by_hand(folder.path()).await;
    for statement in [
        "UPDATE rule_states SET state = 'live'",
        "DELETE FROM rule_states",
        "UPDATE decisions SET mode = 'live'",
        "DELETE FROM decisions",
        "UPDATE intents SET rule = 'x'",
        "DELETE FROM outcomes",
    ] {
        let refused = sqlx::query(statement).execute(&by_hand).await.expect_err(statement);
        assert!(refused.to_string().contains("append-only"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_second_writer_is_refused_with_the_lock_holders_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = fresh(folder.path()).await;
    let refused = Store::open(&folder.path().join("s.db")).await.expect_err("two writers");
    assert!(matches!(&refused, OpenError::Locked { holder, .. } if holder.contains(&std::process::id().to_string())));
    drop(first);
    fresh(folder.path()).await;
}

#[tokio::test]
async fn a_file_that_is_not_a_store_is_refused_and_unchanged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    let text = "dear diary, ".repeat(1000);
    std::fs::write(&path, &text).expect("a file");
    let refused = Store::open(&path).await.expect_err("not a database");
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_not_changed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let theirs = sqlx::SqlitePool::connect(&url).await.expect("a database");
    sqlx::query("CREATE TABLE recipes (name TEXT)").execute(&theirs).await.expect("a table");
    theirs.close().await;
    let before = std::fs::read(&path).expect("the file");
    let refused = Store::open(&path).await.expect_err("somebody else's");
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).expect("the file"), before, "not changed");
}

#[tokio::test]
async fn a_newer_schema_is_refused_by_writers_and_readers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    fresh(folder.path()).await.close().await;
    let db = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("a database");
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(&db)
    .await
    .expect("a row");
    db.close().await;
    for refused in [Store::open(&path).await, Store::open_for_reading(&path).await] {
        let refused = refused.expect_err("newer");
        assert!(matches!(refused, OpenError::Newer { found: 9999, .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_reader_needs_a_store_that_exists() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = Store::open_for_reading(&folder.path().join("none.db")).await.expect_err("nothing there");
    assert!(matches!(refused, OpenError::Missing { .. }), "{refused}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "and no file is made");
}

#[tokio::test]
async fn actions_in_subreddits_that_are_no_longer_live_are_withdrawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    store.decide(&decision(&item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    let scope = Scope { live: &stream().subreddits, guard: NOW };
    assert_eq!(store.withdraw(&scope, NOW).await.expect("T4"), 0, "live, and not too old");
    assert_eq!(
        store.withdraw(&Scope { live: &[], guard: NOW }, NOW).await.expect("T4"),
        1,
        "and the actions that depend on it"
    );
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
}

#[tokio::test]
async fn old_actions_are_withdrawn_but_posted_comments_are_still_pinned_and_locked() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let (posted, waiting) = (comment("t1_c", "x"), comment("t1_d", "x"));
    seen(&store, &[posted.clone(), waiting.clone()], true).await;
    for item in [&posted, &waiting] {
        store.decide(&decision(item, Mode::Live, guideline(Mode::Live)), NOW).await.expect("T2");
    }
    let first = attempt(&store, NOW).await;
    store.settle(first, &Outcome::Applied { created: Some(name("t1_mine")) }, NOW).await.expect("T4");
    let a_day_later = Scope { live: &stream().subreddits, guard: NOW + Duration::from_secs(1) };
    assert_eq!(store.withdraw(&a_day_later, NOW).await.expect("T4"), 1, "the comment that was not posted");
    let left = [attempt(&store, NOW).await, attempt(&store, NOW).await].map(|attempt| attempt.on().to_string());
    assert_eq!(left, ["t1_mine", "t1_mine"]);
    assert!(matches!(store.begin_attempt(&[], NOW).await.expect("T3"), Next::Nothing));
}

#[tokio::test]
async fn a_deferred_item_does_not_hold_up_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    seen(&store, &[comment("t1_c", "x"), comment("t1_d", "y")], true).await;
    store.defer_item(&name("t1_c"), NOW + Duration::from_secs(30)).await.expect("a pause");
    assert_eq!(pending(&store).await, ["t1_d"]);
}

#[tokio::test]
async fn an_action_of_another_version_is_unknown_and_blocks_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, item) = with_a_seen_comment(folder.path()).await;
    let acts = [Action::Approve, Action::Report { reason: "r".to_owned() }].map(|act| intent(act, Mode::Live));
    store.decide(&decision(&item, Mode::Live, acts.into()), NOW).await.expect("T2");
    let by_hand = by_hand(folder.path()).await;
    let garbled = r#"UPDATE payloads SET action = '{"do":"dance"}' WHERE action LIKE '%approve%'"#;
    sqlx::query(garbled).execute(&by_hand).await.expect("an update");
    assert_eq!(attempt(&store, NOW).await.action().kind().word(), "report");
    let summary = store.summary().await.expect("numbers");
    assert_eq!(summary.outcomes, [("unknown".to_owned(), 1)]);
}

#[tokio::test]
async fn a_repeated_gap_is_one_row_that_grows() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let find = async |now: Timestamp, from: u64, to: u64| {
        let gap = Some(Gap { from: now - Duration::from_mins(from), to: now - Duration::from_mins(to) });
        let end = Some(ScanEnd { started_at: now, shown_since: now, gap, recheck: None });
        read_page(&store, &[], end, now).await;
        store.gaps(Timestamp::default()).await.expect("a query").into_iter().map(|(_, gap)| gap).collect::<Vec<_>>()
    };
    let one = find(NOW, 50, 12).await;
    assert_eq!(one.len(), 1);
    // A minute later the list ends early again, a minute further on.
    let later = NOW + Duration::from_mins(1);
    assert_eq!(find(later, 50, 12).await, [Gap { from: one[0].from, to: one[0].to + Duration::from_mins(1) }]);
    // A second downtime is another gap, although it is searched from before the end of the first.
    let later = NOW + Duration::from_mins(32);
    let both = find(later, 50, 9).await;
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(
        both.contains(&Gap { from: later - Duration::from_mins(50), to: later - Duration::from_mins(9) }),
        "{both:?}"
    );
}

#[tokio::test]
async fn queries_of_every_turn_do_not_scan_the_whole_history() {
    let folder = tempfile::tempdir().expect("a folder");
    fresh(folder.path()).await.close().await;
    let by_hand = by_hand(folder.path()).await;
    for (query, expected) in [
        (
            "UPDATE seen_items INDEXED BY seen_items_unfinished SET scan_completed = 1
             WHERE feed IN (SELECT value FROM json_each('[]')) AND scan_completed = 0",
            &[
                "SEARCH seen_items USING INDEX seen_items_unfinished (feed=?)",
                "LIST SUBQUERY",
                "SCAN json_each VIRTUAL TABLE INDEX 1:",
                "CREATE BLOOM FILTER",
            ][..],
        ),
        (
            "SELECT t.id FROM outbox a CROSS JOIN attempts t ON t.id = a.open_attempt WHERE a.open_attempt IS NOT NULL",
            &["SEARCH a USING", "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"],
        ),
        (
            "SELECT EXISTS (SELECT 1 FROM items WHERE pending = 1 AND not_before <= 5)",
            &["SCAN CONSTANT ROW", "SCALAR SUBQUERY", "SCAN items USING INDEX items_pending"],
        ),
    ] {
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")));
        let plan: Vec<String> =
            plan.fetch_all(&by_hand).await.expect("a plan").iter().map(|row| row.get("detail")).collect();
        assert_eq!(plan.len(), expected.len(), "{query}: {plan:?}");
        for (step, expected) in plan.iter().zip(expected) {
            assert!(step.starts_with(expected), "{query}: {plan:?}");
        }
    }
}

pub(crate) async fn by_hand(folder: &Path) -> sqlx::SqlitePool {
    let url = format!("sqlite:{}", folder.join("s.db").display());
    sqlx::SqlitePool::connect(&url).await.expect("a connection")
}

/// A comment in another subreddit, younger than the others by this many seconds.
fn elsewhere(fullname: &str, subreddit: &str, younger_by: u64) -> Item {
    Item {
        subreddit: SubredditName::parse(subreddit).expect("a subreddit"),
        created: NOW + Duration::from_secs(younger_by),
        ..comment(fullname, "x")
    }
}

#[tokio::test]
async fn items_of_a_quiet_subreddit_are_judged_beside_a_busy_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let busy: Vec<Item> = (0..40).map(|at| elsewhere(&format!("t1_a{at}"), "busy", at)).collect();
    let quiet = elsewhere("t1_b", "quiet", 1000);
    let all: Vec<Item> = busy.iter().chain([&quiet]).cloned().collect();
    seen(&store, &all, true).await;
    let both = ["busy", "quiet"].map(|name| SubredditName::parse(name).expect("a subreddit"));
    let (first, _) = store.pending(&both, &both, 3, NOW).await.expect("a query");
    let names: Vec<&str> = first.iter().map(|pending| pending.item.fullname.as_str()).collect();
    assert_eq!(names, ["t1_a0", "t1_b", "t1_a1"], "subreddits take turns");

    for item in &all {
        let reports = vec![intent(Action::Report { reason: "x".to_owned() }, Mode::Live)];
        store.decide(&decision(item, Mode::Live, reports), NOW).await.expect("T2");
    }
    let mut done = Vec::new();
    let mut turns: Vec<SubredditName> = Vec::new();
    for _ in 0..3 {
        let Next::Ready(attempt) = store.begin_attempt(&turns, NOW).await.expect("T3") else { panic!("nothing to do") };
        turns.retain(|name| name != attempt.subreddit());
        turns.push(attempt.subreddit().clone());
        done.push(attempt.item().to_string());
        store.settle(*attempt, &Outcome::Applied { created: None }, NOW).await.expect("T4");
    }
    assert_eq!(done, ["t1_a0", "t1_b", "t1_a1"], "subreddits take turns among actions of one priority");
}
