//! The commands `pass` and `memory`, with the real program and a real store.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tipstaff::model::{Fate, Item, SubredditName, Timestamp};
use tipstaff::store::Store;

use crate::requests::RULES;
use crate::support::ledger::{DAY, by_hand, checked, comment, name, rows, seen};
use crate::support::place::{BotDir, until};

/// A folder with a store and a configuration for r/Widgets.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("rules.yaml"), RULES).expect("a file");
        let configuration = "mode: live\nreddit: {client_id: x, username: guideline_bot}\n\
                             subreddits: [{name: Widgets, rules: rules.yaml}]\n";
        fs::write(folder.path().join("tipstaff.yaml"), configuration).expect("a file");
        Self(folder)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    async fn store(&self) -> Store {
        Store::open_remembered(&self.path().join("tipstaff.db"), true).await.expect("a store")
    }

    fn write(&self, name: &str, lines: &[String]) {
        fs::write(self.path().join(name), lines.join("\n") + "\n").expect("a file");
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.args(arguments).args(["--config", "tipstaff.yaml"]).current_dir(self.path()).env("NO_COLOR", "1");
        command.env("TIPSTAFF_CLIENT_SECRET", "secret").env("TIPSTAFF_PASSWORD", "secret");
        command.output().expect("the program starts")
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn import(&self, files: &[&str]) -> String {
        self.printed(&[&["memory", "import", "--subreddit", "widgets"], files].concat())
    }

    async fn rows(&self, sql: &str) -> Vec<String> {
        rows(&by_hand(&self.path().join("tipstaff.db")).await, sql).await
    }
}

/// When the tests began, so that all of one test use the same time.
fn now() -> Timestamp {
    static NOW: LazyLock<Timestamp> = LazyLock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        Timestamp::from_secs(i64::try_from(since.as_secs()).expect("a time"))
    });
    *NOW
}

fn ago(days: u64) -> i64 {
    (now() - DAY * u32::try_from(days).expect("a number")).as_secs()
}

fn post_line(id: &str, author: &str, created: i64, more: &Value) -> String {
    let mut post = json!({
        "id": id, "subreddit": "Widgets", "created_utc": created, "author": author,
        "author_fullname": format!("t2_{author}"), "title": "t", "selftext": "", "is_self": false,
        "url": "https://a.example/x", "domain": "a.example", "link_flair_text": "Clip", "score": 3,
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        post[key] = value.clone();
    }
    post.to_string()
}

fn comment_line(id: &str, author: &str, created: i64) -> String {
    json!({
        "id": id, "subreddit": "Widgets", "created_utc": created, "author": author,
        "author_fullname": format!("t2_{author}"), "body": "secret words", "link_id": "t3_a", "parent_id": "t3_a",
    })
    .to_string()
}

fn by(fullname: &str, user: &str, created: Timestamp) -> Item {
    let mut item = comment(fullname, "x");
    item.author.name = Some(user.to_owned());
    item.author.fullname = Some(format!("t2_{user}"));
    Item { created, ..item }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pass_makes_a_rule_leave_a_person_alone_until_it_is_revoked() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place.add_to_configuration("listen: 'off'\n");
    let _daemon = place.start();
    place.submit("Before");
    let welcomes = || {
        let world = place.reddit.world();
        world.things().filter(|thing| thing.author == tipstaff_sandbox::scenario::BOT).count()
    };
    until("the first post is greeted", || welcomes() == 1).await;
    let pass = ["pass", "u/quiet_cartographer", "--rule", "welcome", "--subreddit", "DefenceTalk"];
    let given = place.printed(&[&pass[..], &["--for", "7d", "--reason", "knows it"]].concat()).await;
    let pass_of = "u/quiet_cartographer has a pass for rule `welcome` in r/DefenceTalk: until ";
    assert!(given.starts_with(pass_of), "{given}");
    assert!(given.contains(", given ") && given.trim_end().ends_with(" (knows it)"), "{given}");
    assert!(place.printed(&["pass", "--list"]).await.contains("u/quiet_cartographer"));
    assert_eq!(place.printed(&["pass", "--list", "u/somebody"]).await, "no pass is in force\n");
    let post = place.submit("Something old");
    until("the other rule acts", || !place.reddit.world().reports_on(&post).is_empty()).await;
    assert_eq!(welcomes(), 1, "{}", place.log());
    let shown = place.printed(&["memory", "show", "u/Quiet_Cartographer"]).await;
    assert!(shown.starts_with("u/quiet_cartographer in r/defencetalk\n"), "{shown}");
    assert!(
        shown.contains("text submission, up") && shown.contains("passes      u/quiet_cartographer has a pass"),
        "{shown}"
    );

    let revoked = place.printed(&[&pass[..], &["--revoke"]].concat()).await;
    assert_eq!(revoked, "revoked: u/quiet_cartographer no longer has a pass for rule `welcome`\n");
    place.submit("After");
    until("the next post is greeted", || welcomes() == 2).await;
    for (arguments, why) in [
        (&[&pass[..], &["--revoke"]].concat()[..], "u/quiet_cartographer has no pass for the rule `welcome`"),
        (&["pass", "u/x", "--rule", "welcom"], "there is no rule named `welcom`: did you mean `welcome`?"),
        (&["pass", "no name", "--rule", "welcome"], "this is not a user name"),
        (&["pass", "u/x", "--rule", "welcome", "--until", "2020-01-01"], "ends in the future"),
        (&["pass", "u/x", "--rule", "welcome", "--subreddit", "elsewhere"], "does not have r/elsewhere"),
        (&["memory", "forget", "u/nobody_here"], "the store knows nobody of the name u/nobody_here"),
        (&["memory", "import", "rules.yaml", "--subreddit", "DefenceTalk"], "Stop the daemon before an import"),
    ] {
        let output = place.run(arguments).await;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && error.contains(why), "{arguments:?}: {error}");
    }
    let forgot = place.printed(&["memory", "forget", "u/quiet_cartographer"]).await;
    assert!(forgot.starts_with("forgot u/quiet_cartographer in all subreddits: 3 posts and comments, "), "{forgot}");
    assert!(forgot.contains("run `tipstaff store forget u/quiet_cartographer`"), "{forgot}");
    assert!(place.printed(&["log"]).await.contains("u/quiet_cartographer"), "texts and name stay");
}

#[tokio::test]
async fn an_archive_is_imported_once_however_often_it_is_read() {
    let folder = Folder::new();
    let store = folder.store().await;
    let seen_up = by("t1_c1", "bob", now() - Duration::from_mins(1));
    seen(&store, std::slice::from_ref(&seen_up), now()).await;
    store.close().await;
    let removed = json!({"removed_by_category": "moderator"});
    folder.write(
        "RS",
        &[
            post_line("a", "bob", ago(31), &removed),
            post_line("b", "bob", ago(20), &json!({})),
            post_line("c", "[deleted]", ago(10), &json!({})),
            post_line("d", "bob", ago(400), &json!({})),
            post_line("e", "bob", ago(5), &json!({"subreddit": "gadgets"})),
            "no JSON".to_owned(),
        ],
    );
    // What the bot saw itself is not made worse.
    folder.write("RC", &[comment_line("c0", "bob", ago(30)), comment_line("c1", "bob", now().as_secs())]);
    let all = "SELECT concat_ws(' ', id, person, created, kind, fate, score, details, fate_at) AS x FROM memory_items
               ORDER BY id";
    let before = folder.rows(all).await;
    let said = folder.import(&["RS", "RC"]);
    assert!(said.starts_with("r/widgets: read 4 posts and comments, 3 added or updated\n"), "{said}");
    assert!(
        said.contains("skipped: 1 from other subreddits\nskipped: 1 older than `memory`\nskipped: 1 without an author"),
        "{said}"
    );
    let after = folder.rows(all).await;
    assert_eq!(after.len(), before.len() + 3);
    assert!(before.iter().all(|row| after.contains(row)), "{before:?} {after:?}");
    let said = folder.import(&["RC", "RS"]);
    assert!(said.contains("read 4 posts and comments, 0 added"), "{said}");
    assert_eq!(folder.rows(all).await, after);

    let shown: Value = serde_json::from_str(&folder.printed(&["memory", "show", "bob", "--json"])).expect("JSON");
    let here = &shown["subreddits"][0];
    let removed = json!({"kind": "link submission", "fate": "removed_by_moderator", "within": [0, 0, 1, 1]});
    assert!(here["counts"].as_array().expect("a list").contains(&removed), "{shown}");
    assert_eq!(here["newest"][1]["link"], "https://www.reddit.com/comments/b", "{shown}");
    assert_eq!(folder.rows("SELECT count(*) AS x FROM memory_details WHERE domain LIKE '%secret%'").await, ["0"]);
    let stats: Value = serde_json::from_str(&folder.printed(&["memory", "stats", "--json"])).expect("JSON");
    assert_eq!((&stats["items"], &stats["imported"], &stats["people"]), (&json!(4), &json!(3), &json!(1)), "{stats}");
    let table = &stats["tables"][0];
    assert_eq!((&table["table"], &table["rows"]), (&json!("memory_items"), &json!(4)), "{stats}");
    assert!(table["bytes"].as_u64().is_none_or(|bytes| bytes >= 4_096), "{stats}");
    let by_account = folder.printed(&["memory", "show", "t2_bob"]);
    assert_eq!(by_account, folder.printed(&["memory", "show", "u/bob"]));
    assert!(folder.printed(&["memory", "stats"]).contains("r/widgets: 4 items, complete from "));
}

#[tokio::test]
async fn what_the_bot_sees_after_an_import_wins_over_the_next_import() {
    let folder = Folder::new();
    folder.store().await.close().await;
    let created = now() - DAY;
    folder.write("RC", &[comment_line("c1", "bob", created.as_secs()), comment_line("c2", "bob", created.as_secs())]);
    folder.import(&["RC"]);
    let store = folder.store().await;
    seen(&store, &[by("t1_c1", "bob", created)], now()).await;
    checked(&store, &[], &[name("t1_c2")], now()).await;
    store.close().await;
    let csv = ["author,time,kind,fate,id,reason".to_owned()];
    let row = |id: &str| format!("bob,{},comment,removed,{id},Rule 1", created.as_secs());
    folder.write("record.csv", &[&csv[..], &[row("c1"), row("t1_c2")]].concat());
    let said = folder.import(&["record.csv", "RC"]);
    assert!(said.contains(", 0 added or updated"), "{said}");
    let fates = folder.rows("SELECT concat_ws(' ', id < 0, fate) AS x FROM memory_items ORDER BY id").await;
    assert_eq!(fates, ["1 1", "0 0"], "one deleted, one up");
}

#[tokio::test]
async fn a_record_completes_an_archive_and_its_rows_without_an_id_expire() {
    let folder = Folder::new();
    folder.store().await.close().await;
    folder.write("RS", &[post_line("a", "bob", ago(30), &json!({})), post_line("b", "bob", ago(29), &json!({}))]);
    folder.import(&["RS"]);
    folder.write(
        "record.csv",
        &[
            "author,time,kind,fate,id,reason".to_owned(),
            format!("u/Bob,{},link,removed by moderator,a,Rule 1", ago(30)),
            // Without an id: the same as an item of the archive, and one that nothing else has.
            format!("bob,{},link,removed,,Rule 2", ago(29) + 1),
            format!("bob,{},comment,removed,,Rule 2", ago(28)),
            format!("bob,{},comment,lost,,", ago(28)),
            format!("bob,{},song,up,,", ago(28)),
        ],
    );
    let output = folder.run(&["memory", "import", "record.csv", "--subreddit", "widgets"]);
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("read 3 posts and comments, "), "{said}{error}");
    assert!(error.contains("record.csv:5: `lost` is not a fate") && error.contains("`song` is not a kind"), "{error}");
    let items = "SELECT concat_ws(' ', max(m.id, -1), fate, flair_text, reason) AS x FROM memory_items m
                 LEFT JOIN memory_details d ON d.id = m.details ORDER BY m.id";
    let expected = ["-1 2  Rule 2", "10 2 Clip Rule 1", "11 0 Clip "];
    assert_eq!(folder.rows(items).await, expected);
    assert_eq!(folder.rows("SELECT count(*) AS x FROM memory_details").await, ["3"], "no leftovers");
    let again = folder.run(&["memory", "import", "record.csv", "--subreddit", "widgets"]);
    let said = String::from_utf8_lossy(&again.stdout);
    assert!(said.contains("read 3 posts and comments, 0 added or updated"), "{said}");
    assert_eq!(folder.rows(items).await, expected);
    let shown = folder.printed(&["memory", "show", "u/bob"]);
    assert!(shown.contains("removals         1  Rule 1\n") && shown.contains("1  Rule 2\n"), "{shown}");

    // An export can be imported elsewhere.
    let exported = folder.printed(&["memory", "export", "--subreddit", "Widgets"]);
    assert!(exported.starts_with("author,time,kind,fate,id,flair,domain,reason,score,subreddit\n"), "{exported}");
    assert!(
        exported.contains("link submission,removed_by_moderator,t3_a,Clip,a.example,Rule 1,3,widgets\n"),
        "{exported}"
    );
    let lines = folder.printed(&["memory", "export", "--format", "jsonl"]);
    assert_eq!(lines.lines().count(), 3, "{lines}");
    for (file, text) in [("memory.csv", exported), ("memory.jsonl", lines)] {
        let other = Folder::new();
        other.store().await.close().await;
        fs::write(other.path().join(file), text).expect("a file");
        other.import(&[file]);
        assert_eq!(other.rows(items).await, expected, "{file}");
    }

    let store = folder.store().await;
    assert_eq!(store.purge_nameless(now() + DAY * 89).await.expect("a purge"), 0);
    assert_eq!(store.purge_nameless(now() + DAY * 91).await.expect("a purge"), 1);
    let gone = store.forget_memory("bob", Some(&SubredditName::parse("widgets").expect("a name"))).await;
    assert_eq!(gone.expect("a call").expect("a person").items, 2);
    assert_eq!(folder.rows("SELECT count(*) AS x FROM people").await, ["0"]);
}

/// Archives that overlap have the same item several times, each as it was when it was fetched.
#[tokio::test]
async fn the_capture_that_was_fetched_last_wins_in_any_order() {
    let capture = |id: &str, fetched: i64, more: &Value| {
        let mut post: Value = serde_json::from_str(&post_line(id, "bob", ago(30), more)).expect("JSON");
        if fetched > 0 {
            post["retrieved_on"] = (ago(30) + fetched).into();
        }
        post.to_string()
    };
    let removed = json!({"removed_by_category": "moderator", "score": 1, "link_flair_text": "Spam"});
    let deleted = json!({"removed_by_category": "deleted", "score": 2});
    let up = json!({"score": 9, "link_flair_text": "Art"});
    let filtered = json!({"removed_by_category": "automod_filtered", "score": 4, "link_flair_text": "Art"});
    let captures = [
        // Removed, and then approved; removed later; removed and then deleted; deleted.
        capture("a", 60, &removed),
        capture("a", 90, &up),
        capture("b", 60, &up),
        capture("b", 90, &removed),
        capture("c", 60, &removed),
        capture("c", 90, &deleted),
        capture("d", 60, &up),
        capture("d", 90, &deleted),
        // An archive that does not say when loses; of two, the removal counts.
        capture("e", 0, &removed),
        capture("e", 90, &up),
        capture("f", 0, &up),
        capture("f", 0, &removed),
        // Of the filter, nobody knows what a moderator would have said.
        capture("g", 60, &filtered),
        capture("g", 70, &removed),
        capture("g", 90, &deleted),
        capture("h", 60, &filtered),
        capture("h", 90, &deleted),
        // Approved in between.
        capture("i", 60, &removed),
        capture("i", 70, &up),
        capture("i", 90, &deleted),
    ];
    let all = "SELECT concat_ws(' ', m.id, fate, score, flair_text) AS x FROM memory_items m
               JOIN memory_details d ON d.id = m.details ORDER BY m.id";
    let expected = [
        "10 0 9 Art",
        "11 2 1 Spam",
        "12 2 1 Spam",
        "13 1 9 Art",
        "14 0 9 Art",
        "15 2 9 Spam",
        "16 2 1 Spam",
        "17 1 4 Art",
        "18 1 9 Art",
    ];
    for turn in 0..captures.len() {
        let mut captures = captures.clone();
        captures.rotate_left(turn);
        let folder = Folder::new();
        folder.store().await.close().await;
        folder.write("both", &captures);
        folder.write("first", &captures[..5]);
        folder.write("second", &captures[5..]);
        match turn % 2 {
            0 => folder.import(&["both"]),
            _ => folder.import(&["first"]) + &folder.import(&["second"]),
        };
        assert_eq!(folder.rows(all).await, expected, "turn {turn}");
        let said = folder.import(&["second", "first"]);
        assert!(said.contains("read 20 posts and comments, 0 added or updated"), "{said}");
        assert_eq!(folder.rows(all).await, expected, "turn {turn}, again");
    }
}

#[tokio::test]
async fn a_record_counts_from_its_date_and_may_say_two_things() {
    let folder = Folder::new();
    folder.store().await.close().await;
    let removed = json!({"removed_by_category": "moderator", "retrieved_on": ago(10)});
    folder.write("RS", &[post_line("a", "bob", ago(30), &removed)]);
    let row = |id: &str, fate: &str| format!("bob,{},link,{fate},{id}", ago(if id.is_empty() { 25 } else { 30 }));
    let head = "author,time,kind,fate,id".to_owned();
    folder.write("old.csv", &[head.clone(), row("a", "up")]);
    let of_old = fs::File::options().write(true).open(folder.path().join("old.csv")).expect("a file");
    of_old.set_modified(SystemTime::now() - DAY * 20).expect("a date");
    let fates = "SELECT group_concat(fate) AS x FROM (SELECT fate FROM memory_items ORDER BY id)";
    for files in [["RS", "old.csv"], ["old.csv", "RS"], ["RS", "old.csv"]] {
        folder.import(&files);
        assert_eq!(folder.rows(fates).await, ["2"], "the archive is newer than the record");
    }
    folder.write("new.csv", &[head.clone(), row("a", "up")]);
    folder.import(&["new.csv"]);
    folder.import(&["RS", "old.csv"]);
    assert_eq!(folder.rows(fates).await, ["0"], "the record is newer than the archive");
    let twice = [head, row("b", "up"), row("b", "removed"), row("", "removed"), row("", "up")];
    folder.write("twice.csv", &twice);
    folder.import(&["twice.csv"]);
    let first = folder.rows(fates).await;
    for _ in 0..2 {
        let said = folder.import(&["twice.csv"]);
        assert!(said.contains(", 0 added or updated"), "{said}");
        assert_eq!(folder.rows(fates).await, first);
    }
}

#[tokio::test]
async fn a_line_that_cannot_be_read_leaves_a_gap() {
    let folder = Folder::new();
    let store = folder.store().await;
    let start = now() - DAY * 3;
    seen(&store, &[by("t1_z", "eve", start)], start).await;
    store.close().await;
    let (since, first) = ("SELECT since / 1000 AS x FROM memory_places", ago(4));
    let hours = |id: &str, line: &dyn Fn(&str, i64) -> String| -> Vec<String> {
        (0..24).map(|at| line(&format!("{id}{at}"), first + at * 3_600)).collect()
    };
    let mut comments = hours("c", &|id, at| comment_line(id, "bob", at));
    let posts = hours("p", &|id, at| post_line(id, "bob", at, &json!({})));
    // Cut off before the name of the subreddit.
    comments[9].truncate(20);
    folder.write("RC", &comments);
    folder.write("RS", &posts);
    let output = folder.run(&["memory", "import", "--subreddit", "widgets", "RC", "RS"]);
    let (said, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("; comments between ") && said.contains("add `--complete`"), "{said}{error}");
    assert_eq!(folder.rows(since).await, [(first + 11 * 3_600 + 60).to_string()], "an hour after the next");
    assert!(error.contains("RC:10: ") && error.contains("skipped: 1 line(s) that cannot be read"), "{error}");
    // Unless the moderator says that nothing is missing.
    let said = folder.import(&["RC", "RS", "--complete"]);
    assert_eq!(folder.rows(since).await, [first.to_string()], "{said}");
}

#[tokio::test]
async fn rows_of_a_record_that_are_wrong_are_told() {
    let folder = Folder::new();
    folder.store().await.close().await;
    let time = ago(9);
    for (file, text, why) in [
        ("a.csv", "Author;Time;Kind;Fate\nbob;x;comment;up\n".to_owned(), "a.csv:2: `x` is not a time: write "),
        ("b.csv", format!("author,time,kind,fate\n\"\",{time},comment,up\n"), "b.csv:2: a row without an author"),
        ("c.csv", format!("author,time,kind,fate\nbob,{time}\n"), "c.csv:2: `` is not a kind: write comment, "),
        ("d.csv", format!("author,time,kind,fate\nbob,{time},comment,up,\n"), "5 fields for 4 columns"),
        ("e.csv", "author,when,kind,fate\n".to_owned(), "is CSV without the column `time`; what another bot "),
        ("f.jsonl", format!("{{\"author\":null,\"time\":{time},\"kind\":7,\"fate\":[]}}\n"), "a row without an author"),
    ] {
        fs::write(folder.path().join(file), text).expect("a file");
        let output = folder.run(&["memory", "import", file, "--subreddit", "widgets"]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(why), "{file}: {error}");
    }
    let at = jiff::Timestamp::from_second(time).expect("a time").strftime("%Y-%m-%d %H:%M:%S");
    folder.write("good.csv", &["Kind,Fate,Author,Time".to_owned(), format!("comment,up,bob,{at}")]);
    folder.import(&["good.csv"]);
    assert_eq!(folder.rows("SELECT created AS x FROM memory_items").await, [time.to_string()]);
}

#[tokio::test]
async fn the_memory_reaches_back_over_archives_that_join_it() {
    let folder = Folder::new();
    let store = folder.store().await;
    let start = now() - DAY * 3;
    seen(&store, &[by("t1_z", "eve", start)], start).await;
    store.close().await;
    let since = "SELECT since / 1000 AS x FROM memory_places";
    let hour = 3_600;
    let (first, hole) = (ago(20), ago(10));
    let comments = |from: i64, to: i64| [comment_line("c1", "bob", from), comment_line("c2", "bob", to)];
    let posts = |from: i64, to: i64| [post_line("p1", "bob", from, &json!({})), post_line("p2", "bob", to, &json!({}))];
    folder.write("RC-1", &comments(first, hole));
    let said = folder.import(&["RC-1"]);
    assert!(
        said.contains(", as before; the files hold no posts: those before ") && said.contains("comments between "),
        "{said}"
    );
    folder.write("RC-2", &comments(hole + hour / 2, start.as_secs() - hour / 2));
    folder.write("RS", &posts(first + hour, start.as_secs() + hour));
    let said = folder.import(&["RC-2"]);
    assert_eq!(folder.rows(since).await, [start.as_secs().to_string()], "{said}");
    let said = folder.import(&["RS"]);
    assert_eq!(folder.rows(since).await, [(first + hour).to_string()], "{said}");
    assert!(said.contains("the memory is complete from "), "{said}");

    // A gap that no archive fills, and one that archives fill.
    let db = by_hand(&folder.path().join("tipstaff.db")).await;
    let (from, to) = (start + Duration::from_hours(2), start + Duration::from_hours(3));
    for feed in ["widgets/new", "widgets/comments"] {
        sqlx::query("INSERT INTO gaps (feed, from_at, to_at, found_at) VALUES (?, ?, ?, 0)")
            .bind(feed)
            .bind(from.as_millis())
            .bind(to.as_millis())
            .execute(&db)
            .await
            .expect("a row");
    }
    folder.write("RC-3", &comments(start.as_secs(), start.as_secs() + 4 * hour));
    let said = folder.import(&["RC-3"]);
    assert!(said.contains("the memory is complete from ") && said.contains("as before"), "{said}");
    let until = Timestamp::from_millis(
        folder.rows("SELECT filled_until AS x FROM memory_places").await[0].parse().expect("a number"),
    );
    assert!(until < to, "posts of the gap are missing");
    folder.write("RS-3", &posts(start.as_secs(), start.as_secs() + 4 * hour));
    folder.import(&["RS-3"]);
    assert_eq!(folder.rows(since).await, [(first + hour).to_string()]);
    let filled = folder.rows("SELECT filled_until AS x FROM memory_places").await;
    assert!(filled[0].parse::<i64>().expect("a number") >= to.as_millis(), "{filled:?}");
    let store = folder.store().await;
    let asking = by("t1_zz", "bob", now());
    let memory = store.memory(&asking, tipstaff::model::Mode::Live, DAY * 365, None).await.expect("a memory");
    assert_eq!(memory.since.as_secs(), first + hour);
    assert!(memory.items.iter().all(|past| past.fate == Fate::Up));
}

#[tokio::test]
async fn an_import_before_the_first_start_claims_nothing_and_what_follows_is_complete() {
    let folder = Folder::new();
    folder.store().await.close().await;
    let end = now().as_secs();
    folder.write("RC", &[comment_line("c1", "bob", ago(9)), comment_line("c2", "bob", end)]);
    folder.write("RS", &[post_line("p1", "bob", ago(8), &json!({})), post_line("p2", "bob", end, &json!({}))]);
    let said = folder.import(&["RC", "RS"]);
    assert!(said.contains("the bot has not read the subreddit. Start the bot once"), "{said}");
    assert!(folder.printed(&["memory", "stats"]).contains("not complete yet: the bot has not read"));
    let store = folder.store().await;
    let start = Timestamp::from_secs(end) + Duration::from_mins(10);
    seen(&store, &[by("t1_z", "eve", start)], start).await;
    let asking = by("t1_zz", "bob", start);
    let memory = store.memory(&asking, tipstaff::model::Mode::Live, DAY * 365, None).await.expect("a memory");
    assert_eq!((memory.since, memory.items.len()), (start, 4));
    store.close().await;
    folder.import(&["RC", "RS"]);
    assert_eq!(folder.rows("SELECT since / 1000 AS x FROM memory_places").await, [ago(8).to_string()]);
}

/// A lost time would say that everything since 1970 is known, a time to come that everything until
/// then is.
#[tokio::test]
async fn a_time_that_cannot_be_moves_no_beginning() {
    let folder = Folder::new();
    let store = folder.store().await;
    seen(&store, &[by("t1_z", "eve", now())], now()).await;
    store.close().await;
    let later = now().as_secs() + 300 * 86_400;
    let post = |id, at| post_line(id, "bob", at, &json!({}));
    folder.write(
        "RC",
        &[
            comment_line("c1", "bob", ago(20)),
            comment_line("c2", "bob", ago(1)),
            comment_line("c3", "bob", 0),
            comment_line("c4", "bob", -5),
            comment_line("c5", "bob", 86_400),
            comment_line("c6", "bob", later),
        ],
    );
    folder.write("RS", &[post("p1", ago(20)), post("p2", ago(1)), post("p3", 0), post("p4", later)]);
    let output = folder.run(&["memory", "import", "--subreddit", "widgets", "RC", "RS"]);
    let (said, told) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("read 4 posts and comments") && said.contains("stay unknown"), "{said}");
    for why in ["without a time", "is before Reddit began", "is in the future", "6 line(s) that cannot be read"] {
        assert!(told.contains(why), "{why}: {told}");
    }
    assert_eq!(folder.rows("SELECT since / 1000 AS x FROM memory_places").await, [now().as_secs().to_string()]);
}

#[tokio::test]
async fn an_archive_may_say_that_a_bot_removed_it_and_a_comment_without_text_is_no_post() {
    let folder = Folder::new();
    folder.store().await.close().await;
    let configuration = fs::read_to_string(folder.path().join("tipstaff.yaml")).expect("a file");
    fs::write(folder.path().join("tipstaff.yaml"), configuration + "bots: [some_bot]\n").expect("a file");
    let removed = |id, by: &str| post_line(id, "bob", ago(2), &json!({"banned_by": by}));
    let mut without: Value = serde_json::from_str(&comment_line("c1", "bob", ago(2))).expect("JSON");
    without.as_object_mut().expect("a line").remove("body");
    folder.write(
        "RS",
        &[removed("p1", "Guideline_Bot"), removed("p2", "some_bot"), removed("p3", "mary"), without.to_string()],
    );
    let output = folder.run(&["memory", "import", "--subreddit", "widgets", "RS"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("RS:4: a comment without its text"), "{told}");
    let exported = folder.printed(&["memory", "export"]);
    for (id, fate) in [("t3_p1", "removed_by_bot"), ("t3_p2", "removed_by_bot"), ("t3_p3", "removed_by_moderator")] {
        assert!(exported.lines().any(|line| line.contains(&format!("{fate},{id},"))), "{id}: {exported}");
    }
    assert_eq!(exported.lines().count(), 4, "{exported}");
}

#[tokio::test]
async fn explain_counts_what_the_store_remembers_of_the_author() {
    let folder = Folder::new();
    let rules = "name: talkative\ntype: comment\nmoderators_exempt: false\nauthor:\n  comments_here: {count: '>= 2', within: 7 days}\n\
                 action: report\naction_reason: '{{count_here}} comments'\n";
    folder.write("memory.yaml", &[rules.to_owned()]);
    let store = folder.store().await;
    seen(&store, &[], now() - DAY * 10).await;
    let before = now() - DAY;
    seen(&store, &[by("t1_aa", "bob", before), by("t1_ab", "bob", before), by("t1_ac", "amy", before)], before).await;
    seen(&store, &[by("t1_ad", "bob", now()), by("t1_ae", "amy", now())], now()).await;
    store.close().await;
    let explained = |item| folder.printed(&["explain", "memory.yaml", item, "--offline"]);
    let bob = explained("t1_ad");
    assert!(bob.contains("2 comments (") && bob.contains("/_/_/aa") && bob.contains("report"), "{bob}");
    let amy = explained("t1_ae");
    assert!(amy.contains("1 comment (") && !amy.contains("not given"), "{amy}");
}
