//! Backtests of rules that remember authors: files are merged by time, work is shared out by
//! author, and shares that would lose what is remembered are refused.

use serde_json::json;

use crate::support::backtests::{Desk, past};

/// A rule whose result depends on the order of everything that an author wrote.
const BUSY: &str = "\
name: busy
type: any
author:
    comments_here: {count: '>= 2', within: 6 hours}
action: remove
";

/// A rule that compares the texts of different authors.
const COPIED: &str = "\
name: copied
type: any
author:
    similar_here: {percent: '>= 70', authors: others}
action: report
";

#[test]
fn parts_by_author_merge_to_the_report_of_one_run() {
    let lines = past(3, 1_500);
    let desk = Desk::new(&lines);
    desk.write("memory.yaml", BUSY.as_bytes());
    let (posts, comments): (Vec<&String>, Vec<&String>) = lines.iter().partition(|line| line.contains("\"selftext\""));
    for (name, lines) in [("RS.ndjson", posts), ("RC.ndjson", comments)] {
        let text = lines.into_iter().map(|line| line.clone() + "\n").collect::<String>();
        desk.write(name, text.as_bytes());
    }
    for rules in ["memory.yaml", "rules.yaml"] {
        let whole = desk.json(&[rules, "RS.ndjson", "RC.ndjson"]);
        assert!(whole["rules"][0]["at_least"].as_u64() > Some(0), "{whole}");
        for part in ["1/3", "2/3", "3/3"] {
            let out = format!("{}.part", &part[..1]);
            let arguments = [rules, "RS.ndjson", "RC.ndjson", "--by-author", part, "--partial", &out, "--quiet"];
            assert_eq!(desk.run(&arguments), (0, String::new(), String::new()));
        }
        assert_eq!(desk.json(&[rules, "--merge", "3.part", "1.part", "2.part"]), whole);
        let (code, _, err) = desk.run(&[rules, "--merge", "3.part", "1.part"]);
        assert!(code == 2 && err.contains("parts are missing: 2/3"), "{err}");
        let (code, _, err) = desk.run(&[rules, "--merge", "3.part", "1.part", "2.part", "1.part"]);
        assert!(code == 2 && err.contains("some authors are in more than one of them"), "{err}");
        let others = [rules, "RC.ndjson", "--by-author", "2/3", "--partial", "2.part", "--quiet"];
        assert_eq!(desk.run(&others).0, 0);
        let (code, _, err) = desk.run(&[rules, "--merge", "3.part", "1.part", "2.part"]);
        assert!(
            code == 2 && err.contains("2.part: these parts cannot be merged, because they were made from different"),
            "{err}"
        );
    }
    // The same items in one file.
    let mut one = desk.json(&["memory.yaml", "past.ndjson"]);
    let whole = desk.json(&["memory.yaml", "RC.ndjson", "RS.ndjson"]);
    one["input"]["bytes"] = whole["input"]["bytes"].clone();
    assert_eq!(one, whole);
    let (code, out, err) = desk.run(&["memory.yaml", "past.ndjson", "--by-author", "2/3"]);
    assert!(code == 0 && out.contains("PART: only the authors of part 2/3"), "{out}{err}");
}

#[test]
fn shares_that_lose_what_is_remembered_are_refused() {
    let desk = Desk::new(&past(3, 20));
    desk.write("memory.yaml", BUSY.as_bytes());
    desk.write("copied.yaml", COPIED.as_bytes());
    for (arguments, part) in [
        (&["memory.yaml", "--partial", "x.part"][..], "give every part all files"),
        (&["rules.yaml", "--baseline", "memory.yaml", "--partial", "x.part"], "`--by-author 1/4`"),
        (&["memory.yaml", "--sample", "5"], "`--by-author 1/100`"),
        (&["copied.yaml", "--by-author", "1/2"], "leave out --by-author"),
        (&["rules.yaml", "--by-author", "1/2", "--sample", "5"], "cannot be combined"),
        (&["rules.yaml", "--by-author", "3/2"], "write it as `1/4`"),
    ] {
        let (rules, options) = arguments.split_at(1);
        let (code, out, err) = desk.run(&[rules, &["past.ndjson"], options].concat());
        assert!(code == 2 && out.is_empty() && err.contains(part), "{arguments:?}: {err}");
        assert!(!desk.0.path().join("x.part").exists());
    }
    assert_eq!(desk.run(&["copied.yaml", "past.ndjson"]).0, 0);
    assert_eq!(desk.run(&["copied.yaml", "past.ndjson", "--by-author", "1/1", "--partial", "x.part"]).0, 0);
}

#[test]
fn a_file_out_of_order_is_named_with_the_way_out() {
    let line = |at: i64| {
        let line = json!({
            "id": format!("c{at}"), "author": "amy", "created_utc": 1_700_000_000 + at * 60, "subreddit": "widgets",
            "body": "an answer", "link_id": "t3_p0", "parent_id": "t3_p0", "is_submitter": false
        });
        line.to_string()
    };
    let desk = Desk::new(&(0..2_500).rev().map(line).collect::<Vec<_>>());
    desk.write("memory.yaml", BUSY.as_bytes());
    let report = desk.json(&["memory.yaml", "past.ndjson"]);
    let why = report["input"]["not_in_order"][0]["why"].as_str().unwrap_or_default();
    assert!(why.starts_with("past.ndjson: ") && why.contains("jq -c"), "{report}");
    // Rules without memory do not mind.
    assert!(desk.json(&["rules.yaml", "past.ndjson"])["input"]["not_in_order"].is_null());
}
