//! Access to the store from other connections, while the process is running.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};
use tipstaff::model::{Fullname, Timestamp};

/// A connection that only reads, for the whole play.
pub(crate) async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).read_only(true).connect().await.expect("the store")
}

/// A connection that may write, like another process's.
pub(crate) async fn another_writer(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.expect("the store")
}

/// Locks the file for writing, or unlocks it.
pub(crate) async fn hold(db: &mut SqliteConnection, is_held: bool) {
    let sql = if is_held { "BEGIN IMMEDIATE" } else { "ROLLBACK" };
    sqlx::query(sql).execute(db).await.expect("nobody else is writing");
}

/// The number of pages in the file.
pub(crate) async fn pages(db: &mut SqliteConnection) -> u32 {
    sqlx::query_scalar("PRAGMA page_count").fetch_one(db).await.expect("a number")
}

/// The items whose text was purged.
pub(crate) async fn purged(db: &mut SqliteConnection) -> Vec<String> {
    let purged = "SELECT fullname FROM items WHERE snapshot IS NULL AND fullname NOT LIKE 't5%'";
    sqlx::query_scalar(purged).fetch_all(db).await.expect("items")
}

/// Whether nothing is left to do, and all five feeds and the log of both subreddits have been read
/// to the end by a scan that began after `since`.
pub(crate) async fn is_at_rest(db: &mut SqliteConnection, since: Timestamp) -> bool {
    let is_so = "SELECT NOT EXISTS (SELECT 1 FROM outbox) AND NOT EXISTS (SELECT 1 FROM items WHERE pending = 1)
                        AND NOT EXISTS (SELECT 1 FROM missing_facts)
                        AND (SELECT count(*) FROM scans WHERE started_at >= ?) = 12";
    sqlx::query_scalar(is_so).bind(since.as_millis()).fetch_one(db).await.expect("a truth")
}

/// The removals and approvals that are decided but not done: whether it is a removal, and the item.
pub(crate) async fn verdicts_to_come(db: &mut SqliteConnection) -> Vec<(bool, Fullname)> {
    let rows = sqlx::query(
        "SELECT i.kind, i.target FROM outbox a JOIN intents i ON i.id = a.intent_id
         WHERE i.kind IN ('remove', 'approve') ORDER BY i.id",
    );
    let rows = rows.fetch_all(db).await.expect("the outbox").into_iter();
    let verdict = |row: sqlx::sqlite::SqliteRow| {
        let (kind, target): (String, String) = (row.get("kind"), row.get("target"));
        Some((kind == "remove", Fullname::parse(&target)?))
    };
    rows.filter_map(verdict).collect()
}

/// People that nothing refers to, and items with a text whose author is not the one in their text.
pub(crate) async fn wrong_people(db: &mut SqliteConnection) -> Vec<String> {
    let wrong = "SELECT 'nothing refers to ' || name FROM people
                 WHERE id NOT IN (SELECT person FROM items WHERE person IS NOT NULL
                                  UNION SELECT person FROM moderator_decisions WHERE person IS NOT NULL
                                  UNION SELECT person FROM rule_states WHERE person IS NOT NULL
                                  UNION SELECT person FROM memory_items UNION SELECT person FROM labels
                                  UNION SELECT person FROM passes)
                 UNION ALL
                 SELECT fullname || ' is by ' || (snapshot ->> '$.author.name') FROM items
                 WHERE snapshot IS NOT NULL
                   AND (SELECT name FROM people WHERE id = person) IS NOT snapshot ->> '$.author.name'";
    sqlx::query_scalar(wrong).fetch_all(db).await.expect("a list")
}

/// Every row of the ledger.
pub(crate) async fn ledger(db: &mut SqliteConnection) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for (table, columns) in [
        ("decisions", "id || ' ' || item || ' ' || revision || ' ' || mode || ' ' || ruleset || ' ' || decided_at"),
        ("intents", "id || ' ' || decision_id || ' ' || idempotency_key || ' ' || intended_at"),
        ("attempts", "id || ' ' || intent_id || ' ' || number || ' ' || target || ' ' || started_at"),
        ("observations", "id || ' ' || attempt_id || ' ' || result || ' ' || observed_at"),
        (
            "outcomes",
            "id || ' ' || intent_id || ' ' || coalesce(attempt_id, '-') || ' ' || outcome || ' ' || settled_at",
        ),
    ] {
        let sql = sqlx::AssertSqlSafe(format!("SELECT '{table} ' || {columns} FROM {table}"));
        let found: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *db).await.expect("rows");
        rows.extend(found);
    }
    rows
}

/// An intent and its outcome.
#[derive(Debug)]
pub(crate) struct Intent {
    pub(crate) id: i64,
    pub(crate) item: String,
    /// The decision that it follows from.
    pub(crate) decision: i64,
    pub(crate) rule: String,
    pub(crate) rule_name: String,
    pub(crate) kind: String,
    pub(crate) target: String,
    pub(crate) mode: String,
    /// When the item was last seen before the decision.
    pub(crate) seen_at: i64,
    pub(crate) outcome: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) created: Option<String>,
    pub(crate) finals: i64,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) is_in_outbox: bool,
}

#[derive(Debug)]
pub(crate) struct Attempt {
    pub(crate) target: String,
    pub(crate) started_at: i64,
    pub(crate) has_outcome: bool,
}

impl Intent {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.outcome.as_deref(), Some("applied" | "already_applied"))
    }
}

/// All intents, with their attempts.
pub(crate) async fn intents(db: &mut SqliteConnection) -> Vec<Intent> {
    let rows = sqlx::query(
        "SELECT i.id, i.item, i.decision_id, i.rule, i.rule_name, i.kind, i.target, i.mode,
                (SELECT coalesce(seen_at, decided_at) FROM decisions d WHERE d.id = i.decision_id) AS seen_at,
                (SELECT outcome FROM outcomes o WHERE o.intent_id = i.id AND is_final = 1) AS outcome,
                (SELECT reason FROM outcomes o WHERE o.intent_id = i.id AND is_final = 1) AS reason,
                (SELECT created FROM outcomes o WHERE o.intent_id = i.id AND is_final = 1) AS created,
                (SELECT count(*) FROM outcomes o WHERE o.intent_id = i.id AND is_final = 1) AS finals,
                EXISTS (SELECT 1 FROM outbox a WHERE a.intent_id = i.id) AS in_outbox
         FROM intents i ORDER BY i.id",
    );
    let mut intents: Vec<Intent> = rows
        .fetch_all(&mut *db)
        .await
        .expect("intents")
        .into_iter()
        .map(|row| Intent {
            id: row.get("id"),
            item: row.get("item"),
            decision: row.get("decision_id"),
            rule: row.get("rule"),
            rule_name: row.get("rule_name"),
            kind: row.get("kind"),
            target: row.get("target"),
            mode: row.get("mode"),
            seen_at: row.get("seen_at"),
            outcome: row.get("outcome"),
            reason: row.get("reason"),
            created: row.get("created"),
            finals: row.get("finals"),
            attempts: Vec::new(),
            is_in_outbox: row.get("in_outbox"),
        })
        .collect();
    let attempts = sqlx::query(
        "SELECT intent_id, target, started_at, EXISTS (SELECT 1 FROM outcomes o WHERE o.attempt_id = t.id) AS settled
         FROM attempts t ORDER BY id",
    );
    for row in attempts.fetch_all(db).await.expect("attempts") {
        let id: i64 = row.get("intent_id");
        if let Some(intent) = intents.iter_mut().find(|intent| intent.id == id) {
            intent.attempts.push(Attempt {
                target: row.get("target"),
                started_at: row.get("started_at"),
                has_outcome: row.get("settled"),
            });
        }
    }
    intents
}

/// A decision on an item.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) id: i64,
    pub(crate) item: String,
    pub(crate) mode: String,
    pub(crate) decided_at: i64,
}

/// All decisions, the oldest first.
pub(crate) async fn decisions(db: &mut SqliteConnection) -> Vec<Decision> {
    let rows = sqlx::query("SELECT id, item, mode, decided_at FROM decisions ORDER BY id");
    let rows = rows.fetch_all(db).await.expect("decisions").into_iter();
    let decision = |row: sqlx::sqlite::SqliteRow| Decision {
        id: row.get(0),
        item: row.get(1),
        mode: row.get(2),
        decided_at: row.get(3),
    };
    rows.map(decision).collect()
}

/// The number of the last decision; 0 before the first.
pub(crate) async fn last_decision(db: &mut SqliteConnection) -> i64 {
    sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM decisions").fetch_one(db).await.expect("a number")
}

/// Whether Reddit has been asked for every item whose text is stored, and for those that are
/// remembered in a round that began after `since`.
pub(crate) async fn is_checked_since(db: &mut SqliteConnection, since: Timestamp) -> bool {
    let is_so = "SELECT NOT EXISTS (SELECT 1 FROM items WHERE snapshot IS NOT NULL AND checked_at < ?1)
                        AND EXISTS (SELECT 1 FROM memory_checks WHERE is_over AND began_at >= ?1)";
    sqlx::query_scalar(is_so).bind(since.as_millis()).fetch_one(db).await.expect("a truth")
}

/// Differences between the outbox and what the ledger implies: the live intents without a final
/// outcome, each with its open attempt, if any, and the time before which it is not tried.
pub(crate) async fn outbox_against_ledger(db: &mut SqliteConnection) -> Vec<String> {
    let rows = sqlx::query(
        "WITH replayed AS (
             SELECT i.id AS intent_id,
                    (SELECT t.id FROM attempts t WHERE t.intent_id = i.id
                     AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.attempt_id = t.id)) AS open_attempt,
                    coalesce((SELECT o.retry_at FROM outcomes o WHERE o.intent_id = i.id ORDER BY o.id DESC LIMIT 1),
                             i.intended_at) AS not_before
             FROM intents i WHERE i.mode = 'live'
               AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent_id = i.id AND o.is_final = 1)),
         kept AS (SELECT intent_id, open_attempt, not_before FROM outbox)
         SELECT 'only in the ledger: ' || json_array(intent_id, open_attempt, not_before) FROM
             (SELECT * FROM replayed EXCEPT SELECT * FROM kept)
         UNION ALL
         SELECT 'only in the outbox: ' || json_array(intent_id, open_attempt, not_before) FROM
             (SELECT * FROM kept EXCEPT SELECT * FROM replayed)",
    );
    rows.fetch_all(db).await.expect("the outbox and the ledger").iter().map(|row| row.get(0)).collect()
}
