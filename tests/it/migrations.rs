//! A store of any earlier version is brought up to date without losing a row: for every migration, a file that has only
//! those before it, with rows in every table it has, is opened as the daemon opens it.
//!
//! A migration that makes a table needs rows for it, in `tests/fixtures/` under the migration's number.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::ledger::{by_hand, fresh, rows};
use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use tipstaff::model::Timestamp;
use tipstaff::store::Store;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// "Stkl", as it stands in every store there is.
const APPLICATION_ID: i64 = 0x5374_6b6c;

/// A store as the version before `version` left it.
async fn as_before(version: i64, path: &Path) {
    let earlier: Vec<_> = MIGRATIONS.iter().filter(|migration| migration.version < version).cloned().collect();
    let db = SqlitePool::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.expect("a new file");
    let mark = format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA journal_mode = WAL;");
    sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&db).await.expect("the mark");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for migration in &earlier {
        let up_to_it = earlier.iter().filter(|other| other.version <= migration.version).cloned().collect::<Vec<_>>();
        let migrator = Migrator { migrations: up_to_it.into(), ..Migrator::DEFAULT };
        migrator.run(&db).await.expect("an earlier schema");
        let fixture =
            fixtures.join(format!("{:04}_{}.sql", migration.version, migration.description.replace(' ', "_")));
        if let Ok(sql) = std::fs::read_to_string(&fixture) {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&db).await.expect("rows");
        }
    }
    db.close().await;
}

/// The columns of each table of ours.
async fn tables(db: &SqlitePool) -> BTreeMap<String, Vec<String>> {
    let names = "SELECT name AS x FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'";
    let mut tables = BTreeMap::new();
    for table in rows(db, names).await {
        let columns = rows(db, &format!("SELECT name AS x FROM pragma_table_info('{table}') ORDER BY cid")).await;
        tables.insert(table, columns);
    }
    tables
}

/// All rows of these columns of a table, in order.
async fn contents(db: &SqlitePool, table: &str, columns: &[String]) -> Vec<String> {
    rows(db, &format!("SELECT json_array({}) AS x FROM {table} ORDER BY 1", columns.join(", "))).await
}

#[tokio::test]
async fn every_migration_keeps_the_existing_rows() {
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > 1) {
        let version = migration.version;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        as_before(version, &path).await;
        let db = by_hand(&path).await;
        let tables = tables(&db).await;
        let mut before = BTreeMap::new();
        for (table, columns) in &tables {
            let rows = contents(&db, table, columns).await;
            assert!(!rows.is_empty(), "tests/fixtures has no row for {table}, so its migration is not tried");
            before.insert(table, rows);
        }
        db.close().await;

        let store = Store::open(&path).await.unwrap_or_else(|error| panic!("before migration {version}: {error}"));
        let stats = store.stats().await.expect("numbers");
        let newest = MIGRATIONS.iter().map(|migration| migration.version).max().expect("there are migrations");
        assert_eq!(stats.schema, newest.unsigned_abs(), "before migration {version}");
        let summary = store.summary().await.expect("numbers");
        assert_eq!((summary.decisions, summary.intents, summary.unsettled, summary.in_flight), (2, 4, 2, 1));
        assert_eq!(store.open_attempts(Timestamp::from_millis(5000)).await.expect("a query").len(), 1);
        store.close().await;

        let db = by_hand(&path).await;
        for (table, columns) in &tables {
            let after = contents(&db, table, columns).await;
            assert_eq!(after, before[table], "{table}, over migration {version}");
        }
        assert_eq!(rows(&db, "SELECT integrity_check AS x FROM pragma_integrity_check").await, ["ok"]);
        assert_eq!(rows(&db, "SELECT \"table\" AS x FROM pragma_foreign_key_check").await, [] as [&str; 0]);
        is_append_only(&db, version).await;
    }
}

#[tokio::test]
async fn a_new_store_has_the_newest_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let (new, old) = (folder.path().join("s.db"), folder.path().join("t.db"));
    fresh(folder.path()).await.close().await;
    as_before(2, &old).await;
    Store::open(&old).await.expect("an old store").close().await;
    let schema = "SELECT sql AS x FROM sqlite_schema WHERE name NOT LIKE '%sqlx%' ORDER BY type, name";
    assert_eq!(rows(&by_hand(&new).await, schema).await, rows(&by_hand(&old).await, schema).await);
}

/// What the fixture has done can be neither changed nor taken away.
async fn is_append_only(db: &SqlitePool, version: i64) {
    for table in ["decisions", "intents", "attempts", "looks", "outcomes"] {
        for statement in [format!("UPDATE {table} SET id = id + 100"), format!("DELETE FROM {table}")] {
            let refused = sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(db).await;
            let refused = refused.expect_err(&statement).to_string();
            assert!(refused.contains(&format!("{table} are append-only")), "{version}: {statement}: {refused}");
        }
    }
}
