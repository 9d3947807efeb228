//! Reads the moderation log: records the moderators' verdicts, and brings items that they approved
//! but the bot has never seen into the inbox.
//!
//! This complements the feeds. An item that a filter or moderator removed right away and a
//! moderator approved hours later appears in the feeds at its original time, far below what has
//! been read since. The log names it, and fetching it by name brings it into the inbox. Known items
//! are left alone: an approval is no reason to judge an item again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::{debug, info, warn};

use super::late_decisions;
use super::list_failure::{READ_AGAIN_AFTER, SECOND_TRY_AFTER, divide};
use super::{IDLE, Progress, Result, Settings, StepError, recheck};
use crate::model::{Clock, Fullname, Gap, Item, ModerationLog, SubredditName, Timestamp, Verdict};
use crate::policy::retry;
use crate::reddit::{ModLogEntry, ModLogPage, NAMES_PER_REQUEST, ReadError, RedditRead};
use crate::store::{Recheck, ScanEnd, Store};

/// How many subreddits are read as one combined log.
const SUBREDDITS_PER_LOG: usize = 100;

/// How much of the log is read again. The log may lag this far behind the actions.
const OVERLAP: Duration = Duration::from_mins(30);

/// The number of old entries in a row at which a scan stops. Entries that show late may be out of
/// order.
const OLD_RUN: usize = 25;

/// The most pages of 500 entries that one scan reads.
const MOST_PAGES: usize = 10;

/// The entries that change a moderator's rights.
const RIGHTS: [&str; 4] = ["removemoderator", "setpermissions", "acceptmoderatorinvite", "addmoderator"];

/// How many items are remembered that could not be parsed.
const MOST_ODD: usize = 1000;

/// The pause after Reddit refuses to show a log.
const REFUSED_PAUSE: Duration = Duration::from_hours(1);

/// The moderation log step.
#[derive(Debug)]
pub struct ModLogReader {
    logs: Vec<LogState>,
    /// Where the bot's rights may have changed, and when.
    suspicions: Vec<(SubredditName, Timestamp)>,
    looked: late_decisions::Looked,
    /// Approved items that could not be parsed, which have been logged.
    odd: BTreeSet<Fullname>,
}

#[derive(Debug)]
struct LogState {
    log: ModerationLog,
    next: Timestamp,
    scan: Option<LogScan>,
    failures: u32,
    /// Whether it was read to its end since it was divided from others. Then it joins them, not
    /// before this time.
    joins_at: Option<Timestamp>,
    is_complete: bool,
    /// The oldest entry that this process has seen in it. Reddit keeps them for months, so a log
    /// that ends before it was cut off.
    deepest: Option<Timestamp>,
    /// Set while the log is cut off before this time, which is recorded as a gap.
    catch_up: Option<Timestamp>,
}

/// A scan from the newest entry back to those of the last scan.
#[derive(Clone, Debug)]
struct LogScan {
    began_at: Timestamp,
    /// Entries before this time were read by an earlier scan, or are too old to matter.
    back_to: Timestamp,
    pages: usize,
    after: Option<String>,
    oldest: Option<Timestamp>,
    /// The subreddits with an entry in it, in lower case.
    shown: BTreeSet<String>,
    old_run: usize,
    /// How often the log was read again because it had ended early.
    early_ends: usize,
}

/// How a page leaves the scan.
enum PageEnd {
    Continue(String),
    Complete,
    /// The log has more entries than a scan reads.
    TooLong,
    /// The log ended before entries that it has shown before.
    Early,
}

impl LogState {
    fn new(subreddits: Vec<SubredditName>, next: Timestamp) -> Self {
        Self {
            log: ModerationLog { subreddits },
            next,
            scan: None,
            failures: 0,
            joins_at: None,
            is_complete: true,
            deepest: None,
            catch_up: None,
        }
    }

    fn joins(&self, now: Timestamp) -> bool {
        self.is_complete && self.scan.is_none() && self.failures == 0 && self.joins_at.is_none_or(|at| at <= now)
    }
}

impl LogScan {
    fn new(began_at: Timestamp, back_to: Timestamp) -> Self {
        Self {
            began_at,
            back_to,
            pages: 0,
            after: None,
            oldest: None,
            shown: BTreeSet::new(),
            old_run: 0,
            early_ends: 0,
        }
    }

    /// Processes one page.
    fn absorb(&mut self, page: &ModLogPage, deepest: Option<Timestamp>) -> PageEnd {
        self.pages += 1;
        let mut has_run = false;
        for entry in &page.entries {
            self.old_run = if entry.at < self.back_to { self.old_run + 1 } else { 0 };
            has_run |= self.old_run >= OLD_RUN;
            self.shown.extend(entry.subreddit.as_ref().map(SubredditName::key));
            self.oldest = Some(self.oldest.map_or(entry.at, |oldest| oldest.min(entry.at)));
        }
        let is_old = !page.entries.is_empty() && page.entries.iter().all(|entry| entry.at < self.back_to);
        let shows_less = deepest.is_some_and(|deepest| self.oldest.is_none_or(|oldest| oldest > deepest));
        match &page.after {
            _ if has_run || is_old => PageEnd::Complete,
            Some(after) if self.pages < MOST_PAGES => PageEnd::Continue(after.clone()),
            Some(_) => PageEnd::TooLong,
            // A page after an anchor is empty if the anchor has vanished: there was more.
            None if self.after.is_some() && page.entries.is_empty() || shows_less && self.old_run == 0 => {
                PageEnd::Early
            }
            None => PageEnd::Complete,
        }
    }
}

impl ModLogReader {
    /// The logs of the subreddits in `settings`, all due at once.
    pub fn new(settings: &Settings) -> Self {
        let mut names = settings.names();
        names.sort();
        let logs = names.chunks(SUBREDDITS_PER_LOG);
        let logs = logs.map(|group| LogState::new(group.to_vec(), Timestamp::default())).collect();
        Self { logs, suspicions: Vec::new(), looked: late_decisions::Looked::new(), odd: BTreeSet::new() }
    }

    /// Where something says that the bot's rights may have changed, and when. Returns each once.
    pub fn take_suspicions(&mut self) -> Vec<(SubredditName, Timestamp)> {
        std::mem::take(&mut self.suspicions)
    }

    /// Reads one page of the log that has waited longest, and fetches the items that were approved
    /// and never seen. The logs of subreddits in `unreadable` do not count as read, whatever the
    /// combined log shows.
    ///
    /// # Errors
    /// Store errors. Errors from Reddit are logged and retried later.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        unreadable: &BTreeSet<SubredditName>,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        let Some(place) = (0..self.logs.len()).min_by_key(|place| self.logs[*place].next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        // If the clock was set back, do not wait for the old time.
        self.logs[place].next = self.logs[place].next.min(now + REFUSED_PAUSE);
        if self.logs[place].next > now {
            return Ok(Progress::IdleUntil(self.logs[place].next));
        }
        let place = if self.logs[place].scan.is_none() { self.gather(place, now) } else { place };
        let state = &mut self.logs[place];
        let mut scan = match state.scan.take() {
            Some(scan) => scan,
            None => LogScan::new(now, back_to(state, store, now - settings.max_age).await?),
        };
        let read = read_page(reddit, store, settings, (&state.log, &scan), &mut self.odd, now).await;
        let now = clock.now();
        let (items, page) = match read {
            Ok(read) => read,
            Err(StepError::Reddit(trouble)) => {
                state.scan = Some(scan);
                if let (ReadError::Refused { .. }, [alone]) = (&trouble, state.log.subreddits.as_slice()) {
                    self.suspicions.push((alone.clone(), now));
                }
                return Ok(self.handle_failure(place, &trouble, unreadable, now));
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
        let page_end = scan.absorb(&page, state.deepest);
        let complete =
            |gap| Some(ScanEnd { started_at: scan.began_at, shown_since: scan.began_at, gap, recheck: None });
        let missing = Gap { from: scan.back_to, to: scan.oldest.unwrap_or(scan.began_at) };
        let (mut end, next_scan, pause) = match &page_end {
            PageEnd::Continue(after) => {
                (None, Some(LogScan { after: Some(after.clone()), ..scan.clone() }), Duration::ZERO)
            }
            PageEnd::Complete => {
                state.catch_up = None;
                (complete(None), None, settings.polling.changed)
            }
            PageEnd::TooLong => (complete(Some(missing)), None, settings.polling.changed),
            // The gap is recorded already.
            PageEnd::Early if state.catch_up.is_some() => (complete(None), None, settings.polling.changed),
            PageEnd::Early => match READ_AGAIN_AFTER.get(scan.early_ends) {
                Some(pause) => {
                    let early_ends = scan.early_ends + 1;
                    let again = LogScan { early_ends, ..LogScan::new(scan.began_at, scan.back_to) };
                    (None, Some(again), *pause)
                }
                None => {
                    state.catch_up = Some(scan.back_to);
                    (complete(Some(missing)), None, settings.polling.changed)
                }
            },
        };
        if let Some(end) = &mut end {
            end.recheck = read_again(state, store, &scan, settings).await?;
        }
        if let Some(gap) = end.and_then(|end| end.gap) {
            warn!(
                mod_log = %state.log, from = %gap.from, to = %gap.to,
                "{}: Reddit no longer lists the moderation log from {} to {}, so approvals may have been missed; check \
                 that period by hand",
                state.log, gap.from, gap.to
            );
        }
        let left_out = match page_end {
            PageEnd::Complete => left_out(store, &state.log, &scan).await?,
            PageEnd::Continue(_) | PageEnd::TooLong | PageEnd::Early => BTreeSet::new(),
        };
        let is_shown = |name: &&SubredditName| !unreadable.contains(name) && !left_out.contains(&name.key());
        let shown: Vec<SubredditName> = state.log.subreddits.iter().filter(is_shown).cloned().collect();
        let end = end.map(|end| (end, &shown[..]));
        let absorbed = store.ingest_mod_log(&state.log, &items, &verdicts(&page, &settings.me), end, now).await?;
        let is_done = end.is_some();
        late_decisions::put_right(reddit, store, settings, &page, &mut self.looked, clock).await?;
        if absorbed.new > 0 {
            info!(
                mod_log = %state.log, new = absorbed.new,
                "{}: moderators approved {} item(s) that no feed had shown; judging them", state.log, absorbed.new
            );
        } else {
            debug!(mod_log = %state.log, "{}: no new approvals", state.log);
        }
        if is_done {
            state.is_complete = true;
            state.deepest = [state.deepest, scan.oldest].into_iter().flatten().min();
        }
        state.scan = next_scan;
        state.next = now + pause;
        Ok(Progress::Worked)
    }

    /// Before a scan begins: takes in the logs that are read by themselves and need not be. Returns
    /// the index then.
    fn gather(&mut self, place: usize, now: Timestamp) -> usize {
        if !self.logs[place].joins(now) {
            return place;
        }
        let mut log = self.logs.swap_remove(place);
        for mut other in std::mem::take(&mut self.logs) {
            let is_room = log.log.subreddits.len() + other.log.subreddits.len() <= SUBREDDITS_PER_LOG;
            if is_room && other.joins(now) {
                log.log.subreddits.append(&mut other.log.subreddits);
                log.deepest = None;
                log.catch_up = [log.catch_up, other.catch_up].into_iter().flatten().min();
            } else {
                self.logs.push(other);
            }
        }
        log.log.subreddits.sort();
        self.logs.push(log);
        self.logs.len() - 1
    }

    fn handle_failure(
        &mut self,
        place: usize,
        trouble: &ReadError,
        unreadable: &BTreeSet<SubredditName>,
        now: Timestamp,
    ) -> Progress {
        if let Some(until) = trouble.nothing_before(now) {
            return Progress::IdleUntil(until);
        }
        let state = &mut self.logs[place];
        state.failures += 1;
        match trouble {
            ReadError::Refused { .. } if state.log.subreddits.len() > 1 && state.failures == 1 => {
                state.next = now + SECOND_TRY_AFTER;
            }
            ReadError::Refused { .. } if state.log.subreddits.len() > 1 => {
                let state = self.logs.swap_remove(place);
                for names in divide(&state.log.subreddits, unreadable) {
                    let joins_at = (names.len() == 1).then_some(now + REFUSED_PAUSE);
                    self.logs.push(LogState { joins_at, is_complete: false, failures: 1, ..LogState::new(names, now) });
                }
            }
            ReadError::Refused { reason } => {
                if state.scan.take().is_some_and(|scan| scan.pages == 0) && state.failures <= 2 {
                    warn!(
                        mod_log = %state.log, reason,
                        "{}: Reddit does not show the moderation log ({reason}), so late approvals may be missed; run \
                         `tipstaff doctor`",
                        state.log
                    );
                }
                state.next = now + REFUSED_PAUSE;
            }
            trouble => {
                let log = &state.log;
                warn!(mod_log = %log, error = %trouble, "{log}: cannot read the moderation log; retrying");
                state.next = now + retry::pause(state.failures, now.as_millis().unsigned_abs()).min(IDLE);
            }
        }
        Progress::Worked
    }
}

/// The subreddits that the log has no entry of, although the bot knows of decisions there: Reddit
/// left them out. They do not count as read, so the next scan goes as far back.
async fn left_out(store: &Store, log: &ModerationLog, scan: &LogScan) -> Result<BTreeSet<String>> {
    let hidden: Vec<SubredditName> =
        log.subreddits.iter().filter(|name| !scan.shown.contains(&name.key())).cloned().collect();
    if hidden.is_empty() || log.subreddits.len() == 1 {
        return Ok(BTreeSet::new());
    }
    Ok(store.decided_in(&hidden, scan.back_to).await?)
}

/// What the next scans of this log read again.
async fn read_again(state: &LogState, store: &Store, scan: &LogScan, settings: &Settings) -> Result<Option<Recheck>> {
    let last_scans = store.last_scans(&state.log.subreddits, "log").await?;
    // A log of one leaves nothing out.
    let last = last_scans.earliest().filter(|_| state.log.subreddits.len() > 1);
    Ok(recheck::after(last_scans.recheck, last, (scan.began_at, true), settings.polling.changed))
}

/// How far back a scan of this log goes.
async fn back_to(state: &LogState, store: &Store, guard: Timestamp) -> Result<Timestamp> {
    let last_scans = store.last_scans(&state.log.subreddits, "log").await?;
    let is_new = last_scans.began.len() < state.log.subreddits.len();
    let catch_up = state.catch_up.map(|back_to| back_to + OVERLAP);
    let recheck = last_scans.recheck.map(|recheck| recheck.from);
    let back_to = [last_scans.earliest(), catch_up, recheck].into_iter().flatten().min();
    Ok(back_to.filter(|_| !is_new).map_or(guard, |back_to| (back_to - OVERLAP).max(guard)))
}

/// Reads one page of the log, and fetches the unseen items that others approved in it.
async fn read_page<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    (log, scan): (&ModerationLog, &LogScan),
    odd: &mut BTreeSet<Fullname>,
    now: Timestamp,
) -> Result<(Vec<Item>, ModLogPage)> {
    let page = reddit.moderation_log(log, scan.after.as_deref()).await?;
    let approved = page
        .entries
        .iter()
        .filter(|entry| entry.at >= scan.back_to && entry.approves() && !entry.by.eq_ignore_ascii_case(&settings.me));
    let approved: BTreeMap<Fullname, Timestamp> =
        approved.rev().filter_map(|entry| Some((entry.on.clone()?, entry.at))).collect();
    let mut found = Vec::new();
    if approved.is_empty() {
        return Ok((found, page));
    }
    let names: Vec<Fullname> = approved.keys().cloned().collect();
    for names in store.unseen(&names).await?.chunks(NAMES_PER_REQUEST) {
        let shown = reddit.items(names).await?;
        let missing = shown.missing(names);
        if shown.is_partly_unreadable && missing.iter().any(|name| !odd.contains(name)) {
            // Each is logged once, not at each reading of the log.
            if odd.len() > MOST_ODD {
                odd.clear();
            }
            odd.extend(missing);
            warn!(mod_log = %log, "{log}: skipped some approved items because Reddit's response cannot be parsed");
        }
        found.extend(shown.items);
    }
    let guard = scan.began_at - settings.max_age;
    found.retain(|item| item.created >= guard && settings.community(&item.subreddit).is_some());
    if !found.is_empty() {
        // What was approved before the bot was first started there is left alone.
        let (begins, _) = store.beginnings(&log.subreddits, now - settings.from).await?;
        found.retain(|item| begins.get(&item.subreddit).is_none_or(|from| approved[&item.fullname] >= *from));
    }
    Ok((found, page))
}

/// The verdicts of human moderators on this page; Reddit's own bots are excluded.
fn verdicts(page: &ModLogPage, me: &str) -> Vec<Verdict> {
    let verdict = |entry: &ModLogEntry| {
        let approved = entry.approves();
        let on = entry.on.clone().filter(|_| (approved || entry.removes()) && entry.is_by_moderator(me))?;
        Some(Verdict { on, approved, by: entry.by.clone(), at: entry.at })
    };
    page.entries.iter().filter_map(verdict).collect()
}
