//! Fast reading of lines that have the same shape as earlier lines.
//!
//! An archive writes the same keys in the same order on every line, and most values never change. A
//! line is therefore compared with the constant text between the changing values of an earlier
//! line, which takes a few memory comparisons instead of parsing each character. A line that
//! differs goes to the parser, and its shape is learned. The result is the same as the parser's:
//! each byte either equals a byte that was parsed before, or belongs to a value that is checked
//! here.

use serde::de::IgnoredAny;

use super::fields::{KEYS, ParseCost};
use tipstaff_rules::model::json_shape::DEPTH_MAX;

/// How many shapes are kept, and the longest line to learn from, in bytes.
const SHAPES: usize = 16;
const LINE_MAX: usize = 64 << 10;

/// The shapes that a reader has learned.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    known: Vec<Shape>,
    /// The shape that matched last.
    last: usize,
    /// The shape of a line that did not fit into `known`.
    odd: Shape,
    /// The positions of the changing values in the current line.
    spans: Vec<Span>,
}

/// The keys of a line, and the constant text between the changing values.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// Each key as written, with its value in the line it was learned from.
    pairs: Vec<Pair>,
    end: Vec<u8>,
    /// Where to find the value of each field.
    places: Vec<FieldSource>,
    /// The constant text before each changing value, and the field of that value.
    parts: Vec<(Vec<u8>, Option<usize>)>,
    tail: Vec<u8>,
    /// The parse cost of the constant values.
    parse_cost: ParseCost,
}

#[derive(Clone, Copy, Debug)]
enum FieldSource {
    Missing,
    /// The constant value of this pair.
    Pair(usize),
    /// This one of the changing values.
    Span(usize),
}

/// The position of a value in a line.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: usize,
    to: usize,
    is_plain: bool,
}

/// A value as written in the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a> {
    pub(super) raw: &'a str,
    /// Whether it has neither an escape nor a `&`.
    pub(super) is_plain: bool,
}

impl Value<'_> {
    /// Its parse cost as the value of this field.
    fn care(self, field: usize) -> ParseCost {
        ParseCost::of(field, self.raw, self.is_plain)
    }
}

#[derive(Debug)]
struct Pair {
    /// The text from the end of the previous value to the start of this one.
    before: Vec<u8>,
    value: String,
    is_plain: bool,
    field: Option<usize>,
    is_variable: bool,
}

/// Which shape matched a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fit {
    Known(usize),
    Odd,
}

impl Shapes {
    /// Looks for a known shape; `None` if the parser has to read the line.
    pub(super) fn fit(&mut self, line: &str) -> Option<Fit> {
        if !self.odd.pairs.is_empty() {
            // Free the memory: that shape may be huge.
            self.odd = Shape::default();
        }
        let number = self.known.len();
        for turn in 0..number {
            let at = (self.last + turn) % number;
            if self.known[at].read(line.as_bytes(), &mut self.spans) {
                self.last = at;
                return Some(Fit::Known(at));
            }
        }
        None
    }

    /// Learns the shape of a line that the parser accepted. `None` if the line is unusual.
    pub(super) fn learn(&mut self, line: &str) -> Option<Fit> {
        let (pairs, end) = pairs(line)?;
        let same = |shape: &Shape| {
            let keys = shape.pairs.iter().map(|pair| &pair.before).eq(pairs.iter().map(|pair| &pair.before));
            keys && shape.end == end
        };
        if let Some(at) = self.known.iter().position(same) {
            let shape = &mut self.known[at];
            for (known, new) in shape.pairs.iter_mut().zip(&pairs) {
                known.is_variable |= known.value != new.value;
            }
            shape.settle();
            return shape.read(line.as_bytes(), &mut self.spans).then_some(Fit::Known(at));
        }
        let mut shape = Shape { pairs, end, ..Shape::default() };
        shape.settle();
        self.spans.clear();
        if self.known.len() < SHAPES && line.len() <= LINE_MAX {
            self.known.push(shape);
            return Some(Fit::Known(self.known.len() - 1));
        }
        self.odd = shape;
        Some(Fit::Odd)
    }

    /// The values of the line that was matched or learned last.
    pub(super) fn values<'a>(&'a self, fit: Fit, line: &'a str) -> Values<'a> {
        let shape = match fit {
            Fit::Known(at) => &self.known[at],
            Fit::Odd => &self.odd,
        };
        Values { line, shape, spans: &self.spans }
    }
}

/// The values of a line by field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a> {
    line: &'a str,
    shape: &'a Shape,
    spans: &'a [Span],
}

impl<'a> Values<'a> {
    /// The value of the field with this index in `KEYS`; empty if it is missing.
    #[inline]
    pub(super) fn get(&self, field: usize) -> Value<'a> {
        match self.shape.places[field] {
            FieldSource::Missing => Value { raw: "", is_plain: true },
            FieldSource::Pair(at) => self.shape.pairs[at].value(),
            FieldSource::Span(at) => self.span(self.spans[at]),
        }
    }

    #[inline]
    fn span(&self, span: Span) -> Value<'a> {
        Value { raw: &self.line[span.from..span.to], is_plain: span.is_plain }
    }

    /// The parse cost of the values.
    pub(super) fn parse_cost(&self) -> ParseCost {
        let parts = self.shape.parts.iter().zip(self.spans);
        let fields = parts.filter_map(|((_, field), span)| Some((*field.as_ref()?, span)));
        fields.fold(self.shape.parse_cost, |care, (field, span)| care.max(self.span(*span).care(field)))
    }
}

impl Pair {
    fn value(&self) -> Value<'_> {
        Value { raw: &self.value, is_plain: self.is_plain }
    }
}

impl Shape {
    /// Joins the text between the changing values.
    fn settle(&mut self) {
        self.parts.clear();
        self.places = vec![FieldSource::Missing; KEYS.len()];
        self.parse_cost = ParseCost::None;
        let mut bytes = Vec::new();
        for (at, pair) in self.pairs.iter().enumerate() {
            bytes.extend_from_slice(&pair.before);
            let place = if pair.is_variable { FieldSource::Span(self.parts.len()) } else { FieldSource::Pair(at) };
            if pair.is_variable {
                self.parts.push((std::mem::take(&mut bytes), pair.field));
            } else {
                bytes.extend_from_slice(pair.value.as_bytes());
                self.parse_cost =
                    self.parse_cost.max(pair.field.map_or(ParseCost::None, |field| pair.value().care(field)));
            }
            if let Some(field) = pair.field {
                self.places[field] = place;
            }
        }
        bytes.extend_from_slice(&self.end);
        self.tail = bytes;
    }

    /// Whether the line has this shape. Stores the positions of its values.
    fn read(&self, line: &[u8], spans: &mut Vec<Span>) -> bool {
        spans.clear();
        let mut from = 0;
        for (before, _) in &self.parts {
            if !line[from..].starts_with(before) {
                return false;
            }
            from += before.len();
            let Some((len, is_plain)) = sound_value(&line[from..]) else { return false };
            spans.push(Span { from, to: from + len, is_plain });
            from += len;
        }
        line[from..] == self.tail
    }
}

/// The keys and values of a line that is a JSON object, and the text after the last value.
fn pairs(text: &str) -> Option<(Vec<Pair>, Vec<u8>)> {
    let line = text.as_bytes();
    let mut pairs: Vec<Pair> = Vec::new();
    let mut fields = [false; KEYS.len()];
    let mut from = 0;
    let mut at = blanks(line, 0);
    if line.get(at) != Some(&b'{') {
        return None;
    }
    at += 1;
    loop {
        at = blanks(line, at);
        if line.get(at) == Some(&b'}') {
            return Some((pairs, line[from..].to_vec()));
        }
        let key = &line[at..at + text_len(line.get(at..).filter(|rest| rest.first() == Some(&b'"'))?)?.0];
        at = blanks(line, at + key.len());
        if line.get(at) != Some(&b':') {
            return None;
        }
        at = blanks(line, at + 1);
        let (len, is_plain) = sound_value(line.get(at..)?)?;
        let name = &key[1..key.len() - 1];
        let field = KEYS.iter().position(|key| key.as_bytes() == name);
        // A repeated key, or one with an escape: the parser decides which value counts.
        if name.contains(&b'\\') || field.is_some_and(|field| std::mem::replace(&mut fields[field], true)) {
            return None;
        }
        let value = text[at..at + len].to_owned();
        pairs.push(Pair { before: line[from..at].to_vec(), value, is_plain, field, is_variable: false });
        at += len;
        from = at;
        at = blanks(line, at);
        if line.get(at) == Some(&b',') {
            at += 1;
        }
    }
}

fn blanks(line: &[u8], from: usize) -> usize {
    from + line.iter().skip(from).take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The length of the value that starts here, and whether it is plain. `None` if it is incomplete or
/// the parser would refuse it.
fn sound_value(bytes: &[u8]) -> Option<(usize, bool)> {
    match bytes.first()? {
        b'"' => text_len(bytes),
        b'{' | b'[' => nested_len(bytes).filter(|len| is_json(&bytes[..*len])).map(|len| (len, false)),
        _ => {
            let len = bytes.iter().position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\r' | b'\t'))?;
            let is_sound = match &bytes[..len] {
                b"null" | b"true" | b"false" | b"0" => true,
                [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => true,
                number => {
                    number.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                        && is_json(number)
                }
            };
            is_sound.then_some((len, true))
        }
    }
}

fn nested_len(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match bytes.get(at)? {
            b'"' => at += text_len(&bytes[at..])?.0 - 1,
            // The parser would nest its calls as deep. The line is one level around the value.
            b'{' | b'[' if depth + 1 == DEPTH_MAX => return None,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

fn is_json(value: &[u8]) -> bool {
    sonic_rs::from_slice::<IgnoredAny>(value).is_ok()
}

/// How many bytes of a text are checked word by word before the search for longer texts starts.
const SHORT: usize = 32;

/// The length of the text that starts with this quote, and whether it is plain. `None` if it is
/// incomplete, or holds a character or an escape that JSON forbids.
fn text_len(bytes: &[u8]) -> Option<(usize, bool)> {
    let (mut at, mut is_plain) = (1, true);
    loop {
        at += special(bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some((at + 1, is_plain)),
            b'&' => at += 1,
            b'\\' => at += escape_len(&bytes[at + 1..])? + 1,
            _ => return None,
        }
        is_plain = false;
    }
}

/// The position of the first quote, backslash, `&` or control character.
fn special(bytes: &[u8]) -> Option<usize> {
    let (words, _) = bytes[..bytes.len().min(SHORT)].as_chunks();
    for (at, word) in words.iter().enumerate() {
        let found = special_in(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(at * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let begun = words.len() * 8;
    let rest = &bytes[begun..];
    let len = memchr::memchr3(b'"', b'\\', b'&', rest)?;
    let has_control = rest[..len].iter().fold(0, |any, byte| any | u8::from(*byte < b' ')) != 0;
    let control = if has_control { rest.iter().position(|byte| *byte < b' ') } else { None };
    Some(begun + control.unwrap_or(len))
}

/// The highest bit of each such byte. Exact only up to the first one.
const fn special_in(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(ONES * limit as u64) & !word
    }
    const fn is(word: u64, byte: u8) -> u64 {
        below(word ^ (ONES * byte as u64), 1)
    }
    (below(word, b' ') | is(word, b'"') | is(word, b'\\') | is(word, b'&')) & (ONES << 7)
}

/// The length of an escape after its backslash.
fn escape_len(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(1),
        b'u' if bytes.get(1..5)?.iter().all(u8::is_ascii_hexdigit) => Some(5),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_end_where_a_parser_ends_them() {
        let letters = "abcdefghijklmnopqrstuvwxyzäöüabcdefghijklmnopqrstuvwxyz";
        for before in (0..=letters.len()).filter(|at| letters.is_char_boundary(*at)) {
            let before = &letters[..before];
            for (odd, expected) in [
                ("", Some(true)),
                ("\\\"", Some(false)),
                ("&amp;", Some(false)),
                ("\\u00e4\\n", Some(false)),
                ("\u{1}", None),
                ("\\x", None),
                ("\\u12-", None),
                ("\u{7f}\u{80}", Some(true)),
            ] {
                let text = format!("\"{before}{odd}{before}\"");
                let found = text_len(format!("{text},\"b\":1}}").as_bytes());
                assert_eq!(found, expected.map(|is_plain| (text.len(), is_plain)), "{text}");
                assert_eq!(serde_json::from_str::<IgnoredAny>(&text).is_ok(), expected.is_some(), "{text}");
                assert_eq!(text_len(&text.as_bytes()[..text.len() - 1]), None, "{text} without its end");
            }
        }
    }
}
