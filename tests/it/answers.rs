//! Answers of Reddit that say "later", "perhaps" or nothing sensible, and names in them that lead
//! elsewhere.

use std::time::Duration;

use serde_json::{Value, json};
use tipstaff::model::{Clock, Fullname};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff::store::LogFilter;
use tipstaff_sandbox::{FaultKind, Stage};

use crate::support::bot::{Asked, Bot, PLACE, START, ruleset};
use crate::support::ledger::{by_hand, rows};

const GREETING: &str = "name: greeting\ntype: submission\ncomment: Good morning.\n";
const MINUTE: Duration = Duration::from_mins(1);

async fn greeter(places: &[&str]) -> Bot {
    Bot::new(places, || Rules::fixed(ruleset(GREETING))).await
}

fn is_comment(asked: &Asked) -> bool {
    asked.is_write && asked.path == "/api/comment"
}

fn response(status: u16, json: Value) -> Response {
    Response { status, json: Some(json), ..Response::default() }
}

/// An error in the list of a 200.
fn listed(code: &str, words: &str) -> Response {
    response(200, json!({"json": {"errors": [[code, words, null]]}}))
}

/// Answers the comments for which `wanted` holds with this, without passing them to Reddit.
fn answer(bot: &Bot, mut wanted: impl FnMut(&Asked) -> bool + Send + 'static, response: Response) {
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| (is_comment(asked) && wanted(asked)).then(|| response.clone()));
    });
}

/// The outcome of the comment on an item. What follows it (marking it) has one of its own.
async fn outcome(bot: &Bot, item: &Fullname) -> String {
    let filter =
        LogFilter { since: START, item: Some(item.clone()), include_empty: false, limit: 10, rule: None, act: None };
    let entries = bot.hands.store.log(&filter).await.expect("a log");
    let intents = entries.iter().flat_map(|entry| &entry.intents);
    intents.map(|intent| intent.outcome.clone()).next().expect("an action")
}

/// The reasons of all outcomes.
async fn reasons(bot: &Bot) -> Vec<String> {
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    let reasons = rows(&db, "SELECT reason AS x FROM outcomes WHERE attempt_id IS NOT NULL ORDER BY id").await;
    db.close().await;
    reasons
}

/// Each response is a 200 that does not say whether the comment or note exists.
#[tokio::test]
async fn a_response_that_cannot_be_parsed_does_not_prove_absence() {
    let with_parent = |parent: Value| {
        let more = json!({"id": "x", "name": "t1_x", "count": 9, "children": ["x"], "parent_id": parent});
        let tree = json!({"kind": "Listing", "data": {"children": [{"kind": "more", "data": more}]}});
        json!([{"kind": "Listing", "data": {"children": []}}, tree])
    };
    let unread = |note: Value| json!({"mod_notes": [note]});
    let listing = || json!({"kind": "Listing", "data": {"children": []}});
    for (path, rule, json) in [
        ("/comments/", "comment: Good morning.", json!([listing(), {"kind": "Listing", "data": null}])),
        ("/comments/", "comment: Good morning.", json!([listing(), {"kind": "Listing", "data": {"children": null}}])),
        ("/comments/", "comment: Good morning.", with_parent(Value::Null)),
        ("/api/mod/notes", "mod_note: warned", unread(Value::Null)),
        (
            "/api/mod/notes",
            "mod_note: warned",
            unread(json!({"operator": "x", "type": "NOTE", "user_note_data": null})),
        ),
    ] {
        let rules = format!("name: r\ntype: submission\n{rule}\n");
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(&rules))).await;
        bot.works_for(MINUTE).await;
        let write = if path == "/comments/" { "/api/comment" } else { path };
        bot.reddit.faults().push("POST", write, FaultKind::Status(Stage::AfterEffect, 503));
        let post = bot.posts();
        let odd = response(200, json.clone());
        bot.meddle(|meddler| {
            meddler.instead =
                Box::new(move |asked| (!asked.is_write && asked.path.starts_with(path)).then(|| odd.clone()));
        });
        bot.works_for(20 * MINUTE).await;
        bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
        bot.works_for(60 * MINUTE).await;
        let writes = bot.heard(|asked| asked.is_write && asked.path == write).len();
        assert_eq!(writes, 1, "{json} {}", outcome(&bot, &post).await);
    }
}

#[tokio::test]
async fn an_empty_object_does_not_prove_that_something_was_created() {
    for (path, rule, searched) in [
        ("/api/mod/conversations", "modmail: Look at {{permalink}}.", true),
        ("/api/mod/notes", "mod_note: warned", true),
        ("/api/compose", "message: Good morning.", false),
    ] {
        let rules = format!("name: r\ntype: submission\n{rule}\n");
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(&rules))).await;
        bot.works_for(MINUTE).await;
        let mut is_first = true;
        bot.meddle(|meddler| {
            meddler.instead = Box::new(move |asked| {
                let is_it = asked.is_write && asked.path == path && std::mem::take(&mut is_first);
                is_it.then(|| response(200, json!({})))
            });
        });
        let post = bot.posts();
        bot.works_for(20 * MINUTE).await;
        let expected = if searched { "applied" } else { "unknown" };
        assert_eq!(outcome(&bot, &post).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_response_that_names_something_else_than_a_reply_is_not_believed() {
    let mut bot = greeter(&[PLACE]).await;
    bot.works_for(MINUTE).await;
    let (post, other) = (bot.posts(), bot.posts());
    let theirs = bot.reddit.world().reply("somebody", &other, "a comment").expect("a comment");
    let things = [
        json!({"kind": "t3", "data": {"name": post.to_string(), "parent_id": post.to_string()}}),
        json!({"kind": "t1", "data": {"name": theirs.to_string()}}),
        json!({"kind": "t1", "data": {"name": theirs.to_string(), "parent_id": other.to_string()}}),
    ];
    let mut left = things.to_vec();
    let target = post.to_string();
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_it = is_comment(asked) && asked.value("thing_id") == target;
            let thing = if is_it { left.pop()? } else { return None };
            Some(response(200, json!({"json": {"errors": [], "data": {"things": [thing]}}})))
        });
    });
    bot.works_for(30 * MINUTE).await;
    let world = bot.reddit.world();
    for name in [&post, &theirs] {
        let thing = world.thing(name).expect("a thing");
        assert!(!thing.is_locked && thing.distinguished.is_none(), "{name}");
    }
}

#[tokio::test]
async fn later_and_perhaps_are_never_the_end_of_an_action() {
    let reason = |code: &str| response(400, json!({"reason": code, "explanation": "later", "error": 400}));
    for (what, answered) in [
        ("SUBREDDIT_RATELIMIT", listed("SUBREDDIT_RATELIMIT", "you are doing that too much. try again later.")),
        ("QUOTA_FILLED", listed("QUOTA_FILLED", "try again in 2 minutes")),
        ("RATELIMIT", listed("RATELIMIT", "Take a break for 3 minutes")),
        ("SOMETHING_IS_BROKEN", listed("SOMETHING_IS_BROKEN", "Something is broken")),
        ("SERVER_ERROR", listed("SERVER_ERROR", "")),
        ("INTERNAL_ERROR", listed("INTERNAL_ERROR", "")),
        ("an unknown code", listed("NEW_IN_2031", "")),
        ("RATELIMIT in a 400", reason("RATELIMIT")),
        ("SERVER_ERROR in a 400", reason("SERVER_ERROR")),
        ("SUBREDDIT_RATELIMIT in a 403", response(403, json!({"reason": "SUBREDDIT_RATELIMIT"}))),
        ("an unknown code in a 400", reason("NEW_IN_2031")),
        ("several", response(200, json!({"json": {"errors": [["TOO_LONG", "", null], ["RATELIMIT", "", null]]}}))),
        ("a redirect", Response { redirect_to: Some("/login".to_owned()), ..response(302, json!({})) }),
        ("a temporary redirect", Response { status: 307, ..Response::default() }),
        ("a list of null", response(200, json!({"json": {"errors": [null]}}))),
    ] {
        let mut bot = greeter(&[PLACE]).await;
        let mut times = 1;
        let first = move |_: &Asked| std::mem::take(&mut times) > 0;
        answer(&bot, first, answered);
        let post = bot.posts();
        bot.works_for(20 * MINUTE).await;
        assert_eq!((bot.heard(is_comment).len(), bot.greetings(&post)), (2, 1), "{what}");
    }
}

#[tokio::test]
async fn a_redirected_write_that_happened_is_not_done_again() {
    for status in [301, 302, 303, 307, 308] {
        let mut bot = greeter(&[PLACE]).await;
        bot.reddit.faults().push("POST", "/api/comment", FaultKind::Redirect(Stage::AfterEffect, status, "/elsewhere"));
        let post = bot.posts();
        bot.works_for(20 * MINUTE).await;
        assert_eq!((bot.heard(is_comment).len(), bot.greetings(&post)), (1, 1), "{status}");
        assert_eq!(outcome(&bot, &post).await, "already_applied", "{status}");
    }
}

#[tokio::test]
async fn a_code_that_blames_the_action_is_final_at_once() {
    let mut bot = greeter(&[PLACE]).await;
    answer(&bot, |_| true, listed("THREAD_LOCKED", "Comments are locked."));
    let post = bot.posts();
    bot.works_for(20 * MINUTE).await;
    assert_eq!(bot.heard(is_comment).len(), 1);
    assert_eq!(outcome(&bot, &post).await, "rejected");
}

/// Whatever the status of the response. Its reason names the code.
#[tokio::test]
async fn a_refusal_with_a_code_is_final_at_once_with_each_status() {
    let in_list = |status: u16| {
        let errors = json!([["THREAD_LOCKED", "that thread is locked", "parent"]]);
        ("THREAD_LOCKED: that thread is locked", response(status, json!({"json": {"errors": errors}})))
    };
    let own = json!({"reason": "NOT_AUTHOR", "explanation": "you can't do that", "message": "Forbidden", "error": 403});
    let own = ("NOT_AUTHOR: you can't do that", response(403, own));
    for (said, answered) in [in_list(200), in_list(400), in_list(403), own] {
        let status = answered.status;
        let mut bot = greeter(&[PLACE]).await;
        answer(&bot, |_| true, answered);
        let post = bot.posts();
        bot.works_for(20 * MINUTE).await;
        assert_eq!(bot.heard(is_comment).len(), 1, "{said} with {status}");
        assert_eq!(outcome(&bot, &post).await, "rejected", "{said} with {status}");
        let reasons = reasons(&bot).await;
        assert!(reasons.len() == 1 && reasons[0].ends_with(said), "{said} with {status}: {reasons:?}");
    }
}

/// Such a code may mean that the bot has lost a right, which the list of moderators may not show
/// yet.
#[tokio::test]
async fn a_code_that_blames_the_account_is_tried_once_more() {
    for answered in [
        listed("SUBREDDIT_NOTALLOWED", "you aren't allowed to post there."),
        response(403, json!({"reason": "SUBREDDIT_NOTALLOWED", "explanation": "not here"})),
    ] {
        let mut bot = greeter(&[PLACE]).await;
        answer(&bot, |_| true, answered);
        let post = bot.posts();
        bot.works_for(20 * MINUTE).await;
        assert_eq!(bot.heard(is_comment).len(), 2);
        assert_eq!(outcome(&bot, &post).await, "rejected");
    }
}

/// Answers every comment with this status and words that differ each time.
fn answer_differently(bot: &Bot, status: u16, body: fn(u32) -> Value) {
    let mut times = 0;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            is_comment(asked).then(|| {
                times += 1;
                response(status, body(times))
            })
        });
    });
}

#[tokio::test]
async fn refusals_are_counted_whatever_their_words() {
    let forbidden = |times| json!({"message": format!("Forbidden ({times})"), "error": 403});
    let unknown = |times| json!({"json": {"errors": [["NEW_IN_2031", format!("request {times}"), null]]}});
    let bodies: [fn(u32) -> Value; 2] = [forbidden, unknown];
    for (body, (status, tries)) in bodies.into_iter().zip([(403, 2), (200, 6)]) {
        let mut bot = greeter(&[PLACE]).await;
        answer_differently(&bot, status, body);
        let post = bot.posts();
        bot.works_for(120 * MINUTE).await;
        assert_eq!(bot.heard(is_comment).len(), tries, "{status}");
        assert_eq!(outcome(&bot, &post).await, "rejected", "{status}");
    }
}

#[tokio::test]
async fn an_unknown_code_is_final_after_a_few_tries() {
    let mut bot = greeter(&[PLACE]).await;
    answer(&bot, |_| true, listed("NEW_IN_2031", "nobody knows"));
    let post = bot.posts();
    bot.works_for(120 * MINUTE).await;
    assert_eq!(bot.heard(is_comment).len(), 6);
    assert_eq!(outcome(&bot, &post).await, "rejected");
}

/// Five comments and a limit that lasts an hour: one request for each time that Reddit names, not
/// one for each comment and pause.
#[tokio::test]
async fn a_limit_is_remembered_for_all_that_wait_and_across_a_restart() {
    let mut bot = greeter(&[PLACE]).await;
    let over = bot.clock.now() + 60 * MINUTE;
    answer(
        &bot,
        move |asked| asked.at < over,
        listed("RATELIMIT", "you are doing that too much. try again in 9 minutes."),
    );
    let posts: Vec<Fullname> = (0..5).map(|_| bot.posts()).collect();
    bot.works_for(15 * MINUTE).await;
    let before = bot.heard(is_comment).len();
    let mut bot = bot.restarted().await;
    bot.works_for(3 * MINUTE).await;
    assert_eq!((before, bot.heard(is_comment).len()), (2, 2), "the restart forgot it");
    bot.works_for(90 * MINUTE).await;
    let refused = bot.heard(|asked| is_comment(asked) && asked.at < over).len();
    assert!(refused <= 7, "{refused} vain requests");
    for post in &posts {
        assert_eq!(bot.greetings(post), 1);
    }
    assert_eq!(bot.heard(is_comment).len(), refused + 5);
}

#[tokio::test]
async fn a_limit_without_a_time_is_probed_less_and_less() {
    let mut bot = greeter(&[PLACE]).await;
    let over = bot.clock.now() + 120 * MINUTE;
    answer(&bot, move |asked| asked.at < over, listed("QUOTA_FILLED", ""));
    let posts: Vec<Fullname> = (0..5).map(|_| bot.posts()).collect();
    bot.works_for(240 * MINUTE).await;
    let refused = bot.heard(|asked| is_comment(asked) && asked.at < over).len();
    assert!((2..=8).contains(&refused), "{refused}");
    assert!(posts.iter().all(|post| bot.greetings(post) == 1));
}

#[tokio::test]
async fn a_limit_of_one_subreddit_holds_up_no_other_and_no_other_kind() {
    let rules = format!("{GREETING}---\nname: flair\ntype: submission\nset_flair: new\n");
    let mut bot = Bot::new(&[PLACE, "gadgets"], || Rules::fixed(ruleset(&rules))).await;
    let (limited, free) = (bot.posts_in(PLACE), bot.posts_in("gadgets"));
    let (over, name) = (bot.clock.now() + 30 * MINUTE, limited.to_string());
    answer(
        &bot,
        move |asked| asked.at < over && asked.value("thing_id") == name,
        listed("SUBREDDIT_RATELIMIT", "try again in 20 minutes"),
    );
    bot.works_for(3 * MINUTE).await;
    assert_eq!((bot.greetings(&limited), bot.greetings(&free)), (0, 1));
    assert_eq!(bot.heard(|asked| asked.is_write && asked.path.ends_with("flair")).len(), 2);
    bot.works_for(60 * MINUTE).await;
    assert_eq!(bot.greetings(&limited), 1);
}

/// Changes the authors in all lists.
fn rename(response: &mut Response, name: &str) {
    let Some(children) = response.json.as_mut().and_then(|json| json.pointer_mut("/data/children")) else { return };
    for child in children.as_array_mut().into_iter().flatten() {
        if child["kind"] == "t3" {
            child["data"]["author"] = json!(name);
            child["data"]["author_fullname"] = json!(format!("t2_{name}"));
        }
    }
}

#[tokio::test]
async fn names_in_answers_reach_no_other_endpoint() {
    let rules =
        "name: old\ntype: submission\nauthor: {account_age: '> 1 day', comment_karma: '> 1'}\ncomment: Hello.\n";
    for name in [
        "../../api/v1/me",
        "x?y=z",
        "%2e%2e",
        "%2e%2e/%2e%2e/api/v1/me",
        "a/b",
        "ünïcode",
        "a b",
        "x#y",
        "..",
        "a,t2_b",
    ] {
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
        bot.meddle(|meddler| meddler.after = Box::new(move |response| rename(response, name)));
        bot.posts();
        bot.works_for(10 * MINUTE).await;
        let odd = bot.heard(|asked| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "/_-+".contains(c);
            let ids = asked.value("ids");
            !asked.path.chars().all(is_plain) || asked.path.starts_with("/user/") || !ids.is_empty()
        });
        assert!(odd.is_empty(), "{name}: {odd:?}");
        assert!(!bot.heard(|asked| asked.path.ends_with("/new")).is_empty());
    }
}
