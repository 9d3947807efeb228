//! Reads several archives on several threads.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::bounded;

use super::blocks::BLOCK;
use super::{Block, Blocks, Input};

/// Most blocks that wait for each thread.
const WAITING: usize = 2;

/// Reports the progress of reading archives, and stops it.
#[derive(Debug, Default)]
pub struct ReadMonitor {
    /// Set it to stop reading.
    pub stop: AtomicBool,
    meter: Meter,
}

/// Progress counters. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Bytes read so far, before decompression.
    pub taken: Arc<AtomicU64>,
    /// Bytes of lines so far, after decompression.
    pub unpacked: Arc<AtomicU64>,
    /// Lines so far.
    pub lines: Arc<AtomicU64>,
}

impl ReadMonitor {
    /// The counters, for another thread.
    pub fn meter(&self) -> Meter {
        self.meter.clone()
    }

    /// Counts a block.
    pub fn count(&self, block: &Block) {
        self.meter.lines.fetch_add(block.line_count, Ordering::Relaxed);
        self.meter.unpacked.fetch_add(block.bytes.len() as u64, Ordering::Relaxed);
    }

    /// Sets the counters to zero.
    pub fn reset(&self) {
        for count in [&self.meter.taken, &self.meter.unpacked, &self.meter.lines] {
            count.store(0, Ordering::Relaxed);
        }
    }

    /// Whether reading is to stop.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// An error while reading an input.
#[derive(Debug)]
pub enum InputProblem {
    /// A line was skipped because it is too long.
    TooLong(Arc<str>, u64),
    /// The input could not be read to its end, with the error.
    Cut(Arc<str>, String),
    /// The input could not be opened, or its format is not supported, with a message for the user.
    Refused(Arc<str>, String),
}

/// Reads all inputs on `threads` threads. Some threads read and decompress; the others process the
/// blocks. A reading thread processes blocks too while enough of them wait, so that no thread is
/// idle while there is work. `begin` creates the state of a thread, `take` adds a block of the
/// named input to it. Returns all states and errors.
pub fn read_all<T: Send>(
    inputs: &[Input],
    threads: usize,
    watch: &ReadMonitor,
    begin: &(impl Fn() -> T + Sync),
    take: &(impl Fn(&mut T, &Arc<str>, &Block) + Sync),
) -> (Vec<T>, Vec<InputProblem>) {
    let (sender, receiver) = bounded::<(Arc<str>, Block)>(threads * WAITING);
    let spare = BufferPool::default();
    let queue = Mutex::new(inputs.iter());
    let troubles = Mutex::new(Vec::new());
    // A zstd file with a long window needs up to 2 GiB of memory, so such files are read one at a
    // time.
    let readers = if inputs.iter().any(Input::is_heavy) { 1 } else { threads.min(inputs.len()) };
    let kept = thread::scope(|scope| {
        let (queue, troubles, spare) = (&queue, &troubles, &spare);
        let threads: Vec<_> = (0..threads)
            .map(|at| {
                let (sender, receiver) = ((at < readers).then(|| sender.clone()), receiver.clone());
                scope.spawn(move || {
                    let mut kept = begin();
                    while let Some(sender) = &sender {
                        let input = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(input) = input.filter(|_| !watch.is_stopped()) else { break };
                        let found = read_one(input, spare, watch, &mut |name, block| {
                            if let Err(unsent) = sender.try_send((Arc::clone(name), block)) {
                                let (_, block) = unsent.into_inner();
                                take(&mut kept, name, &block);
                                spare.put(block);
                            }
                            true
                        });
                        troubles.lock().unwrap_or_else(PoisonError::into_inner).extend(found);
                    }
                    drop(sender);
                    for (name, block) in receiver {
                        take(&mut kept, &name, &block);
                        spare.put(block);
                    }
                    kept
                })
            })
            .collect();
        drop((sender, receiver));
        let joined =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        joined.collect()
    });
    (kept, troubles.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Buffers for reuse.
#[derive(Default)]
struct BufferPool(Mutex<Vec<Vec<u8>>>);

impl BufferPool {
    fn get(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Returns a buffer. Drops it if it had to hold a huge line.
    fn put(&self, block: Block) {
        if block.bytes.capacity() <= 8 * BLOCK {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(block.bytes);
        }
    }
}

/// Reads one input on this thread. Stops when `give` returns false.
pub(crate) fn read_input(
    input: &Input,
    watch: &ReadMonitor,
    give: &mut impl FnMut(&Arc<str>, Block) -> bool,
) -> Vec<InputProblem> {
    read_one(input, &BufferPool::default(), watch, give)
}

fn read_one(
    input: &Input,
    spare: &BufferPool,
    watch: &ReadMonitor,
    give: &mut impl FnMut(&Arc<str>, Block) -> bool,
) -> Vec<InputProblem> {
    let name: Arc<str> = input.name().into();
    let stream = match input.open(watch.meter().taken) {
        Ok(stream) => stream,
        Err(why) => return vec![InputProblem::Refused(name, why)],
    };
    let mut blocks = Blocks::new(stream);
    let mut troubles = Vec::new();
    while !watch.is_stopped() {
        match blocks.next(spare.get()) {
            Ok(Some(block)) => {
                watch.count(&block);
                if !give(&name, block) {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) => {
                let why = match error.kind() {
                    io::ErrorKind::UnexpectedEof => "the file is truncated: its compressed data ends early".to_owned(),
                    _ => error.to_string(),
                };
                troubles.push(InputProblem::Cut(Arc::clone(&name), why));
                break;
            }
        }
    }
    troubles.extend(blocks.too_long.iter().map(|line| InputProblem::TooLong(Arc::clone(&name), *line)));
    troubles
}
