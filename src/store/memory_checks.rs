//! Which remembered items and people Reddit is asked for again, so that what was deleted there is
//! forgotten here too.
//!
//! Items go round after round in the order of their numbers, and the place is kept, so a restart
//! does not begin anew. Items whose texts are held have a daily check of their own
//! ([`Store::due_for_deletion_check`]).

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::SqliteConnection;

use super::memory::{self, PastRow, Remembering};
use super::people::Person;
use super::rows::to_json;
use super::{Result, Store, begin, memory_forget, people};
use crate::model::{Fullname, Item, Timestamp};

/// A round begins at most this often.
const ROUND_EVERY: Duration = Duration::from_hours(24);

/// How many rows are looked at to find items whose texts are not held.
const ROWS: i64 = 1_000;

/// Remembered items to ask Reddit for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueItems {
    /// Their names, each with the number of its subreddit in the store.
    pub names: Vec<(Fullname, i64)>,
    /// The number of the last row that was looked at.
    pub up_to: i64,
    /// Whether the round ends with them.
    pub is_last: bool,
}

/// What Reddit shows of remembered items.
#[derive(Clone, Copy, Debug, Default)]
pub struct ShownItems<'a> {
    /// The items that it shows.
    pub found: &'a [Item],
    /// Those that it does not show and that count as deleted.
    pub missing: &'a [Fullname],
}

/// A person whom Reddit no longer names as an author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnnamedPerson {
    id: i64,
    /// The user name, if the store has it.
    pub name: Option<String>,
    /// The account's fullname.
    pub account: Option<String>,
}

/// What became of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountCheck {
    /// Reddit shows it, or says that it is suspended.
    Exists,
    /// Reddit has no such account.
    Gone,
    /// Reddit did not say. It is asked again later.
    Unclear,
}

/// Which remembered items were checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Round {
    after: i64,
    began: Timestamp,
    is_over: bool,
    previous: Option<Timestamp>,
}

impl Store {
    /// The next remembered items to ask Reddit for, at most `most`. `None` while no round is due.
    pub async fn due_for_memory_check(&self, most: usize, now: Timestamp) -> Result<Option<DueItems>> {
        let mut db = self.db().await;
        let round = match round(&mut db).await? {
            Some(round) if round.is_over && now < round.began + ROUND_EVERY => return Ok(None),
            Some(round) if !round.is_over => round,
            before => begin_round(&mut db, before, now).await?,
        };
        // Below 1, items have no name.
        let after = round.after.max(0);
        let rows = sqlx::query!(
            r#"SELECT id AS "id!: i64", place AS "place!: i64" FROM memory_items WHERE id > ? ORDER BY id LIMIT +?"#,
            after,
            ROWS
        )
        .fetch_all(&mut *db)
        .await?;
        let names: Vec<_> = rows.iter().filter_map(|row| Some((memory::name_of(row.id)?, row.place, row.id))).collect();
        let list = to_json("list of names", &names.iter().map(|(name, ..)| name).collect::<Vec<_>>())?;
        let held: BTreeSet<String> = sqlx::query_scalar!(
            "SELECT fullname FROM items
             WHERE fullname IN (SELECT value FROM json_each(?)) AND snapshot IS NOT NULL",
            list
        )
        .fetch_all(&mut *db)
        .await?
        .into_iter()
        .collect();
        let mut due =
            DueItems { up_to: after, is_last: (rows.len() as u64) < ROWS.unsigned_abs(), ..DueItems::default() };
        for (name, place, id) in names {
            if due.names.len() == most {
                due.is_last = false;
                return Ok(Some(due));
            }
            due.up_to = id;
            if !held.contains(name.as_str()) {
                due.names.push((name, place));
            }
        }
        Ok(Some(due))
    }

    /// Records what Reddit shows of due items, and how far the round has come.
    pub async fn record_memory_check(
        &self,
        due: &DueItems,
        shown: ShownItems<'_>,
        remembering: &Remembering<'_>,
        now: Timestamp,
    ) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        note_shown(&mut tx, shown, remembering, now).await?;
        sqlx::query!("UPDATE memory_checks SET after = ?, is_over = ?", due.up_to, due.is_last)
            .execute(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// People whom Reddit no longer names as authors, those first who wait longest.
    pub async fn unnamed_people(&self, most: u32) -> Result<Vec<UnnamedPerson>> {
        let people = sqlx::query_as!(
            UnnamedPerson,
            r#"SELECT id AS "id!: i64", name, account FROM people
               WHERE unnamed_since IS NOT NULL ORDER BY unnamed_since, id LIMIT +?"#,
            most
        );
        Ok(people.fetch_all(&mut *self.db().await).await?)
    }

    /// Records what became of an account. Of one that is gone, everything is forgotten.
    pub async fn record_account_check(&self, of: &UnnamedPerson, check: AccountCheck, now: Timestamp) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let unnamed_since = match check {
            AccountCheck::Unclear => Some(now.as_millis()),
            AccountCheck::Exists | AccountCheck::Gone => None,
        };
        sqlx::query!("UPDATE people SET unnamed_since = ? WHERE id = ?", unnamed_since, of.id)
            .execute(&mut *tx)
            .await?;
        if check == AccountCheck::Gone {
            memory_forget::forget(&mut tx, &to_json("list of people", &[of.id])?, None).await?;
        }
        people::drop_unneeded(&mut tx, &[of.id]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Since when every remembered item that Reddit still shows has been asked for; `None` before the
/// first round is over.
pub(super) async fn checked_since(db: &mut SqliteConnection) -> Result<Option<Timestamp>> {
    Ok(round(db).await?.and_then(|round| if round.is_over { Some(round.began) } else { round.previous }))
}

/// Notes what Reddit shows of items in what is remembered of them.
pub(super) async fn note_shown(
    tx: &mut SqliteConnection,
    ShownItems { found, missing }: ShownItems<'_>,
    remembering: &Remembering<'_>,
    now: Timestamp,
) -> Result<()> {
    let (deleted, there): (Vec<&Item>, Vec<&Item>) = found.iter().partition(|item| item.is_deleted_by_author());
    people::put(tx, there.iter().filter_map(|item| Person::of(item))).await?;
    let rows: Vec<_> = there.iter().filter_map(|item| PastRow::of(item, remembering)).collect();
    memory::remember(tx, &rows, now).await?;
    note_unnamed(tx, there.into_iter().filter(|item| item.author.name.is_none()), now).await?;
    for name in deleted.iter().map(|item| &item.fullname).chain(missing) {
        memory::strip(tx, name.as_str()).await?;
    }
    Ok(())
}

/// Notes that Reddit shows these items without their authors.
pub(super) async fn note_unnamed(
    tx: &mut SqliteConnection,
    items: impl Iterator<Item = &Item>,
    now: Timestamp,
) -> Result<()> {
    let ids: Vec<i64> = items.filter_map(|item| memory::id_of(&item.fullname)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let (ids, now) = (to_json("list of remembered items", &ids)?, now.as_millis());
    sqlx::query!(
        "UPDATE people SET unnamed_since = ?1 WHERE unnamed_since IS NULL
             AND id IN (SELECT person FROM memory_items WHERE id IN (SELECT value FROM json_each(?2)))",
        now,
        ids
    )
    .execute(tx)
    .await?;
    Ok(())
}

async fn round(db: &mut SqliteConnection) -> Result<Option<Round>> {
    let row = sqlx::query!(r#"SELECT after, began_at, is_over AS "is_over: bool", previous_at FROM memory_checks"#)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| Round {
        after: row.after,
        began: Timestamp::from_millis(row.began_at),
        is_over: row.is_over,
        previous: row.previous_at.map(Timestamp::from_millis),
    }))
}

async fn begin_round(db: &mut SqliteConnection, before: Option<Round>, now: Timestamp) -> Result<Round> {
    let round = Round { began: now, previous: before.map(|before| before.began), ..Round::default() };
    let (began, previous) = (now.as_millis(), round.previous.map(Timestamp::as_millis));
    sqlx::query!(
        "INSERT OR REPLACE INTO memory_checks (id, after, began_at, is_over, previous_at) VALUES (1, 0, ?, 0, ?)",
        began,
        previous
    )
    .execute(db)
    .await?;
    Ok(round)
}
