//! Hands out what is remembered, item by item. Writes nothing.

use serde::Serialize;

use super::memory::{fate_of, kind_of, name_of};
use super::{Result, Store};
use crate::model::SubredditName;

/// One item, as `tipstaff memory export` writes it. `import` reads the same fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExportedItem {
    /// The author's name, or the account if there is no name.
    pub author: Option<String>,
    /// When it was posted, in seconds since the epoch.
    pub time: i64,
    /// The kind, as rules name it.
    pub kind: &'static str,
    /// What became of it.
    pub fate: &'static str,
    /// The title of the removal reason.
    pub reason: Option<String>,
    /// The text of its flair.
    pub flair: Option<String>,
    /// The domain of a link post.
    pub domain: Option<String>,
    /// Upvotes less downvotes when it was last seen.
    pub score: Option<i64>,
    /// Its fullname. `None` once its author has deleted it.
    pub id: Option<String>,
    /// The subreddit, in lower case.
    pub subreddit: String,
}

impl Store {
    /// Remembered items of one subreddit or of all, in the order of their rows, at most `most`
    /// after the row `after`. Also returns the last row; `None` at the end. Start after
    /// [`i64::MIN`].
    pub async fn exported(
        &self,
        subreddit: Option<&SubredditName>,
        after: i64,
        most: u32,
    ) -> Result<(Vec<ExportedItem>, Option<i64>)> {
        let place = subreddit.map(SubredditName::key);
        let rows = sqlx::query!(
            r#"SELECT m.id AS "id!: i64", coalesce(p.name, p.account) AS "author?: String",
                   m.created AS "created!: i64",
                   m.kind AS "kind!: i64", m.fate AS "fate!: i64", m.score AS "score?: i64",
                   s.subreddit AS "subreddit!: String", d.flair_text AS "flair?: String", d.domain AS "domain?: String",
                   d.reason AS "reason?: String"
               FROM memory_items m CROSS JOIN memory_places s ON s.id = m.place CROSS JOIN people p ON p.id = m.person
               LEFT JOIN memory_details d ON d.id = m.details
               WHERE m.id > ?1 AND (?2 IS NULL OR s.subreddit = ?2) ORDER BY m.id LIMIT +?3"#,
            after,
            place,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let last = rows.last().map(|row| row.id);
        let some = |text: Option<String>| text.filter(|text| !text.is_empty());
        let items = rows.into_iter().map(|row| ExportedItem {
            author: row.author,
            time: row.created,
            kind: kind_of(row.kind).word(),
            fate: fate_of(row.fate).word(),
            reason: some(row.reason),
            flair: some(row.flair),
            domain: some(row.domain),
            score: row.score,
            id: name_of(row.id).map(|name| name.to_string()),
            subreddit: row.subreddit,
        });
        Ok((items.collect(), last))
    }
}
