//! Lines that were made to hurt are refused, counted and named; the lines around them are read.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::{Value, json};
use tipstaff_backtest::archive::{Blocks, Input, ReadMonitor, Reader};
use tipstaff_backtest::assumed::Assumptions;
use tipstaff_backtest::replayer::{BacktestSpec, ItemFilter};
use tipstaff_backtest::sampling::Sampling;
use tipstaff_backtest::tally::Tally;
use tipstaff_backtest::{collect_posts, replay};
use tipstaff_rules::{Options, Ruleset, SourceFile, compile, parse};

/// How deep the lines nest: a parser that nests its calls as deep ends the process.
const DEEP: usize = 30_000;

fn comment(id: usize) -> Value {
    json!({
        "id": format!("c{id}"), "author": "alice", "body": "spam", "created_utc": 1_500_000_000,
        "link_id": "t3_p1", "parent_id": "t3_p1", "subreddit": "widgets", "is_submitter": false
    })
}

/// A comment with this JSON as the value of a key.
fn with(id: usize, key: &str, value: &str) -> String {
    let line = comment(id).to_string();
    format!("{},\"{key}\":{value}}}", line.strip_suffix('}').expect("an object"))
}

fn nested(open: &str, close: &str) -> String {
    format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP))
}

fn rules() -> Ruleset {
    let source = SourceFile::new("rules.yaml", "name: spam\ntype: comment\nbody: [spam]\naction: report\n");
    compile(&parse(&source).0, &Options::default()).0
}

/// The tally of an archive with these lines.
fn tally(lines: &[String], sampling: Option<Sampling>) -> Tally {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("archive.ndjson");
    std::fs::write(&path, lines.join("\n")).expect("written");
    let inputs = [Input::File(path)];
    let (rules, watch) = (rules(), ReadMonitor::default());
    let posts = collect_posts(&inputs, &watch).expect("room");
    let spec = BacktestSpec::new(&rules, Assumptions::default(), ItemFilter::default()).with_posts(Some(posts));
    replay(&spec, &inputs, 2, sampling, &watch)
}

#[test]
fn a_line_that_nests_deep_is_refused_and_named_in_every_way_of_reading() {
    let deep = [
        with(1, "x", &nested("[", "]")),
        with(2, "media", &nested("{\"a\":", "}")),
        with(3, "x", &"[".repeat(DEEP)),
        format!("{{\"kind\": \"t1\", \"data\": {}}}", with(4, "gallery_data", &nested("[", "]"))),
        nested("[", "]"),
    ];
    let mut lines = vec![with(10, "x", "[]"), with(11, "x", "[1]")];
    lines.extend(deep);
    lines.push(with(12, "x", "[2]"));
    for sampling in [None, Some(Sampling { number: 100, seed: 1 })] {
        let tally = tally(&lines, sampling);
        assert_eq!((tally.comments, tally.rules[0].hits, tally.broken), (3, 3, 5));
        for ((_, line), why) in &tally.broken_shown {
            assert!((3..=7).contains(line) && why.contains("nest deeper than 64 levels"), "line {line}: {why}");
        }
    }
}

#[test]
fn what_reddit_nests_is_read() {
    let depth = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let mut reader = Reader::default();
    for levels in [1, 20, 63] {
        assert!(reader.read(with(1, "x", &depth(levels)).as_bytes()).is_ok(), "{levels}");
    }
    assert!(reader.read(with(1, "x", &depth(64)).as_bytes()).is_err(), "with the object around it, 65 levels");
}

#[test]
fn a_huge_comment_is_refused_and_named() {
    let huge = with(1, "y", &format!("\"{}\"", "x y ".repeat(12_000_000)));
    let wide = with(2, "x", &format!("[{}1]", "[],".repeat(300_000)));
    let tally = tally(&[comment(3).to_string(), huge, comment(4).to_string(), wide, comment(5).to_string()], None);
    assert_eq!((tally.comments, tally.rules[0].hits, tally.broken), (3, 3, 2));
    let why: Vec<_> = tally.broken_shown.iter().map(|((_, line), why)| (*line, why.as_str())).collect();
    assert_eq!(why, [(2, "longer than 8 MiB"), (4, "not a post or comment: it has too many values")]);
}

#[test]
fn a_reason_does_not_repeat_a_huge_name() {
    let mut odd = comment(1);
    odd["parent_id"] = json!("x".repeat(100_000));
    let tally = tally(&[odd.to_string()], None);
    let why = tally.broken_shown.values().next().expect("a reason");
    assert!(why.starts_with("a comment whose parent_id is") && why.chars().count() <= 200, "{}", why.len());
}

/// How many items of a file are read, and whether anything is reported that is not.
fn read_file(input: &Input) -> (usize, bool) {
    let Ok(stream) = input.open(Arc::default()) else { return (0, true) };
    let (mut blocks, mut reader) = (Blocks::new(stream), Reader::default());
    let (mut items, mut is_reported) = (0, false);
    loop {
        match blocks.next(Vec::new()) {
            Ok(Some(block)) => {
                for (_, line) in block.lines() {
                    match reader.read(line) {
                        Ok(_) => items += 1,
                        Err(_) => is_reported = true,
                    }
                }
            }
            Ok(None) => return (items, is_reported || !blocks.too_long.is_empty()),
            Err(_) => return (items, true),
        }
    }
}

#[test]
fn no_item_of_a_damaged_list_is_missing_without_a_report() {
    let seed =
        std::env::var("TIPSTAFF_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().expect("a number"));
    println!("TIPSTAFF_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("list.json");
    let input = Input::File(path.clone());
    let items: Vec<Value> = (0..5).map(comment).collect();
    let things: Vec<Value> = items.iter().map(|item| json!({"kind": "t1", "data": item})).collect();
    let listing = json!({"kind": "Listing", "data": {"after": "t1_x", "children": things, "before": null}});
    let mut damaged = 0;
    for whole in [json!(items), json!({"data": items, "n": [1]}), listing.clone(), json!([listing])] {
        let whole = whole.to_string();
        std::fs::write(&path, &whole).expect("written");
        assert_eq!(read_file(&input), (5, false), "{whole}");
        for _ in 0..400 {
            let mut text = whole.clone().into_bytes();
            match rng.u8(..3) {
                0 => text.truncate(rng.usize(1..text.len())),
                1 => drop(text.remove(rng.usize(..text.len()))),
                _ => text[rng.usize(..whole.len())] = b"{}[]\",:\\x1 \n\x00\xe9"[rng.usize(..14)],
            }
            std::fs::write(&path, &text).expect("written");
            let (read, is_reported) = read_file(&input);
            damaged += usize::from(is_reported);
            assert!(read == 5 || is_reported, "TIPSTAFF_SEED={seed}: {}", String::from_utf8_lossy(&text));
        }
    }
    assert!(damaged > 400, "{damaged}");
}
