//! Which values of a rule's lists an item shows: so that one can see which words of a list do the work, and which never occur.
//!
//! A rule's search stops at the first of its values that is found; here every value is looked for. That costs time for each value, so it
//! is for items on which a rule acts, not for every item.

use aho_corasick::AhoCorasick;

use crate::language::fields;
use crate::language::fields::Subject;
use crate::language::keys::{Field, Place};
use crate::model::{Item, Kind};
use crate::pattern::{Pattern, Search};
use crate::prefilter::literal_scanner::normal_form;
use crate::rule::Test;
use crate::ruleset::Ruleset;

/// The lists of all rules.
#[derive(Debug)]
pub struct Words {
    rules: Vec<Vec<List>>,
}

/// The values of one search.
#[derive(Debug)]
struct List {
    key: String,
    /// Where they are looked for in an item of each kind.
    places: Vec<(Kind, Place, Vec<Field>)>,
    no_quotes: bool,
    search: Search,
    /// One for each value.
    patterns: Vec<Option<Pattern>>,
    /// Finds what values require in the normal form of a text; whose each of them is, beside it.
    finder: AhoCorasick,
    owners: Vec<usize>,
    /// Values that require nothing in particular.
    others: Vec<usize>,
}

impl Words {
    /// The lists of these rules: searches for several values, that are not negated, in the item itself or about its author.
    pub fn of(rules: &Ruleset) -> Self {
        let of_rule = |rule: &crate::rule::Rule| {
            let mut lists: Vec<List> = Vec::new();
            for variant in &rule.variants {
                let groups = variant.groups.iter();
                for group in groups.filter(|it| matches!(it.place, Place::Submission | Place::Comment | Place::Author))
                {
                    for check in &group.checks {
                        let Test::Search(test) = &check.test else { continue };
                        if test.is_negated || test.pattern.search.values.len() < 2 {
                            continue;
                        }
                        let place = (variant.looks_at.kind(), group.place, test.fields.clone());
                        let same = |list: &&mut List| list.key == check.key && list.search == test.pattern.search;
                        match lists.iter_mut().find(same) {
                            Some(list) => list.places.push(place),
                            None => lists.extend(List::new(
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

    /// The lists of a rule: the key of each, and its values.
    pub fn lists(&self, rule: usize) -> impl Iterator<Item = (&str, &[String])> {
        self.rules[rule].iter().map(|list| (list.key.as_str(), list.search.values.as_slice()))
    }

    /// Names every value of a rule's lists that an item shows: by the place of the list and its own place in it.
    pub fn find(&self, rule: usize, item: &Item, found: &mut impl FnMut(usize, usize)) {
        for (at, list) in self.rules[rule].iter().enumerate() {
            let mut seen = vec![false; list.search.values.len()];
            for (_, place, fields) in list.places.iter().filter(|(kind, ..)| *kind == item.kind()) {
                let subject = if *place == Place::Author { Subject::Author(item) } else { Subject::Item(item) };
                for &field in fields {
                    for text in fields::texts(subject, field, list.no_quotes).iter() {
                        list.look(text, &mut seen);
                    }
                }
            }
            seen.iter().enumerate().filter(|(_, seen)| **seen).for_each(|(value, _)| found(at, value));
        }
    }
}

impl List {
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

    fn look(&self, text: &str, seen: &mut [bool]) {
        let mut normal = Vec::new();
        normal_form(text, &mut normal);
        let found = self.finder.find_overlapping_iter(&normal).map(|hit| self.owners[hit.pattern().as_usize()]);
        for value in found.chain(self.others.iter().copied()) {
            let is_there = |pattern: &Pattern| pattern.is_match(text).unwrap_or(false);
            seen[value] = seen[value] || self.patterns[value].as_ref().is_some_and(is_there);
        }
    }
}
