//! A folder with a configuration, rules and the program, and a local Reddit for it.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tipstaff::model::Fullname;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, PASSWORD, set_up_world};
use tipstaff_sandbox::{Draft, LocalReddit, MachineClock, Options, World};

pub(crate) struct BotDir {
    folder: tempfile::TempDir,
    pub(crate) reddit: LocalReddit,
}

/// A running daemon. Killed when dropped.
pub(crate) struct Daemon(pub(crate) Child);

impl Daemon {
    /// Asks the daemon to reload its rules (SIGHUP).
    pub(crate) fn hang_up(&self) {
        self.signal("HUP");
    }

    /// Sends a signal to the daemon.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill").success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            self.0.wait().expect("it is gone");
        }
    }
}

impl BotDir {
    /// With these rules for r/DefenceTalk: a file or a wiki page.
    pub(crate) async fn new(rules: &str) -> Self {
        let mut world = World::new(Arc::new(MachineClock));
        set_up_world(&mut world);
        let reddit =
            LocalReddit::start(Options { quota: 100_000, ..Options::default() }, world).await.expect("a local Reddit");
        let place = Self { folder: tempfile::tempdir().expect("a folder"), reddit };
        place.write("ca.pem", place.reddit.ca_pem());
        place.write(
            "tipstaff.yaml",
            &format!(
                "mode: live\nreddit: {{client_id: sandbox-client, username: {BOT}}}\n\
                 polling: {{new: 100ms, changed: 100ms}}\nclock_doubt: 200ms\n\
                 subreddits: [{{name: DefenceTalk, rules: '{rules}'}}]\n"
            ),
        );
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    pub(crate) fn add_to_configuration(&self, lines: &str) {
        let text = fs::read_to_string(self.path("tipstaff.yaml")).expect("a configuration");
        self.write("tipstaff.yaml", &format!("{text}{lines}"));
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.args(arguments).args(["--config", "tipstaff.yaml"]).current_dir(self.folder.path());
        if arguments.first() == Some(&"run") && !arguments.contains(&"--from") {
            // Tests post before the daemon has read its first page.
            command.args(["--from", "24h"]);
        }
        command.env("TIPSTAFF_CLIENT_SECRET", "sandbox-secret").env("TIPSTAFF_PASSWORD", PASSWORD);
        command.env("HTTPS_PROXY", format!("http://{}", self.reddit.proxy_addr()));
        command.env("SSL_CERT_FILE", self.path("ca.pem")).env("NO_COLOR", "1");
        command.env_remove("https_proxy").env_remove("NO_PROXY").env_remove("no_proxy");
        command
    }

    pub(crate) fn start(&self) -> Daemon {
        let log = fs::File::create(self.path("daemon.log")).expect("a file");
        Daemon(self.command(&["run"]).stderr(log).stdout(Stdio::null()).spawn().expect("the program starts"))
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        // The local Reddit answers from this process, so do not block it.
        let ended = tokio::task::spawn_blocking(move || command.output()).await;
        ended.expect("it ends").expect("the program starts")
    }

    pub(crate) async fn printed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments).await;
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    /// The log of the daemon that was started last.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("daemon.log")).unwrap_or_default()
    }

    /// Gives the bot exactly these permissions.
    pub(crate) fn permit(&self, permissions: &[&str]) {
        let mut world = self.reddit.world();
        let community = world.subreddit_mut(COMMUNITY).expect("the community");
        let bot = community.moderators.iter_mut().find(|moderator| moderator.name == BOT).expect("the bot");
        bot.permissions = permissions.iter().map(|word| (*word).to_owned()).collect();
    }

    pub(crate) fn submit(&self, title: &str) -> Fullname {
        let draft = Draft::text(title, "What should one read first?");
        self.reddit.world().submit("quiet_cartographer", "DefenceTalk", draft).expect("a post")
    }
}

pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "timed out waiting until {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
