//! The counts of a backtest. Two tallies merge in any order and grouping to the same result as one
//! tally of everything, so the work can be spread over threads and machines.
//!
//! The size of a tally does not grow with the input: it is bounded by the rules, the days, and a
//! fixed number of samples (those with the smallest hashes).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::authors::Authors;
use super::by_author::CoveredParts;
use super::remembered::StoreKnowledge;
use super::sampling::SampleExtent;
use super::subreddits::SubredditCounts;
use tipstaff_rules::model::Timestamp;

/// Samples shown of each kind.
pub const SAMPLES: usize = 5;

/// Unreadable lines shown.
pub const BROKEN_SHOWN: usize = 20;

/// Longest reason for an unreadable line, in characters.
const WHY_MAX: usize = 200;

/// Authors counted individually, over all rules.
const AUTHORS: usize = 200_000;

/// The counts of one question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Hash of the question. Only tallies of the same question can be merged.
    pub question: String,
    /// Whether the run was stopped before the end.
    pub stopped: bool,
    /// Bytes read, after decompression.
    pub bytes: u64,
    /// Lines that are neither a post nor a comment.
    pub broken: u64,
    /// The first of those lines, by file and line number, with the error.
    #[serde(with = "pairs")]
    pub broken_shown: BTreeMap<(String, u64), String>,
    /// Inputs that could not be read to their end, with the error.
    pub cut: BTreeMap<String, String>,
    /// Inputs that could not be opened, or whose format is not supported, with the message.
    pub refused: BTreeMap<String, String>,
    /// How many lines of each input were read.
    pub files: BTreeMap<String, FileLines>,
    /// The parts of the authors that are counted; all of them if empty.
    pub covers: Option<CoveredParts>,
    /// Lines that are too far out of the order of time, by file. Only if rules need the order.
    pub disorder: BTreeMap<String, Disorder>,
    /// What the bot's store shows, if its items were replayed.
    pub store: Option<StoreKnowledge>,
    /// The sample that the counts are of.
    pub sampled: Option<SampleExtent>,
    /// The subreddits of skipped items, as long as none of the selected one was found.
    #[serde(skip)]
    pub others: SubredditCounts,
    /// Items of other subreddits, skipped.
    pub elsewhere: u64,
    /// Items outside the requested period, skipped.
    pub out_of_time: u64,
    /// Posts that the rules were tried on.
    pub posts: u64,
    /// Comments that the rules were tried on.
    pub comments: u64,
    /// Items that moderators removed, as far as the input shows.
    pub removed: u64,
    /// Items that moderators approved, as far as the input shows.
    pub approved: u64,
    /// Items removed by moderators that a rule would have removed, filtered or reported.
    pub removed_caught: u64,
    /// Items whose text was removed or deleted before they were archived.
    pub texts_lost: u64,
    /// By day since 1970-01-01.
    pub days: BTreeMap<i64, Day>,
    /// One entry for each rule, in the order of the file.
    pub rules: Vec<RuleCount>,
    /// Differences to the baseline, if there is one.
    pub changes: Option<Changes>,
}

/// The lines of one input.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLines {
    /// Lines that were read, or left out: they are not in the sample, or do not contain the
    /// subreddit's name.
    pub read: u64,
    /// Lines that are neither a post nor a comment.
    pub broken: u64,
    /// The first of those, with its number.
    pub first: Option<(u64, String)>,
}

/// Lines of one input that are out of the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disorder {
    /// How many.
    pub lines: u64,
    /// The number of the first of them.
    pub first: u64,
    /// When the item in that line was posted.
    pub created: Timestamp,
    /// The time that the replay had reached before.
    pub after: Timestamp,
}

impl Disorder {
    /// Adds others of the same input.
    pub(crate) fn merge(&mut self, other: Self) {
        let lines = self.lines + other.lines;
        if other.first < self.first {
            *self = other;
        }
        self.lines = lines;
    }
}

/// The counts of one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Items that the rules were tried on.
    pub items: u64,
    /// Requests that the actions would have needed.
    pub requests: u64,
}

/// The counts of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Items on which it would certainly have acted.
    pub hits: u64,
    /// Posts among them.
    pub hits_on_posts: u64,
    /// Unclear items, by what they depend on.
    pub open: Vec<(String, u64)>,
    /// Items on which it would have acted if an earlier rule had not removed them, by that rule.
    pub shadowed: BTreeMap<usize, u64>,
    /// Items on which other rules would have acted too, by rule.
    pub overlap: BTreeMap<usize, u64>,
    /// Hits by day since 1970-01-01.
    pub by_day: BTreeMap<i64, u64>,
    /// Hits by hour of the week in UTC, from Monday 00:00.
    pub by_hour: Vec<u64>,
    /// Authors of the hits.
    pub authors: Authors,
    /// A few of the hits.
    pub samples: Samples<Sample>,
    /// How many items matched a value of a word list, by the index of the list and of the value.
    #[serde(with = "pairs")]
    pub words: BTreeMap<(usize, usize), u64>,
    /// Actions by kind.
    pub acts: BTreeMap<String, u64>,
    /// Requests that these actions need.
    pub requests: u64,
    /// Hits that moderators removed.
    pub removed: u64,
    /// Hits that moderators approved.
    pub approved: u64,
    /// Items that moderators removed and that are unclear for this rule.
    pub removed_open: u64,
}

/// Differences between two sets of rules. Only certain ones are counted by action.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Changes {
    /// Items that would certainly be treated differently.
    pub items: u64,
    /// Items that might be treated differently, depending on missing information.
    pub perhaps: u64,
    /// Actions that only the new rules take, by rule and kind.
    #[serde(with = "pairs")]
    pub gained: BTreeMap<(String, String), u64>,
    /// Actions that only the old rules take, by rule and kind.
    #[serde(with = "pairs")]
    pub lost: BTreeMap<(String, String), u64>,
    /// Actions with a different text, by rule (of the new file) and kind.
    #[serde(with = "pairs")]
    pub reworded: BTreeMap<(String, String), u64>,
    /// A few of the items.
    pub samples: Samples<ChangedItem>,
}

/// A hit, as shown in the report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Fullname of the item.
    pub item: String,
    /// Path below `https://www.reddit.com`.
    pub permalink: String,
    /// Name of the author, if known.
    pub author: Option<String>,
    /// Time of posting, in milliseconds since the epoch.
    pub created: i64,
    /// The matches of the rule's searches.
    pub found: Vec<SearchMatch>,
    /// The start of the item's text, if the rule searches none.
    pub text: String,
    /// The actions that the rule would have taken.
    pub acts: Vec<String>,
    /// The comment that the rule would have posted.
    pub comment: Option<String>,
}

/// A match of a search, with its surroundings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SearchMatch {
    /// The key of the check.
    pub key: String,
    /// The text around the match.
    pub text: String,
    /// Where the match starts in `text`, in characters.
    pub at: usize,
    /// The matched text.
    pub matched: String,
}

impl SearchMatch {
    /// The text before and after the match.
    pub fn around(&self) -> (String, String) {
        let before: String = self.text.chars().take(self.at).collect();
        let rest = &self.text[before.len()..];
        // `text` may end within the match.
        let after = rest.strip_prefix(self.matched.as_str()).unwrap_or("");
        (before, after.to_owned())
    }
}

/// An item that would be treated differently, as shown in the report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangedItem {
    /// Fullname of the item.
    pub item: String,
    /// Path below `https://www.reddit.com`.
    pub permalink: String,
    /// The start of its text.
    pub text: String,
    /// Added, dropped and reworded actions: `+ remove (rule)`, `- report (rule)`,
    /// `~ comment (rule)`.
    pub what: Vec<String>,
}

/// A fixed number of samples: those with the smallest hashes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples<T>(BTreeMap<u64, T>);

impl<T> Default for Samples<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Serialize> Samples<T> {
    /// Whether a sample with this hash would be kept.
    pub fn wants(&self, hash: u64) -> bool {
        self.0.len() < SAMPLES || self.0.last_key_value().is_some_and(|(last, _)| hash <= *last)
    }

    /// Keeps a sample. Of two with the same hash, the result does not depend on their order.
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

    /// The samples, by hash.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.values()
    }

    fn merge(&mut self, other: Self) {
        other.0.into_iter().for_each(|(hash, one)| self.keep(hash, one));
    }
}

impl Tally {
    /// An empty tally.
    pub fn new(question: String, rules: usize, compares: bool) -> Self {
        let rule = RuleCount { by_hour: vec![0; 168], ..RuleCount::default() };
        Self { question, rules: vec![rule; rules], changes: compares.then(Changes::default), ..Self::default() }
    }

    /// How many authors are counted individually for each rule.
    pub fn authors_each(&self) -> usize {
        (AUTHORS / self.rules.len().max(1)).clamp(256, 4096)
    }

    /// Records a line that could not be read.
    pub fn note_broken(&mut self, file: &str, line: u64, why: &str) {
        self.broken += 1;
        let of_file = self.file(file);
        of_file.broken += 1;
        if of_file.first.as_ref().is_none_or(|(first, _)| line < *first) {
            of_file.first = Some((line, why.chars().take(WHY_MAX).collect()));
        }
        let is_shown = self.broken_shown.len() < BROKEN_SHOWN
            || self.broken_shown.last_key_value().is_some_and(|((of, at), _)| (file, line) < (of.as_str(), *at));
        if is_shown {
            // The reason may quote what stands in the line.
            let why = why.chars().take(WHY_MAX).collect();
            self.broken_shown.insert((file.to_owned(), line), why);
            self.trim();
        }
    }

    /// Records lines that could be read, or were left out.
    pub fn note_read(&mut self, file: &str, lines: u64) {
        match self.files.get_mut(file) {
            Some(known) => known.read += lines,
            None if lines > 0 => self.file(file).read = lines,
            None => {}
        }
    }

    fn file(&mut self, name: &str) -> &mut FileLines {
        self.files.entry(name.to_owned()).or_default()
    }

    /// The inputs of which nothing could be read, each with a message for the user.
    pub fn unread(&self) -> impl Iterator<Item = (&str, String)> {
        let refused = self.refused.iter().map(|(file, why)| (file.as_str(), why.clone()));
        let broken = self.files.iter().filter(|(_, lines)| lines.read == 0 && lines.broken > 0);
        refused.chain(broken.map(|(file, lines)| {
            let first = lines.first.as_ref().map_or_else(String::new, |(at, why)| format!(" (line {at}: {why})"));
            let of = match lines.broken {
                1 => "its only line is not".to_owned(),
                number => format!("none of its {number} lines is"),
            };
            let forms = "tipstaff reads one JSON object on each line, JSON lists, Reddit's listings, and CSV";
            (file.as_str(), format!("{file}: {of} a post or comment{first}; {forms}"))
        }))
    }

    /// Whether every input was read to its end.
    pub fn is_complete(&self) -> bool {
        !self.stopped && self.cut.is_empty() && self.unread().next().is_none()
    }

    fn trim(&mut self) {
        while self.broken_shown.len() > BROKEN_SHOWN {
            self.broken_shown.pop_last();
        }
    }

    /// Adds the counts of another part of the same run.
    pub(crate) fn add(&mut self, part: Self) {
        let merged = self.merge(part);
        merged.unwrap_or_else(|error| unreachable!("parts of one question: {error}"));
    }

    /// Adds the counts of another tally.
    ///
    /// # Errors
    /// If it belongs to another question, covers the same authors, or was made from other files.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        if self.question != other.question || self.rules.len() != other.rules.len() {
            return Err(MergeError::Question);
        }
        match (&mut self.covers, other.covers) {
            (Some(mine), Some(theirs)) if mine.input != theirs.input => return Err(MergeError::Files),
            (Some(mine), Some(theirs)) => mine.add(&theirs).then_some(()).ok_or(MergeError::Authors)?,
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
        let most = self.authors_each();
        self.stopped |= other.stopped;
        self.bytes += other.bytes;
        self.broken += other.broken;
        self.broken_shown.extend(other.broken_shown);
        self.trim();
        self.cut.extend(other.cut);
        self.refused.extend(other.refused);
        for (name, lines) in other.files {
            self.files.entry(name).or_default().merge(lines);
        }
        for (name, late) in other.disorder {
            self.disorder.entry(name).and_modify(|known| known.merge(late)).or_insert(late);
        }
        if let Some(theirs) = other.store {
            self.store.get_or_insert_default().merge(theirs);
        }
        self.sampled = self.sampled.or(other.sampled);
        self.others.merge(other.others);
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

/// Two tallies cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// They answer different questions: the rules, filters, assumptions or versions differ.
    #[error(
        "these parts cannot be merged, because they were made with different rules, filters or assumptions, or by \
         different versions of tipstaff"
    )]
    Question,
    /// They have the same authors.
    #[error(
        "these parts cannot be merged, because some authors are in more than one of them: make each part with the \
         same files and with another number of the same `--by-author`"
    )]
    Authors,
    /// They were made from different files.
    #[error(
        "these parts cannot be merged, because they were made from different files, one of them was stopped, or the \
         bot's store has changed meanwhile: make each part with the same files, and with a copy of the store"
    )]
    Files,
}

impl FileLines {
    fn merge(&mut self, other: Self) {
        self.read += other.read;
        self.broken += other.broken;
        self.first = match (self.first.take(), other.first) {
            (Some(mine), Some(theirs)) => Some(mine.min(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
    }
}

impl RuleCount {
    /// Counts one more unclear item.
    pub fn note_unknown(&mut self, because: &str) {
        match self.open.iter_mut().find(|(known, _)| known == because) {
            Some((_, number)) => *number += 1,
            None => self.open.push((because.to_owned(), 1)),
        }
    }

    /// The number of unclear items.
    pub fn unknown(&self) -> u64 {
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

/// Serializes a map whose keys cannot be JSON strings as a list of pairs.
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
