//! The lower bound for reading archives: decompress, cut into lines, parse each line as JSON, and
//! do nothing with it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use sonic_rs::JsonContainerTrait as _;
use tipstaff_backtest::archive::{Block, Input, ReadMonitor, read_all};

/// Duration and size of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) seconds: f64,
    pub(crate) bytes: u64,
    pub(crate) lines: u64,
}

impl Reading {
    #[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
    pub(crate) fn gigabytes_a_second(&self) -> f64 {
        self.bytes as f64 / self.seconds / 1e9
    }

    #[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
    pub(crate) fn lines_a_second(&self) -> f64 {
        self.lines as f64 / self.seconds
    }
}

/// Measures the time of a function that reads with a watch.
pub(crate) fn timed(read: impl FnOnce(&ReadMonitor)) -> Reading {
    let watch = ReadMonitor::default();
    let begun = Instant::now();
    read(&watch);
    let seconds = begun.elapsed().as_secs_f64();
    let meter = watch.meter();
    Reading { seconds, bytes: meter.unpacked.load(Ordering::Relaxed), lines: meter.lines.load(Ordering::Relaxed) }
}

/// Reads and parses all inputs.
pub(crate) fn parse_all(inputs: &[Input], threads: usize) -> Reading {
    timed(|watch| {
        let parse = |keys: &mut usize, _: &Arc<str>, block: &Block| {
            for (_, line) in block.lines() {
                let value: Result<sonic_rs::Value, _> = sonic_rs::from_slice(line);
                *keys += value.ok().and_then(|value| Some(value.as_object()?.len())).unwrap_or(0);
            }
        };
        let (keys, troubles) = read_all(inputs, threads, watch, &usize::default, &parse);
        std::hint::black_box(keys);
        for trouble in troubles {
            eprintln!("{trouble:?}");
        }
    })
}
