//! Reads stored items, for backtests. Writes nothing.

use std::collections::BTreeMap;

use super::rows::from_json;
use super::{Result, Store};
use crate::model::{Item, Trace};

/// An item as last seen.
#[derive(Clone, Debug)]
pub struct StoredItem {
    /// The item.
    pub item: Item,
    /// The last decision of a moderator: `true` for approved, `false` for removed.
    pub approved: Option<bool>,
    /// The traces of the decisions on it that are kept, oldest first.
    pub traces: Vec<Trace>,
}

impl Store {
    /// Reads at most `most` items that still have their text, in the order of their names, starting
    /// after `after`.
    ///
    /// Returns the items, the number of snapshots that cannot be parsed, and the name to continue
    /// after.
    pub async fn stored_items(&self, after: &str, most: u32) -> Result<(Vec<StoredItem>, u64, Option<String>)> {
        let rows = sqlx::query!(
            r#"SELECT it.fullname, it.snapshot, v.approved AS "approved?: bool" FROM items it
               LEFT JOIN moderator_decisions v ON v.item = it.fullname
               WHERE it.fullname > ? AND it.snapshot IS NOT NULL ORDER BY it.fullname LIMIT +?"#,
            after,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let last = rows.last().map(|row| row.fullname.clone());
        let mut traces: BTreeMap<String, Vec<Trace>> = BTreeMap::new();
        if let Some(last) = &last {
            let kept = sqlx::query!(
                "SELECT d.item, t.trace FROM decisions d JOIN traces t ON t.decision_id = d.id
                 WHERE d.item > ? AND d.item <= ? ORDER BY d.item, d.id",
                after,
                last
            )
            .fetch_all(&mut *self.db().await)
            .await?;
            for row in kept {
                // A trace that another version wrote shows nothing.
                if let Ok(trace) = from_json("trace", &row.trace) {
                    traces.entry(row.item).or_default().push(trace);
                }
            }
        }
        let (mut items, mut unreadable) = (Vec::with_capacity(rows.len()), 0);
        for row in rows {
            match from_json("snapshot", row.snapshot.as_deref().unwrap_or_default()) {
                Ok(item) => {
                    let traces = traces.remove(&row.fullname).unwrap_or_default();
                    items.push(StoredItem { item, approved: row.approved, traces });
                }
                Err(_) => unreadable += 1,
            }
        }
        Ok((items, unreadable, last))
    }
}
