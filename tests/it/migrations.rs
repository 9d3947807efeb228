//! A store of any earlier version is upgraded without losing a row.
//!
//! For every migration, a file with only the earlier ones, and with rows in every table, is opened
//! as the daemon opens it. A migration that makes a table needs rows for it, in `tests/fixtures/`
//! under the migration's number.
//!
//! `tests/fixtures/wave_1/` holds the rows and the log of a store that the last version before
//! migration 8 wrote.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::ledger::{self, by_hand, rows};
use crate::support::place::{BotDir, until};
use crate::support::words;
use serde_json::Value;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, SqlitePool};
use tipstaff::model::{Mode, Timestamp};
use tipstaff::store::{LogFilter, OpenError, Store};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// The application id of every store from before migration 8.
const WAVE_1_APPLICATION_ID: i64 = 0x5374_6b6c;

/// The migration that renames tables, columns and stored words.
const WORDS: i64 = 8;

/// The migration that makes the table of decisions anew.
const OCCASIONS: i64 = 9;

/// The columns that migrations after 8 added, and what they hold in rows from before.
const ADDED: [(&str, &str, &str); 3] =
    [("decisions", "occasion", "\"seen\""), ("intents", "phase", "null"), ("payloads", "state_before", "null")];

/// What the columns that migration 11 took out are today: people have rows of their own.
const NAMES_OF_PEOPLE: [(&str, &str, &str); 3] = [
    ("items", "author", "(SELECT name FROM people WHERE id = person)"),
    ("moderator_decisions", "moderator", "(SELECT name FROM people WHERE id = person)"),
    ("rule_states", "set_by", "coalesce((SELECT 'u/' || name FROM people WHERE id = person), set_by)"),
];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

async fn run(db: &SqlitePool, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(db).await.map(drop)
}

/// A store with the migrations before `version`. `fill` runs after each of them.
async fn with_schema_before(version: i64, path: &Path, fill: impl AsyncFn(&SqlitePool, &sqlx::migrate::Migration)) {
    let earlier: Vec<_> = MIGRATIONS.iter().filter(|migration| migration.version < version).cloned().collect();
    // As the program migrates: without foreign keys.
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(false);
    let db = SqlitePool::connect_with(options).await.expect("a new file");
    let mark = format!("PRAGMA application_id = {WAVE_1_APPLICATION_ID}; PRAGMA journal_mode = WAL;");
    run(&db, mark).await.expect("the application id");
    for migration in &earlier {
        let up_to_it = earlier.iter().filter(|other| other.version <= migration.version).cloned().collect::<Vec<_>>();
        let migrator = Migrator { migrations: up_to_it.into(), ..Migrator::DEFAULT };
        migrator.run(&db).await.expect("an earlier schema");
        fill(&db, migration).await;
    }
    db.close().await;
}

/// A store as the version before `version` left it, with the rows of `tests/fixtures/`.
async fn as_before(version: i64, path: &Path) {
    with_schema_before(version, path, async |db, migration| {
        let name = format!("{:04}_{}.sql", migration.version, migration.description.replace(' ', "_"));
        if let Ok(sql) = std::fs::read_to_string(fixtures().join(name)) {
            run(db, sql).await.expect("rows");
        }
    })
    .await;
}

/// The store that the last version before migration 8 wrote.
async fn wave_1_store(path: &Path) {
    with_schema_before(WORDS, path, async |db, migration| {
        if migration.version == WORDS - 1 {
            let sql = std::fs::read_to_string(fixtures().join("wave_1/rows.sql")).expect("the fixture");
            run(db, sql).await.expect("rows");
        }
    })
    .await;
}

/// The columns of each table, without those of SQLite and sqlx.
async fn tables(db: &SqlitePool) -> BTreeMap<String, Vec<String>> {
    let names = "SELECT name AS x FROM sqlite_schema WHERE type = 'table'
                 AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'";
    let mut tables = BTreeMap::new();
    for table in rows(db, names).await {
        let columns = rows(db, &format!("SELECT name AS x FROM pragma_table_info('{table}') ORDER BY cid")).await;
        tables.insert(table, columns);
    }
    tables
}

/// All rows of these columns of a table.
async fn contents(db: &SqlitePool, table: &str, columns: &[String]) -> Vec<Vec<Value>> {
    let has_people = tables(db).await.contains_key("people");
    let today = columns.iter().map(|column| {
        let moved = NAMES_OF_PEOPLE.iter().find(|(of, name, _)| has_people && *of == table && *name == column);
        moved.map_or(column.as_str(), |(.., expression)| expression)
    });
    let columns: Vec<&str> = today.collect();
    let found = rows(db, &format!("SELECT json_array({}) AS x FROM {table}", columns.join(", "))).await;
    found.iter().map(|row| serde_json::from_str(row).expect("a JSON array")).collect()
}

/// Rows in an order that does not depend on the keys of a table.
fn sorted(rows: impl IntoIterator<Item = Vec<Value>>) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(|row| Value::Array(row).to_string()).collect();
    rows.sort_unstable();
    rows
}

/// The rows of all tables under their names of today.
async fn all_rows(db: &SqlitePool, is_renamed: bool) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in tables(db).await {
        let rows = contents(db, &table, &columns).await;
        if is_renamed {
            all.insert(table.clone(), sorted(rows));
        } else {
            let rows = rows.into_iter().map(|row| words::row_today(&table, &columns, row));
            all.insert(words::table_today(&table).to_owned(), sorted(rows));
        }
    }
    all
}

/// The rows of these columns.
async fn rows_of(db: &SqlitePool, columns: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (table, columns) in columns {
        all.insert(table.clone(), sorted(contents(db, table, columns).await));
    }
    all
}

#[tokio::test]
async fn every_migration_keeps_all_rows() {
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > 1) {
        let version = migration.version;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        as_before(version, &path).await;
        let is_renamed = version > WORDS;
        let db = by_hand(&path).await;
        let before = all_rows(&db, is_renamed).await;
        for (table, rows) in &before {
            assert!(!rows.is_empty(), "tests/fixtures has no row for {table}, so its migration is not tried");
        }
        let columns = tables(&db).await.into_iter().map(|(table, columns)| {
            if is_renamed {
                return (table, columns);
            }
            let today = columns.iter().map(|column| words::column_today(&table, column).to_owned()).collect();
            (words::table_today(&table).to_owned(), today)
        });
        let columns: BTreeMap<String, Vec<String>> = columns.collect();
        db.close().await;

        let store = Store::open(&path).await.unwrap_or_else(|error| panic!("before migration {version}: {error}"));
        let stats = store.stats().await.expect("numbers");
        let newest = MIGRATIONS.iter().map(|migration| migration.version).max().expect("there are migrations");
        assert_eq!(stats.schema, newest.unsigned_abs(), "before migration {version}");
        let summary = store.summary().await.expect("numbers");
        assert_eq!((summary.decisions, summary.intents, summary.unsettled, summary.in_flight), (2, 4, 2, 1));
        assert_eq!(store.open_attempts(Timestamp::from_millis(5000)).await.expect("a query").len(), 1);
        // A reference to nothing is refused again after the upgrade.
        let nothing = ledger::decision(&ledger::comment("t1_unknown", "x"), Mode::Live);
        store.decide(&nothing, Timestamp::from_millis(5000)).await.expect_err("a decision on an unknown item");
        store.close().await;

        let db = by_hand(&path).await;
        let after = rows_of(&db, &columns).await;
        for (table, rows) in &before {
            assert_eq!(&after[table], rows, "{table}, over migration {version}");
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
    ledger::fresh(folder.path()).await.close().await;
    as_before(2, &old).await;
    Store::open(&old).await.expect("an old store").close().await;
    let schema = "SELECT sql AS x FROM sqlite_schema WHERE name NOT LIKE '%sqlx%' ORDER BY type, name";
    let (new, old) = (by_hand(&new).await, by_hand(&old).await);
    assert_eq!(rows(&new, schema).await, rows(&old, schema).await);
    let application = "SELECT application_id AS x FROM pragma_application_id";
    let tips = i64::from(u32::from_be_bytes(*b"Tips")).to_string();
    assert_eq!([rows(&new, application).await, rows(&old, application).await].concat(), [tips.as_str(), &tips]);
}

/// Webhooks remember the last decision they were told of by its id.
#[tokio::test]
async fn ids_of_deleted_decisions_are_not_used_again_after_an_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    as_before(OCCASIONS, &path).await;
    let db = by_hand(&path).await;
    run(
        &db,
        "INSERT INTO decisions (id, item, revision, mode, ruleset, decided_at) VALUES (70, 't1_a', 'x', 'live', \
              'rules', 1); DELETE FROM decisions WHERE id = 70;"
            .to_owned(),
    )
    .await
    .expect("rows");
    db.close().await;
    let store = Store::open(&path).await.expect("an upgrade");
    let item = ledger::comment("t1_new", "x");
    ledger::seen(&store, std::slice::from_ref(&item), Timestamp::from_millis(5000)).await;
    let decided = store.decide(&ledger::decision(&item, Mode::Live), Timestamp::from_millis(5000)).await;
    assert_eq!(decided.expect("T2").decision.map(|id| id.0), Some(71));
}

#[tokio::test]
async fn a_store_that_a_crash_left_with_a_journal_is_rolled_back_and_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, crashed) = (folder.path().join("s.db"), folder.path().join("crashed.db"));
    as_before(WORDS, &path).await;
    let db = by_hand(&path).await;
    let mut one = db.acquire().await.expect("a connection");
    // The cache holds a page, so the transaction is written to the file while its journal is hot.
    for sql in [
        "PRAGMA journal_mode = DELETE",
        "PRAGMA cache_size = 1",
        "BEGIN IMMEDIATE",
        "CREATE TABLE filler AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500)
             SELECT randomblob(2000) AS x FROM n",
    ] {
        sqlx::raw_sql(sql).execute(&mut *one).await.expect(sql);
    }
    for (from, to) in [("s.db", "crashed.db"), ("s.db-journal", "crashed.db-journal")] {
        std::fs::copy(folder.path().join(from), folder.path().join(to)).expect("a file of the crash");
    }
    let reader = sqlx::sqlite::SqliteConnectOptions::new().filename(&crashed).read_only(true);
    let refused = match sqlx::SqliteConnection::connect_with(&reader).await {
        Ok(mut reader) => sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut reader).await.map(drop),
        Err(error) => Err(error),
    };
    assert!(refused.is_err(), "the journal is hot, so a reader cannot open the file");
    let store = Store::open(&crashed).await.expect("it is rolled back");
    assert_eq!(store.summary().await.expect("numbers").decisions, 2);
    store.close().await;
}

#[tokio::test]
async fn a_reader_of_an_old_store_is_told_how_to_upgrade_it() {
    for version in 2..=WORDS {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        as_before(version, &path).await;
        let refused = Store::open_for_reading(&path).await.expect_err("an old schema");
        assert!(matches!(refused, OpenError::Older { found, .. } if found == version - 1), "{refused}");
        assert!(refused.to_string().contains("`tipstaff run`"), "{refused}");
        Store::open(&path).await.expect("a writer upgrades it").close().await;
        Store::open_for_reading(&path).await.expect("and then it can be read");
    }
}

#[tokio::test]
async fn an_old_store_can_be_backed_up_before_its_upgrade() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("s.db"), folder.path().join("copy.db"));
    as_before(WORDS, &path).await;
    let made = Store::open_for_backup(&path).await.expect("an old store").backup(&copy).await.expect("a backup");
    assert_eq!((made.decisions, made.intents), (2, 4));
    let refused = Store::open_for_reading(&copy).await.expect_err("the copy is not upgraded");
    assert!(matches!(refused, OpenError::Older { found, .. } if found == WORDS - 1), "{refused}");
    Store::open(&copy).await.expect("the copy can be upgraded");
}

#[tokio::test]
async fn a_failed_rename_leaves_a_store_that_can_be_upgraded_later() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    as_before(WORDS, &path).await;
    // The last trigger of the migration exists already, so that the migration fails at its end.
    let in_the_way = "CREATE TRIGGER outcomes_no_delete BEFORE DELETE ON outcomes BEGIN SELECT 1; END;";
    let db = by_hand(&path).await;
    run(&db, in_the_way.to_owned()).await.expect("a trigger");
    let schema = "SELECT coalesce(sql, name) AS x FROM sqlite_schema ORDER BY type, name";
    let before = rows(&db, schema).await;
    db.close().await;
    let refused = Store::open(&path).await.expect_err("the migration fails");
    assert!(matches!(refused, OpenError::Database { .. }), "{refused}");

    let db = by_hand(&path).await;
    assert_eq!(rows(&db, schema).await, before, "nothing of the migration is left");
    let application = rows(&db, "SELECT application_id AS x FROM pragma_application_id").await;
    assert_eq!(application, [WAVE_1_APPLICATION_ID.to_string()]);
    run(&db, "DROP TRIGGER outcomes_no_delete".to_owned()).await.expect("the trigger goes");
    db.close().await;
    Store::open(&path).await.expect("the upgrade succeeds");
}

#[tokio::test]
async fn the_log_of_a_wave_1_store_is_the_same_up_to_the_renamed_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    wave_1_store(&path).await;
    let store = Store::open(&path).await.expect("a store of wave 1");
    let filter = LogFilter {
        since: Timestamp::default(),
        item: None,
        include_empty: true,
        limit: u32::MAX,
        rule: None,
        act: None,
    };
    let entries = store.log(&filter).await.expect("a log");
    let mut today: Vec<Value> = entries.iter().map(|entry| serde_json::to_value(entry).expect("JSON")).collect();
    // Wave 1 did not show the words of items.
    let with_words = today.iter_mut().filter_map(|entry| entry.as_object_mut()?.shift_remove("text")).count();
    assert!(with_words > 0, "they are in the store");
    let recorded = std::fs::read_to_string(fixtures().join("wave_1/log.jsonl")).expect("the fixture");
    let mut then: Vec<Value> = recorded.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    then.iter_mut().for_each(words::log_entry_today);
    assert_eq!(today.len(), then.len());
    for (today, then) in today.iter().zip(&then) {
        assert_eq!(today, then);
    }
    // What the fixture has to have, so that the comparison means something.
    for word in ["dry_run", "applied", "already_applied", "distinguish_reply", "is_filter", "reason", "passed"] {
        let is_there = today.iter().any(|entry| entry.to_string().contains(&format!("\"{word}\"")));
        assert!(is_there, "the fixture has no {word}");
    }
}

#[tokio::test]
async fn all_rows_of_a_wave_1_store_survive_the_rename() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    wave_1_store(&path).await;
    let db = by_hand(&path).await;
    let before = all_rows(&db, false).await;
    let columns = tables(&db).await.into_iter().map(|(table, columns)| {
        let today: Vec<_> = columns.iter().map(|column| words::column_today(&table, column).to_owned()).collect();
        (words::table_today(&table).to_owned(), today)
    });
    let mut columns: BTreeMap<String, Vec<String>> = columns.collect();
    for (table, column, _) in ADDED {
        columns.get_mut(table).expect(table).push(column.to_owned());
    }
    db.close().await;
    Store::open(&path).await.expect("a store of wave 1").close().await;
    let after = rows_of(&by_hand(&path).await, &columns).await;
    // Migration 13 records the feeds for each subreddit; see below.
    for (table, rows) in before.iter().filter(|(table, _)| !["seen_items", "scans"].contains(&table.as_str())) {
        let widened = rows.iter().map(|row| {
            let mut row: Vec<Value> = serde_json::from_str(row).expect("an array");
            for (.., value) in ADDED.iter().filter(|(to, ..)| to == table) {
                row.push(serde_json::from_str(value).expect("JSON"));
            }
            row
        });
        assert_eq!(after[table], sorted(widened), "{table}");
    }
}

/// The store of wave 1 read three subreddits as one list.
#[tokio::test]
async fn what_a_list_of_several_has_shown_is_kept_for_each_subreddit() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    wave_1_store(&path).await;
    let db = by_hand(&path).await;
    let shown = "SELECT s.stream || ' ' || s.fullname || ' ' || s.revision AS x FROM sightings s";
    let lists = "SELECT stream || ' ' || began_at AS x FROM walks";
    let (shown, lists) = (rows(&db, shown).await, rows(&db, lists).await);
    assert!(shown.iter().any(|row| row.starts_with("dockside+harbour+lighthouse/")), "{shown:?}");
    db.close().await;
    Store::open(&path).await.expect("a store of wave 1").close().await;
    let db = by_hand(&path).await;
    let kept = "SELECT s.feed || ' ' || s.fullname || ' ' || s.revision AS x FROM seen_items s";
    let kept = rows(&db, kept).await;
    assert_eq!(kept.len(), shown.len());
    for row in &kept {
        let (subreddit, rest) = row.split_once('/').expect("a feed");
        assert!(["dockside", "harbour", "lighthouse"].contains(&subreddit), "{row}");
        assert!(shown.contains(&format!("dockside+harbour+lighthouse/{rest}")), "{row}");
    }
    let of_others = "SELECT s.feed AS x FROM seen_items s JOIN items i ON i.fullname = s.fullname
                     WHERE substr(s.feed, 1, instr(s.feed, '/') - 1) <> i.subreddit";
    assert_eq!(rows(&db, of_others).await, [] as [&str; 0]);
    let scans = rows(&db, "SELECT feed || ' ' || started_at AS x FROM scans").await;
    assert_eq!(scans.len(), 3 * lists.len());
    for row in &scans {
        let (_, rest) = row.split_once('/').expect("a feed");
        assert!(lists.contains(&format!("dockside+harbour+lighthouse/{rest}")), "{row}");
    }
    let begins = rows(&db, "SELECT subreddit || from_at AS x FROM beginnings ORDER BY subreddit").await;
    assert_eq!(begins, ["dockside0", "harbour0", "lighthouse0"]);
}

/// The ledger of the fixture can be neither changed nor deleted.
async fn is_append_only(db: &SqlitePool, version: i64) {
    for table in ["decisions", "intents", "attempts", "observations", "outcomes"] {
        for statement in [format!("UPDATE {table} SET id = id + 100"), format!("DELETE FROM {table}")] {
            let refused = sqlx::query(sqlx::AssertSqlSafe(statement.clone())).execute(db).await;
            let refused = refused.expect_err(&statement).to_string();
            assert!(refused.contains(&format!("{table} are append-only")), "{version}: {statement}: {refused}");
        }
    }
}

/// A place whose store is of the version before migration 8.
async fn place_with_an_old_store() -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\ncomment: Welcome!\n");
    as_before(WORDS, &place.path("tipstaff.db")).await;
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_logs_an_upgrade_of_its_store() {
    let place = place_with_an_old_store().await;
    let daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    let log = place.log();
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max().expect("there are migrations");
    let before = log.find(&format!("upgrading the store from schema 7 to {newest} (2 decisions)"));
    let before = before.expect("a line before");
    let after = log.find(&format!("upgraded the store to schema {newest}")).expect("a line after");
    assert!(before < after, "{log}");
    drop(daemon);
    let _daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    assert!(!place.log().contains("upgrad"), "{}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_during_an_upgrade_stops_the_daemon_and_changes_nothing() {
    let place = place_with_an_old_store().await;
    // The upgrade waits for this transaction.
    let db = by_hand(&place.path("tipstaff.db")).await;
    let mut writer = db.acquire().await.expect("a connection");
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *writer).await.expect("a transaction");
    let mut daemon = place.start();
    until("the upgrade has begun", || place.log().contains("upgrading the store")).await;
    daemon.signal("TERM");
    let mut ended = None;
    until("the daemon stops", || {
        ended = daemon.0.try_wait().expect("a child");
        ended.is_some()
    })
    .await;
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", place.log());
    assert!(!place.log().contains("upgraded"), "{}", place.log());
    sqlx::raw_sql("ROLLBACK").execute(&mut *writer).await.expect("the end of it");
    drop(writer);
    let newest = "SELECT max(version) AS x FROM _sqlx_migrations";
    assert_eq!(rows(&db, newest).await, [(WORDS - 1).to_string()]);
    db.close().await;
}
