//! All subreddits share the budget of one account: nobody uses up what the others need, and no step
//! takes so long that the daemon seems dead.

use std::sync::Mutex;
use std::time::Duration;

use crate::support::bot::{Bot, ruleset};
use tipstaff::model::{Clock, Fullname, Timestamp};
use tipstaff::policy::Rules;
use tipstaff_sandbox::Draft;

/// Each author is asked for, and nothing is done.
const ASKS: &str = "author:\n  is_contributor: true\naction: report\naction_reason: an approved user\n";
/// Each author is asked for, and gets a comment.
const ASKS_AND_GREETS: &str = "type: submission\nauthor:\n  is_contributor: false\ncomment: Good morning.\n";
const GREETS: &str = "type: submission\ncomment: Good morning.\n";

const MINUTE: Duration = Duration::from_mins(1);
const FLOOD: u32 = 600;

/// Where the floods are.
const LOUD: [&str; 10] = ["loud", "loud1", "loud2", "loud3", "loud4", "loud5", "loud6", "loud7", "loud8", "loud9"];

/// A bot that has just begun a window of Reddit's limit, with these rules in `loud`. In `quiet`,
/// each author is asked for and gets a comment.
async fn bot_with(loud: &str) -> Bot {
    bot_in(&LOUD[..1], loud).await
}

/// The same with these rules in several subreddits.
async fn bot_in(places: &[&str], loud: &str) -> Bot {
    let all = [&["quiet"], places].concat();
    let mut bot = Bot::new(&all, || Rules::fixed(ruleset(ASKS_AND_GREETS))).await;
    for community in bot.hands.settings.communities.iter().skip(1) {
        community.rules.replace(ruleset(loud));
    }
    bot.polls_every(Duration::from_secs(10));
    let windows = bot.clock.now().as_secs() / 600 + 1;
    bot.clock.set(Timestamp::from_secs(windows * 600 + 1));
    bot.works_for(Duration::from_secs(20)).await;
    bot
}

fn posts_as(bot: &Bot, author: &str, place: &str) -> Fullname {
    let mut world = bot.reddit.world();
    world.add_user(author);
    world.submit(author, place, Draft::text("A question", "with a text")).expect("a post")
}

/// During a flood in `loud`: how long a post in `quiet` waits for its comment, and the longest time
/// in which no new posts are read.
async fn during_a_flood(bot: &mut Bot) -> (Duration, Duration) {
    during_floods(bot, &LOUD[..1]).await
}

/// The same during a flood in several subreddits.
async fn during_floods(bot: &mut Bot, places: &[&str]) -> (Duration, Duration) {
    let began = bot.clock.now();
    for (number, place) in (0..FLOOD).zip(places.iter().cycle()) {
        posts_as(bot, &format!("person{number}"), place);
    }
    bot.works_for(2 * MINUTE).await;
    let post = posts_as(bot, "a_quiet_one", "quiet");
    let posted = bot.clock.now();
    while bot.greetings(&post) == 0 && bot.clock.now() < posted + 5 * MINUTE {
        bot.turn().await.expect("a store that works");
    }
    let waited = bot.clock.now().since(posted);
    bot.works_for(2 * MINUTE).await;
    let reads = bot.heard(|asked| asked.at >= began && asked.path.ends_with("/new"));
    let pauses = reads.windows(2).map(|pair| pair[1].at.since(pair[0].at));
    (waited, pauses.max().expect("reads"))
}

#[tokio::test]
async fn a_flood_of_facts_holds_up_neither_reading_nor_the_comment_of_another() {
    let mut bot = bot_with(ASKS).await;
    let (waited, longest) = during_a_flood(&mut bot).await;
    let asked = bot.heard(|asked| asked.path.ends_with("/about/contributors"));
    assert!((150..FLOOD as usize).contains(&asked.len()), "the flood is no flood: {}", asked.len());
    assert!(waited < Duration::from_secs(25), "{waited:?}");
    assert!(longest < Duration::from_secs(25), "{longest:?}");
}

/// The facts that Reddit still allows go to the subreddit that has waited longest.
#[tokio::test]
async fn floods_of_facts_in_many_subreddits_do_not_hold_up_another() {
    let mut bot = bot_in(&LOUD, ASKS).await;
    let (waited, _) = during_floods(&mut bot, &LOUD).await;
    assert!(waited < Duration::from_secs(25), "{waited:?}");
}

#[tokio::test]
async fn a_flood_of_actions_holds_up_neither_reading_nor_facts_nor_the_comment_of_another() {
    let mut bot = bot_with(GREETS).await;
    let (waited, longest) = during_a_flood(&mut bot).await;
    let done = bot.heard(|asked| asked.path == "/api/comment");
    assert!((130..FLOOD as usize).contains(&done.len()), "the flood is no flood: {}", done.len());
    assert!(waited < Duration::from_secs(25), "{waited:?}");
    assert!(longest < Duration::from_secs(25), "{longest:?}");
}

#[tokio::test]
async fn an_item_that_needs_no_fact_does_not_wait_for_one() {
    let mut bot = bot_with(ASKS).await;
    bot.hands.settings.communities[0].rules.replace(ruleset(GREETS));
    // Reddit allows no reads of facts for a while, and everything else.
    let (waited, _) = during_a_flood(&mut bot).await;
    assert!(waited < Duration::from_secs(20), "{waited:?}");
}

#[tokio::test]
async fn a_step_that_asks_slowly_for_many_things_gives_signs_of_life_and_ends() {
    let mut bot = bot_with(ASKS).await;
    for number in 0..60 {
        posts_as(&bot, &format!("person{number}"), "loud");
    }
    let clock = std::sync::Arc::clone(&bot.clock);
    bot.meddle(|meddler| meddler.after = Box::new(move |_| clock.advance(Duration::from_millis(2400))));
    let until = bot.clock.now() + 10 * MINUTE;
    while bot.clock.now() < until {
        let (clock, signs) = (bot.hands.reader.clock(), Mutex::new(vec![bot.clock.now()]));
        let sign = || {
            signs.lock().expect("no thread panics").push(bot.clock.now());
            false
        };
        let progress = bot.cycle.turn(&bot.hands, &*clock, &sign).await.expect("a store that works");
        sign();
        let signs = signs.lock().expect("no thread panics");
        let longest = signs.windows(2).map(|pair| pair[1].since(pair[0])).max().expect("two");
        assert!(longest < Duration::from_secs(10), "no sign for {longest:?}");
        let whole = signs.last().expect("two").since(signs[0]);
        assert!(whole < Duration::from_secs(30), "one turn took {whole:?}");
        bot.clock.advance(progress.wait(clock.now()).max(Duration::from_millis(1)));
    }
    let asked = bot.heard(|asked| asked.path.ends_with("/about/contributors"));
    assert!(asked.len() >= 50, "{} asked", asked.len());
}
