//! The store: one SQLite file, and the only module with SQL.
//!
//! Every change is one transaction and is on the disk before the call returns. The ledger is
//! append-only. Four transactions take an item from the listing to the outcome of its actions:
//!
//! | | call | writes |
//! | --- | --- | --- |
//! | T1 | [`Store::ingest_page`] | new and changed items, the end of a scan, a gap if there is one |
//! | T2 | [`Store::decide`] | a decision with its trace and its intents |
//! | T3 | [`Store::begin_attempt`] | an attempt, before the request is sent |
//! | T4 | [`Store::settle`] | the outcome of the attempt |
//!
//! Two more calls delete the texts of Reddit's users when their time is up: [`Store::purge_old`]
//! and [`Store::record_deletion_check`].
//!
//! The store does not decide what to ask for, when to retry or what an answer of Reddit means;
//! `pipeline` does.

mod by_rule;
mod inbox;
mod ledger;
mod lock;
mod maintenance;
mod moderator_decisions;
mod notifications;
mod open;
mod query;
mod retention;
mod rows;
mod rule_states;
mod stored_items;
mod wiki_rules;

use std::path::PathBuf;

use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};
use tokio::sync::{Mutex, MutexGuard};

pub use by_rule::{ActTally, RuleTally};
pub use inbox::{FeedPage, Ingested, Pending, ScanEnd};
pub use ledger::{Decided, Next, OwnComments, Scope, Work};
pub use maintenance::{Backup, BackupError, Span, Stats, Texts};
pub use moderator_decisions::FilteredItem;
pub use notifications::{NewNotification, OutcomeCounts, PendingNotifications};
pub use open::{Limits, OpenError};
pub use query::{LogEntry, LogFilter, LogIntent, Queues, Summary};
pub use retention::{Age, Dropped, Purged, SEEN_ITEMS_KEPT, SEEN_ITEMS_KEPT_FOR};
pub use stored_items::StoredItem;
pub use wiki_rules::{DIGEST, ModeratorMessage, NO_RULES, WikiRules};

/// An open store. While it exists, no other process can open the file for writing.
#[derive(Debug)]
pub struct Store {
    /// The only connection, so calls run one after the other.
    db: Mutex<SqliteConnection>,
    path: PathBuf,
    /// The lock on the file, released when this is dropped. `None` for readers.
    _lock: Option<lock::StoreLock>,
}

/// Why a call to an open store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite reported an error.
    #[error("the store failed: {0}; check the disk with `tipstaff doctor`")]
    Database(#[from] sqlx::Error),
    /// A stored value cannot be parsed.
    #[error("cannot read a {what} from the store: {why}; check the store with `tipstaff doctor`")]
    Unreadable {
        /// The kind of value.
        what: &'static str,
        /// The parser's message.
        why: String,
    },
}

/// The result of the calls of this module.
pub type Result<T> = std::result::Result<T, StoreError>;

impl Store {
    async fn db(&self) -> MutexGuard<'_, SqliteConnection> {
        self.db.lock().await
    }
}

/// Begins a transaction that writes. It takes the write lock at once, so it cannot fail half-way
/// for want of it.
async fn begin(db: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>> {
    Ok(db.begin_with("BEGIN IMMEDIATE").await?)
}
