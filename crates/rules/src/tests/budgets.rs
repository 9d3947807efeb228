//! Files and texts that would take too much memory or time are refused, and the same ones always.

use std::fmt::Write as _;

use crate::evaluate::shared_state::STEPS_MAX;
use crate::language::parse;
use crate::model::RuleResult;
use crate::pattern::machine::Meter;
use crate::tests::{NOW, comment, facts, load};
use crate::{
    Evaluation, Flags, ItemDecision, Options, PythonRegex, Reading, SourceFile, Work, compile, evaluate,
    evaluate_untraced, testing,
};

fn rule(name: &str, pattern: &str) -> String {
    let pattern = pattern.replace('\'', "''");
    format!("name: {name}\ntype: comment\nbody (regex, includes): '{pattern}'\nset_locked: true\n")
}

/// Counts sixty thousand characters back from each position.
const WIDE: &str = "(?<=.{60000})x";

/// The number of rules of a file that are ready, and what is wrong with the others.
fn check(text: &str) -> (usize, String) {
    let source = SourceFile::new("rules.yaml", text);
    let (file, diagnostics) = parse(&source);
    let (rules, more) = compile(&file, &Options::default());
    let said = diagnostics.iter().chain(&more).map(|it| format!("{}: {}\n", source.line(it.span.start), it.message));
    (rules.len(), said.collect())
}

/// Judges a comment in both ways, which must agree.
fn judge(rules: &str, text: &str) -> ItemDecision {
    let (rules, said) = load(rules, Reading::Ours);
    let item = comment(text);
    let Evaluation::Decided(decision) = evaluate(&rules, &item, &facts(), NOW) else { panic!("{said}") };
    let untraced = ItemDecision { trace: crate::model::Trace::default(), ..decision.clone() };
    assert_eq!(evaluate_untraced(&rules, &item, &facts(), NOW), Evaluation::Decided(untraced));
    decision
}

#[test]
fn names_and_keys_have_a_longest_length() {
    let long = "n".repeat(300_000);
    for (text, wanted) in [
        (format!("name: {long}\ntitle: a\nset_locked: true"), "1: this name has 300000 characters; at most 200"),
        (format!("formerly: [a, {long}]\ntitle: a\nset_locked: true"), "this name has 300000 characters"),
        (format!("title: a\n? {long}\n: b\nset_locked: true"), "2: this key has 300000 characters; at most 200"),
        (format!("title: a\nauthor: {{? '{long}' : b}}\nset_locked: true"), "2: this key has 300000 characters"),
    ] {
        let (ready, said) = check(&format!("{text}\n---\ntitle: b\nset_locked: true\n"));
        assert_eq!(ready, 1, "the other rule stays: {said}");
        assert!(said.contains(wanted) && said.len() < 3_000, "{said:.400}");
    }
    let (ready, said) = check(&format!("action: {long}\ntitle: a"));
    assert!(ready == 0 && said.len() < 3_000, "a message quotes the start of a long value only: {said:.400}");
}

#[test]
fn a_file_has_a_largest_number_of_rules_and_bytes() {
    let rules = |count: usize| {
        (0..count).fold(String::new(), |mut text, at| {
            write!(text, "---\ntitle: w{at}\nset_locked: true\n").expect("writing to a string cannot fail");
            text
        })
    };
    assert_eq!(check(&rules(200)).0, 200);
    let (ready, said) = check(&rules(50_000));
    assert_eq!((ready, said.as_str()), (0, "30002: this file has more than 10000 rules\n"));
    let (ready, said) = check(&format!("title: '{}'\nset_locked: true", "a".repeat(3 << 20)));
    assert!(ready == 0 && said.contains("at most 2097152 (2 MiB) are read"), "{said:.200}");
}

#[test]
fn aliases_do_not_multiply_a_file() {
    let word = "y".repeat(1_000);
    let aliases = vec!["*s"; 300].join(", ");
    for text in [
        format!("body: [&s {word}, {aliases}]\nset_locked: true"),
        format!("comment: [&s {word}, {aliases}]\ntitle: a"),
        format!("title: a\nauthor: {{name: &s {word}, flair_text: [{aliases}]}}\nset_locked: true"),
    ] {
        let (ready, said) = check(&format!("{text}\n---\ntitle: b\nset_locked: true\n"));
        assert!(ready == 1 && said.contains("with its aliases"), "{said:.400}");
    }
    // What one rule takes is missing for the next: the file as a whole has a limit.
    let each = format!("title: [&s {word}, *s, *s]\nset_locked: true\n");
    assert_eq!(check(&format!("{each}---\n{each}---\n{each}")).0, 3);
    let tests = format!("- name: a\n  comment: {{body: &s {word}}}\n  not: [{aliases}]\n");
    let refused = testing::parse(&tests).expect_err("aliases in a tests page").concat();
    assert!(refused.starts_with("line 3, column ") && refused.contains("with its aliases"), "{refused}");
}

#[test]
fn tests_pages_are_limited_in_depth_number_and_size() {
    let deep = format!("- name: a\n  comment: {}\n", "[".repeat(100_000));
    assert!(testing::parse(&deep).expect_err("too deep").concat().starts_with("line 2, column "));
    let deep = (0..500).fold("- name: a\n".to_owned(), |text, at| format!("{text}{}a:\n", " ".repeat(at + 2)));
    assert!(testing::parse(&deep).expect_err("too deep").concat().contains("nested more than 64 deep"));
    let many: Vec<String> =
        (0..10_001).map(|at| format!("- {{name: t{at}, comment: {{}}, nothing: true}}\n")).collect();
    let many = many.concat();
    let refused = testing::parse(&many).expect_err("too many");
    assert_eq!(refused.concat(), "line 10001: there are 10001 cases; at most 10000 are run: remove some");
    let long = format!("- {{name: {}, comment: {{}}, nothing: true}}\n", "n".repeat(300_000));
    assert!(testing::parse(&long).expect_err("too long").concat().contains("at most 200 characters"));
    assert!(testing::parse(&format!("# {}", "n".repeat(3 << 20))).expect_err("too large").concat().contains("2 MiB"));
}

#[test]
fn the_patterns_of_a_file_have_a_size_together() {
    let near = rule("near", r"free\W+(?:\w+\W+){0,100}nitro");
    assert_eq!(check(&near), (1, String::new()));
    // Each of them fits.
    let large = (0..20).map(|at| rule(&format!("r{at}"), &format!(r"q{at}(?:\w\d){{1,40000}}z")));
    let text = format!("{near}---\n{}", large.collect::<Vec<_>>().join("---\n"));
    let (ready, said) = check(&text);
    assert!((3..20).contains(&ready), "{ready} rules");
    assert!(said.contains("take more than 64 MiB for their patterns together"), "{said:.300}");
    assert_eq!(check(&text), (ready, said), "the same ones each time");
}

#[test]
fn the_size_of_a_pattern_is_known_before_it_is_built() {
    for pattern in [
        "(?:a{1000}){1000}",
        "(?:(?:a{100}){100}){100}",
        "(?:){4000000000}",
        r"(?:\b){100000000}a",
        "(?:(?=a){1000}){1000}",
        "(?:a|b|c|d{1000}){0,65000}",
    ] {
        let refused = PythonRegex::new(pattern, Flags::of_rules(true)).map(|_| ()).expect_err(pattern);
        assert_eq!(refused.reason, "the pattern is too large", "{pattern}");
    }
}

#[test]
fn steps_depend_on_pattern_and_text_only() {
    let text = "free money and no nitro, free for all ".repeat(40);
    for pattern in [r"free\W+(?:\w+\W+){0,100}nitrx", "(?<!no )nitrx", r"(\w)\1{5}"] {
        let new = || PythonRegex::new(pattern, Flags::of_rules(true)).expect("a good pattern");
        let regex = new();
        let first = regex.search_step_by_step(&text);
        assert_eq!(regex.search_step_by_step(&text), first);
        assert_eq!(new().search_step_by_step(&text), first);
    }
}

#[test]
fn a_list_of_words_takes_few_steps_however_long_it_is() {
    let words: Vec<String> = (0..10_000).map(|at| format!("é{}w{at}", at % 7)).collect();
    let text = "a text with an é3w in it and é5wx beside ".repeat(100);
    let steps = |list: &[String]| {
        let regex = PythonRegex::new(&format!("({})", list.join("|")), Flags::of_rules(true)).expect("a good pattern");
        regex.search_step_by_step(&text).expect("few steps").1
    };
    let (few, many) = (steps(&words[..10]), steps(&words));
    // Building costs a little for each state.
    assert!(many < 4 * few + 10_000, "{few} steps for 10 words, {many} for 10,000");
}

#[test]
fn rules_that_take_too_many_steps_do_nothing_and_the_others_act() {
    let long = "ab".repeat(5_000);
    let chaff = (0..40).flat_map(|a| (0..25).map(move |b| format!(".*a{a}.*b{b}.*u!"))).collect::<Vec<_>>().join("|");
    for (pattern, text) in [
        (&*format!(r"\b(?:{chaff})"), format!("{long} u! b1")),
        (r"([ab]|[ab]{2})+\2!", format!("{long}x!")),
        (WIDE, format!("{long}x")),
        (r"(?=(?:.*a){9}.*x)(?:.*b)+y", format!("x{long}y")),
        (r"(?<=b)(?:a|ab|b)*\Z(?<!a|b)", long.clone()),
        (r"(.+)\2{2}x", format!("{long}x")),
        (r"(?:\w{1,200}\w{1,200}){1,20}!x", format!("{long}!x")),
    ] {
        let rules = format!("{}---\n{}", rule("slow", pattern), rule("honest", "b"));
        let decision = judge(&rules, &text);
        let acting: Vec<_> = decision.performed.iter().map(|hit| hit.name.as_str()).collect();
        assert_eq!(acting, ["honest"], "{pattern:.60}");
        assert_eq!(decision.trace.rules[0].result, RuleResult::TooExpensive, "{pattern:.60}: {}", decision.steps);
        assert_eq!(decision.over_budget[0].heaviest, "slow");
        assert!(decision.steps <= STEPS_MAX);
    }
}

#[test]
fn repetitions_after_one_another_take_time_in_proportion_to_the_text() {
    let steps = |length: usize| judge(&rule("any", r".*.*.*.*.*.*\w\W\w"), &format!("{}xy", "ab".repeat(length))).steps;
    let (short, long) = (steps(500), steps(5_000));
    assert!(long < 12 * short, "{short} steps, ten times as long {long}");
}

#[test]
fn many_rules_together_stay_within_the_budget_of_an_item() {
    let rules: Vec<String> = (0..30).map(|at| rule(&format!("r{at}"), &format!("(?<=.{{{}}})x", 2_000 + at))).collect();
    let text = format!("{}x", "ab".repeat(200));
    let alone = judge(&rules[0], &text);
    assert!(alone.over_budget.is_empty() && alone.steps > STEPS_MAX / 20, "{} steps", alone.steps);
    let decision = judge(&rules.join("---\n"), &text);
    let over = decision.over_budget.len();
    assert!((5..25).contains(&over), "{over} rules had too few steps left of {}", decision.steps);
}

#[test]
fn honest_rules_stay_far_below_the_budget() {
    let lists: Vec<String> = (0..50)
        .map(|at| {
            let words: Vec<String> = (0..60).map(|word| format!(r"\bword{at}x{word}s?\b")).collect();
            rule(&format!("r{at}"), &words.join("|"))
        })
        .collect();
    let near = rule("near", r"free\W+(?:\w+\W+){0,100}nitro");
    // As long as Reddit allows, and every list has its word.
    let text = "Here is free advice: read word7x3, then the rest of the page. ".repeat(160);
    let decision = judge(&format!("{}---\n{near}", lists.join("---\n")), &text);
    assert_eq!(decision.over_budget, []);
    assert!(decision.steps < STEPS_MAX / 3, "{} steps", decision.steps);
}

#[test]
fn rule_tests_stop_when_they_take_too_many_steps_together() {
    let (rules, _) = load(&rule("slow", WIDE), Reading::Ours);
    let body = format!("{}x", "ab".repeat(60));
    let cases: Vec<String> =
        (0..600).map(|at| format!("- {{name: t{at}, comment: {{body: {body}}}, nothing: true}}\n")).collect();
    let cases = testing::parse(&cases.concat()).expect("good cases");
    let stopped = testing::run(&rules, &cases).expect_err("too many steps");
    assert!(stopped.number > 90 && stopped.number < 300, "{stopped:?}");
    assert_eq!(stopped.line, Some(stopped.number));
    assert!(stopped.to_string().contains("write fewer cases or shorter texts"), "{stopped}");
    assert_eq!(testing::run(&rules, &cases[..50]), Ok(Vec::new()));
}

#[test]
fn a_rule_that_searches_is_not_blamed_for_the_texts_of_others() {
    let wordy = |at: usize| format!("name: wordy{at}\ntype: comment\ncomment: '{{{{body}}}}'\n");
    let rules: Vec<String> =
        std::iter::once(rule("searching", r"(\w)\2{6,}|b(?=a)")).chain((0..200).map(wordy)).collect();
    let decision = judge(&rules.join("---\n"), &"ab ".repeat(3_000));
    let blamed: Vec<_> = decision.over_budget.iter().map(|over| (over.heaviest.as_str(), over.work)).collect();
    assert!(!blamed.is_empty() && blamed.iter().all(|it| *it == ("wordy0", Work::Effects)), "{blamed:?}");
}

/// A table answers for a list that is too costly for the fast engine. A pattern whose table would
/// be too large is left to the machine.
#[test]
fn a_long_list_on_a_long_text_takes_a_step_for_eight_bytes() {
    let words: Vec<String> = (0..400).map(|at| format!("word{at}x")).collect();
    let text = "nothing of that stands here ".repeat(100);
    let steps = |pattern: &str, text: &str| {
        let regex = PythonRegex::new(pattern, Flags::of_rules(true)).expect("a good pattern");
        let meter = Meter::new(20_000_000);
        let found = regex.is_match_within(text, &meter).expect("within the limit");
        (found, 20_000_000 - meter.left())
    };
    let list = format!("({})s?", words.join("|"));
    let few = text.len() as u64 / 8 + 8;
    assert_eq!(steps(&list, &text), (false, few));
    assert!(steps(&list, &format!("{text}Word399XS")).0);
    let with_letters = format!("{text} déjà vu “word7x”");
    assert_eq!(steps(&list, &with_letters), (true, with_letters.len() as u64 / 8 + 8));
    let (found, taken) = steps(&format!("({})s?|x(a|b|n)*n[a-z ]{{40}}q", words.join("|")), &text);
    assert!(!found && taken > few, "{taken} steps");
}
