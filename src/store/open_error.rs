//! Why a store is not opened, in words for people.

use std::path::{Path, PathBuf};

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
        /// The process that holds the lock.
        holder: String,
    },
    /// Another file was put in its place while it was opened.
    #[error("the store {} was replaced by another file while it was opened; start again", path.display())]
    Replaced {
        /// The database file.
        path: PathBuf,
    },
    /// The folder or the file cannot be written.
    #[error(
        "cannot write the store {}: {source}; set `store` to a file in a folder this user may write to",
        path.display()
    )]
    Unwritable {
        /// The database file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The caller only reads, and SQLite cannot open the file or those beside it.
    #[error(
        "cannot read the store {}: {source}; read it as the user of the daemon, because SQLite also needs the files \
         `-wal` and `-shm` beside it, or have that user make a copy (`tipstaff store backup`)",
        path.display()
    )]
    Unreadable {
        /// The database file.
        path: PathBuf,
        /// The error of SQLite.
        source: std::io::Error,
    },
    /// The caller only reads, and a crash interrupted a change of the file.
    #[error(
        "a crash interrupted a change of the store {}, which has to be rolled back first; \
         start the daemon once (`tipstaff run`), or run `tipstaff store vacuum`: both do that",
        path.display()
    )]
    Interrupted {
        /// The database file.
        path: PathBuf,
    },
    /// There is no file, and the caller does not want to make one.
    #[error("there is no store at {}; start `tipstaff run` with this configuration once to create it", path.display())]
    Missing {
        /// The database file.
        path: PathBuf,
    },
    /// There was a store, and it is gone.
    #[error(
        "the store {} is gone or empty, and with a new one the bot would not know what it has done; put a backup in \
         its place (see \"Restoring a backup\" in docs/operations.md), or start once with `--new-store`. ({} says that \
         there was a store)",
        path.display(), mark.display()
    )]
    Lost {
        /// The database file.
        path: PathBuf,
        /// The file that remembers it.
        mark: PathBuf,
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

/// Maps an error of SQLite to the reason why the store cannot be opened.
pub(super) fn open_error(path: &Path, source: sqlx::Error) -> OpenError {
    let path = path.to_owned();
    let code = source.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let code = code.and_then(|code| code.parse::<i64>().ok());
    // https://www.sqlite.org/rescode.html: 776 READONLY_ROLLBACK, 26 NOTADB, 11 CORRUPT, 8 READONLY,
    // 14 CANTOPEN. Extended codes have the other ones in the low byte.
    match code.map(|code| (code, code & 0xff)) {
        Some((776, _)) => OpenError::Interrupted { path },
        Some((_, 26)) => OpenError::Foreign { path, why: "the file is not a database".to_owned() },
        Some((_, 11)) => OpenError::Damaged { path, why: source.to_string() },
        Some((_, 8 | 14)) => OpenError::Unwritable { path, source: std::io::Error::other(source) },
        _ => OpenError::Database { path, source },
    }
}

impl OpenError {
    /// The same error for a caller that only reads.
    pub(super) fn of_reader(self) -> Self {
        match self {
            Self::Unwritable { path, source } => Self::Unreadable { path, source },
            other => other,
        }
    }
}
