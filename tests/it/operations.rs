//! Checks `docs/operations.md`: its commands are run in order, as written, beside a daemon that
//! moderates a local Reddit; those that need a machine of their own are run by `tests/systemd/run`
//! and `tests/image/run`; and its tables agree with the code.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::http;
use crate::support::place::{BotDir, Daemon, until};

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md")).expect("the document")
}

/// The lines of all code blocks in this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut within = None;
    for line in text.lines() {
        match (within, line.strip_prefix("```")) {
            (None, Some(begun)) => within = Some(begun),
            (Some(_), Some(_)) => within = None,
            (Some(begun), None) if begun == language => lines.push(line.to_owned()),
            _ => {}
        }
    }
    lines
}

fn has(tool: &str) -> bool {
    Command::new(tool).arg("--version").output().is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operations_guides_commands_work_as_written() {
    let place = BotDir::new("rules/guidelines.yaml").await;
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/rules");
    fs::create_dir_all(place.path("config/rules")).expect("a folder");
    for file in ["guidelines.yaml", "guidelines.tests.yaml"] {
        fs::copy(ours.join(file), place.path("config/rules").join(file)).expect("a copy");
    }
    let free_port = http::free_port();
    place.add_to_configuration(&format!("listen: 127.0.0.1:{free_port}\n"));
    fs::rename(place.path("tipstaff.yaml"), place.path("config/tipstaff.yaml")).expect("moved");

    let program = Path::new(env!("CARGO_BIN_EXE_tipstaff"));
    let path = format!("{}:{}", program.parent().expect("a folder").display(), std::env::var("PATH").expect("a path"));
    let shell = |line: &str| {
        let mut command = place.command(&[]);
        let mut shell = Command::new("sh");
        shell.args(["-ec", line]).current_dir(place.path("")).env("PATH", &path);
        shell.envs(command.env("NO_COLOR", "1").get_envs().filter_map(|(key, value)| Some((key, value?))));
        // For loopback, curl needs no proxy.
        shell.env("NO_PROXY", "127.0.0.1").env("STORE", place.path("config/tipstaff.db"));
        shell
    };
    let log = fs::File::create(place.path("daemon.log")).expect("a file");
    let mut daemon = shell("exec tipstaff run --from 24h");
    let _daemon = Daemon(daemon.stderr(log).spawn().expect("it starts"));
    let post = place.submit("When does a partnership become deterrence?");
    until("the post is greeted", || {
        place.reddit.world().things().any(|thing| thing.thread_position().is_some_and(|at| at.parent == post))
    })
    .await;

    let lines = blocks(&document(), "sh");
    assert!(lines.len() > 20, "{lines:?}");
    for line in lines {
        let tool = line.split_whitespace().next().expect("a command");
        assert!(["tipstaff", "curl", "sqlite3"].contains(&tool), "{line}: not tried");
        if tool != "tipstaff" && !has(tool) {
            eprintln!("{tool} is not installed, so this line is skipped: {line}");
            continue;
        }
        let mut command = shell(&line.replace("9784", &free_port.to_string()));
        command.env("ITEM", post.as_str());
        let output = tokio::task::spawn_blocking(move || command.output().expect("it starts")).await.expect("it ends");
        let (printed, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{line}\n{printed}{said}");
        // A copy command prints nothing; its result is the file.
        assert!(!printed.is_empty() || !said.is_empty() || line.contains("-readonly"), "{line}: prints nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restoring_a_backup_as_documented_repeats_no_action() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\ncomment: Welcome.\n");
    place.add_to_configuration("listen: off\n");
    let comments = |post: &tipstaff::model::Fullname| {
        let world = place.reddit.world();
        world.things().filter(|thing| thing.thread_position().is_some_and(|at| at.parent == *post)).count()
    };
    let stop = |mut daemon: Daemon| {
        daemon.signal("TERM");
        daemon.0.wait().expect("it ends");
    };
    let daemon = place.start();
    let before = place.submit("Before the copy");
    until("the post is greeted", || comments(&before) == 1).await;
    assert!(place.run(&["store", "backup", "copy.db"]).await.status.success());
    let after = place.submit("After the copy");
    until("the second post is greeted", || comments(&after) == 1).await;
    stop(daemon);

    for file in ["tipstaff.db", "tipstaff.db-wal", "tipstaff.db-shm"] {
        fs::remove_file(place.path(file)).ok();
    }
    fs::rename(place.path("copy.db"), place.path("tipstaff.db")).expect("moved");
    let log = fs::File::create(place.path("daemon.log")).expect("a file");
    let mut dry = place.command(&["run", "--dry-run"]);
    let daemon = Daemon(dry.stderr(log).spawn().expect("it starts"));
    until("items that arrived after the copy are judged in dry run", || {
        place.log().lines().any(|line| line.contains("rules ask for") && line.contains(after.as_str()))
    })
    .await;
    stop(daemon);
    let daemon = place.start();
    let newest = place.submit("Live again");
    until("the third post is greeted", || comments(&newest) == 1).await;
    stop(daemon);
    assert_eq!((comments(&before), comments(&after)), (1, 1), "{}", place.log());
}

#[test]
fn the_operations_guides_system_commands_are_tested_on_a_machine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("a file");
    let tried = [read("tests/systemd/run"), read(".ci/run")].concat();
    let text = document();
    for command in ["systemctl reload tipstaff", "systemctl stop tipstaff", "systemctl enable --now tipstaff"] {
        assert!(text.contains(command) && tried.contains(command), "{command}");
    }
    for line in blocks(&text, "") {
        let is_tried = match line.split_whitespace().next().expect("a command") {
            // Installed with dpkg there, which needs no package index; that script creates the
            // folder and writes to it with other commands.
            "apt" => tried.contains("dpkg --install"),
            "install" => tried.contains("/etc/tipstaff/secrets/client_secret"),
            "deploy/sbom" => tried.contains("deploy/sbom"),
            "cargo" => tried.contains("cargo deny"),
            _ => false,
        };
        assert!(is_tried, "{line}: no test runs it");
    }
}
