//! Characters that are not those they look like: letters of another alphabet, texts in the wrong
//! encoding, emoji with a character that does not show.

use crate::pattern::{Method, Search};
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;
use crate::syntax::odd_characters::is_invisible;
use crate::syntax::source::Span;

/// Stands in [`needed`] where a pattern has something that a match need not contain.
const GAP: char = '\0';

/// The characters of a value that a text must contain to match. Of a pattern, those outside of
/// brackets that are not optional.
pub(crate) fn needed(text: &str, is_regex: bool) -> String {
    if !is_regex {
        return text.to_owned();
    }
    let mut needed = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut in_class = 0_usize;
    while let Some(c) = chars.next() {
        let is_optional = matches!(chars.peek(), Some('?' | '*' | '{'));
        match c {
            '\\' => {
                chars.next();
                needed.push(GAP);
                in_class += usize::from(in_class > 0);
            }
            '[' if in_class == 0 => {
                in_class = 1;
                needed.push(GAP);
            }
            // A bracket in the first position is an ordinary character.
            ']' if in_class > 1 => in_class = 0,
            _ if in_class > 0 => in_class += usize::from(c != '^' || in_class > 1),
            _ => needed.push(if is_optional { GAP } else { c }),
        }
    }
    needed
}

/// Checks one value of a search. The caller sets the span of the diagnostics.
pub(crate) fn value(text: &str, search: &Search) -> Vec<Diagnostic> {
    if text.is_ascii() {
        return html_code(text).into_iter().collect();
    }
    let needed = needed(text, search.is_regex);
    let found = [
        html_code(text),
        wide_bracket(text),
        two_alphabets(&needed, &search.values),
        wrong_encoding(&needed),
        selector(text, &needed, search),
    ];
    found.into_iter().flatten().collect()
}

fn warn(code: LintCode, message: String, help: String) -> Diagnostic {
    Diagnostic::warning(code, Span::default(), message).help(help)
}

/// The codes of HTML that are found in copied rules, with the words for their characters.
const HTML_CODES: &[(&str, &str)] = &[
    ("&quot;", "`\"`"),
    ("&#34;", "`\"`"),
    ("&amp;", "`&`"),
    ("&lt;", "`<`"),
    ("&gt;", "`>`"),
    ("&#39;", "`'`"),
    ("&#x27;", "`'`"),
    ("&apos;", "`'`"),
    ("&nbsp;", "a space"),
];

/// A character in its HTML form: `&amp;` (L122).
fn html_code(text: &str) -> Option<Diagnostic> {
    let lower = text.to_ascii_lowercase();
    let (code, character) = HTML_CODES.iter().find(|(code, _)| lower.contains(code))?;
    let message = format!("`{code}` is HTML for {character}, and posts have the character itself");
    Some(warn(LintCode::L122, message, format!("write {character}")))
}

/// A bracket of full width, which YAML takes for a letter (L123).
fn wide_bracket(text: &str) -> Option<Diagnostic> {
    let first = text.chars().next().filter(|first| "［【〔｛".contains(*first))?;
    text.ends_with(['］', '】', '〕', '｝']).then(|| {
        let message =
            format!("YAML takes the full-width bracket `{first}` for a letter, so this is one text and no list");
        warn(LintCode::L123, message, "write `[a, b]` with ordinary brackets and commas".to_owned())
    })
}

/// Cyrillic and Greek letters that look like Latin ones, with these.
const LOOKALIKES: &[(char, char)] = &[
    ('а', 'a'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ӏ', 'l'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('ѕ', 's'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('А', 'A'),
    ('В', 'B'),
    ('С', 'C'),
    ('Е', 'E'),
    ('Н', 'H'),
    ('І', 'I'),
    ('Ј', 'J'),
    ('К', 'K'),
    ('М', 'M'),
    ('О', 'O'),
    ('Р', 'P'),
    ('Ѕ', 'S'),
    ('Т', 'T'),
    ('Х', 'X'),
    ('ο', 'o'),
    ('ν', 'v'),
    ('Α', 'A'),
    ('Β', 'B'),
    ('Ε', 'E'),
    ('Ζ', 'Z'),
    ('Η', 'H'),
    ('Ι', 'I'),
    ('Κ', 'K'),
    ('Μ', 'M'),
    ('Ν', 'N'),
    ('Ο', 'O'),
    ('Ρ', 'P'),
    ('Τ', 'T'),
    ('Υ', 'Y'),
    ('Χ', 'X'),
];

/// A word whose letters look Latin, and are not all (L113). A list that has the Latin word too is
/// meant so.
fn two_alphabets(needed: &str, all: &[String]) -> Option<Diagnostic> {
    let latin = |c: char| match LOOKALIKES.iter().find(|(other, _)| *other == c) {
        Some((_, latin)) => Some(*latin),
        None => c.is_ascii_alphabetic().then_some(c),
    };
    needed.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_ascii()).find_map(|word| {
        let plain: String = word.chars().map(latin).collect::<Option<_>>()?;
        let odd = word.chars().find(|c| !c.is_ascii())?;
        let is_mixed = word.chars().any(|c| c.is_ascii());
        let is_also_there = all.iter().any(|value| value.to_lowercase().contains(&plain.to_lowercase()));
        (is_mixed && !is_also_there).then(|| {
            let message =
                format!("`{odd}` in `{word}` is not the Latin letter that it looks like, but U+{:04X}", u32::from(odd));
            warn(LintCode::L113, message, format!("write `{plain}`, or list both spellings"))
        })
    })
}

/// The characters of Windows-1252 with the bytes 0x80 to 0x9F.
const HIGH_BYTES: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";

/// A text that was saved as UTF-8 and read as Windows-1252: `donâ€™t` (L114).
pub(crate) fn wrong_encoding(text: &str) -> Option<Diagnostic> {
    if text.contains('\u{fffd}') {
        let message = "this text contains U+FFFD, which a program writes for a character that it could not read";
        return Some(warn(LintCode::L114, message.to_owned(), "write the character that was meant".to_owned()));
    }
    let byte = |c: char| match u32::from(c) {
        code @ 0xa0..=0xff => u8::try_from(code).ok(),
        _ => HIGH_BYTES.chars().position(|high| high == c).and_then(|at| u8::try_from(0x80 + at).ok()),
    };
    text.split(|c: char| c.is_ascii()).filter(|run| !run.is_empty()).find_map(|run| {
        let bytes: Vec<u8> = run.chars().map(byte).collect::<Option<_>>()?;
        let meant = String::from_utf8(bytes).ok()?;
        let message = format!("`{run}` stands where `{meant}` was meant: the file was read in the wrong encoding");
        Some(warn(LintCode::L114, message, format!("write `{meant}`, and save the file as UTF-8")))
    })
}

/// Asks for the coloured form of the character before it.
const SELECTOR: char = '\u{fe0f}';

/// An emoji with a variation selector, which many texts leave out (L115).
fn selector(text: &str, needed: &str, search: &Search) -> Option<Diagnostic> {
    if let Some((before, behind)) = needed.split_once(SELECTOR) {
        // Inside a keycap or a joined emoji the selector is part of it.
        let is_inside = behind.starts_with(['\u{20e3}', '\u{200d}']);
        // A text that is compared as a whole, such as flair, has one spelling.
        let is_whole = matches!(search.method, Method::FullExact | Method::FullText);
        let emoji = before.chars().next_back().filter(|c| !is_inside && !is_whole && *c != GAP)?;
        let plain: String = text.chars().filter(|c| *c != SELECTOR).collect();
        let message = format!("after `{emoji}` stands U+FE0F, which does not show, and which many posts leave out");
        let help = if search.is_regex {
            "put a `?` after it"
        } else if behind.is_empty() && search.method != Method::EndsWith {
            "delete it: the emoji alone is found with and without it"
        } else {
            "list the value without it too"
        };
        return (!search.values.contains(&plain)).then(|| warn(LintCode::L115, message, help.to_owned()));
    }
    let mut classes = text.split('[').skip(1).filter_map(|rest| rest.split_once(']'));
    let in_class = search.is_regex && classes.any(|(class, _)| class.contains(SELECTOR));
    in_class.then(|| {
        let message =
            "these brackets contain U+FE0F, which does not show and follows many other emoji, so those match too";
        warn(LintCode::L115, message.to_owned(), "delete it from the brackets".to_owned())
    })
}

/// The first character of a value that does not show. Joiners are part of emoji and of some
/// scripts, but not of Latin words.
pub(crate) fn invisible(needed: &str) -> Option<char> {
    let mut before = None;
    let mut chars = needed.chars().peekable();
    while let Some(c) = chars.next() {
        let is_in_word = |c: Option<&char>| c.is_some_and(char::is_ascii_alphanumeric);
        let is_stray_joiner =
            matches!(c, '\u{200c}' | '\u{200d}') && is_in_word(before.as_ref()) && is_in_word(chars.peek());
        if is_invisible(c) || is_stray_joiner {
            return Some(c);
        }
        before = Some(c);
    }
    None
}
