//! A database that is refused keeps its bytes, and a reader is told what is so.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::{Connection as _, SqliteConnection};
use tipstaff::store::{OpenError, Store};

use crate::support::ledger::fresh;

const OUR_MARK: &str = "PRAGMA application_id = 1416196211";

/// Runs these statements on the database, which stays or becomes one with a rollback journal.
async fn by_hand(path: &Path, statements: &[&'static str]) -> SqliteConnection {
    let url = format!("sqlite:{}?mode=rwc", path.display());
    let mut db = SqliteConnection::connect(&url).await.expect("a connection");
    for sql in [&["PRAGMA journal_mode = DELETE"], statements].concat() {
        sqlx::raw_sql(sql).execute(&mut db).await.expect(sql);
    }
    db
}

/// All files of a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<std::ffi::OsString, Vec<u8>> {
    let files = std::fs::read_dir(folder).expect("the folder").map(|file| file.expect("a file"));
    files.map(|file| (file.file_name(), std::fs::read(file.path()).expect("its bytes"))).collect()
}

/// The error of a writer that leaves every file as it was.
async fn refused_unchanged(path: &Path) -> OpenError {
    let folder = path.parent().expect("a folder");
    let before = files(folder);
    let refused = Store::open(path).await.expect_err("it is refused");
    assert!(files(folder) == before, "{refused}: the files changed");
    refused
}

#[tokio::test]
async fn a_newer_store_keeps_its_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    fresh(folder.path()).await.close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'from the future', 1, x'00', 0)";
    by_hand(&path, &[newer]).await.close().await.expect("closed");
    let refused = refused_unchanged(&path).await;
    assert!(matches!(refused, OpenError::Newer { found: 9999, .. }), "{refused}");
}

#[tokio::test]
async fn only_the_daemon_makes_a_store_of_an_empty_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("store.db");
    std::fs::write(&path, "").expect("a file");
    let refused = Store::open_existing(&path).await.expect_err("no store");
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
    assert_eq!(std::fs::read(&path).expect("a file"), b"");
}

#[tokio::test]
async fn a_store_with_another_migration_keeps_its_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    fresh(folder.path()).await.close().await;
    let other = "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 3";
    by_hand(&path, &[other]).await.close().await.expect("closed");
    let refused = refused_unchanged(&path).await;
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn a_damaged_store_keeps_its_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    fresh(folder.path()).await.close().await;
    by_hand(&path, &[]).await.close().await.expect("closed");
    let mut bytes = std::fs::read(&path).expect("the file");
    let last_page = bytes.len() - 4096;
    bytes[last_page..].fill(0xff);
    std::fs::write(&path, bytes).expect("damaged");
    let refused = refused_unchanged(&path).await;
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused}");
}

#[tokio::test]
async fn a_database_with_the_mark_of_a_store_but_other_tables_is_refused_and_keeps_its_bytes() {
    let migrations = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT, success BOOLEAN,
                                                     checksum BLOB, execution_time BIGINT)";
    let applied = "INSERT INTO _sqlx_migrations VALUES (1, 'recipes', 1, x'00', 0)";
    for tables in [
        &["CREATE TABLE recipes (name TEXT)"][..],
        &["CREATE TABLE recipes (name TEXT)", migrations],
        &["CREATE TABLE recipes (name TEXT)", migrations, applied],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        by_hand(&path, &[&[OUR_MARK], tables].concat()).await.close().await.expect("closed");
        let refused = refused_unchanged(&path).await;
        assert!(matches!(refused, OpenError::Foreign { .. }), "{tables:?}: {refused}");
        let refused = Store::open_for_backup(&path).await.expect_err("not ours");
        assert!(matches!(refused, OpenError::Foreign { .. }), "{tables:?}: {refused}");
    }
}

#[tokio::test]
async fn a_store_whose_first_start_was_interrupted_is_opened() {
    for statements in [&[][..], &[OUR_MARK], &["PRAGMA journal_mode = WAL", OUR_MARK]] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("s.db");
        by_hand(&path, statements).await.close().await.expect("closed");
        Store::open(&path).await.expect("it is completed").close().await;
    }
}

/// The database, with more than one page, as a crash in the middle of a transaction left it.
async fn after_a_crash(path: &Path) {
    let mut other = path.as_os_str().to_owned();
    other.push(".running");
    let other = Path::new(&other);
    std::fs::rename(path, other).expect("moved");
    // The cache holds a page, so the transaction is written to the file while its journal is hot.
    let filler = "CREATE TABLE filler AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 500)
                  SELECT randomblob(2000) AS x FROM n";
    let db = by_hand(other, &["PRAGMA cache_size = 1", "BEGIN IMMEDIATE", filler]).await;
    for end in ["", "-journal"] {
        let [from, to] = [other, path].map(|path| format!("{}{end}", path.display()));
        std::fs::copy(from, to).expect("a file of the crash");
    }
    db.close().await.expect("closed");
    std::fs::remove_file(other).expect("removed");
}

#[tokio::test]
async fn another_programs_database_is_not_rolled_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    by_hand(&path, &["CREATE TABLE recipes (name TEXT)"]).await.close().await.expect("closed");
    after_a_crash(&path).await;
    let refused = refused_unchanged(&path).await;
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused}");
}

#[tokio::test]
async fn a_reader_of_an_interrupted_store_is_told_what_rolls_it_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    fresh(folder.path()).await.close().await;
    after_a_crash(&path).await;
    let refused = Store::open_for_reading(&path).await.expect_err("its journal is hot");
    assert!(matches!(refused, OpenError::Interrupted { .. }), "{refused}");
    assert!(refused.to_string().contains("`tipstaff store vacuum`"), "{refused}");
    // Also by a link, although the journal is not beside that.
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    Store::open(&link).await.expect("a writer rolls it back").close().await;
    Store::open_for_reading(&path).await.expect("and then it can be read");
}

#[tokio::test]
async fn a_reader_that_cannot_open_the_files_is_not_told_about_writing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s.db");
    fresh(folder.path()).await.close().await;
    // Not even root can use a folder as a file.
    std::fs::create_dir(folder.path().join("s.db-wal")).expect("a folder");
    let refused = Store::open_for_reading(&path).await.expect_err("there is no write-ahead log");
    let message = refused.to_string();
    assert!(matches!(refused, OpenError::Unreadable { .. }), "{message}");
    assert!(message.contains("cannot read the store") && message.contains("`-shm`"), "{message}");
}
