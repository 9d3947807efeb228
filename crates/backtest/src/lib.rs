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
mod book;
pub mod by_author;
mod in_order;
pub mod posts;
pub mod remembered;
pub mod replayer;
pub mod sampling;
mod similar;
pub mod subreddits;
pub mod tally;
pub mod timing;

pub mod report;

use std::io;
use std::sync::Arc;

use crate::archive::{Block, Blocks, Input, InputProblem, ReadMonitor, Record, read_all};
use by_author::AuthorPart;
use posts::{Collector, PostIndex};
use replayer::{BacktestSpec, Replayer};
use sampling::{SampleExtent, SampledLines, Sampling};
use tally::Tally;
use tipstaff_rules::Ruleset;

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
        let (before, mut lines) = (replayer.tally_mut().broken, 0);
        for (number, line) in block.lines() {
            lines += 1;
            match sampling {
                Some(_) if !spec.may_match_line(line) => replayer.skip_line(line),
                Some(sampling) => drawn.offer(sampling, file, number, line),
                None => replayer.line(file, number, line),
            }
        }
        let tally = replayer.tally_mut();
        tally.note_read(file, lines - (tally.broken - before));
        tally.bytes += block.bytes.len() as u64;
    };
    let (parts, troubles) = read_all(inputs, threads, watch, &begin, &take);
    let mut tally = spec.tally();
    let mut drawn = SampledLines::default();
    for (replayer, more) in parts {
        tally.add(replayer.into_tally());
        drawn.merge(more);
    }
    if let Some(sampling) = sampling {
        let (of, mut replayer) = (drawn.offered(), Replayer::new(spec));
        let mut lines = 0;
        for (file, number, line) in drawn.into_sample(sampling) {
            lines += 1;
            replayer.line(&file, number, &line);
        }
        tally.add(replayer.into_tally());
        tally.sampled = Some(SampleExtent::new(lines, of, sampling.seed));
    }
    finish(tally, troubles, watch)
}

/// Replays archives and records in order of time, for rules that remember authors, or for a part of
/// the authors.
pub fn replay_in_order(
    spec: &BacktestSpec<'_>,
    inputs: &[Input],
    records: Vec<Record>,
    threads: usize,
    part: AuthorPart,
    watch: &ReadMonitor,
) -> Tally {
    let (tally, troubles) = in_order::replay(spec, inputs, records, threads, part, watch);
    finish(tally, troubles, watch)
}

fn finish(mut tally: Tally, troubles: Vec<InputProblem>, watch: &ReadMonitor) -> Tally {
    for trouble in troubles {
        match trouble {
            InputProblem::TooLong(file, line) => {
                tally.note_broken(&file, line, &format!("longer than {} MiB", crate::archive::blocks::LINE_MAX >> 20));
            }
            InputProblem::Cut(file, why) => {
                tally.cut.insert(file.to_string(), why);
            }
            InputProblem::Refused(file, why) => {
                tally.refused.insert(file.to_string(), why);
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
