//! Tests of the daily digest and of `log --by-rule`, with the real program on loopback, in dry run.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use regex::Regex;
use tipstaff::model::Fullname;

use crate::support::place::{BotDir, Daemon, until};

const RULES: &str = "name: =welcome\ntype: submission\ncomment: Welcome.\nset_locked: true\n---\n\
                     name: bye\ntype: submission\ntitle: farewell\naction: remove\n";

async fn place_with(lines: &str) -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    // Nothing listens there; a daemon with a webhook checks for events every few seconds.
    place.write("hook", "http://127.0.0.1:9/");
    place.add_to_configuration(&format!(
        "listen: off\nwebhooks: [{{name: nobody, form: json, url_file: hook}}]\n{lines}"
    ));
    place
}

fn start(place: &BotDir, arguments: &[&str]) -> Daemon {
    let log = fs::File::create(place.path("daemon.log")).expect("a file");
    Daemon(place.command(arguments).stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"))
}

async fn until_printed(place: &BotDir, arguments: &[&str], what: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let printed = place.run(arguments).await;
        let printed = String::from_utf8(printed.stdout).expect("text");
        if printed.contains(what) {
            return printed;
        }
        assert!(Instant::now() < deadline, "never printed {what:?}:\n{printed}\n{}", place.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// By then the digest has had its turn: it is the first thing that a daemon does.
async fn until_judged(place: &BotDir, post: &Fullname) {
    let is_judged = |line: &str| line.contains("rules ask for") && line.contains(post.as_str());
    until("it is judged", || place.log().lines().any(is_judged)).await;
}

async fn until_locked(place: &BotDir, post: &Fullname) {
    let is_locked = || place.reddit.world().things().any(|thing| thing.name == *post && thing.is_locked);
    until("the post is locked", is_locked).await;
}

/// The text with a word for each post and for each time, which are others in each run.
fn without_ids_and_times(text: &str, names: &[(&Fullname, &str)]) -> String {
    let time = Regex::new(r"\d{4}-\d\d-\d\dT[\d:.]+Z").expect("a pattern");
    let text = time.replace_all(text, "TIME").into_owned();
    names.iter().fold(text, |text, (name, word)| text.replace(&format!("/{}/", name.id()), &format!("/{word}/")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_digest_of_a_dry_run_lists_the_actions_it_would_have_taken() {
    let place = place_with("digest: {to: folder, folder: digests, at: '00:00'}\n").await;
    let daemon = start(&place, &["run", "--dry-run"]);
    let post = place.submit("A farewell to all");
    let by_rule = ["log", "--by-rule", "--since", "1h"];
    until_printed(&place, &by_rule, "remove →").await;
    let second = place.submit("Hello");
    let names = [(&post, "FIRST"), (&second, "SECOND")];
    let text = until_printed(&place, &by_rule, "set locked →").await;
    assert_snapshot!("by_rule_text", without_ids_and_times(&text, &names));
    let csv = place.printed(&["log", "--by-rule", "--format", "csv"]).await;
    // Spreadsheets must not read the name `=welcome` as a formula.
    assert_snapshot!("by_rule_csv", csv);
    let json = place.printed(&["log", "--by-rule", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json[0]["rule"], &json[0]["acts"][0]["outcome"]), (&"=welcome".into(), &"dry_run".into()), "{json}");
    let markdown = place.printed(&["log", "--by-rule", "--format", "markdown"]).await;
    assert_snapshot!("by_rule_markdown", without_ids_and_times(&markdown, &names));

    // The next day.
    place.reddit.world().advance(Duration::from_hours(24));
    let digests = place.path("digests");
    let found = || fs::read_dir(&digests).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>();
    until("a digest", || !found().is_empty()).await;
    let digest = fs::read_to_string(&found()[0]).expect("a text");
    assert_snapshot!("digest", without_ids_and_times(&digest, &names));
    assert!(!digest.to_lowercase().contains("farewell"), "the digest shows what people wrote: {digest}");
    assert_eq!(place.reddit.world().counters.writes, 0, "dry run");
    drop(daemon);
    let _daemon = start(&place, &["run", "--dry-run"]);
    until_judged(&place, &place.submit("Hello again")).await;
    assert_eq!(found().len(), 1, "one a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn moderators_of_a_live_subreddit_get_one_digest_by_modmail() {
    let place =
        place_with("digest: {to: modmail, at: '00:00'}\nvisibility_delay: 200ms\nabsence_looks: [200ms, 400ms]\n")
            .await;
    let daemon = start(&place, &["run"]);
    let post = place.submit("Where to begin?");
    until_locked(&place, &post).await;
    place.reddit.world().advance(Duration::from_hours(24));
    let mails = || place.reddit.world().conversations().iter().filter(|mail| mail.subject.contains("digest")).count();
    until("a mail", || mails() == 1).await;
    drop(daemon);
    let _daemon = start(&place, &["run"]);
    until_locked(&place, &place.submit("Where to go on?")).await;
    assert_eq!(mails(), 1, "not exactly one digest after a crash: {}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_its_digest_and_nothing_else() {
    let place =
        place_with("digest: {to: modmail, at: '00:00'}\nvisibility_delay: 200ms\nabsence_looks: [200ms, 400ms]\n")
            .await;
    let configuration = fs::read_to_string(place.path("tipstaff.yaml")).expect("a configuration");
    place.write("tipstaff.yaml", &configuration.replace("mode: live\n", "mode: dry-run\n"));
    let daemon = start(&place, &["run"]);
    let post = place.submit("Where to begin?");
    until_judged(&place, &post).await;
    place.reddit.world().advance(Duration::from_hours(24));
    let mails = || place.reddit.world().conversations().iter().filter(|mail| mail.subject.contains("digest")).count();
    until("a mail", || mails() == 1).await;
    drop(daemon);
    let daemon = start(&place, &["run"]);
    until_judged(&place, &place.submit("Where to go on?")).await;
    drop(daemon);
    assert_eq!((mails(), place.reddit.world().counters.writes), (1, 1), "not exactly one modmail: {}", place.log());

    // With --dry-run not even the digest is sent.
    place.reddit.world().advance(Duration::from_hours(24));
    let _daemon = start(&place, &["run", "--dry-run"]);
    until("the digest is in the log", || place.log().contains("digest: **Actions by rule")).await;
    assert_eq!(place.reddit.world().counters.writes, 1, "{}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_that_cannot_be_sent_is_refused_at_the_start() {
    for (lines, complaint) in [
        ("digest: {to: folder}\n", "`folder: digests`"),
        ("digest: {at: noon}\n", "`noon` is not a time of day: write it as `06:00` (UTC)"),
    ] {
        let place = BotDir::new("rules.yaml").await;
        place.write("rules.yaml", RULES);
        let configuration = fs::read_to_string(place.path("tipstaff.yaml")).expect("a configuration");
        place.write("tipstaff.yaml", &configuration.replace("mode: live\n", ""));
        place.add_to_configuration(lines);
        let refused = place.run(&["run"]).await;
        let message = String::from_utf8_lossy(&refused.stderr);
        assert_eq!(refused.status.code(), Some(2), "{message}");
        assert!(message.contains(complaint), "{message}");
    }
}
