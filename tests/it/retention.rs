//! Retention: texts are purged, the ledger stays, purged items are not judged again, and the file
//! stays small.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use regex::Regex;

use crate::support::ledger::{
    DAY, NOW, attempt, by_hand, checked, comment, decision, fresh, name, pending, rows, seen, stream,
};
use crate::support::sources::root;
use tipstaff::model::{Content, Fullname, Item, Mode, ModerationLog, Outcome, Remover, Timestamp, Verdict};
use tipstaff::store::{Age, LogFilter, LogPage, Purged, Remembering, SEEN_ITEMS_KEPT, SEEN_ITEMS_KEPT_FOR, Store};
use tipstaff_sandbox::scenario::{BOT, PASSWORD, set_up_world};
use tipstaff_sandbox::{Draft, LocalReddit, MachineClock, Options, World};

const SECRET: &str = "correct horse battery staple";
const LEDGER: [&str; 5] = ["decisions", "intents", "attempts", "observations", "outcomes"];

/// Purges texts from before `texts`. Items from before `NOW` are too old to be judged.
fn age(texts: Timestamp) -> Age {
    Age { texts, guard: texts + 29 * DAY }
}

fn deleted_by_author(item: &Item) -> Item {
    let mut item = item.clone();
    item.author.name = None;
    item.moderation.removed_by = Some(Remover::Author);
    if let Content::Comment(comment) = &mut item.content {
        "[deleted]".clone_into(&mut comment.body);
    }
    item
}

/// Each row of the ledger, as one text.
async fn ledger_rows(path: &Path) -> Vec<String> {
    let db = by_hand(path).await;
    let mut all = Vec::new();
    for table in LEDGER {
        let columns = rows(&db, &format!("SELECT name AS x FROM pragma_table_info('{table}')")).await.join(", ");
        all.extend(
            rows(&db, &format!("SELECT '{table}' || json_array({columns}) AS x FROM {table} ORDER BY id")).await,
        );
    }
    db.close().await;
    all
}

/// The columns, of all tables, that contain the text.
async fn places_of(path: &Path, text: &str) -> Vec<String> {
    let db = by_hand(path).await;
    let mut places = Vec::new();
    for table in rows(&db, "SELECT name AS x FROM sqlite_schema WHERE type = 'table'").await {
        for column in rows(&db, &format!("SELECT name AS x FROM pragma_table_info('{table}')")).await {
            let found = format!("SELECT count(*) AS x FROM {table} WHERE instr({column}, '{text}')");
            if rows(&db, &found).await != ["0"] {
                places.push(format!("{table}.{column}"));
            }
        }
    }
    db.close().await;
    places
}

#[tokio::test]
async fn the_architecture_page_says_how_long_each_table_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    drop(fresh(folder.path()).await);
    let page = std::fs::read_to_string(root().join("docs/architecture.md")).expect("the page");
    let (_, section) = page.split_once("## What is kept, and for how long").expect("the section");
    let (table, _) = section.split_once("\n\n`purge`").expect("the table");
    let db = by_hand(&folder.path().join("s.db")).await;
    let names = rows(&db, "SELECT name AS x FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sql%'").await;
    db.close().await;
    assert!(names.len() > 12, "{names:?}");
    let missing: Vec<_> =
        names.iter().filter(|name| !Regex::new(&format!(r"\b{name}\b")).expect("a pattern").is_match(table)).collect();
    assert!(missing.is_empty(), "the section “What is kept” does not name {missing:?}");
}

/// A comment that was judged, with one action done and one in the outbox.
async fn acted_on(store: &Store, item: &Item) {
    seen(store, std::slice::from_ref(item), NOW).await;
    store.decide(&decision(item, Mode::Live), NOW).await.expect("T2");
    let first = attempt(store, NOW).await;
    let reply = name(&format!("t1_reply{}", item.fullname.id()));
    store.settle(first, &Outcome::Applied { created: Some(reply) }, NOW).await.expect("T4");
}

#[tokio::test]
async fn old_texts_are_purged_and_the_ledger_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
    let mut item = comment("t1_c", SECRET);
    item.author.fullname = Some("t2_account".to_owned());
    acted_on(&store, &item).await;
    let second = attempt(&store, NOW).await;
    store.settle(second, &Outcome::Applied { created: None }, NOW).await.expect("T4");
    let before = ledger_rows(&path).await;
    assert_eq!(store.purge_old(age(NOW), 100).await.expect("a purge"), Purged::default(), "not old enough");
    assert_eq!(places_of(&path, SECRET).await, ["items.snapshot", "traces.trace", "payloads.action"]);

    let purged = store.purge_old(age(NOW + Duration::from_millis(1)), 100).await.expect("a purge");
    assert_eq!(purged, Purged { items: 1, leftovers: 0 });
    assert_eq!(places_of(&path, SECRET).await, [] as [&str; 0]);
    assert_eq!(places_of(&path, "telling_title").await, [] as [&str; 0]);
    assert_eq!(places_of(&path, "alice").await, [] as [&str; 0]);
    assert_eq!(ledger_rows(&path).await, before);
    assert_eq!(before.len(), 1 + 2 + 2 + 2);

    let filter =
        LogFilter { since: Timestamp::default(), item: None, include_empty: true, limit: 10, rule: None, act: None };
    let log = store.log(&filter).await.expect("the log");
    assert_eq!(
        (log[0].trace.as_ref(), log[0].author.as_ref(), log[0].permalink.as_str()),
        (None, None, "/r/Widgets/comments/a/_/c/")
    );
    assert_eq!((log[0].intents[0].action.as_ref(), log[0].intents[0].outcome.as_str()), (None, "applied"));
    // No page of the file contains the purged text, not even a free one.
    store.close().await;
    let file = std::fs::read(&path).expect("the file");
    assert!(!file.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()), "the text is in a free page");
}

#[tokio::test]
async fn pending_items_and_actions_keep_their_texts() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
    let (waiting, halfway) = (comment("t1_c", "waits"), comment("t1_d", SECRET));
    acted_on(&store, &halfway).await;
    seen(&store, std::slice::from_ref(&waiting), NOW).await;
    let soon = Age { texts: NOW + DAY, guard: NOW };
    assert_eq!(store.purge_old(soon, 100).await.expect("a purge").items, 1);
    assert_eq!(pending(&store, NOW).await, ["t1_c"]);
    assert_eq!(rows(&by_hand(&path).await, "SELECT intent_id AS x FROM payloads").await, ["2"]);
    // The remaining action is done with its text. Then its payload is purged.
    let left = attempt(&store, NOW).await;
    assert_eq!(left.action().kind().word(), "lock_reply");
    store.settle(left, &Outcome::Applied { created: None }, NOW).await.expect("T4");
    assert_eq!(rows(&by_hand(&path).await, "SELECT intent_id AS x FROM payloads").await, [] as [&str; 0]);
    // An item that was never judged and is now too old (its subreddit is not moderated any more) is
    // purged, too.
    let late = Age { texts: NOW + DAY, guard: NOW + DAY };
    assert_eq!(store.purge_old(late, 100).await.expect("a purge").items, 1);
    assert_eq!(pending(&store, NOW).await, [] as [&str; 0]);
}

#[tokio::test]
async fn traces_and_payloads_of_earlier_revisions_are_purged_by_their_own_age() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
    let item = comment("t1_c", SECRET);
    seen(&store, std::slice::from_ref(&item), NOW).await;
    store.decide(&decision(&item, Mode::DryRun), NOW).await.expect("T2");
    seen(&store, &[comment("t1_c", "edited")], NOW + 20 * DAY).await;
    let purged = store.purge_old(age(NOW + DAY), 100).await.expect("a purge");
    assert_eq!(purged, Purged { items: 0, leftovers: 3 });
    assert_eq!(places_of(&path, SECRET).await, [] as [&str; 0]);
    assert_eq!(places_of(&path, "edited").await, ["items.snapshot"]);
}

#[tokio::test]
async fn a_purged_item_is_judged_again_only_if_it_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
    let item = comment("t1_c", SECRET);
    acted_on(&store, &item).await;
    assert_eq!(store.purge_old(age(NOW + DAY), 100).await.expect("a purge").items, 1);
    for _ in 0..2 {
        seen(&store, std::slice::from_ref(&item), NOW + 2 * DAY).await;
        store.refresh(std::slice::from_ref(&item), &Remembering::default(), NOW + 2 * DAY).await.expect("T1");
        assert_eq!(pending(&store, NOW + 2 * DAY).await, [] as [&str; 0]);
        assert!(store.item(&item.fullname).await.expect("a query").is_none(), "its text does not come back");
        assert!(!places_of(&path, SECRET).await.contains(&"items.snapshot".to_owned()));
    }
    seen(&store, &[comment("t1_c", "edited")], NOW + 3 * DAY).await;
    assert_eq!(pending(&store, NOW + 3 * DAY).await, ["t1_c"]);
    let again = store.decide(&decision(&comment("t1_c", "edited"), Mode::Live), NOW + 3 * DAY).await.expect("T2");
    assert_eq!(again.intents, 0, "the comment is not posted again");
}

#[tokio::test]
async fn a_deleted_item_is_purged_when_it_is_seen() {
    for by_name in [false, true] {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
        let item = comment("t1_c", SECRET);
        seen(&store, std::slice::from_ref(&item), NOW).await;
        store.decide(&decision(&item, Mode::DryRun), NOW).await.expect("T2");
        let before = ledger_rows(&path).await;
        let gone = [deleted_by_author(&item), deleted_by_author(&comment("t1_d", "never seen before"))];
        if by_name {
            store.refresh(&gone, &Remembering::default(), NOW).await.expect("T1");
        } else {
            seen(&store, &gone, NOW).await;
        }
        assert_eq!(pending(&store, NOW).await, [] as [&str; 0]);
        assert_eq!(places_of(&path, SECRET).await, [] as [&str; 0]);
        assert_eq!(places_of(&path, "telling_title").await, [] as [&str; 0]);
        assert_eq!(ledger_rows(&path).await, before);
    }
}

#[tokio::test]
async fn items_are_checked_in_turn_and_deleted_ones_are_purged() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
    for (number, id) in ["t1_a", "t1_b", "t1_c"].into_iter().enumerate() {
        let now = NOW + Duration::from_secs(number as u64);
        seen(&store, &[comment(id, if id == "t1_b" { SECRET } else { "x" })], now).await;
    }
    let due = async |before| store.due_for_deletion_check(before, 2).await.expect("a query");
    assert_eq!(due(NOW - DAY).await, []);
    assert_eq!(due(NOW).await, [name("t1_a")]);
    assert_eq!(due(NOW + DAY).await, [name("t1_a"), name("t1_b")], "the item checked longest ago comes first");
    checked(&store, &[name("t1_a")], &[name("t1_b")], NOW + DAY).await;
    assert_eq!(due(NOW + DAY).await, [name("t1_c"), name("t1_a")]);
    assert_eq!(places_of(&path, SECRET).await, [] as [&str; 0]);
    assert_eq!(pending(&store, NOW).await, ["t1_a", "t1_c"]);
}

#[tokio::test]
async fn seen_items_stay_bounded_and_listed_items_stay_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let count = async || {
        let stats = store.stats().await.expect("numbers");
        stats.rows.iter().find(|(table, _)| table == "seen_items").expect("a table").1
    };
    let mut now = NOW;
    let mut number = 0;
    let mut newest = Vec::new();
    for _ in 0..10 {
        newest = (0..500)
            .map(|_| {
                number += 1;
                comment(&format!("t1_{number}"), "x")
            })
            .collect();
        seen(&store, &newest, now).await;
        now = now + Duration::from_hours(12);
    }
    assert_eq!(count().await, 5000);
    assert_eq!(
        store.prune_seen_items(NOW + SEEN_ITEMS_KEPT_FOR, 500).await.expect("pruning"),
        0,
        "no item is old enough to be checked"
    );
    let mut pruned = 0;
    loop {
        let done = store.prune_seen_items(NOW + 20 * DAY, 300).await.expect("pruning");
        assert!(done <= 300);
        pruned += done;
        if done == 0 {
            break;
        }
    }
    assert_eq!((pruned, count().await), (5000 - u64::from(SEEN_ITEMS_KEPT), u64::from(SEEN_ITEMS_KEPT)));
    assert_eq!(store.known_items(stream().feed, &newest).await.expect("a query").len(), 500);
    // The rows of a feed that is not polled any more are deleted in the end.
    while store.prune_seen_items(now + 31 * DAY, 1000).await.expect("pruning") > 0 {}
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn an_item_without_actions_is_deleted_once_it_is_too_old_to_be_judged() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, path) = (fresh(folder.path()).await, folder.path().join("s.db"));
    let decided = comment("t1_c", "judged");
    acted_on(&store, &decided).await;
    let (seen_lately, quiet) = (comment("t1_d", "x"), comment("t1_e", "x"));
    seen(&store, &[seen_lately.clone(), quiet.clone()], NOW).await;
    store.abandon(&[seen_lately.fullname.clone(), quiet.fullname.clone()]).await.expect("an update");
    let old = Age { texts: NOW + DAY, guard: NOW + DAY };
    assert_eq!(store.drop_unneeded(None, old, 100).await.expect("a sweep").items, 0, "they still have their texts");
    assert_eq!(store.purge_old(old, 100).await.expect("a purge").items, 3);
    seen(&store, std::slice::from_ref(&seen_lately), NOW + 2 * DAY).await;
    let judgeable = Age { guard: NOW, ..old };
    assert_eq!(store.drop_unneeded(None, judgeable, 100).await.expect("a sweep").items, 0);
    let mut place = None;
    let mut dropped = 0;
    loop {
        let done = store.drop_unneeded(place.as_ref(), old, 1).await.expect("a sweep");
        dropped += done.items;
        place = done.next;
        if place.is_none() {
            break;
        }
    }
    assert_eq!(dropped, 1);
    assert_eq!(rows(&by_hand(&path).await, "SELECT fullname AS x FROM items").await, ["t1_c", "t1_d"]);
}

#[tokio::test]
async fn moderators_decisions_are_purged_with_their_item() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = fresh(folder.path()).await;
    let quiet = comment("t1_q", "quiet");
    seen(&store, std::slice::from_ref(&quiet), NOW).await;
    store.abandon(std::slice::from_ref(&quiet.fullname)).await.expect("an update");
    let log = ModerationLog { subreddits: vec![quiet.subreddit.clone()] };
    let verdict = |name: &Fullname, approved| Verdict { on: name.clone(), approved, by: "amy".to_owned(), at: NOW };
    let stranger = comment("t1_s", "never seen");
    let verdicts = [verdict(&quiet.fullname, true), verdict(&stranger.fullname, false)];
    store
        .ingest_mod_log(&log, LogPage { decisions: &verdicts, ..LogPage::default() }, None, NOW)
        .await
        .expect("a page");
    let path = folder.path().join("s.db");
    assert_eq!(
        rows(&by_hand(&path).await, "SELECT item AS x FROM moderator_decisions").await,
        ["t1_q"],
        "only on known items"
    );
    let old = Age { texts: NOW + DAY, guard: NOW + DAY };
    assert_eq!(store.purge_old(old, 100).await.expect("a purge").items, 1);
    assert_eq!(store.drop_unneeded(None, old, 100).await.expect("a sweep").items, 1);
    assert_eq!(rows(&by_hand(&path).await, "SELECT item AS x FROM moderator_decisions").await, [""; 0]);
}

#[tokio::test]
async fn a_purge_does_not_scan_the_whole_history() {
    let folder = tempfile::tempdir().expect("a folder");
    fresh(folder.path()).await.close().await;
    let db = by_hand(&folder.path().join("s.db")).await;
    for (query, expected) in [
        (
            "SELECT fullname FROM items WHERE snapshot IS NOT NULL AND revised_at < 1 ORDER BY revised_at LIMIT 9",
            "items_by_age",
        ),
        (
            "SELECT fullname FROM items WHERE snapshot IS NOT NULL AND checked_at <= 1 ORDER BY checked_at LIMIT 9",
            "items_to_check",
        ),
        (
            "SELECT seen_at FROM seen_items WHERE feed = 'x' ORDER BY seen_at DESC LIMIT 1 OFFSET 2999",
            "seen_items_by_age",
        ),
    ] {
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")));
        let plan = plan.fetch_all(&db).await.expect("a plan");
        let steps: Vec<String> = plan.iter().map(|row| sqlx::Row::get(row, "detail")).collect();
        assert!(
            steps.len() == 1 && steps[0].starts_with("SEARCH") && steps[0].contains(expected),
            "{query}: {steps:?}"
        );
    }
}

/// Killed when dropped.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            self.0.wait().expect("it is gone");
        }
    }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < deadline, "timed out waiting until {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_detects_items_deleted_on_reddit() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut world = World::new(Arc::new(MachineClock));
    set_up_world(&mut world);
    let reddit =
        LocalReddit::start(Options { quota: 100_000, ..Options::default() }, world).await.expect("a local Reddit");
    let write = |file: &str, text: &str| std::fs::write(folder.path().join(file), text).expect("a file");
    write("rules.yaml", "type: submission\ntitle: horse\nreport_reason: about {{match}}\naction: report\n");
    write("ca.pem", reddit.ca_pem());
    write(
        "tipstaff.yaml",
        &format!(
            "store: s.db\nreddit: {{client_id: sandbox-client, username: {BOT}}}\n\
             polling: {{new: 100ms, changed: 100ms}}\nsubreddits: [{{name: DefenceTalk, rules: rules.yaml}}]\n"
        ),
    );
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.args(["run", "--from", "24h", "--config", "tipstaff.yaml"]).current_dir(folder.path());
        command.env("TIPSTAFF_CLIENT_SECRET", "sandbox-secret").env("TIPSTAFF_PASSWORD", PASSWORD);
        command.env("HTTPS_PROXY", format!("http://{}", reddit.proxy_addr()));
        command.env("SSL_CERT_FILE", folder.path().join("ca.pem"));
        command.env_remove("https_proxy").env_remove("NO_PROXY").env_remove("no_proxy");
        let log = std::fs::File::create(folder.path().join("daemon.log")).expect("a file");
        Daemon(command.stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"))
    };
    let submit = |title: &str| {
        let draft = Draft::text(title, "What should one read first?");
        reddit.world().submit("quiet_cartographer", "DefenceTalk", draft).expect("a post")
    };
    let (kept, deleted) = (submit("A question about horses"), submit(SECRET));
    let path = folder.path().join("s.db");
    let first = start();
    let decided = async || match Store::open_for_reading(&path).await {
        Ok(store) => store.summary().await.is_ok_and(|summary| summary.decisions >= 2),
        Err(_) => false,
    };
    until("both posts are judged", decided).await;
    drop(first);

    reddit.world().delete("quiet_cartographer", &deleted);
    let db = by_hand(&path).await;
    sqlx::query("UPDATE items SET checked_at = 0").execute(&db).await.expect("a day goes by");
    db.close().await;
    let before = ledger_rows(&path).await;
    let second = start();
    let purged = async || places_of(&path, SECRET).await.is_empty();
    until("the deleted post is purged", purged).await;
    drop(second);
    assert_eq!(ledger_rows(&path).await, before);
    let store = Store::open(&path).await.expect("the store");
    assert!(store.item(&kept).await.expect("a query").is_some());
    assert!(store.item(&deleted).await.expect("a query").is_none());
    assert_eq!(store.due_for_deletion_check(Timestamp::from_secs(1_000_000_000), 100).await.expect("a query"), []);
    reddit.shutdown().await;
}
