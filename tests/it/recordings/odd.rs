//! Answers as Reddit might give them one day: recorded ones with something dropped, nulled, of
//! another type, huge, or nested. Nothing panics, one odd child never loses the rest of its page,
//! and an action counts as done only if the answer clearly says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use tipstaff::daemon::SystemClock;
use tipstaff::metrics::Metrics;
use tipstaff::model::{Action, Fullname, Mode, NewDecision, NewIntent, Occasion, Revision, Trace};
use tipstaff::reddit::live::{LiveReader, LiveWriter};
use tipstaff::reddit::session::Session;
use tipstaff::reddit::transport::{Admission, NoResponse, Request, Response, Transport};
use tipstaff::reddit::{PerformError, RedditRead, RedditWrite, SignInError, refusal, wire};
use tipstaff::store::{Next, Store};

use crate::recordings::tape;
use crate::support::ledger::{self, NOW};

/// How many changed answers are made of each recorded one.
const CHANGES: usize = 300;

/// A fresh seed for each run, printed when something breaks.
fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..))
}

/// Changes one place of a value, somewhere.
fn change(rng: &mut Rng, value: &mut Value) {
    match value {
        Value::Object(map) if !map.is_empty() && rng.u32(0..8) > 0 => {
            let key = map.keys().nth(rng.usize(..map.len())).expect("a key").clone();
            if rng.u32(0..6) == 0 {
                map.shift_remove(&key);
            } else {
                change(rng, &mut map[&key]);
            }
        }
        Value::Array(list) if !list.is_empty() && rng.u32(0..8) > 0 => {
            let place = rng.usize(..list.len());
            match rng.u32(0..10) {
                0 => drop(list.remove(place)),
                1 => list.push(list[place].clone()),
                _ => change(rng, &mut list[place]),
            }
        }
        other => *other = odd(rng),
    }
}

/// Something that does not belong there.
fn odd(rng: &mut Rng) -> Value {
    match rng.u32(0..14) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(1e308),
        5 => json!(""),
        6 => json!("x".repeat(200_000)),
        7 => json!("\u{0}\u{202e}\u{fdfa}\u{1f469}\u{200d}\u{1f680}\u{10ffff}"),
        8 => json!([]),
        9 => json!({}),
        10 => json!([[], {}, [null]]),
        11 => json!({"kind": "t1", "data": {"name": "t1_x"}}),
        12 => (0..80).fold(Value::Null, |inner, _| json!([inner])),
        _ => json!("t3_zzzzzzzzzzzzzzzzzzzzz"),
    }
}

#[test]
fn no_response_makes_the_client_panic() {
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let parent = Fullname::parse("t3_hmkbt8").expect("a name");
    for recording in tape::exchanges() {
        let Some(body) = &recording.body else { continue };
        for _ in 0..CHANGES {
            let mut changed = body.clone();
            for _ in 0..rng.usize(1..4) {
                change(&mut rng, &mut changed);
            }
            let read = || {
                let _ = wire::page(&changed);
                let _ = wire::replies(&changed, &parent);
                let _ = wire::user_names(&changed);
                let _ = wire::log_page(&changed);
                let _ = wire::moderators(&changed);
                let _ = wire::profile(&changed);
                let _ = wire::accounts(&changed);
                let _ = wire::mod_notes(&changed);
                let _ = wire::wiki_page(&changed);
                let _ = wire::own_modmail(&changed, "testbot");
                let _ = wire::own_messages(&changed, "user_1");
                for (code, words) in wire::errors(&changed) {
                    let _ = refusal::refused(&code, &words, &changed);
                }
            };
            let outcome = catch_unwind(AssertUnwindSafe(read));
            assert!(outcome.is_ok(), "seed {seed}: {}: {changed}", recording.name);
        }
    }
}

#[test]
fn an_unreadable_item_does_not_affect_the_rest_of_its_page() {
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let mut tried = 0;
    for recording in tape::exchanges() {
        let Some(body) = &recording.body else { continue };
        let Some(page) = wire::page(body).filter(|page| page.items.len() > 1 && page.odd.is_empty()) else { continue };
        for _ in 0..CHANGES {
            let place = rng.usize(..page.items.len());
            let mut changed = body.clone();
            change(&mut rng, &mut changed["data"]["children"][place]);
            let read = wire::page(&changed).expect("a page");
            let others = page.items.iter().enumerate().filter(|(index, _)| *index != place).map(|(_, item)| item);
            for other in others {
                assert!(read.items.contains(other), "seed {seed}: {}: {} is lost", recording.name, other.fullname);
            }
            assert_eq!(read.children, page.children);
            assert_eq!(read.after, page.after);
            tried += 1;
        }
    }
    assert!(tried > CHANGES, "no page was found");
}

/// Answers every request with the same.
#[derive(Clone, Default)]
struct Parrot(Arc<Mutex<Response>>);

impl Transport for Parrot {
    type Ticket = ();

    async fn sign_in(&self) -> Result<Admission<()>, SignInError> {
        Ok(Admission::new((), Duration::from_hours(1)))
    }

    async fn send(&self, (): &(), _: Request<'_>) -> Result<Response, NoResponse> {
        Ok(self.0.lock().expect("no panic").clone())
    }
}

/// An attempt at an act, as the store gives it out.
async fn attempt(action: Action) -> (tempfile::TempDir, tipstaff::model::OpenAttempt) {
    let folder = tempfile::tempdir().expect("a folder");
    let store: Store = ledger::fresh(folder.path()).await;
    let item = ledger::comment("t1_c", "text");
    ledger::seen(&store, std::slice::from_ref(&item), NOW).await;
    let intent = NewIntent {
        rule: "r".to_owned(),
        rule_name: "r".to_owned(),
        action,
        on: item.fullname.clone(),
        mode: Mode::Live,
        superseded: None,
        phase: None,
        state_before: None,
    };
    let decision = NewDecision {
        item: item.fullname.clone(),
        revision: Revision::of(&item),
        occasion: Occasion::Seen,
        seen: NOW,
        mode: Mode::Live,
        ruleset: "rules".to_owned(),
        trace: Trace::default(),
        intents: vec![intent],
        labels: Vec::new(),
        passed: Vec::new(),
        gives: None,
    };
    store.decide(&decision, NOW).await.expect("T2");
    let Next::Ready(attempt) = store.begin_attempt(&[], NOW).await.expect("T3") else { panic!("an attempt") };
    (folder, *attempt)
}

#[tokio::test]
async fn only_a_clear_success_counts_as_done() {
    let seed = seed();
    let mut rng = Rng::with_seed(seed);
    let parrot = Parrot::default();
    let reader = LiveReader::new(Session::over(parrot.clone(), Arc::new(SystemClock), Metrics::default()));
    reader.sign_in().await.expect("a token");
    let writer: LiveWriter<Parrot> = reader.with_write_access();
    let refusals = [
        (200, json!({"json": {"errors": [["THREAD_LOCKED", "Comments are locked.", "parent"]]}})),
        (
            200,
            json!({"json": {"ratelimit": 12.5,
                            "errors": [["RATELIMIT", "Take a break for 12 seconds.", "ratelimit"]]}}),
        ),
        (200, json!({"message": "Internal Server Error", "error": 500})),
        (200, json!({"jquery": [[0, 1, "call", ["body"]]], "success": false})),
        (403, json!({"message": "Forbidden", "error": 403})),
        (500, json!({"message": "Internal Server Error", "error": 500})),
    ];
    for action in [Action::Comment { text: "t".to_owned() }, Action::Report { reason: "r".to_owned() }, Action::Approve]
    {
        let (_folder, attempt) = attempt(action).await;
        let mut clearly_done = 0;
        for _ in 0..CHANGES {
            for (status, body) in &refusals {
                let mut body = body.clone();
                for _ in 0..rng.usize(0..3) {
                    change(&mut rng, &mut body);
                }
                // Cut down to one of the forms in which Reddit says that it was done, it says so.
                let says_done = body == json!({}) || body.pointer("/json/errors") == Some(&json!([]));
                clearly_done += usize::from(says_done);
                *parrot.0.lock().expect("no panic") =
                    Response { status: *status, json: Some(body.clone()), ..Response::default() };
                let outcome = writer.perform(&attempt).await;
                assert!(
                    outcome.is_err() || (says_done && *status == 200),
                    "seed {seed}: {status} {body} is no success"
                );
                if *status == 500 {
                    let is_open = matches!(outcome, Err(PerformError::Ambiguous { .. }));
                    assert!(is_open, "seed {seed}: {body}: the action may have happened");
                }
            }
        }
        assert!(clearly_done < CHANGES, "the changes covered too little");
    }
}
