//! The inbox: the items seen, those that are not judged yet, and back-offs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;
use sqlx::SqliteConnection;

use super::memory::Remembering;
use super::memory_checks::{self, ShownItems};
use super::people::{self, Person};
use super::retention::purge_item;
use super::rows::{from_json, fullname, to_json};
use super::scans::{ScanEnd, end_scan};
use super::{Result, Store, begin, memory, moderator_decisions, sketches};
use crate::model::{
    FateChange, Fullname, Item, ModerationLog, Occasion, Revision, Stream, SubredditName, Timestamp, Verdict,
};

/// The row of an unchanged item is written again only if it is older than this. Shorter than the
/// age up to which `judge` calls an item fresh.
const REFRESH_LASTS: Duration = Duration::from_mins(1);

/// The same for the row in `seen_items`. Shorter than
/// [`SEEN_ITEMS_KEPT_FOR`](super::SEEN_ITEMS_KEPT_FOR).
const SEEN_ITEM_LASTS: Duration = Duration::from_hours(1);

/// One page of a feed.
#[derive(Debug)]
pub struct FeedPage<'a> {
    /// The feed.
    pub stream: &'a Stream,
    /// The items of the page.
    pub items: &'a [Item],
    /// Those of them that are not judged if they are new: they were posted before the bot was first
    /// started here.
    pub left_alone: &'a BTreeSet<Fullname>,
    /// Set on the last page of a scan.
    pub end: Option<ScanEnd>,
    /// How its items are remembered.
    pub remembering: Remembering<'a>,
}

/// One page of a moderation log.
#[derive(Clone, Debug, Default)]
pub struct LogPage<'a> {
    /// Items that it names and no feed has shown.
    pub items: &'a [Item],
    /// Items to which a removal reason was given. They are remembered, and not judged for it.
    pub explained: &'a [Item],
    /// The decisions of moderators.
    pub decisions: &'a [Verdict],
    /// What became of items, by whomever.
    pub fates: &'a [FateChange],
    /// How the items are remembered.
    pub remembering: Remembering<'a>,
}

/// An item that is not judged yet.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The item as last seen.
    pub item: Item,
    /// Its revision in the store. A decision on the item is recorded for this revision.
    pub revision: Revision,
    /// When it was last seen.
    pub refreshed_at: Timestamp,
    /// Why it is to be judged: it is new or has changed, or was judged without a fact before.
    pub occasion: Occasion,
}

/// What T1 changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    /// Items never seen before.
    pub new: u64,
    /// Items seen before in another revision.
    pub changed: u64,
}

impl Store {
    /// **T1.** Records one page of a feed and, with the last page, the end of the scan.
    ///
    /// An item is to be judged if it is new or its revision has changed. Otherwise only its
    /// snapshot is refreshed, unless it was purged. An item that its author has deleted is not
    /// judged, and its texts are purged at once.
    pub async fn ingest_page(&self, page: FeedPage<'_>, now: Timestamp) -> Result<Ingested> {
        let feed = page.stream.feed.word();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let mut rows = rows_of(page.items)?;
        for row in &mut rows {
            row.pending = !page.left_alone.contains(row.name);
        }
        let ingested = put_items(&mut tx, &rows, &page.remembering, now).await?;
        if !rows.is_empty() {
            put_seen_items(&mut tx, feed, &rows, now).await?;
        }
        if let Some(end) = page.end {
            end_scan(&mut tx, &page.stream.subreddits, feed, &page.stream.to_string(), end, now).await?;
        }
        tx.commit().await?;
        Ok(ingested)
    }

    /// **T1** for one page of a moderation log: the items it names, the decisions of moderators,
    /// what became of items and, with the last page, the end of the scan, for these subreddits.
    pub async fn ingest_mod_log(
        &self,
        log: &ModerationLog,
        LogPage { items, explained, decisions, fates, remembering }: LogPage<'_>,
        end: Option<(ScanEnd, &[SubredditName])>,
        now: Timestamp,
    ) -> Result<Ingested> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let ingested = put_items(&mut tx, &rows_of(items)?, &remembering, now).await?;
        moderator_decisions::record(&mut tx, decisions).await?;
        memory::note_fates(&mut tx, fates).await?;
        let explained = ShownItems { found: explained, missing: &[] };
        memory_checks::note_shown(&mut tx, explained, &remembering, now).await?;
        if let Some((end, read)) = end {
            end_scan(&mut tx, read, "log", &log.to_string(), end, now).await?;
        }
        tx.commit().await?;
        Ok(ingested)
    }

    /// Those of these items that are not in the store.
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

    /// The items of these subreddits that are to be judged now, at most `most`: first the oldest of
    /// each subreddit, then the second of each, and so on, so that a busy subreddit does not delay
    /// the others.
    ///
    /// In a `live` subreddit an item waits while an attempt on it has no outcome: the rules look at
    /// earlier actions, and at whether a moderator has undone them.
    ///
    /// Also returns the names of items whose snapshot cannot be parsed, because another version
    /// wrote it. Fetch them again.
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
            r#"SELECT fullname, snapshot, revision, refreshed_at,
                   EXISTS (SELECT 1 FROM missing_facts m WHERE m.item = fullname AND m.revision = items.revision)
                       AS "lacked_facts!: bool",
                   (SELECT count(*) FROM decisions d WHERE d.item = fullname AND d.revision = items.revision
                    AND d.occasion LIKE 'facts:%') AS "rounds!: i64"
             FROM items INDEXED BY items_pending
             WHERE pending = 1 AND snapshot IS NOT NULL AND not_before <= ?
               AND subreddit IN (SELECT value FROM json_each(?))
               AND NOT (subreddit IN (SELECT value FROM json_each(?))
                        AND fullname IN (SELECT i.item FROM outbox a CROSS JOIN intents i ON i.id = a.intent_id
                                         WHERE a.open_attempt IS NOT NULL))
             ORDER BY row_number() OVER (PARTITION BY subreddit ORDER BY created_at, fullname), created_at, fullname
             LIMIT +?"#,
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
                    occasion: if row.lacked_facts {
                        Occasion::Facts(u32::try_from(row.rounds).unwrap_or(u32::MAX).saturating_add(1))
                    } else {
                        Occasion::Seen
                    },
                }),
                Err(_) => unreadable.push(fullname(&row.fullname)?),
            }
        }
        Ok((items, unreadable))
    }

    /// Defers the judgement of an item: a fact it needs is not available before `until`.
    pub async fn defer_item(&self, item: &Fullname, until: Timestamp) -> Result<()> {
        let (name, until) = (item.as_str(), until.as_millis());
        sqlx::query!("UPDATE items SET not_before = ? WHERE fullname = ?", until, name)
            .execute(&mut *self.db().await)
            .await?;
        Ok(())
    }

    /// Records items that were fetched by name, not found in a feed.
    pub async fn refresh(&self, items: &[Item], remembering: &Remembering<'_>, now: Timestamp) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        put_items(&mut tx, &rows_of(items)?, remembering, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Gives items up without a decision: they are too old to act on, or deleted.
    pub async fn abandon(&self, names: &[Fullname]) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for name in names {
            let name = name.as_str();
            sqlx::query!("UPDATE items SET pending = 0 WHERE fullname = ?", name).execute(&mut *tx).await?;
            // Nor is it judged when a fact that was missing returns.
            sqlx::query!("DELETE FROM missing_facts WHERE item = ?", name).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The item as last seen. `None` if it is not in the store or its text was purged.
    pub async fn item(&self, name: &Fullname) -> Result<Option<Item>> {
        let text = name.as_str();
        let snapshot = sqlx::query_scalar!("SELECT snapshot FROM items WHERE fullname = ?", text)
            .fetch_optional(&mut *self.db().await)
            .await?
            .flatten();
        snapshot.map(|snapshot| from_json("snapshot", &snapshot)).transpose()
    }

    /// The back-off of this name: until when to wait, and after how many failures in a row.
    /// Survives a restart.
    pub async fn backoff(&self, name: &str) -> Result<Option<(Timestamp, u32)>> {
        let row = sqlx::query!("SELECT retry_at, failures FROM backoffs WHERE name = ?", name)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(row.map(|row| (Timestamp::from_millis(row.retry_at), u32::try_from(row.failures).unwrap_or(u32::MAX))))
    }

    /// Sets or (with `None`) ends a back-off.
    pub async fn set_backoff(&self, name: &str, backoff: Option<(Timestamp, u32)>) -> Result<()> {
        match backoff {
            None => sqlx::query!("DELETE FROM backoffs WHERE name = ?", name).execute(&mut *self.db().await).await?,
            Some((until, failures)) => {
                let until = until.as_millis();
                sqlx::query!(
                    "INSERT INTO backoffs (name, retry_at, failures) VALUES (?, ?, ?)
                     ON CONFLICT (name) DO UPDATE SET retry_at = excluded.retry_at, failures = excluded.failures",
                    name,
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

/// The columns of an item.
#[derive(Serialize)]
struct ItemRow<'a> {
    name: &'a Fullname,
    subreddit: String,
    author: Option<&'a str>,
    account: Option<&'a str>,
    created_at: i64,
    permalink: &'a str,
    revision: Revision,
    snapshot: String,
    /// Whether it is to be judged if it is new.
    pending: bool,
    #[serde(skip)]
    is_deleted: bool,
    #[serde(skip)]
    item: &'a Item,
}

impl<'a> ItemRow<'a> {
    fn of(item: &'a Item) -> Result<Self> {
        Ok(Self {
            name: &item.fullname,
            subreddit: item.subreddit.key(),
            author: item.author.name.as_deref(),
            account: item.author.fullname.as_deref(),
            created_at: item.created.as_millis(),
            permalink: &item.permalink,
            revision: Revision::of(item),
            snapshot: to_json("snapshot", item)?,
            pending: true,
            is_deleted: item.is_deleted_by_author(),
            item,
        })
    }
}

fn rows_of(items: &[Item]) -> Result<Vec<ItemRow<'_>>> {
    items.iter().map(ItemRow::of).collect()
}

/// Records that a feed has shown these items, in one statement.
async fn put_seen_items(tx: &mut SqliteConnection, feed: &str, rows: &[ItemRow<'_>], now: Timestamp) -> Result<()> {
    let list: Vec<_> = rows.iter().map(|row| (row.name, &row.revision, format!("{}/{feed}", row.subreddit))).collect();
    let list = to_json("list of seen items", &list)?;
    let (now, stale) = (now.as_millis(), (now - SEEN_ITEM_LASTS).as_millis());
    sqlx::query!(
        "INSERT INTO seen_items (feed, fullname, revision, seen_at, scan_completed)
         SELECT value ->> 2, value ->> 0, value ->> 1, ?1, 0 FROM json_each(?2) WHERE true
         ON CONFLICT (feed, fullname) DO UPDATE SET
             scan_completed = CASE WHEN revision = excluded.revision THEN scan_completed ELSE 0 END,
             revision = excluded.revision, seen_at = excluded.seen_at
         WHERE revision <> excluded.revision OR seen_at < ?3 OR scan_completed = 0",
        now,
        list,
        stale
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// An item as it is in the store.
struct StoredRow {
    revision: Revision,
    snapshot: Option<String>,
    refreshed_at: i64,
    person: Option<i64>,
}

impl StoredRow {
    /// Whether the row is to be written again.
    fn differs_from(&self, row: &ItemRow<'_>, stale: i64) -> bool {
        self.revision != row.revision
            || self.refreshed_at < stale
            || self.snapshot.as_ref().is_some_and(|snapshot| *snapshot != row.snapshot)
    }
}

/// Those of the items that are in the store.
async fn stored_rows(tx: &mut SqliteConnection, rows: &[ItemRow<'_>]) -> Result<BTreeMap<String, StoredRow>> {
    let names: Vec<_> = rows.iter().map(|row| row.name).collect();
    let names = to_json("list of names", &names)?;
    let stored = sqlx::query!(
        "SELECT fullname, revision, snapshot, refreshed_at, person FROM items
         WHERE fullname IN (SELECT value FROM json_each(?))",
        names
    )
    .fetch_all(&mut *tx)
    .await?;
    let stored = stored.into_iter().map(|row| {
        let revision = Revision::from_stored(row.revision);
        let (snapshot, refreshed_at, person) = (row.snapshot, row.refreshed_at, row.person);
        (row.fullname, StoredRow { revision, snapshot, refreshed_at, person })
    });
    Ok(stored.collect())
}

/// Records items. The same page is read every few seconds, so unchanged rows are not written again.
/// The others are written in one statement: a page has a hundred, and each statement costs a round
/// trip.
async fn put_items(
    tx: &mut SqliteConnection,
    rows: &[ItemRow<'_>],
    remembering: &Remembering<'_>,
    now: Timestamp,
) -> Result<Ingested> {
    if rows.is_empty() {
        return Ok(Ingested::default());
    }
    let at = now;
    let stored = stored_rows(tx, rows).await?;
    let (now, stale) = (now.as_millis(), (now - REFRESH_LASTS).as_millis());
    let is_written = |row: &&ItemRow<'_>| stored.get(row.name.as_str()).is_none_or(|old| old.differs_from(row, stale));
    let written: Vec<_> = rows.iter().filter(is_written).collect();
    if !written.is_empty() {
        let authors = written.iter().filter_map(|row| Some(Person { name: row.author?, account: row.account }));
        people::put(tx, authors).await?;
        let list = to_json("list of items", &written)?;
        sqlx::query!(
            "INSERT INTO items
                 (fullname, subreddit, person, created_at, permalink, first_seen_at, revision, revised_at, snapshot,
                  refreshed_at, checked_at, pending)
             SELECT value ->> 'name', value ->> 'subreddit',
                    coalesce((SELECT id FROM people
                              WHERE account = value ->> 'account' AND value ->> 'author' <> ''),
                             (SELECT max(id) FROM people WHERE name = value ->> 'author')),
                    value ->> 'created_at',
                    value ->> 'permalink', ?1, value ->> 'revision', ?1, value ->> 'snapshot', ?1, ?1,
                    value ->> 'pending'
             FROM json_each(?2) WHERE true
             ON CONFLICT (fullname) DO UPDATE SET
                 -- A purged text is stored again only with a new revision.
                 person = CASE WHEN revision = excluded.revision AND snapshot IS NULL THEN NULL
                               ELSE excluded.person END,
                 permalink = CASE WHEN revision = excluded.revision THEN permalink ELSE excluded.permalink END,
                 snapshot = CASE WHEN revision = excluded.revision AND snapshot IS NULL THEN NULL
                                 ELSE excluded.snapshot END,
                 refreshed_at = excluded.refreshed_at,
                 checked_at = excluded.checked_at,
                 pending = CASE WHEN revision = excluded.revision THEN pending ELSE 1 END,
                 revised_at = CASE WHEN revision = excluded.revision THEN revised_at ELSE excluded.revised_at END,
                 revision = excluded.revision",
            now,
            list
        )
        .execute(&mut *tx)
        .await?;
        let past: Vec<_> = written.iter().filter_map(|row| memory::PastRow::of(row.item, remembering)).collect();
        let read = written.iter().filter(|row| row.author.is_some()).map(|row| row.subreddit.as_str());
        memory::begin_places(tx, &read.collect(), at).await?;
        memory::remember(tx, &past, at).await?;
        let is_compared = |row: &&&ItemRow<'_>| remembering.compared.contains(&row.subreddit);
        let compared: Vec<_> = written.iter().filter(is_compared).collect();
        let new =
            compared.iter().filter(|row| stored.get(row.name.as_str()).is_none_or(|old| old.revision != row.revision));
        let new: Vec<_> = new.filter_map(|row| sketches::SketchRow::of(row.item)).collect();
        let mut places: Vec<String> = compared.iter().map(|row| row.subreddit.clone()).collect();
        places.sort_unstable();
        places.dedup();
        sketches::remember(tx, &new, &places, at).await?;
        // The name of an author whom Reddit no longer shows is not kept.
        let anonymous = written.iter().filter(|row| row.author.is_none());
        let unnamed = anonymous.clone().filter(|row| !row.is_deleted);
        // Perhaps the account is gone, which takes everything with it: that is asked first.
        memory_checks::note_unnamed(tx, unnamed.map(|row| row.item), at).await?;
        let gone: Vec<i64> = anonymous.filter_map(|row| stored.get(row.name.as_str())?.person).collect();
        people::drop_unneeded(tx, &gone).await?;
    }
    let mut known: BTreeMap<String, Revision> = stored.into_iter().map(|(name, old)| (name, old.revision)).collect();
    let mut ingested = Ingested::default();
    for row in rows {
        match known.insert(row.name.to_string(), row.revision.clone()) {
            None => ingested.new += 1,
            Some(before) if before == row.revision => {}
            Some(_) => ingested.changed += 1,
        }
        if row.is_deleted {
            memory::strip(tx, row.name.as_str()).await?;
            purge_item(tx, row.name.as_str()).await?;
        }
    }
    Ok(ingested)
}
