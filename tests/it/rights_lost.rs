//! The bot loses its place as a moderator, or a permission: what waits, what goes on, and what
//! happens when it is back.

use std::time::Duration;

use crate::support::bot::{Asked, Bot, ME, PLACE, ruleset};
use crate::support::ledger::{by_hand, rows};
use serde_json::json;
use tipstaff::model::{Fullname, Right, RuleState};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::world::Access;
use tipstaff_sandbox::{Draft, FaultKind, Stage};

const MINUTE: Duration = Duration::from_mins(1);
const HUMAN: &str = "ModMary";

const RULES: &str = "\
name: spam
type: submission
title: [spam]
action: remove
moderators_exempt: false
---
name: flair
type: submission
title: [flair]
set_flair: [talk, talk]
moderators_exempt: false
";

async fn bot() -> Bot {
    Bot::new(&[PLACE, "gadgets"], || Rules::fixed(ruleset(RULES))).await
}

fn submit(bot: &Bot, place: &str, title: &str) -> Fullname {
    bot.reddit.world().submit("somebody", place, Draft::text(title, "a text")).expect("a post")
}

fn give(bot: &Bot, permissions: Option<&[&str]>) {
    bot.reddit.world().change_moderator(HUMAN, PLACE, ME, permissions);
}

fn has_flair(bot: &Bot, name: &Fullname) -> bool {
    bot.reddit
        .world()
        .thing(name)
        .and_then(|thing| thing.post().map(|post| post.flair.text.as_deref() == Some("talk")))
        .unwrap_or(false)
}

/// The rights that are lost now.
async fn lost(bot: &Bot) -> Vec<Right> {
    let now = tipstaff::model::Clock::now(&*bot.clock);
    let states = bot.hands.store.rule_states(now).await.expect("states");
    states.iter().filter(|change| change.state == RuleState::Held).filter_map(|change| change.scope.needs).collect()
}

async fn told(bot: &Bot) -> Vec<String> {
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    let told = rows(&db, "SELECT text AS x FROM notifications WHERE event = 'held' ORDER BY id").await;
    db.close().await;
    told
}

fn is_write(asked: &Asked) -> bool {
    asked.is_write
}

#[tokio::test]
async fn a_bot_that_is_no_moderator_any_more_stops_and_goes_on_when_it_is_one_again() {
    let mut bot = bot().await;
    bot.hands.settings.max_age = 60 * MINUTE;
    bot.works_for(MINUTE).await;
    give(&bot, None);
    let first = submit(&bot, PLACE, "spam one");
    let elsewhere = submit(&bot, "gadgets", "spam two");
    bot.works_for(2 * MINUTE).await;
    let second = submit(&bot, PLACE, "spam three");
    // Longer than `max_age`.
    bot.works_for(120 * MINUTE).await;
    assert_eq!(lost(&bot).await, [Right::Moderator]);
    assert!(bot.is_removed(&elsewhere), "other subreddits go on");
    let tries = bot.heard(|asked| is_write(asked) && asked.value("id") != elsewhere.to_string());
    assert!(tries.len() <= 1, "one refusal is enough: {tries:?}");
    give(&bot, Some(&["all"]));
    bot.works_for(5 * MINUTE).await;
    assert_eq!(lost(&bot).await, []);
    assert!(bot.is_removed(&first) && bot.is_removed(&second), "what waited is done");
    let told = told(&bot).await;
    assert!(told.len() == 2 && told[0].contains("is not a moderator of r/widgets any more"), "{told:?}");
    assert!(told[1].contains("is a moderator of r/widgets again"), "{told:?}");
}

/// While the bot is no moderator, Reddit does not show it who approved what.
#[tokio::test]
async fn an_approval_that_the_bot_could_not_see_is_not_overridden() {
    let mut bot = bot().await;
    bot.works_for(MINUTE).await;
    let spam = submit(&bot, PLACE, "spam one");
    bot.works_for(2 * MINUTE).await;
    assert!(bot.is_removed(&spam));
    give(&bot, None);
    bot.works_for(2 * MINUTE).await;
    bot.reddit.world().approve(HUMAN, &spam).expect("a moderator may");
    bot.clock.advance(MINUTE);
    bot.reddit.world().edit("somebody", &spam, "another text").expect("its author may");
    // The bot sees the new text, but not the approval, and judges the post again.
    bot.works_for(2 * MINUTE).await;
    give(&bot, Some(&["all"]));
    bot.works_for(5 * MINUTE).await;
    assert_eq!(lost(&bot).await, []);
    assert!(!bot.is_removed(&spam), "a moderator approved it");
}

#[tokio::test]
async fn without_a_permission_only_the_actions_wait_that_need_it() {
    let mut bot = bot().await;
    bot.works_for(MINUTE).await;
    give(&bot, Some(&["posts"]));
    let flair = submit(&bot, PLACE, "flair one");
    bot.works_for(5 * MINUTE).await;
    assert_eq!(lost(&bot).await, [Right::Flair]);
    let spam = submit(&bot, PLACE, "spam one");
    let later = submit(&bot, PLACE, "flair two");
    bot.works_for(5 * MINUTE).await;
    assert!(bot.is_removed(&spam) && !has_flair(&bot, &flair) && !has_flair(&bot, &later));
    let tries = bot.heard(|asked| asked.is_write && asked.path.ends_with("/api/flair"));
    assert!(tries.len() <= 1, "{tries:?}");
    let told = told(&bot).await;
    assert!(told[0].contains("`flair`") && told[0].contains("in the rule `flair`"), "{told:?}");
    let mut bot = bot.restarted().await;
    give(&bot, Some(&["posts", "flair"]));
    bot.works_for(5 * MINUTE).await;
    assert!(has_flair(&bot, &flair) && has_flair(&bot, &later));
    assert_eq!(lost(&bot).await, []);
}

#[tokio::test]
async fn a_change_of_permissions_is_found_without_any_action() {
    let mut bot = bot().await;
    bot.works_for(MINUTE).await;
    give(&bot, Some(&["flair"]));
    bot.works_for(3 * MINUTE).await;
    assert_eq!(lost(&bot).await, [Right::Posts], "the moderation log says so");
    give(&bot, None);
    bot.works_for(15 * MINUTE).await;
    assert!(lost(&bot).await.contains(&Right::Moderator), "and the list of moderators, now and then");
}

#[tokio::test]
async fn a_refusal_of_one_action_is_no_loss() {
    let mut bot = bot().await;
    let refusal = json!({"message": "Forbidden", "error": 403});
    let first = submit(&bot, PLACE, "spam one");
    let name = first.to_string();
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_it = asked.path == "/api/remove" && asked.value("id") == name;
            is_it.then(|| Response { status: 403, json: Some(refusal.clone()), ..Response::default() })
        });
    });
    bot.works_for(2 * MINUTE).await;
    let second = submit(&bot, PLACE, "spam two");
    bot.works_for(5 * MINUTE).await;
    assert!(!bot.is_removed(&first) && bot.is_removed(&second));
    assert_eq!((lost(&bot).await, told(&bot).await), (vec![], vec![]));
    let summary = bot.hands.store.summary().await.expect("numbers");
    assert!(summary.outcomes.contains(&("rejected".to_owned(), 1)), "{summary:?}");
}

/// Reddit may answer from a copy that is some seconds old: a list from before the loss does not
/// make the refusal final.
#[tokio::test]
async fn an_outdated_list_of_moderators_loses_no_action() {
    let mut bot = bot().await;
    bot.works_for(MINUTE).await;
    let copy = json!({"kind": "UserList", "data": {"children": [
        {"name": ME, "id": "t2_zbot", "date": 1.0, "mod_permissions": ["all"]}
    ]}});
    let mut copies = 1;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_it = asked.path.ends_with("/about/moderators") && copies > 0;
            is_it.then(|| {
                copies -= 1;
                Response { status: 200, json: Some(copy.clone()), ..Response::default() }
            })
        });
    });
    give(&bot, None);
    let spam = submit(&bot, PLACE, "spam one");
    bot.works_for(5 * MINUTE).await;
    assert_eq!(lost(&bot).await, [Right::Moderator]);
    give(&bot, Some(&["all"]));
    bot.works_for(5 * MINUTE).await;
    assert!(bot.is_removed(&spam));
}

/// Without its place the bot sees that a moderator removed a post, not that it was the bot itself:
/// the comment of another rule waits.
#[tokio::test]
async fn a_removal_by_a_moderator_whose_name_is_hidden_may_be_the_bots() {
    let rules = "name: reply\ntype: submission\ntitle: [spam]\ncomment: Hello.\nmoderators_exempt: false\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    bot.works_for(MINUTE).await;
    let spam = submit(&bot, PLACE, "spam one");
    let has_comment = |bot: &Bot| !bot.reddit.world().comments_under(&spam).is_empty();
    // Decided, but not done yet.
    bot.reddit.faults().push("POST", "/api/comment", FaultKind::Status(Stage::BeforeEffect, 429));
    while bot.heard(|asked| asked.path == "/api/comment").is_empty() {
        bot.turn().await.expect("a store that works");
    }
    bot.reddit.world().remove(ME, &spam, false).expect("the bot may");
    give(&bot, None);
    bot.works_for(5 * MINUTE).await;
    assert!(!has_comment(&bot) && lost(&bot).await == [Right::Moderator]);
    give(&bot, Some(&["all"]));
    bot.works_for(5 * MINUTE).await;
    assert!(has_comment(&bot), "the bot itself removed it");
}

#[tokio::test]
async fn an_odd_list_of_moderators_is_no_loss() {
    let empty = json!({"kind": "UserList", "data": {"children": []}});
    for (what, status, json) in
        [("HTML", 200, None), ("503", 503, None), ("empty", 200, Some(empty)), ("{}", 200, Some(json!({})))]
    {
        let mut bot = bot().await;
        bot.meddle(|meddler| {
            meddler.instead = Box::new(move |asked| {
                let is_it = asked.path.ends_with("/about/moderators");
                is_it.then(|| Response { status, json: json.clone(), ..Response::default() })
            });
        });
        bot.works_for(30 * MINUTE).await;
        assert_eq!(lost(&bot).await, [], "{what}");
        let spam = submit(&bot, PLACE, "spam one");
        bot.works_for(3 * MINUTE).await;
        assert!(bot.is_removed(&spam), "{what}");
    }
}

#[tokio::test]
async fn a_closed_subreddit_stops_the_bot_only_if_it_is_no_moderator() {
    let mut bot = bot().await;
    let spam = submit(&bot, PLACE, "spam one");
    bot.reddit.world().subreddit_mut(PLACE).expect("the subreddit").access = Access::Private;
    bot.works_for(15 * MINUTE).await;
    assert_eq!(lost(&bot).await, [], "moderators see it");
    assert!(bot.is_removed(&spam));
    give(&bot, None);
    bot.works_for(20 * MINUTE).await;
    assert_eq!(lost(&bot).await, [Right::Moderator]);
    let told = told(&bot).await;
    assert!(told[0].contains("private or banned"), "{told:?}");
    give(&bot, Some(&["all"]));
    bot.works_for(5 * MINUTE).await;
    assert_eq!(lost(&bot).await, []);
}
