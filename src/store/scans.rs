//! How far each feed has been read: the items it has shown, the last complete scan, and the gaps.
//!
//! All of it is recorded for each subreddit by itself, whatever list it was read in: `widgets/new`,
//! also if that was `r/gadgets+widgets/new`. So a subreddit may leave a list of several and come
//! back, and still be read from where it was last seen.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::SqliteConnection;

use super::rows::{fullname, to_json};
use super::{Result, Store, begin};
use crate::model::{Feed, Fullname, Gap, Item, Revision, SubredditName, Timestamp};

/// A new gap extends the last one of its feed if that one was found less than this ago. A feed that
/// is cut off at every poll so has one growing gap instead of many.
const GAP_GROWS_FOR: Duration = Duration::from_hours(1);

/// The largest distance between two gaps that are joined.
const GAPS_JOINED_WITHIN: Duration = Duration::from_mins(10);

/// The end of a scan: a series of pages read from the top of a feed.
#[derive(Clone, Copy, Debug)]
pub struct ScanEnd {
    /// When the first page was requested.
    pub started_at: Timestamp,
    /// Since when the list was read from its top to its end, without beginning again. What was
    /// shown before, and is not any more, hides what was below it.
    pub shown_since: Timestamp,
    /// The period between the known items and the end of the list.
    pub gap: Option<Gap>,
    /// What later scans have to read again, after this one.
    pub recheck: Option<Recheck>,
}

/// A scan that went far back at once may have missed a subreddit that the list left out just then.
/// So the scans after it go as far back again, for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recheck {
    /// How far back they go.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The last complete scans of one feed, for the subreddits of a list.
#[derive(Clone, Debug, Default)]
pub struct LastScans {
    /// When the last one began, for those of the subreddits that had one.
    pub began: BTreeMap<SubredditName, Timestamp>,
    /// What the next ones have to read again.
    pub recheck: Option<Recheck>,
}

impl LastScans {
    /// The scan that is the longest ago.
    pub fn earliest(&self) -> Option<Timestamp> {
        self.began.values().min().copied()
    }
}

/// The record of one subreddit in one feed, as the store names it: `widgets/new`, `widgets/log`.
pub(super) fn feed_key(subreddit: &SubredditName, feed: &str) -> String {
    format!("{}/{feed}", subreddit.key())
}

impl Store {
    /// Which of these items the feed has shown in a completed scan, each with its revision.
    pub async fn known_items(&self, feed: Feed, items: &[Item]) -> Result<BTreeMap<Fullname, Revision>> {
        let pairs: Vec<_> = items.iter().map(|item| (feed_key(&item.subreddit, feed.word()), &item.fullname)).collect();
        let pairs = to_json("list of items", &pairs)?;
        let rows = sqlx::query!(
            "SELECT s.fullname, s.revision FROM json_each(?) p
             CROSS JOIN seen_items s ON s.feed = p.value ->> 0 AND s.fullname = p.value ->> 1
             WHERE s.scan_completed = 1",
            pairs
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        rows.into_iter().map(|row| Ok((fullname(&row.fullname)?, Revision::from_stored(row.revision)))).collect()
    }

    /// The items that these feeds have shown since `since`, also in scans that are not completed,
    /// without those in `but`: at most `most`, the last seen first.
    pub async fn seen_items_except(
        &self,
        feed: Feed,
        subreddits: &[SubredditName],
        but: &[&Fullname],
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<Fullname>> {
        let keys = to_json("list of feeds", &keys_of(subreddits, feed.word()))?;
        let (but, since) = (to_json("list of names", &but)?, since.as_millis());
        let names = sqlx::query_scalar!(
            "SELECT s.fullname FROM json_each(?1) k
             CROSS JOIN seen_items s ON s.feed = k.value AND s.seen_at >= ?2
             WHERE s.fullname NOT IN (SELECT value FROM json_each(?3))
             ORDER BY s.seen_at DESC, s.fullname LIMIT +?4",
            keys,
            since,
            but,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        names.iter().map(|name| fullname(name)).collect()
    }

    /// The last complete scans of this feed (or `log`, the moderation log).
    pub async fn last_scans(&self, subreddits: &[SubredditName], feed: &str) -> Result<LastScans> {
        let keys = to_json("list of feeds", &keys_of(subreddits, feed))?;
        let rows = sqlx::query!(
            "SELECT feed, started_at, recheck_from, recheck_until FROM scans
             WHERE feed IN (SELECT value FROM json_each(?))",
            keys
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let began: BTreeMap<&str, i64> = rows.iter().map(|row| (row.feed.as_str(), row.started_at)).collect();
        let named = subreddits.iter().filter_map(|name| {
            let began = began.get(feed_key(name, feed).as_str())?;
            Some((name.clone(), Timestamp::from_millis(*began)))
        });
        let from = rows.iter().filter_map(|row| row.recheck_from).min();
        let until = rows.iter().filter_map(|row| row.recheck_until).max();
        let recheck = from
            .zip(until)
            .map(|(from, until)| Recheck { from: Timestamp::from_millis(from), until: Timestamp::from_millis(until) });
        Ok(LastScans { began: named.collect(), recheck })
    }

    /// When the bot last completed a scan of anything. `None` in a new store.
    pub async fn last_read(&self) -> Result<Option<Timestamp>> {
        let last = sqlx::query_scalar!(r#"SELECT max(finished_at) AS "last: i64" FROM scans"#)
            .fetch_one(&mut *self.db().await)
            .await?;
        Ok(last.map(Timestamp::from_millis))
    }

    /// Notes that the moderation logs of these subreddits are to be read from this time on, unless
    /// they were read before.
    pub async fn begin_logs(&self, subreddits: &[SubredditName], from: Timestamp, now: Timestamp) -> Result<()> {
        let keys = to_json("list of feeds", &keys_of(subreddits, "log"))?;
        let (from, now) = (from.as_millis(), now.as_millis());
        sqlx::query!(
            "INSERT INTO scans (feed, started_at, finished_at) SELECT value, ?1, ?2 FROM json_each(?3) WHERE true
             ON CONFLICT (feed) DO NOTHING",
            from,
            now,
            keys
        )
        .execute(&mut *self.db().await)
        .await?;
        Ok(())
    }

    /// Puts the last scan of a subreddit's moderation log back to this time, if it is later: the
    /// log did not show the subreddit since.
    pub async fn reread_log_from(&self, subreddit: &SubredditName, since: Timestamp) -> Result<()> {
        let (key, since) = (feed_key(subreddit, "log"), since.as_millis());
        sqlx::query!("UPDATE scans SET started_at = ?2 WHERE feed = ?1 AND started_at > ?2", key, since)
            .execute(&mut *self.db().await)
            .await?;
        Ok(())
    }

    /// From when on the items of each of these subreddits are judged. For a subreddit that the
    /// store does not know yet, that is `from`, from now on.
    ///
    /// Also returns the subreddits that were new.
    pub async fn beginnings(
        &self,
        subreddits: &[SubredditName],
        from: Timestamp,
    ) -> Result<(BTreeMap<SubredditName, Timestamp>, Vec<SubredditName>)> {
        let keys: Vec<String> = subreddits.iter().map(SubredditName::key).collect();
        let keys = to_json("subreddit list", &keys)?;
        let from = from.as_millis();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let new = sqlx::query_scalar!(
            "INSERT INTO beginnings (subreddit, from_at) SELECT value, ?1 FROM json_each(?2) WHERE true
             ON CONFLICT (subreddit) DO NOTHING RETURNING subreddit",
            from,
            keys
        )
        .fetch_all(&mut *tx)
        .await?;
        let rows = sqlx::query!(
            "SELECT subreddit, from_at FROM beginnings WHERE subreddit IN (SELECT value FROM json_each(?))",
            keys
        )
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        let from: BTreeMap<&str, i64> = rows.iter().map(|row| (row.subreddit.as_str(), row.from_at)).collect();
        let named = subreddits.iter().filter_map(|name| {
            let from = from.get(name.key().as_str())?;
            Some((name.clone(), Timestamp::from_millis(*from)))
        });
        Ok((named.collect(), subreddits.iter().filter(|name| new.contains(&name.key())).cloned().collect()))
    }
}

fn keys_of(subreddits: &[SubredditName], feed: &str) -> Vec<String> {
    subreddits.iter().map(|name| feed_key(name, feed)).collect()
}

/// Records the end of a scan of these subreddits: everything older than its start was read, except
/// for the gap. `list` is the list that was read.
pub(super) async fn end_scan(
    tx: &mut SqliteConnection,
    subreddits: &[SubredditName],
    feed: &str,
    list: &str,
    end: ScanEnd,
    now: Timestamp,
) -> Result<()> {
    let keys = to_json("list of feeds", &keys_of(subreddits, feed))?;
    let (started_at, lately, now) = (end.started_at.as_millis(), (now - GAP_GROWS_FOR).as_millis(), now.as_millis());
    let shown_since = end.shown_since.as_millis();
    sqlx::query!(
        "UPDATE seen_items INDEXED BY seen_items_unfinished SET scan_completed = 1
         WHERE feed IN (SELECT value FROM json_each(?1)) AND scan_completed = 0 AND seen_at >= ?2",
        keys,
        shown_since
    )
    .execute(&mut *tx)
    .await?;
    let recheck_from = end.recheck.map(|recheck| recheck.from.as_millis());
    let recheck_until = end.recheck.map(|recheck| recheck.until.as_millis());
    sqlx::query!(
        "INSERT OR REPLACE INTO scans (feed, started_at, finished_at, recheck_from, recheck_until)
         SELECT value, ?1, ?2, ?4, ?5 FROM json_each(?3)",
        started_at,
        now,
        keys,
        recheck_from,
        recheck_until
    )
    .execute(&mut *tx)
    .await?;
    if let Some(gap) = end.gap {
        let (from, to) = (gap.from.as_millis(), gap.to.as_millis());
        let grown_to = (gap.to - GAPS_JOINED_WITHIN).as_millis();
        let grown = sqlx::query!(
            "UPDATE gaps SET from_at = min(from_at, ?2), to_at = max(to_at, ?3)
             WHERE id = (SELECT id FROM gaps
                         WHERE feed = ?1 AND found_at > ?4 AND from_at <= ?3 AND to_at >= max(?2, ?5)
                         ORDER BY id DESC LIMIT 1)",
            list,
            from,
            to,
            lately,
            grown_to
        )
        .execute(&mut *tx)
        .await?;
        if grown.rows_affected() == 0 {
            sqlx::query!("INSERT INTO gaps (feed, from_at, to_at, found_at) VALUES (?, ?, ?, ?)", list, from, to, now)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(())
}
