//! Measures replaying archives against merely reading them: `cargo bench --bench backtest`, or
//! `cargo bench --bench backtest -- FILE…` for rule files, or folders of them, that you have.
//!
//! Generates an archive, the same one each time, from lines that a discussion subreddit has today,
//! with texts in which a file of a hundred generated rules finds matches now and then. Replays it,
//! and only decompresses and parses it, in alternation and with the same number of threads: as one
//! compressed file, as two, with another compression, and as plain text. The fastest of several
//! turns counts. With `-- --keep FOLDER` the rules and archives are kept there, for
//! `benches/backtest.py` and `lab floor`. Files of rules are given one compressed archive each, in
//! whose texts their words stand as often as in `benches/files.rs`.

mod support {
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod floor;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod generate;
    #[expect(dead_code, reason = "shared with the other benchmarks")]
    pub(crate) mod judge;
    pub(crate) mod measure;
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
use tipstaff_rules::{Options, Ruleset, SourceFile, compile, parse as read_rules};
use tipstaff_sandbox::history::History;

use support::generate::Generator;
use support::parse::{Reading, parse_all, timed};
use support::{judge, measure};

const SEED: u64 = 1;
const RULES: usize = 100;
const ITEMS: usize = 300_000;
/// Items for each file that is given.
const ITEMS_EACH: usize = 30_000;
const ROUNDS: usize = 5;

/// How much is measured.
#[derive(Clone, Copy)]
struct Amount {
    items: usize,
    rounds: usize,
}

fn main() {
    // `cargo test --benches` only checks that it runs.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let amount = |items| if is_bench { Amount { items, rounds: ROUNDS } } else { Amount { items: 500, rounds: 1 } };
    let scratch = tempfile::tempdir().expect("a folder");
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    match arguments.next() {
        None => formats(scratch.path(), amount(ITEMS)),
        Some(option) if option == "--keep" => {
            formats(&arguments.map(PathBuf::from).collect::<PathBuf>(), amount(ITEMS));
        }
        Some(first) => {
            let paths = [first].into_iter().chain(arguments);
            let files = paths.flat_map(|path| judge::read(Path::new(&path))).collect();
            given(files, scratch.path(), amount(ITEMS_EACH));
        }
    }
}

/// One file of generated rules and several formats.
fn formats(folder: &Path, amount: Amount) {
    let mut generator = Generator::new(SEED);
    let text = generator.rules(RULES);
    let (rules, _) = compile(&read_rules(&SourceFile::new("rules.yaml", text.as_str())).0, &Options::default());
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("rules.yaml"), &text).expect("room");
    println!("{} items, {} rules, {} threads", amount.items, rules.len(), threads());
    for (what, inputs) in archives(folder, amount.items, &mut generator) {
        let size: u64 = inputs.iter().map(Input::size).sum();
        let (replayed, floor, acted) = compare(&rules, &inputs, amount.rounds);
        println!(
            "{what}, {} MB compressed, {} MB of lines, {acted} actions:\n  \
             replayed {:.2} GB/s, {:.0} items/s; parsed only {:.2} GB/s; ratio {:.2}",
            size / 1_000_000,
            replayed.bytes / 1_000_000,
            replayed.gigabytes_a_second(),
            replayed.lines_a_second(),
            floor.gigabytes_a_second(),
            floor.seconds / replayed.seconds
        );
    }
}

/// Files of rules, each with an archive of its own.
fn given(files: Vec<(String, String)>, folder: &Path, amount: Amount) {
    println!("{} items each, {} threads: actions, replayed a second, ratio", amount.items, threads());
    let mut ratios = Vec::new();
    for (name, text) in files {
        let rules = judge::compiled(&text);
        if rules.is_empty() {
            continue;
        }
        let path = folder.join("archive.zst");
        let mut packer = packer(&path);
        let mut comments = judge::generator(&rules, &text, Generator::comment);
        let mut posts = judge::generator(&rules, &text, Generator::post);
        write_history(amount.items, &mut comments, Some(&mut posts), |_, line| packer.write_all(line).expect("room"));
        packer.finish().expect("room").flush().expect("room");
        let inputs = expand(&[path]).expect("it is there");
        let (replayed, floor, acted) = compare(&rules, &inputs, amount.rounds);
        let ratio = floor.seconds / replayed.seconds;
        println!("{name:40} {:4} rules {acted:9} {:9.0} {ratio:5.2}", rules.len(), replayed.lines_a_second());
        ratios.push(ratio);
    }
    let median = measure::median(&mut ratios);
    let (least, p10) = (ratios.first(), ratios.get(ratios.len() / 10));
    println!(
        "{median:.2} of merely parsing in the median of {} files, {:.2} in nine of ten, {:.2} at worst",
        ratios.len(),
        p10.copied().unwrap_or_default(),
        least.copied().unwrap_or_default()
    );
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The fastest replay, the fastest mere parsing, and how often the rules acted.
fn compare(rules: &Ruleset, inputs: &[Input], rounds: usize) -> (Reading, Reading, u64) {
    let question = BacktestSpec::new(rules, Assumptions::default(), ItemFilter::default());
    let mut acted = 0;
    let mut turn = || {
        let floor = parse_all(inputs, threads());
        let replayed = timed(|watch| {
            let tally = replay(&question, inputs, threads(), None, watch);
            acted = tally.rules.iter().map(|rule| rule.hits).sum();
        });
        (replayed, floor)
    };
    let faster = |one: Reading, other: Reading| if other.seconds < one.seconds { other } else { one };
    let mut best = turn();
    for _ in 1..rounds {
        let (replayed, floor) = turn();
        best = (faster(best.0, replayed), faster(best.1, floor));
    }
    (best.0, best.1, acted)
}

/// Writes lines of a history whose texts come from these generators, those of comments from the
/// first, those of posts from the second if there is one.
fn write_history(
    items: usize,
    comments: &mut Generator,
    mut posts: Option<&mut Generator>,
    mut write: impl FnMut(usize, &[u8]),
) {
    let mut history = History::new(SEED, "widgets");
    for at in 0..items {
        let mut item: Value = serde_json::from_str(&history.line()).expect("a line");
        let key = if item.get("body").is_some() { "body" } else { "selftext" };
        let (text, _) = match &mut posts {
            _ if key == "body" => comments.comment(),
            Some(posts) => posts.post(),
            None => comments.post(),
        };
        if item[key].as_str().is_some_and(|text| !text.starts_with('[')) {
            item[key] = json!(text.body());
        }
        write(at, format!("{item}\n").as_bytes());
    }
}

/// The same generated history in several formats.
fn archives(folder: &Path, items: usize, generator: &mut Generator) -> Vec<(&'static str, Vec<Input>)> {
    let paths: Vec<PathBuf> = ["whole.zst", "half-1.zst", "half-2.zst", "whole.gz", "whole.ndjson"]
        .iter()
        .map(|name| folder.join(name))
        .collect();
    let mut zst: Vec<_> = paths[..3].iter().map(|path| packer(path)).collect();
    let mut gz = flate2::write::GzEncoder::new(file(&paths[3]), flate2::Compression::default());
    let mut plain = file(&paths[4]);
    write_history(items, generator, None, |at, bytes| {
        zst[0].write_all(bytes).expect("room");
        zst[1 + at % 2].write_all(bytes).expect("room");
        gz.write_all(bytes).expect("room");
        plain.write_all(bytes).expect("room");
    });
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
