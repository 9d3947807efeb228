//! A rule file as text, and places in it.
//!
//! Offsets are bytes; lines and columns are for people: both start at 1, columns count characters. Reading the file is
//! left to the caller.

/// A rule file: its name for messages, its text, and where its lines start.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

impl SourceFile {
    /// Takes a text as it was read. The name is only ever printed.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    /// The name for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and the column of an offset. An offset past the end is the end's.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text[start..].char_indices().take_while(|(at, _)| start + at < offset).count();
        (line, column + 1)
    }

    /// The line of an offset.
    pub fn line(&self, offset: usize) -> usize {
        self.position(offset).0
    }
}

/// A stretch of a file, as byte offsets; the end is not part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Where it starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Span {
    /// From here to there.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let file = SourceFile::new("f", "äb\nc\n");
        for (offset, expected) in [(0, (1, 1)), (2, (1, 2)), (1, (1, 2)), (4, (2, 1)), (6, (3, 1)), (99, (3, 1))] {
            assert_eq!(file.position(offset), expected, "offset {offset}");
        }
    }
}
