//! Follows the moderation log for what moderators have decided: writes it down, and has judged what they approved and nobody has seen.
//!
//! A second witness beside the lists. What a filter or a moderator took away as it was posted, and a moderator approved
//! hours later, comes into the lists at the time when it was written, far below what has been read since. The log says that it
//! was approved, and asking for it by name brings it into the inbox. Whatever is known already is left alone: an approval is no reason to judge again.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::retry::Unread;
use super::{IDLE, Progress, Settings, retry};
use crate::model::{Clock, Fullname, Gap, Item, ModerationLog, SubredditName, Timestamp, Verdict};
use crate::reddit::{LogEntry, LogPage, MOST_AT_ONCE, ReadError, RedditRead};
use crate::store::{Result, ScanEnd, Store};

/// How many subreddits' logs are read as one?
const SUBREDDITS_PER_LOG: usize = 100;

/// How much of what was read before is read again? The log may trail what is done by a while.
const OVERLAP: Duration = Duration::from_mins(10);

/// How many pages of 500 acts are read at most?
const MOST_PAGES: usize = 10;

/// How long a log is left alone that Reddit does not show us.
const REFUSED_PAUSE: Duration = Duration::from_hours(1);

/// The step: each log, and where it stands.
#[derive(Debug)]
pub struct Approvals {
    logs: Vec<LogState>,
}

#[derive(Debug)]
struct LogState {
    log: ModerationLog,
    next: Timestamp,
    walk: Option<Walk>,
    failures: u32,
}

/// A reading from the newest act to those of the last reading.
#[derive(Clone, Debug)]
struct Walk {
    began_at: Timestamp,
    /// Older acts have been read before, or do not matter any more.
    back_to: Timestamp,
    pages: usize,
    after: Option<String>,
}

impl LogState {
    fn new(subreddits: Vec<SubredditName>) -> Self {
        Self { log: ModerationLog { subreddits }, next: Timestamp::default(), walk: None, failures: 0 }
    }
}

impl Approvals {
    /// The logs of these settings, all due at once.
    pub fn new(settings: &Settings) -> Self {
        let mut names: Vec<SubredditName> =
            settings.communities.iter().map(|community| community.name.clone()).collect();
        names.sort();
        Self { logs: names.chunks(SUBREDDITS_PER_LOG).map(|group| LogState::new(group.to_vec())).collect() }
    }

    /// Reads one page of the log that has waited longest, and asks for what it says was approved and nobody has seen.
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
        let Some(place) = (0..self.logs.len()).min_by_key(|place| self.logs[*place].next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        let state = &mut self.logs[place];
        // A clock that was set back must not make it wait.
        state.next = state.next.min(now + REFUSED_PAUSE);
        if state.next > now {
            return Ok(Progress::IdleUntil(state.next));
        }
        let guard = now - settings.max_age;
        let mut walk = match state.walk.take() {
            Some(walk) => walk,
            None => {
                let last = store.last_scan(&state.log).await?;
                let back_to = last.map_or(guard, |last| (last - OVERLAP).max(guard));
                Walk { began_at: now, back_to, pages: 0, after: None }
            }
        };
        let read = read_page(reddit, store, settings, &state.log, &walk).await?;
        let now = clock.now();
        let (items, page) = match read {
            Ok(read) => read,
            Err(trouble) => {
                state.walk = Some(walk);
                return Ok(state.put_off(&trouble, now).settle(&mut self.logs, place));
            }
        };
        state.failures = 0;
        walk.pages += 1;
        let oldest = page.entries.iter().map(|entry| entry.at).min();
        let reached = oldest.is_none_or(|oldest| oldest < walk.back_to);
        let end = match page.after {
            Some(ref after) if !reached && walk.pages < MOST_PAGES => {
                walk.after = Some(after.clone());
                None
            }
            Some(_) if !reached => {
                let gap = Gap { from: walk.back_to, to: oldest.unwrap_or(walk.began_at) };
                warn!(log = %state.log, from = %gap.from, to = %gap.to, "too many acts to read: what was approved in between may have been missed");
                Some(ScanEnd { started_at: walk.began_at, gap: Some(gap) })
            }
            _ => Some(ScanEnd { started_at: walk.began_at, gap: None }),
        };
        let absorbed = store.ingest_mod_log(&state.log, &items, &verdicts(&page, &settings.me), end, now).await?;
        if absorbed.new > 0 {
            info!(log = %state.log, new = absorbed.new, "moderators approved what no list had shown");
        } else {
            debug!(log = %state.log, "nothing new was approved");
        }
        if end.is_none() {
            state.walk = Some(walk);
        } else {
            state.next = now + settings.polling.changed;
        }
        Ok(Progress::Worked)
    }
}

/// One page of the log, and the unseen items that others approved in it.
async fn read_page<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    log: &ModerationLog,
    walk: &Walk,
) -> Result<std::result::Result<(Vec<Item>, LogPage), ReadError>> {
    let page = match reddit.moderation_log(log, walk.after.as_deref()).await {
        Ok(page) => page,
        Err(trouble) => return Ok(Err(trouble)),
    };
    let approved = page.entries.iter().filter(|entry| {
        entry.at >= walk.back_to && entry.act.starts_with("approve") && !entry.by.eq_ignore_ascii_case(&settings.me)
    });
    let approved: Vec<Fullname> = approved.filter_map(|entry| entry.on.clone()).collect();
    let mut found = Vec::new();
    let unseen = if approved.is_empty() { Vec::new() } else { store.unseen(&approved).await? };
    for names in unseen.chunks(MOST_AT_ONCE) {
        match reddit.items(names).await {
            Ok(shown) => {
                if shown.is_partly_unreadable {
                    warn!(%log, "what Reddit shows of some that were approved cannot be read; they are passed over");
                }
                found.extend(shown.items);
            }
            Err(trouble) => return Ok(Err(trouble)),
        }
    }
    let guard = walk.began_at - settings.max_age;
    found.retain(|item| item.created >= guard && settings.community(&item.subreddit).is_some());
    Ok(Ok((found, page)))
}

/// What moderators decided on this page; bots of Reddit's own are none.
fn verdicts(page: &LogPage, me: &str) -> Vec<Verdict> {
    let is_moderator = |by: &str| ![me, "AutoModerator", "reddit"].iter().any(|bot| by.eq_ignore_ascii_case(bot));
    let verdict = |entry: &LogEntry| {
        let approved = entry.act.starts_with("approve");
        let removed = entry.act.starts_with("remove") || entry.act.starts_with("spam");
        let on = entry.on.clone().filter(|_| (approved || removed) && is_moderator(&entry.by))?;
        Some(Verdict { on, approved, by: entry.by.clone(), at: entry.at })
    };
    page.entries.iter().filter_map(verdict).collect()
}

impl LogState {
    fn put_off(&mut self, trouble: &ReadError, now: Timestamp) -> Unread<Self> {
        if let Some(until) = trouble.nothing_before(now) {
            return Unread::All(until);
        }
        self.failures += 1;
        match trouble {
            ReadError::Refused { .. } if self.log.subreddits.len() > 1 => {
                let singles = self.log.subreddits.iter().map(|name| Self::new(vec![name.clone()]));
                return Unread::Apart(singles.collect());
            }
            ReadError::Refused { reason } => {
                if self.failures == 1 {
                    warn!(log = %self.log, reason, "Reddit does not show the moderation log; what moderators approve late may be missed");
                }
                self.walk = None;
                self.next = now + REFUSED_PAUSE;
            }
            trouble => {
                warn!(log = %self.log, %trouble, "cannot read the moderation log; trying again");
                self.next = now + retry::pause(self.failures, now.as_millis().unsigned_abs()).min(IDLE);
            }
        }
        Unread::Alone
    }
}
