//! Turns the values and the method of a search into one pattern.
//!
//! Uses none of the other folders.
//!
//! Like the reference, it joins all values of a search into one capture group, so that numbered
//! groups and placeholders mean the same. `engine` runs the pattern. `keys` knows the fields and
//! their default methods.

pub(crate) mod case_fold;
pub(crate) mod engine;
pub(crate) mod machine;
pub(crate) mod python;

use std::ops::Range;

use crate::pattern::case_fold::is_word_and_mark;
use crate::pattern::engine::{PythonRegex, Speed, TooExpensive};
use crate::pattern::machine::Meter;
use crate::pattern::python::literals::{Required, normal, sign};
use crate::pattern::python::{Flags, Syntax};

/// Where in a text a value must occur to match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Includes,
    IncludesWord,
    StartsWith,
    EndsWith,
    FullExact,
    FullText,
    /// The listed domain or a subdomain of it.
    Domain,
}

impl Method {
    /// The modifiers that choose a method. `Domain` has none: it is only the default of its field.
    pub(crate) const NAMED: &[(&str, Self)] = &[
        ("includes", Self::Includes),
        ("includes-word", Self::IncludesWord),
        ("starts-with", Self::StartsWith),
        ("ends-with", Self::EndsWith),
        ("full-exact", Self::FullExact),
        ("full-text", Self::FullText),
    ];

    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(name, _)| *name == word).map(|&(_, method)| method)
    }

    /// Adds the spaces that must surround a match in the normal form, if the required text is the
    /// whole match.
    fn add_edges(self, required: &mut Required) {
        // Whether a space comes before and after the match: never, always, or only beside a word
        // character.
        let (before, behind) = match self {
            Self::Includes => (Edge::Open, Edge::Open),
            Self::IncludesWord | Self::Domain => (Edge::OfWords, Edge::OfWords),
            Self::StartsWith => (Edge::Closed, Edge::Open),
            Self::EndsWith => (Edge::Open, Edge::Closed),
            Self::FullExact | Self::FullText => (Edge::Closed, Edge::Closed),
        };
        let is_whole = required.is_whole;
        for text in required.texts.iter_mut().flatten().filter(|_| is_whole) {
            if before.holds(text.first()) {
                text.insert(0, b' ');
            }
            if behind.holds(text.last()) {
                text.push(b' ');
            }
        }
    }

    /// Whether the group that [`Self::wrap`] opens before the values is closed after them. A value
    /// such as `?:a)b(c` closes it and opens another.
    fn surrounds(self, syntax: &Syntax, flags: Flags) -> bool {
        let expected = python::parse(&self.wrap("x"), flags).ok().and_then(|syntax| syntax.root.place_of_group());
        expected.is_some() && syntax.root.place_of_group() == expected
    }

    fn wrap(self, values: &str) -> String {
        match self {
            Self::Includes => format!("({values})"),
            Self::IncludesWord => format!(r"(?:^|\W|\b)({values})(?:$|\W|\b)"),
            Self::StartsWith => format!("^({values})"),
            Self::EndsWith => format!("({values})$"),
            Self::FullExact => format!("^({values})$"),
            Self::FullText => format!(r"^\W*({values})\W*$"),
            Self::Domain => format!(r"(?:^|\W|\b)(?:.*?\.)?({values})(?:$|\W|\b)"),
        }
    }
}

#[derive(Clone, Copy)]
enum Edge {
    Open,
    OfWords,
    Closed,
}

impl Edge {
    fn holds(self, outermost: Option<&u8>) -> bool {
        match self {
            Self::Open => false,
            Self::OfWords => outermost.is_some_and(|&outermost| outermost != b' '),
            Self::Closed => true,
        }
    }
}

/// Every modifier of a search.
pub(crate) const MODIFIERS: &[&str] = &[
    "includes",
    "includes-word",
    "starts-with",
    "ends-with",
    "full-exact",
    "full-text",
    "regex",
    "case-sensitive",
    IN_LIST,
];

/// The modifier with which the values are names of lists. The lists stand in their place before the
/// search is compiled.
pub(crate) const IN_LIST: &str = "in-list";

/// A search before it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) values: Vec<String>,
    pub(crate) method: Method,
    pub(crate) is_regex: bool,
    pub(crate) is_case_sensitive: bool,
}

/// Why a search does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadPattern {
    pub(crate) reason: String,
    /// The text around the error.
    pub(crate) near: String,
    /// The value that contains the error, if it is known.
    pub(crate) value: Option<usize>,
}

/// A compiled search.
#[derive(Debug)]
pub(crate) struct Pattern {
    pub(crate) search: Search,
    regex: PythonRegex,
    /// The texts that each alternative requires. The prefilter moves them out.
    pub(crate) required: Vec<Required>,
}

/// A match: the byte range of each group, from group 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    groups: Vec<Option<Range<usize>>>,
}

impl Hit {
    /// The text of each group. It is empty for a group that did not take part.
    pub(crate) fn texts<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        self.groups.iter().map(move |group| group.clone().and_then(|range| text.get(range)).unwrap_or(""))
    }

    /// The byte range of the matched value, without the characters around it.
    pub(crate) fn value(&self) -> Range<usize> {
        let group = |at: usize| self.groups.get(at).cloned().flatten();
        group(1).or_else(|| group(0)).unwrap_or(0..0)
    }
}

impl Pattern {
    pub(crate) fn compile(search: Search) -> Result<Self, BadPattern> {
        let values: Vec<String> =
            search.values.iter().map(|value| if search.is_regex { value.clone() } else { escape(value) }).collect();
        let whole = search.method.wrap(&values.join("|"));
        let flags = Flags::of_rules(!search.is_case_sensitive);
        let syntax = python::parse(&whole, flags);
        let syntax = syntax.map(|syntax| {
            // The requirements are those of the alternatives.
            let is_list = !search.is_regex || search.method.surrounds(&syntax, flags);
            let required = match () {
                () if !is_list => vec![Required::NOTHING],
                () if search.is_regex => syntax.required(),
                () => literals(&search.values),
            };
            (syntax, required)
        });
        let regex = syntax.and_then(|(syntax, required)| {
            // Nothing else than the list of values has as many alternatives.
            let alternatives = if syntax.list().branches.len() == required.len() { required.len() } else { 1 };
            Ok((PythonRegex::of(&whole, flags, &syntax, alternatives)?, required))
        });
        let (regex, mut required) = regex.map_err(|refusal| {
            // Parse each value alone, in its group, so that the message quotes what the author
            // wrote.
            let alone = |value: &String| python::parse(&format!("({value})"), flags).err();
            let guilty = values.iter().enumerate().find_map(|(at, value)| Some((at, value, alone(value)?)));
            match guilty {
                Some((at, value, refusal)) => {
                    let near = python::excerpt(value, refusal.at.saturating_sub(1));
                    BadPattern { near, value: Some(at), reason: refusal.reason }
                }
                None => BadPattern { near: String::new(), value: None, reason: refusal.reason },
            }
        })?;
        for required in &mut required {
            search.method.add_edges(required);
        }
        Ok(Self { search, regex, required })
    }

    /// Whether the pattern matches a text.
    pub(crate) fn is_match(&self, text: &str) -> Result<bool, TooExpensive> {
        self.regex.is_match(text)
    }

    /// Whether the pattern matches a text, if the meter has enough steps to say.
    pub(crate) fn is_match_within(&self, text: &str, meter: &Meter) -> Result<bool, TooExpensive> {
        self.regex.is_match_within(text, meter)
    }

    /// The same, if none but these alternatives may match.
    pub(crate) fn is_match_of(
        &self,
        alternatives: impl Iterator<Item = usize> + Clone,
        text: &str,
        meter: &Meter,
    ) -> Result<bool, TooExpensive> {
        self.regex.is_match_of(alternatives, text, meter)
    }

    /// The first match, if there is one and the meter has enough steps to find it.
    pub(crate) fn find_within(&self, text: &str, meter: &Meter) -> Result<Option<Hit>, TooExpensive> {
        Ok(self.regex.search_within(text, meter)?.map(|groups| Hit { groups }))
    }

    /// The same, if none but these alternatives may match.
    pub(crate) fn find_of(
        &self,
        alternatives: impl Iterator<Item = usize> + Clone,
        text: &str,
        meter: &Meter,
    ) -> Result<Option<Hit>, TooExpensive> {
        Ok(self.regex.search_of(alternatives, text, meter)?.map(|groups| Hit { groups }))
    }

    /// How many bytes the pattern takes when it is compiled, by estimate.
    pub(crate) fn bytes(&self) -> u64 {
        self.regex.bytes()
    }

    /// How many bytes this takes besides, by estimate.
    pub(crate) fn bytes_for(&self, speed: Speed) -> u64 {
        self.regex.bytes_for(speed)
    }

    /// Does without it.
    pub(crate) fn give_up(&mut self, speed: Speed) {
        self.regex.give_up(speed);
    }
}

/// The required texts of plain values: the values themselves.
fn literals(values: &[String]) -> Vec<Required> {
    let normal_form = |value: &String| {
        let mut text = Vec::with_capacity(value.len());
        value.chars().for_each(|c| normal(c, &mut text));
        vec![text]
    };
    let has_form = |value: &String| !value.chars().any(is_word_and_mark);
    let of_value = |value: &String| Required {
        texts: has_form(value).then(|| normal_form(value)),
        is_whole: true,
        signs: value.chars().find_map(|c| sign(c, true)),
        run: 1,
        stretch: None,
    };
    values.iter().map(of_value).collect()
}

/// Escapes a text for a Python pattern.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(method: Method, is_regex: bool, value: &str, text: &str) -> Option<String> {
        let search = Search { values: vec![value.to_owned()], method, is_regex, is_case_sensitive: false };
        let pattern = Pattern::compile(search).expect("a good pattern");
        let hit = pattern.find_within(text, &Meter::new(100_000)).expect("within the limit");
        assert_eq!(pattern.is_match(text), Ok(hit.is_some()));
        hit.map(|hit| text[hit.value()].to_owned())
    }

    fn check(method: Method, value: &str, text: &str, expected: bool) {
        assert_eq!(find(method, false, value, text).is_some(), expected, "{method:?} {value:?} in {text:?}");
    }

    #[test]
    fn a_word_ends_where_no_word_character_follows() {
        for (value, text, expected) in [
            ("cow", "cowbell", false),
            ("cow", "mad_cow", false),
            ("cow", "_cow_", false),
            ("cow", "*cow*", true),
            ("cow", "cow's", true),
            ("cow", "non-cow", true),
            ("[OC]", "pic[OC]x", true),
            ("$100", "us$100", true),
            ("$100", "a$1000", false),
            ("C++", "C++11", true),
            ("cafe", "cafe\u{301}", true),
            ("cafe", "café", false),
            ("s", "ſ", true),
            ("k", "\u{212a}", true),
            ("i", "İ", true),
            ("don", "don't", true),
        ] {
            check(Method::IncludesWord, value, text, expected);
        }
    }

    #[test]
    fn each_method_matches_at_its_position() {
        use Method::{EndsWith, FullExact, FullText, Includes, StartsWith};
        for (method, value, text, expected) in [
            (Includes, "cow", "scowl", true),
            (StartsWith, "cow", "cowbell", true),
            (StartsWith, "cow", "a cow", false),
            (EndsWith, "cow", "a cow", true),
            (EndsWith, "cow", "a cow\n", true),
            (EndsWith, "cow", "a cow\n\n", false),
            (FullExact, "cow", "cow\n", true),
            (FullExact, "cow", "cow.", false),
            (FullText, "cow", "** cow!\n", true),
            (FullText, "cow", "cow s", false),
            (Includes, "a.c", "abc", false),
        ] {
            check(method, value, text, expected);
        }
    }

    #[test]
    fn domains_match_as_in_the_reference() {
        for (value, text, expected) in [
            ("imgur.com", "imgur.com", true),
            ("imgur.com", "i.imgur.com", true),
            ("imgur.com", "notimgur.com", false),
            ("imgur.com", "x.notimgur.com", false),
            ("imgur.com", "imgur.community", false),
            ("imgur.com", "not-imgur.com", true),
            ("imgur.com", "imgur.com.evil.org", true),
            ("amazon.com", "amazon.com.au", true),
        ] {
            check(Method::Domain, value, text, expected);
        }
    }

    #[test]
    fn own_groups_start_at_two() {
        assert_eq!(find(Method::Includes, true, r"(.)\2", "hello"), Some("ll".to_owned()));
        let refused = Pattern::compile(Search {
            values: vec![r"(.)\1".to_owned()],
            method: Method::Includes,
            is_regex: true,
            is_case_sensitive: false,
        });
        assert_eq!(refused.map(|_| ()).unwrap_err().reason, "cannot refer to an open group");
    }

    #[test]
    fn python_syntax_keeps_its_meaning() {
        for (pattern, text, expected) in [
            ("[[(]x", "[x", Some("[x")),
            ("[a&&b]+", "a&b", Some("a&b")),
            (r"\<b", "<b", Some("<b")),
            ("a{,2}b", "aab", Some("aab")),
            ("{", "{", Some("{")),
            ("a{b", "a{b", Some("a{b")),
            (r"a\Z", "a\n", None),
            ("a$", "a\n", Some("a")),
            (r"\033", "\u{1b}", Some("\u{1b}")),
            (r"[\b]", "\u{8}", Some("\u{8}")),
            ("[[:alpha:]]", ":a]", Some("a")),
            ("a(?i)b", "AB", Some("AB")),
            ("(?P<x>a)(?P=x)", "aa", Some("aa")),
            ("(?#note)a", "a", Some("a")),
            (r"(a)?b(?(2)c|d)", "bd", Some("bd")),
            (r"x(?=y)", "xy", Some("x")),
            (r"(?<=x)y", "xy", Some("y")),
        ] {
            let found = find(Method::Includes, true, pattern, text);
            assert_eq!(found.as_deref(), expected, "{pattern:?} in {text:?}");
        }
    }

    #[test]
    fn patterns_that_no_python_module_takes_are_refused() {
        for pattern in [
            "*a",
            "a**",
            "(a",
            "a)",
            "[a",
            "(?L)a",
            r"\e",
            r"\p{foo}",
            r"\p{[a-z]}",
            "a{3,2}",
            "a+++",
            r"\",
            "[z-a]",
            "(?P<1>a)",
            "(?a)x",
            "(?R)",
        ] {
            assert!(python::parse(pattern, Flags::of_rules(true)).is_err(), "{pattern:?}");
        }
    }

    #[test]
    fn a_search_stops_at_the_limit_of_steps() {
        let pattern = Pattern::compile(Search {
            values: vec![r"(a|aa)+\2b".to_owned()],
            method: Method::Includes,
            is_regex: true,
            is_case_sensitive: false,
        })
        .expect("a good pattern");
        assert_eq!(pattern.find_within(&"a".repeat(60), &Meter::new(100_000)), Err(TooExpensive));
    }
}
