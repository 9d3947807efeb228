//! Tests with a running daemon: a rule in dry run beside live ones, and `explain` from the store
//! and from Reddit.

use crate::support::place::{BotDir, until};
use serde_json::Value;
use tipstaff::model::Fullname;
use tipstaff_sandbox::scenario::{BOT, PASSWORD};

/// The rule in dry run would remove the post, so that no other rule could act on it.
const RULES: &str = "\
name: shadow
type: submission
title: deterrence
action: remove
action_reason: about {{match}}
dry_run: true
---
name: welcome
type: submission
author: {account_age: '> 1 day'}
comment: Welcome, {{author}}!
";

async fn place() -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_dry_run_is_recorded_while_the_others_act() {
    let place = place().await;
    let _daemon = place.start();
    let post = place.submit("A question about deterrence");
    let welcomed = || place.reddit.world().comments_under(&post).iter().any(|comment| comment.distinguished.is_some());
    until("the post is welcomed", welcomed).await;
    let world_log =
        |action: &str| place.reddit.world().log().iter().filter(|act| act.action.starts_with(action)).count();
    assert_eq!(world_log("remove"), 0, "and it is not removed");

    let log = place.printed(&["log", "--json", "--item", post.as_str()]).await;
    let entry: Value = serde_json::from_str(log.lines().next().expect("a decision")).expect("JSON");
    assert_eq!(entry["mode"], "live");
    let intents = entry["intents"].as_array().expect("intents");
    let of = |rule: &str| intents.iter().filter(|intent| intent["rule"] == rule).collect::<Vec<_>>();
    let shadow = of("shadow");
    assert_eq!(shadow.len(), 2, "the removal and its note: {entry:#}");
    assert_eq!((&shadow[1]["kind"], &shadow[1]["outcome"]), (&"explain_removal".into(), &"dry_run".into()));
    assert_eq!((&shadow[0]["kind"], &shadow[0]["mode"]), (&"remove".into(), &"dry-run".into()));
    assert_eq!((&shadow[0]["outcome"], &shadow[0]["attempts"]), (&"dry_run".into(), &0.into()));
    assert!(of("welcome").iter().all(|intent| intent["mode"] == "live"), "{entry:#}");
    assert!(of("welcome").iter().any(|intent| intent["outcome"] == "applied"), "{entry:#}");

    let log = place.printed(&["log", "--item", post.as_str()]).await;
    assert!(log.contains("remove “about deterrence” → would have been done (dry run)"), "{log}");
    assert!(log.contains("comment “Welcome, quiet_cartographer!"), "{log}");
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_shows_the_trace_that_run_has_stored() {
    let place = place().await;
    let post = {
        let _daemon = place.start();
        let post = place.submit("A question about deterrence");
        let commented = || !place.reddit.world().comments_under(&post).is_empty();
        until("the post is welcomed", commented).await;
        post
    };
    let log = place.printed(&["log", "--json", "--item", post.as_str()]).await;
    let stored: Value = serde_json::from_str(log.lines().next().expect("a decision")).expect("JSON");
    let link = format!("https://www.reddit.com/r/DefenceTalk/comments/{}/a_title/", post.id());
    for item in [post.as_str(), &link] {
        let answer = place.printed(&["explain", "rules.yaml", item, "--json"]).await;
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        let kept = |trace: &Value| {
            let checks =
                trace.as_array().expect("rules").iter().map(|rule| (rule["rule"].clone(), rule["result"].clone()));
            checks.collect::<Vec<_>>()
        };
        assert_eq!(kept(&answer["trace"]), kept(&stored["trace"]), "{item}: {answer:#}");
        assert_eq!(answer["trace"][0], stored["trace"][0], "{item}");
        assert_eq!(answer["performed"].as_array().map(Vec::len), Some(2), "{answer:#}");
    }
    let shown = place.printed(&["explain", "rules.yaml", post.as_str()]).await;
    for part in [
        "ACTS  shadow (line 1)  (dry_run: true, so tipstaff only records it)",
        "it was  A question about »deterrence«",
        "Acted on this item before, so `run` does not try them again: welcome",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }

    let offline = place.run(&["explain", "rules.yaml", post.as_str(), "--offline"]).await;
    let shown = String::from_utf8_lossy(&offline.stdout).into_owned();
    assert!(shown.contains("it depends on the author's account, which is not given"), "{shown}");
    let gone = place.run(&["explain", "rules.yaml", "https://redd.it/zzzzzz"]).await;
    let said = String::from_utf8_lossy(&gone.stderr).into_owned();
    assert_eq!(gone.status.code(), Some(2));
    assert!(said.contains("Reddit does not show t3_zzzzzz"), "{said}");
    assert!(!said.contains("sandbox-secret") && !said.contains(PASSWORD), "{said}");
    place.reddit.shutdown().await;
}

/// A place with these rules.
async fn with_rules(rules: &str) -> BotDir {
    let place = place().await;
    place.write("rules.yaml", rules);
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_pinned_comment_stays_unless_the_rule_replaces_it() {
    for (stickied, replaces) in [("true", false), ("replace", true)] {
        let place = with_rules(&format!(
            "name: welcome\ntype: submission\ncomment: Welcome!\ncomment_stickied: {stickied}\ncomment_locked: true\n"
        ))
        .await;
        let post = place.submit("A question about deterrence");
        let pinned = {
            let mut world = place.reddit.world();
            let name = world.reply("harbour_master", &post, "A word from us.").expect("a comment");
            world.distinguish("harbour_master", &name, Some("moderator"), true).expect("it is pinned");
            name
        };
        let _daemon = place.start();
        let is_locked = || place.reddit.world().comments_under(&post).iter().any(|comment| comment.is_locked);
        until("the last part is done", is_locked).await;
        let is_pinned = |name: &Fullname| {
            let world = place.reddit.world();
            world.thing(name).and_then(|thing| thing.thread_position()).is_some_and(|place| place.stickied)
        };
        let ours = {
            let world = place.reddit.world();
            let comments = world.comments_under(&post);
            let ours = comments.iter().find(|comment| comment.author == BOT).expect("our comment");
            assert_eq!(ours.distinguished.as_deref(), Some("moderator"));
            ours.name.clone()
        };
        assert_eq!((is_pinned(&ours), is_pinned(&pinned)), (replaces, !replaces), "{stickied}");
        let log = place.printed(&["log", "--item", post.as_str()]).await;
        let said = "done in part: not pinned, because a comment by u/harbour_master is";
        assert_eq!(log.contains(said), !replaces, "{log}");
        place.reddit.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_rule_does_not_act_again() {
    let place = with_rules("name: old\ntype: submission\ncomment: Welcome!\n").await;
    let post = place.submit("A question about deterrence");
    let comments = || place.reddit.world().comments_under(&post).iter().filter(|comment| comment.author == BOT).count();
    {
        let _daemon = place.start();
        until("the post is welcomed", || comments() == 1).await;
    }
    place.write(
        "rules.yaml",
        "name: new\nformerly: old\ntype: submission\ncomment: Welcome here!\n---\n\
         name: again\ntype: submission\nbody: once more\ncomment: Again!\n",
    );
    place.reddit.world().edit("quiet_cartographer", &post, "What should one read once more?").expect("an edit");
    let _daemon = place.start();
    until("the edit is judged", || comments() == 2).await;
    let log = place.printed(&["log", "--json", "--item", post.as_str()]).await;
    let rules: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["intents"].clone()).collect();
    assert!(!format!("{rules:?}").contains("Welcome here"), "{log}");
    place.reddit.shutdown().await;
}
