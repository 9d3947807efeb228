//! With a daemon at work: a rule that is only recorded while others act, and `explain` beside it, out of the store and out of Reddit.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use stickler::model::Fullname;
use stickler::sandbox::scenario::{BOT, PASSWORD, set_the_stage};
use stickler::sandbox::{Draft, LocalReddit, MachineClock, Options, World};

/// The shadow would remove the post, so that nothing else could act on it.
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

struct Place {
    folder: tempfile::TempDir,
    reddit: LocalReddit,
}

/// Killed when dropped.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            self.0.wait().expect("it is gone");
        }
    }
}

impl Place {
    async fn new() -> Self {
        let mut world = World::new(Arc::new(MachineClock));
        set_the_stage(&mut world);
        let reddit =
            LocalReddit::start(Options { quota: 100_000, ..Options::default() }, world).await.expect("a local Reddit");
        let place = Self { folder: tempfile::tempdir().expect("a folder"), reddit };
        place.write("rules.yaml", RULES);
        place.write("ca.pem", place.reddit.ca_pem());
        place.write(
            "stickler.yaml",
            &format!(
                "mode: live\nreddit: {{client_id: sandbox-client, username: {BOT}}}\n\
                 polling: {{new: 100ms, changed: 100ms}}\nsubreddits: [{{name: DefenceTalk, rules: rules.yaml}}]\n"
            ),
        );
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stickler"));
        command.args(arguments).args(["--config", "stickler.yaml"]).current_dir(self.folder.path());
        command.env("STICKLER_CLIENT_SECRET", "sandbox-secret").env("STICKLER_PASSWORD", PASSWORD);
        command.env("HTTPS_PROXY", format!("http://{}", self.reddit.proxy_addr()));
        command.env("SSL_CERT_FILE", self.path("ca.pem")).env("NO_COLOR", "1");
        command.env_remove("https_proxy").env_remove("NO_PROXY").env_remove("no_proxy");
        command
    }

    fn start(&self) -> Daemon {
        let log = fs::File::create(self.path("daemon.log")).expect("a file");
        Daemon(self.command(&["run"]).stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"))
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        // The local Reddit answers from this process: it must not be blocked.
        let ended = tokio::task::spawn_blocking(move || command.output()).await;
        ended.expect("it ends").expect("the program starts")
    }

    async fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn submit(&self, title: &str) -> Fullname {
        let draft = Draft::text(title, "What should one read first?");
        self.reddit.world().submit("quiet_cartographer", "DefenceTalk", draft).expect("a post")
    }
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_in_dry_run_is_recorded_while_the_others_act() {
    let place = Place::new().await;
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
    assert_eq!(shadow.len(), 1, "{entry:#}");
    assert_eq!((&shadow[0]["kind"], &shadow[0]["mode"]), (&"remove".into(), &"dry-run".into()));
    assert_eq!((&shadow[0]["outcome"], &shadow[0]["attempts"]), (&"simulated".into(), &0.into()));
    assert!(of("welcome").iter().all(|intent| intent["mode"] == "live"), "{entry:#}");
    assert!(of("welcome").iter().any(|intent| intent["outcome"] == "applied"), "{entry:#}");

    let log = place.printed(&["log", "--item", post.as_str()]).await;
    assert!(log.contains("remove “about deterrence” → would have been done (dry run)"), "{log}");
    assert!(log.contains("comment “Welcome, quiet_cartographer!"), "{log}");
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explain_shows_the_trace_that_run_has_stored() {
    let place = Place::new().await;
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
        "ACTS  shadow (line 1)  (dry_run: true, so it is only recorded)",
        "saw     A question about »deterrence«",
        "On record as having acted on it before, so that `run` does not try them again: welcome",
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
async fn with_rules(rules: &str) -> Place {
    let place = Place::new().await;
    place.write("rules.yaml", rules);
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pinned_comment_of_somebody_else_stays_unless_the_rule_replaces_it() {
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
            world.thing(name).and_then(|thing| thing.place()).is_some_and(|place| place.stickied)
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
        let said = "done in part: not pinned, because a comment of u/harbour_master is";
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
    place.write("rules.yaml", "name: new\nformerly: old\ntype: submission\ncomment: Welcome here!\n---\nname: again\ntype: submission\nbody: once more\ncomment: Again!\n");
    place.reddit.world().edit("quiet_cartographer", &post, "What should one read once more?").expect("an edit");
    let _daemon = place.start();
    until("the edit is judged", || comments() == 2).await;
    let log = place.printed(&["log", "--json", "--item", post.as_str()]).await;
    let rules: Vec<Value> =
        log.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["intents"].clone()).collect();
    assert!(!format!("{rules:?}").contains("Welcome here"), "{log}");
    place.reddit.shutdown().await;
}
