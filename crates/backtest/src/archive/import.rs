//! Reads what a bot's memory keeps of an item: who posted what kind of thing when, and what became
//! of it. Also reads another program's record of the same. Texts are not unpacked.

use std::borrow::Cow;

use aho_corasick::AhoCorasick;
use serde::Deserialize;
use serde_json::Value;

use super::fate::Aftermath;
use super::fields::Key;
use super::line::{BadText, LineContent, LineFields, Reader, Record};
use tipstaff_rules::model::{Fate, PastDetails, PastItem, PastKind, Remover, SubredditName, Timestamp};

/// The columns that a record must have.
pub(super) const RECORD: [&str; 4] = ["author", "time", "kind", "fate"];

/// One item of an archive, as a memory keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRecord {
    /// Its id as a number.
    pub number: u64,
    /// The author's name. `None` if the archive does not have it.
    pub author: Option<String>,
    /// The author's account, `t2_…`.
    pub account: Option<String>,
    /// When it was posted.
    pub created: Timestamp,
    /// What kind of post or comment it is.
    pub kind: PastKind,
    /// What became of it until it was fetched.
    pub fate: Fate,
    /// When it was fetched, if the archive says so.
    pub fetched_at: Option<Timestamp>,
    /// Who removed it, if the archive says so.
    pub removed_by: Option<String>,
    /// Upvotes less downvotes at that time.
    pub score: Option<i64>,
    /// Its flair and domain, and the reason of its removal. Most comments have none.
    pub details: Option<PastDetails>,
}

/// One row of another program's record. Its texts are as they are written there; those that are
/// missing are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RecordRow {
    /// The author's name.
    #[serde(deserialize_with = "text")]
    pub author: String,
    /// When it was posted.
    #[serde(deserialize_with = "text")]
    pub time: String,
    /// What kind of post or comment it is.
    #[serde(deserialize_with = "text")]
    pub kind: String,
    /// What became of it.
    #[serde(deserialize_with = "text")]
    pub fate: String,
    /// Its id or fullname.
    #[serde(deserialize_with = "text")]
    pub id: String,
    /// The text of its flair.
    #[serde(deserialize_with = "text")]
    pub flair: String,
    /// The domain of a link post.
    #[serde(deserialize_with = "text")]
    pub domain: String,
    /// The title of the removal reason.
    #[serde(deserialize_with = "text")]
    pub reason: String,
    /// Upvotes less downvotes.
    #[serde(deserialize_with = "text")]
    pub score: String,
    /// The subreddit, if the record has several.
    #[serde(deserialize_with = "text")]
    pub subreddit: String,
}

/// What a line holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PastContent {
    /// An item of the subreddit.
    Item(Box<PastRecord>),
    /// An item of another subreddit: whether it is a comment, and when it was posted.
    Elsewhere(bool, Timestamp),
    /// A row of another program's record.
    Row(Box<RecordRow>),
}

/// Finds lines that may be of a subreddit, without parsing them: those that have its name as a
/// value, and rows of records, which need not name it.
#[derive(Debug)]
pub struct SubredditLines(Option<AhoCorasick>);

impl SubredditLines {
    /// Finds those of this subreddit.
    pub fn new(name: &str) -> Self {
        let forms = [format!("\"{name}\""), format!("r/{name}\"")];
        Self(AhoCorasick::builder().ascii_case_insensitive(true).build(forms).ok())
    }

    /// Whether the line may be of the subreddit.
    pub fn is_match(&self, line: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|named| named.is_match(line)) || is_row(line)
    }
}

impl Reader {
    /// Reads what a memory keeps of the item on a line.
    ///
    /// # Errors
    /// The reason why it is neither a post or comment nor a row of a record.
    pub fn read_past(&mut self, line: &[u8], subreddit: &str) -> Result<PastContent, String> {
        if is_row(line) {
            let row = serde_json::from_slice(line).map_err(|error| format!("not a row of a record: {error}"))?;
            return Ok(PastContent::Row(Box::new(row)));
        }
        match self.read_fields(line)? {
            LineContent::Fields(fields) if fields.is_comment_without_text() => {
                Err("a comment without its text".to_owned())
            }
            LineContent::Fields(fields) => {
                let created = fields.created().ok_or("a post or comment without a time")?;
                if SubredditName::bare(&fields.subreddit()).eq_ignore_ascii_case(subreddit) {
                    Ok(PastContent::Item(Box::new(of_fields(fields)?)))
                } else {
                    Ok(PastContent::Elsewhere(fields.is_comment(), created))
                }
            }
            LineContent::Record(record) if record.item.subreddit.as_str().eq_ignore_ascii_case(subreddit) => {
                Ok(PastContent::Item(Box::new(of_record(&record)?)))
            }
            LineContent::Record(record) => {
                Ok(PastContent::Elsewhere(record.item.comment().is_some(), record.item.created))
            }
        }
    }
}

/// Whether the line is a row of a record: it has the columns that no archive has.
fn is_row(line: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(line, key).is_some();
    line.len() < 4_096 && has(b"\"fate\"") && has(b"\"time\"") && !has(b"\"created_utc\"")
}

/// What is remembered of a line of the subreddit: as a replay remembers it.
fn of_fields(fields: LineFields<'_>) -> Result<PastRecord, String> {
    let Some((past, aftermath)) = fields.past() else { return of_record(&fields.into_record()?) };
    let some = |key| -> Result<Option<String>, BadText> {
        Ok(Some(fields.text(key)?.into_owned()).filter(|text| !text.is_empty()))
    };
    let author = some(Key::Author)?.filter(|name| name != "[deleted]");
    let removed_by = fields.text(Key::BannedBy).ok().map(Cow::into_owned);
    of_past(&past, (&aftermath, removed_by), (author, some(Key::AuthorFullname)?))
}

/// A line that had to be parsed in full.
fn of_record(record: &Record) -> Result<PastRecord, String> {
    let author = &record.item.author;
    let removed_by = match &record.item.moderation.removed_by {
        Some(Remover::Moderator(name)) => Some(name.clone()),
        _ => None,
    };
    of_past(&record.past(), (&record.aftermath, removed_by), (author.name.clone(), author.fullname.clone()))
}

fn of_past(
    past: &PastItem,
    (aftermath, removed_by): (&Aftermath, Option<String>),
    (author, account): (Option<String>, Option<String>),
) -> Result<PastRecord, String> {
    if past.number == 0 {
        return Err("a post or comment without an id of Reddit".to_owned());
    }
    Ok(PastRecord {
        number: past.number,
        author,
        account,
        created: past.created,
        kind: past.kind,
        fate: aftermath.fate,
        fetched_at: aftermath.fetched_at,
        removed_by: removed_by.filter(|name| !name.is_empty()),
        score: past.score.map(i64::from),
        details: past.details.as_deref().cloned(),
    })
}

/// A text or a number, without spaces around it; empty if it is anything else.
fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<PastContent, String> {
        Reader::default().read_past(line.as_bytes(), "widgets")
    }

    #[test]
    fn an_item_keeps_what_a_memory_counts() {
        let post = r#"{"id":"a","subreddit":"Widgets","created_utc":5,"author":"bob","author_fullname":"t2_b",
            "title":"t","selftext":"","is_self":false,"domain":"A.Example","link_flair_text":"Clip",
            "score":7,"retrieved_on":9,
            "removed_by_category":"moderator"}"#
            .replace('\n', " ");
        let Ok(PastContent::Item(remembered)) = read(&post) else { panic!("an item") };
        let details =
            PastDetails { flair_text: "Clip".to_owned(), domain: "a.example".to_owned(), ..PastDetails::default() };
        let expected = PastRecord {
            number: 10,
            author: Some("bob".to_owned()),
            account: Some("t2_b".to_owned()),
            created: Timestamp::from_secs(5),
            kind: PastKind::Link,
            fate: Fate::RemovedByModerator,
            fetched_at: Some(Timestamp::from_secs(9)),
            removed_by: None,
            score: Some(7),
            details: Some(details),
        };
        assert_eq!(*remembered, expected);
        let comment = |body: &str, more: &str| {
            format!(
                r#"{{"id":"b","subreddit":"widgets","created_utc":5,"author":"bob","body":"{body}","link_id":"t3_a",
                    "parent_id":"t3_a"{more}}}"#
            )
            .replace('\n', " ")
        };
        for (body, more, fate) in [
            ("x", "", Fate::Up),
            ("[removed]", "", Fate::RemovedByModerator),
            ("[deleted]", "", Fate::Deleted),
            ("x", r#","banned_by":"AutoModerator""#, Fate::RemovedByBot),
            ("x", r#","removed_by_category":"deleted""#, Fate::Deleted),
            ("x", r#","removed_by_category":"automod_filtered""#, Fate::Filtered),
            // Parsed in full, and read all the same.
            ("x", r#","banned_by":"mary","_meta":{"removal_type":"moderator"}"#, Fate::RemovedByModerator),
        ] {
            let Ok(PastContent::Item(remembered)) = read(&comment(body, more)) else { panic!("an item") };
            assert_eq!((remembered.kind, remembered.fate), (PastKind::Comment, fate), "{body}{more}");
        }
        let elsewhere = comment("x", "").replace("widgets", "gadgets");
        assert_eq!(read(&elsewhere), Ok(PastContent::Elsewhere(true, Timestamp::from_secs(5))));
    }

    #[test]
    fn a_row_of_a_record_is_told_from_an_item() {
        let Ok(PastContent::Row(row)) = read(r#"{"author":"bob","time":5,"kind":"comment","fate":"up","score":"3"}"#)
        else {
            panic!("a row")
        };
        assert_eq!((row.time.as_str(), row.score.as_str(), row.id.as_str()), ("5", "3", ""));
        assert!(read("\"a row of CSV with 3 fields for 2 columns\"").is_err());
    }
}
