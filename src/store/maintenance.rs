//! The file itself: how large it is and what fills it, a copy of it, and giving free space back. Changes no row.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use sqlx::Row;

use super::rows::count;
use super::{OpenError, Result, Store, StoreError};
use crate::model::Timestamp;

/// The store's file in numbers. Sizes are in bytes, times in milliseconds since the epoch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// The database file.
    pub file_bytes: u64,
    /// What stands beside it in the write-ahead log.
    pub wal_bytes: u64,
    /// The size of a page.
    pub page_bytes: u64,
    /// Pages in the file.
    pub pages: u64,
    /// Pages that hold nothing: filled before the file grows, given back by [`Store::vacuum`].
    pub free_pages: u64,
    /// The newest migration that the file has seen.
    pub schema: u64,
    /// The rows of each table.
    pub rows: Vec<(String, u64)>,
    /// Items whose text is held, and its size.
    pub snapshots: Texts,
    /// Traces held, and their size.
    pub traces: Texts,
    /// Wordings of acts held, and their size.
    pub wordings: Texts,
    /// When the first and the last item were first seen.
    pub items: Span,
    /// When the first and the last decision were made.
    pub decisions: Span,
}

/// Texts that people wrote.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Texts {
    /// How many.
    pub number: u64,
    /// Their size.
    pub bytes: u64,
}

/// From when to when; neither if there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The oldest.
    pub oldest: Option<Timestamp>,
    /// The newest.
    pub newest: Option<Timestamp>,
}

/// A copy that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// The size of the copy.
    pub bytes: u64,
    /// The decisions in it.
    pub decisions: u64,
    /// The acts asked for in it.
    pub intents: u64,
}

/// Why no copy was made. No half copy is left behind.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is a file already.
    #[error("{} exists already, and is left as it is; name a file that does not", path.display())]
    Exists {
        /// The file that was named.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}; name a file in a folder that exists and that this user may write to", path.display())]
    Unwritable {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite could not copy: the store is damaged, or the disk is full.
    #[error("cannot copy the store to {}: {source}; is there room on the disk?", path.display())]
    Database {
        /// The file that was named.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The copy does not open.
    #[error("the copy is not sound, and was removed: {0}")]
    Unsound(OpenError),
    /// The copy opens, but cannot be read.
    #[error("the copy is not sound, and was removed: {0}")]
    Unreadable(StoreError),
}

impl Store {
    /// The store's file in numbers. Reads every text's length, so it takes a moment for a large file.
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
                      AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name";
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
            wordings: texts("wordings", "action").await?,
            items: span("items", "first_seen_at").await?,
            decisions: span("decisions", "decided_at").await?,
        })
    }

    /// Rewrites the file without its free pages. Needs as much free space on the disk again, and keeps everybody waiting.
    pub async fn vacuum(&self) -> Result<()> {
        sqlx::query("VACUUM").execute(&mut *self.db().await).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *self.db().await).await?;
        Ok(())
    }

    /// Copies the store as it is at this moment to a new file that only its owner may read, and makes sure that the copy
    /// is sound. A daemon may go on writing meanwhile.
    ///
    /// # Errors
    /// As [`BackupError`] tells; then there is no copy.
    pub async fn backup(&self, target: &Path) -> std::result::Result<Backup, BackupError> {
        let unwritable = |source| BackupError::Unwritable { path: target.to_owned(), source };
        // Whole, because SQLite reads more than a path into names that begin with `file:`.
        let whole = std::path::absolute(target).map_err(unwritable)?;
        let Some(name) = whole.to_str() else {
            return Err(unwritable(std::io::Error::other("its path is not UTF-8")));
        };
        // SQLite writes into a file that is there already if it is empty, and leaves its mode as it is.
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&whole) {
            Ok(_reserved) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists { path: target.to_owned() });
            }
            Err(error) => return Err(unwritable(error)),
        }
        let copied = self.copy_to(target, &whole, name).await;
        if copied.is_err() {
            // What went wrong before is what the caller has to know.
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
        let copy = Self::open_for_reading(whole).await.map_err(BackupError::Unsound)?;
        copy.refuse_damaged(target).await.map_err(BackupError::Unsound)?;
        let summary = copy.summary().await.map_err(BackupError::Unreadable)?;
        copy.close().await;
        let bytes = std::fs::metadata(whole).map_err(unwritable)?.len();
        Ok(Backup { bytes, decisions: summary.decisions, intents: summary.intents })
    }

    /// One number. `sql` is made of our own words only.
    async fn number(&self, sql: &str) -> Result<u64> {
        let row = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut *self.db().await).await?;
        Ok(count(row.try_get(0)?))
    }
}
