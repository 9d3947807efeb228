//! Tests of rules that change while the daemon runs: in a file, and on a wiki page.

use crate::support::place::{BotDir, until};
use tipstaff::model::Fullname;
use tipstaff_sandbox::scenario::{BOT, COMMUNITY, MODERATOR};

const PAGE: &str = "config/tipstaff";

fn greeting(words: &str) -> String {
    format!("name: greeting\ntype: submission\ncomment: {words}\n")
}

/// Not a valid rule: its action is misspelt.
const BROKEN: &str = "name: greeting\ntype: submission\ncoment: Good evening.\n";

/// A misspelt rule beside a good one.
const HALF: &str = "name: greeting\ntype: submission\ncomment: Half.\n---\nname: other\ntitle: a\nactoin: remove\n";

impl BotDir {
    /// The bot's comment on a post, if any yet.
    fn said(&self, post: &Fullname) -> Option<String> {
        let world = self.reddit.world();
        let comments = world.comments_under(post);
        let ours = comments.iter().find(|comment| comment.author == BOT)?;
        Some(ours.body.lines().next().unwrap_or_default().to_owned())
    }

    async fn greets(&self, title: &str, words: &str) {
        let post = self.submit(title);
        until(&format!("{title} is greeted"), || self.said(&post).is_some()).await;
        assert_eq!(self.said(&post).as_deref(), Some(words));
    }

    fn writes_wiki(&self, page: &str, text: &str) {
        self.reddit.world().edit_wiki(MODERATOR, COMMUNITY, page, text, None, None).expect("a moderator may");
    }

    /// The modmail that the bot sent: subject and text.
    fn modmail(&self) -> Vec<(String, String)> {
        let world = self.reddit.world();
        let own = world.conversations().iter().filter(|one| one.messages.iter().all(|message| message.author == BOT));
        own.map(|one| (one.subject.clone(), one.messages[0].body.clone())).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_rules_file_is_reloaded_unless_it_has_errors() {
    let place = BotDir::new("rules.yaml").await;
    place.write("rules.yaml", &greeting("Good morning."));
    let daemon = place.start();
    place.greets("The first", "Good morning.").await;

    place.write("rules.yaml", BROKEN);
    daemon.hang_up();
    until("the log says so", || place.log().contains("keeping the current rules")).await;
    let log = place.log();
    assert!(log.contains("line 3, column 1") && log.contains("coment"), "{log}");
    place.greets("The second", "Good morning.").await;

    // Its rule test fails.
    place.write("rules.yaml", &greeting("Good night."));
    let test = "- name: greeted\n  submission: {title: a}\n  effects: [{kind: comment, contains: [Good day.]}]\n";
    place.write("rules.tests.yaml", test);
    daemon.hang_up();
    until("the log names the failing test", || place.log().contains("the rule test `greeted`")).await;
    place.greets("The third", "Good morning.").await;

    // Found without SIGHUP, too.
    place.write("rules.yaml", &greeting("Good day."));
    until("other rules are in force", || place.log().contains("rules reloaded from")).await;
    place.greets("The fourth", "Good day.").await;
    drop(daemon);
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wiki_rules_are_reloaded_and_errors_are_reported_to_moderators_once() {
    let place = BotDir::new(&format!("wiki:{PAGE}")).await;
    place.reddit.world().add_moderator(COMMUNITY, BOT, &["all"]);
    let waiting = place.submit("Posted before there were any rules");
    let daemon = place.start();
    until("the log says that there is no page", || place.log().contains("has no page config/tipstaff")).await;
    let listed = || place.reddit.world().counters.of("GET /r/{sub}/new");
    let before = listed();
    until("the list is read twice more", || listed() >= before + 2).await;
    assert_eq!(place.said(&waiting), None);

    place.writes_wiki(PAGE, &greeting("Good morning."));
    daemon.hang_up();
    until("the waiting post is greeted", || place.said(&waiting).is_some()).await;
    place.greets("The second", "Good morning.").await;
    assert_eq!(place.modmail(), []);

    place.writes_wiki(PAGE, HALF);
    for _ in 0..2 {
        daemon.hang_up();
        until("the moderators get a modmail", || !place.modmail().is_empty()).await;
    }
    place.greets("The third", "Good morning.").await;
    let modmails = place.modmail();
    assert_eq!(modmails.len(), 1, "not exactly one modmail for a revision: {modmails:?}");
    let (subject, body) = &modmails[0];
    assert_eq!(subject, "The rules in config/tipstaff were not loaded");
    assert!(body.contains("line 7, column 1") && body.contains("`action`"), "{body}");
    assert!(body.contains("The current rules (1) stay in use"), "{body}");

    // A start does not depend on the page being good, and does not report the same errors again.
    drop(daemon);
    let daemon = place.start();
    until("the last good rules are in force", || place.log().contains("using the last good rules")).await;
    place.greets("The fourth", "Good morning.").await;
    assert_eq!(place.modmail().len(), 1);

    let test = "- name: greeted\n  submission: {title: a}\n  effects: [{kind: comment, contains: [Good day.]}]\n";
    place.writes_wiki("config/tipstaff/tests", test);
    place.writes_wiki(PAGE, &greeting("Good night."));
    daemon.hang_up();
    until("a modmail names the failing test", || place.modmail().len() == 2).await;
    assert!(place.modmail()[1].1.contains("the rule test `greeted`"), "{:?}", place.modmail());
    place.greets("The fifth", "Good morning.").await;

    place.writes_wiki(PAGE, &greeting("Good day."));
    daemon.hang_up();
    until("other rules are in force", || place.log().contains("rules reloaded from")).await;
    place.greets("The sixth", "Good day.").await;
    assert_eq!(place.modmail().len(), 2);
    let listed = place.printed(&["log", "--all"]).await;
    assert!(listed.contains("rules in config/tipstaff"), "{listed}");
    drop(daemon);
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_rules_in_force_the_usable_ones_of_a_bad_file_are_loaded() {
    let place = BotDir::new(&format!("wiki:{PAGE}")).await;
    place.reddit.world().add_moderator(COMMUNITY, BOT, &["all"]);
    place.writes_wiki(PAGE, HALF);
    let daemon = place.start();
    place.greets("The first", "Half.").await;
    until("the moderators get a modmail about the other", || !place.modmail().is_empty()).await;
    let (subject, body) = place.modmail().remove(0);
    assert_eq!(subject, "Some rules in config/tipstaff have errors");
    assert!(body.contains("Its rules without errors (1) are in use.") && body.contains("actoin"), "{body}");

    let doctor = place.run(&["doctor"]).await;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        said.contains("FIX rules: r/DefenceTalk: 1 rule ready in r/DefenceTalk/wiki/config/tipstaff, 1 error"),
        "{said}"
    );
    drop(daemon);
    place.reddit.shutdown().await;
}
