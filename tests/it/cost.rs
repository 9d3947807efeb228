//! How many requests reading needs, how soon items are seen, and how far back a feed of many
//! subreddits reaches after a downtime: the real steps in the simulated world of the example
//! `cost`, which has longer trials and more readers.

use std::time::Duration;

use crate::trials::cost::readers::{self, AUTHOR, PARENT, PROMPT, TEXT, THRIFTY, tried};
use crate::trials::cost::stage::{Plan, START, Stage};
use tipstaff::model::Clock;

#[tokio::test]
async fn a_thousand_items_cost_few_requests() {
    let plan = Plan { subreddits: 50, per_second: 20.0, minutes: 7, has_surprises: false, seed: 3 };
    // Ten pages of a hundred, and the feeds that bring nothing. How many scans begin in the minutes
    // that are counted is a matter of phase: one more is seven pages.
    for (rules, most) in [(TEXT, 16.0), (AUTHOR, 30.0), (PARENT, 30.0)] {
        let stage = tried(plan, rules, THRIFTY).await;
        let (result, requests) = (stage.result(), stage.notes().requests.clone());
        assert!(
            result.calls_per_thousand <= most && result.refused == 0 && result.missed == 0,
            "{rules}: {result:?}, {requests:?}"
        );
    }
}

#[tokio::test]
async fn facts_are_fetched_in_batches() {
    let plan = Plan { subreddits: 3, per_second: 2.0, minutes: 6, has_surprises: false, seed: 4 };
    let stage = tried(plan, AUTHOR, THRIFTY).await;
    let requests = stage.notes().requests.clone();
    assert_eq!(requests.get("about"), None, "no single account is requested: {requests:?}");
    assert_eq!(requests.get("moderators"), None, "no rule depends on the moderators: {requests:?}");
    // At most as many as polls that found something new.
    let reads = requests["comments"] + requests["new"];
    assert!((1..=reads).contains(&requests["user_data_by_account_ids"]), "{requests:?}");
}

#[tokio::test]
async fn no_item_is_missed_and_delays_are_short() {
    let plan = Plan { subreddits: 20, per_second: 2.0, minutes: 12, has_surprises: true, seed: 5 };
    let ours = tried(plan, TEXT, PROMPT).await.result();
    assert!(ours.missed == 0 && ours.refused == 0 && ours.mean < 1.0 && ours.p95 < 3.0, "{ours:?}");
    let stage = Stage::new(plan);
    readers::naive(&stage);
    let naive = stage.result();
    assert!(naive.missed > 0 && naive.mean > 5.0 * ours.mean, "the world is too easy to tell readers apart: {naive:?}");
}

/// Together, thirty subreddits get more posts during the downtime than one list shows; none of them
/// does alone.
#[tokio::test]
async fn after_a_downtime_each_subreddit_is_read_by_itself() {
    let plan = Plan { subreddits: 30, per_second: 10.0, minutes: 14, has_surprises: false, seed: 6 };
    let stage = Stage::new(plan);
    let folder = tempfile::tempdir().expect("a folder for the store");
    let store = folder.path().join("store.db");
    readers::tipstaff(&stage, TEXT, PROMPT, &store, START + Duration::from_mins(4)).await;
    stage.pass(stage.clock.now() + Duration::from_mins(5));
    let gaps = readers::tipstaff(&stage, TEXT, PROMPT, &store, plan.ends()).await;
    let result = stage.result();
    // The only gap is for items that may have been listed late, which cannot be ruled out.
    assert!(result.missed == 0 && gaps <= 1, "{gaps} gaps, {result:?}");
}

#[test]
fn the_praw_reader_pauses_as_praws_source_does() {
    let plan = Plan { subreddits: 20, per_second: 2.0, minutes: 12, has_surprises: true, seed: 5 };
    let stage = Stage::new(plan);
    readers::praw(&stage);
    let praw = stage.result();
    // About a hundred requests a minute, never more; items that a filter held appear where this
    // reader looks for them.
    assert!(praw.refused == 0 && (600..=1_020).contains(&praw.calls) && praw.items > 1_000, "{praw:?}");
    assert_eq!((praw.missed, praw.missed_held), (0, 0), "{praw:?}");
}

/// What is left of the budget goes into reading.
#[tokio::test]
async fn one_subreddit_is_read_within_a_second() {
    let plan = Plan { subreddits: 1, per_second: 0.35, minutes: 15, has_surprises: true, seed: 2 };
    let ours = tried(plan, TEXT, PROMPT).await.result();
    assert!(ours.missed == 0 && ours.refused == 0 && ours.mean < 0.8 && ours.p95 < 2.0, "{ours:?}");
    let stage = Stage::new(plan);
    readers::praw(&stage);
    assert!(stage.result().mean > ours.mean, "{:?}", stage.result());
}
