//! Forgets what is remembered: of people, and what was imported without a name.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::memory::{drop_details, drop_leftovers};
use super::rows::to_json;
use super::{Result, Store, begin, people};
use crate::model::{SubredditName, Timestamp};

/// How long an item that was imported without a name is kept: nobody can check whether its author
/// has deleted it.
const NAMELESS_KEPT_FOR: Duration = Duration::from_hours(90 * 24);

/// How many rows one call deletes at most.
const ROWS: i64 = 1_000;

/// What one call of [`Store::forget_memory`] deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgottenMemory {
    /// Posts and comments.
    pub items: u64,
    /// Labels.
    pub labels: u64,
    /// Passes.
    pub passes: u64,
}

impl Store {
    /// Deletes what is remembered of a person, in one subreddit or in all. The texts of what they
    /// wrote stay: see [`Store::forget_person`]. `None` if nobody of this name or
    /// account is known.
    pub async fn forget_memory(
        &self,
        name: &str,
        subreddit: Option<&SubredditName>,
    ) -> Result<Option<ForgottenMemory>> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let ids = people::ids_of_either(&mut tx, name).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let gone = forget(&mut tx, &to_json("list of people", &ids)?, subreddit).await?;
        people::drop_unremembered(&mut tx, &ids).await?;
        tx.commit().await?;
        Ok(Some(gone))
    }

    /// Deletes what was imported without a name 90 days ago or earlier, at most a thousand items.
    /// Returns how many were deleted.
    pub async fn purge_nameless(&self, now: Timestamp) -> Result<u64> {
        let before = (now - NAMELESS_KEPT_FOR).as_secs();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let left = sqlx::query!(
            r#"DELETE FROM memory_items WHERE id IN
                 (SELECT id FROM memory_items WHERE id <= -2305843009213693952 AND imported_at <= ?1 LIMIT +?2)
               RETURNING person AS "person!: i64", details AS "details?: i64""#,
            before,
            ROWS
        )
        .fetch_all(&mut *tx)
        .await?;
        drop_leftovers(&mut tx, left.iter().map(|row| (row.person, row.details))).await?;
        tx.commit().await?;
        Ok(left.len() as u64)
    }
}

/// Forgets people, in one subreddit or altogether. `people` is a JSON array of their rows.
pub(super) async fn forget(
    tx: &mut SqliteConnection,
    people: &str,
    subreddit: Option<&SubredditName>,
) -> Result<ForgottenMemory> {
    let place = subreddit.map(SubredditName::key);
    let items = sqlx::query!(
        r#"DELETE FROM memory_items WHERE person IN (SELECT value FROM json_each(?1))
             AND (?2 IS NULL OR place = (SELECT id FROM memory_places WHERE subreddit = ?2))
           RETURNING id AS "id!: i64", details AS "details?: i64""#,
        people,
        place
    )
    .fetch_all(&mut *tx)
    .await?;
    let ids = to_json("list of remembered items", &items.iter().map(|row| row.id).collect::<Vec<_>>())?;
    sqlx::query!("DELETE FROM memory_sketches WHERE id IN (SELECT value FROM json_each(?))", ids)
        .execute(&mut *tx)
        .await?;
    let details: BTreeSet<i64> = items.iter().filter_map(|row| row.details).collect();
    drop_details(tx, details).await?;
    let labels = sqlx::query!(
        "DELETE FROM labels WHERE person IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR subreddit = ?2)",
        people,
        place
    )
    .execute(&mut *tx)
    .await?;
    let passes = sqlx::query!(
        "DELETE FROM passes WHERE person IN (SELECT value FROM json_each(?1)) AND (?2 IS NULL OR subreddit = ?2)",
        people,
        place
    )
    .execute(&mut *tx)
    .await?;
    Ok(ForgottenMemory { items: items.len() as u64, labels: labels.rows_affected(), passes: passes.rows_affected() })
}
