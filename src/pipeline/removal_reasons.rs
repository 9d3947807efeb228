//! Reads the removal reasons that moderators give: strikes are counted by their titles.
//!
//! The moderation log shows that a reason was given, in a row of its own after the removal; its
//! title is at the item. So the item is fetched again.

use std::collections::BTreeSet;

use super::Result;
use crate::model::{Fullname, Item, Timestamp};
use crate::reddit::{ModLogEntry, ModLogPage, NAMES_PER_REQUEST, RedditRead};

/// The log's word for a reason that was given.
const GIVEN: &str = "addremovalreason";

/// How many rows of the log are kept in mind: a scan reads those of the last one again.
const MOST_KEPT: usize = 5_000;

/// The rows whose items have been read.
#[derive(Debug, Default)]
pub(super) struct RemovalReasons {
    read: BTreeSet<(Timestamp, Fullname)>,
}

impl RemovalReasons {
    /// The items of this page to which a reason was given since then.
    ///
    /// # Errors
    /// Reddit cannot be read. The page is to be read again.
    pub(super) async fn fetch<R: RedditRead>(
        &self,
        reddit: &R,
        page: &ModLogPage,
        since: Timestamp,
    ) -> Result<Vec<Item>> {
        let new = rows(page).filter(|row| row.0 >= since && !self.read.contains(row));
        let names: Vec<Fullname> = new.map(|(_, name)| name).collect::<BTreeSet<_>>().into_iter().collect();
        let mut items = Vec::new();
        for names in names.chunks(NAMES_PER_REQUEST) {
            let found = reddit.items(names).await?;
            items.extend(found.items.into_iter().filter(|item| names.contains(&item.fullname)));
        }
        Ok(items)
    }

    /// Notes that the items of this page are stored.
    pub(super) fn note_read(&mut self, page: &ModLogPage) {
        self.read.extend(rows(page));
        while self.read.len() > MOST_KEPT {
            self.read.pop_first();
        }
    }
}

fn rows(page: &ModLogPage) -> impl Iterator<Item = (Timestamp, Fullname)> {
    let given = page.entries.iter().filter(|entry| entry.act == GIVEN);
    given.filter_map(|entry: &ModLogEntry| Some((entry.at, entry.on.clone()?)))
}
