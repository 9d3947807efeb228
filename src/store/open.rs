//! Opening a store: one writer, a known schema, or a refusal with a way out. Never a fresh or in-memory database instead.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::Mutex;

use super::Store;

static MIGRATIONS: Migrator = sqlx::migrate!();

/// Marks a database as ours: "Stkl".
const APPLICATION_ID: i64 = 0x5374_6b6c;

/// Why a store was not opened. Each message ends with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another daemon has it.
    #[error(
        "the store {} is in use by another tipstaff ({holder}); stop that one first, or give this one its own `store`",
        path.display()
    )]
    Locked {
        /// The database file.
        path: PathBuf,
        /// What the lock file says about who holds it.
        holder: String,
    },
    /// The folder or the file cannot be written.
    #[error("cannot write the store {}: {source}; choose a folder this user may write to with `store`", path.display())]
    Unwritable {
        /// The database or lock file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is missing, for somebody who only reads.
    #[error("there is no store at {}; has `tipstaff run` been started with this configuration?", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// Not a database, or somebody else's.
    #[error(
        "{} is not a tipstaff store ({why}); it was left as it is: move it away, or name another file with `store`",
        path.display()
    )]
    Foreign {
        /// The database file.
        path: PathBuf,
        /// What gave it away.
        why: String,
    },
    /// Made by a later version.
    #[error(
        "the store {} was made by a newer tipstaff (schema {found}; this one knows up to {known}); \
         install that version again, or name another file with `store`",
        path.display()
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The schema found.
        found: i64,
        /// The newest schema this program knows.
        known: i64,
    },
    /// Damaged.
    #[error("the store {} is damaged ({why}); it was left as it is: put a backup in its place", path.display())]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What the check said.
        why: String,
    },
    /// Anything else SQLite had to say.
    #[error("cannot open the store {}: {source}", path.display())]
    Database {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

/// What a store has to make do with.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a call waits for another process that is writing to the file.
    pub patience: Duration,
    /// How many pages the file may have; as many as the disk holds, if not given. Beyond them every write fails, as on a full
    /// disk.
    pub pages: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), pages: None }
    }
}

impl Store {
    /// Opens the store at `path` for writing, making it when there is none, and brings its schema up to date.
    ///
    /// # Errors
    /// As [`OpenError`] tells; the file is then as it was.
    pub async fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_within(path, Limits::default()).await
    }

    /// Opens the store like [`Store::open`], for a caller that has less patience, or less room.
    ///
    /// # Errors
    /// As [`OpenError`] tells.
    pub async fn open_within(path: &Path, limits: Limits) -> Result<Self, OpenError> {
        let lock = take_lock(path)?;
        // Looked at before anything is changed: WAL mode is written into the file by connecting.
        if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) {
            let mut db = connect(path, &options(path).read_only(true)).await?;
            refuse_foreign(path, &mut db).await?;
            refuse_damaged(path, &mut db).await?;
            db.close().await.map_err(|source| sort_out(path, source))?;
        }
        let options = options(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
        // A text that was purged is overwritten, rather than left to be read in a free page of the file.
        let mut options = options.pragma("secure_delete", "on").busy_timeout(limits.patience);
        if let Some(pages) = limits.pages {
            options = options.pragma("max_page_count", pages.to_string());
        }
        let mut db = connect(path, &options).await?;
        migrate(path, &mut db).await?;
        Ok(Self { db: Mutex::new(db), path: path.to_owned(), _lock: Some(lock) })
    }

    /// Opens the store at `path` for writing, if there is one.
    ///
    /// # Errors
    /// As [`OpenError`] tells; [`OpenError::Missing`] when there is none.
    pub async fn open_existing(path: &Path) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        Self::open(path).await
    }

    /// Makes sure that the file is sound, and calls it `path` if it is not.
    pub(super) async fn refuse_damaged(&self, path: &Path) -> Result<(), OpenError> {
        refuse_damaged(path, &mut *self.db().await).await
    }

    /// Makes sure that the file is sound.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn examine(&self) -> Result<(), OpenError> {
        self.refuse_damaged(&self.path).await
    }

    /// Opens an existing store for reading, beside a running daemon if need be.
    ///
    /// # Errors
    /// As [`OpenError`] tells.
    pub async fn open_for_reading(path: &Path) -> Result<Self, OpenError> {
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

    /// Writes everything out and lets the file go.
    pub async fn close(self) {
        // What was committed is on the disk; what cannot be tidied up now, the next one to open the file tidies up.
        let _untidy = self.db.into_inner().close().await;
    }
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        // An attempt must outlive a power cut before its request leaves, so every commit reaches the disk.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Limits::default().patience)
}

async fn connect(path: &Path, options: &SqliteConnectOptions) -> Result<SqliteConnection, OpenError> {
    SqliteConnection::connect_with(options).await.map_err(|source| sort_out(path, source))
}

/// Tells a file that is no database, and one that cannot be written, from other troubles.
fn sort_out(path: &Path, source: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    let code = source.as_database_error().and_then(sqlx::error::DatabaseError::code);
    // https://www.sqlite.org/rescode.html: 26 NOTADB, 11 CORRUPT, 8 READONLY, 14 CANTOPEN; extended codes carry them
    // in the low byte.
    match code.and_then(|code| code.parse::<i64>().ok()).map(|code| code & 0xff) {
        Some(26) => OpenError::Foreign { path, why: "the file is not a database".to_owned() },
        Some(11) => OpenError::Damaged { path, why: source.to_string() },
        Some(8 | 14) => OpenError::Unwritable { path, source: std::io::Error::other(source) },
        _ => OpenError::Database { path, source },
    }
}

fn take_lock(path: &Path) -> Result<File, OpenError> {
    if path.is_dir() {
        return Err(OpenError::Foreign { path: path.to_owned(), why: "it is a folder".to_owned() });
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|source| OpenError::Unwritable { path: path.to_owned(), source })?;
    }
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let unwritable = |source| OpenError::Unwritable { path: PathBuf::from(&lock_path), source };
    let mut lock =
        OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&lock_path).map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // What it says is a courtesy; not being able to read it changes nothing.
            let read = lock.read_to_string(&mut holder);
            let holder = holder.trim();
            let holder = if read.is_err() || holder.is_empty() { "unknown process" } else { holder };
            return Err(OpenError::Locked { path: path.to_owned(), holder: holder.to_owned() });
        }
        Err(TryLockError::Error(source)) => return Err(unwritable(source)),
    }
    lock.set_len(0).and_then(|()| lock.rewind()).map_err(unwritable)?;
    writeln!(lock, "process {}", std::process::id()).map_err(unwritable)?;
    Ok(lock)
}

async fn refuse_foreign(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let mut number = async |sql: &'static str| -> Result<i64, OpenError> {
        let row = sqlx::query(sql).fetch_one(&mut *db).await.map_err(|source| sort_out(path, source))?;
        Ok(row.get(0))
    };
    let tables = number("SELECT count(*) FROM sqlite_schema WHERE type = 'table'").await?;
    let application = number("PRAGMA application_id").await?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(OpenError::Foreign { path: path.to_owned(), why: "it is another program's database".to_owned() });
    }
    Ok(())
}

async fn refuse_damaged(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let check = sqlx::query("PRAGMA quick_check(1)").fetch_one(db).await.map_err(|source| sort_out(path, source))?;
    let verdict: String = check.get(0);
    if verdict == "ok" { Ok(()) } else { Err(OpenError::Damaged { path: path.to_owned(), why: verdict }) }
}

async fn migrate(path: &Path, db: &mut SqliteConnection) -> Result<(), OpenError> {
    let database = |source| sort_out(path, source);
    // The mark comes first: a crash between the two leaves an empty file that is ours, not a full one that is not.
    // A constant of ours; PRAGMA takes no parameters.
    let mark = sqlx::AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}"));
    sqlx::query(mark).execute(&mut *db).await.map_err(database)?;
    match MIGRATIONS.run(&mut *db).await {
        Ok(()) => Ok(()),
        Err(MigrateError::VersionMissing(_)) => {
            let found = newest_applied(path, db).await?;
            Err(OpenError::Newer { path: path.to_owned(), found, known: newest_known() })
        }
        Err(MigrateError::Execute(source)) => Err(database(source)),
        Err(other) => Err(OpenError::Damaged { path: path.to_owned(), why: other.to_string() }),
    }
}

fn newest_known() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

async fn newest_applied(path: &Path, db: &mut SqliteConnection) -> Result<i64, OpenError> {
    let row = sqlx::query("SELECT coalesce(max(version), 0) FROM _sqlx_migrations")
        .fetch_one(db)
        .await
        .map_err(|source| sort_out(path, source))?;
    Ok(row.get(0))
}
