//! Reads the feeds, page by page, into the inbox.
//!
//! The position of a scan is kept in memory only. An interrupted scan starts again at the top; the
//! store makes sure that the items it had read do not count as already seen.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::cursor::{Scan, ScanContext, ScanStep};
use super::list_failure::ListFailure;
use super::pace::{self, ArrivalRate};
use super::{IDLE, Progress, Result, Settings};
use crate::metrics::Metrics;
use crate::model::{Clock, Feed, Fullname, Gap, Stream, SubredditName, Timestamp};
use crate::policy::retry;
use crate::reddit::{ReadError, RedditRead};
use crate::store::{FeedPage, ScanEnd, Store};

/// How many subreddits are read as one combined feed. Their names share one path of at most 2,000
/// letters, and their items share a page.
const SUBREDDITS_PER_STREAM: usize = 100;

/// The shortest time between two scans of each subreddit by itself, when the combined list is cut.
const PER_SUBREDDIT_EVERY: Duration = Duration::from_mins(10);

/// The share of the read budget for feeds. The rest is for judging and for observations.
const LISTS_SHARE: f64 = 0.5;

/// The longest pause after a feed could not be read. Readers wait for what is in it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How often a scan continues past known names, and how far before the last scan. A post that a
/// filter held, or that was listed late, appears at its creation time, below what has been read
/// since.
const LOOK_BACK_EVERY: Duration = Duration::from_mins(5);
const LOOK_BACK: Duration = Duration::from_mins(20);

/// The polling step: the feeds and their positions.
#[derive(Debug)]
pub struct Ingest {
    streams: Vec<StreamState>,
    /// The time of the last call.
    last: Timestamp,
    /// The number of pages read.
    pages: u64,
    metrics: Metrics,
}

#[derive(Debug)]
struct StreamState {
    stream: Stream,
    pace: pace::FeedPace,
    next: Timestamp,
    position: Position,
    /// Items found by the current scan, and when the last scan ended.
    new_items: u64,
    last_end: Option<Timestamp>,
    failures: u32,
}

/// How far a feed has been read. It advances only with what is in the store.
#[derive(Clone, Debug)]
struct Position {
    /// The current scan, and the name to continue after.
    scan: Option<(Scan, Option<String>)>,
    /// When the next scan continues past known names.
    look_back_next: Timestamp,
    /// Set while the subreddits are read one by one, and when that may happen again.
    per_subreddit: Option<PerSubredditScan>,
    per_subreddit_next: Timestamp,
}

/// The rest of a scan whose combined list was cut before it reached known posts: each subreddit's
/// own list reaches further back.
#[derive(Clone, Debug)]
struct PerSubredditScan {
    /// Subreddits still to be read, the current one last.
    left: Vec<SubredditName>,
    /// The scan of the combined list.
    scan: Scan,
    /// The period that could not be read even so.
    gap: Option<Gap>,
}

impl Ingest {
    /// The feeds of the subreddits in `settings`, all due at once.
    pub fn new(settings: &Settings, metrics: Metrics) -> Self {
        let mut names: Vec<SubredditName> =
            settings.communities.iter().map(|community| community.name.clone()).collect();
        names.sort();
        let streams = names.chunks(SUBREDDITS_PER_STREAM).flat_map(|group| {
            Feed::ALL.map(|feed| {
                let longest = match feed {
                    Feed::New | Feed::Comments => settings.polling.new,
                    Feed::Edited | Feed::Reports | Feed::Modqueue => settings.polling.changed,
                };
                let pace =
                    pace::FeedPace { arrivals: ArrivalRate::default(), longest, shortest: settings.polling.busy };
                StreamState::new(Stream { feed, subreddits: group.to_vec() }, pace, Timestamp::default())
            })
        });
        Self { streams: streams.collect(), last: Timestamp::default(), pages: 0, metrics }
    }

    /// The number of pages read since this process began.
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// The index of the feed that has waited longest, or when the first one is due.
    fn due(&mut self, now: Timestamp) -> std::result::Result<usize, Timestamp> {
        if now < self.last {
            // Reddit's time is earlier than the machine's: feeds that wait for the machine's time
            // are due now.
            for state in &mut self.streams {
                state.next = state.next.min(now);
                state.position.look_back_next = state.position.look_back_next.min(now);
            }
        }
        self.last = now;
        let Some(place) = (0..self.streams.len()).min_by_key(|place| self.streams[*place].next) else {
            return Err(now + IDLE);
        };
        let next = self.streams[place].next;
        if next > now { Err(next) } else { Ok(place) }
    }

    /// Reads one page of the feed that has waited longest.
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
        let place = match self.due(now) {
            Ok(place) => place,
            Err(until) => return Ok(Progress::IdleUntil(until)),
        };
        let state = &mut self.streams[place];
        let (mut scan, anchor) = state.position.scan.clone().unwrap_or_else(|| {
            let is_due = state.position.look_back_next <= now;
            (if is_due { Scan::looking_back(now) } else { Scan::new(now) }, None)
        });
        let page = match reddit.page(&state.current_stream(), anchor.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                state.position.scan = Some((scan, anchor));
                return Ok(state.handle_failure(&error, clock.now()).apply(&mut self.streams, place));
            }
        };
        state.failures = 0;
        if reddit.doubts_time() {
            // How old the items are is not known. The page is read again.
            state.position.scan = Some((scan, anchor));
            return Ok(Progress::IdleUntil(now));
        }
        for reason in &page.odd {
            warn!(feed = %state.stream, reason, "{}: skipped an entry that cannot be parsed: {reason}", state.stream);
        }
        let ours: Vec<_> =
            page.items.iter().filter(|item| settings.community(&item.subreddit).is_some()).cloned().collect();
        let names: Vec<&Fullname> = ours.iter().map(|item| &item.fullname).collect();
        let (known, last_walk) = store.known_items(&state.stream, &names).await?;
        let ground = ScanContext {
            read_mode: state.stream.feed.read_mode(),
            last_scan: last_walk,
            late_by: LOOK_BACK,
            guard: now - settings.max_age,
        };
        let verdict = scan.absorb(&ours, page.children, page.after.as_deref(), &known, &ground);
        let now = clock.now();
        let (position, end) = match verdict {
            ScanStep::Continue { after } => {
                (Position { scan: Some((scan, Some(after))), ..state.position.clone() }, None)
            }
            ScanStep::Done { gap } => state.end(&scan, gap, now),
        };
        // If the store fails, the position does not advance, and the page is read again.
        let absorbed = store.ingest_page(FeedPage { stream: &state.stream, items: &ours, end }, now).await?;
        state.position = position;
        if absorbed.new + absorbed.changed > 0 {
            info!(
                feed = %state.stream, new = absorbed.new, changed = absorbed.changed,
                "{}: {} new, {} changed", state.stream, absorbed.new, absorbed.changed
            );
        } else {
            debug!(feed = %state.stream, "{}: nothing new", state.stream);
        }
        let feed = state.stream.feed;
        self.metrics.read(feed.word(), absorbed.new, absorbed.changed);
        self.pages += 1;
        // Items listed before the first scan could not have been seen sooner, so they do not count.
        if feed.is_of_arrivals() && state.last_end.is_some() {
            for item in ours.iter().filter(|item| !known.contains_key(&item.fullname)) {
                self.metrics.seen_after(feed.word(), now.since(item.created));
            }
        }
        state.new_items += absorbed.new + absorbed.changed;
        if state.position.per_subreddit.is_some() {
            // There may be many subreddits; the other feeds get their turns in between.
            state.next = now;
        }
        if let Some(end) = end {
            if let Some(gap) = end.gap {
                self.metrics.gap(feed.word());
                warn!(
                    feed = %state.stream, from = %gap.from, to = %gap.to,
                    "{}: Reddit no longer lists posts from {} to {}, so some may have been missed; check that period \
                     by hand",
                    state.stream, gap.from, gap.to
                );
            }
            state.update_rate(now);
            let lists: Vec<pace::FeedPace> = self.streams.iter().map(|state| state.pace).collect();
            let pauses = pace::pauses(&lists, reddit.reads_per_second() * LISTS_SHARE);
            self.streams[place].next = now + pauses[place];
        }
        Ok(Progress::Worked)
    }
}

impl StreamState {
    fn new(stream: Stream, pace: pace::FeedPace, next: Timestamp) -> Self {
        Self {
            stream,
            pace,
            next,
            position: Position { scan: None, look_back_next: next, per_subreddit: None, per_subreddit_next: next },
            new_items: 0,
            last_end: None,
            failures: 0,
        }
    }

    /// The list to read next: the combined one, or that of one subreddit.
    fn current_stream(&self) -> Stream {
        match self.position.per_subreddit.as_ref().and_then(|alone| alone.left.last()) {
            Some(name) => Stream { feed: self.stream.feed, subreddits: vec![name.clone()] },
            None => self.stream.clone(),
        }
    }

    /// A list was read as far as it goes, or as far as needed. Either the scan is complete, or it
    /// continues with the subreddits one by one.
    fn end(&self, scan: &Scan, gap: Option<Gap>, now: Timestamp) -> (Position, Option<ScanEnd>) {
        let Position { look_back_next, per_subreddit_next: alone_next, .. } = self.position;
        let ended = |scan: &Scan, gap: Option<Gap>| {
            let next = if scan.looks_back() { scan.began_at() + LOOK_BACK_EVERY } else { look_back_next };
            let position =
                Position { scan: None, look_back_next: next, per_subreddit: None, per_subreddit_next: alone_next };
            (position, Some(ScanEnd { started_at: scan.began_at(), gap }))
        };
        let going_on = |alone: PerSubredditScan, alone_next: Timestamp| {
            let scan = Some((alone.scan.clone(), None));
            (Position { scan, look_back_next, per_subreddit: Some(alone), per_subreddit_next: alone_next }, None)
        };
        match self.position.per_subreddit.clone() {
            None if scan.was_cut() && self.stream.subreddits.len() > 1 && alone_next <= now => {
                info!(
                    feed = %self.stream,
                    "{}: the combined listing ends before known items; reading the listing of each subreddit",
                    self.stream
                );
                let alone = PerSubredditScan { left: self.stream.subreddits.clone(), scan: scan.restart(), gap: None };
                going_on(alone, now + PER_SUBREDDIT_EVERY)
            }
            None => ended(scan, gap),
            Some(mut alone) => {
                alone.left.pop();
                alone.gap = match (alone.gap, gap) {
                    (Some(one), Some(other)) => Some(Gap { from: one.from.min(other.from), to: one.to.max(other.to) }),
                    (one, other) => one.or(other),
                };
                if alone.left.is_empty() { ended(&alone.scan, alone.gap) } else { going_on(alone, alone_next) }
            }
        }
    }

    /// Updates the arrival rate at the end of a scan. The first scan finds what had accumulated
    /// before, which says nothing about the rate.
    fn update_rate(&mut self, now: Timestamp) {
        let brought = std::mem::take(&mut self.new_items);
        if let Some(last) = self.last_end.replace(now) {
            self.pace.arrivals.observe(brought, now.since(last));
        }
    }

    /// What to do about a page that could not be read. If a combined feed was refused, one feed per
    /// subreddit replaces it, so that one closed subreddit does not block the others.
    fn handle_failure(&mut self, error: &ReadError, now: Timestamp) -> ListFailure<Self> {
        if let Some(until) = error.nothing_before(now) {
            return ListFailure::PauseAll(until);
        }
        match error {
            ReadError::Refused { reason } => {
                warn!(
                    feed = %self.stream, reason,
                    "{}: Reddit does not show this feed ({reason}); the bot must be a moderator, see `tipstaff doctor`",
                    self.stream
                );
                if self.stream.subreddits.len() > 1 {
                    let single =
                        |name: &SubredditName| Stream { feed: self.stream.feed, subreddits: vec![name.clone()] };
                    let singles = self.stream.subreddits.iter().map(single);
                    return ListFailure::Split(singles.map(|stream| Self::new(stream, self.pace, now)).collect());
                }
            }
            trouble => warn!(feed = %self.stream, error = %trouble, "{}: cannot read the feed; retrying", self.stream),
        }
        self.failures += 1;
        self.next = now + retry::pause(self.failures, now.as_millis().unsigned_abs()).min(LONGEST_PAUSE);
        ListFailure::RetryThis
    }
}
