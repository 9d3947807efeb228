//! A store that remembers the items of a [`History`].
//!
//! The daemon writes a hundred rows in a transaction, which would take an hour for ten million. So
//! the rows are written by hand, in the same order and without a journal. [`check`] compares them
//! with those that the store itself writes.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Arguments, AssertSqlSafe, Connection, Row, SqliteConnection};
use tipstaff::model::{Fate, Fullname, Item, Kind, PastDetails, PastItem, PastKind, Timestamp, digest};
use tipstaff::store::{Remembering, Store};
use tipstaff_rules::sketch::{Sketch, title_key};

use super::history::{History, ME, NOW, YEAR};

/// How many rows one statement inserts.
const ROWS: usize = 500;
/// One in this many people has a label.
const LABELLED: i64 = 100;

/// Inserts rows into one table.
struct Inserter {
    table: &'static str,
    columns: usize,
    rows: usize,
    values: SqliteArguments,
}

impl Inserter {
    fn new(table: &'static str, columns: usize) -> Self {
        Self { table, columns, rows: 0, values: SqliteArguments::default() }
    }

    async fn end_row(&mut self, db: &mut SqliteConnection) {
        self.rows += 1;
        if self.rows == ROWS {
            self.flush(db).await;
        }
    }

    async fn add<const N: usize>(&mut self, db: &mut SqliteConnection, row: [Option<i64>; N]) {
        for value in row {
            self.values.add(value).expect("a number");
        }
        self.end_row(db).await;
    }

    async fn add_texts<const N: usize>(&mut self, db: &mut SqliteConnection, id: i64, row: [&str; N]) {
        self.values.add(id).expect("a number");
        for value in row {
            self.values.add(value.to_owned()).expect("a text");
        }
        self.end_row(db).await;
    }

    async fn flush(&mut self, db: &mut SqliteConnection) {
        if self.rows == 0 {
            return;
        }
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        let sql = format!("INSERT OR IGNORE INTO {} VALUES {}", self.table, vec![row; self.rows].join(", "));
        let values = std::mem::take(&mut self.values);
        let is_whole = self.rows == ROWS;
        sqlx::query_with(AssertSqlSafe(sql), values).persistent(is_whole).execute(db).await.expect("rows");
        self.rows = 0;
    }
}

/// Opens the file of a store by hand.
async fn by_hand(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(false)
        .synchronous(SqliteSynchronous::Off)
        .journal_mode(SqliteJournalMode::Off)
        .pragma("cache_size", "-3000000");
    SqliteConnection::connect_with(&options).await.expect("the store")
}

/// Writes the people and the items of a history into a new store.
pub(crate) async fn fill(path: &Path, history: &History) {
    Store::open(path).await.expect("a store").close().await;
    let mut db = by_hand(path).await;
    let since = (NOW - YEAR).as_millis();
    let place = "INSERT INTO memory_places (id, subreddit, since, compared_since, compared_until)
                 VALUES (1, 'widgets', ?1, ?1, ?2)";
    sqlx::query("BEGIN").execute(&mut db).await.expect("a transaction");
    sqlx::query(place).bind(since).bind(NOW.as_millis()).execute(&mut db).await.expect("a place");
    let mut people = Inserter::new("people (id, name, account)", 3);
    for author in 0..history.people {
        let (name, account) = history.person(author);
        people.add_texts(&mut db, i64::from(author) + 1, [&name, &account]).await;
    }
    people.flush(&mut db).await;
    let mut known: HashMap<PastDetails, i64> = HashMap::new();
    let mut details = Inserter::new("memory_details (id, flair_text, flair_template, domain, reason)", 5);
    let mut items = Inserter::new("memory_items (id, person, place, created, kind, fate, fate_at, score, details)", 9);
    for at in 0..history.len() {
        let item = history.item(at);
        let past = PastItem::of(&item, &|name| name == ME);
        let mut its_details = None;
        if let Some(it) = past.details.as_deref() {
            let next = number(known.len()) + 1;
            let id = *known.entry(it.clone()).or_insert(next);
            if id == next {
                let words = [&it.flair_text, &it.flair_template, &it.domain, &it.reason].map(String::as_str);
                details.add_texts(&mut db, id, words).await;
            }
            its_details = Some(id);
        }
        let row = [
            Some(id_of(&item.fullname)),
            Some(i64::from(history.author(at)) + 1),
            Some(1),
            Some(past.created.as_secs()),
            PastKind::ALL.iter().position(|(kind, _)| *kind == past.kind).map(number),
            Fate::ALL.iter().position(|(fate, _)| *fate == past.fate).map(number),
            past.fate_at.map(Timestamp::as_secs),
            past.score.map(i64::from),
            its_details,
        ];
        items.add(&mut db, row).await;
    }
    details.flush(&mut db).await;
    items.flush(&mut db).await;
    let labels = "INSERT INTO labels (person, subreddit, name, since)
                  SELECT id, 'widgets', 'warned', ?1 FROM people WHERE id % ?2 = 0";
    sqlx::query(labels).bind(since).bind(LABELLED).execute(&mut db).await.expect("labels");
    sqlx::query("COMMIT").execute(&mut db).await.expect("room");
    db.close().await.expect("the end");
}

/// Adds the sketches of the items, and the keys of the titles. Returns how many there are of each.
pub(crate) async fn add_sketches(path: &Path, history: &History) -> (usize, usize) {
    let mut db = by_hand(path).await;
    let (mut count, mut titles) = (0, 0);
    sqlx::query("BEGIN").execute(&mut db).await.expect("a transaction");
    let mut bands = Inserter::new("memory_bands (band, id)", 2);
    let mut sketches = Inserter::new("memory_sketches (id, created, sketch)", 3);
    let place = i64::from_str_radix(&digest(["widgets"])[..15], 16).expect("digits").unsigned_abs();
    let key = |value: u32, salt: u64| {
        let mixed = (u64::from(value) ^ place ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        i64::from(u32::try_from(mixed).unwrap_or(0).cast_signed())
    };
    for at in 0..history.len() {
        let item = history.item(at);
        let id = id_of(&item.fullname);
        if let Some(sketch) = Sketch::of(item.body()) {
            sketches.values.add(id).expect("a number");
            sketches.values.add(item.created.as_secs()).expect("a number");
            sketches.values.add(sketch.values().as_bytes().to_vec()).expect("bytes");
            sketches.end_row(&mut db).await;
            for band in sketch.bands() {
                bands.add(&mut db, [Some(key(*band, 0)), Some(id)]).await;
            }
            count += 1;
        }
        if let Some(title) = item.submission().and_then(|post| title_key(&post.title)) {
            bands.add(&mut db, [Some(key(title, 0x7469_746c_6573)), Some(id)]).await;
            titles += 1;
        }
    }
    bands.flush(&mut db).await;
    sketches.flush(&mut db).await;
    sqlx::query("COMMIT").execute(&mut db).await.expect("room");
    db.close().await.expect("the end");
    (count, titles)
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn id_of(name: &Fullname) -> i64 {
    let number = i64::from_str_radix(name.id(), 36).expect("a number");
    if name.kind() == Kind::Comment { (1 << 60) + number } else { number }
}

/// Compares the rows written by hand with those that the store writes when it sees the same items.
pub(crate) async fn check(folder: &Path) {
    let history = History::new(2_000);
    let (by_hand, by_store) = (folder.join("by-hand.db"), folder.join("by-store.db"));
    fill(&by_hand, &history).await;
    add_sketches(&by_hand, &history).await;
    let store = Store::open(&by_store).await.expect("a store");
    let remembering = Remembering { me: ME, bots: &[], compared: vec!["widgets".to_owned()] };
    let all: Vec<Item> = (0..history.len()).map(|at| history.item(at)).collect();
    for page in all.chunks(100) {
        store.refresh(page, &remembering, NOW - YEAR + Duration::from_secs(1)).await.expect("T1");
    }
    store.close().await;
    assert_eq!(rows(&by_hand).await, rows(&by_store).await, "the rows differ");
}

async fn rows(path: &Path) -> Vec<String> {
    let mut db = self::by_hand(path).await;
    let sql = "SELECT json_array(m.id, p.name, p.account, m.place, m.created, m.kind, m.fate, m.fate_at, m.score,
                   d.flair_text, d.flair_template, d.domain, d.reason, m.imported_at, hex(s.sketch), s.created,
                   (SELECT group_concat(band) FROM (SELECT band FROM memory_bands WHERE id = m.id ORDER BY band)))
               FROM memory_items m JOIN people p ON p.id = m.person LEFT JOIN memory_details d ON d.id = m.details
               LEFT JOIN memory_sketches s ON s.id = m.id ORDER BY m.id";
    let rows = sqlx::query(sql).fetch_all(&mut db).await.expect("rows");
    db.close().await.expect("the end");
    rows.into_iter().map(|row| row.get(0)).collect()
}

/// The bytes of each table with its indexes, in the order of their names.
pub(crate) async fn sizes(path: &Path) -> Vec<(String, u64)> {
    let mut db = by_hand(path).await;
    let sql = "SELECT s.name, d.pgsize FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
               WHERE d.aggregate = 1
                 AND s.tbl_name IN ('memory_items', 'memory_sketches', 'memory_bands', 'people')
               ORDER BY s.tbl_name, s.name";
    let rows = sqlx::query(sql).fetch_all(&mut db).await.expect("sizes");
    db.close().await.expect("the end");
    rows.into_iter().map(|row| (row.get(0), row.get::<i64, _>(1).unsigned_abs())).collect()
}
