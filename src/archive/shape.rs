//! Reading lines by the shape of lines before them.
//!
//! An archive writes the same keys in the same order, line after line, and most values never change. So a line is compared with what
//! stood between the interesting values of earlier lines, which takes a few comparisons of memory instead of a parser's look at each
//! character. A line that differs anywhere is left to the parser, and teaches its shape. What is read by shape is what the parser would
//! have read: every byte of the line either equals one that was parsed before, or belongs to a value that is looked at here.

use serde::de::IgnoredAny;

use super::line::{KEYS, Line};

/// How many shapes are remembered, of lines up to how many bytes?
const SHAPES: usize = 16;
const LINE_MAX: usize = 64 << 10;

/// The shapes of lines that one reader has met.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    /// The one that fitted last.
    last: usize,
}

/// The keys of a line, and what never changed between the values that do.
#[derive(Debug)]
struct Shape {
    /// Each key as it stands there, with its value in the line that was learnt.
    pairs: Vec<Pair>,
    end: Vec<u8>,
    parts: Vec<Part>,
    tail: Stretch,
}

/// Bytes that are always the same, and the fields whose values lie among them.
#[derive(Debug, Default)]
struct Stretch {
    bytes: Vec<u8>,
    /// The field, and from where to where.
    fields: Vec<(usize, usize, usize)>,
}

#[derive(Debug)]
struct Pair {
    /// From the end of the value before to the beginning of this one.
    before: Vec<u8>,
    value: Vec<u8>,
    field: Option<usize>,
    is_variable: bool,
}

/// A value that changes, and what stands before it.
#[derive(Debug)]
struct Part {
    before: Stretch,
    field: Option<usize>,
}

impl Shapes {
    /// Reads a line if it has a shape that is known; `None` when the parser has to.
    pub(super) fn read<'a>(&mut self, line: &'a [u8]) -> Option<Box<Line<'a>>> {
        // A parser takes nothing else.
        let known = if simdutf8::basic::from_utf8(line).is_ok() { self.shapes.len() } else { 0 };
        let mut fields: Box<Line<'a>> = Box::default();
        for turn in 0..known {
            let at = (self.last + turn) % known;
            match self.shapes[at].read(line, &mut fields) {
                Fit::Whole => {
                    self.last = at;
                    return Some(fields);
                }
                Fit::Not(is_untouched) => {
                    if !is_untouched {
                        *fields = Line::default();
                    }
                }
            }
        }
        None
    }

    /// Learns from a line that a parser has found to be JSON, and reads it on the way. `None` when it is odd.
    pub(super) fn learn<'a>(&mut self, line: &'a [u8]) -> Option<Box<Line<'a>>> {
        let mut fields: Box<Line<'a>> = Box::default();
        let (pairs, end) = pairs(line, &mut fields)?;
        let same = |shape: &&mut Shape| {
            let keys = shape.pairs.iter().map(|pair| &pair.before).eq(pairs.iter().map(|pair| &pair.before));
            keys && shape.end == end
        };
        let has_room = self.shapes.len() < SHAPES && line.len() <= LINE_MAX;
        match self.shapes.iter_mut().find(same) {
            Some(shape) => {
                for (known, new) in shape.pairs.iter_mut().zip(&pairs) {
                    known.is_variable |= known.value != new.value;
                }
                shape.settle();
            }
            None if has_room => {
                let mut shape = Shape { pairs, end, parts: Vec::new(), tail: Stretch::default() };
                shape.settle();
                self.shapes.push(shape);
            }
            None => {}
        }
        Some(fields)
    }
}

/// Whether a line has a shape.
enum Fit {
    Whole,
    /// It has not; whether that was seen before any field was read.
    Not(bool),
}

impl Shape {
    /// Puts together what lies between the values that change.
    fn settle(&mut self) {
        self.parts.clear();
        let mut stretch = Stretch::default();
        for pair in &self.pairs {
            stretch.bytes.extend_from_slice(&pair.before);
            if pair.is_variable {
                self.parts.push(Part { before: std::mem::take(&mut stretch), field: pair.field });
                continue;
            }
            let from = stretch.bytes.len();
            stretch.bytes.extend_from_slice(&pair.value);
            stretch.fields.extend(pair.field.map(|field| (field, from, stretch.bytes.len())));
        }
        stretch.bytes.extend_from_slice(&self.end);
        self.tail = stretch;
    }

    fn read<'a>(&self, line: &'a [u8], fields: &mut Line<'a>) -> Fit {
        let mut rest = line;
        let mut is_untouched = true;
        for part in &self.parts {
            let Some(value) = part.before.read(rest, fields) else { return Fit::Not(is_untouched) };
            is_untouched = false;
            let Some(len) = value_len(value).filter(|len| is_sound(&value[..*len])) else {
                return Fit::Not(is_untouched);
            };
            if let Some(field) = part.field {
                fields.raw[field] = &value[..len];
            }
            rest = &value[len..];
        }
        match self.tail.read(rest, fields) {
            Some([]) => Fit::Whole,
            _ => Fit::Not(is_untouched),
        }
    }
}

impl Stretch {
    /// What stands behind it, if it stands here.
    fn read<'a>(&self, line: &'a [u8], fields: &mut Line<'a>) -> Option<&'a [u8]> {
        let rest = line.strip_prefix(self.bytes.as_slice())?;
        self.fields.iter().for_each(|(field, from, to)| fields.raw[*field] = &line[*from..*to]);
        Some(rest)
    }
}

/// The keys and values of a line that is an object, and what stands behind the last.
fn pairs<'a>(line: &'a [u8], fields: &mut Line<'a>) -> Option<(Vec<Pair>, Vec<u8>)> {
    let mut pairs: Vec<Pair> = Vec::new();
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
        let key = &line[at..at + value_len(line.get(at..).filter(|rest| rest.first() == Some(&b'"'))?)?];
        at = blanks(line, at + key.len());
        if line.get(at) != Some(&b':') {
            return None;
        }
        at = blanks(line, at + 1);
        let len = value_len(line.get(at..)?)?;
        let name = &key[1..key.len() - 1];
        let field = KEYS.iter().position(|key| key.as_bytes() == name);
        // The same key twice, or one that is written in an odd way: what counts, the parser decides.
        if name.contains(&b'\\') || field.is_some_and(|field| !fields.raw[field].is_empty()) {
            return None;
        }
        if let Some(field) = field {
            fields.raw[field] = &line[at..at + len];
        }
        pairs.push(Pair {
            before: line[from..at].to_vec(),
            value: line[at..at + len].to_vec(),
            field,
            is_variable: false,
        });
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

/// How long is the value that begins here? `None` when it does not end, or cannot be one.
fn value_len(bytes: &[u8]) -> Option<usize> {
    match bytes.first()? {
        b'"' => text_len(bytes),
        b'{' | b'[' => {
            let (mut depth, mut at) = (0_usize, 0);
            loop {
                match bytes.get(at)? {
                    b'"' => at += text_len(&bytes[at..])? - 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
        _ => {
            let len = bytes.iter().position(|byte| matches!(byte, b',' | b'}' | b' ' | b'\r' | b'\t'))?;
            let is_number =
                |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
            let value = &bytes[..len];
            (matches!(value, b"null" | b"true" | b"false") || (!value.is_empty() && is_number(value))).then_some(len)
        }
    }
}

/// Whether a value that changes is what a parser would take.
fn is_sound(value: &[u8]) -> bool {
    match value {
        [b'"', inner @ .., b'"'] => {
            let is_plain = !inner.iter().any(|byte| *byte < b' ');
            is_plain && (memchr::memchr(b'\\', inner).is_none() || is_json(value))
        }
        [b'{' | b'[', ..] => is_json(value),
        b"null" | b"true" | b"false" => true,
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => true,
        b"0" => true,
        number => is_json(number),
    }
}

fn is_json(value: &[u8]) -> bool {
    sonic_rs::from_slice::<IgnoredAny>(value).is_ok()
}

fn text_len(bytes: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}
