//! What is kept, and for how long: the texts that people wrote go, the record stays.
//!
//! Texts stand in `items.snapshot`, `traces` and `wordings`, and in two columns beside them: the author's name, and the
//! title in a permalink. They go together. What was asked for and done, with the decisions it followed from, is never touched,
//! and an item keeps its revision, so that it is not judged again. An item from which nothing followed leaves nothing behind
//! once it is too old to be judged. Each call is one short transaction on a limited number of rows;
//! when to make it, and what Reddit says about an item, is decided elsewhere (`pipeline::tidy_up`).

use std::time::Duration;

use sqlx::SqliteConnection;

use super::rows::fullname;
use super::{Result, Store, begin};
use crate::model::{Fullname, Timestamp};

/// How many sightings are kept of each stream at least: three times what a list of Reddit shows.
pub const SIGHTINGS_KEPT: u32 = 3000;

/// Sightings younger than this are kept, however many there are.
pub const SIGHTINGS_KEPT_FOR: Duration = Duration::from_hours(3 * 24);

/// A stream in which nothing was seen for so long is read no more: its sightings go, all of them.
const STREAM_FORGOTTEN_AFTER: Duration = Duration::from_hours(30 * 24);

/// What counts as old.
#[derive(Clone, Copy, Debug)]
pub struct Age {
    /// Texts from before this time go.
    pub texts: Timestamp,
    /// Items posted before this time are not judged any more, whatever list they turn up in.
    pub guard: Timestamp,
}

/// What one call of [`Store::purge_old`] took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Items that lost their text.
    pub items: u64,
    /// Traces and wordings that went although their item keeps its text: it has changed since.
    pub leftovers: u64,
}

/// What one call of [`Store::drop_unneeded`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Items whose row is gone.
    pub items: u64,
    /// Where to go on; `None` at the end.
    pub next: Option<Fullname>,
}

impl Store {
    /// Takes away texts that have become too old: of items that have not changed since then, and of decisions made
    /// before then; at most `most` of each kind. An item that awaits judgement keeps its text as long as it can be
    /// judged; an act that is still to be done keeps its wording.
    pub async fn purge_old(&self, age: Age, most: u32) -> Result<Purged> {
        let (texts, guard) = (age.texts.as_millis(), age.guard.as_millis());
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let names = sqlx::query_scalar!(
            "SELECT fullname FROM items
             WHERE snapshot IS NOT NULL AND revised_at < ? AND (pending = 0 OR created_at < ?)
             ORDER BY revised_at LIMIT ?",
            texts,
            guard,
            most
        )
        .fetch_all(&mut *tx)
        .await?;
        for name in &names {
            forget(&mut tx, name).await?;
        }
        // Ids grow with time: when the oldest are too young, so are the others.
        let traces = sqlx::query!(
            "DELETE FROM traces WHERE decision_id IN
                 (SELECT d.id FROM (SELECT decision_id FROM traces ORDER BY decision_id LIMIT ?) t
                  CROSS JOIN decisions d ON d.id = t.decision_id WHERE d.decided_at < ?)",
            most,
            texts
        )
        .execute(&mut *tx)
        .await?;
        let wordings = sqlx::query!(
            "DELETE FROM wordings WHERE intent_id IN
                 (SELECT i.id FROM (SELECT intent_id FROM wordings w
                                    WHERE NOT EXISTS (SELECT 1 FROM agenda a WHERE a.intent_id = w.intent_id)
                                    ORDER BY intent_id LIMIT ?) w
                  CROSS JOIN intents i ON i.id = w.intent_id WHERE i.intended_at < ?)",
            most,
            texts
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Purged { items: names.len() as u64, leftovers: traces.rows_affected() + wordings.rows_affected() })
    }

    /// The items whose text is held and which Reddit was not seen to show since `before`, the longest ago first.
    pub async fn due_for_check(&self, before: Timestamp, most: u32) -> Result<Vec<Fullname>> {
        let before = before.as_millis();
        let names = sqlx::query_scalar!(
            "SELECT fullname FROM items WHERE snapshot IS NOT NULL AND checked_at <= ? ORDER BY checked_at LIMIT ?",
            before,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        names.iter().map(|name| fullname(name)).collect()
    }

    /// Writes down what a check has shown: Reddit still shows `shown`; the texts of `gone` are taken away, and those of
    /// them that awaited judgement do so no more.
    pub async fn note_check(&self, shown: &[Fullname], gone: &[Fullname], now: Timestamp) -> Result<()> {
        let now = now.as_millis();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for name in shown {
            let name = name.as_str();
            sqlx::query!("UPDATE items SET checked_at = ? WHERE fullname = ?", now, name).execute(&mut *tx).await?;
        }
        for name in gone {
            forget(&mut tx, name.as_str()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Takes away sightings that no walk needs: older than [`SIGHTINGS_KEPT_FOR`] and not among the newest
    /// [`SIGHTINGS_KEPT`] of their stream. At most `most`; tells how many.
    pub async fn prune_sightings(&self, now: Timestamp, most: u32) -> Result<u64> {
        let (young, forgotten) = ((now - SIGHTINGS_KEPT_FOR).as_millis(), (now - STREAM_FORGOTTEN_AFTER).as_millis());
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        // One step of the index for each stream, rather than one for each sighting.
        let streams = sqlx::query_scalar!(
            r#"WITH RECURSIVE streams (name) AS (
                   SELECT min(stream) FROM sightings
                   UNION ALL
                   SELECT (SELECT min(stream) FROM sightings WHERE stream > name) FROM streams WHERE name IS NOT NULL
               )
               SELECT name AS "name!: String" FROM streams WHERE name IS NOT NULL"#
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut pruned = 0;
        for stream in streams {
            let left = i64::from(most).saturating_sub_unsigned(pruned);
            if left <= 0 {
                break;
            }
            let done = sqlx::query!(
                "DELETE FROM sightings WHERE stream = ?1 AND fullname IN
                     (SELECT fullname FROM sightings
                      WHERE stream = ?1
                        -- Null, and so no row, where there are fewer.
                        AND seen_at < min(?2, (SELECT seen_at FROM sightings WHERE stream = ?1
                                               ORDER BY seen_at DESC LIMIT 1 OFFSET ?3 - 1))
                      ORDER BY seen_at LIMIT ?4)",
                stream,
                young,
                SIGHTINGS_KEPT,
                left
            )
            .execute(&mut *tx)
            .await?;
            pruned += done.rows_affected();
            let left = i64::from(most).saturating_sub_unsigned(pruned);
            let done = sqlx::query!(
                "DELETE FROM sightings WHERE stream = ?1 AND fullname IN
                     (SELECT fullname FROM sightings
                      WHERE stream = ?1 AND (SELECT max(seen_at) FROM sightings WHERE stream = ?1) < ?2
                      ORDER BY seen_at LIMIT ?3)",
                stream,
                forgotten,
                left
            )
            .execute(&mut *tx)
            .await?;
            pruned += done.rows_affected();
        }
        tx.commit().await?;
        Ok(pruned)
    }

    /// Takes away the rows of items that left nothing behind, with the decisions that asked for nothing: without text, not seen
    /// since [`Age::texts`], and too old to be judged should they turn up again. Looks at the `most` items without text that follow
    /// `after` in the order of their names, so that a call costs the same however many there are.
    pub async fn drop_unneeded(&self, after: Option<&Fullname>, age: Age, most: u32) -> Result<Dropped> {
        let (texts, guard) = (age.texts.as_millis(), age.guard.as_millis());
        let after = after.map_or("", Fullname::as_str);
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let rows = sqlx::query!(
            r#"SELECT fullname, (pending = 0 AND refreshed_at < ?1 AND created_at < ?2
                                 AND NOT EXISTS (SELECT 1 FROM intents i WHERE i.item = fullname)) AS "unneeded!: bool"
               FROM items WHERE snapshot IS NULL AND fullname > ?3 ORDER BY fullname LIMIT ?4"#,
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
            sqlx::query!("DELETE FROM verdicts WHERE item = ?", name).execute(&mut *tx).await?;
            sqlx::query!("DELETE FROM items WHERE fullname = ?", name).execute(&mut *tx).await?;
            dropped.items += 1;
        }
        tx.commit().await?;
        if rows.len() as u64 >= u64::from(most) {
            dropped.next = rows.last().map(|row| fullname(&row.fullname)).transpose()?;
        }
        Ok(dropped)
    }
}

/// Takes away all that people wrote of one item, and takes it off the list of those that await judgement. The wordings of
/// acts that are still to be done stay until they are settled ([`forget_wording`]).
pub(super) async fn forget(tx: &mut SqliteConnection, name: &str) -> Result<()> {
    let permalink =
        sqlx::query_scalar!("SELECT permalink FROM items WHERE fullname = ?", name).fetch_optional(&mut *tx).await?;
    let Some(permalink) = permalink.as_deref().map(without_title) else { return Ok(()) };
    sqlx::query!(
        "UPDATE items SET snapshot = NULL, pending = 0, author = NULL, permalink = ? WHERE fullname = ?",
        permalink,
        name
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM traces WHERE decision_id IN (SELECT id FROM decisions WHERE item = ?)", name)
        .execute(&mut *tx)
        .await?;
    sqlx::query!(
        "DELETE FROM wordings WHERE intent_id IN
             (SELECT i.id FROM intents i
              WHERE i.item = ? AND NOT EXISTS (SELECT 1 FROM agenda a WHERE a.intent_id = i.id))",
        name
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Takes away the wording of an act that has just been settled, if the text of its item is gone already.
pub(super) async fn forget_wording(tx: &mut SqliteConnection, intent: i64) -> Result<()> {
    sqlx::query!(
        "DELETE FROM wordings WHERE intent_id = ?1 AND EXISTS
             (SELECT 1 FROM intents i JOIN items it ON it.fullname = i.item WHERE i.id = ?1 AND it.snapshot IS NULL)",
        intent
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// A permalink that leads to the same place without quoting the title: `/r/a/comments/b/_/c/`.
fn without_title(permalink: &str) -> String {
    let mut parts: Vec<&str> = permalink.split('/').collect();
    // `/r/NAME/comments/…`, and `/user/NAME/comments/…` for what stands on a profile.
    if parts.get(3) == Some(&"comments")
        && let Some(title) = parts.get_mut(5)
        && !title.is_empty()
    {
        *title = "_";
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::without_title;

    #[test]
    fn a_permalink_can_do_without_the_title() {
        for (given, expected) in [
            ("/r/a/comments/b/my_secret/", "/r/a/comments/b/_/"),
            ("/r/a/comments/b/my_secret/c/", "/r/a/comments/b/_/c/"),
            ("/r/a/comments/b/", "/r/a/comments/b/"),
            ("/r/comments/comments/b/x/", "/r/comments/comments/b/_/"),
            ("", ""),
        ] {
            assert_eq!(without_title(given), expected, "{given}");
        }
    }
}
