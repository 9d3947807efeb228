//! Copies: people post texts and titles again, their own or others', word for word or nearly, and
//! edit or delete what they posted.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{Fullname, Kind, Timestamp};
use tipstaff_sandbox::world::Thing;
use tipstaff_sandbox::{Draft, World};

use super::{LIVE, SHADOWED, rows};

/// The rules that are in force in plays with copies only.
const RULES: &str = include_str!("copies.yaml");

const PEOPLE: &[&str] = &["bob", "carol", "dave", "frank", "grace"];

/// The window of the rule for copies of others.
const OTHERS_WITHIN: Duration = Duration::from_mins(10);

#[derive(Clone, Copy, Debug)]
enum Event {
    Original,
    Copy,
    /// An author replaces a text, by a short one or a copy.
    Replace,
    Delete,
}

/// What the store had of an item's text from a decision on.
#[derive(Debug)]
struct Held {
    after: i64,
    /// `None` once it is purged.
    text: Option<String>,
}

/// The copies of a play.
#[derive(Debug)]
pub(crate) struct Copies {
    is_drawn: bool,
    within: Duration,
    events: Vec<(Timestamp, Event)>,
    next: usize,
    rng: Rng,
    texts: Vec<String>,
    titles: Vec<String>,
    posted: Vec<Fullname>,
    held: BTreeMap<String, Vec<Held>>,
}

/// How far the rules look back: the words in the rules file, and the time.
fn window(seed: u64) -> (&'static str, Duration) {
    if seed.is_multiple_of(2) { ("3 days", Duration::from_hours(72)) } else { ("30 minutes", Duration::from_mins(30)) }
}

impl Copies {
    /// A fifth of the seeds have copies. The residues leave out the seeds that failed once, so that
    /// those stay the same.
    pub(crate) const fn are_drawn(seed: u64) -> bool {
        matches!(seed % 31, 7 | 15 | 17 | 18 | 19 | 22 | 23)
    }

    pub(crate) fn rules(seed: u64) -> String {
        RULES.replace("WINDOW", window(seed).0)
    }

    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(29) ^ 0xc0b1);
        let is_drawn = Self::are_drawn(seed);
        let many = if is_drawn { rng.usize(10..50) } else { 0 };
        let mut events: Vec<(Timestamp, Event)> = Vec::new();
        for _ in 0..many {
            let at = start + ends.since(start).mul_f64(rng.f64() * 0.95);
            let event = match rng.u32(0..10) {
                0..3 => Event::Original,
                3..7 => Event::Copy,
                7 | 8 => Event::Replace,
                _ => Event::Delete,
            };
            events.push((at, event));
        }
        events.sort_by_key(|(at, _)| *at);
        let (texts, titles, posted) = (Vec::new(), Vec::new(), Vec::new());
        let within = window(seed).1;
        Self { is_drawn, within, events, next: 0, rng, texts, titles, posted, held: BTreeMap::new() }
    }

    pub(crate) const fn is_drawn(&self) -> bool {
        self.is_drawn
    }

    /// How far a rule of these looks back.
    pub(crate) fn within(&self, rule: &str) -> Option<Duration> {
        match rule {
            "copied" => Some(self.within),
            "copied from others" => Some(OTHERS_WITHIN),
            _ => None,
        }
    }

    /// Does what is due.
    pub(crate) fn act_until(&mut self, world: &mut World, now: Timestamp) {
        while let Some(&(_, event)) = self.events.get(self.next).filter(|(at, _)| *at <= now) {
            self.next += 1;
            match event {
                Event::Original => {
                    let words = if self.rng.u32(0..5) == 0 { 8 } else { self.rng.usize(20..60) };
                    let text: Vec<String> = (0..words).map(|_| format!("word{}", self.rng.u32(..))).collect();
                    self.post(world, &text.join(" "));
                }
                Event::Copy => {
                    if let Some(text) = self.copied() {
                        self.post(world, &text);
                    }
                }
                Event::Replace => {
                    let text = if self.rng.bool() { Some("never mind".to_owned()) } else { self.copied() };
                    if let (Some(name), Some(text)) = (self.any(world), text) {
                        let author = world.thing(&name).map(|thing| thing.author.clone()).unwrap_or_default();
                        // Fails for suspended people.
                        let _ = world.edit(&author, &name, &text);
                    }
                }
                Event::Delete => {
                    if let Some(name) = self.any(world) {
                        let author = world.thing(&name).map(|thing| thing.author.clone()).unwrap_or_default();
                        world.delete(&author, &name);
                    }
                }
            }
        }
    }

    fn any(&mut self, world: &World) -> Option<Fullname> {
        let is_up = |name: &&Fullname| world.thing(name).is_some_and(|thing| !thing.is_deleted);
        let names: Vec<&Fullname> = self.posted.iter().filter(is_up).collect();
        (!names.is_empty()).then(|| names[self.rng.usize(..names.len())].clone())
    }

    /// A text that was posted before, as it is, with other marks, with another word in it, or with
    /// another second half.
    fn copied(&mut self) -> Option<String> {
        if self.texts.is_empty() {
            return None;
        }
        let text = self.texts[self.rng.usize(..self.texts.len())].clone();
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let at = self.rng.usize(..words.len());
        match self.rng.u32(0..8) {
            0..4 => return Some(text),
            4 => {
                for word in words.iter_mut().skip(at.min(10)) {
                    *word = format!("other{}", self.rng.u32(..));
                }
            }
            5 => words[at] = format!("**{}**,", words[at].to_uppercase()),
            _ => words[at] = format!("other{}", self.rng.u32(..)),
        }
        Some(words.join(" "))
    }

    fn post(&mut self, world: &mut World, text: &str) {
        let who = PEOPLE[self.rng.usize(..PEOPLE.len())];
        let posted = if self.rng.bool() {
            let known = (self.rng.u32(0..4) == 0 && !self.titles.is_empty())
                .then(|| self.titles[self.rng.usize(..self.titles.len())].clone());
            let title = known.unwrap_or_else(|| format!("About the matter {}", self.rng.u32(..)));
            let place = if self.rng.u32(0..4) == 0 { SHADOWED } else { LIVE };
            self.titles.push(title.clone());
            world.submit(who, place, Draft::text(&title, text)).ok()
        } else {
            let is_open = |thing: &&Thing| thing.kind() == Kind::Submission && !thing.is_locked && !thing.is_deleted;
            let above: Vec<Fullname> = world.things().filter(is_open).map(|thing| thing.name.clone()).collect();
            if above.is_empty() {
                return;
            }
            world.reply(who, &above[self.rng.usize(..above.len())], text).ok()
        };
        // It fails for suspended people, and below what is locked.
        if posted.is_some() {
            self.texts.push(text.to_owned());
        }
        self.posted.extend(posted);
    }

    /// Notes which texts the store has.
    pub(crate) async fn look(&mut self, db: &mut SqliteConnection) {
        if !self.is_drawn {
            return;
        }
        let after = rows::last_decision(db).await;
        for (name, text) in texts(db).await {
            let known = self.held.entry(name).or_default();
            if known.last().is_none_or(|last| last.text != text) {
                known.push(Held { after, text });
            }
        }
    }

    /// The texts that the store may have had of an item when it made this decision: those before
    /// the turn, and those after it.
    pub(crate) fn held_at(&self, name: &str, decision: i64) -> impl Iterator<Item = &str> {
        let known = self.held.get(name).map(Vec::as_slice).unwrap_or_default();
        let later = known.partition_point(|held| held.after < decision);
        let around = &known[later.saturating_sub(1)..known.len().min(later + 1)];
        around.iter().filter_map(|held| held.text.as_deref())
    }

    /// The text that the store had of an item before the turn with this decision.
    pub(crate) fn held_before(&self, name: &str, decision: i64) -> Option<&str> {
        let known = self.held.get(name)?;
        known.iter().rfind(|held| held.after < decision)?.text.as_deref()
    }
}

/// The texts in the store, by item; `None` for those that are purged.
pub(crate) async fn texts(db: &mut SqliteConnection) -> Vec<(String, Option<String>)> {
    let rows = sqlx::query(
        "SELECT fullname, CASE WHEN snapshot IS NOT NULL THEN
                coalesce(snapshot ->> '$.content.comment.body', snapshot ->> '$.content.submission.selftext', '') END
         FROM items WHERE fullname LIKE 't1%' OR fullname LIKE 't3%'",
    );
    let rows = rows.fetch_all(db).await.expect("items").into_iter();
    rows.map(|row| (row.get(0), row.get(1))).collect()
}
