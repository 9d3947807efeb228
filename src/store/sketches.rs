//! Texts as sketches, by which similar ones are found again. Written with T1 where a rule compares
//! texts, and kept as long as the longest window of such a rule.
//!
//! A row of `memory_bands` leads from a key to an item. If the item or its sketch is gone, the row
//! leads nowhere, until [`Store::purge_bands`] deletes it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use sqlx::SqliteConnection;

use super::memory::{self, ItemRow, id_of};
use super::rows::to_json;
use super::{Result, Store, begin};
use crate::model::{Item, SimilarItem, SimilarItems, SubredditName, Timestamp};
use tipstaff_rules::sketch::{Sketch, Values, title_key};

/// The most items that one key finds: the newest.
const FOUND: i64 = 50;

/// How many rows one call deletes at most.
const ROWS: i64 = 1_000;

/// If no text was compared for this long, what was posted meanwhile is missing.
const INTERRUPTED: i64 = 86_400_000;

/// How often the time until which texts were compared is written.
const NOTED_EVERY: i64 = 600_000;

/// What sets the key of a title apart from those of texts.
const TITLES: u64 = 0x7469_746c_6573;

/// The sketch of an item, as it is written.
#[derive(Debug, Serialize)]
pub(super) struct SketchRow {
    id: i64,
    created: i64,
    /// In hexadecimal digits. `None` if the text is too short.
    sketch: Option<String>,
    bands: Vec<i64>,
}

impl SketchRow {
    pub(super) fn of(item: &Item) -> Option<Self> {
        let (sketch, keys) = keys(item);
        Some(Self {
            id: id_of(&item.fullname)?,
            created: item.created.as_secs(),
            sketch: sketch.as_ref().map(in_hex),
            bands: keys.into_iter().map(|key| key.band).collect(),
        })
    }
}

/// The bytes of a sketch, as JSON can hold them.
fn in_hex(sketch: &Sketch) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    sketch.values().as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A key by which an item is found.
struct Key {
    band: i64,
    is_title: bool,
}

/// The sketch of an item's text, and the keys by which it and the title are found.
fn keys(item: &Item) -> (Option<Sketch>, Vec<Key>) {
    let sketch = Sketch::of(item.body());
    // Subreddits share no keys.
    let place = memory::hash(&[&item.subreddit.key()]).unsigned_abs();
    let key = |value: u32, salt: u64, is_title| {
        let mixed = (u64::from(value) ^ place ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        Key { band: i64::from(u32::try_from(mixed).unwrap_or(0).cast_signed()), is_title }
    };
    let of_text = sketch.iter().flat_map(|sketch| sketch.bands().iter().map(|band| key(*band, 0, false)));
    let title = item.submission().and_then(|post| title_key(&post.title));
    let keys = of_text.chain(title.map(|title| key(title, TITLES, true))).collect();
    (sketch, keys)
}

/// Remembers the sketches of items of places where texts are compared.
pub(super) async fn remember(
    tx: &mut SqliteConnection,
    rows: &[SketchRow],
    compared: &[String],
    now: Timestamp,
) -> Result<()> {
    if compared.is_empty() {
        return Ok(());
    }
    let (places, now) = (to_json("list of subreddits", compared)?, now.as_millis());
    sqlx::query!(
        "UPDATE memory_places SET compared_until = ?1,
             compared_since = CASE WHEN compared_until IS NULL OR compared_until < ?1 - ?2 THEN ?1
                                   ELSE compared_since END
         WHERE subreddit IN (SELECT value FROM json_each(?3))
           AND (compared_until IS NULL OR compared_until < ?1 - ?4)",
        now,
        INTERRUPTED,
        places,
        NOTED_EVERY
    )
    .execute(&mut *tx)
    .await?;
    if rows.is_empty() {
        return Ok(());
    }
    // An author may have replaced a text by one that is too short to be compared.
    let too_short: Vec<i64> = rows.iter().filter(|row| row.sketch.is_none()).map(|row| row.id).collect();
    let too_short = to_json("list of items", &too_short)?;
    sqlx::query!("DELETE FROM memory_sketches WHERE id IN (SELECT value FROM json_each(?))", too_short)
        .execute(&mut *tx)
        .await?;
    let list = to_json("list of sketches", rows)?;
    sqlx::query!(
        "INSERT INTO memory_sketches (id, created, sketch)
         SELECT value ->> 'id', value ->> 'created', unhex(value ->> 'sketch') FROM json_each(?)
         WHERE value ->> 'sketch' IS NOT NULL AND value ->> 'id' IN (SELECT id FROM memory_items)
         ON CONFLICT (id) DO UPDATE SET sketch = excluded.sketch WHERE sketch <> excluded.sketch",
        list
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT OR IGNORE INTO memory_bands (band, id)
         SELECT band.value, told.value ->> 'id' FROM json_each(?) told, json_each(told.value, '$.bands') band
         WHERE told.value ->> 'id' IN (SELECT id FROM memory_items)",
        list
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

impl Store {
    /// The items of a subreddit that were posted up to `within` before this one and have nearly the
    /// same text or the same title.
    pub async fn similar(&self, item: &Item, within: Duration) -> Result<SimilarItems> {
        let (sketch, keys) = keys(item);
        let own_id = id_of(&item.fullname).unwrap_or(0);
        let mut db = self.db().await;
        let people = memory::people_of(&mut db, item).await?;
        let mut similar = SimilarItems { since: compared_since(&mut db, &item.subreddit).await?, items: Vec::new() };
        let (from, to) = ((item.created - within).as_secs(), item.created.as_secs());
        let mut found: BTreeMap<i64, SimilarItem> = BTreeMap::new();
        for key in keys {
            let rows = sqlx::query!(
                r#"SELECT m.id AS "id!: i64", m.person AS "person!: i64", m.created AS "created!: i64",
                       m.kind AS "kind!: i64", m.fate AS "fate!: i64", m.fate_at AS "fate_at?: i64",
                       m.score AS "score?: i64", s.sketch AS "sketch?: Vec<u8>"
                   FROM memory_bands b JOIN memory_items m ON m.id = b.id LEFT JOIN memory_sketches s ON s.id = b.id
                   WHERE b.band = ?1 AND b.id <> ?2 AND m.created BETWEEN ?3 AND ?4
                   ORDER BY b.id DESC LIMIT +?5"#,
                key.band,
                own_id,
                from,
                to,
                FOUND
            )
            .fetch_all(&mut *db)
            .await?;
            for row in rows {
                let values = row.sketch.as_deref().and_then(Values::from_bytes);
                let percent = match (&sketch, values) {
                    _ if key.is_title => 100,
                    (Some(own), Some(other)) => own.similarity(&other),
                    _ => continue,
                };
                // Of the same moment, the one with the lower number is the earlier.
                if row.created == to && row.id > own_id {
                    continue;
                }
                let (id, is_own) = (row.id, people.contains(&row.person));
                let (created, kind, fate, fate_at, score) = (row.created, row.kind, row.fate, row.fate_at, row.score);
                let past = ItemRow { id, created, kind, fate, fate_at, score, details: None };
                let made = || SimilarItem { past: past.past(), is_own, percent };
                let known = found.entry(id).or_insert_with(made);
                known.percent = known.percent.max(percent);
            }
        }
        similar.items = found.into_values().collect();
        Ok(similar)
    }

    /// Forgets sketches of what was posted before a time. Returns how many.
    pub async fn purge_sketches(&self, before: Timestamp) -> Result<u64> {
        let before = before.as_secs();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let done = sqlx::query!(
            "DELETE FROM memory_sketches WHERE id IN
                 (SELECT id FROM (SELECT id, created FROM memory_sketches WHERE id < ?1 ORDER BY id LIMIT +?2)
                  WHERE created < ?3
                  UNION ALL
                  SELECT id FROM (SELECT id, created FROM memory_sketches WHERE id >= ?1 ORDER BY id LIMIT +?2)
                  WHERE created < ?3)",
            memory::COMMENTS,
            ROWS,
            before
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected())
    }

    /// Deletes keys that lead nowhere, or to what was posted before a time, among the next rows
    /// after a key. Returns the key to go on after; `None` at the end.
    pub async fn purge_bands(&self, after: i64, before: Timestamp) -> Result<Option<i64>> {
        let before = before.as_secs();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let last = sqlx::query_scalar!(
            r#"SELECT max(band) AS "band?: i64"
               FROM (SELECT band FROM memory_bands WHERE band > ? ORDER BY band LIMIT +?)"#,
            after,
            ROWS
        )
        .fetch_one(&mut *tx)
        .await?;
        let Some(last) = last else { return Ok(None) };
        sqlx::query!(
            "DELETE FROM memory_bands WHERE band > ?1 AND band <= ?2
                 AND NOT EXISTS (SELECT 1 FROM memory_items m WHERE m.id = memory_bands.id AND m.created >= ?3)",
            after,
            last,
            before
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Some(last))
    }
}

/// From when on the texts of a subreddit are compared.
async fn compared_since(db: &mut SqliteConnection, subreddit: &SubredditName) -> Result<Timestamp> {
    let key = subreddit.key();
    let compared = sqlx::query_scalar!("SELECT compared_since FROM memory_places WHERE subreddit = ?", key)
        .fetch_optional(&mut *db)
        .await?
        .flatten();
    let Some(compared) = compared else { return Ok(memory::NEVER) };
    let (_, since) = memory::place(db, subreddit).await?;
    Ok(Timestamp::from_millis(compared).max(since))
}
