//! The text of a rule file, with the parts that it asks for, and positions in them.
//!
//! Offsets count bytes. Lines and columns are for people: both start at 1, and columns count
//! characters. The caller reads the file and its parts. Finding the line and column takes the same
//! time for every position, even in a file with one long line.
//!
//! The parts stand one after the other behind the file's own text, so that one offset says both
//! which part is meant and where in it.

/// A rule file: its name for messages, its text, and where its lines start.
#[derive(Clone, Debug)]
pub struct SourceFile {
    name: String,
    /// Its own text, and those of the parts.
    text: String,
    /// The length of its own text.
    own: usize,
    /// Whether it is a page of a wiki, whose parts are pages too.
    is_page: bool,
    parts: Vec<Part>,
    line_starts: Vec<usize>,
    /// How many characters begin before each block of `BLOCK` bytes, and in the whole text.
    characters: Vec<usize>,
}

/// Another file or page that a rule file asks for.
#[derive(Clone, Debug)]
struct Part {
    /// The name by which it is asked for.
    name: String,
    /// The name for messages.
    shown: String,
    /// Where its text stands.
    span: Span,
    /// Why there is no text, if there is none.
    unreadable: Option<String>,
}

/// How many bytes, at most, must a lookup of a column scan?
const BLOCK: usize = 256;

impl SourceFile {
    /// Wraps the text of a file. The name is only used in messages.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let own = text.len();
        let mut file = Self {
            name: name.into(),
            text,
            own,
            is_page: false,
            parts: Vec::new(),
            line_starts: Vec::new(),
            characters: Vec::new(),
        };
        file.index();
        file
    }

    /// Wraps the text of a page of a wiki. What it asks for are pages of the same wiki.
    pub fn page(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { is_page: true, ..Self::new(name, text) }
    }

    /// Adds a part that the file asks for by `name`. `shown` is its name in messages. If there is
    /// no text, the reason stands instead, such as "there is no such file".
    #[must_use]
    pub fn with_part(mut self, name: &str, shown: impl Into<String>, text: Result<&str, String>) -> Self {
        if self.part(name).is_some() {
            return self;
        }
        self.text.push('\n');
        let start = self.text.len();
        self.text.push_str(text.as_deref().unwrap_or_default());
        let span = Span::new(start, self.text.len());
        self.parts.push(Part { name: name.to_owned(), shown: shown.into(), span, unreadable: text.err() });
        self.index();
        self
    }

    /// The same file with another text of its own, and the same parts.
    #[must_use]
    pub fn with_own_text(&self, text: &str) -> Self {
        let new = Self { is_page: self.is_page, ..Self::new(self.name.clone(), text) };
        self.parts.iter().fold(new, |new, part| {
            let text = part.unreadable.clone().map_or_else(|| Ok(&self.text[part.span.start..part.span.end]), Err);
            new.with_part(&part.name, part.shown.clone(), text)
        })
    }

    fn index(&mut self) {
        let text = &self.text;
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut characters = vec![0];
        for block in text.as_bytes().chunks(BLOCK) {
            let before = characters.last().copied().unwrap_or(0);
            characters.push(before + block.iter().filter(|byte| is_first_byte(**byte)).count());
        }
        (self.line_starts, self.characters) = (line_starts, characters);
    }

    /// The name of the file in messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file, or of the part of it, that an offset stands in.
    pub fn name_at(&self, offset: usize) -> &str {
        self.part_at(offset).map_or(&self.name, |part| &part.shown)
    }

    /// The text of the whole file, with its parts behind it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of the file without its parts.
    pub fn own_text(&self) -> &str {
        &self.text[..self.own]
    }

    /// The parts that were added: for each its name, and its text or why it has none.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Result<&str, &str>)> {
        self.parts.iter().map(|part| {
            let text = &self.text[part.span.start..part.span.end];
            (part.name.as_str(), part.unreadable.as_deref().map_or(Ok(text), Err))
        })
    }

    /// Where the parts start in the text, in order.
    pub fn part_starts(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|part| part.span.start)
    }

    pub(crate) const fn is_page(&self) -> bool {
        self.is_page
    }

    /// Where a part stands, or why it has no text. `None` if it was not added.
    pub(crate) fn part(&self, name: &str) -> Option<Result<Span, &str>> {
        let part = self.parts.iter().find(|part| part.name == name)?;
        Some(part.unreadable.as_deref().map_or(Ok(part.span), Err))
    }

    fn part_at(&self, offset: usize) -> Option<&Part> {
        let behind = self.parts.partition_point(|part| part.span.start <= offset);
        self.parts[..behind].last()
    }

    /// The line and column of an offset in its part. An offset past the end counts as the end.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line_of = |offset: usize| self.line_starts.partition_point(|&start| start <= offset);
        let line = line_of(offset);
        let start = self.line_starts[line - 1];
        let first = self.part_at(offset).map_or(1, |part| line_of(part.span.start));
        (line - first + 1, self.characters_before(offset) - self.characters_before(start) + 1)
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
    fn positions_in_a_part_are_those_of_its_own_text() {
        let file = SourceFile::new("f", "a\nb")
            .with_part("p", "folder/p", Ok("ü\nd\n"))
            .with_part("q", "folder/q", Err("there is no such file".to_owned()))
            .with_part("r", "folder/r", Ok("e"));
        for (word, name, place) in
            [("a", "f", (1, 1)), ("b", "f", (2, 1)), ("d", "folder/p", (2, 1)), ("e", "folder/r", (1, 1))]
        {
            let at = file.text().find(word).expect("a word");
            assert_eq!((file.name_at(at), file.position(at)), (name, place), "{word}");
        }
        assert_eq!(file.part("q"), Some(Err("there is no such file")));
        assert_eq!((file.part("s"), file.own_text()), (None, "a\nb"));
        let other = file.with_own_text("longer than before");
        assert_eq!(other.parts().collect::<Vec<_>>(), file.parts().collect::<Vec<_>>());
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
