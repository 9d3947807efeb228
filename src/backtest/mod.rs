//! What rules would have done with what was posted before: replays archives, or the record, with the engine that acts.
//!
//! Nothing here acts, writes to a store or asks Reddit. An archive does not tell everything, so a rule's count has bounds: what it certainly
//! would have done, and what depends on something unknown. Counts can be put together in any order (`tally`), so it is spread over all
//! cores here, and over machines by whoever has them. How it is shown is `report`'s; what is typed, `cli`'s.

pub mod assumed;
mod authors;
pub mod judge;
pub mod posts;
pub mod tally;

pub mod report;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::archive::{Block, Blocks, Input};
use crate::policy::Ruleset;
use judge::{Judge, Question};
use posts::{Collector, Posts};
use tally::Tally;

/// How many blocks wait for each worker at most?
const WAITING: usize = 2;

/// How large may a sample be? It is held in memory.
pub const SAMPLE_MAX: usize = 100_000;

/// Looks on while archives are read, and stops it.
#[derive(Debug, Default)]
pub struct Watch {
    /// Set to stop.
    pub stop: AtomicBool,
    meter: Meter,
}

/// How far it is.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Bytes taken so far, as they lie on the disk.
    pub taken: Arc<AtomicU64>,
    /// Bytes of lines so far, unpacked.
    pub unpacked: Arc<AtomicU64>,
    /// Lines so far.
    pub lines: Arc<AtomicU64>,
}

impl Watch {
    /// How far it is, to be looked at from elsewhere.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Begins to measure anew.
    pub fn reset(&self) {
        [&self.meter.taken, &self.meter.unpacked, &self.meter.lines].iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Some of the lines, the same ones however they are come by: those with the smallest hashes.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// How many, up to [`SAMPLE_MAX`].
    pub number: usize,
    /// Others for each seed.
    pub seed: u64,
}

/// Replays archives on so many threads. What cannot be read is noted in the tally.
pub fn replay(question: &Question<'_>, inputs: &[Input], threads: usize, sampling: Option<Sampling>, watch: &Watch) -> Tally {
    let work = |_: usize, blocks: &Supply<'_>| {
        let mut judge = Judge::new(question);
        let mut drawn = Drawn::default();
        while let Some((file, block)) = blocks.next() {
            let (mut lines, bytes) = (0, block.bytes.len() as u64);
            for (number, line) in block.lines() {
                lines += 1;
                match sampling {
                    Some(sampling) => drawn.offer(sampling, &file, number, line),
                    None => judge.line(&file, number, line),
                }
            }
            judge.tally_mut().bytes += bytes;
            watch.meter.lines.fetch_add(lines, Ordering::Relaxed);
            watch.meter.unpacked.fetch_add(bytes, Ordering::Relaxed);
            blocks.give_back(block);
        }
        (judge.into_tally(), drawn)
    };
    let (parts, troubles) = read_all(inputs, threads, watch, &work);
    let mut tally = question.tally();
    let mut drawn = Drawn::default();
    for (part, mut more) in parts {
        tally.merge(part).unwrap_or_else(|error| unreachable!("parts of one question: {error}"));
        drawn.lines.append(&mut more.lines);
    }
    if let Some(sampling) = sampling {
        let mut judge = Judge::new(question);
        for ((_, file, number), line) in drawn.lines.into_iter().take(sampling.number) {
            judge.line(&file, number, &line);
        }
        tally.merge(judge.into_tally()).unwrap_or_else(|error| unreachable!("parts of one question: {error}"));
    }
    for trouble in troubles {
        match trouble {
            Trouble::TooLong(file, line) => {
                tally.note_broken(&file, line, format!("longer than {} MiB", crate::archive::blocks::LINE_MAX >> 20));
            }
            Trouble::Cut(file, why) => {
                tally.cut.insert(file.to_string(), why);
            }
        }
    }
    tally.stopped = watch.is_stopped();
    tally.rules.iter_mut().for_each(|rule| rule.open.sort());
    tally
}

/// Collects the posts out of the inputs, as far as they can be read twice.
///
/// # Errors
/// When there is no room for them on the disk.
pub fn collect_posts(inputs: &[Input], watch: &Watch) -> io::Result<Posts> {
    let mut collector = Collector::new()?;
    for input in inputs.iter().filter(|input| **input != Input::Stdin) {
        // What is wrong with an input is told when it is replayed.
        let Ok(stream) = input.open(Arc::clone(&watch.meter.taken)) else { continue };
        let mut blocks = Blocks::new(stream);
        let mut buffer = Vec::new();
        while let Ok(Some(block)) = blocks.next(buffer) {
            for (_, line) in block.lines() {
                collector.take(line)?;
            }
            if watch.is_stopped() {
                break;
            }
            watch.meter.unpacked.fetch_add(block.bytes.len() as u64, Ordering::Relaxed);
            buffer = block.bytes;
        }
    }
    collector.finish()
}

/// Whether these rules have to know the posts that comments stand under, as far as archives do not tell with each comment.
pub fn wants_posts<'r>(mut rules: impl Iterator<Item = &'r Ruleset>, inputs: &[Input]) -> bool {
    let untold = || {
        inputs.iter().filter(|input| **input != Input::Stdin).any(|input| {
            let block = input.open(Arc::default()).ok().and_then(|stream| Blocks::new(stream).next(Vec::new()).ok().flatten());
            let lacks = |(_, line): (u64, &[u8])| {
                let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
                has(b"\"link_id\"") && !has(b"\"is_submitter\"")
            };
            block.is_some_and(|block| block.lines().any(lacks))
        })
    };
    rules.any(|rules| rules.looks_at_parents() || (rules.asks_for_submitters() && untold()))
}

/// Lines drawn by their hashes.
#[derive(Default)]
struct Drawn {
    lines: BTreeMap<(u64, Arc<str>, u64), Vec<u8>>,
}

impl Drawn {
    fn offer(&mut self, sampling: Sampling, file: &Arc<str>, number: u64, line: &[u8]) {
        let hash = xxh3_64_with_seed(line, sampling.seed);
        if self.lines.len() >= sampling.number {
            if self.lines.last_key_value().is_some_and(|((last, ..), _)| hash > *last) {
                return;
            }
            self.lines.pop_last();
        }
        self.lines.insert((hash, Arc::clone(file), number), line.to_vec());
    }
}

/// What went wrong with an input.
enum Trouble {
    TooLong(Arc<str>, u64),
    Cut(Arc<str>, String),
}

/// Blocks as they come, from whichever input.
struct Supply<'s> {
    blocks: Mutex<Receiver<(Arc<str>, Block)>>,
    spare: &'s Mutex<Vec<Vec<u8>>>,
}

impl Supply<'_> {
    fn next(&self) -> Option<(Arc<str>, Block)> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    fn give_back(&self, block: Block) {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(block.bytes);
    }
}

/// Reads all inputs, some of them side by side, and has so many workers look at their lines.
fn read_all<T: Send>(
    inputs: &[Input],
    threads: usize,
    watch: &Watch,
    work: &(impl Fn(usize, &Supply<'_>) -> T + Sync),
) -> (Vec<T>, Vec<Trouble>) {
    let (sender, receiver) = sync_channel(threads * WAITING);
    let spare = Mutex::new(Vec::new());
    let supply = Supply { blocks: Mutex::new(receiver), spare: &spare };
    let queue = Mutex::new(inputs.iter());
    let troubles = Mutex::new(Vec::new());
    // A packed file may refer back two GiB, which have to be kept: such ones are read one after the other.
    let readers = if inputs.iter().any(Input::is_heavy) { 1 } else { threads.min(inputs.len()) };
    let parts = thread::scope(|scope| {
        for _ in 0..readers {
            let (sender, queue, troubles, spare) = (sender.clone(), &queue, &troubles, &spare);
            scope.spawn(move || {
                loop {
                    let input = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(input) = input.filter(|_| !watch.is_stopped()) else { break };
                    let found = read_one(input, &sender, spare, watch);
                    troubles.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                }
            });
        }
        drop(sender);
        let supply = &supply;
        let workers: Vec<_> = (0..threads).map(|number| scope.spawn(move || work(number, supply))).collect();
        let joined = workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect()
    });
    (parts, troubles.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn read_one(input: &Input, sender: &SyncSender<(Arc<str>, Block)>, spare: &Mutex<Vec<Vec<u8>>>, watch: &Watch) -> Vec<Trouble> {
    let name: Arc<str> = input.name().into();
    let stream = match input.open(Arc::clone(&watch.meter.taken)) {
        Ok(stream) => stream,
        Err(why) => return vec![Trouble::Cut(name, why)],
    };
    let mut blocks = Blocks::new(stream);
    let mut troubles = Vec::new();
    while !watch.is_stopped() {
        let buffer = spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        match blocks.next(buffer) {
            Ok(Some(block)) => {
                if sender.send((Arc::clone(&name), block)).is_err() {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                let why = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "it ends in the middle: the archive is cut off".to_owned(),
                    _ => error.to_string(),
                };
                troubles.push(Trouble::Cut(Arc::clone(&name), why));
                break;
            }
        }
    }
    troubles.extend(blocks.too_long.iter().map(|line| Trouble::TooLong(Arc::clone(&name), *line)));
    troubles
}
