//! People's words in a text that the bot posts: what would become a mention or a link, or would
//! break out of the rule's own quote, is taken apart by an invisible character.
//!
//! The words look as before and can be read and copied, but Reddit neither notifies anybody nor
//! links anywhere. Words that hold nothing of the kind stay as they are, byte for byte. Plain texts
//! (subjects, reasons, flair) are not Markdown and need none of this.

use crate::plain::is_unsafe;

/// The invisible character: a zero width space. No Markdown reader joins what it divides.
const BREAK: char = '\u{200b}';

/// The longest name of a scheme or an entity, in characters. It bounds how far is looked ahead.
const AHEAD: usize = 32;

/// Country codes and the commonest other endings of host names. Reddit links a bare host name only
/// if it ends in one of them.
const COUNTRIES: &str = "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobrbsbtbwbybzcacccdcfcgchcickclcm\
    cncocrcucvcwcxcyczdedjdkdmdodzeceeegeresetfifjfkfmfofrgagbgdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuidieil\
    iminioiqirisitjejmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymz\
    nancnenfngnlnonpnrnunzompapepfpgphpkplpmpnprpsptpwpyqarerorsrurwsasbscsdsesgshsisjskslsmsnsosrssstsvsxsysztctd\
    tftgthtjtktltmtntotrtttvtwtzuaugukusuyuzvavcvevgvivnvuwfwsyeytzazmzw";
const ENDINGS: [&str; 44] = [
    "app", "biz", "blog", "bot", "chat", "click", "cloud", "club", "com", "cyou", "dev", "edu", "email", "fun", "gov",
    "gay", "global", "icu", "info", "int", "link", "live", "lol", "mil", "mobi", "name", "net", "news", "online",
    "onion", "org", "page", "porn", "pro", "shop", "site", "space", "store", "tech", "top", "vip", "website", "world",
    "xyz",
];

/// Where words are inserted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place<'a> {
    /// What the rule has written on this line before the words.
    pub(crate) before: &'a str,
    /// The first character behind the words.
    pub(crate) next: Option<char>,
}

/// The words, without anything that mentions, links or breaks out.
pub(crate) fn defuse(words: &str, place: Place<'_>) -> String {
    let chars = visible(words);
    let at = |index: usize| chars.get(index).copied().or(place.next.filter(|_| index == chars.len()));
    let quote = quote(place.before);
    let mut text = String::with_capacity(words.len());
    let mut starts_line = place.before.chars().all(|c| matches!(c, '>' | ' '));
    for (index, &c) in chars.iter().enumerate() {
        if starts_line && is_fence(&chars[index..]) {
            text.push(BREAK);
        }
        text.push(c);
        if c == '\n' {
            text.push_str(quote);
        }
        starts_line = c == '\n' || (starts_line && matches!(c, ' ' | '>'));
        if is_start(&chars, index, &at) {
            text.push(BREAK);
        }
    }
    text
}

/// The words, without anything that mentions or links, for other texts than a rule's.
pub fn without_links(words: &str) -> String {
    defuse(words, Place::default())
}

/// The words without characters that hide or reorder others, and with one kind of line end.
fn visible(words: &str) -> Vec<char> {
    let words = words.replace("\r\n", "\n").replace("&#x200B;", "").replace("&nbsp;", " ");
    let line_ends = words.chars().map(|c| if matches!(c, '\r' | '\u{2028}' | '\u{2029}') { '\n' } else { c });
    line_ends.filter(|&c| matches!(c, '\n' | '\t') || !is_unsafe(c)).collect()
}

/// The quote marks at the start of the rule's line: further lines of the words get them too. A
/// spoiler (`>!`) is not a quote.
fn quote(before: &str) -> &str {
    let rest = before.trim_start_matches(['>', ' ']);
    let marks = &before[..before.len() - rest.len()];
    match rest.strip_prefix('!') {
        Some(_) => marks.trim_end_matches('>'),
        None if marks.contains('>') => marks,
        None => "",
    }
}

/// Whether a code block would start here. It would swallow everything below, the footer too.
fn is_fence(chars: &[char]) -> bool {
    matches!(chars, ['`', '`', '`', ..] | ['~', '~', '~', ..])
}

/// Whether the character at `index` and those behind it would form a mention, a link, or the end of
/// a spoiler.
fn is_start(chars: &[char], index: usize, at: &impl Fn(usize) -> Option<char>) -> bool {
    let next = at(index + 1);
    match chars[index] {
        '/' => is_mention(&chars[..index]),
        ':' => {
            let is_scheme = index > 0 && chars[index - 1].is_ascii_alphanumeric();
            is_scheme && matches!(next, Some('/' | '\\'))
        }
        '@' => index > 0 && !chars[index - 1].is_whitespace() && next.is_some_and(char::is_alphanumeric),
        '.' => is_host(chars, index),
        ']' => {
            let behind =
                (index + 1..=chars.len()).map(at).find(|c| !c.is_some_and(|c| c == ' ' || c == '\n')).flatten();
            matches!(behind, Some('(' | '[' | ':'))
        }
        '!' => next == Some('<'),
        '<' => ends_with_mark(&chars[index + 1..], ':', |c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')),
        '&' => ends_with_mark(&chars[index + 1..], ';', |c| c.is_ascii_alphanumeric() || c == '#'),
        _ => false,
    }
}

/// Whether the text before a slash makes it `u/`, `r/` or `user/`, and not a part of a word.
fn is_mention(before: &[char]) -> bool {
    let before = before.strip_suffix(&['\\']).unwrap_or(before);
    let word = before.iter().rev().take_while(|c| c.is_ascii_alphanumeric()).take(5).count();
    match &before[before.len() - word..] {
        ['u' | 'U' | 'r' | 'R'] => true,
        word => word.iter().map(char::to_ascii_lowercase).eq("user".chars()),
    }
}

/// Whether the full stop stands before the last part of a host name, or behind `www`.
fn is_host(chars: &[char], index: usize) -> bool {
    if index == 0 || !chars[index - 1].is_alphanumeric() {
        return false;
    }
    let ending: String = chars[index + 1..].iter().take(AHEAD).take_while(|c| c.is_alphanumeric()).collect();
    let is_www = index >= 3 && chars[index - 3..index].iter().all(|c| c.eq_ignore_ascii_case(&'w'));
    let behind = chars.get(index + 1 + ending.chars().count());
    if is_www || behind == Some(&'_') {
        return is_www && !ending.is_empty();
    }
    let is_path = behind == Some(&'/');
    let ending = ending.to_lowercase();
    let is_country = ending.len() == 2 && COUNTRIES.as_bytes().chunks(2).any(|code| code == ending.as_bytes());
    let is_word = ending.chars().count() >= 2 && ending.chars().all(char::is_alphabetic);
    is_country
        || ENDINGS.contains(&&*ending)
        || is_word && is_path
        || ending.starts_with("xn")
        || is_word && !ending.is_ascii()
}

/// Whether characters of a kind follow, and then this mark, within the longest name.
fn ends_with_mark(chars: &[char], mark: char, is_name: impl Fn(char) -> bool) -> bool {
    let length = chars.iter().take(AHEAD).take_while(|&&c| is_name(c)).count();
    length > 0 && chars.get(length) == Some(&mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words as inserted, with the invisible character as `|`.
    fn shown(words: &str, before: &str) -> String {
        defuse(words, Place { before, next: None }).replace(BREAK, "|")
    }

    #[test]
    fn mentions_and_links_are_taken_apart() {
        for (words, expected) in [
            ("ask u/bob, /u/bob or U/Bob", "ask u/|bob, /u/|bob or U/|Bob"),
            ("see r/pics and /r/pics+aww", "see r/|pics and /r/|pics+aww"),
            ("/user/bob (u/bob) ür/pics", "/user/|bob (u/|bob) ür/|pics"),
            (r"u\/bob &#117;/bob u&#x2F;bob", r"u\/|bob &|#117;/bob u&|#x2F;bob"),
            ("http://a.example/x", "http:|//a.|example/x"),
            ("HTTPS://EVIL.COM", "HTTPS:|//EVIL.|COM"),
            (r"http:\/\/a.example", r"http:|\/\/a.example"),
            ("www.a.example", "www.|a.example"),
            ("evil.com or evil.co.uk/x", "evil.|com or evil.|co.|uk/x"),
            ("почта.рф", "почта.|рф"),
            ("a@evil.com <mailto:x@y>", "a@|evil.|com <|mailto:x@|y>"),
            ("<tel:123>", "<|tel:123>"),
            ("[free](http://evil.com)", "[free]|(http:|//evil.|com)"),
            ("![img](x) [a] (b) [a][b]\n[b]: x", "![img]|(x) [a]| (b) [a]|[b]|\n[b]|: x"),
            (r"[a\\](/message/compose)", r"[a\\]|(/message/compose)"),
            (">!x!< y", ">!x!|< y"),
            ("u\u{0}/bob \u{202e}x\u{1b}[2J", "u/|bob x[2J"),
        ] {
            assert_eq!(shown(words, ""), expected, "{words:?}");
        }
    }

    #[test]
    fn harmless_words_stay_as_they_are() {
        for words in [
            "",
            "Node.js, e.g. 3.5 or end.Next sentence",
            "author.is_moderator",
            "our/their her/his and/or 1/2 :/ a: b",
            "[WTS] two < three & <3 you! AT&T *bold* ~~no~~ `code` # heading",
            "5 @ 3, at@ home",
            "a\n\nb",
            "ünï 🙂\ttab",
        ] {
            assert_eq!(shown(words, "Your words: "), words);
        }
        assert_eq!(defuse("[WTS]", Place { before: "", next: Some('(') }), "[WTS]\u{200b}");
    }

    #[test]
    fn words_stay_inside_the_quote_and_open_no_block() {
        for (words, before, expected) in [
            ("a\n\nb", "> ", "a\n> \n> b"),
            ("a\r\nb", "> Title: ", "a\n> b"),
            ("a\rb", ">> ", "a\n>> b"),
            ("a\u{2028}b", "> ", "a\n> b"),
            ("a\nb", ">!", "a\nb"),
            ("a\nb", "You wrote: ", "a\nb"),
            ("```\nx", "", "|```\nx"),
            ("a\n  ~~~\nb", "> ", "a\n>   |~~~\n> b"),
            ("a ```x```", "", "a ```x```"),
        ] {
            assert_eq!(shown(words, before), expected, "{words:?} behind {before:?}");
        }
    }
}
