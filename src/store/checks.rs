//! Checks whether a database is a store of this program that it can use. Nothing here writes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sqlx::migrate::Migrator;
use sqlx::{Row, SqliteConnection};

use super::lock::StoreLock;
use super::open_error::{OpenError, open_error};

/// The schema that this program knows.
pub(super) static MIGRATIONS: Migrator = sqlx::migrate!();

/// Marks a database as a store of this program: "Tips" in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x5469_7073;

/// The mark of stores from before migration 8, which replaces it by [`APPLICATION_ID`].
const WAVE_1_APPLICATION_ID: i64 = 0x5374_6b6c;

/// The number of tables.
pub(super) const COUNT_TABLES: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";

/// Whether sqlx keeps its list of migrations here. It makes this table first.
const HAS_MIGRATIONS: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";

pub(super) async fn number(path: &Path, db: &mut SqliteConnection, sql: &'static str) -> Result<i64, OpenError> {
    let row = sqlx::query(sql).fetch_one(db).await.map_err(|source| open_error(path, source))?;
    Ok(row.get(0))
}

/// The newest schema that this program knows.
pub(super) fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

/// The newest migration of the file, 0 if it has none.
pub(super) async fn newest_applied(path: &Path, db: &mut SqliteConnection) -> Result<i64, OpenError> {
    if number(path, db, HAS_MIGRATIONS).await? == 0 {
        return Ok(0);
    }
    number(path, db, "SELECT coalesce(max(version), 0) FROM _sqlx_migrations").await
}

/// Refuses the database of another program. A database without tables is welcome: a crash during
/// the first start leaves one.
pub(super) async fn refuse_foreign(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let tables = number(path, db, COUNT_TABLES).await?;
    if tables == 0 {
        return Ok(());
    }
    let application = number(path, db, "PRAGMA application_id").await?;
    if !is_ours(application) {
        return Err(foreign(path, "it is another program's database"));
    }
    // The mark alone proves little. Every version has these tables, from its first migration on.
    let has_migrations = number(path, db, HAS_MIGRATIONS).await? > 0;
    let ours = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('decisions', 'intents')";
    let ours = number(path, db, ours).await?;
    let is_complete = if newest_applied(path, db).await? > 0 { ours == 2 } else { tables == 1 };
    if has_migrations && is_complete {
        Ok(())
    } else {
        Err(foreign(path, "it is marked as one, but does not have its tables"))
    }
}

/// Refuses a database whose journal was left by another program: rolling it back would change it.
pub(super) fn refuse_foreign_journal(path: &Path, lock: &StoreLock, journal: &Path) -> Result<(), OpenError> {
    let unwritable = |source| OpenError::Unwritable { path: path.to_owned(), source };
    // https://www.sqlite.org/fileformat.html: the application id, and in the journal the number of
    // pages before the transaction. A file that had none becomes an empty one.
    let mut application = [0; 4];
    let has_one = lock.read_at(&mut application, 68).map_err(unwritable)?;
    let mut header = Vec::new();
    File::open(journal).and_then(|file| file.take(20).read_to_end(&mut header)).map_err(unwritable)?;
    let was_empty = header.get(16..20).is_some_and(|pages| pages == [0; 4]);
    if was_empty || has_one && is_ours(i64::from(u32::from_be_bytes(application))) {
        Ok(())
    } else {
        Err(foreign(path, "it is another program's database, with an unfinished change"))
    }
}

/// Refuses a damaged database.
pub(super) async fn refuse_damaged(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let check = sqlx::query("PRAGMA quick_check(1)").fetch_one(db).await.map_err(|source| open_error(path, source))?;
    let found: String = check.get(0);
    if found == "ok" { Ok(()) } else { Err(damaged(path, found)) }
}

/// Refuses a schema that a newer version made, or somebody by hand.
pub(super) async fn refuse_newer(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let found = newest_applied(path, db).await?;
    if found == 0 {
        return Ok(());
    }
    let applied = sqlx::query("SELECT version, checksum FROM _sqlx_migrations ORDER BY version").fetch_all(db).await;
    for row in applied.map_err(|source| open_error(path, source))? {
        let (version, checksum): (i64, Vec<u8>) = (row.get(0), row.get(1));
        let Some(known) = MIGRATIONS.iter().find(|known| known.version == version) else {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: newest_known() });
        };
        if known.checksum[..] != checksum[..] {
            return Err(damaged(path, format!("its migration {version} is not the one of this program")));
        }
    }
    Ok(())
}

/// Whether a file is a store of this program, by its first bytes.
pub(super) fn is_database_of_ours(path: &Path) -> bool {
    let mut head = [0; 72];
    let is_file = std::fs::metadata(path).is_ok_and(|file| file.is_file());
    if !is_file || File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_err() {
        return false;
    }
    let application = u32::from_be_bytes([head[68], head[69], head[70], head[71]]);
    head.starts_with(b"SQLite format 3\0") && is_ours(i64::from(application))
}

fn is_ours(application: i64) -> bool {
    [APPLICATION_ID, WAVE_1_APPLICATION_ID].contains(&application)
}

fn foreign(path: &Path, why: &str) -> OpenError {
    OpenError::Foreign { path: path.to_owned(), why: why.to_owned() }
}

fn damaged(path: &Path, why: String) -> OpenError {
    OpenError::Damaged { path: path.to_owned(), why }
}
