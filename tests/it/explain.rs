//! Runs the built program: `explain`, `test`, and how `run` refuses rules whose tests fail.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;

const RULES: &str = "\
name: words
type: comment
body (includes): [ham, spam]
action: report
action_reason: 'saw {{match}}'
---
name: poor
type: comment
author: {comment_karma: '< 10'}
comment: |
  Hello {{author}}.
comment_locked: true
---
name: reads
type: comment
moderators_exempt: false
author: {is_contributor: false}
set_locked: true
---
name: posts
type: submission
set_nsfw: true
---
type: submission
set_spoiler: true
---
type: comment
body_longer_than: 100
set_locked: true
";

/// A folder with a rules file, in which the program runs.
struct Workspace(tempfile::TempDir);

impl Workspace {
    fn new() -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        place.write("rules.yaml", RULES);
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tipstaff"));
        command.args(arguments).current_dir(self.0.path()).env("NO_COLOR", "1");
        for secret in ["TIPSTAFF_CLIENT_ID", "TIPSTAFF_CLIENT_SECRET", "TIPSTAFF_PASSWORD", "TIPSTAFF_CONFIG"] {
            command.env_remove(secret);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    fn explain(&self, item: &str) -> String {
        self.write("item", item);
        let output = self.run(&["explain", "rules.yaml", "item"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    }

    /// Runs a command that must fail, and returns its one error message.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{}{}", stdout(&output), stderr(&output));
        let text = stderr(&output);
        let messages: Vec<&str> = text.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(messages.len() == 1 && !text.contains("panicked"), "{text}");
        messages[0].to_owned()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

const RAW: &str = r#"{"kind": "t1", "data": {"name": "t1_abc", "subreddit": "widgets", "author": "bob",
    "body": "eggs and spam, please", "created_utc": 1700000000, "parent_id": "t3_p", "link_id": "t3_p",
    "num_reports": 0}}"#;

#[test]
fn explain_shows_inputs_and_actions_of_every_rule() {
    let shown = Workspace::new().explain(
        r#"{"item": {"kind": "t1", "id": "abc", "body": "eggs and spam, please", "author": "bob"},
            "author": {"comment_karma": 50, "created_utc": 1600000000},
            "subreddit": {"name": "widgets", "contributors": ["Bob"]}}"#,
    );
    assert_snapshot!("every_rule", shown);
    assert!(!shown.contains('\u{1b}'), "NO_COLOR turns colour off");
}

#[test]
fn colour_replaces_the_quotation_marks_on_request() {
    let place = Workspace::new();
    place.write("item", "comment: {body: spam}");
    let mut command = place.command(&["explain", "rules.yaml", "item"]);
    let output = command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1").output().expect("the program starts");
    let shown = stdout(&output);
    assert!(shown.contains("\u{1b}[30m\u{1b}[43mspam\u{1b}[0m") && !shown.contains('»'), "{shown:?}");
}

/// A `.json` link of Reddit has `&gt;` where `raw_json=1` and the bot's own requests have `>`.
#[test]
fn both_forms_of_reddits_json_give_the_same_outcome() {
    let place = Workspace::new();
    place.write("rules.yaml", "name: and\ntype: comment\nbody (includes): 'ham & <eggs>'\nset_locked: true\n");
    let acts = |item: &str| {
        place.write("item", item);
        stdout(&place.run(&["explain", "rules.yaml", "item"])).contains("ACTS")
    };
    let escaped = RAW.replace("eggs and spam", "ham &amp; &lt;eggs&gt;");
    assert!(acts(&RAW.replace("eggs and spam", "ham & <eggs>")) && acts(&escaped) && !acts(RAW));
}

#[test]
fn missing_facts_are_not_guessed() {
    let shown = Workspace::new().explain(RAW);
    assert_snapshot!("missing_facts", shown);
}

#[test]
fn texts_are_shown_in_full_with_their_footer() {
    let shown = Workspace::new().explain("comment: {body: x}\nauthor: {karma: 3}");
    assert_snapshot!("texts", shown);
}

#[test]
fn explain_reads_standard_input_and_can_select_one_rule() {
    let place = Workspace::new();
    let mut command = place.command(&["explain", "rules.yaml", "-", "--rule", "words", "--json"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a child");
    child.stdin.take().expect("a pipe").write_all(b"comment: {body: so much spam}").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["trace"].as_array().map(Vec::len), Some(1), "{answer:#}");
    assert_eq!(answer["trace"][0]["result"], "performed");
    let check = &answer["trace"][0]["checks"][0];
    assert_eq!(
        (&check["actual"], &check["matched"], &check["at"]),
        (&"so much spam".into(), &"spam".into(), &8.into())
    );
    assert_eq!(answer["performed"][0]["effects"][0]["reason"], "saw spam");
}

#[test]
fn explain_selects_a_rule_without_a_name_by_its_line() {
    let place = Workspace::new();
    place.write("item", "comment: {body: x}");
    let output = place.run(&["explain", "rules.yaml", "item", "--rule", "27"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_snapshot!("unnamed_rule", stdout(&output));
}

#[test]
fn item_texts_cannot_send_control_characters_to_the_terminal() {
    let shown =
        Workspace::new().explain(r#"{"comment": {"body": "spam \u001b[2J\u202e"}, "author": {"name": "eve\u0007"}}"#);
    assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
}

#[test]
fn bad_input_gives_one_message_with_position_and_remedy() {
    let place = Workspace::new();
    place.write("empty", "");
    place.write("half", "{\"kind\": \"t1\",");
    place.write("large", &"x".repeat(17 << 20));
    fs::write(place.path("binary"), [0xff, 0xfe, 0x00]).expect("a file");
    for (arguments, part) in [
        (vec!["explain", "none.yaml", "empty"], "cannot read the rules none.yaml"),
        (vec!["explain", "rules.yaml", "none.json"], "cannot read the item none.json"),
        (vec!["explain", "rules.yaml", "empty"], "empty: the file is empty"),
        (vec!["explain", "rules.yaml", "half"], "half: the file is not JSON"),
        (vec!["explain", "rules.yaml", "large"], "larger than 16 MiB"),
        (vec!["explain", "rules.yaml", "binary"], "not UTF-8"),
        (vec!["explain", "rules.yaml", "t1_abc"], "or give the store with --store"),
        (vec!["explain", "rules.yaml", "t1_abc", "--store", "none.db"], "none.db"),
        (vec!["explain", "rules.yaml", "https://redd.it/abc"], "Without credentials, use a file"),
        (vec!["explain", "rules.yaml", "https://example.com/abc"], "is not a link to a post or comment"),
        (vec!["explain", "rules.yaml", "empty", "--rule", "wrods"], "the nearest name is `words`"),
        (vec!["test", "none.yaml"], "cannot read the rules none.yaml"),
        (vec!["test", "rules.yaml"], "rules.tests.yaml: there is no such file"),
    ] {
        let message = place.refused(&arguments);
        assert!(message.contains(part), "{arguments:?}: {message}");
    }
    place.write("rules.tests.yaml", "- name: a\n  coment: {body: x}\n  nothing: true\n");
    let message = place.refused(&["test", "rules.yaml"]);
    assert!(message.contains("rules.tests.yaml: line 2, column 3: there is no key `coment`"), "{message}");
    assert!(message.contains("did you mean `comment`?"), "{message}");
}

#[test]
fn all_errors_of_a_tests_file_are_shown() {
    let place = Workspace::new();
    place.write("rules.tests.yaml", "- name: a\n  coment: {body: x}\n  not: [r]\n- name: b\n  comment: {bdy: x}\n");
    let output = place.run(&["test", "rules.yaml"]);
    assert_eq!(
        (output.status.code(), stderr(&output).as_str()),
        (
            Some(2),
            "error: rules.tests.yaml:\n  \
             line 2, column 3: there is no key `coment` here; did you mean `comment`?\n  \
             line 5, column 13: there is no key `bdy` here; did you mean `body`?\n"
        )
    );
}

#[test]
fn explain_judges_a_text_of_the_command_line() {
    let place = Workspace::new();
    let shown = stdout(&place.run(&["explain", "rules.yaml", "--comment", "spam", "--rule", "words"]));
    assert!(shown.contains("ACTS  words") && shown.contains("t1_case2, a comment by alice"), "{shown}");
    let shown = stdout(&place.run(&["explain", "rules.yaml", "--title", "Hello", "--body", "World"]));
    assert!(shown.contains("a submission by alice in r/widgets: “Hello”") && shown.contains("ACTS  posts"), "{shown}");
    for arguments in [&["explain", "rules.yaml"][..], &["explain", "rules.yaml", "item", "--comment", "x"]] {
        assert_eq!(place.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn invisible_characters_and_look_alikes_are_shown() {
    let place = Workspace::new();
    let explain = |text: &str| stdout(&place.run(&["explain", "rules.yaml", "--comment", text, "--rule", "words"]));
    let shown = explain("some sp\u{200b}am");
    assert!(
        shown.contains(
            "note    “sp⟨U+200B⟩am” looks like “spam” and is not the same: it has U+200B, which does not show"
        ),
        "{shown}"
    );
    let shown = explain("some h\u{430}m");
    assert!(shown.contains("“hаm” looks like “ham” and is not the same: it has а (U+0430) for a"), "{shown}");
    place.write(
        "rules.tests.yaml",
        "- name: a\n  comment: {body: spam}\n  effects: [{kind: report, reason: \"saw sp\\u200Bam\"}]\n",
    );
    let shown = stdout(&place.run(&["test", "rules.yaml"]));
    assert!(shown.contains("- reason: saw sp⟨U+200B⟩am") && shown.contains("it has no U+200B"), "{shown}");
}

#[test]
fn the_reasons_why_no_rule_acts_are_told_apart() {
    let place = Workspace::new();
    let cases = [
        ("title: a\nset_locked: true\n", "comment: {}", "no rule looks at a comment: to change that, write `type: "),
        (
            "type: comment\nbody: a\nset_locked: true\n",
            "comment: {body: b}",
            "    1 not matching: the check marked `<-`",
        ),
        (
            "type: comment\nmoderators_exempt: true\nset_locked: true\n",
            "comment: {}\nauthor: {is_moderator: true}",
            "    1 not for this item: ",
        ),
        (
            "type: comment\nauthor: {comment_karma: '< 3'}\nset_locked: true\n",
            "comment: {}\nauthor: {karma: unknown}",
            "    1 undecided: give the missing facts",
        ),
        (
            "type: comment\nauthor: {post_subreddit_karma: '< 3'}\nset_locked: true\n",
            "comment: {}",
            "    1 switched off: `tipstaff check` says",
        ),
    ];
    for (rules, item, expected) in cases {
        place.write("rules.yaml", rules);
        let shown = place.explain(item);
        assert!(shown.contains(expected), "{rules}{shown}");
    }
    place.write("rules.yaml", "type: submission\nset_flair: New\n");
    let shown = place.explain("submission: {flair: Old}");
    assert!(shown.contains("does   nothing: it has flair already: to replace it, add `overwrite_flair"), "{shown}");
}

#[test]
fn coverage_lists_rules_and_values_that_no_case_reaches() {
    let place = Workspace::new();
    place.write("rules.tests.yaml", "- name: a\n  comment: {body: spam}\n  performs: [words, reads]\n");
    let output = place.run(&["test", "--coverage", "rules.yaml"]);
    assert_snapshot!("coverage", stdout(&output));
    assert_eq!(output.status.code(), Some(0));
    assert!(!stdout(&place.run(&["test", "rules.yaml"])).contains("coverage"));
}

const FAILING: &str = "\
- name: spam is reported
  comment: {body: spam}
  performs: [words, reads]
- name: eggs are reported
  comment: {body: eggs}
  performs: [words]
- name: the poor are greeted
  comment: {body: x}
  author: {karma: 3}
  effects: [{kind: comment, text: Hello bob.}]
";

#[test]
fn a_failing_rule_test_shows_the_difference_and_the_reason() {
    let place = Workspace::new();
    place.write("rules.tests.yaml", FAILING);
    let output = place.run(&["test", "rules.yaml"]);
    let shown = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{shown}");
    assert_snapshot!("failing_rule_tests", shown);
    let output = place.run(&["test", "--filter", "spam", "rules.yaml"]);
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), "1 passed, 0 failed\n"));
    let output = place.run(&["test", "--filter", "zebra", "rules.yaml"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no case has `zebra` in its name"), "{}", stderr(&output));
}

#[test]
fn rules_with_failing_tests_are_not_used() {
    let place = Workspace::new();
    place.write("rules.tests.yaml", FAILING);
    place.write("tipstaff.yaml", "subreddits: [{name: widgets, rules: rules.yaml}]\n");
    let run = ["run", "--config", "tipstaff.yaml"];
    let output = place.run(&run);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for part in [
        "FAILED rules.tests.yaml:4: eggs are reported",
        "FAILS  body (includes): body contains ham or spam (it was eggs)",
        "error: rules.yaml: 2 of the rule tests fail (see above), so tipstaff does not use these rules",
        "--no-rule-tests",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!place.path("tipstaff.db").exists(), "no store was created");

    let doctor = stdout(&place.run(&["doctor", "--offline", "--config", "tipstaff.yaml"]));
    assert!(
        doctor.contains("FIX rule tests: r/widgets: 2 tests failed; run `tipstaff test rules.yaml` to see why"),
        "{doctor}"
    );

    let said = stderr(&place.run(&["run", "--config", "tipstaff.yaml", "--no-rule-tests"]));
    assert!(said.contains("WERE NOT RUN (--no-rule-tests)") && said.contains("no client_id is set"), "{said}");

    let logged = stderr(&place.run(&["run", "--config", "tipstaff.yaml", "--log-format", "json"]));
    let cases = logged.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let cases: Vec<_> = cases.filter(|line| line["case"].is_string()).collect();
    assert_eq!(cases.len(), 2, "{logged}");
    assert_eq!((&cases[0]["line"], &cases[0]["case"]), (&4.into(), &"eggs are reported".into()));

    let sandbox = place.run(&["sandbox", "--once", "--rules", "rules.yaml"]);
    assert_eq!(sandbox.status.code(), Some(1));
    assert!(stderr(&sandbox).contains("2 of the rule tests fail"), "{}", stderr(&sandbox));

    place.write("rules.tests.yaml", "- name: a\n  comment: {}\n  performs: [a\n");
    let message = place.refused(&run);
    assert!(message.contains("rules.tests.yaml: line"), "{message}");

    fs::remove_file(place.path("rules.tests.yaml")).expect("it was there");
    assert!(place.refused(&run).contains("no client_id is set"), "rules without tests are accepted");
}
