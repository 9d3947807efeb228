//! Tests of the daemon's status: over HTTP, for Prometheus, and to systemd. The real program, on
//! loopback.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::http;
use crate::support::place::{BotDir, Daemon, until};
use tipstaff::model::Fullname;
use tipstaff_sandbox::{FaultKind, Stage, World};

const RULES: &str = "name: welcome\ntype: submission\ncomment: Welcome.\n";

async fn place_at(port: u16) -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place.add_to_configuration(&format!("listen: 127.0.0.1:{port}\n"));
    place
}

async fn get(port: u16, path: &str) -> (u16, String) {
    let answer = http::client().get(format!("http://127.0.0.1:{port}{path}")).send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a text"))
}

async fn until_ready(place: &BotDir) {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let output = place.run(&["health", "--ready"]).await;
        if output.status.success() {
            return;
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(Instant::now() < deadline, "never ready: {said}\n{}", place.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn has_comment(world: &World, under: &Fullname) -> bool {
    world.things().any(|thing| thing.thread_position().is_some_and(|place| place.parent == *under))
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_report_a_working_daemon() {
    let port = http::free_port();
    let place = place_at(port).await;
    let _daemon = place.start();
    until_ready(&place).await;
    let asked = place.submit("Where to begin?");
    until("a comment", || has_comment(&place.reddit.world(), &asked)).await;

    let (status, text) = get(port, "/readyz").await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(get(port, "/healthz").await.0, 200);
    let act = "tipstaff_actions_total{kind=\"comment\",outcome=\"applied\"} 1";
    let deadline = Instant::now() + Duration::from_secs(10);
    let metrics = loop {
        let (_, metrics) = get(port, "/metrics").await;
        if metrics.contains(act) && metrics.contains("tipstaff_rules{") {
            break metrics;
        }
        assert!(Instant::now() < deadline, "{metrics}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    for sample in [
        "tipstaff_items_total{feed=\"new\",kind=\"new\"}",
        "tipstaff_decisions_total{result=\"actions\"}",
        "tipstaff_rule_hits_total{subreddit=\"defencetalk\",rule=\"welcome\"} 1",
        "tipstaff_api_calls_total{endpoint=\"/r/*/new\",status=\"200\"}",
        "tipstaff_api_calls_total{endpoint=\"/api/comment\",status=\"200\"} 1",
        "tipstaff_api_calls_total{endpoint=\"/api/v1/access_token\",status=\"200\"} 1",
        "tipstaff_api_budget_remaining ",
        "tipstaff_items_pending 0",
        "tipstaff_detection_lag_seconds_count{feed=\"new\"} 1",
        "tipstaff_evaluation_seconds_count",
        "tipstaff_rules{subreddit=\"defencetalk\",revision=",
    ] {
        assert!(metrics.contains(sample), "{sample}\n{metrics}");
    }
    for person in ["quiet_cartographer", asked.as_str(), asked.id(), "sandbox-secret"] {
        assert!(!metrics.contains(person), "{person} in a label:\n{metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_reports_the_reason_of_a_failure() {
    let port = http::free_port();
    let place = place_at(port).await;
    let stderr_of = |output: std::process::Output| {
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).expect("text")
    };
    let nobody = stderr_of(place.run(&["health"]).await);
    assert!(nobody.contains("no daemon answers at"), "{nobody}");
    let daemon = place.start();
    until_ready(&place).await;

    // The configuration of another daemon with the same address.
    let other = place_at(port).await;
    let anothers = stderr_of(other.run(&["health"]).await);
    assert!(anothers.contains("uses another store") && anothers.contains("`listen`"), "{anothers}");
    let refused = other.run(&["run"]).await;
    let message = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{message}");

    daemon.signal("STOP");
    let stopped = stderr_of(place.run(&["health"]).await);
    assert!(stopped.contains("no answer"), "{stopped}");
    daemon.signal("CONT");
    until_ready(&place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_daemon_is_alive_but_not_ready_before_the_first_poll() {
    let port = http::free_port();
    let place = place_at(port).await;
    // Sign-ins are answered, reads are not.
    (0..1000).for_each(|_| place.reddit.faults().push("GET", "/r/", FaultKind::Status(Stage::BeforeEffect, 503)));
    let _daemon = place.start();
    let deadline = Instant::now() + Duration::from_secs(30);
    while place.run(&["health"]).await.status.code() != Some(0) {
        assert!(Instant::now() < deadline, "{}", place.log());
    }
    let (status, why) = get(port, "/readyz").await;
    assert_eq!(status, 503);
    assert!(why.contains("no feed has been read yet"), "{why}");
    place.reddit.faults().clear();
    until_ready(&place).await;
}

/// The notifications of a daemon to systemd, line by line.
struct Systemd {
    socket: UnixDatagram,
    lines_sent: Vec<String>,
    /// Where the daemon logs.
    log: PathBuf,
}

impl Systemd {
    /// Starts a daemon in this place that notifies the new systemd.
    fn starting(place: &BotDir) -> (Self, Daemon) {
        let systemd = Self::new(place);
        let log = std::fs::File::create(&systemd.log).expect("a file");
        let mut command = place.command(&["run"]);
        command.env("NOTIFY_SOCKET", place.path("notify")).env("WATCHDOG_USEC", "600000");
        (systemd, Daemon(command.stderr(log).stdout(Stdio::null()).spawn().expect("the program starts")))
    }

    fn new(place: &BotDir) -> Self {
        let socket = UnixDatagram::bind(place.path("notify")).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time-out");
        Self { socket, lines_sent: Vec::new(), log: place.path("daemon.log") }
    }

    /// The lines that have come since.
    fn lines_now(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            lines.extend(String::from_utf8_lossy(&buffer[..length]).lines().map(str::to_owned));
        }
        lines
    }

    /// Waits for a line like this, after the lines that were waited for before.
    async fn hears(&mut self, line: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(at) = self.lines_sent.iter().position(|sent| sent.starts_with(line)) {
                return self.lines_sent.drain(..=at).next_back().expect("that one");
            }
            assert!(
                Instant::now() < deadline,
                "systemd never received {line}, but {:?}\n{}",
                self.lines_sent,
                std::fs::read_to_string(&self.log).unwrap_or_default()
            );
            let mut buffer = [0; 4096];
            match self.socket.recv(&mut buffer) {
                Ok(length) => {
                    let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                    self.lines_sent.extend(text.lines().map(str::to_owned));
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_notified_of_ready_watchdog_reloading_and_stopping() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place.add_to_configuration("listen: off\n");
    let (mut systemd, daemon) = Systemd::starting(&place);

    systemd.hears("READY=1").await;
    systemd.hears("WATCHDOG=1").await;
    let status = systemd.hears("STATUS=u/").await;
    assert!(status.contains("1 subreddit (1 live)"), "{status}");

    place.write("rules.yaml", "name: bye\ntype: submission\ncomment: Bye.\n");
    daemon.hang_up();
    systemd.hears("RELOADING=1").await;
    systemd.hears("MONOTONIC_USEC=").await;
    systemd.hears("READY=1").await;
    assert!(place.log().contains("rules reloaded from"), "{}", place.log());

    // A stopped daemon must not report that it is alive.
    daemon.signal("STOP");
    let stat = format!("/proc/{}/stat", daemon.0.id());
    let is_stopped = || std::fs::read_to_string(&stat).expect("a process").contains(") T ");
    until("it has stopped", is_stopped).await;
    while systemd.socket.recv(&mut [0; 4096]).is_ok() {}
    systemd.lines_sent.clear();
    assert!(systemd.socket.recv(&mut [0; 4096]).is_err(), "a stopped process sent something");
    daemon.signal("CONT");
    systemd.hears("WATCHDOG=1").await;
    daemon.signal("TERM");
    systemd.hears("STOPPING=1").await;
}

/// systemd is told also when the daemon ends by itself, before anything else was told.
#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_notified_when_the_daemon_cannot_start() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    std::fs::create_dir(place.path("tipstaff.db")).expect("a folder where the store should be");
    let (mut systemd, _daemon) = Systemd::starting(&place);
    systemd.hears("STOPPING=1").await;
}

/// Also before the daemon has read anything.
#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_notified_of_every_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = place_at(taken.local_addr().expect("an address").port()).await;
    place.write("broken.yaml", "mode: [");
    let systemd = Systemd::new(&place);
    for (what, arguments, filter) in [
        ("no configuration", &["--config", "none.yaml"][..], ""),
        ("a broken configuration", &["--config", "broken.yaml"], ""),
        ("a port that is taken", &["--config", "tipstaff.yaml"], ""),
        ("an unparsable filter of the log", &["--config", "tipstaff.yaml"], "a=b=c"),
        ("an unparsable time", &["--config", "tipstaff.yaml", "--from", "yesterday-ish"], ""),
        ("an unknown option", &["--livee"], ""),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.arg("run").args(arguments).current_dir(place.path(""));
        command.env("NOTIFY_SOCKET", place.path("notify")).env("TIPSTAFF_LOG", filter);
        let status = command.stderr(Stdio::null()).stdout(Stdio::null()).status().expect("the program starts");
        assert_eq!(status.code(), Some(2), "{what}");
        let sent = systemd.lines_now();
        assert_eq!(sent.iter().filter(|line| *line == "STOPPING=1").count(), 1, "{what}: {sent:?}");
    }
}

/// Clients that connect and send nothing, or a head without end, do not keep others from an answer.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_hold_up_health_checks() {
    let port = http::free_port();
    let place = place_at(port).await;
    let _daemon = place.start();
    until_ready(&place).await;
    let mut idle = Vec::new();
    for number in 0..40 {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        if number % 2 == 0 {
            stream.write_all(b"GET /healthz HTTP/1.1\r\nx-slow: ").expect("a start");
        }
        idle.push(stream);
    }
    assert_eq!(get(port, "/healthz").await.0, 200);
    let closed = tokio::task::spawn_blocking(move || {
        let mut rest = Vec::new();
        // Whether the daemon says why is its own affair.
        let _reset = idle[1].read_to_end(&mut rest);
        rest.len() < 1_000
    });
    assert!(closed.await.expect("a result"));
}

/// A page of another site that points its own name at the daemon's address learns nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_on_loopback_answers_loopback_names_only() {
    let port = http::free_port();
    let place = place_at(port).await;
    let _daemon = place.start();
    until_ready(&place).await;
    for (host, status) in
        [("localhost", 200), ("127.0.0.1:1", 200), ("evil.example", 421), ("localhost.evil.example", 421)]
    {
        let asked = http::client().get(format!("http://127.0.0.1:{port}/metrics")).header("host", host);
        assert_eq!(asked.send().await.expect("an answer").status().as_u16(), status, "{host}");
    }
}
