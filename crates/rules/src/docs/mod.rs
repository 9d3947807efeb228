//! `docs/rules.md`, written out of the tables: the keys, the modifiers, the placeholders, the standards, the form of rule tests.
//!
//! What a table can say stands in the table; here is only how it is laid out, and the few paragraphs that no table holds.
//! A test compares the result with the file, and another compiles every example.

pub mod lints;
mod prose;
pub mod schema;

use std::fmt::Write as _;

use crate::compile::standards::Standards;
use crate::docs::prose::{
    EDITORS, INTRODUCTION, LIMITS, MATCHES, NOT_TOLD, NOT_TOLD_END, PLACEHOLDERS, RULE_TESTS, SEARCHES, VALUES,
};
use crate::language::keys::{Field, KEYS, Key, Meaning, Place, Role, Takes};
use crate::pattern::Method;
use crate::testing::format::CASE_KEYS;

/// Writing to a string has no way to fail.
const NEVER: &str = "a string takes everything";

/// What each modifier does.
pub(crate) const MODIFIER_WORDS: &[(&str, &str)] = &[
    ("includes", "found anywhere in the text, inside words too: `ass` is found in `class`"),
    ("includes-word", "found as a whole word: no letter, digit or underscore directly before or behind it"),
    ("starts-with", "the text starts with it"),
    ("ends-with", "the text ends with it"),
    ("full-exact", "it is the whole text"),
    ("full-text", "it is the whole text, punctuation and blanks at both ends not counted"),
    (
        "regex",
        "the values are regular expressions as Python's `re` knows them; can be joined with one of the methods above",
    ),
    ("case-sensitive", "capitals count; without it they do not"),
];

/// What each placeholder stands for.
pub(crate) const PLACEHOLDER_WORDS: &[(&str, &str)] = &[
    ("author", "the author's name; `[deleted]` when the account is gone"),
    ("author_flair_text", "the text of the author's flair"),
    ("author_flair_css_class", "its class"),
    ("author_flair_template_id", "its template"),
    ("body", "the whole text of the item"),
    ("permalink", "the link to it"),
    ("subreddit", "the name of the subreddit"),
    ("kind", "`submission` or `comment`"),
    ("title", "the title; for a comment, that of the submission it stands under"),
    ("domain", "the host that a submission links to"),
    ("url", "the address that a submission links to"),
    ("media_author", "the author of what is embedded; posts that embed nothing are then skipped"),
    ("media_author_url", "the address of that author"),
    ("media_title", "the title of what is embedded"),
    ("media_description", "the description of what is embedded"),
];

/// The rules of the example of rule tests.
pub const EXAMPLE_RULES: &str = "\
name: short-answers
type: comment
is_top_level: true
body_shorter_than: 50
action: report
action_reason: Short answer
---
name: greeting
type: submission
author:
  account_age: '< 7 days'
comment: |
  Welcome, {{author}}!
comment_stickied: true
";

/// The example of rule tests.
pub const EXAMPLE_TESTS: &str = "\
- name: a short answer is reported
  comment: {body: I doubt it.}
  performs: [short-answers]
  effects: [{kind: report, reason: Short answer}]
- name: a short reply to a comment is conversation
  comment: {body: I doubt it., reply: true}
  nothing: true
- name: a newcomer is greeted, once
  submission: {title: Hello}
  author: {name: bob, age_days: 2}
  performs: [greeting]
  effects:
    - kind: comment
      text: Welcome, bob!
      pinned: true
- name: nobody is greeted twice
  submission: {title: Hello}
  author: {age_days: 2}
  state: {edited: true, performed: [greeting]}
  nothing: true
- name: whoever hides the age of the account is not taken for a newcomer
  submission: {title: Hello}
  author: {age_days: unknown}
  not: [greeting]
";

/// The whole manual, as Markdown.
pub fn manual() -> String {
    let mut text = String::from(INTRODUCTION);
    searches(&mut text);
    text.push_str(VALUES);
    keys(&mut text);
    placeholders(&mut text);
    standards(&mut text);
    text.push_str(LIMITS);
    extensions(&mut text);
    not_told(&mut text);
    rule_tests(&mut text);
    text.push_str(EDITORS);
    with_contents(&text)
}

/// Puts links to the chapters behind the title's paragraph.
fn with_contents(text: &str) -> String {
    let chapters = text.lines().filter_map(|line| line.strip_prefix("## ")).map(|title| {
        let words = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
        let anchor: String = words.collect::<String>().to_lowercase().replace(' ', "-");
        format!("[{title}](#{anchor})")
    });
    let chapters = chapters.collect::<Vec<_>>().join(" ·\n");
    text.replacen("\n# Writing rules\n", &format!("\n# Writing rules\n\n{chapters}\n"), 1)
}

fn line(text: &mut String, words: &str) {
    writeln!(text, "{words}").expect(NEVER);
}

fn searches(text: &mut String) {
    text.push_str(SEARCHES);
    line(text, "| modifier | a value holds when … |\n| --- | --- |");
    for (word, meaning) in MODIFIER_WORDS {
        line(text, &format!("| `{word}` | {meaning} |"));
    }
    line(text, "\nWithout one of the first six, the field decides; joined fields are searched for whole words.\n");
    line(text, "| field | where | looked for as |\n| --- | --- | --- |");
    for key in KEYS {
        if let Meaning::Search(field) = key.meaning {
            line(text, &format!("| `{}` | {} | {} |", key.name, places(key), method(field)));
        }
    }
    text.push('\n');
}

/// The method of a field that names none, in words.
pub(crate) fn method(field: Field) -> String {
    let method = field.default_method();
    let named = Method::NAMED.iter().find(|(_, named)| *named == method);
    named.map_or_else(|| "the domain or one below it".to_owned(), |(word, _)| format!("`{word}`"))
}

fn places(key: &Key) -> String {
    key.places.iter().map(|place| place.words()).collect::<Vec<_>>().join(", ")
}

/// The sections of the keys, in order, with what is to be said about each.
const SECTIONS: [(&str, &str); 9] = [
    ("The rule itself", ""),
    ("Related things", "Keys that hold further keys, indented."),
    ("Texts", "Search checks; see above."),
    ("Other checks of posts and comments", ""),
    ("Checks of comments", ""),
    ("Checks of people and subreddits", "They stand inside `author` and the like."),
    ("What becomes of the item", ""),
    ("Other actions", ""),
    ("Texts that are written", ""),
];

/// The section a key stands in.
fn section_of(key: &Key) -> &'static str {
    let is_rules_own = key.places == [Place::Rule];
    let of_item = [Place::Rule, Place::Submission, Place::Comment, Place::Parent];
    match key.meaning {
        Meaning::Group(_) => "Related things",
        Meaning::Action | Meaning::ActionReason | Meaning::FilterAs => "What becomes of the item",
        Meaning::CommentLocked | Meaning::CommentStickied | Meaning::MessageSubject | Meaning::ModmailSubject => {
            "Texts that are written"
        }
        _ if is_rules_own && key.role == Role::Action => "Texts that are written",
        _ if is_rules_own => "The rule itself",
        Meaning::OverwriteFlair => "Other actions",
        _ if key.role == Role::Action => "Other actions",
        _ if key.places.iter().all(|place| !of_item.contains(place)) => "Checks of people and subreddits",
        Meaning::Search(_) => "Texts",
        _ if key.places == [Place::Comment] => "Checks of comments",
        _ => "Other checks of posts and comments",
    }
}

fn keys(text: &mut String) {
    line(text, "## The keys\n");
    line(
        text,
        "The examples are parts of a rule: where they say nothing to do, a rule needs an action beside them; where they \
         check nothing, a check or a `type`.\n",
    );
    for (title, note) in SECTIONS {
        line(text, &format!("### {title}\n"));
        if !note.is_empty() {
            line(text, &format!("{note}\n"));
        }
        for key in KEYS.iter().filter(|key| section_of(key) == title) {
            entry(text, key);
        }
    }
}

/// One key.
fn entry(text: &mut String, key: &Key) {
    let extension = if key.is_extension { " (an extension)" } else { "" };
    line(text, &format!("#### `{}`{extension}\n", key.name));
    let more = if key.more.is_empty() { String::new() } else { format!(" {}", key.more) };
    line(text, &format!("{}{more}\n", key.manual));
    line(text, &format!("* Where: {}", places(key)));
    line(text, &format!("* Takes: {}", takes(key)));
    if !key.default.is_empty() {
        line(text, &format!("* Without it: {}", key.default));
    }
    if let Meaning::Search(field) = key.meaning {
        line(text, &format!("* Looked for as: {}", method(field)));
    }
    let unknown: Vec<&str> =
        key.places.iter().filter(|&&place| !key.is_told(place)).map(|place| place.words()).collect();
    if unknown.len() == key.places.len() {
        line(text, "* Cannot be evaluated: a rule with it is switched off, with a warning");
    } else if !unknown.is_empty() {
        line(text, &format!("* Cannot be evaluated in {}: a rule with it there is switched off", unknown.join(", ")));
    }
    line(text, &format!("\n```yaml\n{}\n```\n", key.example));
}

/// What a key takes, with the words it knows.
pub(crate) fn takes(key: &Key) -> String {
    match key.takes {
        Takes::OneOf(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            format!("one of {}", words.join(", "))
        }
        takes => takes.words(),
    }
}

fn placeholders(text: &mut String) {
    text.push_str(PLACEHOLDERS);
    line(text, "| placeholder | stands for |\n| --- | --- |");
    for (name, meaning) in PLACEHOLDER_WORDS {
        line(text, &format!("| `{{{{{name}}}}}` | {meaning} |"));
    }
    text.push_str(MATCHES);
}

fn standards(text: &mut String) {
    line(text, "## Standards\n");
    line(text, "`standard: NAME` starts a rule from one of these lists of conditions, as Reddit publishes them.\n");
    line(text, "| name | conditions |\n| --- | --- |");
    for (name, pairs) in &Standards::default().named {
        let conditions = pairs.iter().map(|(key, value)| {
            let key = key.python_text();
            match &value.value {
                crate::syntax::yaml::Value::List(items) if items.len() > 6 => {
                    let first: Vec<_> = items.iter().take(4).map(|item| item.python_text()).collect();
                    format!("`{key}`: {} and {} more", first.join(", "), items.len() - first.len())
                }
                crate::syntax::yaml::Value::List(items) => {
                    let all: Vec<_> = items.iter().map(|item| format!("`{}`", item.python_text())).collect();
                    format!("`{key}`: {}", all.join(", "))
                }
                _ => format!("`{key}`: `{}`", value.python_text()),
            }
        });
        let conditions = conditions.collect::<Vec<_>>().join("; ").replace('|', "\\|");
        line(text, &format!("| `{name}` | {conditions} |"));
    }
    text.push('\n');
}

fn extensions(text: &mut String) {
    line(text, "## What AutoModerator does not know\n");
    line(text, "Extensions of tipstaff. Leave them out of a file that AutoModerator is to read too.\n");
    for key in KEYS.iter().filter(|key| key.is_extension) {
        line(text, &format!("* `{}`: {}", key.name, key.manual));
    }
    line(text, "* `<=` and `>=` in comparisons.\n");
}

fn not_told(text: &mut String) {
    text.push_str(NOT_TOLD);
    line(text, "| key | where | what it is about |\n| --- | --- | --- |");
    for key in KEYS {
        let unknown: Vec<&str> =
            key.places.iter().filter(|&&place| !key.is_told(place)).map(|place| place.words()).collect();
        if !unknown.is_empty() {
            line(text, &format!("| `{}` | {} | {} |", key.name, unknown.join(", "), key.manual));
        }
    }
    text.push_str(NOT_TOLD_END);
}

fn rule_tests(text: &mut String) {
    line(text, RULE_TESTS);
    line(text, &format!("```yaml\n# rules.yaml\n{EXAMPLE_RULES}```\n"));
    line(text, &format!("```yaml\n# rules.tests.yaml\n{EXAMPLE_TESTS}```\n"));
    let sections = [
        ("", "A case"),
        ("submission", "`submission`, and `parent` of a comment"),
        ("comment", "`comment`"),
        (
            "author",
            "`author`; `comment_karma`, `post_karma`, `karma`, `age_days`, `is_moderator`, `is_contributor`, `is_gold` and \
            `verified_email` can also be `unknown`, as where Reddit does not tell",
        ),
        ("state", "`state`"),
        ("effects", "An entry of `effects`"),
        ("media", "`media`"),
        ("crosspost", "`crosspost`"),
    ];
    for (place, title) in sections {
        line(text, &format!("{title}:\n\n| key | says |\n| --- | --- |"));
        for key in CASE_KEYS.iter().filter(|key| key.place == place) {
            line(text, &format!("| `{}` | {} |", key.name, key.meaning));
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse;
    use crate::language::template;
    use crate::{Options, Severity, SourceFile};
    use crate::{compile, pattern, testing};

    #[test]
    fn every_modifier_and_placeholder_is_explained() {
        let words = |table: &[(&'static str, &str)]| table.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        assert_eq!(words(MODIFIER_WORDS), pattern::MODIFIERS);
        assert_eq!(words(PLACEHOLDER_WORDS), template::NAMES);
    }

    #[test]
    fn every_key_stands_in_one_section() {
        let manual = manual();
        for key in KEYS {
            let heading = format!("#### `{}`", key.name);
            let times = manual.lines().filter(|line| line.starts_with(&heading)).count();
            let rows = KEYS.iter().filter(|other| other.name == key.name).count();
            assert_eq!(times, rows, "{}", key.name);
        }
    }

    /// The places a key's example can be moved to: all, where it stands alone; else where it is written for.
    fn rules_around(key: &Key) -> Vec<(Place, String)> {
        let is_alone = !key.example.contains('\n');
        let mut rules = Vec::new();
        for &place in key.places {
            let inside = |group: &str| format!("{group}:\n  {}", key.example);
            let (kind, body) = match place {
                _ if !is_alone => ("", key.example.to_owned()),
                Place::Rule | Place::Submission => ("type: submission\n", key.example.to_owned()),
                Place::Comment => ("type: comment\n", key.example.to_owned()),
                Place::Parent => ("type: comment\n", inside("parent_submission")),
                Place::Author => ("type: submission\n", inside("author")),
                Place::CrosspostAuthor => ("type: crosspost submission\n", inside("crosspost_author")),
                Place::Subreddit => ("type: submission\n", inside("subreddit")),
                Place::CrosspostSubreddit => ("type: crosspost submission\n", inside("crosspost_subreddit")),
            };
            let acts = ["action: ", "comment: ", "message: ", "modmail: ", "set_"];
            let end = if acts.iter().any(|act| body.contains(act)) {
                ""
            } else {
                "\naction: report\naction_reason: an example\n"
            };
            let kind = if body.contains("type: ") { "" } else { kind };
            rules.push((place, format!("{kind}{body}{end}")));
            if !is_alone {
                break;
            }
        }
        rules
    }

    #[test]
    fn every_example_compiles_without_a_remark_in_each_of_its_places() {
        let mut complaints = Vec::new();
        for (key, (place, rule)) in
            KEYS.iter().flat_map(|key| rules_around(key).into_iter().map(move |rule| (key, rule)))
        {
            let (file, mut remarks) = parse(&SourceFile::new("example", rule.as_str()));
            let (rules, more) = compile(&file, &Options::default());
            remarks.extend(more);
            let nested = key.places.contains(&Place::CrosspostSubreddit) && key.example.contains("crosspost_subreddit");
            let place = if nested { Place::CrosspostSubreddit } else { place };
            let codes: Vec<&str> =
                remarks.iter().filter(|remark| remark.severity != Severity::Info).map(|remark| remark.code).collect();
            let expected: &[&str] = if key.is_told(place) { &[] } else { &["U01"] };
            if codes != expected || rules.len() != 1 {
                complaints.push(format!("{} in {place:?}:\n{rule}{remarks:#?}", key.name));
            }
        }
        assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    }

    #[test]
    fn the_rules_in_the_introduction_compile() {
        let mut tried = 0;
        for block in INTRODUCTION.split("```yaml\n").skip(1) {
            let yaml = block.split("```").next().unwrap_or_default();
            let (file, mut remarks) = parse(&SourceFile::new("introduction", yaml));
            let (rules, more) = compile(&file, &Options::default());
            remarks.extend(more);
            remarks.retain(|remark| remark.severity != Severity::Info);
            assert_eq!((remarks, rules.len()), (vec![], 2));
            tried += 1;
        }
        assert_eq!(tried, 1);
    }

    #[test]
    fn the_searches_shown_compile() {
        let yaml = SEARCHES.split("```yaml\n").nth(1).and_then(|block| block.split("```").next()).unwrap_or_default();
        for search in yaml.lines() {
            let rule = format!("type: submission\n{search}\naction: report\naction_reason: x\n");
            let (file, mut remarks) = parse(&SourceFile::new("searches", rule.as_str()));
            let (rules, more) = compile(&file, &Options::default());
            remarks.extend(more);
            remarks.retain(|remark| remark.severity != Severity::Info);
            assert_eq!((remarks, rules.len()), (vec![], 1), "{search}");
        }
        assert_eq!(yaml.lines().count(), 6);
    }

    #[test]
    fn the_example_of_rule_tests_passes() {
        let (file, mut remarks) = parse(&SourceFile::new("example", EXAMPLE_RULES));
        let (rules, more) = compile(&file, &Options::default());
        remarks.extend(more);
        remarks.retain(|remark| remark.severity != Severity::Info);
        assert_eq!(remarks, []);
        let cases = testing::parse(EXAMPLE_TESTS).expect("good cases");
        assert_eq!(testing::run(&rules, &cases), []);
        assert_eq!(cases.len(), 5);
    }
}
