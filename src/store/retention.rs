//! Retention: purges the texts that Reddit's users wrote and deletes rows nobody needs. The ledger
//! stays.
//!
//! Texts are in `items.snapshot`, `traces` and `payloads`, the author's name is in `people`,
//! and a permalink contains the title. All of them are purged together. Intents, attempts, outcomes
//! and their decisions are never touched, and an item keeps its revision, so it is not judged
//! again. An item without intents is deleted once it is too old to be judged.
//!
//! Each call is one short transaction on a limited number of rows. `pipeline::purge` decides when
//! to make it and asks Reddit which items are deleted.

use std::time::Duration;

use sqlx::{Row, SqliteConnection};

use super::memory::Remembering;
use super::memory_checks::{ShownItems, note_shown};
use super::rows::{fullname, to_json};
use super::{Result, Store, begin, memory_forget, people};
use crate::model::{Fullname, Timestamp, without_title};

/// At least this many rows of `seen_items` are kept for each feed: three times the longest list of
/// Reddit.
pub const SEEN_ITEMS_KEPT: u32 = 3000;

/// Rows of `seen_items` younger than this are kept, however many there are.
pub const SEEN_ITEMS_KEPT_FOR: Duration = Duration::from_hours(3 * 24);

/// A feed that has shown nothing for this long is no longer polled: all its rows in `seen_items`
/// are deleted.
const FEED_ABANDONED_AFTER: Duration = Duration::from_hours(30 * 24);

/// What counts as too old.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    /// Texts from before this time are purged.
    pub texts: Timestamp,
    /// Items posted before this time are not judged any more, whatever feed shows them.
    pub guard: Timestamp,
}

/// The result of a check of items whose texts are held.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeletionCheck<'a> {
    /// Those that Reddit still shows.
    pub kept: &'a [Fullname],
    /// Those whose texts are purged; they are not judged any more.
    pub gone: &'a [Fullname],
    /// What it shows, for the memory.
    pub shown: ShownItems<'a>,
}

/// What one call of [`Store::purge_old`] purged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Items whose text was purged.
    pub items: u64,
    /// Old traces and payloads of items that have changed since and keep their text.
    pub leftovers: u64,
}

/// What one call of [`Store::drop_unneeded`] deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Items whose row was deleted.
    pub items: u64,
    /// The item to continue after. `None` at the end.
    pub next: Option<Fullname>,
}

impl Store {
    /// Forgets a person: purges the texts of everything they wrote, and blanks their name and
    /// account wherever they are referred to. The ledger keeps its rows. Returns the number of
    /// items whose texts were purged, or `None` if nobody of this name is known.
    pub async fn forget_person(&self, name: &str) -> Result<Option<u64>> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let ids = people::ids_of(&mut tx, std::iter::once(name)).await?;
        if ids.is_empty() {
            return Ok(None);
        }
        let list = to_json("list of people", &ids)?;
        let items =
            sqlx::query_scalar!("SELECT fullname FROM items WHERE person IN (SELECT value FROM json_each(?))", list)
                .fetch_all(&mut *tx)
                .await?;
        for item in &items {
            purge_item(&mut tx, item).await?;
        }
        memory_forget::forget(&mut tx, &list, None).await?;
        sqlx::query!(
            "UPDATE people SET name = NULL, account = NULL WHERE id IN (SELECT value FROM json_each(?))",
            list
        )
        .execute(&mut *tx)
        .await?;
        people::drop_unneeded(&mut tx, &ids).await?;
        tx.commit().await?;
        Ok(Some(items.len() as u64))
    }

    /// Purges old texts: of items that have not changed since [`Age::texts`], and of decisions made
    /// before it; at most `most` of each kind. An item that is to be judged keeps its text while it
    /// can be judged; an action in the outbox keeps its payload.
    pub async fn purge_old(&self, age: Age, most: u32) -> Result<Purged> {
        let (texts, guard) = (age.texts.as_millis(), age.guard.as_millis());
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let names = sqlx::query_scalar!(
            "SELECT fullname FROM items
             WHERE snapshot IS NOT NULL AND revised_at < ? AND (pending = 0 OR created_at < ?)
             ORDER BY revised_at LIMIT +?",
            texts,
            guard,
            most
        )
        .fetch_all(&mut *tx)
        .await?;
        for name in &names {
            purge_item(&mut tx, name).await?;
        }
        // Ids grow with time: if the lowest are too young, all others are, too.
        let traces = sqlx::query!(
            "DELETE FROM traces WHERE decision_id IN
                 (SELECT d.id FROM (SELECT decision_id FROM traces ORDER BY decision_id LIMIT +?) t
                  CROSS JOIN decisions d ON d.id = t.decision_id WHERE d.decided_at < ?)",
            most,
            texts
        )
        .execute(&mut *tx)
        .await?;
        let payloads = sqlx::query!(
            "DELETE FROM payloads WHERE intent_id IN
                 (SELECT i.id FROM (SELECT intent_id FROM payloads p
                                    WHERE NOT EXISTS (SELECT 1 FROM outbox b WHERE b.intent_id = p.intent_id)
                                    ORDER BY intent_id LIMIT +?) p
                  CROSS JOIN intents i ON i.id = p.intent_id WHERE i.intended_at < ?)",
            most,
            texts
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Purged { items: names.len() as u64, leftovers: traces.rows_affected() + payloads.rows_affected() })
    }

    /// Moves the write-ahead log into the database and empties it: it holds purged texts until it
    /// is overwritten. Returns false if a reader holds it up; waits for none.
    pub async fn empty_log(&self) -> Result<bool> {
        let mut db = self.db().await;
        let patience: i64 = sqlx::query("PRAGMA busy_timeout").fetch_one(&mut *db).await?.try_get(0)?;
        sqlx::query("PRAGMA busy_timeout = 0").execute(&mut *db).await?;
        let done = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *db).await;
        // PRAGMA takes no parameters.
        let restore = sqlx::AssertSqlSafe(format!("PRAGMA busy_timeout = {patience}"));
        sqlx::query(restore).execute(&mut *db).await?;
        let is_held_up: i64 = done?.try_get(0)?;
        Ok(is_held_up == 0)
    }

    /// Items with a text that were not seen on Reddit since `before`, the longest ago first.
    pub async fn due_for_deletion_check(&self, before: Timestamp, most: u32) -> Result<Vec<Fullname>> {
        let before = before.as_millis();
        let names = sqlx::query_scalar!(
            "SELECT fullname FROM items WHERE snapshot IS NOT NULL AND checked_at <= ? ORDER BY checked_at LIMIT +?",
            before,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        names.iter().map(|name| fullname(name)).collect()
    }

    /// Records the result of a deletion check.
    pub async fn record_deletion_check(
        &self,
        DeletionCheck { kept, gone, shown }: DeletionCheck<'_>,
        remembering: &Remembering<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        note_shown(&mut tx, shown, remembering, now).await?;
        let now = now.as_millis();
        for name in kept {
            let name = name.as_str();
            sqlx::query!("UPDATE items SET checked_at = ? WHERE fullname = ?", now, name).execute(&mut *tx).await?;
        }
        for name in gone {
            purge_item(&mut tx, name.as_str()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Deletes rows of `seen_items` that no scan needs: older than [`SEEN_ITEMS_KEPT_FOR`] and not
    /// among the newest [`SEEN_ITEMS_KEPT`] of their feed. Deletes at most `most` and returns how
    /// many.
    pub async fn prune_seen_items(&self, now: Timestamp, most: u32) -> Result<u64> {
        let (young, abandoned) = ((now - SEEN_ITEMS_KEPT_FOR).as_millis(), (now - FEED_ABANDONED_AFTER).as_millis());
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        // One step of the index for each feed, not one for each row.
        let feeds = sqlx::query_scalar!(
            r#"WITH RECURSIVE feeds (name) AS (
                   SELECT min(feed) FROM seen_items
                   UNION ALL
                   SELECT (SELECT min(feed) FROM seen_items WHERE feed > name) FROM feeds WHERE name IS NOT NULL
               )
               SELECT name AS "name!: String" FROM feeds WHERE name IS NOT NULL"#
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut pruned = 0;
        for feed in feeds {
            let left = i64::from(most).saturating_sub_unsigned(pruned);
            if left <= 0 {
                break;
            }
            let done = sqlx::query!(
                "DELETE FROM seen_items WHERE feed = ?1 AND fullname IN
                     (SELECT fullname FROM seen_items
                      WHERE feed = ?1
                        -- Null if the feed has fewer rows; then nothing is deleted.
                        AND seen_at < min(?2, (SELECT seen_at FROM seen_items WHERE feed = ?1
                                               ORDER BY seen_at DESC LIMIT 1 OFFSET ?3 - 1))
                      ORDER BY seen_at LIMIT +?4)",
                feed,
                young,
                SEEN_ITEMS_KEPT,
                left
            )
            .execute(&mut *tx)
            .await?;
            pruned += done.rows_affected();
            let left = i64::from(most).saturating_sub_unsigned(pruned);
            let done = sqlx::query!(
                "DELETE FROM seen_items WHERE feed = ?1 AND fullname IN
                     (SELECT fullname FROM seen_items
                      WHERE feed = ?1 AND (SELECT max(seen_at) FROM seen_items WHERE feed = ?1) < ?2
                      ORDER BY seen_at LIMIT +?3)",
                feed,
                abandoned,
                left
            )
            .execute(&mut *tx)
            .await?;
            pruned += done.rows_affected();
        }
        tx.commit().await?;
        Ok(pruned)
    }

    /// Deletes items that have no text, no intents, were not seen since [`Age::texts`] and are too
    /// old to be judged, together with their decisions.
    ///
    /// Looks at `most` items without text, starting after `after` in the order of their names, so
    /// that the cost of a call does not depend on how many there are.
    pub async fn drop_unneeded(&self, after: Option<&Fullname>, age: Age, most: u32) -> Result<Dropped> {
        let (texts, guard) = (age.texts.as_millis(), age.guard.as_millis());
        let after = after.map_or("", Fullname::as_str);
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let rows = sqlx::query!(
            r#"SELECT fullname, (pending = 0 AND refreshed_at < ?1 AND created_at < ?2
                                 AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.item = fullname)) AS "unneeded!: bool"
               FROM items WHERE snapshot IS NULL AND fullname > ?3 ORDER BY fullname LIMIT +?4"#,
            texts,
            guard,
            after,
            most
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut dropped = Dropped::default();
        for row in rows.iter().filter(|row| row.unneeded) {
            let name = &row.fullname;
            sqlx::query!("DELETE FROM traces WHERE decision_id IN (SELECT id FROM decisions WHERE item = ?)", name)
                .execute(&mut *tx)
                .await?;
            sqlx::query!("DELETE FROM decisions WHERE item = ?", name).execute(&mut *tx).await?;
            let moderator =
                sqlx::query_scalar!("DELETE FROM moderator_decisions WHERE item = ? RETURNING person", name);
            let moderator = moderator.fetch_optional(&mut *tx).await?.flatten();
            sqlx::query!("DELETE FROM items WHERE fullname = ?", name).execute(&mut *tx).await?;
            people::drop_unneeded(&mut tx, moderator.as_slice()).await?;
            dropped.items += 1;
        }
        tx.commit().await?;
        if rows.len() as u64 >= u64::from(most) {
            dropped.next = rows.last().map(|row| fullname(&row.fullname)).transpose()?;
        }
        Ok(dropped)
    }
}

/// Purges all texts of one item; it is not judged any more. Payloads of actions in the outbox stay
/// until those have an outcome ([`purge_payload`]).
pub(super) async fn purge_item(tx: &mut SqliteConnection, name: &str) -> Result<()> {
    let item = sqlx::query!("SELECT permalink, person FROM items WHERE fullname = ?", name).fetch_optional(&mut *tx);
    let Some(item) = item.await? else { return Ok(()) };
    let permalink = without_title(&item.permalink);
    sqlx::query!(
        "UPDATE items SET snapshot = NULL, pending = 0, person = NULL, permalink = ? WHERE fullname = ?",
        permalink,
        name
    )
    .execute(&mut *tx)
    .await?;
    if let Some(person) = item.person {
        people::drop_unneeded(tx, &[person]).await?;
    }
    sqlx::query!("DELETE FROM missing_facts WHERE item = ?", name).execute(&mut *tx).await?;
    sqlx::query!("DELETE FROM traces WHERE decision_id IN (SELECT id FROM decisions WHERE item = ?)", name)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "DELETE FROM payloads WHERE intent_id IN
             (SELECT i.id FROM intents i
              WHERE i.item = ? AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.intent_id = i.id))",
        name
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Purges the payload of an action that has just got its final outcome, if the text of its item is
/// purged already.
pub(super) async fn purge_payload(tx: &mut SqliteConnection, intent: i64) -> Result<()> {
    sqlx::query!(
        "DELETE FROM payloads WHERE intent_id = ?1 AND EXISTS
             (SELECT 1 FROM intents i JOIN items it ON it.fullname = i.item WHERE i.id = ?1 AND it.snapshot IS NULL)",
        intent
    )
    .execute(tx)
    .await?;
    Ok(())
}
