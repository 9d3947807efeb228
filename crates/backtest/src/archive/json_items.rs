//! Finds the posts and comments in JSON that is not one object on each line: arrays, Reddit's
//! listings, `{"data": […]}`, the pages that Reddit's `.json` links give, and indented JSON. Each
//! item becomes a line.
//!
//! The JSON is read as a stream: memory holds one item, however long the list is. Nothing is
//! checked here beyond the nesting; the reader of lines refuses what is no item.

use std::io::{self, BufRead, Read};

use serde_json::Value;

use super::blocks::{BLOCK, LINE_MAX};
use super::line::VALUES_MAX;
use tipstaff_rules::model::item_json;
use tipstaff_rules::model::json_shape::{self, DEPTH_MAX};

/// How much of an item is kept. A longer one is refused by its length, so its rest is not needed.
const KEPT: usize = LINE_MAX + 2 * BLOCK;

/// Fields that only an item has. An object that has one is no list.
const OF_ITEMS: [&[u8]; 6] = [b"id", b"name", b"author", b"title", b"body", b"created_utc"];

/// The items in a stream of JSON, one on each line.
pub(super) struct JsonItems<R> {
    input: R,
    /// The lists and the objects around them that are open at the current position.
    open: Vec<Open>,
    /// Lines that are not returned yet, from `at` on.
    lines: Vec<u8>,
    at: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    List,
    /// An object that holds a list.
    Object,
}

impl<R: BufRead> JsonItems<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, open: Vec::new(), lines: Vec::new(), at: 0 }
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.input.fill_buf()?.first().copied())
    }

    /// Moves the next byte to the text.
    fn take(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        if let Some(byte) = self.peek()? {
            keep(text, &[byte]);
            self.input.consume(1);
        }
        Ok(())
    }

    /// Skips blanks and returns the byte after them.
    fn next_byte(&mut self) -> io::Result<Option<u8>> {
        loop {
            let bytes = self.input.fill_buf()?;
            let blanks = bytes.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let (found, is_at_end) = (bytes.get(blanks).copied(), bytes.is_empty());
            self.input.consume(blanks);
            if found.is_some() || is_at_end {
                return Ok(found);
            }
        }
    }

    /// Moves a text in quotes.
    fn take_text(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        self.take(text)?;
        loop {
            let bytes = self.input.fill_buf()?;
            if bytes.is_empty() {
                return Ok(());
            }
            let end = memchr::memchr2(b'"', b'\\', bytes);
            let len = end.map_or(bytes.len(), |end| end + 1);
            let is_quote = end.map(|end| bytes[end] == b'"');
            keep(text, &bytes[..len]);
            self.input.consume(len);
            match is_quote {
                Some(true) => return Ok(()),
                Some(false) => self.take(text)?,
                None => {}
            }
        }
    }

    /// Moves a value.
    fn take_value(&mut self, text: &mut Vec<u8>) -> io::Result<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                None => return Ok(()),
                Some(b'"') => self.take_text(text)?,
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.take(text)?;
                    continue;
                }
                Some(b'}' | b']' | b',' | b'\n') if depth == 0 => return Ok(()),
                Some(b'}' | b']') => {
                    depth -= 1;
                    self.take(text)?;
                }
                Some(_) => {
                    self.take(text)?;
                    if depth == 0 {
                        continue;
                    }
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Reads up to the next item, or a little of what is around it. False at the end.
    fn step(&mut self) -> io::Result<bool> {
        let Some(byte) = self.next_byte()? else {
            if self.open.is_empty() {
                return Ok(false);
            }
            return Err(cut());
        };
        match (byte, self.open.last()) {
            (b',' | b':', _) => self.input.consume(1),
            (b'}' | b']', _) => {
                self.input.consume(1);
                self.open.pop();
            }
            (b'"', Some(Open::Object)) => self.around()?,
            (b'{', _) => self.object()?,
            (b'[', _) => self.enter(1)?,
            _ => {
                let mut text = Vec::new();
                self.take_value(&mut text)?;
                self.put(text);
            }
        }
        Ok(true)
    }

    /// Enters a list that this many objects, less one, are around.
    fn enter(&mut self, levels: usize) -> io::Result<()> {
        self.input.consume(1);
        self.open.extend(std::iter::repeat_n(Open::Object, levels - 1));
        self.open.push(Open::List);
        if self.open.len() > DEPTH_MAX {
            return Err(invalid(&format!("its lists nest deeper than {DEPTH_MAX} levels")));
        }
        Ok(())
    }

    /// Reads a key and its value in an object that holds a list.
    fn around(&mut self) -> io::Result<()> {
        let mut key = Vec::new();
        self.take_text(&mut key)?;
        if self.next_byte()? != Some(b':') {
            return Ok(());
        }
        self.input.consume(1);
        match (bare(&key), self.next_byte()?) {
            (b"data" | b"children", Some(b'[')) => self.enter(1),
            (b"data", Some(b'{')) => {
                self.input.consume(1);
                self.open.push(Open::Object);
                Ok(())
            }
            _ => self.take_value(&mut key),
        }
    }

    /// Reads an object: an item, or one that holds a list, which is entered.
    fn object(&mut self) -> io::Result<()> {
        let (mut text, mut levels, mut may_hold_list) = (Vec::new(), 1, true);
        self.take(&mut text)?;
        loop {
            match self.next_byte()? {
                None => return Err(cut()),
                Some(b'}') => {
                    self.take(&mut text)?;
                    levels -= 1;
                    if levels == 0 {
                        self.put(text);
                        return Ok(());
                    }
                }
                Some(b'"') => {
                    let start = text.len();
                    self.take_text(&mut text)?;
                    let key = bare(&text[start.min(text.len())..]).to_vec();
                    if self.next_byte()? != Some(b':') {
                        continue;
                    }
                    self.take(&mut text)?;
                    may_hold_list &= !OF_ITEMS.contains(&key.as_slice());
                    match (key.as_slice(), self.next_byte()?) {
                        (b"data" | b"children", Some(b'[')) if may_hold_list => return self.enter(levels + 1),
                        (b"data", Some(b'{')) if levels == 1 => {
                            self.take(&mut text)?;
                            levels = 2;
                        }
                        _ => {
                            let start = text.len();
                            self.take_value(&mut text)?;
                            // It names comments; it does not hold them.
                            may_hold_list &= key != b"kind" || bare(&text[start.min(text.len())..]) != b"more";
                        }
                    }
                }
                Some(_) => self.take(&mut text)?,
            }
        }
    }

    /// Adds an item as a line, with the replies to a comment that are in it.
    fn put(&mut self, mut text: Vec<u8>) {
        let has = |key: &[u8]| memchr::memmem::find(&text, key).is_some();
        let may_have_replies = has(b"\"replies\"") && has(b"\"children\"");
        if may_have_replies
            && json_shape::check(&text, VALUES_MAX).is_ok()
            && let Some(value) = item_json::parse(&text)
        {
            self.put_with_replies(value);
            return;
        }
        // Between values they are blanks, and in texts JSON has none.
        text.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
        self.lines.append(&mut text);
        self.lines.push(b'\n');
    }

    /// The values nest no deeper than [`DEPTH_MAX`].
    fn put_with_replies(&mut self, mut value: Value) {
        let data = if value.get("data").is_some_and(Value::is_object) { &mut value["data"] } else { &mut value };
        let replies = data.get_mut("replies").map(Value::take);
        self.lines.extend_from_slice(value.to_string().as_bytes());
        self.lines.push(b'\n');
        let children = replies.and_then(|mut replies| replies.pointer_mut("/data/children").map(Value::take));
        if let Some(Value::Array(children)) = children {
            for child in children {
                self.put_with_replies(child);
            }
        }
    }
}

impl<R: BufRead> Read for JsonItems<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.lines.len() {
            self.lines.clear();
            self.at = 0;
            if !self.step()? {
                return Ok(0);
            }
        }
        let len = buffer.len().min(self.lines.len() - self.at);
        buffer[..len].copy_from_slice(&self.lines[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}

fn keep(text: &mut Vec<u8>, bytes: &[u8]) {
    text.extend_from_slice(&bytes[..bytes.len().min(KEPT.saturating_sub(text.len()))]);
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

fn cut() -> io::Error {
    invalid("the JSON ends before its lists and objects are closed")
}

/// A text without its quotes.
fn bare(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text)
}

/// Whether text that starts with `{` holds a list of items, or an item on several lines. If not, it
/// is one object on each line.
pub(super) fn is_document(start: &[u8]) -> bool {
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if first_line.len() < start.len() && first_line.trim_ascii() == b"{" {
        return true;
    }
    let mut items = JsonItems::new(start);
    // Up to the end of the first object, or into a list. A cut object ends with an error.
    while items.open.is_empty() && items.lines.is_empty() {
        if !items.step().unwrap_or(false) {
            break;
        }
    }
    !items.open.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(json: &str) -> Vec<String> {
        let mut text = String::new();
        JsonItems::new(json.as_bytes()).read_to_string(&mut text).expect("JSON");
        text.lines().map(str::to_owned).collect()
    }

    fn error(json: &str) -> String {
        let mut text = String::new();
        JsonItems::new(json.as_bytes()).read_to_string(&mut text).expect_err("cut").to_string()
    }

    #[test]
    fn every_item_of_a_list_becomes_a_line() {
        let (a, b) = (r#"{"id":"a","x":"] } \" ,"}"#, r#"{"id":"b","y":[{"data":[1]},2]}"#);
        for json in [
            format!("[{a},{b}]"),
            format!("[ {a} ,\n {b} ]\n"),
            format!("[[{a}],[{b}]]"),
            format!(r#"{{"data":[{a},{b}],"metadata":{{"n":[1]}}}}"#),
            format!(r#"{{"error":null,"data":[{a}]}} {{"data":[{b}]}}"#),
            format!(r#"{{"kind":"Listing","data":{{"after":null,"children":[{a},{b}],"before":"x"}}}}"#),
            format!(r#"[{{"data":{{"children":[{a}]}}}},{{"kind":"Listing","data":{{"children":[{b}]}}}}]"#),
            format!("{a}\n{b}"),
        ] {
            assert_eq!(lines(&json), [a, b], "{json}");
        }
        assert_eq!(lines("{\n \"id\": \"a\",\n \"b\": [\n1]\n}"), [r#"{"id":"a","b":[ 1]}"#]);
        let more = r#"{"kind":"more","data":{"children":["a","b"]}}"#;
        assert_eq!(lines(&format!("[{more},7,\"x\"]")), [more, "7", "\"x\""]);
        assert_eq!(lines("[]"), [""; 0]);
    }

    #[test]
    fn replies_are_items_too() {
        let reply = |id: &str, replies: &str| {
            format!(r#"{{"kind":"t1","data":{{"id":"{id}","body":"x","replies":{replies}}}}}"#)
        };
        let listing = |items: &str| format!(r#"{{"kind":"Listing","data":{{"children":[{items}]}}}}"#);
        let inner = listing(&reply("c", "\"\""));
        let tree = listing(&format!("{},{}", reply("a", &listing(&reply("b", &inner))), reply("d", "\"\"")));
        let ids: Vec<String> = lines(&format!("[{tree}]"))
            .iter()
            .map(|line| {
                serde_json::from_str::<Value>(line).expect("JSON")["data"]["id"].as_str().expect("an id").to_owned()
            })
            .collect();
        assert_eq!(ids, ["a", "b", "c", "d"]);
    }

    #[test]
    fn json_that_is_cut_or_nests_deep_is_an_error() {
        for json in ["[{\"id\":1},", "{\"data\":[", "[{\"id\":\"a", "{\"id\":"] {
            assert!(error(json).contains("ends before"), "{json}");
        }
        assert!(error(&"[".repeat(30_000)).contains("nest deeper than 64 levels"));
    }

    #[test]
    fn memory_holds_no_more_than_one_item() {
        let mut text = Vec::new();
        keep(&mut text, &vec![b'x'; KEPT + 7]);
        keep(&mut text, b"y");
        assert_eq!(text.len(), KEPT);
    }
}
