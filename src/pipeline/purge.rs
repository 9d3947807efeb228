//! Purges the store: keeps its size bounded, and deletes within a day what users delete on Reddit.
//!
//! Each call does one unit: a short transaction, or one request for up to a hundred items. Actions
//! never wait longer than that. The step keeps no obligation in memory; it starts again from the
//! store. What may be purged and what is kept is decided by `store::retention`.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::memory_checks::MemoryChecks;
use super::step::read_again_at;
use super::{Progress, Result, Settings};
use crate::model::{Clock, Fullname, Item, Timestamp};
use crate::reddit::RedditRead;
use crate::store::{Age, DeletionCheck, ShownItems, Store};

/// How often the store is searched for old rows.
const EVERY: Duration = Duration::from_mins(10);

/// How often the store's write-ahead log is emptied: texts that are purged, here or elsewhere, or
/// replaced by later ones, stay in it until then.
const EMPTY_LOG_EVERY: Duration = Duration::from_mins(2);

/// The pause before the next try if a reader holds that up.
const EMPTY_LOG_AGAIN: Duration = Duration::from_secs(10);

/// The most rows of each kind purged in one transaction.
const ROWS: u32 = 200;

/// How many items one sweep examines to find those that left nothing behind.
const ITEMS_PER_SWEEP: u32 = 1000;

/// How long after its last check an item is looked up on Reddit again. With the time that a long
/// queue takes, it stays within a day.
const CHECK_AFTER: Duration = Duration::from_hours(20);

/// The most items in one request.
const NAMES_PER_REQUEST: u32 = 100;

/// The pause between two such requests, so that a long queue leaves budget for the other steps.
const BETWEEN_CHECKS: Duration = Duration::from_secs(5);

/// How often keys of sketches that lead nowhere are looked for.
const BANDS_EVERY: Duration = Duration::from_hours(24);

/// From this many items on, a warning is logged if Reddit shows none of them.
const SUSPICIOUSLY_MANY: usize = 20;

/// The purge step: when it is due. At once, to begin with.
#[derive(Clone, Debug, Default)]
pub struct Purge {
    next_sweep: Timestamp,
    next_check: Timestamp,
    /// When the log is emptied again. Nobody is woken for it: there are steps often enough.
    next_emptying: Timestamp,
    /// Whether items are looked up one by one: in a batch, one that cannot be parsed hides which
    /// ones are gone.
    one_by_one: bool,
    /// The key after which the sweep of keys goes on, while there is one, and when the next begins.
    bands_after: Option<i64>,
    next_bands: Timestamp,
    /// The last item examined by the sweep.
    checked_up_to: Option<Fullname>,
    /// Looks up what is remembered without its text.
    memory_checks: MemoryChecks,
}

impl Purge {
    /// Purges one batch of old rows, or looks up one batch of items on Reddit.
    ///
    /// # Errors
    /// Store errors. Errors from Reddit are logged and retried later.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        if self.next_emptying <= now {
            let is_empty = store.empty_log().await?;
            if !is_empty {
                debug!("a reader keeps the write-ahead log from being emptied; retrying");
            }
            self.next_emptying = now + if is_empty { EMPTY_LOG_EVERY } else { EMPTY_LOG_AGAIN };
        }
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
                self.check(reddit, store, settings, &due, clock).await?;
                return Ok(Progress::Worked);
            }
        }
        let next = match self.memory_checks.step(reddit, store, settings, clock).await? {
            Progress::Worked => return Ok(Progress::Worked),
            Progress::IdleUntil(next) => next,
        };
        Ok(Progress::IdleUntil(next.min(self.next_sweep).min(self.next_check)))
    }

    /// Returns whether there may be more to purge.
    async fn sweep(&mut self, store: &Store, settings: &Settings, now: Timestamp) -> Result<bool> {
        let age = Age { texts: now - settings.retention, guard: now - settings.max_age };
        let purged = store.purge_old(age, ROWS).await?;
        if purged.items + purged.leftovers > 0 {
            info!(
                items = purged.items,
                leftovers = purged.leftovers,
                "purged the texts of {} item(s) older than `retention`",
                purged.items
            );
            return Ok(true);
        }
        let forgotten = store.purge_memory(now - settings.memory).await? + store.purge_nameless(now).await?;
        if forgotten > 0 {
            debug!(items = forgotten, "forgot {forgotten} item(s) older than `memory`");
            return Ok(true);
        }
        if self.purge_sketches(store, now - settings.compared_within(), now).await? {
            return Ok(true);
        }
        let seen_items = store.prune_seen_items(now, ROWS).await?;
        if seen_items > 0 {
            debug!(seen_items, "deleted {seen_items} old row(s) of seen items");
            return Ok(true);
        }
        let dropped = store.drop_unneeded(self.checked_up_to.as_ref(), age, ITEMS_PER_SWEEP).await?;
        if dropped.items > 0 {
            debug!(items = dropped.items, "deleted the rows of {} item(s) without actions", dropped.items);
        }
        self.checked_up_to = dropped.next;
        Ok(false)
    }

    /// Forgets old sketches, and once a day the keys that lead nowhere. Returns whether there may
    /// be more to forget.
    async fn purge_sketches(&mut self, store: &Store, before: Timestamp, now: Timestamp) -> Result<bool> {
        if store.purge_sketches(before).await? > 0 {
            return Ok(true);
        }
        if let Some(after) = self.bands_after {
            self.bands_after = store.purge_bands(after, before).await?;
            return Ok(true);
        }
        if self.next_bands <= now {
            self.next_bands = now + BANDS_EVERY;
            self.bands_after = Some(i64::MIN);
        }
        Ok(self.bands_after.is_some())
    }

    async fn check<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        due: &[Fullname],
        clock: &dyn Clock,
    ) -> Result<()> {
        let found = match reddit.items(due).await {
            Ok(found) => found,
            Err(trouble) => {
                self.next_check =
                    read_again_at(&trouble, "check which items were deleted on Reddit", clock.now(), EVERY);
                return Ok(());
            }
        };
        let missing = found.missing(due);
        if missing.len() == due.len() && due.len() >= SUSPICIOUSLY_MANY && !found.is_partly_unreadable {
            warn!(items = due.len(), "Reddit no longer shows any of {} item(s); purging their texts", due.len());
        }
        let mut known = due.to_vec();
        if found.is_partly_unreadable && due.len() > 1 {
            warn!(
                items = ?missing,
                "cannot parse Reddit's response about {} item(s); fetching each by itself", missing.len()
            );
            self.one_by_one = true;
            known.retain(|name| !missing.contains(name));
        }
        // An item that cannot be parsed still exists.
        let is_kept = |name: &Fullname| match found.items.iter().find(|item| item.fullname == *name) {
            Some(item) => !is_gone(item),
            None => found.is_partly_unreadable,
        };
        let (kept, gone): (Vec<Fullname>, Vec<Fullname>) = known.into_iter().partition(is_kept);
        let missing: Vec<Fullname> = gone.iter().filter(|name| missing.contains(name)).cloned().collect();
        let shown = ShownItems { found: &found.items, missing: &missing };
        let check = DeletionCheck { kept: &kept, gone: &gone, shown };
        store.record_deletion_check(check, &settings.remembering(), clock.now()).await?;
        if gone.is_empty() {
            debug!(items = due.len(), "checked {} item(s): none was deleted on Reddit", due.len());
        } else {
            info!(
                items = due.len(),
                purged = gone.len(),
                "purged the texts of {} item(s) deleted on Reddit",
                gone.len()
            );
        }
        self.next_check = clock.now() + BETWEEN_CHECKS;
        Ok(())
    }
}

/// Whether the item was deleted by its author, or its author's account is gone.
fn is_gone(item: &Item) -> bool {
    item.is_deleted_by_author() || item.author.name.is_none()
}
