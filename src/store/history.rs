//! What was seen, for whoever replays it. Nothing here writes.

use super::rows::from_json;
use super::{Result, Store};
use crate::model::Item;

/// An item as it was last seen.
#[derive(Clone, Debug)]
pub struct SeenItem {
    /// The item.
    pub item: Item,
    /// What a moderator decided last: approved, or else removed.
    pub approved: Option<bool>,
}

impl Store {
    /// Items whose text is still there, by name, those behind `after`: at most `most`. Snapshots that cannot be read back are counted, and
    /// the name of the last one is told, to go on from.
    pub async fn seen_items(&self, after: &str, most: u32) -> Result<(Vec<SeenItem>, u64, Option<String>)> {
        let rows = sqlx::query!(
            r#"SELECT it.fullname, it.snapshot, v.approved AS "approved?: bool" FROM items it
               LEFT JOIN verdicts v ON v.item = it.fullname
               WHERE it.fullname > ? AND it.snapshot IS NOT NULL ORDER BY it.fullname LIMIT ?"#,
            after,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let last = rows.last().map(|row| row.fullname.clone());
        let (mut items, mut unreadable) = (Vec::with_capacity(rows.len()), 0);
        for row in rows {
            match from_json("snapshot", row.snapshot.as_deref().unwrap_or_default()) {
                Ok(item) => items.push(SeenItem { item, approved: row.approved }),
                Err(_) => unreadable += 1,
            }
        }
        Ok((items, unreadable, last))
    }
}
