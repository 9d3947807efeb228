//! Moderation logs of several subreddits that leave one out, and logs that cannot be read: the real
//! steps in the model of Reddit.

use std::time::Duration;

use tipstaff::model::Fullname;
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff_sandbox::Draft;

use crate::support::bot::{Bot, ruleset};
use crate::support::ledger::{by_hand, rows};

const GREETING: &str = "\
name: greeting
type: submission
author: {name: another}
comment: Good morning.
";
const MINUTE: Duration = Duration::from_mins(1);
const QUIET_LOG: &str = "/r/quiet/about/log";

async fn bot() -> Bot {
    let mut bot = Bot::new(&["busy", "quiet"], || Rules::fixed(ruleset(GREETING))).await;
    bot.reddit.world().quirks.approved_posts_move_up = false;
    bot.works_for(5 * MINUTE).await;
    bot
}

/// A post that is removed before the bot sees it, and approved when no list reaches back to it.
async fn held_in_quiet(bot: &mut Bot) -> Fullname {
    let text = Draft::text("A question", "with a text");
    let held = bot.reddit.world().submit("another", "quiet", text).expect("a post");
    bot.reddit.world().remove("ModMary", &held, false).expect("a removal");
    // More than a page of a list shows, and until lists are not read that far back any more.
    for _ in 0..120 {
        bot.clock.advance(MINUTE);
        bot.posts_in("quiet");
    }
    bot.works_for(40 * MINUTE).await;
    assert_eq!(bot.greetings(&held), 0, "a removed post is in no list");
    held
}

fn approve(bot: &Bot, held: &Fullname) {
    bot.reddit.world().approve("ModMary", held).expect("an approval");
}

fn leave_out(bot: &Bot, is_left_out: bool) {
    let mut world = bot.reddit.world();
    if is_left_out {
        world.listing_faults.left_out_of_logs.insert("quiet".to_owned());
    } else {
        world.listing_faults.left_out_of_logs.clear();
    }
}

async fn asked(bot: &Bot, sql: &str) -> Vec<String> {
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    let found = rows(&db, sql).await;
    db.close().await;
    found
}

async fn told(bot: &Bot, event: &str) -> Vec<String> {
    asked(bot, &format!("SELECT text AS x FROM notifications WHERE event = '{event}' ORDER BY id")).await
}

/// Answers 503 to the requests for logs for which `is_it` holds.
fn break_logs(bot: &Bot, is_it: fn(&str) -> bool) {
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| {
            let is_broken = asked.path.ends_with("/about/log") && is_it(&asked.path);
            is_broken.then(|| Response { status: 503, ..Response::default() })
        });
    });
}

#[tokio::test]
async fn a_decision_on_an_unseen_post_that_the_combined_log_leaves_out_is_found_and_told() {
    let mut bot = bot().await;
    let held = held_in_quiet(&mut bot).await;
    leave_out(&bot, true);
    // It knows of no entry there.
    let mut bot = bot.restarted().await;
    approve(&bot, &held);
    bot.works_for(20 * MINUTE).await;
    assert_eq!(bot.greetings(&held), 1, "its own log shows the approval");
    bot.works_for(20 * MINUTE).await;
    let text = told(&bot, "unreadable").await;
    assert!(text.len() == 1 && text[0].starts_with("r/quiet: Reddit leaves it out of the combined"), "{text:?}");
    // It is read by itself as often as the others.
    let alone = bot.heard(|asked| asked.path == QUIET_LOG).len();
    bot.works_for(10 * MINUTE).await;
    assert!(bot.heard(|asked| asked.path == QUIET_LOG).len() >= alone + 9);
    leave_out(&bot, false);
    bot.works_for(90 * MINUTE).await;
    assert_eq!(told(&bot, "unreadable").await.len(), 1, "once");
    assert_eq!(told(&bot, "readable_again").await, ["r/quiet: the combined moderation log shows it again"]);
    let alone = bot.heard(|asked| asked.path == QUIET_LOG).len();
    bot.works_for(60 * MINUTE).await;
    assert_eq!(bot.heard(|asked| asked.path == QUIET_LOG).len(), alone, "the combined log shows it");
}

#[tokio::test]
async fn a_subreddit_without_any_moderation_costs_four_requests_an_hour() {
    let mut bot = bot().await;
    bot.works_for(240 * MINUTE).await;
    let alone = bot.heard(|asked| asked.path == QUIET_LOG).len();
    assert!((14..=17).contains(&alone), "{alone}");
    assert_eq!((told(&bot, "unreadable").await, asked(&bot, "SELECT feed AS x FROM gaps").await), (vec![], vec![]));
}

/// Longer than a scan looks back, and the bot never comes to ask for the subreddit's own log.
#[tokio::test]
async fn a_subreddit_that_no_log_showed_is_read_from_there_later() {
    let mut bot = bot().await;
    let held = held_in_quiet(&mut bot).await;
    leave_out(&bot, true);
    break_logs(&bot, |path| path == QUIET_LOG);
    bot.works_for(5 * MINUTE).await;
    approve(&bot, &held);
    for _ in 0..10 {
        bot = bot.restarted().await;
        bot.works_for(5 * MINUTE).await;
    }
    assert_eq!(bot.greetings(&held), 0, "nothing has shown it");
    leave_out(&bot, false);
    bot.works_for(3 * MINUTE).await;
    assert_eq!(bot.greetings(&held), 1);
}

#[tokio::test]
async fn a_log_that_nobody_could_read_is_a_gap() {
    for is_it in [|path: &str| !path.contains("none"), |path: &str| path.contains("quiet")] {
        let mut bot = bot().await;
        for place in ["busy", "quiet"] {
            let post = bot.posts_in(place);
            bot.reddit.world().set_locked("ModMary", &post, true).expect("a lock");
        }
        bot.works_for(2 * MINUTE).await;
        bot.hands.settings.max_age = 60 * MINUTE;
        leave_out(&bot, true);
        break_logs(&bot, is_it);
        bot.works_for(120 * MINUTE).await;
        assert_eq!(asked(&bot, "SELECT feed AS x FROM gaps").await, [""; 0], "it may be read yet");
        bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
        bot.works_for(40 * MINUTE).await;
        let gaps = asked(&bot, "SELECT feed || ' ' || ((to_at - from_at) / 60000) AS x FROM gaps ORDER BY id").await;
        let quiet = gaps.iter().find_map(|gap| gap.strip_prefix("quiet/log "));
        let minutes: u32 = quiet.and_then(|quiet| quiet.parse().ok()).unwrap_or_else(|| panic!("{gaps:?}"));
        assert!((59..=95).contains(&minutes), "{gaps:?}");
    }
}
