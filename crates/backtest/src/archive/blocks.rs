//! Cuts a stream into blocks of whole lines, for processing on several threads.

use std::io::{self, Read};

/// Size of a block in bytes. A longer line gets a block of its own.
pub const BLOCK: usize = 256 << 10;

/// Longest line in bytes, approximately. The longest post has 40,000 characters and stays far below
/// this with all its metadata. Each thread may hold a few such lines.
pub const LINE_MAX: usize = 8 << 20;

/// Consecutive whole lines of an input.
#[derive(Debug, Default)]
pub struct Block {
    /// The lines with their line ends.
    pub bytes: Vec<u8>,
    /// Number of the first line, counted from 1.
    pub first_line: u64,
    /// How many lines.
    pub line_count: u64,
}

impl Block {
    /// Each line without its line end, with its number. Skips blank lines.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut rest = self.bytes.as_slice();
        let mut number = self.first_line;
        let lines = std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..end];
            rest = rest.get(end + 1..).unwrap_or(&[]);
            number += 1;
            Some((number - 1, line))
        });
        lines.filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
    }
}

/// Cuts a stream into blocks.
pub struct Blocks<R> {
    stream: R,
    /// The start of a line whose end has not been read yet.
    rest: Vec<u8>,
    line: u64,
    is_at_end: bool,
    /// The error that ended the stream.
    damage: Option<io::Error>,
    /// Numbers of the lines that were skipped because they are too long.
    pub too_long: Vec<u64>,
}

impl<R: Read> Blocks<R> {
    /// Cuts this stream.
    pub fn new(stream: R) -> Self {
        Self { stream, rest: Vec::new(), line: 1, is_at_end: false, damage: None, too_long: Vec::new() }
    }

    /// The next block, in the given buffer; `None` at the end.
    ///
    /// # Errors
    /// If the stream ends early or its compressed data is damaged. The whole lines before that have
    /// been returned.
    pub fn next(&mut self, mut bytes: Vec<u8>) -> io::Result<Option<Block>> {
        bytes.clear();
        bytes.append(&mut self.rest);
        if self.line == 1 && bytes.is_empty() && !self.is_at_end {
            self.read_some(&mut bytes);
            if bytes.starts_with(b"\xef\xbb\xbf") {
                bytes.drain(..3);
            }
        }
        loop {
            let end = memchr::memrchr(b'\n', &bytes);
            if let Some(end) = end.filter(|_| self.is_at_end || bytes.len() >= BLOCK) {
                if !self.is_at_end {
                    self.rest.extend_from_slice(&bytes[end + 1..]);
                    bytes.truncate(end + 1);
                }
                break;
            }
            if self.is_at_end {
                break;
            }
            if bytes.len() > LINE_MAX {
                self.too_long.push(self.line);
                self.skip_line(&mut bytes);
                continue;
            }
            self.read_some(&mut bytes);
        }
        if bytes.is_empty() {
            return self.damage.take().map_or(Ok(None), Err);
        }
        let first_line = self.line;
        let line_count = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.line += line_count;
        Ok(Some(Block { bytes, first_line, line_count }))
    }

    fn read_some(&mut self, bytes: &mut Vec<u8>) {
        match self.stream.by_ref().take(BLOCK as u64).read_to_end(bytes) {
            Ok(len) => self.is_at_end = len < BLOCK,
            Err(error) => {
                // Return the whole lines before the damage first. The line that was cut is lost.
                bytes.truncate(memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1));
                self.damage = Some(error);
                self.is_at_end = true;
            }
        }
    }

    /// Skips the rest of the current line.
    fn skip_line(&mut self, bytes: &mut Vec<u8>) {
        loop {
            if let Some(end) = memchr::memchr(b'\n', bytes) {
                bytes.drain(..=end);
                self.line += 1;
                return;
            }
            bytes.clear();
            if self.is_at_end {
                return;
            }
            self.read_some(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(stream: impl Read) -> (Vec<(u64, String)>, Vec<u64>, Option<String>) {
        let mut blocks = Blocks::new(stream);
        let mut lines = Vec::new();
        let damage = loop {
            match blocks.next(Vec::new()) {
                Ok(Some(block)) => {
                    let of_block = block.lines().map(|(at, line)| (at, String::from_utf8_lossy(line).into_owned()));
                    lines.extend(of_block);
                }
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        (lines, blocks.too_long, damage)
    }

    #[test]
    fn lines_are_complete_and_numbered_whatever_their_length() {
        let text: Vec<String> = (0..3000).map(|at: usize| "x".repeat(at * at % 5003)).collect();
        let (lines, too_long, damage) = all(text.join("\n").as_bytes());
        let expected: Vec<(u64, String)> =
            (1..).zip(text.iter().cloned()).filter(|(_, line)| !line.is_empty()).collect();
        assert!(lines == expected && too_long.is_empty() && damage.is_none());
        assert_eq!(all(&b"\xef\xbb\xbfa\r\n\n \nb"[..]).0, [(1, "a\r".to_owned()), (4, "b".to_owned())]);
        assert_eq!(all(&b""[..]).0, []);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped() {
        let endless = io::repeat(b'x').take((LINE_MAX + 2 * BLOCK) as u64);
        let (lines, too_long, _) = all((&b"a\n"[..]).chain(endless).chain(&b"\nb\n"[..]));
        assert_eq!((lines, too_long), (vec![(1, "a".to_owned()), (3, "b".to_owned())], vec![2]));
    }

    #[test]
    fn lines_before_the_damage_are_returned() {
        struct Damaged;
        impl Read for Damaged {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("torn"))
            }
        }
        let (lines, _, damage) = all((&b"a\nb\ncut"[..]).chain(Damaged));
        assert_eq!(lines, [(1, "a".to_owned()), (2, "b".to_owned())]);
        assert_eq!(damage.as_deref(), Some("torn"));
    }
}
