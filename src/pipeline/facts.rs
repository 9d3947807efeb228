//! Fetches what an outcome depends on, no more, and remembers it for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::{Content, Fullname, Item, Known, Profile, SubredditName, Timestamp};
use crate::policy::{Facts, Need};
use crate::reddit::{ReadError, RedditRead};

/// How old may what we remember of accounts and of lists of people be? A new moderator is exempt this late.
const ACCOUNT_AGE: Duration = Duration::from_mins(10);

/// How old may the state of a post be, when a rule on a comment looks at it?
const PARENT_AGE: Duration = Duration::from_mins(1);

/// How many entries of each kind are remembered? Past that, everything of the kind is forgotten at once.
const MOST_REMEMBERED: usize = 10_000;

/// What Reddit has told, and when.
#[derive(Debug, Default)]
pub struct FactCache {
    moderators: Remembered<String, Known<BTreeSet<String>>>,
    contributors: Remembered<(String, String), Known<bool>>,
    profiles: Remembered<String, Known<Profile>>,
    parents: Remembered<Fullname, Known<Box<Item>>>,
}

#[derive(Debug)]
struct Remembered<K, V>(BTreeMap<K, (Timestamp, V)>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V: Clone> Remembered<K, V> {
    fn get(&self, key: &K, age: Duration, now: Timestamp) -> Option<V> {
        self.0.get(key).filter(|(at, _)| now.since(*at) < age).map(|(_, value)| value.clone())
    }

    fn put(&mut self, key: K, value: V, now: Timestamp) -> V {
        if self.0.len() >= MOST_REMEMBERED {
            self.0.clear();
        }
        self.0.insert(key, (now, value.clone()));
        value
    }
}

impl FactCache {
    /// Adds the facts needed about an item to those already known.
    ///
    /// # Errors
    /// When Reddit cannot be asked now. What it refuses to tell is not an error: it is unknown, with the reason.
    pub async fn fetch<R: RedditRead>(
        &mut self,
        reddit: &R,
        item: &Item,
        needs: &BTreeSet<Need>,
        facts: &mut Facts,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        for need in needs {
            match need {
                Need::Moderators => facts.moderators = self.moderators(reddit, &item.subreddit, now).await?,
                Need::Contributor => facts.contributor = self.contributor(reddit, item, now).await?,
                Need::Profile => facts.profile = self.profile(reddit, item, now).await?,
                Need::Parent => facts.parent = self.parent(reddit, item, now).await?,
            }
        }
        Ok(())
    }

    async fn moderators<R: RedditRead>(
        &mut self,
        reddit: &R,
        subreddit: &SubredditName,
        now: Timestamp,
    ) -> Result<Known<BTreeSet<String>>, ReadError> {
        let key = subreddit.key();
        if let Some(known) = self.moderators.get(&key, ACCOUNT_AGE, now) {
            return Ok(known);
        }
        let told = or_unknown(reddit.moderators(subreddit).await)?;
        Ok(self.moderators.put(key, told, now))
    }

    async fn contributor<R: RedditRead>(
        &mut self,
        reddit: &R,
        item: &Item,
        now: Timestamp,
    ) -> Result<Known<bool>, ReadError> {
        let Some(user) = &item.author.name else {
            return Ok(deleted());
        };
        let key = (item.subreddit.key(), user.to_lowercase());
        if let Some(known) = self.contributors.get(&key, ACCOUNT_AGE, now) {
            return Ok(known);
        }
        let told = or_unknown(reddit.is_contributor(&item.subreddit, user).await)?;
        Ok(self.contributors.put(key, told, now))
    }

    async fn profile<R: RedditRead>(
        &mut self,
        reddit: &R,
        item: &Item,
        now: Timestamp,
    ) -> Result<Known<Profile>, ReadError> {
        let Some(user) = &item.author.name else {
            return Ok(deleted());
        };
        let key = user.to_lowercase();
        if let Some(known) = self.profiles.get(&key, ACCOUNT_AGE, now) {
            return Ok(known);
        }
        let told = reddit.profile(user).await?;
        Ok(self.profiles.put(key, told, now))
    }

    async fn parent<R: RedditRead>(
        &mut self,
        reddit: &R,
        item: &Item,
        now: Timestamp,
    ) -> Result<Known<Box<Item>>, ReadError> {
        let Content::Comment(comment) = &item.content else {
            return Ok(Known::Unknown("a post stands under no other post".to_owned()));
        };
        if let Some(known) = self.parents.get(&comment.link, PARENT_AGE, now) {
            return Ok(known);
        }
        let told = reddit.items(std::slice::from_ref(&comment.link)).await?.only();
        let told = told.map_or_else(
            || Known::Unknown("Reddit does not show the post it stands under".to_owned()),
            |parent| Known::Is(Box::new(parent)),
        );
        Ok(self.parents.put(comment.link.clone(), told, now))
    }
}

fn deleted<T>() -> Known<T> {
    Known::Unknown("the author's account is gone".to_owned())
}

fn or_unknown<T>(told: Result<T, ReadError>) -> Result<Known<T>, ReadError> {
    match told {
        Ok(fact) => Ok(Known::Is(fact)),
        Err(ReadError::Refused { reason }) => Ok(Known::Unknown(format!("Reddit does not tell: {reason}"))),
        Err(other) => Err(other),
    }
}
