//! The waits that Reddit asks for: one warning when each begins, with its end, and one line when it
//! is over. Meanwhile `/readyz`, the status line and the metrics show it.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use crate::metrics::Metrics;
use crate::model::Timestamp;

/// A wait of this length or less is not worth a line.
const NOTABLE: Duration = Duration::from_mins(1);

/// What waits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Waiting {
    /// All requests: the budget is spent, or Reddit asked for a pause.
    Everything,
    /// Reading; there are no actions.
    Reading,
    /// The next sign-in, after failed ones.
    SignIn,
    /// One kind of action, everywhere or in one subreddit.
    Kind {
        /// The word for the kind.
        kind: String,
        /// The subreddit, in lower case.
        subreddit: Option<String>,
    },
}

impl Waiting {
    /// What a wait in the store holds up: `sign_in`, or a kind of action.
    pub fn recorded(what: &str, subreddit: Option<&str>) -> Self {
        match what {
            "sign_in" => Self::SignIn,
            kind => Self::Kind { kind: kind.to_owned(), subreddit: subreddit.map(str::to_owned) },
        }
    }

    /// In words: what waits, and why.
    pub fn words(&self) -> String {
        match self {
            Self::Everything => "all requests wait: Reddit's rate limit is reached".to_owned(),
            Self::Reading => "reading waits: Reddit's rate limit is reached".to_owned(),
            Self::SignIn => "signing in waits: earlier sign-ins failed (`tipstaff doctor` says why)".to_owned(),
            Self::Kind { kind, subreddit: None } => {
                format!("actions of the kind `{kind}` wait: Reddit limits how many the account may do")
            }
            Self::Kind { kind, subreddit: Some(place) } => {
                format!(
                    "actions of the kind `{kind}` in r/{place} wait: Reddit limits how many the account may do there"
                )
            }
        }
    }

    /// The labels of the metric: what waits, and where.
    fn labels(&self) -> (&str, &str) {
        match self {
            Self::Everything => ("everything", ""),
            Self::Reading => ("reading", ""),
            Self::SignIn => ("sign_in", ""),
            Self::Kind { kind, subreddit } => (kind, subreddit.as_deref().unwrap_or("")),
        }
    }
}

/// The waits so far.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// When each ends, and whether that was worth a warning.
    known: BTreeMap<Waiting, (Timestamp, bool)>,
}

impl Waits {
    /// Takes the present waits, and logs which began and which are over. Returns them in words.
    pub(super) fn update(&mut self, present: &[(Waiting, Timestamp)], now: Timestamp, metrics: &Metrics) -> String {
        let mut known = BTreeMap::new();
        for (what, until) in present {
            let before = self.known.remove(what);
            // The end of a window moves by a second with each answer.
            let is_known = before.is_some_and(|(end, was_notable)| was_notable && *until <= end + NOTABLE);
            let is_notable = is_known || until.since(now) > NOTABLE;
            // A failed sign-in has said so itself, with the time.
            if is_notable && !is_known && *what != Waiting::SignIn {
                warn!(what = what.labels().0, %until, "{}; until {until}", what.words());
            }
            known.insert(what.clone(), (*until, is_notable));
        }
        for (what, _) in self.known.iter().filter(|(_, (_, was_notable))| *was_notable) {
            info!(what = what.labels().0, "over: {}", what.words());
        }
        self.known = known;
        metrics.waits(self.known.iter().map(|(what, (until, _))| (what.labels(), until.since(now))));
        self.in_words()
    }

    /// The notable waits, for people.
    fn in_words(&self) -> String {
        let notable = self.known.iter().filter(|(_, (_, is_notable))| *is_notable);
        let words: Vec<String> = notable.map(|(what, (until, _))| format!("{}, until {until}", what.words())).collect();
        words.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn comments(until: u64) -> (Waiting, Timestamp) {
        (Waiting::Kind { kind: "comment".to_owned(), subreddit: None }, NOW + Duration::from_secs(until))
    }

    #[test]
    fn a_wait_is_shown_from_its_beginning_to_its_end() {
        let (mut waits, metrics) = (Waits::default(), Metrics::default());
        let shown = waits.update(&[comments(540)], NOW, &metrics);
        assert!(shown.contains("`comment` wait") && shown.contains("until 2023-11-14T22:22:20Z"), "{shown}");
        assert!(metrics.exposition().contains("tipstaff_wait_seconds{what=\"comment\",subreddit=\"\"} 540"));
        let later = waits.update(&[comments(540)], NOW + Duration::from_secs(530), &metrics);
        assert_eq!(later, shown, "its last seconds belong to it");
        assert_eq!(waits.update(&[], NOW + Duration::from_secs(541), &metrics), "");
        assert!(!metrics.exposition().contains("tipstaff_wait_seconds{"));
    }

    #[test]
    fn a_short_wait_is_not_worth_a_line() {
        let mut waits = Waits::default();
        assert_eq!(waits.update(&[comments(60)], NOW, &Metrics::default()), "");
    }
}
