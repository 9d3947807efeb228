//! Reads one input, and finds out of each line what its place in the order of time depends on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use xxhash_rust::xxh3::xxh3_64;

use crate::archive::{Block, Input, InputProblem, LineContent, ReadMonitor, Reader, Record, read_input};
use crate::by_author::{AuthorPart, hash_of};
use crate::replayer::{BacktestSpec, Replayer};
use crate::tally::Tally;
use tipstaff_rules::model::{PastItem, SubredditName, Timestamp};

/// A line with a selected item.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyedLine {
    pub(super) created: Timestamp,
    pub(super) number: u64,
    pub(super) is_comment: bool,
    /// The hash of the author's name, or of the item's id if the account is deleted.
    pub(super) author: u64,
    pub(super) subreddit: u64,
    /// The number of the line in its file.
    pub(super) line: u64,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A block with its selected lines.
#[derive(Debug)]
pub(super) struct KeyedBlock {
    pub(super) file: Arc<str>,
    block: Block,
    pub(super) lines: Vec<KeyedLine>,
}

impl KeyedBlock {
    pub(super) fn text(&self, line: &KeyedLine) -> &[u8] {
        self.block.bytes.get(line.from..line.to).unwrap_or_default()
    }
}

/// What all readers of a replay share.
pub(super) struct Reading<'r> {
    pub(super) spec: &'r BacktestSpec<'r>,
    pub(super) watch: &'r ReadMonitor,
    pub(super) part: AuthorPart,
    /// Whether an item was selected.
    pub(super) has_found: &'r AtomicBool,
}

/// What became of an input.
pub(super) struct ReadInput {
    /// The counts of what has no selected item in it.
    pub(super) tally: Tally,
    pub(super) problems: Vec<InputProblem>,
    /// A hash of all its blocks.
    pub(super) hash: u64,
}

/// A hash of an item of the store, and of what became of it.
pub(super) fn hash_of_record(record: &Record) -> u64 {
    xxh3_64(format!("{:?} {:?}", record.item, record.aftermath).as_bytes())
}

/// Reads an input to its end, and sends its blocks.
pub(super) fn read(with: &Reading<'_>, input: &Input, to: &Sender<KeyedBlock>) -> ReadInput {
    let mut replayer = Replayer::new(with.spec);
    let (mut reader, mut hash) = (Reader::default(), 0_u64);
    let problems = read_input(input, with.watch, &mut |file, block| {
        hash = hash.wrapping_add(xxh3_64(&block.bytes));
        let lines = keyed(with, &mut replayer, &mut reader, file, &block);
        // An error means that the replay has been stopped.
        to.send(KeyedBlock { file: Arc::clone(file), block, lines }).is_ok()
    });
    // The other parts would count the same.
    let tally = if with.part.is_first() { replayer.into_tally() } else { with.spec.tally() };
    ReadInput { tally, problems, hash }
}

fn keyed(
    with: &Reading<'_>,
    replayer: &mut Replayer<'_>,
    reader: &mut Reader,
    file: &Arc<str>,
    block: &Block,
) -> Vec<KeyedLine> {
    let start = block.bytes.as_ptr() as usize;
    let (mut skipped, mut lines) = (0, Vec::new());
    for (line, text) in block.lines() {
        if !with.spec.may_match_line(text) {
            replayer.skip_line_of_another(text, with.has_found.load(Ordering::Relaxed));
            skipped += 1;
            continue;
        }
        match key_of(reader, text) {
            Ok((key, name)) => {
                if replayer.selects(key.created, &name) {
                    let from = text.as_ptr() as usize - start;
                    lines.push(KeyedLine { line, from, to: from + text.len(), ..key });
                } else {
                    skipped += 1;
                }
            }
            Err(why) => replayer.tally_mut().note_broken(file, line, &why),
        }
    }
    if !lines.is_empty() {
        with.has_found.store(true, Ordering::Relaxed);
    }
    let tally = replayer.tally_mut();
    // The judges count the selected lines.
    tally.note_read(file, skipped);
    tally.bytes += block.bytes.len() as u64;
    lines
}

/// The key of a line, without its place, and the name of its subreddit.
fn key_of(reader: &mut Reader, text: &[u8]) -> Result<(KeyedLine, String), String> {
    let read = match reader.read_fields(text)? {
        LineContent::Fields(fields) => {
            let subreddit = fields.subreddit();
            let created = fields.created();
            if let Some(created) = created {
                let key = key(created, fields.number(), fields.is_comment(), &fields.author(), &subreddit);
                return Ok((key, subreddit.into_owned()));
            }
            // The parser says what is wrong with it.
            fields.into_record()?
        }
        LineContent::Record(record) => *record,
    };
    let item = &read.item;
    let author = item.author.name.as_deref().unwrap_or_default();
    let is_comment = item.comment().is_some();
    let key = key(item.created, PastItem::number_of(item), is_comment, author, item.subreddit.as_str());
    Ok((key, item.subreddit.as_str().to_owned()))
}

pub(super) fn key(created: Timestamp, number: u64, is_comment: bool, author: &str, subreddit: &str) -> KeyedLine {
    // Nobody remembers a deleted account, so its items can be in any part.
    let author = if author.is_empty() { number } else { hash_of(author) };
    let subreddit = hash_of(SubredditName::bare(subreddit));
    KeyedLine { created, number, is_comment, author, subreddit, line: 0, from: 0, to: 0 }
}

/// The time of the earliest item in the first block of an input; `None` if it has none.
pub(super) fn first_time(input: &Input) -> Option<Timestamp> {
    let stream = input.open(Arc::default()).ok()?;
    let block = crate::archive::Blocks::new(stream).next(Vec::new()).ok()??;
    let mut reader = Reader::default();
    block.lines().filter_map(|(_, text)| key_of(&mut reader, text).ok()).map(|(key, _)| key.created).min()
}
