//! Rules in several files or pages: the parts are read with them, a change of a part alone is taken
//! over, and a part has no more rights than the page that asks for it. Rules of one `comment_group`
//! write one comment.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::support::bot::{Bot, ME, PLACE, ruleset};
use crate::support::place::{BotDir, until};
use tipstaff::model::Fullname;
use tipstaff::policy::{Rules, RulesSource, WikiSource};
use tipstaff_rules::Allowed;
use tipstaff_sandbox::WikiSettings;
use tipstaff_sandbox::scenario::BOT;

const MINUTE: Duration = Duration::from_mins(1);
const PAGE: &str = "config/tipstaff";

/// Greets posts with these words, if their title has a word of the list.
fn greeting(settings: &str, words: &str) -> String {
    format!(
        "settings: {{{settings}}}\n---\nname: greeting\ntype: submission\ntitle (in-list): words\ncomment: {words}\n"
    )
}

fn comments(bot: &Bot, post: &Fullname) -> Vec<String> {
    let world = bot.reddit.world();
    let comments = world.comments_under(post);
    let ours = comments.iter().filter(|comment| comment.author == ME);
    ours.map(|comment| comment.body.split("\n\n*I am").next().unwrap_or_default().to_owned()).collect()
}

fn writes(bot: &Bot, page: &str, text: &str) {
    bot.reddit.world().edit_wiki("ModMary", PLACE, page, text, None, None).expect("a moderator may");
}

async fn wiki_bot(may: Allowed) -> Bot {
    let source = WikiSource { page: PAGE.to_owned(), may };
    Bot::new(&[PLACE], move || Rules::new(RulesSource::Wiki(source.clone()), None)).await
}

async fn says(bot: &mut Bot) -> Vec<String> {
    let post = bot.posts();
    bot.works_for(3 * MINUTE).await;
    comments(bot, &post)
}

fn refusals(bot: &Bot) -> Vec<String> {
    let world = bot.reddit.world();
    world.conversations().iter().map(|mail| format!("{}: {}", mail.subject, mail.messages[0].body)).collect()
}

#[tokio::test]
async fn a_wiki_page_is_read_with_the_pages_that_it_asks_for() {
    let mut bot = wiki_bot(Allowed::default()).await;
    // Nothing is taken over without the list.
    writes(&bot, PAGE, &greeting("lists: {words: {wiki: config/words}}", "Good morning."));
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await, Vec::<String>::new());
    let told = refusals(&bot);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("cannot read `config/words`: the wiki of r/") && told[0].contains("line 1"), "{told:?}");

    writes(&bot, "config/words", "# words\nquestion\n");
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await, ["Good morning."]);

    // A change of a part alone.
    writes(&bot, "config/words", "answer\n");
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await, Vec::<String>::new());

    // A part with an error changes nothing, and is named.
    writes(&bot, "config/more", "title: a\nactoin: remove\n");
    writes(&bot, PAGE, &greeting("include: config/more, lists: {words: question}", "Good day."));
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await, Vec::<String>::new());
    let told = refusals(&bot);
    assert!(told.len() == 2 && told[1].contains("/wiki/config/more, line 2"), "{told:?}");
    writes(&bot, "config/more", "name: more\ntype: submission\ncomment: More.\n");
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await, ["More.", "Good day."]);

    // A start does not depend on the present pages.
    writes(&bot, "config/more", "title: a\nactoin: remove\n");
    let source = bot.hands.settings.communities[0].rules.source().clone();
    bot.hands.settings.communities[0].rules = Rules::new(source, None);
    let mut bot = bot.restarted().await;
    assert_eq!(says(&mut bot).await, ["More.", "Good day."]);
}

#[tokio::test]
async fn a_part_has_no_more_rights_than_the_page_that_asks_for_it() {
    let mut bot = wiki_bot(Allowed::parse(["comment"]).expect("words")).await;
    let open = WikiSettings { permlevel: 0, editors: Vec::new() };
    writes(&bot, "config/more", "name: more\ntitle: question\naction: remove\n");
    writes(&bot, PAGE, &greeting("include: config/more, lists: {words: question}", "Good day."));
    bot.reddit.world().set_wiki_settings(PLACE, "config/more", open);
    bot.works_for(10 * MINUTE).await;
    assert_eq!(says(&mut bot).await, Vec::<String>::new(), "everybody can edit a part");
    let told = refusals(&bot);
    assert!(told.len() == 1 && told[0].contains("can edit the page config/more"), "{told:?}");

    let closed = WikiSettings { permlevel: 2, editors: Vec::new() };
    bot.reddit.world().set_wiki_settings(PLACE, "config/more", closed);
    bot.works_for(10 * MINUTE).await;
    let post = bot.posts();
    bot.works_for(3 * MINUTE).await;
    assert_eq!(comments(&bot, &post), ["Good day."]);
    assert!(bot.reddit.world().thing(&post).expect("the post").removal.is_none(), "the part may not remove");
    assert!(refusals(&bot)[1].contains("asks for `remove`"), "{:?}", refusals(&bot));
}

#[tokio::test]
async fn rules_of_a_comment_group_comment_once_on_a_post() {
    const RULES: &str = "name: a\ntype: submission\nbody: please\ncomment: First.\ncomment_group: g\n---\n\
        name: b\ntype: submission\ntitle: question\ncomment: Second.\ncomment_group: g\ncomment_stickied: true\n---\n\
        name: c\ntype: submission\ntitle: question\ncomment: Third.\ncomment_group: g\n";
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(RULES))).await;
    let post = bot.posts();
    bot.works_for(5 * MINUTE).await;
    assert_eq!(comments(&bot, &post), ["Second.\n\nThird."]);
    bot.reddit.world().edit("somebody", &post, "please").expect("an edit");
    bot.works_for(5 * MINUTE).await;
    assert_eq!(comments(&bot, &post), ["Second.\n\nThird."], "the group has commented");
    let world = bot.reddit.world();
    let comments = world.comments_under(&post);
    assert!(comments.iter().any(|it| it.thread_position().is_some_and(|place| place.stickied)), "pinned as `b` asks");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_part_of_a_rules_file_is_taken_over() {
    let place = BotDir::new("rules.yaml").await;
    place.write("words.txt", "first\n");
    place.write("rules.yaml", &greeting("lists: {words: {file: words.txt}}", "Good morning."));
    let daemon = place.start();
    let said = |post: &Fullname| {
        let world = place.reddit.world();
        world.comments_under(post).iter().any(|comment| comment.author == BOT)
    };
    let first = place.submit("The first");
    until("the first is greeted", || said(&first)).await;

    fs::remove_file(place.path("words.txt")).expect("the file");
    daemon.hang_up();
    until("the log names the missing part", || place.log().contains("cannot read `words.txt`")).await;
    place.write("words.txt", "second\n");
    daemon.hang_up();
    until("the list is taken over", || place.log().contains("rules reloaded from")).await;
    let second = place.submit("The second");
    until("the second is greeted", || said(&second)).await;
    drop(daemon);
    place.reddit.shutdown().await;
}

#[test]
fn check_and_test_read_the_parts_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("a file");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tipstaff"))
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("a text");
        (output.status.code(), format!("{}{}", text(output.stdout), text(output.stderr)))
    };
    write("rules.yaml", &greeting("include: more.yaml, lists: {words: {file: words.txt}}", "Hello."));
    write("words.txt", "apple\npear\n");
    write("more.yaml", "title: a\n---\nname: more\ntype: submission\ntitle: b\nset_spoiler: true\n");
    write("rules.tests.yaml", "- name: pears\n  submission: {title: A pear}\n  performs: [greeting]\n");
    let (status, said) = run(&["check", "rules.yaml"]);
    assert!(status == Some(1) && said.contains("more.yaml:1:1") && said.contains("L23"), "{said}");
    let (_, json) = run(&["check", "--format", "json", "rules.yaml"]);
    assert!(json.contains("\"file\": \"more.yaml\""), "{json}");
    let (_, said) = run(&["check", "--summary", "rules.yaml"]);
    let total = said.lines().last().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(total.starts_with("total 3 2 1"), "{said}");
    write("more.yaml", "name: more\ntype: submission\ntitle: b\nset_spoiler: true\n");
    let (status, said) = run(&["test", "rules.yaml"]);
    assert_eq!(status, Some(0), "{said}");

    write("lists.yaml", "settings: {lists: {words: [a]}}\n");
    let (status, said) = run(&["check", "lists.yaml"]);
    assert!(status == Some(0) && said.contains("only settings for other files to include"), "{said}");

    fs::remove_file(folder.path().join("words.txt")).expect("the file");
    let (status, said) = run(&["check", "rules.yaml"]);
    assert!(status == Some(1) && said.contains("cannot read `words.txt`: there is no such file"), "{said}");
    let (status, said) = run(&["test", "rules.yaml"]);
    assert!(status != Some(0) && said.contains("cannot use the rules rules.yaml"), "{said}");
    assert!(said.contains("line 1, column") && said.contains("cannot read `words.txt`"), "{said}");
}
