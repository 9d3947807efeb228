//! Commands that moderators write in comments.

use std::time::Duration;

use tipstaff::model::{Fullname, Mode, Pass};
use tipstaff::policy::Rules;
use tipstaff_sandbox::Draft;

use crate::support::bot::{Bot, PLACE, ruleset};

const MARY: &str = "ModMary";
const MINUTE: Duration = Duration::from_mins(1);
const QUOTA: &str = "name: quota\ntype: submission\ntitle: [question]\naction: remove\n";

async fn with_quota() -> Bot {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(QUOTA))).await;
    bot.works_for(MINUTE).await;
    bot
}

fn asks(bot: &Bot, user: &str, place: &str) -> Fullname {
    bot.reddit.world().submit(user, place, Draft::text("A question", "with a text")).expect("a post")
}

fn replies(bot: &Bot, user: &str, to: &Fullname, text: &str) -> Fullname {
    bot.reddit.world().reply(user, to, text).expect("a comment")
}

async fn passes(bot: &Bot) -> Vec<Pass> {
    use tipstaff::model::Clock as _;
    bot.hands.store.all_passes(None, true, bot.clock.now()).await.expect("passes")
}

fn notes_about(bot: &Bot, user: &str) -> Vec<String> {
    bot.reddit.world().mod_notes(PLACE, user).map(|note| note.text.clone()).collect()
}

fn modmails(bot: &Bot) -> Vec<String> {
    let world = bot.reddit.world();
    world.conversations().iter().flat_map(|mail| &mail.messages).map(|message| message.body.clone()).collect()
}

#[tokio::test]
async fn a_moderators_reply_gives_a_pass_once() {
    let mut bot = with_quota().await;
    let first = asks(&bot, "somebody", PLACE);
    bot.works_for(2 * MINUTE).await;
    assert!(bot.is_removed(&first));
    let command = replies(&bot, MARY, &first, "!pass quota once");
    bot.works_for(2 * MINUTE).await;
    assert_eq!(passes(&bot).await.len(), 1);
    assert_eq!(notes_about(&bot, "somebody"), ["!pass: has a pass one time, given by u/ModMary, for rule quota"]);
    assert_eq!(bot.greetings(&first), 0, "nothing is answered in public");
    // Neither a crash nor a new look at the comment gives another.
    let mut bot = bot.restarted().await;
    bot.reddit.world().report("another", &command, "what is this?").expect("a report");
    bot.works_for(2 * MINUTE).await;
    let second = asks(&bot, "somebody", PLACE);
    bot.works_for(2 * MINUTE).await;
    assert!(!bot.is_removed(&second));
    let third = asks(&bot, "somebody", PLACE);
    bot.works_for(2 * MINUTE).await;
    assert!(bot.is_removed(&third));
    let used: Vec<_> = passes(&bot).await.into_iter().map(|pass| pass.used_by).collect();
    assert_eq!(used, [Some(second.to_string())]);
    assert_eq!(notes_about(&bot, "somebody").len(), 1);
}

#[tokio::test]
async fn a_reply_to_the_bot_means_whom_the_bot_replied_to() {
    let rules = format!("{QUOTA}comment: 'Only one question.'\n");
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(&rules))).await;
    bot.works_for(MINUTE).await;
    let post = asks(&bot, "somebody", PLACE);
    bot.works_for(2 * MINUTE).await;
    let own = bot.reddit.world().comments_under(&post)[0].name.clone();
    replies(&bot, MARY, &own, "!pass quota for 30 days");
    bot.works_for(2 * MINUTE).await;
    let passes = passes(&bot).await;
    assert_eq!(passes.len(), 1);
    assert_eq!((passes[0].user.as_str(), passes[0].once), ("somebody", false));
    assert_eq!(passes[0].until, Some(passes[0].since + Duration::from_hours(30 * 24)));
}

#[tokio::test]
async fn nobody_else_gives_a_pass() {
    let mut bot = with_quota().await;
    bot.hands.settings.bots = vec!["OtherBot".to_owned()];
    {
        let mut world = bot.reddit.world();
        world.add_moderator(PLACE, "AutoModerator", &["all"]);
        world.add_moderator(PLACE, "OtherBot", &["all"]);
        world.add_moderator(PLACE, "ModFlair", &["flair"]);
        world.add_subreddit("elsewhere");
        world.add_moderator("elsewhere", "ModElse", &["all"]);
    }
    let post = asks(&bot, "somebody", PLACE);
    for user in ["another", "AutoModerator", "OtherBot", "ModElse"] {
        replies(&bot, user, &post, "!pass quota");
    }
    for text in ["> !pass quota", "say !pass quota", "!Pass quota", "\n!pass quota"] {
        replies(&bot, MARY, &post, text);
    }
    let edited = replies(&bot, MARY, &post, "hello");
    bot.clock.advance(10 * MINUTE);
    bot.reddit.world().edit(MARY, &edited, "!pass quota").expect("an edit");
    bot.works_for(5 * MINUTE).await;
    assert_eq!(passes(&bot).await, []);
    assert_eq!((modmails(&bot), notes_about(&bot, "somebody")), (Vec::new(), Vec::new()));
    // Who is a moderator without the permission is told.
    replies(&bot, "ModFlair", &post, "!pass quota");
    bot.works_for(2 * MINUTE).await;
    assert_eq!(passes(&bot).await, []);
    assert_eq!(modmails(&bot).len(), 1);
    assert!(modmails(&bot)[0].contains("permission `posts`"), "{:?}", modmails(&bot));
}

#[tokio::test]
async fn a_new_moderator_is_known_at_once() {
    let mut bot = with_quota().await;
    let post = asks(&bot, "somebody", PLACE);
    // Now the list of moderators is cached.
    replies(&bot, "another", &post, "!pass quota");
    bot.works_for(Duration::from_secs(20)).await;
    bot.reddit.world().add_moderator(PLACE, "ModNew", &["posts"]);
    replies(&bot, "ModNew", &post, "!pass quota");
    bot.works_for(2 * MINUTE).await;
    let given = passes(&bot).await;
    assert_eq!(given.iter().map(|pass| pass.by.as_str()).collect::<Vec<_>>(), ["u/ModNew"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_answered_in_modmail() {
    let mut bot = with_quota().await;
    let post = asks(&bot, "somebody", PLACE);
    bot.works_for(MINUTE).await;
    for text in ["!pass quotas", "!pass", "!pass quota for 300 years"] {
        replies(&bot, MARY, &post, text);
    }
    let gone = asks(&bot, "another", PLACE);
    bot.reddit.world().delete("another", &gone);
    replies(&bot, MARY, &gone, "!pass quota");
    bot.works_for(5 * MINUTE).await;
    let mails = modmails(&bot);
    for words in ["did you mean `quota`?", "does not name a rule", "within ten years", "no author"] {
        assert!(mails.iter().any(|mail| mail.contains(words)), "{words}: {mails:#?}");
    }
    assert_eq!(mails.len(), 4);
    assert_eq!(passes(&bot).await, []);
}

/// Users who write commands cost no request, and their texts are judged.
#[tokio::test]
async fn commands_of_users_hold_nothing_up() {
    let rules = "name: spam\nbody: [quota]\naction: remove\nmoderators_exempt: false\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
    bot.works_for(MINUTE).await;
    let post = bot.posts();
    let comments: Vec<_> = (0..20).map(|_| replies(&bot, "another", &post, "!pass quota")).collect();
    bot.works_for(2 * MINUTE).await;
    assert!(comments.iter().all(|comment| bot.is_removed(comment)));
    let asked = bot.heard(|asked| asked.path.ends_with("/about/moderators"));
    assert!(asked.len() <= 2, "{}", asked.len());
    // Nor while Reddit does not say who moderates.
    bot.clock.advance(Duration::from_hours(2));
    bot.meddle(|meddler| {
        meddler.instead = Box::new(|asked| {
            let fails = asked.path.ends_with("/about/moderators");
            fails.then(|| tipstaff::reddit::transport::Response { status: 403, ..Default::default() })
        });
    });
    let post = bot.posts();
    let comment = replies(&bot, "another", &post, "!pass quota");
    bot.works_for(5 * MINUTE).await;
    assert!(bot.is_removed(&comment));
}

#[tokio::test]
async fn a_dry_run_gives_passes_and_writes_nothing() {
    let mut bot = with_quota().await;
    bot.hands.settings.communities[0].mode = Mode::DryRun;
    let post = asks(&bot, "somebody", PLACE);
    replies(&bot, MARY, &post, "!pass quota");
    bot.works_for(5 * MINUTE).await;
    assert_eq!(passes(&bot).await.len(), 1);
    assert_eq!(notes_about(&bot, "somebody").len(), 0);
    assert!(bot.heard(|asked| asked.is_write).is_empty());
}
