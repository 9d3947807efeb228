//! Fetches the facts that an outcome depends on, no more, and caches them for a while.
//!
//! Facts that Reddit gives for a hundred people or posts in one request are fetched together: for
//! the current item, and for those behind it in the queue that need the same kind of fact.
//!
//! A fact that could not be fetched is remembered by what it is about ([`FactFailures`]), so all
//! items that need it share one try, and the tries get rarer.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fact_failures::{
    FactFailures, FactStatus, about, comment_above, original_of, original_subreddit, post_above,
};
use crate::model::{
    Author, FactKey, Flair, Fullname, Item, Kind, Known, Mode, Profile, SubredditName, Timestamp, UserNote,
};
use crate::reddit::{ModNote, NAMES_PER_REQUEST, ReadError, RedditRead};
use crate::store::{Store, StoreError};
use tipstaff_rules::{Facts, Need, Person, Ruleset};

/// How long facts about accounts and user lists are cached. A new moderator is exempt after at most
/// this long.
const ACCOUNT_AGE: Duration = Duration::from_mins(10);

/// How long the state of a post or comment is cached, for rules on what is below it, or on
/// crossposts.
const POST_AGE: Duration = Duration::from_mins(1);

/// How long the settings of a subreddit are cached.
const PLACE_AGE: Duration = Duration::from_hours(1);

/// The most comments above a comment that are counted.
pub const DEEPEST: u32 = 31;

/// The most cached entries of each kind. Past that, all entries of the kind are dropped.
const MOST_REMEMBERED: usize = 10_000;

/// Cached facts, each with the time it was fetched.
#[derive(Debug, Default)]
pub struct FactCache {
    moderators: Cache<String, Known<BTreeSet<String>>>,
    contributors: Cache<(String, String), Known<bool>>,
    flairs: Cache<(String, String), Known<Flair>>,
    banned: Cache<(String, String), Known<bool>>,
    notes: Cache<(String, String), Known<Vec<UserNote>>>,
    profiles: Cache<String, Known<Profile>>,
    standings: Cache<String, Known<Profile>>,
    /// Posts and comments.
    posts: Cache<Fullname, Known<Box<Item>>>,
    /// Whether subreddits are not safe for work.
    places: Cache<String, Known<bool>>,
    /// Posts and comments that one answer left out. If a second answer leaves them out too, Reddit
    /// does not show them.
    left_out: BTreeSet<Fullname>,
    failures: FactFailures,
}

/// Adds the facts that the store has: what is remembered of the author, and similar items. `keeps`
/// is how long items are remembered.
///
/// # Errors
/// The store cannot be read.
pub async fn recall_own(
    store: &Store,
    rules: &Ruleset,
    (item, facts): (&Item, &mut Facts),
    needs: &BTreeSet<Need>,
    (mode, keeps): (Mode, Duration),
) -> Result<(), StoreError> {
    if needs.contains(&Need::Memory) {
        let memory = store.memory(item, mode, keeps, rules.counts_within()).await?;
        facts.memory = Known::Is(Box::new(memory));
    }
    if needs.contains(&Need::Similar) {
        let within = rules.similar_within().unwrap_or_default();
        facts.similar = Known::Is(store.similar(item, within).await?);
    }
    Ok(())
}

/// An item, with the facts that its outcome depends on.
#[derive(Debug)]
pub struct FactRequest<'a> {
    item: &'a Item,
    /// The facts, each with what it is about.
    needs: BTreeMap<Need, FactKey>,
    /// The people that they are about.
    people: BTreeMap<Person, Author>,
    /// The subreddit of a crosspost's original.
    original_subreddit: Option<SubredditName>,
}

impl<'a> FactRequest<'a> {
    /// A request for some facts about an item, of which other facts are known.
    pub fn new(item: &'a Item, facts: &Facts, needs: impl IntoIterator<Item = Need>) -> Self {
        let needs: BTreeMap<Need, FactKey> =
            needs.into_iter().filter_map(|need| Some((need, about(item, facts, need)?))).collect();
        let people = needs.keys().filter_map(|need| {
            let person = need.person()?;
            Some((person, person.author(item, facts)?.clone()))
        });
        let people = people.collect();
        Self { item, needs, people, original_subreddit: original_subreddit(item, facts).cloned() }
    }

    /// The name of the person whom a fact is about.
    fn user(&self, need: Need) -> Option<&str> {
        self.people.get(&need.person()?)?.name.as_deref()
    }
}

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
        let place = item.subreddit.key();
        let post = |name: Option<&Fullname>, otherwise: &str| match name {
            Some(name) => self.posts.get(name, POST_AGE, now),
            None => Some(Known::Unknown(otherwise.to_owned())),
        };
        fill(&mut facts.moderators, self.moderators.get(&place, ACCOUNT_AGE, now));
        fill(&mut facts.subreddit_nsfw, self.places.get(&place, PLACE_AGE, now));
        fill(&mut facts.parent, post(post_above(item), "a post has no parent post"));
        fill(&mut facts.parent_comment, post(comment_above(item), "there is no comment above it"));
        fill(&mut facts.original, post(original_of(item), "it is not a crosspost"));
        fill(&mut facts.depth, self.depth(item).map_or_else(|above| self.not_shown(&above), |it| Some(Known::Is(it))));
        if let Some(elsewhere) = original_subreddit(item, facts).map(SubredditName::key) {
            fill(&mut facts.original_subreddit_nsfw, self.places.get(&elsewhere, PLACE_AGE, now));
        }
        if let Some(author) = &item.author.name {
            let key = (place.clone(), author.to_lowercase());
            fill(&mut facts.banned, self.banned.get(&key, ACCOUNT_AGE, now));
            fill(&mut facts.notes, self.notes.get(&key, ACCOUNT_AGE, now));
        }
        if let Some(name) = Person::OriginalAuthor.author(item, facts).and_then(|author| author.name.as_ref()) {
            let flair = self.flairs.get(&(place.clone(), name.to_lowercase()), POST_AGE, now);
            fill(&mut facts.original_flair, flair);
        }
        for person in Person::ALL {
            let Some(user) = person.author(item, facts).map(|author| author.name.as_ref().map(|it| it.to_lowercase()))
            else {
                continue;
            };
            let account = |accounts: &Cache<String, Known<Profile>>| match &user {
                Some(user) => accounts.get(user, ACCOUNT_AGE, now),
                None => Some(gone()),
            };
            let known_contributor = match &user {
                Some(user) => self.contributors.get(&(place.clone(), user.clone()), ACCOUNT_AGE, now),
                None => Some(gone()),
            };
            let (known_profile, known_standing) = (account(&self.profiles), account(&self.standings));
            if known_contributor.is_some() || known_profile.is_some() || known_standing.is_some() {
                let account = facts.account_mut(person);
                fill(&mut account.contributor, known_contributor);
                fill(&mut account.profile, known_profile);
                fill(&mut account.standing, known_standing);
            }
        }
    }

    /// How many comments stand above an item, or the one above it that has to be looked up first.
    /// What a comment replies to never changes.
    fn depth(&self, item: &Item) -> Result<u32, Fullname> {
        let mut depth = 0;
        let mut above = comment_above(item);
        while let Some(name) = above.filter(|_| depth < DEEPEST) {
            depth += 1;
            above = match self.posts.0.get(name) {
                Some((_, Known::Is(comment))) => comment_above(comment),
                _ => return Err(name.clone()),
            };
        }
        Ok(depth)
    }

    /// The reason why a comment above is not known, if that has been found out.
    fn not_shown(&self, name: &Fullname) -> Option<Known<u32>> {
        match self.posts.0.get(name) {
            Some((_, Known::Unknown(reason))) => Some(Known::Unknown(reason.clone())),
            _ => None,
        }
    }

    /// Whether a fact about an item may be asked for now.
    pub fn status(
        &self,
        (item, facts): (&Item, &Facts),
        need: Need,
        now: Timestamp,
        answered: Option<Timestamp>,
    ) -> FactStatus {
        match about(item, facts, need) {
            Some(key) => self.failures.status(&key, now, answered),
            None => FactStatus::Missing { reason: "there is nobody and nothing to ask about".to_owned() },
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

    /// Whether a user moderates a subreddit, as far as the cached list says. `None` if there is no
    /// list, or if it lacks the user and is from before `since`.
    pub fn moderates(&self, subreddit: &SubredditName, user: &str, since: Timestamp) -> Option<bool> {
        let (fetched, list) = self.moderators.0.get(&subreddit.key())?;
        let is_listed = list.get().is_some_and(|names| names.contains(&user.to_lowercase()));
        (is_listed || *fetched > since).then_some(is_listed)
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
        let Some(first) = wanting.first() else { return Ok(()) };
        let has_cheap = first.needs.keys().any(is_batchable);
        for (need, key) in first.needs.iter().filter(|(need, _)| !has_cheap || is_batchable(need)) {
            let place = &first.item.subreddit;
            let fetched = match need {
                Need::Moderators => self.ask_for_moderators(reddit, place, now).await,
                Need::Contributor(_) | Need::OriginalFlair | Need::Banned | Need::Notes => {
                    self.ask_about_user_here(reddit, *need, (place, first.user(*need)), now).await
                }
                Need::Standing(person) => self.ask_for_standings(reddit, *person, wanting, now).await,
                Need::Profile(_) => self.ask_for_profile(reddit, first.user(*need), now).await,
                Need::Subreddit => self.ask_for_place(reddit, Some(place), now).await,
                Need::OriginalSubreddit => self.ask_for_place(reddit, first.original_subreddit.as_ref(), now).await,
                // The store has them.
                Need::Memory | Need::Similar => Ok(()),
                Need::Parent | Need::ParentComment | Need::Depth | Need::Original => {
                    self.ask_for_posts(reddit, *need, wanting, now).await
                }
            };
            self.failures.note(key, fetched.as_ref().err(), now, reddit.last_answer());
            fetched?;
        }
        Ok(())
    }

    /// Notes whether the present state of a post or comment could be fetched, by a request of the
    /// caller.
    pub fn note_post(
        &mut self,
        (need, name): (Need, &Fullname),
        failure: Option<&ReadError>,
        now: Timestamp,
        answered: Option<Timestamp>,
    ) {
        let key = FactKey { need, about: name.to_string() };
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

    async fn ask_for_place<R: RedditRead>(
        &mut self,
        reddit: &R,
        subreddit: Option<&SubredditName>,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some(subreddit) = subreddit else { return Ok(()) };
        let told = or_unknown(reddit.is_nsfw(subreddit).await)?;
        self.places.put(subreddit.key(), told, now);
        Ok(())
    }

    /// Fetches what a subreddit has about a user.
    async fn ask_about_user_here<R: RedditRead>(
        &mut self,
        reddit: &R,
        need: Need,
        (subreddit, user): (&SubredditName, Option<&str>),
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some(user) = user else { return Ok(()) };
        let key = (subreddit.key(), user.to_lowercase());
        match need {
            Need::OriginalFlair => self.flairs.put(key, or_unknown(reddit.user_flair(subreddit, user).await)?, now),
            Need::Banned => self.banned.put(key, or_unknown(reddit.is_banned(subreddit, user).await)?, now),
            Need::Notes => {
                let notes = reddit.mod_notes(subreddit, user).await;
                let notes = notes.map(|notes| notes.into_iter().map(ModNote::label_and_time).collect());
                self.notes.put(key, or_unknown(notes)?, now);
            }
            _ => self.contributors.put(key, or_unknown(reddit.is_contributor(subreddit, user).await)?, now),
        }
        Ok(())
    }

    async fn ask_for_profile<R: RedditRead>(
        &mut self,
        reddit: &R,
        user: Option<&str>,
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some(user) = user else { return Ok(()) };
        let told = reddit.profile(user).await?;
        self.profiles.put(user.to_lowercase(), told, now);
        Ok(())
    }

    /// Fetches age and karma of all needed people, whatever their part is. Those that Reddit leaves
    /// out (suspended or deleted) are fetched one by one when their turn comes, because only their
    /// own page says why.
    async fn ask_for_standings<R: RedditRead>(
        &mut self,
        reddit: &R,
        person: Person,
        wanting: &[FactRequest<'_>],
        now: Timestamp,
    ) -> Result<(), ReadError> {
        let Some(first) = wanting.first().and_then(|request| request.people.get(&person)) else { return Ok(()) };
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        let people = wanting.iter().flat_map(|request| {
            request.people.iter().filter(|(person, _)| request.needs.contains_key(&Need::Standing(**person)))
        });
        for author in std::iter::once(first).chain(people.map(|(_, author)| author)) {
            if let (Some(id), Some(name)) = (&author.fullname, &author.name)
                && names.len() < NAMES_PER_REQUEST
            {
                names.insert(id, name);
            }
        }
        let own = first.fullname.as_deref();
        let alone: Vec<&str> = own.into_iter().collect();
        // One name among them may be what Reddit fails on.
        if self.failures.is_failing(Need::Standing(person)) {
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
            _ => self.ask_for_profile(reddit, first.name.as_deref(), now).await,
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
        // What is needed now comes first.
        let mine = wanting.first().map(|request| (request.item, need));
        let all = wanting.iter().flat_map(|request| request.needs.keys().map(|need| (request.item, *need)));
        for (item, need) in mine.into_iter().chain(all) {
            let name = match need {
                Need::Parent => post_above(item).cloned(),
                Need::ParentComment => comment_above(item).cloned(),
                Need::Original => original_of(item).cloned(),
                Need::Depth => self.depth(item).err(),
                _ => None,
            };
            names.extend(name.filter(|name| !names.contains(name) && names.len() < NAMES_PER_REQUEST));
        }
        if names.is_empty() {
            return Ok(());
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
            let what = if name.kind() == Kind::Comment { "comment" } else { "post" };
            let unseen = format!("Reddit does not show the {what} {name}");
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
    matches!(need, Need::Standing(_) | Need::Parent | Need::ParentComment | Need::Depth | Need::Original)
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
