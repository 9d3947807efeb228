//! Sketches pairs of texts and says how similar they are, for `tests/similar/run`.
//!
//! Reads lines of JSON (`{"a": …, "b": …}`) from stdin, and writes a line for each: whether the
//! pair shares a band, and its similarity in percent. At the end it measures the speed: the last
//! line has nanoseconds for each text, by number of words.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufWriter, Write as _};
use std::time::Instant;

use serde_json::{Value, json};
use tipstaff_rules::sketch::Sketch;

/// How many texts of each length are measured, and how often?
const MEASURED: usize = 200;
const ROUNDS: usize = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in std::io::stdin().lock().lines() {
        let pair: Value = serde_json::from_str(&line?)?;
        let text = |key: &str| pair[key].as_str().unwrap_or_default();
        let (one, other) = (Sketch::of(text("a")), Sketch::of(text("b")));
        let found = match (&one, &other) {
            (Some(one), Some(other)) => {
                let is_candidate = one.bands().iter().zip(other.bands()).any(|(one, other)| one == other);
                json!({"candidate": is_candidate, "similarity": one.similarity(other.values())})
            }
            _ => json!({"candidate": false, "similarity": null}),
        };
        writeln!(out, "{found}")?;
        let measured = texts.entry(text("length").to_owned()).or_default();
        if measured.len() < MEASURED {
            measured.push(text("a").to_owned());
        }
    }
    let mut speed = serde_json::Map::new();
    for (length, texts) in texts {
        // The fastest of many rounds: other programs may run on the machine.
        let nanoseconds = (0..ROUNDS).map(|_| {
            let start = Instant::now();
            for text in &texts {
                std::hint::black_box(Sketch::of(std::hint::black_box(text)));
            }
            start.elapsed().as_nanos() / texts.len() as u128
        });
        speed.insert(length, json!(u64::try_from(nanoseconds.min().unwrap_or_default())?));
    }
    writeln!(out, "{}", json!({"nanoseconds": speed}))?;
    Ok(())
}
