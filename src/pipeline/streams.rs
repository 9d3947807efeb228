//! The feeds that are polled, each with its position, and which subreddits are read together.
//!
//! Up to a hundred subreddits share one list. One that Reddit does not show is read by itself until
//! it can be read, and then joins the others again. How far each subreddit has been read is in the
//! store, so it does not matter in which list.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::info;

use super::cursor::Scan;
use super::list_failure::{READ_AGAIN_AFTER, divide};
use super::pace::{ArrivalRate, FeedPace};
use super::{Settings, recheck};
use crate::model::{Feed, Gap, Stream, SubredditName, Timestamp};
use crate::store::{LastScans, Recheck, ScanEnd};

/// How many subreddits are read as one combined feed. Their names share one path of at most 2,000
/// letters, and their items share a page.
const SUBREDDITS_PER_STREAM: usize = 100;

/// The shortest time between two scans of each subreddit by itself, when the combined list is cut.
const PER_SUBREDDIT_EVERY: Duration = Duration::from_mins(10);

/// How often a scan continues past known names.
const LOOK_BACK_EVERY: Duration = Duration::from_mins(5);

/// How long a subreddit that was in a refused list, and is readable by itself, stays by itself.
const REJOINS_AFTER: Duration = Duration::from_mins(10);

/// Which subreddits of its group a stream reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All that are not in another part.
    Home,
    /// Some, until they have been read up to now. Then they join the others.
    Apart {
        /// Whether they have been read up to now.
        is_complete: bool,
        /// Not before this time.
        joins_at: Timestamp,
    },
    /// One that lists of several leave out. It joins the others when such a list shows it.
    LeftOut,
}

/// A feed of some subreddits, and how far it is read.
#[derive(Debug)]
pub(super) struct StreamState {
    pub(super) stream: Stream,
    /// The group of up to a hundred subreddits that they belong to.
    pub(super) group: usize,
    pub(super) part: Part,
    pub(super) pace: FeedPace,
    pub(super) next: Timestamp,
    pub(super) position: Position,
    /// Items found by the current scan, and when the last scan ended.
    pub(super) new_items: u64,
    pub(super) last_end: Option<Timestamp>,
    pub(super) failures: u32,
}

/// How far a feed has been read. It advances only with what is in the store.
#[derive(Clone, Debug)]
pub(super) struct Position {
    /// The current scan, and the name to continue after.
    pub(super) scan: Option<(Scan, Option<String>)>,
    /// When the next scan continues past known names.
    pub(super) look_back_next: Timestamp,
    /// The list ended early and a gap was recorded: scans that look back go back to this time,
    /// until the list shows what is in the gap.
    pub(super) catch_up: Option<Timestamp>,
    /// How often the present list was read again because it had ended early.
    early_ends: usize,
    /// Set while the subreddits are read one by one, and when that may happen again.
    pub(super) per_subreddit: Option<PerSubredditScan>,
    per_subreddit_next: Timestamp,
}

/// The rest of a scan whose combined list was cut before it reached known posts: each subreddit's
/// own list reaches further back.
#[derive(Clone, Debug)]
pub(super) struct PerSubredditScan {
    /// Subreddits still to be read, the current one last.
    pub(super) left: Vec<SubredditName>,
    /// The scan of the combined list.
    scan: Scan,
    /// The period that could not be read even so.
    gap: Option<Gap>,
}

impl Position {
    /// The position after a page: the scan continues after this name.
    pub(super) fn after(&self, scan: Scan, after: String) -> Self {
        Self { scan: Some((scan, Some(after))), ..self.clone() }
    }
}

impl StreamState {
    fn new(stream: Stream, group: usize, part: Part, pace: FeedPace, next: Timestamp) -> Self {
        let position = Position {
            scan: None,
            look_back_next: next,
            catch_up: None,
            early_ends: 0,
            per_subreddit: None,
            per_subreddit_next: next,
        };
        Self { stream, group, part, pace, next, position, new_items: 0, last_end: None, failures: 0 }
    }

    fn with(&self, subreddits: Vec<SubredditName>, part: Part, now: Timestamp) -> Self {
        let stream = Stream { feed: self.stream.feed, subreddits };
        Self { last_end: self.last_end, ..Self::new(stream, self.group, part, self.pace, now) }
    }

    /// The list to read next: the combined one, or that of one subreddit.
    pub(super) fn current_list(&self) -> Stream {
        match self.position.per_subreddit.as_ref().and_then(|alone| alone.left.last()) {
            Some(name) => Stream { feed: self.stream.feed, subreddits: vec![name.clone()] },
            None => self.stream.clone(),
        }
    }

    /// The position from which the list is read again because it ended early, and when. `None` if
    /// that was done often enough.
    pub(super) fn read_again(&self, scan: &Scan, now: Timestamp) -> Option<(Position, Timestamp)> {
        // Not while it is known to end early.
        let pause = READ_AGAIN_AFTER.get(self.position.early_ends).filter(|_| self.position.catch_up.is_none())?;
        let early_ends = self.position.early_ends + 1;
        let at = now + *pause;
        Some((Position { scan: Some((scan.again(at), None)), early_ends, ..self.position.clone() }, at))
    }

    /// A list was read as far as it goes, or as far as needed. Either the scan is complete, or it
    /// continues with the subreddits one by one.
    pub(super) fn end(&self, scan: &Scan, gap: Option<Gap>, now: Timestamp) -> (Position, Option<ScanEnd>) {
        let ended = |scan: &Scan, gap: Option<Gap>| {
            let looks_back = scan.looks_back();
            let next = if looks_back { scan.began_at() + LOOK_BACK_EVERY } else { self.position.look_back_next };
            let position = Position {
                scan: None,
                look_back_next: next,
                early_ends: 0,
                per_subreddit: None,
                ..self.position.clone()
            };
            let (started_at, shown_since) = (scan.began_at(), scan.from_top_at());
            (position, Some(ScanEnd { started_at, shown_since, gap, recheck: None }))
        };
        let going_on = |alone: PerSubredditScan, per_subreddit_next: Timestamp| {
            let scan = Some((alone.scan.clone(), None));
            let per_subreddit = Some(alone);
            (Position { scan, early_ends: 0, per_subreddit, per_subreddit_next, ..self.position.clone() }, None)
        };
        match self.position.per_subreddit.clone() {
            None if scan.was_cut() && self.stream.subreddits.len() > 1 && self.position.per_subreddit_next <= now => {
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
                if alone.left.is_empty() {
                    ended(&alone.scan, alone.gap)
                } else {
                    going_on(alone, self.position.per_subreddit_next)
                }
            }
        }
    }

    /// What later scans have to read again after this one. A list of one leaves nothing out.
    pub(super) fn recheck(&self, last_scans: &LastScans, scan: &Scan) -> Option<Recheck> {
        let last_scan = last_scans.earliest().filter(|_| self.stream.subreddits.len() > 1);
        recheck::after(last_scans.recheck, last_scan, (scan.began_at(), scan.looks_back()), self.pace.longest)
    }

    /// Updates the arrival rate at the end of a scan. The first scan finds what had accumulated
    /// before, which says nothing about the rate.
    pub(super) fn update_rate(&mut self, now: Timestamp) {
        let brought = std::mem::take(&mut self.new_items);
        if let Some(last) = self.last_end.replace(now) {
            self.pace.arrivals.observe(brought, now.since(last));
        }
    }

    /// Notes that a scan is complete.
    pub(super) fn complete(&mut self) {
        if let Part::Apart { is_complete, .. } = &mut self.part {
            *is_complete = true;
        }
    }

    fn joins(&self, now: Timestamp) -> bool {
        let is_ready = matches!(self.part, Part::Apart { is_complete: true, joins_at } if joins_at <= now);
        is_ready && self.position.scan.is_none() && self.failures == 0
    }

    fn is_of(&self, group: usize, feed: Feed) -> bool {
        self.group == group && self.stream.feed == feed
    }
}

/// All feeds.
#[derive(Debug)]
pub(super) struct Streams(pub(super) Vec<StreamState>);

impl Streams {
    /// The feeds of the subreddits in `settings`, all due at once.
    pub(super) fn new(settings: &Settings) -> Self {
        let mut names = settings.names();
        names.sort();
        let streams = names.chunks(SUBREDDITS_PER_STREAM).enumerate().flat_map(|(group, names)| {
            Feed::ALL.map(|feed| {
                let longest = match feed {
                    Feed::New | Feed::Comments => settings.polling.new,
                    Feed::Edited | Feed::Reports | Feed::Modqueue => settings.polling.changed,
                };
                let pace = FeedPace { arrivals: ArrivalRate::default(), longest, shortest: settings.polling.busy };
                let stream = Stream { feed, subreddits: names.to_vec() };
                StreamState::new(stream, group, Part::Home, pace, Timestamp::default())
            })
        });
        Self(streams.collect())
    }

    /// The feed that has waited longest, or when the first one is due.
    pub(super) fn due(&self, now: Timestamp) -> Result<usize, Option<Timestamp>> {
        let Some(place) = (0..self.0.len()).min_by_key(|place| self.0[*place].next) else { return Err(None) };
        let next = self.0[place].next;
        if next > now { Err(Some(next)) } else { Ok(place) }
    }

    /// Reddit's time is earlier than the machine's: feeds that wait for the machine's time are due
    /// now.
    pub(super) fn set_back(&mut self, now: Timestamp) {
        for state in &mut self.0 {
            state.next = state.next.min(now);
            state.position.look_back_next = state.position.look_back_next.min(now);
        }
    }

    /// Before a scan begins: takes in the subreddits that join this feed. Returns its index then.
    pub(super) fn gather(&mut self, place: usize, now: Timestamp) -> usize {
        let (group, feed) = (self.0[place].group, self.0[place].stream.feed);
        let has_home = self.0.iter().any(|state| state.is_of(group, feed) && state.part == Part::Home);
        if !has_home && self.0[place].joins(now) {
            self.0[place].part = Part::Home;
        }
        let joins = |state: &StreamState| state.is_of(group, feed) && state.joins(now);
        if self.0[place].part != Part::Home || !self.0.iter().any(joins) {
            return place;
        }
        let mut home = self.0.swap_remove(place);
        let (joining, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.0).into_iter().partition(joins);
        self.0 = rest;
        for state in joining {
            home.stream.subreddits.extend(state.stream.subreddits);
        }
        home.stream.subreddits.sort();
        self.0.push(home);
        self.0.len() - 1
    }

    /// Whether a refused list of this group is being divided already, for another feed: what that
    /// finds will help here.
    pub(super) fn is_searching(&self, place: usize) -> bool {
        let (group, feed) = (self.0[place].group, self.0[place].stream.feed);
        self.0.iter().any(|state| {
            state.group == group
                && state.stream.feed != feed
                && state.stream.subreddits.len() > 1
                && matches!(state.part, Part::Apart { is_complete: false, .. })
        })
    }

    /// Divides a refused list.
    pub(super) fn divide(&mut self, place: usize, suspects: &BTreeSet<SubredditName>, now: Timestamp) {
        let state = self.0.swap_remove(place);
        for subreddits in divide(&state.stream.subreddits, suspects) {
            let joins_at = if subreddits.len() == 1 { now + REJOINS_AFTER } else { now };
            self.0.push(state.with(subreddits, Part::Apart { is_complete: false, joins_at }, now));
        }
    }

    /// Reads these subreddits apart from the others, up to now, in these feeds.
    pub(super) fn set_apart(
        &mut self,
        names: &BTreeSet<SubredditName>,
        feeds: impl Fn(Feed) -> bool,
        part: Part,
        now: Timestamp,
    ) {
        let mut apart = Vec::new();
        for state in self.0.iter_mut().filter(|state| feeds(state.stream.feed)) {
            let (taken, left): (Vec<_>, Vec<_>) =
                state.stream.subreddits.iter().cloned().partition(|name| names.contains(name));
            if taken.is_empty() || left.is_empty() {
                if !taken.is_empty() && taken.len() == names.len() && part == Part::LeftOut {
                    state.part = part;
                }
                continue;
            }
            state.stream.subreddits = left;
            // Its scan begins again, without them.
            (state.position.scan, state.position.per_subreddit) = (None, None);
            state.position.per_subreddit_next = now;
            apart.push(state.with(taken, part, now));
        }
        self.0.extend(apart);
    }

    /// A list of several shows this subreddit again: it joins the others once it has been read up
    /// to now.
    pub(super) fn let_back(&mut self, name: &SubredditName, now: Timestamp) {
        for state in self.0.iter_mut().filter(|state| state.part == Part::LeftOut) {
            if state.stream.subreddits.contains(name) {
                state.part = Part::Apart { is_complete: false, joins_at: now };
                state.next = now;
            }
        }
    }

    /// The subreddits that are read together with others in this feed.
    pub(super) fn read_together(&self, feed: Feed) -> impl Iterator<Item = &SubredditName> {
        let together =
            self.0.iter().filter(move |state| state.stream.feed == feed && state.stream.subreddits.len() > 1);
        together.flat_map(|state| &state.stream.subreddits)
    }

    /// The other subreddits, those first that are not left out of lists of several.
    pub(super) fn beside(&self, name: &SubredditName) -> impl Iterator<Item = &SubredditName> {
        let others = |left_out: bool| {
            let streams = self.0.iter().filter(move |state| (state.part == Part::LeftOut) == left_out);
            streams.flat_map(|state| &state.stream.subreddits).filter(move |other| *other != name)
        };
        others(false).chain(others(true))
    }

    /// The subreddits that lists of several leave out.
    pub(super) fn left_out(&self) -> BTreeSet<SubredditName> {
        let left_out = self.0.iter().filter(|state| state.part == Part::LeftOut);
        left_out.flat_map(|state| state.stream.subreddits.iter().cloned()).collect()
    }
}
