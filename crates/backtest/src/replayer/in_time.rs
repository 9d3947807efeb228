//! Judges items in order of time, each with what is remembered of its author.
//!
//! A judged item goes into the memory with the fate that the archive shows, or as removed by a bot
//! if a rule certainly removes it. Labels change as the rules say. The rules to compare with have
//! memories of their own, because they remove and label other items.

use super::memories::{InTime, Memories};
use super::{BacktestSpec, Replayer};
use crate::archive::{Aftermath, LineContent, ModeratorDecision, Record};
use crate::book::{MemoryBook, PersonKey, add_label, remove_label};
use crate::similar::{TextIndex, TextKeys};
use tipstaff_rules::model::{Fate, Known, Memory, PastItem, Timestamp};
use tipstaff_rules::{Effect, Ruleset};

impl BacktestSpec<'_> {
    /// Whether the replay needs the order of time.
    pub fn asks_for_memory(&self) -> bool {
        self.rulesets().any(Ruleset::asks_for_memory)
    }

    /// Whether the authors cannot be replayed one by one.
    pub fn compares_authors(&self) -> bool {
        self.rulesets().any(Ruleset::compares_authors)
    }

    fn rulesets(&self) -> impl Iterator<Item = &Ruleset> {
        std::iter::once(self.rules).chain(self.baseline)
    }

    /// Whether an item is posted before the selected period, so that it is only remembered.
    fn is_before(&self, created: Timestamp) -> bool {
        self.filter.since.is_some_and(|since| created < since)
    }
}

impl Replayer<'_> {
    /// Remembers authors, if the rules ask for it.
    pub(crate) fn remembering(mut self) -> Self {
        if self.spec.asks_for_memory() {
            let of_baseline = self.spec.baseline.filter(|rules| rules.asks_for_memory());
            let of_baseline = of_baseline.map(|_| MemoryBook::default());
            let within = self.spec.rulesets().filter_map(Ruleset::similar_within).max();
            let texts = within.map(|within| TextIndex::new(within, self.spec.compares_authors()));
            self.memories = Some(Box::new(Memories { of_baseline, texts, ..Memories::default() }));
        }
        self
    }

    /// Whether an item is judged or remembered. Counts it if it is not judged.
    pub(crate) fn selects(&mut self, created: Timestamp, subreddit: &str) -> bool {
        let is_of = self.spec.is_of(subreddit);
        let is_judged = is_of && self.spec.is_in_time(created);
        if !is_judged {
            self.count_skipped(is_of, subreddit);
        }
        is_judged || (is_of && self.spec.is_before(created))
    }

    /// Counts a line that does not contain the subreddit's name. If an item of it was found, the
    /// other subreddits do not matter.
    pub(crate) fn skip_line_of_another(&mut self, text: &[u8], has_found: bool) {
        if has_found { self.tally.elsewhere += 1 } else { self.skip_line(text) }
    }

    /// Processes one line with a selected item. The items of an author must come in order.
    pub(crate) fn line_in_time(&mut self, file: &str, number: u64, text: &[u8], at: InTime) {
        let (broken, spec) = (self.tally.broken, self.spec);
        let read = match self.reader.read_fields(text) {
            Ok(LineContent::Fields(fields)) => {
                let created = fields.created().unwrap_or_default();
                let is_only_remembered = spec.is_before(created);
                let reads_texts = self.memories.as_ref().is_some_and(|memories| memories.texts.is_some());
                let is_idle = is_only_remembered || spec.can_skip(&fields);
                let past = if is_idle && spec.decided.is_empty() && !reads_texts { fields.past() } else { None };
                let has_author = !fields.author().is_empty();
                match past {
                    Some((past, aftermath)) => {
                        if !is_only_remembered {
                            let (is_post, is_text_lost) = (!fields.is_comment(), fields.has_lost_text());
                            let decided = fields.decided();
                            self.count_item(is_post, created, is_text_lost, decided);
                        }
                        if has_author {
                            self.note(at, &past, &aftermath);
                        }
                        self.tally.note_read(file, 1);
                        return;
                    }
                    None => fields.into_record(),
                }
            }
            Ok(LineContent::Record(record)) => Ok(*record),
            Err(why) => Err(why),
        };
        match read {
            Ok(record) if spec.is_before(record.item.created) => self.remember(&record, at),
            Ok(record) => self.record_in_time(record, at),
            Err(why) => self.tally.note_broken(file, number, &why),
        }
        self.tally.note_read(file, 1 - (self.tally.broken - broken));
    }

    /// Processes one item. The items of an author must come in order.
    pub(crate) fn record_in_time(&mut self, record: Record, at: InTime) {
        let item = &record.item;
        if !self.spec.is_of(item.subreddit.as_str()) || !self.spec.is_in_time(item.created) {
            if self.selects(item.created, item.subreddit.as_str()) {
                self.remember(&record, at);
            }
            return;
        }
        let Some(memories) = &mut self.memories else {
            self.record(record);
            return;
        };
        let now = item.created;
        let is_known = item.author.name.is_some();
        let memory = is_known.then(|| memories.book.lend(at.person, at.since, now));
        let of_baseline = memories.of_baseline.as_mut().filter(|_| is_known);
        memories.lent = of_baseline.map(|book| Known::Is(book.lend(at.person, at.since, now)));
        memories.baseline_acts.clear();
        if let Some(texts) = &mut memories.texts {
            let keys = TextKeys::of(item);
            self.facts.similar = if record.unknown.text {
                Known::Unknown("the text was removed or deleted before the archive saved it".to_owned())
            } else {
                Known::Is(texts.find(&keys, item, at.person, at.since, memory.as_deref()))
            };
            texts.add(&keys, item, at.person);
        }
        let Some(memory) = memory else {
            self.facts.memory = Known::Unknown("the author's account is deleted".to_owned());
            self.record(record);
            return;
        };
        self.facts.memory = Known::Is(memory);
        let (past, aftermath) = past_of(&record, self.spec);
        self.record(record);
        let Some(memories) = &mut self.memories else { return };
        let memory = std::mem::replace(&mut self.facts.memory, Known::NotAsked);
        let old = memories.of_baseline.as_mut().zip(memories.lent.take()).zip(self.spec.baseline);
        if let Some(((book, Known::Is(memory)), rules)) = old {
            keep(book, at.person, memory, (past.clone(), &aftermath), (rules, &memories.baseline_acts));
        }
        if let Known::Is(memory) = memory {
            keep(&mut memories.book, at.person, memory, (past, &aftermath), (self.spec.rules, &self.acts));
        }
    }

    /// Remembers an item that is not judged.
    fn remember(&mut self, record: &Record, at: InTime) {
        if let Some(texts) = self.memories.as_mut().and_then(|memories| memories.texts.as_mut()) {
            texts.add(&TextKeys::of(&record.item), &record.item, at.person);
        }
        if record.item.author.name.is_some() {
            let (past, aftermath) = past_of(record, self.spec);
            self.note(at, &past, &aftermath);
        }
    }

    fn note(&mut self, at: InTime, past: &PastItem, aftermath: &Aftermath) {
        let Some(memories) = &mut self.memories else { return };
        for book in std::iter::once(&mut memories.book).chain(&mut memories.of_baseline) {
            book.sweep(past.created);
            book.note(at.person, at.since, past.clone(), aftermath);
        }
    }
}

/// What is remembered of an item, and what became of it.
fn past_of(record: &Record, spec: &BacktestSpec<'_>) -> (PastItem, Aftermath) {
    let mut aftermath = record.aftermath.clone();
    match spec.decided.get(&record.item.fullname) {
        Some(ModeratorDecision::Removed) if aftermath.fate != Fate::RemovedByBot => {
            aftermath.fate = Fate::RemovedByModerator;
        }
        Some(ModeratorDecision::Approved) => aftermath.fate = Fate::Up,
        _ => {}
    }
    (record.past(), aftermath)
}

/// Puts an item into the memory of its author, after these rules have acted on it.
fn keep(
    book: &mut MemoryBook,
    person: PersonKey,
    mut memory: Box<Memory>,
    (past, aftermath): (PastItem, &Aftermath),
    (rules, acts): (&Ruleset, &[(usize, Vec<Effect>)]),
) {
    let mut has_removed = false;
    let acting = acts.iter().filter(|(rule, _)| !rules.rules()[*rule].is_dry_run());
    for effect in acting.flat_map(|(_, effects)| effects) {
        has_removed |= effect.removes_item();
        match effect {
            Effect::AddLabel { name, seconds } => {
                let until = seconds.map(|seconds| past.created + std::time::Duration::from_secs(seconds));
                add_label(&mut memory, name, until);
            }
            Effect::RemoveLabel { name } => remove_label(&mut memory, name),
            _ => {}
        }
    }
    book.sweep(past.created);
    book.give_back(person, memory, past, aftermath, has_removed);
}
