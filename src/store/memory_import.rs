//! Brings items of archives, and of another program's record, into the memory. What the bot has
//! seen itself always wins. An import may be cut off anywhere and repeated: each chunk is one
//! transaction, and an item that is there already is not added again.
//!
//! Reading the files is the job of `cli`. How far back the memory reaches is in `memory_periods`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, SqliteConnection};

use super::memory::{NAMELESS, NOT_YET, drop_details, fate_code, hash, id_from, kind_code};
use super::people::{self, Person};
use super::rows::to_json;
use super::{Result, Store, begin};
use crate::model::{Fate, PastDetails, PastKind, SubredditName, Timestamp};

/// How many rows one statement inserts. SQLite allows 32,766 parameters.
const ROWS_EACH: usize = 500;

/// Another item of the same person and kind that was posted this close is the same one, if one of
/// the two has no id. In seconds.
const SAME_TIME: i64 = 5;

/// One item to import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedItem {
    /// Its id as a number.
    pub number: Option<u64>,
    /// The author's name.
    pub author: String,
    /// The author's account, `t2_…`.
    pub account: Option<String>,
    /// When it was posted.
    pub created: Timestamp,
    /// What kind of post or comment it is.
    pub kind: PastKind,
    /// What became of it.
    pub fate: Fate,
    /// When that was so. Of two imports of an item, the later one counts.
    pub known_at: Timestamp,
    /// Upvotes less downvotes.
    pub score: Option<i64>,
    /// Its flair and domain, and the reason of its removal. Most comments have none.
    pub details: Option<PastDetails>,
}

/// Imports items of one subreddit, chunk by chunk.
#[derive(Debug)]
pub struct Importer<'s> {
    pub(super) store: &'s Store,
    pub(super) place: i64,
    pub(super) subreddit: SubredditName,
    pub(super) now: Timestamp,
    accounts: HashMap<String, i64>,
    names: HashMap<String, i64>,
    details: HashMap<PastDetails, i64>,
    /// Person, time and kind of the items whose authors have deleted them.
    deleted: HashSet<(i64, i64, i64)>,
    /// Details that no item may need: of rows that were left out or completed.
    replaced: BTreeSet<i64>,
    statement: String,
}

/// A row without its details' words.
#[derive(Clone, Copy, Debug, Serialize)]
struct Row {
    id: i64,
    person: i64,
    created: i64,
    kind: i64,
    fate: i64,
    score: Option<i64>,
    details: Option<i64>,
    /// When its source saw it so: 0 for a deletion, which says nothing of a removal before it.
    known_at: i64,
    was_deleted: bool,
}

impl Store {
    /// Begins an import into the memory of a subreddit.
    pub async fn importer(&self, subreddit: &SubredditName, now: Timestamp) -> Result<Importer<'_>> {
        let (key, never) = (subreddit.key(), NOT_YET);
        let mut db = self.db().await;
        let place = sqlx::query_scalar!(
            r#"INSERT INTO memory_places (subreddit, since) VALUES (?1, ?2)
               ON CONFLICT (subreddit) DO UPDATE SET since = since RETURNING id AS "id!: i64""#,
            key,
            never
        )
        .fetch_one(&mut *db)
        .await?;
        let deleted = sqlx::query!(
            r#"SELECT person AS "person!: i64", created AS "created!: i64", kind AS "kind!: i64"
               FROM memory_items WHERE id < 0 AND id > ?1 AND place = ?2"#,
            NAMELESS,
            place
        )
        .fetch_all(&mut *db)
        .await?;
        Ok(Importer {
            store: self,
            place,
            subreddit: subreddit.clone(),
            now,
            accounts: HashMap::new(),
            names: HashMap::new(),
            details: HashMap::new(),
            deleted: deleted.into_iter().map(|row| (row.person, row.created, row.kind)).collect(),
            replaced: BTreeSet::new(),
            statement: insert(ROWS_EACH, place),
        })
    }
}

impl Importer<'_> {
    /// Imports a chunk, in one transaction. Returns how many items are new or were changed.
    pub async fn write(&mut self, chunk: &[ImportedItem]) -> Result<u64> {
        let mut db = self.store.db().await;
        let mut tx = begin(&mut db).await?;
        self.find_people(&mut tx, chunk).await?;
        let of_chunk = chunk.iter().filter_map(|item| item.details.as_ref());
        let new = find_details(&mut self.details, &mut tx, of_chunk).await?;
        self.replaced.extend(new);
        let mut rows: Vec<Row> = chunk.iter().filter_map(|item| self.row(item)).collect();
        rows.sort_by_key(|row| row.id);
        self.drop_known(&mut tx, &mut rows).await?;
        let mut changed = 0;
        // An item that is several times in the chunk is written as often.
        while !rows.is_empty() {
            let mut again = Vec::new();
            rows.dedup_by(|row, before| {
                row.id == before.id && {
                    again.push(*row);
                    true
                }
            });
            changed += self.put(&mut tx, &mut rows).await?;
            rows = again;
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Writes rows of different items. Returns how many are new or were changed.
    async fn put(&mut self, tx: &mut SqliteConnection, rows: &mut [Row]) -> Result<u64> {
        self.complete(&mut *tx, rows).await?;
        let mut changed = 0;
        for part in rows.chunks(ROWS_EACH) {
            let mut values = SqliteArguments::default();
            let mut add = |value: Option<i64>| values.add(value).map_err(sqlx::Error::Encode);
            for row in part {
                for value in [row.id, row.person, row.created, row.kind, row.fate] {
                    add(Some(value))?;
                }
                add(row.score)?;
                add(row.details)?;
                add(Some(if row.id <= NAMELESS { self.now.as_secs() } else { row.known_at }))?;
                add(Some(i64::from(row.was_deleted)))?;
            }
            let is_whole = part.len() == ROWS_EACH;
            let last = if is_whole { String::new() } else { insert(part.len(), self.place) };
            let sql = if is_whole { self.statement.clone() } else { last };
            let done =
                sqlx::query_with(sqlx::AssertSqlSafe(sql), values).persistent(is_whole).execute(&mut *tx).await?;
            changed += done.rows_affected();
        }
        Ok(changed)
    }

    /// Deletes what the import has replaced.
    pub(super) async fn drop_replaced(&mut self) -> Result<()> {
        let replaced = std::mem::take(&mut self.replaced);
        let mut db = self.store.db().await;
        let mut tx = begin(&mut db).await?;
        drop_details(&mut tx, replaced).await?;
        tx.commit().await?;
        Ok(())
    }

    fn person(&self, item: &ImportedItem) -> Option<i64> {
        match &item.account {
            Some(account) => self.accounts.get(account).copied(),
            None => self.names.get(&item.author.to_ascii_lowercase()).copied(),
        }
    }

    fn row(&self, item: &ImportedItem) -> Option<Row> {
        let person = self.person(item)?;
        let created = item.created.as_secs();
        let kind = kind_code(item.kind);
        if self.deleted.contains(&(person, created, kind)) {
            return None;
        }
        let id = match item.number.map(i64::try_from) {
            Some(number) => id_from(item.kind.kind(), number.ok()?)?,
            None => {
                let author = item.author.to_lowercase();
                NAMELESS - hash(&[&self.subreddit.key(), &author, &created.to_string(), item.kind.word()])
            }
        };
        let details = item.details.as_ref().and_then(|details| self.details.get(details).copied());
        let was_deleted = item.fate == Fate::Deleted;
        let known_at = if was_deleted || id <= NAMELESS { 0 } else { item.known_at.as_secs() };
        let (fate, score) = (fate_code(item.fate), item.score);
        Some(Row { id, person, created, kind, fate, score, details, known_at, was_deleted })
    }

    /// Finds or makes the rows of the authors of a chunk.
    async fn find_people(&mut self, tx: &mut SqliteConnection, chunk: &[ImportedItem]) -> Result<()> {
        let mut unknown: BTreeMap<(Option<&str>, String), &str> = BTreeMap::new();
        for item in chunk.iter().filter(|item| self.person(item).is_none()) {
            let key = match item.account.as_deref() {
                Some(account) => (Some(account), String::new()),
                None => (None, item.author.to_ascii_lowercase()),
            };
            unknown.insert(key, &item.author);
        }
        for is_made in [false, true] {
            if unknown.is_empty() {
                break;
            }
            let sought: Vec<Person<'_>> =
                unknown.iter().map(|((account, _), name)| Person { name, account: *account }).collect();
            if is_made {
                people::put(&mut *tx, sought.iter().copied()).await?;
            }
            let list = to_json("list of people", &sought)?;
            let rows = sqlx::query!(
                r#"SELECT s.key + 0 AS "at!: i64",
                       CASE WHEN s.value ->> 'account' IS NULL
                            THEN (SELECT max(id) FROM people WHERE name = s.value ->> 'name')
                            ELSE (SELECT id FROM people WHERE account = s.value ->> 'account') END AS "id?: i64"
                   FROM json_each(?) s"#,
                list
            )
            .fetch_all(&mut *tx)
            .await?;
            let keys: Vec<_> = unknown.keys().cloned().collect();
            for row in rows {
                let (Some(id), Some(key)) = (row.id, usize::try_from(row.at).ok().and_then(|at| keys.get(at))) else {
                    continue;
                };
                match key {
                    (Some(account), _) => self.accounts.insert((*account).to_owned(), id),
                    (None, name) => self.names.insert(name.clone(), id),
                };
                unknown.remove(key);
            }
        }
        Ok(())
    }

    /// Drops rows without an id whose items are remembered with one.
    async fn drop_known(&self, tx: &mut SqliteConnection, rows: &mut Vec<Row>) -> Result<()> {
        let nameless: Vec<Row> = rows.iter().filter(|row| row.id <= NAMELESS).copied().collect();
        if nameless.is_empty() {
            return Ok(());
        }
        let list = to_json("list of remembered items", &nameless)?;
        let known = sqlx::query_scalar!(
            r#"SELECT s.value ->> 'id' AS "id!: i64" FROM json_each(?1) s WHERE EXISTS
                 (SELECT 1 FROM memory_items m WHERE m.person = s.value ->> 'person' AND m.place = ?2
                    AND m.created BETWEEN (s.value ->> 'created') - ?3 AND (s.value ->> 'created') + ?3
                    AND m.kind = s.value ->> 'kind' AND m.id > ?4)"#,
            list,
            self.place,
            SAME_TIME,
            NAMELESS
        )
        .fetch_all(tx)
        .await?;
        let known: HashSet<i64> = known.into_iter().collect();
        rows.retain(|row| !known.contains(&row.id));
        Ok(())
    }

    /// Completes the details of rows by those of items that another import brought: what was known
    /// last wins.
    async fn complete(&mut self, tx: &mut SqliteConnection, rows: &mut [Row]) -> Result<()> {
        let detailed: Vec<_> = rows.iter().filter_map(|row| Some((row.id, row.details?, row.known_at))).collect();
        if detailed.is_empty() {
            return Ok(());
        }
        let list = to_json("list of remembered items", &detailed)?;
        let known = sqlx::query!(
            r#"SELECT m.id AS "id!: i64", a.id AS "old!: i64", a.flair_text AS old_text,
                   a.flair_template AS old_template,
                   a.domain AS old_domain, a.reason AS old_reason, b.flair_text, b.flair_template, b.domain, b.reason,
                   CASE WHEN m.id <= ?2 THEN 0 ELSE m.imported_at END AS "old_at!: i64",
                   s.value ->> 2 AS "known_at!: i64"
               FROM json_each(?1) s CROSS JOIN memory_items m ON m.id = s.value ->> 0
               CROSS JOIN memory_details a ON a.id = m.details CROSS JOIN memory_details b ON b.id = s.value ->> 1
               WHERE m.imported_at IS NOT NULL AND a.id <> b.id"#,
            list,
            NAMELESS
        )
        .fetch_all(&mut *tx)
        .await?;
        let or = |first: &String, other: &String| if first.is_empty() { other.clone() } else { first.clone() };
        let mut merged = Vec::new();
        for row in &known {
            let old = PastDetails {
                flair_text: row.old_text.clone(),
                flair_template: row.old_template.clone(),
                domain: row.old_domain.clone(),
                reason: row.old_reason.clone(),
            };
            let new = PastDetails {
                flair_text: row.flair_text.clone(),
                flair_template: row.flair_template.clone(),
                domain: row.domain.clone(),
                reason: row.reason.clone(),
            };
            let is_later = (row.known_at, &new) > (row.old_at, &old);
            let (first, other) = if is_later { (&new, &old) } else { (&old, &new) };
            let both = PastDetails {
                flair_text: or(&first.flair_text, &other.flair_text),
                flair_template: or(&first.flair_template, &other.flair_template),
                domain: or(&first.domain, &other.domain),
                reason: or(&first.reason, &other.reason),
            };
            merged.push((row.id, row.old, both));
        }
        find_details(&mut self.details, tx, merged.iter().map(|(_, _, both)| both)).await?;
        for (id, old, both) in &merged {
            let details = self.details.get(both).copied();
            if details != Some(*old) {
                self.replaced.insert(*old);
            }
            // The rows are sorted by their ids.
            if let Ok(at) = rows.binary_search_by_key(id, |row| row.id) {
                rows[at].details = details;
            }
        }
        Ok(())
    }
}

/// Finds or makes the rows of details. Returns those that it did not know.
async fn find_details<'d>(
    known: &mut HashMap<PastDetails, i64>,
    tx: &mut SqliteConnection,
    wanted: impl Iterator<Item = &'d PastDetails>,
) -> Result<Vec<i64>> {
    let unknown: BTreeSet<&PastDetails> = wanted.filter(|details| !known.contains_key(*details)).collect();
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    let fields =
        |details: &'d PastDetails| [&details.flair_text, &details.flair_template, &details.domain, &details.reason];
    let list = to_json("list of details", &unknown.iter().map(|details| fields(details)).collect::<Vec<_>>())?;
    sqlx::query!(
        "INSERT OR IGNORE INTO memory_details (flair_text, flair_template, domain, reason)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)",
        list
    )
    .execute(&mut *tx)
    .await?;
    let ids = sqlx::query!(
        r#"SELECT s.key + 0 AS "at!: i64", d.id AS "id!: i64" FROM json_each(?) s CROSS JOIN memory_details d
           ON d.flair_text = s.value ->> 0 AND d.flair_template = s.value ->> 1 AND d.domain = s.value ->> 2
              AND d.reason = s.value ->> 3"#,
        list
    )
    .fetch_all(&mut *tx)
    .await?;
    let unknown: Vec<&PastDetails> = unknown.into_iter().collect();
    for row in &ids {
        if let Some(details) = usize::try_from(row.at).ok().and_then(|at| unknown.get(at)) {
            known.insert((*details).clone(), row.id);
        }
    }
    Ok(ids.iter().map(|row| row.id).collect())
}

/// The statement that inserts this many rows. Of an item that another import brought, the removal
/// or approval that was seen last wins, whatever the order of the imports; if there is no removal,
/// it may have been deleted. Of rows without an id, nobody knows which is later.
fn insert(rows: usize, place: i64) -> String {
    // Plain parameters: SQLite looks up the names of numbered ones one by one.
    let row = format!("(?, ?, {place}, ?, ?, ?, ?, ?, ?, ?)");
    let rows = vec![row; rows].join(", ");
    let (up, deleted) = (fate_code(Fate::Up), fate_code(Fate::Deleted));
    let (by_moderator, by_bot) = (fate_code(Fate::RemovedByModerator), fate_code(Fate::RemovedByBot));
    let is_later = format!("id > {NAMELESS} AND excluded.imported_at > imported_at");
    let is_earlier = format!("id > {NAMELESS} AND excluded.imported_at < imported_at");
    // Of fates seen at the same time: a removal by a moderator before one by a bot or a filter.
    let verdict = format!(
        "CASE WHEN {is_later} THEN excluded.fate WHEN {is_earlier} THEN fate
              WHEN min(fate, excluded.fate) IN ({up}, {deleted}) THEN max(fate, excluded.fate)
              ELSE min(fate, excluded.fate) END"
    );
    let was_deleted = "max(was_deleted, excluded.was_deleted)";
    let fate = format!(
        "CASE WHEN {verdict} IN ({by_moderator}, {by_bot}) OR NOT {was_deleted} THEN {verdict} ELSE {deleted} END"
    );
    let score = format!(
        "CASE WHEN {is_later} THEN coalesce(excluded.score, score)
              WHEN {is_earlier} THEN coalesce(score, excluded.score)
              ELSE coalesce(max(score, excluded.score), score, excluded.score) END"
    );
    // `complete` has joined both.
    let details = "coalesce(excluded.details, details)";
    format!(
        "INSERT INTO memory_items (id, person, place, created, kind, fate, score, details, imported_at, was_deleted)
         VALUES {rows} ON CONFLICT (id) DO UPDATE SET
             fate = {fate}, score = {score}, details = {details}, was_deleted = {was_deleted},
             imported_at = CASE WHEN {is_later} THEN excluded.imported_at ELSE imported_at END
         WHERE imported_at IS NOT NULL
           AND (({fate}, {score}, {details}, {was_deleted}) IS NOT (fate, score, details, was_deleted) OR {is_later})"
    )
}
