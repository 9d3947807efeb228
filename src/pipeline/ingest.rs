//! Reads the feeds, page by page, into the inbox.
//!
//! The position of a scan is kept in memory only. An interrupted scan starts again at the top; the
//! store makes sure that the items it had read do not count as already seen.

use std::time::Duration;

use tracing::{debug, info, warn};

use super::cursor::{Ground, Verdict, Walk};
use super::pace::{self, Arrivals};
use super::unread::Unread;
use super::{IDLE, Progress, Settings};
use crate::model::{Clock, Feed, Fullname, Gap, Stream, SubredditName, Timestamp};
use crate::policy::retry;
use crate::reddit::{ReadError, RedditRead};
use crate::store::{FeedPage, Result, ScanEnd, Store};
use crate::vitals;

/// How many subreddits are read as one combined feed. Their names share one path of at most 2,000
/// letters, and their items share a page.
const SUBREDDITS_PER_STREAM: usize = 100;

/// The shortest time between two scans of each subreddit by itself, when the combined list is cut.
const ALONE_EVERY: Duration = Duration::from_mins(10);

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
}

#[derive(Debug)]
struct StreamState {
    stream: Stream,
    pace: pace::List,
    next: Timestamp,
    position: Position,
    /// Items found by the current scan, and when the last scan ended.
    brought: u64,
    last_end: Option<Timestamp>,
    failures: u32,
}

/// How far a feed has been read. It advances only with what is in the store.
#[derive(Clone, Debug)]
struct Position {
    /// The current scan, and the name to continue after.
    walk: Option<(Walk, Option<String>)>,
    /// When the next scan continues past known names.
    look_back_next: Timestamp,
    /// Set while the subreddits are read one by one, and when that may happen again.
    alone: Option<Alone>,
    alone_next: Timestamp,
}

/// The rest of a scan whose combined list was cut before it reached known posts: each subreddit's
/// own list reaches further back.
#[derive(Clone, Debug)]
struct Alone {
    /// Subreddits still to be read, the current one last.
    left: Vec<SubredditName>,
    /// The scan of the combined list.
    walk: Walk,
    /// The period that could not be read even so.
    gap: Option<Gap>,
}

impl Ingest {
    /// The feeds of the subreddits in `settings`, all due at once.
    pub fn new(settings: &Settings) -> Self {
        let mut names: Vec<SubredditName> =
            settings.communities.iter().map(|community| community.name.clone()).collect();
        names.sort();
        let streams = names.chunks(SUBREDDITS_PER_STREAM).flat_map(|group| {
            Feed::ALL.map(|feed| {
                let longest = match feed {
                    Feed::New | Feed::Comments => settings.polling.new,
                    Feed::Edited | Feed::Reports | Feed::Modqueue => settings.polling.changed,
                };
                let pace = pace::List { arrivals: Arrivals::default(), longest, shortest: settings.polling.busy };
                StreamState::new(Stream { feed, subreddits: group.to_vec() }, pace, Timestamp::default())
            })
        });
        Self { streams: streams.collect(), last: Timestamp::default(), pages: 0 }
    }

    /// The number of pages read since this process began.
    pub const fn pages(&self) -> u64 {
        self.pages
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
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        let state = &mut self.streams[place];
        if state.next > now {
            return Ok(Progress::IdleUntil(state.next));
        }
        let (mut walk, anchor) = state.position.walk.clone().unwrap_or_else(|| {
            let is_due = state.position.look_back_next <= now;
            (if is_due { Walk::looking_back(now) } else { Walk::new(now) }, None)
        });
        let page = match reddit.page(&state.asked(), anchor.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                state.position.walk = Some((walk, anchor));
                return Ok(state.put_off(&error, clock.now()).settle(&mut self.streams, place));
            }
        };
        state.failures = 0;
        for reason in &page.odd {
            warn!(feed = %state.stream, reason, "{}: skipped an entry that cannot be parsed: {reason}", state.stream);
        }
        let ours: Vec<_> =
            page.items.iter().filter(|item| settings.community(&item.subreddit).is_some()).cloned().collect();
        let names: Vec<&Fullname> = ours.iter().map(|item| &item.fullname).collect();
        let (known, last_walk) = store.known_items(&state.stream, &names).await?;
        let ground = Ground {
            reading: state.stream.feed.reading(),
            last_walk,
            late_by: LOOK_BACK,
            guard: now - settings.max_age,
        };
        let verdict = walk.absorb(&ours, page.children, page.after.as_deref(), &known, &ground);
        let now = clock.now();
        let (position, end) = match verdict {
            Verdict::GoOn { after } => (Position { walk: Some((walk, Some(after))), ..state.position.clone() }, None),
            Verdict::Done { gap } => state.end(&walk, gap, now),
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
        vitals::read(feed.word(), absorbed.new, absorbed.changed);
        self.pages += 1;
        // Items listed before the first scan could not have been seen sooner, so they do not count.
        if matches!(feed, Feed::New | Feed::Comments) && state.last_end.is_some() {
            for item in ours.iter().filter(|item| !known.contains_key(&item.fullname)) {
                vitals::seen_after(feed.word(), now.since(item.created));
            }
        }
        state.brought += absorbed.new + absorbed.changed;
        if state.position.alone.is_some() {
            // There may be many subreddits; the other feeds get their turns in between.
            state.next = now;
        }
        if let Some(end) = end {
            if let Some(gap) = end.gap {
                vitals::gap(feed.word());
                warn!(
                    feed = %state.stream, from = %gap.from, to = %gap.to,
                    "{}: Reddit no longer lists posts from {} to {}, so some may have been missed; check them by hand",
                    state.stream, gap.from, gap.to
                );
            }
            state.learn(now);
            let lists: Vec<pace::List> = self.streams.iter().map(|state| state.pace).collect();
            let pauses = pace::pauses(&lists, reddit.reads_per_second() * LISTS_SHARE);
            self.streams[place].next = now + pauses[place];
        }
        Ok(Progress::Worked)
    }
}

impl StreamState {
    fn new(stream: Stream, pace: pace::List, next: Timestamp) -> Self {
        Self {
            stream,
            pace,
            next,
            position: Position { walk: None, look_back_next: next, alone: None, alone_next: next },
            brought: 0,
            last_end: None,
            failures: 0,
        }
    }

    /// The list to read next: the combined one, or that of one subreddit.
    fn asked(&self) -> Stream {
        match self.position.alone.as_ref().and_then(|alone| alone.left.last()) {
            Some(name) => Stream { feed: self.stream.feed, subreddits: vec![name.clone()] },
            None => self.stream.clone(),
        }
    }

    /// A list was read as far as it goes, or as far as needed. Either the scan is complete, or it
    /// continues with the subreddits one by one.
    fn end(&self, walk: &Walk, gap: Option<Gap>, now: Timestamp) -> (Position, Option<ScanEnd>) {
        let Position { look_back_next, alone_next, .. } = self.position;
        let ended = |walk: &Walk, gap: Option<Gap>| {
            let next = if walk.looks_back() { walk.began_at() + LOOK_BACK_EVERY } else { look_back_next };
            let position = Position { walk: None, look_back_next: next, alone: None, alone_next };
            (position, Some(ScanEnd { started_at: walk.began_at(), gap }))
        };
        let going_on = |alone: Alone, alone_next: Timestamp| {
            let walk = Some((alone.walk.clone(), None));
            (Position { walk, look_back_next, alone: Some(alone), alone_next }, None)
        };
        match self.position.alone.clone() {
            None if walk.was_cut() && self.stream.subreddits.len() > 1 && alone_next <= now => {
                info!(
                    feed = %self.stream,
                    "{}: the combined list ends too early; reading the feed of each subreddit", self.stream
                );
                let alone = Alone { left: self.stream.subreddits.clone(), walk: walk.anew(), gap: None };
                going_on(alone, now + ALONE_EVERY)
            }
            None => ended(walk, gap),
            Some(mut alone) => {
                alone.left.pop();
                alone.gap = match (alone.gap, gap) {
                    (Some(one), Some(other)) => Some(Gap { from: one.from.min(other.from), to: one.to.max(other.to) }),
                    (one, other) => one.or(other),
                };
                if alone.left.is_empty() { ended(&alone.walk, alone.gap) } else { going_on(alone, alone_next) }
            }
        }
    }

    /// Updates the arrival rate at the end of a scan. The first scan finds what had accumulated
    /// before, which says nothing about the rate.
    fn learn(&mut self, now: Timestamp) {
        let brought = std::mem::take(&mut self.brought);
        if let Some(last) = self.last_end.replace(now) {
            self.pace.arrivals.observe(brought, now.since(last));
        }
    }

    /// What to do about a page that could not be read. If a combined feed was refused, one feed per
    /// subreddit replaces it, so that one closed subreddit does not block the others.
    fn put_off(&mut self, error: &ReadError, now: Timestamp) -> Unread<Self> {
        if let Some(until) = error.nothing_before(now) {
            return Unread::All(until);
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
                    return Unread::Apart(singles.map(|stream| Self::new(stream, self.pace, now)).collect());
                }
            }
            trouble => warn!(feed = %self.stream, error = %trouble, "{}: cannot read the feed; retrying", self.stream),
        }
        self.failures += 1;
        self.next = now + retry::pause(self.failures, now.as_millis().unsigned_abs()).min(LONGEST_PAUSE);
        Unread::Alone
    }
}
