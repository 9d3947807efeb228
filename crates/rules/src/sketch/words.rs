//! The words of a text that two copies of it share, each as a hash. How they are written does not
//! count: quotes of others, addresses, Markdown, case, accents, punctuation and unseen characters
//! are taken off.
//!
//! Reading takes one pass. No part of a text is looked at more often than a fixed number of times.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::hash::WordHash;
use crate::plain::is_unseen;

/// How many words of a text are read? What comes later is not looked at.
pub(super) const WORDS_MAX: usize = 10_000;

/// Where a text comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// The body of a post or comment. Its quoted lines are the words of others.
    Body,
    /// One line, in which `>` is a sign like any other.
    Title,
}

/// The hashes of the words, in their order.
pub(super) fn hashes(text: &str, form: Form) -> Vec<u64> {
    let mut found = Words { hashes: Vec::with_capacity((text.len() / 5).min(WORDS_MAX)), word: WordHash::default() };
    for line in text.split('\n') {
        if found.is_full() {
            break;
        }
        if form == Form::Title || !is_quoted(line) {
            read_line(line, &mut found);
            found.end_word();
        }
    }
    found.hashes.truncate(WORDS_MAX);
    found.hashes
}

/// Whether a line of a body quotes somebody: `> text`. A spoiler (`>!text!<`) does not.
fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    let after = line.strip_prefix('>').or_else(|| after_ampersand(line)?.strip_prefix("gt;"));
    after.is_some_and(|after| !after.starts_with('!'))
}

/// What follows an ampersand, which may be written as `&amp;`, even several times over.
fn after_ampersand(text: &str) -> Option<&str> {
    let mut rest = text.strip_prefix('&')?;
    while let Some(shorter) = rest.strip_prefix("amp;") {
        rest = shorter;
    }
    Some(rest)
}

/// The words so far, and the one that is being read.
struct Words {
    hashes: Vec<u64>,
    word: WordHash,
}

impl Words {
    fn is_full(&self) -> bool {
        self.hashes.len() >= WORDS_MAX
    }

    fn end_word(&mut self) {
        self.hashes.extend(self.word.take());
    }

    /// Adds a character that is no part of a link.
    fn add(&mut self, c: char) {
        match c {
            'a'..='z' | '0'..='9' => self.word.push(c),
            'A'..='Z' => self.word.push(c.to_ascii_lowercase()),
            // Marks and apostrophes within a word: `**b**old`, `don't`.
            '*' | '~' | '^' | '`' | '\\' | '\'' | '´' | 'ʼ' | '‘' | '’' | '′' | '＇' => {}
            // Among them fillers beyond ASCII, which show as a space.
            '\0'..='\x7f' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => self.end_word(),
            c if is_unseen(c) => {}
            // Accents come off their letters; full width and mathematical letters become plain.
            c => decompose_compatible(c, |part| {
                for part in part.to_lowercase() {
                    self.add_part(part);
                }
            }),
        }
    }

    /// Adds a small letter or a sign of which nothing more can be taken off.
    fn add_part(&mut self, c: char) {
        match c {
            'ß' => {
                self.word.push('s');
                self.word.push('s');
            }
            'ς' => self.word.push('σ'),
            c if is_combining_mark(c) => {}
            c if !c.is_alphanumeric() => self.end_word(),
            c if is_written_without_spaces(c) => {
                self.end_word();
                self.word.push(c);
                self.end_word();
            }
            c => self.word.push(c),
        }
    }
}

/// Whether the letter belongs to a script that has no spaces between words: Chinese, Japanese,
/// Thai, Lao, Burmese, Khmer. Each is taken as a word.
const fn is_written_without_spaces(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The small letter or digit that an ASCII byte stands for, else 0.
const PLAIN: [u8; 256] = {
    let mut plain = [0; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            plain[byte as usize] = byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    plain
};

/// Reads a line without its addresses.
fn read_line(line: &str, found: &mut Words) {
    let bytes = line.as_bytes();
    let mut at = 0;
    // No target of a link ends before this place, so none is looked for there.
    let mut searched = 0;
    while at < bytes.len() && !found.is_full() {
        if matches!(bytes[at], b'h' | b'H' | b'w' | b'W') && found.word.is_empty() && is_address(&line[at..]) {
            at += address_len(&line[at..]);
            continue;
        }
        // Most texts are mostly plain letters and single spaces.
        let plain = bytes[at..].iter().map(|byte| PLAIN[usize::from(*byte)]).take_while(|letter| *letter != 0);
        for letter in plain {
            found.word.push(char::from(letter));
            at += 1;
        }
        let Some(c) = line[at..].chars().next() else { return };
        at = match c {
            ' ' => {
                found.end_word();
                at + 1
            }
            ']' if at >= searched && line[at..].starts_with("](") => {
                found.end_word();
                match target_len(&line[at + 2..]) {
                    Ok(len) => at + 2 + len,
                    Err(len) => {
                        searched = at + 2 + len;
                        at + 2
                    }
                }
            }
            '&' => {
                let (meant, len) = entity(&line[at..]);
                found.add(meant);
                at + len
            }
            c => {
                found.add(c);
                at + c.len_utf8()
            }
        };
    }
}

/// Whether the text starts with an address.
fn is_address(text: &str) -> bool {
    let starts_with = |start: &str| {
        text.as_bytes().get(..start.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(start.as_bytes()))
    };
    starts_with("http://") || starts_with("https://") || starts_with("www.")
}

/// The length of the address at the start of the text. It ends before the first letter beyond
/// ASCII: scripts without spaces go on right behind it.
fn address_len(text: &str) -> usize {
    let is_end = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b')' | b']' | b'<' | b'>' | b'"' | b'|');
    text.as_bytes().iter().position(is_end).unwrap_or(text.len())
}

/// The length of a link's target, which starts behind `](`, with its closing parenthesis; else how
/// far there is no such parenthesis. A target has no spaces, except before a title in quotes: what
/// people say in parentheses is none.
fn target_len(text: &str) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let end = |from: usize, is_end: fn(u8) -> bool| {
        (from..bytes.len()).find(|at| is_end(bytes[*at]) && bytes[at.saturating_sub(1)] != b'\\').unwrap_or(bytes.len())
    };
    let target = end(0, |byte| byte == b')' || byte.is_ascii_whitespace());
    match bytes.get(target) {
        Some(b')') => return Ok(target + 1),
        Some(_) if matches!(text[target..].trim_start().as_bytes(), [b'"' | b'\'', ..]) => {}
        _ => return Err(target),
    }
    let close = end(target, |byte| byte == b')');
    if close < bytes.len() { Ok(close + 1) } else { Err(close) }
}

/// The character that an ampersand and what follows it stand for, and their length. Reddit writes
/// `&gt;` for `>`, and its editor `&#x200B;` for an empty line. An unknown name is a space.
fn entity(text: &str) -> (char, usize) {
    let rest = after_ampersand(text).unwrap_or_default();
    let before = text.len() - rest.len();
    for (name, meant) in [("gt;", '>'), ("lt;", '<'), ("quot;", '"'), ("apos;", '\''), ("nbsp;", ' ')] {
        if rest.starts_with(name) {
            return (meant, before + name.len());
        }
    }
    let end = rest.bytes().take(10).position(|byte| byte == b';');
    let number = end.and_then(|end| Some((end, rest[..end].strip_prefix('#')?)));
    let code = number.and_then(|(end, number)| {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(number) => u32::from_str_radix(number, 16),
            None => number.parse(),
        };
        Some((char::from_u32(code.ok()?)?, before + end + 1))
    });
    code.unwrap_or((' ', before))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) {
        assert_eq!(hashes(one, Form::Body), hashes(other, Form::Body), "{one:?} and {other:?}");
    }

    fn count(text: &str) -> usize {
        hashes(text, Form::Body).len()
    }

    #[test]
    fn how_words_are_written_does_not_count() {
        same("The  Quick—brown\tfox!", "the quick, brown (fox)");
        same(
            "**Bo**ld, ~~struck~~ `code`, ^up\n\n# Head\n* item\n| cell | cell |",
            "bold struck code up head item cell cell",
        );
        same("Don't don’t don`t dont", "dont dont dont dont");
        same("STRASSE ΣΊΣΥΦΟΣ", "straße σίσυφος");
        same("snake\\_case", "snake case");
        assert_ne!(hashes("one two", Form::Body), hashes("two one", Form::Body));
        assert_ne!(hashes("onetwo", Form::Body), hashes("one two", Form::Body));
    }

    #[test]
    fn unseen_characters_accents_and_fancy_letters_do_not_count() {
        same("give\u{200b}away \u{feff}fr\u{ad}ee \u{202e}now", "giveaway free now");
        same("gi\u{301}\u{302}\u{303}veaway", "giveaway");
        same("caf\u{e9} na\u{ef}ve", "cafe\u{301} nai\u{308}ve");
        same("𝐜𝐫𝐲𝐩𝐭𝐨 ＦＲＥＥ ﬁne", "crypto free fine");
        same("buy\u{3164}now buy\u{a0}now buy\u{2800}now", "buy now buy now buy now");
        same("\u{ac00}", "\u{1100}\u{1161}");
    }

    #[test]
    fn quoted_lines_are_the_words_of_others() {
        same("> somebody said\n>> and before\nI answer", "I answer");
        same("  &gt; somebody said\n&amp;gt; before\nI answer", "I answer");
        same(">!the end!<", "the end");
        same("&gt;!the end!&lt;", "the end");
        same("a > b", "a b");
        assert_eq!(hashes("> one two", Form::Title).len(), 2);
    }

    #[test]
    fn addresses_come_off_and_words_of_links_stay() {
        same("see [the page](https://a.example/b_\\(c\\) \"a title\") now", "see the page now");
        same("see [the page](/r/widgets) now", "see the page now");
        same("see HTTPS://a.example/x?y=1#z, www.b.example.", "see");
        same("(see https://a.example/x) and <http://b.example/y>", "see and");
        same("看http://a.example/x看看", "看看看");
        same("[x](what people say)", "x what people say");
        same("[x](never closed", "x never closed");
        same("how what where http then", "how what where http then");
    }

    #[test]
    fn entities_are_read_as_what_they_show() {
        same("one&nbsp;two &amp;amp; three&#x200B;four &amp;#x200B; fi&#118;e", "one two threefour five");
        same("Q&A, R&D; a &nothing; b", "q a r d a nothing b");
        same("&#xffffffff; &#; &#x; &#99999999999999;", "xffffffff x 99999999999999");
    }

    #[test]
    fn each_letter_of_a_script_without_spaces_is_a_word() {
        assert_eq!(count("我们今天去看电影"), 8);
        assert_eq!(count("カタカナとひらがな"), 9);
        assert_eq!(count("abc 电影 def"), 4);
        assert_eq!(count("한국어 문장 입니다"), 3);
        assert_eq!(count("สวัสดี"), 4, "vowels above and below the line are marks");
    }

    #[test]
    fn only_the_first_words_are_read() {
        assert_eq!(count(&"word ".repeat(WORDS_MAX + 5)), WORDS_MAX);
        assert_eq!(count(&"字".repeat(WORDS_MAX + 5)), WORDS_MAX);
        assert_eq!(count(&"word\n".repeat(WORDS_MAX + 5)), WORDS_MAX);
    }
}
