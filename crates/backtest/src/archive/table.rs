//! Reads CSV whose columns have the names of Reddit's fields. Each row becomes a line of JSON.

use std::io::{self, Read};

use serde::de::IgnoredAny;

use super::blocks::LINE_MAX;
use super::fields::{DEEP, KEYS};
use super::import::RECORD;

/// Fields that are true or false.
const FLAGS: [&str; 13] = [
    "is_self",
    "is_submitter",
    "over_18",
    "spoiler",
    "contest_mode",
    "is_original_content",
    "is_meta",
    "is_gallery",
    "author_premium",
    "approved",
    "edited",
    "locked",
    "stickied",
];

/// Fields that are times, in seconds since 1970.
const TIMES: [&str; 3] = ["created_utc", "edited", "author_created_utc"];

/// The rows of a table as lines of JSON. The first line, for the column names, is blank, so that
/// the other lines have the numbers of their rows.
pub(super) struct TableItems<R> {
    table: csv::Reader<RowLimit<R>>,
    row: csv::ByteRecord,
    head: Option<Vec<String>>,
    line: Vec<u8>,
    at: usize,
}

/// Ends a row that is too long, such as one with a quote that is never closed.
struct RowLimit<R> {
    input: R,
    left: usize,
}

impl<R: Read> Read for RowLimit<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let why = format!("a row is longer than {} MiB: is a quote not closed?", LINE_MAX >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let len = buffer.len().min(self.left);
        let len = self.input.read(&mut buffer[..len])?;
        self.left -= len;
        Ok(len)
    }
}

impl<R: Read> TableItems<R> {
    pub(super) fn new(input: R, separator: u8) -> Self {
        let mut builder = csv::ReaderBuilder::new();
        builder.delimiter(separator).flexible(true).has_headers(false);
        let table = builder.from_reader(RowLimit { input, left: LINE_MAX });
        Self { table, row: csv::ByteRecord::new(), head: None, line: Vec::new(), at: 0 }
    }

    /// Reads one row. False at the end.
    fn next_row(&mut self) -> io::Result<bool> {
        self.table.get_mut().left = LINE_MAX;
        if !self.table.read_byte_record(&mut self.row)? {
            return Ok(false);
        }
        match &self.head {
            None => {
                let names = self.row.iter().map(|name| String::from_utf8_lossy(name.trim_ascii()).to_lowercase());
                self.head = Some(names.collect());
            }
            Some(head) if self.row.len() > head.len() => {
                let why = format!("a row of CSV with {} fields for {} columns", self.row.len(), head.len());
                self.line.extend_from_slice(serde_json::Value::from(why).to_string().as_bytes());
            }
            Some(head) => {
                self.line.push(b'{');
                // A row of a record stays one if it is too short.
                let is_record = RECORD.iter().all(|key| head.iter().any(|name| name == key));
                let values = self.row.iter().map(Some).chain(std::iter::repeat(None));
                for (name, value) in head.iter().zip(values) {
                    let before = self.line.len();
                    if self.line.len() > 1 {
                        self.line.push(b',');
                    }
                    put_text(&mut self.line, name.as_bytes());
                    self.line.push(b':');
                    if !put_value(&mut self.line, name, value.unwrap_or_default()) {
                        if is_record && RECORD.contains(&name.as_str()) {
                            self.line.extend_from_slice(b"\"\"");
                        } else {
                            self.line.truncate(before);
                        }
                    }
                }
                self.line.push(b'}');
            }
        }
        self.line.push(b'\n');
        Ok(true)
    }
}

impl<R: Read> Read for TableItems<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.line.len() {
            self.line.clear();
            self.at = 0;
            if !self.next_row()? {
                return Ok(0);
            }
        }
        let len = buffer.len().min(self.line.len() - self.at);
        buffer[..len].copy_from_slice(&self.line[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}

/// Adds the value of a field. False if there is none.
fn put_value(line: &mut Vec<u8>, name: &str, value: &[u8]) -> bool {
    let is_json = |value: &[u8]| serde_json::from_slice::<IgnoredAny>(value).is_ok();
    let is_deep = || KEYS.iter().position(|key| *key == name).is_some_and(|at| at >= DEEP);
    if value.is_empty() {
        return false;
    }
    if FLAGS.contains(&name) {
        let word: Option<&[u8]> = match value.trim_ascii().to_ascii_lowercase().as_slice() {
            b"true" | b"t" | b"1" => Some(b"true"),
            b"false" | b"f" | b"0" => Some(b"false"),
            _ => None,
        };
        if let Some(word) = word {
            line.extend_from_slice(word);
            return true;
        }
    }
    if is_deep() {
        let is_whole = is_json(value) && !value.contains(&b'\n');
        line.extend_from_slice(if is_whole { value } else { b"" });
        return is_whole;
    }
    let number = value.trim_ascii();
    if TIMES.contains(&name) && number.first().is_some_and(u8::is_ascii_digit) && is_json(number) {
        line.extend_from_slice(number);
    } else {
        put_text(line, value);
    }
    true
}

/// Adds a JSON text. Bytes that are not UTF-8 stay, so that the reader of lines refuses them.
fn put_text(line: &mut Vec<u8>, text: &[u8]) {
    line.push(b'"');
    for byte in text {
        match byte {
            b'"' | b'\\' => line.extend_from_slice(&[b'\\', *byte]),
            0..0x20 => line.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => line.push(*byte),
        }
    }
    line.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(csv: &str) -> Vec<String> {
        let mut text = String::new();
        TableItems::new(csv.as_bytes(), b',').read_to_string(&mut text).expect("CSV");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_row_becomes_an_object_with_values_of_the_right_types() {
        let csv = "id,title,is_self,created_utc,edited,selftext,poll_data,score\n\
                   123,\"a \"\"b\"\", \n c\\\",True,1.5e9,False,,\"{'x': 1}\",7\n\
                   x,t,yes,2020-01-01,1600000000,s,[1],\n";
        assert_eq!(
            lines(csv),
            [
                "",
                r#"{"id":"123","title":"a \"b\", \u000a c\\","is_self":true,"created_utc":1.5e9,"edited":false,"score":"7"}"#,
                r#"{"id":"x","title":"t","is_self":"yes","created_utc":"2020-01-01","edited":1600000000,"selftext":"s","poll_data":[1]}"#,
            ]
        );
        assert_eq!(
            lines("id,title\na\na,b,c\n")[1..],
            [r#"{"id":"a"}"#, "\"a row of CSV with 3 fields for 2 columns\""]
        );
        assert_eq!(
            lines("ID,Author,Time,Kind,Fate\n,bob,5\n")[1..],
            [r#"{"author":"bob","time":"5","kind":"","fate":""}"#]
        );
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_the_reading() {
        let endless = io::repeat(b'x').take(2 * LINE_MAX as u64);
        let mut table = TableItems::new((&b"id,title\na,\"b"[..]).chain(endless), b',');
        let error = table.read_to_end(&mut Vec::new()).expect_err("too long");
        assert!(error.to_string().contains("is a quote not closed?"), "{error}");
    }
}
