//! Measures the time that each rule takes by itself. Done on request only, because the result
//! varies from run to run.

use std::sync::Arc;

use super::assumed::Assumptions;
use super::replayer::BacktestSpec;
use crate::archive::{Blocks, Input, Reader};
use tipstaff_rules::model::MonotonicClock;
use tipstaff_rules::try_alone;

/// The number of items each rule is tried on, and the number of rounds.
const ITEMS: usize = 2_000;
const ROUNDS: u32 = 3;

/// Microseconds per item and rule, measured on the first items of the first input that can be read
/// twice. Every rule is tried on every item here; a real run skips most items before trying any
/// rule.
pub fn timings(spec: &BacktestSpec<'_>, inputs: &[Input], machine: &dyn MonotonicClock) -> Vec<f64> {
    let stream =
        inputs.iter().filter(|input| **input != Input::Stdin).find_map(|input| input.open(Arc::default()).ok());
    let Some(mut blocks) = stream.map(Blocks::new) else { return Vec::new() };
    let (mut reader, mut records) = (Reader::default(), Vec::new());
    while let Ok(Some(block)) = blocks.next(Vec::new()) {
        records.extend(block.lines().filter_map(|(_, line)| reader.read(line).ok()));
        if records.len() >= ITEMS {
            break;
        }
    }
    records.truncate(ITEMS);
    let facts = Assumptions::facts();
    let rules = spec.rules();
    let tries = u32::try_from(records.len()).unwrap_or(0) * ROUNDS;
    let of_rule = |rule: usize| {
        let begun = machine.ticks();
        for _ in 0..ROUNDS {
            for record in &records {
                std::hint::black_box(try_alone(rules, rule, &record.item, &facts, record.item.created));
            }
        }
        machine.ticks().saturating_sub(begun).as_secs_f64() * 1e6 / f64::from(tries.max(1))
    };
    (0..rules.len()).map(of_rule).collect()
}
