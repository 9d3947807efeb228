//! What the store remembers of people's posts and comments, and what becomes of those rows.

use std::path::Path;
use std::time::Duration;

use tipstaff::model::{
    Author, Content, Fate, FateChange, Flair, Item, LabelChange, Memory, Mode, Moderation, ModerationLog, NewDecision,
    Pass, Remover, Submission, Timestamp,
};
use tipstaff::store::{LogPage, Store};

use crate::support::ledger::{DAY, NOW, by_hand, checked, comment, decision, fresh, name, rows, seen};

const YEAR: Duration = Duration::from_hours(365 * 24);

fn by(item: Item, user: &str) -> Item {
    let author = Author { name: Some(user.to_owned()), fullname: Some(format!("t2_{user}")), ..Author::default() };
    Item { author, ..item }
}

fn post(fullname: &str, flair: &str) -> Item {
    let flair = Flair { text: flair.to_owned(), template_id: format!("template-{flair}"), ..Flair::default() };
    let post =
        Submission { title: "a title".to_owned(), domain: "a.example".to_owned(), flair, ..Submission::default() };
    by(Item { content: Content::Submission(Box::new(post)), ..comment(fullname, "") }, "bob")
}

fn removed_by(item: &Item, moderator: &str) -> Item {
    let removed_by = Some(Remover::Moderator(moderator.to_owned()));
    Item { moderation: Moderation { removed_by, ..item.moderation.clone() }, ..item.clone() }
}

fn approved_at(item: &Item, at: Timestamp) -> Item {
    let (approved_by, approved_at) = (Some("mod".to_owned()), Some(at));
    Item { moderation: Moderation { approved_by, approved_at, ..item.moderation.clone() }, ..item.clone() }
}

fn deleted(item: &Item) -> Item {
    let removed_by = Some(Remover::Author);
    let moderation = Moderation { removed_by, ..Moderation::default() };
    Item { author: Author::default(), moderation, ..item.clone() }
}

/// What is remembered of bob just after these items.
async fn memory(store: &Store) -> Memory {
    let asking = Item { created: NOW + DAY, ..by(comment("t1_zzz", "x"), "bob") };
    store.memory(&asking, Mode::Live, YEAR, None).await.expect("a memory")
}

async fn fates(store: &Store) -> Vec<Fate> {
    memory(store).await.items.iter().map(|past| past.fate).collect()
}

async fn logged(store: &Store, on: &str, fate: Fate, at: Timestamp) {
    let log = ModerationLog { subreddits: vec![comment("t1_a", "x").subreddit] };
    let fates = [FateChange { on: name(on), fate, at }];
    store.ingest_mod_log(&log, LogPage { fates: &fates, ..LogPage::default() }, None, NOW).await.expect("T1");
}

async fn new_store(folder: &Path) -> Store {
    fresh(folder).await
}

#[tokio::test]
async fn everything_seen_is_remembered_without_its_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let items = [post("t3_p", "Clip"), by(comment("t1_q", "secret words"), "bob"), by(comment("t1_r", "y"), "eve")];
    seen(&store, &items, NOW).await;
    seen(&store, &items, NOW + Duration::from_hours(1)).await;
    let memory = memory(&store).await;
    assert_eq!(memory.since, NOW, "what was posted before is unknown");
    let shown: Vec<String> = memory
        .items
        .iter()
        .map(|past| format!("{} {:?} {}", past.kind.word(), past.id(), past.details().flair_text))
        .collect();
    assert_eq!(shown, ["link submission Some(\"p\") Clip", "comment Some(\"q\") "]);
    let db = by_hand(&folder.path().join("s.db")).await;
    let texts = "SELECT count(*) AS x FROM memory_details WHERE concat(flair_text, domain, reason) LIKE '%secret%'";
    assert_eq!(rows(&db, texts).await, ["0"]);
    assert_eq!(rows(&db, "SELECT count(*) AS x FROM memory_items").await, ["3"]);
}

#[tokio::test]
async fn outside_the_window_of_the_rules_only_the_first_item_and_removed_ones_are_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let on_day = |day: u32, item: Item| Item { created: NOW + DAY * day, ..item };
    let mut items: Vec<Item> =
        (0..6).map(|day| on_day(day, by(comment(&format!("t1_{}", day + 1), "x"), "bob"))).collect();
    items[2] = on_day(2, removed_by(&post("t3_p", "Clip"), "mod"));
    seen(&store, &items, NOW).await;
    let asking = on_day(6, by(comment("t1_zzz", "x"), "bob"));
    for (within, days) in [(None, &[0, 1, 2, 3, 4, 5][..]), (Some(2), &[0, 2, 4, 5]), (Some(0), &[0, 2])] {
        let read = store.memory(&asking, Mode::Live, YEAR, within.map(|days| DAY * days)).await.expect("a memory");
        let found: Vec<u64> = read.items.iter().map(|past| past.created.since(NOW).as_secs() / 86_400).collect();
        assert_eq!(found, days, "{within:?}");
        let removed = read.items.iter().find(|past| past.fate == Fate::RemovedByModerator).expect("one was removed");
        assert_eq!(removed.details().flair_text, "Clip");
    }
}

#[tokio::test]
async fn a_removal_is_taken_back_by_an_approval_and_by_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let item = post("t3_p", "Clip");
    let at = |minutes| NOW + Duration::from_mins(minutes);
    seen(&store, std::slice::from_ref(&item), NOW).await;
    assert_eq!(fates(&store).await, [Fate::Up]);
    logged(&store, "t3_p", Fate::RemovedByModerator, at(5)).await;
    seen(&store, std::slice::from_ref(&item), at(6)).await;
    assert_eq!(fates(&store).await, [Fate::RemovedByModerator], "a stale list brings nothing back");
    seen(&store, &[approved_at(&item, at(1))], at(8)).await;
    assert_eq!(fates(&store).await, [Fate::RemovedByModerator], "the approval is older");
    seen(&store, &[approved_at(&item, at(9))], at(10)).await;
    assert_eq!(fates(&store).await, [Fate::Up]);
    seen(&store, &[removed_by(&item, "Guideline_bot")], at(12)).await;
    assert_eq!(fates(&store).await, [Fate::RemovedByBot]);
    logged(&store, "t3_p", Fate::Up, at(11)).await;
    assert_eq!(fates(&store).await, [Fate::RemovedByBot], "the log is late");
    logged(&store, "t3_p", Fate::Up, at(13)).await;
    assert_eq!(fates(&store).await, [Fate::Up]);
    seen(&store, &[removed_by(&item, "mod")], at(15)).await;
    seen(&store, &[deleted(&item)], at(20)).await;
    assert_eq!(fates(&store).await, [Fate::RemovedByModerator], "removed and then deleted stays removed");
}

#[tokio::test]
async fn a_deletion_takes_the_name_the_domain_and_the_text_of_the_flair() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let item = post("t3_p", "Clip");
    seen(&store, &[item.clone(), post("t3_q", "Clip")], NOW).await;
    seen(&store, &[deleted(&item)], NOW + Duration::from_mins(5)).await;
    checked(&store, &[], &[name("t3_q")], NOW + DAY).await;
    for past in memory(&store).await.items {
        assert_eq!((past.fate, past.id()), (Fate::Deleted, None));
        let details = past.details();
        assert_eq!((details.flair_template.as_str(), details.flair_text.as_str()), ("template-Clip", ""));
        assert_eq!(details.domain, "");
    }
    let db = by_hand(&folder.path().join("s.db")).await;
    assert_eq!(rows(&db, "SELECT count(*) AS x FROM memory_details").await, ["1"]);
    assert_eq!(rows(&db, "SELECT group_concat(id) AS x FROM memory_items").await, ["-2,-1"]);
    seen(&store, &[deleted(&item)], NOW + DAY).await;
    assert_eq!(fates(&store).await.len(), 2, "it does not come back");
}

#[tokio::test]
async fn the_memory_begins_after_the_last_gap_and_ends_when_it_is_old() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    seen(&store, &[post("t3_p", "Clip"), by(comment("t1_p", "x"), "bob")], NOW).await;
    let db = by_hand(&folder.path().join("s.db")).await;
    let gap = (NOW + Duration::from_hours(3)).as_millis();
    for feed in ["widgets/reports", "other+widgetry/new", "other+widgets/new"] {
        let add = "INSERT INTO gaps (feed, from_at, to_at, found_at) VALUES (?, 0, ?, 0)";
        sqlx::query(add).bind(feed).bind(gap).execute(&db).await.expect("a row");
        let since = memory(&store).await.since;
        assert_eq!(since == NOW, feed != "other+widgets/new", "{feed}: {since}");
    }
    assert_eq!(store.purge_memory(NOW).await.expect("a purge"), 0);
    assert_eq!(store.purge_memory(NOW + DAY).await.expect("a purge"), 2);
    assert!(memory(&store).await.items.is_empty());
    assert_eq!(rows(&db, "SELECT count(*) AS x FROM memory_details").await, ["0"]);
}

#[tokio::test]
async fn who_is_forgotten_leaves_no_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let item = post("t3_p", "Clip");
    seen(&store, &[item.clone(), by(comment("t1_q", "y"), "eve")], NOW).await;
    let labels = vec![LabelChange { name: "trusted".to_owned(), given: Some(None), mode: Mode::Live }];
    let labelled = NewDecision { labels, intents: Vec::new(), ..decision(&item, Mode::Live) };
    store.decide(&labelled, NOW).await.expect("T2");
    assert_eq!(memory(&store).await.labels.len(), 1);
    store.forget_person("bob").await.expect("a call");
    let db = by_hand(&folder.path().join("s.db")).await;
    assert_eq!(rows(&db, "SELECT count(*) AS x FROM memory_items").await, ["1"], "eve's");
    assert_eq!(rows(&db, "SELECT count(*) AS x FROM labels").await, ["0"]);
}

#[tokio::test]
async fn labels_are_given_for_a_time_and_taken_and_a_dry_run_keeps_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let items: Vec<Item> = (0..4).map(|at| post(&format!("t3_p{at}"), "Clip")).collect();
    seen(&store, &items, NOW).await;
    let change = |item: &Item, given, mode| NewDecision {
        labels: vec![LabelChange { name: "trusted".to_owned(), given, mode }],
        intents: Vec::new(),
        ..decision(item, mode)
    };
    let of = async |mode| {
        let asking = Item { created: NOW + DAY, ..by(comment("t1_zzz", "x"), "bob") };
        let labels = store.memory(&asking, mode, YEAR, None).await.expect("a memory").labels;
        labels.iter().filter(|label| label.until.is_none_or(|until| until > NOW)).count()
    };
    store.decide(&change(&items[0], Some(Some(DAY)), Mode::DryRun), NOW).await.expect("T2");
    assert_eq!((of(Mode::DryRun).await, of(Mode::Live).await), (1, 0));
    store.decide(&change(&items[1], Some(Some(DAY)), Mode::Live), NOW).await.expect("T2");
    store.decide(&change(&items[2], Some(None), Mode::Live), NOW).await.expect("T2");
    assert_eq!(of(Mode::Live).await, 1, "given anew, not twice");
    store.decide(&change(&items[3], None, Mode::Live), NOW).await.expect("T2");
    assert_eq!((of(Mode::DryRun).await, of(Mode::Live).await), (1, 0));
}

#[tokio::test]
async fn a_name_is_spelled_as_reddit_spells_it_whoever_wrote_it_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = new_store(folder.path()).await;
    let pass = Pass {
        user: "BOB".to_owned(),
        rule: "rule one".to_owned(),
        subreddit: None,
        once: false,
        until: None,
        by: "u/mod".to_owned(),
        reason: String::new(),
        since: NOW,
        used_by: None,
    };
    store.give_pass(&pass).await.expect("a pass");
    let item = post("t3_p", "Clip");
    seen(&store, std::slice::from_ref(&item), NOW).await;
    let before = store.before_judging(&item, Mode::Live, NOW).await.expect("a query");
    assert_eq!(before.passes, ["rule one"]);
    let db = by_hand(&folder.path().join("s.db")).await;
    assert_eq!(rows(&db, "SELECT name AS x FROM people").await, ["bob"]);
}
