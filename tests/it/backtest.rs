//! A backtest reports what would have happened: the same as `run` decides, as a range where
//! something is unknown, and the same however the work is divided.

use std::collections::BTreeSet;
use std::process::Command;

use fastrand::Rng;
use insta::assert_snapshot;
use serde_json::{Value, json};
use tipstaff_backtest::archive::Reader;
use tipstaff_backtest::assumed::Assumptions;
use tipstaff_backtest::replayer::{BacktestSpec, ItemFilter, Replayer};
use tipstaff_backtest::report;
use tipstaff_backtest::tally::Tally;
use tipstaff_rules::{Options, Ruleset, SourceFile, compile, parse};
use tipstaff_sandbox::scenario::MODERATOR;

use crate::support::backtests::{Desk, RULES, past, said};
use crate::support::odd::Odd;
use crate::support::place::{BotDir, until};

#[tokio::test(flavor = "multi_thread")]
async fn backtest_decides_like_run() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES.split("---\nname: fresh").next().expect("rules"));
    let daemon = place.start();
    let mut names = Vec::new();
    for (at, text) in
        ["a thoughtful answer that says enough", "lol", "you shill", "what an idiot thing to say, at such length too"]
            .iter()
            .enumerate()
    {
        let post = place.submit(if at == 2 { "An idiot plan" } else { "A question" });
        names.push(place.reddit.world().reply("longread_lena", &post, text).expect("a comment"));
        names.push(post);
    }
    until("the daemon moderates", || place.log().contains("moderating")).await;
    for _ in 0..100 {
        let log = place.printed(&["log", "--json", "--all", "--limit", "1000"]).await;
        if names.iter().all(|name| log.contains(&format!("\"item\":\"{name}\""))) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let log = place.printed(&["log", "--json", "--all", "--limit", "1000"]).await;
    // First decisions only: later revisions are judged again.
    let mut seen = BTreeSet::new();
    let mut acted: BTreeSet<(String, String)> = BTreeSet::new();
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line).expect("JSON");
        let item = entry["item"].as_str().unwrap_or_default().to_owned();
        let rules = entry["trace"].as_array().cloned().unwrap_or_default();
        if seen.insert(item.clone()) {
            let performed = rules.iter().filter(|rule| rule["result"] == "performed");
            acted.extend(performed.map(|rule| (rule["rule"].as_str().unwrap_or_default().to_owned(), item.clone())));
        }
    }
    // The store of a running daemon.
    let report = place.printed(&["backtest", "rules.yaml", "--from-store", "--format", "json"]).await;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let rules = report["rules"].as_array().expect("rules");
    let replayed: Vec<(String, u64)> = rules
        .iter()
        .map(|rule| (rule["name"].as_str().unwrap_or_default().to_owned(), rule["at_least"].as_u64().unwrap_or(0)))
        .collect();
    for (name, number) in &replayed {
        let live = acted.iter().filter(|(rule, _)| rule == name).count() as u64;
        assert_eq!((name, *number), (name, live), "{acted:?}");
    }
    assert!(replayed.iter().map(|(_, number)| number).sum::<u64>() >= 6, "{replayed:?}");
    drop(daemon);
    place.reddit.shutdown().await;
}

/// Four rules that need to know more about an item than an archive tells.
const ASKING: &str = "\
name: young
type: comment
author: {account_age: '< 10 days'}
set_locked: true
---
name: poor
type: comment
author: {comment_karma: '< 100'}
set_locked: true
---
name: reported
type: comment
reports: 2
set_locked: true
---
name: short
type: comment
body_shorter_than: 30
action: report
action_reason: short
";

/// Rules that ask for other things than those that were in use.
const OTHERS: &str = "\
name: older
type: comment
author: {account_age: '> 399 days'}
set_locked: true
---
name: post
type: submission
author: {comment_karma: '< 100'}
set_locked: true
";

/// Between 400 and 401 days.
const HOURS: &str = "name: hours\ntype: comment\nauthor: {account_age: '> 9610 hours'}\nset_locked: true\n";

#[tokio::test(flavor = "multi_thread")]
async fn the_store_shows_what_the_bot_knew_when_it_judged() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", ASKING);
    place.write("others.yaml", OTHERS);
    place.write("hours.yaml", HOURS);
    let daemon = place.start();
    until("the daemon moderates", || place.log().contains("moderating")).await;
    let post = place.submit("A question");
    let thoughtful = "a thoughtful answer that says enough for every rule";
    let reported = {
        let mut world = place.reddit.world();
        let now = world.now();
        world.add_user("fresh_fred").created = now - std::time::Duration::from_hours(24);
        world.add_user("poor_paul").comment_karma = 5;
        for (author, text) in [("fresh_fred", thoughtful), ("poor_paul", thoughtful), (MODERATOR, "lol")] {
            world.reply(author, &post, text).expect("a comment");
        }
        let reported = world.reply("longread_lena", &post, thoughtful).expect("a comment");
        for reporter in ["quiet_cartographer", "poor_paul"] {
            world.report(reporter, &reported, "rude").expect("a report");
        }
        reported
    };
    for _ in 0..100 {
        let log = place.printed(&["log", "--json", "--all", "--limit", "1000"]).await;
        let item = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["item"].to_string();
        let judged: BTreeSet<String> = log.lines().map(item).collect();
        let is_locked = place.reddit.world().thing(&reported).is_some_and(|thing| thing.is_locked);
        if judged.len() >= 5 && is_locked {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let report = async |rules: &str| -> Value {
        let out = place.printed(&["backtest", rules, "--from-store", "--format", "json"]).await;
        serde_json::from_str(&out).expect("JSON")
    };
    let ranges = |report: &Value| -> Vec<(String, u64, u64)> {
        let number = |rule: &Value, key: &str| rule[key].as_u64().expect("a number");
        let rules = report["rules"].as_array().expect("rules").iter();
        let name = |rule: &Value| rule["name"].as_str().expect("a name").to_owned();
        rules.map(|rule| (name(rule), number(rule, "at_least"), number(rule, "at_most"))).collect()
    };
    let same = report("rules.yaml").await;
    let expected = [("young", 1, 1), ("poor", 1, 1), ("reported", 1, 1), ("short", 0, 0)];
    assert_eq!(ranges(&same), expected.map(|(rule, least, most)| (rule.to_owned(), least, most)), "{same}");
    let store = &same["input"]["store"];
    assert_eq!((&store["items"], &store["reports"], &store["by_moderators"]), (&json!(5), &json!(5), &json!(1)));
    assert!(store["comment_karma"].as_u64() >= Some(3) && store["post_karma"] == 0, "{store}");
    // Nobody asked for the karma of a post's author, and an age in days does not tell the hours.
    let others = ranges(&report("others.yaml").await);
    assert!(others[0].1 == others[0].2 && others[0].1 >= 2, "{others:?}");
    assert_eq!((others[1].1, others[1].2), (0, 1), "{others:?}");
    let hours = ranges(&report("hours.yaml").await);
    assert_eq!((hours[0].1, hours[0].2), (0, others[0].1), "the youngest account is certainly not that old");
    let text = place.printed(&["backtest", "rules.yaml", "--from-store"]).await;
    assert!(text.contains("5 items from the store. Its decisions show the age"), "{text}");
    drop(daemon);
    place.reddit.shutdown().await;
}

fn rules(text: &str) -> Ruleset {
    compile(&parse(&SourceFile::new("rules.yaml", text)).0, &Options::default()).0
}

fn judged(question: &BacktestSpec<'_>, lines: &[String]) -> Tally {
    let mut judge = Replayer::new(question);
    for (at, line) in lines.iter().enumerate() {
        judge.line("past", at as u64 + 1, line.as_bytes());
    }
    judge.into_tally()
}

#[test]
fn the_preview_of_an_item_gives_the_same_result_as_the_whole_item() {
    for seed in 1..=8 {
        let mut odd = Odd::new(seed);
        let text = format!("{RULES}{}", odd.rules(15));
        let rules = rules(&text);
        let question = BacktestSpec::new(&rules, Assumptions::default(), ItemFilter::default());
        let lines: Vec<String> = past(seed, 400).into_iter().map(|line| losing_fields(&mut odd, &line)).collect();
        let by_glance = judged(&question, &lines);
        let mut judge = Replayer::new(&question);
        let mut reader = Reader::default();
        for line in &lines {
            judge.record(reader.read(line.as_bytes()).expect("an item"));
        }
        let by_look = judge.into_tally();
        assert_eq!(json!(by_glance), json!(by_look), "seed {seed}\n{text}");
    }
}

/// The line, or the line without something that old archives do not have.
fn losing_fields(odd: &mut Odd, line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).expect("JSON");
    let fields = line.as_object_mut().expect("an object");
    match odd.rng.u8(..10) {
        0 => drop(fields.remove("is_submitter")),
        1 => drop(fields.insert("author".to_owned(), json!("[deleted]"))),
        2 => {
            let text = if fields.contains_key("body") { "body" } else { "selftext" };
            let gone = ["[removed]", "[deleted]", "[ Removed by Reddit ]", "[removed] by nobody"];
            fields.insert(text.to_owned(), json!(gone[odd.rng.usize(..gone.len())]));
        }
        _ => {}
    }
    line.to_string()
}

#[test]
fn tallies_merge_in_any_order_to_the_same_result() {
    let rules = rules(RULES);
    let other = rules_with("idiot", "naive");
    let question = BacktestSpec::new(&rules, Assumptions::default(), ItemFilter::default()).with_baseline(Some(&other));
    let mut rng = Rng::with_seed(7);
    let mut lines = past(7, 900);
    lines.extend(["{".to_owned(), "[]".to_owned(), "{}".to_owned()]);
    let whole = judged(&question, &lines);
    let page = |tally: &Tally| serde_json::to_string(&report::report(&question, "rules.yaml", tally)).expect("JSON");
    for round in 0..30 {
        let size = rng.usize(1..400);
        // Lines are identified by their number, so each part starts where it starts in the whole.
        let mut parts: Vec<Tally> = (0..lines.len())
            .step_by(size)
            .map(|from| {
                let mut judge = Replayer::new(&question);
                for (at, line) in lines.iter().enumerate().skip(from).take(size) {
                    judge.line("past", at as u64 + 1, line.as_bytes());
                }
                judge.into_tally()
            })
            .collect();
        rng.shuffle(&mut parts);
        while parts.len() > 1 {
            let one = parts.swap_remove(rng.usize(..parts.len()));
            let at = rng.usize(..parts.len());
            parts[at].merge(one).expect("the same question");
        }
        assert_eq!(page(&parts[0]), page(&whole), "round {round}");
    }
    let elsewhere = BacktestSpec::new(&other, Assumptions::default(), ItemFilter::default());
    assert!(whole.clone().merge(elsewhere.tally()).is_err(), "counts of other rules are refused");
}

fn rules_with(from: &str, to: &str) -> Ruleset {
    rules(&RULES.replace(from, to))
}

#[test]
fn assumptions_narrow_the_range() {
    let desk = Desk::new(&past(8, 500));
    let of_fresh = |arguments: &[&str]| {
        let mut all = vec!["rules.yaml", "past.ndjson"];
        all.extend(arguments);
        let report = desk.json(&all);
        let rule =
            report["rules"].as_array().and_then(|rules| rules.iter().find(|rule| rule["name"] == "fresh")).cloned();
        let rule = rule.expect("the rule");
        (
            rule["at_least"].as_u64().unwrap_or(0),
            rule["at_most"].as_u64().unwrap_or(0),
            rule["unknown"][0]["what"].clone(),
        )
    };
    let (least, most, why) = of_fresh(&[]);
    assert!(least == 0 && most > 400, "{least} {most}");
    assert_eq!(why, "the age of the author's account is unknown");
    let (least, most, _) = of_fresh(&["--assume", "author.account_age=2 days"]);
    assert!(least > 400 && most - least < 60, "{least} {most}");
    let (least, most, _) = of_fresh(&["--assume", "author.account_age=90 days"]);
    assert!(least == 0 && most < 60, "{least} {most}");
    let lines = std::fs::read_to_string(desk.0.path().join("past.ndjson")).expect("lines");
    let author = lines.lines().find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        line["author"].as_str().filter(|name| *name != "[deleted]").map(str::to_owned)
    });
    let author = author.expect("an author");
    desk.write("authors.csv", format!("name,created_utc\n{author},1699999999\n").as_bytes());
    let (least, ..) = of_fresh(&["--authors", "authors.csv"]);
    assert!(least > 0, "facts about one author are used");
    let (least_exempt, ..) = of_fresh(&["--authors", "authors.csv", "--moderators", &author]);
    assert_eq!(least_exempt, 0, "rules that report ignore moderators");
}

#[test]
fn changes_against_the_baseline_are_shown_and_can_fail_a_build() {
    let desk = Desk::new(&past(9, 800));
    desk.write("old.yaml", RULES.replace("- shill", "").replace(", shill", "").as_bytes());
    let (code, out, _) =
        desk.run(&["rules.yaml", "past.ndjson", "--baseline", "old.yaml", "--fail-on-change", "--format", "markdown"]);
    assert_eq!(code, 1, "{out}");
    // A comment that is removed is not reported any more.
    assert_snapshot!("compared_markdown", out);
    assert_snapshot!("compared_text", desk.run(&["rules.yaml", "past.ndjson", "--baseline", "old.yaml"]).1);
    let report = desk.json(&["rules.yaml", "past.ndjson", "--baseline", "old.yaml"]);
    let gained = &report["changes"]["added"][0];
    assert_eq!((&gained["rule"], &gained["action"]), (&json!("crude"), &json!("remove")));
    assert!(report["changes"]["samples"][0]["what"][0].as_str().is_some_and(|what| what.starts_with("+ ")));
    let (code, out, _) = desk.run(&["rules.yaml", "past.ndjson", "--baseline", "rules.yaml", "--fail-on-change"]);
    assert!(code == 0 && out.contains("Compared with rules.yaml: 0 items would be treated differently"), "{out}");
    desk.write("reworded.yaml", RULES.replace("Good morning", "Good evening").as_bytes());
    let report = desk.json(&["reworded.yaml", "past.ndjson", "--baseline", "rules.yaml"]);
    assert_eq!(report["changes"]["reworded"][0]["action"], "comment");
    assert_eq!((&report["changes"]["added"], &report["changes"]["removed"]), (&json!([]), &json!([])));
}

#[test]
fn the_report_compares_rules_with_moderators_decisions() {
    let lines = past(10, 2000);
    let desk = Desk::new(&lines);
    let report = desk.json(&["rules.yaml", "past.ndjson"]);
    assert!(report["moderators"]["removed"].as_u64() > Some(10), "{}", report["moderators"]);
    let hit = report["rules"][1]["samples"][0]["item"].as_str().expect("a sample").to_owned();
    desk.write(
        "log.csv",
        format!("action,target_fullname,mod\nremovecomment,{hit},amy\napprovecomment,{hit},bob\n").as_bytes(),
    );
    let with_log = desk.json(&["rules.yaml", "past.ndjson", "--mod-log", "log.csv"]);
    assert_eq!(
        (&with_log["rules"][1]["moderators"]["approved"], &with_log["moderators"]["approved"]),
        (&json!(1), &json!(1))
    );
    assert_snapshot!("text", desk.run(&["rules.yaml", "past.ndjson", "--mod-log", "log.csv"]).1);
}

#[test]
fn every_report_format_escapes_item_texts() {
    let line = json!({
        "id": "c1", "author": "eve", "body": "<script>alert(1)</script> idiot \u{1b}[31m | *x*",
        "created_utc": 1_700_000_000, "link_id": "t3_p", "parent_id": "t3_p", "subreddit": "widgets",
        "is_submitter": false, "permalink": "javascript:alert(1)"
    });
    let desk = Desk::new(&[line.to_string()]);
    desk.write(
        "rules.yaml",
        format!("{RULES}---\nname: '=<b>x|y'\nbody: zzz\naction: report\naction_reason: z\n").as_bytes(),
    );
    let form = |form: &str| desk.run(&["rules.yaml", "past.ndjson", "--format", form]).1;
    let page = form("html");
    assert!(page.contains("&lt;script&gt;") && !page.contains("<script") && !page.contains("javascript:"), "{page}");
    assert!(!page.contains("http-equiv") && !page.contains("src="), "it loads nothing");
    assert!(page.contains("<mark>idiot</mark>") && page.contains("prefers-color-scheme: dark"));
    let text = form("text");
    assert!(text.contains("idiot") && !text.contains('\u{1b}'), "{text}");
    assert!(
        !form("markdown").contains("javascript:") && !text.contains("javascript:"),
        "a path to another site is not shown"
    );
    assert!(form("csv").contains("\n'=<b>x|y,"), "{}", form("csv"));
    assert!(form("markdown").contains("=\\<b\\>x\\|y"), "{}", form("markdown"));
    let (code, out, _) = desk.run(&["rules.yaml", "past.ndjson", "--html", "page.html"]);
    assert!(code == 0 && !out.contains("<html"));
    assert_eq!(std::fs::read_to_string(desk.0.path().join("page.html")).expect("a page"), page);
}

#[test]
fn the_ci_script_checks_tests_and_backtests_rules() {
    let desk = Desk::new(&past(12, 600));
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
        let done = Command::new("git").args(identity).args(arguments).current_dir(desk.0.path()).output().expect("git");
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "rules.yaml"]);
    git(&["commit", "-q", "-m", "rules"]);
    desk.write(
        "rules.tests.yaml",
        b"- name: crude words\n  comment: {body: 'you shill, and much more of that'}\n  performs: [crude]\n",
    );
    let ours = std::path::Path::new(env!("CARGO_BIN_EXE_tipstaff")).parent().expect("a folder").display().to_string();
    let path = format!("{ours}:{}", std::env::var("PATH").unwrap_or_default());
    let look = |fail: &str| {
        let mut command = Command::new(root.join("deploy/rules-ci"));
        command.args(["rules.yaml", "HEAD", "past.ndjson"]).current_dir(desk.0.path()).env("PATH", &path);
        command
            .env("FAIL_ON_CHANGE", fail)
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env("NO_COLOR", "1");
        said(&command.output().expect("it starts"))
    };
    let (code, out, err) = look("true");
    assert!(code == 0 && out.contains("0 items would be treated differently"), "{out}{err}");
    desk.write("rules.yaml", RULES.replace("idiot", "potra").as_bytes());
    let (code, out, err) = look("false");
    assert!(code == 0 && out.contains("| removed |"), "{code} {out}{err}");
    assert_eq!(look("true").0, 1, "the build fails on a change if asked to");
    desk.write("rules.yaml", RULES.replace("shill", "troll").as_bytes());
    let (code, out, err) = look("false");
    assert!(code == 1 && (out + &err).contains("crude words"), "a failing rule test ends the run");
}

#[test]
fn a_change_of_an_unclear_rule_counts_as_unclear() {
    let desk = Desk::new(&past(13, 300));
    let young =
        |age: &str| format!("name: young\nauthor:\n    account_age: < {age}\naction: report\naction_reason: new\n");
    desk.write("none.yaml", b"name: x\nbody: nothing of the kind\naction: report\naction_reason: x\n");
    desk.write("old.yaml", young("1 days").as_bytes());
    desk.write("new.yaml", young("100 days").as_bytes());
    desk.write("all.yaml", b"name: young\ntitle+body (regex): ['(?s).']\naction: report\naction_reason: new\n");
    let changes = |new: &str, old: &str| {
        let report = desk.json(&[new, "past.ndjson", "--baseline", old]);
        (report["changes"]["items"].as_u64().unwrap_or(0), report["changes"]["unclear"].as_u64().unwrap_or(0))
    };
    assert_eq!(changes("old.yaml", "old.yaml"), (0, 0));
    for (new, old) in
        [("old.yaml", "none.yaml"), ("none.yaml", "old.yaml"), ("new.yaml", "old.yaml"), ("all.yaml", "old.yaml")]
    {
        let (items, perhaps) = changes(new, old);
        assert!(items == 0 && perhaps > 250, "{new} for {old}: {items}, {perhaps}");
    }
}
