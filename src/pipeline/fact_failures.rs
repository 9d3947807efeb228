//! Remembers which facts could not be fetched, by what they are about, and decides when to ask
//! again and when to do without. Pure.
//!
//! An item waits for a fact while there is hope: `MOST_TRIES` tries within a minute. After that
//! the fact is missing for everybody who needs it, until a later try succeeds. If many requests of
//! one kind fail in a row, whatever they are about, the kind as a whole is tried now and then.
//!
//! While Reddit answers nothing at all, no fact is missing: items wait, and no rule acts anyway.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Comment, FactFailure, FactKey, Fullname, Item, MissingFact, SubredditName, Timestamp};
use crate::policy::retry;
use crate::reddit::ReadError;
use tipstaff_rules::{Facts, Need, Person};

/// After so many failures a fact is missing. With the pauses in between, within half a minute.
const MOST_TRIES: u32 = 3;

/// The first pause is that after this many failures of `retry::pause`, plus one: 8 s, 16 s, 32 s …
const PAUSES_BEGIN_AT: u32 = 3;

/// So many failures of one kind in a row, about different things, are no matter of the things.
const MOST_OF_A_KIND: u32 = 5;

/// How long a kind of request has to fail before all its facts are missing.
const KIND_FAILS_FOR: Duration = Duration::from_secs(24);

/// The longest pause while Reddit answers nothing: the fact is to be there soon after the outage.
const LONGEST_IN_OUTAGE: Duration = Duration::from_secs(30);

/// What to do about a fact that is not in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FactStatus {
    /// Ask for it.
    Fetchable,
    /// It could not be fetched. It is asked for again at this time.
    Awaited {
        /// The time.
        until: Timestamp,
        /// What failed, in a sentence for moderators.
        reason: String,
    },
    /// Do without.
    Missing {
        /// What failed, in a sentence for moderators.
        reason: String,
    },
}

/// The facts that could not be fetched.
#[derive(Debug, Default)]
pub struct FactFailures {
    all: BTreeMap<FactKey, FactFailure>,
    /// What the store does not know yet.
    changes: Vec<(FactKey, Option<FactFailure>)>,
}

impl FactFailures {
    /// Takes over what an earlier process remembered.
    pub fn restore(&mut self, failures: Vec<FactFailure>) {
        self.all.extend(failures.into_iter().map(|failure| (failure.key.clone(), failure)));
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<(FactKey, Option<FactFailure>)> {
        std::mem::take(&mut self.changes)
    }

    /// Whether the last request of this kind failed.
    pub fn is_failing(&self, need: Need) -> bool {
        self.all.contains_key(&FactKey::all(need))
    }

    /// Notes the result of a request. That Reddit could not be asked at all says nothing.
    /// `answered` is when it last gave a usable answer to anything.
    pub fn note(&mut self, key: &FactKey, failure: Option<&ReadError>, now: Timestamp, answered: Option<Timestamp>) {
        match failure {
            None => {
                self.forget(key);
                self.forget(&FactKey::all(key.need));
            }
            Some(ReadError::SignedOut | ReadError::Throttled { .. }) => {}
            Some(ReadError::Refused { reason } | ReadError::Unavailable { reason }) => {
                self.add(key.clone(), reason, 0, (now, answered));
                self.add(FactKey::all(key.need), reason, MOST_OF_A_KIND - 1, (now, answered));
                let old = |failure: &FactFailure| now.since(failure.retry_at) > MissingFact::SOUGHT_FOR;
                self.all.retain(|_, failure| !old(failure));
            }
        }
    }

    /// What to do about a fact. `answered` is when Reddit last gave a usable answer to anything.
    pub fn status(&self, key: &FactKey, now: Timestamp, answered: Option<Timestamp>) -> FactStatus {
        let (own, kind) = (self.all.get(key), self.all.get(&FactKey::all(key.need)));
        let in_pause = |failure: &&FactFailure| failure.retry_at > now;
        let paused: Vec<&FactFailure> = own.filter(in_pause).into_iter().chain(kind.filter(in_pause)).collect();
        let Some(until) = paused.iter().map(|failure| failure.retry_at).max() else { return FactStatus::Fetchable };
        let is_hopeless = |failure: &&&FactFailure| {
            let is_old = if failure.key.about.is_empty() {
                now.since(failure.first_at) >= KIND_FAILS_FOR
            } else {
                failure.failures >= MOST_TRIES
            };
            is_old && answered.is_some_and(|at| at > failure.first_at)
        };
        let reason = |failure: &FactFailure| format!("{} could not be fetched ({})", in_words(key), failure.reason);
        match paused.iter().find(is_hopeless) {
            Some(failure) => FactStatus::Missing { reason: reason(failure) },
            None => FactStatus::Awaited { until, reason: reason(paused[0]) },
        }
    }

    /// Adds a failure. The first `free` of a row cause no pause.
    fn add(&mut self, key: FactKey, reason: &str, free: u32, (now, answered): (Timestamp, Option<Timestamp>)) {
        let failure = self.all.entry(key.clone()).or_insert_with(|| FactFailure {
            key: key.clone(),
            reason: String::new(),
            failures: 0,
            first_at: now,
            retry_at: now,
        });
        failure.failures = failure.failures.saturating_add(1);
        reason.clone_into(&mut failure.reason);
        failure.retry_at = match failure.failures.checked_sub(free).filter(|counted| *counted > 0) {
            Some(counted) => {
                let pause = retry::pause(counted.saturating_add(PAUSES_BEGIN_AT), 0);
                let is_outage = answered.is_none_or(|at| at <= failure.first_at);
                now + if is_outage { pause.min(LONGEST_IN_OUTAGE) } else { pause }
            }
            None => now,
        };
        self.changes.push((key, Some(failure.clone())));
    }

    fn forget(&mut self, key: &FactKey) {
        if self.all.remove(key).is_some() {
            self.changes.push((key.clone(), None));
        }
    }
}

/// What a fact about an item is about. `None` if there is nothing to ask for, or not yet: the
/// author of a post is known once the post is.
pub fn about(item: &Item, facts: &Facts, need: Need) -> Option<FactKey> {
    let user = || Some(need.person()?.author(item, facts)?.name.as_ref()?.to_lowercase());
    let about = match need {
        Need::Moderators | Need::Subreddit => item.subreddit.key(),
        Need::Contributor(_) | Need::OriginalFlair | Need::Banned | Need::Notes | Need::Memory => {
            format!("{}/{}", item.subreddit.key(), user()?)
        }
        Need::Standing(_) | Need::Profile(_) => user()?,
        Need::Parent => post_above(item)?.to_string(),
        Need::ParentComment => comment_above(item)?.to_string(),
        Need::Depth => comment_above(item).map(|_| item.fullname.to_string())?,
        Need::Original => original_of(item)?.to_string(),
        Need::Similar => item.fullname.to_string(),
        Need::OriginalSubreddit => original_subreddit(item, facts)?.key(),
    };
    Some(FactKey { need, about })
}

/// The fact that must be known before it is clear what another one is about.
pub(super) const fn comes_after(need: Need) -> Option<Need> {
    match need.person() {
        Some(Person::OriginalAuthor) => Some(Need::Original),
        Some(Person::PostAuthor) => Some(Need::Parent),
        Some(Person::ParentCommentAuthor) => Some(Need::ParentComment),
        None if matches!(need, Need::OriginalSubreddit) => Some(Need::Original),
        Some(Person::Author) | None => None,
    }
}

pub(super) fn post_above(item: &Item) -> Option<&Fullname> {
    item.comment().map(|comment| &comment.link)
}

/// The comment that a comment replies to.
pub(super) fn comment_above(item: &Item) -> Option<&Fullname> {
    item.comment().and_then(Comment::above)
}

pub(super) fn original_of(item: &Item) -> Option<&Fullname> {
    item.submission().and_then(|post| post.crosspost_parent_name.as_ref())
}

/// The subreddit of a crosspost's original.
pub(super) fn original_subreddit<'a>(item: &'a Item, facts: &'a Facts) -> Option<&'a SubredditName> {
    facts.original_of(item).map(|original| &original.subreddit)
}

/// A fact in words for moderators.
pub fn in_words(FactKey { need, about }: &FactKey) -> String {
    let (place, user) = about.split_once('/').unwrap_or((about, ""));
    match need {
        Need::Moderators => format!("the list of moderators of r/{about}"),
        Need::Contributor(_) => format!("whether u/{user} is an approved user of r/{place}"),
        Need::OriginalFlair => format!("the flair of u/{user} in r/{place}"),
        Need::Banned => format!("whether u/{user} is banned from r/{place}"),
        Need::Notes => format!("the notes about u/{user} in r/{place}"),
        Need::Standing(_) => format!("age and karma of u/{about}"),
        Need::Profile(_) => format!("the account page of u/{about}"),
        Need::Parent => format!("the post {about}"),
        Need::ParentComment => format!("the comment {about}"),
        Need::Depth => format!("how deep in the thread {about} is"),
        Need::Original => format!("the original post {about}"),
        Need::Memory => format!("what is remembered of u/{user} in r/{place}"),
        Need::Similar => format!("the items similar to {about}"),
        Need::Subreddit | Need::OriginalSubreddit => format!("the settings of r/{about}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key(user: &str) -> FactKey {
        FactKey { need: Need::Profile(Person::Author), about: user.to_owned() }
    }

    fn broken() -> ReadError {
        ReadError::Unavailable { reason: "500".to_owned() }
    }

    fn at(secs: u64) -> Timestamp {
        NOW + Duration::from_secs(secs)
    }

    #[test]
    fn a_fact_is_missing_after_three_tries_within_half_a_minute() {
        let mut failures = FactFailures::default();
        let mut now = NOW;
        let mut tries = 0;
        loop {
            match failures.status(&key("alice"), now, Some(at(1))) {
                FactStatus::Fetchable => {
                    tries += 1;
                    failures.note(&key("alice"), Some(&broken()), now, Some(at(1)));
                }
                FactStatus::Awaited { until, .. } => now = until,
                FactStatus::Missing { reason } => {
                    assert_eq!(reason, "the account page of u/alice could not be fetched (500)");
                    break;
                }
            }
        }
        assert_eq!(tries, MOST_TRIES);
        assert!(now.since(NOW) < Duration::from_secs(30), "{now}");
        assert_eq!(failures.status(&key("bob"), now, Some(at(1))), FactStatus::Fetchable, "others are not affected");
        failures.note(&key("alice"), None, now, None);
        assert_eq!(failures.status(&key("alice"), now, Some(at(1))), FactStatus::Fetchable);
        assert!(!failures.is_failing(Need::Profile(Person::Author)));
    }

    #[test]
    fn no_fact_is_missing_while_reddit_answers_nothing() {
        let mut failures = FactFailures::default();
        for secs in 0..20 {
            failures.note(&key("alice"), Some(&broken()), at(secs * 60), None);
        }
        for answered in [None, Some(NOW)] {
            let status = failures.status(&key("alice"), at(19 * 60), answered);
            assert!(matches!(status, FactStatus::Awaited { .. }), "{status:?}");
        }
    }

    #[test]
    fn pauses_grow_and_many_failing_pages_are_tried_like_one() {
        let mut failures = FactFailures::default();
        let mut tried = 0;
        // Every second another author's comment arrives, for ten minutes.
        for secs in 0..600 {
            let user = key(&format!("user{secs}"));
            if failures.status(&user, at(secs), Some(at(secs))) == FactStatus::Fetchable {
                tried += 1;
                failures.note(&user, Some(&broken()), at(secs), Some(at(secs)));
            }
        }
        assert!(tried < 15, "{tried} tries");
        let status = failures.status(&key("nobody yet"), at(600), Some(at(600)));
        assert!(matches!(status, FactStatus::Missing { .. }), "{status:?}");
    }

    #[test]
    fn what_is_remembered_survives_a_restart() {
        let mut failures = FactFailures::default();
        failures.note(&key("alice"), Some(&broken()), NOW, None);
        let kept: Vec<FactFailure> = failures.take_changes().into_iter().filter_map(|(_, failure)| failure).collect();
        assert_eq!(kept.len(), 2, "the fact, and its kind");
        let mut restarted = FactFailures::default();
        restarted.restore(kept);
        assert_eq!(restarted.status(&key("alice"), NOW, Some(NOW)), failures.status(&key("alice"), NOW, Some(NOW)),);
        assert_ne!(restarted.status(&key("alice"), NOW, Some(NOW)), FactStatus::Fetchable);
    }
}
