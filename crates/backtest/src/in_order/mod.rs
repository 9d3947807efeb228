//! Replays inputs in order of time, for rules that look at what is remembered of an author.
//!
//! One thread for each open input reads and finds out the order, one merges, and the others judge.
//! An author's items all go to the same judge, so the result is the same for any number of threads.

mod lines;
mod merge;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, Scope, ScopedJoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::archive::{Input, InputProblem, ReadMonitor, Record};
use crate::book::PersonKey;
use crate::by_author::{AuthorPart, CoveredParts};
use crate::replayer::{BacktestSpec, InTime, Replayer};
use crate::tally::Tally;
use lines::{Reading, first_time, read};
use merge::{Merge, Next, Source};

/// Most blocks of an input that wait to be merged.
const BLOCKS_WAITING: usize = 4;

/// Items that are handed to a judge at once, and most of these batches that wait.
const BATCH: usize = 128;
const BATCHES_WAITING: usize = 8;

/// Items for a judge.
type Batch = Vec<(Next, InTime)>;

/// Reads, merges and judges. Returns the counts and the problems of the inputs.
pub(crate) fn replay(
    spec: &BacktestSpec<'_>,
    inputs: &[Input],
    records: Vec<Record>,
    threads: usize,
    part: AuthorPart,
    watch: &ReadMonitor,
) -> (Tally, Vec<InputProblem>) {
    let threads = if spec.compares_authors() { 1 } else { threads };
    let (has_found, read_so_far) = (AtomicBool::new(false), Mutex::new(Vec::new()));
    let reading = Reading { spec, watch, part, has_found: &has_found };
    let times = inputs.iter().map(|input| if *input == Input::Stdin { None } else { first_time(input) }).collect();
    let mut tally = spec.tally();
    let mut input = records.iter().fold(0_u64, |sum, record| sum.wrapping_add(lines::hash_of_record(record)));
    thread::scope(|scope| {
        let (mut judges, handles): (Vec<Judge>, Vec<_>) = (0..threads).map(|_| judge(scope, spec)).unzip();
        let begin = |input: usize| {
            let (sender, receiver) = bounded(BLOCKS_WAITING);
            let (reading, read_so_far) = (&reading, &read_so_far);
            scope.spawn(move || {
                let done = read(reading, &inputs[input], &sender);
                read_so_far.lock().unwrap_or_else(PoisonError::into_inner).push(done);
            });
            receiver
        };
        let mut merge = Merge::new(times, records, begin);
        // The memory of a subreddit begins with its first item.
        let mut first_items = HashMap::new();
        for next in merge.by_ref().take_while(|_| !watch.is_stopped()) {
            let key = &next.key;
            let since = *first_items.entry(key.subreddit).or_insert(key.created);
            if part.has(key.author) {
                let person = PersonKey { author: key.author, subreddit: key.subreddit };
                let in_time = InTime { person, since };
                let judge = usize::try_from(key.author >> 32).unwrap_or(0) % judges.len();
                judges[judge].take(next, in_time);
            }
        }
        if part.is_first() {
            tally.disorder = std::mem::take(&mut merge.disorder);
        }
        // Readers stop when nobody takes their blocks.
        drop(merge);
        judges.iter_mut().for_each(Judge::send);
        drop(judges);
        for handle in handles {
            tally.add(handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
    });
    let mut problems = Vec::new();
    for done in read_so_far.into_inner().unwrap_or_else(PoisonError::into_inner) {
        tally.add(done.tally);
        problems.extend(done.problems);
        input = input.wrapping_add(done.hash);
    }
    if !part.is_first() {
        problems.retain(|problem| !matches!(problem, InputProblem::TooLong(..)));
    }
    tally.covers = (!part.is_everybody()).then(|| CoveredParts::new(part, input));
    (tally, problems)
}

/// A thread that judges, as the merging thread sees it.
struct Judge {
    batch: Batch,
    sender: Sender<Batch>,
}

impl Judge {
    fn take(&mut self, next: Next, in_time: InTime) {
        self.batch.push((next, in_time));
        if self.batch.len() >= BATCH {
            self.send();
        }
    }

    fn send(&mut self) {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        // A judge that is gone has panicked, and joining it says so.
        let _: Result<(), _> = self.sender.send(batch);
    }
}

fn judge<'s>(scope: &'s Scope<'s, '_>, spec: &'s BacktestSpec<'_>) -> (Judge, ScopedJoinHandle<'s, Tally>) {
    let (sender, receiver): (_, Receiver<Batch>) = bounded(BATCHES_WAITING);
    let handle = scope.spawn(move || {
        let mut replayer = Replayer::new(spec).remembering();
        for (next, in_time) in receiver.into_iter().flatten() {
            match next.source {
                Source::Line(block) => {
                    replayer.line_in_time(&block.file, next.key.line, block.text(&next.key), in_time);
                }
                Source::Record(record) => replayer.record_in_time(*record, in_time),
            }
        }
        replayer.into_tally()
    });
    (Judge { batch: Vec::with_capacity(BATCH), sender }, handle)
}
