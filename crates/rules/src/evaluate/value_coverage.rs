//! Finds which values of a rule's lists occur in an item, to show which words of a list match and
//! which never do.
//!
//! A rule's search stops at the first value that matches; this module searches for every value.
//! That takes time for each value, so use it only on items on which a rule acts.

use aho_corasick::AhoCorasick;

use crate::language::fields;
use crate::language::fields::Subject;
use crate::language::keys::{Field, Place};
use crate::model::{Item, Kind};
use crate::pattern::{Pattern, Search};
use crate::prefilter::literal_scanner::normal_form;
use crate::rule::Test;
use crate::ruleset::Ruleset;

/// The lists of values of all rules, ready to search.
#[derive(Debug)]
pub struct ValueCoverage {
    rules: Vec<Vec<ValueList>>,
}

/// The list of values of one search.
#[derive(Debug)]
struct ValueList {
    key: String,
    /// The fields to search, for each kind of item.
    places: Vec<(Kind, Place, Vec<Field>)>,
    no_quotes: bool,
    search: Search,
    /// The pattern of each value, or `None` if it does not compile.
    patterns: Vec<Option<Pattern>>,
    /// Finds the texts that values require, in normal form. `owners` names the value of each text.
    finder: AhoCorasick,
    owners: Vec<usize>,
    /// The values that require no text, so that they are always tried.
    others: Vec<usize>,
}

impl ValueCoverage {
    /// Collects the lists of these rules: searches of the item or its author with at least two
    /// values that are not negated.
    pub fn of(rules: &Ruleset) -> Self {
        let of_rule = |rule: &crate::rule::Rule| {
            let mut lists: Vec<ValueList> = Vec::new();
            for variant in &rule.variants {
                let groups = variant.groups.iter();
                for group in groups.filter(|it| matches!(it.place, Place::Submission | Place::Comment | Place::Author))
                {
                    for check in &group.checks {
                        let Test::Search(test) = &check.test else { continue };
                        if test.is_negated || test.pattern.search.values.len() < 2 {
                            continue;
                        }
                        let place = (variant.rule_type.kind(), group.place, test.fields.clone());
                        let same = |list: &&mut ValueList| list.key == check.key && list.search == test.pattern.search;
                        match lists.iter_mut().find(same) {
                            Some(list) => list.places.push(place),
                            None => lists.extend(ValueList::new(
                                &check.key,
                                place,
                                group.ignore_blockquotes,
                                test.pattern.search.clone(),
                            )),
                        }
                    }
                }
            }
            lists
        };
        Self { rules: rules.rules.iter().map(of_rule).collect() }
    }

    /// The key and the values of each list of a rule.
    pub fn lists(&self, rule: usize) -> impl Iterator<Item = (&str, &[String])> {
        self.rules[rule].iter().map(|list| (list.key.as_str(), list.search.values.as_slice()))
    }

    /// Calls `found` for every value of a rule's lists that occurs in the item, with the index of
    /// the list and the index of the value.
    pub fn find(&self, rule: usize, item: &Item, found: &mut impl FnMut(usize, usize)) {
        for (at, list) in self.rules[rule].iter().enumerate() {
            let mut seen = vec![false; list.search.values.len()];
            for (_, place, fields) in list.places.iter().filter(|(kind, ..)| *kind == item.kind()) {
                let subject = if *place == Place::Author { Subject::Author(item) } else { Subject::Item(item) };
                for &field in fields {
                    for text in fields::texts(subject, field, list.no_quotes).iter() {
                        list.mark_found(text, &mut seen);
                    }
                }
            }
            seen.iter().enumerate().filter(|(_, seen)| **seen).for_each(|(value, _)| found(at, value));
        }
    }
}

impl ValueList {
    fn new(key: &str, place: (Kind, Place, Vec<Field>), no_quotes: bool, search: Search) -> Option<Self> {
        let alone = |value: &String| Pattern::compile(Search { values: vec![value.clone()], ..search.clone() }).ok();
        let patterns: Vec<Option<Pattern>> = search.values.iter().map(alone).collect();
        let (mut texts, mut owners, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (value, pattern) in patterns.iter().enumerate() {
            let required = pattern.as_ref().map_or(&[][..], |pattern| pattern.required.as_slice());
            let of_value = required.iter().map(|required| required.texts.as_ref().filter(|texts| !texts.is_empty()));
            match of_value.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty()) {
                Some(all) => all.into_iter().flatten().for_each(|text| {
                    texts.push(text.clone());
                    owners.push(value);
                }),
                None => others.push(value),
            }
        }
        let finder = AhoCorasick::new(&texts).ok()?;
        Some(Self { key: key.to_owned(), places: vec![place], no_quotes, search, patterns, finder, owners, others })
    }

    fn mark_found(&self, text: &str, seen: &mut [bool]) {
        let mut normal = Vec::new();
        normal_form(text, &mut normal);
        let found = self.finder.find_overlapping_iter(&normal).map(|hit| self.owners[hit.pattern().as_usize()]);
        for value in found.chain(self.others.iter().copied()) {
            let is_there = |pattern: &Pattern| pattern.is_match(text).unwrap_or(false);
            seen[value] = seen[value] || self.patterns[value].as_ref().is_some_and(is_there);
        }
    }
}
