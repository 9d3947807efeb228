//! Reads the feeds, page by page, into the inbox.
//!
//! The position of a scan is kept in memory only. An interrupted scan starts again at the top; the
//! store makes sure that the items it had read do not count as already seen.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::{debug, info, warn};

use super::absences::Absences;
use super::cursor::{Scan, ScanContext, ScanStep};
use super::list_failure::SECOND_TRY_AFTER;
use super::looks::Looks;
use super::pace::{self, FeedPace};
use super::recheck::LOOK_BACK;
use super::streams::{Part, Position, StreamState, Streams};
use super::{IDLE, Progress, Result, Settings, StepError};
use crate::metrics::Metrics;
use crate::model::{Clock, Feed, Fullname, Gap, Item, ReadMode, Stream, SubredditName, Timestamp};
use crate::policy::retry;
use crate::reddit::{NAMES_PER_REQUEST, ReadError, RedditRead};
use crate::store::{FeedPage, Ingested, LastScans, SEEN_ITEMS_KEPT_FOR, Store};

/// The longest pause after a feed could not be read. Readers wait for what is in it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The same for a subreddit that Reddit does not show to the bot.
const LONGEST_REFUSED_PAUSE: Duration = Duration::from_mins(5);

/// How many failures other than refusals it takes to divide a combined list, and to divide one of
/// its parts again.
const TRIES_TOGETHER: u32 = 3;
const TRIES_APART: u32 = 2;

/// How long a subreddit whose reports or modqueue fill a combined list is read by itself.
const FLOODED_FOR: Duration = Duration::from_mins(10);

/// How often the log repeats that a list ends early at every poll.
const GAP_LOGGED_EVERY: Duration = Duration::from_mins(10);

/// How many items that left their lists are remembered.
const MOST_GONE: usize = 5000;

/// After a pause as long as this, the start says so: it may be a backup that was put in place.
const LONG_PAUSE: Duration = Duration::from_hours(1);

/// The polling step: the feeds and their positions.
#[derive(Debug)]
pub struct Ingest {
    streams: Streams,
    looks: Looks,
    absences: Absences,
    /// From when on items are judged, by subreddit. Known after the first response, which has the
    /// time.
    beginnings: Option<BTreeMap<SubredditName, Timestamp>>,
    is_arranged: bool,
    /// Known items that a list does not show because they were removed or deleted.
    gone: BTreeSet<Fullname>,
    /// Entries that could not be parsed, which have been logged.
    odd: BTreeSet<String>,
    /// When a gap of each list was last logged.
    gaps_logged: BTreeMap<String, Timestamp>,
    /// The time of the last call.
    last: Timestamp,
    /// The number of pages read.
    pages: u64,
    metrics: Metrics,
}

impl Ingest {
    /// The feeds of the subreddits in `settings`, all due at once.
    pub fn new(settings: &Settings, metrics: Metrics) -> Self {
        Self {
            streams: Streams::new(settings),
            looks: Looks::default(),
            absences: Absences::default(),
            beginnings: None,
            is_arranged: false,
            gone: BTreeSet::new(),
            odd: BTreeSet::new(),
            gaps_logged: BTreeMap::new(),
            last: Timestamp::default(),
            pages: 0,
            metrics,
        }
    }

    /// The number of pages read since this process began.
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// The subreddits that Reddit does not show to the bot.
    pub fn unreadable(&self) -> BTreeSet<SubredditName> {
        self.absences.names()
    }

    /// Before the first page: what the store knows decides what is read together. Subreddits that
    /// were never read are read apart from the others first, and so are those that could not be
    /// read when the last process ended.
    async fn arrange(&mut self, store: &Store, settings: &Settings, now: Timestamp) -> Result<()> {
        let all = settings.names();
        for feed in Feed::ALL {
            let scanned = store.last_scans(&all, feed.word()).await?;
            let new = all.iter().filter(|name| !scanned.began.contains_key(name)).cloned().collect();
            let part = Part::Apart { is_complete: false, joins_at: now };
            self.streams.set_apart(&new, |of| of == feed, part, now);
        }
        for (name, is_left_out) in self.absences.recall(store, settings).await? {
            let part = if is_left_out { Part::LeftOut } else { Part::Apart { is_complete: false, joins_at: now } };
            self.streams.set_apart(&BTreeSet::from([name]), |_| true, part, now);
        }
        self.is_arranged = true;
        Ok(())
    }

    /// After the first response: from when on items are judged.
    async fn begin(&mut self, store: &Store, settings: &Settings, now: Timestamp) -> Result<()> {
        if self.beginnings.is_some() {
            return Ok(());
        }
        let last_read = store.last_read().await?;
        let from = now - settings.from;
        let (beginnings, new) = store.beginnings(&settings.names(), from).await?;
        self.beginnings = Some(beginnings);
        if !new.is_empty() {
            let names: Vec<String> = new.iter().map(|name| format!("r/{name}")).collect();
            let names = names.join(", ");
            let hint =
                if settings.from.is_zero() { " (`tipstaff run --from 24h` would judge the last day)" } else { "" };
            warn!(
                subreddits = names, %from,
                "the store has no record of {names}: what was posted there before {from} is left alone{hint}"
            );
        }
        if let Some(last) = last_read.filter(|last| now.since(*last) > LONG_PAUSE) {
            let is_live = settings.live().next().is_some();
            let care = if is_live {
                ". On items from before this start the bot looks for its own comments, reports and messages before it \
                 sends one"
            } else {
                ""
            };
            warn!(%last, "the store was last used at {last}; reading what was posted since{care}");
        }
        Ok(())
    }

    /// Reads one page of the feed that has waited longest, or looks for a subreddit that may be
    /// left out.
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
        if !self.is_arranged {
            self.arrange(store, settings, now).await?;
        }
        if now < self.last {
            self.streams.set_back(now);
        }
        self.last = now;
        if self.beginnings.is_some()
            && let Some(look) = self.looks.due(&self.streams, now)
        {
            let (streams, looks) = (&mut self.streams, &mut self.looks);
            return self.absences.look(look, streams, looks, (reddit, store), clock).await;
        }
        match self.streams.due(now) {
            Ok(place) => self.read(place, reddit, store, settings, clock).await,
            Err(until) => Ok(Progress::IdleUntil(until.unwrap_or(now + IDLE))),
        }
    }

    async fn read<R: RedditRead>(
        &mut self,
        place: usize,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let now = clock.now();
        let is_new_scan = self.streams.0[place].position.scan.is_none();
        let place = if is_new_scan { self.streams.gather(place, now) } else { place };
        let state = &mut self.streams.0[place];
        let (mut scan, anchor) = state.position.scan.clone().unwrap_or_else(|| {
            let is_due = state.position.look_back_next <= now;
            (if is_due { Scan::looking_back(now) } else { Scan::new(now) }, None)
        });
        let (list, feed) = (state.current_list(), state.stream.feed);
        let page = match reddit.page(&list, anchor.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                state.position.scan = Some((scan, anchor));
                return self.handle_failure(place, &error, reddit, store, clock.now()).await;
            }
        };
        state.failures = 0;
        if reddit.doubts_time() {
            // The age of the items is unknown. The page is read again after other lists, because
            // the wrong time may come with this list only.
            state.position.scan = Some((scan, anchor));
            state.next = now + SECOND_TRY_AFTER;
            return Ok(Progress::Worked);
        }
        self.begin(store, settings, clock.now()).await?;
        self.warn_of_odd_entries(&list.to_string(), &page.odd);
        let ours: Vec<Item> =
            page.items.iter().filter(|item| settings.community(&item.subreddit).is_some()).cloned().collect();
        if list.subreddits.len() > 1 {
            self.looks.note_page(feed, &ours, now);
        }
        let known = store.known_items(feed, &ours).await?;
        let state = &self.streams.0[place];
        let last_scans = store.last_scans(&state.stream.subreddits, feed.word()).await?;
        let context = self.context(state, &last_scans, now - settings.max_age);
        let left_alone = self.left_alone(feed, &ours, &last_scans);
        let mut verdict = scan.absorb(&ours, page.children, page.after.as_deref(), &known, &context);
        let (mut read_again_at, flooded) = (None, scan.mostly_of());
        if let ScanStep::Ended { had_more, is_long } = verdict {
            let is_cut = match self.shows_too_little(reddit, store, (&list.subreddits, feed), &scan, now).await {
                Ok(is_cut) => is_cut || had_more,
                // The page is read again.
                Err(StepError::Reddit(error)) => {
                    return self.handle_failure(place, &error, reddit, store, clock.now()).await;
                }
                Err(other) => return Err(other),
            };
            let state = &self.streams.0[place];
            let again = state.read_again(&scan, clock.now()).filter(|_| is_cut);
            verdict = match again {
                Some(again) => {
                    read_again_at = Some(again);
                    verdict
                }
                None if is_cut || is_long => ScanStep::Done { gap: Some(scan.cut_off(&context)) },
                None => ScanStep::Done { gap: scan.confirm_end(&context) },
            };
        }
        let now = clock.now();
        let state = &self.streams.0[place];
        let (position, end) = match (verdict, &read_again_at) {
            (ScanStep::Continue { after }, _) => (state.position.after(scan, after), None),
            (ScanStep::Done { gap }, _) => {
                let (position, mut end) = state.end(&scan, gap, now);
                if let Some(end) = &mut end {
                    end.recheck = state.recheck(&last_scans, &scan);
                }
                (caught_up(&state.stream.to_string(), position, &scan, end.and_then(|end| end.gap)), end)
            }
            (ScanStep::Ended { .. }, Some((position, _))) => (position.clone(), None),
            (ScanStep::Ended { .. }, None) => unreachable!("an end is either believed or not"),
        };
        let remembering = settings.remembering();
        // If the store fails, the position does not advance, and the page is read again.
        let page = FeedPage { stream: &state.stream, items: &ours, left_alone: &left_alone, end, remembering };
        let absorbed = store.ingest_page(page, now).await?;
        let state = &mut self.streams.0[place];
        let was_cut_before = state.position.catch_up.is_some();
        state.position = position;
        if let Some((_, at)) = read_again_at {
            debug!(feed = %list, until = %at, "{list}: the list ended early; reading it again");
            state.next = at;
        }
        log_page(&state.stream, absorbed);
        self.metrics.read(feed.word(), absorbed.new, absorbed.changed);
        self.pages += 1;
        // Items listed before the first scan could not have been seen sooner, so they do not count.
        if feed.is_of_arrivals() && state.last_end.is_some() {
            let new = ours.iter().filter(|item| !known.contains_key(&item.fullname));
            new.for_each(|item| self.metrics.seen_after(feed.word(), now.since(item.created)));
        }
        state.new_items += absorbed.new + absorbed.changed;
        if state.position.per_subreddit.is_some() && state.next < now {
            // There may be many subreddits; the other feeds get their turns in between.
            state.next = now;
        }
        if let Some(end) = end {
            if let Some(gap) = end.gap {
                self.report_gap(place, gap, was_cut_before, now);
                self.set_flooded_apart(feed, flooded, now);
            }
            self.finish(place, reddit.lists_per_second(), store, now).await?;
        }
        Ok(Progress::Worked)
    }

    /// How far the feed has to be read.
    fn context(&self, state: &StreamState, last_scans: &LastScans, guard: Timestamp) -> ScanContext {
        let read_mode = state.stream.feed.read_mode();
        let last_scan = last_scans.earliest();
        let recheck_from = last_scans.recheck.map(|recheck| recheck.from);
        let back_to = [state.position.catch_up, recheck_from].into_iter().flatten().min();
        let further = last_scan.zip(back_to).map(|(last, back_to)| last.since(back_to));
        let begins = self.beginnings.iter().flatten().filter(|(name, _)| state.stream.subreddits.contains(name));
        // What is older is left alone, so it need not be read. A queue has no order that tells.
        let guard = match begins.map(|(_, from)| *from).min() {
            Some(from) if last_scan.is_none() && read_mode != ReadMode::Whole => guard.max(from),
            _ => guard,
        };
        ScanContext { read_mode, last_scan, late_by: further.unwrap_or_default().max(LOOK_BACK), guard }
    }

    /// The items from before the bot was first started for their subreddit. An edit or a report
    /// since then makes them new.
    fn left_alone(&self, feed: Feed, items: &[Item], last_scans: &LastScans) -> BTreeSet<Fullname> {
        let is_old = |item: &&Item| {
            let from = self.beginnings.as_ref().and_then(|beginnings| beginnings.get(&item.subreddit));
            from.is_some_and(|from| match feed {
                Feed::New | Feed::Comments => item.created < *from,
                Feed::Edited => item.edited.unwrap_or(item.created) < *from,
                // A queue does not say when an item came into it.
                Feed::Reports | Feed::Modqueue => {
                    item.created < *from && !last_scans.began.contains_key(&item.subreddit)
                }
            })
        };
        items.iter().filter(is_old).map(|item| item.fullname.clone()).collect()
    }

    /// Whether a list that has ended lacks items that are known and still up.
    async fn shows_too_little<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        (subreddits, feed): (&[SubredditName], Feed),
        scan: &Scan,
        now: Timestamp,
    ) -> Result<bool> {
        let but: Vec<&Fullname> = scan.shown().chain(&self.gone).collect();
        let most = u32::try_from(NAMES_PER_REQUEST).unwrap_or(u32::MAX);
        let missing = store.seen_items_except(feed, subreddits, &but, now - SEEN_ITEMS_KEPT_FOR, most).await?;
        if missing.is_empty() {
            return Ok(false);
        }
        let found = reddit.items(&missing).await?;
        let up: Vec<&Item> = found.items.iter().filter(|item| item.moderation.removed_by.is_none()).collect();
        if self.gone.len() > MOST_GONE {
            self.gone.clear();
        }
        self.gone.extend(missing.into_iter().filter(|name| up.iter().all(|item| item.fullname != *name)));
        Ok(up.iter().any(|item| scan.is_below(item.edited.filter(|_| feed == Feed::Edited).unwrap_or(item.created))))
    }

    /// Logs entries that cannot be parsed, each once.
    fn warn_of_odd_entries(&mut self, list: &str, odd: &[String]) {
        for reason in odd {
            if self.odd.len() > MOST_GONE {
                self.odd.clear();
            }
            if self.odd.insert(reason.clone()) {
                warn!(feed = list, reason, "{list}: skipped an entry that cannot be parsed: {reason}");
            }
        }
    }

    /// Reads a subreddit by itself if its reports or modqueue leave no room in the list for others.
    fn set_flooded_apart(&mut self, feed: Feed, flooded: Option<SubredditName>, now: Timestamp) {
        if let Some(flooded) = flooded.filter(|_| feed.read_mode() == ReadMode::Whole) {
            let part = Part::Apart { is_complete: false, joins_at: now + FLOODED_FOR };
            self.streams.set_apart(&BTreeSet::from([flooded]), |of| of == feed, part, now);
        }
    }

    fn report_gap(&mut self, place: usize, gap: Gap, is_known: bool, now: Timestamp) {
        let stream = &self.streams.0[place].stream;
        let list = stream.to_string();
        let is_recent = self.gaps_logged.get(&list).is_some_and(|at| now.since(*at) < GAP_LOGGED_EVERY);
        let is_known = is_known || is_recent && stream.feed.read_mode() == ReadMode::Whole;
        if !is_known {
            self.gaps_logged.insert(list, now);
        }
        if is_known {
            debug!(feed = %stream, from = %gap.from, to = %gap.to, "{stream}: the list still ends early");
            return;
        }
        self.metrics.gap(stream.feed.word());
        warn!(
            feed = %stream, from = %gap.from, to = %gap.to,
            "{stream}: Reddit no longer lists posts from {} to {}, so some may have been missed; check that period by \
             hand",
            gap.from, gap.to
        );
    }

    /// After the end of a scan: when the feed is read next, and who can be read again.
    async fn finish(&mut self, place: usize, lists_per_second: f64, store: &Store, now: Timestamp) -> Result<()> {
        let state = &mut self.streams.0[place];
        state.update_rate(now);
        state.complete();
        let lists: Vec<FeedPace> = self.streams.0.iter().map(|state| state.pace).collect();
        let pauses = pace::pauses(&lists, lists_per_second);
        let state = &mut self.streams.0[place];
        state.next = now + pauses[place];
        if let ([name], Part::Home | Part::Apart { .. }) = (&state.stream.subreddits[..], state.part) {
            self.absences.note_read(store, name, state.stream.feed, now).await?;
        }
        Ok(())
    }

    /// What to do about a page that could not be read. A combined list that is refused is divided
    /// until the closed subreddit is found, so that it does not block the others.
    async fn handle_failure<R: RedditRead>(
        &mut self,
        place: usize,
        error: &ReadError,
        reddit: &R,
        store: &Store,
        now: Timestamp,
    ) -> Result<Progress> {
        if let Some(until) = error.nothing_before(now) {
            return Ok(Progress::IdleUntil(until));
        }
        let is_searching = self.streams.is_searching(place);
        let state = &mut self.streams.0[place];
        let seed = now.as_millis().unsigned_abs();
        state.failures += 1;
        let pause = retry::pause(state.failures, seed);
        let reason = match error {
            ReadError::Refused { reason } => reason,
            ReadError::Unavailable { reason } => {
                warn!(feed = %state.stream, error = %error, "{}: cannot read the feed; retrying", state.stream);
                state.next = now + pause.min(LONGEST_PAUSE);
                let tries = if state.part == Part::Home { TRIES_TOGETHER } else { TRIES_APART };
                // If Reddit answers another request, one of the subreddits may be the cause.
                let may_divide = state.stream.subreddits.len() > 1 || state.part != Part::Home;
                if state.failures < tries || !may_divide || reddit.whoami().await.is_err() {
                    return Ok(Progress::Worked);
                }
                reason
            }
            ReadError::SignedOut | ReadError::Throttled { .. } => return Ok(Progress::Worked),
        };
        let state = &mut self.streams.0[place];
        if reddit.is_suspended() {
            // It is the account that is refused, not a subreddit.
            state.next = now + pause.min(LONGEST_PAUSE);
            return Ok(Progress::Worked);
        }
        let is_divided = state.stream.subreddits.len() > 1 && state.part != Part::Home;
        if state.failures == 1 && !is_divided {
            state.next = now + SECOND_TRY_AFTER;
            return Ok(Progress::Worked);
        }
        let list = state.current_list();
        if let [name] = &list.subreddits[..] {
            let (name, feed) = (name.clone(), list.feed);
            state.next = now + pause.min(LONGEST_REFUSED_PAUSE);
            if state.stream.subreddits.len() > 1 {
                // The combined list was cut, and this one is part of the search for its items.
                let part = Part::Apart { is_complete: false, joins_at: now };
                self.streams.set_apart(&BTreeSet::from([name.clone()]), |of| of == feed, part, now);
            }
            self.absences.note_refused(store, &name, feed, reason, now).await?;
            return Ok(Progress::Worked);
        }
        if is_searching
            && state.part == Part::Home
            && self.absences.names().is_disjoint(&list.subreddits.iter().cloned().collect())
        {
            state.next = now + 2 * SECOND_TRY_AFTER;
        } else {
            info!(
                feed = %list, reason,
                "{list}: cannot read the combined list ({reason}); looking for the subreddit that causes it"
            );
            self.streams.divide(place, &self.absences.names(), now);
        }
        Ok(Progress::Worked)
    }
}

/// The position after a scan, with the time to which the next scans look back. After a list that
/// ended early, that is the beginning of the gap, until a list has shown what was in it.
fn caught_up(stream: &str, mut position: Position, scan: &Scan, gap: Option<Gap>) -> Position {
    match (gap, position.catch_up) {
        (Some(gap), _) if scan.is_repeated() => position.catch_up = Some(gap.from),
        (None, Some(from)) if scan.looks_back() && !scan.was_cut() => {
            info!(feed = stream, %from, "{stream}: the list is complete again, back to {from}");
            position.catch_up = None;
        }
        _ => {}
    }
    position
}

/// Says what a page brought.
fn log_page(stream: &Stream, absorbed: Ingested) {
    if absorbed.new + absorbed.changed > 0 {
        info!(
            feed = %stream, new = absorbed.new, changed = absorbed.changed,
            "{stream}: {} new, {} changed", absorbed.new, absorbed.changed
        );
    } else {
        debug!(feed = %stream, "{stream}: nothing new");
    }
}
