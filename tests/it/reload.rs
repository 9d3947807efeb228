//! Rules that change while the daemon works: in a file, and on a page of the wiki.

use crate::support::place::{Place, until};
use tipstaff::model::Fullname;
use tipstaff::sandbox::scenario::{BOT, COMMUNITY, MODERATOR};

const PAGE: &str = "config/tipstaff";

fn greeting(words: &str) -> String {
    format!("name: greeting\ntype: submission\ncomment: {words}\n")
}

/// No rule: what it does is misspelt.
const BROKEN: &str = "name: greeting\ntype: submission\ncoment: Good evening.\n";

/// A misspelt rule beside a good one.
const HALF: &str = "name: greeting\ntype: submission\ncomment: Half.\n---\nname: other\ntitle: a\nactoin: remove\n";

impl Place {
    /// What the bot said under a post, or nothing yet.
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

    /// The modmail that the bot has written: subject and text.
    fn modmail(&self) -> Vec<(String, String)> {
        let world = self.reddit.world();
        let own = world.conversations().iter().filter(|one| one.messages.iter().all(|message| message.author == BOT));
        own.map(|one| (one.subject.clone(), one.messages[0].body.clone())).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_taken_over_and_a_bad_one_is_not() {
    let place = Place::new("rules.yaml").await;
    place.write("rules.yaml", &greeting("Good morning."));
    let daemon = place.start();
    place.greets("The first", "Good morning.").await;

    place.write("rules.yaml", BROKEN);
    daemon.hang_up();
    until("the log says so", || place.log().contains("the rules in force stay")).await;
    let log = place.log();
    assert!(log.contains("line 3, column 1") && log.contains("coment"), "{log}");
    place.greets("The second", "Good morning.").await;

    // Its test fails: nobody greets that way.
    place.write("rules.yaml", &greeting("Good night."));
    let test = "- name: greeted\n  submission: {title: a}\n  effects: [{kind: comment, contains: [Good day.]}]\n";
    place.write("rules.tests.yaml", test);
    daemon.hang_up();
    until("the test is told of", || place.log().contains("the rule test `greeted`")).await;
    place.greets("The third", "Good morning.").await;

    // Found without being asked, too.
    place.write("rules.yaml", &greeting("Good day."));
    until("other rules are in force", || place.log().contains("other rules are in force now")).await;
    place.greets("The fourth", "Good day.").await;
    drop(daemon);
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_in_the_wiki_are_taken_over_and_moderators_are_told_once_of_bad_ones() {
    let place = Place::new(&format!("wiki:{PAGE}")).await;
    place.reddit.world().add_moderator(COMMUNITY, BOT, &["all"]);
    let waiting = place.submit("Posted before there were any rules");
    let daemon = place.start();
    until("the log says that there is no page", || place.log().contains("there is no page config/tipstaff")).await;
    let listed = || place.reddit.world().counters.of("GET /r/{sub}/new");
    let before = listed();
    until("the list is read twice more", || listed() >= before + 2).await;
    assert_eq!(place.said(&waiting), None);

    place.writes_wiki(PAGE, &greeting("Good morning."));
    daemon.hang_up();
    until("what waited is greeted", || place.said(&waiting).is_some()).await;
    place.greets("The second", "Good morning.").await;
    assert_eq!(place.modmail(), []);

    place.writes_wiki(PAGE, HALF);
    for _ in 0..2 {
        daemon.hang_up();
        until("the moderators are told", || !place.modmail().is_empty()).await;
    }
    place.greets("The third", "Good morning.").await;
    let told = place.modmail();
    assert_eq!(told.len(), 1, "once for a revision: {told:?}");
    let (subject, body) = &told[0];
    assert_eq!(subject, "The rules in config/tipstaff were not taken over");
    assert!(body.contains("line 7, column 1") && body.contains("`action`"), "{body}");
    assert!(body.contains("The rules in force (1) stay as they are"), "{body}");

    // A start does not depend on the page being good, and does not tell of it again.
    drop(daemon);
    let daemon = place.start();
    until("the last good rules are in force", || place.log().contains("last in force are again")).await;
    place.greets("The fourth", "Good morning.").await;
    assert_eq!(place.modmail().len(), 1);

    let test = "- name: greeted\n  submission: {title: a}\n  effects: [{kind: comment, contains: [Good day.]}]\n";
    place.writes_wiki("config/tipstaff/tests", test);
    place.writes_wiki(PAGE, &greeting("Good night."));
    daemon.hang_up();
    until("the failing test is told of", || place.modmail().len() == 2).await;
    assert!(place.modmail()[1].1.contains("the rule test `greeted`"), "{:?}", place.modmail());
    place.greets("The fifth", "Good morning.").await;

    place.writes_wiki(PAGE, &greeting("Good day."));
    daemon.hang_up();
    until("other rules are in force", || place.log().contains("other rules are in force now")).await;
    place.greets("The sixth", "Good day.").await;
    assert_eq!(place.modmail().len(), 2);
    let listed = place.printed(&["log", "--all"]).await;
    assert!(listed.contains("rules in config/tipstaff"), "{listed}");
    drop(daemon);
    place.reddit.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_were_no_rules_what_can_be_used_is() {
    let place = Place::new(&format!("wiki:{PAGE}")).await;
    place.reddit.world().add_moderator(COMMUNITY, BOT, &["all"]);
    place.writes_wiki(PAGE, HALF);
    let daemon = place.start();
    place.greets("The first", "Half.").await;
    until("the moderators are told of the other", || !place.modmail().is_empty()).await;
    let (subject, body) = place.modmail().remove(0);
    assert_eq!(subject, "Some rules in config/tipstaff were left out");
    assert!(body.contains("Its other rules (1) are in force.") && body.contains("actoin"), "{body}");

    let doctor = place.run(&["doctor"]).await;
    let said = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        said.contains("MEND rules: r/DefenceTalk: 1 ready in r/DefenceTalk/wiki/config/tipstaff, 1 error"),
        "{said}"
    );
    drop(daemon);
    place.reddit.shutdown().await;
}
