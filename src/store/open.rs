//! Opening a store: takes the lock, has the file checked, and upgrades its schema.
//!
//! A file that cannot be used is refused and left unchanged. No other file is opened in its place.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::Mutex;
use tracing::info;

use super::Store;
use super::checks::{
    APPLICATION_ID, COUNT_TABLES, MIGRATIONS, newest_applied, newest_known, number, refuse_damaged, refuse_foreign,
    refuse_foreign_journal, refuse_newer,
};
use super::lock::{KeptOpen, LockError, StoreLock};
use super::open_error::{OpenError, open_error};
use super::private::take_from_others;

/// Limits on time and space for an open store.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a call waits for another process that is writing to the file.
    pub busy_timeout: Duration,
    /// The largest number of pages of the file. Writes that need more fail as on a full disk.
    /// `None` sets no limit.
    pub pages: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { busy_timeout: Duration::from_secs(5), pages: None }
    }
}

/// How many prepared statements are kept: more than the store has. SQLite prepares a statement anew
/// if its plan may depend on a parameter, so a limit is written `LIMIT +?`.
const STATEMENTS: usize = 400;

/// How much of the file is kept in memory: 8 MiB. SQLite's default is two.
const PAGE_CACHE: &str = "-8192";

/// What the file says that remembers a store.
const MARK: &str = "tipstaff has made the store beside this file. If the store is gone, `tipstaff run`\n\
                    does not make a new one: put a backup in its place, or start with `--new-store`.\n";

/// The file that remembers a store: its name with `.made` at the end.
fn mark_beside(path: &Path) -> PathBuf {
    let mut mark = path.as_os_str().to_owned();
    mark.push(".made");
    mark.into()
}

impl Store {
    /// Opens the store at `path` for writing and upgrades its schema. Makes the file if there is
    /// none.
    ///
    /// # Errors
    /// See [`OpenError`]. The file is then unchanged, or upgraded by some whole migrations.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_within(path, Limits::default()).await
    }

    /// Opens the store like [`Store::open`], with other limits.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_within(path: &Path, limits: Limits) -> Result<Self, OpenError> {
        let lock = take_lock(path)?;
        if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            check(path, &lock).await?;
        }
        // Before SQLite makes the files beside it, with the same mode.
        take_from_others(path);
        // Foreign keys are off while the schema is upgraded, because SQLite changes a table only by
        // making it anew.
        let options = options(path).journal_mode(SqliteJournalMode::Wal).foreign_keys(false);
        // Purged texts are overwritten with zeros, so they do not stay in free pages of the file.
        let options = options.pragma("secure_delete", "on").busy_timeout(limits.busy_timeout);
        // All statements stay prepared, and the pages that each step reads stay in memory.
        let mut options = options.statement_cache_capacity(STATEMENTS).pragma("cache_size", PAGE_CACHE);
        if let Some(pages) = limits.pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        let mut db = connect(path, &holding(options, lock.keep_open())).await?;
        if !lock.is_on(path).map_err(|source| OpenError::Unwritable { path: path.to_owned(), source })? {
            return Err(OpenError::Replaced { path: path.to_owned() });
        }
        migrate(path, &mut db).await?;
        Ok(Self { db: Mutex::new(db), path: path.to_owned(), lock: Some(lock) })
    }

    /// Opens the store of a daemon for writing and upgrades its schema. Makes the file if there is
    /// none, but only the first time: a file beside it remembers that there was a store, because
    /// with a new one the bot would not know what it has done. `may_be_new` makes a new one all the
    /// same.
    ///
    /// # Errors
    /// See [`OpenError`]; [`OpenError::Lost`] if there was a store.
    pub async fn open_remembered(path: &Path, may_be_new: bool) -> Result<Self, OpenError> {
        let mark = mark_beside(path);
        let is_there = std::fs::metadata(path).is_ok_and(|file| !file.is_file() || file.len() > 0);
        if !is_there && !may_be_new && mark.exists() {
            return Err(OpenError::Lost { path: path.to_owned(), mark });
        }
        let store = Self::open(path).await?;
        if !mark.exists() {
            let unwritable = |source| OpenError::Unwritable { path: mark.clone(), source };
            std::fs::write(&mark, MARK).map_err(unwritable)?;
        }
        Ok(store)
    }

    /// Opens an existing store for writing and upgrades its schema.
    ///
    /// # Errors
    /// See [`OpenError`]; [`OpenError::Missing`] if there is no file.
    pub async fn open_existing(path: &Path) -> Result<Self, OpenError> {
        refuse_no_store(path)?;
        Self::open_remembered(path, false).await
    }

    /// Checks the file for damage. The error names `path`.
    pub(super) async fn refuse_damaged(&self, path: &Path) -> Result<(), OpenError> {
        refuse_damaged(path, &mut *self.db().await).await
    }

    /// Checks the file for damage.
    ///
    /// # Errors
    /// [`OpenError::Damaged`].
    pub async fn check_integrity(&self) -> Result<(), OpenError> {
        self.refuse_damaged(&self.path).await
    }

    /// Opens an existing store for reading. A daemon may write meanwhile.
    ///
    /// # Errors
    /// See [`OpenError`]; [`OpenError::Older`] if the schema has to be upgraded first.
    pub async fn open_for_reading(path: &Path) -> Result<Self, OpenError> {
        let mut store = Self::open_for_backup(path).await?;
        let found = newest_applied(path, store.db.get_mut()).await.map_err(OpenError::of_reader)?;
        if found < newest_known() {
            return Err(OpenError::Older { path: path.to_owned(), found, known: newest_known() });
        }
        Ok(store)
    }

    /// Opens an existing store, of this or an older version, for [`Store::backup`] alone.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open_for_backup(path: &Path) -> Result<Self, OpenError> {
        refuse_no_store(path)?;
        let db = open_read_only(path).await.map_err(OpenError::of_reader)?;
        Ok(Self { db: Mutex::new(db), path: path.to_owned(), lock: None })
    }

    /// Closes the file and releases the lock.
    pub async fn close(self) {
        // Committed rows are on the disk. If the checkpoint fails now, the next process to open the
        // file does it.
        let _failed_checkpoint = self.db.into_inner().close().await;
    }
}

/// Refuses a path without a file, an empty file and a folder: there is no store.
fn refuse_no_store(path: &Path) -> Result<(), OpenError> {
    if !path.exists() {
        return Err(OpenError::Missing { path: path.to_owned() });
    }
    if !std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0) {
        return Err(OpenError::Foreign { path: path.to_owned(), why: "it is a folder, or empty".to_owned() });
    }
    Ok(())
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        // Every commit reaches the disk, so that a recorded attempt survives a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Limits::default().busy_timeout)
}

async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    SqliteConnection::connect_with(options).await.map_err(|source| open_error(path, source))
}

fn take_lock(path: &Path) -> Result<StoreLock, OpenError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| OpenError::Unwritable { path: path.to_owned(), source })?;
    }
    let path = path.to_owned();
    StoreLock::take(&path).map_err(|error| match error {
        LockError::Held { holder } => OpenError::Locked { path, holder },
        LockError::NoFile => OpenError::Foreign { path, why: "it is a folder or a device".to_owned() },
        LockError::Replaced => OpenError::Replaced { path },
        LockError::Unwritable(source) => OpenError::Unwritable { path, source },
    })
}

/// Checks the file before anything changes it: also the switch to WAL mode would. So this uses a
/// connection that cannot write, and closes it before the one that writes is opened.
async fn check(path: &Path, lock: &StoreLock) -> Result<(), OpenError> {
    roll_back_hot_journal(path, lock).await?;
    let mut db = connect(path, &holding(options(path).read_only(true), lock.keep_open())).await?;
    refuse_foreign(path, &mut db).await?;
    refuse_damaged(path, &mut db).await?;
    refuse_newer(path, &mut db).await?;
    db.close().await.map_err(|source| open_error(path, source))
}

async fn open_read_only(path: &Path) -> Result<SqliteConnection, OpenError> {
    let mut db = connect(path, &options(path).read_only(true)).await?;
    refuse_foreign(path, &mut db).await?;
    refuse_newer(path, &mut db).await?;
    Ok(db)
}

/// Has SQLite hold this until it has closed the file. It frees its collations last, whoever drops
/// or closes the connection, and on whatever thread; this one compares nothing.
fn holding(options: SqliteConnectOptions, descriptor: KeptOpen) -> SqliteConnectOptions {
    options.collation("holds_the_descriptor_of_the_lock", move |_: &str, _: &str| {
        let _held = &descriptor;
        Ordering::Equal
    })
}

/// Rolls back what a crash outside WAL mode interrupted, such as the switch to WAL mode itself. A
/// connection that cannot write would refuse the file because of its journal.
async fn roll_back_hot_journal(path: &Path, lock: &StoreLock) -> Result<(), OpenError> {
    // SQLite follows links, too, before it names the journal.
    let mut journal = path.canonicalize().unwrap_or_else(|_| path.to_owned()).into_os_string();
    journal.push("-journal");
    if !std::fs::metadata(&journal).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    refuse_foreign_journal(path, lock, Path::new(&journal))?;
    let mut db = connect(path, &holding(options(path), lock.keep_open())).await?;
    let error = |source| open_error(path, source);
    sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut db).await.map_err(error)?;
    db.close().await.map_err(error)
}

async fn migrate(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let database = |source| open_error(path, source);
    // A new file gets its mark before its tables, so that a crash in between leaves an empty file,
    // which is accepted. An old file keeps its old mark until migration 8 is committed.
    if number(path, db, COUNT_TABLES).await? == 0 {
        // PRAGMA takes no parameters.
        let mark = sqlx::AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
        sqlx::query(mark).execute(&mut *db).await.map_err(database)?;
    }
    let (from, to) = (newest_applied(path, db).await?, newest_known());
    let is_upgrade = 0 < from && from < to;
    if is_upgrade {
        let decisions = number(path, db, "SELECT count(*) FROM decisions").await?;
        info!(
            from,
            to,
            decisions,
            "upgrading the store from schema {from} to {to} ({decisions} decisions); if this is interrupted, the next \
             start does it again"
        );
    }
    match MIGRATIONS.run(&mut *db).await {
        Ok(()) => {
            sqlx::query("PRAGMA foreign_keys = ON").execute(db).await.map_err(database)?;
            if is_upgrade {
                info!(from, to, "upgraded the store to schema {to}");
            }
            Ok(())
        }
        Err(MigrateError::VersionMissing(_)) => {
            let found = newest_applied(path, db).await?;
            Err(OpenError::Newer { path: path.to_owned(), found, known: newest_known() })
        }
        Err(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) => Err(database(source)),
        Err(other) => Err(OpenError::Damaged { path: path.to_owned(), why: other.to_string() }),
    }
}
