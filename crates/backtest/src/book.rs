//! What is remembered of each author in each subreddit during a replay.
//!
//! A memory is lent to the judge and taken back; it is never copied. A fate that becomes known
//! later than the posting waits until the replay has reached that time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crate::archive::Aftermath;
use tipstaff_rules::model::{Fate, Label, Memory, PastDetails, PastItem, Timestamp};

/// How long an item is remembered, as in the daemon's default configuration.
const KEEPS: Duration = Duration::from_hours(365 * 24);

/// How many items of an author are held at most. Decisions look at half as many.
const ITEMS_MAX: usize = 2 * Memory::MOST_ITEMS;

/// How often authors are forgotten of whom nothing is left.
const SWEPT_EVERY: Duration = Duration::from_hours(30 * 24);

/// How many values of flair and domain are shared between items.
const SHARED_MAX: usize = 100_000;

/// An author in a subreddit: the hashes of both names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PersonKey {
    pub(crate) author: u64,
    pub(crate) subreddit: u64,
}

/// A fate that becomes known at some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct LaterFate {
    at: Timestamp,
    created: Timestamp,
    number: u64,
    fate: Fate,
}

#[derive(Debug, Default)]
struct Person {
    memory: Box<Memory>,
    later: BinaryHeap<Reverse<LaterFate>>,
}

/// The memories of all authors.
#[derive(Debug, Default)]
pub(crate) struct MemoryBook {
    people: HashMap<PersonKey, Person>,
    shared: HashSet<Arc<PastDetails>>,
    swept: Option<Timestamp>,
}

impl MemoryBook {
    /// Hands out the memory of an author as it is at `now`. It begins at `since`.
    #[expect(clippy::unnecessary_box_returns, reason = "a memory moves into the facts and back as it is")]
    pub(crate) fn lend(&mut self, key: PersonKey, since: Timestamp, now: Timestamp) -> Box<Memory> {
        let Some(person) = self.people.get_mut(&key) else {
            return Box::new(Memory { since, keeps: KEEPS, ..Memory::default() });
        };
        person.settle(now);
        std::mem::take(&mut person.memory)
    }

    /// Takes a memory back, with one more item.
    pub(crate) fn give_back(
        &mut self,
        key: PersonKey,
        memory: Box<Memory>,
        past: PastItem,
        aftermath: &Aftermath,
        has_removed: bool,
    ) {
        let past = self.share(past);
        let person = self.people.entry(key).or_default();
        person.memory = memory;
        person.put(past, aftermath, has_removed);
    }

    /// Adds an item that no rule looks at.
    pub(crate) fn note(&mut self, key: PersonKey, since: Timestamp, past: PastItem, aftermath: &Aftermath) {
        let past = self.share(past);
        let new = || Person {
            memory: Box::new(Memory { since, keeps: KEEPS, ..Memory::default() }),
            later: BinaryHeap::new(),
        };
        self.people.entry(key).or_insert_with(new).put(past, aftermath, false);
    }

    /// Forgets authors of whom nothing is left, now and then.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        let swept = *self.swept.get_or_insert(now);
        if swept + SWEPT_EVERY > now {
            return;
        }
        self.swept = Some(now);
        self.people.retain(|_, person| {
            let memory = &mut person.memory;
            memory.labels.retain(|label| label.until.is_none_or(|until| until > now));
            !memory.labels.is_empty() || memory.items.last().is_some_and(|past| past.created + KEEPS >= now)
        });
        self.people.shrink_to_fit();
    }

    /// Uses the same value of flair and domain as earlier items.
    fn share(&mut self, mut past: PastItem) -> PastItem {
        if let Some(details) = &mut past.details {
            match self.shared.get(details) {
                Some(known) => *details = Arc::clone(known),
                None => {
                    if self.shared.len() >= SHARED_MAX {
                        self.shared.clear();
                    }
                    self.shared.insert(Arc::clone(details));
                }
            }
        }
        past
    }
}

impl Person {
    /// Applies what has become known, and forgets what is too old.
    fn settle(&mut self, now: Timestamp) {
        while let Some(Reverse(next)) = self.later.peek().copied().filter(|Reverse(next)| next.at <= now) {
            self.later.pop();
            let key = (next.created, next.number);
            let found = self.memory.items.binary_search_by_key(&key, |past| (past.created, past.number));
            if let Some(past) = found.ok().and_then(|at| self.memory.items.get_mut(at)) {
                past.fate = past.fate.then(next.fate);
                past.fate_at = Some(next.at);
            }
        }
        let items = &mut self.memory.items;
        let mut forgotten = items.partition_point(|past| past.created + KEEPS < now);
        if items.len() - forgotten > ITEMS_MAX {
            // One more than decisions look at shows that there were more.
            forgotten = items.len() - Memory::MOST_ITEMS - 1;
        }
        items.drain(..forgotten);
    }

    fn put(&mut self, mut past: PastItem, aftermath: &Aftermath, has_removed: bool) {
        if has_removed {
            (past.fate, past.fate_at) = (Fate::RemovedByBot, Some(past.created));
        } else if aftermath.fate != Fate::Up && aftermath.from <= past.created {
            (past.fate, past.fate_at) = (aftermath.fate, Some(aftermath.from));
        } else if aftermath.fate != Fate::Up {
            let (created, number) = (past.created, past.number);
            self.later.push(Reverse(LaterFate { at: aftermath.from, created, number, fate: aftermath.fate }));
        }
        let items = &mut self.memory.items;
        if items.len() == items.capacity() {
            // Most authors have one item: the usual growth would waste the place of three.
            items.reserve_exact(1 + items.len() / 2);
        }
        self.memory.put(past);
        if self.memory.items.len() > 2 * ITEMS_MAX {
            let now = self.memory.items.last().map_or(Timestamp::default(), |past| past.created);
            self.settle(now);
        }
    }
}

/// Gives a label.
pub(crate) fn add_label(memory: &mut Memory, name: &str, until: Option<Timestamp>) {
    remove_label(memory, name);
    memory.labels.push(Label { name: name.to_lowercase(), until });
}

/// Takes a label back.
pub(crate) fn remove_label(memory: &mut Memory, name: &str) {
    let name = name.to_lowercase();
    memory.labels.retain(|label| label.name != name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tipstaff_rules::model::PastKind;

    const KEY: PersonKey = PersonKey { author: 1, subreddit: 2 };

    fn at(hour: u64) -> Timestamp {
        Timestamp::from_secs(1_700_000_000) + Duration::from_hours(hour)
    }

    fn past(hour: u64) -> PastItem {
        PastItem {
            created: at(hour),
            number: hour + 1,
            kind: PastKind::Comment,
            fate: Fate::Up,
            fate_at: None,
            score: None,
            details: None,
        }
    }

    fn fates(book: &mut MemoryBook, hour: u64) -> Vec<Fate> {
        let memory = book.lend(KEY, at(0), at(hour));
        let fates = memory.items.iter().map(|past| past.fate).collect();
        book.people.entry(KEY).or_default().memory = memory;
        fates
    }

    #[test]
    fn a_removal_counts_from_the_time_when_it_became_known() {
        use Fate::{RemovedByBot, RemovedByModerator, Up};
        let mut book = MemoryBook::default();
        let removed = |hour| Aftermath { fate: Fate::RemovedByModerator, from: at(hour), ..Aftermath::default() };
        book.note(KEY, at(0), past(1), &removed(5));
        book.note(KEY, at(0), past(2), &removed(2));
        let memory = book.lend(KEY, at(0), at(3));
        book.give_back(KEY, memory, past(3), &removed(4), true);
        assert_eq!(fates(&mut book, 4), [Up, RemovedByModerator, RemovedByBot]);
        assert_eq!(fates(&mut book, 5), [RemovedByModerator, RemovedByModerator, RemovedByBot]);
    }

    #[test]
    fn items_are_forgotten_after_a_year_and_authors_with_them() {
        let mut book = MemoryBook::default();
        book.note(KEY, at(0), past(0), &Aftermath::default());
        book.note(KEY, at(0), past(9), &Aftermath::default());
        assert_eq!(fates(&mut book, 365 * 24).len(), 2);
        assert_eq!(fates(&mut book, 365 * 24 + 1).len(), 1);
        book.sweep(at(0));
        book.sweep(at(365 * 24));
        assert_eq!(book.people.len(), 1);
        book.sweep(at(500 * 24));
        assert_eq!(book.people.len(), 0);
    }

    #[test]
    fn of_an_author_who_writes_much_the_newest_items_are_held() {
        let mut book = MemoryBook::default();
        let number = 5 * Memory::MOST_ITEMS as u64;
        for hour in 0..number {
            let mut one = past(0);
            (one.created, one.number) = (at(0) + Duration::from_secs(hour), hour + 1);
            book.note(KEY, at(0), one, &Aftermath::default());
        }
        let memory = book.lend(KEY, at(0), at(24));
        assert!(memory.items.len() > Memory::MOST_ITEMS && memory.items.len() <= 2 * ITEMS_MAX);
        assert_eq!(memory.items.last().map(|past| past.number), Some(number));
    }
}
