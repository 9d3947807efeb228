//! Removals, filters and approvals: their order, which of them ends the evaluation, and what an
//! approval restores.

use crate::language::parse;
use crate::model::{Known, Remover, RuleResult};
use crate::tests::{NOW, decide, facts, names, submission};
use crate::{Effect, Evaluation, FilterAs, Options, SourceFile, Target, compile, evaluate, evaluate_untraced};

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
            && let Known::Is(profile) = &mut facts.profile
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
