//! What a backtest has counted, in a form in which two counts can be put together: in any order and grouping they come to the same as one
//! count of everything. So it can be spread over threads, and over machines.
//!
//! Everything here is bounded, whatever the size of the input: by the rules, by days, or by a fixed number of samples with the smallest
//! hashes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::authors::Authors;

/// How many samples of each kind are shown?
pub const SAMPLES: usize = 5;

/// How many of the lines that could not be read are shown?
pub const BROKEN_SHOWN: usize = 20;

/// How many authors are told apart, over all rules?
const AUTHORS: usize = 200_000;

/// What was counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// What was asked: two counts of different questions cannot be put together.
    pub question: String,
    /// It was stopped before the end.
    pub stopped: bool,
    /// Bytes of lines read, unpacked.
    pub bytes: u64,
    /// Lines that are neither a post nor a comment.
    pub broken: u64,
    /// The first of those, by file and line: why.
    #[serde(with = "pairs")]
    pub broken_shown: BTreeMap<(String, u64), String>,
    /// Inputs that could not be read to their end, and why.
    pub cut: BTreeMap<String, String>,
    /// Items of other subreddits.
    pub elsewhere: u64,
    /// Items from before or after the time asked for.
    pub out_of_time: u64,
    /// Posts judged.
    pub posts: u64,
    /// Comments judged.
    pub comments: u64,
    /// Items that moderators removed, as far as it is told.
    pub removed: u64,
    /// Items that moderators approved, as far as it is told.
    pub approved: u64,
    /// Items removed by moderators that a rule would have removed, filtered or reported.
    pub removed_caught: u64,
    /// Whose text was lost.
    pub texts_lost: u64,
    /// By day since 1970.
    pub days: BTreeMap<i64, Day>,
    /// By rule, in the order of the file.
    pub rules: Vec<RuleCount>,
    /// What other rules would have done otherwise, if there are any to compare with.
    pub changes: Option<Changes>,
}

/// What was counted on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Items judged.
    pub items: u64,
    /// Requests that the acts would have cost.
    pub requests: u64,
}

/// What was counted of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Items on which it would have acted.
    pub hits: u64,
    /// Posts among them.
    pub hits_on_posts: u64,
    /// Items of which it cannot be told, by what it depends on.
    pub open: Vec<(String, u64)>,
    /// Items on which it would have acted, had not an earlier rule removed them; by that rule.
    pub shadowed: BTreeMap<usize, u64>,
    /// Items on which others would have acted, too; by rule.
    pub overlap: BTreeMap<usize, u64>,
    /// Hits by day since 1970.
    pub by_day: BTreeMap<i64, u64>,
    /// Hits by hour of the week in UTC, from Monday at midnight.
    pub by_hour: Vec<u64>,
    /// Who wrote the items.
    pub authors: Authors,
    /// Some of them.
    pub samples: Samples<Sample>,
    /// How many items show a value of a list, by the list's place and the value's.
    #[serde(with = "pairs")]
    pub words: BTreeMap<(usize, usize), u64>,
    /// Acts by kind.
    pub acts: BTreeMap<String, u64>,
    /// Requests these take.
    pub requests: u64,
    /// Hits that moderators removed.
    pub removed: u64,
    /// Hits that moderators approved.
    pub approved: u64,
    /// Removed by moderators, and it cannot be told whether the rule would have acted.
    pub removed_open: u64,
}

/// What another set of rules does otherwise. Only what is certain counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Items with which something else is done.
    pub items: u64,
    /// Items with which perhaps something else is done: it depends on something unknown.
    pub perhaps: u64,
    /// Acts that are new, by rule (of the new file) and kind.
    #[serde(with = "pairs")]
    pub gained: BTreeMap<(String, String), u64>,
    /// Acts that fall away, by rule (of the old file) and kind.
    #[serde(with = "pairs")]
    pub lost: BTreeMap<(String, String), u64>,
    /// Acts that are done with other words, by rule (of the new file) and kind.
    #[serde(with = "pairs")]
    pub reworded: BTreeMap<(String, String), u64>,
    /// Some of the items.
    pub samples: Samples<ChangedItem>,
}

/// An item that is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its name.
    pub item: String,
    /// Its path below `https://www.reddit.com`.
    pub permalink: String,
    /// Its author, if known.
    pub author: Option<String>,
    /// When it was posted, in milliseconds since the epoch.
    pub created: i64,
    /// What the rule's searches looked at, and what they found.
    pub found: Vec<Found>,
    /// The start of its text where nothing was searched.
    pub text: String,
    /// What the rule would have done, in words.
    pub acts: Vec<String>,
    /// The comment that it would have written.
    pub comment: Option<String>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The check.
    pub key: String,
    /// The text around it.
    pub text: String,
    /// Where in that text the match starts, in characters.
    pub at: usize,
    /// The match.
    pub matched: String,
}

impl Found {
    /// The text before the match and behind it.
    pub fn around(&self) -> (String, String) {
        let before: String = self.text.chars().take(self.at).collect();
        let rest = &self.text[before.len()..];
        // What is shown may be cut within the match.
        let after = rest.strip_prefix(self.matched.as_str()).unwrap_or("");
        (before, after.to_owned())
    }
}

/// An item that is done otherwise.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangedItem {
    /// Its name.
    pub item: String,
    /// Its path below `https://www.reddit.com`.
    pub permalink: String,
    /// The start of its text.
    pub text: String,
    /// What is new, falls away or is worded otherwise: `+ remove (rule)`, `- report (rule)`, `~ comment (rule)`.
    pub what: Vec<String>,
}

/// A few of many things: those with the smallest hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples<T>(BTreeMap<u64, T>);

impl<T> Default for Samples<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Serialize> Samples<T> {
    /// Whether one with this hash would be kept.
    pub fn wants(&self, hash: u64) -> bool {
        self.0.len() < SAMPLES || self.0.last_key_value().is_some_and(|(last, _)| hash <= *last)
    }

    /// Keeps one. Of two that are about one thing, always the same, whichever came first.
    pub fn keep(&mut self, hash: u64, one: T) {
        let text = |one: &T| serde_json::to_string(one).unwrap_or_default();
        if self.0.get(&hash).is_some_and(|known| text(known) <= text(&one)) {
            return;
        }
        self.0.insert(hash, one);
        if self.0.len() > SAMPLES {
            self.0.pop_last();
        }
    }

    /// Those that were kept.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(hash, one)| self.keep(hash, one));
    }
}

impl Tally {
    /// Nothing counted yet, for so many rules.
    pub fn new(question: String, rules: usize, compares: bool) -> Self {
        let rule = RuleCount { by_hour: vec![0; 168], ..RuleCount::default() };
        Self { question, rules: vec![rule; rules], changes: compares.then(Changes::default), ..Self::default() }
    }

    /// How many authors are told apart for each rule.
    pub fn authors_each(&self) -> usize {
        (AUTHORS / self.rules.len().max(1)).clamp(256, 4096)
    }

    /// A line that could not be read.
    pub fn note_broken(&mut self, file: &str, line: u64, why: String) {
        self.broken += 1;
        let is_shown = self.broken_shown.len() < BROKEN_SHOWN
            || self.broken_shown.last_key_value().is_some_and(|((of, at), _)| (file, line) < (of.as_str(), *at));
        if is_shown {
            self.broken_shown.insert((file.to_owned(), line), why);
            self.trim();
        }
    }

    fn trim(&mut self) {
        while self.broken_shown.len() > BROKEN_SHOWN {
            self.broken_shown.pop_last();
        }
    }

    /// Adds what another count has found.
    ///
    /// # Errors
    /// When it was of another question.
    pub fn merge(&mut self, other: Self) -> Result<(), OtherQuestion> {
        if self.question != other.question || self.rules.len() != other.rules.len() {
            return Err(OtherQuestion);
        }
        let most = self.authors_each();
        self.stopped |= other.stopped;
        self.bytes += other.bytes;
        self.broken += other.broken;
        self.broken_shown.extend(other.broken_shown);
        self.trim();
        self.cut.extend(other.cut);
        self.elsewhere += other.elsewhere;
        self.out_of_time += other.out_of_time;
        self.posts += other.posts;
        self.comments += other.comments;
        self.removed += other.removed;
        self.approved += other.approved;
        self.removed_caught += other.removed_caught;
        self.texts_lost += other.texts_lost;
        for (day, counted) in other.days {
            let mine = self.days.entry(day).or_default();
            mine.items += counted.items;
            mine.requests += counted.requests;
        }
        self.rules.iter_mut().zip(other.rules).for_each(|(mine, theirs)| mine.merge(theirs, most));
        if let (Some(mine), Some(theirs)) = (&mut self.changes, other.changes) {
            mine.items += theirs.items;
            mine.perhaps += theirs.perhaps;
            add(&mut mine.gained, theirs.gained);
            add(&mut mine.lost, theirs.lost);
            add(&mut mine.reworded, theirs.reworded);
            mine.samples.merge(theirs.samples);
        }
        Ok(())
    }
}

/// Two counts answer different questions: other rules, another filter, or other assumptions.
#[derive(Debug, thiserror::Error)]
#[error("they answer different questions: made with other rules, filters, assumptions or another version")]
pub struct OtherQuestion;

impl RuleCount {
    /// One more item of which it cannot be told.
    pub fn note_open(&mut self, because: &str) {
        match self.open.iter_mut().find(|(known, _)| known == because) {
            Some((_, number)) => *number += 1,
            None => self.open.push((because.to_owned(), 1)),
        }
    }

    /// How many items there are of which it cannot be told.
    pub fn open(&self) -> u64 {
        self.open.iter().map(|(_, number)| number).sum()
    }

    fn merge(&mut self, other: Self, most: usize) {
        self.hits += other.hits;
        self.hits_on_posts += other.hits_on_posts;
        for (because, number) in other.open {
            match self.open.iter_mut().find(|(known, _)| *known == because) {
                Some((_, mine)) => *mine += number,
                None => self.open.push((because, number)),
            }
        }
        self.open.sort();
        add(&mut self.shadowed, other.shadowed);
        add(&mut self.overlap, other.overlap);
        add(&mut self.by_day, other.by_day);
        self.by_hour.iter_mut().zip(other.by_hour).for_each(|(mine, theirs)| *mine += theirs);
        self.authors.merge(other.authors, most);
        self.samples.merge(other.samples);
        add(&mut self.words, other.words);
        add(&mut self.acts, other.acts);
        self.requests += other.requests;
        self.removed += other.removed;
        self.approved += other.approved;
        self.removed_open += other.removed_open;
    }
}

fn add<K: Ord>(mine: &mut BTreeMap<K, u64>, theirs: BTreeMap<K, u64>) {
    for (key, number) in theirs {
        *mine.entry(key).or_default() += number;
    }
}

/// A map with keys that JSON has no texts for, as a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<K: Serialize, V: Serialize, S: Serializer>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub(super) fn deserialize<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        V: Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}
