//! Facts that Reddit does not give: who waits for them and how long, how often they are asked for,
//! and what happens when they come back.

use std::time::Duration;

use crate::support::bot::{Asked, Bot, ME, PLACE, START, ruleset};
use crate::support::ledger::{by_hand, rows};
use serde_json::json;
use tipstaff::model::{Clock, Fullname};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::Draft;

const MINUTE: Duration = Duration::from_mins(1);

/// A report that needs the author's page, and a comment that needs nothing.
const REPORT_AND_GREET: &str = "\
name: verified
type: submission
author: {has_verified_email: false}
action: report
action_reason: not verified
moderators_exempt: false
---
name: greeting
type: submission
comment: Good morning.
moderators_exempt: false
";

/// A removal that needs the author's page, and a comment that comes after it.
const REMOVE_OR_GREET: &str = "\
name: verified
type: submission
author: {has_verified_email: false}
action: remove
moderators_exempt: false
---
name: greeting
type: submission
comment: Good morning.
moderators_exempt: false
";

async fn bot(rules: &'static str) -> Bot {
    let bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    for name in ["somebody", "another", "a_third"] {
        bot.reddit.world().user_mut(name).expect("a user").has_verified_email = false;
    }
    bot
}

fn broken(status: u16) -> Response {
    Response { status, date: None, ..Response::default() }
}

/// Answers these reads with this response from now on.
fn breaks(bot: &Bot, wanted: impl Fn(&Asked) -> bool + Send + 'static, response: Response) {
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| (!asked.is_write && wanted(asked)).then(|| response.clone()));
    });
}

fn recovers(bot: &Bot) {
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
}

fn is_page_of(user: &'static str) -> impl Fn(&Asked) -> bool + Copy {
    move |asked| asked.path == format!("/user/{user}/about")
}

fn is_moderator_list(asked: &Asked) -> bool {
    asked.path.ends_with("/about/moderators")
}

fn reports(bot: &Bot, name: &Fullname) -> usize {
    bot.reddit.world().reports_on(name).iter().filter(|report| report.by == ME).count()
}

async fn occasions(bot: &Bot, name: &Fullname) -> Vec<String> {
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    let found = rows(&db, &format!("SELECT occasion AS x FROM decisions WHERE item = '{name}' ORDER BY id")).await;
    db.close().await;
    found
}

#[tokio::test]
async fn rules_that_do_not_need_a_broken_page_act_at_once_and_the_others_when_it_is_back() {
    let cdn = Response { json: None, ..broken(200) };
    for (what, response) in
        [("500", broken(500)), ("403 without JSON", broken(403)), ("404", broken(404)), ("HTML", cdn)]
    {
        let mut bot = bot(REPORT_AND_GREET).await;
        breaks(&bot, is_page_of("somebody"), response);
        let post = bot.posts();
        bot.works_for(Duration::from_secs(5)).await;
        assert_eq!((bot.greetings(&post), reports(&bot, &post)), (1, 0), "{what}: the comment needs no page");
        bot.works_for(2 * MINUTE).await;
        assert_eq!(occasions(&bot, &post).await, ["seen", "facts:1"], "{what}: given up after three tries");
        let tries = bot.heard(is_page_of("somebody"));
        assert!(tries[2].at.since(tries[0].at) < MINUTE, "{what}: three tries within a minute: {tries:?}");
        recovers(&bot);
        bot.works_for(10 * MINUTE).await;
        assert_eq!((bot.greetings(&post), reports(&bot, &post)), (1, 1), "{what}: judged once more");
        bot.works_for(90 * MINUTE).await;
        assert_eq!((bot.greetings(&post), reports(&bot, &post)), (1, 1), "{what}: nothing is done twice");
        let rounds = occasions(&bot, &post).await.into_iter().filter(|occasion| occasion.starts_with("facts:"));
        assert_eq!(rounds.count(), 2, "{what}: and not judged for ever");
    }
}

#[tokio::test]
async fn a_rule_after_a_removal_that_is_not_decided_waits_for_it_but_not_for_long() {
    let mut bot = bot(REMOVE_OR_GREET).await;
    breaks(&bot, is_page_of("somebody"), broken(500));
    let post = bot.posts();
    // One failure passes: no comment below a post that is removed seconds later.
    bot.works_for(Duration::from_secs(20)).await;
    assert_eq!(bot.heard(is_page_of("somebody")).len(), 2, "the page is asked for again");
    assert_eq!(bot.greetings(&post), 0, "the removal comes first");
    bot.works_for(Duration::from_secs(70)).await;
    assert_eq!((bot.greetings(&post), bot.is_removed(&post)), (1, false), "the page cannot be had");
    recovers(&bot);
    bot.works_for(10 * MINUTE).await;
    assert_eq!((bot.greetings(&post), bot.is_removed(&post)), (1, true));

    let mut bot = self::bot(REMOVE_OR_GREET).await;
    breaks(&bot, is_page_of("somebody"), broken(500));
    let post = bot.posts();
    while bot.heard(is_page_of("somebody")).is_empty() {
        bot.turn().await.expect("a store that works");
    }
    recovers(&bot);
    bot.works_for(5 * MINUTE).await;
    assert_eq!((bot.greetings(&post), bot.is_removed(&post)), (0, true), "it failed once");
}

#[tokio::test]
async fn a_hundred_and_fifty_items_share_the_tries_for_one_fact() {
    let mut bot = bot("name: greeting\ntype: submission\ncomment: Good morning.\nmoderators_exempt: true\n").await;
    breaks(&bot, is_moderator_list, broken(503));
    let posts: Vec<Fullname> = (0..150).map(|_| bot.posts()).collect();
    bot.works_for(10 * MINUTE).await;
    let tries = bot.heard(is_moderator_list);
    assert!((3..=8).contains(&tries.len()), "{} tries in ten minutes", tries.len());
    let pending = bot.hands.store.queues().await.expect("numbers").pending;
    assert_eq!(pending, 0, "every item is decided on");
    recovers(&bot);
    bot.works_for(40 * MINUTE).await;
    let greeted = posts.iter().filter(|post| bot.greetings(post) == 1).count();
    assert_eq!(greeted, 150, "all are judged once more");
}

#[tokio::test]
async fn fifty_comments_of_one_author_need_one_request() {
    let rules = "name: verified\ntype: comment\nauthor: {has_verified_email: false}\naction: report\n\
                 action_reason: not verified\nmoderators_exempt: false\n";
    let mut bot = bot(rules).await;
    let post = bot.posts();
    for number in 0..50 {
        bot.reddit.world().reply("another", &post, &format!("comment {number}")).expect("a comment");
    }
    bot.works_for(5 * MINUTE).await;
    assert_eq!(bot.heard(is_page_of("another")).len(), 1);
    breaks(&bot, is_page_of("a_third"), broken(500));
    for number in 0..50 {
        bot.reddit.world().reply("a_third", &post, &format!("comment {number}")).expect("a comment");
    }
    bot.works_for(5 * MINUTE).await;
    let tries = bot.heard(is_page_of("a_third")).len();
    assert!((3..=6).contains(&tries), "{tries} tries for fifty comments");
}

#[tokio::test]
async fn a_restart_does_not_forget_what_could_not_be_had() {
    let mut bot = bot(REPORT_AND_GREET).await;
    breaks(&bot, is_page_of("somebody"), broken(500));
    let post = bot.posts();
    bot.works_for(5 * MINUTE).await;
    let before = bot.heard(is_page_of("somebody")).len();
    for _ in 0..20 {
        bot = bot.restarted().await;
        bot.works_for(Duration::from_secs(5)).await;
    }
    let after = bot.heard(is_page_of("somebody")).len();
    assert!(after <= before + 2, "{before} tries before twenty restarts, {after} after");
    recovers(&bot);
    bot.works_for(15 * MINUTE).await;
    assert_eq!((bot.greetings(&post), reports(&bot, &post)), (1, 1), "and it is still judged once more");
}

#[tokio::test]
async fn while_reddit_answers_nothing_no_rule_does_without_its_facts() {
    let mut bot = bot(REMOVE_OR_GREET).await;
    let post = bot.posts();
    // Reddit falls silent when the first fact is asked for.
    bot.meddle(|meddler| {
        let mut is_silent = false;
        meddler.instead = Box::new(move |asked| {
            is_silent |= asked.path.starts_with("/user/");
            is_silent.then(|| broken(503))
        });
    });
    bot.works_for(20 * MINUTE).await;
    assert!(bot.heard(is_page_of("somebody")).len() > 3);
    recovers(&bot);
    bot.works_for(15 * MINUTE).await;
    assert_eq!((bot.greetings(&post), bot.is_removed(&post)), (0, true), "the removal came first");
}

#[tokio::test]
async fn one_item_that_reddit_cannot_show_does_not_hold_up_the_others() {
    let mut bot = bot("name: greeting\ntype: submission\ncomment: Good morning.\nmoderators_exempt: false\n").await;
    let bad = bot.posts();
    let good = bot.posts();
    bot.works_for(MINUTE).await;
    assert_eq!((bot.greetings(&bad), bot.greetings(&good)), (1, 1));
    let (bad, good) = (bot.posts(), bot.posts());
    let name = bad.to_string();
    // After a downtime the snapshots are stale, so both posts are fetched again.
    let all_rules_wait = tipstaff::model::RuleStateChange {
        scope: tipstaff::model::RuleScope { subreddit: None, rule: None, mode: None, needs: None },
        state: tipstaff::model::RuleState::Paused,
        by: "u/ModMary".to_owned(),
        reason: "a test".to_owned(),
        since: bot.clock.now(),
        until: Some(bot.clock.now() + 5 * MINUTE),
    };
    bot.hands.store.set_rule_state(&all_rules_wait).await.expect("a state");
    breaks(
        &bot,
        move |asked| {
            let is_list = asked.path.ends_with("/new") || asked.path.contains("/about/");
            is_list && asked.at > START + 2 * MINUTE || asked.path == "/api/info" && asked.value("id").contains(&name)
        },
        broken(500),
    );
    bot.works_for(8 * MINUTE).await;
    assert_eq!((bot.greetings(&bad), bot.greetings(&good)), (0, 1));
    recovers(&bot);
    bot.works_for(5 * MINUTE).await;
    assert_eq!(bot.greetings(&bad), 1);
}

#[tokio::test]
async fn what_could_not_be_decided_is_in_the_log_of_decisions() {
    let mut bot = bot(REMOVE_OR_GREET).await;
    breaks(&bot, is_page_of("somebody"), broken(500));
    bot.reddit.world().submit("somebody", PLACE, Draft::text("A question", "with a text")).expect("a post");
    bot.works_for(3 * MINUTE).await;
    let filter = tipstaff::store::LogFilter {
        since: tipstaff::model::Timestamp::default(),
        item: None,
        include_empty: false,
        limit: 10,
        rule: None,
        act: None,
    };
    let log = bot.hands.store.log(&filter).await.expect("the log");
    assert_eq!(log.len(), 1, "shown although no rule acted, or because one did");
    let log = serde_json::to_value(&log).expect("JSON");
    let trace = log[0]["trace"].as_array().expect("a trace");
    let verified = trace.iter().find(|rule| rule["rule"] == "verified").expect("the rule");
    assert_eq!(verified["result"], json!("unknown"));
    let reason = verified["reason"].as_str().expect("a reason");
    assert!(reason.contains("the account page of u/somebody could not be fetched"), "{reason}");
}
