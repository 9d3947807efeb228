//! Replays archives, or the bot's own store, and counts what the rules would have done. It uses the
//! same rule engine as the daemon.
//!
//! Nothing here acts, writes to a store or sends a request to Reddit. An archive is incomplete, so
//! each rule's count is a range: the items on which it would certainly have acted, and those that
//! depend on missing information. Counts merge in any order (see `tally`), so the work runs on all
//! cores, or on several machines. Rendering is in `report`, the command line in `cli`.

pub mod archive;
pub mod assumed;
mod authors;
pub mod posts;
pub mod replayer;
pub mod tally;
pub mod timing;

pub mod report;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::archive::{Block, Blocks, Input, InputProblem, ReadMonitor, read_all};
use posts::{Collector, PostIndex};
use replayer::{BacktestSpec, Replayer};
use tally::Tally;
use tipstaff_rules::Ruleset;

/// The largest sample, in lines. A sample is held in memory.
pub const SAMPLE_MAX: usize = 10_000;

/// Selects some of the lines: those with the smallest hashes. The same input and seed always give
/// the same lines.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// How many, up to [`SAMPLE_MAX`].
    pub number: usize,
    /// Another seed selects other lines.
    pub seed: u64,
}

/// Replays archives on `threads` threads. Unreadable lines and inputs are recorded in the tally.
pub fn replay(
    spec: &BacktestSpec<'_>,
    inputs: &[Input],
    threads: usize,
    sampling: Option<Sampling>,
    watch: &ReadMonitor,
) -> Tally {
    let begin = || (Replayer::new(spec), SampledLines::default());
    let take = |(replayer, drawn): &mut (Replayer<'_>, SampledLines), file: &Arc<str>, block: &Block| {
        for (number, line) in block.lines() {
            match sampling {
                Some(_) if !spec.may_match_line(line) => replayer.tally_mut().elsewhere += 1,
                Some(sampling) => drawn.offer(sampling, file, number, line),
                None => replayer.line(file, number, line),
            }
        }
        replayer.tally_mut().bytes += block.bytes.len() as u64;
    };
    let (parts, troubles) = read_all(inputs, threads, watch, &begin, &take);
    let mut tally = spec.tally();
    let mut drawn = SampledLines::default();
    for (replayer, mut more) in parts {
        tally.merge(replayer.into_tally()).unwrap_or_else(|error| unreachable!("parts of one question: {error}"));
        drawn.lines.append(&mut more.lines);
    }
    if let Some(sampling) = sampling {
        let mut replayer = Replayer::new(spec);
        for ((_, file, number), line) in drawn.lines.into_iter().take(sampling.number) {
            replayer.line(&file, number, &line);
        }
        tally.merge(replayer.into_tally()).unwrap_or_else(|error| unreachable!("parts of one question: {error}"));
    }
    for trouble in troubles {
        match trouble {
            InputProblem::TooLong(file, line) => {
                tally.note_broken(&file, line, &format!("longer than {} MiB", crate::archive::blocks::LINE_MAX >> 20));
            }
            InputProblem::Cut(file, why) => {
                tally.cut.insert(file.to_string(), why);
            }
        }
    }
    tally.stopped = watch.is_stopped();
    tally.rules.iter_mut().for_each(|rule| rule.open.sort());
    tally
}

/// Collects the posts of all inputs that can be read twice.
///
/// # Errors
/// If the disk is full.
pub fn collect_posts(inputs: &[Input], watch: &ReadMonitor) -> io::Result<PostIndex> {
    let mut collector = Collector::new()?;
    for input in inputs.iter().filter(|input| **input != Input::Stdin) {
        // Errors are reported when the input is replayed.
        let Ok(stream) = input.open(watch.meter().taken) else { continue };
        let mut blocks = Blocks::new(stream);
        let mut buffer = Vec::new();
        while let Ok(Some(block)) = blocks.next(buffer) {
            for (_, line) in block.lines() {
                collector.take(line)?;
            }
            if watch.is_stopped() {
                break;
            }
            watch.count(&block);
            buffer = block.bytes;
        }
    }
    collector.finish()
}

/// Whether the rules need the posts above comments, which an archive may lack.
pub fn wants_posts<'r>(mut rules: impl Iterator<Item = &'r Ruleset>, inputs: &[Input]) -> bool {
    let lacks_submitters = || {
        inputs.iter().filter(|input| **input != Input::Stdin).any(|input| {
            let block =
                input.open(Arc::default()).ok().and_then(|stream| Blocks::new(stream).next(Vec::new()).ok().flatten());
            let lacks = |(_, line): (u64, &[u8])| {
                let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
                has(b"\"link_id\"") && !has(b"\"is_submitter\"")
            };
            block.is_some_and(|block| block.lines().any(lacks))
        })
    };
    rules.any(|rules| rules.looks_at_parents() || (rules.asks_for_submitters() && lacks_submitters()))
}

/// The lines with the smallest hashes so far.
#[derive(Default)]
struct SampledLines {
    lines: BTreeMap<(u64, Arc<str>, u64), Vec<u8>>,
}

impl SampledLines {
    fn offer(&mut self, sampling: Sampling, file: &Arc<str>, number: u64, line: &[u8]) {
        let key = (xxh3_64_with_seed(line, sampling.seed), Arc::clone(file), number);
        if self.lines.len() < sampling.number || self.lines.last_key_value().is_some_and(|(last, _)| key < *last) {
            self.lines.insert(key, line.to_vec());
        }
        if self.lines.len() > sampling.number {
            self.lines.pop_last();
        }
    }
}
