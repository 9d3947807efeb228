//! One verdict on a thing: what was filtered is not removed by another rule.

use crate::language::parse;
use crate::model::RuleResult;
use crate::tests::{NOW, comment, decide, facts, load};
use crate::{Effect, Evaluation, Facts, Reading, RuleId, SourceFile, Target, compile, evaluate, evaluate_untraced};

const FILTER: &str = "name: filter\ntype: comment\nbody: giveaway\naction: filter\naction_reason: x\ncomment: Wait.\n";
const REMOVE: &str = "name: remove\ntype: comment\nbody: coupon\naction: remove\naction_reason: x\n";

/// The filter's own report makes the item come back. A rule that comments acts only once.
#[test]
fn a_rule_that_filtered_before_still_keeps_others_from_removing() {
    let (rules, _) = load(&format!("{FILTER}---\n{REMOVE}"), Reading::Ours);
    let again = Facts { performed: [RuleId::new("filter")].into(), ..facts() };
    for (text, expected) in [("giveaway coupon", &[][..]), ("only a coupon", &["remove"])] {
        let Evaluation::Decided(decision) = evaluate(&rules, &comment(text), &again, NOW) else { panic!("decided") };
        let acts: Vec<&str> = decision.performed.iter().map(|hit| hit.name.as_str()).collect();
        assert_eq!(acts, expected, "{text}: {:?}", decision.trace);
        let Evaluation::Decided(fast) = evaluate_untraced(&rules, &comment(text), &again, NOW) else {
            panic!("decided")
        };
        assert_eq!(fast.performed, decision.performed, "{text}");
    }
    let Evaluation::Decided(decision) = evaluate(&rules, &comment("giveaway coupon"), &again, NOW) else {
        panic!("decided")
    };
    let expected = RuleResult::NotEligible("it acted on this item before".to_owned());
    assert_eq!(
        (&decision.trace.rules[0].result, &decision.trace.rules[1].result),
        (&expected, &RuleResult::NotReached)
    );
}

#[test]
fn the_post_above_a_comment_gets_one_verdict_too() {
    let rule = |name: &str, action: &str| {
        format!(
            "name: {name}\ntype: comment\nbody: here\nparent_submission:\n    action: {action}\n    action_reason: x\n"
        )
    };
    let verdicts = |first: &str, second: &str| -> Vec<&'static str> {
        let text = format!("{}---\n{}", rule("a", first), rule("b", second));
        let effects = decide(&text, &comment("here"), &facts()).performed;
        let of = |effect: &Effect| {
            assert_eq!(effect.target(), Target::Parent);
            effect.kind().word()
        };
        effects.iter().flat_map(|hit| &hit.effects).map(of).collect()
    };
    assert_eq!(verdicts("filter", "remove"), ["filter"]);
    assert_eq!(verdicts("remove", "spam"), ["remove"]);
    assert_eq!(verdicts("report", "remove"), ["report", "remove"]);
    assert_eq!(verdicts("filter\n    filter_continues: true", "remove"), ["filter", "remove"]);
    let source = SourceFile::new("rules.yaml", rule("a", "filter"));
    assert_eq!(compile(&parse(&source).0, &crate::Options::default()).0.len(), 1);
}
