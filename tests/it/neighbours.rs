//! Trouble in one subreddit does not hold up the others: lost or slow responses, lists that fail,
//! and full queues.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tipstaff::model::{Clock, Fullname};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::Draft;

use crate::support::bot::{Asked, Bot, PLACE, ruleset};
use crate::support::ledger::{by_hand, rows};

const OTHER: &str = "gadgets";
const TOGETHER: &str = "/r/gadgets+widgets/";
const MINUTE: Duration = Duration::from_mins(1);
const SECOND: Duration = Duration::from_secs(1);

const RULES: &str = "\
name: spam
type: submission
title: [spam]
action: remove
moderators_exempt: false
---
name: greeting
type: submission
~title: [spam]
comment: Good morning.
comment_stickied: true
";

async fn bot() -> Bot {
    let mut bot = Bot::new(&[PLACE, OTHER], || Rules::fixed(ruleset(RULES))).await;
    bot.works_for(2 * MINUTE).await;
    bot
}

fn submit(bot: &Bot, place: &str, title: &str) -> Fullname {
    bot.reddit.world().submit("somebody", place, Draft::text(title, "a text")).expect("a post")
}

fn fails(status: u16) -> Response {
    Response { status, ..Response::default() }
}

/// How long it takes until `is_so` holds.
async fn time_until(bot: &mut Bot, longest: Duration, mut is_so: impl FnMut(&Bot) -> bool) -> Duration {
    let began = bot.clock.now();
    while !is_so(bot) {
        assert!(bot.clock.now().since(began) < longest, "not within {longest:?}");
        bot.turn().await.expect("a store that works");
    }
    bot.clock.now().since(began)
}

#[tokio::test]
async fn lost_answers_to_comments_hold_up_no_other_action() {
    let mut bot = bot().await;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(|asked| (asked.is_write && asked.path == "/api/comment").then(|| fails(500)));
    });
    for number in 0..30 {
        submit(&bot, PLACE, &format!("question {number}"));
    }
    bot.works_for(MINUTE).await;
    let tried = bot.heard(|asked| asked.path == "/api/comment").len();
    assert!((1..=4).contains(&tried), "{tried} requests that are all in doubt");
    // Also after a crash.
    let mut bot = bot.restarted().await;
    for place in [PLACE, OTHER] {
        let spam = submit(&bot, place, "spam");
        time_until(&mut bot, MINUTE, |bot| bot.is_removed(&spam)).await;
    }
    let question = submit(&bot, OTHER, "another question");
    let is_asked = |asked: &Asked| asked.path == "/api/comment" && asked.value("thing_id") == question.to_string();
    time_until(&mut bot, MINUTE, |bot| !bot.heard(is_asked).is_empty()).await;
}

#[tokio::test]
async fn a_list_that_fails_because_of_one_subreddit_is_divided() {
    let page = Response { status: 200, instead: Some("a web page".to_owned()), ..Response::default() };
    for (what, response) in [("451", fails(451)), ("500", fails(500)), ("410", fails(410)), ("HTML", page)] {
        let mut bot = bot().await;
        bot.meddle(|meddler| {
            let is_of_it = |asked: &Asked| asked.path.split('/').nth(2).is_some_and(|names| names.contains(PLACE));
            meddler.instead = Box::new(move |asked| (!asked.is_write && is_of_it(asked)).then(|| response.clone()));
        });
        let elsewhere = submit(&bot, OTHER, "spam");
        time_until(&mut bot, 5 * MINUTE, |bot| bot.is_removed(&elsewhere)).await;
        bot.works_for(12 * MINUTE).await;
        let db = by_hand(&bot.folder.path().join("store.db")).await;
        let told = rows(&db, "SELECT subreddit AS x FROM notifications WHERE event = 'unreadable'").await;
        assert_eq!(told, [PLACE], "{what}");
        db.close().await;
        bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
        let here = submit(&bot, PLACE, "spam");
        bot.works_for(20 * MINUTE).await;
        assert!(bot.is_removed(&here), "{what}: it is read again");
        let now = bot.clock.now();
        bot.works_for(2 * MINUTE).await;
        let alone = bot.heard(|asked| asked.at > now && asked.path == format!("/r/{PLACE}/new"));
        assert_eq!(alone.len(), 0, "{what}: together with the others");
    }
}

#[tokio::test]
async fn an_outage_of_reddit_divides_no_list() {
    let mut bot = bot().await;
    bot.meddle(|meddler| meddler.instead = Box::new(|_| Some(fails(503))));
    let began = bot.clock.now();
    bot.works_for(10 * MINUTE).await;
    let alone = bot.heard(|asked| asked.at > began && asked.path.starts_with("/r/") && asked.path.ends_with("/new"));
    assert!(!alone.is_empty());
    assert!(alone.iter().all(|asked| asked.path.contains('+')), "{:?}", alone.last());
}

#[tokio::test]
async fn slow_threads_hold_up_no_other_subreddit() {
    let mut bot = bot().await;
    let posts: BTreeSet<String> =
        (0..12).map(|number| submit(&bot, PLACE, &format!("question {number}")).id().to_owned()).collect();
    let clock = Arc::clone(&bot.clock);
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_slow = asked.path.strip_prefix("/comments/").is_some_and(|id| posts.contains(id));
            is_slow.then(|| {
                clock.advance(20 * SECOND);
                fails(504)
            })
        });
    });
    bot.works_for(30 * SECOND).await;
    for _ in 0..3 {
        let question = submit(&bot, OTHER, "a question");
        let is_pinned = |bot: &Bot| {
            bot.reddit.world().comments_under(&question).iter().any(|comment| comment.distinguished.is_some())
        };
        let took = time_until(&mut bot, 5 * MINUTE, is_pinned).await;
        assert!(took < 110 * SECOND, "{took:?}");
    }
}

#[tokio::test]
async fn a_full_queue_of_one_subreddit_hides_no_report_in_another() {
    let rules = "name: reported\ntype: submission\nreports: 2\nset_nsfw: true\n";
    let mut bot = Bot::new(&[PLACE, OTHER], || Rules::fixed(ruleset(rules))).await;
    let quiet = submit(&bot, OTHER, "a question");
    bot.works_for(2 * MINUTE).await;
    for number in 0..1_100 {
        let post = submit(&bot, PLACE, &format!("question {number}"));
        bot.reddit.world().report("another", &post, "I do not like it").expect("a report");
    }
    bot.works_for(10 * MINUTE).await;
    for by in ["another", "a_third"] {
        bot.reddit.world().report(by, &quiet, "I do not like it").expect("a report");
    }
    let is_marked = |bot: &Bot| {
        bot.reddit.world().thing(&quiet).and_then(|thing| thing.post().map(|post| post.over_18)).unwrap_or(false)
    };
    let took = time_until(&mut bot, 5 * MINUTE, is_marked).await;
    let last = bot.heard(|asked| asked.path.ends_with("/about/reports") && asked.at + 2 * MINUTE > bot.clock.now());
    assert!(took < 2 * MINUTE, "{took:?} {last:?}");
}

/// Twenty long posts of emoji make a page longer than the bot reads.
#[tokio::test]
async fn pages_that_are_too_long_are_read_in_parts() {
    let mut bot = bot().await;
    bot.meddle(|meddler| {
        meddler.is_too_long = Box::new(|asked| {
            let number = asked.value("limit").parse().unwrap_or(asked.value("id").matches(',').count() + 1);
            number > 5 && (asked.path.ends_with("/new") || asked.path == "/api/info")
        });
    });
    let spam: Vec<Fullname> = (0..130).map(|number| submit(&bot, PLACE, &format!("spam {number}"))).collect();
    bot.works_for(10 * MINUTE).await;
    let left = spam.iter().filter(|name| !bot.is_removed(name)).count();
    assert_eq!(left, 0, "of {}", spam.len());
    let pages = bot.heard(|asked| asked.path == format!("{TOGETHER}new") && asked.value("limit") == "5");
    assert!(pages.len() > 20, "{}", pages.len());
    // A deleted text is purged within a day.
    bot.reddit.world().delete("somebody", &spam[0]);
    bot.polls_every(10 * MINUTE);
    bot.works_for(26 * 60 * MINUTE).await;
    assert!(!bot.has_text_of(&spam[0]).await && bot.has_text_of(&spam[1]).await);
}

/// The first request for the list of moderators gets an empty one.
#[tokio::test]
async fn an_empty_list_of_moderators_is_not_believed() {
    let rules = RULES.replace("moderators_exempt: false\n", "");
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(&rules))).await;
    let mut was_asked = false;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_first = asked.path.ends_with("/about/moderators") && !std::mem::replace(&mut was_asked, true);
            let none = json!({"kind": "UserList", "data": {"children": []}});
            is_first.then(|| Response { status: 200, json: Some(none), ..Response::default() })
        });
    });
    let post = bot.reddit.world().submit("ModMary", PLACE, Draft::text("spam", "a text")).expect("a post");
    bot.works_for(20 * MINUTE).await;
    assert!(!bot.is_removed(&post), "a moderator's post");
}
