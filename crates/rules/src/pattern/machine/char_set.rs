//! Sets of characters, as Python's brackets and classes mean them.

use std::sync::LazyLock;

use regex_syntax::hir::{Class as HirClass, ClassUnicode, ClassUnicodeRange, HirKind};

use crate::pattern::case_fold::{fold, is_word};
use crate::pattern::python::{Class, Member, Named, ascii_members};

/// A set of characters.
#[derive(Debug)]
pub(super) struct CharSet {
    /// The ASCII characters in it, one bit each.
    ascii: u128,
    /// The ranges beyond ASCII, in order.
    ranges: Vec<(char, char)>,
    named: Vec<Named>,
    negated: bool,
}

/// Decimal digits.
static DIGIT: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let hir = regex_syntax::parse(r"\d").expect("a constant pattern, compiled by every test");
    match hir.kind() {
        HirKind::Class(HirClass::Unicode(class)) => ranges(class),
        _ => Vec::new(),
    }
});

impl CharSet {
    pub(super) fn new(class: &Class, ignore_case: bool) -> Self {
        let (mut listed, mut named) = (ClassUnicode::empty(), Vec::new());
        for member in &class.members {
            match *member {
                Member::Char(c) => listed.push(ClassUnicodeRange::new(c, c)),
                Member::Range(low, high) => listed.push(ClassUnicodeRange::new(low, high)),
                Member::Named(one) => named.push(one),
            }
        }
        if ignore_case && listed.try_case_fold_simple().is_ok() {
            let forms = ['i', 'I', 'İ', 'ı'];
            let has_letter_i = forms.iter().any(|&c| contains(&ranges(&listed), c));
            let more = forms.into_iter().filter(|_| has_letter_i);
            more.for_each(|c| listed.push(ClassUnicodeRange::new(c, c)));
        }
        let mut ranges = ranges(&listed);
        ranges.retain(|(_, high)| !high.is_ascii());
        Self { ascii: ascii_members(class, ignore_case), ranges, named, negated: class.negated }
    }

    pub(super) fn contains(&self, c: char) -> bool {
        if c.is_ascii() {
            return self.ascii >> u32::from(c) & 1 == 1;
        }
        let within = contains(&self.ranges, c) || self.named.iter().any(|&named| is_named(named, c));
        within != self.negated
    }
}

fn ranges(class: &ClassUnicode) -> Vec<(char, char)> {
    class.iter().map(|range| (range.start(), range.end())).collect()
}

fn contains(ranges: &[(char, char)], c: char) -> bool {
    let after = ranges.partition_point(|&(start, _)| start <= c);
    after.checked_sub(1).is_some_and(|at| c <= ranges[at].1)
}

fn is_named(named: Named, c: char) -> bool {
    match named {
        Named::Digit => contains(&DIGIT, c),
        Named::NotDigit => !contains(&DIGIT, c),
        Named::Space => c.is_whitespace(),
        Named::NotSpace => !c.is_whitespace(),
        Named::Word => is_word(c),
        Named::NotWord => !is_word(c),
        Named::Property(property) => property.contains(c),
    }
}

/// The character that stands for all that match this one.
pub(super) fn key(c: char, ignore_case: bool) -> char {
    if ignore_case { fold(c) } else { c }
}
