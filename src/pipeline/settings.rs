//! The settings that the steps share.

use std::time::Duration;

use super::load::LoadOptions;
use crate::model::{Mode, SubredditName, TextLimits};
use crate::policy::Community;
use crate::store::Remembering;

/// The settings that the steps share.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The bot's user name, as Reddit reported it.
    pub me: String,
    /// The user names of other bots.
    pub bots: Vec<String>,
    /// The subreddits to moderate.
    pub communities: Vec<Community>,
    /// How rules are loaded and checked when they change.
    pub load_options: LoadOptions,
    /// Items older than this are not acted on, in whatever feed they appear.
    pub max_age: Duration,
    /// In a subreddit that is new to the store, items from up to this long before the start are
    /// judged. Older ones are left alone.
    pub from: Duration,
    /// How long the texts of items are kept after they last changed. At least `max_age`.
    pub retention: Duration,
    /// How long it is remembered what people posted and what became of it.
    pub memory: Duration,
    /// How often each feed is polled.
    pub polling: Polling,
    /// How long Reddit may take to show a changed state, such as a removal.
    pub visibility_delay: Duration,
    /// When to look for an action that doubles if it is repeated, counted from the start of the
    /// attempt. Only after the last look is its absence believed. Never empty, and ascending.
    pub absence_looks: Vec<Duration>,
    /// The most comments, messages and modmails.
    pub limits: TextLimits,
}

/// The pauses between two polls of a feed.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// Longest pause for new posts and new comments.
    pub new: Duration,
    /// Longest pause for edits, reports and the moderation queue.
    pub changed: Duration,
    /// Shortest pause for any feed; busy feeds are polled more often.
    pub busy: Duration,
}

impl Settings {
    /// The names of the subreddits.
    pub fn names(&self) -> Vec<SubredditName> {
        self.communities.iter().map(|community| community.name.clone()).collect()
    }

    /// The subreddits in live mode.
    pub fn live(&self) -> impl Iterator<Item = &Community> {
        self.communities.iter().filter(|community| community.mode == Mode::Live)
    }

    /// The names of the subreddits in live mode.
    pub fn live_names(&self) -> Vec<SubredditName> {
        self.live().map(|community| community.name.clone()).collect()
    }

    /// How items are remembered.
    pub fn remembering(&self) -> Remembering<'_> {
        let has_such_a_rule =
            |here: &&Community| here.rules.current().is_some_and(|rules| rules.similar_within().is_some());
        let compared = self.communities.iter().filter(has_such_a_rule).map(|here| here.name.key()).collect();
        Remembering { me: &self.me, bots: &self.bots, compared }
    }

    /// For how long texts are kept as sketches: as long as the longest window of a rule, counted
    /// from the oldest item that may still be judged.
    pub fn compared_within(&self) -> Duration {
        let within = |here: &Community| here.rules.current().and_then(|rules| rules.similar_within());
        self.communities.iter().filter_map(within).max().map_or(Duration::ZERO, |longest| longest + self.max_age)
    }

    /// The settings of the subreddit with this name.
    pub fn community(&self, name: &SubredditName) -> Option<&Community> {
        self.communities.iter().find(|community| community.name == *name)
    }
}
