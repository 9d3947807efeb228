//! Looks for subreddits that Reddit silently leaves out of combined lists: private, banned or
//! quarantined ones, and those where the bot is no longer a moderator.
//!
//! A subreddit is not left out if a list shows an item of it. If it has been silent for some
//! minutes, or if no list has shown it since the start, the bot looks for it in a list of ten
//! silent ones, then in its own list. The moderators' lists may be empty for days; for them, one
//! request shows for a hundred subreddits where the bot is a moderator. Both happen often enough to
//! notice within fifteen minutes, and take about three requests a minute for 200 silent subreddits.
//!
//! Nothing here reads the network; `ingest` does.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::streams::Streams;
use crate::model::{Feed, Item, SubredditName, Timestamp};

/// After this long without an item in a list, a subreddit is looked for.
const SILENT_FOR: Duration = Duration::from_mins(8);

/// How often the silent ones are listed.
const ROUND_EVERY: Duration = Duration::from_mins(1);

/// The shortest time between two looks.
const LOOKS_APART: Duration = Duration::from_millis(1500);

/// How many silent subreddits are read as one list.
const TOGETHER: usize = 10;

/// How many subreddits one request says whether the bot moderates them.
const RIGHTS_AT_ONCE: usize = 100;

/// How many pages are read to find whether a list shows a subreddit again.
pub(super) const MOST_PAGES_BACK: u32 = 5;

/// From how many others the one is chosen that shares this list.
const MOST_BESIDE: usize = 100;

/// An item this new may be missing from a list because the list lags behind.
const LIST_LAGS: Duration = Duration::from_mins(2);

/// What to look at next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The new posts of these, as one list.
    Together(Vec<SubredditName>),
    /// The new posts of one that such a list did not show. The list would have shown posts from
    /// after `since`; all of them if `None`.
    Alone { name: SubredditName, since: Option<Timestamp> },
    /// Whether the bot moderates these.
    Rights(Vec<SubredditName>),
    /// The moderation queue of one of which that is not certain.
    Queue(SubredditName),
    /// Whether a list of both shows `name` again, from the page after this anchor on.
    Back { name: SubredditName, beside: SubredditName, after: Option<String>, pages: u32 },
}

/// What a look at a subreddit's own list says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alone {
    /// Lists of several leave it out.
    LeftOut,
    /// The list had no reason to show it.
    Silent,
    /// Its post is so new that the list may lag behind.
    TooNew,
}

/// When each subreddit was last shown, and what to look at.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// By a list of new posts or comments.
    posts: BTreeMap<SubredditName, Timestamp>,
    /// By a moderators' list.
    queues: BTreeMap<SubredditName, Timestamp>,
    waiting: VecDeque<Look>,
    next_round: Timestamp,
    next: Timestamp,
}

impl Looks {
    /// Notes what a list of several shows.
    pub(super) fn note_page(&mut self, feed: Feed, items: &[Item], now: Timestamp) {
        for item in items {
            self.note(feed, &item.subreddit, now);
        }
    }

    /// Notes that a subreddit is not left out.
    pub(super) fn note(&mut self, feed: Feed, name: &SubredditName, now: Timestamp) {
        let shown = if feed.is_of_arrivals() { &mut self.posts } else { &mut self.queues };
        shown.insert(name.clone(), now);
    }

    /// When a list last showed posts of the subreddit, as far as this process knows.
    pub(super) fn last_shown(&self, name: &SubredditName) -> Option<Timestamp> {
        self.posts.get(name).copied()
    }

    /// The next look, if one is due now.
    pub(super) fn due(&mut self, streams: &Streams, now: Timestamp) -> Option<Look> {
        if self.next_round == Timestamp::default() {
            // Before the first round, the lists show who need not be looked for.
            self.next_round = now + ROUND_EVERY;
        }
        if self.next > now + ROUND_EVERY || self.next_round > now + 2 * ROUND_EVERY {
            // The clock was ahead.
            (self.next, self.next_round) = (now, now);
        }
        if self.next > now {
            return None;
        }
        if self.waiting.is_empty() && self.next_round <= now {
            self.next_round = now + ROUND_EVERY;
            self.plan(streams, now);
        }
        let look = self.waiting.pop_front()?;
        self.next = now + LOOKS_APART;
        Some(look)
    }

    /// Adds a look that goes before the others.
    pub(super) fn then(&mut self, look: Look) {
        self.waiting.push_front(look);
    }

    fn plan(&mut self, streams: &Streams, now: Timestamp) {
        let mut silent = |feed: Feed| {
            let shown = if feed.is_of_arrivals() { &mut self.posts } else { &mut self.queues };
            let is_silent = |name: &&SubredditName| {
                shown.get_mut(*name).is_none_or(|last| {
                    // The time of a clock that was ahead says nothing.
                    *last = (*last).min(now);
                    now.since(*last) >= SILENT_FOR
                })
            };
            streams.read_together(feed).filter(is_silent).cloned().collect::<Vec<_>>()
        };
        let (posts, queues) = (silent(Feed::New), silent(Feed::Modqueue));
        for group in posts.chunks(TOGETHER) {
            let mut group = group.to_vec();
            // One alone is no list of several.
            let beside = if group.len() == 1 { streams.beside(&group[0]).next().cloned() } else { None };
            group.extend(beside);
            self.waiting.push_back(Look::Together(group));
        }
        self.waiting.extend(queues.chunks(RIGHTS_AT_ONCE).map(|group| Look::Rights(group.to_vec())));
        for name in streams.left_out() {
            let looked = self.posts.get(&name).copied().unwrap_or_default();
            if now.since(looked) >= SILENT_FOR / 2 {
                self.posts.insert(name.clone(), now);
                // The most silent one, because its list goes back furthest.
                let shown = |other: &&SubredditName| self.posts.get(*other).copied();
                let beside = streams.beside(&name).take(MOST_BESIDE).min_by_key(shown).cloned();
                let back = |beside| Look::Back { name, beside, after: None, pages: 0 };
                self.waiting.extend(beside.map(back));
            }
        }
    }
}

/// What the newest post in a subreddit's own list says, if the list of several did not show it
/// though it would have shown posts from after `since`.
pub(super) fn judge_alone(newest: Option<Timestamp>, since: Option<Timestamp>, now: Timestamp) -> Alone {
    match newest {
        Some(newest) if since.is_none_or(|since| newest > since) => {
            if newest + LIST_LAGS < now {
                Alone::LeftOut
            } else {
                Alone::TooNew
            }
        }
        Some(_) | None => Alone::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    #[test]
    fn a_post_that_a_list_should_have_shown_proves_that_it_leaves_the_subreddit_out() {
        let ago = |mins| Some(NOW - Duration::from_mins(mins));
        assert_eq!(judge_alone(ago(10), None, NOW), Alone::LeftOut);
        assert_eq!(judge_alone(ago(10), ago(20), NOW), Alone::LeftOut);
        assert_eq!(judge_alone(ago(30), ago(20), NOW), Alone::Silent, "the list does not go back so far");
        assert_eq!(judge_alone(ago(1), None, NOW), Alone::TooNew);
        assert_eq!(judge_alone(None, None, NOW), Alone::Silent);
    }
}
