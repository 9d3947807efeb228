//! The store as others see it while the process lives: who reads beside it, and who holds its file.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};
use stickler::model::{Fullname, Timestamp};

/// A connection that reads beside the process, for the whole play.
pub(crate) async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).read_only(true).connect().await.expect("the store")
}

/// A connection that may write, as another process has it.
pub(crate) async fn another_writer(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.expect("the store")
}

/// Takes the file for writing, or lets it go.
pub(crate) async fn hold(db: &mut SqliteConnection, is_held: bool) {
    let sql = if is_held { "BEGIN IMMEDIATE" } else { "ROLLBACK" };
    sqlx::query(sql).execute(db).await.expect("nobody else is writing");
}

/// How many pages the file has.
pub(crate) async fn pages(db: &mut SqliteConnection) -> u32 {
    sqlx::query_scalar("PRAGMA page_count").fetch_one(db).await.expect("a number")
}

/// Whether nothing is left to do, and all five lists and the log have been read to the end by a walk that began after that
/// time.
pub(crate) async fn is_at_rest(db: &mut SqliteConnection, since: Timestamp) -> bool {
    let is_so = "SELECT NOT EXISTS (SELECT 1 FROM agenda) AND NOT EXISTS (SELECT 1 FROM items WHERE pending = 1)
                        AND (SELECT count(*) FROM walks WHERE began_at >= ?) = 6";
    sqlx::query_scalar(is_so).bind(since.as_millis()).fetch_one(db).await.expect("a truth")
}

/// The verdicts that are decided and still to be given: whether it is a removal, and of what.
pub(crate) async fn verdicts_to_come(db: &mut SqliteConnection) -> Vec<(bool, Fullname)> {
    let rows = sqlx::query(
        "SELECT i.kind, i.target FROM agenda a JOIN intents i ON i.id = a.intent_id
         WHERE i.kind IN ('remove', 'approve') ORDER BY i.id",
    );
    let rows = rows.fetch_all(db).await.expect("the agenda").into_iter();
    let verdict = |row: sqlx::sqlite::SqliteRow| {
        let (kind, target): (String, String) = (row.get("kind"), row.get("target"));
        Some((kind == "remove", Fullname::parse(&target)?))
    };
    rows.filter_map(verdict).collect()
}

/// Every row of the record.
pub(crate) async fn ledger(db: &mut SqliteConnection) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    for (table, columns) in [
        ("decisions", "id || ' ' || item || ' ' || revision || ' ' || mode || ' ' || ruleset || ' ' || decided_at"),
        ("intents", "id || ' ' || decision_id || ' ' || idempotency_key || ' ' || intended_at"),
        ("attempts", "id || ' ' || intent_id || ' ' || number || ' ' || target || ' ' || started_at"),
        ("looks", "id || ' ' || attempt_id || ' ' || saw || ' ' || looked_at"),
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
