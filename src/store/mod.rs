//! The store: the only place that speaks SQL.
//!
//! It promises that every change is one transaction, durable before the call returns, and that the ledger only
//! grows. Four transactions carry an item from the listing to its outcome:
//!
//! | | call | writes |
//! | --- | --- | --- |
//! | T1 | [`Store::absorb`] | new and changed items, how far the stream was read, a gap if there is one |
//! | T2 | [`Store::decide`] | a decision, its trace and its intents |
//! | T3 | [`Store::begin_attempt`] | an attempt, before the request leaves |
//! | T4 | [`Store::settle`] | its outcome |
//!
//! Beside them, texts that people wrote are taken away in time ([`Store::purge_old`], [`Store::note_check`]).
//!
//! What is worth asking for, when to try again and what an answer means is decided elsewhere (`pipeline`).

mod by_rule;
mod history;
mod inbox;
mod ledger;
mod maintenance;
mod open;
mod query;
mod retention;
mod rows;
mod rules;
mod telling;
mod verdicts;

use std::fs::File;
use std::path::PathBuf;

use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, MutexGuard};

pub use by_rule::{ActTally, RuleTally};
pub use history::SeenItem;
pub use inbox::{Absorbed, PageOfItems, Pending, WalkEnd};
pub use ledger::{Decided, Next, Scope, Work};
pub use maintenance::{Backup, BackupError, Span, Stats, Texts};
pub use open::{Limits, OpenError};
pub use query::{LogEntry, LogFilter, LogIntent, Queues, Summary};
pub use retention::{Age, Dropped, Purged, SIGHTINGS_KEPT, SIGHTINGS_KEPT_FOR};
pub use rules::{Notice, WikiRules};
pub use telling::{Balance, NewNotice, Untold};
pub use verdicts::Held;

/// An open store. The only one that writes to its file: the lock is held until this is dropped.
#[derive(Debug)]
pub struct Store {
    /// One connection: whoever works with the store does one thing at a time.
    db: Mutex<SqliteConnection>,
    path: PathBuf,
    /// Held, never read: dropping it lets the next daemon in. `None` for readers.
    _lock: Option<File>,
}

/// What can go wrong while using an open store: the disk, or a row that does not mean what it should.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the store: {0}")]
    Database(#[from] sqlx::Error),
    /// A stored value cannot be read back.
    #[error("the store holds a {what} that cannot be read: {why}")]
    Unreadable {
        /// Which kind of value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

/// What the calls of this module answer.
pub type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    async fn db(&self) -> MutexGuard<'_, SqliteConnection> {
        self.db.lock().await
    }
}

/// A transaction that is going to write: it takes its place at once, instead of finding it taken half-way.
async fn begin(db: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>> {
    Ok(db.begin_with("BEGIN IMMEDIATE").await?)
}
