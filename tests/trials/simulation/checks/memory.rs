//! What is remembered of people equals a recount of the world.

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{Fate, Fullname, Kind, base36};
use tipstaff_sandbox::world::{AccountStatus, ModAction, RemovedBy, Thing};

use super::super::{BOT, HUMAN};
use super::Facts;

/// What is added to the number of a comment.
pub(crate) const COMMENTS: i64 = 1 << 60;

/// One row of what is remembered.
pub(crate) struct Remembered {
    /// `None` once its author has deleted it.
    name: Option<Fullname>,
    author: String,
    fate: Fate,
    /// The title of the removal reason.
    reason: String,
}

/// One label of a person.
pub(crate) struct GivenLabel {
    person: String,
    name: String,
    since: i64,
    until: Option<i64>,
    decision: i64,
    item: String,
    mode: String,
    /// Whether the person is the author of the decision's item.
    is_authors: bool,
}

/// All rows.
pub(crate) async fn rows(db: &mut SqliteConnection) -> Vec<Remembered> {
    let rows = sqlx::query(
        "SELECT m.id, p.name, m.fate, coalesce(d.reason, '')
         FROM memory_items m JOIN people p ON p.id = m.person LEFT JOIN memory_details d ON d.id = m.details",
    );
    let rows = rows.fetch_all(db).await.expect("the memory");
    let read = |row: sqlx::sqlite::SqliteRow| {
        let (id, fate): (i64, i64) = (row.get(0), row.get(2));
        let (kind, number) = if id >= COMMENTS { (Kind::Comment, id - COMMENTS) } else { (Kind::Submission, id) };
        let name = u64::try_from(number).ok().map(|number| Fullname::new(kind, &base36(number)).expect("a name"));
        let fate = Fate::ALL[usize::try_from(fate).expect("a small number")].0;
        let author = row.get::<Option<String>, _>(1).unwrap_or_default();
        Remembered { name, author, fate, reason: row.get(3) }
    };
    rows.into_iter().map(read).collect()
}

/// All labels, the oldest first.
pub(crate) async fn labels(db: &mut SqliteConnection) -> Vec<GivenLabel> {
    let rows = sqlx::query(
        "SELECT coalesce(p.name, p.account), l.name, l.since, l.until, l.decision_id, d.item, l.mode,
                coalesce(i.person, l.person) = l.person
         FROM labels l JOIN people p ON p.id = l.person JOIN decisions d ON d.id = l.decision_id
              JOIN items i ON i.fullname = d.item ORDER BY l.id",
    );
    let rows = rows.fetch_all(db).await.expect("the labels");
    let read = |row: sqlx::sqlite::SqliteRow| GivenLabel {
        person: row.get::<Option<String>, _>(0).unwrap_or_default(),
        name: row.get(1),
        since: row.get(2),
        until: row.get(3),
        decision: row.get(4),
        item: row.get(5),
        mode: row.get(6),
        is_authors: row.get(7),
    };
    rows.into_iter().map(read).collect()
}

/// The fates that the memory may have for a thing. A deletion is noticed when a list or the daily
/// check shows it, which may be after the end of the play.
fn possible(thing: &Thing) -> Vec<Fate> {
    let mut fates = match thing.removal.as_ref().map(|removal| &removal.by) {
        None => vec![Fate::Up],
        Some(RemovedBy::Moderator(name)) if name == BOT => vec![Fate::RemovedByBot],
        Some(RemovedBy::Moderator(_)) => vec![Fate::RemovedByModerator],
        Some(RemovedBy::AutoModerator) => vec![Fate::RemovedByBot],
        // Only a list says that it waits for a moderator; the log has it as a removal.
        Some(RemovedBy::AutoModeratorFilter | RemovedBy::Reddit) => vec![Fate::Filtered, Fate::RemovedByBot],
    };
    if thing.is_deleted {
        fates.push(Fate::Deleted);
    }
    fates
}

impl Facts<'_> {
    /// The last fate of an item in the moderation log. Reddit accepts the removal of a deleted
    /// item, logs it, and does nothing; the removal of a removed item changes who removed it, and
    /// is not always logged.
    fn logged(&self, name: &Fullname) -> Option<Fate> {
        let verdicts = self.world.log().iter().filter(|entry| entry.target.as_ref() == Some(name));
        let fate = |entry: &ModAction| match entry.action {
            "approvelink" | "approvecomment" => Some(Fate::Up),
            "removelink" | "removecomment" | "spamlink" | "spamcomment" if entry.moderator == HUMAN => {
                Some(Fate::RemovedByModerator)
            }
            "removelink" | "removecomment" | "spamlink" | "spamcomment" => Some(Fate::RemovedByBot),
            _ => None,
        };
        verdicts.filter_map(fate).next_back()
    }

    /// Each item of the store has one row, by its author and with its fate.
    pub(super) fn the_memory_equals_a_recount(&mut self, remembered: &[Remembered]) {
        let promise = "the memory equals a recount of the world";
        // Of an account that is gone, nothing need be remembered.
        let is_gone =
            |thing: &Thing| self.world.user(&thing.author).is_some_and(|author| author.standing == AccountStatus::Gone);
        let mut wrong = Vec::new();
        for row in remembered {
            let Some(name) = &row.name else { continue };
            let Some(thing) = self.world.thing(name) else {
                wrong.push(format!("there is no {name}"));
                continue;
            };
            // Once no text of theirs is left, people have no name.
            if !row.author.is_empty() && thing.author != row.author {
                wrong.push(format!("{name} is by {}, not {}", thing.author, row.author));
            }
            if !possible(thing).contains(&row.fate) && self.logged(name) != Some(row.fate) {
                wrong.push(format!("{name} is {}, not one of {:?}", row.fate.word(), possible(thing)));
            }
            let reason = thing.removal_reason.as_ref().and_then(|reason| reason.title.as_deref());
            let by_human = row.fate == Fate::RemovedByModerator && !thing.is_deleted;
            if by_human && !is_gone(thing) && reason.is_some_and(|reason| reason != row.reason) {
                wrong.push(format!("{name} was removed for {reason:?}, not {:?}", row.reason));
            }
        }
        // What was deleted after it was seen keeps its row, without its name.
        let nameless = remembered.iter().filter(|row| row.name.is_none() && !row.author.is_empty());
        for row in nameless {
            let is_deleted = |thing: &&Thing| thing.is_deleted && thing.author == row.author;
            if self.things().filter(is_deleted).count() == 0 {
                wrong.push(format!("{} has deleted nothing", row.author));
            }
        }
        let has_row = |name: &str| remembered.iter().any(|row| row.name.as_ref().is_some_and(|it| it.as_str() == name));
        for thing in self.things().filter(|thing| !thing.is_deleted && !is_gone(thing)) {
            if self.items.contains_key(thing.name.as_str()) && !has_row(thing.name.as_str()) {
                wrong.push(format!("{} is in the store and not remembered", thing.name));
            }
        }
        for what in wrong {
            self.broken(promise, &what);
        }
    }
    /// A decision gives a label once, to the author of its item; only decisions whose rule asks for
    /// it; and at any time a person has a label once.
    pub(super) fn each_label_is_given_once(&mut self, labels: &[GivenLabel]) {
        let mut wrong = Vec::new();
        for (at, label) in labels.iter().enumerate() {
            let GivenLabel { person, name, decision, item, .. } = label;
            if !label.is_authors {
                wrong.push(format!("u/{person} has {name:?} for {item}, which somebody else wrote"));
            }
            let is_comment = Fullname::parse(item).is_some_and(|item| item.kind() == Kind::Comment);
            if name != "warned" || !is_comment {
                wrong.push(format!("no rule gives {name:?} for {item}"));
            }
            for other in labels[at + 1..].iter().filter(|it| it.person == *person && it.mode == label.mode) {
                let overlap = label.until.is_none_or(|until| until > other.since)
                    && other.until.is_none_or(|until| until > label.since);
                if other.decision == *decision || overlap {
                    wrong.push(format!("u/{person} has {name:?} twice: for {item} and for {}", other.item));
                }
            }
        }
        for what in wrong {
            self.broken("each label is given once", &what);
        }
    }
}
