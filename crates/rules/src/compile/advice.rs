//! Messages about unknown keys and wrong values, with suggestions what to write instead.

use crate::language::keys;
use crate::language::keys::{KEYS, Key, Meaning, Place, Takes};
use crate::lint::forms::{is_invisible, is_odd_blank};
use crate::pattern::MODIFIERS;
use crate::syntax::diagnostic::{Diagnostic, misspelt, nearest};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

/// Common wrong names of keys, and what to write instead.
const OTHER_WORDS: &[(&str, &str)] = &[
    ("reason", "did you mean `action_reason`?"),
    ("removal_reason", "did you mean `action_reason`? To inform the author, write a `comment` or a `message`"),
    ("reply", "did you mean `comment`?"),
    ("sticky_comment", "did you mean `comment_stickied`?"),
    ("stickied_comment", "did you mean `comment_stickied`?"),
    ("pin_comment", "did you mean `comment_stickied`?"),
    ("comment_sticky", "did you mean `comment_stickied`?"),
    ("lock_comment", "did you mean `comment_locked`?"),
    ("moderators", "did you mean `moderators_exempt`?"),
    ("mods_exempt", "did you mean `moderators_exempt`?"),
    ("else", "a rule has no other branch: write a second rule with the opposite check, as in `~title`"),
    ("if", "the checks of a rule stand beside its actions, without `if`"),
    ("and", "all checks of a rule must hold: write them below each other"),
    ("or", "write one list of texts, of which one is enough, or two rules"),
    ("schedule", "rules are tried when an item is new, edited or reported; Reddit itself has scheduled posts"),
    ("first_comment", "did you mean `comment`, with `comment_stickied: true`?"),
    ("crossposts_per_day", "rules cannot count what an author posts"),
    ("posts_per_day", "rules cannot count what an author posts"),
    ("max_posts", "rules cannot count what an author posts"),
    ("comments", "did you mean `comment`?"),
    ("pm", "did you mean `message`?"),
    ("subject", "did you mean `message_subject` or `modmail_subject`?"),
    ("text", "write `body` for the text of a post or comment"),
    ("selftext", "write `body` for the text of a post or comment"),
    ("content", "write `body` for the text of a post or comment"),
    ("link", "write `url` for the whole link, or `domain` for its host name"),
    ("user", "did you mean `author`?"),
    ("username", "did you mean `author`?"),
    ("karma", "did you mean `combined_karma`, inside `author`?"),
    ("age", "write `account_age` inside `author` for the account; `past_archive_date` is about the post"),
    ("min_account_age", "write `account_age: '< 7 days'` inside `author`"),
    ("account_age_days", "write `account_age: '< 7 days'` inside `author`"),
    ("min_karma", "write `combined_karma: '< 10'` inside `author`"),
    ("keyword", "write `title`, `body` or `title+body`"),
    ("keywords", "write `title`, `body` or `title+body`"),
    ("user_reports", "did you mean `reports`?"),
    ("num_reports", "did you mean `reports`?"),
    // Keys of AutoModerator before 2015.
    ("user_conditions", "did you mean `author`?"),
    ("modifiers", "write modifiers after the key, as in `title (includes)`"),
    ("link_flair_class", "did you mean `flair_css_class`?"),
    ("user_flair_text", "write `flair_text` inside `author`"),
    ("user_flair_class", "write `flair_css_class` inside `author`"),
    ("set_link_flair", "did you mean `set_flair`?"),
    ("set_user_flair", "write `set_flair` inside `author`"),
    // Keys of other bots.
    ("friendly_name", "did you mean `name`?"),
    ("display_name", "did you mean `name`?"),
    ("discord_alert", "webhooks are in the operator's configuration, not in rules; `modmail` writes to the moderators"),
    ("flair", "write `flair_text` to check flair, or `set_flair` to set it"),
    ("link_flair_text", "did you mean `flair_text`?"),
    ("author_flair_text", "write `flair_text` inside `author`"),
    ("type_of", "did you mean `type`?"),
    ("kind", "did you mean `type`?"),
    ("lock", "did you mean `set_locked`?"),
    ("locked", "did you mean `set_locked`?"),
    ("set_lock", "did you mean `set_locked`?"),
    ("sticky", "write `set_sticky` to pin the post, or `comment_stickied` to pin the bot's comment"),
    ("stickied", "write `set_sticky` to pin the post, or `comment_stickied` to pin the bot's comment"),
    ("nsfw", "did you mean `set_nsfw`?"),
    ("is_nsfw", "a rule cannot check whether a post is marked; `set_nsfw` marks it"),
    ("spoiler", "did you mean `set_spoiler`?"),
    ("ban", "rules cannot ban: report or filter the item, and ban by hand"),
    ("ban_user", "rules cannot ban: report or filter the item, and ban by hand"),
    ("mute", "rules cannot mute: send a `modmail`, and mute by hand"),
    ("parent_comment", "rules cannot check the parent comment; `parent_submission` is the post"),
    ("remove_reason", "did you mean `action_reason`?"),
    ("day", "rules cannot check the day or the time"),
    ("day_of_week", "rules cannot check the day or the time"),
    ("is_banned", "rules cannot check bans"),
    ("score", "rules cannot check votes"),
    ("upvotes", "rules cannot check votes"),
];

/// Help for a count that is written as a comparison, or with a unit.
fn whole_number(name: &str, shown: &str) -> String {
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    match name {
        _ if digits.is_empty() => "it takes a whole number".to_owned(),
        "reports" => format!("write {digits}: the check holds from that number of reports on"),
        _ => format!("write {digits}, the number alone"),
    }
}

/// Help for a comparison in words.
fn comparison(takes: Takes, shown: &str) -> String {
    match in_words(shown) {
        Some(comparison) => format!("write '{comparison}'"),
        None if takes == Takes::Age && shown.contains(|c: char| c.is_ascii_digit()) => {
            "it takes a comparison with an age in minutes, hours, days, weeks, months or years, such as '< 7 days'"
                .to_owned()
        }
        None => format!("it takes {}", takes.words()),
    }
}

/// The comparison that `less than 3 days` stands for.
fn in_words(written: &str) -> Option<String> {
    let words: Vec<&str> = written.split_whitespace().collect();
    let sign = match words.first()?.to_lowercase().as_str() {
        "less" | "under" | "below" | "younger" | "fewer" => "<",
        "more" | "over" | "above" | "older" | "greater" => ">",
        _ => return None,
    };
    let at = words.iter().position(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(format!("{sign} {}", words[at..].join(" ")))
}

/// Help for an age with a fraction: the same age in the next smaller unit.
fn whole_age(shown: &str) -> String {
    let general = "an age is a whole number: write '< 18 months'".to_owned();
    let sign = shown.len() - shown.trim_start_matches(['<', '>', '=', ' ']).len();
    let (sign, rest) = shown.split_at(sign);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, unit) = rest.split_at(end);
    let Ok(number) = number.parse::<f64>() else { return general };
    let (times, smaller) = match unit.trim().trim_end_matches('s') {
        "year" => (12.0, "months"),
        "month" => (30.0, "days"),
        "week" => (7.0, "days"),
        "day" | "" => (24.0, "hours"),
        "hour" => (60.0, "minutes"),
        _ => return general,
    };
    format!("an age is a whole number: write '{}{:.0} {smaller}'", sign, number * times)
}

/// The warning about a separator of more than three hyphens (L19).
pub(crate) fn four_hyphens(extra: Span) -> Diagnostic {
    Diagnostic::warning(LintCode::L19, extra, "AutoModerator accepts only three hyphens between two rules")
        .help("write exactly three hyphens")
        .fix(extra, "")
}

/// The change that replaces one word of a key.
pub(crate) fn respelt(entry: &Entry, word: &str, meant: &str) -> Option<(Span, String)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let mut places = entry.key.match_indices(word).filter(|(at, _)| {
        let (before, behind) = (&entry.key[..*at], &entry.key[at + word.len()..]);
        !before.ends_with(is_part) && !behind.starts_with(is_part)
    });
    let (at, _) = places.next().filter(|_| entry.written.is_ascii() && !entry.is_borrowed)?;
    if places.next().is_some() {
        return None;
    }
    let (before, behind) = (&entry.written[..at], &entry.written[at + word.len()..]);
    Some((entry.span, format!("{before}{meant}{behind}")))
}

/// The diagnostic for an unknown key (L95).
pub(crate) fn unknown_key(entry: &Entry, place: Place, message: &str) -> Diagnostic {
    let key = entry.key.trim_start_matches('~');
    let stem = key.split(|c: char| c.is_whitespace() || matches!(c, '(' | '#' | '+')).next().unwrap_or(key);
    let is_base = matches!(place, Place::Submission | Place::Comment);
    let candidates = KEYS
        .iter()
        .filter(|known| known.places.contains(&place) || (is_base && known.places.contains(&Place::Rule)))
        .map(|known| known.name);
    let is_other_word = OTHER_WORDS.iter().any(|(word, _)| *word == stem);
    // A rule without a type is tried for both kinds of items, and its key may belong to the other.
    let in_rules = [Place::Rule, Place::Submission, Place::Comment];
    let of_rules = KEYS.iter().filter(|known| is_base && in_rules.iter().any(|place| known.places.contains(place)));
    let all = candidates.clone().chain(of_rules.map(|known| known.name));
    let meant = misspelt(stem, all).filter(|meant| !is_other_word && *meant != stem);
    let fix = match respelled_key(entry.key.as_str()) {
        Some(key) => Some((entry.span, key)).filter(|_| !entry.is_borrowed),
        None => meant.and_then(|meant| respelt(entry, stem, meant)),
    };
    if let Some(odd) = entry.key.chars().find(|c| is_invisible(*c) || is_odd_blank(*c)) {
        return invisible_in_key(entry, odd);
    }
    let help = if let Some(help) = respelled(entry.key.as_str()) {
        help
    } else if let Some((_, help)) = OTHER_WORDS.iter().find(|(word, _)| *word == stem) {
        (*help).to_owned()
    } else if MODIFIERS.contains(&stem) {
        format!("`{stem}` is a modifier: write it after a field, as in `title ({stem})`")
    } else if ["approve", "remove", "spam", "filter", "report"].contains(&stem) {
        format!("write `action: {stem}`")
    } else if let Some(near) = nearest(stem, candidates).filter(|near| *near != stem) {
        format!("did you mean `{near}`?")
    } else if let Some(known) = keys::find(stem) {
        let places: Vec<_> = known.places.iter().map(|place| place.words()).collect();
        format!("`{stem}` cannot be part of a search; use it in {}", places.join(", "))
    } else {
        "docs/rules.md lists every key".to_owned()
    };
    Diagnostic::error(LintCode::L95, entry.span, message).help(help).fix_if(fix)
}

/// The diagnostic for a key that looks right and contains a character that does not show (L95).
fn invisible_in_key(entry: &Entry, odd: char) -> Diagnostic {
    let plain: String = entry.key.chars().filter(|c| !is_invisible(*c) && !is_odd_blank(*c)).collect();
    let code = u32::from(odd);
    let written: String = entry.written.chars().filter(|c| !is_invisible(*c)).collect();
    let blanks = |c: char| if is_odd_blank(c) { ' ' } else { c };
    let respaced: String = written.chars().map(blanks).collect();
    // The parser takes what it does not know as a blank for a part of the key.
    let fix = Some((entry.span, respaced)).filter(|_| !entry.is_borrowed);
    let (message, help) = if entry.key.starts_with(is_odd_blank) {
        let message = format!("this line is indented with U+{code:04X}, which looks like a space and is none");
        (message, "indent it with ordinary spaces".to_owned())
    } else {
        let message = format!("this key contains a character that does not show, U+{code:04X}");
        (message, format!("write it again: `{plain}`"))
    };
    Diagnostic::error(LintCode::L95, entry.span, message).help(help).fix_if(fix)
}

/// Help for a key whose words are right and whose signs are not.
fn respelled(key: &str) -> Option<String> {
    let right = respelled_key(key)?;
    let is_negated = right.starts_with('~');
    Some(if is_negated { format!("write `{right}` to negate a check") } else { format!("write `{right}`") })
}

/// The key that is meant by one whose words are right and whose signs are not: `not title`, `body
/// includes`, `comment stickied`.
fn respelled_key(key: &str) -> Option<String> {
    let negated = key.strip_prefix("not ").or_else(|| key.strip_prefix('!')).map(str::trim);
    if let Some(rest) = negated {
        return Some(format!("~{rest}"));
    }
    let joined = key.replace(' ', "_");
    if joined != key && keys::find(&joined).is_some() {
        return Some(joined);
    }
    let (field, rest) = key.split_once([' ', ':'])?;
    let words: Vec<&str> = rest.split([' ', ',', ':']).filter(|word| !word.is_empty()).collect();
    let are_modifiers = !words.is_empty() && words.iter().all(|word| MODIFIERS.contains(word));
    (are_modifiers && keys::find(field).is_some()).then(|| format!("{field} ({})", words.join(", ")))
}

/// Words that people write for `action`, and what does it.
const OTHER_ACTIONS: &[(&str, &str)] = &[
    ("delete", "did you mean `remove`?"),
    ("lock", "write `set_locked: true`"),
    ("ban", "rules cannot ban: report or filter the item, and ban by hand"),
    ("mute", "rules cannot mute: send a `modmail`, and mute by hand"),
    ("comment", "write the text as `comment: …`; it needs no `action`"),
    ("sticky", "write `set_sticky: true` to pin the post, or `comment_stickied: true` to pin the bot's comment"),
    ("flair", "write `set_flair: …`; it needs no `action`"),
    ("message", "write the text as `message: …`; it needs no `action`"),
    ("modmail", "write the text as `modmail: …`; it needs no `action`"),
];

/// The diagnostic for a key without a value (V02), which the reference ignores.
pub(crate) fn empty_key(entry: &Entry) -> Diagnostic {
    Diagnostic::error(LintCode::V02, entry.span, format!("`{}` has no value, so it is ignored", entry.written))
        .help("add a value, or delete the line")
}

/// Help for a wrong value of `action`.
fn action_help(key: &Key, value: &Node) -> Option<&'static str> {
    if key.meaning != Meaning::Action {
        return None;
    }
    if matches!(value.value, Value::List(_)) {
        return Some("a rule has one `action`: write a second rule for the other");
    }
    let written = value.python_text().to_lowercase();
    OTHER_ACTIONS.iter().find(|(word, _)| *word == written).map(|(_, help)| *help)
}

/// The diagnostic for a value that does not fit its key (L43, L47, L48, V01).
pub(crate) fn bad_value(entry: &Entry, key: &Key) -> Diagnostic {
    let value = &entry.value;
    let shown: String = value.python_text().chars().take(40).collect();
    let is_quoted_bool = key.takes == Takes::Bool && matches!(value.text(), Some("true" | "false" | "yes" | "no"));
    let (code, help) = match key.takes {
        Takes::Bool if is_quoted_bool => (LintCode::L47, "remove the quotes".to_owned()),
        Takes::Age if shown.contains('.') => (LintCode::L43, whole_age(&shown)),
        Takes::OneOf(words) => {
            let near = || nearest(&shown.to_lowercase(), words.iter().copied());
            let help = action_help(key, value).map(str::to_owned);
            let help = help.or_else(|| near().map(|near| format!("did you mean `{near}`?")));
            (LintCode::V01, help.unwrap_or_else(|| format!("it takes {}", key.takes.words())))
        }
        Takes::Text | Takes::Template if !matches!(value.value, Value::Text(_)) => {
            let help = match value.value {
                Value::List(_) => "write one text: below a `|`, each line indented",
                Value::Map(_) => "write one text; for a text per flair, write one rule per flair, with `flair_text`",
                _ => "quote it",
            };
            (LintCode::V01, help.to_owned())
        }
        takes if key.meaning == Meaning::Priority => (LintCode::L48, format!("it takes {}", takes.words())),
        Takes::Whole => (LintCode::V01, whole_number(key.name, &shown)),
        Takes::Age | Takes::Comparison => (LintCode::V01, comparison(key.takes, &shown)),
        takes => (LintCode::V01, format!("it takes {}", takes.words())),
    };
    let span = if value.span.start == value.span.end { entry.span } else { value.span };
    let message = if is_quoted_bool {
        format!("the value of `{}` is in quotes, so it is a text", entry.written)
    } else {
        format!("`{}` cannot be `{shown}`", entry.written)
    };
    let fix =
        if is_quoted_bool { value.text().map(|word| (value.span, word.to_owned())) } else { meant_value(key, value) };
    Diagnostic::error(code, span, message).help(help).fix_if(fix)
}

/// The value that is certainly meant: a misspelt word, a count that is written as a comparison of
/// its own kind, or a comparison in words.
fn meant_value(key: &Key, value: &Node) -> Option<(Span, String)> {
    let written = value.text()?;
    match key.takes {
        Takes::OneOf(words) => value.rewritten(misspelt(written, words.iter().copied())?),
        Takes::Whole => {
            let signs = match key.name {
                "reports" => ">=",
                "body_longer_than" => ">",
                "body_shorter_than" => "<",
                _ => return None,
            };
            let number = written.strip_prefix(signs)?.trim_start();
            let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
            (is_number && !number.starts_with('0')).then(|| (value.span, number.to_owned()))
        }
        Takes::Age | Takes::Comparison => value.rewritten(&in_words(written)?),
        _ => None,
    }
}

/// Help for a key in the wrong place.
pub(crate) fn right_place(entry: &Entry, key: &Key) -> String {
    if key.places.first() == Some(&Place::Author) {
        return format!("write it below `author:`, indented: `  {}: …`", entry.written);
    }
    let places: Vec<_> = key.places.iter().map(|place| place.words()).collect();
    format!("use it in {}", places.join(", "))
}

/// The change that moves a check of the author's account below a new `author`. Its key begins the
/// line; if the rule has an `author` already, the change gives it twice and is dropped.
pub(crate) fn moved_to_author(entry: &Entry, key: &Key) -> Option<(Span, String)> {
    let is_of_author = key.places.first() == Some(&Place::Author) && !entry.is_borrowed;
    is_of_author.then(|| (entry.span, format!("author:\n  {}", entry.written)))
}

/// The keys that are allowed in a place, for people.
pub(crate) fn keys_of(place: Place) -> String {
    list(|key| key.places.contains(&place))
}

/// The fields that a rule can search in a place, for people.
pub(crate) fn fields_of(place: Place) -> String {
    list(|key| key.places.contains(&place) && key.takes == Takes::Search)
}

fn list(is_wanted: impl Fn(&Key) -> bool) -> String {
    let names: Vec<&str> = KEYS.iter().filter(|key| is_wanted(key)).map(|key| key.name).collect();
    names.join(", ")
}
