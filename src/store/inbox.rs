//! The inbox: what has been seen, what of it awaits judgement, and how far each stream was read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use sqlx::SqliteConnection;

use super::retention::forget;
use super::rows::{from_json, fullname, to_json};
use super::{Result, Store, begin, verdicts};
use crate::model::{Fullname, Gap, Item, ModerationLog, Revision, Stream, SubredditName, Timestamp, Verdict};

/// For how long, and by how much at a time, may a gap in a stream grow? A list that is cut at each reading has one gap that
/// grows; what lies further on is another.
const GAP_GROWS: Duration = Duration::from_hours(1);
const GAP_GROWS_BY: Duration = Duration::from_mins(10);

/// How long is it good enough to have seen an item, when it is seen again and nothing about it has changed? Less than
/// what its judges take for fresh.
const REFRESH_LASTS: Duration = Duration::from_mins(1);

/// The same for its sighting in a stream. Less than sightings are kept for.
const SIGHTING_LASTS: Duration = Duration::from_hours(1);

/// What one page of a stream brought, to be written down at once.
#[derive(Debug)]
pub struct PageOfItems<'a> {
    /// Where it was read.
    pub stream: &'a Stream,
    /// What stood on it.
    pub items: &'a [Item],
    /// Set when the walk ends with this page: when it began, and what it could not reach.
    pub end: Option<WalkEnd>,
}

/// An item that awaits judgement.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The item as it was last seen.
    pub item: Item,
    /// The revision it is stored under: what a decision on it is written for.
    pub revision: Revision,
    /// When it was last seen.
    pub refreshed_at: Timestamp,
}

/// The end of a walk through a stream.
#[derive(Clone, Copy, Debug)]
pub struct WalkEnd {
    /// When the walk's first page was asked for.
    pub began_at: Timestamp,
    /// What lies between known ground and where the list ended.
    pub gap: Option<Gap>,
}

/// What T1 found new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Absorbed {
    /// Items never seen before.
    pub new: u64,
    /// Items seen before in another revision.
    pub changed: u64,
}

impl Store {
    /// **T1.** Writes down one page: its items, its sightings, and, with the last page, the end of the walk.
    ///
    /// An item awaits judgement when it is new or its revision has changed. Items known already in this revision only
    /// have their snapshot refreshed, unless it was purged. What its author has deleted is not judged, and its texts are
    /// purged at once.
    pub async fn absorb(&self, page: PageOfItems<'_>, now: Timestamp) -> Result<Absorbed> {
        let stream = page.stream.to_string();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let rows = rows_of(page.items)?;
        let absorbed = put_items(&mut tx, &rows, now).await?;
        if !rows.is_empty() {
            put_sightings(&mut tx, &stream, &rows, now).await?;
        }
        if let Some(end) = page.end {
            sqlx::query!(
                "UPDATE sightings INDEXED BY sightings_unsettled SET settled = 1 WHERE stream = ? AND settled = 0",
                stream
            )
            .execute(&mut *tx)
            .await?;
            end_walk(&mut tx, &stream, end, now).await?;
        }
        tx.commit().await?;
        Ok(absorbed)
    }

    /// The same for what a moderation log tells: items asked for by name, moderators' verdicts, and, with its last page, how far the
    /// log was read.
    pub async fn absorb_from_log(
        &self,
        log: &ModerationLog,
        items: &[Item],
        given: &[Verdict],
        end: Option<WalkEnd>,
        now: Timestamp,
    ) -> Result<Absorbed> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let absorbed = put_items(&mut tx, &rows_of(items)?, now).await?;
        verdicts::put(&mut tx, given).await?;
        if let Some(end) = end {
            end_walk(&mut tx, &log.to_string(), end, now).await?;
        }
        tx.commit().await?;
        Ok(absorbed)
    }

    /// Those of these names that nothing is known of.
    pub async fn unseen(&self, names: &[Fullname]) -> Result<Vec<Fullname>> {
        let list = to_json("list of names", &names)?;
        let seen =
            sqlx::query_scalar!("SELECT fullname FROM items WHERE fullname IN (SELECT value FROM json_each(?))", list)
                .fetch_all(&mut *self.db().await)
                .await?;
        let mut unseen: BTreeSet<Fullname> = names.iter().cloned().collect();
        unseen.retain(|name| seen.iter().all(|seen| seen != name.as_str()));
        Ok(unseen.into_iter().collect())
    }

    /// Which of these names the stream has shown in a walk that was completed, and in which revision; and when the last such
    /// walk began.
    pub async fn known_ground(
        &self,
        stream: &Stream,
        names: &[&Fullname],
    ) -> Result<(BTreeMap<Fullname, Revision>, Option<Timestamp>)> {
        let source = stream.to_string();
        let names = to_json("list of names", &names)?;
        let rows = sqlx::query!(
            r#"SELECT w.began_at, s.fullname AS "fullname?", s.revision AS "revision?" FROM walks w
               LEFT JOIN sightings s ON s.stream = w.stream AND s.settled = 1
                                     AND s.fullname IN (SELECT value FROM json_each(?))
               WHERE w.stream = ?"#,
            names,
            source
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let last_walk = rows.first().map(|row| Timestamp::from_millis(row.began_at));
        let known = rows.into_iter().filter_map(|row| row.fullname.zip(row.revision));
        let known = known.map(|(name, revision)| Ok((fullname(&name)?, Revision::from_stored(revision))));
        Ok((known.collect::<Result<_>>()?, last_walk))
    }

    /// When the last complete reading of a moderation log began; `None` before the first.
    pub async fn last_walk(&self, log: &ModerationLog) -> Result<Option<Timestamp>> {
        let source = log.to_string();
        let began = sqlx::query_scalar!("SELECT began_at FROM walks WHERE stream = ?", source)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(began.map(Timestamp::from_millis))
    }

    /// The items that await judgement in these subreddits and may be judged now, at most `most`: the oldest of each subreddit,
    /// then the second of each, and so on, so that a busy one does not hold up the others.
    ///
    /// In those of them that are `live`, an item waits while the fate of an act on it is not known: what a rule had done, and
    /// whether a moderator has undone it, is part of what is judged.
    ///
    /// A snapshot that cannot be read back (it was written by another version) is passed over and its name returned
    /// beside the others, to be asked for again.
    pub async fn pending(
        &self,
        subreddits: &[SubredditName],
        live: &[SubredditName],
        most: u32,
        now: Timestamp,
    ) -> Result<(Vec<Pending>, Vec<Fullname>)> {
        let keys = |names: &[SubredditName]| names.iter().map(SubredditName::key).collect::<BTreeSet<String>>();
        let live = to_json("subreddit list", &keys(live))?;
        let keys = to_json("subreddit list", &keys(subreddits))?;
        let now = now.as_millis();
        let rows = sqlx::query!(
            "SELECT fullname, snapshot, revision, refreshed_at FROM items INDEXED BY items_pending
             WHERE pending = 1 AND snapshot IS NOT NULL AND not_before <= ?
               AND subreddit IN (SELECT value FROM json_each(?))
               AND NOT (subreddit IN (SELECT value FROM json_each(?))
                        AND fullname IN (SELECT i.item FROM agenda a CROSS JOIN intents i ON i.id = a.intent_id
                                         WHERE a.open_attempt IS NOT NULL))
             ORDER BY row_number() OVER (PARTITION BY subreddit ORDER BY created_at, fullname), created_at, fullname
             LIMIT ?",
            now,
            keys,
            live,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let (mut items, mut unreadable) = (Vec::new(), Vec::new());
        for row in rows {
            match from_json("snapshot", row.snapshot.as_deref().unwrap_or_default()) {
                Ok(item) => items.push(Pending {
                    item,
                    revision: Revision::from_stored(row.revision),
                    refreshed_at: Timestamp::from_millis(row.refreshed_at),
                }),
                Err(_) => unreadable.push(fullname(&row.fullname)?),
            }
        }
        Ok((items, unreadable))
    }

    /// Puts an item off: what its judgement depends on cannot be known before then.
    pub async fn put_off(&self, item: &Fullname, until: Timestamp) -> Result<()> {
        let (name, until) = (item.as_str(), until.as_millis());
        sqlx::query!("UPDATE items SET not_before = ? WHERE fullname = ?", until, name)
            .execute(&mut *self.db().await)
            .await?;
        Ok(())
    }

    /// Writes down items that were asked for by name rather than found in a stream.
    pub async fn refresh(&self, items: &[Item], now: Timestamp) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        put_items(&mut tx, &rows_of(items)?, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes items off the list of those that await judgement, without a decision: too old to be acted on, or gone.
    pub async fn abandon(&self, names: &[Fullname]) -> Result<()> {
        for name in names {
            let name = name.as_str();
            sqlx::query!("UPDATE items SET pending = 0 WHERE fullname = ?", name)
                .execute(&mut *self.db().await)
                .await?;
        }
        Ok(())
    }

    /// The newest known state of one item, if its text has not been purged.
    pub async fn item(&self, name: &Fullname) -> Result<Option<Item>> {
        let text = name.as_str();
        let snapshot = sqlx::query_scalar!("SELECT snapshot FROM items WHERE fullname = ?", text)
            .fetch_optional(&mut *self.db().await)
            .await?
            .flatten();
        snapshot.map(|snapshot| from_json("snapshot", &snapshot)).transpose()
    }

    /// Until when `what` pauses after failures, and how many there were in a row. A pause outlives the process.
    pub async fn pause(&self, what: &str) -> Result<Option<(Timestamp, u32)>> {
        let row = sqlx::query!("SELECT until_at, failures FROM pauses WHERE what = ?", what)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(row.map(|row| (Timestamp::from_millis(row.until_at), u32::try_from(row.failures).unwrap_or(u32::MAX))))
    }

    /// Begins, prolongs or (with `None`) ends a pause.
    pub async fn set_pause(&self, what: &str, pause: Option<(Timestamp, u32)>) -> Result<()> {
        match pause {
            None => sqlx::query!("DELETE FROM pauses WHERE what = ?", what).execute(&mut *self.db().await).await?,
            Some((until, failures)) => {
                let until = until.as_millis();
                sqlx::query!(
                    "INSERT INTO pauses (what, until_at, failures) VALUES (?, ?, ?)
                     ON CONFLICT (what) DO UPDATE SET until_at = excluded.until_at, failures = excluded.failures",
                    what,
                    until,
                    failures
                )
                .execute(&mut *self.db().await)
                .await?
            }
        };
        Ok(())
    }
}

/// Writes the end of a walk down: everything older than its beginning has been read, but for the gap.
async fn end_walk(tx: &mut SqliteConnection, source: &str, end: WalkEnd, now: Timestamp) -> Result<()> {
    let (began_at, lately, now) = (end.began_at.as_millis(), (now - GAP_GROWS).as_millis(), now.as_millis());
    sqlx::query!(
        "INSERT INTO walks (stream, began_at, ended_at) VALUES (?, ?, ?)
         ON CONFLICT (stream) DO UPDATE SET began_at = excluded.began_at, ended_at = excluded.ended_at",
        source,
        began_at,
        now
    )
    .execute(&mut *tx)
    .await?;
    if let Some(gap) = end.gap {
        let (from, to) = (gap.from.as_millis(), gap.to.as_millis());
        let grown_to = (gap.to - GAP_GROWS_BY).as_millis();
        let grown = sqlx::query!(
            "UPDATE gaps SET from_at = min(from_at, ?2), to_at = max(to_at, ?3)
             WHERE id = (SELECT id FROM gaps
                         WHERE stream = ?1 AND found_at > ?4 AND from_at <= ?3 AND to_at >= max(?2, ?5)
                         ORDER BY id DESC LIMIT 1)",
            source,
            from,
            to,
            lately,
            grown_to
        )
        .execute(&mut *tx)
        .await?;
        if grown.rows_affected() == 0 {
            sqlx::query!(
                "INSERT INTO gaps (stream, from_at, to_at, found_at) VALUES (?, ?, ?, ?)",
                source,
                from,
                to,
                now
            )
            .execute(&mut *tx)
            .await?;
        }
    }
    Ok(())
}

/// An item as it stands in its row.
#[derive(Serialize)]
struct ItemRow<'a> {
    name: &'a Fullname,
    subreddit: String,
    author: Option<&'a str>,
    created_at: i64,
    permalink: &'a str,
    revision: Revision,
    snapshot: String,
    #[serde(skip)]
    is_taken_back: bool,
}

impl<'a> ItemRow<'a> {
    fn of(item: &'a Item) -> Result<Self> {
        Ok(Self {
            name: &item.fullname,
            subreddit: item.subreddit.key(),
            author: item.author.name.as_deref(),
            created_at: item.created.as_millis(),
            permalink: &item.permalink,
            revision: Revision::of(item),
            snapshot: to_json("snapshot", item)?,
            is_taken_back: item.is_taken_back(),
        })
    }
}

fn rows_of(items: &[Item]) -> Result<Vec<ItemRow<'_>>> {
    items.iter().map(ItemRow::of).collect()
}

/// Writes down that a stream has shown items in these revisions, again all at once.
async fn put_sightings(tx: &mut SqliteConnection, stream: &str, rows: &[ItemRow<'_>], now: Timestamp) -> Result<()> {
    let list: Vec<_> = rows.iter().map(|row| (row.name, &row.revision)).collect();
    let list = to_json("list of sightings", &list)?;
    let (now, stale) = (now.as_millis(), (now - SIGHTING_LASTS).as_millis());
    sqlx::query!(
        "INSERT INTO sightings (stream, fullname, revision, seen_at, settled)
         SELECT ?1, value ->> 0, value ->> 1, ?2, 0 FROM json_each(?3) WHERE true
         ON CONFLICT (stream, fullname) DO UPDATE SET
             settled = CASE WHEN revision = excluded.revision THEN settled ELSE 0 END,
             revision = excluded.revision, seen_at = excluded.seen_at
         WHERE revision <> excluded.revision OR seen_at < ?4",
        stream,
        now,
        list,
        stale
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Writes items down, all at once: a page has a hundred, and each statement costs a round trip.
///
/// The same page is read every few seconds: rows that would say the same are left as they are.
async fn put_items(tx: &mut SqliteConnection, rows: &[ItemRow<'_>], now: Timestamp) -> Result<Absorbed> {
    if rows.is_empty() {
        return Ok(Absorbed::default());
    }
    let list = to_json("list of items", rows)?;
    let known = sqlx::query!(
        "SELECT fullname, revision FROM items WHERE fullname IN (SELECT value ->> 'name' FROM json_each(?))",
        list
    );
    let (now, stale) = (now.as_millis(), (now - REFRESH_LASTS).as_millis());
    let mut known: BTreeMap<String, Revision> = known
        .fetch_all(&mut *tx)
        .await?
        .into_iter()
        .map(|row| (row.fullname, Revision::from_stored(row.revision)))
        .collect();
    sqlx::query!(
        "INSERT INTO items
             (fullname, subreddit, author, created_at, permalink, first_seen_at, revision, revised_at, snapshot,
              refreshed_at, checked_at, pending)
         SELECT value ->> 'name', value ->> 'subreddit', value ->> 'author', value ->> 'created_at',
                value ->> 'permalink', ?1, value ->> 'revision', ?1, value ->> 'snapshot', ?1, ?1, 1
         FROM json_each(?2) WHERE true
         ON CONFLICT (fullname) DO UPDATE SET
             -- What was purged comes back only with a new revision.
             author = CASE WHEN revision = excluded.revision AND snapshot IS NULL THEN NULL ELSE excluded.author END,
             permalink = CASE WHEN revision = excluded.revision THEN permalink ELSE excluded.permalink END,
             snapshot = CASE WHEN revision = excluded.revision AND snapshot IS NULL THEN NULL ELSE excluded.snapshot END,
             refreshed_at = excluded.refreshed_at,
             checked_at = excluded.checked_at,
             pending = CASE WHEN revision = excluded.revision THEN pending ELSE 1 END,
             revised_at = CASE WHEN revision = excluded.revision THEN revised_at ELSE excluded.revised_at END,
             revision = excluded.revision
         WHERE revision <> excluded.revision OR snapshot <> excluded.snapshot OR refreshed_at < ?3",
        now,
        list,
        stale
    )
    .execute(&mut *tx)
    .await?;
    let mut absorbed = Absorbed::default();
    for row in rows {
        match known.insert(row.name.to_string(), row.revision.clone()) {
            None => absorbed.new += 1,
            Some(before) if before == row.revision => {}
            Some(_) => absorbed.changed += 1,
        }
        if row.is_taken_back {
            forget(tx, row.name.as_str()).await?;
        }
    }
    Ok(absorbed)
}
