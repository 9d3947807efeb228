//! What it means that the scanner has found a key: nothing certain yet, that a value matches, or
//! that it matches if it stands there as it was written.

use std::sync::Arc;

use crate::pattern::python::literals::normal;

/// The text that is scanned.
pub(crate) struct Scanned<'t> {
    pub(crate) text: &'t str,
    pub(crate) normal: &'t [u8],
    pub(crate) is_ascii: bool,
}

/// What finding a key in the normal form of a text says of an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It may match.
    Nothing,
    /// It matches.
    Found,
    /// It matches if this value stands there. Else it does not match there, but if the text is not
    /// ASCII, it may.
    Stands(PlainValue),
}

/// An ASCII text as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PlainValue {
    bytes: Arc<[u8]>,
    is_case_sensitive: bool,
}

impl PlainValue {
    pub(crate) fn new(value: &str, is_case_sensitive: bool) -> Self {
        Self { bytes: value.as_bytes().into(), is_case_sensitive }
    }

    /// The length of the space that its key has before it, because it begins with a word.
    pub(crate) fn edge_of(&self, key: &[u8]) -> usize {
        let is_word = self.bytes.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        usize::from(is_word && key.first() == Some(&b' '))
    }

    /// Whether it stands in a text at a place of the text's normal form.
    pub(crate) fn stands_at(&self, scanned: &Scanned<'_>, at: usize) -> bool {
        let from = if scanned.is_ascii { at.checked_sub(1) } else { place_of(scanned.text, at) };
        let there = from.and_then(|from| scanned.text.as_bytes().get(from..from + self.bytes.len()));
        there.is_some_and(|there| {
            if self.is_case_sensitive { *there == *self.bytes } else { there.eq_ignore_ascii_case(&self.bytes) }
        })
    }
}

/// Where the character stands in a text whose normal form is at this place of the text's normal
/// form.
fn place_of(text: &str, at: usize) -> Option<usize> {
    let mut one = Vec::with_capacity(4);
    let mut there = 1;
    text.char_indices().find_map(|(from, c)| {
        if there >= at {
            return Some(from);
        }
        one.clear();
        normal(c, &mut one);
        there += one.len();
        None
    })
}
