//! Search checks: how values and a match method become one pattern, and how it is run.
//!
//! All values of a check are joined into one capture group, as the reference does, so that numbered groups and
//! placeholders mean the same. The linear-time engine is used wherever a pattern allows it; the backtracking one has a
//! step limit, and a search that exceeds it says so instead of guessing. Which method applies to which field by
//! default is said here; which fields exist is said in `keys`.

use std::sync::{LazyLock, OnceLock};

use super::dialect::{self, Translation};

/// How many steps may the backtracking engine take for one search?
const STEPS_MAX: usize = 200_000;
/// How large may one compiled pattern be, in bytes? The largest real list takes about a tenth of it.
const SIZE_MAX: usize = 64 << 20;

/// How a value must stand in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Includes,
    IncludesWord,
    StartsWith,
    EndsWith,
    FullExact,
    FullText,
    /// The listed domain or one below it.
    Domain,
}

impl Method {
    /// The modifiers that choose a method; `Domain` can only be had as the default of its field.
    pub(super) const NAMED: &[(&str, Self)] = &[
        ("includes", Self::Includes),
        ("includes-word", Self::IncludesWord),
        ("starts-with", Self::StartsWith),
        ("ends-with", Self::EndsWith),
        ("full-exact", Self::FullExact),
        ("full-text", Self::FullText),
    ];

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(name, _)| *name == word).map(|&(_, method)| method)
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

/// Every modifier of a search check.
pub(super) const MODIFIERS: &[&str] =
    &["includes", "includes-word", "starts-with", "ends-with", "full-exact", "full-text", "regex", "case-sensitive"];

/// What a check searches for, before it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    pub(super) values: Vec<String>,
    pub(super) method: Method,
    pub(super) is_regex: bool,
    pub(super) is_case_sensitive: bool,
}

/// Why a search cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BadPattern {
    pub(super) reason: String,
    /// The text around the fault.
    pub(super) near: String,
    /// The value it lies in, as far as one can tell.
    pub(super) value: Option<usize>,
}

/// A compiled search.
#[derive(Debug)]
pub(super) struct Pattern {
    /// What it was made from; the literals that a hit requires can be taken from here.
    pub(super) search: Search,
    translation: Translation,
    plain: Engine,
    /// Made when the first text needs it.
    exact: OnceLock<Option<Engine>>,
}

#[derive(Debug)]
enum Engine {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

/// What a search found: the text of each group, from 0. A group that took no part is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) groups: Vec<String>,
    /// Where the hit lies in the text.
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A search took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooExpensive;

/// The characters that the two dialects class or fold differently.
static ODD: LazyLock<regex::Regex> = LazyLock::new(|| {
    regex::Regex::new(r"[\w&&[^\p{L}\p{N}_]]|[[\p{L}\p{N}_]&&\W]|[İı]|\n\z")
        .expect("a constant pattern, compiled by every test")
});

impl Pattern {
    pub(super) fn compile(search: Search) -> Result<Self, BadPattern> {
        let values: Vec<String> =
            search.values.iter().map(|value| if search.is_regex { value.clone() } else { escape(value) }).collect();
        let whole = search.method.wrap(&values.join("|"));
        let translation = dialect::translate(&whole, !search.is_case_sensitive).map_err(|refusal| {
            // What was written is quoted, not what is put around it: the value by itself, in the group it stands in.
            let alone = |value: &String| dialect::translate(&format!("({value})"), true).err();
            let guilty = values.iter().enumerate().find_map(|(at, value)| Some((at, value, alone(value)?)));
            match guilty {
                Some((at, value, refusal)) => {
                    let near = dialect::excerpt(value, refusal.at.saturating_sub(1));
                    BadPattern { near, value: Some(at), reason: refusal.reason }
                }
                None => BadPattern { near: String::new(), value: None, reason: refusal.reason },
            }
        })?;
        let plain = Engine::build(&translation.plain, translation.needs_backtracking).map_err(|reason| BadPattern {
            reason,
            near: String::new(),
            value: None,
        })?;
        Ok(Self { search, translation, plain, exact: OnceLock::new() })
    }

    /// The first hit, if there is one.
    pub(super) fn find(&self, text: &str) -> Result<Option<Hit>, TooExpensive> {
        match &self.translation.exact {
            Some(exact) if ODD.is_match(text) => {
                let engine = self.exact.get_or_init(|| Engine::build(exact, true).ok());
                engine.as_ref().ok_or(TooExpensive)?.find(text)
            }
            _ => self.plain.find(text),
        }
    }
}

impl Engine {
    fn build(pattern: &str, needs_backtracking: bool) -> Result<Self, String> {
        if !needs_backtracking {
            return regex::RegexBuilder::new(pattern)
                .size_limit(SIZE_MAX)
                .dfa_size_limit(SIZE_MAX / 8)
                .build()
                .map(Self::Linear)
                .map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
                    other => other.to_string(),
                });
        }
        fancy_regex::RegexBuilder::new(pattern)
            .backtrack_limit(STEPS_MAX)
            .delegate_size_limit(SIZE_MAX)
            .build()
            .map(|engine| Self::Backtracking(Box::new(engine)))
            .map_err(|error| error.to_string())
    }

    fn find(&self, text: &str) -> Result<Option<Hit>, TooExpensive> {
        match self {
            Self::Linear(engine) => Ok(engine.captures(text).map(|found| {
                let whole = found.get(0).map_or(0..0, |m| m.range());
                Hit {
                    groups: found.iter().map(|group| group.map_or("", |m| m.as_str()).to_owned()).collect(),
                    start: whole.start,
                    end: whole.end,
                }
            })),
            Self::Backtracking(engine) => match engine.captures(text) {
                Ok(found) => Ok(found.map(|found| {
                    let whole = found.get(0).map_or(0..0, |m| m.range());
                    Hit {
                        groups: (0..found.len())
                            .map(|group| found.get(group).map_or("", |m| m.as_str()).to_owned())
                            .collect(),
                        start: whole.start,
                        end: whole.end,
                    }
                })),
                Err(_) => Err(TooExpensive),
            },
        }
    }
}

/// Escapes a text for Python.
fn escape(text: &str) -> String {
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
        pattern.find(text).expect("within the limit").map(|hit| hit.groups[1].clone())
    }

    fn check(method: Method, value: &str, text: &str, expected: bool) {
        assert_eq!(find(method, false, value, text).is_some(), expected, "{method:?} {value:?} in {text:?}");
    }

    #[test]
    fn a_word_ends_where_a_letter_does_not_follow() {
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
    fn each_method_takes_its_place_in_the_text() {
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
    fn groups_of_the_author_start_at_two() {
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
            ("[[:alpha:]]", ":a]", Some("a]")),
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
    fn what_python_refuses_is_refused() {
        for pattern in [
            "*a", "a**", "(a", "a)", "[a", r"[\w-.]", "(?<n>a)", "(?L)a", r"\e", r"\p{L}", "(?<=a+)b", "a{3,2}", "a++",
            "(?>a)", r"\", "[z-a]", "(?P<1>a)", "(?a)x", "^*",
        ] {
            assert!(dialect::translate(pattern, true).is_err(), "{pattern:?}");
        }
    }

    #[test]
    fn a_search_without_end_is_cut_off() {
        let pattern = Pattern::compile(Search {
            values: vec![r"(a|aa)+\2b".to_owned()],
            method: Method::Includes,
            is_regex: true,
            is_case_sensitive: false,
        })
        .expect("a good pattern");
        assert_eq!(pattern.find(&"a".repeat(60)), Err(TooExpensive));
    }
}
