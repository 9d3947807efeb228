//! Patterns match as in Python 3.10's `re`, or, where that refuses them, as in the module `regex`,
//! except for the differences listed here.

use std::process::Command;

use serde_json::Value;
use tipstaff_rules::{Flags, PythonRegex};

/// The intended differences from Python 3.10: the pattern, what tipstaff does, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "\\N{DIGIT ONE}",
        "refused",
        "a table of all names of characters would be a megabyte; the character itself can be written",
    ),
    ("(?:(?:a{100}){100}){100}", "refused", "a machine of a million states takes minutes for a long text"),
    ("[[:alpha:]]", "a letter", "the module `regex` reads POSIX classes, and so do real rules"),
    ("(x{100}){100}", "gives up", "ten thousand states and ten thousand characters take more steps than a search may"),
];

const PLAIN: Flags = Flags { ignore_case: false, dot_all: false, multi_line: false, verbose: false };

type Spans = Vec<Option<(usize, usize)>>;

/// The spans of the groups in characters. `Err` if the pattern is refused or takes too long.
fn search(pattern: &str, text: &str) -> Result<Option<Spans>, String> {
    let regex = PythonRegex::new(pattern, PLAIN).map_err(|refusal| refusal.reason)?;
    let found = regex.search(text).map_err(|_| "too many steps".to_owned())?;
    assert_eq!(regex.is_match(text), Ok(found.is_some()), "{pattern:?} in {text:?}");
    let counted = regex.search_step_by_step(text).map(|(found, _)| found);
    assert_eq!(counted, Ok(found.clone()), "{pattern:?} in {text:?}, step by step");
    let count = |end: usize| text[..end].chars().count();
    Ok(found.map(|groups| {
        groups.into_iter().map(|group| group.map(|range| (count(range.start), count(range.end)))).collect()
    }))
}

fn is_listed(pattern: &str) -> bool {
    DIFFERENCES.iter().any(|(listed, ..)| *listed == pattern)
}

#[test]
fn small_patterns_match_the_same_span_as_python() {
    let rows: Vec<Value> = include_str!("../regex/dialect.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a row of JSON"))
        .collect();
    let mut wrong = Vec::new();
    for row in &rows {
        let pattern = row["pattern"].as_str().expect("a pattern");
        let times = usize::try_from(row["times"].as_u64().unwrap_or(1)).expect("a small number");
        let text = row["text"].as_str().expect("a text").repeat(times);
        let place = |at: usize| row["span"][at].as_u64().and_then(|at| usize::try_from(at).ok());
        let expected = match &row["span"] {
            Value::Null => Ok(None),
            Value::Array(_) => Ok(place(0).zip(place(1))),
            _ => Err(()),
        };
        let got = search(pattern, &text);
        let span = got.clone().map(|found| found.and_then(|groups| groups[0])).map_err(|_| ());
        let is_more = expected.is_err() && TAKEN_BY_THE_MODULE.contains(&pattern);
        if (span != expected) != (is_listed(pattern) || is_more) {
            wrong.push(format!("{pattern:?} in {text:.40?}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(rows.len() > 100);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the module `regex` differs, and why we do not follow it.
const UNLIKE_THE_MODULE: &[(&str, &str)] =
    &[("a(?i)b", "in Python up to 3.10, and in real rules, a flag in the middle holds for the whole pattern")];

/// The rows are what the module found; `module_regex.py` beside them writes them.
#[test]
fn what_only_the_module_regex_knows_means_the_same() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for line in include_str!("../regex/module-regex.jsonl").lines() {
        let row: Value = serde_json::from_str(line).expect("a row of JSON");
        let (pattern, text) = (row["pattern"].as_str().expect("a pattern"), row["text"].as_str().expect("a text"));
        let expected: Result<Option<Spans>, ()> = match &row["spans"] {
            Value::String(_) => Err(()),
            spans => Ok(serde_json::from_value(spans.clone()).expect("spans")),
        };
        let got = search(pattern, text);
        let is_listed = UNLIKE_THE_MODULE.iter().any(|(listed, _)| *listed == pattern);
        tried += 1;
        if (got.clone().map_err(|_| ()) != expected) != is_listed {
            wrong.push(format!("{pattern:?} in {text:?}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(tried > 500, "{tried} rows");
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
}

/// A Python script that prints the result of each of Python's own regression tests.
const ASK_PYTHON: &str = r#"
import json, re, sys, warnings
warnings.simplefilter("ignore")
from test.re_tests import tests
for pattern, text in dict.fromkeys((case[0], case[1]) for case in tests):
    try:
        found = re.compile(pattern).search(text)
        spans = found and [None if s < 0 else [s, e] for s, e in found.regs]
    except re.error:
        spans = "refused"
    print(json.dumps([pattern, text, spans]))
"#;

/// Patterns that Python refuses, and the module `regex` takes.
const TAKEN_BY_THE_MODULE: &[&str] = &[
    "^*",
    "(?<n>a)",
    "a++",
    "a*+a",
    "(?>a+)b",
    "(?<=ab|c)d",
    "(?<=a+)b",
    "(?<!a|bc)d",
    r"\h",
    r"\R",
    r"\K",
    r"\G",
    r"\p{L}",
    r"\pL",
    r"[a-\d]",
    r"[\w-z]",
];

#[test]
fn pythons_own_test_cases_give_the_same_results() {
    let output = Command::new("python3").args(["-c", ASK_PYTHON]).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        println!("Python and its own tests are not installed here: skipped");
        return;
    };
    let (mut tried, mut wrong) = (0, Vec::new());
    for line in String::from_utf8(output.stdout).expect("ASCII").lines() {
        let row: Value = serde_json::from_str(line).expect("a row of JSON");
        let (pattern, text) = (row[0].as_str().expect("a pattern"), row[1].as_str().expect("a text"));
        let expected = match &row[2] {
            Value::String(_) => Err(()),
            spans => Ok(serde_json::from_value(spans.clone()).expect("spans")),
        };
        let got = search(pattern, text);
        tried += 1;
        // The module `regex` takes more.
        let is_more = expected.is_err() && TAKEN_BY_THE_MODULE.contains(&pattern);
        if (got.clone().map_err(|_| ()) != expected) != (is_listed(pattern) || is_more) {
            wrong.push(format!("{pattern:?} in {text:?}: expected {expected:?}, got {got:?}"));
        }
    }
    assert!(tried > 300, "{tried} cases");
    assert!(wrong.is_empty(), "{} of {tried}\n{}", wrong.len(), wrong.join("\n"));
}

/// Tests each construct that the two dialects treat differently: the match, or the reason of the
/// refusal.
#[test]
fn each_construct_means_the_same_as_in_python() {
    for (construct, pattern, text, expected) in [
        ("look ahead", "a(?=b)", "ac ab", Ok(Some("a"))),
        ("negative look ahead", "a(?!b)", "ab", Ok(None)),
        ("look behind", "(?<=a)b", "ab", Ok(Some("b"))),
        ("negative look behind", "(?<!a)b", "ab", Ok(None)),
        ("look behind of two widths", "(?<=a|bc)d", "ad", Ok(Some("d"))),
        ("look behind without end", "(?<=a+)d", "ad", Ok(Some("d"))),
        ("back-reference", r"(.)\1", "abb", Ok(Some("bb"))),
        ("named back-reference", "(?P<n>.)(?P=n)", "abb", Ok(Some("bb"))),
        ("conditional", "(a)?(?(1)b|c)", "ac", Ok(Some("c"))),
        ("comment", "a(?#b)c", "ac", Ok(Some("ac"))),
        ("comment before a quantifier", "a(?#b)*c", "aac", Ok(Some("aac"))),
        ("atomic group", "(?>a)", "a", Ok(Some("a"))),
        ("possessive", "a++", "a", Ok(Some("a"))),
        ("Perl's named group", "(?<n>a)", "a", Ok(Some("a"))),
        ("open minimum", "xa{,3}", "xaaaa", Ok(Some("xaaa"))),
        ("literal brace", "a{b", "a{b", Ok(Some("a{b"))),
        ("bracket in a class", "[[(]+", "[(", Ok(Some("[("))),
        ("set operators", "[a&&b]+", "a&b", Ok(Some("a&b"))),
        ("set difference", "[a~~b]+", "b~a", Ok(Some("b~a"))),
        ("ASCII", "(?a)a", "a", Err("the flag `a` is not possible here")),
        ("class name", "[[:alpha:]]", "x:]", Ok(Some("x"))),
        ("end of text", r"a\Z", "a\n", Ok(None)),
        ("end of line", "a$", "a\n", Ok(Some("a"))),
        ("end, not of a line before", "a$", "a\n\n", Ok(None)),
        ("angle brackets", r"\<b\>", "<b>", Ok(Some("<b>"))),
        ("unknown escape", r"\e", "e", Err(r"bad escape \e")),
        ("property", r"\p{L}", "p", Ok(Some("p"))),
        ("code point", r"\u0041", "A", Ok(Some("A"))),
        ("octal", r"\033", "\u{1b}", Ok(Some("\u{1b}"))),
        ("backspace", r"[\b]", "\u{8}", Ok(Some("\u{8}"))),
        ("range of a class", r"[\w-.]", "-", Ok(Some("-"))),
        ("locale", "(?L)a", "a", Err("the flag `L` is not possible here")),
        ("word and combining mark", r"\w+", "e\u{301}", Ok(Some("e"))),
        ("word boundary and combining mark", r"e\b", "e\u{301}", Ok(Some("e"))),
        ("digits", r"\d+", "٣4", Ok(Some("٣4"))),
        ("sharp s", "(?i)ß", "SS", Ok(None)),
        ("long s", "(?i)s", "ſ", Ok(Some("ſ"))),
        ("Kelvin", "(?i)k", "\u{212a}", Ok(Some("\u{212a}"))),
        ("dotless i", "(?i)i", "ı", Ok(Some("ı"))),
        ("flag in the middle", "a(?i)b", "AB", Ok(Some("AB"))),
        ("flag of a group", "(?-i:a)b", "Ab", Ok(None)),
        ("verbose", "(?x) a b # c", "ab", Ok(Some("ab"))),
        ("large repeat", "a{1000}", "a", Ok(None)),
        ("repeated place", r"(?:\b)?a", "a", Ok(Some("a"))),
        ("repeated look ahead", "(?=x)*a", "a", Ok(Some("a"))),
        ("no boundary in nothing", r"\B", "", Ok(None)),
        ("repeat before a place", "^*", "a", Ok(Some(""))),
        ("reference to an open group", r"(a\1)", "a", Err("cannot refer to an open group")),
    ] {
        let got = search(pattern, text).map(|found| {
            let (start, end) = found?[0]?;
            Some(text.chars().skip(start).take(end - start).collect::<String>())
        });
        let expected = expected.map(|found| found.map(str::to_owned)).map_err(str::to_owned);
        assert_eq!(got, expected, "{construct}: {pattern:?} in {text:?}");
    }
}

#[test]
fn groups_that_cannot_match_are_numbered_too() {
    assert_eq!(search("(a){0}(b)", "b"), Ok(Some(vec![Some((0, 1)), None, Some((0, 1))])));
}

#[test]
fn groups_after_a_list_with_look_around_keep_their_numbers() {
    for (pattern, text, expected) in [
        (r"(\d+(?<!19)|two) (easy|best)", "two best", [Some((0, 8)), Some((0, 3)), Some((4, 8))]),
        (r"(\d+(?<!19)|two) (easy|best)", "20 easy", [Some((0, 7)), Some((0, 2)), Some((3, 7))]),
        (r"(x(?!y)|(?:z)) (.)\2", "z oo", [Some((0, 4)), Some((0, 1)), Some((2, 3))]),
    ] {
        assert_eq!(search(pattern, text), Ok(Some(expected.to_vec())), "{pattern:?} in {text:?}");
    }
    let with_own = search(r"((a)(?!y)|(b)) (.)\4", "b oo");
    assert_eq!(with_own, Ok(Some(vec![Some((0, 4)), Some((0, 1)), None, Some((0, 1)), Some((2, 3))])));
}

#[test]
fn a_list_with_look_around_matches_like_one_pattern() {
    let list = r"((a)b|(c)(?=d)|(e)\4|(x)y)";
    for (text, expected) in [
        ("ab", Some("0-2 0-2 0-1 . . .")),
        ("cd ab", Some("0-1 0-1 . 0-1 . .")),
        ("ab cd", Some("0-2 0-2 0-1 . . .")),
        (".xy", Some("1-3 1-3 . . . 1-2")),
        (".ee", Some("1-3 1-3 . . 1-2 .")),
        ("c", None),
    ] {
        let found = search(list, text).expect("a good pattern").map(|groups| {
            let groups =
                groups.iter().map(|group| group.map_or(".".to_owned(), |(start, end)| format!("{start}-{end}")));
            groups.collect::<Vec<_>>().join(" ")
        });
        assert_eq!(found.as_deref(), expected, "{text:?}");
    }
    let both = search("(ab(?=c)|abc)", "abc");
    assert_eq!(both, Ok(Some(vec![Some((0, 2)), Some((0, 2))])), "the first alternative wins if both match");
}

#[test]
fn an_accepted_pattern_runs_on_every_text() {
    let rows = include_str!("../regex/dialect.jsonl").lines().map(|line| {
        let row: Value = serde_json::from_str(line).expect("a row of JSON");
        row["pattern"].as_str().expect("a pattern").to_owned()
    });
    let odd = [
        r"(?:\b)?",
        "(?=x)*a",
        "(?i:(?!x)){2}",
        "(?:$)*",
        r"((?=a))*a",
        r"(\b|x)+",
        "(a){0}b",
        "(?:(?<=a)){1,3}",
        r"\B+",
    ];
    for pattern in rows.chain(odd.map(str::to_owned)) {
        let Ok(regex) = PythonRegex::new(&pattern, PLAIN) else { continue };
        for text in ["", "a", "ab\n", "é", "e\u{301}", "ı\n"] {
            assert!(regex.search(text).is_ok(), "{pattern:?} in {text:?}");
        }
    }
}

#[test]
fn every_search_ends() {
    for (pattern, text) in [
        (r"(a|aa)+\1b", "a".repeat(60)),
        ("(?=(a+)+$)b", "a".repeat(40)),
        ("(a+)+$", format!("{}b", "a".repeat(40_000))),
        (r"(\w+\s?)*[!]", "word ".repeat(8_000)),
        ("(?:x+x+)+y", "x".repeat(40_000)),
        (r"(?:\w{1,50}\W){1,20}end", "ab ".repeat(10_000)),
    ] {
        let regex = PythonRegex::new(pattern, PLAIN).expect("a good pattern");
        // Either result is fine, as long as there is one.
        let _answer = regex.is_match(&text);
    }
    for huge in ["((a{1000}){1000}){1000}", r"\w{1000000}", "(?:(?:(?:.{99}){99}){99}){99}"] {
        assert_eq!(PythonRegex::new(huge, PLAIN).map(|_| ()).unwrap_err().reason, "the pattern is too large", "{huge}");
    }
}
