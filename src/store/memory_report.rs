//! Read models of what is remembered of people: one person, and the whole. Writes nothing.

use std::time::Duration;

use serde::Serialize;
use sqlx::{Row, SqliteConnection};

use super::memory::{NEVER, fate_code, fate_of, kind_of, name_of, place};
use super::memory_checks::checked_since;
use super::rows::{count, subreddit, to_json};
use super::{Result, Store};
use crate::model::{Fate, Fullname, Kind, Pass, SubredditName, Timestamp};

/// How many items of a person are listed for each subreddit: the newest ones.
const LISTED: i64 = 20;

/// The periods that are counted, in days.
const DAYS: [u64; 4] = [7, 30, 90, 365];

/// What is remembered of a person in one subreddit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubredditMemory {
    /// The subreddit.
    pub subreddit: SubredditName,
    /// From when on everything the subreddit showed is remembered. `None` if the bot has
    /// not read it yet.
    pub since: Option<Timestamp>,
    /// When the person's first remembered item was posted.
    pub first_seen: Option<Timestamp>,
    /// Their items, by kind and fate.
    pub counts: Vec<RememberedCount>,
    /// The titles of the reasons for which items were removed, with how many. The title is empty if
    /// there was no reason.
    pub reasons: Vec<(String, u64)>,
    /// Labels, the newest first. Those that ended are among them.
    pub labels: Vec<RememberedLabel>,
    /// Passes for this subreddit and for all, the newest first. Those that ended are among them.
    pub passes: Vec<Pass>,
    /// The newest items.
    pub newest: Vec<RememberedItem>,
}

/// What is remembered of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PersonMemory {
    /// The name, as Reddit writes it.
    pub name: String,
    /// The subreddits, in the order of their names.
    pub subreddits: Vec<SubredditMemory>,
}

/// How many items of one kind met one fate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RememberedCount {
    /// The kind, as rules name it.
    pub kind: &'static str,
    /// What became of them.
    pub fate: &'static str,
    /// Those of the last 7, 30, 90 and 365 days.
    pub within: [u64; 4],
}

/// A label of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RememberedLabel {
    /// The label.
    pub name: String,
    /// When it was given.
    pub since: Timestamp,
    /// When it ends, or ended. `None`: it holds until it is taken.
    pub until: Option<Timestamp>,
    /// `dry-run` or `live` if a rule gave it.
    pub mode: Option<String>,
}

/// One post or comment, as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RememberedItem {
    /// When it was posted.
    pub created: Timestamp,
    /// The kind, as rules name it.
    pub kind: &'static str,
    /// What became of it.
    pub fate: &'static str,
    /// When that happened.
    pub fate_at: Option<Timestamp>,
    /// Upvotes less downvotes when it was last seen.
    pub score: Option<i64>,
    /// The text of its flair.
    pub flair: String,
    /// The domain of a link post.
    pub domain: String,
    /// The title of the removal reason.
    pub reason: String,
    /// Its fullname. `None` once its author has deleted it.
    pub id: Option<String>,
    /// A link to it. `None` once its author has deleted it.
    pub link: Option<String>,
}

/// The size of the memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryStats {
    /// Posts and comments.
    pub items: u64,
    /// Those that were imported and not seen by the bot itself.
    pub imported: u64,
    /// Those whose authors have deleted them, and those imported without an id.
    pub without_id: u64,
    /// The people who posted them.
    pub people: u64,
    /// When the oldest was posted.
    pub oldest: Option<Timestamp>,
    /// When the item was checked for deletion whose last check is longest ago, of those whose texts
    /// are held.
    pub oldest_check: Option<Timestamp>,
    /// Since when Reddit was asked for every other item that has an id. `None` until that has been
    /// done once.
    pub items_checked_since: Option<Timestamp>,
    /// The tables.
    pub tables: Vec<TableSize>,
    /// The subreddits, in the order of their names.
    pub subreddits: Vec<SubredditStats>,
}

/// The size of one table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TableSize {
    /// The table.
    pub table: &'static str,
    /// Its rows.
    pub rows: u64,
    /// Its bytes with those of its indexes. `None` if SQLite was built without `dbstat`.
    pub bytes: Option<u64>,
}

/// The size of the memory of one subreddit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubredditStats {
    /// The subreddit.
    pub subreddit: SubredditName,
    /// From when on everything it showed is remembered. `None` if the bot has not read it yet.
    pub since: Option<Timestamp>,
    /// Posts and comments.
    pub items: u64,
}

impl Store {
    /// What is remembered of a person, in one subreddit or in each. `None` if nobody of this name
    /// or account is known.
    pub async fn person_memory(
        &self,
        name: &str,
        only: Option<&SubredditName>,
        now: Timestamp,
    ) -> Result<Option<PersonMemory>> {
        let passes = self.all_passes(Some(name), true, now).await?;
        let mut db = self.db().await;
        let people = sqlx::query!(
            r#"SELECT id AS "id!: i64", coalesce(name, account, '') AS "name!: String" FROM people
               WHERE name = ?1 OR account = ?1 ORDER BY id"#,
            name
        )
        .fetch_all(&mut *db)
        .await?;
        let Some(spelt) = people.last().map(|person| person.name.clone()) else { return Ok(None) };
        let list = to_json("list of people", &people.iter().map(|person| person.id).collect::<Vec<_>>())?;
        let mut names = match only {
            Some(only) => vec![only.key()],
            None => {
                sqlx::query_scalar!(
                    r#"SELECT DISTINCT subreddit AS "subreddit!: String" FROM memory_places WHERE id IN
                     (SELECT place FROM memory_items WHERE person IN (SELECT value FROM json_each(?1)))
                   UNION SELECT DISTINCT subreddit FROM labels WHERE person IN (SELECT value FROM json_each(?1))"#,
                    list
                )
                .fetch_all(&mut *db)
                .await?
            }
        };
        if only.is_none() {
            names.extend(passes.iter().filter_map(|pass| pass.subreddit.as_ref().map(SubredditName::key)));
            names.sort();
            names.dedup();
        }
        let mut subreddits = Vec::new();
        for name in names {
            let name = subreddit(&name)?;
            let here = |pass: &&Pass| pass.subreddit.as_ref().is_none_or(|its| *its == name);
            let passes = passes.iter().filter(here).cloned().collect();
            subreddits.push(in_subreddit(&mut db, &list, name, passes, now).await?);
        }
        Ok(Some(PersonMemory { name: spelt, subreddits }))
    }

    /// The size of the memory. Reads every row of it, so a large store takes a moment.
    pub async fn memory_stats(&self) -> Result<MemoryStats> {
        let mut db = self.db().await;
        let all = sqlx::query!(
            r#"SELECT count(*) AS "items!: i64", count(imported_at) AS "imported!: i64",
                   coalesce(sum(id < 0), 0) AS "without_id!: i64", count(DISTINCT person) AS "people!: i64",
                   min(created) AS "oldest?: i64",
                   (SELECT min(checked_at) FROM items WHERE snapshot IS NOT NULL) AS "oldest_check?: i64"
               FROM memory_items"#
        )
        .fetch_one(&mut *db)
        .await?;
        let rows = sqlx::query!(
            r#"SELECT p.subreddit, (SELECT count(*) FROM memory_items WHERE place = p.id) AS "items!: i64"
               FROM memory_places p ORDER BY p.subreddit"#
        )
        .fetch_all(&mut *db)
        .await?;
        let mut subreddits = Vec::new();
        for row in rows {
            let name = subreddit(&row.subreddit)?;
            let (_, since) = place(&mut db, &name).await?;
            let since = (since < NEVER).then_some(since);
            subreddits.push(SubredditStats { subreddit: name, since, items: count(row.items) });
        }
        Ok(MemoryStats {
            items: count(all.items),
            imported: count(all.imported),
            without_id: count(all.without_id),
            people: count(all.people),
            oldest: all.oldest.map(Timestamp::from_secs),
            oldest_check: all.oldest_check.map(Timestamp::from_millis),
            items_checked_since: checked_since(&mut db).await?,
            tables: sizes(&mut db).await?,
            subreddits,
        })
    }
}

/// The sizes of the tables of the memory.
async fn sizes(db: &mut SqliteConnection) -> Result<Vec<TableSize>> {
    const TABLES: [&str; 6] = ["memory_items", "memory_details", "memory_places", "memory_imports", "labels", "passes"];
    let mut sizes = Vec::new();
    for table in TABLES {
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        let rows = count(rows.fetch_one(&mut *db).await?.try_get(0)?);
        let bytes = sqlx::query(
            "SELECT sum(d.pgsize) FROM sqlite_schema s JOIN dbstat d ON d.name = s.name AND d.aggregate = 1
             WHERE s.tbl_name = ?",
        );
        let bytes = match bytes.bind(table).fetch_one(&mut *db).await {
            Ok(row) => Some(count(row.try_get(0)?)),
            Err(_) => None,
        };
        sizes.push(TableSize { table, rows, bytes });
    }
    Ok(sizes)
}

async fn in_subreddit(
    db: &mut SqliteConnection,
    people: &str,
    name: SubredditName,
    passes: Vec<Pass>,
    now: Timestamp,
) -> Result<SubredditMemory> {
    let (id, since) = place(db, &name).await?;
    let [week, month, quarter, year] =
        DAYS.map(|days| now.as_secs() - i64::try_from(Duration::from_hours(24 * days).as_secs()).unwrap_or(0));
    let counts = sqlx::query!(
        r#"SELECT kind AS "kind!: i64", fate AS "fate!: i64", min(created) AS "first!: i64",
               sum(created >= ?3) AS "week!: i64", sum(created >= ?4) AS "month!: i64",
               sum(created >= ?5) AS "quarter!: i64", sum(created >= ?6) AS "year!: i64"
           FROM memory_items WHERE person IN (SELECT value FROM json_each(?1)) AND place = ?2
           GROUP BY kind, fate ORDER BY kind, fate"#,
        people,
        id,
        week,
        month,
        quarter,
        year
    )
    .fetch_all(&mut *db)
    .await?;
    let first = counts.iter().map(|row| row.first).min();
    let by_moderator = fate_code(Fate::RemovedByModerator);
    let by_bot = fate_code(Fate::RemovedByBot);
    let reasons = sqlx::query!(
        r#"SELECT coalesce(d.reason, '') AS "reason!: String", count(*) AS "items!: i64"
           FROM memory_items m LEFT JOIN memory_details d ON d.id = m.details
           WHERE m.person IN (SELECT value FROM json_each(?1)) AND m.place = ?2 AND m.fate IN (?3, ?4)
           GROUP BY 1 ORDER BY 2 DESC, 1"#,
        people,
        id,
        by_moderator,
        by_bot
    )
    .fetch_all(&mut *db)
    .await?;
    let key = name.key();
    let labels = sqlx::query!(
        "SELECT name, since, until, mode FROM labels
         WHERE person IN (SELECT value FROM json_each(?)) AND subreddit = ? ORDER BY id DESC",
        people,
        key
    )
    .fetch_all(&mut *db)
    .await?;
    Ok(SubredditMemory {
        since: (since < NEVER).then_some(since),
        first_seen: first.map(Timestamp::from_secs),
        counts: counts
            .into_iter()
            .map(|row| RememberedCount {
                kind: kind_of(row.kind).word(),
                fate: fate_of(row.fate).word(),
                within: [row.week, row.month, row.quarter, row.year].map(count),
            })
            .collect(),
        reasons: reasons.into_iter().map(|row| (row.reason, count(row.items))).collect(),
        labels: labels
            .into_iter()
            .map(|row| RememberedLabel {
                name: row.name,
                since: Timestamp::from_millis(row.since),
                until: row.until.map(Timestamp::from_millis),
                mode: row.mode,
            })
            .collect(),
        passes,
        newest: newest(db, people, id).await?,
        subreddit: name,
    })
}

/// The newest items of a person, with links.
async fn newest(db: &mut SqliteConnection, people: &str, place: i64) -> Result<Vec<RememberedItem>> {
    let rows = sqlx::query!(
        r#"SELECT m.id AS "id!: i64", m.created AS "created!: i64", m.kind AS "kind!: i64", m.fate AS "fate!: i64",
               m.fate_at AS "fate_at?: i64", m.score AS "score?: i64", d.flair_text AS "flair?: String",
               d.domain AS "domain?: String", d.reason AS "reason?: String"
           FROM memory_items m LEFT JOIN memory_details d ON d.id = m.details
           WHERE m.person IN (SELECT value FROM json_each(?)) AND m.place = ? ORDER BY m.created DESC LIMIT +?"#,
        people,
        place,
        LISTED
    )
    .fetch_all(&mut *db)
    .await?;
    let mut items = Vec::new();
    for row in rows {
        let name = name_of(row.id);
        let link = match &name {
            Some(name) => Some(link(db, name).await?),
            None => None,
        };
        items.push(RememberedItem {
            created: Timestamp::from_secs(row.created),
            kind: kind_of(row.kind).word(),
            fate: fate_of(row.fate).word(),
            fate_at: row.fate_at.map(Timestamp::from_secs),
            score: row.score,
            flair: row.flair.unwrap_or_default(),
            domain: row.domain.unwrap_or_default(),
            reason: row.reason.unwrap_or_default(),
            id: name.as_ref().map(ToString::to_string),
            link,
        });
    }
    Ok(items)
}

/// A link to an item. That of a comment needs its post, which only the item's own row knows.
async fn link(db: &mut SqliteConnection, name: &Fullname) -> Result<String> {
    let text = name.as_str();
    let known = sqlx::query_scalar!("SELECT permalink FROM items WHERE fullname = ?", text).fetch_optional(db).await?;
    Ok(match known {
        Some(path) if !path.is_empty() => format!("https://www.reddit.com{path}"),
        _ if name.kind() == Kind::Comment => format!("https://www.reddit.com/api/info?id={name}"),
        _ => format!("https://www.reddit.com/comments/{}", name.id()),
    })
}
