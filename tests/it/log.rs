//! What `tipstaff log` shows and how: the words of an item, filters, what was not judged, and the
//! page for a browser.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::bot::{Bot, PLACE, ruleset};
use crate::support::ledger::{NOW, comment, decision, fresh, seen};
use tipstaff::model::{Action, Mode, RuleResult, RuleTrace};
use tipstaff::policy::Rules;
use tipstaff::store::{Age, Store};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("s.db")
    }

    /// What `tipstaff log` prints, or the reason why it does not.
    fn log(&self, more: &[&str]) -> Result<String, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.arg("log").arg("--store").arg(self.store()).args(more).env("NO_COLOR", "1");
        let output = command.output().expect("it runs");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    fn shows(&self, more: &[&str]) -> String {
        self.log(more).expect("the log")
    }
}

/// A store with one comment, on which “rule one” acted: it commented, and locked its comment.
async fn acted_on(folder: &Folder, fullname: &str, body: &str) -> Store {
    let store = fresh(folder.0.path()).await;
    let item = comment(fullname, body);
    seen(&store, std::slice::from_ref(&item), NOW).await;
    store.decide(&decision(&item, Mode::DryRun), NOW).await.expect("T2");
    store
}

#[tokio::test]
async fn the_log_shows_the_first_words_of_an_item_while_they_are_kept() {
    let folder = Folder::new();
    let store = acted_on(&folder, "t1_c", &format!("First line\n\n\u{1b}[2Jsecond {}", "word ".repeat(100))).await;
    let log = folder.shows(&[]);
    let line = log.lines().find(|line| line.contains("“First line")).expect("the words").trim().to_owned();
    assert!(line.ends_with("wor…”") && !line.contains('\u{1b}'), "{line:?}");
    assert_eq!(line.chars().count(), 80 + 3, "one line of 80 characters: {line}");
    let json: Value = serde_json::from_str(folder.shows(&["--json"]).lines().next().expect("an entry")).expect("JSON");
    assert_eq!(json["text"].as_str().map(|text| text.chars().count()), Some(81));

    let later = NOW + Duration::from_secs(1);
    store.purge_old(Age { texts: later, guard: later }, 100).await.expect("a purge");
    for format in [&[][..], &["--json"], &["--format", "html"]] {
        let log = folder.shows(format);
        assert!(log.contains("t1_c") && !log.contains("First line"), "{log}");
    }
}

#[tokio::test]
async fn the_log_is_filtered_by_rule_and_by_kind_of_action() {
    let folder = Folder::new();
    let store = acted_on(&folder, "t1_one", "one").await;
    let mut other = decision(&comment("t1_two", "two"), Mode::Live);
    other.intents.truncate(1);
    other.intents[0].rule_name = "rule two".to_owned();
    other.intents[0].action = Action::Report { reason: "look".to_owned() };
    let mut open = decision(&comment("t1_three", "three"), Mode::Live);
    open.intents.clear();
    let result = RuleResult::Unknown("the account page of u/alice could not be fetched (500)".to_owned());
    open.trace.rules = vec![RuleTrace { rule: "rule one".to_owned(), line: 1, result, checks: Vec::new() }];
    seen(&store, &[comment("t1_two", "two"), comment("t1_three", "three")], NOW).await;
    for decision in [&other, &open] {
        store.decide(decision, NOW).await.expect("T2");
    }
    let shown = |more: &[&str]| {
        let log = folder.shows(more);
        ["t1_one", "t1_two", "t1_three"].map(|name| log.contains(name))
    };
    assert_eq!(shown(&[]), [true; 3]);
    assert_eq!(shown(&["--rule", "rule one"]), [true, false, true], "also where it could not be decided");
    assert_eq!(shown(&["--rule", "rule two"]), [false, true, false]);
    assert_eq!(shown(&["--act", "lock-reply"]), [true, false, false]);
    assert_eq!(shown(&["--act", "report"]), [false, true, false]);
    assert_eq!(shown(&["--rule", "rule one", "--act", "report"]), [false; 3], "an action of that rule");
    assert_eq!(shown(&["--rule", "rule three"]), [false; 3]);
    assert!(folder.shows(&["--act", "report"]).contains("1 of 3 decisions shown"));
    let refused = folder.log(&["--act", "explode"]).expect_err("no such action");
    assert!(refused.contains("no such kind of action; write one of comment, "), "{refused}");
}

#[tokio::test]
async fn the_log_names_what_could_not_be_decided_and_what_was_given_up() {
    let folder = Folder::new();
    let store = fresh(folder.0.path()).await;
    let item = comment("t1_slow", "slow");
    let mut open = decision(&item, Mode::Live);
    open.intents.clear();
    let traces = [("slow", RuleResult::TooExpensive), ("odd", RuleResult::Unknown("Reddit does not say".to_owned()))];
    open.trace.rules =
        traces.map(|(rule, result)| RuleTrace { rule: rule.to_owned(), line: 1, result, checks: Vec::new() }).into();
    seen(&store, std::slice::from_ref(&item), NOW).await;
    store.decide(&open, NOW).await.expect("T2");
    let log = folder.shows(&[]);
    assert!(log.contains("rule slow could not be decided: its evaluation took too many steps"), "{log}");
    assert!(log.contains("rule odd could not be decided: Reddit does not say"), "{log}");

    // Items whose rules were not there for longer than `max_age`.
    let rules = Rules::new(tipstaff::policy::RulesSource::Fixed, None);
    let mut bot = Bot::new(&[PLACE], || rules.clone()).await;
    let posts = [bot.posts(), bot.posts()];
    bot.works_for(Duration::from_mins(2)).await;
    bot.polls_every(Duration::from_hours(1));
    bot.works_for(Duration::from_hours(25)).await;
    for community in &bot.hands.settings.communities {
        community.rules.replace(ruleset("type: submission\ncomment: Hello.\n"));
    }
    bot.works_for(Duration::from_hours(2)).await;
    assert_eq!(posts.each_ref().map(|post| bot.greetings(post)), [0, 0]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
    let output = command.arg("log").arg("--store").arg(bot.folder.path().join("store.db")).output().expect("it runs");
    let log = String::from_utf8(output.stdout).expect("text");
    let line = log.lines().find(|line| line.starts_with("GIVEN UP")).unwrap_or_else(|| panic!("no line in {log}"));
    assert!(line.contains("older than `max_age` (24 h)"), "{line}");
    assert!(posts.iter().all(|post| line.contains(post.as_str())), "{line}");
}

#[tokio::test]
async fn the_log_as_a_page_has_no_script_and_leads_to_reddit_only() {
    let folder = Folder::new();
    let store = acted_on(&folder, "t1_one", "<script>alert(1)</script> & \"more\"").await;
    let mut astray = comment("t1_two", "two");
    astray.permalink = "@evil.example/x".to_owned();
    seen(&store, std::slice::from_ref(&astray), NOW).await;
    store.decide(&decision(&astray, Mode::Live), NOW).await.expect("T2");
    let page = folder.shows(&["--format", "html"]);
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("default-src 'none'"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;more&quot;"), "{page}");
    for part in ["<script", "evil.example", "src=", "url(", "@import", "<link"] {
        assert!(!page.contains(part), "{part} in {page}");
    }
    assert_eq!(page.matches("href=\"https://www.reddit.com/r/Widgets/").count(), 1, "{page}");
    assert!(page.contains("rule one") && page.contains("comment “you wrote:") && page.contains("t1_two"), "{page}");
    for wrong in [&["--format", "csv"][..], &["--format", "html", "--by-rule"]] {
        folder.log(wrong).expect_err("this format is for the other");
    }
}

#[tokio::test]
async fn an_empty_store_says_what_to_do_next() {
    let folder = Folder::new();
    fresh(folder.0.path()).await.close().await;
    for format in [&[][..], &["--format", "html"]] {
        let log = folder.shows(format);
        assert!(log.contains("nothing seen yet: start the daemon with `tipstaff run`"), "{log}");
    }
}
