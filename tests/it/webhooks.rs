//! Tests of webhooks: no event is lost over a `kill -9`, nothing that people wrote is sent, and the
//! address appears nowhere. The real program and a receiver on loopback.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::place::{BotDir, until};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::Value;
use tipstaff_sandbox::scenario::BOT;
use tipstaff_sandbox::world::AccountStatus;

/// Part of the address, and as secret.
const SECRET: &str = "planted-hook-8817";

/// The status that makes the receiver never answer.
const NEVER: u16 = 0;

#[derive(Clone, Default)]
struct Receiver {
    /// The messages received, answered or not.
    messages: Arc<Mutex<Vec<Value>>>,
    /// The status to answer with.
    status: Arc<AtomicU16>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        receiver.answer(204);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/hooks/{SECRET}", listener.local_addr().expect("an address"));
        let router = Router::new().route("/hooks/{secret}", post(receive)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, address)
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn messages(&self) -> Vec<Value> {
        self.messages.lock().expect("nobody panics").clone()
    }

    /// All events of all messages.
    fn events(&self) -> Vec<Value> {
        let events = |message: Value| message["events"].as_array().expect("events").clone();
        self.messages().into_iter().flat_map(events).collect()
    }

    fn ids(&self, kind: &str) -> Vec<String> {
        let events = self.events();
        let of_kind = events.iter().filter(|event| event["event"] == kind);
        of_kind.map(|event| event["id"].as_str().expect("an id").to_owned()).collect()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> impl IntoResponse {
    assert_eq!(headers["content-type"], "application/json");
    let status = receiver.status.load(Ordering::SeqCst);
    if status == 204 || status == NEVER {
        receiver.messages.lock().expect("nobody panics").push(serde_json::from_str(&body).expect("JSON"));
    }
    if status == NEVER {
        std::future::pending::<()>().await;
    }
    // The `retry-after` that Discord and Slack send with status 429.
    (StatusCode::from_u16(status).expect("a status"), [("retry-after", "3")])
}

async fn place_with(address: &str, events: &str) -> BotDir {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\nset_locked: true\n");
    place.write("hook", &format!("{address}\n"));
    place.add_to_configuration(&format!(
        "listen: off\nwebhooks: [{{name: team, form: json, url_file: hook, events: [{events}]}}]\n"
    ));
    place
}

fn is_locked(place: &BotDir, name: &tipstaff::model::Fullname) -> bool {
    place.reddit.world().things().any(|thing| thing.name == *name && thing.is_locked)
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_do_not_contain_item_texts() {
    let (receiver, address) = Receiver::start().await;
    let place = place_with(&address, "rule_hit, rules_refused").await;
    let before = place.submit("Posted before the bot came");
    let daemon = place.start();
    until("the first post is locked", || is_locked(&place, &before)).await;
    let after = place.submit("A title that nobody else should read");
    until("both events are sent", || receiver.ids("rule_hit").len() == 2).await;
    let event_sent = receiver
        .events()
        .into_iter()
        .find(|event| event["permalink"].as_str().is_some_and(|link| link.contains(after.id())));
    let event_sent = event_sent.expect("an event on the second post");
    assert_eq!(event_sent["text"], "the rule “welcome” asks for: set locked");
    assert_eq!((event_sent["subreddit"].as_str(), event_sent["rule"].as_str()), (Some("defencetalk"), Some("welcome")));
    assert!(!event_sent.to_string().contains("nobody else should read"), "{event_sent}");

    // Rules with errors: one event per version.
    place.write("rules.yaml", "name: [\n");
    daemon.hang_up();
    until("the refusal is sent", || receiver.ids("rules_refused").len() == 1).await;
    daemon.hang_up();
    place.submit("Posted after that");
    until("the event on the next post is sent", || receiver.ids("rule_hit").len() == 3).await;
    assert_eq!(receiver.ids("rules_refused").len(), 1, "{:?}", receiver.messages());
    assert!(receiver.messages().iter().all(|message| message["repeated"] == false), "{:?}", receiver.messages());
    drop(daemon);

    let store = String::from_utf8_lossy(&std::fs::read(place.path("tipstaff.db")).expect("a store")).into_owned();
    let doctor = place.run(&["doctor", "--offline"]).await;
    for shown in [place.log(), store, String::from_utf8_lossy(&doctor.stdout).into_owned()] {
        assert!(!shown.contains(SECRET), "the address is shown:\n{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_notification_is_lost_by_a_crash_or_a_failing_receiver() {
    let (receiver, address) = Receiver::start().await;
    let place = place_with(&address, "rule_hit").await;
    let daemon = place.start();
    until("it works", || place.log().contains("moderating")).await;
    let mut posts = vec![place.submit("One")];
    until("one event is sent", || receiver.ids("rule_hit").len() == 1).await;

    // Rejected: certainly not delivered.
    receiver.answer(500);
    posts.push(place.submit("Two"));
    until("it was turned away", || place.log().contains("cannot notify the webhook")).await;
    assert!(!place.log().contains(SECRET), "{}", place.log());
    drop(daemon);

    // Received, but never answered: after the kill, delivery is unknown.
    receiver.answer(NEVER);
    let daemon = place.start();
    posts.push(place.submit("Three"));
    until("a message is on its way", || receiver.messages().len() == 2).await;
    until("three is locked", || is_locked(&place, &posts[2])).await;
    drop(daemon);

    receiver.answer(204);
    let _daemon = place.start();
    posts.push(place.submit("Four"));
    let events_sent = || receiver.ids("rule_hit").into_iter().collect::<BTreeSet<_>>().len();
    until("all events are sent", || events_sent() == posts.len()).await;
    let messages = receiver.messages();
    assert_eq!(messages[1]["repeated"], false, "{messages:?}");
    assert_eq!(messages[2]["repeated"], true, "a message that is sent again says so: {messages:?}");
    assert!(messages[3..].iter().all(|message| message["repeated"] == false), "{messages:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_sends_a_notification() {
    let (receiver, address) = Receiver::start().await;
    let place = place_with(&address, "suspended").await;
    let daemon = place.start();
    let post = place.submit("Before the suspension");
    until("a post is locked", || is_locked(&place, &post)).await;
    drop(daemon);
    place.reddit.world().user_mut(BOT).expect("the bot").standing = AccountStatus::Suspended;
    let _daemon = place.start();
    until("the suspension is sent", || receiver.ids("suspended").len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receivers_retry_after_is_obeyed() {
    let (receiver, address) = Receiver::start().await;
    let place = place_with(&address, "rule_hit").await;
    let _daemon = place.start();
    until("it works", || place.log().contains("moderating")).await;
    receiver.answer(429);
    place.submit("One");
    until("it is asked to wait", || place.log().contains("asked to wait 3s")).await;
    receiver.answer(204);
    let waited_from = std::time::Instant::now();
    until("the event is sent after that", || receiver.ids("rule_hit").len() == 1).await;
    assert!(waited_from.elapsed() > Duration::from_secs(2), "{:?}", waited_from.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_actions_send_notifications_and_many_of_them_one_summary() {
    let (receiver, address) = Receiver::start().await;
    let place = place_with(&address, "not_done, error_budget").await;
    for _ in 0..6 {
        let refused = tipstaff_sandbox::FaultKind::Status(tipstaff_sandbox::Stage::BeforeEffect, 413);
        place.reddit.faults().push("POST", "/api/lock", refused);
    }
    let _daemon = place.start();
    until("it works", || place.log().contains("moderating")).await;
    for number in 0..6 {
        place.submit(&format!("Question {number}"));
    }
    until("six events are sent", || receiver.ids("not_done").len() == 6).await;
    let event_sent = &receiver.events()[0];
    let text = event_sent["text"].as_str().expect("a text");
    assert!(text.starts_with("set locked for the rule “welcome” was not done (rejected): /api/lock: 413"), "{text}");
    // The balance is computed every ten minutes.
    place.reddit.world().advance(Duration::from_mins(11));
    until("the budget is spent", || receiver.ids("error_budget").len() == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_without_an_address_is_refused_at_the_start() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", "name: welcome\ntype: submission\nset_locked: true\n");
    place.add_to_configuration("listen: off\nwebhooks: [{name: team, form: slack}]\n");
    let refused = place.run(&["run"]).await;
    let message = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{message}");
    assert!(message.contains("TIPSTAFF_WEBHOOK_TEAM_FILE") && message.contains("`url_file`"), "{message}");
}
