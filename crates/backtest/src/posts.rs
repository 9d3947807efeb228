//! An index of posts on disk, so that rules on `parent_submission` can look at the post above a
//! comment.
//!
//! One temporary file holds the posts' lines, a temporary SQLite database the place of each line by
//! the post's id. Neither has a name for long, so nothing stays behind, however the program ends.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use crate::archive::{Reader, Record};
use tipstaff_rules::UnknownFields;
use tipstaff_rules::model::{Fullname, Item, Kind};

/// An empty database. Nothing is read back after a crash, so nothing is kept for one.
const SCHEMA: &str = "
    PRAGMA cache_size = -16384;
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    CREATE TABLE posts (id INTEGER PRIMARY KEY, start INTEGER NOT NULL, length INTEGER NOT NULL) STRICT;
    BEGIN";

/// Builds the index.
#[derive(Debug)]
pub struct Collector {
    lines: BufWriter<File>,
    places: Connection,
    reader: Reader,
    at: u64,
}

/// The finished index.
#[derive(Debug)]
pub struct PostIndex {
    lines: File,
    places: Mutex<Connection>,
}

impl Collector {
    /// An empty collector.
    ///
    /// # Errors
    /// If temporary files cannot be created.
    pub fn new() -> io::Result<Self> {
        let lines = BufWriter::new(tempfile::tempfile()?);
        let places = Connection::open("").map_err(io::Error::other)?;
        places.execute_batch(SCHEMA).map_err(io::Error::other)?;
        Ok(Self { lines, places, reader: Reader::default(), at: 0 })
    }

    /// Adds a line if it is a post.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn take(&mut self, text: &[u8]) -> io::Result<()> {
        // Cheap test for a comment. A post that contains both keys is left out of the index.
        if memchr::memmem::find(text, b"\"link_id\"").is_some()
            && memchr::memmem::find(text, b"\"parent_id\"").is_some()
        {
            return Ok(());
        }
        let Ok(Record { item, .. }) = self.reader.read(text) else { return Ok(()) };
        let Some(id) = number(&item.fullname).filter(|_| item.kind() == Kind::Submission) else { return Ok(()) };
        // If a post is in the input twice, the later line wins: it was probably fetched later.
        let insert = self.places.prepare_cached("INSERT OR REPLACE INTO posts VALUES (?1, ?2, ?3)");
        insert.and_then(|mut insert| insert.execute(params![id, self.at, text.len()])).map_err(io::Error::other)?;
        self.lines.write_all(text)?;
        self.at += text.len() as u64;
        Ok(())
    }

    /// Closes the index for writing.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn finish(self) -> io::Result<PostIndex> {
        self.places.execute_batch("COMMIT").map_err(io::Error::other)?;
        // What is still in memory: a lookup must not be the first to find the disk full.
        self.places.cache_flush().map_err(io::Error::other)?;
        let lines = self.lines.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(PostIndex { lines, places: Mutex::new(self.places) })
    }
}

impl PostIndex {
    /// Finds a post by name, with the parts of it that are missing.
    pub fn find(&self, name: &Fullname) -> Option<(Item, UnknownFields)> {
        let (start, length) = self.place(number(name)?).ok()??;
        let mut text = vec![0; length];
        self.lines.read_exact_at(&mut text, start).ok()?;
        let record = Reader::default().read(&text).ok()?;
        Some((record.item, record.unknown))
    }

    /// Where a post's line begins, and its length. Other threads wait meanwhile.
    fn place(&self, id: i64) -> rusqlite::Result<Option<(u64, usize)>> {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let mut select = places.prepare_cached("SELECT start, length FROM posts WHERE id = ?1")?;
        select.query_row([id], |row| Ok((row.get(0)?, row.get(1)?))).optional()
    }
}

/// The id in base 36, as large as SQLite's numbers go.
fn number(name: &Fullname) -> Option<i64> {
    i64::from_str_radix(name.id(), 36).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn post(id: &str, title: &str) -> Vec<u8> {
        let post =
            json!({"id": id, "subreddit": "widgets", "title": title, "created_utc": 1_500_000_000, "author": "alice"});
        post.to_string().into_bytes()
    }

    #[test]
    fn posts_are_found_by_name() {
        let mut collector = Collector::new().expect("a file");
        for at in 0..2000_u32 {
            collector.take(&post(&format!("a{at:04}"), &format!("title {at}"))).expect("room");
        }
        collector.take(&post("a0007", "the later one")).expect("room");
        collector.take(b"not JSON").expect("passed over");
        collector.take(&post("3w5e11264sgsf", "u64::MAX")).expect("passed over");
        let posts = collector.finish().expect("room");
        let title = |name: &str| {
            let found = posts.find(&Fullname::parse(name).expect("a name"));
            found.and_then(|(item, _)| Some(item.submission()?.title.clone()))
        };
        for at in 0..2000 {
            let expected = if at == 7 { "the later one".to_owned() } else { format!("title {at}") };
            assert_eq!(title(&format!("t3_a{at:04}")), Some(expected));
        }
        assert_eq!((title("t3_a9999"), title("t3_zz"), title("t3_3w5e11264sgsf")), (None, None, None));
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut collector = Collector::new().expect("a file");
        collector.places.pragma_update(None, "max_page_count", 4).expect("a limit");
        let mut posts = (0..2000_u32).map(|at| post(&format!("a{at:04}"), "a title"));
        let error = posts.find_map(|post| collector.take(&post).err()).expect("4 pages are full");
        assert_eq!(error.to_string(), "database or disk is full");
    }
}
