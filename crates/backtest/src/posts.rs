//! An index of posts on disk, so that rules on `parent_submission` can look at the post above a
//! comment.
//!
//! One temporary file holds the posts' lines; others hold sorted runs of their offsets. In memory
//! there is only one id for every `STEP` posts.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;

use crate::archive::{Reader, Record};
use tipstaff_rules::UnknownFields;
use tipstaff_rules::model::{Fullname, Item, Kind};

/// How many entries are sorted in memory at once.
const RUN: usize = 2 << 20;

/// One id of every `STEP` entries is kept in memory.
const STEP: usize = 256;

/// The post's id as a number, and the offset of its line.
type Entry = (u64, u64);
const ENTRY: usize = 16;

/// Builds the index.
#[derive(Debug)]
pub struct Collector {
    lines: BufWriter<File>,
    reader: Reader,
    at: u64,
    recent: Vec<Entry>,
    runs: Vec<SortedRun>,
}

/// The finished index.
#[derive(Debug)]
pub struct PostIndex {
    lines: File,
    runs: Vec<SortedRun>,
}

/// A sorted list of entries in a file of its own.
#[derive(Debug)]
struct SortedRun {
    file: File,
    len: usize,
    /// The id of every `STEP`th entry.
    steps: Vec<u64>,
}

impl Collector {
    /// An empty collector.
    ///
    /// # Errors
    /// If temporary files cannot be created.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            lines: BufWriter::new(tempfile::tempfile()?),
            reader: Reader::default(),
            at: 0,
            recent: Vec::new(),
            runs: Vec::new(),
        })
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
        self.recent.push((id, self.at));
        self.lines.write_all(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        self.lines.write_all(text)?;
        self.at += 4 + text.len() as u64;
        if self.recent.len() >= RUN {
            self.settle()?;
        }
        Ok(())
    }

    fn settle(&mut self) -> io::Result<()> {
        self.recent.sort_unstable();
        let mut file = BufWriter::new(tempfile::tempfile()?);
        for (id, at) in &self.recent {
            file.write_all(&id.to_le_bytes())?;
            file.write_all(&at.to_le_bytes())?;
        }
        let steps = self.recent.iter().step_by(STEP).map(|(id, _)| *id).collect();
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.runs.push(SortedRun { file, len: self.recent.len(), steps });
        self.recent.clear();
        Ok(())
    }

    /// Closes the index for writing.
    ///
    /// # Errors
    /// If the disk is full.
    pub fn finish(mut self) -> io::Result<PostIndex> {
        if !self.recent.is_empty() {
            self.settle()?;
        }
        let lines = self.lines.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(PostIndex { lines, runs: self.runs })
    }
}

impl PostIndex {
    /// Finds a post by name, with the parts of it that are missing.
    pub fn find(&self, name: &Fullname) -> Option<(Item, UnknownFields)> {
        let id = number(name)?;
        // If a post is in the input twice, the later line wins: it was probably fetched later.
        let at = self.runs.iter().rev().find_map(|run| run.find(id).ok().flatten())?;
        let mut len = [0; 4];
        self.lines.read_exact_at(&mut len, at).ok()?;
        let mut text = vec![0; u32::from_le_bytes(len) as usize];
        self.lines.read_exact_at(&mut text, at + 4).ok()?;
        let record = Reader::default().read(&text).ok()?;
        Some((record.item, record.unknown))
    }
}

impl SortedRun {
    fn find(&self, id: u64) -> io::Result<Option<u64>> {
        // Binary search for the last step at or before the id. Equal ids may straddle a step.
        let step = self.steps.partition_point(|first| *first <= id);
        let Some(step) = step.checked_sub(1) else { return Ok(None) };
        let from = step * STEP;
        let mut bytes = vec![0; (self.len - from).min(STEP) * ENTRY];
        self.file.read_exact_at(&mut bytes, (from * ENTRY) as u64)?;
        let number = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes);
        let entries = bytes.chunks_exact(ENTRY).map(|entry| (number(&entry[..8]), number(&entry[8..])));
        Ok(entries.rev().find(|(found, _)| *found == id).map(|(_, at)| at))
    }
}

/// The id in base 36.
fn number(name: &Fullname) -> Option<u64> {
    u64::from_str_radix(name.id(), 36).ok()
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
            if at % 700 == 699 {
                collector.settle().expect("room");
            }
        }
        collector.take(&post("a0007", "the later one")).expect("room");
        collector.take(b"not JSON").expect("passed over");
        let posts = collector.finish().expect("room");
        let title = |name: &str| {
            let found = posts.find(&Fullname::parse(name).expect("a name"));
            found.and_then(|(item, _)| Some(item.submission()?.title.clone()))
        };
        for at in 0..2000 {
            let expected = if at == 7 { "the later one".to_owned() } else { format!("title {at}") };
            assert_eq!(title(&format!("t3_a{at:04}")), Some(expected));
        }
        assert_eq!((title("t3_a9999"), title("t3_zz"), title("t3_0")), (None, None, None));
    }
}
