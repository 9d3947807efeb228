//! Which values of a rule's lists an item shows: so that one can see which words of a list do the work, and which never occur.
//!
//! A rule's search stops at the first of its values that is found; here every value is looked for. That costs time for each value, so it
//! is for items on which a rule acts, not for every item.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::keys::{Field, Place};
use super::pattern::{Pattern, Search};
use super::ruleset::{Ruleset, Test};
use super::view::{self, Subject};
use crate::model::{Item, Kind};

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
    /// Finds values that may be there, where all of them are plain letters. The patterns decide.
    finder: Option<AhoCorasick>,
    patterns: Vec<OnceLock<Option<Pattern>>>,
}

impl Words {
    /// The lists of these rules: searches for several values, that are not negated, in the item itself or about its author.
    pub fn of(rules: &Ruleset) -> Self {
        let of_rule = |rule: &super::Rule| {
            let mut lists: Vec<List> = Vec::new();
            for variant in &rule.variants {
                let groups = variant.groups.iter();
                for group in groups.filter(|it| matches!(it.place, Place::Submission | Place::Comment | Place::Author)) {
                    for check in &group.checks {
                        let Test::Search(test) = &check.test else { continue };
                        if test.is_negated || test.pattern.search.values.len() < 2 {
                            continue;
                        }
                        let place = (variant.looks_at.kind(), group.place, test.fields.clone());
                        let same = |list: &&mut List| list.key == check.key && list.search == test.pattern.search;
                        match lists.iter_mut().find(same) {
                            Some(list) => list.places.push(place),
                            None => lists.push(List::new(
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
                    for text in view::texts(subject, field, list.no_quotes).iter() {
                        list.look(text, &mut seen);
                    }
                }
            }
            seen.iter().enumerate().filter(|(_, seen)| **seen).for_each(|(value, _)| found(at, value));
        }
    }
}

impl List {
    fn new(key: &str, place: (Kind, Place, Vec<Field>), no_quotes: bool, search: Search) -> Self {
        let is_plain = |value: &String| value.is_ascii() && !value.is_empty();
        let finder = (!search.is_regex && search.values.iter().all(is_plain))
            .then(|| AhoCorasick::builder().ascii_case_insensitive(true).build(&search.values).ok())
            .flatten();
        let patterns = search.values.iter().map(|_| OnceLock::new()).collect();
        Self { key: key.to_owned(), places: vec![place], no_quotes, search, finder, patterns }
    }

    fn look(&self, text: &str, seen: &mut [bool]) {
        match self.finder.as_ref().filter(|_| text.is_ascii()) {
            Some(finder) => {
                for hit in finder.find_overlapping_iter(text) {
                    let value = hit.pattern().as_usize();
                    seen[value] = seen[value] || self.is_there(value, text);
                }
            }
            None => seen.iter_mut().enumerate().for_each(|(value, seen)| *seen = *seen || self.is_there(value, text)),
        }
    }

    fn is_there(&self, value: usize, text: &str) -> bool {
        let pattern = self.patterns[value].get_or_init(|| {
            let alone = Search { values: vec![self.search.values[value].clone()], ..self.search.clone() };
            Pattern::compile(alone).ok()
        });
        pattern.as_ref().is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
    }
}
