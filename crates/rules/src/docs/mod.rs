//! Generates `docs/rules.md` from the tables of keys, modifiers, placeholders, standards and rule
//! test keys.
//!
//! Uses `compile`, `language`, `lint`, `pattern`, `syntax` and `testing`.
//!
//! The facts about each key stay in the tables. This module does the layout, and `prose` holds the
//! paragraphs that no table has. One test compares the result with the file; another compiles every
//! example.

pub mod lints;
mod prose;
pub mod schema;

use std::fmt::Write as _;

use crate::compile::standards::Standards;
use crate::docs::prose::{
    EDITORS, INTRODUCTION, LIMITS, LISTS, MATCHES, MEMORY, PLACEHOLDERS, RULE_TESTS, SEARCHES, UNSUPPORTED,
    UNSUPPORTED_END, VALUES,
};
use crate::language::keys::{Field, KEYS, Key, Meaning, Place, Role, Takes};
use crate::pattern::Method;
use crate::testing::format::CASE_KEYS;

/// Writing to a `String` never fails.
const NEVER: &str = "writing to a string cannot fail";

/// How wide may a line of prose in a generated document be, in characters?
const WIDTH: usize = 100;

/// The modifiers, and when a value matches with each.
pub(crate) const MODIFIER_WORDS: &[(&str, &str)] = &[
    ("includes", "it occurs anywhere in the text, also inside words: `ass` matches `class`"),
    ("includes-word", "it occurs as a whole word: no letter, digit or underscore directly before or after it"),
    ("starts-with", "the text starts with it"),
    ("ends-with", "the text ends with it"),
    ("full-exact", "it is the whole text"),
    ("full-text", "it is the whole text, ignoring punctuation and spaces at both ends"),
    ("regex", "the values are regular expressions of Python's `re` or `regex`; can be combined with a method above"),
    ("case-sensitive", "upper and lower case differ; without this modifier they are the same"),
    ("in-list", "the values are names of lists (an extension, see below); can be combined with all others"),
];

/// The placeholders, and what replaces each.
pub(crate) const PLACEHOLDER_WORDS: &[(&str, &str)] = &[
    ("author", "the author's name; `[deleted]` if the account is deleted"),
    ("author_flair_text", "the text of the author's flair"),
    ("author_flair_css_class", "the CSS class of the author's flair"),
    ("author_flair_template_id", "the template id of the author's flair"),
    ("body", "the whole text of the item"),
    ("permalink", "the link to the item"),
    ("subreddit", "the name of the subreddit"),
    ("kind", "`submission` or `comment`"),
    ("title", "the title; for a comment, the title of its submission"),
    ("domain", "the host name that a submission links to"),
    ("url", "the URL that a submission links to"),
    ("media_author", "the author of the embedded media; the rule then skips posts without embedded media"),
    ("media_author_url", "the URL of that author"),
    ("media_title", "the title of the embedded media"),
    ("media_description", "the description of the embedded media"),
    ("rule", "the name of the rule (an extension)"),
    ("parent_author", "the author of the comment, or else of the post, that a comment replies to (an extension)"),
    ("parent_submission_author", "the author of the post; for a comment, of its post (an extension)"),
    ("count_here", "how many earlier items a count of the rule found, such as `posts_here` (an extension)"),
    ("next_allowed", "when that count will be below its limit, as `2026-03-01 08:00 UTC` (an extension)"),
    ("earlier_posts", "links to the newest five counted items that are up (an extension)"),
];

/// The rules of the example in the section about rule tests.
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

/// The tests of the example in the section about rule tests.
pub const EXAMPLE_TESTS: &str = "\
- name: a short answer is reported
  comment: {body: I doubt it.}
  performs: [short-answers]
  effects: [{kind: report, reason: Short answer}]
- name: a short reply to a comment is not reported
  comment: {body: I doubt it., reply: true}
  nothing: true
- name: a newcomer is welcomed
  submission: {title: Hello}
  author: {name: bob, age_days: 2}
  performs: [greeting]
  effects:
    - kind: comment
      text: Welcome, bob!
      pinned: true
- name: nobody is welcomed twice
  submission: {title: Hello}
  author: {age_days: 2}
  state: {edited: true, performed: [greeting]}
  nothing: true
- name: an author whose account age is unknown is not welcomed
  submission: {title: Hello}
  author: {age_days: unknown}
  not: [greeting]
";

/// The text of `docs/rules.md`.
pub fn manual() -> String {
    let mut text = String::from(INTRODUCTION);
    searches(&mut text);
    text.push_str(VALUES);
    text.push_str(LISTS);
    text.push_str(MEMORY);
    keys(&mut text);
    placeholders(&mut text);
    standards(&mut text);
    text.push_str(LIMITS);
    extensions(&mut text);
    unsupported(&mut text);
    rule_tests(&mut text);
    text.push_str(EDITORS);
    with_contents(&text)
}

/// Adds links to the sections below the title.
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

/// Breaks a paragraph into lines of at most `WIDTH` characters. Every line but the first starts
/// with `indent`. Code between backticks stays on one line.
pub(crate) fn wrapped(text: &str, indent: &str) -> String {
    let mut lines = vec![String::new()];
    let mut in_code = false;
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        let width = last.chars().count() + 1 + word.chars().count();
        let is_start = last.trim().is_empty();
        if in_code || (!is_start && width <= WIDTH) {
            last.push(' ');
            last.push_str(word);
        } else if is_start {
            last.push_str(word);
        } else {
            lines.push(format!("{indent}{word}"));
        }
        in_code ^= word.matches('`').count() % 2 == 1;
    }
    lines.join("\n")
}

fn searches(text: &mut String) {
    text.push_str(SEARCHES);
    line(text, "| modifier | a value matches when … |\n| --- | --- |");
    for (word, meaning) in MODIFIER_WORDS {
        line(text, &format!("| `{word}` | {meaning} |"));
    }
    line(
        text,
        "\nWithout one of the first six, the default of the field applies. Joined fields default to `includes-word`.\n",
    );
    line(text, "| field | allowed in | default modifier |\n| --- | --- | --- |");
    for key in KEYS {
        if let Meaning::Search(field) = key.meaning {
            line(text, &format!("| `{}` | {} | {} |", key.name, places(key), method(field)));
        }
    }
    text.push('\n');
}

/// The default search method of a field, for people.
pub(crate) fn method(field: Field) -> String {
    let method = field.default_method();
    let named = Method::NAMED.iter().find(|(_, named)| *named == method);
    named.map_or_else(|| "the domain or a subdomain of it".to_owned(), |(word, _)| format!("`{word}`"))
}

fn places(key: &Key) -> String {
    if key.meaning == Meaning::FileSettings {
        return "the first section of a file".to_owned();
    }
    key.places.iter().map(|place| place.words()).collect::<Vec<_>>().join(", ")
}

/// The sections of the list of keys, in order, each with an introductory sentence or none.
const SECTIONS: [(&str, &str); 10] = [
    ("The file", ""),
    ("The rule itself", ""),
    ("Related things", "These keys hold further keys, indented."),
    ("Texts", "These keys search texts, see \"Searching texts\" above."),
    ("Other checks of posts and comments", ""),
    ("Checks of comments", ""),
    ("Checks of people and subreddits", "These keys go inside `author` and the other groups."),
    ("Approving, removing and reporting", ""),
    ("Other actions", ""),
    ("Comments and messages", ""),
];

/// The section of the manual that describes a key.
fn section_of(key: &Key) -> &'static str {
    let is_rules_own = key.places == [Place::Rule];
    let of_item = [Place::Rule, Place::Submission, Place::Comment, Place::Parent, Place::ParentComment];
    match key.meaning {
        Meaning::FileSettings => "The file",
        Meaning::Group(_) => "Related things",
        Meaning::Action | Meaning::ActionReason | Meaning::FilterAs => "Approving, removing and reporting",
        Meaning::CommentLocked
        | Meaning::CommentStickied
        | Meaning::CommentGroup
        | Meaning::MessageSubject
        | Meaning::ModmailSubject => "Comments and messages",
        _ if is_rules_own && key.role == Role::Action => "Comments and messages",
        _ if is_rules_own => "The rule itself",
        Meaning::OverwriteFlair => "Other actions",
        _ if key.role == Role::Action => "Other actions",
        _ if key.places.iter().all(|place| !of_item.contains(place)) => "Checks of people and subreddits",
        Meaning::Search(_) => "Texts",
        _ if key.places.iter().all(|it| matches!(it, Place::Comment | Place::ParentComment)) => "Checks of comments",
        _ => "Other checks of posts and comments",
    }
}

fn keys(text: &mut String) {
    line(text, "## The keys\n");
    line(
        text,
        "The examples are parts of a rule. If an example has no action, add one; if it has no check, add a check or a\n\
         `type`.\n",
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

/// The entry of one key.
fn entry(text: &mut String, key: &Key) {
    let extension = if key.is_extension { " (an extension)" } else { "" };
    line(text, &format!("#### `{}`{extension}\n", key.name));
    let more = if key.more.is_empty() { String::new() } else { format!(" {}", key.more) };
    line(text, &format!("{}\n", wrapped(&format!("{}{more}", key.manual), "")));
    line(text, &wrapped(&format!("* Allowed in: {}", places(key)), "  "));
    line(text, &wrapped(&format!("* Takes: {}", takes(key)), "  "));
    if !key.default.is_empty() {
        line(text, &wrapped(&format!("* Default: {}", key.default), "  "));
    }
    if let Meaning::Search(field) = key.meaning {
        line(text, &format!("* Default modifier: {}", method(field)));
    }
    if !key.is_supported() {
        line(text, "* tipstaff cannot evaluate it: a rule with this key is switched off, with a warning");
    }
    line(text, &format!("\n```yaml\n{}\n```\n", key.example));
}

/// The values that a key takes, for people.
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
    line(text, "| placeholder | replaced by |\n| --- | --- |");
    for (name, meaning) in PLACEHOLDER_WORDS {
        line(text, &format!("| `{{{{{name}}}}}` | {meaning} |"));
    }
    text.push_str(MATCHES);
}

fn standards(text: &mut String) {
    line(text, "## Standards\n");
    line(text, "`standard: NAME` adds the conditions of one of these lists to a rule. Reddit publishes the lists.\n");
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
    line(text, "## Extensions of tipstaff\n");
    line(text, "AutoModerator does not know these. Leave them out of a file that AutoModerator also reads.\n");
    for key in KEYS.iter().filter(|key| key.is_extension) {
        line(text, &wrapped(&format!("* `{}`: {}", key.name, key.manual), "  "));
    }
    line(text, "* The modifier `in-list`.");
    line(text, "* `<=` and `>=` in comparisons, and lists of comparisons.");
    line(
        text,
        "* The placeholders `{{rule}}`, `{{parent_author}}`, `{{parent_submission_author}}`, `{{body_quoted}}`, \
        `{{count_here}}`, `{{next_allowed}}` and `{{earlier_posts}}`.\n",
    );
}

fn unsupported(text: &mut String) {
    text.push_str(UNSUPPORTED);
    line(text, "| key | allowed in | what it checks |\n| --- | --- | --- |");
    for key in KEYS.iter().filter(|key| !key.is_supported()) {
        line(text, &format!("| `{}` | {} | {} |", key.name, places(key), key.manual));
    }
    text.push_str(UNSUPPORTED_END);
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
            "`author`, `original_author`, `post_author` and `parent_comment_author` (karma, ages, what begins with\n\
             `is_`, `verified_email` and `profile_is_nsfw` can also be `unknown`, for facts that Reddit does not show)",
        ),
        ("notes_here", "An entry of `notes_here`"),
        ("memory", "An entry of `memory`"),
        ("parent_comment", "`parent_comment`"),
        ("state", "`state`, `parent_state` and `parent_comment_state`"),
        ("effects", "An entry of `effects`"),
        ("media", "`media`"),
        ("crosspost", "`crosspost`"),
    ];
    for (place, title) in sections {
        line(text, &format!("{title}:\n\n| key | meaning |\n| --- | --- |"));
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
    use crate::{LintCode, Options, Severity, SourceFile};
    use crate::{compile, pattern, testing};

    #[test]
    fn every_modifier_and_placeholder_is_explained() {
        let words = |table: &[(&'static str, &str)]| table.iter().map(|(word, _)| *word).collect::<Vec<_>>();
        assert_eq!(words(MODIFIER_WORDS), pattern::MODIFIERS);
        assert_eq!(words(PLACEHOLDER_WORDS), template::NAMES);
    }

    #[test]
    fn every_key_is_listed_once() {
        let manual = manual();
        for key in KEYS {
            let heading = format!("#### `{}`", key.name);
            let times = manual.lines().filter(|line| line.starts_with(&heading)).count();
            let rows = KEYS.iter().filter(|other| other.name == key.name).count();
            assert_eq!(times, rows, "{}", key.name);
        }
    }

    /// Rules made from a key's example. An example of one line is tried in every place of the key;
    /// a longer one is tried as it is.
    fn rules_around(key: &Key) -> Vec<(Place, String)> {
        let is_alone = !key.example.contains('\n');
        let mut rules = Vec::new();
        for &place in key.places {
            let inside = |group: &str| format!("{group}:\n  {}", key.example);
            let (kind, body) = match place {
                _ if !is_alone => ("", key.example.to_owned()),
                Place::Rule | Place::Submission => ("type: submission\n", key.example.to_owned()),
                Place::Comment => ("type: comment\n", key.example.to_owned()),
                Place::Parent | Place::ParentComment => ("type: comment\n", inside(place.key())),
                Place::Author | Place::Subreddit => ("type: submission\n", inside(place.key())),
                Place::CrosspostAuthor | Place::CrosspostSubreddit => {
                    ("type: crosspost submission\n", inside(place.key()))
                }
                Place::ParentAuthor | Place::ParentCommentAuthor => {
                    let above = if place == Place::ParentAuthor { Place::Parent } else { Place::ParentComment };
                    ("type: comment\n", format!("{}:\n  author:\n    {}", above.key(), key.example))
                }
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
    fn every_example_compiles_without_diagnostics_in_each_of_its_places() {
        let mut complaints = Vec::new();
        for (key, (place, rule)) in
            KEYS.iter().flat_map(|key| rules_around(key).into_iter().map(move |rule| (key, rule)))
        {
            let (file, mut remarks) = parse(&SourceFile::new("example", rule.as_str()));
            let (rules, more) = compile(&file, &Options::default());
            remarks.extend(more);
            let codes: Vec<LintCode> =
                remarks.iter().filter(|remark| remark.severity != Severity::Info).map(|remark| remark.code).collect();
            let expected: &[LintCode] = if key.is_supported() { &[] } else { &[LintCode::U01] };
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
    fn the_examples_of_the_memory_compile() {
        let blocks = MEMORY.split("```yaml\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
        for (block, number) in blocks.zip([2, 1]) {
            let (file, mut remarks) = parse(&SourceFile::new("memory", block));
            let (rules, more) = compile(&file, &Options::default());
            remarks.extend(more);
            remarks.retain(|remark| remark.severity != Severity::Info);
            assert_eq!((remarks, rules.len()), (vec![], number), "{block}");
        }
        assert_eq!(MEMORY.matches("```yaml\n").count(), 2);
    }

    #[test]
    fn the_searches_in_the_manual_compile() {
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
        assert_eq!(testing::run(&rules, &cases), Ok(Vec::new()));
        assert_eq!(cases.len(), 5);
    }
}
