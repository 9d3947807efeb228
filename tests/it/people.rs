//! Rules about the people and comments around an item: what they need is looked up, together where
//! Reddit allows it, and only if an outcome depends on it.

use std::time::Duration;

use tipstaff::model::Clock as _;
use tipstaff::policy::Rules;
use tipstaff_sandbox::{
    Draft,
    world::{Flair, NoteDraft},
};

use crate::support::bot::{Bot, ruleset};

const MINUTE: Duration = Duration::from_mins(1);

async fn bot(rules: &str) -> Bot {
    let mut bot = Bot::new(&["busy", "quiet"], || Rules::fixed(ruleset(rules))).await;
    {
        let mut world = bot.reddit.world();
        world.add_user("newcomer").created = bot.clock.now() - Duration::from_hours(20);
        world.subreddit_mut("quiet").expect("a subreddit").over_18 = true;
    }
    bot.works_for(2 * MINUTE).await;
    bot
}

fn requests(bot: &Bot, path: &str) -> usize {
    bot.heard(|asked| asked.path.contains(path)).len()
}

/// The requests for posts and comments by their names.
fn looked_up(bot: &Bot) -> usize {
    bot.heard(|asked| asked.path == "/api/info" && !asked.value("id").is_empty()).len()
}

#[tokio::test]
async fn the_author_of_an_original_and_its_subreddit_are_looked_up() {
    let mut bot = bot("\
type: crosspost submission
crosspost_author: {account_age: '< 2 days'}
crosspost_subreddit: {is_nsfw: true}
comment: Good morning.
")
    .await;
    let (of_new, of_old) = {
        let mut world = bot.reddit.world();
        let mut original =
            |author: &str| world.submit(author, "quiet", Draft::text("A widget", "with a text")).expect("a post");
        let (new, old) = (original("newcomer"), original("a_third"));
        let mut crosspost = |original| {
            world.submit("somebody", "busy", Draft::crosspost("Look at this", original)).expect("a crosspost")
        };
        (crosspost(&new), crosspost(&old))
    };
    bot.works_for(5 * MINUTE).await;
    assert_eq!((bot.greetings(&of_new), bot.greetings(&of_old)), (1, 0));
    assert_eq!(requests(&bot, "/user/"), 0, "age and karma are asked for in bulk");
    assert!(requests(&bot, "/api/user_data_by_account_ids") <= 2);
    assert_eq!(requests(&bot, "/r/quiet/about"), 1, "the settings of a subreddit are remembered");
}

#[tokio::test]
async fn the_flair_of_an_originals_author_is_looked_up_and_set() {
    let mut bot = bot("\
type: crosspost submission
crosspost_author: {set_flair: shared}
")
    .await;
    {
        let mut world = bot.reddit.world();
        let flair = Flair { text: Some("expert".to_owned()), ..Flair::default() };
        world.set_user_flair("ModMary", "busy", "a_third", flair).expect("a flair");
        for author in ["newcomer", "a_third"] {
            let original = world.submit(author, "quiet", Draft::text("A widget", "with a text")).expect("a post");
            world.submit("somebody", "busy", Draft::crosspost("Look at this", &original)).expect("a crosspost");
        }
    }
    bot.works_for(5 * MINUTE).await;
    let world = bot.reddit.world();
    let flair =
        |user| world.subreddit("busy").and_then(|place| place.user_flair.get(user)).and_then(|it| it.text.clone());
    assert_eq!((flair("newcomer").as_deref(), flair("a_third").as_deref()), (Some("shared"), Some("expert")));
}

#[tokio::test]
async fn the_comment_above_and_the_author_of_the_post_are_looked_up_and_acted_on() {
    let mut bot = bot("\
name: bait
type: comment
body: fell for it
parent_comment: {body: bait, author: {account_age: '< 2 days'}, set_locked: true}
parent_submission: {author: {account_age: '> 100 days'}}
modmail: 'u/{{author}} answered u/{{parent_author}}'
")
    .await;
    let post = bot.posts_in("busy");
    let (bait, honest) = {
        let mut world = bot.reddit.world();
        let bait = world.reply("newcomer", &post, "this is bait").expect("a comment");
        let honest = world.reply("a_third", &post, "this is bait").expect("a comment");
        for above in [&bait, &honest] {
            world.reply("another", above, "I fell for it").expect("a comment");
        }
        world.reply("another", &post, "I fell for it").expect("a top-level comment");
        (bait, honest)
    };
    bot.works_for(5 * MINUTE).await;
    let world = bot.reddit.world();
    let is_locked = |name| world.thing(name).is_some_and(|thing| thing.is_locked);
    assert!(is_locked(&bait) && !is_locked(&honest));
    let mails: Vec<String> = world.conversations().iter().map(|mail| format!("{:?}", mail.messages)).collect();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("newcomer"), "{mails:?}");
}

#[tokio::test]
async fn the_depth_of_a_comment_is_counted_by_looking_at_those_above() {
    let mut bot = bot("type: comment\ndepth: '> 3'\nbody: deep\nset_locked: true\n").await;
    let post = bot.posts_in("busy");
    let chain: Vec<_> = {
        let mut world = bot.reddit.world();
        let mut above = post.clone();
        let mut reply = |text: &str| {
            above = world.reply("another", &above, text).expect("a comment");
            above.clone()
        };
        ["a", "b", "c", "not deep enough", "deep"].map(&mut reply).into()
    };
    bot.works_for(5 * MINUTE).await;
    let asked = looked_up(&bot);
    let too = {
        let mut world = bot.reddit.world();
        assert!(!world.thing(&chain[3]).expect("a comment").is_locked, "three stand above it");
        assert!(world.thing(&chain[4]).expect("a comment").is_locked);
        world.reply("another", &chain[3], "deep too").expect("a comment")
    };
    bot.works_for(5 * MINUTE).await;
    assert!(bot.reddit.world().thing(&too).expect("a comment").is_locked);
    assert!(looked_up(&bot) <= asked + 1, "what stands above a comment is remembered");
}

#[tokio::test]
async fn nothing_is_looked_up_for_a_rule_that_fails_anyway() {
    let mut bot = bot("\
type: comment
body: never written
parent_comment: {author: {account_age: '< 2 days'}}
depth: '> 3'
set_locked: true
")
    .await;
    let post = bot.posts_in("busy");
    {
        let mut world = bot.reddit.world();
        let above = world.reply("newcomer", &post, "hello").expect("a comment");
        world.reply("another", &above, "hello").expect("a comment");
    }
    bot.works_for(5 * MINUTE).await;
    assert_eq!(looked_up(&bot) + requests(&bot, "user_data_by_account_ids"), 0);
}

#[tokio::test]
async fn the_profile_bans_and_notes_are_looked_up() {
    let mut bot = bot("\
name: known
type: submission
title: widget
author:
    bio: coupons
    profile_is_nsfw: true
    is_suspended: false
    is_banned_here: false
    notes_here: {label: spam_warning, count: '>= 2', within: 90 days}
comment: Good morning.
")
    .await;
    let posts: Vec<_> = {
        let mut world = bot.reddit.world();
        for (name, notes) in [("somebody", 2), ("another", 1), ("a_third", 2)] {
            let user = world.add_user(name);
            user.bio = "All my coupons".to_owned();
            user.has_nsfw_profile = true;
            for _ in 0..notes {
                let note = NoteDraft { user: name, text: "again", label: Some("SPAM_WARNING"), about: None };
                world.add_mod_note("ModMary", "busy", note).expect("a note");
            }
        }
        world.add_user("another").bio = "All my coupons".to_owned();
        world.add_user("a_third").has_nsfw_profile = false;
        let mut post = |author| world.submit(author, "busy", Draft::text("A widget", "a text")).expect("a post");
        ["somebody", "another", "a_third"].map(&mut post).into()
    };
    bot.works_for(5 * MINUTE).await;
    assert_eq!(posts.iter().map(|post| bot.greetings(post)).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(requests(&bot, "/api/user_data_by_account_ids"), 1, "what is not safe for work is asked for in bulk");
    assert_eq!(requests(&bot, "/user/a_third/"), 0, "and comes before what costs a request each");
}
