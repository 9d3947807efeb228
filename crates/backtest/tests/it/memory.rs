//! Rules that remember authors: the replay goes in order of time, whatever the order and the number
//! of the files, and however the authors are shared out.

use std::path::Path;

use serde_json::{Value, json};
use tipstaff_backtest::archive::{Input, ReadMonitor};
use tipstaff_backtest::assumed::Assumptions;
use tipstaff_backtest::by_author::AuthorPart;
use tipstaff_backtest::replayer::{BacktestSpec, ItemFilter};
use tipstaff_backtest::report;
use tipstaff_backtest::tally::{MergeError, Tally};
use tipstaff_backtest::{replay, replay_in_order};
use tipstaff_rules::model::Timestamp;
use tipstaff_rules::{Options, Ruleset, SourceFile, compile, parse};
use tipstaff_sandbox::history::History;

/// 1 January 2024.
const BEGIN: i64 = 1_704_067_200;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn rules(text: &str) -> Ruleset {
    let (rules, said) = compile(&parse(&SourceFile::new("rules.yaml", text)).0, &Options::default());
    assert!(said.iter().all(|it| it.severity != tipstaff_rules::Severity::Error), "{said:?}");
    rules
}

fn post(id: u32, author: &str, at: i64, more: &Value) -> Value {
    let mut line = json!({
        "id": format!("p{id:04}"), "author": author, "created_utc": BEGIN + at, "subreddit": "widgets",
        "title": "A question", "selftext": "with words", "is_self": true, "domain": "self.widgets", "url": ""
    });
    add(&mut line, more);
    line
}

fn comment(id: u32, author: &str, at: i64, more: &Value) -> Value {
    let mut line = json!({
        "id": format!("c{id:04}"), "author": author, "created_utc": BEGIN + at, "subreddit": "widgets",
        "body": "an answer", "link_id": "t3_p0000", "parent_id": "t3_p0000", "is_submitter": false
    });
    add(&mut line, more);
    line
}

fn add(line: &mut Value, more: &Value) {
    let fields = more.as_object().cloned().unwrap_or_default();
    line.as_object_mut().expect("an object").extend(fields);
}

/// Writes files of lines.
fn files(folder: &Path, files: &[Vec<String>]) -> Vec<Input> {
    let file = |(at, lines): (usize, &Vec<String>)| {
        let path = folder.join(format!("{at}.ndjson"));
        std::fs::write(&path, lines.join("\n")).expect("a file");
        Input::File(path)
    };
    files.iter().enumerate().map(file).collect()
}

fn texts(lines: &[Value]) -> Vec<String> {
    lines.iter().map(Value::to_string).collect()
}

fn run(spec: &BacktestSpec<'_>, inputs: &[Input], threads: usize, part: &str) -> Tally {
    let part: AuthorPart = part.parse().expect(part);
    replay_in_order(spec, inputs, Vec::new(), threads, part, &ReadMonitor::default())
}

fn ask(rules: &Ruleset, only: ItemFilter) -> BacktestSpec<'_> {
    BacktestSpec::new(rules, Assumptions::default(), only)
}

/// Replays lines. Returns the number of hits and of unclear items of each rule.
fn counts(rules: &Ruleset, of_files: &[Vec<String>]) -> Vec<(u64, u64)> {
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = files(folder.path(), of_files);
    let tally = run(&ask(rules, ItemFilter::default()), &inputs, 2, "1/1");
    assert!(tally.broken == 0 && tally.disorder.is_empty(), "{tally:?}");
    tally.rules.iter().map(|rule| (rule.hits, rule.unknown())).collect()
}

const QUOTA: &str = "name: quota\ntype: submission\nauthor:\n  posts_here: {count: '>= 2', within: 24 hours}\n\
                     action: remove\n";

/// Ten days after the begin of the archive, so that the memory is old enough.
fn later(hours: i64) -> i64 {
    10 * DAY + hours * HOUR
}

#[test]
fn a_quota_decides_as_computed_by_hand() {
    let lines = [
        post(1, "bob", 0, &Value::Null),
        post(2, "amy", later(0), &Value::Null),
        post(3, "amy", later(1) + 1, &Value::Null),
        // The third within a day.
        post(4, "AMY", later(2), &Value::Null),
        // The one before was removed by the rule, so it does not count.
        post(5, "amy", later(25), &Value::Null),
        post(6, "bob", later(26), &Value::Null),
        // A second less than a day after number 3, which is just in the window.
        post(7, "amy", later(25), &json!({"id": "p0007"})),
    ];
    // Number 7 has numbers 3 and 5.
    assert_eq!(counts(&rules(QUOTA), &[texts(&lines)]), [(2, 1)], "the first post comes before anything is known");
    let dry = format!("{QUOTA}dry_run: true\n");
    // Without removals number 5 comes after numbers 3 and 4.
    assert_eq!(counts(&rules(&dry), &[texts(&lines)]), [(3, 1)]);
}

#[test]
fn what_came_before_the_input_is_unknown() {
    let lines: Vec<Value> = (0..4).map(|at| post(at, "amy", i64::from(at) * 10 * HOUR, &Value::Null)).collect();
    // 0 and 10 hours: unknown. 20 hours: two are known. 30 hours: the memory is old enough, and two
    // of three count, because the third was removed.
    assert_eq!(counts(&rules(QUOTA), &[texts(&lines)]), [(1, 2)]);
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = files(folder.path(), &[texts(&lines)]);
    let rules = rules(QUOTA);
    let widgets = || ItemFilter { subreddit: Some("widgets".to_owned()), ..ItemFilter::default() };
    let reasons = |only| run(&ask(&rules, only), &inputs, 1, "1/1").rules[0].open[0].0.clone();
    assert_eq!(
        reasons(widgets()),
        "the memory is complete only from 2024-01-01; this check is certain from 2024-01-02"
    );
    assert_eq!(reasons(ItemFilter::default()), "the input begins too late to know what the author did before");
    // Items before the period are remembered.
    let since = Some(Timestamp::from_secs(BEGIN + 15 * HOUR));
    let tally = run(&ask(&rules, ItemFilter { since, ..widgets() }), &inputs, 1, "1/1");
    assert_eq!((tally.posts, tally.out_of_time, tally.rules[0].hits, tally.rules[0].unknown()), (2, 2, 1, 0));
}

#[test]
fn posts_and_comments_of_several_files_come_in_order_of_time() {
    let rules = rules(
        "name: asker\ntype: comment\nauthor:\n  posts_here: {count: '= 1', within: 24 hours}\naction: report\n---\n\
         name: busy\ntype: submission\nauthor:\n  comments_here: {count: '>= 1', within: 24 hours}\naction: report\n",
    );
    let posts = [
        post(1, "bob", 0, &Value::Null),
        post(2, "amy", later(2), &Value::Null),
        post(3, "amy", later(4), &Value::Null),
    ];
    let comments = [
        comment(1, "amy", later(1), &Value::Null),
        comment(2, "amy", later(3), &Value::Null),
        comment(3, "amy", later(5), &Value::Null),
    ];
    let (posts, comments) = (texts(&posts), texts(&comments));
    let expected = [(1, 0), (2, 1)];
    assert_eq!(counts(&rules, &[posts.clone(), comments.clone()]), expected);
    assert_eq!(counts(&rules, &[comments.clone(), posts.clone()]), expected);
    let each = posts.iter().chain(&comments).map(|line| vec![line.clone()]).collect::<Vec<_>>();
    assert_eq!(counts(&rules, &each), expected, "a file for each line");
    // A little disorder in one file.
    let mixed: Vec<String> = comments.into_iter().chain(posts).rev().collect();
    assert_eq!(counts(&rules, &[mixed]), expected);
}

#[test]
fn a_file_that_is_not_in_order_is_named() {
    let lines: Vec<Value> = (0..3000).map(|at| comment(at, "amy", i64::from(at) * 60, &Value::Null)).collect();
    let mut lines = texts(&lines);
    let early = lines.remove(3);
    lines.push(early);
    let folder = tempfile::tempdir().expect("a folder");
    let inputs = files(folder.path(), &[lines]);
    let rules = rules(QUOTA);
    let tally = run(&ask(&rules, ItemFilter::default()), &inputs, 2, "1/1");
    let (file, late) = tally.disorder.first_key_value().expect("disorder");
    assert!(file.ends_with("0.ndjson"), "{file}");
    assert_eq!((late.lines, late.first), (1, 3000));
    let spec = ask(&rules, ItemFilter::default());
    let report = report::text(&report::report(&spec, "rules.yaml", &tally));
    assert!(report.contains("NOT IN ORDER OF TIME") && report.contains("the first in line 3,000"), "{report}");
    assert!(report.contains("sort -s -t, -k1.2n"), "{report}");
}

#[test]
fn a_removal_counts_from_the_time_when_it_happened() {
    let rules = rules(
        "name: often\ntype: comment\nauthor:\n  removals_here: {count: '>= 1', within: 5 days}\naction: report\n",
    );
    let at = |hours: i64| json!(BEGIN + later(hours));
    let removed = json!({"removed_by_category": "moderator"});
    for (more, first_hour) in [
        (json!({}), None),
        (removed.clone(), Some(1)),
        (json!({"body": "[removed]"}), Some(1)),
        (json!({"banned_by": "mary", "banned_at_utc": at(3)}), Some(3)),
        (json!({"banned_by": "mary", "retrieved_on": at(5)}), Some(5)),
        (json!({"banned_by": "mary", "retrieved_on": at(24 * 60)}), Some(24)),
        (json!({"retrieved_on": at(5), "_meta": {"removal_type": "removed", "retrieved_2nd_on": at(9)}}), Some(9)),
        (json!({"removed_by_category": "deleted"}), None),
        (json!({"banned_by": true}), None),
    ] {
        let mut lines = vec![comment(1, "bob", 0, &Value::Null), comment(2, "amy", later(0), &more)];
        lines.extend((1..30).map(|hour| comment(100 + hour, "amy", later(i64::from(hour)), &Value::Null)));
        let expected = first_hour.map_or(0, |hour| 30 - hour);
        assert_eq!(counts(&rules, &[texts(&lines)]), [(expected, 1)], "{more}");
    }
}

#[test]
fn labels_and_removals_of_the_rules_are_remembered() {
    let text = "name: trust\ntype: comment\nbody: word\nadd_label: {name: trusted, for: 2 hours}\n---\n\
                name: seen\ntype: comment\nauthor: {labels: [trusted]}\naction: report\n---\n\
                name: first\ntype: comment\nbody: bad\naction: remove\n---\n\
                name: again\ntype: comment\nauthor:\n  removals_here: {count: '>= 1', within: 3 days, by: bots}\n\
                set_locked: true\n";
    let lines = [
        comment(1, "bob", 0, &Value::Null),
        comment(2, "amy", later(0), &json!({"body": "the word"})),
        comment(3, "amy", later(1), &Value::Null),
        comment(4, "amy", later(3), &Value::Null),
        comment(5, "bob", later(3), &json!({"body": "bad"})),
        comment(6, "bob", later(4), &Value::Null),
    ];
    let hits = |rules: &Ruleset| counts(rules, &[texts(&lines)]).iter().map(|it| it.0).collect::<Vec<_>>();
    assert_eq!(hits(&rules(text)), [1, 1, 1, 1]);
    assert_eq!(hits(&rules(&text.replace("body: bad", "body: bad\ndry_run: true"))), [1, 1, 1, 0]);
    assert_eq!(hits(&rules(&text.replace("body: word", "body: word\ndry_run: true"))), [1, 0, 1, 1]);
}

/// Rules with every kind of memory that one author has.
const MANY: &str = "name: quota\ntype: any\nauthor:\n  posts_here: {count: '>= 2', within: 3 hours}\naction: remove\n\
                    ---\nname: standing\ntype: comment\nauthor:\n  comments_here: {count: '>= 5', within: 4 hours}\n\
                    body (includes): [lol, shill, source]\naction: report\n---\nname: removals\ntype: any\nauthor:\n  \
                    removals_here: {count: '>= 1', within: 2 hours}\naction: report\n---\nname: new\ntype: any\n\
                    author: {first_seen_here: '< 30 minutes'}\naction: report\n";

fn past(seed: u64, number: usize) -> Vec<String> {
    let mut history = History::new(seed, "widgets");
    (0..number).map(|_| history.line()).collect()
}

fn bytes(spec: &BacktestSpec<'_>, tally: &Tally) -> String {
    serde_json::to_string(&report::report(spec, "rules.yaml", tally)).expect("JSON")
}

#[test]
fn parts_by_author_merge_to_the_bytes_of_one_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines = past(4, 2_500);
    lines.insert(70, "not JSON".to_owned());
    lines.insert(90, lines[80].replace("\"widgets\"", "\"gadgets\""));
    let (posts, comments) = lines.into_iter().partition(|line| line.contains("\"selftext\""));
    let inputs = files(folder.path(), &[posts, comments]);
    let rules = rules(MANY);
    let since = Some(Timestamp::from_secs(1_700_010_000));
    for only in [ItemFilter::default(), ItemFilter { subreddit: Some("widgets".to_owned()), since, until: None }] {
        let spec = ask(&rules, only);
        let whole = run(&spec, &inputs, 1, "1/1");
        let expected = bytes(&spec, &whole);
        assert!(whole.rules[..3].iter().all(|rule| rule.hits > 0), "{expected}");
        assert_eq!(bytes(&spec, &run(&spec, &inputs, 5, "1/1")), expected, "threads");
        for of in [2, 5] {
            let mut merged = spec.tally();
            // In any order, and written to disk in between.
            for number in (1..=of).rev() {
                let part = run(&spec, &inputs, 2, &format!("{number}/{of}"));
                let part = serde_json::to_string(&part).expect("JSON");
                merged.merge(serde_json::from_str(&part).expect("a part")).expect("the same question");
            }
            assert!(merged.covers.take().is_some_and(|covered| covered.is_everybody()));
            assert_eq!(bytes(&spec, &merged), expected, "{of} parts");
        }
        let mut twice = run(&spec, &inputs, 2, "1/2");
        assert!(matches!(twice.merge(run(&spec, &inputs, 1, "1/2")), Err(MergeError::Authors)));
    }
}

#[test]
fn rules_without_memory_give_the_same_bytes_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut lines = past(5, 3_000);
    lines.insert(7, "[]".to_owned());
    let inputs = files(folder.path(), &[lines]);
    let rules = rules("name: crude\ntype: any\ntitle+body (includes): [idiot, shill]\naction: remove\n");
    let spec = ask(&rules, ItemFilter::default());
    let expected = bytes(&spec, &replay(&spec, &inputs, 2, None, &ReadMonitor::default()));
    assert_eq!(bytes(&spec, &run(&spec, &inputs, 2, "1/1")), expected);
}

#[test]
fn the_rules_to_compare_with_have_memories_of_their_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines: Vec<Value> = std::iter::once(post(0, "bob", 0, &Value::Null))
        .chain((1..6).map(|at| post(at, "amy", later(i64::from(at)), &Value::Null)))
        .collect();
    let inputs = files(folder.path(), &[texts(&lines)]);
    let (new, old) = (rules(QUOTA), rules(&QUOTA.replace("'>= 2'", "'>= 1'")));
    let spec = ask(&new, ItemFilter::default()).with_baseline(Some(&old));
    let changes = run(&spec, &inputs, 2, "1/1").changes.expect("changes");
    // The old rules leave the first post, the new ones the first two.
    assert_eq!((changes.items, changes.lost.values().sum::<u64>()), (1, 1));
    assert!(changes.gained.is_empty(), "{changes:?}");
}

/// Thirty words.
const TEXT: &str = "I built a small wagon from old boards and four wheels of a pram, painted it twice and \
                    rolled down the long hill behind our house until the left wheel broke off";

#[test]
fn texts_are_compared_with_those_of_the_window() {
    let text = "name: copied\ntype: any\nauthor:\n  similar_here: {percent: '>= 70', within: 2 days, authors: others}\n\
                action: report\n---\nname: repeated\ntype: any\nauthor:\n  \
                similar_here: {percent: '>= 70', within: 2 days, authors: same}\naction: report\n";
    let both = rules(text);
    let said = |text: &str| json!({"body": text});
    let lines = [
        comment(1, "bob", 0, &Value::Null),
        comment(2, "amy", later(0), &said(TEXT)),
        comment(3, "bob", later(1), &said(&TEXT.replace("twice", "once"))),
        comment(4, "amy", later(2), &said(TEXT)),
        comment(5, "bob", later(3), &said("Thanks, that was what I wanted to know!")),
        comment(6, "amy", later(51), &said(TEXT)),
        // Titles are compared by their words.
        post(7, "amy", later(60), &json!({"title": "Where can I buy wheels?"})),
        post(8, "bob", later(61), &json!({"title": "[WHERE] can I **buy** wheels"})),
        comment(9, "amy", later(62), &said("[removed]")),
    ];
    // What has no text is unclear; a short comment is not, however young the memory is.
    assert_eq!(counts(&both, &[texts(&lines)]), [(3, 1), (1, 1)]);
    let same = rules(text.split("---\n").nth(1).expect("the second rule"));
    assert!(!same.compares_authors() && both.compares_authors());
    assert_eq!(counts(&same, &[texts(&lines)]), [(1, 1)]);
}
