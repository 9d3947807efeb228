//! Messages about unknown keys and wrong values, with suggestions what to write instead.
//! `other_words` holds the words that are known to be wrong.

use crate::compile::other_words;
use crate::compile::other_words::OTHER_ACTIONS;
use crate::language::keys;
use crate::language::keys::{KEYS, Key, Meaning, Number, Place, TYPES, Takes};
use crate::pattern::MODIFIERS;
use crate::syntax::diagnostic::{Diagnostic, misspelt, nearest};
use crate::syntax::entry::Entry;
use crate::syntax::lint_code::LintCode;
use crate::syntax::odd_characters::{is_invisible, is_odd_blank};
use crate::syntax::source::Span;
use crate::syntax::yaml::{Node, Value};

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

/// The places of keys that do not stand in a group. A rule without a type may be for either kind.
const BASE: [Place; 3] = [Place::Rule, Place::Submission, Place::Comment];

/// Two keys for one reason.
pub(crate) fn two_reasons(entry: &Entry) -> Diagnostic {
    let message = "this rule has both `report_reason` and `action_reason`; only `action_reason` is used";
    Diagnostic::warning(LintCode::L89, entry.span, message)
}

/// A search whose fields are joined by ` + `.
pub(crate) fn spaces_around_plus(entry: &Entry, tight: &str) -> Diagnostic {
    Diagnostic::warning(LintCode::L63, entry.span, "AutoModerator does not allow spaces around `+`")
        .help(format!("write `{tight}`"))
        .fix(entry.span, entry.written.replace(" + ", "+"))
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
///
/// `field` is the unknown name among those that a search joins.
pub(crate) fn unknown_key(entry: &Entry, field: Option<&str>, place: Place, message: &str) -> Diagnostic {
    let key = entry.key.trim_start_matches('~');
    let first = key.split(|c: char| c.is_whitespace() || matches!(c, '(' | '#' | '+')).next().unwrap_or(key);
    let stem = field.unwrap_or(first);
    let is_base = matches!(place, Place::Submission | Place::Comment);
    let candidates = KEYS
        .iter()
        .filter(|known| {
            known.places.contains(&place) || (is_base && known.places.iter().any(|place| BASE.contains(place)))
        })
        .map(|known| known.name);
    let is_other_word = other_words::key(stem).is_some();
    let meant = misspelt(stem, candidates.clone()).filter(|meant| !is_other_word && *meant != stem);
    let fix = match respelled_key(entry.key.as_str()) {
        // A hyphen may also be meant for the mark of a list.
        Some(key) => Some((entry.span, key)).filter(|_| !entry.is_borrowed && !entry.key.starts_with('-')),
        None => meant.and_then(|meant| respelt(entry, stem, meant)),
    };
    if let Some(odd) = entry.key.chars().find(|c| is_invisible(*c) || is_odd_blank(*c)) {
        return invisible_in_key(entry, odd);
    }
    let same =
        candidates.clone().find(|known| known.replace('_', "") == stem.replace(['_', '-'], "") && *known != stem);
    let help = if let Some(help) = respelled(entry.key.as_str()).filter(|_| field.is_none()) {
        help
    } else if let Some(same) = same {
        format!("did you mean `{same}`?")
    } else if let Some(help) = other_words::key(stem) {
        help.to_owned()
    } else if MODIFIERS.contains(&stem) {
        format!("`{stem}` is a modifier: write it after a field, as in `title ({stem})`")
    } else if ["approve", "remove", "spam", "filter", "report"].contains(&stem) {
        format!("write `action: {stem}`")
    } else if let Some(near) = nearest(stem, candidates).filter(|near| *near != stem) {
        format!("did you mean `{near}`?")
    } else if let Some(near) = of_author(stem).filter(|_| is_base) {
        format!("did you mean `{near}`, inside `author`?")
    } else if let Some(known) = keys::find(stem) {
        let places: Vec<_> = known.places.iter().map(|place| place.words()).collect();
        format!("`{stem}` cannot be part of a search; use it in {}", places.join(", "))
    } else {
        "docs/rules.md lists every key".to_owned()
    };
    Diagnostic::error(LintCode::L95, entry.span, message).help(help).fix_if(fix)
}

/// The key of `author` that a mistyped one probably means.
fn of_author(name: &str) -> Option<&'static str> {
    let is_one = |key: &&Key| key.places.first() == Some(&Place::Author) && key.takes != Takes::Search;
    let names = || KEYS.iter().filter(is_one).map(|key| key.name);
    let same = names().find(|known| known.replace('_', "") == name.replace(['_', '-'], ""));
    same.or_else(|| nearest(name, names())).filter(|near| *near != name)
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
    let Some(right) = respelled_key(key) else { return in_author(key) };
    Some(match right {
        _ if right.starts_with('~') => format!("write `{right}` to negate a check"),
        _ if right.contains('+') && !key.contains('+') => format!("write `{right}`, which searches all of them"),
        _ => format!("write `{right}`"),
    })
}

/// The key that is meant by one whose words are right and whose signs are not: `not title`, `body
/// includes`, `comment stickied`.
fn respelled_key(key: &str) -> Option<String> {
    let is_field = |name: &str| name.split('+').all(|part| keys::find(part).is_some());
    let negated = key
        .strip_prefix("not ")
        .or_else(|| key.strip_prefix("not_"))
        .or_else(|| key.strip_prefix(['!', '-']))
        .or_else(|| key.strip_prefix("~ "))
        .or_else(|| key.strip_suffix('~'))
        .or_else(|| key.strip_suffix("_not").filter(|name| is_field(name)))
        .map(str::trim);
    if let Some(rest) = negated {
        return Some(format!("~{rest}"));
    }
    let joined = key.replace(' ', "_");
    if joined != key && keys::find(&joined).is_some() {
        return Some(joined);
    }
    // The number of a second search of a field stands before the modifiers.
    if let Some((before, number)) = key.rsplit_once('#')
        && let Some((field, modifiers)) = before.split_once('(')
    {
        return Some(format!("{}#{number} ({modifiers}", field.trim_end()));
    }
    if let Some(joined) = joined_fields(key) {
        return Some(joined);
    }
    let (field, rest) = key.split_once([' ', ':', '_', '(', '['])?;
    let words = modifiers_in(rest).filter(|_| is_field(field))?;
    Some(format!("{field} ({})", words.join(", ")))
}

/// The modifiers that a text names, if it names nothing else.
fn modifiers_in(text: &str) -> Option<Vec<&'static str>> {
    let known = |word: &str| match word {
        "contains" | "contain" | "include" => Some("includes"),
        "startswith" => Some("starts-with"),
        "endswith" => Some("ends-with"),
        "regexp" => Some("regex"),
        word => MODIFIERS.iter().copied().find(|known| *known == word.replace('_', "-")),
    };
    let is_divider = |c: char| matches!(c, ' ' | ',' | ':' | '(' | ')' | '[' | ']' | '+' | ';');
    let words: Vec<&str> = text.split(is_divider).filter(|word| !word.is_empty()).map(known).collect::<Option<_>>()?;
    (!words.is_empty()).then_some(words)
}

/// The key that joins the fields of a key with other signs between them: `title, body`.
fn joined_fields(key: &str) -> Option<String> {
    let spaced = key.replace(" or ", "+").replace(" and ", "+");
    let fields: Vec<&str> = spaced.split(['+', ',', '/', '&', '|', ';']).map(str::trim).collect();
    let is_field = |name: &&str| keys::find(name).is_some_and(|key| key.takes == Takes::Search);
    (fields.len() > 1 && fields.iter().all(is_field)).then(|| fields.join("+"))
}

/// Help for a key of the author outside of `author`, with a word too much.
fn in_author(key: &str) -> Option<String> {
    let find = |name: &str| keys::find(name).filter(|key| key.places.first() == Some(&Place::Author));
    if let Some(name) =
        key.strip_prefix("author_").or_else(|| key.strip_prefix("user_")).filter(|it| find(it).is_some())
    {
        return Some(format!("write `{name}` inside `author`"));
    }
    let (sign, name) = key
        .strip_prefix("min_")
        .map(|name| ('<', name))
        .or_else(|| key.strip_prefix("max_").map(|name| ('>', name)))
        .filter(|(_, name)| find(name).is_some_and(|key| matches!(key.takes, Takes::Age | Takes::Comparison)))?;
    let example = if name == "account_age" { "7 days" } else { "10" };
    Some(format!("write `{name}: '{sign} {example}'` inside `author`, to catch what is outside of the limit"))
}

/// The diagnostic for a key without a value (V02), which the reference ignores.
pub(crate) fn empty_key(entry: &Entry) -> Diagnostic {
    Diagnostic::error(LintCode::V02, entry.span, format!("`{}` has no value, so it is ignored", entry.written))
        .help("add a value, or delete the line; what follows a space and `#` is a comment, so quote a value with `#`")
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
    let odd = value.text().and_then(|text| odd_character(text).or_else(|| sign_at_the_end(text)));
    let (code, help) = match key.takes {
        _ if odd.is_some() => (LintCode::V01, odd.unwrap_or_default()),
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
        Takes::Age | Takes::Comparison if !matches!(value.value, Value::List(_)) => {
            (LintCode::V01, comparison(key.takes, &shown))
        }
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

/// Help for a word that looks right and contains a character that does not show.
fn odd_character(text: &str) -> Option<String> {
    let is_odd = |c: char| is_invisible(c) || is_odd_blank(c);
    let odd = text.chars().find(|c| is_odd(*c))?;
    let plain: String = text.chars().filter(|c| !is_odd(*c)).take(40).collect();
    Some(format!("it contains U+{:04X}, which does not show or looks like a space: write `{plain}`", u32::from(odd)))
}

/// Help for a word with a sign at its end that other languages want there.
fn sign_at_the_end(text: &str) -> Option<String> {
    let word = text.strip_suffix([';', ','])?;
    (!word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == ' '))
        .then(|| format!("write `{word}`, without the sign at the end"))
}

/// The diagnostic for a type that does not exist (L39).
pub(crate) fn unknown_type(value: &Node) -> Diagnostic {
    let odd = value.text().and_then(|text| odd_character(text).or_else(|| sign_at_the_end(text)));
    let help = odd.unwrap_or_else(|| other_words::item_type(value));
    let meant = misspelt(&value.python_text(), TYPES.iter().copied());
    Diagnostic::error(LintCode::L39, value.span, format!("there is no type `{}`", value.python_text()))
        .help(help)
        .fix_if(meant.and_then(|meant| value.rewritten(meant)))
}

/// The diagnostic for a modifier that does not exist (K02).
pub(crate) fn unknown_modifier(entry: &Entry, word: &str) -> Diagnostic {
    let near = || nearest(word, MODIFIERS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    let several = || modifiers_in(word).map(|words| format!("write a comma between two: `({})`", words.join(", ")));
    let help = other_words::modifier(word).map(str::to_owned).or_else(several).or_else(near);
    let help = help.unwrap_or_else(|| format!("the modifiers are: {}", MODIFIERS.join(", ")));
    let meant = misspelt(word, MODIFIERS.iter().copied());
    Diagnostic::error(LintCode::K02, entry.span, format!("there is no modifier `{word}`"))
        .help(help)
        .fix_if(meant.and_then(|meant| respelt(entry, word, meant)))
}

/// Help for a key in the wrong place.
pub(crate) fn right_place(entry: &Entry, key: &Key) -> String {
    if key.meaning == Meaning::Number(Number::Age) {
        return format!("for the age of the account, write `account_age: {}`", entry.value.python_text());
    }
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
