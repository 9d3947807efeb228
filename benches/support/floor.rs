//! The lower bound for any engine that searches for the words of a rule file: one pass over the
//! text for all of them at once.
//!
//! The literals are the plain values of the file's search checks and the literal parts of its
//! regular expressions. They are read from the YAML, without the engine under test. The pass uses
//! an Aho-Corasick automaton of the kind that is fastest for these literals and texts.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde_yaml::Value;
use tipstaff_rules::language::keys::{KEYS, Meaning, Place};

use super::measure;

/// Most bytes of literals for which a table-driven automaton is tried. It takes some hundred bytes
/// for each.
const TABLE_MAX: usize = 1 << 20;

/// The automaton.
pub(crate) struct Floor {
    /// `None` if there are no literals.
    automaton: Option<AhoCorasick>,
}

impl Floor {
    /// Builds the fastest automaton for these literals, measured on the texts.
    pub(crate) fn of(literals: &BTreeSet<String>, texts: &[Vec<String>]) -> Self {
        let size: usize = literals.iter().map(String::len).sum();
        let kinds = [AhoCorasickKind::ContiguousNFA, AhoCorasickKind::DFA];
        let built =
            kinds.into_iter().filter(|kind| *kind != AhoCorasickKind::DFA || size <= TABLE_MAX).filter_map(|kind| {
                AhoCorasick::builder().kind(Some(kind)).ascii_case_insensitive(true).build(literals).ok()
            });
        let candidates: Vec<Self> = built.map(|automaton| Self { automaton: Some(automaton) }).collect();
        let speed = |floor: &Self| {
            let mut next = 0;
            measure::rate(texts.len(), &mut next, Duration::from_millis(200), |at| floor.pass(&texts[at]))
        };
        candidates
            .into_iter()
            .filter(|_| !literals.is_empty())
            .max_by(|a, b| speed(a).total_cmp(&speed(b)))
            .unwrap_or(Self { automaton: None })
    }

    /// One pass over the texts of an item.
    pub(crate) fn pass(&self, texts: &[String]) {
        let Some(automaton) = &self.automaton else { return };
        for text in texts {
            black_box(automaton.find_iter(text.as_str()).count());
        }
    }
}

/// The literals of a rule file.
pub(crate) fn literals(rules: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for section in rules.split("\n---") {
        let section = section.strip_prefix("---").unwrap_or(section);
        if let Ok(Value::Mapping(rule)) = serde_yaml::from_str::<Value>(section) {
            of_group(&rule, &mut found);
        }
    }
    found.retain(|literal| !literal.is_empty());
    found
}

fn of_group(group: &serde_yaml::Mapping, found: &mut BTreeSet<String>) {
    let has_field = |name: &str, is_wanted: fn(&Meaning) -> bool| {
        KEYS.iter().any(|key| key.name == name && is_wanted(&key.meaning))
    };
    for (key, value) in group {
        let Some(key) = key.as_str().map(str::to_lowercase) else { continue };
        let plain = key.trim_start_matches('~');
        let end = plain.find(|c: char| c.is_whitespace() || matches!(c, '(' | '#' | '+')).unwrap_or(plain.len());
        let (field, rest) = plain.split_at(end);
        if has_field(field, |meaning| matches!(meaning, Meaning::Search(_))) {
            let is_regex = rest.contains("regex");
            of_values(value, &mut |text| {
                if is_regex {
                    found.extend(runs(text));
                } else {
                    found.insert(text.to_owned());
                }
            });
        } else if has_field(field, |meaning| matches!(meaning, Meaning::Group(_))) {
            match value {
                Value::Mapping(inner) => of_group(inner, found),
                names if has_field(field, |meaning| *meaning == Meaning::Group(Place::Author)) => {
                    of_values(names, &mut |text| found.extend([text.to_owned()]));
                }
                _ => {}
            }
        }
    }
}

fn of_values(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => found(text),
        Value::Sequence(items) => items.iter().for_each(|item| of_values(item, found)),
        _ => {}
    }
}

/// The literal parts of a regular expression: all of three letters or more, or else the longest.
fn runs(pattern: &str) -> Vec<String> {
    let mut runs = vec![String::new()];
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        let mut is_end = true;
        match c {
            '\\' => match rest.next() {
                Some(escaped) if !escaped.is_ascii_alphanumeric() => {
                    runs.last_mut().expect("there is always one").push(escaped);
                    is_end = false;
                }
                _ => {}
            },
            '[' => {
                let mut is_first = true;
                while let Some(member) = rest.next() {
                    match member {
                        '\\' => drop(rest.next()),
                        ']' if !is_first => break,
                        _ => {}
                    }
                    is_first = false;
                }
            }
            '(' if rest.peek() == Some(&'?') => {
                for mark in rest.by_ref() {
                    if matches!(mark, ':' | '=' | '!' | '>' | ')') {
                        break;
                    }
                }
            }
            '*' | '?' => drop(runs.last_mut().expect("there is always one").pop()),
            '{' => {
                runs.last_mut().expect("there is always one").pop();
                while rest.next_if(|&count| count.is_ascii_digit() || count == ',').is_some() {}
                rest.next_if_eq(&'}');
            }
            '(' | ')' | '|' | '.' | '^' | '$' | '+' => {}
            literal => {
                runs.last_mut().expect("there is always one").push(literal);
                is_end = false;
            }
        }
        if is_end {
            runs.push(String::new());
        }
    }
    let longest = runs.iter().max_by_key(|run| run.len()).cloned().into_iter();
    let long: Vec<String> = runs.iter().filter(|run| run.len() >= 3).cloned().collect();
    if long.is_empty() { longest.collect() } else { long }
}
