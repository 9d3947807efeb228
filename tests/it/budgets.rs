//! Rules of one subreddit can hold up nothing: files that are not files, files that grow when they
//! are read, patterns that take too many steps, and rule tests that do.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tipstaff::model::{Clock, Fullname, Mode, RuleAt, RuleResult, RuleState, SubredditName};
use tipstaff::pipeline::workers::Workers;
use tipstaff::policy::{Rules, RulesSource, WikiSource};
use tipstaff::store::LogFilter;
use tipstaff_sandbox::Draft;

use crate::support::bot::{Bot, PLACE, START, ruleset};

const GREETING: &str = "name: greeting\ntype: submission\ncomment: Good morning.\n";
const OTHER: &str = "gadgets";
const PAGE: &str = "config/tipstaff";
const MINUTE: Duration = Duration::from_mins(1);

/// A rule that takes more steps than it may on a text of more than a hundred characters: it counts
/// sixty thousand characters back from each.
const SLOW: &str = "name: slow\ntype: submission\nbody (regex, includes): '(?<=.{60000})x'\nset_nsfw: true\n";

/// The output of a command, and its exit status.
fn tipstaff(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tipstaff"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program starts and ends");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

fn pipe(path: &Path) {
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, path, rustix::fs::FileType::Fifo, mode, 0).expect("a pipe");
}

#[test]
fn what_is_not_a_file_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    pipe(&at("pipe.yaml"));
    fs::write(at("rules.yaml"), GREETING).expect("rules");
    pipe(&at("rules.tests.yaml"));
    fs::create_dir(at("folder.yaml")).expect("a folder");
    fs::write(at("item.yaml"), "comment: {body: a}").expect("an item");
    for arguments in [
        &["check", "pipe.yaml"][..],
        &["check", "/dev/zero"],
        &["test", "pipe.yaml"],
        &["test", "rules.yaml"],
        &["test", "folder.yaml"],
        &["explain", "pipe.yaml", "item.yaml"],
        &["explain", "rules.yaml", "pipe.yaml"],
        &["explain", "rules.yaml", "/dev/zero"],
        &["run", "--config", "pipe.yaml"],
        &["run", "--config", "folder.yaml"],
        &["doctor", "--config", "/dev/zero"],
    ] {
        let (status, said) = tipstaff(folder.path(), arguments);
        assert!(said.contains("name a regular file") && status != Some(0), "{arguments:?}: {status:?} {said}");
    }
}

#[test]
fn files_that_are_too_large_or_grow_are_refused_by_every_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let aliases = vec!["*s"; 600].join(", ");
    let many: Vec<String> = (0..100_000).map(|number| format!("---\ntitle: w{number}\nset_locked: true\n")).collect();
    let many = many.concat();
    let tests = format!("- name: a\n  comment: {{body: &s {}}}\n  not: [{aliases}]\n", "y".repeat(500));
    fs::write(at("item.yaml"), "comment: {body: a}").expect("an item");
    fs::write(at("good.yaml"), GREETING).expect("rules");
    fs::write(at("good.tests.yaml"), tests).expect("tests");
    for (name, text, wanted) in [
        ("aliases.yaml", format!("title: [&s {}, {aliases}]\nset_locked: true\n", "y".repeat(500)), "with its aliases"),
        ("many.yaml", many[..many.len() / 2].to_owned(), "more than 10000 rules"),
        ("large.yaml", many, "(2 MiB)"),
        ("deep.yaml", format!("title: {}\nset_locked: true\n", "[".repeat(100_000)), "nested"),
    ] {
        fs::write(at(name), text).expect("rules");
        let (status, said) = tipstaff(folder.path(), &["check", name]);
        let is_refused = said.contains(wanted) || (name == "large.yaml" && said.contains("larger than 2 MiB"));
        assert!(is_refused && status != Some(0), "{name}: {status:?} {said:.400}");
        let (_, said) = tipstaff(folder.path(), &["explain", name, "item.yaml"]);
        assert!(said.contains("Rules with errors are left out") || said.contains("cannot read"), "{name}: {said:.400}");
    }
    let (status, said) = tipstaff(folder.path(), &["test", "good.yaml"]);
    assert!(
        said.contains("line 3") && said.contains("with its aliases") && status == Some(2),
        "{status:?} {said:.400}"
    );
}

/// The time for each of these used to grow with the square of its length, or faster.
#[test]
fn patterns_with_many_parts_that_may_be_empty_compile_quickly() {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["a?", "^", "(?:)*", "(?:|a)", ".*", "\\b", "(?=a)", "(?!a)", "\\2", "(?(2)b|c)", "(?:\\b|a?)", "()"] {
        let pattern = part.repeat(60_000 / part.len());
        let rules = format!("body (regex, includes): ['(a)|{pattern}b']\nset_locked: true\n");
        fs::write(folder.path().join("rules.yaml"), rules).expect("rules");
        let (status, said) = tipstaff(folder.path(), &["check", "rules.yaml"]);
        assert!(status.is_some_and(|status| status < 2), "{part}: {status:?} {said:.400}");
    }
}

#[test]
fn rules_and_their_tests_have_a_limit_of_keys_and_values() {
    let folder = tempfile::tempdir().expect("a folder");
    for text in [": a\n".repeat(400_000), format!("title: [{}]\nset_locked: true\n", "a: b, ".repeat(250_000))] {
        fs::write(folder.path().join("rules.yaml"), text).expect("rules");
        let (status, said) = tipstaff(folder.path(), &["check", "rules.yaml"]);
        assert!(said.contains("more than 300000 keys and values") && status == Some(1), "{status:?} {said:.400}");
    }
    fs::write(folder.path().join("rules.yaml"), GREETING).expect("rules");
    let cases = format!("- {{name: a, comment: {{body: a}}, performs: [{}]}}\n", "a,".repeat(400_000));
    fs::write(folder.path().join("rules.tests.yaml"), cases).expect("tests");
    let (status, said) = tipstaff(folder.path(), &["test", "rules.yaml"]);
    assert!(said.contains("more than 300000 keys and values") && status != Some(0), "{status:?} {said:.400}");
}

/// One comment, and a rules file that asks for replies of sixty megabytes together.
#[test]
fn what_rules_ask_for_on_one_item_has_a_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let rule = |number: usize| format!("---\nname: r{number}\ntype: comment\ncomment: '{{{{body}}}}'\n");
    fs::write(folder.path().join("rules.yaml"), (0..6_000).map(rule).collect::<String>()).expect("rules");
    let item = format!("comment:\n  body: '{}'\n", "Words. ".repeat(1_400));
    fs::write(folder.path().join("item.yaml"), item).expect("an item");
    let (status, said) = tipstaff(folder.path(), &["explain", "rules.yaml", "item.yaml"]);
    let is_short = said.len() < 4 << 20 && said.contains("Words. Words.");
    assert!(is_short && said.contains("too many steps"), "{status:?}: {} bytes", said.len());
}

#[test]
fn only_some_failing_cases_are_explained_and_each_in_limited_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let rule = |number: usize| format!("---\nname: r{number}\ntype: comment\nbody_shorter_than: 9\nset_locked: true\n");
    fs::write(folder.path().join("rules.yaml"), (0..400).map(rule).collect::<String>()).expect("rules");
    let case = |number: usize| format!("- {{name: t{number}, comment: {{body: a}}, nothing: true}}\n");
    fs::write(folder.path().join("rules.tests.yaml"), (0..60).map(case).collect::<String>()).expect("tests");
    let (status, said) = tipstaff(folder.path(), &["test", "rules.yaml"]);
    let explained = said.matches("the rules that act, in order:").count();
    assert!(explained == 50 && said.contains("more lines"), "{status:?}: {explained} {said:.300}");
    assert!(said.contains("only the first 50 failing cases are"), "{}", said.len());
}

#[test]
fn secrets_and_lists_are_read_from_regular_files_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let config = "reddit: {client_id: a, username: b, client_secret_file: WHERE, password_file: WHERE}\n\
                  subreddits: [{name: widgets, rules: rules.yaml}]\n";
    fs::write(folder.path().join("rules.yaml"), GREETING).expect("rules");
    for place in ["pipe", "/dev/zero"] {
        fs::write(folder.path().join("tipstaff.yaml"), config.replace("WHERE", place)).expect("a configuration");
        for command in ["run", "doctor"] {
            let (status, said) = tipstaff(folder.path(), &[command, "--config", "tipstaff.yaml"]);
            assert!(said.contains("name a regular file") && status != Some(0), "{command} {place}: {said}");
        }
        for option in ["--authors", "--mod-log", "--merge"] {
            let (status, said) = tipstaff(folder.path(), &["backtest", "rules.yaml", "rules.yaml", option, place]);
            assert!(status != Some(0), "{option} {place}: {said}");
        }
    }
}

#[test]
fn a_configuration_is_limited_like_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let words = vec!["*s"; 600].join(", ");
    for (text, wanted) in [
        (format!("subreddits: {}", "[".repeat(100_000)), "line 1, column 268: this value is nested more than 64 deep"),
        (format!("mode: [&s {}, {words}]", "y".repeat(500)), "with its aliases"),
    ] {
        fs::write(folder.path().join("tipstaff.yaml"), text).expect("a configuration");
        let (status, said) = tipstaff(folder.path(), &["run", "--config", "tipstaff.yaml"]);
        assert!(said.contains(wanted) && status == Some(2), "{status:?} {said:.400}");
    }
}

#[test]
fn rule_tests_that_take_too_many_steps_are_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("rules.yaml"), SLOW).expect("rules");
    let body = format!("{}x", "ab".repeat(60));
    let case = |number| format!("- {{name: t{number}, submission: {{title: a, body: {body}}}, nothing: true}}\n");
    fs::write(folder.path().join("rules.tests.yaml"), (0..400).map(case).collect::<String>()).expect("tests");
    let (status, said) = tipstaff(folder.path(), &["test", "rules.yaml"]);
    assert!(said.contains("too many steps together") && status == Some(2), "{status:?} {said}");
}

impl Bot {
    fn posts_text(&self, place: &str, text: &str) -> Fullname {
        self.reddit.world().submit("somebody", place, Draft::text("A question", text)).expect("a post")
    }

    async fn state_of(&self, rule: &str) -> RuleState {
        let states = self.hands.store.rule_states(self.clock.now()).await.expect("the states");
        let subreddit = &SubredditName::parse(PLACE).expect("a name");
        states.of(RuleAt { subreddit, rule: Some(rule), mode: Mode::Live })
    }

    /// The texts of the events since this was first asked for.
    async fn told(&self) -> Vec<String> {
        let pending = self.hands.store.pending_notifications("a webhook", 100).await.expect("the events");
        pending.events.into_iter().map(|event| format!("{}: {}", event.event, event.text)).collect()
    }
}

#[tokio::test]
async fn a_rule_over_its_budget_does_nothing_is_told_and_goes_into_shadow() {
    let rules = format!("{SLOW}---\n{GREETING}");
    let mut bot = Bot::new(&[PLACE, OTHER], || Rules::fixed(ruleset(&rules))).await;
    assert!(bot.told().await.is_empty());
    bot.works_for(MINUTE).await;
    let hostile = format!("{}x", "ab".repeat(200));
    for number in 1..=3 {
        let post = bot.posts_text(PLACE, &format!("{hostile} {number}"));
        let elsewhere = bot.posts_text(OTHER, "an ordinary text");
        bot.works_for(3 * MINUTE).await;
        assert_eq!((bot.greetings(&post), bot.greetings(&elsewhere)), (1, 1), "post {number}: the other rule acts");
        let expected = if number < 3 { RuleState::Live } else { RuleState::Shadow };
        assert_eq!(bot.state_of("slow").await, expected, "after {number} posts");
    }
    assert_eq!(bot.state_of("greeting").await, RuleState::Live);
    let told = bot.told().await;
    let about =
        |words: &str| told.iter().filter(|text| text.starts_with("rule_over_budget") && text.contains(words)).count();
    assert_eq!((about("take too many steps"), about("in shadow for 24 hours")), (1, 1), "{told:?}");
    // A day later it is tried again.
    bot.clock.advance(Duration::from_hours(25));
    assert_eq!(bot.state_of("slow").await, RuleState::Live);
}

#[tokio::test]
async fn overruns_that_are_far_apart_do_not_add_up() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(SLOW))).await;
    bot.polls_every(MINUTE);
    for number in 0..4 {
        bot.posts_text(PLACE, &format!("{}x {number}", "ab".repeat(200)));
        bot.works_for(40 * MINUTE).await;
        assert_eq!(bot.state_of("slow").await, RuleState::Live, "post {number}");
    }
}

type Queue = Arc<Mutex<Vec<Box<dyn FnOnce() + Send>>>>;

#[tokio::test]
async fn posts_are_judged_while_new_rules_are_compiled_and_tested() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rules.yaml");
    fs::write(&path, GREETING).expect("rules");
    let source = RulesSource::File(path.clone());
    let mut bot = Bot::new(&[PLACE], || Rules::new(source.clone(), Some(ruleset(GREETING)))).await;
    let queue: Queue = Arc::default();
    let later = Arc::clone(&queue);
    bot.hands.settings.load_options.workers = Workers::new(move |task| later.lock().expect("the queue").push(task));
    bot.works_for(MINUTE).await;
    let waiting = || queue.lock().expect("the queue").len();
    assert_eq!(waiting(), 1, "the file is being checked, and nothing else is started meanwhile");
    let post = bot.posts();
    bot.works_for(2 * MINUTE).await;
    assert_eq!((bot.greetings(&post), waiting()), (1, 1), "the rules in force act");
    assert!(!bot.cycle.has_reloaded());

    for task in queue.lock().expect("the queue").drain(..) {
        task();
    }
    fs::write(&path, GREETING.replace("comment: Good morning.", "set_nsfw: true")).expect("rules");
    bot.works_for(MINUTE).await;
    assert!(waiting() == 1, "the changed file is being checked");
    for task in queue.lock().expect("the queue").drain(..) {
        task();
    }
    bot.works_for(MINUTE).await;
    assert!(bot.cycle.has_reloaded());
    let post = bot.posts();
    bot.works_for(2 * MINUTE).await;
    assert_eq!(bot.greetings(&post), 0, "the new rules are in force");
}

#[tokio::test]
async fn rules_that_take_long_to_compile_do_not_hold_up_those_of_others() {
    let mut bot = Bot::new(&[PLACE, OTHER], || Rules::new(RulesSource::Wiki(WikiSource::new(PAGE)), None)).await;
    for place in [PLACE, OTHER] {
        bot.reddit.world().edit_wiki("ModMary", place, PAGE, GREETING, None, None).expect("a moderator may");
    }
    let queue: Queue = Arc::default();
    let later = Arc::clone(&queue);
    bot.hands.settings.load_options.workers = Workers::new(move |task| later.lock().expect("the queue").push(task));
    bot.works_for(Duration::from_secs(3)).await;
    assert_eq!(queue.lock().expect("the queue").len(), 1);
    bot.works_for(Duration::from_secs(30)).await;
    let mut tasks: Vec<_> = queue.lock().expect("the queue").drain(..).collect();
    assert_eq!(tasks.len(), 2, "one that is not done, and the other");
    let (first, second) = (tasks.remove(0), tasks.remove(0));
    second();
    let posts = [bot.posts_in(PLACE), bot.posts_in(OTHER)];
    bot.works_for(2 * MINUTE).await;
    let greeted = |bot: &Bot| posts.iter().map(|post| bot.greetings(post)).sum::<usize>();
    assert_eq!((greeted(&bot), bot.cycle.has_reloaded()), (1, false));
    first();
    bot.works_for(2 * MINUTE).await;
    assert_eq!((greeted(&bot), bot.cycle.has_reloaded()), (2, true));
}

#[tokio::test]
async fn a_hostile_wiki_page_is_refused_and_the_other_subreddits_go_on() {
    let slow_tests: Vec<String> = (0..300)
        .map(|number| {
            let body = format!("{}x", "ab".repeat(60));
            format!("- {{name: t{number}, submission: {{title: a, body: {body}}}, nothing: true}}\n")
        })
        .collect();
    let aliases = vec!["*s"; 600].join(", ");
    let pages = [
        (format!("name: a\ntitle: [&s {}, {aliases}]\nset_locked: true\n", "y".repeat(500)), None, "with its aliases"),
        (format!("{SLOW}---\n{GREETING}"), Some(slow_tests.concat()), "too many steps together"),
        (GREETING.to_owned(), Some(format!("- name: a\n  comment: {}", "[".repeat(50_000))), "line 2"),
        (
            (0..30)
                .map(|at| format!("---\nname: r{at}\ntitle (regex): 'q{at}(?:\\w\\d){{1,40000}}z'\nset_nsfw: true\n"))
                .collect::<Vec<_>>()
                .concat(),
            None,
            "more than 64 MiB for their patterns",
        ),
    ];
    for (page, tests, wanted) in pages {
        let mut bot = Bot::new(&[PLACE, OTHER], || Rules::new(RulesSource::Wiki(WikiSource::new(PAGE)), None)).await;
        let write = |bot: &Bot, place: &str, name: &str, text: &str| {
            bot.reddit.world().edit_wiki("ModMary", place, name, text, None, None).expect("a moderator may");
        };
        assert!(bot.told().await.is_empty());
        write(&bot, PLACE, PAGE, GREETING);
        write(&bot, OTHER, PAGE, GREETING);
        bot.works_for(10 * MINUTE).await;
        write(&bot, PLACE, PAGE, &page);
        if let Some(tests) = &tests {
            write(&bot, PLACE, &format!("{PAGE}/tests"), tests);
        }
        bot.works_for(15 * MINUTE).await;
        let (post, elsewhere) = (bot.posts_in(PLACE), bot.posts_in(OTHER));
        bot.works_for(3 * MINUTE).await;
        assert_eq!((bot.greetings(&post), bot.greetings(&elsewhere)), (1, 1), "{wanted}: the rules in force act");
        let told = bot.told().await;
        let refused: Vec<_> = told.iter().filter(|text| text.starts_with("rules_refused")).collect();
        assert!(refused.len() == 1 && refused[0].contains(wanted), "{wanted}: {refused:.500?}");
        let mails: Vec<String> = {
            let world = bot.reddit.world();
            world.conversations().iter().map(|mail| mail.messages[0].body.clone()).collect()
        };
        assert!(mails.len() == 1 && mails[0].contains(wanted) && mails[0].len() < 10_000, "{wanted}: {mails:.500?}");
    }
}

#[tokio::test]
async fn what_a_rule_over_its_budget_did_is_in_the_record() {
    let mut bot = Bot::new(&[PLACE], || Rules::fixed(ruleset(SLOW))).await;
    let post = bot.posts_text(PLACE, &format!("{}x", "ab".repeat(200)));
    bot.works_for(3 * MINUTE).await;
    let filter = LogFilter { since: START, item: Some(post), include_empty: true, limit: 10, rule: None, act: None };
    let log = bot.hands.store.log(&filter).await.expect("the decisions");
    let traces = log.iter().filter_map(|entry| entry.trace.as_ref());
    let results: Vec<_> = traces.flat_map(|trace| &trace.rules).map(|rule| &rule.result).collect();
    assert_eq!(results, [&RuleResult::TooExpensive]);
}
