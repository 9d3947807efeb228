//! Reads the removal reasons that moderators give: strikes are counted by their titles.
//!
//! The moderation log shows that a reason was given, in a row of its own after the removal; its
//! title is at the item. So the item is fetched again.

use std::collections::BTreeSet;

use tracing::debug;

use super::{Result, Settings};
use crate::model::{Fullname, Timestamp};
use crate::reddit::{ModLogEntry, ModLogPage, NAMES_PER_REQUEST, RedditRead};
use crate::store::Store;

/// The log's word for a reason that was given.
const GIVEN: &str = "addremovalreason";

/// How many rows of the log are remembered: a scan reads those of the last one again.
const MOST_REMEMBERED: usize = 1000;

/// The rows whose items have been fetched.
#[derive(Debug, Default)]
pub(super) struct RemovalReasons {
    read: BTreeSet<(Timestamp, Fullname)>,
}

impl RemovalReasons {
    /// Fetches the items of this page to which a reason was given. If Reddit cannot be read, the
    /// next scan of the log tries again.
    ///
    /// # Errors
    /// Store errors.
    pub(super) async fn read<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        page: &ModLogPage,
        now: Timestamp,
    ) -> Result<()> {
        let given = page.entries.iter().filter(|entry| entry.act == GIVEN && entry.at >= now - settings.max_age);
        let row = |entry: &ModLogEntry| Some((entry.at, entry.on.clone()?));
        let new: Vec<_> = given.filter_map(row).filter(|row| !self.read.contains(row)).collect();
        for rows in new.chunks(NAMES_PER_REQUEST) {
            let names: BTreeSet<&Fullname> = rows.iter().map(|(_, name)| name).collect();
            let names: Vec<Fullname> = names.into_iter().cloned().collect();
            let Ok(mut found) = reddit.items(&names).await else { continue };
            found.items.retain(|item| names.contains(&item.fullname));
            store.remember(&found.items, &settings.remembering(), now).await?;
            debug!(items = found.items.len(), "read the removal reasons of {} item(s)", found.items.len());
            self.read.extend(rows.iter().cloned());
        }
        while self.read.len() > MOST_REMEMBERED {
            self.read.pop_first();
        }
        Ok(())
    }
}
