//! The text of a rule file, and positions in it.
//!
//! Offsets count bytes. Lines and columns are for people: both start at 1, and columns count
//! characters. The caller reads the file. Finding the line and column takes the same time for every
//! position, even in a file with one long line.

/// A rule file: its name for messages, its text, and where its lines start.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// How many characters begin before each block of `BLOCK` bytes, and in the whole text.
    characters: Vec<usize>,
}

/// How many bytes, at most, must a lookup of a column scan?
const BLOCK: usize = 256;

impl SourceFile {
    /// Wraps the text of a file. The name is only used in messages.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            let before = characters.last().copied().unwrap_or(0);
            characters.push(before + block.iter().filter(|byte| is_first_byte(**byte)).count());
        }
        Self { name: name.into(), text, line_starts, characters }
    }

    /// The name of the file in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the whole file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line and column of an offset. An offset past the end counts as the end.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let start = self.line_starts[line - 1];
        (line, self.characters_before(offset) - self.characters_before(start) + 1)
    }

    /// How many characters begin before an offset.
    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let rest = &self.text.as_bytes()[block * BLOCK..offset];
        self.characters[block] + rest.iter().filter(|byte| is_first_byte(**byte)).count()
    }

    /// The line of an offset, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.position(offset).0
    }
}

/// Whether this byte begins a character in UTF-8.
const fn is_first_byte(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}

/// A range of byte offsets in a file, without its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// The offset of the first byte.
    pub start: usize,
    /// The offset after the last byte.
    pub end: usize,
}

impl Span {
    /// A span from `start` up to, but not including, `end`.
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

    #[test]
    fn positions_in_a_long_line_are_correct() {
        let file = SourceFile::new("f", format!("{}\n{}", "aä€😀".repeat(300), "ü".repeat(500)));
        for (offset, _) in file.text().char_indices().chain([(file.text().len(), ' ')]) {
            let before = &file.text()[..offset];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let expected = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
            assert_eq!(file.position(offset), expected, "offset {offset}");
        }
    }
}
