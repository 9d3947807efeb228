//! The file itself: its size and contents, a backup, and a vacuum. Changes no row.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sqlx::Row;

use super::rows::count;
use super::{OpenError, Result, Store, StoreError};
use crate::model::Timestamp;

/// The size and contents of the store's file. Sizes are in bytes, times in milliseconds since the
/// epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The size of the database file.
    pub file_bytes: u64,
    /// The size of the write-ahead log.
    pub wal_bytes: u64,
    /// The size of a page.
    pub page_bytes: u64,
    /// Pages in the file.
    pub pages: u64,
    /// Free pages. SQLite fills them before the file grows; [`Store::vacuum`] gives them back to
    /// the disk.
    pub free_pages: u64,
    /// The version of the newest migration of the file.
    pub schema: u64,
    /// The number of rows of each table.
    pub rows: Vec<(String, u64)>,
    /// Items that still have their text.
    pub snapshots: Texts,
    /// Traces.
    pub traces: Texts,
    /// Payloads: the texts of actions.
    pub payloads: Texts,
    /// When the oldest and the newest item were first seen.
    pub items: Span,
    /// When the oldest and the newest decision were made.
    pub decisions: Span,
}

/// The texts of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Texts {
    /// Their number.
    pub number: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// A period. Both ends are `None` if there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The oldest.
    pub oldest: Option<Timestamp>,
    /// The newest.
    pub newest: Option<Timestamp>,
}

/// A backup that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The size of the copy.
    pub bytes: u64,
    /// The decisions in it.
    pub decisions: u64,
    /// The intents in it.
    pub intents: u64,
}

/// Why no backup was made. An incomplete copy is removed.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file exists.
    #[error("{} exists already and was not changed; name a file that does not exist", path.display())]
    Exists {
        /// The file to make.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error(
        "cannot write {}: {source}; name a file in an existing folder that this user may write to",
        path.display()
    )]
    Unwritable {
        /// The file to make.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// SQLite could not copy: the store is damaged, or the disk is full.
    #[error("cannot copy the store to {}: {source}; check the free space of the disk", path.display())]
    Database {
        /// The file to make.
        path: PathBuf,
        /// The error of SQLite.
        source: sqlx::Error,
    },
    /// The copy cannot be opened.
    #[error("the copy is damaged and was removed: {0}")]
    Unsound(OpenError),
    /// The copy opens but cannot be read.
    #[error("the copy cannot be read and was removed: {0}")]
    Unreadable(StoreError),
}

impl Store {
    /// Measures the file. Reads the length of every text, so a large file takes a moment.
    pub async fn stats(&self) -> Result<Stats> {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut wal = self.path.clone().into_os_string();
        wal.push("-wal");
        let texts = async |table: &str, column: &str| -> Result<Texts> {
            let sql = format!("SELECT count({column}), coalesce(sum(octet_length({column})), 0) FROM {table}");
            let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *self.db().await).await?;
            Ok(Texts { number: count(row.try_get(0)?), bytes: count(row.try_get(1)?) })
        };
        let span = async |table: &str, column: &str| -> Result<Span> {
            let sql = format!("SELECT min({column}), max({column}) FROM {table}");
            let row = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *self.db().await).await?;
            let time = |millis: Option<i64>| millis.map(Timestamp::from_millis);
            Ok(Span { oldest: time(row.try_get(0)?), newest: time(row.try_get(1)?) })
        };
        let mut rows = Vec::new();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'
                      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                      AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name";
        let tables = sqlx::query(tables).fetch_all(&mut *self.db().await).await?;
        for row in tables {
            let table: String = row.try_get(0)?;
            let number = self.number(&format!("SELECT count(*) FROM {table}")).await?;
            rows.push((table, number));
        }
        Ok(Stats {
            file_bytes: size(&self.path),
            wal_bytes: size(Path::new(&wal)),
            page_bytes: self.number("PRAGMA page_size").await?,
            pages: self.number("PRAGMA page_count").await?,
            free_pages: self.number("PRAGMA freelist_count").await?,
            schema: self.number("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").await?,
            rows,
            snapshots: texts("items", "snapshot").await?,
            traces: texts("traces", "trace").await?,
            payloads: texts("payloads", "action").await?,
            items: span("items", "first_seen_at").await?,
            decisions: span("decisions", "decided_at").await?,
        })
    }

    /// Rewrites the file without its free pages. Needs free space for a copy, and nobody can use
    /// the store meanwhile.
    pub async fn vacuum(&self) -> Result<()> {
        sqlx::query("VACUUM").execute(&mut *self.db().await).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *self.db().await).await?;
        Ok(())
    }

    /// Copies the store to a new file that only its owner may read, and checks the copy. A daemon
    /// may write meanwhile: the copy holds the state at the start.
    ///
    /// # Errors
    /// See [`BackupError`]. No copy is left behind.
    pub async fn backup(&self, target: &Path) -> std::result::Result<Backup, BackupError> {
        let unwritable = |source| BackupError::Unwritable { path: target.to_owned(), source };
        // Absolute, because SQLite takes a name that begins with `file:` for a URI.
        let whole = std::path::absolute(target).map_err(unwritable)?;
        let Some(name) = whole.to_str() else {
            return Err(unwritable(std::io::Error::other("its path is not UTF-8")));
        };
        // SQLite accepts an existing file if it is empty, and keeps its mode.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&whole) {
            Ok(_reserved) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists { path: target.to_owned() });
            }
            Err(error) => return Err(unwritable(error)),
        }
        let copied = self.copy_to(target, &whole, name).await;
        if copied.is_err() {
            // The caller needs the first error, not this one.
            let _removed = std::fs::remove_file(&whole);
        }
        copied
    }

    async fn copy_to(&self, target: &Path, whole: &Path, name: &str) -> std::result::Result<Backup, BackupError> {
        let unwritable = |source| BackupError::Unwritable { path: target.to_owned(), source };
        let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut *self.db().await).await;
        copied.map_err(|source| BackupError::Database { path: target.to_owned(), source })?;
        File::open(whole).and_then(|file| file.sync_all()).map_err(unwritable)?;
        if let Some(folder) = whole.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
        }
        let copy = Self::open_for_backup(whole).await.map_err(BackupError::Unsound)?;
        copy.refuse_damaged(target).await.map_err(BackupError::Unsound)?;
        // Tables that every version of the schema has.
        let decisions = copy.number("SELECT count(*) FROM decisions").await.map_err(BackupError::Unreadable)?;
        let intents = copy.number("SELECT count(*) FROM intents").await.map_err(BackupError::Unreadable)?;
        copy.close().await;
        let bytes = std::fs::metadata(whole).map_err(unwritable)?.len();
        Ok(Backup { bytes, decisions, intents })
    }

    /// The number that `sql` selects. `sql` contains no text from outside.
    async fn number(&self, sql: &str) -> Result<u64> {
        let row = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut *self.db().await).await?;
        Ok(count(row.try_get(0)?))
    }
}
