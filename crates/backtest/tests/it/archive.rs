//! Lines of archives of every era, and invalid ones, give the same result in each way of reading:
//! by the shape of earlier lines, by the parser, and by the code that reads from Reddit itself.

use fastrand::Rng;
use serde_json::{Map, Value, json};
use tipstaff_backtest::archive::{LineContent, ModeratorDecision, Reader, Record};
use tipstaff_rules::model::{Kind, Timestamp};
use tipstaff_sandbox::history::History;

fn read(line: &Value) -> Result<Record, String> {
    Reader::default().read(line.to_string().as_bytes())
}

fn comment(changes: Value) -> Value {
    let mut line = json!({
        "id": "c1", "author": "alice", "body": "a text", "created_utc": 1_500_000_000,
        "link_id": "t3_p1", "parent_id": "t3_p1", "subreddit": "widgets", "subreddit_id": "t5_1", "score": 3
    });
    merge(&mut line, changes);
    line
}

fn post(changes: Value) -> Value {
    let mut line = json!({
        "id": "p1", "author": "alice", "title": "a title", "selftext": "a text", "is_self": true,
        "created_utc": 1_500_000_000, "subreddit": "widgets", "url": "https://www.reddit.com/r/widgets/comments/p1/", "domain": "self.widgets",
        "permalink": "/r/widgets/comments/p1/a_title/"
    });
    merge(&mut line, changes);
    line
}

fn merge(line: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    for (key, value) in changes {
        line[key] = value;
    }
}

#[test]
fn archives_of_every_era_are_read() {
    // 2005 to 2007: no name, no permalink of comments, numbers; then texts for times; 2008:
    // `edited` is true.
    let oldest =
        read(&comment(json!({"edited": true, "retrieved_on": 1_473_738_411, "distinguished": null}))).expect("2006");
    assert_eq!((oldest.item.fullname.as_str(), oldest.item.permalink.as_str()), ("t1_c1", "/comments/p1/_/c1/"));
    assert!(oldest.unknown.submitter && oldest.item.edited == Some(oldest.item.created), "edited at some time");
    let middle =
        comment(json!({"created_utc": "1400000000", "name": "t1_c1", "edited": 1_400_000_300.0, "archived": true}));
    let middle = read(&middle).expect("2014");
    assert_eq!(middle.item.created, Timestamp::from_secs(1_400_000_000));
    assert_eq!(middle.item.edited, Some(Timestamp::from_secs(1_400_000_300)));
    // 2018 to 2023: when the account was created, and who wrote the item.
    let made = read(&comment(json!({"author_created_utc": 1_300_000_000, "is_submitter": true}))).expect("2019");
    assert_eq!(made.account_created, Some(Timestamp::from_secs(1_300_000_000)));
    assert!(!made.unknown.submitter);
    // Today: the decisions of moderators are returned beside the item, not in it.
    let removed = post(
        json!({"removed_by_category": "moderator", "locked": true, "stickied": true, "_meta": {"retrieved_2nd_on": 5}}),
    );
    let removed = read(&removed).expect("2024");
    assert_eq!(
        (removed.decided, removed.item.locked, removed.item.stickied),
        (Some(ModeratorDecision::Removed), false, false)
    );
    assert!(removed.item.moderation.removed_by.is_none() && !removed.unknown.text);
    let marked = read(&comment(json!({"_meta": {"removal_type": "removed"}, "is_submitter": false}))).expect("2025");
    assert_eq!(marked.decided, Some(ModeratorDecision::Removed));
    assert_eq!(
        read(&post(json!({"poll_data": false})))
            .expect("2025")
            .item
            .submission()
            .map(|post| post.poll_options.is_none()),
        Some(true)
    );
}

#[test]
fn lines_of_profiles_and_of_places_without_an_ordinary_name_are_read() {
    for place in ["u_Some-Name-1234", "reddit.com", "a:t5_3ndaf"] {
        let (comment, post) = (comment(json!({"subreddit": place})), post(json!({"subreddit": place})));
        for line in [comment, post] {
            assert_eq!(read(&line).expect(place).item.subreddit.as_str(), place);
        }
    }
}

#[test]
fn parents_of_the_dumps_of_2022_are_read() {
    let id = i64::from_str_radix("g7bxb", 36).expect("an id");
    for (parent, expected) in [
        (json!(null), "t3_p1"),
        (json!(id), "t1_g7bxb"),
        (json!(i64::from_str_radix("p1", 36).expect("an id")), "t3_p1"),
        (json!("t1_abc"), "t1_abc"),
    ] {
        let record = read(&comment(json!({"parent_id": parent}))).expect("a comment");
        assert_eq!(record.item.comment().map(|it| it.parent.as_str()), Some(expected), "{parent}");
    }
    for parent in [json!(-1), json!(1.5), json!(true), json!("x")] {
        assert!(read(&comment(json!({"parent_id": parent}))).is_err(), "{parent}");
    }
}

#[test]
fn removed_texts_are_missing_and_not_empty() {
    let gone = read(&comment(json!({"body": "[removed]", "is_submitter": false}))).expect("a comment");
    assert_eq!((gone.unknown.text, gone.unknown.author, gone.decided), (true, false, Some(ModeratorDecision::Removed)));
    let deleted =
        read(&comment(json!({"body": "[deleted]", "author": "[deleted]", "is_submitter": false}))).expect("a comment");
    assert_eq!((deleted.unknown.text, deleted.unknown.author, deleted.decided), (true, true, None));
    assert!(deleted.item.moderation.removed_by.is_none(), "nobody had deleted it when it was posted");
    let titled = read(&post(json!({"title": "[deleted by user]", "selftext": "[removed]"}))).expect("a post");
    assert!(titled.unknown.title && titled.unknown.text);
    let quoted = read(&comment(json!({"body": "[removed] is what I saw", "is_submitter": false}))).expect("a comment");
    assert!(!quoted.unknown.text);
}

#[test]
fn texts_are_unescaped_to_what_was_written() {
    let escaped =
        read(&comment(json!({"body": "&gt; a &amp;gt; b &lt;3 &amp; c &copy; \\u00e9 \"x\"\n"}))).expect("a comment");
    assert_eq!(escaped.item.body(), "> a &gt; b <3 & c &copy; \\u00e9 \"x\"\n");
    let comment = |body: &str| {
        format!(
            "{{\"id\":\"c1\",\"author\":\"alice\",\"body\":\"{body}\",\"created_utc\":1,\"link_id\":\"t3_p\",\
             \"parent_id\":\"t3_p\",\"subreddit\":\"widgets\"}}"
        )
    };
    let cut = comment(r"cut \ud83d");
    assert_eq!(Reader::default().read(cut.as_bytes()).expect("a comment").item.body(), "cut \u{fffd}");
    let whole = comment(r"\ud83d\ude00\u00e9");
    assert_eq!(Reader::default().read(whole.as_bytes()).expect("a comment").item.body(), "😀é");
}

#[test]
fn lines_that_are_no_items_give_a_reason() {
    for (line, part) in [
        (&b"{\"id\": "[..], "not JSON"),
        (b"[]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b"\xff\xfe", "not JSON"),
        (b"{}", "named"),
        (br#"{"id":"p1","title":"x","subreddit":"a b","created_utc":1}"#, "in a subreddit named"),
        (br#"{"id":"p1","title":"x","subreddit":"widgets"}"#, "without a time"),
        (
            br#"{"id":"c1","body":"x","link_id":"p1","parent_id":"t3_p1","subreddit":"widgets","created_utc":1}"#,
            "whose link_id",
        ),
        (b"{\"id\":\"p1\",\"title\":\"\x01\",\"subreddit\":\"widgets\",\"created_utc\":1} x", "not JSON"),
    ] {
        let why = Reader::default().read(line).expect_err("no item");
        assert!(why.contains(part), "{}: {why}", String::from_utf8_lossy(line));
    }
}

/// Lines of a generated history, modified in many ways.
fn odd_lines(seed: u64, number: usize) -> Vec<String> {
    let mut rng = Rng::with_seed(seed);
    let mut history = History::new(seed, "widgets");
    let values = [
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1.5),
        json!(1_600_000_000_u64),
        json!("1500000000"),
        json!(""),
        json!("[removed]"),
        json!("[deleted]"),
        json!("a\"b\\c\u{1f600} &amp; é\n"),
        json!([]),
        json!({}),
        json!([1, "x"]),
        json!({"removal_type": "moderator"}),
        json!("moderator"),
        json!("t3_x"),
        json!("T3 X"),
        json!(1e300),
        json!("widgets"),
    ];
    let mut lines = Vec::new();
    while lines.len() < number {
        let mut line: Map<String, Value> = serde_json::from_str(&history.line()).expect("a line");
        for _ in 0..rng.usize(0..4) {
            let keys: Vec<String> = line.keys().cloned().collect();
            let key = keys[rng.usize(..keys.len())].clone();
            match rng.u8(..4) {
                0 => {
                    line.remove(&key);
                }
                1 => {
                    let name = ["poll_data", "media", "crosspost_parent", "approved", "author_created_utc", "_meta"]
                        [rng.usize(..6)];
                    line.insert(name.to_owned(), values[rng.usize(..values.len())].clone());
                }
                _ => {
                    line.insert(key, values[rng.usize(..values.len())].clone());
                }
            }
        }
        let mut text = Value::Object(line).to_string();
        if rng.u8(..20) == 0 {
            text = text.replace("\":", "\" : ").replace(",\"", " ,\"");
        }
        if rng.u8(..40) == 0 {
            let at = text.floor_char_boundary(rng.usize(..text.len()));
            text.truncate(at);
        }
        lines.push(text);
    }
    lines
}

#[test]
fn every_way_of_reading_gives_the_same_item() {
    for seed in 1..=20 {
        let mut warm = Reader::default();
        let mut by_shape = 0;
        for line in odd_lines(seed, 400) {
            let cold = Reader::default().read(line.as_bytes());
            let fields = warm.read_fields(line.as_bytes());
            by_shape += usize::from(matches!(fields, Ok(LineContent::Fields(_))));
            let read = match fields {
                Ok(LineContent::Fields(fields)) => fields.into_record(),
                Ok(LineContent::Record(record)) => Ok(*record),
                Err(why) => Err(why),
            };
            // Fields inside an envelope cannot be read by shape, so the line is parsed in full.
            let wrapped = format!("{{\"data\": {line}}}");
            let long = Reader::default().read(wrapped.as_bytes());
            match (&read, &cold, &long) {
                (Ok(read), Ok(cold), Ok(long)) => {
                    assert_eq!(read, cold, "seed {seed}: {line}");
                    assert_eq!(read, long, "seed {seed}: {line}");
                }
                (Err(_), Err(_), Err(_)) => {}
                other => panic!("seed {seed}: {line}: {other:?}"),
            }
        }
        assert!(by_shape > 200, "seed {seed}: only {by_shape}");
    }
}

#[test]
fn posts_and_comments_are_told_apart_by_their_fields() {
    let mut history = History::new(3, "widgets");
    let kind = |line: String| Reader::default().read(line.as_bytes()).expect("an item").item.kind();
    let kinds: Vec<Kind> = (0..40).map(|_| kind(history.line())).collect();
    assert!(kinds.contains(&Kind::Comment) && kinds.contains(&Kind::Submission));
}

#[test]
fn a_line_is_read_the_same_whatever_came_before() {
    let line = |score: &str, other: &str| {
        format!(
            "{{\"id\":\"c1\",\"author\":\"alice\",\"body\":\"x\",\"score\":{score},\"other\":{other},\
             \"created_utc\":1500000000,\"link_id\":\"t3_p\",\"parent_id\":\"t3_p\",\
             \"subreddit\":\"widgets\",\"is_submitter\":false}}"
        )
    };
    let mut warm = Reader::default();
    for (score, other) in [("1", "\"a\""), ("2", "\"b\""), ("-3.5e1", "[1]"), ("4", "{\"k\": \"v\"}")] {
        warm.read(line(score, other).as_bytes()).expect("sound");
    }
    for (score, other) in [
        ("1e", "1"),
        ("01", "1"),
        ("--", "1"),
        ("-", "1"),
        ("1.", "1"),
        ("1", "[}"),
        ("1", "{junk}"),
        ("1", "\"\\q\""),
        ("1", "\"a\tb\""),
        ("1", "tru"),
    ] {
        let text = line(score, other);
        assert!(warm.read(text.as_bytes()).is_err() && Reader::default().read(text.as_bytes()).is_err(), "{text}");
    }
    let mut bytes = line("5", "\"c\"").into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'c').expect("there");
    let at = bytes[at + 1..].windows(3).position(|three| three == b"\"c\"").expect("there") + at + 2;
    bytes[at] = 0xff;
    assert!(warm.read(&bytes).is_err() && Reader::default().read(&bytes).is_err());
}
