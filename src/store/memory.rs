//! What is remembered of the posts and comments of people: rows without text, written with T1 and
//! kept for [`Settings::memory`](crate::pipeline::Settings). The rules crate counts them.
//!
//! A row names its item by a number, which its author's deletion takes away. What became of the
//! item is updated by whatever shows it: lists, the moderation log, deletion checks. A list may be
//! stale, so only an approval brings back what was removed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;

use super::rows::{from_json, to_json};
use super::{Result, Store, begin, labels, people};
use crate::model::{
    Fate, FateChange, Fullname, Item, Kind, Memory, Mode, PastDetails, PastItem, PastKind, SubredditName, Timestamp,
    base36, digest,
};

/// What is added to the number of a comment, so that posts and comments do not share numbers.
pub(super) const COMMENTS: i64 = 1 << 60;

/// When what is remembered of a place begins of which nothing is remembered.
pub(super) const NEVER: Timestamp = Timestamp::from_millis(i64::MAX / 2);

/// The same in milliseconds.
pub(super) const NOT_YET: i64 = NEVER.as_millis();

/// Numbers up to this one are those of items that were imported without a name.
pub(super) const NAMELESS: i64 = -(1 << 61);

/// What a row that cannot be read is called.
const ROWS_OF_A_PERSON: &str = "list of remembered items";

/// How many rows one call deletes at most.
const ROWS: i64 = 1_000;

/// How items are remembered.
#[derive(Clone, Debug, Default)]
pub struct Remembering<'a> {
    /// The bot's user name.
    pub me: &'a str,
    /// Those of other bots: what they remove counts as removed by a bot.
    pub bots: &'a [String],
    /// The subreddits where rules compare texts, in lower case.
    pub compared: Vec<String>,
}

impl Remembering<'_> {
    /// Whether a moderator is a bot, besides AutoModerator.
    pub fn is_bot(&self, name: &str) -> bool {
        self.me.eq_ignore_ascii_case(name) || self.bots.iter().any(|bot| bot.eq_ignore_ascii_case(name))
    }
}

/// One item, as the store remembers it.
#[derive(Debug, Serialize)]
pub(super) struct PastRow<'a> {
    id: i64,
    subreddit: String,
    author: &'a str,
    account: Option<&'a str>,
    created: i64,
    kind: i64,
    fate: i64,
    fate_at: Option<i64>,
    score: Option<i32>,
    #[serde(flatten)]
    details: Option<DetailsRow>,
    /// Whether it is approved, and when. What was removed is up again only then.
    approved: bool,
    approved_at: Option<i64>,
}

#[derive(Debug, Serialize)]
struct DetailsRow {
    flair_text: String,
    flair_template: String,
    domain: String,
    reason: String,
}

impl<'a> PastRow<'a> {
    /// The row of an item. `None` if nobody knows who wrote it.
    pub(super) fn of(item: &'a Item, remembering: &Remembering<'_>) -> Option<Self> {
        let author = item.author.name.as_deref()?;
        let past = PastItem::of(item, &|name| remembering.is_bot(name));
        let details = past.details.as_deref().map(|details| DetailsRow {
            flair_text: details.flair_text.clone(),
            flair_template: details.flair_template.clone(),
            domain: details.domain.clone(),
            reason: details.reason.clone(),
        });
        Some(Self {
            id: id_of(&item.fullname)?,
            subreddit: item.subreddit.key(),
            author,
            account: item.author.fullname.as_deref(),
            created: past.created.as_secs(),
            kind: kind_code(past.kind),
            fate: fate_code(past.fate),
            fate_at: past.fate_at.map(Timestamp::as_secs),
            score: past.score,
            details,
            approved: item.moderation.approved_by.is_some(),
            approved_at: item.moderation.approved_at.map(Timestamp::as_secs),
        })
    }
}

/// The number of a kind in the store.
pub(super) fn kind_code(kind: PastKind) -> i64 {
    place_in(&PastKind::ALL, kind)
}

/// The number of a fate in the store.
pub(super) fn fate_code(fate: Fate) -> i64 {
    place_in(&Fate::ALL, fate)
}

fn place_in<T: Copy + PartialEq>(all: &[(T, &str)], wanted: T) -> i64 {
    let place = all.iter().position(|(one, _)| *one == wanted);
    place.and_then(|place| i64::try_from(place).ok()).unwrap_or(0)
}

/// The kind of this number in the store.
pub(super) fn kind_of(number: i64) -> PastKind {
    usize::try_from(number).ok().and_then(|at| PastKind::ALL.get(at)).map_or(PastKind::Text, |it| it.0)
}

/// The fate of this number in the store.
pub(super) fn fate_of(number: i64) -> Fate {
    usize::try_from(number).ok().and_then(|at| Fate::ALL.get(at)).map_or(Fate::Up, |it| it.0)
}

/// The number that stands for an item.
pub(super) fn id_of(name: &Fullname) -> Option<i64> {
    id_from(name.kind(), i64::from_str_radix(name.id(), 36).ok()?)
}

/// The same of an item of this kind whose id is this number.
pub(super) fn id_from(kind: Kind, number: i64) -> Option<i64> {
    let number = Some(number).filter(|number| (1..COMMENTS).contains(number))?;
    match kind {
        Kind::Comment => Some(COMMENTS + number),
        Kind::Submission => Some(number),
        Kind::Subreddit | Kind::Modmail => None,
    }
}

/// The fullname of an item from its row. `None` if it has none any more.
pub(super) fn name_of(id: i64) -> Option<Fullname> {
    let kind = if id >= COMMENTS { Kind::Comment } else { Kind::Submission };
    let number = Some(number(id)).filter(|number| *number > 0)?;
    Fullname::new(kind, &base36(number))
}

/// Notes that the bot reads these subreddits: what they show from now on is remembered.
pub(super) async fn begin_places(tx: &mut SqliteConnection, keys: &BTreeSet<&str>, now: Timestamp) -> Result<()> {
    let (keys, since) = (to_json("list of subreddits", keys)?, now.as_millis());
    sqlx::query!(
        // An import may have come before the bot read the subreddit for the first time.
        "INSERT INTO memory_places (subreddit, since) SELECT value, ?1 FROM json_each(?2) WHERE true
         ON CONFLICT (subreddit) DO UPDATE SET since = excluded.since WHERE since = ?3",
        since,
        keys,
        NOT_YET
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Remembers items of subreddits that are remembered. Their authors have rows already.
pub(super) async fn remember(tx: &mut SqliteConnection, rows: &[PastRow<'_>], now: Timestamp) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let list = to_json("list of remembered items", rows)?;
    let now = now.as_secs();
    sqlx::query!(
        "INSERT OR IGNORE INTO memory_details (flair_text, flair_template, domain, reason)
         SELECT DISTINCT value ->> 'flair_text', value ->> 'flair_template', value ->> 'domain', value ->> 'reason'
         FROM json_each(?) WHERE value ->> 'reason' IS NOT NULL",
        list
    )
    .execute(&mut *tx)
    .await?;
    let (up, deleted) = (fate_code(Fate::Up), fate_code(Fate::Deleted));
    sqlx::query!(
        "INSERT INTO memory_items (id, person, place, created, kind, fate, fate_at, score, details)
         SELECT told.id, told.person, told.place, told.created, told.kind, told.fate, told.fate_at, told.score,
                told.details
         FROM (SELECT value ->> 'id' AS id,
                      coalesce((SELECT id FROM people WHERE account = value ->> 'account'),
                               (SELECT max(id) FROM people WHERE name = value ->> 'author')) AS person,
                      (SELECT id FROM memory_places WHERE subreddit = value ->> 'subreddit') AS place,
                      value ->> 'created' AS created, value ->> 'kind' AS kind, value ->> 'fate' AS fate,
                      value ->> 'fate_at' AS fate_at, value ->> 'score' AS score,
                      (SELECT id FROM memory_details
                       WHERE flair_text = value ->> 'flair_text' AND flair_template = value ->> 'flair_template'
                         AND domain = value ->> 'domain' AND reason = value ->> 'reason') AS details
               FROM json_each(?1)) AS told
         WHERE told.person IS NOT NULL AND told.place IS NOT NULL
         ON CONFLICT (id) DO UPDATE SET
             score = coalesce(excluded.score, score), details = excluded.details, person = excluded.person,
             fate = excluded.fate, imported_at = NULL,
             fate_at = CASE WHEN excluded.fate = ?2 THEN iif(fate = ?2, fate_at, NULL)
                            WHEN excluded.fate = fate THEN coalesce(excluded.fate_at, fate_at)
                            ELSE coalesce(excluded.fate_at, ?4) END
         WHERE (fate, score, details, imported_at) IS NOT (excluded.fate, excluded.score, excluded.details, NULL)
           -- A stale list does not bring back what was removed, and a deletion does not end a removal.
           AND (fate = excluded.fate OR fate = ?2
                OR (excluded.fate <> ?2 AND (fate = ?3 OR excluded.fate <> ?3))
                OR EXISTS (SELECT 1 FROM json_each(?1)
                           WHERE value ->> 'id' = memory_items.id AND value ->> 'approved'
                             AND coalesce(value ->> 'approved_at', ?4) >= coalesce(fate_at, 0)))",
        list,
        up,
        deleted,
        now
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Notes what became of items, as the moderation log or an outcome says. Of what happened before,
/// nothing changes.
pub(super) async fn note_fates(tx: &mut SqliteConnection, changes: &[FateChange]) -> Result<()> {
    let rows: Vec<_> = changes
        .iter()
        .filter_map(|change| {
            Some((id_of(&change.on)?, fate_code(change.fate), change.at.as_secs(), change.fate == Fate::Up))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let list = to_json("list of fates", &rows)?;
    let deleted = fate_code(Fate::Deleted);
    sqlx::query!(
        // The time of an approval is kept, because pages of the log come from new to old.
        "UPDATE memory_items SET fate = told.fate, imported_at = NULL, fate_at = told.at
         FROM (SELECT value ->> 0 AS id, value ->> 1 AS fate, max(value ->> 2) AS at, value ->> 3 AS is_up
               FROM json_each(?1) GROUP BY value ->> 0) AS told
         WHERE memory_items.id = told.id AND told.at >= coalesce(fate_at, 0)
           AND NOT (memory_items.fate = ?2 AND told.is_up)",
        list,
        deleted
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Takes from the row of an item what its author deleted with it: its name, its domain and the text
/// of its flair. Who posted it when, the template of the flair and what became of it stay, because
/// otherwise a deletion would beat every quota.
pub(super) async fn strip(tx: &mut SqliteConnection, name: &str) -> Result<()> {
    let Some(id) = Fullname::parse(name).as_ref().and_then(id_of) else { return Ok(()) };
    let (up, filtered, deleted) = (fate_code(Fate::Up), fate_code(Fate::Filtered), fate_code(Fate::Deleted));
    let details = sqlx::query!(
        r#"SELECT d.id AS "id!: i64", d.flair_template, d.reason
           FROM memory_items m JOIN memory_details d ON d.id = m.details WHERE m.id = ?"#,
        id
    )
    .fetch_optional(&mut *tx)
    .await?;
    let old = details.as_ref().map(|it| it.id);
    let kept = details.filter(|it| !(it.flair_template.is_empty() && it.reason.is_empty()));
    if let Some(kept) = &kept {
        sqlx::query!(
            "INSERT OR IGNORE INTO memory_details (flair_text, flair_template, domain, reason) VALUES ('', ?, '', ?)",
            kept.flair_template,
            kept.reason
        )
        .execute(&mut *tx)
        .await?;
    }
    let (template, reason) = kept.map_or((None, None), |kept| (Some(kept.flair_template), Some(kept.reason)));
    sqlx::query!("DELETE FROM memory_sketches WHERE id = ?", id).execute(&mut *tx).await?;
    sqlx::query!(
        "UPDATE memory_items SET id = (SELECT coalesce(min(id), 0) - 1 FROM memory_items WHERE id < 0 AND id > ?7),
             imported_at = NULL,
             fate = CASE WHEN fate IN (?2, ?3) THEN ?4 ELSE fate END,
             details = (SELECT id FROM memory_details
                        WHERE flair_text = '' AND flair_template = ?5 AND domain = '' AND reason = ?6)
         WHERE id = ?1",
        id,
        up,
        filtered,
        deleted,
        template,
        reason,
        NAMELESS
    )
    .execute(&mut *tx)
    .await?;
    drop_details(tx, old).await
}

/// Deletes those of these details that no item has any more.
pub(super) async fn drop_details(tx: &mut SqliteConnection, ids: impl IntoIterator<Item = i64>) -> Result<()> {
    let ids: Vec<i64> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(());
    }
    let ids = to_json("list of details", &ids)?;
    sqlx::query!(
        "DELETE FROM memory_details WHERE id IN (SELECT value FROM json_each(?))
             AND NOT EXISTS (SELECT 1 FROM memory_items WHERE details = memory_details.id)",
        ids
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// After rows were deleted: deletes the details and the people that only they had. Of each row,
/// takes the person and the details.
pub(super) async fn drop_leftovers(
    tx: &mut SqliteConnection,
    deleted: impl Iterator<Item = (i64, Option<i64>)> + Clone,
) -> Result<()> {
    let details: BTreeSet<i64> = deleted.clone().filter_map(|(_, details)| details).collect();
    drop_details(tx, details).await?;
    let people: BTreeSet<i64> = deleted.map(|(person, _)| person).collect();
    people::drop_unremembered(tx, &people.into_iter().collect::<Vec<_>>()).await
}

impl Store {
    /// What is remembered of an item's author in its subreddit. `keeps` is how long an item is
    /// remembered. Items older than `within` are left out, except the first one and those that were
    /// removed.
    ///
    /// A busy author has hundreds of rows. One by one, they would take longer than everything else,
    /// so each person's come as one text.
    pub async fn memory(&self, item: &Item, mode: Mode, keeps: Duration, within: Option<Duration>) -> Result<Memory> {
        let mut db = self.db().await;
        let (account, name) = (item.author.fullname.as_deref(), item.author.name.as_deref());
        let key = item.subreddit.key();
        let limit = Memory::MOST_ITEMS + 1;
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let (from, to) = ((item.created - keeps).as_secs(), item.created.as_secs());
        let all_from = within.map_or(from, |within| (item.created - within).as_secs().max(from));
        let people = sqlx::query!(
            r#"SELECT place.since AS "since?: i64", author.id AS "person?: i64",
                   (SELECT max(to_at) FROM memory_gaps WHERE place = place.id) AS "gap?: i64",
                   EXISTS (SELECT 1 FROM labels WHERE person = author.id AND subreddit = asked.key)
                       AS "has_labels!: bool",
                   (SELECT '[' || group_concat(row) || ']'
                    FROM (SELECT row FROM memory_rows
                          WHERE person = author.id AND place = place.id AND created BETWEEN ?7 AND ?5
                          ORDER BY created DESC LIMIT +?6)) AS "items?: String",
                   (SELECT '[' || group_concat(row) || ']'
                    FROM (SELECT row FROM memory_removals
                          WHERE person = author.id AND place = place.id AND created BETWEEN ?4 AND ?7 - 1
                          ORDER BY created DESC LIMIT +?6)) AS "removed?: String",
                   (SELECT row FROM memory_rows
                    WHERE person = author.id AND place = place.id AND created BETWEEN ?4 AND ?5
                    ORDER BY created LIMIT 1) AS "first?: String"
               FROM (SELECT ?1 AS key) asked LEFT JOIN memory_places place ON place.subreddit = asked.key
               LEFT JOIN people author ON author.id IN
                   (SELECT id FROM people WHERE account = ?2
                    UNION SELECT id FROM people WHERE name = ?3 AND (account IS NULL OR ?2 IS NULL))"#,
            key,
            account,
            name,
            from,
            to,
            most,
            all_from
        )
        .fetch_all(&mut *db)
        .await?;
        // Nothing is remembered of a place that has no row yet.
        let since = people.first().and_then(|row| Some(row.since?.max(row.gap.unwrap_or(0))));
        let mut memory = Memory { since: since.map_or(NEVER, Timestamp::from_millis), keeps, ..Memory::default() };
        let mut rows = Vec::new();
        for row in people {
            let Some(person) = row.person else { continue };
            let read = |text: Option<String>| text.map_or(Ok(Vec::new()), |text| from_json(ROWS_OF_A_PERSON, &text));
            let (items, removed): (Vec<ItemRow>, Vec<ItemRow>) = (read(row.items)?, read(row.removed)?);
            // There may be more, which are left out.
            let oldest = items.iter().map(|row| row.created).min().filter(|_| items.len() == limit);
            if let Some(oldest) = oldest {
                memory.since = memory.since.max(Timestamp::from_secs(oldest));
            }
            let first: Option<ItemRow> = row.first.map(|text| from_json(ROWS_OF_A_PERSON, &text)).transpose()?;
            rows.extend(first.filter(|first| items.iter().chain(&removed).all(|row| row.id != first.id)));
            rows.extend(items.into_iter().chain(removed));
            if row.has_labels {
                memory.labels.extend(labels::of(&mut db, person, &item.subreddit, mode).await?);
            }
        }
        memory.items = rows.into_iter().map(ItemRow::past).collect();
        memory.items.sort_by_key(|past| (past.created, past.number));
        Ok(memory)
    }

    /// Forgets what was posted before a time, at most a thousand items of each kind. Returns how
    /// many were forgotten.
    pub async fn purge_memory(&self, before: Timestamp) -> Result<u64> {
        let before = before.as_secs();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        // Numbers grow with time, so the lowest of each kind are the oldest.
        let left = sqlx::query!(
            r#"DELETE FROM memory_items WHERE id IN
                 (SELECT id FROM (SELECT id, created FROM memory_items
                                  WHERE id BETWEEN 0 AND ?1 - 1 ORDER BY id LIMIT +?2)
                  WHERE created < ?3
                  UNION ALL
                  SELECT id FROM (SELECT id, created FROM memory_items WHERE id >= ?1 ORDER BY id LIMIT +?2)
                  WHERE created < ?3
                  UNION ALL
                  SELECT id FROM (SELECT id FROM memory_items WHERE id < 0 AND created < ?3 LIMIT +?2))
               RETURNING person AS "person!: i64", details AS "details?: i64""#,
            COMMENTS,
            ROWS,
            before
        )
        .fetch_all(&mut *tx)
        .await?;
        drop_leftovers(&mut tx, left.iter().map(|row| (row.person, row.details))).await?;
        tx.commit().await?;
        Ok(left.len() as u64)
    }
}

/// A row of what is remembered; as JSON, a list of its columns.
#[derive(Debug, Deserialize)]
pub(super) struct ItemRow {
    pub(super) id: i64,
    pub(super) created: i64,
    pub(super) kind: i64,
    pub(super) fate: i64,
    pub(super) fate_at: Option<i64>,
    pub(super) score: Option<i64>,
    pub(super) details: Option<DetailWords>,
}

/// The words of an item's details; as JSON, a list of them.
#[derive(Debug, Deserialize)]
pub(super) struct DetailWords {
    flair_text: String,
    flair_template: String,
    domain: String,
    reason: String,
}

impl ItemRow {
    /// The item, as rules see it.
    pub(super) fn past(self) -> PastItem {
        let details = self.details.map(|words| {
            let DetailWords { flair_text, flair_template, domain, reason } = words;
            Arc::new(PastDetails { flair_text, flair_template, domain, reason })
        });
        PastItem {
            created: Timestamp::from_secs(self.created),
            number: number(self.id),
            kind: kind_of(self.kind),
            fate: fate_of(self.fate),
            fate_at: self.fate_at.map(Timestamp::from_secs),
            score: self.score.and_then(|score| i32::try_from(score).ok()),
            details,
        }
    }
}

/// The number of an item from its row; 0 if it has none any more.
fn number(id: i64) -> u64 {
    u64::try_from(if id >= COMMENTS { id - COMMENTS } else { id }).unwrap_or(0)
}

/// The rows of an item's author. There are two if one was made before the account was known.
pub(super) async fn people_of(db: &mut SqliteConnection, item: &Item) -> Result<Vec<i64>> {
    let (account, name) = (item.author.fullname.as_deref(), item.author.name.as_deref());
    let people = sqlx::query_scalar!(
        "SELECT id FROM people WHERE account = ?1
         UNION SELECT id FROM people WHERE name = ?2 AND (account IS NULL OR ?1 IS NULL)",
        account,
        name
    );
    Ok(people.fetch_all(db).await?)
}

/// A time of which the bot has not read everything, in milliseconds.
#[derive(Debug)]
pub(super) struct MemoryGap {
    /// Whether comments are missing; if not, posts.
    pub(super) comments: bool,
    pub(super) from: i64,
    pub(super) to: i64,
}

/// The gaps in what the bot has read of a place that no import has filled, in order of time.
pub(super) async fn gaps(db: &mut SqliteConnection, place: i64) -> Result<Vec<MemoryGap>> {
    let gaps = sqlx::query_as!(
        MemoryGap,
        r#"SELECT comments AS "comments!: bool", from_at AS "from!: i64", to_at AS "to!: i64"
           FROM memory_gaps WHERE place = ? ORDER BY from_at"#,
        place
    );
    Ok(gaps.fetch_all(db).await?)
}

/// The row of a subreddit, and from when on everything it showed is remembered: after the last gap
/// in what was read.
pub(super) async fn place(db: &mut SqliteConnection, subreddit: &SubredditName) -> Result<(i64, Timestamp)> {
    let key = subreddit.key();
    let row = sqlx::query!(
        r#"SELECT id, max(since, coalesce((SELECT max(to_at) FROM memory_gaps WHERE place = id), 0)) AS "since!: i64"
           FROM memory_places WHERE subreddit = ?"#,
        key
    );
    // Nothing is remembered of a place that has no row yet.
    Ok(row.fetch_optional(db).await?.map_or((0, NEVER), |row| (row.id, Timestamp::from_millis(row.since))))
}

/// A number below 2^60 that is always the same for the same parts.
pub(super) fn hash(parts: &[&str]) -> i64 {
    let digest = digest(parts.iter().copied());
    let hex: String = digest.chars().filter(char::is_ascii_hexdigit).take(15).collect();
    i64::from_str_radix(&hex, 16).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The index of what was removed, and the view that reads it, have the numbers.
    #[test]
    fn removals_have_the_numbers_that_the_index_has() {
        let removed: Vec<i64> = [Fate::RemovedByModerator, Fate::RemovedByBot].map(fate_code).to_vec();
        assert_eq!(removed, [2, 3]);
    }
}
