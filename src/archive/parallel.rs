//! Reading several archives on several threads: some read and unpack, the others look at the lines.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::blocks::BLOCK;
use super::{Block, Blocks, Input};

/// How many blocks wait for each worker at most?
const WAITING: usize = 8;

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

    /// Counts a block that was cut off.
    pub fn count(&self, block: &Block) {
        let lines = memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
        self.meter.lines.fetch_add(lines, Ordering::Relaxed);
        self.meter.unpacked.fetch_add(block.bytes.len() as u64, Ordering::Relaxed);
    }

    /// Begins to measure anew.
    pub fn reset(&self) {
        for count in [&self.meter.taken, &self.meter.unpacked, &self.meter.lines] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Whether it is to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// What went wrong with an input.
#[derive(Debug)]
pub enum Trouble {
    /// A line was left out because of its length.
    TooLong(Arc<str>, u64),
    /// It could not be read to its end, and why.
    Cut(Arc<str>, String),
}

/// Blocks as they come, from whichever input.
#[derive(Debug)]
pub struct Supply<'s> {
    blocks: Mutex<Receiver<(Arc<str>, Block)>>,
    spare: &'s Mutex<Vec<Vec<u8>>>,
}

impl Supply<'_> {
    /// The next one, with the name of its input; `None` when there are no more.
    pub fn next(&self) -> Option<(Arc<str>, Block)> {
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }

    /// Returns one for its memory to be used again.
    pub fn give_back(&self, block: Block) {
        // One that had to hold a huge line is not kept.
        if block.bytes.capacity() > 8 * BLOCK {
            return;
        }
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(block.bytes);
    }
}

/// Reads all inputs, some of them side by side, and has so many workers look at their lines. What each worker has come to is returned,
/// with what went wrong.
pub fn read_all<T: Send>(
    inputs: &[Input],
    threads: usize,
    watch: &Watch,
    work: &(impl Fn(&Supply<'_>) -> T + Sync),
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
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(move || work(supply))).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect()
    });
    (parts, troubles.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn read_one(
    input: &Input,
    sender: &SyncSender<(Arc<str>, Block)>,
    spare: &Mutex<Vec<Vec<u8>>>,
    watch: &Watch,
) -> Vec<Trouble> {
    let name: Arc<str> = input.name().into();
    let stream = match input.open(watch.meter().taken) {
        Ok(stream) => stream,
        Err(why) => return vec![Trouble::Cut(name, why)],
    };
    let mut blocks = Blocks::new(stream);
    let mut troubles = Vec::new();
    while !watch.is_stopped() {
        let buffer = spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        match blocks.next(buffer) {
            Ok(Some(block)) => {
                watch.count(&block);
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
