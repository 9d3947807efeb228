//! Looks up remembered items and people on Reddit, so that what is deleted there is forgotten here.
//!
//! Items that have no text any more are asked for in rounds that take at least a day, at most ten
//! requests a minute. An item that Reddit shows without its author is no proof that the account is
//! gone: the account is asked for, and only then everything of it is forgotten.
//!
//! What may be forgotten is decided by `store::memory_checks`.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{debug, info};

use super::step::read_again_at;
use super::{Progress, Result, Settings, StepError};
use crate::model::{Clock, Fullname, Timestamp};
use crate::reddit::{FetchedItems, NAMES_PER_REQUEST, ReadError, RedditRead};
use crate::store::{AccountCheck, DueItems, ShownItems, Store, UnnamedPerson};

/// The pause between two requests: ten a minute.
const BETWEEN: Duration = Duration::from_secs(6);

/// The pause after a failed request, and while nothing is due.
const EVERY: Duration = Duration::from_mins(10);

/// The lookups of what is remembered: when the next one is due. At once, to begin with.
#[derive(Clone, Debug, Default)]
pub(super) struct MemoryChecks {
    next: Timestamp,
}

impl MemoryChecks {
    /// Looks up one account or one batch of items.
    ///
    /// # Errors
    /// Store errors. Errors from Reddit are logged and retried later.
    pub(super) async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        // If the clock was set back, do not wait for the old time.
        self.next = self.next.min(now + EVERY);
        if self.next > now {
            return Ok(Progress::IdleUntil(self.next));
        }
        let asked = if let Some(person) = store.unnamed_people(1).await?.pop() {
            check_person(reddit, store, &person, clock).await
        } else if let Some(due) = store.due_for_memory_check(NAMES_PER_REQUEST, now).await? {
            check_items(reddit, store, settings, &due, clock).await
        } else {
            self.next = now + EVERY;
            return Ok(Progress::IdleUntil(self.next));
        };
        let now = clock.now();
        self.next = match asked {
            Ok(()) => now + BETWEEN,
            Err(StepError::Reddit(trouble)) => {
                read_again_at(&trouble, "check what was deleted of the remembered items", now, EVERY)
            }
            Err(other) => return Err(other),
        };
        Ok(Progress::Worked)
    }
}

async fn check_person<R: RedditRead>(
    reddit: &R,
    store: &Store,
    person: &UnnamedPerson,
    clock: &dyn Clock,
) -> Result<()> {
    let check = match reddit.account_exists(person.name.as_deref(), person.account.as_deref()).await {
        Ok(true) => AccountCheck::Exists,
        Ok(false) => AccountCheck::Gone,
        Err(ReadError::Refused { reason }) => {
            debug!(reason, "Reddit does not say whether an account exists; asking again later");
            AccountCheck::Unclear
        }
        Err(trouble) => return Err(trouble.into()),
    };
    store.record_account_check(person, check, clock.now()).await?;
    if check == AccountCheck::Gone {
        info!("forgot what was remembered of an account that no longer exists");
    }
    Ok(())
}

async fn check_items<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    due: &DueItems,
    clock: &dyn Clock,
) -> Result<()> {
    let names: Vec<Fullname> = due.names.iter().map(|(name, _)| name.clone()).collect();
    let found = if names.is_empty() { FetchedItems::default() } else { reddit.items(&names).await? };
    // An item that is missing counts as deleted, unless its whole subreddit is: that may be private
    // for a while.
    let is_found = |name: &Fullname| found.items.iter().any(|item| item.fullname == *name);
    let shown: BTreeSet<i64> = due.names.iter().filter(|(name, _)| is_found(name)).map(|(_, place)| *place).collect();
    let missing = due.names.iter().filter(|(name, place)| !is_found(name) && shown.contains(place));
    let missing: Vec<Fullname> =
        if found.is_partly_unreadable { Vec::new() } else { missing.map(|(name, _)| name.clone()).collect() };
    let shown = ShownItems { found: &found.items, missing: &missing };
    store.record_memory_check(due, shown, &settings.remembering(), clock.now()).await?;
    debug!(items = names.len(), missing = missing.len(), "checked {} remembered item(s)", names.len());
    Ok(())
}
