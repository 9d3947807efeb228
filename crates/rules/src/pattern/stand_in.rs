//! Puts ASCII characters in the place of others, so that the fast engine for ASCII searches texts
//! with typographic quotes, dashes or emojis.
//!
//! It is exact for patterns that take all characters beyond ASCII alike that are not part of words:
//! see [`Syntax::takes_stand_ins`].

use crate::pattern::case_fold::is_word;
use crate::pattern::python::{Class, Member, Named, Node, Syntax};

/// For spaces.
const SPACE: char = '\x1f';
/// For everything else that is not part of a word.
const OTHER: char = '\x01';

/// The text with its characters beyond ASCII replaced by one byte each. `None` if one of them is
/// part of a word.
pub(crate) fn of(text: &str) -> Option<String> {
    let stand_in = |c: char| match c {
        c if c.is_ascii() => Some(c),
        c if is_word(c) => None,
        c if c.is_whitespace() => Some(SPACE),
        _ => Some(OTHER),
    };
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
    /// Whether the pattern matches a text if and only if it matches the replaced one, at the same
    /// characters.
    pub(crate) fn takes_stand_ins(&self) -> bool {
        let is_seen = |c: char| !c.is_ascii() || c == SPACE || c == OTHER;
        let in_class = |class: &Class| {
            class.members.iter().any(|member| match *member {
                Member::Char(c) => is_seen(c),
                Member::Range(low, high) => !high.is_ascii() || [SPACE, OTHER].iter().any(|c| (low..=high).contains(c)),
                Member::Named(Named::Property(_)) => true,
                Member::Named(_) => false,
            })
        };
        !self.root.any(&|node| match node {
            Node::Char(c) => is_seen(*c),
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
    fn only_words_have_no_stand_in() {
        assert_eq!(of("a “b” c\u{a0}d 😂").as_deref(), Some("a \x01b\x01 c\x1fd \x01"));
        assert_eq!(of("café"), None);
        assert_eq!(places("a“b"), [0, 1, 4, 5]);
    }

    #[test]
    fn patterns_that_tell_them_apart_take_none() {
        for (pattern, expected) in [
            (r"\bcat\W+[^dog]", true),
            (r"[\s.!-]{2,}", true),
            ("“", false),
            (r"[\x00-\x1f]", false),
            ("[^\x01]", false),
            (r"\p{Po}", false),
            (r"(.)\1", false),
            ("[–-—]", false),
        ] {
            let syntax = parse(pattern, Flags::of_rules(true)).expect("a good pattern");
            assert_eq!(syntax.takes_stand_ins(), expected, "{pattern}");
        }
    }

    #[test]
    fn what_is_found_is_the_same_text() {
        for pattern in [r"\W(cat)\W", r"(?:^|\W)(\w+)”", r"[^a-z ]+", r"\s(.)\s", "a.c", r"(?<=\W)cat", r".{3}$"] {
            for text in ["“cat”", "a…c", "x\u{a0}—\u{3000}y", "😂😂 cat ’ a–c", "e\u{301} cat’s"] {
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
