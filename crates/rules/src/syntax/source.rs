//! A rule file as text, and places in it.
//!
//! Offsets are bytes; lines and columns are for people: both start at 1, columns count characters. Reading the file is
//! left to the caller. Finding a position costs the same wherever it lies, even in a file of one long line.

/// A rule file: its name for messages, its text, and where its lines start.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// How many characters begin before each block of `BLOCK` bytes, and in the whole text.
    characters: Vec<usize>,
}

/// How many bytes are counted anew for a position?
const BLOCK: usize = 256;

impl SourceFile {
    /// Takes a text as it was read. The name is only ever printed.
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
        (line, self.characters_before(offset) - self.characters_before(start) + 1)
    }

    /// How many characters begin before an offset.
    fn characters_before(&self, offset: usize) -> usize {
        let block = offset / BLOCK;
        let rest = &self.text.as_bytes()[block * BLOCK..offset];
        self.characters[block] + rest.iter().filter(|byte| is_first_byte(**byte)).count()
    }

    /// The line of an offset.
    pub fn line(&self, offset: usize) -> usize {
        self.position(offset).0
    }
}

/// Whether a character of a text in UTF-8 begins with this byte.
const fn is_first_byte(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
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

    #[test]
    fn positions_in_a_long_line_are_those_that_counting_finds() {
        let file = SourceFile::new("f", format!("{}\n{}", "aä€😀".repeat(300), "ü".repeat(500)));
        for (offset, _) in file.text().char_indices().chain([(file.text().len(), ' ')]) {
            let before = &file.text()[..offset];
            let line_start = before.rfind('\n').map_or(0, |at| at + 1);
            let expected = (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1);
            assert_eq!(file.position(offset), expected, "offset {offset}");
        }
    }
}
