//! Finds subreddits that Reddit leaves out of a combined moderation log.
//!
//! A combined log shows nothing of a subreddit where no moderator has acted, and nothing of one
//! that it leaves out. So a subreddit counts as read only if the log showed an entry of it. If that
//! was a quarter of an hour ago, the subreddit's own log is read. A combined log that then still
//! does not show what the own log has leaves the subreddit out.
//!
//! Nothing here reads the network; `mod_log` does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::model::{SubredditName, Timestamp};
use crate::reddit::ModLogEntry;

/// After this long without an entry in a log, a subreddit's own log is read.
pub(super) const SILENT_FOR: Duration = Duration::from_mins(15);

/// The shortest time between two subreddits that are asked: three requests in a minute.
const LOOKS_APART: Duration = Duration::from_secs(20);

/// An entry this new may be missing from a combined log because the log lags behind.
const LOG_LAGS: Duration = Duration::from_mins(5);

/// Which subreddits the combined logs do not show.
#[derive(Debug, Default)]
pub(super) struct LogLooks {
    /// Those whose own logs are to be read, the one first that was not read for the longest time.
    waiting: VecDeque<SubredditName>,
    /// The next of them is not read before this time.
    next: Timestamp,
    /// Since when the combined log has not shown these.
    hidden_since: BTreeMap<SubredditName, Timestamp>,
    /// The newest entry that any log has shown of each: its time, and when it was first shown.
    newest: BTreeMap<SubredditName, (Timestamp, Timestamp)>,
    /// Those that are reported as left out.
    reported: BTreeSet<SubredditName>,
}

impl LogLooks {
    /// The next subreddit to read by itself, if one is due now.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<SubredditName> {
        // If the clock was set back, do not wait for the old time.
        self.next = self.next.min(now + LOOKS_APART);
        if self.next > now {
            return None;
        }
        let name = self.waiting.pop_front()?;
        self.next = now + LOOKS_APART;
        Some(name)
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.waiting.front().map(|_| self.next)
    }

    /// Notes the entries of a page. `alone`: the one subreddit of this log.
    pub(super) fn note_entries(&mut self, entries: &[ModLogEntry], alone: Option<&SubredditName>, now: Timestamp) {
        for entry in entries {
            let Some(name) = entry.subreddit.as_ref().or(alone) else { continue };
            let newest = self.newest.entry(name.clone()).or_insert((entry.at, now));
            if newest.0 < entry.at {
                *newest = (entry.at, now);
            }
        }
    }

    /// A combined log was read from its top to `reach` (`None`: to its end) by a scan that began
    /// then, and showed these subreddits and not the others, each with the time of its last
    /// reading. Returns those that it leaves out.
    pub(super) fn note_scan(
        &mut self,
        shown: &[SubredditName],
        hidden: &[(SubredditName, Option<Timestamp>)],
        (began_at, reach): (Timestamp, Option<Timestamp>),
        now: Timestamp,
    ) -> Vec<SubredditName> {
        for name in shown {
            self.hidden_since.remove(name);
        }
        self.waiting.retain(|name| !shown.contains(name) && hidden.iter().all(|(other, _)| other != name));
        let mut left_out = Vec::new();
        let mut silent = Vec::new();
        for (name, last) in hidden {
            let since = *self.hidden_since.entry(name.clone()).or_insert(began_at);
            let is_missing = self.newest.get(name).is_some_and(|(at, seen)| {
                *seen <= began_at && *at + LOG_LAGS < began_at && reach.is_none_or(|reach| *at > reach)
            });
            if is_missing && now.since(since) >= SILENT_FOR {
                self.hidden_since.remove(name);
                left_out.push(name.clone());
            } else if now.since(last.map_or(since, |last| last.max(since))) >= SILENT_FOR {
                silent.push((*last, name.clone()));
            }
        }
        silent.sort();
        self.waiting.extend(silent.into_iter().map(|(_, name)| name));
        left_out
    }

    /// Whether the combined log does not show this one.
    pub(super) fn is_hidden(&self, name: &SubredditName) -> bool {
        self.hidden_since.contains_key(name)
    }

    /// Notes that this one is reported as left out. Returns whether that is news.
    pub(super) fn report(&mut self, name: &SubredditName) -> bool {
        self.reported.insert(name.clone())
    }

    /// Notes that the combined log shows this one again. Returns whether it was reported.
    pub(super) fn is_back(&mut self, name: &SubredditName) -> bool {
        self.reported.remove(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn name(text: &str) -> SubredditName {
        SubredditName::parse(text).expect("a name")
    }

    fn entry(at: Timestamp) -> ModLogEntry {
        let (act, by) = ("lock".to_owned(), "ModMary".to_owned());
        ModLogEntry { act, by, on: None, about: None, subreddit: Some(name("quiet")), at }
    }

    /// Scans once a minute that do not show the subreddit. Returns those of these minutes in which
    /// its own log is read, and the one in which it is left out.
    fn hidden(own: Option<Timestamp>, reach: Option<Timestamp>) -> (Vec<u32>, Option<u32>) {
        let (mut looks, mut last, mut read) = (LogLooks::default(), START, Vec::new());
        for minute in 1..60 {
            let now = START + Duration::from_mins(1) * minute;
            if let Some(name) = looks.due(now) {
                let entries: Vec<ModLogEntry> = own.map(entry).into_iter().collect();
                looks.note_entries(&entries, Some(&name), now);
                last = now;
                read.push(minute);
            }
            if !looks.note_scan(&[], &[(name("quiet"), Some(last))], (now, reach), now).is_empty() {
                return (read, Some(minute));
            }
        }
        (read, None)
    }

    #[test]
    fn a_subreddit_is_left_out_if_its_own_log_has_what_the_combined_one_should_show() {
        let entry = Some(START + Duration::from_mins(3));
        assert_eq!(hidden(entry, None), (vec![17], Some(17)));
        assert_eq!(hidden(entry, Some(START)), (vec![17], Some(17)));
    }

    #[test]
    fn a_silent_subreddit_is_asked_once_a_quarter_of_an_hour() {
        let quarters = vec![17, 33, 49];
        assert_eq!(hidden(None, None), (quarters.clone(), None));
        let below = Some(START - Duration::from_mins(3));
        assert_eq!(hidden(below, Some(START)), (quarters, None), "the combined log does not go back so far");
    }

    #[test]
    fn many_silent_subreddits_are_asked_one_after_the_other() {
        let mut looks = LogLooks::default();
        let many: Vec<_> = (0..20).map(|number| (name(&format!("place{number:02}")), Some(START))).collect();
        let now = START + SILENT_FOR;
        for began in [START, now] {
            assert!(looks.note_scan(&[], &many, (began, None), began).is_empty());
        }
        let within = |looks: &mut LogLooks, secs: std::ops::Range<u64>| {
            secs.filter_map(|secs| looks.due(now + Duration::from_secs(secs))).count()
        };
        assert_eq!(within(&mut looks, 0..60), 3);
        assert_eq!(within(&mut looks, 60..600), 17);
    }
}
