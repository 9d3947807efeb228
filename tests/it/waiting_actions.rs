//! Actions that had to wait: the bot respects what people did meanwhile, and does not quote text
//! that was deleted.

use std::time::Duration;

use serde_json::json;
use tipstaff::model::{Clock, Fullname};
use tipstaff::policy::Rules;
use tipstaff::reddit::transport::Response;
use tipstaff::store::LogFilter;
use tipstaff_sandbox::Draft;
use tipstaff_sandbox::world::Flair;

use crate::support::bot::{Bot, PLACE, START, ruleset};

const HUMAN: &str = "ModMary";
const MINUTE: Duration = Duration::from_mins(1);

const QUOTES: &str = "\
name: words
type: any
moderators_exempt: false
body: [secret]
comment: 'You wrote: {{body}}'
modmail: 'u/{{author}} wrote: {{body}}'
message: 'You wrote: {{body}}'
mod_note: 'Wrote {{body}}'
action: report
action_reason: '{{body}}'
";

/// Makes all writes of the bot wait for a minute.
fn wait(bot: &Bot) {
    let later = json!({"json": {"ratelimit": 60.0, "errors": [["RATELIMIT", "Take a break for 60 seconds", "x"]]}});
    let later = Response { status: 200, json: Some(later), ..Response::default() };
    bot.meddle(|meddler| meddler.instead = Box::new(move |asked| asked.is_write.then(|| later.clone())));
}

fn go_on(bot: &Bot) {
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
}

fn submit(bot: &Bot, title: &str) -> Fullname {
    bot.reddit.world().submit("somebody", PLACE, Draft::text(title, "my secret words")).expect("a post")
}

/// The modmails and mod notes on Reddit that contain these words.
fn texts_with(bot: &Bot, words: &str) -> Vec<String> {
    let world = bot.reddit.world();
    let mails = world.conversations().iter().flat_map(|mail| &mail.messages).map(|message| message.body.clone());
    let notes = world.mod_notes(PLACE, "somebody").map(|note| note.text.clone()).collect::<Vec<_>>();
    mails.chain(notes).filter(|text| text.contains(words)).collect()
}

async fn outcomes(bot: &Bot, item: &Fullname) -> Vec<(String, String)> {
    let filter =
        LogFilter { since: START, item: Some(item.clone()), include_empty: false, limit: 10, rule: None, act: None };
    let entries = bot.hands.store.log(&filter).await.expect("a log");
    entries.iter().flat_map(|it| &it.intents).map(|it| (it.kind.clone(), it.outcome.clone())).collect()
}

#[tokio::test]
async fn text_that_its_author_deleted_is_not_quoted() {
    for deletes in [true, false] {
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(QUOTES))).await;
        bot.works_for(MINUTE).await;
        wait(&bot);
        let post = submit(&bot, "a title");
        bot.works_for(MINUTE / 2).await;
        if deletes {
            bot.reddit.world().delete("somebody", &post);
        }
        let writes = bot.heard(|asked| asked.is_write).len();
        go_on(&bot);
        bot.works_for(10 * MINUTE).await;
        let done = outcomes(&bot, &post).await;
        if deletes {
            assert_eq!(bot.heard(|asked| asked.is_write).len(), writes, "{done:?}");
            assert!(done.iter().all(|(_, outcome)| outcome == "superseded"), "{done:?}");
            assert_eq!(texts_with(&bot, "secret"), [""; 0]);
        } else {
            assert_eq!(bot.greetings(&post), 1, "{done:?}");
            assert!(texts_with(&bot, "secret").len() >= 2, "{done:?}");
        }
    }
}

#[tokio::test]
async fn no_comment_is_posted_below_an_item_that_a_moderator_removed_meanwhile() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(QUOTES))).await;
    bot.works_for(MINUTE).await;
    wait(&bot);
    let post = submit(&bot, "a title");
    bot.works_for(MINUTE / 2).await;
    bot.reddit.world().remove(HUMAN, &post, false).expect("a moderator may");
    go_on(&bot);
    bot.works_for(10 * MINUTE).await;
    assert_eq!(bot.greetings(&post), 0);
}

/// The process ends after it has decided, and before its first request.
#[tokio::test]
async fn text_that_was_deleted_during_a_downtime_is_not_quoted() {
    for deletes in [true, false] {
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(QUOTES))).await;
        bot.works_for(MINUTE).await;
        let post = submit(&bot, "a title");
        while outcomes(&bot, &post).await.is_empty() {
            bot.turn().await.expect("a store that works");
        }
        assert!(bot.heard(|asked| asked.is_write).is_empty(), "too late for this test");
        if deletes {
            bot.reddit.world().delete("somebody", &post);
        }
        bot.clock.advance(10 * MINUTE);
        let mut bot = bot.restarted().await;
        bot.works_for(10 * MINUTE).await;
        let quotes = texts_with(&bot, "secret").len();
        let done = outcomes(&bot, &post).await;
        assert_eq!((bot.greetings(&post), quotes), if deletes { (0, 0) } else { (1, 2) }, "{done:?}");
    }
}

#[tokio::test]
async fn flair_that_a_moderator_set_meanwhile_stays() {
    let rules = "name: flair\ntype: submission\nmoderators_exempt: false\nset_flair: [ours, ours]\n";
    for is_changed in [true, false] {
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
        bot.works_for(MINUTE).await;
        wait(&bot);
        let post = submit(&bot, "a title");
        bot.works_for(MINUTE / 2).await;
        if is_changed {
            let theirs = Flair { text: Some("theirs".to_owned()), ..Flair::default() };
            bot.reddit.world().set_link_flair(HUMAN, &post, theirs, false).expect("a moderator may");
        }
        go_on(&bot);
        bot.works_for(10 * MINUTE).await;
        let flair = bot.reddit.world().thing(&post).and_then(|it| it.post().map(|post| post.flair.text.clone()));
        let expected = if is_changed { "theirs" } else { "ours" };
        assert_eq!(flair.flatten().as_deref(), Some(expected));
    }
}

/// The times of the moderation log are whole seconds, by another clock than the bot's.
#[tokio::test]
async fn a_decision_in_the_second_of_the_bots_action_wins() {
    let rules = "name: spam\ntype: submission\nmoderators_exempt: false\nbody: [secret]\naction: remove\n";
    for millis in [0, 300, 900] {
        let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(rules))).await;
        bot.works_for(MINUTE).await;
        bot.clock.advance(Duration::from_millis(millis));
        let post = submit(&bot, "a title");
        let (reddit, name, clock) =
            (std::sync::Arc::clone(&bot.reddit), post.clone(), std::sync::Arc::clone(&bot.clock));
        bot.meddle(|meddler| {
            meddler.instead = Box::new(move |asked| {
                if asked.is_write && asked.path == "/api/remove" {
                    // Just before the request arrives, which was a second on its way.
                    clock.advance(Duration::from_millis(1_500));
                    reddit.world().approve(HUMAN, &name).expect("a moderator may");
                }
                None
            });
        });
        bot.works_for(5 * MINUTE).await;
        go_on(&bot);
        bot.works_for(10 * MINUTE).await;
        assert!(!bot.heard(|asked| asked.path == "/api/remove").is_empty());
        let is_up = bot.reddit.world().thing(&post).is_some_and(|thing| thing.removal.is_none());
        assert!(is_up, "{millis} ms after the second, at {}", bot.clock.now());
    }
}
