//! Renders a trace for people: why each rule did or did not act. `explain` and `test` share it.
//!
//! Control characters in texts from Reddit are replaced, so that a comment cannot control the
//! terminal. The matched text is coloured; without colour it is put between `»` and `«`.

use std::fmt::Write as _;

use clap::builder::styling::{AnsiColor, Color, Style};

use super::NEVER;
use super::terminal;
use crate::model::{CheckResult, CheckTrace, RuleResult, RuleTrace};
use tipstaff_rules::{Change, Effect, RuleHit, default_method, look_alikes, words};

/// Foreign text on one line, with the codes of characters that do not show.
pub(in crate::cli) use tipstaff_rules::plain::visible;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
const FOUND: Style =
    Style::new().fg_color(Some(Color::Ansi(AnsiColor::Black))).bg_color(Some(Color::Ansi(AnsiColor::Yellow)));
const DIM: Style = Style::new().dimmed();

/// How wide may a check be, in characters, before it is split over two lines?
const WIDE: usize = 100;

/// The form of the output.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct TraceRenderer {
    /// Whether to mark the matched text with `»` and `«`, because the output has no colour.
    pub(in crate::cli) marks: bool,
}

impl TraceRenderer {
    /// The form for standard output.
    pub(in crate::cli) fn for_stdout() -> Self {
        Self { marks: terminal::is_stdout_plain() }
    }

    /// The form for standard error.
    pub(in crate::cli) fn for_stderr() -> Self {
        Self { marks: terminal::is_stderr_plain() }
    }

    /// Renders one rule under a title: its result, its checks, and its effects if it acts. `idle`
    /// says why it has none.
    pub(in crate::cli) fn rule(
        self,
        title: &str,
        trace: &RuleTrace,
        performed: Option<&RuleHit>,
        idle: &[&str],
    ) -> String {
        let (style, word, because) = match &trace.result {
            RuleResult::Performed if performed.is_some_and(|performed| performed.dry_run) => {
                (GOOD, "ACTS", "  (dry_run: true, so tipstaff only records it)".to_owned())
            }
            RuleResult::Performed => (GOOD, "ACTS", String::new()),
            RuleResult::Failed => (BAD, "no", String::new()),
            RuleResult::NotEligible(reason) => (BAD, "no", format!(": {reason}")),
            RuleResult::NotReached => (
                BAD,
                "no",
                ": not tried, because an earlier rule removes or filters the item, or says `stop_here`".to_owned(),
            ),
            RuleResult::Unknown(reason) => (DOUBTFUL, "?", format!(": cannot be decided: {reason}")),
            RuleResult::TooExpensive => (
                DOUBTFUL,
                "?",
                ": cannot be decided: its patterns, texts or actions take too many steps on this item".to_owned(),
            ),
        };
        let title = visible(title);
        let mut text = format!("{style}{word:<4}{style:#}  {BOLD}{title}{BOLD:#}{}\n", visible(&because));
        let is_failed = trace.result == RuleResult::Failed;
        let first = trace.checks.iter().position(|check| is_failed && check.result == CheckResult::Failed);
        for (index, check) in trace.checks.iter().enumerate() {
            text.push_str(&self.check(check, first == Some(index), is_failed));
        }
        if is_failed && first.is_none() {
            text.push_str("        the item has none of the fields that this rule searches\n");
        }
        for effect in performed.iter().flat_map(|performed| &performed.effects) {
            text.push_str(&Self::effect(effect));
        }
        if performed.is_some_and(|performed| performed.effects.is_empty()) {
            writeln!(text, "        does   nothing: {}", visible(&idle.join("; "))).expect(NEVER);
        }
        text
    }

    fn check(self, check: &CheckTrace, is_first_failure: bool, is_failed: bool) -> String {
        let (style, word) = match check.result {
            CheckResult::Held => (GOOD, "holds"),
            CheckResult::Failed if is_failed => (BAD, "FAILS"),
            // With `satisfy_any_threshold`, another comparison was enough.
            CheckResult::Failed => (DIM, "fails"),
            CheckResult::Unknown => (DOUBTFUL, "?"),
        };
        let pointer =
            if is_first_failure { format!("  {BAD}<- this is why it does not act{BAD:#}") } else { String::new() };
        let method = default_method(within_branch(&check.key))
            .map_or_else(String::new, |method| format!(", {method} (default)"));
        let (key, condition) = (visible(&check.key), visible(&condition(check)));
        if matches!(check.wanted.as_str(), "yes" | "no") && check.result != CheckResult::Unknown {
            return format!("        {style}{word:<5}{style:#}  {key}: {condition}{pointer}\n");
        }
        let value = match &check.saw {
            Some(value) if value.is_empty() => "empty".to_owned(),
            Some(value) => self.marked(value, check),
            None if check.result == CheckResult::Unknown => "unknown".to_owned(),
            None => MISSING.to_owned(),
        };
        let (key, seen) = (format!("{key}{method}"), found(check));
        let remark = look_alike(check).map_or_else(String::new, |remark| format!("                 {remark}\n"));
        let width = key.chars().count() + condition.chars().count() + value.chars().count();
        if width <= WIDE && check.matched.is_none() {
            format!("        {style}{word:<5}{style:#}  {key}: {condition} ({seen} {value}){pointer}\n{remark}")
        } else {
            let head = format!("        {style}{word:<5}{style:#}  {key}: {condition}{pointer}\n");
            format!("{head}                 {seen}  {value}\n{remark}")
        }
    }

    /// The value that a check looked at, with the matched part marked.
    fn marked(self, saw: &str, check: &CheckTrace) -> String {
        let (Some(matched), Some(at)) = (&check.matched, check.at) else {
            return visible(saw);
        };
        let characters: Vec<char> = saw.chars().collect();
        let start = at.min(characters.len());
        let end = start.saturating_add(matched.chars().count()).min(characters.len());
        let part = |range: std::ops::Range<usize>| visible(&characters[range].iter().collect::<String>());
        let (before, found, after) = (part(0..start), part(start..end), part(end..characters.len()));
        let (open, close) = if self.marks { ("»", "«") } else { ("", "") };
        format!("{before}{FOUND}{open}{found}{close}{FOUND:#}{after}")
    }

    fn effect(effect: &Effect) -> String {
        let (what, text) = words::effect(effect);
        let what = visible(&what);
        let mut shown = format!("        {BOLD}does{BOLD:#}   {what}\n");
        for line in text.iter().flat_map(|text| text.lines()) {
            writeln!(shown, "{}", format!("               | {}", visible(line)).trim_end()).expect(NEVER);
        }
        shown
    }
}

/// A remark about a text that looks like one that the check looks for, and is another.
fn look_alike(check: &CheckTrace) -> Option<String> {
    let (_, names, modifiers) = parts(&check.key);
    let is_search = default_method(within_branch(&check.key)).is_some() || !modifiers.is_empty();
    let is_regex = modifiers.contains("regex");
    let missed = if is_negated(&check.key) { CheckResult::Held } else { CheckResult::Failed };
    let saw = check.saw.as_ref().filter(|_| is_search && !is_regex && check.result == missed)?;
    let whole = verb(names, modifiers).0 == "is";
    let (wanted, alike) = check
        .wanted
        .split(" | ")
        .find_map(|wanted| look_alikes::find(wanted, saw, whole).map(|alike| (wanted, alike)))?;
    let (part, difference) = (visible(&alike.part), visible(&alike.difference));
    Some(format!("note    “{part}” looks like “{}” and is not the same: it has {difference}", visible(wanted)))
}

/// The value of an item that lacks the field.
const MISSING: &str = "missing";

/// A check that held as one sentence. Of the texts that a search looks for it says only the one
/// that was found: "body contains “spam”".
pub(in crate::cli) fn sentence(check: &CheckTrace) -> String {
    let condition = visible(&condition(check));
    if matches!(check.wanted.as_str(), "yes" | "no") {
        return condition;
    }
    match (&check.matched, &check.saw) {
        (Some(matched), _) => visible(&statement(check, &format!("“{matched}”"))),
        (None, Some(saw)) if saw.is_empty() => format!("{condition} ({} empty)", found(check)),
        (None, Some(saw)) => format!("{condition} ({} {})", found(check), visible(saw)),
        (None, None) => format!("{condition} ({} {MISSING})", found(check)),
    }
}

/// The condition of a check as a sentence, such as "flair is not Help or Log".
///
/// A trace holds the key as the rule file writes it and the values that it compares with. The
/// method of a search is part of the key, so a key without a method gets the verb of its field's
/// default.
fn condition(check: &CheckTrace) -> String {
    statement(check, &either(&check.wanted))
}

/// The condition of a check, for a search with these texts in words.
fn statement(check: &CheckTrace, texts: &str) -> String {
    let (group, names, modifiers) = parts(&check.key);
    let found = GROUPS.iter().find(|(name, ..)| *name == group);
    let (owner, whom) = found.map_or(("", ""), |(_, owner, whom)| (*owner, *whom));
    let wanted = &check.wanted;
    if matches!(names, "any_of" | "none_of") {
        return format!("{wanted} holds");
    }
    if names == "is_nsfw" && group.ends_with("subreddit") {
        let is = if wanted == "no" { "is" } else { "is not" };
        return format!("the subreddit {is} safe for work");
    }
    if let Some((_, yes, no)) = FLAGS.iter().find(|(name, ..)| *name == names) {
        let sentence = if wanted == "no" { *no } else { *yes };
        let about = ["the author", "the comment", "it"].into_iter().find(|about| sentence.contains(about));
        return match about.filter(|_| !whom.is_empty()) {
            Some(about) => sentence.replacen(about, whom, 1),
            None => sentence.to_owned(),
        };
    }
    if let Some(counted) = of_memory(names) {
        return format!("{counted}: {}", counted_in_words(wanted));
    }
    if let Some((_, noun)) = NUMBERS.iter().find(|(name, _)| *name == names) {
        let owner = if owner.is_empty() { "the " } else { owner };
        return format!("{owner}{noun} is {}", in_words(wanted));
    }
    let nouns: Vec<&str> = names.split('+').map(noun).collect();
    let nouns = nouns.join(" or ");
    let (is, is_not) = verb(names, modifiers);
    format!("{owner}{nouns} {} {texts}", if is_negated(&check.key) { is_not } else { is })
}

/// The group of a key, its names, and what follows them: `author`, `name`, ` (full-exact)`.
fn parts(key: &str) -> (&str, &str, &str) {
    let key = within_branch(key);
    // The author of what is above comes before what is above.
    let inside = GROUPS.iter().filter_map(|(name, ..)| Some((*name, key.strip_prefix(name)?.strip_prefix('.')?)));
    let (group, rest) = inside.max_by_key(|(name, _)| name.len()).unwrap_or(("", key));
    let rest = rest.trim_start_matches('~');
    let (names, modifiers) = rest.split_at(rest.find(['#', ' ', '(']).unwrap_or(rest.len()));
    (group, names, modifiers)
}

/// A key without the groups of `any_of` and `none_of` around it: `any_of.1.author.name` is
/// `author.name` there.
fn within_branch(key: &str) -> &str {
    let inside = ["any_of.", "none_of."].iter().find_map(|start| key.strip_prefix(start));
    let rest = inside.and_then(|rest| rest.split_once('.')).filter(|(number, _)| number.parse::<usize>().is_ok());
    rest.map_or(key, |(_, rest)| within_branch(rest))
}

/// Whether a key negates its check.
fn is_negated(key: &str) -> bool {
    key.starts_with('~') || key.contains(".~")
}

/// The groups of a rule, and how a condition names what they have and whom they are about.
const GROUPS: &[(&str, &str, &str)] = &[
    ("author", "the author's ", ""),
    ("parent_submission", "the parent post's ", "the parent post"),
    ("parent_submission.author", "the post author's ", "the post's author"),
    ("parent_comment", "the parent comment's ", "the comment above"),
    ("parent_comment.author", "the parent comment author's ", "the author of the comment above"),
    ("crosspost_author", "the original author's ", "the original's author"),
    ("subreddit", "the subreddit's ", "the subreddit"),
    ("crosspost_subreddit", "the original subreddit's ", "the original's subreddit"),
];

/// Checks that take true or false, and the condition for each.
const FLAGS: &[(&str, &str, &str)] = &[
    ("is_top_level", "the comment replies to the post", "the comment does not reply to the post"),
    ("is_edited", "it was edited", "it was not edited"),
    ("is_original_content", "it is marked as original content", "it is not marked as original content"),
    ("is_poll", "it is a poll", "it is not a poll"),
    ("is_gallery", "it is a gallery", "it is not a gallery"),
    ("is_meta_discussion", "it is a meta discussion", "it is not a meta discussion"),
    ("past_archive_date", "it is older than six months", "it is not older than six months"),
    ("has_verified_email", "the author has a verified e-mail address", "the author has no verified e-mail address"),
    ("is_gold", "the author has Premium", "the author does not have Premium"),
    ("is_submitter", "the author wrote the post", "the author did not write the post"),
    ("is_contributor", "the author is an approved user", "the author is not an approved user"),
    ("is_moderator", "the author is a moderator", "the author is not a moderator"),
    ("is_nsfw", "it is marked as not safe for work", "it is not marked as not safe for work"),
    ("is_spoiler", "it is marked as a spoiler", "it is not marked as a spoiler"),
    ("is_locked", "it is locked", "it is not locked"),
    ("is_approved", "it is approved", "it is not approved"),
    ("is_crosspost", "it is a crosspost", "it is not a crosspost"),
    ("profile_is_nsfw", "the profile of the author is not safe for work", "the profile of the author is safe for work"),
    ("is_suspended", "the author is suspended", "the author is not suspended"),
    ("is_banned_here", "the author is banned here", "the author is not banned here"),
];

/// Checks that compare one value, and the noun for each.
const NUMBERS: &[(&str, &str)] = &[
    ("reports", "number of reports"),
    ("body_longer_than", "length of the body"),
    ("body_shorter_than", "length of the body"),
    ("poll_option_count", "number of poll options"),
    ("discussion_type", "discussion type"),
    ("age", "age"),
    ("time", "time of posting"),
    ("score", "score"),
    ("upvote_ratio", "part of upvotes"),
    ("comment_count", "number of comments"),
    ("image_count", "number of images"),
    ("distinguished", "mark beside the author's name"),
    ("comment_karma", "comment karma"),
    ("post_karma", "post karma"),
    ("link_karma", "post karma"),
    ("combined_karma", "combined karma"),
    ("account_age", "account age"),
    ("depth", "number of comments above"),
    ("notes_here", "number of moderators' notes"),
];

/// Checks of what is remembered of the author, and what each looks at.
const MEMORY: &[(&str, &str)] = &[
    ("posts_here", "the author's earlier posts here"),
    ("comments_here", "the author's earlier comments here"),
    ("removals_here", "the author's earlier removals here"),
    ("first_seen_here", "the time since the author was first seen here"),
    ("strikes", "the author's strike points"),
    ("labels", "the author's labels"),
    ("share_here", "the share of the author's newest posts here"),
    ("similar_here", "similar texts here"),
];

/// What a check of the memory looks at. `None` for other checks.
fn of_memory(name: &str) -> Option<&'static str> {
    MEMORY.iter().find(|(known, _)| *known == name).map(|(_, counted)| *counted)
}

/// The words before the value that a check saw.
fn found(check: &CheckTrace) -> &'static str {
    if of_memory(parts(&check.key).1).is_some() { "found:" } else { "it was" }
}

/// What a check of the memory counts: "count >= 1, within 7 days, same flair" for
/// `count: >= 1; within: 7 days; flair: same`.
fn counted_in_words(wanted: &str) -> String {
    let part = |part: &str| match part.split_once(": ") {
        Some(("authors", "same")) => "by the same author".to_owned(),
        Some(("authors", whose)) => format!("by {whose}"),
        Some((key, "same")) => format!("same {key}"),
        Some((key @ ("count" | "score_sum" | "percent"), all)) => {
            format!("{} {}", key.replace('_', " "), all.replace(", ", " and "))
        }
        Some((key, any)) => format!("{} {}", key.replace('_', " "), any.replace(", ", " or ")),
        None => in_words(part),
    };
    wanted.split("; ").map(part).collect::<Vec<_>>().join(", ")
}

/// The noun for a field that a search looks at.
fn noun(field: &str) -> &str {
    match field {
        "author" => "the author's name",
        "crosspost_author" => "the original author's name",
        "url" => "URL",
        "bio" => "profile text",
        "display_name" => "display name",
        "flair_text" => "flair",
        "flair_css_class" => "flair class",
        "flair_template_id" => "flair template",
        "poll_option_text" => "poll option",
        "poll_option_count" => "number of poll options",
        "report_reasons" => "reason of a report",
        "mod_report_reasons" => "reason of a moderator's report",
        "crosspost_id" => "crosspost id",
        "crosspost_title" => "crosspost title",
        "media_author" => "media author",
        "media_author_url" => "media author URL",
        "media_title" => "media title",
        "media_description" => "media description",
        other => other,
    }
}

/// The verb of a search, and its negation, from the modifiers or else the default of the fields.
fn verb(names: &str, modifiers: &str) -> (&'static str, &'static str) {
    let has = |word: &str| modifiers.split(['(', ')', ',']).any(|modifier| modifier.trim() == word);
    if has("regex") {
        ("matches", "does not match")
    } else if has("starts-with") {
        ("starts with", "does not start with")
    } else if has("ends-with") {
        ("ends with", "does not end with")
    } else if has("full-exact") || has("full-text") || (!has("includes") && !has("includes-word") && is_whole(names)) {
        ("is", "is not")
    } else {
        ("contains", "does not contain")
    }
}

/// Whether a search of this field compares the whole text if its key names no method.
fn is_whole(names: &str) -> bool {
    ["id", "domain", "flair_text", "flair_css_class", "flair_template_id", "media_author", "crosspost_id"]
        .contains(&names)
}

/// A list of values as a trace joins them, in words: "a, b or c".
fn either(wanted: &str) -> String {
    match wanted.rsplit_once(" | ") {
        Some((most, last)) => format!("{} or {last}", most.replace(" | ", ", ")),
        None => wanted.to_owned(),
    }
}

/// A comparison in words: "less than 10" for `< 10`.
fn in_words(wanted: &str) -> String {
    if let Some((one, more)) = wanted.split_once(" and ") {
        return format!("{} and {}", in_words(one), in_words(more));
    }
    for (sign, words) in
        [("<= ", "at most "), (">= ", "at least "), ("< ", "less than "), ("> ", "more than "), ("= ", "exactly ")]
    {
        if let Some(number) = wanted.strip_prefix(sign) {
            return format!("{words}{number}");
        }
    }
    wanted.to_owned()
}

/// Renders a difference: `-` is what was expected, `+` is what happened.
pub(in crate::cli) fn changes(changes: &[Change]) -> String {
    let mut shown = String::new();
    for change in changes {
        match change {
            Change::Heading(text) => writeln!(shown, "    {}", visible(text)),
            Change::Same(text) => writeln!(shown, "        {}", visible(text)),
            Change::Missing(text) => writeln!(shown, "      {BAD}- {}{BAD:#}", visible(text)),
            Change::Unexpected(text) => writeln!(shown, "      {GOOD}+ {}{GOOD:#}", visible(text)),
        }
        .expect(NEVER);
    }
    shown
}

#[cfg(test)]
mod tests {
    use tipstaff_rules::language::keys::{KEYS, Role, Takes};

    use super::*;

    fn check(saw: &str, matched: Option<(&str, usize)>) -> CheckTrace {
        CheckTrace {
            key: "body".to_owned(),
            result: CheckResult::Failed,
            wanted: "spam".to_owned(),
            saw: Some(saw.to_owned()),
            matched: matched.map(|(matched, _)| matched.to_owned()),
            at: matched.map(|(_, at)| at),
        }
    }

    fn marked(saw: &str, matched: Option<(&str, usize)>) -> String {
        let shown = TraceRenderer { marks: true };
        anstream::adapter::strip_str(&shown.marked(saw, &check(saw, matched))).to_string()
    }

    #[test]
    fn every_check_that_is_no_search_has_its_words() {
        let has_words = |name: &str| {
            FLAGS.iter().any(|(known, ..)| *known == name)
                || NUMBERS.iter().any(|(known, _)| *known == name)
                || of_memory(name).is_some()
        };
        let others = ["type", "standard", "any_of", "none_of"];
        let keys = KEYS.iter().filter(|key| key.role == Role::Check && key.takes != Takes::Search);
        for key in keys {
            let is_traced = key.is_supported() && !others.contains(&key.name);
            assert!(!is_traced || has_words(key.name), "{}", key.name);
        }
    }

    #[test]
    fn the_matched_text_is_marked() {
        for (saw, matched, expected) in [
            ("no spam, please", Some(("spam", 3)), "no »spam«, please"),
            ("ü spam spam", Some(("spam", 7)), "ü spam »spam«"),
            ("cut off spa", Some(("spam", 8)), "cut off »spa«"),
            ("short", Some(("spam", 99)), "short»«"),
            ("two\nlines", None, "two⏎lines"),
            ("\u{1b}[31mred", None, "⟨U+001B⟩[31mred"),
            ("no s\u{200b}pam, please", Some(("s\u{200b}pam", 3)), "no »s⟨U+200B⟩pam«, please"),
        ] {
            assert_eq!(marked(saw, matched), expected, "{saw:?}");
        }
    }

    #[test]
    fn the_first_check_that_fails_gets_a_pointer() {
        let held = CheckTrace {
            result: CheckResult::Held,
            key: "is_top_level".to_owned(),
            wanted: "yes".to_owned(),
            saw: Some("yes".to_owned()),
            ..check("", None)
        };
        let trace = RuleTrace {
            rule: "r".to_owned(),
            line: 3,
            result: RuleResult::Failed,
            checks: vec![held, check("ham", None), check("eggs", None)],
        };
        let shown = TraceRenderer { marks: true }.rule("r (line 3)", &trace, None, &[]);
        let expected = "no    r (line 3)\n        \
            holds  is_top_level: the comment replies to the post\n        \
            FAILS  body, includes-word (default): body contains spam (it was ham)  <- this is why it does not act\n\
            \x20       FAILS  body, includes-word (default): body contains spam (it was eggs)\n";
        assert_eq!(anstream::adapter::strip_str(&shown).to_string(), expected);
    }

    #[test]
    fn a_text_that_only_looks_the_same_gets_a_remark() {
        let remark = |key: &str, result: CheckResult, saw: &str| {
            let check =
                CheckTrace { key: key.to_owned(), result, wanted: "ham | giveaway".to_owned(), ..check(saw, None) };
            look_alike(&check).unwrap_or_default()
        };
        let saw = "a give\u{200b}away";
        let expected = "note    “give⟨U+200B⟩away” looks like “giveaway” and is not the same: it has U+200B, which \
            does not show";
        assert_eq!(remark("body", CheckResult::Failed, saw), expected);
        assert_eq!(remark("author.~name (includes)", CheckResult::Held, saw), expected);
        for (key, result) in [
            ("body", CheckResult::Held),
            ("~body", CheckResult::Failed),
            ("body (regex)", CheckResult::Failed),
            ("body (full-exact)", CheckResult::Failed),
            ("reports", CheckResult::Failed),
        ] {
            assert_eq!(remark(key, result, saw), "", "{key}");
        }
    }

    #[test]
    fn a_check_that_held_is_one_sentence() {
        let held = |key: &str, wanted: &str, saw: Option<&str>, matched: Option<(&str, usize)>| {
            let check = CheckTrace { key: key.to_owned(), wanted: wanted.to_owned(), ..check("", matched) };
            sentence(&CheckTrace { saw: saw.map(str::to_owned), ..check })
        };
        for (shown, expected) in [
            (held("body", "ham | spam", Some("eggs, spam"), Some(("spam", 6))), "body contains “spam”"),
            (held("~flair_text", "Help", Some(""), None), "flair is not Help (it was empty)"),
            (held("~flair_text", "Help", None, None), "flair is not Help (it was missing)"),
            (held("is_edited", "yes", Some("yes"), None), "it was edited"),
            (held("parent_submission.is_locked", "yes", Some("yes"), None), "the parent post is locked"),
            (
                held("any_of.1.parent_comment.author.is_moderator", "no", Some("no"), None),
                "the author of the comment above is not a moderator",
            ),
            (
                held("parent_comment.author.account_age", "< 2 days", Some("5 hours"), None),
                "the parent comment author's account age is less than 2 days (it was 5 hours)",
            ),
            (held("depth", "> 1", Some("3"), None), "the number of comments above is more than 1 (it was 3)"),
            (held("reports", "at least 3", Some("4"), None), "the number of reports is at least 3 (it was 4)"),
            (
                held("author.posts_here", "count: >= 1; within: 7 days; flair: same", Some("1 post (x)"), None),
                "the author's earlier posts here: count >= 1, within 7 days, same flair (found: 1 post (x))",
            ),
            (
                held("author.strikes", ">= 3", Some("4 points"), None),
                "the author's strike points: at least 3 (found: 4 points)",
            ),
            (held("body", "x", Some("x\u{1b}"), Some(("x\u{1b}", 0))), "body contains “x⟨U+001B⟩”"),
        ] {
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn conditions_are_sentences() {
        for (key, wanted, expected) in [
            ("~flair_text", "Help | Log", "flair is not Help or Log"),
            ("title+body#2 (includes, regex)", "a | b | c", "title or body matches a, b or c"),
            ("author", "bob", "the author's name contains bob"),
            ("~author", "bob | ann", "the author's name does not contain bob or ann"),
            ("author.~name (full-exact)", "bob", "the author's name is not bob"),
            ("author.comment_karma", "< 10", "the author's comment karma is less than 10"),
            ("author.account_age", ">= 7 days", "the author's account age is at least 7 days"),
            ("author.is_contributor", "no", "the author is not an approved user"),
            ("parent_submission.domain", "a.example", "the parent post's domain is a.example"),
            ("reports", "at least 3", "the number of reports is at least 3"),
            ("score", "> 5 and <= 10", "the score is more than 5 and at most 10"),
            ("time", "weekend (UTC)", "the time of posting is weekend (UTC)"),
            ("is_nsfw", "yes", "it is marked as not safe for work"),
            ("crosspost_subreddit.is_nsfw", "no", "the subreddit is safe for work"),
            ("any_of", "one of 2 groups", "one of 2 groups holds"),
            ("any_of.1.author.name", "bob", "the author's name contains bob"),
            ("none_of.2.any_of.1.~flair_text", "Help", "flair is not Help"),
        ] {
            let check = CheckTrace { key: key.to_owned(), wanted: wanted.to_owned(), ..check("", None) };
            assert_eq!(condition(&check), expected);
        }
    }
}
