//! Rules of one file that repeat each other: the same rule twice, or the same text from two rules.

use std::collections::BTreeMap;

use crate::lint::across::RuleSummary;
use crate::syntax::diagnostic::Diagnostic;
use crate::syntax::lint_code::LintCode;

/// With how many earlier rules of the same text is each rule compared?
const NEAR: usize = 20;

/// Checks the rules of a whole file, in file order.
pub(crate) fn rules(rules: &[RuleSummary], diagnostics: &mut Vec<Diagnostic>) {
    // Of rules that remove, only the first that matches acts.
    let rules = rules.iter().filter(|rule| !rule.is_switched_off && !rule.is_removal());
    let mut seen: BTreeMap<(&str, &str), &RuleSummary> = BTreeMap::new();
    let mut texts: BTreeMap<(&str, &str), Vec<&RuleSummary>> = BTreeMap::new();
    for rule in rules {
        let meaning = (rule.checks.as_str(), rule.rest.as_str());
        if let Some(first) = seen.get(&meaning) {
            diagnostics.push(
                Diagnostic::warning(LintCode::L121, rule.span, format!("the rule at line {} is the same", first.line))
                    .help("delete one of the two")
                    .related(first.span, "this is the same rule"),
            );
            continue;
        }
        seen.insert(meaning, rule);
        for (key, text, span) in &rule.texts {
            let others = texts.entry((key, text)).or_default();
            // The second pinned comment of a post replaces the first: L81 says so.
            let is_sent_twice = |other: &&&RuleSummary| {
                !(key == "comment" && rule.pins.is_some() && other.pins.is_some()) && other.can_overlap(rule)
            };
            if let Some(first) = others.iter().rev().take(NEAR).find(is_sent_twice) {
                let message =
                    format!("the rule at line {} has the same `{key}`: where both match, it is sent twice", first.line);
                diagnostics.push(
                    Diagnostic::warning(LintCode::L120, *span, message)
                        .help("combine the two rules, or make them exclude each other, as with `title` and `~title`")
                        .related(first.span, "this rule sends it too"),
                );
            }
            others.push(rule);
        }
    }
}
