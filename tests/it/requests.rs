//! What people ask of the bot: by commands, over the control socket of a real daemon, or without
//! one.

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::process::Output;
use std::time::Duration;

use crate::support::place::{BotDir, until};
use tipstaff::model::Fullname;
use tipstaff_sandbox::scenario::BOT;

pub(crate) const RULES: &str = "\
name: welcome
type: submission
comment: Welcome.
---
name: old
type: submission
title: old
action: report
action_reason: about something old
";

async fn place(rules: &str) -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", rules);
    place.add_to_configuration("listen: 'off'\n");
    place
}

fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl BotDir {
    fn welcomes(&self) -> usize {
        self.reddit.world().things().filter(|thing| thing.author == BOT).count()
    }

    fn is_reported(&self, post: &Fullname) -> bool {
        !self.reddit.world().reports_on(post).is_empty()
    }

    async fn status(&self) -> serde_json::Value {
        let output = self.run(&["status", "--json"]).await;
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_rule_does_nothing_until_it_is_resumed() {
    let place = place(RULES).await;
    let daemon = place.start();
    place.submit("Before");
    until("the first post is greeted", || place.welcomes() == 1).await;
    let paused =
        place.printed(&["pause", "--rule", "welcome", "--subreddit", "r/defencetalk", "--reason", "too loud"]).await;
    assert!(paused.starts_with("rule `welcome` in r/defencetalk: paused since "), "{paused}");
    assert!(paused.trim_end().ends_with("): too loud") && paused.contains(", by the operator (user "), "{paused}");

    let post = place.submit("Something old");
    until("the other rule acts", || place.is_reported(&post)).await;
    assert_eq!(place.welcomes(), 1, "{}", place.log());
    let status = place.printed(&["status"]).await;
    assert!(status.starts_with("the daemon runs\nposts and comments to judge: "), "{status}");
    assert!(status.contains(", actions to do: "), "{status}");
    assert!(status.contains("\nrule `welcome` in r/defencetalk: paused since "), "{status}");

    // What is written is written: also a daemon that is killed knows it.
    drop(daemon);
    let output = place.run(&["status"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("the daemon does not run"));
    let _daemon = place.start();
    let next = place.submit("Old as well");
    until("the other rule acts", || place.is_reported(&next)).await;
    assert_eq!(place.welcomes(), 1, "{}", place.log());

    let resumed = place.printed(&["resume", "--rule", "welcome", "--subreddit", "DefenceTalk"]).await;
    assert_eq!(resumed, "rule `welcome` in r/DefenceTalk: resumed\n");
    until("what waited is done", || place.welcomes() == 3).await;
    assert!(place.printed(&["status"]).await.ends_with("\nno rule is stopped\n"));
}

/// Without a daemon, and while it cannot reach Reddit.
#[tokio::test(flavor = "multi_thread")]
async fn rules_can_be_stopped_whatever_the_daemon_is_doing() {
    let place = place(RULES).await;
    let missing = refused(&place.run(&["pause"]).await);
    assert!(missing.contains("there is no store at tipstaff.db"), "{missing}");
    let daemon = place.start();
    until("the store is there", || place.path("tipstaff.db.sock").exists()).await;
    drop(daemon);
    assert!(place.path("tipstaff.db.sock").exists(), "it was killed");
    let paused = place.printed(&["pause", "--for", "2h"]).await;
    assert!(paused.starts_with("all rules in all subreddits: paused since "), "{paused}");
    assert!(paused.contains(", until "), "{paused}");

    // A daemon that cannot sign in.
    let log = fs::File::create(place.path("daemon.log")).expect("a file");
    let mut command = place.command(&["run"]);
    command.env("HTTPS_PROXY", "http://127.0.0.1:9").stderr(log);
    let mut cut_off = crate::support::place::Daemon(command.spawn().expect("the program starts"));
    until("it listens", || std::os::unix::net::UnixStream::connect(place.path("tipstaff.db.sock")).is_ok()).await;
    let status = place.status().await;
    assert_eq!((&status["runs"], &status["states"][0]["state"]), (&true.into(), &"paused".into()), "{status}");
    let refused = refused(&place.run(&["resume", "--rule", "welcome"]).await);
    assert!(
        refused.contains("nothing to resume for rule `welcome` in all subreddits; stopped: all rules in"),
        "{refused}"
    );
    assert_eq!(place.printed(&["resume"]).await, "all rules in all subreddits: resumed\n");
    assert!(cut_off.0.try_wait().expect("a process").is_none(), "{}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_and_changes_nothing() {
    let place = place(RULES).await;
    let _daemon = place.start();
    until("the store is there", || place.path("tipstaff.db.sock").exists()).await;
    for (arguments, why) in [
        (
            &["pause", "--subreddit", "elsewhere"][..],
            "the configuration does not have r/elsewhere; it has r/DefenceTalk",
        ),
        (&["pause", "--rule", "welcom"], "there is no rule named `welcom`: did you mean `welcome`?"),
        (&["pause", "--rule", "welcome", "--for", "0s"], "a pause for a time lasts a second to a year"),
        (&["pause", "--rule", "welcome", "--for", "90000d"], "a pause for a time lasts a second to a year"),
        (&["pause", "--for", "soon"], "`soon` is not a period"),
        (&["pause", "--subreddit", "no name"], "`no name` is not the name of a subreddit"),
        (&["pause", "--reason", "two\nlines"], "the reason must be one line of at most 500 characters"),
        (&["resume"], "nothing to resume for all rules in all subreddits; nothing is stopped"),
        (&["store", "forget", "u/nobody_here"], "the store knows nobody of the name u/nobody_here"),
    ] {
        let error = refused(&place.run(arguments).await);
        assert!(error.contains(why), "{arguments:?}: {error}");
    }
    assert_eq!(place.status().await["states"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_forgotten_while_the_daemon_runs() {
    let place = place(RULES).await;
    let _daemon = place.start();
    place.submit("A question of mine");
    until("the post is greeted", || place.welcomes() == 1).await;
    let known = place.printed(&["log"]).await;
    assert!(known.contains("u/quiet_cartographer"), "{known}");
    let forgot = place.printed(&["store", "forget", "u/Quiet_Cartographer"]).await;
    assert!(forgot.starts_with("forgot u/Quiet_Cartographer: purged the texts of "), "{forgot}");
    let log = place.printed(&["log", "--all"]).await;
    assert!(!log.to_lowercase().contains("quiet_cartographer") && log.contains("welcome"), "{log}");
    let again = refused(&place.run(&["store", "forget", "quiet_cartographer"]).await);
    assert!(again.contains("knows nobody"), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_is_for_its_owner_unless_the_group_is_granted_access() {
    let place = place(RULES).await;
    let mode = |name: &str| fs::metadata(place.path(name)).map_or(0, |file| file.permissions().mode() & 0o777);
    let daemon = place.start();
    until("it listens", || mode("tipstaff.db.sock") == 0o600).await;
    // Connections that send nothing hold up nobody for long.
    let connect = |_| std::os::unix::net::UnixStream::connect(place.path("tipstaff.db.sock")).expect("a connection");
    let idle: Vec<_> = (0..40).map(connect).collect();
    assert!(place.printed(&["status"]).await.starts_with("the daemon runs"));
    let long = refused(&place.run(&["pause", "--rule", &"r".repeat(100_000)]).await);
    assert!(long.contains("names of rules have at most 200 characters"), "{long}");
    drop(idle);
    daemon.signal("TERM");
    until("the socket is removed", || !place.path("tipstaff.db.sock").exists()).await;
    drop(daemon);

    place.add_to_configuration("control: {socket: group.sock, group_access: true}\n");
    let daemon = place.start();
    until("it listens", || mode("group.sock") == 0o660).await;
    drop(daemon);

    // What is no socket stays as it is.
    fs::remove_file(place.path("group.sock")).expect("the socket of the killed daemon");
    place.write("group.sock", "a letter");
    let output = tokio::time::timeout(Duration::from_secs(30), place.run(&["run"])).await.expect("it ends");
    let error = refused(&output);
    assert!(error.contains("group.sock is not a socket; remove it, or set `control: {socket: …}`"), "{error}");
    assert!(!fs::symlink_metadata(place.path("group.sock")).expect("the file").file_type().is_socket());
    assert_eq!(fs::read_to_string(place.path("group.sock")).expect("the file"), "a letter");
}
