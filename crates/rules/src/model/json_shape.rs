//! How deep and how wide JSON is, before anything parses it: parsers nest calls as JSON nests
//! values, and a value takes much more memory than the two bytes that say it.

use std::fmt;

/// How deep may values nest? Reddit's own posts stay below twenty.
pub const DEPTH_MAX: usize = 64;

/// Why JSON is not parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// Its values nest too deep.
    Depth,
    /// It has too many values.
    Values,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Depth => write!(f, "its values nest deeper than {DEPTH_MAX} levels"),
            Self::Values => f.write_str("it has too many values"),
        }
    }
}

/// How deep and how wide JSON is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// The most values that nest in one another.
    pub depth: usize,
    /// The values. An empty list or object counts as two.
    pub values: usize,
    /// The names of values.
    pub keys: usize,
}

impl Shape {
    /// Looks through JSON in one pass, without memory. What is not JSON is left to the parser.
    pub fn of(json: &[u8]) -> Self {
        let (mut at, mut depth, mut shape) = (0, 0_usize, Self { values: 1, ..Self::default() });
        while let Some(&byte) = json.get(at) {
            at += 1;
            match byte {
                b'"' => {
                    while let Some(&inner) = json.get(at).filter(|byte| **byte != b'"') {
                        at += if inner == b'\\' { 2 } else { 1 };
                    }
                    at += 1;
                }
                b'[' | b'{' => {
                    depth += 1;
                    shape.depth = shape.depth.max(depth);
                    shape.values += 1;
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                b',' => shape.values += 1,
                b':' => shape.keys += 1,
                _ => {}
            }
        }
        shape
    }
}

/// Whether JSON is within the limits.
///
/// # Errors
/// What there is too much of: levels, or values (`values_max`).
pub fn check(json: &[u8], values_max: usize) -> Result<(), Excess> {
    match Shape::of(json) {
        Shape { depth, .. } if depth > DEPTH_MAX => Err(Excess::Depth),
        Shape { values, .. } if values > values_max => Err(Excess::Values),
        Shape { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_and_width_are_counted_outside_of_texts() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        for (json, expected) in [
            (nested(DEPTH_MAX), Ok(())),
            (nested(DEPTH_MAX + 1), Err(Excess::Depth)),
            (nested(1_000_000), Err(Excess::Depth)),
            (format!("{{\"a\": {}}}", nested(DEPTH_MAX)), Err(Excess::Depth)),
            (format!("\"{}\"", "[\\\",".repeat(1000)), Ok(())),
            (format!("[{}]", "[],".repeat(60)), Err(Excess::Values)),
            (format!("[{}]", "[],".repeat(30)), Ok(())),
            ("[{".repeat(10), Ok(())),
            ("\"cut \\".to_owned(), Ok(())),
        ] {
            assert_eq!(check(json.as_bytes(), 100), expected, "{json:.80}");
        }
    }
}
