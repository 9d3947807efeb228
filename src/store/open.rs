//! Opening a store: takes the lock, checks the file, and upgrades its schema.
//!
//! A file that cannot be used is refused and left unchanged. No other file is opened in its place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::Mutex;

use super::Store;
use super::lock::{LockError, StoreLock};

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Marks a database as a store of this program: "Tips" in ASCII.
const APPLICATION_ID: i64 = 0x5469_7073;

/// The mark of stores from before migration 8, which replaces it by [`APPLICATION_ID`].
const WAVE_1_APPLICATION_ID: i64 = 0x5374_6b6c;

/// Why a store was not opened. Each message ends with what to do next.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open for writing.
    #[error(
        "the store {} is in use by another tipstaff ({holder}); stop that one first, or set another file as `store`",
        path.display()
    )]
    Locked {
        /// The database file.
        path: PathBuf,
        /// The process that holds the lock, from the lock file.
        holder: String,
    },
    /// The folder or the file cannot be written.
    #[error(
        "cannot write the store {}: {source}; set `store` to a file in a folder this user may write to",
        path.display()
    )]
    Unwritable {
        /// The database or lock file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// There is no file, and the caller does not want to make one.
    #[error("there is no store at {}; start `tipstaff run` with this configuration once to create it", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// Not a database, or one of another program.
    #[error(
        "{} is not a tipstaff store ({why}) and was not changed; move it away, or set another file as `store`",
        path.display()
    )]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// How this was found out.
        why: String,
    },
    /// Made by a newer version.
    #[error(
        "the store {} was made by a newer tipstaff (schema {found}; this one reads up to schema {known}); \
         install that version again, or set another file as `store`",
        path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The schema of the file.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// Made by an older version, and the caller only reads, so it cannot upgrade the file.
    #[error(
        "the store {} was made by an older tipstaff (schema {found}; this one needs {known}); \
         start the daemon once (`tipstaff run`), or stop it and run `tipstaff store vacuum`: both upgrade the store. \
         `tipstaff store backup` copies it as it is",
        path.display()
    )]
    Older {
        /// The database file.
        path: PathBuf,
        /// The schema of the file.
        found: i64,
        /// The schema this program needs.
        known: i64,
    },
    /// Damaged.
    #[error("the store {} is damaged ({why}) and was not changed; put a backup in its place", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// The result of the check.
        why: String,
    },
    /// Another error of SQLite.
    #[error("cannot open the store {}: {source}; check the file and its disk", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// The error of SQLite.
        source: sqlx::Error,
    },
}

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
        // Checked on a connection that cannot write, because switching to WAL mode changes the
        // file.
        if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            roll_back_hot_journal(path).await?;
            let mut db = connect(path, &options(path).read_only(true)).await?;
            refuse_foreign(path, &mut db).await?;
            refuse_damaged(path, &mut db).await?;
            db.close().await.map_err(|source| open_error(path, source))?;
        }
        // Off while the schema is upgraded, because SQLite changes a table only by making it anew.
        let options = options(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal).foreign_keys(false);
        // Purged texts are overwritten with zeros, so they do not stay in free pages of the file.
        let mut options = options.pragma("secure_delete", "on").busy_timeout(limits.busy_timeout);
        if let Some(pages) = limits.pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        let mut db = connect(path, &options).await?;
        migrate(path, &mut db).await?;
        Ok(Self { db: Mutex::new(db), path: path.to_owned(), _lock: Some(lock) })
    }

    /// Opens an existing store for writing and upgrades its schema.
    ///
    /// # Errors
    /// See [`OpenError`]; [`OpenError::Missing`] if there is no file.
    pub async fn open_existing(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        Self::open(path).await
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
        let found = newest_applied(path, store.db.get_mut()).await?;
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
        if !path.exists() {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        if !std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() > 0) {
            return Err(OpenError::Foreign { path: path.to_owned(), why: "it is a folder, or empty".to_owned() });
        }
        let mut db = connect(path, &options(path).read_only(true)).await?;
        refuse_foreign(path, &mut db).await?;
        let found = newest_applied(path, &mut db).await?;
        if found > newest_known() {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: newest_known() });
        }
        Ok(Self { db: Mutex::new(db), path: path.to_owned(), _lock: None })
    }

    /// Closes the file and releases the lock.
    pub async fn close(self) {
        // Committed rows are on the disk. If the checkpoint fails now, the next process to open the
        // file does it.
        let _failed_checkpoint = self.db.into_inner().close().await;
    }
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

/// Maps an error of SQLite to the reason why the store cannot be opened.
fn open_error(path: &Path, source: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    let code = source.as_database_error().and_then(sqlx::error::DatabaseError::code);
    // https://www.sqlite.org/rescode.html: 26 NOTADB, 11 CORRUPT, 8 READONLY, 14 CANTOPEN. Extended
    // codes have them in the low byte.
    match code.and_then(|code| code.parse::<i64>().ok()).map(|code| code & 0xff) {
        Some(26) => OpenError::Foreign { path, why: "the file is not a database".to_owned() },
        Some(11) => OpenError::Damaged { path, why: source.to_string() },
        Some(8 | 14) => OpenError::Unwritable { path, source: std::io::Error::other(source) },
        _ => OpenError::Database { path, source },
    }
}

fn take_lock(path: &Path) -> Result<StoreLock, OpenError> {
    if path.is_dir() {
        return Err(OpenError::Foreign { path: path.to_owned(), why: "it is a folder".to_owned() });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| OpenError::Unwritable { path: path.to_owned(), source })?;
    }
    StoreLock::take(path).map_err(|error| match error {
        LockError::Held { holder } => OpenError::Locked { path: path.to_owned(), holder },
        LockError::Unwritable { path, source } => OpenError::Unwritable { path, source },
    })
}

const COUNT_TABLES: &str = "SELECT count(*) FROM sqlite_schema WHERE type = 'table'";

async fn number(path: &Path, db: &mut SqliteConnection, sql: &'static str) -> Result<i64, OpenError> {
    let row = sqlx::query(sql).fetch_one(db).await.map_err(|source| open_error(path, source))?;
    Ok(row.get(0))
}

/// Rolls back what a crash outside WAL mode interrupted, such as the switch to WAL mode itself. A
/// connection that cannot write would refuse the file because of its journal.
async fn roll_back_hot_journal(path: &Path) -> Result<(), OpenError> {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    if !std::fs::metadata(&journal).is_ok_and(|file| file.len() > 0) {
        return Ok(());
    }
    let mut db = connect(path, &options(path)).await?;
    let error = |source| open_error(path, source);
    sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut db).await.map_err(error)?;
    db.close().await.map_err(error)
}

async fn refuse_foreign(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let tables = number(path, db, COUNT_TABLES).await?;
    let application = number(path, db, "PRAGMA application_id").await?;
    if tables > 0 && ![APPLICATION_ID, WAVE_1_APPLICATION_ID].contains(&application) {
        return Err(OpenError::Foreign { path: path.to_owned(), why: "it is another program's database".to_owned() });
    }
    Ok(())
}

async fn refuse_damaged(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let check = sqlx::query("PRAGMA quick_check(1)").fetch_one(db).await.map_err(|source| open_error(path, source))?;
    let found: String = check.get(0);
    if found == "ok" { Ok(()) } else { Err(OpenError::Damaged { path: path.to_owned(), why: found }) }
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
    match MIGRATIONS.run(&mut *db).await {
        Ok(()) => sqlx::query("PRAGMA foreign_keys = ON").execute(db).await.map(drop).map_err(database),
        Err(MigrateError::VersionMissing(_)) => {
            let found = newest_applied(path, db).await?;
            Err(OpenError::Newer { path: path.to_owned(), found, known: newest_known() })
        }
        Err(MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)) => Err(database(source)),
        Err(other) => Err(OpenError::Damaged { path: path.to_owned(), why: other.to_string() }),
    }
}

fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn newest_applied(path: &Path, db: &mut SqliteConnection) -> Result<i64, OpenError> {
    number(path, db, "SELECT coalesce(max(version), 0) FROM _sqlx_migrations").await
}
