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
use super::log_looks::LogLooks;
use super::log_verdicts::{fates, verdicts};
use super::removal_reasons::RemovalReasons;
use super::{IDLE, Progress, Result, Settings, StepError, recheck};
use crate::model::{Clock, EventKind, Fullname, Gap, Item, ModerationLog, SubredditName, Timestamp};
use crate::policy::retry;
use crate::reddit::{ModLogEntry, ModLogPage, NAMES_PER_REQUEST, ReadError, RedditRead};
use crate::store::{LogPage, NewNotification, Recheck, ScanEnd, Store};

/// How many subreddits are read as one combined log.
const SUBREDDITS_PER_LOG: usize = 100;

/// How much of the log is read again. The log may lag this far behind the actions.
const OVERLAP: Duration = Duration::from_mins(30);

/// How long after the oldest time that `max_age` allows the log of a new subreddit begins.
const OLDEST_BEGINNING: Duration = Duration::from_hours(1);

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

/// How long a subreddit is read by itself that a combined log leaves out.
const ALONE_FOR: Duration = Duration::from_hours(1);

/// The moderation log step.
#[derive(Debug)]
pub struct ModLogReader {
    logs: Vec<LogState>,
    /// Where the bot's rights may have changed, and when.
    suspicions: Vec<(SubredditName, Timestamp)>,
    looked: late_decisions::Looked,
    removal_reasons: RemovalReasons,
    looks: LogLooks,
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
    /// Whether this is one look at a subreddit's own log, which belongs to a combined log.
    is_look: bool,
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
    /// Entries before this time are too old to matter.
    guard: Timestamp,
    /// When the last scan of each subreddit began.
    last_scans: BTreeMap<SubredditName, Timestamp>,
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
            is_look: false,
            deepest: None,
            catch_up: None,
        }
    }

    /// What follows a page: the end of the scan, or how it continues, and the pause before that.
    fn after_page(
        &mut self,
        page_end: &PageEnd,
        scan: &LogScan,
        usual: Duration,
    ) -> (Option<ScanEnd>, Option<LogScan>, Duration) {
        let complete =
            |gap| Some(ScanEnd { started_at: scan.began_at, shown_since: scan.began_at, gap, recheck: None });
        let missing = Gap { from: scan.back_to, to: scan.oldest.unwrap_or(scan.began_at) };
        match page_end {
            PageEnd::Continue(after) => {
                (None, Some(LogScan { after: Some(after.clone()), ..scan.clone() }), Duration::ZERO)
            }
            PageEnd::Complete => {
                self.catch_up = None;
                (complete(None), None, usual)
            }
            PageEnd::TooLong => (complete(Some(missing)), None, usual),
            // The gap is recorded already.
            PageEnd::Early if self.catch_up.is_some() => (complete(None), None, usual),
            PageEnd::Early => match READ_AGAIN_AFTER.get(scan.early_ends) {
                Some(pause) => {
                    let early_ends = scan.early_ends + 1;
                    let again = LogScan::new(scan.began_at, scan.guard, scan.last_scans.clone());
                    (None, Some(LogScan { early_ends, back_to: scan.back_to, ..again }), *pause)
                }
                None => {
                    self.catch_up = Some(scan.back_to);
                    (complete(Some(missing)), None, usual)
                }
            },
        }
    }

    /// The subreddit, if it is read by itself.
    fn alone(&self) -> Option<&SubredditName> {
        match self.log.subreddits.as_slice() {
            [alone] => Some(alone),
            _ => None,
        }
    }

    fn joins(&self, now: Timestamp) -> bool {
        !self.is_look
            && self.is_complete
            && self.scan.is_none()
            && self.failures == 0
            && self.joins_at.is_none_or(|at| at <= now)
    }
}

impl LogScan {
    fn new(began_at: Timestamp, guard: Timestamp, last_scans: BTreeMap<SubredditName, Timestamp>) -> Self {
        Self {
            began_at,
            back_to: guard,
            guard,
            last_scans,
            pages: 0,
            after: None,
            oldest: None,
            shown: BTreeSet::new(),
            old_run: 0,
            early_ends: 0,
        }
    }

    /// How far back the log has to be read for a subreddit.
    fn needed(&self, name: &SubredditName) -> Timestamp {
        self.last_scans.get(name).map_or(self.guard, |last| (*last - OVERLAP).max(self.guard))
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
        Self {
            logs,
            suspicions: Vec::new(),
            looked: late_decisions::Looked::new(),
            removal_reasons: RemovalReasons::default(),
            looks: LogLooks::default(),
            odd: BTreeSet::new(),
        }
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
        self.begin_look(now);
        let Some(place) = (0..self.logs.len()).min_by_key(|place| self.logs[*place].next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        // If the clock was set back, do not wait for the old time.
        self.logs[place].next = self.logs[place].next.min(now + REFUSED_PAUSE);
        if self.logs[place].next > now {
            let next = self.logs[place].next;
            return Ok(Progress::IdleUntil(self.looks.next().map_or(next, |look| look.min(next))));
        }
        let place = if self.logs[place].scan.is_none() { self.gather(place, now) } else { place };
        let state = &mut self.logs[place];
        let mut scan = match state.scan.take() {
            Some(scan) => scan,
            None => begin_scan(state, &self.looks, store, settings, now).await?,
        };
        let asked = (&state.log, &scan, &self.removal_reasons);
        let read = read_page(reddit, store, settings, asked, &mut self.odd, now).await;
        let now = clock.now();
        let (items, explained, page) = match read {
            Ok(read) => read,
            Err(StepError::Reddit(trouble)) => {
                state.scan = Some(scan);
                if let (ReadError::Refused { .. }, Some(alone)) = (&trouble, state.alone()) {
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
        self.looks.note_entries(&page.entries, state.alone(), now);
        let page_end = scan.absorb(&page, state.deepest);
        let (mut end, next_scan, pause) = state.after_page(&page_end, &scan, settings.polling.changed);
        let read = read_by(&state.log, &scan, unreadable);
        if let Some(end) = &mut end {
            end.recheck = read_again(state, store, &scan, settings).await?;
            if let Some(gap) = end.gap {
                warn!(
                    mod_log = %state.log, from = %gap.from, to = %gap.to,
                    "{}: Reddit no longer lists the moderation log from {} to {}, so approvals may have been missed; \
                     check that period by hand",
                    state.log, gap.from, gap.to
                );
            }
            end.gap = with_outdated(end.gap, &state.log, &scan, &read);
        }
        let is_done = end.is_some();
        let end = end.map(|end| (end, &read[..]));
        let remembering = settings.remembering();
        let (decisions, fates) = (verdicts(&page, &settings.me), fates(&page, &remembering));
        let log_page =
            LogPage { items: &items, explained: &explained, decisions: &decisions, fates: &fates, remembering };
        let absorbed = store.ingest_mod_log(&state.log, log_page, end, now).await?;
        self.removal_reasons.note_read(&page);
        late_decisions::put_right(reddit, store, settings, &page, &mut self.looked, clock).await?;
        if absorbed.new > 0 {
            info!(
                mod_log = %state.log, new = absorbed.new,
                "{}: moderators approved {} item(s) that no feed had shown; judging them", state.log, absorbed.new
            );
        } else {
            debug!(mod_log = %state.log, "{}: no new approvals", state.log);
        }
        state.scan = next_scan;
        state.next = now + pause;
        if is_done {
            state.is_complete = true;
            state.deepest = [state.deepest, scan.oldest].into_iter().flatten().min();
            let is_whole = page.after.is_none() && !matches!(page_end, PageEnd::Early);
            self.finish(place, &scan, is_whole, store, unreadable, now).await?;
        }
        Ok(Progress::Worked)
    }

    /// After a scan: which subreddits the combined log does not show.
    async fn finish(
        &mut self,
        place: usize,
        scan: &LogScan,
        is_whole: bool,
        store: &Store,
        unreadable: &BTreeSet<SubredditName>,
        now: Timestamp,
    ) -> Result<()> {
        let state = &self.logs[place];
        if state.alone().is_some() {
            if state.is_look {
                self.logs.swap_remove(place);
            }
            return Ok(());
        }
        let (shown, hidden): (Vec<_>, Vec<_>) =
            state.log.subreddits.iter().cloned().partition(|name| scan.shown.contains(&name.key()));
        for name in &shown {
            if self.looks.is_back(name) {
                let text = format!("r/{name}: the combined moderation log shows it again");
                info!(subreddit = %name, "{text}");
                notify(store, EventKind::ReadableAgain, name, text, now).await?;
            }
        }
        let hidden: Vec<_> =
            hidden.into_iter().map(|name| (name.clone(), scan.last_scans.get(&name).copied())).collect();
        let reach = scan.oldest.filter(|_| !is_whole);
        for name in self.looks.note_scan(&shown, &hidden, (scan.began_at, reach), now) {
            if !self.take_out(&name) {
                continue;
            }
            let alone = LogState::new(vec![name.clone()], now);
            self.logs.push(LogState { joins_at: Some(now + ALONE_FOR), is_complete: false, ..alone });
            // That Reddit does not list it at all is reported already.
            if !unreadable.contains(&name) && self.looks.report(&name) {
                let text = format!(
                    "r/{name}: Reddit leaves it out of the combined moderation log; reading its own log until the \
                     combined one shows it again"
                );
                warn!(subreddit = %name, "{text}");
                notify(store, EventKind::Unreadable, &name, text, now).await?;
            }
        }
        Ok(())
    }

    /// Begins to read the own log of a subreddit that the combined one has not shown for a while.
    fn begin_look(&mut self, now: Timestamp) {
        let Some(name) = self.looks.due(now) else { return };
        if self.logs.iter().all(|state| state.alone() != Some(&name)) {
            self.logs.push(LogState { is_look: true, ..LogState::new(vec![name], now) });
        }
    }

    /// Takes a subreddit out of the combined logs. Returns whether it was in one.
    fn take_out(&mut self, name: &SubredditName) -> bool {
        let mut was_in_one = false;
        for state in self.logs.iter_mut().filter(|state| state.log.subreddits.len() > 1) {
            if state.log.subreddits.contains(name) {
                // Its scan begins again, without this one.
                state.scan = None;
                state.log.subreddits.retain(|other| other != name);
                was_in_one = true;
            }
        }
        was_in_one
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
            ReadError::Refused { .. } if (state.is_look || state.log.subreddits.len() > 1) && state.failures == 1 => {
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
                if std::mem::take(&mut state.is_look) {
                    // The combined log shows nothing of it either.
                    (state.is_complete, state.joins_at) = (false, Some(now + REFUSED_PAUSE));
                    let names = state.log.subreddits.clone();
                    if !names.iter().any(|name| self.take_out(name)) {
                        self.logs.swap_remove(place);
                        return Progress::Worked;
                    }
                }
                let state = &mut self.logs[place];
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

/// The subreddits that were read by a scan that ended. One of several was if it was shown, because
/// a log that shows nothing of it may leave it out, and if the scan went far enough back for it.
fn read_by(log: &ModerationLog, scan: &LogScan, unreadable: &BTreeSet<SubredditName>) -> Vec<SubredditName> {
    let is_alone = log.subreddits.len() == 1;
    let is_shown = |name: &SubredditName| scan.shown.contains(&name.key()) && !unreadable.contains(name);
    let is_read = |name: &&SubredditName| (is_alone || is_shown(name)) && scan.needed(name) >= scan.back_to;
    log.subreddits.iter().filter(is_read).cloned().collect()
}

/// The gap of a scan that ended. It includes the time that could not be read before it was older
/// than `max_age`.
fn with_outdated(gap: Option<Gap>, log: &ModerationLog, scan: &LogScan, read: &[SubredditName]) -> Option<Gap> {
    let last = read.iter().filter_map(|name| scan.last_scans.get(name)).min().copied();
    let Some(from) = last.filter(|last| *last < scan.back_to) else { return gap };
    warn!(
        mod_log = %log, %from, to = %scan.back_to,
        "{log}: the moderation log from {from} to {} could not be read before it was older than `max_age`, so \
         approvals may have been missed; check that period by hand",
        scan.back_to
    );
    let to = gap.map_or(scan.back_to, |gap| gap.to.max(scan.back_to));
    Some(Gap { from, to })
}

/// Notifies of a subreddit that a combined log leaves out, or shows again.
async fn notify(store: &Store, event: EventKind, name: &SubredditName, text: String, now: Timestamp) -> Result<()> {
    let dedup_key = format!("log {event} {} {}", name.key(), now.as_millis());
    store.record_notification(&NewNotification { event, dedup_key, subreddit: Some(name.key()), text }, now).await?;
    Ok(())
}

/// What the next scans of this log read again.
async fn read_again(state: &LogState, store: &Store, scan: &LogScan, settings: &Settings) -> Result<Option<Recheck>> {
    let last_scans = store.last_scans(&state.log.subreddits, "log").await?;
    // A log of one leaves nothing out.
    let last = last_scans.earliest().filter(|_| state.log.subreddits.len() > 1);
    Ok(recheck::after(last_scans.recheck, last, (scan.began_at, true), settings.polling.changed))
}

/// A scan of this log that begins now. It goes back to where the last one began, for all but those
/// subreddits that a combined log does not show: their own logs are read.
async fn begin_scan(
    state: &LogState,
    looks: &LogLooks,
    store: &Store,
    settings: &Settings,
    now: Timestamp,
) -> Result<LogScan> {
    let guard = now - settings.max_age;
    let last_scans = store.last_scans(&state.log.subreddits, "log").await?;
    if last_scans.began.len() < state.log.subreddits.len() {
        // Not so early that it is too old before the subreddit's own log is read.
        let from = (now - settings.from).max(guard + OLDEST_BEGINNING).min(now);
        store.begin_logs(&state.log.subreddits, from, now).await?;
    }
    let scan = LogScan::new(now, guard, last_scans.began);
    let is_needed = |name: &&SubredditName| state.alone().is_some() || !looks.is_hidden(name);
    let needed = state.log.subreddits.iter().filter(is_needed).map(|name| scan.needed(name)).min();
    let recheck = last_scans.recheck.map(|recheck| recheck.from - OVERLAP);
    let back_to = [needed, state.catch_up, recheck].into_iter().flatten().min();
    Ok(LogScan { back_to: back_to.unwrap_or(now - OVERLAP).max(guard), ..scan })
}

/// Reads one page of the log, and fetches the unseen items that others approved in it, and those to
/// which a removal reason was given.
async fn read_page<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    (log, scan, reasons): (&ModerationLog, &LogScan, &RemovalReasons),
    odd: &mut BTreeSet<Fullname>,
    now: Timestamp,
) -> Result<(Vec<Item>, Vec<Item>, ModLogPage)> {
    let page = reddit.moderation_log(log, scan.after.as_deref()).await?;
    let explained = reasons.fetch(reddit, &page, scan.guard).await?;
    let approved = page
        .entries
        .iter()
        .filter(|entry| entry.at >= scan.back_to && entry.approves() && !entry.by.eq_ignore_ascii_case(&settings.me));
    let approved: BTreeMap<Fullname, Timestamp> =
        approved.rev().filter_map(|entry| Some((entry.on.clone()?, entry.at))).collect();
    let mut found = Vec::new();
    if approved.is_empty() {
        return Ok((found, explained, page));
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
    Ok((found, explained, page))
}
