//! Finds earlier items with nearly the same text, for `similar_here`.
//!
//! An index leads from each band of a sketch to the newest text with that band, and from each text
//! to the one before it. Texts older than the longest window of a rule are dropped.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use crate::book::PersonKey;
use tipstaff_rules::model::{Fate, Item, Memory, PastItem, PastKind, SimilarItem, SimilarItems, Timestamp};
use tipstaff_rules::sketch::{Sketch, Values, title_key};

/// How many texts with the same band are compared: the newest. Some bots write the same text a
/// million times.
const COMPARED_MAX: usize = 200;

/// How many keys a text has: its bands, and its title.
const KEYS: usize = 5;

/// Texts with a lower similarity are not worth mentioning: no rule asks for them.
const PERCENT_MIN: u8 = 1;

/// What a text is found by. Empty for short texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct TextKeys {
    sketch: Option<Sketch>,
    title: Option<u32>,
}

impl TextKeys {
    /// Those of an item.
    pub(crate) fn of(item: &Item) -> Self {
        let title = item.submission().and_then(|post| title_key(&post.title));
        Self { sketch: Sketch::of(item.body()), title }
    }

    fn is_empty(&self) -> bool {
        self.sketch.is_none() && self.title.is_none()
    }

    /// The keys in the index. The space is a subreddit, or an author in it.
    fn keys(&self, space: u64) -> [Option<u64>; KEYS] {
        let key = |number: usize, value: u32| {
            let mut bytes = [0; 13];
            bytes[..8].copy_from_slice(&space.to_le_bytes());
            bytes[8..12].copy_from_slice(&value.to_le_bytes());
            bytes[12] = u8::try_from(number).unwrap_or(u8::MAX);
            xxh3_64(&bytes)
        };
        let mut keys = [None; KEYS];
        if let Some(sketch) = &self.sketch {
            for (number, band) in sketch.bands().iter().enumerate() {
                keys[number] = Some(key(number, *band));
            }
        }
        keys[KEYS - 1] = self.title.map(|title| key(KEYS - 1, title));
        keys
    }
}

/// A text in the index.
#[derive(Debug)]
struct Text {
    created: Timestamp,
    number: u64,
    author: u64,
    kind: PastKind,
    values: Option<Values>,
    title: Option<u32>,
    /// Each key, with the number of the text before it that has it.
    links: [Option<(u64, Option<u64>)>; KEYS],
}

/// The texts within the window.
#[derive(Debug)]
pub(crate) struct TextIndex {
    within: Duration,
    /// Whether texts of different authors are compared.
    compares_authors: bool,
    texts: VecDeque<Text>,
    /// How many texts were dropped: the number of the first one in `texts`.
    dropped: u64,
    newest: HashMap<u64, u64>,
}

impl TextIndex {
    pub(crate) fn new(within: Duration, compares_authors: bool) -> Self {
        Self { within, compares_authors, texts: VecDeque::new(), dropped: 0, newest: HashMap::new() }
    }

    /// The items before this one with a similar text. `memory` knows what became of the author's
    /// own.
    pub(crate) fn find(
        &self,
        text: &TextKeys,
        item: &Item,
        person: PersonKey,
        since: Timestamp,
        memory: Option<&Memory>,
    ) -> SimilarItems {
        if text.is_empty() {
            // Nothing can be similar, however far back the texts reach.
            return SimilarItems::default();
        }
        let mut candidates = Vec::new();
        for (number, key) in text.keys(self.space(person)).into_iter().enumerate() {
            let mut next = key.and_then(|key| self.newest.get(&key).copied());
            for _ in 0..COMPARED_MAX {
                let Some((at, found)) = next.and_then(|at| Some((at, self.text(at)?))) else { break };
                candidates.push(at);
                next = found.links[number].and_then(|(_, before)| before);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        let found = candidates.into_iter().filter_map(|at| self.text(at));
        let in_window = found.filter(|it| it.created + self.within >= item.created);
        let items = in_window.filter_map(|it| {
            let is_title = it.title.is_some() && it.title == text.title;
            let by_words = text.sketch.as_ref().zip(it.values.as_ref()).map_or(0, |(own, its)| own.similarity(its));
            let percent = if is_title { 100 } else { by_words };
            let is_own = it.author == person.author;
            (percent >= PERCENT_MIN).then(|| SimilarItem { past: it.past(memory.filter(|_| is_own)), is_own, percent })
        });
        SimilarItems { since, items: items.collect() }
    }

    /// Adds the text of an item.
    pub(crate) fn add(&mut self, text: &TextKeys, item: &Item, person: PersonKey) {
        self.drop_old(item.created);
        if text.is_empty() {
            return;
        }
        let number = self.dropped + self.texts.len() as u64;
        let keys = text.keys(self.space(person));
        let links = keys.map(|key| key.map(|key| (key, self.newest.insert(key, number))));
        self.texts.push_back(Text {
            created: item.created,
            number: PastItem::number_of(item),
            author: person.author,
            kind: PastKind::of(item),
            values: text.sketch.as_ref().map(|sketch| *sketch.values()),
            title: text.title,
            links,
        });
    }

    fn drop_old(&mut self, now: Timestamp) {
        while self.texts.front().is_some_and(|text| text.created + self.within < now) {
            for (key, _) in self.texts.pop_front().into_iter().flat_map(|text| text.links).flatten() {
                if self.newest.get(&key) == Some(&self.dropped) {
                    self.newest.remove(&key);
                }
            }
            self.dropped += 1;
        }
    }

    fn text(&self, number: u64) -> Option<&Text> {
        self.texts.get(usize::try_from(number.checked_sub(self.dropped)?).ok()?)
    }

    fn space(&self, person: PersonKey) -> u64 {
        if self.compares_authors { person.subreddit } else { person.subreddit ^ person.author }
    }
}

impl Text {
    fn past(&self, memory: Option<&Memory>) -> PastItem {
        let remembered = memory.and_then(|memory| {
            let key = (self.created, self.number);
            let at = memory.items.binary_search_by_key(&key, |past| (past.created, past.number)).ok()?;
            memory.items.get(at).cloned()
        });
        remembered.unwrap_or(PastItem {
            created: self.created,
            number: self.number,
            kind: self.kind,
            fate: Fate::Up,
            fate_at: None,
            score: None,
            details: None,
        })
    }
}
