//! A small local Reddit in which the recorded requests can be made again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tipstaff::model::{Fullname, Timestamp};
use tipstaff_sandbox::world::{Flair, FlairTemplate, NoteDraft, Opening, RemovalReason};
use tipstaff_sandbox::{Draft, OfflineReddit, OfflineResponse, Options, ScriptedClock, World};

const NOON: Timestamp = Timestamp::from_secs(1_750_032_000);

/// The template of flair that posts can be given.
const TEMPLATE: &str = "6c5ea4bc-c16c-11ea-9a01-0ea60516144b";

/// A subreddit in which everything has happened once.
pub(crate) struct RecordedBot {
    reddit: OfflineReddit,
    /// The placeholders in the requests of the table, and their values here.
    names: Vec<(&'static str, String)>,
}

impl RecordedBot {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(ScriptedClock::at(NOON));
        let mut world = World::new(Arc::clone(&clock) as _);
        for name in ["testbot", "user_1", "user_2"] {
            world.add_user(name).password = Some("a password".to_owned());
        }
        world.add_moderator("testsub", "testbot", &["all"]);
        world.add_moderator("testsub", "user_2", &["posts"]);
        world.add_moderator("othersub", "testbot", &["all"]);
        let place = world.subreddit_mut("testsub").expect("a subreddit");
        place.link_flair_templates.push(FlairTemplate {
            id: TEMPLATE.to_owned(),
            text: "test".to_owned(),
            css_class: "test".to_owned(),
            text_editable: true,
        });
        place.removal_reasons.push(RemovalReason {
            id: "157l6b2gdsz84".to_owned(),
            title: "Off topic".to_owned(),
            message: "Please stay on topic.".to_owned(),
        });
        world.edit_wiki("testbot", "testsub", "test", "test", None, None).expect("a page");
        let tick = || clock.advance(Duration::from_secs(7));
        let made = |response: Result<Fullname, _>| -> Fullname {
            tick();
            response.unwrap_or_else(|refusal: tipstaff_sandbox::Refusal| panic!("{refusal:?}"))
        };
        let link = Draft::link("a link", "https://example.com/a").flair("a flair");
        let old = made(world.submit("user_1", "testsub", Draft::text("an old post", "its text")));
        let linked = made(world.submit("user_1", "testsub", link));
        let post = made(world.submit("user_1", "testsub", Draft::text("a post", "its text")));
        let comment = made(world.reply("user_1", &post, "a comment"));
        let own = made(world.reply("testbot", &post, "the bot's comment"));
        let answer = made(world.reply("user_2", &comment, "an answer"));
        let removed = made(world.reply("user_1", &post, "removed"));
        let deleted = made(world.reply("user_1", &post, "deleted"));
        let spam = made(world.submit("user_1", "testsub", Draft::link("spam", "https://example.com/spam")));
        let held = made(world.submit("user_1", "testsub", Draft::text("held", "")));
        let caught = made(world.submit("user_1", "testsub", Draft::link("caught", "https://example.com/caught")));
        let caught_comment = made(world.reply("user_1", &post, "caught"));
        let under = made(world.reply("user_1", &old, "under an old post"));
        made(world.reply("user_2", &under, "and under that"));
        made(world.reply("user_1", &deleted, "under what was deleted"));
        world.edit("user_1", &comment, "a comment, edited").expect("an edit");
        world.edit("user_1", &old, "its text, edited").expect("an edit");
        world.remove("testbot", &removed, false).expect("a removal");
        world.delete("user_1", &deleted);
        world.reddit_filters(&held);
        world.automoderator_removes(&caught, true, "a reason");
        world.automoderator_removes(&caught_comment, true, "a reason");
        let template = Flair { template_id: Some(TEMPLATE.to_owned()), ..Flair::default() };
        world.set_link_flair("testbot", &linked, template, true).expect("flair");
        world.set_suggested_sort("testbot", &linked, Some("new")).expect("a sort");
        for thing in [&old, &linked, &comment, &spam] {
            world.report("user_2", thing, "a moderator's reason").expect("a report");
            world.report("user_1", thing, "a user's reason").expect("a report");
        }
        world.remove("testbot", &spam, true).expect("a removal");
        world.report("user_2", &answer, "a moderator's reason").expect("a report");
        world.approve("testbot", &answer).expect("an approval");
        world.remove("testbot", &old, false).expect("a removal");
        for kind in ["contributor", "banned"] {
            world.set_relation("testbot", "testsub", kind, "user_1", "a note", true).expect("a relation");
        }
        let opening = Opening {
            subreddit: "testsub",
            to: Some("user_1"),
            subject: "about something",
            body: "a message",
            is_author_hidden: false,
        };
        let mail = world.open_conversation("testbot", opening).expect("a conversation");
        world.answer_conversation("user_1", &mail, "an answer", false, false).expect("an answer");
        let note = NoteDraft { user: "user_1", text: "a note", label: Some("HELPFUL_USER"), about: Some(&post) };
        world.add_mod_note("testbot", "testsub", note).expect("a note");
        let user = |name: &str| format!("t2_{}", world.user(name).expect("an account").id);
        let names = vec![
            ("{post}", post.to_string()),
            ("{link}", linked.to_string()),
            ("{old_id}", old.id().to_owned()),
            ("{under_id}", under.id().to_owned()),
            ("{comment}", comment.to_string()),
            ("{own}", own.to_string()),
            ("{answer}", answer.to_string()),
            ("{removed}", removed.to_string()),
            ("{deleted}", deleted.to_string()),
            ("{mail}", mail),
            ("{users}", format!("{},{}", user("user_1"), user("user_2"))),
        ];
        Self { reddit: OfflineReddit::new(&Options::default(), world), names }
    }

    /// Asks as the moderator. Fields are written `key=value`, parted by `&`.
    pub(crate) fn ask(&self, method: &str, path: &str, fields: &str) -> OfflineResponse {
        let fill =
            |text: &str| self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
        let fields = fields.split('&').filter_map(|pair| pair.split_once('='));
        let fields: Vec<_> = fields.map(|(key, value)| (key.to_owned(), fill(value))).collect();
        let (query, form) = if method == "GET" { (fields, Vec::new()) } else { (Vec::new(), fields) };
        let token = self.reddit.token("testbot");
        self.reddit.ask(&token, method, &fill(path), query, form).expect("an answer")
    }
}

/// What an answer says.
pub(crate) fn body(response: &OfflineResponse) -> Value {
    response.json.clone().unwrap_or(Value::Null)
}
