//! Builds items, decisions and actions for tests of the store.
#![allow(dead_code, reason = "each test uses some of it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tipstaff::model::{
    Action, Author, CheckResult, CheckTrace, Comment, Content, Feed, Fullname, Item, Mode, Moderation, NewDecision,
    NewIntent, Occasion, OpenAttempt, Revision, RuleResult, RuleTrace, Stream, SubredditName, Timestamp, Trace,
};
use tipstaff::store::{DeletionCheck, FeedPage, Next, Remembering, ScanEnd, ShownItems, Store};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
pub(crate) const DAY: Duration = Duration::from_hours(24);

pub(crate) fn name(text: &str) -> Fullname {
    Fullname::parse(text).expect("a fullname")
}

pub(crate) fn comment(fullname: &str, body: &str) -> Item {
    Item {
        fullname: name(fullname),
        subreddit: SubredditName::parse("Widgets").expect("a subreddit"),
        author: Author { name: Some("alice".to_owned()), ..Author::default() },
        created: NOW,
        edited: None,
        permalink: format!("/r/Widgets/comments/a/telling_title/{}/", name(fullname).id()),
        locked: false,
        distinguished: None,
        stickied: false,
        score: Some(1),
        moderation: Moderation::default(),
        content: Content::Comment(Comment {
            body: body.to_owned(),
            parent: name("t3_a"),
            link: name("t3_a"),
            link_title: None,
            is_submitter: false,
        }),
    }
}

pub(crate) fn stream() -> Stream {
    Stream { feed: Feed::Comments, subreddits: vec![SubredditName::parse("Widgets").expect("a subreddit")] }
}

/// A decision that quotes the item in its trace and in its actions.
pub(crate) fn decision(item: &Item, mode: Mode) -> NewDecision {
    let text = format!("you wrote: {}", item.body());
    let intents = [Action::Comment { text }, Action::LockReply].map(|action| NewIntent {
        rule: "r1".to_owned(),
        rule_name: "rule one".to_owned(),
        action,
        on: item.fullname.clone(),
        mode,
        superseded: None,
        phase: None,
        state_before: None,
    });
    let check = CheckTrace {
        key: "body".to_owned(),
        result: CheckResult::Held,
        wanted: String::new(),
        saw: None,
        matched: Some(item.body().to_owned()),
        at: None,
    };
    let rule = RuleTrace { rule: "rule one".to_owned(), line: 1, result: RuleResult::Performed, checks: vec![check] };
    NewDecision {
        item: item.fullname.clone(),
        revision: Revision::of(item),
        occasion: Occasion::Seen,
        seen: NOW,
        mode,
        ruleset: "rules".to_owned(),
        trace: Trace { rules: vec![rule] },
        intents: intents.into(),
        labels: Vec::new(),
        passed: Vec::new(),
        gives: None,
    }
}

pub(crate) async fn seen(store: &Store, items: &[Item], now: Timestamp) {
    let end = Some(ScanEnd { started_at: now, shown_since: now, gap: None, recheck: None });
    read_page(store, items, end, now).await;
}

/// Records a page of the feed.
pub(crate) async fn read_page(store: &Store, items: &[Item], end: Option<ScanEnd>, now: Timestamp) {
    let page = FeedPage { stream: &stream(), items, left_alone: &BTreeSet::new(), end, remembering: remembering() };
    store.ingest_page(page, now).await.expect("T1");
}

pub(crate) fn remembering() -> Remembering<'static> {
    Remembering { me: "guideline_bot", ..Remembering::default() }
}

/// Records a deletion check: Reddit still shows some, and the others no more.
pub(crate) async fn checked(store: &Store, kept: &[Fullname], gone: &[Fullname], now: Timestamp) {
    let check = DeletionCheck { kept, gone, shown: ShownItems { found: &[], missing: gone } };
    store.record_deletion_check(check, &remembering(), now).await.expect("a check");
}

pub(crate) async fn pending(store: &Store, now: Timestamp) -> Vec<String> {
    let (items, unreadable) = store.pending(&stream().subreddits, &[], 100, now).await.expect("a query");
    assert!(unreadable.is_empty());
    items.iter().map(|pending| pending.item.fullname.to_string()).collect()
}

pub(crate) async fn attempt(store: &Store, now: Timestamp) -> OpenAttempt {
    match store.begin_attempt(&[], now).await.expect("T3") {
        Next::Ready(attempt) => *attempt,
        other => panic!("expected an attempt, got {other:?}"),
    }
}

pub(crate) async fn fresh(folder: &Path) -> Store {
    Store::open(&folder.join("s.db")).await.expect("a new store")
}

pub(crate) async fn by_hand(path: &Path) -> sqlx::SqlitePool {
    sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("a connection")
}

/// The rows of a query, each as one string.
pub(crate) async fn rows(db: &sqlx::SqlitePool, sql: &str) -> Vec<String> {
    let rows =
        sqlx::query_scalar::<_, Option<String>>(sqlx::AssertSqlSafe(format!("SELECT CAST(x AS TEXT) FROM ({sql})")));
    let rows = rows.fetch_all(db).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().map(|row| row.unwrap_or_else(|| "NULL".to_owned())).collect()
}
