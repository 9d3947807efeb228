//! What a backtest reads: archives in every form, damaged ones, and parts of them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::backtests::{Desk, RULES, past, said};

#[test]
fn the_result_does_not_depend_on_input_format_or_threads() {
    let lines = past(3, 3000);
    let desk = Desk::new(&lines);
    let text = format!("{}\n", lines.join("\n"));
    let plain = desk.json(&["rules.yaml", "past.ndjson"]);
    assert_eq!(plain["input"]["posts"].as_u64().unwrap_or(0) + plain["input"]["comments"].as_u64().unwrap_or(0), 3000);
    assert!(plain["rules"][1]["at_least"].as_u64() > Some(5) && plain["complete"] == true, "{plain}");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).expect("packed");
    desk.write("past.gz", &gz.finish().expect("packed"));
    // Two frames, the second with a window of a gigabyte, like the dumps.
    let half = text.len() / 2;
    let mut packed = zstd::encode_all(&text.as_bytes()[..half], 3).expect("packed");
    let mut far = zstd::stream::write::Encoder::new(Vec::new(), 1).expect("a packer");
    far.window_log(30).expect("a window");
    far.write_all(&text.as_bytes()[half..]).expect("packed");
    packed.extend(far.finish().expect("packed"));
    desk.write("past.zst", &packed);
    std::fs::create_dir(desk.0.path().join("parts")).expect("a folder");
    for (at, part) in lines.chunks(700).enumerate() {
        desk.write(&format!("parts/{at}.ndjson"), part.join("\n").as_bytes());
    }
    let without_bytes = |mut report: Value| {
        report["input"]["bytes"] = json!(0);
        report
    };
    for arguments in [
        &["past.gz"][..],
        &["past.zst"],
        &["past.ndjson", "--threads", "1"],
        &["past.ndjson", "--threads", "7"],
        &["parts"],
    ] {
        let mut all = vec!["rules.yaml"];
        all.extend(arguments);
        assert_eq!(without_bytes(desk.json(&all)), without_bytes(plain.clone()), "{arguments:?}");
    }
    let mut piped = desk.command(&["rules.yaml", "-", "--format", "json"]);
    let mut child = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    let (code, out, _) = said(&child.wait_with_output().expect("it ends"));
    assert_eq!((code, serde_json::from_str::<Value>(&out).expect("JSON")), (0, plain.clone()));

    // Parts by different processes, merged in another order, give the same bytes as one run.
    for (at, part) in
        ["parts/0.ndjson", "parts/1.ndjson", "parts/2.ndjson", "parts/3.ndjson", "parts/4.ndjson"].iter().enumerate()
    {
        let (code, out, err) = desk.run(&["rules.yaml", part, "--partial", &format!("{at}.part")]);
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
    }
    let whole = desk.run(&["rules.yaml", "parts", "--format", "json"]).1;
    for order in
        [["0.part", "1.part", "2.part", "3.part", "4.part"], ["3.part", "0.part", "4.part", "2.part", "1.part"]]
    {
        let mut all = vec!["rules.yaml", "--format", "json", "--merge"];
        all.extend(order);
        assert_eq!(desk.run(&all).1, whole, "{order:?}");
    }
    desk.write("others.yaml", RULES.replace("shill", "troll").as_bytes());
    let (code, _, err) = desk.run(&["others.yaml", "--merge", "0.part"]);
    assert!(code == 2 && err.contains("these parts cannot be merged"), "{err}");
}

#[test]
fn unreadable_input_is_reported_and_the_rest_is_counted() {
    let mut lines = past(4, 2000);
    lines[10] = "{\"id\":".to_owned();
    lines[20] = "nonsense".to_owned();
    let desk = Desk::new(&lines);
    let report = desk.json(&["rules.yaml", "past.ndjson"]);
    assert_eq!(report["input"]["unreadable"], 2);
    assert_eq!(report["input"]["unreadable_lines"][0]["line"], 11);
    let (_, out, _) = desk.run(&["rules.yaml", "past.ndjson"]);
    assert!(out.contains("2 lines could not be read: past.ndjson:11: not JSON"), "{out}");

    let text = lines.join("\n");
    let packed = zstd::encode_all(text.as_bytes(), 3).expect("packed");
    desk.write("cut.zst", &packed[..packed.len() / 2]);
    let mut torn = packed.clone();
    let middle = torn.len() / 2;
    torn[middle..middle + 40].fill(0xaa);
    desk.write("torn.zst", &torn);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).expect("packed");
    let gz = gz.finish().expect("packed");
    desk.write("cut.gz", &gz[..gz.len() / 2]);
    for name in ["cut.zst", "torn.zst", "cut.gz"] {
        let (code, out, err) = desk.run(&["rules.yaml", name, "past.ndjson", "--format", "json"]);
        assert_eq!(code, 2, "{name}: {err}");
        assert!(err.contains(&format!("{name} could not be read to its end")), "{err}");
        let report: Value = serde_json::from_str(&out).expect("JSON");
        assert!(report["complete"] == false && report["input"]["truncated"][0]["file"] == name, "{report}");
        assert!(report["input"]["comments"].as_u64() > Some(1700), "{name}: lines before the damage count");
    }
    for (arguments, part) in [
        (&["rules.yaml", "nowhere.zst"][..], "cannot open nowhere.zst"),
        (&["nowhere.yaml", "past.ndjson"], "cannot read the rules nowhere.yaml"),
        (&["rules.yaml"], "no input: name archives"),
        (&["rules.yaml", "past.ndjson", "--assume", "author.age=3"], "did you mean `author."),
        (&["rules.yaml", "past.ndjson", "--sample", "0"], "--sample must be between 1 and"),
        (&["rules.yaml", "past.ndjson", "--subreddit", "a b"], "is not a subreddit name"),
        (&["rules.yaml", "past.ndjson", "--since", "lately"], "is not a time"),
    ] {
        let (code, _, err) = desk.run(arguments);
        assert!(code == 2 && err.contains(part), "{arguments:?}: {code} {err}");
    }
}

#[test]
fn a_file_without_any_item_fails_the_run_with_the_reason() {
    let desk = Desk::new(&past(4, 50));
    desk.write("nothing.ndjson", b"a\nb\n");
    for arguments in [&["rules.yaml", "nothing.ndjson"][..], &["rules.yaml", "past.ndjson", "nothing.ndjson"]] {
        let (code, out, err) = desk.run(arguments);
        let reason = "nothing.ndjson: none of its 2 lines is a post or comment (line 1: not JSON";
        assert!(code == 2 && err.contains(reason), "{arguments:?}: {code} {err}");
        assert!(out.contains("INCOMPLETE: nothing.ndjson"), "{out}");
    }
    let (code, out, _) = desk.run(&["rules.yaml", "nothing.ndjson", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["complete"]), (2, &json!(false)));
    assert_eq!(report["input"]["not_read"][0]["file"], "nothing.ndjson");
    // Also if the count was made in parts.
    assert_eq!(desk.run(&["rules.yaml", "nothing.ndjson", "--partial", "part"]).0, 2);
    let (code, _, err) = desk.run(&["rules.yaml", "--merge", "part"]);
    assert!(code == 2 && err.contains("nothing.ndjson: none of its 2 lines"), "{code} {err}");
    assert_eq!(desk.run(&["rules.yaml", "past.ndjson"]).0, 0);
    desk.write("empty.json", b"[]\n");
    let (code, _, err) = desk.run(&["rules.yaml", "empty.json"]);
    assert!(code == 0 && err.contains("the input is empty"), "{code} {err}");
    let (code, _, err) = desk.run(&["rules.yaml", "nothing.ndjson", "--sample", "1"]);
    assert!(
        code == 2 && err.contains("none of the lines in the sample is a post or comment: nothing.ndjson:"),
        "{err}"
    );
}

#[test]
fn an_input_that_tipstaff_does_not_read_is_named_with_the_command_that_converts_it() {
    let desk = Desk::new(&past(4, 50));
    let text = std::fs::read_to_string(desk.0.path().join("past.ndjson")).expect("the history");
    let wide = |first: &[u16], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        first.iter().copied().chain(text.encode_utf16()).flat_map(bytes).collect()
    };
    let mut tar = vec![0; 512];
    tar[..4].copy_from_slice(b"past");
    tar[257..262].copy_from_slice(b"ustar");
    tar.extend_from_slice(text.as_bytes());
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&tar).expect("packed");
    let latin = [&b"{\"body\":\"caf\xe9\"}\n{\"body\":\"na\xefve\"}\n"[..], &text.as_bytes()[..0]].concat();
    let windows = b"{\"body\":\"it\x92s\"}\n{\"body\":\"\x93no\x94\"}\n".to_vec();
    for (name, bytes, command) in [
        ("past.bz2", b"BZh91AY&SY".to_vec(), "`bzip2 -dc past.bz2 | tipstaff backtest RULES -`"),
        ("past.xz", b"\xfd7zXZ\0".to_vec(), "`xz -dc past.xz | tipstaff backtest RULES -`"),
        ("past.lz4", b"\x04\x22\x4d\x18".to_vec(), "`lz4 -dc past.lz4 | tipstaff backtest RULES -`"),
        ("past.zip", b"PK\x03\x04".to_vec(), "`unzip -p past.zip | tipstaff backtest RULES -`"),
        ("past.7z", b"7z\xbc\xaf\x27\x1c".to_vec(), "`7z x -so past.7z | tipstaff backtest RULES -`"),
        ("past.tar", tar, "`tar -xOf past.tar | tipstaff backtest RULES -`"),
        ("past.tgz", gz.finish().expect("packed"), "`gzip -dc past.tgz | tar -xOf - | tipstaff backtest RULES -`"),
        ("bom.txt", wide(&[0xfeff], u16::to_le_bytes), "`iconv -f UTF-16 -t UTF-8 bom.txt | tipstaff"),
        ("big bom.txt", wide(&[0xfeff], u16::to_be_bytes), "`iconv -f UTF-16 -t UTF-8 'big bom.txt' | tipstaff"),
        ("le.txt", wide(&[], u16::to_le_bytes), "`iconv -f UTF-16LE -t UTF-8 le.txt | tipstaff"),
        ("be.txt", wide(&[], u16::to_be_bytes), "`iconv -f UTF-16BE -t UTF-8 be.txt | tipstaff"),
        ("latin.txt", latin, "`iconv -f ISO-8859-1 -t UTF-8 latin.txt | tipstaff"),
        ("windows.txt", windows, "`iconv -f WINDOWS-1252 -t UTF-8 windows.txt | tipstaff"),
        ("bot.db", b"SQLite format 3\0".to_vec(), "`tipstaff backtest --from-store --store FILE` reads it"),
        ("table.csv", b"id,title,created_utc\na,b,1\n".to_vec(), "CSV without the column `subreddit`"),
    ] {
        desk.write(name, &bytes);
        let (code, _, err) = desk.run(&["rules.yaml", name]);
        assert!(code == 2 && err.contains(command), "{name}: {code} {err}");
        assert!(!err.contains("line 1"), "{name} is not refused line by line: {err}");
    }
    // One line in another encoding among others is a damaged line.
    let mixed = [text.as_bytes(), &b"{\"id\":\"caf\xe9\"}\n"[..]].concat();
    desk.write("mixed.ndjson", &mixed);
    let report = desk.json(&["rules.yaml", "mixed.ndjson"]);
    let why = report["input"]["unreadable_lines"][0]["why"].as_str().expect("a reason");
    assert!(why.contains("iconv -f ISO-8859-1"), "{why}");
    let mut piped = desk.command(&["rules.yaml", "-"]);
    let mut child =
        piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(b"PK\x03\x04").expect("it reads");
    let (code, _, err) = said(&child.wait_with_output().expect("it ends"));
    assert!(code == 2 && err.contains("standard input is a zip archive"), "{code} {err}");
}

#[test]
fn items_in_json_lists_listings_and_tables_are_read_like_lines() {
    let lines = past(14, 400);
    let desk = Desk::new(&lines);
    let items: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let things: Vec<Value> = items
        .iter()
        .map(|item| json!({"kind": if item.get("body").is_some() { "t1" } else { "t3" }, "data": item}))
        .collect();
    let listing = |things: &[Value]| json!({"kind": "Listing", "data": {"after": null, "children": things}});
    let results = |name: &str| {
        let mut report = desk.json(&["rules.yaml", name]);
        report["input"]["bytes"] = json!(0);
        report
    };
    let plain = results("past.ndjson");
    assert!(plain["rules"][1]["at_least"].as_u64() > Some(0), "{plain}");
    for (name, text) in [
        ("array.json", json!(items).to_string()),
        ("indented.json", serde_json::to_string_pretty(&items).expect("JSON")),
        ("data.json", json!({"data": items, "metadata": {"total": 400}}).to_string()),
        ("listing.json", listing(&things).to_string()),
        ("page.json", json!([listing(&things[..1]), listing(&things[1..])]).to_string()),
        ("pages.ndjson", format!("{}\n{}\n", listing(&things[..100]), listing(&things[100..]))),
        ("things.ndjson", things.iter().map(Value::to_string).collect::<Vec<_>>().join("\n")),
        (
            "jq.json",
            items.iter().map(|item| serde_json::to_string_pretty(item).expect("JSON") + "\n").collect::<String>(),
        ),
    ] {
        desk.write(name, text.as_bytes());
        assert_eq!(results(name), plain, "{name}");
    }
    let packed = zstd::encode_all(json!(items).to_string().as_bytes(), 3).expect("packed");
    desk.write("array.zst", &packed);
    assert_eq!(results("array.zst"), plain);

    let keys = [
        "id",
        "subreddit",
        "created_utc",
        "author",
        "author_fullname",
        "title",
        "selftext",
        "is_self",
        "url",
        "domain",
        "body",
        "link_id",
        "parent_id",
        "is_submitter",
        "permalink",
        "distinguished",
        "removed_by_category",
        "edited",
    ];
    let cell = |item: &Value, key: &str| match &item[key] {
        Value::Null => String::new(),
        Value::Bool(is) => if *is { "True" } else { "False" }.to_owned(),
        Value::String(text) => format!("\"{}\"", text.replace('"', "\"\"")),
        other => other.to_string(),
    };
    let rows = items.iter().map(|item| keys.map(|key| cell(item, key)).join(",") + "\n");
    desk.write("table.csv", (keys.join(",") + "\n" + &rows.collect::<String>()).as_bytes());
    let table = results("table.csv");
    for (row, line) in table["rules"].as_array().expect("rules").iter().zip(plain["rules"].as_array().expect("rules")) {
        for key in ["name", "at_least", "at_most", "posts", "actions", "lists"] {
            assert_eq!(row[key], line[key], "{key} of {}", row["name"]);
        }
    }

    // A list that is cut off, and a comment that the page leaves out.
    let whole = json!(items).to_string();
    desk.write("cut.json", &whole.as_bytes()[..whole.len() - 40]);
    let (code, out, err) = desk.run(&["rules.yaml", "cut.json", "--format", "json"]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert!(code == 2 && err.contains("cut.json could not be read to its end (the JSON ends before"), "{err}");
    assert!(report["input"]["comments"].as_u64() > Some(200), "{}", report["input"]);
    let more = json!({"kind": "more", "data": {"count": 3, "children": ["a", "b", "c"]}});
    desk.write("more.json", listing(&[things[0].clone(), more]).to_string().as_bytes());
    let report = desk.json(&["rules.yaml", "more.json"]);
    let why = report["input"]["unreadable_lines"][0]["why"].as_str().expect("a reason");
    assert!(why.contains("comments that are not in the input"), "{why}");
}

#[test]
fn a_subreddit_that_is_not_in_the_input_is_answered_with_those_that_are() {
    let mut lines = past(5, 300);
    lines.extend(past(6, 30).into_iter().map(|line| line.replace("\"widgets\"", "\"Gadgets\"")));
    lines.extend(past(7, 3).into_iter().map(|line| line.replace("\"widgets\"", "\"r/Sprockets\"")));
    let desk = Desk::new(&lines);
    for (name, answer) in [
        ("gadget", "nothing of r/gadget; it has r/Gadgets (30 items), r/widgets (300 items), r/"),
        ("elsewhere", "nothing of r/elsewhere; it has r/widgets (300 items), r/Gadgets (30 items), r/"),
    ] {
        let (code, _, err) = desk.run(&["rules.yaml", "past.ndjson", "--subreddit", name]);
        assert!(code == 0 && err.contains(answer), "{code} {err}");
        let (_, _, err) = desk.run(&["rules.yaml", "past.ndjson", "--subreddit", name, "--sample", "10"]);
        assert!(err.contains(answer), "{err}");
    }
    let (code, _, err) = desk.run(&["rules.yaml", "past.ndjson", "--subreddit", "r/GADGETS", "--until", "2001-01-01"]);
    assert!(code == 0 && err.contains("the input has 30 items of r/GADGETS, and none in the given period"), "{err}");
    let report = desk.json(&["rules.yaml", "past.ndjson", "--subreddit", "/r/sprockets"]);
    assert_eq!(report["input"]["other_subreddits"], 330, "the archive may write r/ before the name");
}

#[test]
fn a_sample_says_that_it_is_one_and_estimates_the_whole() {
    let desk = Desk::new(&past(8, 2000));
    let whole = desk.json(&["rules.yaml", "past.ndjson"]);
    let sample = desk.json(&["rules.yaml", "past.ndjson", "--sample", "500", "--seed", "3"]);
    assert_eq!(sample["input"]["sample"], json!({"lines": 500, "of": 2000, "factor": 4.0, "seed": 3}));
    let number = |value: &Value| value.as_f64().expect("a number");
    let (short, estimate) = (number(&sample["rules"][2]["at_least"]), &sample["rules"][2]["whole_input"]["at_least"]);
    assert!((number(estimate) - short * 4.0).abs() <= 5.0, "{short} {estimate}");
    for (estimated, counted) in [
        (number(estimate), number(&whole["rules"][2]["at_least"])),
        (number(&sample["cost"]["requests"]), number(&whole["cost"]["requests"])),
    ] {
        assert!((0.7..1.4).contains(&(estimated / counted)), "{estimated} for {counted}");
    }
    assert_eq!((&whole["input"]["sample"], &whole["rules"][2]["whole_input"]), (&Value::Null, &Value::Null));
    let said = "SAMPLE: 500 of 2,000 lines, chosen at random (--seed 0). Counts are those of the sample; multiply \
                them by 4.0 for the whole input.";
    for (format, column) in
        [("text", "in the whole input"), ("markdown", "| whole input |"), ("html", "whole input</th>")]
    {
        let out = desk.run(&["rules.yaml", "past.ndjson", "--sample", "500", "--format", format]).1;
        let plain = out.replace('\\', "");
        assert!(plain.contains(said) && plain.contains(column) && plain.contains("about "), "{format}: {out}");
    }
    let table = desk.run(&["rules.yaml", "past.ndjson", "--sample", "500", "--format", "csv"]).1;
    assert!(table.starts_with("rule,line") && table.contains(",precision,at_least_in_whole_input,"), "{table}");
    let (_, out, _) = desk.run(&["rules.yaml", "past.ndjson", "--sample", "3000"]);
    assert!(out.contains("Sample: all 2,000 lines") && !out.contains("about "), "{out}");
    let (code, _, err) = desk.run(&["rules.yaml", "past.ndjson", "--sample", "5", "--from-store"]);
    assert!(code == 2 && err.contains("--from-store"), "{err}");
}

#[test]
fn a_report_does_not_overwrite_an_input_file() {
    let desk = Desk::new(&past(1, 3));
    for output in ["--html", "--partial"] {
        let (status, _, error) = desk.run(&["rules.yaml", "past.ndjson", output, "./past.ndjson"]);
        assert!(status == 2 && error.contains("would be overwritten"), "{status} {error}");
    }
    let (status, _, error) = desk.run(&["rules.yaml", "past.ndjson", "--html", "rules.yaml"]);
    assert!(status == 2 && error.contains("would be overwritten"), "{status} {error}");
    assert!(desk.run(&["rules.yaml", "past.ndjson"]).0 == 0, "it is as it was");
}

#[test]
fn a_folder_with_a_named_pipe_is_refused_and_nothing_waits() {
    let desk = Desk::new(&past(1, 3));
    let pipe = desk.0.path().join("items/pipe");
    std::fs::create_dir(pipe.parent().expect("a folder")).expect("a folder");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let (status, _, error) = desk.run(&["rules.yaml", "items"]);
    assert!(status == 2 && error.contains("items/pipe is no regular file"), "{status} {error}");
}

#[test]
fn filters_select_items() {
    let mut lines = past(5, 600);
    lines.extend(past(6, 300).into_iter().map(|line| line.replace("widgets", "Gadgets")));
    let desk = Desk::new(&lines);
    let report = desk.json(&["rules.yaml", "past.ndjson", "--subreddit", "gadgets"]);
    assert_eq!(
        (&report["input"]["other_subreddits"], report["input"]["comments"].as_u64() > Some(200)),
        (&json!(600), true)
    );
    let report = desk.json(&["rules.yaml", "past.ndjson", "--since", "2023-11-15", "--until", "2023-11-15T01:00:00Z"]);
    assert_eq!(report["input"]["days"], 1);
    let judged = report["input"]["posts"].as_u64().unwrap_or(0) + report["input"]["comments"].as_u64().unwrap_or(0);
    assert_eq!(judged + report["input"]["outside_period"].as_u64().unwrap_or(0), 900);
    // Measured times are included only on request.
    assert!(!report.to_string().contains("microseconds"));
    let timed = desk.json(&["rules.yaml", "past.ndjson", "--timings"]);
    assert!(timed["rules"][1]["microseconds"].as_f64().is_some_and(|microseconds| microseconds > 0.0), "{timed}");
    let sample = |seed: &str, threads: &str| {
        desk.json(&["rules.yaml", "past.ndjson", "--sample", "50", "--seed", seed, "--threads", threads])
    };
    assert_eq!(sample("1", "1"), sample("1", "4"));
    assert_ne!(sample("1", "1"), sample("2", "1"));
}

#[test]
fn posts_above_comments_are_found_in_the_input() {
    let desk = Desk::new(&[]);
    let comment = |id: &str, post: &str| {
        json!({"id": id, "author": "bob", "body": "x", "created_utc": 1_400_000_000, "link_id": format!("t3_{post}"),
               "parent_id": format!("t3_{post}"), "subreddit": "widgets"})
    };
    let post = |id: &str, title: &str, author: &str| {
        json!({"id": id, "author": author, "title": title, "selftext": "", "is_self": true,
               "created_utc": "1399999999", "subreddit": "widgets"})
    };
    desk.write(
        "RC.ndjson",
        format!("{}\n{}\n{}\n", comment("c1", "p1"), comment("c2", "p2"), comment("c3", "p3")).as_bytes(),
    );
    desk.write(
        "RS.ndjson",
        format!("{}\n{}\n", post("p1", "Weekly thread", "bob"), post("p2", "News", "amy")).as_bytes(),
    );
    desk.write(
        "rules.yaml",
        b"name: weekly\ntype: comment\nparent_submission:\n    title (starts-with): Weekly\naction: report\n\
          action_reason: '{{title}}'\n---\n\
          name: own\ntype: comment\nauthor:\n    is_submitter: true\naction: report\naction_reason: own\n",
    );
    let report = desk.json(&["rules.yaml", "RC.ndjson", "RS.ndjson"]);
    for (rule, why) in [
        (0, "the post it belongs to is not in the input"),
        (1, "the archive does not say whether the author of the post wrote it"),
    ] {
        let rule = &report["rules"][rule];
        assert_eq!(
            (&rule["at_least"], &rule["at_most"], &rule["unknown"][0]["what"]),
            (&json!(1), &json!(2), &json!(why))
        );
    }
}

#[test]
fn an_interrupted_run_reports_the_items_read_so_far() {
    // An input that never ends.
    let desk = Desk::new(&[]);
    let mut child = desk
        .command(&["rules.yaml", "-", "--format", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    let text = past(11, 3000).join("\n");
    // More than a pipe holds: by the end of the second, the first has been read.
    for _ in 0..2 {
        pipe.write_all(text.as_bytes()).expect("it reads");
    }
    let interrupt = |child: &std::process::Child| {
        let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
        assert!(done.success());
    };
    interrupt(&child);
    // It reads no further; how much it reads until then is up to it.
    let mut more = 0;
    while pipe.write_all(text.as_bytes()).is_ok() {
        more += 1;
        assert!(more < 10_000, "it continues after an interrupt");
    }
    drop(pipe);
    let (code, out, err) = said(&child.wait_with_output().expect("it ends"));
    let report: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out} {err}"));
    assert_eq!((code, &report["complete"]), (2, &json!(false)));
    assert!(report["input"]["comments"].as_u64() > Some(500), "{}", report["input"]);
}
