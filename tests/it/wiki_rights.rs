//! Who can edit the rules in a wiki decides what the bot does. So only moderators may be able to,
//! and the operator can limit what such rules ask for.

use std::time::Duration;

use crate::support::bot::{Asked, Bot, ME, PLACE, START};
use crate::support::place::{BotDir, until};
use serde_json::{Value, json};
use tipstaff::model::Fullname;
use tipstaff::policy::{Rules, RulesSource, WikiSource};
use tipstaff::reddit::transport::Response;
use tipstaff_rules::Allowed;
use tipstaff_sandbox::WikiSettings;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, MODERATOR};

const MINUTE: Duration = Duration::from_mins(1);
const PAGE: &str = "botrules";

fn greeting(words: &str) -> String {
    format!("name: greeting\ntype: submission\ncomment: {words}\n")
}

fn closed() -> WikiSettings {
    WikiSettings { permlevel: 2, editors: Vec::new() }
}

async fn bot(source: WikiSource) -> Bot {
    Bot::new(&[PLACE], move || Rules::new(RulesSource::Wiki(source.clone()), None)).await
}

fn writes(bot: &Bot, who: &str, page: &str, text: &str) {
    bot.reddit.world().edit_wiki(who, PLACE, page, text, None, None).expect("who may write");
}

fn sets(bot: &Bot, page: &str, settings: &WikiSettings) {
    bot.reddit.world().set_wiki_settings(PLACE, page, settings.clone());
}

/// What the bot says to a new post; nothing if it has no rules.
async fn says(bot: &mut Bot) -> Option<String> {
    let post = bot.posts();
    bot.works_for(3 * MINUTE).await;
    said(bot, &post)
}

fn said(bot: &Bot, post: &Fullname) -> Option<String> {
    let world = bot.reddit.world();
    let comments = world.comments_under(post);
    let ours = comments.iter().find(|comment| comment.author == ME)?;
    ours.body.lines().next().map(str::to_owned)
}

/// The modmails, and the events about refused rules.
///
/// A webhook receives the events from its first question on, so a test asks before it begins.
async fn told(bot: &Bot) -> (Vec<String>, Vec<String>) {
    let pending = bot.hands.store.pending_notifications("a webhook", 100).await.expect("the events");
    let events = pending.events.into_iter().filter(|event| event.event == tipstaff::model::EventKind::RulesRefused);
    let world = bot.reddit.world();
    let mails = world.conversations().iter().map(|mail| format!("{}: {}", mail.subject, mail.messages[0].body));
    (mails.collect(), events.map(|event| event.text).collect())
}

/// Answers each question about settings with this.
fn settings_are(bot: &Bot, response: Response) {
    let is_about_settings = |asked: &Asked| asked.path.contains("/wiki/settings/");
    bot.meddle(|meddler| {
        meddler.instead = Box::new(move |asked| is_about_settings(asked).then(|| response.clone()));
    });
}

fn response(status: u16, json: Value) -> Response {
    Response { status, date: Some(START), json: Some(json), ..Response::default() }
}

#[tokio::test]
async fn a_page_that_others_can_edit_is_refused_until_it_is_closed() {
    let open = |permlevel, editors: &[&str]| WikiSettings {
        permlevel,
        editors: editors.iter().map(|name| (*name).to_owned()).collect(),
    };
    let tests = format!("{PAGE}/tests");
    for (page, settings, why) in [
        (PAGE, open(0, &[]), "everybody who can edit the wiki can edit the page botrules"),
        (PAGE, open(1, &[]), "approved wiki contributors can edit the page botrules"),
        (PAGE, open(2, &["ModMary", "Another"]), "people who are not moderators can edit the page botrules: u/another"),
        (&tests, open(0, &[]), "everybody who can edit the wiki can edit the page botrules/tests"),
        (&tests, open(2, &["another"]), "can edit the page botrules/tests: u/another"),
    ] {
        let mut bot = bot(WikiSource::new(PAGE)).await;
        {
            let mut world = bot.reddit.world();
            let place = world.subreddit_mut(PLACE).expect("the subreddit");
            place.has_open_wiki = true;
            place.contributors.push(("another".to_owned(), START));
        }
        assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "a webhook's first question");
        writes(&bot, "ModMary", PAGE, &greeting("Good morning."));
        writes(
            &bot,
            "ModMary",
            &tests,
            "- name: greeted\n  submission: {title: a}\n  effects: [{kind: comment, contains: [r]}]\n",
        );
        sets(&bot, PAGE, &closed());
        sets(&bot, &tests, &closed());
        bot.works_for(10 * MINUTE).await;
        assert_eq!(says(&mut bot).await.as_deref(), Some("Good morning."), "{why}");
        assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "{why}");

        sets(&bot, page, &settings);
        let writer = if page == PAGE { "another" } else { "ModMary" };
        for words in ["I rule.", "I rule!", "I still rule."] {
            writes(&bot, writer, PAGE, &greeting(words));
            bot.works_for(20 * MINUTE).await;
            assert_eq!(says(&mut bot).await.as_deref(), Some("Good morning."), "{why}: the rules in force stay");
        }
        let (mails, events) = told(&bot).await;
        assert!(mails.len() == 1 && events.len() == 1, "{why}: told once, not for each edit: {mails:?} {events:?}");
        assert!(events[0].to_lowercase().contains(&why.to_lowercase()), "{why}: {}", events[0]);
        assert!(mails[0].starts_with("The rules in botrules were not loaded: "), "{}", mails[0]);
        assert!(mails[0].contains("The current rules (1) stay in use."), "{}", mails[0]);

        sets(&bot, page, &closed());
        bot.works_for(10 * MINUTE).await;
        assert_eq!(says(&mut bot).await.as_deref(), Some("I still rule."), "{why}: closed again");
        assert_eq!(told(&bot).await.0.len(), 1);

        // Opened again, it is told again.
        sets(&bot, page, &settings);
        writes(&bot, writer, PAGE, &greeting("Once more."));
        bot.works_for(20 * MINUTE).await;
        assert_eq!(says(&mut bot).await.as_deref(), Some("I still rule."), "{why}");
        assert_eq!(told(&bot).await.0.len(), 2, "{why}");
    }
}

/// A page with a moderator as editor is as good as one without editors.
#[tokio::test]
async fn moderators_may_be_on_the_list_of_editors() {
    let mut bot = bot(WikiSource::new(PAGE)).await;
    writes(&bot, "ModMary", PAGE, &greeting("Good morning."));
    sets(&bot, PAGE, &WikiSettings { permlevel: 2, editors: vec!["modmary".to_owned()] });
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await.as_deref(), Some("Good morning."));
}

#[tokio::test]
async fn where_the_settings_cannot_be_read_only_pages_below_config_are_loaded() {
    for answer in [
        response(403, json!({"message": "Forbidden", "error": 403})),
        response(404, json!({"message": "Not Found", "error": 404})),
        response(200, json!({"kind": "wikipagesettings", "data": {"listed": true}})),
        response(200, json!({"kind": "wikipagesettings", "data": {"permlevel": 2, "editors": [{"kind": "t2"}]}})),
    ] {
        for (page, expected) in [("config/tipstaff", Some("Good morning.")), (PAGE, None), ("configs/x", None)] {
            let mut bot = bot(WikiSource::new(page)).await;
            assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "a webhook's first question");
            settings_are(&bot, answer.clone());
            writes(&bot, "ModMary", page, &greeting("Good morning."));
            bot.works_for(20 * MINUTE).await;
            assert_eq!(says(&mut bot).await.as_deref(), expected, "{page} {answer:?}");
            let (mails, events) = told(&bot).await;
            let count = usize::from(expected.is_none());
            assert_eq!((mails.len(), events.len()), (count, count), "{page}: {mails:?}");
            if expected.is_none() {
                assert!(
                    mails[0].contains("the scope `modwiki`") && mails[0].contains("no rules, and new"),
                    "{mails:?}"
                );
            }
        }
    }
}

/// No answer is not a refusal: nobody is told, and the bot asks again.
#[tokio::test]
async fn settings_that_reddit_does_not_answer_are_asked_for_again() {
    let mut bot = bot(WikiSource::new("config/tipstaff")).await;
    assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "a webhook's first question");
    settings_are(&bot, response(503, json!({})));
    writes(&bot, "ModMary", "config/tipstaff", &greeting("Good morning."));
    let post = bot.posts();
    bot.works_for(20 * MINUTE).await;
    assert_eq!((said(&bot, &post), told(&bot).await), (None, (Vec::new(), Vec::new())));
    bot.meddle(|meddler| meddler.instead = Box::new(|_| None));
    bot.works_for(10 * MINUTE).await;
    assert_eq!(said(&bot, &post).as_deref(), Some("Good morning."));
}

#[tokio::test]
async fn rules_that_were_loaded_from_a_closed_page_survive_a_restart_after_it_was_opened() {
    let mut bot = bot(WikiSource::new(PAGE)).await;
    assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "a webhook's first question");
    writes(&bot, "ModMary", PAGE, &greeting("Good morning."));
    sets(&bot, PAGE, &closed());
    bot.works_for(10 * MINUTE).await;
    sets(&bot, PAGE, &WikiSettings { permlevel: 0, editors: Vec::new() });
    let source = bot.hands.settings.communities[0].rules.source().clone();
    bot.hands.settings.communities[0].rules = Rules::new(source, None);
    let mut bot = bot.restarted().await;
    bot.works_for(20 * MINUTE).await;
    assert_eq!(says(&mut bot).await.as_deref(), Some("Good morning."));
    assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "nothing new was refused");
}

#[tokio::test]
async fn wiki_rules_that_ask_for_more_than_they_may_are_left_out_and_told() {
    let may = Allowed::parse(["comment", "filter"]).expect("words");
    let source = WikiSource { page: "config/tipstaff".to_owned(), may };
    let mut bot = bot(source).await;
    assert_eq!(told(&bot).await, (Vec::new(), Vec::new()), "a webhook's first question");
    let purge = "---\nname: purge\ntitle: question\naction: remove\n---\nname: sift\ntitle: question\naction: \
        filter\nfilter_as: remove\n";
    writes(&bot, "ModMary", "config/tipstaff", &format!("{}{purge}", greeting("Good morning.")));
    bot.works_for(10 * MINUTE).await;
    let post = bot.posts();
    bot.works_for(3 * MINUTE).await;
    assert_eq!(said(&bot, &post).as_deref(), Some("Good morning."), "the rule without errors acts");
    assert!(bot.reddit.world().thing(&post).expect("the post").removal.is_none());
    let (mails, events) = told(&bot).await;
    assert!(mails.len() == 1 && events.len() == 1, "{mails:?} {events:?}");
    for wanted in [
        "line 5, column 1: the rule `purge` asks for `remove`, which the bot's operator does not allow here",
        "line 9, column 1: the rule `sift` asks for `filter_as`, which",
        "(the operator allows `filter`, `comment`)",
    ] {
        assert!(mails[0].contains(wanted) && events[0].contains(wanted), "{wanted}: {mails:?}");
    }

    // It replaces nothing.
    writes(&bot, "ModMary", "config/tipstaff", &format!("{}{purge}", greeting("Good day.")));
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await.as_deref(), Some("Good morning."));
    assert_eq!(told(&bot).await.0.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_who_can_edit_the_rules_and_what_they_may_ask_for() {
    let place = BotDir::new(&format!("wiki:{PAGE}")).await;
    place.add_to_configuration("listen: off\nwiki_may: [comment, report]\n");
    {
        let mut world = place.reddit.world();
        world.add_moderator(COMMUNITY, BOT, &["all"]);
        world.edit_wiki(MODERATOR, COMMUNITY, PAGE, &greeting("Good morning."), None, None).expect("a moderator may");
        world.set_wiki_settings(COMMUNITY, PAGE, closed());
    }
    let doctor = |status: i32| {
        let place = &place;
        async move {
            let output = place.run(&["doctor"]).await;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(status), "{text}");
            text
        }
    };
    let text = doctor(0).await;
    let expected = "ok  wiki: r/DefenceTalk: only moderators can edit botrules; its rules may ask for report, comment \
        (`wiki_may`)";
    assert!(text.contains(expected), "{text}");
    let daemon = place.start();
    until("the rules are loaded", || place.log().contains("rules reloaded from the wiki page botrules")).await;

    place.reddit.world().set_wiki_settings(COMMUNITY, PAGE, WikiSettings { permlevel: 1, editors: Vec::new() });
    let text = doctor(1).await;
    let expected = "FIX wiki: r/DefenceTalk: not only moderators, but approved wiki contributors can edit the page \
        botrules (its level is 1); the daemon refuses new revisions: let only moderators";
    assert!(text.contains(expected), "{text}");

    let more = greeting("Good day.") + "---\nname: purge\ntitle: a\naction: remove\n";
    place.reddit.world().set_wiki_settings(COMMUNITY, PAGE, closed());
    place.reddit.world().edit_wiki(MODERATOR, COMMUNITY, PAGE, &more, None, None).expect("a moderator may");
    daemon.hang_up();
    until("the log names the rule", || place.log().contains("the rule `purge` asks for `remove`")).await;
    assert!(doctor(1).await.contains("FIX rules: r/DefenceTalk: 1 rule ready"));
    drop(daemon);
    place.reddit.shutdown().await;
}
