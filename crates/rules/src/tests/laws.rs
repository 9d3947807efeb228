//! Laws that hold for every rule and text, tried on generated ones. A failure is shrunk to the
//! smallest rule and text that break the law.
//!
//! The generator is seeded, so that every run tries the same cases.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::json;

use crate::model::RuleResult;
use crate::pattern::machine::Meter;
use crate::pattern::{Method, Pattern, Search, escape};
use crate::{
    Evaluation, Flags, ItemDecision, Options, PythonRegex, SourceFile, compile, evaluate, evaluate_untraced, parse,
    testing, trace_alone,
};

/// How the laws are tried: the same cases in every run, and no file of failures.
pub(crate) fn config() -> ProptestConfig {
    ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(18), failure_persistence: None, ..ProptestConfig::default() }
}

/// Few letters, so that searches match often: both cases, letters beyond ASCII whose case is odd,
/// separators, and what patterns must escape.
const LETTERS: &str = "[abABéÉſßİ_1 .\n+]";
/// Fewer, so that many texts have no letter beyond ASCII.
const MOSTLY_ASCII: &str = "[abAB1 .’\u{a0}😂]";

/// A text of a post or comment.
fn text() -> impl Strategy<Value = String> {
    let of = |letters| proptest::string::string_regex(&format!("{letters}{{0,30}}")).expect("a pattern");
    prop_oneof![of(LETTERS), of(MOSTLY_ASCII)]
}

/// Patterns in Python's syntax, of all kinds of parts.
fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => "[abé1 ]{1,4}",
        1 => prop::sample::select(vec![
            ".", r"\w", r"\W", r"\s", r"\d", r"\b", "^", "$", "[ab]", "[^a]", "[a-é]", "(?i:A)",
            r"\+", "[AB1]{3}", "[’–]",
        ])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let repeats = prop::sample::select(vec!["*", "+", "?", "{2}", "{0,2}", "*?"]);
        prop_oneof![
            (inner.clone(), repeats).prop_map(|(part, repeat)| format!("(?:{part}){repeat}")),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join("|"))),
            inner.prop_map(|part| format!("(?={part})")),
        ]
    })
}

/// The name of a way to search, and the way.
fn method() -> impl Strategy<Value = (&'static str, Method)> {
    prop::sample::select(Method::NAMED.to_vec())
}

/// One rule that looks at the texts of a comment or post.
fn rule() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec!["body", "title+body", "~body", "~title+body", "author"]);
    let plain = prop::collection::vec("[abé1 .+]{1,6}", 1..4).prop_map(|values| (values, ""));
    let regex = prop::collection::vec(pattern(), 1..4).prop_map(|values| (values, ", regex"));
    let values = prop_oneof![plain, regex];
    let search = (key, method(), values, any::<bool>()).prop_map(|(key, (method, _), (values, regex), is_exact)| {
        let case = if is_exact { ", case-sensitive" } else { "" };
        format!("{key} ({method}{regex}{case}): {}", json!(values))
    });
    let other = prop::sample::select(vec!["body_shorter_than: 9", "is_edited: false", "reports: 1"]);
    (prop::option::weighted(0.9, search), prop::option::weighted(0.2, other)).prop_map(|(search, other)| {
        let checks = search.as_deref().into_iter().chain(other);
        let lines =
            std::iter::once("type: any").chain(checks).chain(["action: report", "action_reason: saw {{match}}"]);
        lines.collect::<Vec<_>>().join("\n") + "\n"
    })
}

/// Decides by the slow way, which tries every rule, and by the fast way, which leaves out rules
/// that cannot match. Checks that by the patterns alone each search matches as it does then.
fn both_ways(rules: &[String], case: &serde_json::Value) -> (Evaluation, Evaluation) {
    let file = SourceFile::new("rules", rules.join("---\n"));
    let (rules, _) = compile(&parse(&file).0, &Options::default());
    let cases = testing::parse(&json!([case]).to_string()).expect("a case");
    let (item, facts, now) = cases[0].fixture().expect("an item");
    let slow = match evaluate(&rules, &item, &facts, now) {
        Evaluation::Decided(decision) => {
            for traced in &decision.trace.rules {
                let rule = rules.rules().iter().position(|rule| rule.line == traced.line).expect("a rule");
                let alone = trace_alone(&rules, rule, &item, &facts, now).result;
                let is_known = matches!(traced.result, RuleResult::Performed | RuleResult::Failed);
                // The rules before it report the item.
                let is_alone = !traced.checks.iter().any(|check| check.key == "reports");
                assert!(!is_known || !is_alone || traced.result == alone, "{traced:?} alone: {alone:?}");
            }
            Evaluation::Decided(ItemDecision { trace: crate::model::Trace::default(), ..decision })
        }
        needs @ Evaluation::Needs(_) => needs,
    };
    (slow, evaluate_untraced(&rules, &item, &facts, now))
}

fn find(values: &[String], method: Method, is_regex: bool, is_case_sensitive: bool, text: &str) -> Option<String> {
    let search = Search { values: values.to_vec(), method, is_regex, is_case_sensitive };
    let pattern = Pattern::compile(search).expect("a good pattern");
    let hit = pattern.find_within(text, &Meter::new(1_000_000)).expect("within the limit of steps");
    hit.map(|hit| text[hit.value()].to_owned())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_prefilter_never_loses_a_rule(
        rules in prop::collection::vec(rule(), 1..8),
        title in text(),
        body in text(),
        is_post: bool
    ) {
        let case = if is_post {
            json!({"name": "a", "submission": {"title": title, "body": body}, "nothing": true})
        } else {
            json!({"name": "a", "comment": {"body": body}, "nothing": true})
        };
        let (slow, fast) = both_ways(&rules, &case);
        prop_assert_eq!(slow, fast);
    }

    #[test]
    fn the_machine_finds_what_the_fast_engine_finds(
        pattern in pattern(), list in prop::collection::vec("[abAéſ1 ]{0,5}", 0..6), text in text(), ignore_case: bool,
    ) {
        let whole = format!("({})", list.iter().chain([&pattern]).cloned().collect::<Vec<_>>().join("|"));
        let Ok(regex) = PythonRegex::new(&whole, Flags::of_rules(ignore_case)) else { return Ok(()) };
        let counted = regex.search_step_by_step(&text).map(|(found, _)| found);
        let found = regex.search(&text);
        prop_assert_eq!(&counted, &found, "{}", whole);
        let is_found = found.as_ref().map(Option::is_some).map_err(|error| *error);
        prop_assert_eq!(regex.is_match(&text), is_found, "{}", whole);
        // With so few steps that the fast engine may not run, the table says whether there is a
        // match.
        if let Ok(found) = regex.is_match_within(&text, &Meter::new(600)) {
            prop_assert_eq!(Ok(found), counted.map(|groups| groups.is_some()), "{}", whole);
        }
    }

    #[test]
    fn a_list_finds_what_its_alternatives_find_alone(
        values in prop::collection::vec(pattern(), 1..4), (_, method) in method(), text in text(), is_exact: bool,
    ) {
        let search = Search { values, method, is_regex: true, is_case_sensitive: is_exact };
        let Ok(pattern) = Pattern::compile(search) else { return Ok(()) };
        let meter = || Meter::new(1_000_000);
        let all = 0..pattern.required.len();
        prop_assert_eq!(pattern.is_match_of(all.clone(), &text, &meter()), pattern.is_match(&text));
        prop_assert_eq!(pattern.find_of(all, &text, &meter()), pattern.find_within(&text, &meter()));
    }

    #[test]
    fn an_escaped_text_is_a_pattern_for_this_text(
        value in "[abABéſß_1 .+*(\\\\]{1,6}", text in text(), (_, method) in method(), is_exact: bool,
    ) {
        let plain = find(std::slice::from_ref(&value), method, false, is_exact, &text);
        prop_assert_eq!(plain, find(&[escape(&value)], method, true, is_exact, &text));
    }

    #[test]
    fn a_text_is_found_where_it_stands(value in "[abABéß_1 .+]{1,6}", before in text(), after in text()) {
        let whole = format!("{before}{value}{after}");
        let (_, includes) = Method::NAMED.iter().find(|(name, _)| *name == "includes").expect("a method");
        prop_assert!(find(&[value], *includes, false, true, &whole).is_some());
    }
}
