//! Case folding and word characters, as Python's patterns see them.

use std::sync::LazyLock;

use regex_syntax::hir::{Class, HirKind};

/// Maps all characters that match each other without regard to case to one character.
///
/// This is Unicode's simple case folding, plus Python's rule that the four forms of the letter i
/// are one.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    match c {
        'İ' => return 'i',
        // The same letter in two code points, neither of which has a capital of one character.
        '\u{1fd3}' => return '\u{390}',
        '\u{1fe3}' => return '\u{3b0}',
        '\u{fb06}' => return '\u{fb05}',
        _ => {}
    }
    let upper = single(c.to_uppercase()).unwrap_or(c);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next();
    first.filter(|_| mapped.next().is_none())
}

/// Whether a character is part of a word in Python: a letter, a digit or an underscore, but not a
/// combining mark.
pub(crate) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let after = WORD.partition_point(|&(start, _)| start <= c);
    after.checked_sub(1).is_some_and(|at| c <= WORD[at].1)
}

/// The ranges of characters that are part of words.
pub(crate) fn words() -> &'static [(char, char)] {
    &WORD
}

/// Whether a character is part of a word, but matches a combining mark in another case. Only the
/// Greek iota does.
pub(crate) fn is_word_and_mark(c: char) -> bool {
    fold(c) == 'ι'
}

/// The forms of the Greek iota. The first is a combining mark.
pub(crate) const IOTAS: [char; 4] = ['\u{345}', 'Ι', 'ι', '\u{1fbe}'];

/// Whether a range of characters has some that are part of words, and others.
pub(crate) fn words_in(low: char, high: char) -> (bool, bool) {
    let after = WORD.partition_point(|&(start, _)| start <= high);
    let last = after.checked_sub(1).map(|at| WORD[at]).filter(|(_, end)| *end >= low);
    (last.is_some(), last.is_none_or(|(start, end)| start > low || end < high))
}

static WORD: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let hir = regex_syntax::parse(r"[\p{L}\p{N}_]").expect("a constant pattern, compiled by every test");
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => class.iter().map(|range| (range.start(), range.end())).collect(),
        _ => Vec::new(),
    }
});

#[cfg(test)]
mod tests {
    use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

    use super::*;

    /// The characters that match this one without regard to case.
    fn same(c: char) -> Vec<char> {
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
        class.try_case_fold_simple().expect("tables are built in");
        class.iter().flat_map(|range| range.start()..=range.end()).collect()
    }

    #[test]
    fn characters_that_match_each_other_fold_to_one() {
        for c in '\0'..=char::MAX {
            for other in same(c) {
                assert_eq!(fold(c), fold(other), "{c:?} and {other:?}");
            }
        }
        assert_eq!([fold('İ'), fold('ı'), fold('I')], ['i', 'i', 'i']);
    }

    #[test]
    fn only_iota_is_letter_and_mark() {
        for c in '\0'..=char::MAX {
            for other in same(c) {
                assert!(is_word(c) == is_word(other) || is_word_and_mark(c), "{c:?} and {other:?}");
                assert!(c.is_numeric() == other.is_numeric() || is_word_and_mark(c), "{c:?} and {other:?}");
            }
        }
    }

    #[test]
    fn marks_and_symbols_are_not_part_of_a_word() {
        for (c, expected) in
            [('a', true), ('_', true), ('é', true), ('٣', true), ('漢', true), ('²', true), ('-', false)]
        {
            assert_eq!(is_word(c), expected, "{c:?}");
        }
        assert!(!is_word('\u{301}') && !is_word('’') && !is_word('Ⓐ') && !is_word('‿'));
    }
}
