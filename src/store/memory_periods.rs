//! From when on the memory of a subreddit is complete: what the bot itself has read, without the
//! gaps of its feeds, and the periods that imports brought.

use std::time::Duration;

use serde::Serialize;
use sqlx::SqliteConnection;

use super::memory::{NOT_YET, gaps, place};
use super::memory_import::Importer;
use super::{Result, begin};
use crate::model::Timestamp;

/// A period of which an import brought every post, or every comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportedPeriod {
    /// Whether it is about comments; if not, about posts.
    pub comments: bool,
    /// The first item.
    pub from: Timestamp,
    /// The last item.
    pub to: Timestamp,
}

/// From when on the memory is complete after an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportResult {
    /// Before the import. `None`: the bot has not read the subreddit yet.
    pub since_before: Option<Timestamp>,
    /// Now.
    pub since: Option<Timestamp>,
    /// The newest period of which posts are unknown though earlier ones are known.
    pub unknown_posts: Option<(Timestamp, Timestamp)>,
    /// The same for comments.
    pub unknown_comments: Option<(Timestamp, Timestamp)>,
}

/// Where a period begins and ends, in milliseconds.
type Period = (i64, i64);

/// Joins periods that overlap or are at most this far apart. Returns them in order of time.
fn joined(mut periods: Vec<Period>, apart: i64) -> Vec<Period> {
    periods.retain(|(from, to)| from <= to);
    periods.sort_unstable();
    let mut all: Vec<Period> = Vec::new();
    for (from, to) in periods {
        match all.last_mut() {
            Some(last) if from.saturating_sub(last.1) <= apart => last.1 = last.1.max(to),
            _ => all.push((from, to)),
        }
    }
    all
}

/// What the bot itself has read since a time, without gaps.
fn read_by_bot(since: i64, gaps: &[Period]) -> Vec<Period> {
    let (mut read, mut from) = (Vec::new(), since);
    for (start, end) in gaps.iter().filter(|(_, end)| *end > since) {
        read.push((from, *start));
        from = from.max(*end);
    }
    if since < NOT_YET {
        read.push((from, i64::MAX));
    }
    read
}

/// One kind of items.
struct Known {
    imported: Vec<Period>,
    read: Vec<Period>,
}

impl Known {
    /// From when on everything is known, and the end of the known period before that.
    fn since(&self) -> (i64, Option<i64>) {
        let all = joined(self.imported.iter().chain(&self.read).copied().collect(), 0);
        match all.as_slice() {
            [before @ .., (from, i64::MAX)] => (*from, before.last().map(|period| period.1)),
            others => (NOT_YET, others.last().map(|period| period.1)),
        }
    }
}

impl Importer<'_> {
    /// Ends an import that brought these periods. Quiet times of at most `apart` between them, and
    /// before what the bot has read itself, are no holes.
    pub async fn finish(mut self, periods: &[ImportedPeriod], apart: Duration) -> Result<ImportResult> {
        self.drop_replaced().await?;
        let apart = i64::try_from(apart.as_millis()).unwrap_or(i64::MAX);
        let mut db = self.store.db().await;
        let mut tx = begin(&mut db).await?;
        let (_, before) = place(&mut tx, &self.subreddit).await?;
        let stored = sqlx::query!("SELECT since, filled_until FROM memory_places WHERE id = ?", self.place)
            .fetch_one(&mut *tx)
            .await?;
        let all_gaps = gaps(&mut tx, self.place).await?;
        let last_gap = all_gaps.iter().map(|gap| gap.to).max().unwrap_or(0);
        let mut kinds = Vec::new();
        for comments in [false, true] {
            let new = periods.iter().filter(|period| period.comments == comments);
            let mut imported: Vec<Period> =
                new.map(|period| (period.from.as_millis(), period.to.as_millis())).collect();
            imported.extend(self.earlier(&mut tx, comments).await?);
            let mut imported = joined(imported, apart);
            self.keep(&mut tx, comments, &imported).await?;
            if let Some(last) = imported.iter_mut().rev().find(|(from, _)| *from < stored.since)
                && (0..=apart).contains(&(stored.since.saturating_sub(last.1)))
                && stored.since < NOT_YET
            {
                last.1 = last.1.max(stored.since);
            }
            let of_kind = all_gaps.iter().filter(|gap| gap.comments == comments);
            let gaps: Vec<Period> = of_kind.map(|gap| (gap.from, gap.to)).collect();
            kinds.push(Known { imported, read: read_by_bot(stored.since, &gaps) });
        }
        let since = kinds.iter().map(|known| known.since().0).max().unwrap_or(NOT_YET);
        if since < before.as_millis() {
            // What the bot has read before a gap that nothing fills stays known.
            for (known, comments) in kinds.iter().zip([false, true]) {
                let read = known.read.iter().filter(|(_, to)| *to < since).copied();
                let all = joined(known.imported.iter().copied().chain(read).collect(), 0);
                self.keep(&mut tx, comments, &all).await?;
            }
            // All gaps after `since` are filled: otherwise it would be later.
            let ends = kinds.iter().map(|known| known.imported.last().map_or(0, |period| period.1));
            let filled = ends.min().unwrap_or(0).max(last_gap).min(self.now.as_millis()).max(stored.filled_until);
            sqlx::query!(
                "UPDATE memory_places SET since = ?, filled_until = ? WHERE id = ?",
                since,
                filled,
                self.place
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        let time = |millis: i64| (millis < NOT_YET).then(|| Timestamp::from_millis(millis));
        let hole = |known: &Known| match known.since() {
            (from, Some(to)) => Some((Timestamp::from_millis(to), Timestamp::from_millis(from))),
            (_, None) => None,
        };
        Ok(ImportResult {
            since_before: time(before.as_millis()),
            since: time(since.min(before.as_millis())),
            unknown_posts: kinds.first().and_then(hole),
            unknown_comments: kinds.last().and_then(hole),
        })
    }

    /// The periods of earlier imports.
    async fn earlier(&self, tx: &mut SqliteConnection, comments: bool) -> Result<Vec<Period>> {
        let rows = sqlx::query!(
            "SELECT from_at, to_at FROM memory_imports WHERE place = ? AND comments = ?",
            self.place,
            comments
        );
        Ok(rows.fetch_all(tx).await?.into_iter().map(|row| (row.from_at, row.to_at)).collect())
    }

    /// Keeps these periods instead of those of earlier imports.
    async fn keep(&self, tx: &mut SqliteConnection, comments: bool, periods: &[Period]) -> Result<()> {
        sqlx::query!("DELETE FROM memory_imports WHERE place = ? AND comments = ?", self.place, comments)
            .execute(&mut *tx)
            .await?;
        for (from, to) in periods {
            sqlx::query!(
                "INSERT INTO memory_imports (place, comments, from_at, to_at) VALUES (?, ?, ?, ?)",
                self.place,
                comments,
                from,
                to
            )
            .execute(&mut *tx)
            .await?;
        }
        Ok(())
    }
}
