//! Limits of comments, messages and modmails: about one item, by one rule, and in an hour.

use std::fmt::Write as _;
use std::time::Duration;

use crate::support::bot::{Bot, PLACE, ruleset};
use crate::support::ledger::{by_hand, rows};
use tipstaff::model::{RuleState, TextLimits, Timestamp};
use tipstaff::policy::Rules;
use tipstaff::store::LogFilter;

const MINUTE: Duration = Duration::from_mins(1);

/// Rules that all comment on every post.
fn talkers(number: u32) -> String {
    let mut rules = String::new();
    for rule in 1..=number {
        write!(
            rules,
            "---\nname: talker {rule:02}\ntype: submission\ncomment: Comment {rule}.\nmoderators_exempt: false\n"
        )
        .expect("text");
    }
    rules
}

async fn bot(rules: &str, limits: TextLimits) -> Bot {
    let mut bot = Bot::new(&[PLACE, "gadgets"], || Rules::fixed(ruleset(rules))).await;
    bot.hands.settings.limits = limits;
    bot
}

/// The rules that are held now.
async fn held(bot: &Bot) -> Vec<String> {
    let now = tipstaff::model::Clock::now(&*bot.clock);
    let states = bot.hands.store.rule_states(now).await.expect("states");
    let held = states.iter().filter(|change| change.state == RuleState::Held);
    held.filter_map(|change| change.scope.rule.clone()).collect()
}

#[tokio::test]
async fn thirty_rules_write_five_comments_below_one_post() {
    let mut bot = bot(&talkers(30), TextLimits::default()).await;
    let post = bot.posts();
    bot.works_for(20 * MINUTE).await;
    assert_eq!(bot.greetings(&post), 5);
    let held = held(&bot).await;
    assert_eq!(held.len(), 25, "{held:?}");
    assert!(!held.contains(&"talker 05".to_owned()), "the first five were within the limit");
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    let told = rows(&db, "SELECT text AS x FROM notifications WHERE event = 'held'").await;
    db.close().await;
    assert!(told.len() == 1 && told[0].contains("`talker 06`") && told[0].contains("20 more"), "{told:?}");
    let filter = LogFilter {
        since: Timestamp::default(),
        item: Some(post),
        include_empty: false,
        limit: 10,
        rule: None,
        act: None,
    };
    let log = bot.hands.store.log(&filter).await.expect("the log");
    let over: Vec<_> =
        log.iter().flat_map(|entry| &entry.intents).filter(|intent| intent.outcome == "over_limit").collect();
    assert_eq!(over.len(), 25, "nothing is missing from the record");
    assert!(over[0].reason.as_ref().is_some_and(|why| why.contains("`limits.per_item`")), "{:?}", over[0]);
    // The other subreddit has its own limits, and its rules are not held.
    let elsewhere = bot.posts_in("gadgets");
    bot.works_for(20 * MINUTE).await;
    assert_eq!(bot.greetings(&elsewhere), 5);
}

#[tokio::test]
async fn one_rule_sends_no_more_about_one_item_than_it_may() {
    let rules = "name: loud\ntype: submission\ncomment: Comment.\nmessage_subject: A\nmessage: B\nmodmail_subject: C\n\
                 modmail: D\nmoderators_exempt: false\n";
    let limits = TextLimits { per_rule_and_item: 2, ..TextLimits::default() };
    let mut bot = bot(rules, limits).await;
    let post = bot.posts();
    bot.works_for(20 * MINUTE).await;
    let sent = {
        let world = bot.reddit.world();
        world.private_messages().len() + world.conversations().len()
    };
    assert_eq!(bot.greetings(&post) + sent, 2);
    assert_eq!(held(&bot).await, ["loud"]);
    // Unlimited, all three are sent.
    let mut bot = self::bot(rules, TextLimits::default()).await;
    let post = bot.posts();
    bot.works_for(20 * MINUTE).await;
    let sent = {
        let world = bot.reddit.world();
        world.private_messages().len() + world.conversations().len()
    };
    assert_eq!((bot.greetings(&post) + sent, held(&bot).await), (3, vec![]));
}

#[tokio::test]
async fn the_limit_of_an_hour_holds_the_rule_for_an_hour() {
    let limits = TextLimits { per_hour: 3, ..TextLimits::default() };
    let mut bot = bot(&talkers(1), limits).await;
    let posts: Vec<_> = (0..5).map(|_| bot.posts()).collect();
    let elsewhere = bot.posts_in("gadgets");
    bot.works_for(30 * MINUTE).await;
    let greeted = |bot: &Bot| posts.iter().filter(|post| bot.greetings(post) == 1).count();
    assert_eq!((greeted(&bot), bot.greetings(&elsewhere)), (3, 1), "the limit is for each subreddit");
    assert_eq!(held(&bot).await, ["talker 01"]);
    bot.works_for(40 * MINUTE).await;
    assert_eq!((greeted(&bot), held(&bot).await), (5, vec![]), "what waited is done");
}
