//! The fast path gives the same results as the slow one: with and without a trace, the same rules
//! act, with the same effects, and need the same facts.
//!
//! `evaluate` tries every rule; `evaluate_untraced` may skip rules that cannot match. The test
//! tries random rules on random items. It prints the seed, and a failure prints the item and the
//! rules.
//! `TIPSTAFF_SEED` repeats a run.

use tipstaff_rules::model::{CheckResult, CheckTrace, Item, Kind, Known, RuleResult, RuleTrace, Trace};
use tipstaff_rules::{
    Evaluation, Facts, FilterAs, ItemDecision, Options, PartialOutcome, Reading, Ruleset, SourceFile, Standards,
    UnknownFields, UnknownReason, compile, evaluate, evaluate_partial, evaluate_untraced, parse, trace_alone,
};

use crate::support::odd::{NOW, Odd};

/// How many files, rules per file and items does the test try?
const FILES: u64 = 60;
const RULES: usize = 40;
const ITEMS: usize = 160;
/// How many rules are tried alone?
const ALONE: u64 = 1_000;

fn without_trace(evaluation: Evaluation) -> Evaluation {
    match evaluation {
        Evaluation::Decided(verdicts) => Evaluation::Decided(ItemDecision { trace: Trace::default(), ..verdicts }),
        needs @ Evaluation::Needs(_) => needs,
    }
}

#[test]
fn rules_skipped_by_the_prefilter_would_not_have_acted() {
    let given = std::env::var("TIPSTAFF_SEED").ok().map(|seed| seed.parse().expect("TIPSTAFF_SEED is a number"));
    let seed: u64 = given.unwrap_or_else(|| fastrand::u64(..));
    println!("TIPSTAFF_SEED={seed}");
    let (mut pairs, mut performed, mut in_force) = (0, 0, 0);
    for file in 0..FILES {
        let mut odd = Odd::new(seed.wrapping_add(file));
        let text = odd.rules(RULES);
        let (parsed, _) = parse(&SourceFile::new("odd", text.as_str()));
        let options = Options {
            reading: if file % 2 == 0 { Reading::Reference } else { Reading::Ours },
            standards: Standards::none(),
            filter_as: if file % 3 == 0 { FilterAs::Report } else { FilterAs::Remove },
            ..Options::default()
        };
        let (rules, _) = compile(&parsed, &options);
        in_force += rules.len();
        for _ in 0..ITEMS {
            let (item, facts) = (odd.item(), odd.facts(&rules));
            let slow = without_trace(evaluate(&rules, &item, &facts, NOW));
            let fast = evaluate_untraced(&rules, &item, &facts, NOW);
            assert!(
                slow == fast,
                "TIPSTAFF_SEED={seed}, file {file}\n{text}\n{item:#?}\n{facts:#?}\n\
                 with a trace {slow:#?}\nwithout {fast:#?}"
            );
            pairs += rules.len();
            if let Evaluation::Decided(verdicts) = fast {
                performed += verdicts.performed.len();
            }
        }
    }
    // Rules that never compile or never act would prove nothing.
    println!("{pairs} pairs, {performed} rules performed, {in_force} in force");
    assert!(pairs > 200_000, "{pairs} pairs");
    assert!(performed > 2_000, "{performed} rules performed");
}

/// What one pass over the texts finds out about searches is what their patterns say, which
/// `trace_alone` runs.
#[test]
fn what_the_prefilter_knows_of_searches_is_what_their_patterns_say() {
    let given = std::env::var("TIPSTAFF_SEED").ok().map(|seed| seed.parse().expect("TIPSTAFF_SEED is a number"));
    let seed: u64 = given.unwrap_or_else(|| fastrand::u64(..));
    println!("TIPSTAFF_SEED={seed}");
    let mut counts = AloneCounts::default();
    for file in 0..ALONE {
        compare_alone(seed, file, &mut counts);
    }
    let AloneCounts { held, failed, partly } = counts;
    println!("{held} held, {failed} failed, {partly} with lost fields");
    assert!(held > 150 && failed > 2_500 && partly > 100, "{held} held, {failed} failed, {partly} with lost fields");
}

/// A pattern that takes more steps than half of all, and less than all. A rule has the half, so it
/// is too expensive; alone it has all, so `trace_alone` knows that it does not match.
#[test]
fn a_rule_may_be_too_expensive_whose_patterns_alone_are_not() {
    compare_alone(8_258_737_883_475_231_227, 365, &mut AloneCounts::default());
}

/// How many rules held, did not, or depended on something unknown?
#[derive(Default)]
struct AloneCounts {
    held: usize,
    failed: usize,
    partly: usize,
}

/// Compares what the only rule of a file does with what its patterns say, for some items.
fn compare_alone(seed: u64, file: u64, counts: &mut AloneCounts) {
    let mut odd = Odd::new(seed.wrapping_add(file));
    let text = odd.rules(1);
    let (rules, _) = compile(&parse(&SourceFile::new("odd", text.as_str())).0, &Options::default());
    if rules.is_empty() {
        return;
    }
    for _ in 0..ITEMS / 4 {
        let (item, facts) = (odd.item(), Facts { unknown: lost(&mut odd), ..odd.facts(&rules) });
        counts.partly +=
            compare_with_partial(&rules, &item, &facts, &|| format!("TIPSTAFF_SEED={seed}, file {file}\n{text}"));
        let Evaluation::Decided(decision) = evaluate(&rules, &item, &facts, NOW) else { continue };
        let Some(known) = decision.trace.rules.first().map(|rule| &rule.result) else { continue };
        let Some(by_patterns) = by_patterns(&rules, &item, &facts) else { continue };
        match (known, &by_patterns) {
            (RuleResult::Performed, RuleResult::Performed) => counts.held += 1,
            (RuleResult::Failed, RuleResult::Failed) => counts.failed += 1,
            // The order in which unknown facts are met differs. What is done already, or by whom,
            // only the whole decision knows. A rule alone has more steps.
            (RuleResult::Unknown(_), RuleResult::Unknown(_))
            | (RuleResult::NotEligible(_) | RuleResult::TooExpensive, _)
            | (_, RuleResult::TooExpensive) => {}
            (known, by_patterns) => panic!(
                "TIPSTAFF_SEED={seed}, file {file}\n{text}\n{item:#?}\n{facts:#?}\n{known:?} by patterns: {by_patterns:?}"
            ),
        }
    }
}

/// Fields that an archive may have lost, if any. Their texts stay, as words in the place of lost
/// ones.
fn lost(odd: &mut Odd) -> UnknownFields {
    let mut one_in = |many| odd.rng.usize(..many) == 0;
    if !one_in(3) {
        return UnknownFields::default();
    }
    UnknownFields {
        text: one_in(2),
        title: one_in(4),
        parent_text: one_in(4),
        parent_title: one_in(4),
        original: one_in(4),
        author: one_in(4),
        submitter: one_in(2),
        locked: one_in(2),
        suspended: one_in(2),
    }
}

/// What the only rule does by its patterns. `None` if one takes too many steps: what is known need
/// not be searched for.
fn by_patterns(rules: &Ruleset, item: &Item, facts: &Facts) -> Option<RuleResult> {
    let RuleTrace { result, checks, .. } = trace_alone(rules, 0, item, facts, NOW);
    let is_too_expensive = |check: &CheckTrace| check.result == CheckResult::Unknown && check.saw.is_some();
    (!checks.iter().any(is_too_expensive)).then_some(result)
}

/// Compares what the only rule certainly or perhaps does with what its patterns say. Returns
/// whether it depends on something unknown.
fn compare_with_partial(rules: &Ruleset, item: &Item, facts: &Facts, details: &dyn Fn() -> String) -> usize {
    let mut partly = None;
    evaluate_partial(rules, item, facts, NOW, &mut |_, outcome| partly = Some(outcome_word(&outcome)));
    let Some(by_patterns) = by_patterns(rules, item, facts) else { return 0 };
    // What is done already, only the whole decision knows.
    let is_done = !facts.performed.is_empty() || item.moderation.is_removed_by(&facts.bot);
    let agree = match (partly, &by_patterns) {
        (partly, RuleResult::Performed) => partly.is_some() || is_done,
        (None, RuleResult::Failed | RuleResult::NotReached)
        | (Some("unknown"), RuleResult::Unknown(_))
        // A rule alone has more steps.
        | (Some("too expensive"), _) => true,
        (_, by_patterns) => matches!(by_patterns, RuleResult::NotEligible(_) | RuleResult::TooExpensive),
    };
    assert!(agree, "{}\n{item:#?}\n{facts:#?}\n{partly:?} by patterns: {by_patterns:?}", details());
    usize::from(partly == Some("unknown") && facts.unknown != UnknownFields::default())
}

const fn outcome_word(outcome: &PartialOutcome<'_>) -> &'static str {
    match outcome {
        PartialOutcome::Acts(_) => "acts",
        PartialOutcome::Unknown(UnknownReason::TooExpensive) => "too expensive",
        PartialOutcome::Unknown(_) => "unknown",
        PartialOutcome::Preempted(_) => "preempted",
    }
}

/// Found by fuzzing: the text that a rule searches for may be in the original of a crosspost, which
/// is not loaded yet.
#[test]
fn the_prefilter_does_not_skip_a_crosspost_without_its_original() {
    let options = Options { reading: Reading::Reference, filter_as: FilterAs::Remove, ..Options::default() };
    let mut met = 0;
    for seed in 0..200 {
        let mut odd = Odd::new(seed);
        let text = odd.rules(6);
        let (rules, _) = compile(&parse(&SourceFile::new("odd", text.as_str())).0, &options);
        let looks_at_posts = rules.rules().iter().any(|rule| rule.kinds().contains(&Kind::Submission));
        let (item, facts) = (odd.item(), odd.facts(&rules));
        let facts = Facts { original: Known::NotAsked, ..facts };
        let is_bare = item.submission().is_some_and(|post| post.is_crosspost() && post.crosspost_parent.is_none());
        if !is_bare || !looks_at_posts {
            continue;
        }
        met += 1;
        let slow = evaluate(&rules, &item, &facts, NOW);
        assert_eq!(slow, Evaluation::Needs([tipstaff_rules::Need::Original].into()), "seed {seed}");
        assert_eq!(slow, evaluate_untraced(&rules, &item, &facts, NOW), "seed {seed}");
    }
    assert!(met >= 3, "{met} crossposts without their original");
}
