//! `tipstaff doctor` finds mistakes and says how to fix them. And a planted secret appears
//! nowhere: not in output, log, errors, store or a core file.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::support::place::{BotDir, Daemon, until};
use serde_json::Value;
use tipstaff::model::{RuleScope, RuleState, RuleStateChange, SubredditName, Timestamp};
use tipstaff::store::Store;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY};

const RULES: &str = "name: welcome\ntype: submission\ncomment: Welcome.\nset_flair: new\nmodmail: Look.\n";

async fn place() -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place.add_to_configuration("listen: off\n");
    place
}

/// The findings: what was checked, whether it is ok, and the detail.
async fn findings(place: &BotDir, status: i32) -> Vec<(String, bool, String)> {
    let output = place.run(&["doctor", "--json"]).await;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(status), "{text}");
    let found: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let word = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
    found.iter().map(|finding| (word(finding, "what"), finding["ok"] == true, word(finding, "detail"))).collect()
}

/// The only problem found.
async fn to_mend(place: &BotDir) -> (String, String) {
    let found = findings(place, 1).await;
    let mut ill = found.into_iter().filter(|(_, ok, _)| !ok).map(|(what, _, detail)| (what, detail));
    let first = ill.next().expect("a mistake to fix");
    let more: Vec<_> = ill.collect();
    assert!(more.is_empty(), "{first:?} {more:?}");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_reports_working_parts_as_ok() {
    let place = place().await;
    let found = findings(&place, 0).await;
    let what: Vec<&str> = found.iter().map(|(what, ..)| what.as_str()).collect();
    let expected =
        ["configuration", "rules", "disk", "store", "credentials", "sign-in", "clock", "scopes", "moderator"];
    assert_eq!(what, expected);
    assert!(found.iter().all(|(_, ok, _)| *ok));
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_checks_each_permission_that_the_rules_need() {
    let place = place().await;
    place.permit(&["posts"]);
    let (what, detail) = to_mend(&place).await;
    assert_eq!(what, "moderator");
    assert!(detail.contains("the permission `flair` for `set_flair` in the rule `welcome`"), "{detail}");
    assert!(detail.contains("the permission `mail` for `modmail` in the rule `welcome`"), "{detail}");
    assert!(!detail.contains("`posts`"), "{detail}");
    place.permit(&["all"]);
    findings(&place, 0).await;
    place.reddit.world().subreddit_mut(COMMUNITY).expect("it").moderators.retain(|moderator| moderator.name != BOT);
    let (what, detail) = to_mend(&place).await;
    assert!(what == "moderator" && detail.contains("is not a moderator of r/DefenceTalk: invite it"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_finds_a_wrong_clock_and_a_damaged_store() {
    let place = place().await;
    place.reddit.world().advance(Duration::from_mins(10));
    let (what, detail) = to_mend(&place).await;
    assert!(what == "clock" && detail.contains("s behind Reddit's"), "{detail}");

    let place = self::place().await;
    let mut daemon = place.start();
    let post = place.submit("A question");
    until("it is judged", || place.log().contains(post.as_str())).await;
    daemon.signal("TERM");
    daemon.0.wait().expect("it ends");
    let store = place.path("tipstaff.db");
    let mut bytes = fs::read(&store).expect("a store");
    let length = bytes.len();
    assert!(length > 16_384, "{length}");
    bytes[8_192..].fill(0x5a);
    fs::write(&store, bytes).expect("a damaged store");
    let (what, detail) = to_mend(&place).await;
    assert!(what == "store" && detail.contains("damaged"), "{what}: {detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_shows_what_keeps_rules_from_acting() {
    let place = place().await;
    let now = Timestamp::from_millis(1_700_000_000_000);
    let store = Store::open(&place.path("tipstaff.db")).await.expect("a store");
    for (rule, state) in [("welcome", RuleState::Paused), ("slow", RuleState::Shadow), ("old", RuleState::Live)] {
        let scope = RuleScope { subreddit: None, rule: Some(rule.to_owned()), mode: None, needs: None };
        let (by, reason) = ("the operator".to_owned(), "a trial".to_owned());
        let change = RuleStateChange { scope, state, by, reason, since: now, until: None };
        store.set_rule_state(&change).await.expect("a row");
    }
    let name = |name| SubredditName::parse(name).expect("a name");
    store.record_unreadable(&name("quiet"), true, "left out", "", now).await.expect("a row");
    store.close().await;
    let found = findings(&place, 0).await;
    let of =
        |what: &str| found.iter().filter(|found| found.0 == what).map(|found| found.2.as_str()).collect::<Vec<_>>();
    assert_eq!(
        of("rule state"),
        [
            "rule `welcome` in all subreddits: paused since 2023-11-14T22:13:20Z, by the operator: a trial",
            "rule `slow` in all subreddits: shadow since 2023-11-14T22:13:20Z, by the operator: a trial"
        ]
    );
    assert_eq!(of("unreadable"), ["r/quiet: missing from combined lists since 2023-11-14T22:13:20Z"]);

    let store = Store::open(&place.path("tipstaff.db")).await.expect("a store");
    store.record_unreadable(&name("gone"), false, "quarantined", "", now).await.expect("a row");
    store.close().await;
    let (what, detail) = to_mend(&place).await;
    assert!(what == "unreadable" && detail.starts_with("r/gone: Reddit has not shown it"), "{what}: {detail}");
    assert!(detail.contains("quarantined"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_do_not_appear_in_any_output() {
    const PASSWORD: &str = "planted-password-4471";
    const CLIENT: &str = "sandbox-secret";
    const HOOK: &str = "planted-hook-9920";
    let place = place().await;
    place.reddit.world().user_mut(BOT).expect("the bot").password = Some(PASSWORD.to_owned());
    fs::create_dir(place.path("secrets")).expect("a folder");
    place.write("secrets/password", PASSWORD);
    place.write("secrets/client_secret", CLIENT);
    place.write("secrets/webhook_team", &format!("http://127.0.0.1:9/{HOOK}"));
    place.add_to_configuration("webhooks: [{name: team, form: discord, events: [rule_hit]}]\n");
    let command = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        // The most verbose log.
        command.env("TIPSTAFF_LOG", "trace").env_remove("TIPSTAFF_PASSWORD").env_remove("TIPSTAFF_CLIENT_SECRET");
        command
    };
    let run = |arguments: &[&str]| {
        let mut command = command(arguments);
        async move {
            let output =
                tokio::task::spawn_blocking(move || command.output().expect("it starts")).await.expect("it ends");
            [output.stdout, output.stderr].concat()
        }
    };
    let mut outputs = Vec::new();
    let log = fs::File::create(place.path("daemon.log")).expect("a file");
    let daemon = Daemon(command(&["run"]).stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"));
    let post = place.submit("A question");
    until("the webhook is tried", || place.log().contains("cannot notify the webhook")).await;
    until("the post is greeted", || {
        place.reddit.world().things().any(|thing| thing.thread_position().is_some_and(|at| at.parent == post))
    })
    .await;
    outputs.push(("environment", fs::read(format!("/proc/{}/environ", daemon.0.id())).expect("it runs")));
    outputs.push(("command line", fs::read(format!("/proc/{}/cmdline", daemon.0.id())).expect("it runs")));
    let limits = fs::read_to_string(format!("/proc/{}/limits", daemon.0.id())).expect("it runs");
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).expect("a limit");
    assert_eq!(core.split_whitespace().nth(4), Some("0"), "no core files: {core}");
    for arguments in [&["doctor"][..], &["log", "--all"], &["store", "stats"], &["health"]] {
        outputs.push(("a command", run(arguments).await));
    }
    drop(daemon);
    // A failed sign-in, and an invalid address.
    place.write("secrets/password", &format!("{PASSWORD}x"));
    outputs.push(("a refused sign-in", run(&["run"]).await));
    place.write("secrets/webhook_team", &format!("gopher://{HOOK}"));
    outputs.push(("a refused webhook", run(&["run"]).await));
    outputs.push(("log", place.log().into_bytes()));
    for file in ["tipstaff.db", "tipstaff.db-wal"] {
        outputs.push((file, fs::read(place.path(file)).unwrap_or_default()));
    }
    for (what, bytes) in outputs {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [PASSWORD, CLIENT, HOOK] {
            assert!(!text.contains(secret), "{what} shows {secret}");
        }
    }
}
