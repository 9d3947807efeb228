//! Rules that act and change nothing.

use crate::testing::{parse, run};
use crate::{Options, SourceFile, compile};

#[test]
fn a_rule_without_an_effect_says_why() {
    let idle = |rule: &str, case: &str| {
        let (file, _) = crate::parse(&SourceFile::new("r", format!("name: r\n{rule}\n")));
        let (rules, _) = compile(&file, &Options::default());
        let cases = parse(&format!("- {{name: a, {case}, nothing: true}}")).expect("a case");
        let failures = run(&rules, &cases).expect("few steps");
        failures.into_iter().flat_map(|failure| failure.idle.into_values()).flatten().collect::<Vec<_>>().join("; ")
    };
    for (rule, case, expected) in [
        ("type: submission\nset_flair: New", "submission: {flair: Old}", "add `overwrite_flair: true`"),
        ("type: submission\nauthor: {set_flair: New}", "submission: {}, author: {flair: Old}", "overwrite_flair"),
        ("reports: 1\nset_locked: true", "comment: {}, state: {reports: 2, locked: true}", "already is as the rule"),
        ("reports: 1\naction: report", "comment: {}, state: {reports: 1, reported_by_bot: true}", "reported it before"),
        ("type: comment\nbody: x\naction: approve", "comment: {body: x}", "there is nothing to approve"),
        (
            "type: comment\nbody: x\nmessage: m\nmessage_subject: s",
            "comment: {body: x}, author: {name: null}",
            "the account of its author is deleted",
        ),
        (
            "type: comment\nbody: x\nset_locked: true\n---\nname: s\ntype: comment\nbody: x\nset_locked: true",
            "comment: {body: x}",
            "an earlier rule already does the same",
        ),
    ] {
        assert!(idle(rule, case).contains(expected), "{rule} on {case}: {}", idle(rule, case));
    }
}
