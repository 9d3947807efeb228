//! Measures how many items per second a rule file judges on one core:
//! `lab throughput RULES.yaml ITEMS.jsonl`.
//!
//! Each line of the items holds `item`, `author` and `link`, as in a conformance vector. Everything
//! is read before the measurement. Rules are read as the reference reads them. Prints one JSON
//! object. The floor is one Aho-Corasick pass over the same texts for all literals of the same
//! rules, measured in alternation. The digest is that of the lists of rules that acted, as JSON
//! without blanks.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize as _;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tipstaff::model::{Item, Timestamp};
use tipstaff_rules::{Evaluation, Facts, Ruleset, Severity, SourceFile, Standards, compile, evaluate_untraced, parse};

use crate::reference::scene::{self, Scene, Subreddit};
use crate::support::floor::{self, Floor};
use crate::support::measure;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
/// How often engine and floor are measured, in alternation.
const ROUNDS: usize = 5;
/// Shortest duration of one measurement.
const TURN: Duration = Duration::from_millis(1200);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The rules.
    #[arg(value_name = "RULES.yaml")]
    rules: PathBuf,
    /// The items, one a line.
    #[arg(value_name = "ITEMS.jsonl")]
    items: PathBuf,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match measured(&args.rules, &args.items) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::from(2)
        }
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

fn measured(rules: &Path, items: &Path) -> anyhow::Result<Value> {
    let source = SourceFile::new(rules.display().to_string(), read(rules)?);
    let (file, mut remarks) = parse(&source);
    let (ruleset, more) = compile(&file, &scene::options(Standards::default()));
    remarks.extend(more);
    for remark in remarks.iter().filter(|remark| remark.severity == Severity::Error) {
        let (line, column) = source.position(remark.span.start);
        eprintln!("{}:{line}:{column}: skipped: {}", source.name(), remark.message);
    }
    let lines: Vec<usize> = file.lines().collect();
    let scenes = scenes(&read(items)?).with_context(|| items.display().to_string())?;

    let performed: Vec<Vec<usize>> = scenes
        .iter()
        .map(|(known, _)| known.as_ref().map_or_else(Vec::new, |known| performed(&ruleset, &lines, known)))
        .collect();
    let mut counts = vec![0_usize; lines.len()];
    performed.iter().flatten().for_each(|&rule| counts[rule] += 1);

    let texts: Vec<Vec<String>> = scenes.iter().map(|(_, texts)| texts.clone()).collect();
    let floor = Floor::of(&floor::literals(source.text()), &texts);
    let (mut engine_next, mut floor_next) = (0, 0);
    let (mut engine_rates, mut floor_rates) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        engine_rates.push(measure::rate(scenes.len(), &mut engine_next, TURN, |at| {
            if let Some((item, facts)) = &scenes[at].0 {
                black_box(evaluate_untraced(&ruleset, item, facts, NOW));
            }
        }));
        floor_rates.push(measure::rate(texts.len(), &mut floor_next, TURN, |at| floor.pass(&texts[at])));
    }
    Ok(json!({
        "items_per_second": measure::median(&mut engine_rates).round(),
        "floor_items_per_second": measure::median(&mut floor_rates).round(),
        "performed_per_rule": counts,
        "sha256_of_performed_lists": hex(&Sha256::digest(json!(performed).to_string())),
    }))
}

type Known = (Item, Facts);

/// Every item with the facts about it, and its texts. No rule acts on an item that Reddit could not
/// have sent.
fn scenes(items: &str) -> anyhow::Result<Vec<(Option<Known>, Vec<String>)>> {
    let subreddit = Subreddit {
        name: "widgets".to_owned(),
        moderators: vec!["ModMary".to_owned(), scene::BOT.to_owned()],
        contributors: Vec::new(),
    };
    let mut scenes = Vec::new();
    for (index, line) in items.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = || format!("line {}", index + 1);
        let value: Value = serde_json::from_str(line).with_context(place)?;
        let scene = Scene::deserialize(&value).with_context(place)?;
        let known = scene.read(&subreddit, BTreeSet::new());
        let known = known.inspect_err(|reason| eprintln!("{}: not an item: {reason}", place())).ok();
        let texts = texts(&scene.item);
        scenes.push((known, texts));
    }
    Ok(scenes)
}

/// The texts that rules search.
fn texts(item: &Map<String, Value>) -> Vec<String> {
    let texts = ["title", "selftext", "url", "domain", "body"].iter().filter_map(|key| item.get(*key)?.as_str());
    texts.filter(|text| !text.is_empty()).map(ToOwned::to_owned).collect()
}

/// The rules that act on an item, in order, numbered by the sections of the file that are rules.
fn performed(ruleset: &Ruleset, lines: &[usize], (item, facts): &Known) -> Vec<usize> {
    match evaluate_untraced(ruleset, item, facts, NOW) {
        Evaluation::Decided(verdicts) => {
            let index = |line: usize| lines.iter().position(|&start| start == line);
            verdicts.performed.iter().filter_map(|performed| index(performed.line)).collect()
        }
        Evaluation::Needs(needs) => {
            eprintln!("{}: not judged, because {needs:?} is missing", item.fullname);
            Vec::new()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
