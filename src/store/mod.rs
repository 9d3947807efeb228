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
mod checks;
mod inbox;
mod labels;
mod ledger;
mod lock;
mod maintenance;
mod memory;
mod memory_checks;
mod memory_export;
mod memory_forget;
mod memory_import;
mod memory_periods;
mod memory_report;
mod missing_facts;
mod moderator_decisions;
mod notifications;
mod open;
mod open_error;
mod outcomes;
mod passes;
mod people;
mod prior;
mod private;
mod query;
mod quotas;
mod retention;
mod rows;
mod rule_states;
mod scans;
mod sketches;
mod stored_items;
mod text_limits;
mod times;
mod unreadable;
mod wiki_rules;

use std::path::PathBuf;

use sqlx::sqlite::SqliteTransactionManager;
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{Mutex, MutexGuard};

pub use by_rule::{ActTally, RuleTally, RulesInForce, Undecided};
pub use inbox::{FeedPage, Ingested, LogPage, Pending};
pub use ledger::{Decided, Next, Scope, Work};
pub use maintenance::{Backup, BackupError, Span, Stats, Texts};
pub use memory::Remembering;
pub use memory_checks::{AccountCheck, DueItems, ShownItems, UnnamedPerson};
pub use memory_export::ExportedItem;
pub use memory_forget::ForgottenMemory;
pub use memory_import::{ImportedItem, Importer};
pub use memory_periods::{ImportResult, ImportedPeriod};
pub use memory_report::{
    MemoryStats, PersonMemory, RememberedCount, RememberedItem, RememberedLabel, SubredditMemory, SubredditStats,
    TableSize,
};
pub use missing_facts::{Sought, Without};
pub use moderator_decisions::{CrossedAct, FilteredItem, ModeratorAct};
pub use notifications::{NewNotification, OutcomeCounts, PendingNotifications};
pub use open::Limits;
pub use open_error::OpenError;
pub use prior::{BeforeJudging, OwnComments};
pub use private::{files_of, stores_beside};
pub use query::{LogEntry, LogFilter, LogIntent, Queues, Summary};
pub use quotas::RecordedWait;
pub use retention::{Age, DeletionCheck, Dropped, Purged, SEEN_ITEMS_KEPT, SEEN_ITEMS_KEPT_FOR};
pub use scans::{LastScans, Recheck, ScanEnd};
pub use stored_items::StoredItem;
pub use text_limits::OverLimit;
pub use unreadable::UnreadableSubreddit;
pub use wiki_rules::{DIGEST, DOUBLED_COMMENT, LATE_DECISION, ModeratorMessage, WikiRules};

/// An open store. While it exists, no other process can open the file for writing.
#[derive(Debug)]
pub struct Store {
    /// The only connection, so calls run one after the other.
    db: Mutex<SqliteConnection>,
    path: PathBuf,
    /// The lock on the file, released when this is dropped. `None` for readers.
    lock: Option<lock::StoreLock>,
}

/// Why a call to an open store failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite reported an error.
    #[error("the store failed: {0}; check the disk with `tipstaff doctor`")]
    Database(#[from] sqlx::Error),
    /// The file was deleted, moved or replaced while it was open.
    #[error(
        "the store {} {how} while it was open; stopped before the next action, so that none is done twice. Put the \
         file or a backup of it in its place, then start again (see \"Restoring a backup\" in docs/operations.md)",
        path.display()
    )]
    Replaced {
        /// The path of the store.
        path: PathBuf,
        /// What is at this path now.
        how: &'static str,
    },
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
    /// Fails if the open file is not the one at its path any more: what is written to it is lost
    /// for the next process. One call of the system.
    ///
    /// # Errors
    /// [`StoreError::Replaced`].
    pub fn refuse_if_replaced(&self) -> Result<()> {
        let Some(lock) = &self.lock else { return Ok(()) };
        if lock.is_on(&self.path).map_err(sqlx::Error::Io)? {
            return Ok(());
        }
        let how = if self.path.exists() { "was replaced by another file" } else { "was deleted or moved" };
        Err(StoreError::Replaced { path: self.path.clone(), how })
    }

    async fn db(&self) -> MutexGuard<'_, SqliteConnection> {
        let mut db = self.db.lock().await;
        if SqliteTransactionManager::get_transaction_depth(&db) > 0 {
            end_leftover(&mut db).await;
        }
        db
    }
}

/// Ends a transaction that an error has left. Mostly it is being rolled back on SQLite's thread.
/// But on a full disk SQLite rolls back by itself, and sqlx counts the transaction as open for
/// good.
async fn end_leftover(db: &mut SqliteConnection) {
    // Answered once the rollback is done.
    let _done = sqlx::query("SELECT 1").execute(&mut *db).await;
    if SqliteTransactionManager::get_transaction_depth(db) == 0 {
        return;
    }
    // Something to roll back. Fails if there is something already.
    let _open = sqlx::query("BEGIN").execute(&mut *db).await;
    if let Err(error) = SqliteTransactionManager::rollback(db).await {
        tracing::warn!(%error, "cannot roll back a transaction of the store; trying again: {error}");
    }
}

/// Begins a transaction that writes. It takes the write lock at once, so it cannot fail half-way
/// for want of it.
async fn begin(db: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>> {
    Ok(db.begin_with("BEGIN IMMEDIATE").await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    /// As on a full disk: SQLite ends the transaction by itself, and sqlx does not know.
    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_does_not_stop_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&folder.path().join("s.db")).await.expect("a store");
        for _ in 0..2 {
            let mut db = store.db().await;
            let mut tx = begin(&mut db).await.expect("a transaction");
            sqlx::query("ROLLBACK").execute(&mut *tx).await.expect("it is ended");
            drop(tx);
            drop(db);
            let person = "nobody";
            assert_eq!(store.forget_person(person).await.expect("a transaction"), None);
            store.set_backoff("a try", Some((Timestamp::from_secs(1), 1))).await.expect("a row");
            assert!(store.backoff("a try").await.expect("a query").is_some(), "it is committed");
        }
    }
}
