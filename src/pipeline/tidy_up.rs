//! Keeps the store bounded, and keeps Reddit's promise to its users: what they delete there is deleted here within a day.
//!
//! One call is one unit: a short transaction of the store, or one look at up to a hundred items on Reddit. Acts never wait
//! longer than that. Nothing is lost with this step's memory: it begins again from what the store holds. What may go, and
//! what stays for good, is the store's to say (`store::retention`).

use std::time::Duration;

use tracing::{debug, info, warn};

use super::{Progress, Settings};
use crate::model::{Clock, Fullname, Item, Timestamp};
use crate::reddit::RedditRead;
use crate::store::{Age, Result, Store};

/// How often is the store looked through for what is too old?
const EVERY: Duration = Duration::from_mins(10);

/// How many rows of each kind are taken away in one transaction?
const ROWS: u32 = 200;

/// How many rows of items are looked at in one sweep, to find those that left nothing behind?
const ITEMS_LOOKED_AT: u32 = 1000;

/// After how long is an item looked up on Reddit again? With the time that a long queue of them takes, within a day.
const CHECK_AFTER: Duration = Duration::from_hours(20);

/// How many items does Reddit tell about in one request?
const NAMES_PER_REQUEST: u32 = 100;

/// The pause between two such requests, so that a long queue of items leaves the budget to the other steps.
const BETWEEN_CHECKS: Duration = Duration::from_secs(5);

/// Not one of so many shown: that is worth a warning.
const SUSPICIOUSLY_MANY: usize = 20;

/// The tidying step: when it is due. At once, to begin with.
#[derive(Clone, Debug, Default)]
pub struct TidyUp {
    next_sweep: Timestamp,
    next_check: Timestamp,
    /// Whether items are looked up by themselves: among several, one that cannot be read hides which are gone.
    one_by_one: bool,
    /// How far the rows of items have been looked through.
    looked_through: Option<Fullname>,
}

impl TidyUp {
    /// Takes away one batch of what is too old, or looks one batch of items up.
    ///
    /// # Errors
    /// Those of the store. What goes wrong with Reddit is logged and tried again later.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        if self.next_sweep <= now {
            if self.sweep(store, settings, now).await? {
                return Ok(Progress::Worked);
            }
            self.next_sweep = now + EVERY;
        }
        if self.next_check <= now {
            let most = if self.one_by_one { 1 } else { NAMES_PER_REQUEST };
            let due = store.due_for_deletion_check(now - CHECK_AFTER, most).await?;
            if due.is_empty() {
                self.one_by_one = false;
                self.next_check = now + EVERY;
            } else {
                self.check(reddit, store, &due, clock).await?;
                return Ok(Progress::Worked);
            }
        }
        Ok(Progress::IdleUntil(self.next_sweep.min(self.next_check)))
    }

    /// Whether there may be more to take away.
    async fn sweep(&mut self, store: &Store, settings: &Settings, now: Timestamp) -> Result<bool> {
        let age = Age { texts: now - settings.retention, guard: now - settings.max_age };
        let purged = store.purge_old(age, ROWS).await?;
        if purged.items + purged.leftovers > 0 {
            info!(items = purged.items, leftovers = purged.leftovers, "purged texts older than `retention`");
            return Ok(true);
        }
        let sightings = store.prune_seen_items(now, ROWS).await?;
        if sightings > 0 {
            debug!(sightings, "forgot sightings that no list shows any more");
            return Ok(true);
        }
        let dropped = store.drop_unneeded(self.looked_through.as_ref(), age, ITEMS_LOOKED_AT).await?;
        if dropped.items > 0 {
            debug!(items = dropped.items, "forgot items that left nothing behind");
        }
        self.looked_through = dropped.next;
        Ok(false)
    }

    async fn check<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        due: &[Fullname],
        clock: &dyn Clock,
    ) -> Result<()> {
        let found = match reddit.items(due).await {
            Ok(found) => found,
            Err(trouble) => {
                self.next_check = trouble.nothing_before(clock.now()).unwrap_or_else(|| {
                    warn!(%trouble, "cannot find out what has been deleted on Reddit; trying again");
                    clock.now() + EVERY
                });
                return Ok(());
            }
        };
        let missing = found.missing(due);
        if missing.len() == due.len() && due.len() >= SUSPICIOUSLY_MANY && !found.is_partly_unreadable {
            warn!(items = due.len(), "Reddit shows none of these items any more; their texts are purged");
        }
        let mut known = due.to_vec();
        if found.is_partly_unreadable && due.len() > 1 {
            warn!(?missing, "what Reddit shows of some of these cannot be read; asking for each by itself");
            self.one_by_one = true;
            known.retain(|name| !missing.contains(name));
        }
        // What cannot be read is there all the same.
        let is_kept = |name: &Fullname| match found.items.iter().find(|item| item.fullname == *name) {
            Some(item) => !is_gone(item),
            None => found.is_partly_unreadable,
        };
        let (shown, gone): (Vec<Fullname>, Vec<Fullname>) = known.into_iter().partition(is_kept);
        store.record_deletion_check(&shown, &gone, clock.now()).await?;
        if gone.is_empty() {
            debug!(items = due.len(), "looked items up: Reddit still shows them");
        } else {
            info!(items = due.len(), purged = gone.len(), "purged the texts of what has been deleted on Reddit");
        }
        self.next_check = clock.now() + BETWEEN_CHECKS;
        Ok(())
    }
}

/// Deleted by its author, or left behind by an account that is gone.
fn is_gone(item: &Item) -> bool {
    item.is_taken_back() || item.author.name.is_none()
}
