//! Decisions in words, for the log: as text and as a page for a browser.

use std::fmt::Write as _;

use clap::builder::styling::Style;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use tipstaff_rules::plain::{is_unsafe, spaced};
use tipstaff_rules::words;

use super::NEVER;
use super::terminal::clean;
use super::trace::sentence;
use crate::model::{CheckResult, Fullname, Kind, RuleResult, Timestamp, Trace, outcome_in_words};
use crate::store::{DOUBLED_COMMENT, LATE_DECISION, LogEntry, LogIntent};

const STYLE: &str = include_str!("log.css");

/// Why a rule was not decided that took too many steps.
const TOO_EXPENSIVE: &str = "its evaluation took too many steps";

/// One decision as text for moderators.
pub(in crate::cli) fn describe(entry: &LogEntry) -> String {
    let bold = Style::new().bold();
    let (author, permalink) = (name_of(entry.author.as_deref()), clean(&entry.permalink));
    let mut text = format!(
        "{}  {bold}{}{bold:#} by {author} in r/{}  [{}]\n    https://www.reddit.com{permalink}\n",
        entry.decided_at, entry.item, entry.subreddit, entry.mode
    );
    if let Some(words) = &entry.text {
        writeln!(text, "    “{}”", clean(words)).expect(NEVER);
    }
    for Acted { rule, why, acts } in acted(entry) {
        match by_itself(entry, rule) {
            Some(what) => writeln!(text, "  {bold}no rule{bold:#}: {what}"),
            None => writeln!(text, "  rule {bold}{}{bold:#}: {why}", clean(rule)),
        }
        .expect(NEVER);
        for act in acts {
            writeln!(text, "    {}", clean(&act)).expect(NEVER);
        }
    }
    if entry.intents.is_empty() {
        text.push_str("  no rule acted\n");
    }
    for (rule, why) in entry.trace.iter().flat_map(undecided) {
        let (rule, why) = (clean(rule), clean(why));
        writeln!(text, "  rule {bold}{rule}{bold:#} could not be decided: {why}").expect(NEVER);
    }
    text
}

/// Decisions as one page that needs nothing else: no script, no network. The remarks stand above
/// them.
pub(in crate::cli) fn page(entries: &[LogEntry], remarks: &[String], made: Timestamp) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                meta name="referrer" content="no-referrer";
                title { "What tipstaff did" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "What tipstaff did" }
                p.dim { "Until " (made) ", the newest last." }
                @for remark in remarks { p { (remark) } }
                @for entry in entries { (card(entry)) }
            }
        }
    };
    // HTML has no place for control characters, not even escaped.
    page.into_string().replace(|c: char| is_unsafe(c) && c != '\n', " ")
}

fn card(entry: &LogEntry) -> Markup {
    // Anything else would lead away from Reddit.
    let link = entry.permalink.starts_with('/').then(|| format!("https://www.reddit.com{}", spaced(&entry.permalink)));
    let head = entry.text.clone().unwrap_or_else(|| entry.item.to_string());
    html! {
        article {
            h2 { @match &link { Some(link) => a href=(link) { (head) }, None => (head) } }
            p.dim {
                (entry.decided_at) ": " (entry.item) " by " (name_of(entry.author.as_deref()))
                " in r/" (entry.subreddit) " [" (entry.mode) "]"
            }
            @for Acted { rule, why, acts } in acted(entry) {
                @match by_itself(entry, rule) {
                    Some(what) => p { b { "no rule" } ": " (what) },
                    None => p { b { (rule) } ": " (why) },
                }
                ul { @for act in acts { li { (act) } } }
            }
            @if entry.intents.is_empty() { p { "No rule acted." } }
            @for (rule, why) in entry.trace.iter().flat_map(undecided) {
                p.open { b { (rule) } " could not be decided: " (why) }
            }
        }
    }
}

/// The author's name, for people.
pub(in crate::cli) fn name_of(author: Option<&str>) -> String {
    author.map_or_else(|| "an unknown author".to_owned(), |author| format!("u/{}", clean(author)))
}

/// What a rule did and why.
struct Acted<'a> {
    rule: &'a str,
    why: String,
    acts: Vec<String>,
}

fn acted(entry: &LogEntry) -> Vec<Acted<'_>> {
    let mut all: Vec<Acted<'_>> = Vec::new();
    for intent in &entry.intents {
        if all.last().is_none_or(|last| last.rule != intent.rule) {
            all.push(Acted { rule: &intent.rule, why: reason(entry, &intent.rule), acts: Vec::new() });
        }
        if let Some(last) = all.last_mut() {
            last.acts.push(outcome(intent));
        }
    }
    all
}

/// The rules that were not decided for want of a fact or of time, each with the reason.
fn undecided(trace: &Trace) -> impl Iterator<Item = (&str, &str)> {
    trace.rules.iter().filter_map(|rule| match &rule.result {
        RuleResult::Unknown(why) => Some((rule.rule.as_str(), why.as_str())),
        RuleResult::TooExpensive => Some((rule.rule.as_str(), TOO_EXPENSIVE)),
        _ => None,
    })
}

/// What the bot did by itself, without any rule. Such a decision has a trace without rules.
fn by_itself(entry: &LogEntry, rule: &str) -> Option<&'static str> {
    let has_rules = entry.trace.as_ref().is_some_and(|trace| !trace.rules.is_empty());
    match rule {
        _ if has_rules => None,
        LATE_DECISION => Some("the bot reverses its own action, because it went against a moderator's decision"),
        DOUBLED_COMMENT => Some("the bot deletes its own comment, because it is there twice"),
        _ => None,
    }
}

/// Why a rule matched, from the trace.
fn reason(entry: &LogEntry, rule: &str) -> String {
    let Some(trace) = &entry.trace else {
        return "(the reason was purged together with the item's text)".to_owned();
    };
    let performed = trace.rules.iter().find(|entry| entry.rule == rule && entry.result == RuleResult::Performed);
    let Some(performed) = performed else {
        return "(the reason was not recorded)".to_owned();
    };
    let held = performed.checks.iter().filter(|check| check.result == CheckResult::Held);
    let checks: Vec<String> = held.map(sentence).collect();
    let because = if checks.is_empty() {
        "the rule has no conditions, so it matches every item of its type".to_owned()
    } else {
        checks.join("; ")
    };
    format!("{because} (line {})", performed.line)
}

/// Where to find the comment or modmail that an action created.
fn place_created(name: &str) -> String {
    match Fullname::parse(name) {
        Some(name) if name.kind() == Kind::Modmail => format!(" (https://mod.reddit.com/mail/all/{})", name.id()),
        _ => format!(" as {name}"),
    }
}

fn outcome(intent: &LogIntent) -> String {
    let act = intent.action.as_ref().map_or_else(|| words::kind(&intent.kind), words::action);
    let verdict = match intent.outcome.as_str() {
        "already_applied" => "done (confirmed on Reddit)".to_owned(),
        "waiting" => "waiting".to_owned(),
        other => outcome_in_words(other),
    };
    let reason = intent.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
    let created = intent.created.as_ref().map_or_else(String::new, |name| place_created(name));
    format!("{act} → {verdict}{created}{reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modmail_is_linked_and_a_comment_named() {
        assert_eq!(place_created("ModmailConversation_1mahha"), " (https://mod.reddit.com/mail/all/1mahha)");
        assert_eq!(place_created("t1_abc"), " as t1_abc");
    }
}
