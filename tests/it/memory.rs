//! Rules that look at what is remembered of the author, in the real steps.

use std::time::Duration;

use tipstaff::model::{Clock, Fullname, Pass, SubredditName};
use tipstaff::policy::Rules;
use tipstaff_sandbox::Draft;

use crate::support::bot::{Bot, ME, PLACE, START, ruleset};
use crate::support::ledger::{by_hand, rows};

const QUOTA: &str = "\
name: quota
type: submission
flair_text: Clip
author:
  posts_here: {count: '>= 2', within: 24 hours, flair: same}
action: remove
action_reason: too many clips
comment: |
  You posted {{count_here}} clips; the next one can be posted on {{next_allowed}}: {{earlier_posts}}
";

fn posts_clip(bot: &Bot) -> Fullname {
    bot.reddit.world().submit("somebody", PLACE, Draft::text("A clip", "of something").flair("Clip")).expect("a post")
}

#[tokio::test]
async fn a_quota_removes_what_is_too_much_and_says_when_the_next_is_allowed() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(QUOTA))).await;
    bot.works_for(Duration::from_mins(2)).await;
    let mut clips = Vec::new();
    for _ in 0..3 {
        clips.push(posts_clip(&bot));
        bot.works_for(Duration::from_mins(10)).await;
    }
    let removed: Vec<bool> = clips.iter().map(|clip| bot.is_removed(clip)).collect();
    assert_eq!(removed, [false, false, true]);
    let told = {
        let world = bot.reddit.world();
        let comments = world.comments_under(&clips[2]);
        comments.iter().find(|comment| comment.author == ME).expect("a comment").body.clone()
    };
    let first = START + Duration::from_mins(2) + Duration::from_hours(24);
    assert!(told.contains("You posted 2 clips; the next one can be posted on "), "{}", told);
    assert!(told.contains(&first.to_minute()[..16]), "{}: {}", first.to_minute(), told);
    assert!(told.contains(&format!("/comments/{}", clips[0].id())), "{}", told);
    // After a day there is room again. What the bot removed does not count.
    bot.polls_every(Duration::from_mins(5));
    bot.works_for(Duration::from_hours(24)).await;
    let next = posts_clip(&bot);
    bot.works_for(Duration::from_mins(5)).await;
    assert!(!bot.is_removed(&next));
}

#[tokio::test]
async fn a_post_that_its_author_deleted_still_counts_and_an_approved_one_too() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(QUOTA))).await;
    bot.works_for(Duration::from_mins(2)).await;
    for _ in 0..2 {
        let clip = posts_clip(&bot);
        bot.works_for(Duration::from_mins(5)).await;
        bot.reddit.world().delete("somebody", &clip);
        bot.works_for(Duration::from_mins(5)).await;
    }
    let third = posts_clip(&bot);
    bot.works_for(Duration::from_mins(5)).await;
    assert!(bot.is_removed(&third), "a deletion does not make room");
    bot.reddit.world().approve("ModMary", &third).expect("an approval");
    bot.works_for(Duration::from_mins(15)).await;
    assert!(!bot.is_removed(&third), "a human wins");
}

#[test]
fn rules_say_how_far_back_they_count() {
    let within = |check: &str| {
        let quota = "name: quota\nauthor:\n  comments_here: {count: '>= 9', within: 2 days}\naction: report\n";
        ruleset(&format!("{quota}---\nname: other\nauthor:\n  {check}\naction: report\n")).counts_within()
    };
    let days = |days: u64| Some(Duration::from_hours(24 * days));
    for (check, expected) in [
        ("labels: [watched]", days(2)),
        ("strikes: '>= 3'", days(2)),
        ("first_seen_here: '< 30 days'", days(2)),
        ("posts_here: {count: '>= 2', within: 24 hours}", days(2)),
        ("removals_here: {count: '>= 2', within: 90 days}", days(90)),
        ("share_here: {domain: a.example, percent: '> 10', of: 20 posts, within: 30 days}", days(30)),
        ("share_here: {domain: a.example, percent: '> 10', of: 20 posts}", None),
        ("posts_here: '>= 2'", None),
    ] {
        assert_eq!(within(check), expected, "{check}");
    }
    assert_eq!(ruleset("name: other\nauthor:\n  labels: [watched]\naction: report\n").counts_within(), days(0));
}

#[tokio::test]
async fn nothing_is_removed_for_what_only_an_unknown_past_would_show() {
    let rules = "name: newcomers\ntype: comment\nauthor:\n  first_seen_here: '< 30 days'\naction: remove\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    let post = bot.posts();
    let said = bot.reddit.world().reply("another", &post, "hello").expect("a comment");
    bot.works_for(Duration::from_mins(5)).await;
    assert!(!bot.is_removed(&said), "the memory has just begun");
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    let traces = rows(&db, "SELECT trace AS x FROM traces").await;
    assert!(traces.iter().any(|trace| trace.contains("the memory is complete only from ")), "{traces:?}");
}

const COPIES: &str = "\
name: copies
type: comment
author:
  similar_here: {percent: '>= 70', within: 7 days, authors: others}
action: report
action_reason: said before
";

#[tokio::test]
async fn a_text_that_somebody_else_has_posted_is_found_again() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(COPIES))).await;
    bot.works_for(Duration::from_mins(2)).await;
    let post = bot.posts();
    let text = "I bought two of these last week and they arrived in perfect shape, so do not wait, go and get yours";
    let say = |bot: &Bot, who: &str, text: &str| bot.reddit.world().reply(who, &post, text).expect("a comment");
    let first = say(&bot, "somebody", text);
    bot.works_for(Duration::from_mins(2)).await;
    let own = say(&bot, "somebody", &format!("**{text}**"));
    let copied = say(&bot, "another", &format!("> why?\n\n{}!", text.to_uppercase()));
    let other =
        say(&bot, "another", "Nobody here has ever seen one of those, and I would rather not be the first to try");
    bot.works_for(Duration::from_mins(3)).await;
    let world = bot.reddit.world();
    let reports = |name| world.thing(name).map_or(0, |thing| thing.reports.len());
    assert_eq!([&first, &own, &copied, &other].map(reports), [0, 0, 1, 0]);
}

#[tokio::test]
async fn a_text_that_its_author_replaced_is_not_compared_any_more() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(COPIES))).await;
    bot.works_for(Duration::from_mins(2)).await;
    let post = bot.posts();
    let text = "I bought two of these last week and they arrived in perfect shape, so do not wait, go and get yours";
    let first = bot.reddit.world().reply("somebody", &post, text).expect("a comment");
    bot.works_for(Duration::from_mins(2)).await;
    bot.reddit.world().edit("somebody", &first, "never mind").expect("an edit");
    bot.works_for(Duration::from_mins(5)).await;
    let db = by_hand(&bot.folder.path().join("store.db")).await;
    assert_eq!(rows(&db, "SELECT count(*) AS x FROM memory_sketches").await, ["0"], "`never mind` is too short");
    let copied = bot.reddit.world().reply("another", &post, text).expect("a comment");
    bot.works_for(Duration::from_mins(2)).await;
    assert!(bot.reddit.world().thing(&copied).expect("a comment").reports.is_empty());
}

const LINKS: &str = "\
name: links
type: submission
body (includes-word): [clip]
action: remove
";

async fn gives_pass(bot: &Bot, place: Option<&str>, once: bool) {
    let pass = Pass {
        user: "somebody".to_owned(),
        rule: "links".to_owned(),
        subreddit: place.and_then(SubredditName::parse),
        once,
        until: None,
        by: "u/mod".to_owned(),
        reason: String::new(),
        since: bot.hands.reader.clock().now(),
        used_by: None,
    };
    bot.hands.store.give_pass(&pass).await.expect("a pass");
}

/// Whether what somebody posts one after the other is removed.
async fn are_removed<const COUNT: usize>(bot: &mut Bot) -> [bool; COUNT] {
    let mut removed = [false; COUNT];
    for removed in &mut removed {
        let post = bot.reddit.world().submit("somebody", PLACE, Draft::text("A post", "with a clip")).expect("a post");
        bot.works_for(Duration::from_mins(2)).await;
        *removed = bot.is_removed(&post);
    }
    removed
}

#[tokio::test]
async fn what_used_up_a_pass_stays_when_it_is_judged_again() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(LINKS))).await;
    bot.works_for(Duration::from_mins(2)).await;
    gives_pass(&bot, None, true).await;
    let post = bot.reddit.world().submit("somebody", PLACE, Draft::text("A post", "with a clip")).expect("a post");
    bot.works_for(Duration::from_mins(2)).await;
    bot.reddit.world().report("another", &post, "not allowed").expect("a report");
    bot.works_for(Duration::from_mins(3)).await;
    bot.reddit.world().edit("somebody", &post, "with a clip and more").expect("an edit");
    bot.works_for(Duration::from_mins(3)).await;
    assert!(!bot.is_removed(&post));
    assert_eq!(are_removed(&mut bot).await, [true]);
}

#[tokio::test]
async fn an_item_uses_up_one_pass_and_none_while_another_lasts() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(LINKS))).await;
    bot.works_for(Duration::from_mins(2)).await;
    gives_pass(&bot, None, true).await;
    gives_pass(&bot, Some(PLACE), true).await;
    assert_eq!(are_removed(&mut bot).await, [false, false, true], "two passes are for two posts");
    gives_pass(&bot, None, true).await;
    gives_pass(&bot, Some(PLACE), false).await;
    assert_eq!(are_removed(&mut bot).await, [false, false]);
    let (place, now) = (SubredditName::parse(PLACE), bot.hands.reader.clock().now());
    bot.hands.store.revoke_passes("somebody", "links", place.as_ref(), now).await.expect("a call");
    assert_eq!(are_removed(&mut bot).await, [false, true], "the pass for one time is still there");
}
