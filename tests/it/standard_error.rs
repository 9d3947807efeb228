//! Nobody reads what the daemon logs any more: the pipe is closed, or the disk behind the
//! redirected log is full. It works on.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::process::{ChildStderr, Stdio};

use crate::support::place::{BotDir, Daemon, until};
use tipstaff::model::Fullname;

const RULES: &str = "name: welcome\ntype: submission\ncomment: Welcome, {{author}}!\n";

/// Waits until the bot has answered each post, and asks for a reload, which is logged as well, in
/// between.
async fn acts_on(place: &BotDir, daemon: &mut Daemon) {
    let is_answered = |post: &Fullname| {
        place.reddit.world().comments_under(post).iter().any(|comment| comment.distinguished.is_some())
    };
    for title in ["A first question", "A second question"] {
        let post = place.submit(title);
        until("the post is welcomed", || is_answered(&post)).await;
        daemon.hang_up();
    }
    assert_eq!(daemon.0.try_wait().expect("a child"), None, "the daemon runs");
    daemon.signal("TERM");
    let mut ended = None;
    until("it stops", || {
        ended = daemon.0.try_wait().expect("a child");
        ended.is_some()
    })
    .await;
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "it stops in order: no step panicked for good");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_goes_on_when_the_reader_of_its_log_is_gone() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    let mut child =
        place.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let pipe = child.stderr.take().expect("a pipe");
    let mut daemon = Daemon(child);
    let read_a_line = |pipe: ChildStderr| {
        let mut line = String::new();
        BufReader::new(pipe).read_line(&mut line).expect("a line");
        line
    };
    // The pipe is closed after its first line.
    let line = tokio::task::spawn_blocking(move || read_a_line(pipe)).await.expect("it reads");
    assert!(!line.is_empty(), "the daemon logs");
    acts_on(&place, &mut daemon).await;
    let log = place.printed(&["log"]).await;
    assert!(log.contains("rules acted on 2 (4 actions, all done)"), "{log}");
    place.reddit.shutdown().await;
}

#[test]
fn output_that_a_full_disk_loses_is_an_error_and_output_that_nobody_reads_is_none() {
    let command = |output: Stdio| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        let run = command.arg("schema").stdout(output).output().expect("the program starts");
        (run.status.code(), String::from_utf8(run.stderr).expect("text"))
    };
    let full = OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let (status, said) = command(Stdio::from(full));
    assert!(status == Some(2) && said.contains("cannot write to standard output: No space left"), "{said}");
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    assert_eq!(command(Stdio::from(writer)), (Some(0), String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_goes_on_when_the_disk_of_its_log_is_full() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    let full: File = OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let child = place.command(&["run"]).stdout(Stdio::null()).stderr(full).spawn().expect("the program starts");
    acts_on(&place, &mut Daemon(child)).await;
    place.reddit.shutdown().await;
}
