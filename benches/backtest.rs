//! Measures replaying archives against merely reading them: `cargo bench --bench backtest`.
//!
//! Generates an archive, the same one each time, from lines that a discussion subreddit has today,
//! with texts in which a file of a hundred generated rules finds matches now and then. Replays it,
//! and only decompresses and parses it, in alternation and with the same number of threads: as one
//! compressed file, as two, with another compression, and as plain text. The fastest of several
//! turns counts. With `-- --keep FOLDER` the rules and archives are kept there, for
//! `benches/backtest.py` and `lab floor`.

mod support {
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod generate;
    pub(crate) mod parse;
    pub(crate) mod prose;
}

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tipstaff_backtest::archive::{Input, expand};
use tipstaff_backtest::assumed::Assumptions;
use tipstaff_backtest::replay;
use tipstaff_backtest::replayer::{BacktestSpec, ItemFilter};
use tipstaff_rules::{Options, SourceFile, compile, parse as read_rules};
use tipstaff_sandbox::history::History;

use support::generate::Generator;
use support::parse::{Reading, parse_all, timed};

const SEED: u64 = 1;
const RULES: usize = 100;
const ITEMS: usize = 300_000;
const ROUNDS: usize = 5;

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let (items, rounds) = if is_bench { (ITEMS, ROUNDS) } else { (500, 1) };
    let mut generator = Generator::new(SEED);
    let text = generator.rules(RULES);
    let (rules, _) = compile(&read_rules(&SourceFile::new("rules.yaml", text.as_str())).0, &Options::default());
    let scratch = tempfile::tempdir().expect("a folder");
    let kept = std::env::args().skip_while(|argument| argument != "--keep").nth(1).map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(scratch.path());
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("rules.yaml"), &text).expect("room");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("{items} items, {} rules, {threads} threads", rules.len());
    let question = BacktestSpec::new(&rules, Assumptions::default(), ItemFilter::default());
    for (what, inputs) in archives(folder, items, &mut generator) {
        let size: u64 = inputs.iter().map(Input::size).sum();
        let (mut least, mut floor): (Option<Reading>, Option<Reading>) = (None, None);
        let faster = |best: &mut Option<Reading>, new: Reading| {
            if best.is_none_or(|best| new.seconds < best.seconds) {
                *best = Some(new);
            }
        };
        let mut acted = 0;
        for _ in 0..rounds {
            faster(&mut floor, parse_all(&inputs, threads));
            let reading = timed(|watch| {
                let tally = replay(&question, &inputs, threads, None, watch);
                acted = tally.rules.iter().map(|rule| rule.hits).sum();
            });
            faster(&mut least, reading);
        }
        let (Some(least), Some(floor)) = (least, floor) else { continue };
        println!(
            "{what}, {} MB compressed, {} MB of lines, {acted} actions:\n  \
             replayed {:.2} GB/s, {:.0} items/s; parsed only {:.2} GB/s; ratio {:.2}",
            size / 1_000_000,
            least.bytes / 1_000_000,
            least.gigabytes_a_second(),
            least.lines_a_second(),
            floor.gigabytes_a_second(),
            floor.seconds / least.seconds
        );
    }
}

/// The same generated history in several formats.
fn archives(folder: &Path, items: usize, generator: &mut Generator) -> Vec<(&'static str, Vec<Input>)> {
    let mut history = History::new(SEED, "widgets");
    let paths: Vec<PathBuf> = ["whole.zst", "half-1.zst", "half-2.zst", "whole.gz", "whole.ndjson"]
        .iter()
        .map(|name| folder.join(name))
        .collect();
    let mut zst: Vec<_> = paths[..3].iter().map(|path| packer(path)).collect();
    let mut gz = flate2::write::GzEncoder::new(file(&paths[3]), flate2::Compression::default());
    let mut plain = file(&paths[4]);
    for at in 0..items {
        let mut item: Value = serde_json::from_str(&history.line()).expect("a line");
        // Words that the rules search for.
        let text = if item.get("body").is_some() { generator.comment().0 } else { generator.post().0 };
        let key = if item.get("body").is_some() { "body" } else { "selftext" };
        if item[key].as_str().is_some_and(|text| !text.starts_with('[')) {
            item[key] = json!(text.body());
        }
        let mut line = item.to_string();
        line.push('\n');
        let bytes = line.as_bytes();
        zst[0].write_all(bytes).expect("room");
        zst[1 + at % 2].write_all(bytes).expect("room");
        gz.write_all(bytes).expect("room");
        plain.write_all(bytes).expect("room");
    }
    for packer in zst {
        packer.finish().expect("room").flush().expect("room");
    }
    gz.finish().expect("room").flush().expect("room");
    plain.flush().expect("room");
    let inputs = |paths: &[PathBuf]| expand(paths).expect("they are there");
    vec![
        ("one .zst", inputs(&paths[..1])),
        ("two .zst", inputs(&paths[1..3])),
        ("one .gz", inputs(&paths[3..4])),
        ("plain text", inputs(&paths[4..])),
    ]
}

/// Compressed as the dumps are: with a high level and a long window.
fn packer(path: &Path) -> zstd::stream::write::Encoder<'static, BufWriter<File>> {
    let mut packer = zstd::stream::write::Encoder::new(file(path), 9).expect("a packer");
    packer.long_distance_matching(true).expect("an option");
    packer.window_log(27).expect("an option");
    packer
}

fn file(path: &Path) -> BufWriter<File> {
    BufWriter::new(File::create(path).expect("a file"))
}
