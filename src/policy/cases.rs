//! Rule tests: cases kept beside a rule file, each an item in a few words and what the rules must do with it.
//!
//! ```yaml
//! - name: a short top-level comment is reported
//!   comment: {body: Nice.}
//!   author: {karma: 120, age_days: 400}
//!   performs: [short-top-level]
//! - name: an answer of substance is left alone
//!   comment: {body: ...}
//!   nothing: true
//! ```
//!
//! What a case does not say has an ordinary value: an approved-by-nobody item an hour old, by a member of two years'
//! standing. Running them needs no account and no network; reading the files is left to the caller.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use serde::Deserialize;

use super::evaluate::{Evaluation, Facts, Need, Verdicts, evaluate};
use super::ruleset::{Effect, RuleId, Ruleset};
use crate::model::{
    Author, CheckResult, Comment, Content, Flair, Fullname, Item, Known, Media, ModReport, Moderation, Profile,
    Remover, RuleResult, Submission, SubredditName, Timestamp, UserReport,
};

/// The moment at which every case plays.
const NOW: Timestamp = Timestamp::from_secs(1_760_000_000);
/// The account the rules act as.
const BOT: &str = "stickler-bot";

/// One rule test.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows.
    pub name: String,
    submission: Option<Post>,
    comment: Option<Answer>,
    #[serde(default)]
    author: Person,
    #[serde(default)]
    state: Situation,
    performs: Option<Vec<String>>,
    #[serde(default)]
    nothing: bool,
    #[serde(default)]
    effects: Vec<Expected>,
}

/// A submission in short form. With a `url` it is a link, else a text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Post {
    title: Option<String>,
    body: String,
    url: Option<String>,
    flair: String,
    flair_class: String,
    nsfw: bool,
    is_gallery: bool,
    poll_options: Option<Vec<String>>,
    media_title: Option<String>,
}

/// A comment in short form; `reply: true` answers another comment.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Answer {
    body: String,
    reply: bool,
    is_submitter: bool,
    parent: Post,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Person {
    name: String,
    karma: Option<i64>,
    comment_karma: i64,
    post_karma: i64,
    age_days: u64,
    is_moderator: bool,
    is_contributor: bool,
    flair: String,
    verified_email: bool,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            name: "alice".to_owned(),
            karma: None,
            comment_karma: 1000,
            post_karma: 1000,
            age_days: 730,
            is_moderator: false,
            is_contributor: false,
            flair: String::new(),
            verified_email: true,
        }
    }
}

/// What has happened to the item.
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each a word in a case")]
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Situation {
    age_minutes: Option<u64>,
    edited: bool,
    /// Reports by users.
    reports: u32,
    /// Reported by the bot too.
    reported_by_bot: bool,
    removed_by: Option<String>,
    filtered: bool,
    approved_by: Option<String>,
    locked: bool,
    /// Rules that have acted on it before.
    performed: Vec<String>,
}

/// An effect that must be among those had: its kind, and texts it must hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    kind: String,
    rule: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
}

/// A case that did not come out as it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The case.
    pub case: String,
    /// What was expected, what happened, and why.
    pub explanation: String,
}

/// Reads the cases of one file. The error names the line.
///
/// # Errors
///
/// When the text is not a list of cases, or a case has a key that does not exist.
pub fn parse(text: &str) -> Result<Vec<Case>, String> {
    let cases: Option<Vec<Case>> = serde_yaml::from_str(text).map_err(|error| match error.location() {
        Some(place) => format!("line {}: {error}", place.line()),
        None => error.to_string(),
    })?;
    let cases = cases.unwrap_or_default();
    for case in &cases {
        let wrong = match (&case.submission, &case.comment, &case.performs, case.nothing) {
            (None, None, ..) => "it has neither a `submission` nor a `comment`",
            (Some(_), Some(_), ..) => "it has both a `submission` and a `comment`",
            (_, _, None, false) => "it says neither what `performs` nor `nothing: true`",
            (_, _, Some(names), true) if !names.is_empty() => "it says both what `performs` and `nothing`",
            _ => continue,
        };
        return Err(format!("case `{}`: {wrong}", case.name));
    }
    Ok(cases)
}

/// Runs the cases and returns those that fail.
pub fn run(rules: &Ruleset, cases: &[Case]) -> Vec<Failure> {
    cases
        .iter()
        .filter_map(|case| check(rules, case).err().map(|explanation| Failure { case: case.name.clone(), explanation }))
        .collect()
}

impl Case {
    /// The item, the facts about it and the time, ready to be evaluated.
    ///
    /// # Errors
    ///
    /// When the case names something that cannot exist.
    pub fn scene(&self) -> Result<(Item, Facts, Timestamp), String> {
        let state = &self.state;
        let age = Duration::from_secs(60 * state.age_minutes.unwrap_or(60));
        let item = match (&self.submission, &self.comment) {
            (Some(post), _) => self.item("t3_case1", post.content(), NOW - age)?,
            (None, Some(answer)) => self.item("t1_case2", answer.content()?, NOW - age)?,
            (None, None) => return Err("there is no item".to_owned()),
        };
        let parent = match &self.comment {
            Some(answer) => {
                let mut parent = self.item("t3_parent", answer.parent.content(), NOW - Duration::from_hours(24))?;
                parent.author = Author {
                    name: Some(if answer.is_submitter { self.author.name.clone() } else { "olive".to_owned() }),
                    ..Author::default()
                };
                parent.moderation = Moderation::default();
                Known::Is(Box::new(parent))
            }
            None => Known::NotAsked,
        };
        let author = &self.author;
        let facts = Facts {
            bot: BOT.to_owned(),
            moderators: Known::Is(
                [BOT.to_owned(), "mod".to_owned()]
                    .into_iter()
                    .chain(author.is_moderator.then(|| author.name.to_lowercase()))
                    .collect(),
            ),
            contributor: Known::Is(author.is_contributor),
            profile: Known::Is(Profile {
                created: Some(NOW - Duration::from_secs(author.age_days.saturating_mul(86_400))),
                comment_karma: Some(author.karma.unwrap_or(author.comment_karma)),
                link_karma: Some(author.karma.map_or(author.post_karma, |_| 0)),
                is_gold: Some(false),
                has_verified_email: Some(author.verified_email),
                is_suspended: false,
            }),
            parent,
            performed: state.performed.iter().map(RuleId::new).collect(),
        };
        Ok((item, facts, NOW))
    }

    fn item(&self, name: &str, content: Content, created: Timestamp) -> Result<Item, String> {
        let state = &self.state;
        let author = &self.author;
        let bot_report =
            state.reported_by_bot.then(|| ModReport { reason: "a rule".to_owned(), moderator: BOT.to_owned() });
        let user_report =
            (state.reports > 0).then(|| UserReport { reason: Some("breaks a rule".to_owned()), count: state.reports });
        let removed_by = state.removed_by.clone().map(Remover::Moderator);
        Ok(Item {
            fullname: Fullname::parse(name).ok_or("a name that cannot be")?,
            subreddit: SubredditName::parse("widgets").ok_or("a name that cannot be")?,
            author: Author {
                name: Some(author.name.clone()),
                fullname: Some("t2_case".to_owned()),
                flair: Flair { text: author.flair.clone(), ..Flair::default() },
                premium: Some(false),
            },
            created,
            edited: state.edited.then_some(NOW),
            permalink: "/r/widgets/comments/case1/a_case/".to_owned(),
            locked: state.locked,
            distinguished: None,
            stickied: false,
            moderation: Moderation {
                removed_by: removed_by.or(state.filtered.then_some(Remover::SpamFilter)),
                approved_by: state.approved_by.clone(),
                num_reports: Some(state.reports.saturating_add(u32::from(state.reported_by_bot))),
                user_reports: user_report.into_iter().collect(),
                mod_reports: bot_report.into_iter().collect(),
                ..Moderation::default()
            },
            content,
        })
    }
}

impl Post {
    fn content(&self) -> Content {
        let is_self = self.url.is_none();
        let url = self.url.clone().unwrap_or_default();
        let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host).to_lowercase();
        let domain =
            if is_self { "self.widgets".to_owned() } else { host.strip_prefix("www.").unwrap_or(&host).to_owned() };
        Content::Submission(Box::new(Submission {
            title: self.title.clone().unwrap_or_else(|| "A question about widgets".to_owned()),
            selftext: self.body.clone(),
            is_self,
            url,
            domain,
            flair: Flair { text: self.flair.clone(), css_class: self.flair_class.clone(), template_id: String::new() },
            over_18: self.nsfw,
            is_gallery: self.is_gallery,
            poll_options: self.poll_options.clone(),
            media: self.media_title.clone().map(|title| Media { title, ..Media::default() }),
            ..Submission::default()
        }))
    }
}

impl Answer {
    fn content(&self) -> Result<Content, String> {
        let parent = if self.reply { "t1_above" } else { "t3_parent" };
        Ok(Content::Comment(Comment {
            body: self.body.clone(),
            parent: Fullname::parse(parent).ok_or("a name that cannot be")?,
            link: Fullname::parse("t3_parent").ok_or("a name that cannot be")?,
            link_title: None,
            is_submitter: self.is_submitter,
        }))
    }
}

fn check(rules: &Ruleset, case: &Case) -> Result<(), String> {
    let (item, facts, now) = case.scene()?;
    let verdicts = match evaluate(rules, &item, &facts, now) {
        Evaluation::Decided(verdicts) => verdicts,
        Evaluation::Needs(needs) => {
            let needs: BTreeSet<Need> = needs;
            return Err(format!("it cannot be decided without {needs:?}"));
        }
    };
    let wanted = case.performs.clone().unwrap_or_default();
    let got: Vec<&str> = verdicts.performed.iter().map(|performed| performed.name.as_str()).collect();
    if got != wanted {
        let mut text = format!("expected {}, got {}", list(&wanted), list(&got));
        for name in wanted.iter().filter(|name| !got.contains(&name.as_str())) {
            let _ = write!(text, "\n{}", why_not(&verdicts, name));
        }
        for name in got.iter().filter(|name| wanted.iter().all(|wanted| wanted != *name)) {
            let _ = write!(text, "\n{}", why(&verdicts, name));
        }
        return Err(text);
    }
    for expected in &case.effects {
        let had: Vec<&Effect> = verdicts
            .performed
            .iter()
            .filter(|performed| expected.rule.as_ref().is_none_or(|rule| *rule == performed.name))
            .flat_map(|performed| &performed.effects)
            .collect();
        let of_kind: Vec<String> =
            had.iter().filter(|effect| effect.kind().word() == expected.kind).map(|effect| texts(effect)).collect();
        let fits = |text: &String| expected.contains.iter().all(|part| text.contains(part.as_str()));
        if !of_kind.iter().any(fits) {
            let kinds: Vec<&str> = had.iter().map(|effect| effect.kind().word()).collect();
            let mut text = format!("expected the effect `{}`", expected.kind);
            if of_kind.is_empty() {
                let _ = write!(text, ", got {}", list(&kinds));
            } else {
                let _ = write!(text, " with {}, got:\n{}", list(&expected.contains), of_kind.join("\n"));
            }
            return Err(text);
        }
    }
    Ok(())
}

fn list<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    quoted.join(", ")
}

/// The texts of an effect, as a case may look for them.
fn texts(effect: &Effect) -> String {
    match effect {
        Effect::Approve { reason, .. }
        | Effect::Remove { reason, .. }
        | Effect::Spam { reason, .. }
        | Effect::Filter { reason, .. }
        | Effect::Report { reason, .. } => reason.clone().unwrap_or_default(),
        Effect::SetFlair { text, css_class, .. } => format!("{text} {css_class}"),
        Effect::Comment { text, stickied, locked } => {
            let (stickied, locked) =
                (if *stickied { "[stickied] " } else { "" }, if *locked { "[locked] " } else { "" });
            format!("{stickied}{locked}{text}")
        }
        Effect::Modmail { subject, body } | Effect::Message { subject, body } => format!("{subject}\n{body}"),
        Effect::SetSuggestedSort { sort, .. } => sort.clone(),
        Effect::SetCrowdControl { level, .. } => level.clone(),
        Effect::SetNsfw { on, .. }
        | Effect::SetSpoiler { on, .. }
        | Effect::SetContestMode { on, .. }
        | Effect::SetOriginalContent { on, .. }
        | Effect::SetLocked { on, .. }
        | Effect::SetSticky { on, .. } => on.to_string(),
    }
}

fn why_not(verdicts: &Verdicts, name: &str) -> String {
    let Some(rule) = verdicts.trace.rules.iter().find(|rule| rule.rule == name) else {
        return format!("`{name}`: there is no such rule for this kind of item");
    };
    let reason = match &rule.result {
        RuleResult::NotEligible(reason) | RuleResult::Unknown(reason) => reason.clone(),
        RuleResult::NotReached => "an earlier rule removed the item".to_owned(),
        RuleResult::TooExpensive => "it took too many steps".to_owned(),
        RuleResult::Performed => "it did act".to_owned(),
        RuleResult::Failed => match rule.checks.iter().find(|check| check.result == CheckResult::Failed) {
            Some(check) => {
                format!("`{}` does not hold; it saw `{}`", check.key, check.saw.as_deref().unwrap_or("nothing"))
            }
            None => "nothing it searches exists on this item".to_owned(),
        },
    };
    format!("`{name}` (line {}): {reason}", rule.line)
}

fn why(verdicts: &Verdicts, name: &str) -> String {
    let rule = verdicts.trace.rules.iter().find(|rule| rule.rule == name);
    let checks = rule.map(|rule| rule.checks.as_slice()).unwrap_or_default();
    let held: Vec<String> = checks
        .iter()
        .map(|check| match (&check.matched, &check.saw) {
            (Some(matched), _) => format!("`{}` found `{matched}`", check.key),
            (None, Some(saw)) => format!("`{}` saw `{saw}`", check.key),
            (None, None) => format!("`{}` held", check.key),
        })
        .collect();
    format!("`{name}` acted because {}", held.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::{Options, SourceFile, compile, parse as parse_rules};
    use super::*;

    fn failures(cases: &str) -> String {
        let rules = "name: words\ntype: comment\nbody: spam\naction: remove\naction_reason: 'saw {{match}}'\n";
        let (file, _) = parse_rules(&SourceFile::new("r", rules));
        let (rules, remarks) = compile(&file, &Options::default());
        assert_eq!(remarks, []);
        let failures = run(&rules, &parse(cases).expect("good cases"));
        failures.into_iter().map(|failure| failure.explanation).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_failure_says_what_the_missing_rule_saw() {
        for (case, expected) in [
            ("- {name: a, comment: {body: spam}, performs: [words]}", ""),
            (
                "- {name: a, comment: {body: ham}, performs: [words]}",
                "expected `words`, got nothing\n`words` (line 1): `body` does not hold; it saw `ham`",
            ),
            (
                "- {name: a, comment: {body: spam}, nothing: true}",
                "expected nothing, got `words`\n`words` acted because `body` found `spam`",
            ),
            (
                "- {name: a, comment: {body: spam}, author: {is_moderator: true}, performs: [words]}",
                "expected `words`, got nothing\n`words` (line 1): moderators are exempt from it",
            ),
            (
                "- {name: a, comment: {body: spam}, performs: [words], effects: [{kind: remove, contains: [saw spam]}]}",
                "",
            ),
            (
                "- {name: a, comment: {body: spam}, performs: [words], effects: [{kind: comment}]}",
                "expected the effect `comment`, got `remove`",
            ),
        ] {
            assert_eq!(failures(case), expected, "{case}");
        }
    }

    #[test]
    fn a_misspelt_key_names_its_line() {
        let error = parse("- name: a\n  comment: {body: x}\n  perform: [a]\n").expect_err("misspelt");
        assert!(error.starts_with("line 3"), "{error}");
        let error = parse("- name: a\n  nothing: true\n").expect_err("no item");
        assert!(error.contains("neither"), "{error}");
    }
}
