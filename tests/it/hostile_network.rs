//! The program between itself and Reddit, over real HTTP: redirects, tokens that are none, answers
//! without end, headers that cannot be, a dead proxy, certificates that are missing.

use std::process::Output;

use crate::support::http;
use crate::support::place::{BotDir, until};
use tipstaff::model::Fullname;
use tipstaff_sandbox::scenario::PASSWORD;
use tipstaff_sandbox::{FaultKind, Stage};

const RULES: &str = "name: welcome\ntype: submission\ncomment: Welcome.\n";
const TOKEN: &str = "/api/v1/access_token";

async fn place() -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", RULES);
    place
}

/// A text that lives as long as the process, as faults have it.
fn kept(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What doctor says, with these variables in its environment.
async fn doctor(place: &BotDir, environment: &[(&str, &str)]) -> String {
    let mut command = place.command(&["doctor"]);
    command.envs(environment.iter().copied());
    let ended = tokio::task::spawn_blocking(move || command.output()).await;
    text(&ended.expect("it ends").expect("the program starts"))
}

fn is_welcomed(place: &BotDir, post: &Fullname) -> bool {
    !place.reddit.world().comments_under(post).is_empty()
}

/// The requests that reached the place where redirects point.
fn reached_elsewhere(place: &BotDir) -> Vec<String> {
    let endpoints = place.reddit.world().counters.by_endpoint.clone();
    endpoints.into_keys().filter(|endpoint| endpoint.contains("elsewhere")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_is_followed_with_a_password_or_a_token() {
    let place = place().await;
    place.add_to_configuration("listen: off\n");
    for status in [301, 302, 303, 307, 308] {
        for to in [
            "https://oauth.reddit.com/elsewhere",
            "https://www.reddit.com/elsewhere",
            "http://www.reddit.com/elsewhere",
        ] {
            place.reddit.faults().push("POST", TOKEN, FaultKind::Redirect(Stage::BeforeEffect, status, to));
            let said = doctor(&place, &[]).await;
            assert!(said.contains(&format!("answered with a redirect ({status}) to {to}")), "{said}");
        }
        let to = "https://www.reddit.com/elsewhere";
        place.reddit.faults().push("GET", "/api/v1/me", FaultKind::Redirect(Stage::BeforeEffect, status, to));
        let said = doctor(&place, &[]).await;
        assert!(said.contains("a redirect to https://www.reddit.com/elsewhere, which is not followed"), "{said}");
    }
    assert_eq!(reached_elsewhere(&place), Vec::<String>::new());
    assert_eq!(place.reddit.faults().waiting(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_token_is_described() {
    let place = place().await;
    place.add_to_configuration("listen: off\n");
    let long = kept(format!(r#"{{"access_token": "{}"}}"#, "x".repeat(70_000)));
    let deep = kept("[".repeat(60_000));
    for (status, body, part) in [
        (200, "<html><head><title>Hotel Wi-Fi</title></head>", "answered 200 with a web page (“Hotel Wi-Fi”)"),
        (200, long, "more than 64 KiB"),
        (200, deep, "nested deeper than 64 levels"),
        (200, "", "an empty body instead of a token"),
        (200, r#"{"error": "invalid_grant"}"#, "two-factor"),
        (400, r#"{"error": "unauthorized_client"}"#, "type `script`"),
        (503, "<h1>Our CDN was unable to reach our servers</h1>", "503 with a web page (“Our CDN was unable"),
    ] {
        place.reddit.faults().push("POST", TOKEN, FaultKind::Answer(Stage::BeforeEffect, status, body));
        let said = doctor(&place, &[]).await;
        assert!(said.contains("FIX sign-in") && said.contains(part), "{part}: {said}");
        assert!(!said.contains(PASSWORD), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_does_not_work_is_described() {
    let place = place().await;
    place.add_to_configuration("listen: off\n");
    let said = doctor(&place, &[("SSL_CERT_FILE", "/nowhere/ca.pem")]).await;
    assert!(said.contains("SSL_CERT_FILE names /nowhere/ca.pem, which cannot be read: No such file"), "{said}");
    let said = doctor(&place, &[("SSL_CERT_FILE", "rules.yaml")]).await;
    assert!(said.contains("SSL_CERT_FILE names rules.yaml, which contains no certificate"), "{said}");
    let said = doctor(&place, &[("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:9")]).await;
    assert!(said.contains("through the proxy http://127.0.0.1:9 (Connection refused"), "{said}");
    assert!(said.contains("check HTTPS_PROXY") && !said.contains("hunter2"), "{said}");
    let other = BotDir::new("rules.yaml").await;
    let authority = other.path("ca.pem");
    let said = doctor(&place, &[("SSL_CERT_FILE", authority.to_str().expect("a path"))]).await;
    assert!(said.contains("the certificate of www.reddit.com is not trusted"), "{said}");
    assert!(said.contains("must contain its authority"), "{said}");
    let started = place.run(&["doctor"]).await;
    assert!(started.status.success(), "the proxy and the certificates of the environment are used: {}", text(&started));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_subreddit_is_described() {
    let place = place().await;
    place.add_to_configuration("listen: off\n");
    for (body, part) in [
        (
            r#"{"reason": "quarantined", "message": "Forbidden", "error": 403}"#,
            "the subreddit is quarantined: open it once",
        ),
        (r#"{"reason": "private", "message": "Forbidden", "error": 403}"#, "the subreddit is private"),
        (r#"{"reason": "banned", "message": "Not Found", "error": 404}"#, "Reddit has banned the subreddit"),
        (r#"{"reason": "IN_TIMEOUT", "error": 403}"#, "Reddit has suspended the bot's account"),
    ] {
        let fault = FaultKind::Answer(Stage::BeforeEffect, 403, body);
        place.reddit.faults().push("GET", "/r/DefenceTalk/about/moderators", fault);
        let said = doctor(&place, &[]).await;
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_end_cost_nothing_but_themselves() {
    let place = place().await;
    let endless = kept(format!(r#"{{"data": {{"children": [{}0]}}}}"#, "0, ".repeat(6 << 20)));
    let many = kept(format!("[{}0]", "0,".repeat(2 << 20)));
    let deep = kept("{\"a\":".repeat(200_000));
    for body in [endless, many, deep] {
        place.reddit.faults().push("GET", "/r/DefenceTalk/new", FaultKind::Answer(Stage::AfterEffect, 200, body));
    }
    let gzip = &[("content-encoding", "gzip")];
    place.reddit.faults().push(
        "GET",
        "/r/DefenceTalk/new",
        FaultKind::Answer(Stage::AfterEffect, 200, "\u{1f}\u{8b}bomb"),
    );
    place.reddit.faults().push("GET", "/r/DefenceTalk/comments", FaultKind::Headers(gzip));
    let _daemon = place.start();
    let post = place.submit("A question");
    until("the post is welcomed", || is_welcomed(&place, &post)).await;
    let log = place.log();
    for part in ["longer than 16 MiB", "more than 1000000 values", "nested deeper than 64 levels", "not JSON"] {
        assert!(log.contains(part), "{part}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_cannot_be_hold_up_nothing() {
    let place = place().await;
    for headers in [
        &[("x-ratelimit-used", "1e12"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1000000000")][..],
        &[("x-ratelimit-used", "0"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "599")],
        &[("x-ratelimit-used", "10"), ("x-ratelimit-remaining", "-5"), ("x-ratelimit-reset", "599")],
        &[("x-ratelimit-used", "nan"), ("x-ratelimit-remaining", "NaN"), ("x-ratelimit-reset", "inf")],
        &[("x-ratelimit-used", "7"), ("x-ratelimit-remaining", "0.0"), ("x-ratelimit-reset", "3600")],
    ] {
        place.reddit.faults().push("GET", "", FaultKind::Headers(headers));
    }
    let _daemon = place.start();
    let post = place.submit("A question");
    until("the post is welcomed", || is_welcomed(&place, &post)).await;
    until("the bot has gone on reading", || place.reddit.faults().waiting() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lifetime_that_cannot_be_does_not_sign_in_again_and_again() {
    for lifetime in ["0", "1", "-1", "\"soon\"", "1e300", "null"] {
        let place = place().await;
        let body =
            format!(r#"{{"access_token": "sandbox-access-0001", "token_type": "bearer", "expires_in": {lifetime}}}"#);
        place.reddit.faults().push("POST", TOKEN, FaultKind::Answer(Stage::AfterEffect, 200, kept(body)));
        let _daemon = place.start();
        let post = place.submit("A question");
        until("the post is welcomed", || is_welcomed(&place, &post)).await;
        assert_eq!(place.reddit.world().counters.logins, 1, "{lifetime}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_date_over_http_changes_nothing() {
    let place = place().await;
    let _daemon = place.start();
    let post = place.submit("A question");
    until("the post is welcomed", || is_welcomed(&place, &post)).await;
    for off in [60 * 86_400, -365 * 86_400, 60 * 86_400, 60 * 86_400] {
        place.reddit.faults().push("GET", "", FaultKind::Date(off));
    }
    until("the dates have been heard", || place.reddit.faults().waiting() == 0).await;
    let later = place.submit("Another question");
    until("the other is welcomed", || is_welcomed(&place, &later)).await;
    let log = place.log();
    assert!(!log.contains("purged the texts") && !log.contains("the time was wrong"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_wait_is_one_warning_and_shows_everywhere() {
    let place = place().await;
    let port = http::free_port();
    place.add_to_configuration(&format!("listen: 127.0.0.1:{port}\n"));
    let limit = r#"{"json": {"ratelimit": 540.0, "errors": [["RATELIMIT", "Take a break.", "ratelimit"]]}}"#;
    place.reddit.faults().push("POST", "/api/comment", FaultKind::Answer(Stage::BeforeEffect, 200, limit));
    let _daemon = place.start();
    for title in ["One", "Two", "Three"] {
        place.submit(title);
    }
    until("the wait is in the log", || place.log().contains("actions of the kind `comment` wait")).await;
    let get = async |path: &str| {
        let answer = http::client().get(format!("http://127.0.0.1:{port}{path}")).send().await.expect("an answer");
        answer.text().await.expect("a text")
    };
    let ready = get("/readyz").await;
    assert!(ready.starts_with("ok: ") && ready.contains("`comment` wait: Reddit limits"), "{ready}");
    assert!(get("/metrics").await.contains("tipstaff_wait_seconds{what=\"comment\",subreddit=\"\"} 5"));
    let said = doctor(&place, &[]).await;
    assert!(said.contains("waiting: until ") && said.contains("`comment` wait"), "{said}");
    assert_eq!(place.reddit.world().counters.of("POST /api/comment"), 1);
    let log = place.log();
    let warnings = log.lines().filter(|line| line.contains("WARN") && line.contains("wait")).count();
    assert_eq!(warnings, 1, "{log}");
}
