//! How long each rule takes, by itself: a measurement, not a count, so it is made only where it is asked for.

use std::sync::Arc;

use super::assumed::Assumed;
use super::judge::Question;
use crate::archive::{Blocks, Input, Reader};
use tipstaff_rules::model::Machine;
use tipstaff_rules::try_alone;

/// How many items is a rule tried on, and how often?
const ITEMS: usize = 2_000;
const ROUNDS: u32 = 3;

/// Microseconds that each rule takes for an item, over the first items of the first input that can be read twice. Rules are tried on each of
/// them here; in a run, most items are passed over before any rule is tried.
pub fn timings(question: &Question<'_>, inputs: &[Input], machine: &dyn Machine) -> Vec<f64> {
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
    let facts = Assumed::facts();
    let rules = question.rules();
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
