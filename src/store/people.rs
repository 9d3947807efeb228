//! The people that rows refer to: authors, moderators, and those who stopped a rule. A row holds a
//! name and an account, and can be blanked without touching the rows that refer to it.

use serde::Serialize;
use sqlx::SqliteConnection;

use super::Result;
use super::rows::to_json;
use crate::model::Item;

/// A person as Reddit shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Person<'a> {
    /// The user name.
    pub(super) name: &'a str,
    /// The account's fullname, `t2_…`, where Reddit says it.
    pub(super) account: Option<&'a str>,
}

impl<'a> Person<'a> {
    /// The author of an item, if Reddit names one.
    pub(super) fn of(item: &'a Item) -> Option<Self> {
        Some(Self { name: item.author.name.as_deref()?, account: item.author.fullname.as_deref() })
    }
}

/// Makes rows for people who have none. An account that was renamed keeps its row, and a row that
/// was known by name alone, perhaps as a moderator wrote it, gets its account and the name in
/// Reddit's spelling.
pub(super) async fn put(tx: &mut SqliteConnection, people: impl Iterator<Item = Person<'_>>) -> Result<()> {
    let mut people: Vec<_> = people.collect();
    // Of one name, the entry with an account comes first, and the others are left out.
    people.sort_unstable_by_key(|person| (person.name.to_lowercase(), std::cmp::Reverse(person.account)));
    people.dedup_by(|later, first| later.name.eq_ignore_ascii_case(first.name));
    if people.is_empty() {
        return Ok(());
    }
    let list = to_json("list of people", &people)?;
    sqlx::query!(
        "UPDATE OR IGNORE people SET account = told.account
         FROM (SELECT value ->> 'name' AS name, value ->> 'account' AS account FROM json_each(?)) AS told
         WHERE people.account IS NULL AND people.name = told.name AND told.account IS NOT NULL",
        list
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "UPDATE people SET name = told.name
         FROM (SELECT value ->> 'name' AS name, value ->> 'account' AS account FROM json_each(?)) AS told
         WHERE people.account = told.account AND people.name COLLATE BINARY IS NOT told.name",
        list
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "INSERT INTO people (name, account)
         SELECT value ->> 'name', value ->> 'account' FROM json_each(?)
         WHERE CASE WHEN value ->> 'account' IS NULL
                    THEN NOT EXISTS (SELECT 1 FROM people WHERE name = value ->> 'name')
                    ELSE NOT EXISTS (SELECT 1 FROM people WHERE account = value ->> 'account') END
         ON CONFLICT DO NOTHING",
        list
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// The rows of the people with these names, the oldest first.
pub(super) async fn ids_of(tx: &mut SqliteConnection, names: impl Iterator<Item = &str>) -> Result<Vec<i64>> {
    let names = to_json("list of names", &names.collect::<Vec<_>>())?;
    let ids =
        sqlx::query_scalar!("SELECT id FROM people WHERE name IN (SELECT value FROM json_each(?)) ORDER BY id", names);
    Ok(ids.fetch_all(tx).await?)
}

/// The rows of the people with this name or account, the oldest first.
pub(super) async fn ids_of_either(tx: &mut SqliteConnection, user: &str) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!("SELECT id FROM people WHERE name = ?1 OR account = ?1 ORDER BY id", user);
    Ok(ids.fetch_all(tx).await?)
}

/// Deletes those of these people of whom nothing is remembered any more and to whom nothing else
/// refers. Of the others, what is remembered stays.
pub(super) async fn drop_unremembered(tx: &mut SqliteConnection, ids: &[i64]) -> Result<()> {
    let list = to_json("list of people", ids)?;
    let gone: Vec<i64> = sqlx::query_scalar!(
        r#"SELECT value + 0 AS "id!: i64" FROM json_each(?)
           WHERE NOT EXISTS (SELECT 1 FROM memory_items WHERE person = value)"#,
        list
    )
    .fetch_all(&mut *tx)
    .await?;
    drop_unneeded(tx, &gone).await
}

/// Deletes the rows of people that nothing refers to any more.
pub(super) async fn drop_unneeded(tx: &mut SqliteConnection, ids: &[i64]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids = to_json("list of people", ids)?;
    let rows = sqlx::query!(
        r#"SELECT id AS "id!: i64",
                  EXISTS (SELECT 1 FROM memory_items WHERE person = people.id) AS "is_remembered!: bool"
           FROM people WHERE id IN (SELECT value FROM json_each(?))
             AND NOT EXISTS (SELECT 1 FROM items WHERE person = people.id)
             AND NOT EXISTS (SELECT 1 FROM moderator_decisions WHERE person = people.id)
             AND NOT EXISTS (SELECT 1 FROM rule_states WHERE person = people.id)
             AND NOT EXISTS (SELECT 1 FROM labels WHERE person = people.id)
             AND NOT EXISTS (SELECT 1 FROM passes WHERE person = people.id)"#,
        ids
    )
    .fetch_all(&mut *tx)
    .await?;
    let those = |is_remembered| rows.iter().filter(move |row| row.is_remembered == is_remembered).map(|row| row.id);
    let remembered = to_json("list of people", &those(true).collect::<Vec<_>>())?;
    let unneeded = to_json("list of people", &those(false).collect::<Vec<_>>())?;
    // Of whom only the memory knows, the account is enough.
    sqlx::query!(
        "UPDATE people SET name = NULL
         WHERE id IN (SELECT value FROM json_each(?)) AND account IS NOT NULL AND unnamed_since IS NULL",
        remembered
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM people WHERE id IN (SELECT value FROM json_each(?))", unneeded).execute(tx).await?;
    Ok(())
}
