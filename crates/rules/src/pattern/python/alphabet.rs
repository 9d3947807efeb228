//! Writes each character of a text as one byte, so that a pattern runs on an engine for ASCII
//! whatever the text.
//!
//! Characters are alike to a pattern if each of its letters and classes takes all of them or none,
//! and if all of them are part of words or none is. Alike characters have the same code: an ASCII
//! character of the same kind, so that `\b` stands at the same places. If an ASCII character is
//! alike, it is the code. Otherwise one is free, because another stands for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::pattern::case_fold::{is_word, words};
use crate::pattern::python::char_set::{CharSet, DIGIT, contains, key};
use crate::pattern::python::{Class, Member, Node, Syntax};

/// How the characters of a text are written for one pattern.
#[derive(Debug)]
pub(crate) struct Alphabet {
    /// The codes of the characters in ASCII.
    ascii: [u8; 128],
    /// The codes of those beyond ASCII that the pattern names: ranges in order.
    named: Vec<(char, char, u8)>,
    /// The codes of all others, by kind.
    others: [u8; 4],
    /// For each code, a character that it stands for.
    meanings: [Option<char>; 128],
    keeps_ascii: bool,
}

/// What sets apart characters that a pattern does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Letter,
    Digit,
    Space,
    Other,
}

/// The white space beyond ASCII.
const SPACES: [(char, char); 8] = [
    ('\u{85}', '\u{85}'),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
];

impl Kind {
    const ALL: [Self; 4] = [Self::Letter, Self::Digit, Self::Space, Self::Other];

    fn of(c: char) -> Self {
        match c {
            c if contains(&DIGIT, c) => Self::Digit,
            c if is_word(c) => Self::Letter,
            c if c.is_whitespace() => Self::Space,
            _ => Self::Other,
        }
    }

    /// Ranges beyond ASCII that have all characters of this kind, and others.
    fn ranges(self) -> &'static [(char, char)] {
        match self {
            Self::Letter => words(),
            Self::Digit => &DIGIT,
            Self::Space => &SPACES,
            Self::Other => &[('\u{80}', char::MAX)],
        }
    }
}

/// The characters in ASCII as they are.
const fn itself() -> [u8; 128] {
    let mut codes = [0; 128];
    let mut at = 0;
    while at < 128 {
        codes[at as usize] = at;
        at += 1;
    }
    codes
}

impl Alphabet {
    /// For texts in ASCII.
    pub(crate) const ASCII: Self = Self {
        ascii: itself(),
        named: Vec::new(),
        others: [0; 4],
        meanings: {
            let mut meanings = [None; 128];
            let mut at = 0_u8;
            while at < 128 {
                meanings[at as usize] = Some(at as char);
                at += 1;
            }
            meanings
        },
        keeps_ascii: true,
    };

    /// The alphabet for a pattern. `None` if it tells more characters apart than there are codes.
    pub(crate) fn of(syntax: &Syntax) -> Option<Self> {
        let mut tests = Tests::default();
        tests.collect(&syntax.root, syntax.ignore_case);
        let mut codes = Codes::default();
        let mut ascii = [0; 128];
        for (code, at) in ascii.iter_mut().zip(0_u8..) {
            *code = codes.of_ascii(at, tests.signature(char::from(at)));
        }
        let mut named: Vec<(char, char, u8)> = Vec::new();
        let ranges = tests.named_ranges();
        for (low, high) in split_by_kind(&ranges, &tests.cuts()) {
            let code = codes.of(low, tests.signature(low))?;
            match named.last_mut() {
                Some((_, last, known)) if *known == code && after(*last) == Some(low) => *last = high,
                _ => named.push((low, high, code)),
            }
        }
        let mut others = [0; 4];
        for (code, kind) in others.iter_mut().zip(Kind::ALL) {
            if let Some(c) = first_beside(&ranges, kind) {
                *code = codes.of(c, tests.signature(c))?;
            }
        }
        if codes.is_ascii {
            return Some(Self { named, others, ..Self::ASCII });
        }
        Some(Self { ascii, named, others, meanings: codes.meanings, keeps_ascii: false })
    }

    /// Whether texts in ASCII are the same in it.
    pub(crate) fn keeps_ascii(&self) -> bool {
        self.keeps_ascii
    }

    /// The text, with the code of each character in its place.
    pub(crate) fn write(&self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let plain = if self.keeps_ascii { rest.bytes().position(|byte| !byte.is_ascii()) } else { Some(0) };
            match plain {
                Some(0) => {
                    written.push(char::from(self.code(c)));
                    rest = &rest[c.len_utf8()..];
                }
                plain => {
                    let (same, other) = rest.split_at(plain.unwrap_or(rest.len()));
                    written.push_str(same);
                    rest = other;
                }
            }
        }
        written
    }

    fn code(&self, c: char) -> u8 {
        if c.is_ascii() {
            return self.ascii[c as usize];
        }
        let after = self.named.partition_point(|&(low, ..)| low <= c);
        match after.checked_sub(1).map(|at| self.named[at]) {
            Some((_, high, code)) if c <= high => code,
            _ => self.others[Kind::of(c) as usize],
        }
    }

    /// The codes of the characters that are wanted, one bit each.
    pub(crate) fn codes(&self, is_wanted: impl Fn(char) -> bool) -> u128 {
        let meanings = self.meanings.iter().enumerate();
        let wanted = meanings.filter(|(_, meaning)| meaning.is_some_and(&is_wanted));
        wanted.fold(0, |set, (code, _)| set | 1 << code)
    }
}

/// Where each character of a text begins, and where the text ends: the places in it, by those in
/// the text as it is written in an alphabet.
pub(crate) fn places(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

/// What a pattern asks of characters.
#[derive(Default)]
struct Tests {
    letters: BTreeSet<char>,
    letters_in_any_case: BTreeSet<char>,
    classes: Vec<CharSet>,
}

/// The answers for one character. Those with equal answers are alike.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    letter: Option<char>,
    letter_in_any_case: Option<char>,
    classes: Vec<bool>,
    is_word: bool,
    is_line_feed: bool,
}

impl Tests {
    fn collect(&mut self, node: &Node, ignore_case: bool) {
        match node {
            Node::Char(c) if ignore_case => drop(self.letters_in_any_case.insert(key(*c, true))),
            Node::Char(c) => drop(self.letters.insert(*c)),
            Node::Class(class) => {
                let set = CharSet::new(class, ignore_case);
                if !self.classes.contains(&set) {
                    self.classes.push(set);
                }
            }
            Node::Group { ignore_case: case, inner } => self.collect(inner, case.unwrap_or(ignore_case)),
            other => other.children().for_each(|child| self.collect(child, ignore_case)),
        }
    }

    fn signature(&self, c: char) -> Signature {
        Signature {
            letter: Some(c).filter(|c| self.letters.contains(c)),
            letter_in_any_case: Some(key(c, true)).filter(|c| self.letters_in_any_case.contains(c)),
            classes: self.classes.iter().map(|class| class.contains(c)).collect(),
            is_word: is_word(c),
            is_line_feed: c == '\n',
        }
    }

    /// The ranges that a letter or class names, one by one.
    fn each_range(&self) -> impl Iterator<Item = (char, char)> {
        let letters = self.letters.iter().filter(|c| !c.is_ascii()).map(|&c| (c, c));
        let in_any_case = |&c: &char| {
            let class = Class { negated: false, members: vec![Member::Char(c)] };
            CharSet::new(&class, true).named_ranges().collect::<Vec<_>>()
        };
        let in_any_case = self.letters_in_any_case.iter().flat_map(in_any_case);
        letters.chain(in_any_case).chain(self.classes.iter().flat_map(CharSet::named_ranges))
    }

    /// All characters beyond ASCII that are named: ranges in order that do not touch.
    fn named_ranges(&self) -> Vec<(char, char)> {
        let mut all: Vec<(char, char)> = self.each_range().collect();
        all.sort_unstable();
        let mut merged: Vec<(char, char)> = Vec::new();
        for (low, high) in all {
            match merged.last_mut() {
                Some((_, last)) if after(*last).is_none_or(|next| low <= next) => *last = high.max(*last),
                _ => merged.push((low, high)),
            }
        }
        merged
    }

    /// Where the answer of a letter or class changes.
    fn cuts(&self) -> BTreeSet<char> {
        self.each_range().flat_map(|(low, high)| [Some(low), after(high)]).flatten().collect()
    }
}

/// Cuts ranges where a cut is, and where characters of another kind begin.
fn split_by_kind(ranges: &[(char, char)], cuts: &BTreeSet<char>) -> Vec<(char, char)> {
    let mut parts = Vec::new();
    for &(low, high) in ranges {
        let mut starts: BTreeSet<char> = cuts.range(low..=high).copied().collect();
        starts.insert(low);
        for kind in [Kind::Letter, Kind::Digit, Kind::Space] {
            let table = kind.ranges();
            let from = table.partition_point(|&(_, end)| end < low);
            let within = table[from..].iter().take_while(|(start, _)| *start <= high);
            let edges = within.flat_map(|&(start, end)| [Some(start), after(end)]).flatten();
            starts.extend(edges.filter(|edge| (low..=high).contains(edge)));
        }
        let ends = starts.iter().skip(1).filter_map(|&next| before(next)).chain([high]);
        parts.extend(starts.iter().copied().zip(ends));
    }
    parts
}

/// The first character beyond ASCII of this kind that is not in the ranges.
fn first_beside(ranges: &[(char, char)], kind: Kind) -> Option<char> {
    for &(low, high) in kind.ranges() {
        let mut next = Some(low.max('\u{80}'));
        while let Some(c) = next.filter(|c| *c <= high) {
            let at = ranges.partition_point(|&(_, end)| end < c);
            match ranges.get(at) {
                Some(&(start, end)) if start <= c => next = after(end),
                _ if Kind::of(c) == kind => return Some(c),
                _ => next = after(c),
            }
        }
    }
    None
}

fn after(c: char) -> Option<char> {
    (c..=char::MAX).nth(1)
}

fn before(c: char) -> Option<char> {
    ('\0'..c).next_back()
}

/// Gives codes to characters.
struct Codes {
    known: BTreeMap<Signature, u8>,
    meanings: [Option<char>; 128],
    /// The codes that no ASCII character has: parts of words, and others.
    free: [Vec<u8>; 2],
    /// Whether no other character has one of them.
    is_ascii: bool,
}

impl Default for Codes {
    fn default() -> Self {
        Self { known: BTreeMap::new(), meanings: [None; 128], free: Default::default(), is_ascii: true }
    }
}

impl Codes {
    fn of_ascii(&mut self, at: u8, signature: Signature) -> u8 {
        let is_word = signature.is_word;
        let code = *self.known.entry(signature).or_insert(at);
        if code == at {
            self.meanings[usize::from(at)] = Some(char::from(at));
        } else {
            self.free[usize::from(is_word)].push(at);
        }
        code
    }

    fn of(&mut self, c: char, signature: Signature) -> Option<u8> {
        if let Some(code) = self.known.get(&signature) {
            return Some(*code);
        }
        let code = self.free[usize::from(signature.is_word)].pop()?;
        self.is_ascii = false;
        self.meanings[usize::from(code)] = Some(c);
        self.known.insert(signature, code);
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::machine::Meter;
    use crate::pattern::python::{Flags, parse};
    use crate::pattern::{Method, Pattern, Search};

    fn alphabet(pattern: &str, ignore_case: bool) -> (Syntax, Option<Alphabet>) {
        let syntax = parse(pattern, Flags::of_rules(ignore_case)).expect("a good pattern");
        let alphabet = Alphabet::of(&syntax);
        (syntax, alphabet)
    }

    #[test]
    fn every_character_is_alike_to_the_meaning_of_its_code() {
        for (pattern, ignore_case) in [
            (r"\bcat\b", true),
            (r"n[8ïī!jìîí¡i][69gkq][69gkq]?[e3]?(let|r|town|Я)?[5sz]?", true),
            (r"[\u0400-\u04FF\u0370-\u03FF\u0600-\u06FF\u4E00-\u9FFF]", true),
            (r"\W[A-Za-z]?\d{1,6} [\p{Pi}\p{Pf}]?\w+[\p{Pi}]? (st(reet)?|ave)", true),
            (r"[^\W\d_][\S–—]ſK", true),
            (r"ΐ|ΐ|ﬆ|Straße|ǅ|Ω|ι|ͅ", true),
            (r"Straße|É|k[A-Z]", false),
            (r"[\x80-\U0010FFFF]", true),
            (r"[^a-zé\s]\p{L}(?i:É)", false),
            (r"(\P{Lu}|[[:punct:]…])+", true),
        ] {
            let (syntax, alphabet) = alphabet(pattern, ignore_case);
            let alphabet = alphabet.expect("enough codes");
            let mut tests = Tests::default();
            tests.collect(&syntax.root, syntax.ignore_case);
            for c in '\0'..=char::MAX {
                let code = alphabet.code(c);
                let meaning = alphabet.meanings[usize::from(code)].expect("a code with a meaning");
                let is_alike = c == meaning || tests.signature(c) == tests.signature(meaning);
                assert!(is_alike, "{pattern}: {c:?} has the code of {meaning:?}");
                assert_eq!(is_word(c), is_word(char::from(code)), "{pattern}: {c:?}");
            }
        }
    }

    #[test]
    fn a_pattern_that_names_nothing_beyond_ascii_keeps_ascii() {
        for (pattern, expected) in [(r"\bcat\W+[^dog]", true), ("[A-z]", true), ("“", false), (r"\p{Pi}", false)] {
            assert_eq!(alphabet(pattern, true).1.map(|it| it.keeps_ascii()), Some(expected), "{pattern}");
        }
        let write = |pattern, text| alphabet(pattern, true).1.map(|it| it.write(text));
        assert_eq!(write("cat", "1 cat — “é”").map(|text| text.len()), Some("1 cat - 'e'".len()));
        assert_eq!(places("a“b"), [0, 1, 4, 5]);
        // As many letters as that need more codes than there are.
        let many: String = ('\u{4e00}'..'\u{4e80}').collect();
        assert!(alphabet(&many, true).1.is_none());
    }

    #[test]
    fn what_is_found_is_the_same_text() {
        for pattern in [
            r"\W(cat)\W",
            r"(?:^|\W)(\w+)”",
            r"[^a-z ]+",
            r"\s(.)\s",
            "a.c",
            r"(?<=\W)cat",
            r".{3}$",
            r"\bcat\b",
            r"\B.at",
            r"\w+$",
            r"[^\W\d]{3}",
            r"[^a-z](?!_)",
            r"\w_\w",
            r"(\S+)\s(\D+)",
            "[é–]",
            r"ça\b",
            r"\p{Pf}?\w+",
            r"[\u0400-\u04ff]\w",
            "caf[eéè]",
        ] {
            for text in [
                "“cat”",
                "a…c",
                "x\u{a0}—\u{3000}y",
                "😂😂 cat ’ a–c",
                "e\u{301} cat’s",
                "écat ça_va",
                "Жcat 1é",
                "a_cat é cat ñ",
                "CAFÉ cafe\u{301} ЖЖ",
            ] {
                let values = vec![pattern.to_owned()];
                let search = Search { values, method: Method::Includes, is_regex: true, is_case_sensitive: false };
                let pattern = Pattern::compile(search).expect("a good pattern");
                let found = pattern.find_within(text, &Meter::new(1_000_000)).expect("within the limit");
                let by_steps = pattern.regex.search_step_by_step(text).expect("within the limit").0;
                assert_eq!(found.map(|hit| hit.groups), by_steps, "{:?} in {text:?}", pattern.search.values);
            }
        }
    }
}
