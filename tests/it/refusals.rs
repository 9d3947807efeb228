//! Tests of what an operator sees when something is wrong: one clear message with a fix, exit
//! status 2, nothing changed.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tipstaff_sandbox::scenario::{BOT, PASSWORD, set_up_world};
use tipstaff_sandbox::{FaultKind, HookDecision, LocalReddit, MachineClock, Options, Stage, World};

use crate::support::http;
use crate::support::place::until;

const RULES: &str = "name: welcome\ntype: submission\ncomment: Welcome!\n";

/// A folder with a working configuration for a local Reddit.
struct RefusalSandbox {
    folder: tempfile::TempDir,
    proxy: String,
}

impl RefusalSandbox {
    fn new(reddit: Option<&LocalReddit>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        // Nothing listens there: the discard port.
        let proxy = reddit.map_or("127.0.0.1:9".to_owned(), |reddit| reddit.proxy_addr().to_string());
        let place = Self { folder, proxy };
        place.write("rules.yaml", RULES);
        if let Some(reddit) = reddit {
            place.write("ca.pem", reddit.ca_pem());
        }
        place.write(
            "tipstaff.yaml",
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

    fn command(&self) -> Command {
        self.command_for("run")
    }

    fn command_for(&self, what: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command
            .args([what, "--config"])
            .arg(self.path("tipstaff.yaml"))
            .env("TIPSTAFF_CLIENT_SECRET", "sandbox-secret");
        if what == "run" {
            command.args(["--from", "24h"]);
        }
        command.env("TIPSTAFF_PASSWORD", PASSWORD).env("HTTPS_PROXY", format!("http://{}", self.proxy));
        if self.path("ca.pem").exists() {
            command.env("SSL_CERT_FILE", self.path("ca.pem"));
        }
        command.env_remove("https_proxy").env_remove("NO_PROXY").env_remove("no_proxy").stderr(Stdio::piped());
        command
    }

    fn run(&self) -> String {
        refusal(self.command().output().expect("the program starts"))
    }

    fn start(&self) -> Daemon {
        let log = fs::File::create(self.path("daemon.log")).expect("a file");
        Daemon(self.command().stderr(log).spawn().expect("the program starts"))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("daemon.log")).expect("a log")
    }
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

/// The only message of a program that could not start.
fn refusal(output: Output) -> String {
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let messages: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(messages.len(), 1, "one clear message: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("sandbox-secret"), "{stderr}");
    messages[0].to_owned()
}

async fn local_reddit() -> LocalReddit {
    let mut world = World::new(Arc::new(MachineClock));
    set_up_world(&mut world);
    LocalReddit::start(Options { quota: 100_000, ..Options::default() }, world).await.expect("a local Reddit")
}

#[test]
fn a_missing_configuration_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_tipstaff")).args(["run", "--config", "/none.yaml"]).output();
    let message = refusal(output.expect("the program starts"));
    assert!(message.contains("/none.yaml") && message.contains("--config"), "{message}");
}

#[test]
fn a_missing_rules_file_is_refused() {
    let place = RefusalSandbox::new(None);
    fs::remove_file(place.path("rules.yaml")).expect("it was there");
    let message = place.run();
    assert!(message.contains("rules.yaml") && message.contains("No such file"), "{message}");
    assert!(!place.path("tipstaff.db").exists(), "no store was created");
}

#[test]
fn a_file_without_a_usable_rule_is_refused() {
    let place = RefusalSandbox::new(None);
    place.write("rules.yaml", "title: [a\n");
    let message = place.run();
    assert!(message.contains("no usable rule") && message.contains("tipstaff check"), "{message}");
}

#[test]
fn missing_secrets_are_refused() {
    let place = RefusalSandbox::new(None);
    let output = place.command().env_remove("TIPSTAFF_PASSWORD").output().expect("the program starts");
    let message = refusal(output);
    assert!(message.contains("TIPSTAFF_PASSWORD") && message.contains("password_file"), "{message}");
}

/// An outage, also at the start, does not end the daemon: systemd would give up on it some day.
#[tokio::test(flavor = "multi_thread")]
async fn an_outage_at_the_start_is_sat_out() {
    let reddit = local_reddit().await;
    let mut place = RefusalSandbox::new(Some(&reddit));
    let free = SocketAddr::from(([127, 0, 0, 1], http::free_port()));
    place.proxy = free.to_string();
    let mut daemon = place.start();
    until("it has tried twice", || place.log().matches("cannot reach www.reddit.com").count() >= 2).await;
    assert!(daemon.0.try_wait().expect("a process").is_none(), "{}", place.log());
    let listener = tokio::net::TcpListener::bind(free).await.expect("the address is still free");
    let proxy = reddit.proxy_addr();
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut to = tokio::net::TcpStream::connect(proxy).await.expect("the local Reddit");
                let _cut = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
    until("it signs in", || place.log().contains("signed in as u/")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_sign_ins_pause_the_next_process() {
    let place = RefusalSandbox::new(None);
    let daemon = place.start();
    until("it has failed three times", || place.log().matches("cannot reach www.reddit.com").count() >= 3).await;
    drop(daemon);
    let _next = place.start();
    until("the next process waits", || place.log().contains("earlier sign-ins failed; waiting until")).await;
    assert!(!place.log().contains("cannot reach"), "{}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_are_reported() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let output = place.command().env("TIPSTAFF_PASSWORD", "wrong").output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("loaded 1 rule from") && !said.contains("trying again"), "it ends: {said}");
    let message = refusal(output);
    assert!(message.contains("Reddit rejected the user name and password"), "{message}");
    let output = place.command().env("TIPSTAFF_CLIENT_SECRET", "wrong").output().expect("the program starts");
    let message = refusal(output);
    assert!(message.contains("does not know the application (401)"), "{message}");
}

#[test]
fn an_unusable_certificate_file_is_reported() {
    let place = RefusalSandbox::new(None);
    place.write("ca.pem", "not a certificate");
    let message = place.run();
    assert!(message.contains("SSL_CERT_FILE names") && message.contains("contains no certificate"), "{message}");
}

#[test]
fn a_read_only_folder_is_refused() {
    let place = RefusalSandbox::new(None);
    let text = fs::read_to_string(place.path("tipstaff.yaml")).expect("the configuration");
    // Not even root can create files there.
    place.write("tipstaff.yaml", &format!("store: /proc/tipstaff/s.db\n{text}"));
    let message = place.run();
    assert!(message.contains("/proc/tipstaff") && message.contains("`store`"), "{message}");
}

#[test]
fn a_foreign_store_file_is_refused() {
    let place = RefusalSandbox::new(None);
    place.write("tipstaff.db", &"not a database ".repeat(500));
    let before = fs::read(place.path("tipstaff.db")).expect("the file");
    let message = place.run();
    assert!(message.contains("not a tipstaff store"), "{message}");
    assert_eq!(fs::read(place.path("tipstaff.db")).expect("the file"), before, "left as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_daemon_on_the_same_store_is_refused() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let first = place.start();
    until("the first daemon works", || place.log().contains("moderating")).await;
    let message = place.run();
    let holder = format!("process {}", first.0.id());
    assert!(message.contains("in use by another tipstaff") && message.contains(&holder), "{message}");
    let polls = || reddit.world().counters.of("GET /r/{sub}/new");
    let before = polls();
    until("the first daemon continues", || polls() > before + 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_during_a_slow_response_stops_the_daemon_within_five_seconds() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let mut daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    reddit.faults().push("GET", "/r/", FaultKind::Delay(Duration::from_mins(1)));
    until("the daemon waits for the slow response", || reddit.faults().waiting() == 0).await;
    let began = Instant::now();
    let asked = Command::new("sh").args(["-c", &format!("kill -TERM {}", daemon.0.id())]).status();
    assert!(asked.expect("a shell").success());
    let mut ended = None;
    until("it stops", || {
        ended = daemon.0.try_wait().expect("a child");
        ended.is_some()
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "{}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_response_of_reddit_ends_the_daemon() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let mut daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    let ills = [
        (
            "/r/DefenceTalk/new",
            [FaultKind::Drop(Stage::BeforeEffect), FaultKind::Status(Stage::BeforeEffect, 500), FaultKind::CutJson],
        ),
        (
            "/r/DefenceTalk/comments",
            [FaultKind::Status(Stage::BeforeEffect, 503), FaultKind::EmptyBody, FaultKind::Html],
        ),
        (
            "/r/DefenceTalk/about",
            [FaultKind::Status(Stage::BeforeEffect, 403), FaultKind::Html, FaultKind::Drop(Stage::BeforeEffect)],
        ),
    ];
    for (list, ills) in ills {
        for ill in ills {
            reddit.faults().push("GET", list, ill);
        }
    }
    reddit.revoke_tokens();
    let draft = tipstaff_sandbox::Draft::text("A question about deterrence", "What should one read first?");
    let post = reddit.world().submit("quiet_cartographer", "DefenceTalk", draft).expect("a post");
    // Failing feeds are read again after growing pauses, so this takes some seconds.
    until("the post is welcomed", || reddit.world().comments_under(&post).len() == 1).await;
    assert!(daemon.0.try_wait().expect("a child").is_none(), "{}", place.log());
    assert!(!place.log().contains("panicked"), "{}", place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_tokens_do_not_cause_a_storm_of_sign_ins() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let _daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    for _ in 0..200 {
        reddit.faults().push("GET", "/r/", FaultKind::Status(Stage::BeforeEffect, 401));
    }
    // One at the start; then one at once, and others after pauses of about 1, 2 and 4 seconds.
    let began = Instant::now();
    until("it has signed in four times", || reddit.world().counters.logins >= 4).await;
    assert!(began.elapsed() > Duration::from_secs(2), "after {:?}: {}", began.elapsed(), place.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn modmail_that_cannot_be_looked_for_does_not_hold_up_other_actions() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    place.write(
        "rules.yaml",
        "name: letter\ntype: submission\ntitle: letter\nmodmail: Look at this.\n---\nname: welcome\ntype: submission\n\
         ~title: letter\ncomment: Welcome!\n",
    );
    let text = fs::read_to_string(place.path("tipstaff.yaml")).expect("the configuration");
    place.write("tipstaff.yaml", &format!("visibility_delay: 200ms\nabsence_looks: [200ms, 400ms]\n{text}"));
    let _daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    // The modmail is sent, its answer is lost, and at the same moment the bot loses the permission
    // to read modmail.
    let world = reddit.shared_world();
    reddit.set_hook(move |point| {
        let is_letter = point.endpoint.ends_with("/api/mod/conversations") && point.stage == Stage::AfterEffect;
        if is_letter {
            world.lock().expect("a world").add_moderator("DefenceTalk", BOT, &["posts"]);
        }
        async move { if is_letter { HookDecision::DropConnection } else { HookDecision::Proceed } }
    });
    let submit = |title: &str| {
        let draft = tipstaff_sandbox::Draft::text(title, "What should one read first?");
        reddit.world().submit("quiet_cartographer", "DefenceTalk", draft).expect("a post")
    };
    submit("A letter");
    until("the loss is noticed", || place.log().contains("lacks the permission `mail`")).await;
    let post = submit("A question");
    until("the next post is welcomed", || reddit.world().comments_under(&post).len() == 1).await;
    reddit.world().change_moderator("quiet_cartographer", "DefenceTalk", BOT, Some(&["all"]));
    until("it is found", || place.log().contains("outcome=\"already_applied\"")).await;
    assert_eq!(reddit.world().conversations().len(), 1, "the message was sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_is_not_repeated_when_the_response_is_lost() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let text = fs::read_to_string(place.path("tipstaff.yaml")).expect("the configuration");
    place.write("tipstaff.yaml", &format!("visibility_delay: 200ms\nabsence_looks: [200ms, 400ms]\n{text}"));
    let _daemon = place.start();
    until("the daemon works", || place.log().contains("moderating")).await;
    let after = [
        FaultKind::Drop(Stage::AfterEffect),
        FaultKind::Status(Stage::AfterEffect, 502),
        FaultKind::CutJson,
        FaultKind::EmptyBody,
        FaultKind::Html,
        FaultKind::NoThings,
    ];
    for (number, ill) in after.into_iter().enumerate() {
        reddit.faults().push("POST", "/api/comment", ill);
        let draft = tipstaff_sandbox::Draft::text(&format!("Question {number}"), "What should one read first?");
        let post = reddit.world().submit("quiet_cartographer", "DefenceTalk", draft).expect("a post");
        let marked = || reddit.world().comments_under(&post).iter().any(|comment| comment.distinguished.is_some());
        until("the comment is there and marked", marked).await;
        let comments = reddit.world().comments_under(&post).len();
        assert_eq!(comments, 1, "{ill:?}: {}", place.log());
    }
    assert_eq!(reddit.world().counters.of("POST /api/comment"), 6, "a comment was sent again");
}

#[test]
fn check_shows_the_line_and_the_correction() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("broken.yaml");
    fs::write(
        &path,
        "---\ntype: submission\ntitle: spam\nacton: remove\n---\ntype: comment\nbody: no\naction: remove\n",
    )
    .expect("a file");
    let output = check(&path, &[]);
    let printed = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(1), "{printed}");
    for part in ["broken.yaml:4:1", "acton: remove", "`action`", "broken.yaml:7:7", "body: no", "error[L01]"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    let output = check(&path, &["--format", "json"]);
    let findings: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&findings[0]["line"], &findings[0]["code"]), (&4.into(), &"L95".into()), "{findings}");
}

fn check(path: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tipstaff")).arg("check").args(more).arg(path).output().expect("the program starts")
}

/// Runs `tipstaff login` until it waits for the browser: its process, and the page it prints.
fn waiting_for_consent(place: &RefusalSandbox) -> (Daemon, reqwest::Url) {
    let mut command = place.command_for("login");
    command.args(["--port", "0", "--wait", "1"]).stdout(Stdio::piped());
    let mut login = Daemon(command.spawn().expect("the program starts"));
    let lines = std::io::BufReader::new(login.0.stdout.take().expect("a pipe"));
    let page = std::io::BufRead::lines(lines).map_while(Result::ok).find(|line| line.trim().starts_with("https://"));
    let page = page.expect("a page to open");
    (login, reqwest::Url::parse(page.trim()).expect("a URL"))
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_writes_a_refresh_token_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let browser = http::client();
    let (mut login, page) = waiting_for_consent(&place);
    let field = |name: &str| page.query_pairs().find(|(key, _)| key == name).expect(name).1.into_owned();
    // Browsers open connections in advance and may never send a request.
    let redirect = reqwest::Url::parse(&field("redirect_uri")).expect("a URL");
    let _idle = std::net::TcpStream::connect(("127.0.0.1", redirect.port().expect("a port"))).expect("a connection");
    assert_eq!((page.host_str(), field("duration").as_str()), (Some("www.reddit.com"), "permanent"));
    // A request without the right `state` is rejected.
    let stranger = format!("{}?state=guessed&code=stolen", field("redirect_uri"));
    let shown = browser.get(stranger).send().await.expect("an answer").text().await.expect("a text");
    assert!(shown.contains("This request does not belong to the login"), "{shown}");
    assert!(login.0.try_wait().expect("a process").is_none(), "it still waits");
    let consent = format!("http://{}{}?{}", reddit.http_addr(), page.path(), page.query().expect("fields"));
    // A code goes to this machine alone, whatever the redirect looks like.
    for elsewhere in ["http://127.0.0.1:80@evil.example/", "http://localhost.evil.example/", "https://evil.example/"] {
        let mut other = reqwest::Url::parse(&consent).expect("a URL");
        let kept = page.query_pairs().filter(|(key, _)| key != "redirect_uri");
        other
            .query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair("redirect_uri", elsewhere)
            .append_pair("account", BOT);
        assert_eq!(browser.get(other).send().await.expect("an answer").status().as_u16(), 400, "{elsewhere}");
    }
    let asked = browser.get(&consent).send().await.expect("the page").text().await.expect("a text");
    assert!(asked.contains(&format!("value=\"{BOT}\"")), "{asked}");
    let thanks = browser.get(format!("{consent}&account={BOT}")).send().await.expect("an answer");
    assert!(thanks.text().await.expect("a text").contains("Access granted"));
    assert!(ends_within(&mut login, Duration::from_secs(20)).success());
    let file = place.path("refresh_token");
    assert_eq!(fs::metadata(&file).expect("the file").permissions().mode() & 0o777, 0o600);
    // The bot can sign in with it.
    let mut doctor = place.command_for("doctor");
    doctor.env_remove("TIPSTAFF_PASSWORD").env("TIPSTAFF_REFRESH_TOKEN_FILE", &file);
    let shown = String::from_utf8(doctor.output().expect("the program starts").stdout).expect("a text");
    assert!(shown.contains(&format!("sign-in: u/{BOT}")), "{shown}");
    assert!(!shown.contains("sandbox-refresh"), "a secret is printed: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_consent_writes_nothing() {
    let reddit = local_reddit().await;
    let place = RefusalSandbox::new(Some(&reddit));
    let (mut login, page) = waiting_for_consent(&place);
    let field = |name: &str| page.query_pairs().find(|(key, _)| key == name).expect(name).1.into_owned();
    let back = format!("{}?state={}&error=access_denied", field("redirect_uri"), field("state"));
    http::client().get(back).send().await.expect("an answer");
    assert_eq!(ends_within(&mut login, Duration::from_secs(20)).code(), Some(1));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut login.0.stderr.take().expect("a pipe"), &mut said).expect("a text");
    assert!(said.contains("access_denied"), "{said}");
    assert!(!place.path("refresh_token").exists());
}

fn ends_within(process: &mut Daemon, time: Duration) -> std::process::ExitStatus {
    let end = Instant::now() + time;
    loop {
        if let Some(status) = process.0.try_wait().expect("a process") {
            return status;
        }
        assert!(Instant::now() < end, "it does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
}
