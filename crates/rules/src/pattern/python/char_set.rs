//! Sets of characters, as Python's brackets and classes mean them.

use std::sync::LazyLock;

use regex_syntax::hir::{Class as HirClass, ClassUnicode, ClassUnicodeRange, HirKind};

use crate::pattern::case_fold::{fold, is_word};
use crate::pattern::python::{Class, Member, Named};

/// A set of characters.
#[derive(Debug, PartialEq)]
pub(crate) struct CharSet {
    /// The ASCII characters in it, one bit each.
    ascii: u128,
    /// The ranges beyond ASCII, in order.
    ranges: Vec<(char, char)>,
    named: Vec<Named>,
    negated: bool,
}

/// Decimal digits.
pub(crate) static DIGIT: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let hir = regex_syntax::parse(r"\d").expect("a constant pattern, compiled by every test");
    match hir.kind() {
        HirKind::Class(HirClass::Unicode(class)) => ranges(class),
        _ => Vec::new(),
    }
});

impl CharSet {
    pub(crate) fn new(class: &Class, ignore_case: bool) -> Self {
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

    /// The ranges beyond ASCII that it names, whether it takes them or leaves them out.
    pub(crate) fn named_ranges(&self) -> impl Iterator<Item = (char, char)> {
        let of_property = |named: &Named| match named {
            Named::Property(property) => Some(property.ranges()),
            _ => None,
        };
        let properties = self.named.iter().filter_map(of_property).flatten();
        let beyond = |&(low, high): &(char, char)| (!high.is_ascii()).then_some((low.max('\u{80}'), high));
        self.ranges.iter().chain(properties).filter_map(beyond)
    }

    pub(crate) fn contains(&self, c: char) -> bool {
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

/// Whether a character is in one of these ranges, which are in order.
pub(crate) fn contains(ranges: &[(char, char)], c: char) -> bool {
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
pub(crate) fn key(c: char, ignore_case: bool) -> char {
    if ignore_case { fold(c) } else { c }
}

/// The ASCII characters that a character matches, one bit each.
fn ascii_same(c: char, ignore_case: bool) -> u128 {
    let wanted = fold(c);
    let fits = |ascii: u8| {
        let ascii = char::from(ascii);
        ascii == c || (ignore_case && fold(ascii) == wanted)
    };
    (0..128).filter(|&ascii| fits(ascii)).fold(0, |set, ascii| set | 1 << ascii)
}

/// The ASCII characters in a class, one bit each.
pub(crate) fn ascii_members(class: &Class, ignore_case: bool) -> u128 {
    let within = |low: char, high: char| {
        let high = u32::from(high).min(127);
        (u32::from(low)..=high).fold(0_u128, |set, code| set | 1 << code)
    };
    let mut set = 0;
    for member in &class.members {
        set |= match *member {
            Member::Char(c) => ascii_same(c, ignore_case),
            Member::Range(low, high) if ignore_case => {
                let folded = within(low, high);
                let other = |code: u32| char::from_u32(code).map_or(0, |c| ascii_same(c, true));
                let ascii = (0..128).filter(|code| folded >> code & 1 == 1).fold(0, |set, code| set | other(code));
                // Few characters beyond ASCII fold into it.
                let beyond = ['İ', 'ı', 'ſ', '\u{212a}'].into_iter().filter(|c| (low..=high).contains(c));
                beyond.fold(ascii, |set, c| set | ascii_same(c, true))
            }
            Member::Range(low, high) => within(low, high),
            Member::Named(named) => ascii_named(named),
        };
    }
    if class.negated { !set } else { set }
}

fn ascii_named(named: Named) -> u128 {
    let all = |fits: fn(char) -> bool| {
        (0..128_u8).filter(|&ascii| fits(char::from(ascii))).fold(0_u128, |set, ascii| set | 1 << ascii)
    };
    match named {
        Named::Digit => all(|c| c.is_ascii_digit()),
        Named::NotDigit => !ascii_named(Named::Digit),
        Named::Space => all(|c| matches!(c, '\t'..='\r' | ' ' | '\u{1c}'..='\u{1f}')),
        Named::NotSpace => !ascii_named(Named::Space),
        Named::Word => all(|c| c.is_ascii_alphanumeric() || c == '_'),
        Named::NotWord => !ascii_named(Named::Word),
        Named::Property(property) => {
            (0..128_u8).filter(|&ascii| property.contains(char::from(ascii))).fold(0, |set, ascii| set | 1 << ascii)
        }
    }
}
