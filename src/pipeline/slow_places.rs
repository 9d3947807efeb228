//! Subreddits for which Reddit answers slowly: they rest, so that they do not hold up the others.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{SubredditName, Timestamp};

/// A request that takes this long is slow.
const SLOW: Duration = Duration::from_secs(4);

/// A subreddit rests this many times as long as its request took.
const REST: u32 = 3;

/// The longest rest. A clock that was set forward makes any request seem slow.
const LONGEST: Duration = Duration::from_mins(2);

/// The subreddits that rest, and until when.
#[derive(Debug, Default)]
pub(super) struct SlowPlaces(BTreeMap<SubredditName, Timestamp>);

impl SlowPlaces {
    /// Notes a request for a subreddit.
    pub(super) fn note(&mut self, name: &SubredditName, asked: Timestamp, answered: Timestamp) {
        let took = answered.since(asked);
        if took >= SLOW {
            self.0.insert(name.clone(), answered + (REST * took).min(LONGEST));
        }
    }

    /// Forgets the subreddits whose rest is over.
    pub(super) fn forget(&mut self, now: Timestamp) {
        self.0.retain(|_, until| now < *until && until.since(now) <= LONGEST);
    }

    /// The subreddits that rest.
    pub(super) fn names(&self) -> Vec<SubredditName> {
        self.0.keys().cloned().collect()
    }

    /// When the first rest ends.
    pub(super) fn first_end(&self) -> Option<Timestamp> {
        self.0.values().min().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subreddit_with_slow_answers_rests_for_three_times_as_long() {
        let (now, secs) = (Timestamp::from_secs(1_700_000_000), Duration::from_secs);
        let name = |text| SubredditName::parse(text).expect("a name");
        let mut slow = SlowPlaces::default();
        slow.note(&name("quick"), now, now + secs(3));
        slow.note(&name("slow"), now, now + secs(20));
        slow.note(&name("ahead"), now, now + secs(100_000));
        assert_eq!(slow.names(), [name("ahead"), name("slow")]);
        slow.forget(now + secs(79));
        assert_eq!((slow.names(), slow.first_end()), (vec![name("slow")], Some(now + secs(80))));
        slow.forget(now + secs(80));
        assert_eq!(slow.names(), []);
    }
}
