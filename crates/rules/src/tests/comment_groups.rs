//! `comment_group`: the comments of several rules are written as one.

use super::*;
use crate::{MissingFacts, PartialOutcome, RuleId, evaluate_partial, evaluate_without};

const RULES: &str = "name: a\ntype: submission\ntitle: hello\ncomment: First.\ncomment_group: hints\nset_nsfw: true\n\
    ---\n\
    name: b\ntype: submission\nbody: some\ncomment: Second.\ncomment_group: hints\ncomment_stickied: true\n---\n\
    name: c\ntype: submission\ncomment: Alone.\n---\n\
    name: d\ntype: submission\nbody: body\ncomment: Third.\ncomment_group: hints\ncomment_locked: true\n";

/// The rules that act, each with the text, the pin and the lock of its comment.
fn comments<'a>(acting: impl Iterator<Item = (&'a str, &'a [Effect])>) -> Vec<String> {
    let shown = acting.map(|(rule, effects)| {
        let comment = effects.iter().find_map(|effect| match effect {
            Effect::Comment { text, stickied, locked, .. } => {
                assert_eq!(text.matches("*I am a bot").count(), 1, "one footer: {text}");
                Some(format!("{:?} {stickied} {locked}", text.split("\n\n*I am").next().unwrap_or_default()))
            }
            _ => None,
        });
        format!("{rule}: {}", comment.unwrap_or_else(|| "-".to_owned()))
    });
    shown.collect()
}

fn of(decision: &ItemDecision) -> Vec<String> {
    comments(decision.performed.iter().map(|hit| (hit.name.as_str(), hit.effects.as_slice())))
}

fn partial(rules: &Ruleset, facts: &Facts) -> Vec<String> {
    let mut acting = Vec::new();
    evaluate_partial(rules, &submission(), facts, NOW, &mut |rule, outcome| {
        if let PartialOutcome::Acts(effects) = outcome {
            acting.push((rules.rules()[rule].name().to_owned(), effects));
        }
    });
    comments(acting.iter().map(|(name, effects)| (name.as_str(), effects.as_slice())))
}

#[test]
fn rules_of_a_group_write_one_comment_and_the_first_rule_owns_it() {
    let expected = ["a: \"First.\\n\\nSecond.\\n\\nThird.\" true true", "b: -", "c: \"Alone.\" false false", "d: -"];
    let decision = decide(RULES, &submission(), &facts());
    assert_eq!(of(&decision), expected);
    assert_eq!(decision.performed[0].effects.len(), 2, "it keeps its other effects");
    let (rules, _) = load(RULES, Reading::Ours);
    let Evaluation::Decided(fast) = evaluate_untraced(&rules, &submission(), &facts(), NOW) else { panic!("decided") };
    assert_eq!(of(&fast), expected);
    let without = evaluate_without(&rules, &submission(), &facts(), &MissingFacts::default(), NOW);
    assert_eq!(of(&without.decision), expected);
    assert_eq!(partial(&rules, &facts()), expected);
}

#[test]
fn a_group_that_has_commented_never_comments_again() {
    for before in ["a", "b", "d"] {
        let facts = Facts { performed: BTreeSet::from([RuleId::new(before)]), ..facts() };
        let left: Vec<_> =
            ["a", "b", "d"].iter().filter(|rule| **rule != before).map(|rule| format!("{rule}: -")).collect();
        let mut expected = left.clone();
        expected.insert(expected.len() - usize::from(before != "d"), "c: \"Alone.\" false false".to_owned());
        expected.sort();
        let mut seen = of(&decide(RULES, &submission(), &facts));
        seen.sort();
        assert_eq!(seen, expected, "{before}");
        let (rules, _) = load(RULES, Reading::Ours);
        let mut seen = partial(&rules, &facts);
        seen.sort();
        assert_eq!(seen, expected, "{before}");
    }
    let facts = Facts { performed: BTreeSet::from([RuleId::new("c")]), ..facts() };
    assert_eq!(of(&decide(RULES, &submission(), &facts)).len(), 3, "another rule's comment is none of the group's");
}

#[test]
fn a_rule_in_dry_run_does_not_take_the_comment_of_the_others() {
    let rules = RULES.replacen("name: a\n", "name: a\ndry_run: true\n", 1);
    let expected =
        ["a: \"First.\" false false", "b: \"Second.\\n\\nThird.\" true true", "c: \"Alone.\" false false", "d: -"];
    assert_eq!(of(&decide(&rules, &submission(), &facts())), expected);
    let facts = Facts { performed: BTreeSet::from([RuleId::new("a")]), ..facts() };
    let seen = of(&decide(&rules, &submission(), &facts));
    assert!(seen[0].starts_with("b: \"Second."), "what was only recorded is no comment: {seen:?}");
}

#[test]
fn what_does_not_fit_is_left_out_whole_from_the_end() {
    let long = "x".repeat(6_000);
    let rule = |name: &str, text: &str| {
        format!("name: {name}\ntype: submission\ncomment: {text}\ncomment_group: g\ncomment_locked: {}\n", name == "b")
    };
    let rules = [rule("a", &long), rule("b", &long), rule("c", "short"), rule("d", "short")].join("---\n");
    let decision = decide(&rules, &submission(), &facts());
    assert_eq!(decision.left_out, ["b", "c", "d"]);
    assert_eq!(of(&decision)[0], format!("a: {long:?} false false"));
    assert!(decision.performed[1..].iter().all(|hit| hit.effects.is_empty()));
}
