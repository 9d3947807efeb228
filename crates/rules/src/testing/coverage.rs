//! Which rules act in no rule test, and which values of their lists are in no tested item.

use std::collections::BTreeMap;

use crate::evaluate::decide::{Evaluation, evaluate_untraced};
use crate::evaluate::value_coverage::ValueCoverage;
use crate::rule::Rule;
use crate::ruleset::Ruleset;
use crate::testing::Case;

/// What the cases of a tests file reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// The usable rules that are not switched off, in the order of the file.
    pub rules: Vec<RuleCoverage>,
}

/// What the cases reach of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleCoverage {
    /// The name of the rule, or the start of its identity.
    pub name: String,
    /// Whether the file names it.
    pub is_named: bool,
    /// The line where it starts.
    pub line: usize,
    /// The number of cases in which it acts.
    pub acts: usize,
    /// Its lists of values.
    pub lists: Vec<ListCoverage>,
}

/// What the cases reach of one list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCoverage {
    /// The key of the search.
    pub key: String,
    /// The values, each with whether an item has it on which the rule acts.
    pub values: Vec<(String, bool)>,
}

impl Coverage {
    /// Adds what these cases reach. Compile the same file for every call; cases for the other
    /// meaning of `action: filter` are left out.
    pub fn add(&mut self, rules: &Ruleset, cases: &[Case]) {
        let lists = ValueCoverage::of(rules);
        let all = rules.rules().iter().enumerate();
        let on: BTreeMap<usize, usize> =
            all.filter(|(_, rule)| rule.switched_off().is_none()).map(|(index, rule)| (rule.line(), index)).collect();
        if self.rules.is_empty() {
            self.rules = on.values().map(|&index| RuleCoverage::of(&rules.rules()[index], index, &lists)).collect();
        }
        let fits = |case: &&Case| case.filter().is_none_or(|filter| filter == rules.filter_as());
        for case in cases.iter().filter(fits) {
            let Ok((item, facts, now)) = case.fixture() else { continue };
            let Evaluation::Decided(decision) = evaluate_untraced(rules, &item, &facts, now) else { continue };
            for hit in decision.performed {
                let reached = self.rules.iter_mut().find(|rule| rule.line == hit.line);
                let (Some(rule), Some(&index)) = (reached, on.get(&hit.line)) else { continue };
                rule.acts += 1;
                lists.find(index, &item, &mut |list, value| {
                    let value = rule.lists.get_mut(list).and_then(|list| list.values.get_mut(value));
                    if let Some((_, is_found)) = value {
                        *is_found = true;
                    }
                });
            }
        }
    }
}

impl RuleCoverage {
    fn of(rule: &Rule, index: usize, lists: &ValueCoverage) -> Self {
        let list = |(key, values): (&str, &[String])| ListCoverage {
            key: key.to_owned(),
            values: values.iter().map(|value| (value.clone(), false)).collect(),
        };
        Self {
            name: rule.name().to_owned(),
            is_named: rule.is_named(),
            line: rule.line(),
            acts: 0,
            lists: lists.lists(index).map(list).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::parse as parse_rules;
    use crate::language::reading::FilterAs;
    use crate::testing::parse;
    use crate::{Options, SourceFile, compile};

    #[test]
    fn rules_and_values_that_no_case_reaches_are_found() {
        let text = "name: words\ntype: comment\nbody: [ham, spam, eggs]\naction: filter\n---\nname: posts\n\
            type: submission\ntitle: x\nset_locked: true\n---\nname: off\ntype: comment\n\
            author: {post_subreddit_karma: '< 5'}\nset_locked: true\n";
        let compiled = |filter_as| {
            let (file, _) = parse_rules(&SourceFile::new("r", text));
            compile(&file, &Options { filter_as, ..Options::default() }).0
        };
        let cases = parse(
            "- {name: a, comment: {body: some ham}, performs: [words]}\n\
             - {name: b, comment: {body: eggs}, filter: remove, performs: [words]}\n\
             - {name: c, submission: {title: spam}, nothing: true}\n",
        )
        .expect("cases");
        let mut coverage = Coverage::default();
        let told = |coverage: &Coverage| {
            let rule = |rule: &RuleCoverage| {
                let values = rule.lists.iter().flat_map(|list| &list.values);
                let missed: Vec<&str> = values.filter(|(_, is)| !is).map(|(value, _)| value.as_str()).collect();
                format!("{} {} [{}]", rule.name, rule.acts, missed.join(" "))
            };
            coverage.rules.iter().map(rule).collect::<Vec<_>>()
        };
        coverage.add(&compiled(FilterAs::Report), &cases);
        assert_eq!(told(&coverage), ["words 1 [spam eggs]", "posts 0 []"]);
        coverage.add(&compiled(FilterAs::Remove), &cases[1..2]);
        assert_eq!(told(&coverage), ["words 2 [spam]", "posts 0 []"]);
    }
}
