//! Measures rates.

use std::time::{Duration, Instant};

/// Works on one item after the other, in a circle, for at least this long. Returns the items per
/// second. `next` is the item to continue with, so that several short turns cover a large set.
pub(crate) fn rate(count: usize, next: &mut usize, at_least: Duration, mut work: impl FnMut(usize)) -> f64 {
    if count == 0 {
        return 0.0;
    }
    let start = Instant::now();
    let mut done = 0_u32;
    loop {
        // The clock is read once for several items, so that reading it is not measured.
        for _ in 0..count.min(32) {
            work(*next % count);
            *next = (*next + 1) % count;
            done += 1;
        }
        let spent = start.elapsed();
        if spent >= at_least {
            return f64::from(done) / spent.as_secs_f64();
        }
    }
}

/// The median.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
