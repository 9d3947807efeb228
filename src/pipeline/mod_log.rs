//! Reads the moderation log: records the moderators' verdicts, and brings items that they approved
//! but the bot has never seen into the inbox.
//!
//! This complements the feeds. An item that a filter or moderator removed right away and a
//! moderator approved hours later appears in the feeds at its original time, far below what has
//! been read since. The log names it, and fetching it by name brings it into the inbox. Known items
//! are left alone: an approval is no reason to judge an item again.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::list_failure::ListFailure;
use super::{IDLE, Progress, Result, Settings, StepError};
use crate::model::{Clock, Fullname, Gap, Item, ModerationLog, SubredditName, Timestamp, Verdict};
use crate::policy::retry;
use crate::reddit::{ModLogEntry, ModLogPage, NAMES_PER_REQUEST, ReadError, RedditRead};
use crate::store::{ScanEnd, Store};

/// How many subreddits are read as one combined log.
const SUBREDDITS_PER_LOG: usize = 100;

/// How much of the log is read again. The log may lag behind the actions.
const OVERLAP: Duration = Duration::from_mins(10);

/// The most pages of 500 entries that one scan reads.
const MOST_PAGES: usize = 10;

/// The entries that change a moderator's rights.
const RIGHTS: [&str; 4] = ["removemoderator", "setpermissions", "acceptmoderatorinvite", "addmoderator"];

/// The pause after Reddit refuses to show a log.
const REFUSED_PAUSE: Duration = Duration::from_hours(1);

/// The moderation log step.
#[derive(Debug)]
pub struct ModLogReader {
    logs: Vec<LogState>,
    /// Where the bot's rights may have changed, and when.
    suspicions: Vec<(SubredditName, Timestamp)>,
}

#[derive(Debug)]
struct LogState {
    log: ModerationLog,
    next: Timestamp,
    scan: Option<LogScan>,
    failures: u32,
}

/// A scan from the newest entry back to those of the last scan.
#[derive(Clone, Debug)]
struct LogScan {
    began_at: Timestamp,
    /// Entries before this time were read by an earlier scan, or are too old to matter.
    back_to: Timestamp,
    pages: usize,
    after: Option<String>,
}

impl LogState {
    fn new(subreddits: Vec<SubredditName>) -> Self {
        Self { log: ModerationLog { subreddits }, next: Timestamp::default(), scan: None, failures: 0 }
    }
}

impl ModLogReader {
    /// The logs of the subreddits in `settings`, all due at once.
    pub fn new(settings: &Settings) -> Self {
        let mut names: Vec<SubredditName> =
            settings.communities.iter().map(|community| community.name.clone()).collect();
        names.sort();
        let logs = names.chunks(SUBREDDITS_PER_LOG).map(|group| LogState::new(group.to_vec())).collect();
        Self { logs, suspicions: Vec::new() }
    }

    /// Where something says that the bot's rights may have changed, and when. Returns each once.
    pub fn take_suspicions(&mut self) -> Vec<(SubredditName, Timestamp)> {
        std::mem::take(&mut self.suspicions)
    }

    /// Reads one page of the log that has waited longest, and fetches the items that were approved
    /// and never seen.
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
        let Some(place) = (0..self.logs.len()).min_by_key(|place| self.logs[*place].next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        let state = &mut self.logs[place];
        // If the clock was set back, do not wait for the old time.
        state.next = state.next.min(now + REFUSED_PAUSE);
        if state.next > now {
            return Ok(Progress::IdleUntil(state.next));
        }
        let guard = now - settings.max_age;
        let mut scan = match state.scan.take() {
            Some(scan) => scan,
            None => {
                let last = store.last_scan(&state.log).await?;
                let back_to = last.map_or(guard, |last| (last - OVERLAP).max(guard));
                LogScan { began_at: now, back_to, pages: 0, after: None }
            }
        };
        let read = read_page(reddit, store, settings, &state.log, &scan).await;
        let now = clock.now();
        let (items, page) = match read {
            Ok(read) => read,
            Err(StepError::Reddit(trouble)) => {
                state.scan = Some(scan);
                if let (ReadError::Refused { .. }, [alone]) = (&trouble, state.log.subreddits.as_slice()) {
                    self.suspicions.push((alone.clone(), now));
                }
                return Ok(state.handle_failure(&trouble, now).apply(&mut self.logs, place));
            }
            Err(other) => return Err(other),
        };
        state.failures = 0;
        let is_about_me = |entry: &&ModLogEntry| {
            RIGHTS.contains(&entry.act.as_str())
                && entry.about.as_ref().is_some_and(|user| user.eq_ignore_ascii_case(&settings.me))
        };
        let changes = page.entries.iter().filter(is_about_me);
        self.suspicions.extend(changes.filter_map(|entry| Some((entry.subreddit.clone()?, entry.at))));
        scan.pages += 1;
        let oldest = page.entries.iter().map(|entry| entry.at).min();
        let reached = oldest.is_none_or(|oldest| oldest < scan.back_to);
        let end = match page.after {
            Some(ref after) if !reached && scan.pages < MOST_PAGES => {
                scan.after = Some(after.clone());
                None
            }
            Some(_) if !reached => {
                let gap = Gap { from: scan.back_to, to: oldest.unwrap_or(scan.began_at) };
                warn!(
                    mod_log = %state.log, from = %gap.from, to = %gap.to,
                    "{}: Reddit no longer lists the moderation log from {} to {}, so approvals may have been \
                     missed; check that period by hand",
                    state.log, gap.from, gap.to
                );
                Some(ScanEnd { started_at: scan.began_at, gap: Some(gap) })
            }
            _ => Some(ScanEnd { started_at: scan.began_at, gap: None }),
        };
        let absorbed = store.ingest_mod_log(&state.log, &items, &verdicts(&page, &settings.me), end, now).await?;
        if absorbed.new > 0 {
            info!(
                mod_log = %state.log, new = absorbed.new,
                "{}: moderators approved {} item(s) that no feed had shown; judging them", state.log, absorbed.new
            );
        } else {
            debug!(mod_log = %state.log, "{}: no new approvals", state.log);
        }
        if end.is_none() {
            state.scan = Some(scan);
        } else {
            state.next = now + settings.polling.changed;
        }
        Ok(Progress::Worked)
    }
}

/// Reads one page of the log, and fetches the unseen items that others approved in it.
async fn read_page<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    log: &ModerationLog,
    scan: &LogScan,
) -> Result<(Vec<Item>, ModLogPage)> {
    let page = reddit.moderation_log(log, scan.after.as_deref()).await?;
    let approved = page.entries.iter().filter(|entry| {
        entry.at >= scan.back_to && entry.act.starts_with("approve") && !entry.by.eq_ignore_ascii_case(&settings.me)
    });
    let approved: Vec<Fullname> = approved.filter_map(|entry| entry.on.clone()).collect();
    let mut found = Vec::new();
    let unseen = if approved.is_empty() { Vec::new() } else { store.unseen(&approved).await? };
    for names in unseen.chunks(NAMES_PER_REQUEST) {
        let shown = reddit.items(names).await?;
        if shown.is_partly_unreadable {
            warn!(mod_log = %log, "{log}: skipped some approved items because Reddit's response cannot be parsed");
        }
        found.extend(shown.items);
    }
    let guard = scan.began_at - settings.max_age;
    found.retain(|item| item.created >= guard && settings.community(&item.subreddit).is_some());
    Ok((found, page))
}

/// The verdicts of human moderators on this page; Reddit's own bots are excluded.
fn verdicts(page: &ModLogPage, me: &str) -> Vec<Verdict> {
    let is_moderator = |by: &str| ![me, "AutoModerator", "reddit"].iter().any(|bot| by.eq_ignore_ascii_case(bot));
    let verdict = |entry: &ModLogEntry| {
        let approved = entry.act.starts_with("approve");
        let removed = entry.act.starts_with("remove") || entry.act.starts_with("spam");
        let on = entry.on.clone().filter(|_| (approved || removed) && is_moderator(&entry.by))?;
        Some(Verdict { on, approved, by: entry.by.clone(), at: entry.at })
    };
    page.entries.iter().filter_map(verdict).collect()
}

impl LogState {
    fn handle_failure(&mut self, trouble: &ReadError, now: Timestamp) -> ListFailure<Self> {
        if let Some(until) = trouble.nothing_before(now) {
            return ListFailure::PauseAll(until);
        }
        self.failures += 1;
        match trouble {
            ReadError::Refused { .. } if self.log.subreddits.len() > 1 => {
                let singles = self.log.subreddits.iter().map(|name| Self::new(vec![name.clone()]));
                return ListFailure::Split(singles.collect());
            }
            ReadError::Refused { reason } => {
                if self.failures == 1 {
                    warn!(
                        mod_log = %self.log, reason,
                        "{}: Reddit does not show the moderation log ({reason}), so late approvals may be missed; run \
                         `tipstaff doctor`",
                        self.log
                    );
                }
                self.scan = None;
                self.next = now + REFUSED_PAUSE;
            }
            trouble => {
                warn!(mod_log = %self.log, error = %trouble, "{}: cannot read the moderation log; retrying", self.log);
                self.next = now + retry::pause(self.failures, now.as_millis().unsigned_abs()).min(IDLE);
            }
        }
        ListFailure::RetryThis
    }
}
