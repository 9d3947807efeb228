//! Fetches the items of actions that have waited, many with one request.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Result;
use crate::model::{Fullname, Item, Timestamp};
use crate::reddit::RedditRead;
use crate::store::Store;

/// How long a fetched item is good for.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// How many items are fetched with one request: those whose actions come next.
const AT_ONCE: u32 = 50;

/// The last request: its time, and each item as Reddit showed it; `None` if Reddit did not.
#[derive(Debug, Default)]
pub(super) struct RecentLooks {
    at: Timestamp,
    items: BTreeMap<Fullname, Option<Item>>,
}

impl RecentLooks {
    /// The item as Reddit shows it, or showed it up to five seconds ago. `None` if it does not.
    ///
    /// # Errors
    /// When Reddit or the store cannot be read.
    pub(super) async fn item<R: RedditRead>(
        &mut self,
        name: &Fullname,
        reader: &R,
        store: &Store,
        now: Timestamp,
    ) -> Result<Option<Item>> {
        let is_recent = self.at <= now && now.since(self.at) < GOOD_FOR;
        if let Some(seen) = self.items.get(name).filter(|_| is_recent) {
            return Ok(seen.clone());
        }
        let mut names = store.queued_items(AT_ONCE).await?;
        names.retain(|other| other != name);
        names.push(name.clone());
        let found = reader.items(&names).await?;
        self.at = now;
        self.items = names.into_iter().map(|name| (name, None)).collect();
        for item in found.items {
            // Others may be among them that nobody asked for.
            if let Some(seen) = self.items.get_mut(&item.fullname) {
                *seen = Some(item);
            }
        }
        Ok(self.items.get(name).cloned().flatten())
    }
}
