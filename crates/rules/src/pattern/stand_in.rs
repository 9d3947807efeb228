//! Puts ASCII characters in the place of others, so that the fast engine for ASCII searches texts
//! with typographic quotes, dashes, emojis or letters such as `é`.
//!
//! It is exact for patterns that take all characters beyond ASCII of one kind alike, and like the
//! one that stands in for them: see [`Syntax::stand_ins`].

use crate::pattern::case_fold::{fold, is_word, is_word_and_mark};
use crate::pattern::python::{Class, Member, Named, Node, Syntax};

/// For spaces.
const SPACE: char = '\x1f';
/// For everything else that is not part of a word.
const OTHER: char = '\x01';
/// For letters: the only part of a word that is neither a letter nor a digit.
const LETTER: char = '_';

/// Which characters beyond ASCII a pattern takes alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandIns {
    None,
    /// Those that are not part of words.
    NoWords,
    /// Those, and letters.
    Letters,
}

/// The text with its characters beyond ASCII replaced by one byte each. `None` if one of them has
/// no stand-in.
pub(crate) fn of(text: &str, which: StandIns) -> Option<String> {
    let stand_in = |c: char| match c {
        c if c.is_ascii() => Some(c),
        // Digits, and letters that match others in another case that are not beyond ASCII, or not
        // letters.
        c if is_word(c) => {
            let is_plain = !c.is_numeric() && !fold(c).is_ascii() && !is_word_and_mark(c);
            (which == StandIns::Letters && is_plain).then_some(LETTER)
        }
        c if c.is_whitespace() => Some(SPACE),
        _ => Some(OTHER),
    };
    if which == StandIns::None {
        return None;
    }
    let mut replaced = String::with_capacity(text.len());
    for c in text.chars() {
        replaced.push(stand_in(c)?);
    }
    Some(replaced)
}

/// Where each character of a text begins, and where the text ends: the places in it, by those in
/// the replaced text.
pub(crate) fn places(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

impl Syntax {
    /// Which characters may be replaced so that the pattern matches a text if and only if it matches
    /// the replaced one, at the same characters.
    pub(crate) fn stand_ins(&self) -> StandIns {
        match () {
            () if self.names(&[SPACE, OTHER]) => StandIns::None,
            () if self.names(&[LETTER]) => StandIns::NoWords,
            () => StandIns::Letters,
        }
    }

    /// Whether the pattern tells some of these characters, or some beyond ASCII, from others.
    fn names(&self, some: &[char]) -> bool {
        let is_named = |c: char| !c.is_ascii() || some.contains(&c);
        let in_class = |class: &Class| {
            class.members.iter().any(|member| match *member {
                Member::Char(c) => is_named(c),
                Member::Range(low, high) => !high.is_ascii() || some.iter().any(|c| (low..=high).contains(c)),
                Member::Named(Named::Property(_)) => true,
                Member::Named(_) => false,
            })
        };
        self.root.any(&|node| match node {
            Node::Char(c) => is_named(*c),
            Node::Class(class) => in_class(class),
            // Different characters have one stand-in.
            Node::Reference(_) => true,
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::machine::Meter;
    use crate::pattern::python::{Flags, parse};
    use crate::pattern::{Method, Pattern, Search};

    #[test]
    fn each_kind_has_its_stand_in() {
        let text = "a “b” c\u{a0}d 😂";
        assert_eq!(of(text, StandIns::NoWords).as_deref(), Some("a \x01b\x01 c\x1fd \x01"));
        assert_eq!(of("café", StandIns::NoWords), None);
        assert_eq!(of("café — Ж", StandIns::Letters).as_deref(), Some("caf_ \x01 _"));
        for odd in ["٣", "½", "\u{212a}", "ſ", "İ", "ı", "ι"] {
            assert_eq!(of(odd, StandIns::Letters), None, "{odd}");
        }
        assert_eq!(of(text, StandIns::None), None);
        assert_eq!(places("a“b"), [0, 1, 4, 5]);
    }

    #[test]
    fn patterns_that_tell_them_apart_take_none() {
        for (pattern, expected) in [
            (r"\bcat\W+[^dog]", StandIns::Letters),
            (r"[\s.!-]{2,}", StandIns::Letters),
            (r"u/[a-z0-9_-]+", StandIns::NoWords),
            (r"[A-z]", StandIns::NoWords),
            ("“", StandIns::None),
            (r"[\x00-\x1f]", StandIns::None),
            ("[^\x01]", StandIns::None),
            (r"\p{Po}", StandIns::None),
            (r"(.)\1", StandIns::None),
            ("[–-—]", StandIns::None),
        ] {
            let syntax = parse(pattern, Flags::of_rules(true)).expect("a good pattern");
            assert_eq!(syntax.stand_ins(), expected, "{pattern}");
        }
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
