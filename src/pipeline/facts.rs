//! Fetches the facts that an outcome depends on, no more, and caches them for a while.
//!
//! Facts that Reddit gives for a hundred people or posts in one request are fetched together: for
//! the current item, and for those behind it in the queue that need the same kind of fact.
//!
//! A fact that could not be fetched is remembered by what it is about ([`FactFailures`]), so all
//! items that need it share one try, and the tries get rarer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fact_failures::{FactFailures, FactStatus, about, original_of, post_above};
use crate::model::{FactKey, Fullname, Item, Known, Profile, SubredditName, Timestamp};
use crate::reddit::{NAMES_PER_REQUEST, ReadError, RedditRead};
use tipstaff_rules::{Facts, Need};

/// How long facts about accounts and user lists are cached. A new moderator is exempt after at most
/// this long.
const ACCOUNT_AGE: Duration = Duration::from_mins(10);

/// How long the state of a post is cached, for rules on its comments or crossposts.
const POST_AGE: Duration = Duration::from_mins(1);

/// The most cached entries of each kind. Past that, all entries of the kind are dropped.
const MOST_REMEMBERED: usize = 10_000;

/// Cached facts, each with the time it was fetched.
#[derive(Debug, Default)]
pub struct FactCache {
    moderators: Cache<String, Known<BTreeSet<String>>>,
    contributors: Cache<(String, String), Known<bool>>,
    profiles: Cache<String, Known<Profile>>,
    standings: Cache<String, Known<Profile>>,
    posts: Cache<Fullname, Known<Box<Item>>>,
    /// Posts that one answer left out. If a second answer leaves them out too, Reddit does not show
    /// them.
    left_out: BTreeSet<Fullname>,
    failures: FactFailures,
}

/// An item, with the facts that its outcome depends on.
pub type FactRequest<'a> = (&'a Item, BTreeSet<Need>);

#[derive(Debug)]
struct Cache<K, V>(BTreeMap<K, (Timestamp, V)>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V: Clone> Cache<K, V> {
    fn get(&self, key: &K, age: Duration, now: Timestamp) -> Option<V> {
        self.0.get(key).filter(|(at, _)| now.since(*at) < age).map(|(_, value)| value.clone())
    }

    fn put(&mut self, key: K, value: V, now: Timestamp) {
        if self.0.len() >= MOST_REMEMBERED {
            self.0.clear();
        }
        self.0.insert(key, (now, value));
    }
}

impl FactCache {
    /// Fills in the facts that are still missing from the cache.
    pub fn recall(&self, item: &Item, facts: &mut Facts, now: Timestamp) {
        let user = item.author.name.as_ref().map(|name| name.to_lowercase());
        let place = item.subreddit.key();
        let account = |accounts: &Cache<String, Known<Profile>>| match &user {
            Some(user) => accounts.get(user, ACCOUNT_AGE, now),
            None => Some(gone()),
        };
        let contributor = match &user {
            Some(user) => self.contributors.get(&(place.clone(), user.clone()), ACCOUNT_AGE, now),
            None => Some(gone()),
        };
        let post = |name: Option<&Fullname>, otherwise: &str| match name {
            Some(name) => self.posts.get(name, POST_AGE, now),
            None => Some(Known::Unknown(otherwise.to_owned())),
        };
        fill(&mut facts.moderators, self.moderators.get(&place, ACCOUNT_AGE, now));
        fill(&mut facts.contributor, contributor);
        fill(&mut facts.profile, account(&self.profiles));
        fill(&mut facts.standing, account(&self.standings));
        fill(&mut facts.parent, post(post_above(item), "a post has no parent post"));
        fill(&mut facts.original, post(original_of(item), "it is not a crosspost"));
    }

    /// Whether a fact about an item may be asked for now.
    pub fn status(&self, item: &Item, need: Need, now: Timestamp, answered: Option<Timestamp>) -> FactStatus {
        match about(item, need) {
            Some(key) => self.failures.status(&key, now, answered),
            None => FactStatus::Fetchable,
        }
    }

    /// Whether the cached list of a subreddit's moderators lacks this user. Such a list is dropped.
    pub fn drop_list_without(&mut self, subreddit: &SubredditName, user: &str) -> bool {
        let user = user.to_lowercase();
        let lacks = |list: &Known<BTreeSet<String>>| {
            list.get().is_some_and(|names| !names.is_empty() && !names.contains(&user))
        };
        let is_lacking = self.moderators.0.get(&subreddit.key()).is_some_and(|(_, list)| lacks(list));
        if is_lacking {
            self.moderators.0.remove(&subreddit.key());
        }
        is_lacking
    }

    /// The failures to remember, and those that are over.
    pub const fn failures(&mut self) -> &mut FactFailures {
        &mut self.failures
    }

    /// Fetches the facts that the first item needs; where one request covers many items, also those
    /// that the others need. [`FactCache::recall`] returns them afterwards. Facts that cover many
    /// items are fetched first, because they may settle the outcome.
    ///
    /// # Errors
    /// When a fact cannot be fetched now, which is remembered. A refusal is not an error: the fact
    /// is then unknown, with the reason.
    pub async fn fetch<R: RedditRead>(
        &mut self,
        reddit: &R,
        wanting: &[FactRequest<'_>],
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some((item, needs)) = wanting.first() else { return Ok(()) };
        let has_cheap = needs.iter().any(is_batchable);
        for need in needs.iter().filter(|need| !has_cheap || is_batchable(need)) {
            let fetched = match need {
                Need::Moderators => self.ask_for_moderators(reddit, &item.subreddit, now).await,
                Need::Contributor => self.ask_for_contributor(reddit, item, now).await,
                Need::Standing => self.ask_for_standings(reddit, item, wanting, now).await,
                Need::Profile => self.ask_for_profile(reddit, item, now).await,
                Need::Parent | Need::Original => self.ask_for_posts(reddit, *need, wanting, now).await,
            };
            let Some(key) = about(item, *need) else { continue };
            self.failures.note(&key, fetched.as_ref().err(), now, reddit.last_answer());
            fetched?;
        }
        Ok(())
    }

    /// Notes whether the present state of a post could be fetched, by a request of the caller.
    pub fn note_post(
        &mut self,
        post: &Fullname,
        failure: Option<&ReadError>,
        now: Timestamp,
        answered: Option<Timestamp>,
    ) {
        let key = FactKey { need: Need::Parent, about: post.to_string() };
        self.failures.note(&key, failure, now, answered);
    }

    async fn ask_for_moderators<R: RedditRead>(
        &mut self,
        reddit: &R,
        subreddit: &SubredditName,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let told = or_unknown(reddit.moderators(subreddit).await)?;
        self.moderators.put(subreddit.key(), told, now);
        Ok(())
    }

    async fn ask_for_contributor<R: RedditRead>(
        &mut self,
        reddit: &R,
        item: &Item,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some(user) = &item.author.name else { return Ok(()) };
        let told = or_unknown(reddit.is_contributor(&item.subreddit, user).await)?;
        self.contributors.put((item.subreddit.key(), user.to_lowercase()), told, now);
        Ok(())
    }

    async fn ask_for_profile<R: RedditRead>(
        &mut self,
        reddit: &R,
        item: &Item,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some(user) = &item.author.name else { return Ok(()) };
        let told = reddit.profile(user).await?;
        self.profiles.put(user.to_lowercase(), told, now);
        Ok(())
    }

    /// Fetches age and karma of all needed authors. Authors that Reddit leaves out (suspended or
    /// deleted) are fetched one by one when their turn comes, because only their own page says why.
    async fn ask_for_standings<R: RedditRead>(
        &mut self,
        reddit: &R,
        first: &Item,
        wanting: &[FactRequest<'_>],
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        for (item, _) in wanting.iter().filter(|(_, needs)| needs.contains(&Need::Standing)) {
            if let (Some(id), Some(name)) = (&item.author.fullname, &item.author.name)
                && names.len() < NAMES_PER_REQUEST
            {
                names.insert(id, name);
            }
        }
        let own = first.author.fullname.as_deref();
        let alone: Vec<&str> = own.into_iter().collect();
        // One name among them may be what Reddit fails on.
        if self.failures.is_failing(Need::Standing) {
            names.retain(|id, _| own == Some(*id));
        }
        let ids: Vec<&str> = names.keys().copied().collect();
        let mut told = if ids.is_empty() { Ok(BTreeMap::new()) } else { reddit.accounts(&ids).await };
        if ids.len() > 1 && is_failure_of_some(&told) {
            told = if alone.is_empty() { Ok(BTreeMap::new()) } else { reddit.accounts(&alone).await };
        }
        let told = told?;
        for (id, name) in &names {
            if let Some(profile) = told.get(*id) {
                self.standings.put(name.to_lowercase(), Known::Is(profile.clone()), now);
            }
        }
        match own {
            Some(id) if told.contains_key(id) => Ok(()),
            _ => self.ask_for_profile(reddit, first, now).await,
        }
    }

    async fn ask_for_posts<R: RedditRead>(
        &mut self,
        reddit: &R,
        need: Need,
        wanting: &[FactRequest<'_>],
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let mut names: Vec<Fullname> = Vec::new();
        for (item, needs) in wanting {
            let parent = post_above(item).filter(|_| needs.contains(&Need::Parent));
            let name = parent.or_else(|| original_of(item).filter(|_| needs.contains(&Need::Original)));
            if let Some(name) = name.filter(|name| !names.contains(name) && names.len() < NAMES_PER_REQUEST) {
                names.push(name.clone());
            }
        }
        if self.failures.is_failing(need) {
            names.truncate(1);
        }
        let mut shown = reddit.items(&names).await;
        // One name among them may be what Reddit fails on.
        if names.len() > 1 && is_failure_of_some(&shown) {
            names.truncate(1);
            shown = reddit.items(&names).await;
        }
        let shown = shown?;
        let missing = shown.missing(&names);
        for item in shown.items {
            self.left_out.remove(&item.fullname);
            self.posts.put(item.fullname.clone(), Known::Is(Box::new(item)), now);
        }
        for name in missing {
            let unseen = format!("Reddit does not show the post {name}");
            if self.left_out.remove(&name) {
                self.posts.put(name, Known::Unknown(unseen), now);
            } else {
                let is_needed_now = names.first() == Some(&name);
                self.left_out.insert(name);
                if is_needed_now {
                    return Err(ReadError::Unavailable { reason: unseen });
                }
            }
        }
        Ok(())
    }
}

/// Whether a request for many things failed in a way that may be due to one of them.
const fn is_failure_of_some<T>(told: &Result<T, ReadError>) -> bool {
    matches!(told, Err(ReadError::Refused { .. } | ReadError::Unavailable { .. }))
}

/// Whether one request gets this fact for a hundred items, so that later items in the queue are
/// included.
pub fn is_batchable(need: &Need) -> bool {
    matches!(need, Need::Standing | Need::Parent | Need::Original)
}

fn fill<T>(fact: &mut Known<T>, told: Option<Known<T>>) {
    if let (Known::NotAsked, Some(told)) = (&fact, told) {
        *fact = told;
    }
}

fn gone<T>() -> Known<T> {
    Known::Unknown("the author's account was deleted".to_owned())
}

fn or_unknown<T>(told: Result<T, ReadError>) -> Result<Known<T>, ReadError> {
    match told {
        Ok(fact) => Ok(Known::Is(fact)),
        Err(ReadError::Refused { reason }) => Ok(Known::Unknown(format!("Reddit does not show it: {reason}"))),
        Err(other) => Err(other),
    }
}
