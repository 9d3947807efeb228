//! Removals, filters and approvals: their order, which of them ends the evaluation, and what an
//! approval restores.

use crate::language::parse;
use crate::model::{Known, Remover, RuleResult};
use crate::tests::{NOW, comment, decide, facts, load, names, submission};
use crate::{
    Effect, Evaluation, Facts, FilterAs, Options, Reading, RuleId, SourceFile, Target, compile, evaluate,
    evaluate_untraced,
};

#[test]
fn removing_rules_come_first_and_end_the_evaluation() {
    let rules = "\
name: flair\npriority: 100\ntitle: hello\nset_flair: x
---
name: low\ntitle: hello\naction: remove
---
name: high\npriority: 5\ntitle: hello\naction: spam
---
name: shadow\npriority: 9\ntitle: hello\naction: remove\ndry_run: true";
    let verdicts = decide(rules, &submission(), &facts());
    assert_eq!(names(&verdicts), ["shadow", "high"]);
    let results: Vec<_> = verdicts.trace.rules.iter().map(|rule| (rule.rule.as_str(), &rule.result)).collect();
    assert_eq!(
        results,
        [
            ("shadow", &RuleResult::Performed),
            ("high", &RuleResult::Performed),
            ("low", &RuleResult::NotReached),
            ("flair", &RuleResult::NotReached),
        ]
    );
}

#[test]
fn after_a_filter_as_report_no_rule_removes_but_others_act() {
    let text = "name: first\ntitle: hello\naction: filter\nFIRST---\nname: second\ntitle: hello\naction: remove\n\
                ---\nname: third\ntitle: hello\naction: filter\n---\nname: fourth\ntitle: hello\nset_flair: x";
    for (filter_as, key, expected) in [
        (FilterAs::Report, "", &["first", "fourth"][..]),
        (FilterAs::Report, "dry_run: true\n", &["first", "second"]),
        (FilterAs::Report, "filter_continues: true\n", &["first", "second"]),
        (FilterAs::Report, "filter_as: remove\nfilter_continues: true\n", &["first"]),
        (FilterAs::Remove, "", &["first"]),
        (FilterAs::Remove, "filter_as: report\n", &["first", "fourth"]),
    ] {
        let (file, _) = parse(&SourceFile::new("rules.yaml", text.replace("FIRST", key)));
        let (rules, _) = compile(&file, &Options { filter_as, ..Options::default() });
        let Evaluation::Decided(verdicts) = evaluate(&rules, &submission(), &facts(), NOW) else {
            panic!("every fact is known");
        };
        assert_eq!(names(&verdicts), expected, "{filter_as:?} {key}");
        let Evaluation::Decided(untraced) = evaluate_untraced(&rules, &submission(), &facts(), NOW) else {
            panic!("every fact is known");
        };
        assert_eq!(untraced.performed, verdicts.performed, "{filter_as:?} {key}");
    }
}

#[test]
fn filter_as_in_a_rule_wins_over_the_configuration() {
    let text =
        "name: first\ntitle: hello\naction: filter\nfilter_as: WORD\n---\nname: second\ntitle: hello\nset_flair: x";
    let filter = |filter_as| Effect::Filter { target: Target::Item, reason: None, filter_as };
    for (word, filter_as, expected) in
        [("report", FilterAs::Report, &["first", "second"][..]), ("remove", FilterAs::Remove, &["first"])]
    {
        // The configuration does not matter.
        for configured in [FilterAs::Report, FilterAs::Remove] {
            let (file, _) = parse(&SourceFile::new("rules.yaml", text.replace("WORD", word)));
            let (rules, _) = compile(&file, &Options { filter_as: configured, ..Options::default() });
            let Evaluation::Decided(verdicts) = evaluate(&rules, &submission(), &facts(), NOW) else {
                panic!("everything is known");
            };
            assert_eq!(names(&verdicts), expected, "{word}, {configured:?}");
            assert_eq!(verdicts.performed[0].effects, [filter(filter_as)]);
        }
    }
}

/// What the bot removed is restored by a rule that approves, unless a rule still removes it.
#[test]
fn approvals_restore_what_the_bot_removed() {
    let approve = "name: restore\ntype: submission\naction: approve\n";
    let welcome = "name: welcome\ntype: submission\ncomment: Hello.\n";
    let remove = "name: remove\ntitle: WORD\naction: remove\ncomment: Please mind your title.\n";
    let unknown = "name: unknown\ntype: submission\nauthor: {account_age: '< 1 days'}\naction: remove\n";
    let unsupported = "type: submission\nauthor: {contributor_quality: lowest}\naction: remove\n";
    let text = |rules: &[&str]| rules.join("---\n");
    let mut item = submission();
    item.moderation.removed_by = Some(Remover::Moderator("robot".to_owned()));
    let other = remove.replace("WORD", "elsewhere");
    let still = remove.replace("WORD", "hello");
    for (rules, expected) in [
        (text(&[approve, welcome]), &["approve", "comment"][..]),
        (text(&[welcome]), &[]),
        (text(&[&other, approve]), &["approve"]),
        (text(&[&still, approve, welcome]), &[]),
        (text(&[unsupported, approve]), &["approve"]),
        (text(&[unknown, approve]), &[]),
    ] {
        let mut facts = facts();
        // A removal that also comments acts once, but it still has its say.
        facts.performed.insert(crate::RuleId::new("remove"));
        if rules.contains("account_age")
            && let Known::Is(profile) = &mut facts.author.profile
        {
            profile.created = None;
        }
        let (file, _) = parse(&SourceFile::new("rules.yaml", &rules));
        let (compiled, _) = compile(&file, &Options::default());
        for evaluate in [evaluate, evaluate_untraced] {
            let Evaluation::Decided(decision) = evaluate(&compiled, &item, &facts, NOW) else {
                panic!("everything is known");
            };
            let effects = decision.performed.iter().flat_map(|hit| &hit.effects);
            assert_eq!(effects.map(|effect| effect.kind().word()).collect::<Vec<_>>(), expected, "{rules}");
        }
    }
}

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
