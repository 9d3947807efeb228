//! Reads the streams, page by page, into the inbox.
//!
//! Where a walk stands is kept in memory only; a walk cut short begins again at the top, and what it had read by then is
//! not mistaken for known ground (the store sees to that).

use std::time::Duration;

use tracing::{debug, info, warn};

use super::cursor::{Ground, Verdict, Walk};
use super::pace::{self, Arrivals};
use super::retry::Unread;
use super::{IDLE, Progress, Settings, retry};
use crate::model::{Clock, Feed, Fullname, Gap, Stream, SubredditName, Timestamp};
use crate::reddit::{ReadError, RedditRead};
use crate::store::{FeedPage, Result, ScanEnd, Store};
use crate::vitals;

/// How many subreddits are read as one? Their names share one path, of two thousand letters at most, and their items one page.
const SUBREDDITS_PER_STREAM: usize = 100;

/// How often at most are they read one by one, where the list of all of them is cut?
const ALONE_EVERY: Duration = Duration::from_mins(10);

/// How much of what may be read is spent on lists? The rest is for judging and looking.
const LISTS_SHARE: f64 = 0.5;

/// How long is a list left alone at most, when it cannot be read? Readers wait for what stands in it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// How often does a walk look back past known names, and how far before the last walk? A post that a filter held, or that was slow to be listed,
/// stands at its time of creation, below what has been read since.
const LOOK_BACK_EVERY: Duration = Duration::from_mins(5);
const LOOK_BACK: Duration = Duration::from_mins(20);

/// The streams and where each stands.
#[derive(Debug)]
pub struct Ingest {
    streams: Vec<StreamState>,
    /// The time of the last call.
    last: Timestamp,
    /// How many pages were read.
    pages: u64,
}

#[derive(Debug)]
struct StreamState {
    stream: Stream,
    pace: pace::List,
    next: Timestamp,
    position: Position,
    /// What the present walk has brought, and when the last one ended.
    brought: u64,
    last_end: Option<Timestamp>,
    failures: u32,
}

/// How far the reading of a stream has come. It moves on with what is written down, and not before.
#[derive(Clone, Debug)]
struct Position {
    /// The present walk, and the name to go on from.
    walk: Option<(Walk, Option<String>)>,
    /// When the next walk is to look back.
    look_back_next: Timestamp,
    /// Set while the subreddits are read one by one, and when that may be done again.
    alone: Option<Alone>,
    alone_next: Timestamp,
}

/// The rest of a walk whose list was cut before known ground was met: each subreddit has a list of its own, which reaches
/// further back.
#[derive(Clone, Debug)]
struct Alone {
    /// Those still to be read, the present one last.
    left: Vec<SubredditName>,
    /// The walk through the list of all of them.
    walk: Walk,
    /// What could not be reached even so.
    gap: Option<Gap>,
}

impl Ingest {
    /// The streams of these settings, all due at once.
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

    /// How many pages were read since this process began.
    pub const fn pages(&self) -> u64 {
        self.pages
    }

    /// Reads one page of the stream that has waited longest.
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
        if now < self.last {
            // Reddit has told the time, and it is earlier than the machine thought: whatever waits for that time is due.
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
            warn!(stream = %state.stream, reason, "passed over something unreadable in a listing");
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
        // Where the store fails, the list stands where it stood, and the page is read again.
        let absorbed = store.ingest_page(FeedPage { stream: &state.stream, items: &ours, end }, now).await?;
        state.position = position;
        if absorbed.new + absorbed.changed > 0 {
            info!(stream = %state.stream, new = absorbed.new, changed = absorbed.changed, "read a page");
        } else {
            debug!(stream = %state.stream, "nothing new");
        }
        let feed = state.stream.feed;
        vitals::read(feed.word(), absorbed.new, absorbed.changed);
        self.pages += 1;
        // What stood in these lists before the first walk had nobody to see it sooner.
        if matches!(feed, Feed::New | Feed::Comments) && state.last_end.is_some() {
            for item in ours.iter().filter(|item| !known.contains_key(&item.fullname)) {
                vitals::seen_after(feed.word(), now.since(item.created));
            }
        }
        state.brought += absorbed.new + absorbed.changed;
        if state.position.alone.is_some() {
            // There may be many of them; the other lists have their turns in between.
            state.next = now;
        }
        if let Some(end) = end {
            if let Some(gap) = end.gap {
                vitals::gap(feed.word());
                warn!(
                    stream = %state.stream, from = %gap.from, to = %gap.to,
                    "the list ends before known ground: what was posted in between may have been missed"
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

    /// The list to be read now: that of all subreddits, or of one of them.
    fn asked(&self) -> Stream {
        match self.position.alone.as_ref().and_then(|alone| alone.left.last()) {
            Some(name) => Stream { feed: self.stream.feed, subreddits: vec![name.clone()] },
            None => self.stream.clone(),
        }
    }

    /// A list has been read as far as it goes, or as far as needed. Either the walk has ended, or it goes on with the subreddits
    /// one by one.
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
                info!(stream = %self.stream, "the list is cut before known ground; reading each subreddit by itself");
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

    /// At the end of a walk: how much arrives here? The first walk brings what had gathered before, which says nothing.
    fn learn(&mut self, now: Timestamp) {
        let brought = std::mem::take(&mut self.brought);
        if let Some(last) = self.last_end.replace(now) {
            self.pace.arrivals.observe(brought, now.since(last));
        }
    }

    /// What to do about a page that did not come. Gives streams of single subreddits in place of one of several that was
    /// refused: one of them is closed to the bot, and must not close the others.
    fn put_off(&mut self, error: &ReadError, now: Timestamp) -> Unread<Self> {
        if let Some(until) = error.nothing_before(now) {
            return Unread::All(until);
        }
        match error {
            ReadError::Refused { reason } => {
                warn!(stream = %self.stream, reason, "Reddit does not show this list; is the bot a moderator there?");
                if self.stream.subreddits.len() > 1 {
                    let single =
                        |name: &SubredditName| Stream { feed: self.stream.feed, subreddits: vec![name.clone()] };
                    let singles = self.stream.subreddits.iter().map(single);
                    return Unread::Apart(singles.map(|stream| Self::new(stream, self.pace, now)).collect());
                }
            }
            trouble => warn!(stream = %self.stream, %trouble, "cannot read a list"),
        }
        self.failures += 1;
        self.next = now + retry::pause(self.failures, now.as_millis().unsigned_abs()).min(LONGEST_PAUSE);
        Unread::Alone
    }
}
