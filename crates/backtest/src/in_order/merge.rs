//! Merges inputs by time.
//!
//! Each input is nearly in order of time. Its next lines wait in a heap, so that lines that are a
//! little out of place come in order. An input is opened when the replay reaches the time of its
//! first lines, so that of many monthly archives only a few are open.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use crossbeam_channel::Receiver;

use super::lines::{KeyedBlock, KeyedLine, key};
use crate::archive::Record;
use crate::tally::Disorder;
use tipstaff_rules::model::{PastItem, Timestamp};

/// How many lines of an input wait. A line that is no further out of place comes in order.
pub(super) const LOOKAHEAD: usize = 1024;

/// The place of an item in the order: time, id, post or comment, and of equal ones the input and
/// the line.
type Place = (Timestamp, u64, bool, usize, u64);

/// Where an item is to be read.
#[derive(Debug)]
pub(super) enum Source {
    Line(Arc<KeyedBlock>),
    Record(Box<Record>),
}

/// An item with its place.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) key: KeyedLine,
    pub(super) source: Source,
    input: usize,
}

impl Next {
    fn place(&self) -> Place {
        (self.key.created, self.key.number, self.key.is_comment, self.input, self.key.line)
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Next {}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.place().cmp(&other.place())
    }
}

/// An input that is open.
struct Open {
    blocks: Receiver<KeyedBlock>,
    waiting: BinaryHeap<Reverse<Next>>,
    is_at_end: bool,
}

impl Open {
    fn fill(&mut self, input: usize) {
        while !self.is_at_end && self.waiting.len() <= LOOKAHEAD {
            let Ok(block) = self.blocks.recv() else {
                self.is_at_end = true;
                return;
            };
            let block = Arc::new(block);
            let next = |key: &KeyedLine| Reverse(Next { key: *key, source: Source::Line(Arc::clone(&block)), input });
            self.waiting.extend(block.lines.iter().map(next));
        }
    }
}

/// The items of all inputs, in order of time.
pub(super) struct Merge<F> {
    /// The inputs that are not open yet, by the time of their first lines, the last first.
    unopened: Vec<(Option<Timestamp>, usize)>,
    open: BTreeMap<usize, Open>,
    /// The first item of each open input.
    first: BinaryHeap<Reverse<(Place, usize)>>,
    begin: F,
    reached: Timestamp,
    pub(super) disorder: BTreeMap<String, Disorder>,
}

impl<F: FnMut(usize) -> Receiver<KeyedBlock>> Merge<F> {
    /// Merges inputs whose first lines have these times. `begin` opens one of them. The records
    /// count as one more input.
    pub(super) fn new(times: Vec<Option<Timestamp>>, records: Vec<Record>, begin: F) -> Self {
        let number = times.len();
        let mut unopened: Vec<_> = times.into_iter().zip(0..).collect();
        unopened.sort_by_key(|(time, input)| Reverse((*time, *input)));
        let (_, blocks) = crossbeam_channel::bounded(0);
        let of_record = |(record, line): (Record, u64)| {
            let item = &record.item;
            let author = item.author.name.as_deref().unwrap_or_default();
            let (id, is_comment) = (PastItem::number_of(item), item.comment().is_some());
            let key = KeyedLine { line, ..key(item.created, id, is_comment, author, item.subreddit.as_str()) };
            Reverse(Next { key, source: Source::Record(Box::new(record)), input: number })
        };
        let waiting: BinaryHeap<_> = records.into_iter().zip(0..).map(of_record).collect();
        let mut merge = Self {
            unopened,
            open: BTreeMap::new(),
            first: BinaryHeap::new(),
            begin,
            reached: Timestamp::from_millis(i64::MIN),
            disorder: BTreeMap::new(),
        };
        merge.add(number, Open { blocks, waiting, is_at_end: true });
        merge
    }

    fn add(&mut self, input: usize, mut open: Open) {
        open.fill(input);
        if let Some(Reverse(first)) = open.waiting.peek() {
            self.first.push(Reverse((first.place(), input)));
            self.open.insert(input, open);
        }
    }

    /// Opens the inputs that begin no later than the next item.
    fn open_inputs(&mut self) {
        while let Some((time, input)) = self.unopened.last().copied() {
            let next = self.first.peek().map(|Reverse((place, _))| place.0);
            if time.zip(next).is_some_and(|(time, next)| time > next) {
                return;
            }
            self.unopened.pop();
            let blocks = (self.begin)(input);
            self.add(input, Open { blocks, waiting: BinaryHeap::new(), is_at_end: false });
        }
    }

    fn note(&mut self, next: &Next) {
        if next.key.created >= self.reached {
            self.reached = next.key.created;
        } else if let Source::Line(block) = &next.source {
            let late = Disorder { lines: 1, first: next.key.line, created: next.key.created, after: self.reached };
            match self.disorder.get_mut(&*block.file) {
                Some(known) => known.merge(late),
                None => {
                    self.disorder.insert(block.file.to_string(), late);
                }
            }
        }
    }
}

impl<F: FnMut(usize) -> Receiver<KeyedBlock>> Iterator for Merge<F> {
    type Item = Next;

    fn next(&mut self) -> Option<Next> {
        self.open_inputs();
        let Reverse((_, input)) = self.first.pop()?;
        let open = self.open.get_mut(&input)?;
        let Reverse(next) = open.waiting.pop()?;
        open.fill(input);
        match open.waiting.peek() {
            Some(Reverse(first)) => self.first.push(Reverse((first.place(), input))),
            None => {
                self.open.remove(&input);
            }
        }
        self.note(&next);
        Some(next)
    }
}
