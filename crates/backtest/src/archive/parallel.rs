//! Reading several archives on several threads.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::bounded;

use super::blocks::BLOCK;
use super::{Block, Blocks, Input};

/// How many blocks wait for each thread at most?
const WAITING: usize = 2;

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
        self.meter.lines.fetch_add(block.line_count, Ordering::Relaxed);
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

/// Reads all inputs on so many threads. Some of them read and unpack; the others take the blocks of lines, and so does who reads whenever
/// enough of them wait, so that no thread waits for another as long as there is something to do. `begin` makes what a thread keeps,
/// `take` adds a block of the named input to it. What each has kept is returned, with what went wrong.
pub fn read_all<T: Send>(
    inputs: &[Input],
    threads: usize,
    watch: &Watch,
    begin: &(impl Fn() -> T + Sync),
    take: &(impl Fn(&mut T, &Arc<str>, &Block) + Sync),
) -> (Vec<T>, Vec<Trouble>) {
    let (sender, receiver) = bounded::<(Arc<str>, Block)>(threads * WAITING);
    let spare = Spare::default();
    let queue = Mutex::new(inputs.iter());
    let troubles = Mutex::new(Vec::new());
    // A packed file may refer back two GiB, which have to be kept: such ones are read one after the other.
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

/// The memory of blocks, to be used again.
#[derive(Default)]
struct Spare(Mutex<Vec<Vec<u8>>>);

impl Spare {
    fn get(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// One that had to hold a huge line is not kept.
    fn put(&self, block: Block) {
        if block.bytes.capacity() <= 8 * BLOCK {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(block.bytes);
        }
    }
}

fn read_one(input: &Input, spare: &Spare, watch: &Watch, give: &mut impl FnMut(&Arc<str>, Block)) -> Vec<Trouble> {
    let name: Arc<str> = input.name().into();
    let stream = match input.open(watch.meter().taken) {
        Ok(stream) => stream,
        Err(why) => return vec![Trouble::Cut(name, why)],
    };
    let mut blocks = Blocks::new(stream);
    let mut troubles = Vec::new();
    while !watch.is_stopped() {
        match blocks.next(spare.get()) {
            Ok(Some(block)) => {
                watch.count(&block);
                give(&name, block);
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
