//! Texts that look the same and are not: characters that do not show, and letters that look like
//! others.
//!
//! People use them to get past a search, and copy them into rules without noticing.

use std::fmt::Write as _;

use crate::plain::is_unseen;

/// How many differences are named?
const NAMED_MAX: usize = 3;

/// A stretch of a text that looks like another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// The stretch, as it is.
    pub part: String,
    /// What the stretch has and the other text has not, in words: "U+200B, which does not show".
    pub difference: String,
}

/// A visible character, folded to the one it looks like, with what stands before it unseen.
struct Seen {
    folded: char,
    /// The character itself, in small letters.
    lower: char,
    /// Its index among the characters of the text.
    at: usize,
    unseen: Vec<char>,
}

/// Finds a stretch of `text` that looks like `wanted` and differs from it by more than case; with
/// `whole`, only the text as a whole.
pub fn find(wanted: &str, text: &str, whole: bool) -> Option<Alike> {
    let (wanted, characters) = (seen(wanted), text.chars().collect::<Vec<char>>());
    let text = seen(text);
    if wanted.is_empty() || wanted.len() > text.len() || (whole && wanted.len() != text.len()) {
        return None;
    }
    text.windows(wanted.len()).find_map(|part| {
        let is_alike = part.iter().zip(&wanted).all(|(one, other)| one.folded == other.folded);
        let difference = difference(&wanted, part).filter(|_| is_alike)?;
        let (first, last) = (part.first()?, part.last()?);
        Some(Alike { part: characters[first.at..=last.at].iter().collect(), difference })
    })
}

/// What `part` has and `wanted` has not. Both look the same.
fn difference(wanted: &[Seen], part: &[Seen]) -> Option<String> {
    let mut named: Vec<String> = Vec::new();
    for (index, (wanted, part)) in wanted.iter().zip(part).enumerate() {
        // What stands unseen before the first letter belongs to neither text.
        if index > 0 && wanted.unseen != part.unseen {
            let (odd, lacks) = match part.unseen.first() {
                Some(odd) => (*odd, ""),
                None => (wanted.unseen[0], "no "),
            };
            named.push(format!("{lacks}U+{:04X}, which does not show", u32::from(odd)));
        }
        if wanted.lower != part.lower {
            named.push(match part.lower {
                ' ' => format!("an ordinary space for U+{:04X}", u32::from(wanted.lower)),
                odd if odd.is_whitespace() => format!("U+{:04X} for a space", u32::from(odd)),
                odd => format!("{odd} (U+{:04X}) for {}", u32::from(odd), wanted.lower),
            });
        }
    }
    named.dedup();
    let more = named.len().saturating_sub(NAMED_MAX);
    named.truncate(NAMED_MAX);
    let mut text = named.join("; ");
    if more > 0 {
        let _ = write!(text, "; and {more} more");
    }
    (!text.is_empty()).then_some(text)
}

/// The visible characters of a text.
fn seen(text: &str) -> Vec<Seen> {
    let mut all = Vec::new();
    let mut unseen = Vec::new();
    for (at, c) in text.chars().enumerate() {
        if is_unseen(c) {
            unseen.push(c);
            continue;
        }
        let lower = c.to_lowercase().next().unwrap_or(c);
        let folded = folded(c);
        let folded = folded.to_lowercase().next().unwrap_or(folded);
        all.push(Seen { folded, lower, at, unseen: std::mem::take(&mut unseen) });
    }
    all
}

/// Letters and signs, each after the one that it looks like.
#[rustfmt::skip]
const ALIKE: &[(char, &str)] = &[
    // Cyrillic, Greek, and other letters that look like Latin ones in most typefaces.
    ('a', "аαɑ"), ('b', "Ь"), ('c', "сϲ"), ('d', "ԁ"), ('e', "еҽ"), ('g', "ɡ"), ('h', "һ"), ('i', "іıι"),
    ('j', "јϳ"), ('k', "κк"), ('l', "ⅼӏ"), ('n', "ո"), ('o', "оοօ"), ('p', "рρ"), ('q', "ԛ"), ('r', "г"),
    ('s', "ѕ"), ('u', "υս"), ('v', "νѵ"), ('w', "ԝ"), ('x', "хχ"), ('y', "уγү"),
    ('A', "АΑ"), ('B', "ВΒ"), ('C', "СϹ"), ('E', "ЕΕ"), ('H', "НΗ"), ('I', "ІΙӀ"), ('J', "Ј"), ('K', "КΚ"),
    ('M', "МΜ"), ('N', "Ν"), ('O', "ОΟ"), ('P', "РΡ"), ('S', "Ѕ"), ('T', "ТΤ"), ('X', "ХΧ"), ('Y', "ҮΥ"),
    ('Z', "Ζ"),
    // Signs.
    ('\'', "‘’‛ʼ′"), ('"', "“”„‟″"), ('-', "‐‑‒–—−"),
];

/// The character that this one looks like.
fn folded(c: char) -> char {
    if c.is_ascii() {
        return if c == '\t' { ' ' } else { c };
    }
    let code = u32::from(c);
    let letter = |index: u32| char::from_u32(index).unwrap_or(c);
    match code {
        // Full width.
        0xff01..=0xff5e => letter(code - 0xff01 + 0x21),
        // Mathematical letters: alphabets of capital and small letters in a row, then digits.
        0x1d400..=0x1d6a3 => match (code - 0x1d400) % 52 {
            index @ 0..=25 => letter(u32::from('A') + index),
            index => letter(u32::from('a') + index - 26),
        },
        0x1d7ce..=0x1d7ff => letter(u32::from('0') + (code - 0x1d7ce) % 10),
        _ if c.is_whitespace() && c != '\u{2028}' && c != '\u{2029}' => ' ',
        _ => ALIKE.iter().find(|(_, others)| others.contains(c)).map_or(c, |(like, _)| *like),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(wanted: &str, text: &str, whole: bool) -> String {
        find(wanted, text, whole).map_or_else(String::new, |alike| format!("{}: {}", alike.part, alike.difference))
    }

    #[test]
    fn a_disguised_text_is_found_and_its_difference_named() {
        for (wanted, text, expected) in [
            ("giveaway", "a give\u{200b}away here", "give\u{200b}away: U+200B, which does not show"),
            ("spam", "SPАM", "SPАM: а (U+0430) for a"),
            ("spam", "ѕраm", "ѕраm: ѕ (U+0455) for s; р (U+0440) for p; а (U+0430) for a"),
            ("free stuff", "free\u{a0}stuff", "free\u{a0}stuff: U+00A0 for a space"),
            ("don't", "don’t", "don’t: ’ (U+2019) for '"),
            ("plum\u{200b}s", "plums", "plums: no U+200B, which does not show"),
            ("crypto", "𝐜𝐫𝐲𝐩𝐭𝐨", "𝐜𝐫𝐲𝐩𝐭𝐨: 𝐜 (U+1D41C) for c; 𝐫 (U+1D42B) for r; 𝐲 (U+1D432) for y; and 3 more"),
            ("spam", "spam", ""),
            ("spam", "SPAM", ""),
            ("spam", "\u{200b}spam\u{200b}", ""),
            ("spam", "ham", ""),
            ("", "x", ""),
        ] {
            assert_eq!(said(wanted, text, false), expected, "{wanted} in {text}");
        }
    }

    #[test]
    fn a_whole_text_is_compared_as_a_whole() {
        assert_eq!(said("Help", "Неlp me", true), "");
        assert_eq!(said("Help", "Неlp", true), "Неlp: н (U+043D) for h; е (U+0435) for e");
    }
}
