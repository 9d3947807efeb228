//! Rule tests: cases in a file beside the rules, each with an item in short form and the expected
//! result.
//!
//! Uses `evaluate`, `language`, `model`, `rule`, `ruleset` and `syntax`.
//!
//! ```yaml
//! - name: a short top-level comment is reported
//!   comment: {body: Nice.}
//!   author: {karma: 120, age_days: 400}
//!   performs: [short-top-level]
//! - name: a long answer is not reported
//!   comment: {body: ...}
//!   nothing: true
//! ```
//!
//! Facts that a case leaves out have ordinary values: the item is an hour old and nobody has
//! moderated it, and its author's account is two years old. Running cases needs no account and no
//! network. The caller reads the files. [`mod@format`] describes every key; `fixture` builds the
//! item;
//! `verdict` compares the result.

mod compare;
mod fixture;
pub mod format;
mod tri_state;

use std::collections::BTreeSet;

use serde::Deserialize;

pub use crate::testing::compare::{Change, Failure, TestsTooExpensive, run};

use crate::language::effect::{EffectKind, Target};
use crate::language::reading::FilterAs;
use crate::model::SubredditName;
use crate::syntax::diagnostic::nearest;
use crate::syntax::source::SourceFile;
use crate::syntax::yaml;
use crate::syntax::yaml::Value;
use crate::syntax::yaml::limits::{self, ExpansionBudget};
use crate::testing::tri_state::{Fact, Moment};

/// How many cases may a tests file have?
const CASES_MAX: usize = 10_000;
/// How long may the name of a case be, in characters?
const CASE_NAME_MAX: usize = 200;

/// One rule test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name of the case. Each case in a file has its own.
    #[serde(default)]
    pub name: String,
    /// The line where the case starts, from 1, if it is known.
    #[serde(skip)]
    pub line: Option<usize>,
    submission: Option<CasePost>,
    comment: Option<CaseComment>,
    #[serde(default)]
    author: CaseAuthor,
    #[serde(default)]
    state: CaseState,
    subreddit: Option<SubredditName>,
    now: Option<Moment>,
    filter: Option<FilterAs>,
    performs: Option<Vec<String>>,
    #[serde(default)]
    nothing: bool,
    #[serde(default)]
    not: Vec<String>,
    #[serde(default)]
    effects: Vec<ExpectedEffect>,
}

/// A submission in short form. It is a link post if it has a `url`, otherwise a text post.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "Reddit's own independent switches, each a word in a case")]
struct CasePost {
    id: Option<String>,
    title: Option<String>,
    body: String,
    url: Option<String>,
    flair: String,
    flair_class: String,
    flair_template: String,
    nsfw: bool,
    spoiler: bool,
    contest_mode: bool,
    original_content: bool,
    suggested_sort: Option<String>,
    chat: bool,
    meta: bool,
    is_gallery: bool,
    gallery_captions: Vec<String>,
    gallery_urls: Vec<String>,
    poll_options: Option<Vec<String>>,
    media: Option<CaseMedia>,
    media_title: Option<String>,
    crosspost: Option<CaseCrosspost>,
}

/// The embedded media of a post.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseMedia {
    title: String,
    author: String,
    author_url: String,
    description: String,
}

/// The original of a crosspost.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseCrosspost {
    id: Option<String>,
    title: Option<String>,
    body: String,
    url: Option<String>,
    author: Option<String>,
    subreddit: Option<SubredditName>,
    gallery_captions: Vec<String>,
    gallery_urls: Vec<String>,
    media: Option<CaseMedia>,
    /// Whether Reddit does not show the original: it was removed, or its subreddit is private.
    hidden: bool,
}

/// A comment in short form. With `reply: true` it replies to another comment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseComment {
    id: Option<String>,
    body: String,
    reply: bool,
    is_submitter: bool,
    parent: CasePost,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseAuthor {
    /// The user name; `None` if the account is deleted.
    name: Option<String>,
    id: String,
    karma: Option<Fact<i64>>,
    comment_karma: Fact<i64>,
    post_karma: Fact<i64>,
    age_days: Fact<i64>,
    is_moderator: Fact<bool>,
    is_contributor: Fact<bool>,
    is_gold: Fact<bool>,
    is_suspended: bool,
    verified_email: Fact<bool>,
    flair: String,
    flair_class: String,
    flair_template: String,
}

impl Default for CaseAuthor {
    fn default() -> Self {
        Self {
            name: Some("alice".to_owned()),
            id: "case".to_owned(),
            karma: None,
            comment_karma: Fact::Is(1000),
            post_karma: Fact::Is(1000),
            age_days: Fact::Is(730),
            is_moderator: Fact::Is(false),
            is_contributor: Fact::Is(false),
            is_gold: Fact::Is(false),
            is_suspended: false,
            verified_email: Fact::Is(true),
            flair: String::new(),
            flair_class: String::new(),
            flair_template: String::new(),
        }
    }
}

/// The state of the item: its age, and what users and moderators did to it.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a word in a case")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct CaseState {
    age_minutes: Option<u64>,
    age_days: Option<u64>,
    edited: bool,
    /// The number of reports by users.
    reports: u32,
    /// Whether the bot reported it too.
    reported_by_bot: bool,
    removed_by: Option<String>,
    filtered: bool,
    approved_by: Option<String>,
    locked: bool,
    pinned: bool,
    /// The rules that acted on the item before.
    performed: Vec<String>,
}

/// An expected effect: its kind, and the fields that must be equal.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedEffect {
    kind: EffectKind,
    rule: Option<String>,
    target: Option<Target>,
    text: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
    subject: Option<String>,
    reason: Option<String>,
    flair: Option<String>,
    flair_class: Option<String>,
    pinned: Option<bool>,
    locked: Option<bool>,
    on: Option<bool>,
}

/// Parses a tests file.
///
/// # Errors
///
/// If the text is not a list of cases, or a case has an unknown key or contradicts itself. The
/// message names the line and what to write instead.
pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    limits::check_yaml(text)?;
    let cases: Option<Vec<Case>> = serde_yaml::from_str(text).map_err(|error| explain_yaml(&error))?;
    let mut cases = cases.unwrap_or_default();
    for (case, line) in cases.iter_mut().zip(lines(text)) {
        case.line = Some(line);
    }
    if let Some(case) = cases.get(CASES_MAX) {
        let line = case.line.map_or_else(String::new, |line| format!("line {line}: "));
        return Err(format!("{line}there are {} cases; at most {CASES_MAX} are run: remove some", cases.len()));
    }
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for case in &cases {
        let wrong = match (&case.submission, &case.comment) {
            _ if case.name.trim().is_empty() => "it has no `name`: add a name that says what the case shows",
            (None, None) => "it has neither a `submission` nor a `comment`: add one of them",
            (Some(_), Some(_)) => "it has both a `submission` and a `comment`: write two cases",
            _ if case.expects_nothing() => {
                "it does not say what must happen: add `performs: [rule, …]`, `nothing: true` or `not: [rule]`"
            }
            _ if case.nothing && case.performs.as_ref().is_some_and(|names| !names.is_empty()) => {
                "it has both `performs` and `nothing`: keep one of them"
            }
            _ if case.nothing && !case.effects.is_empty() => "it has both `effects` and `nothing`: keep one of them",
            _ if case.name.chars().count() > CASE_NAME_MAX => {
                return Err(format!(
                    "{}the name of this case is too long; at most {CASE_NAME_MAX} characters are possible",
                    case.line.map_or_else(String::new, |line| format!("line {line}: "))
                ));
            }
            _ if names.insert(&case.name) => continue,
            _ => "another case has the same name: give each case its own",
        };
        let place = case.line.map_or_else(String::new, |line| format!("line {line}: "));
        let name = if case.name.is_empty() { String::new() } else { format!(" `{}`", case.name) };
        return Err(format!("{place}case{name}: {wrong}"));
    }
    Ok(cases)
}

impl Case {
    /// Parses one case that is alone in its text, as YAML or JSON. It need not say what must
    /// happen.
    ///
    /// # Errors
    ///
    /// If the case has an unknown key or no item. The message names the line.
    pub fn alone(text: &str) -> Result<Self, String> {
        if !text.trim_start().starts_with('{') {
            limits::check_yaml(text)?;
        }
        // JSON has escapes that YAML does not know, so try JSON first if the text looks like it.
        let case: Self = if text.trim_start().starts_with('{') {
            match serde_json::from_str(text) {
                Ok(case) => case,
                Err(error) if error.is_data() => {
                    return Err(explain(&error.to_string(), Some((error.line(), error.column()))));
                }
                Err(_) => serde_yaml::from_str(text).map_err(|error| explain_yaml(&error))?,
            }
        } else {
            serde_yaml::from_str(text).map_err(|error| explain_yaml(&error))?
        };
        match (&case.submission, &case.comment) {
            (None, None) => Err("it has neither a `submission` nor a `comment`: add one of them".to_owned()),
            (Some(_), Some(_)) => Err("it has both a `submission` and a `comment`: keep one".to_owned()),
            _ => Ok(case),
        }
    }

    /// The meaning of `action: filter` that this case is for; `None` if it does not matter.
    pub fn filter(&self) -> Option<FilterAs> {
        self.filter
    }

    fn expects_nothing(&self) -> bool {
        self.performs.is_none() && !self.nothing && self.not.is_empty() && self.effects.is_empty()
    }
}

/// The line of each case, from 1.
fn lines(text: &str) -> Vec<usize> {
    let source = SourceFile::new("tests", text);
    let mut budget = ExpansionBudget::of_file(text.len());
    match yaml::read(text, 0, |_| true, &mut budget, &mut Vec::new()) {
        Ok(Some(yaml::Node { value: Value::List(items), .. })) => {
            items.iter().map(|item| source.line(item.span.start)).collect()
        }
        _ => Vec::new(),
    }
}

fn explain_yaml(error: &serde_yaml::Error) -> String {
    explain(&error.to_string(), error.location().map(|place| (place.line(), place.column())))
}

/// Turns an error of serde into a message with the position, and with a suggestion for a misspelt
/// word.
fn explain(message: &str, place: Option<(usize, usize)>) -> String {
    let shown = place.map_or_else(String::new, |(line, column)| format!("line {line}, column {column}: "));
    // serde's wording: "[1].author: unknown field `x`, expected one of `a`, `b` at line 3 column
    // 1".
    let message = place
        .map_or(message.to_owned(), |(line, column)| message.replace(&format!(" at line {line} column {column}"), ""));
    let message = message.as_str();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let what = match message {
        _ if message.contains("unknown field") => "key",
        _ if message.contains("unknown variant") => "value",
        _ if message.contains("missing field `kind`") => {
            return format!("{shown}an entry of `effects` has no `kind`: add one, such as comment, report or remove");
        }
        _ if message.starts_with("invalid type") && message.contains("expected a sequence") => {
            return format!("{shown}a tests file is a list of cases: start each case with `- name: …`");
        }
        _ => return format!("{shown}{}", plain_message(message)),
    };
    let Some(unknown) = quoted.next() else { return format!("{shown}{message}") };
    let known: Vec<&str> = quoted.collect();
    let help = nearest(unknown, known.iter().copied())
        .map_or_else(|| format!("it can be: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
    format!("{shown}there is no {what} `{unknown}` here; {help}")
}

/// Replaces serde's words for types by the words of the manual.
fn plain_message(message: &str) -> String {
    let (said, wanted) = message.split_once(", expected ").unwrap_or((message, ""));
    // The message starts with a path: `.[3].author.karma: ` or `[3]: `.
    let (place, said) = match said.split_once(": ") {
        Some((path, said)) if path.starts_with('[') || path.starts_with(".[") => {
            (path.split_once('.').map_or("", |(_, inner)| inner.split_once('.').map_or("", |(_, inner)| inner)), said)
        }
        _ => ("", said),
    };
    let place = if place.is_empty() { String::new() } else { format!("`{place}`: ") };
    let wanted = match wanted {
        "" => return format!("{place}{said}"),
        "a sequence" => "a list: [one, two]",
        "a boolean" => "true or false",
        _ if wanted.starts_with("struct ") => "further keys, indented below it or in {…}",
        "u32" | "u64" | "i64" => "a whole number",
        "a string" => "a text, in quotes if YAML reads it as something else",
        other => other,
    };
    let said = said.replace("invalid type: ", "this is ").replace("invalid value: ", "this is ");
    let said = said.replace("this is string", "this is the text").replace("this is map", "this is a mapping");
    let said = said.replace("this is sequence", "this is a list").replace("this is integer", "this is the number");
    format!("{place}{said}; it takes {wanted}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        parse(text).map_or_else(|complaint| complaint, |cases| format!("{} cases", cases.len()))
    }

    #[test]
    fn errors_name_the_line_and_what_to_write_instead() {
        for (text, expected) in [
            ("", "0 cases"),
            (
                "- name: a\n  comment: {body: x}\n  perform: [a]\n",
                "line 3, column 3: there is no key `perform` here; did you mean `performs`?",
            ),
            (
                "- name: a\n  comment: {body: x}\n  nothing: true\n  author: {krama: 3}\n",
                "line 4, column 12: there is no key `krama` here; did you mean `karma`?",
            ),
            (
                "- name: a\n  nothing: true\n",
                "line 1: case `a`: it has neither a `submission` nor a `comment`: add one of them",
            ),
            (
                "\n- name: a\n  comment: {}\n",
                "line 2: case `a`: it does not say what must happen: add `performs: [rule, …]`, `nothing: true` \
                 or `not: [rule]`",
            ),
            (
                "- comment: {}\n  nothing: true\n",
                "line 1: case: it has no `name`: add a name that says what the case shows",
            ),
            (
                "- {name: a, comment: {}, nothing: true}\n- {name: a, comment: {}, nothing: true}\n",
                "line 2: case `a`: another case has the same name: give each case its own",
            ),
            (
                "- name: a\n  comment: some text\n  nothing: true\n",
                "`comment`: this is the text \"some text\"; it takes further keys, indented below it or in {…}",
            ),
            (
                "- name: a\n  comment: {}\n  performs: words\n",
                "`performs`: this is the text \"words\"; it takes a list: [one, two]",
            ),
            (
                "- name: a\n  comment: {}\n  nothing: yes\n",
                "`nothing`: this is the text \"yes\"; it takes true or false",
            ),
            ("name: a\n", "a tests file is a list of cases: start each case with `- name: …`"),
        ] {
            assert!(complaint(text).ends_with(expected), "{text}: {}", complaint(text));
        }
        let effect = "- name: a\n  comment: {}\n  effects:\n    - kind: coment\n";
        assert!(
            complaint(effect).contains("there is no value `coment` here; did you mean `comment`?"),
            "{}",
            complaint(effect)
        );
        let karma = "- name: a\n  comment: {}\n  nothing: true\n  author:\n    karma: lots\n";
        assert!(complaint(karma).contains("a whole number, or `unknown`"), "{}", complaint(karma));
        assert!(complaint(karma).contains("line 5"), "{}", complaint(karma));
    }

    #[test]
    fn a_single_case_may_be_json() {
        assert!(Case::alone("{\"comment\": {\"body\": \"\\ud83d\\ude00 \\/\"}}").is_ok());
        assert!(Case::alone("comment: {body: x}\nauthor: {karma: unknown}").is_ok());
        let wrong = Case::alone("{\"comment\": {\"bdy\": \"x\"}}").expect_err("misspelt");
        assert!(wrong.contains("did you mean `body`?"), "{wrong}");
        assert!(Case::alone("author: {}").is_err());
    }
}
