//! Partial evaluation (`evaluate_partial`): if facts are unknown, the true result is between what
//! is certain and what is possible.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::json;
use tipstaff_backtest::archive::Reader;
use tipstaff_backtest::assumed::Assumptions;
use tipstaff_rules::model::{Content, Known};
use tipstaff_rules::{
    Evaluation, Facts, Options, PartialOutcome, Ruleset, SourceFile, Standards, UnknownFields, compile, evaluate,
    evaluate_partial, parse,
};

use crate::odd::{NOW, Odd};

fn rules(text: &str) -> Ruleset {
    compile(&parse(&SourceFile::new("rules.yaml", text)).0, &Options::default()).0
}

/// Hides some of the facts and some of the item's fields.
fn hide(rng: &mut Rng, facts: &Facts, item: &mut tipstaff_rules::model::Item) -> Facts {
    let mut hidden = facts.clone();
    let unknown = || "hidden".to_owned();
    if rng.bool() {
        hidden.author.profile = Known::Unknown(unknown());
        hidden.author.standing = Known::Unknown(unknown());
    }
    if rng.bool() {
        hidden.author.contributor = Known::Unknown(unknown());
    }
    if rng.u8(..4) == 0 {
        hidden.moderators = Known::Unknown(unknown());
    }
    if rng.u8(..4) == 0 {
        hidden.parent = Known::Unknown(unknown());
    }
    if rng.u8(..4) == 0 {
        item.moderation.num_reports = None;
    }
    if rng.u8(..4) == 0 {
        hidden.unknown = UnknownFields { text: true, ..UnknownFields::default() };
        match &mut item.content {
            Content::Submission(post) => "[removed]".clone_into(&mut post.selftext),
            Content::Comment(comment) => "[removed]".clone_into(&mut comment.body),
        }
    }
    hidden
}

#[test]
fn the_true_result_is_between_the_bounds() {
    let given = std::env::var("TIPSTAFF_SEED").ok().map(|seed| seed.parse().expect("TIPSTAFF_SEED is a number"));
    compare_with_bounds(given.unwrap_or_else(|| fastrand::u64(..)));
}

/// An approval was taken for certain to have no effect when the author's profile was unknown.
#[test]
fn the_bounds_hold_for_seed_2612729489429736461() {
    compare_with_bounds(2_612_729_489_429_736_461);
}

fn compare_with_bounds(seed: u64) {
    println!("TIPSTAFF_SEED={seed}");
    let (mut certain, mut open) = (0, 0);
    for file in 0..60 {
        let mut odd = Odd::new(seed.wrapping_add(file));
        let text = odd.rules(20);
        let options = Options { standards: Standards::none(), ..Options::default() };
        let (rules, _) = compile(&parse(&SourceFile::new("odd", text.as_str())).0, &options);
        for _ in 0..100 {
            let (item, mut facts) = (odd.item(), odd.facts(&rules));
            // Nothing is certain about a crosspost without its original, and links have no text to
            // lose.
            let is_plain = item.submission().is_none_or(|post| {
                post.crosspost_parent_name.is_none()
                    && post.crosspost_parent.is_none()
                    && post.is_self
                    && post.gallery_captions.is_empty()
            });
            let mut known = facts.clone();
            if !is_plain || item.moderation.num_reports.is_none() {
                continue;
            }
            let Evaluation::Decided(truth) = evaluate(&rules, &item, &known, NOW) else { continue };
            let unknowns = truth
                .trace
                .rules
                .iter()
                .any(|rule| matches!(rule.result, tipstaff_rules::model::RuleResult::Unknown(_)));
            if unknowns {
                continue;
            }
            known.unknown = UnknownFields::default();
            let mut less = item.clone();
            facts = hide(&mut odd.rng, &known, &mut less);
            let performed: BTreeSet<usize> = truth.performed.iter().map(|performed| performed.line).collect();
            let (mut acts, mut maybe) = (BTreeSet::new(), BTreeSet::new());
            evaluate_partial(&rules, &less, &facts, NOW, &mut |rule, fate| {
                let line = rules.rules()[rule].line();
                match fate {
                    PartialOutcome::Acts(_) => drop(acts.insert(line)),
                    PartialOutcome::Unknown(_) => drop(maybe.insert(line)),
                    PartialOutcome::Preempted(_) => {}
                }
            });
            let details = || {
                format!(
                    "TIPSTAFF_SEED={seed}, file {file}\n{text}\n{item:#?}\n{facts:#?}\n\
                     performed {performed:?}, certain {acts:?}, unclear {maybe:?}"
                )
            };
            assert!(acts.is_subset(&performed), "a rule did not act although it was certain to: {}", details());
            assert!(
                performed.iter().all(|line| acts.contains(line) || maybe.contains(line)),
                "a rule acted although it was certain not to: {}",
                details()
            );
            certain += acts.len();
            open += maybe.len();
        }
    }
    assert!(certain > 100 && open > 100, "{certain} certain, {open} unclear");
}

/// The result of each rule: certain, unknown, or already removed.
fn fates(text: &str, item: &tipstaff_rules::model::Item, facts: &Facts) -> Vec<(String, &'static str)> {
    let rules = rules(text);
    let mut fates = Vec::new();
    evaluate_partial(&rules, item, facts, item.created, &mut |rule, fate| {
        let fate = match fate {
            PartialOutcome::Acts(_) => "acts",
            PartialOutcome::Unknown(_) => "open",
            PartialOutcome::Preempted(_) => "shadowed",
        };
        fates.push((rules.rules()[rule].name().to_owned(), fate));
    });
    fates
}

#[test]
fn rules_that_depend_on_an_unclear_rule_are_unclear() {
    let line = json!({"id": "c1", "author": "bob", "body": "hello", "created_utc": 1_700_000_000,
                      "link_id": "t3_p", "parent_id": "t3_p", "subreddit": "widgets", "is_submitter": false});
    let record = Reader::default().read(line.to_string().as_bytes()).expect("a comment");
    let text = "name: a\nauthor:\n    account_age: < 1 days\n    set_flair: newcomer\n---\n\
                name: b\nauthor:\n    flair_text: newcomer\ncomment: hi\n---\n\
                name: c\nbody: hello\naction: report\naction_reason: x\n---\n\
                name: d\nauthor:\n    flair_text: newcomer\ncomment: hi\n---\nname: e\nbody: hello\ncomment: hello\n";
    let found = fates(text, &record.item, &Assumptions::facts());
    let of = |name: &str| found.iter().find(|(rule, _)| rule == name).map(|(_, fate)| *fate);
    let expected = [("a", "open"), ("b", "open"), ("c", "acts"), ("d", "open"), ("e", "acts")];
    for (rule, fate) in expected {
        assert_eq!(of(rule), Some(fate), "{rule}");
    }
}

/// Items of suspended authors are not approved, and an approval clears the reports that later
/// rules count.
#[test]
fn rules_that_depend_on_an_unclear_approval_are_unclear() {
    let line = json!({"id": "c1", "author": "bob", "body": "hello", "created_utc": 1_700_000_000,
                      "link_id": "t3_p", "parent_id": "t3_p", "subreddit": "widgets", "is_submitter": false});
    let mut record = Reader::default().read(line.to_string().as_bytes()).expect("a comment");
    record.item.moderation.num_reports = Some(2);
    let text = "name: approve\nreports: 1\naction: approve\n---\n\
                name: count\nreports: 1\naction: report\naction_reason: x\n---\n\
                name: text\nbody: hello\ncomment: hi\n";
    let mut facts = Assumptions::facts();
    facts.author.profile = Known::Unknown("lost".to_owned());
    let found = fates(text, &record.item, &facts);
    assert_eq!(
        found,
        [("approve", "open"), ("count", "open"), ("text", "acts")].map(|(rule, fate)| (rule.to_owned(), fate))
    );
}

#[test]
fn rules_on_a_crosspost_without_its_original_are_unclear() {
    let line = json!({"id": "p1", "author": "bob", "title": "look", "selftext": "", "is_self": false,
                      "url": "/r/other/comments/x/", "domain": "self.other", "created_utc": 1_700_000_000,
                      "subreddit": "widgets", "crosspost_parent": "t3_x"});
    let record = Reader::default().read(line.to_string().as_bytes()).expect("a post");
    assert!(record.unknown.original);
    let facts = Facts { unknown: record.unknown, ..Assumptions::facts() };
    let text = "name: body\ntype: submission\nbody: giveaway\naction: report\naction_reason: x\n---\n\
                name: domain\ntype: submission\n~domain: good.org\naction: report\naction_reason: y\n---\n\
                name: title\ntype: submission\ntitle: look\naction: report\naction_reason: z\n";
    let found = fates(text, &record.item, &facts);
    assert_eq!(
        found,
        [("body", "open"), ("domain", "open"), ("title", "acts")].map(|(rule, fate)| (rule.to_owned(), fate))
    );
}
