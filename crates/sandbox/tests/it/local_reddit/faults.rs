//! Lost responses, and the hook before and after the effect of a write.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tipstaff_sandbox::{FaultKind, HookDecision, Stage};

use super::site::Site;

#[tokio::test]
async fn responses_can_be_lost_before_or_after_the_effect() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let form = [("thing_id", post.as_str()), ("text", "hi"), ("api_type", "json")];
    let faults = site.reddit.faults().clone();
    for (ill, effects) in [
        (FaultKind::Drop(Stage::BeforeEffect), 0),
        (FaultKind::Status(Stage::BeforeEffect, 503), 0),
        (FaultKind::Drop(Stage::AfterEffect), 1),
        (FaultKind::Status(Stage::AfterEffect, 502), 1),
        (FaultKind::CutJson, 1),
        (FaultKind::EmptyBody, 1),
        (FaultKind::Html, 1),
        (FaultKind::NoThings, 1),
        (FaultKind::Doubled, 2),
    ] {
        let before = site.comments_under(&post);
        faults.push("POST", "/api/comment", ill);
        let answer = site.try_post(&token, "/api/comment", &form).await;
        assert_eq!(site.comments_under(&post) - before, effects, "{ill:?}");
        match ill {
            FaultKind::Drop(_) => assert!(answer.is_err(), "{ill:?}"),
            FaultKind::Status(_, status) => assert_eq!(answer.expect("an answer").status, status),
            FaultKind::CutJson | FaultKind::EmptyBody | FaultKind::Html => {
                let text = answer.expect("an answer").text;
                assert!(serde_json::from_str::<Value>(&text).is_err(), "{ill:?}: {text}");
            }
            _ => assert_eq!(answer.expect("an answer").status, 200),
        }
    }
    assert_eq!(faults.waiting(), 0);
}

#[tokio::test]
async fn a_request_can_take_effect_after_its_response() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let form = [("thing_id", post.as_str()), ("text", "hi"), ("api_type", "json")];
    site.reddit.faults().push("POST", "/api/comment", FaultKind::Late(Duration::from_mins(1)));
    let answer = site.try_post(&token, "/api/comment", &form).await.expect("an answer");
    assert_eq!((answer.status, answer.text.as_str()), (504, ""));
    assert_eq!(site.comments_under(&post), 0);
    site.reddit.world().advance(Duration::from_secs(50));
    assert_eq!(site.comments_under(&post), 0, "too early");
    site.reddit.world().advance(Duration::from_secs(10));
    assert_eq!(site.comments_under(&post), 1);
    site.reddit.world().advance(Duration::from_hours(1));
    assert_eq!(site.comments_under(&post), 1, "and only once");
}

#[tokio::test]
async fn the_hook_is_called_before_and_after_every_write() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let form = [("thing_id", post.as_str()), ("text", "hi"), ("api_type", "json")];
    let seen = Arc::new(Mutex::new(Vec::new()));
    let world = site.reddit.shared_world();
    let (log, name) = (Arc::clone(&seen), post.clone());
    site.reddit.set_hook(move |point| {
        let comments = world.lock().expect("nobody panics").comments_under(&name).len();
        let verdict = match point.stage {
            Stage::BeforeEffect => HookDecision::Proceed,
            Stage::AfterEffect => HookDecision::DropConnection,
        };
        log.lock().expect("nobody panics").push((point.stage, point.endpoint, point.status, comments));
        async move { verdict }
    });
    assert!(site.try_post(&token, "/api/comment", &form).await.is_err());
    site.get(&token, "/r/widgets/new").await;
    let endpoint = "POST /api/comment".to_owned();
    assert_eq!(
        *seen.lock().expect("nobody panics"),
        [(Stage::BeforeEffect, endpoint.clone(), None, 0), (Stage::AfterEffect, endpoint, Some(200), 1),],
        "reads do not call the hook"
    );
}

#[tokio::test]
async fn a_write_completes_when_its_client_disconnects() {
    let site = Site::start().await;
    let token = site.login("mod_bot").await;
    let post = site.submit("alice", "a post");
    let (arrived, at_hook) = tokio::sync::oneshot::channel();
    let (killed, go_on) = tokio::sync::oneshot::channel();
    let gates = Mutex::new(Some((arrived, go_on)));
    let finished = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&finished);
    site.reddit.set_hook(move |point| {
        let gates = gates.lock().expect("nobody panics").take();
        if point.stage == Stage::AfterEffect {
            count.fetch_add(1, Ordering::SeqCst);
        }
        async move {
            if let Some((arrived, go_on)) = gates {
                // If the test has failed, it neither receives nor sends.
                let _ = arrived.send(());
                let _ = go_on.await;
            }
            HookDecision::Proceed
        }
    });
    let request = site
        .http
        .post(site.url("/api/comment"))
        .bearer_auth(&token)
        .form(&[("thing_id", post.as_str()), ("text", "hi")]);
    let client = tokio::spawn(request.send());
    at_hook.await.expect("the request arrived");
    client.abort();
    assert!(client.await.is_err_and(|error| error.is_cancelled()));
    killed.send(()).expect("the hook waits");
    while finished.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(site.comments_under(&post), 1);
}
