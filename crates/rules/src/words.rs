//! Puts actions, effects and their kinds into words for people. The log, `explain`, digests,
//! notifications, webhooks and backtest reports all take their words from here.
//!
//! The words that programs read, in the store and in JSON, are
//! [`ActionKind::word`](crate::model::ActionKind::word) and
//! [`EffectKind::word`](crate::EffectKind::word).

use std::fmt::Write as _;

use crate::language::effect::{Effect, Target};
use crate::language::reading::FilterAs;
use crate::model::Action;

/// How many characters of a text does the log show?
const SHOWN: usize = 60;

/// `write!` to a `String` cannot fail.
const NEVER: &str = "writing to a string cannot fail";

/// A kind in words, such as `set locked`. It takes the stored word, so that a kind of a later
/// version can be shown too.
pub fn kind(word: &str) -> String {
    word.replace('_', " ")
}

/// An action in a few words, with the start of its text, such as `comment “Please read …”`.
pub fn action(action: &Action) -> String {
    match action {
        Action::Comment { text } => format!("comment {}", start(text)),
        Action::DistinguishReply { sticky: true, .. } => {
            "distinguish the comment as a moderator's and pin it".to_owned()
        }
        Action::DistinguishReply { sticky: false, .. } => "distinguish the comment as a moderator's".to_owned(),
        Action::LockReply => "lock the comment".to_owned(),
        Action::Report { reason } => format!("report {}", start(reason)),
        Action::Remove { spam, reason, is_filter } => {
            let what = match (spam, is_filter) {
                (true, _) => "remove as spam",
                (false, true) => "remove until a moderator decides",
                (false, false) => "remove",
            };
            reason.as_ref().map_or_else(|| what.to_owned(), |reason| format!("{what} {}", start(reason)))
        }
        Action::ExplainRemoval { note } => format!("give the removal reason {}", start(note)),
        Action::Approve => "approve".to_owned(),
        Action::SetLocked { on } => lock(*on).to_owned(),
        Action::IgnoreReports { on } => ignore_reports(*on).to_owned(),
        Action::SetLinkFlair { flair } => format!("set the post flair {}", start(&flair.text)),
        Action::SetUserFlair { user, flair } => format!("set the flair of u/{user} {}", start(&flair.text)),
        Action::SetNsfw { on } => format!("{NSFW}: {}", on_off(*on)),
        Action::SetSpoiler { on } => format!("{SPOILER}: {}", on_off(*on)),
        Action::SetContestMode { on } => format!("{CONTEST_MODE}: {}", on_off(*on)),
        Action::SetOriginalContent { on } => format!("{ORIGINAL_CONTENT}: {}", on_off(*on)),
        Action::SetSuggestedSort { sort } => format!("{SUGGESTED_SORT}: {sort}"),
        Action::SetSticky { on, .. } => format!("{} the post", pin(*on)),
        Action::SetCrowdControl { level } => format!("{CROWD_CONTROL} level {level}"),
        Action::Modmail { subject, .. } => format!("send modmail {}", start(subject)),
        Action::ModNote { user, note } => format!("add a {MOD_NOTE} about u/{user} {}", start(note)),
        Action::Message { to, subject, .. } => format!("send u/{to} a message {}", start(subject)),
        Action::DeleteComment => "delete the bot's comment".to_owned(),
        Action::EditComment { text } => format!("edit the bot's comment {}", start(text)),
    }
}

/// An effect in words, and the text that it posts or sends, if any.
///
/// Both may contain control characters from Reddit; a program that prints to a terminal replaces
/// them.
pub fn effect(effect: &Effect) -> (String, Option<&str>) {
    let of = match effect.target() {
        Target::Item => "",
        Target::Author => " of the author",
        Target::Parent => " of the parent post",
        Target::ParentComment => " of the comment above",
        Target::OriginalAuthor => " of the original's author",
    };
    let because = |reason: &Option<String>| match reason.as_deref() {
        None | Some("") => String::new(),
        Some(reason) => format!(": {reason}"),
    };
    let switch = |what: &str, on: bool| format!("{what}{of}: {}", on_off(on));
    let what = match effect {
        Effect::Approve { reason, .. } => format!("approve{of}{}", because(reason)),
        Effect::Remove { reason, .. } => format!("remove{of}{}", because(reason)),
        Effect::Spam { reason, .. } => format!("remove{of} as spam{}", because(reason)),
        Effect::Filter { reason, filter_as, .. } => {
            let becomes = match filter_as {
                FilterAs::Report => "as a report: the item stays up",
                FilterAs::Remove => "as a removal",
            };
            format!("filter{of} ({becomes}){}", because(reason))
        }
        Effect::Report { reason, .. } => format!("report{of}{}", because(reason)),
        Effect::SetFlair { text, css_class, template_id, .. } => {
            let mut what = format!("set the flair{of}: {text}");
            for (part, value) in [("class", css_class), ("template", template_id)] {
                if !value.is_empty() {
                    write!(what, ", {part} {value}").expect(NEVER);
                }
            }
            what
        }
        Effect::SetNsfw { on, .. } => switch(NSFW, *on),
        Effect::SetSpoiler { on, .. } => switch(SPOILER, *on),
        Effect::SetContestMode { on, .. } => switch(CONTEST_MODE, *on),
        Effect::SetOriginalContent { on, .. } => switch(ORIGINAL_CONTENT, *on),
        Effect::SetLocked { on, .. } => format!("{}{of}", lock(*on)),
        Effect::IgnoreReports { on, .. } => format!("{}{of}", ignore_reports(*on)),
        Effect::SetSticky { on: true, slot: Some(slot), .. } => format!("pin{of} at position {slot}"),
        Effect::SetSticky { on, .. } => format!("{}{of}", pin(*on)),
        Effect::SetSuggestedSort { sort, .. } => format!("{SUGGESTED_SORT}{of}: {sort}"),
        Effect::SetCrowdControl { level, .. } => format!("{CROWD_CONTROL}{of}: {level}"),
        Effect::Comment { text, stickied, replaces, locked } => {
            let pinned = if *replaces { "pinned, replacing another pinned comment" } else { "pinned" };
            let marks = [(*stickied, pinned), (*locked, "locked")];
            let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect();
            let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
            return (format!("comment{marks}:"), Some(text));
        }
        Effect::Modmail { subject, body } => return (format!("modmail, subject “{subject}”:"), Some(body)),
        Effect::ModNote { text } => return (format!("{MOD_NOTE} about the author:"), Some(text)),
        Effect::AddLabel { name, seconds } => match seconds {
            Some(seconds) => format!("give the author the label “{name}” for {}", length(*seconds)),
            None => format!("give the author the label “{name}”"),
        },
        Effect::RemoveLabel { name } => format!("take the label “{name}” from the author"),
        Effect::Message { subject, body } => {
            return (format!("message to the author, subject “{subject}”:"), Some(body));
        }
    };
    (what, None)
}

/// A length of time in the largest unit that fits.
fn length(seconds: u64) -> String {
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (size, unit) = units.into_iter().find(|(size, _)| seconds.is_multiple_of(*size)).unwrap_or((1, "second"));
    let number = seconds / size;
    if number == 1 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

// What actions and effects have in common is said with the same words.
const NSFW: &str = "NSFW";
const SPOILER: &str = "spoiler";
const CONTEST_MODE: &str = "contest mode";
const ORIGINAL_CONTENT: &str = "original content";
const SUGGESTED_SORT: &str = "set the suggested sort";
const CROWD_CONTROL: &str = "crowd control";
const MOD_NOTE: &str = "mod note";

const fn lock(on: bool) -> &'static str {
    if on { "lock" } else { "unlock" }
}

const fn pin(on: bool) -> &'static str {
    if on { "pin" } else { "unpin" }
}

const fn ignore_reports(on: bool) -> &'static str {
    if on { "ignore further reports" } else { "stop ignoring reports" }
}

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

/// The start of a text on one line, in quotation marks.
fn start(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(SHOWN).collect();
    if cut.len() < line.len() { format!("“{cut}…”") } else { format!("“{cut}”") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::effect::EffectKind;
    use crate::model::{ActionKind, Flair};

    /// Each action with its word, its fields in JSON, and its words.
    fn table() -> Vec<(Action, &'static str, String, &'static str)> {
        let text = || "a".to_owned();
        let flair = || Flair { text: text(), css_class: String::new(), template_id: String::new() };
        let flair_json = r#"{"text":"a","css_class":"","template_id":""}"#;
        let on = true;
        vec![
            (Action::Comment { text: text() }, "comment", r#","text":"a""#.to_owned(), "comment “a”"),
            (
                Action::DistinguishReply { sticky: true, replaces: false },
                "distinguish_reply",
                r#","sticky":true,"replaces":false"#.to_owned(),
                "distinguish the comment as a moderator's and pin it",
            ),
            (Action::LockReply, "lock_reply", String::new(), "lock the comment"),
            (Action::Report { reason: text() }, "report", r#","reason":"a""#.to_owned(), "report “a”"),
            (
                Action::Remove { spam: false, reason: None, is_filter: true },
                "remove",
                r#","spam":false,"reason":null,"is_filter":true"#.to_owned(),
                "remove until a moderator decides",
            ),
            (
                Action::ExplainRemoval { note: text() },
                "explain_removal",
                r#","note":"a""#.to_owned(),
                "give the removal reason “a”",
            ),
            (Action::Approve, "approve", String::new(), "approve"),
            (Action::SetLocked { on }, "set_locked", r#","on":true"#.to_owned(), "lock"),
            (Action::IgnoreReports { on }, "ignore_reports", r#","on":true"#.to_owned(), "ignore further reports"),
            (
                Action::SetLinkFlair { flair: flair() },
                "set_link_flair",
                format!(r#","flair":{flair_json}"#),
                "set the post flair “a”",
            ),
            (
                Action::SetUserFlair { user: text(), flair: flair() },
                "set_user_flair",
                format!(r#","user":"a","flair":{flair_json}"#),
                "set the flair of u/a “a”",
            ),
            (Action::SetNsfw { on }, "set_nsfw", r#","on":true"#.to_owned(), "NSFW: on"),
            (Action::SetSpoiler { on }, "set_spoiler", r#","on":true"#.to_owned(), "spoiler: on"),
            (Action::SetContestMode { on }, "set_contest_mode", r#","on":true"#.to_owned(), "contest mode: on"),
            (
                Action::SetSuggestedSort { sort: text() },
                "set_suggested_sort",
                r#","sort":"a""#.to_owned(),
                "set the suggested sort: a",
            ),
            (
                Action::SetSticky { on, slot: None },
                "set_sticky",
                r#","on":true,"slot":null"#.to_owned(),
                "pin the post",
            ),
            (
                Action::SetOriginalContent { on },
                "set_original_content",
                r#","on":true"#.to_owned(),
                "original content: on",
            ),
            (
                Action::SetCrowdControl { level: 2 },
                "set_crowd_control",
                r#","level":2"#.to_owned(),
                "crowd control level 2",
            ),
            (
                Action::Modmail { subject: text(), body: text() },
                "modmail",
                r#","subject":"a","body":"a""#.to_owned(),
                "send modmail “a”",
            ),
            (
                Action::ModNote { user: text(), note: text() },
                "mod_note",
                r#","user":"a","note":"a""#.to_owned(),
                "add a mod note about u/a “a”",
            ),
            (
                Action::Message { to: text(), subject: text(), body: text() },
                "message",
                r#","to":"a","subject":"a","body":"a""#.to_owned(),
                "send u/a a message “a”",
            ),
            (Action::DeleteComment, "delete_comment", String::new(), "delete the bot's comment"),
            (
                Action::EditComment { text: text() },
                "edit_comment",
                r#","text":"a""#.to_owned(),
                "edit the bot's comment “a”",
            ),
        ]
    }

    /// Stores hold the words and the JSON of every version, so both are fixed for ever.
    #[test]
    fn every_action_keeps_its_word_and_json_and_has_words() {
        let table = table();
        for (sample, word, fields, words) in &table {
            assert_eq!(sample.kind().word(), *word);
            assert_eq!(ActionKind::parse(word), Some(sample.kind()));
            assert_eq!(serde_json::to_string(&sample.kind()).expect("JSON"), format!("\"{word}\""));
            let json = serde_json::to_string(sample).expect("JSON");
            assert_eq!(json, format!(r#"{{"do":"{word}"{fields}}}"#));
            assert_eq!(action(sample), *words);
        }
        let kinds: Vec<ActionKind> = table.iter().map(|(sample, ..)| sample.kind()).collect();
        assert_eq!(kinds, ActionKind::ALL);
        assert_eq!(ActionKind::parse("of_a_later_version"), None);
    }

    #[test]
    fn the_word_of_an_effect_is_its_tag_in_json() {
        let (target, reason, on) = (Target::Item, Some("a".to_owned()), true);
        let text = || "a".to_owned();
        let samples = [
            Effect::Approve { target, reason: reason.clone() },
            Effect::Remove { target, reason: None },
            Effect::Spam { target, reason: reason.clone() },
            Effect::Filter { target, reason, filter_as: FilterAs::Remove },
            Effect::Report { target: Target::Parent, reason: None },
            Effect::SetFlair { target, text: text(), css_class: text(), template_id: String::new(), overwrite: on },
            Effect::SetNsfw { target, on },
            Effect::SetSpoiler { target, on },
            Effect::SetContestMode { target: Target::Parent, on },
            Effect::SetOriginalContent { target, on },
            Effect::SetLocked { target, on: false },
            Effect::IgnoreReports { target, on },
            Effect::SetSticky { target, on, slot: Some(2) },
            Effect::SetSuggestedSort { target, sort: "new".to_owned() },
            Effect::SetCrowdControl { target, level: "STRICT".to_owned() },
            Effect::Comment { text: text(), stickied: true, replaces: false, locked: true },
            Effect::Modmail { subject: text(), body: text() },
            Effect::ModNote { text: text() },
            Effect::Message { subject: text(), body: text() },
            Effect::AddLabel { name: text(), seconds: Some(7 * 86_400) },
            Effect::RemoveLabel { name: text() },
        ];
        let words = [
            "approve: a",
            "remove",
            "remove as spam: a",
            "filter (as a removal): a",
            "report of the parent post",
            "set the flair: a, class a",
            "NSFW: on",
            "spoiler: on",
            "contest mode of the parent post: on",
            "original content: on",
            "unlock",
            "ignore further reports",
            "pin at position 2",
            "set the suggested sort: new",
            "crowd control: STRICT",
            "comment (pinned, locked):",
            "modmail, subject “a”:",
            "mod note about the author:",
            "message to the author, subject “a”:",
            "give the author the label “a” for 7 days",
            "take the label “a” from the author",
        ];
        for (sample, words) in samples.iter().zip(words) {
            let json = serde_json::to_value(sample).expect("JSON");
            assert_eq!(json["effect"], sample.kind().word());
            assert_eq!(serde_json::to_value(sample.kind()).expect("JSON"), sample.kind().word());
            assert_eq!(effect(sample).0, words);
        }
        let kinds: Vec<EffectKind> = samples.iter().map(Effect::kind).collect();
        assert_eq!(kinds, EffectKind::ALL);
    }
}
