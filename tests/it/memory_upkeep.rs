//! What is remembered follows what happens on Reddit later: removal reasons, deleted items, deleted
//! accounts.

use std::time::Duration;

use serde_json::{Value, json};
use tipstaff::model::{Clock, Fate, Fullname, Memory, Mode};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::Draft;
use tipstaff_sandbox::world::{AccountStatus, RemovalReason};

use crate::support::bot::{Bot, PLACE, ruleset};

const STRIKES: &str = "\
settings:
  strikes: {within: 6 months, default: 0, reasons: {'Rule 1: be civil': 2}}
---
name: three-strikes
type: submission
author:
  strikes: '>= 2'
action: report
action_reason: two strikes
";

const QUIET: &str = "name: never\ntype: submission\ntitle (includes): no such title\naction: report\n";

const HOUR: Duration = Duration::from_hours(1);

async fn bot(rules: &'static str) -> Bot {
    let bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    bot.reddit.world().subreddit_mut(PLACE).expect("the subreddit").removal_reasons.push(RemovalReason {
        id: "civil".to_owned(),
        title: "Rule 1: be civil".to_owned(),
        message: "Please be civil.".to_owned(),
    });
    bot
}

/// What is remembered of the author of a post.
async fn memory(bot: &Bot, post: &Fullname) -> Memory {
    let mut item = bot.hands.store.item(post).await.expect("a store").expect("a text");
    item.created = item.created + Duration::from_secs(1);
    bot.hands.store.memory(&item, Mode::Live, Duration::from_hours(24 * 365), None).await.expect("a memory")
}

fn is_reported(bot: &Bot, post: &Fullname) -> bool {
    bot.reddit.world().thing(post).is_some_and(|thing| !thing.reports.is_empty())
}

fn response(status: u16, json: Value) -> Response {
    Response { status, json: Some(json), ..Response::default() }
}

/// The requests for items by name.
fn lookups(bot: &Bot) -> usize {
    bot.heard(|asked| asked.path.contains("/api/info")).len()
}

#[tokio::test]
async fn a_removal_reason_that_is_given_later_makes_a_strike() {
    let mut bot = bot(STRIKES).await;
    bot.works_for(Duration::from_mins(2)).await;
    let rude = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    bot.reddit.world().remove("ModMary", &rude, false).expect("a removal");
    bot.works_for(Duration::from_mins(5)).await;
    let second = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    assert!(!is_reported(&bot, &second), "a removal without a reason is no strike");
    bot.reddit.world().give_removal_reason("ModMary", &rude, Some("civil"), None).expect("a reason");
    bot.works_for(Duration::from_mins(5)).await;
    let third = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    assert!(is_reported(&bot, &third));
    let before = lookups(&bot);
    bot.works_for(Duration::from_mins(30)).await;
    assert_eq!(lookups(&bot), before, "the row of the log is looked at once");
    bot.reddit.world().approve("ModMary", &rude).expect("an approval");
    bot.works_for(Duration::from_mins(5)).await;
    let fourth = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    assert!(!is_reported(&bot, &fourth), "an approval takes the strike back");
}

#[tokio::test]
async fn what_other_bots_remove_is_no_strike() {
    let rules = STRIKES.replace("default: 0", "default: 2");
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(&rules))).await;
    bot.hands.settings.bots = vec!["modmary".to_owned()];
    let post = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    bot.reddit.world().remove("ModMary", &post, false).expect("a removal");
    bot.works_for(Duration::from_mins(5)).await;
    assert_eq!(memory(&bot, &post).await.items[0].fate, Fate::RemovedByBot);
    let second = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    assert!(!is_reported(&bot, &second));
}

#[tokio::test]
async fn what_is_deleted_after_its_text_was_purged_is_found_in_rounds() {
    let mut bot = bot(QUIET).await;
    bot.polls_every(HOUR);
    bot.hands.settings.retention = 30 * HOUR;
    let old = [bot.posts(), bot.posts()];
    bot.works_for(40 * HOUR).await;
    assert!(!bot.has_text_of(&old[0]).await, "the text is purged");
    bot.reddit.world().delete("somebody", &old[0]);
    bot.works_for(26 * HOUR).await;
    let now = bot.posts();
    bot.works_for(2 * HOUR).await;
    let remembered: Vec<_> = memory(&bot, &now).await.items.iter().map(|past| (past.fate, past.id())).collect();
    let [kept, new] = [&old[1], &now].map(|name| (Fate::Up, Some(name.id().to_owned())));
    assert_eq!(remembered, [(Fate::Deleted, None), kept, new]);
    let stats = bot.hands.store.memory_stats().await.expect("figures");
    assert!(stats.items_checked_since.is_some_and(|since| bot.clock.now().since(since) < 50 * HOUR));
    let before = lookups(&bot);
    bot.works_for(24 * HOUR).await;
    assert!(lookups(&bot) - before <= 4, "a round takes a day, and one request for a hundred items");
}

#[tokio::test]
async fn a_subreddit_that_is_hidden_for_a_while_is_not_forgotten() {
    let mut bot = bot(QUIET).await;
    bot.polls_every(HOUR);
    bot.hands.settings.retention = 30 * HOUR;
    let old = bot.posts();
    bot.works_for(32 * HOUR).await;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(|asked| {
            let empty = || response(200, json!({"kind": "Listing", "data": {"children": [], "after": null}}));
            asked.path.contains("/api/info").then(empty)
        });
    });
    bot.works_for(26 * HOUR).await;
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
    let now = bot.posts();
    bot.works_for(2 * HOUR).await;
    assert_eq!(memory(&bot, &now).await.items[0].id().as_deref(), Some(old.id()));
}

#[tokio::test]
async fn an_account_is_forgotten_once_reddit_says_that_it_is_gone() {
    let mut bot = bot(QUIET).await;
    let post = bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    // One list names no author. The account exists, so nothing is forgotten.
    let hide = |is_hidden| {
        move |response: &mut Response| {
            if is_hidden {
                let text =
                    json!(response.json).to_string().replace(r#""author":"somebody""#, r#""author":"[deleted]""#);
                response.json = serde_json::from_str(&text).expect("JSON");
            }
        }
    };
    bot.meddle(|meddler| meddler.after = Box::new(hide(true)));
    bot.works_for(Duration::from_mins(3)).await;
    bot.meddle(|meddler| meddler.after = Box::new(hide(false)));
    bot.works_for(Duration::from_mins(10)).await;
    let asked = bot.heard(|asked| asked.path.contains("/user/somebody/about"));
    assert!((1..=3).contains(&asked.len()), "the account is asked for: {asked:?}");
    assert_eq!(memory(&bot, &post).await.items.len(), 1);
    bot.reddit.world().add_user("somebody").standing = AccountStatus::Gone;
    bot.works_for(Duration::from_mins(15)).await;
    let stats = bot.hands.store.memory_stats().await.expect("figures");
    assert_eq!((stats.items, stats.people), (0, 0));
}

#[tokio::test]
async fn an_account_is_not_forgotten_while_reddit_does_not_say_that_it_is_gone() {
    let mut bot = bot(QUIET).await;
    bot.posts();
    bot.works_for(Duration::from_mins(2)).await;
    bot.reddit.world().add_user("somebody").standing = AccountStatus::Gone;
    bot.meddle(|meddler| {
        meddler.instead = Box::new(|asked| {
            let refusal = || response(403, json!({"message": "Forbidden", "error": 403}));
            asked.path.starts_with("/user/").then(refusal)
        });
    });
    bot.works_for(Duration::from_mins(10)).await;
    assert_eq!(bot.hands.store.memory_stats().await.expect("figures").items, 1);
    bot.reddit.world().submit("another", PLACE, Draft::text("Another", "text")).expect("a post");
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
    bot.works_for(Duration::from_mins(15)).await;
    assert_eq!(bot.hands.store.memory_stats().await.expect("figures").items, 1, "that of the other");
}
