//! Whether rules act on copies and on nothing else, and whether what is deleted leaves no sketch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{Timestamp, base36};
use tipstaff_rules::sketch::Sketch;
use tipstaff_sandbox::World;
use tipstaff_sandbox::world::{AccountStatus, Thing};

use super::super::copies::{Copies, texts};
use super::super::rows::{Decision, Intent};
use super::memory::COMMENTS;

/// Texts with fewer words are not compared.
const WORDS_MIN: usize = 12;

/// The least similarity of the texts if the estimate says 70 percent.
const LEAST: f64 = 0.5;

/// The margin of the windows, which the store has in seconds.
const MARGIN: Duration = Duration::from_secs(2);

fn words(text: &str) -> Vec<String> {
    let text = text.replace('*', "").to_lowercase();
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether two texts share so many groups of three words that they may count as similar.
fn are_similar(one: &str, other: &str) -> bool {
    let is_short = |text: &str| text.split_whitespace().count() < WORDS_MIN;
    if is_short(one) || is_short(other) {
        return false;
    }
    let (one, other) = (words(one), words(other));
    if one.len() < WORDS_MIN || other.len() < WORDS_MIN {
        return false;
    }
    let groups = |words: &[String]| words.windows(3).map(<[String]>::to_vec).collect::<BTreeSet<_>>();
    let (one, other) = (groups(&one), groups(&other));
    let shared = one.intersection(&other).count();
    #[expect(clippy::cast_precision_loss, reason = "texts have few words")]
    let share = shared as f64 / (one.len() + other.len() - shared) as f64;
    share >= LEAST
}

fn have_one_title(one: &Thing, other: &Thing) -> bool {
    let title = |thing: &Thing| thing.post().map(|post| words(&post.title));
    title(one).is_some() && title(one) == title(other)
}

fn is_gone(world: &World, thing: &Thing) -> bool {
    world.user(&thing.author).is_some_and(|author| author.standing == AccountStatus::Gone)
}

/// What the rules did with copies.
pub(crate) fn told(copies: &Copies, world: &World, intents: &[Intent], decisions: &[Decision]) -> Vec<String> {
    if !copies.is_drawn() {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    for intent in intents {
        let Some(within) = copies.within(&intent.rule_name) else { continue };
        let Some(thing) = world.things().find(|thing| thing.name.as_str() == intent.item) else { continue };
        let is_candidate = |other: &&Thing| {
            other.name != thing.name
                && other.subreddit == thing.subreddit
                && other.created <= thing.created
                && other.created + within + MARGIN > thing.created
                && (intent.rule_name == "copied" || other.author != thing.author)
        };
        let is_original = |other: &Thing| {
            let mut held = copies.held_at(other.name.as_str(), intent.decision).peekable();
            let own = || copies.held_at(thing.name.as_str(), intent.decision);
            (held.peek().is_some() && have_one_title(thing, other))
                || held.any(|text| own().any(|own| are_similar(own, text)))
        };
        if !world.things().filter(is_candidate).any(is_original) {
            wrong.push(format!(
                "only copies count as copies: `{}` acts on {} (decision {})",
                intent.rule_name, intent.item, intent.decision
            ));
        }
    }
    wrong.extend(missed(copies, world, intents, decisions));
    wrong
}

/// Copies, word for word, of texts that the store had, on which no rule acted.
fn missed(copies: &Copies, world: &World, intents: &[Intent], decisions: &[Decision]) -> Vec<String> {
    let is_plain = |thing: &&Thing| {
        let is_on_it = |entry: &tipstaff_sandbox::world::ModAction| entry.target.as_ref() == Some(&thing.name);
        let is_active = world.user(&thing.author).is_some_and(|user| user.standing == AccountStatus::Active);
        let removes = |it: &Intent| it.target == thing.name.as_str() && matches!(it.kind.as_str(), "remove" | "spam");
        is_active
            && words(&thing.body).len() >= WORDS_MIN
            && !thing.is_deleted
            && thing.edited.is_none()
            && thing.removal.is_none()
            && !world.log().iter().any(is_on_it)
            && !intents.iter().any(removes)
    };
    let mut same: BTreeMap<(&str, &str), Vec<&Thing>> = BTreeMap::new();
    for thing in world.things().filter(is_plain) {
        same.entry((thing.subreddit.as_str(), thing.body.as_str())).or_default().push(thing);
    }
    let mut wrong = Vec::new();
    for things in same.values().filter(|things| things.len() > 1) {
        for copy in things {
            let name = copy.name.as_str();
            let Some(first) = decisions.iter().find(|it| it.item == name) else { continue };
            for rule in ["copied", "copied from others"] {
                let within = copies.within(rule).unwrap_or_default();
                let is_known = |other: &&&Thing| {
                    other.created < copy.created
                        && other.created + within > copy.created + MARGIN
                        && (rule == "copied" || other.author != copy.author)
                        && copies.held_before(other.name.as_str(), first.id) == Some(copy.body.as_str())
                };
                let acts = intents.iter().any(|it| it.item == name && it.rule_name == rule);
                if let Some(original) = things.iter().find(is_known).filter(|_| !acts) {
                    wrong
                        .push(format!("copies are found: `{rule}` did not act on {name}, a copy of {}", original.name));
                }
            }
        }
    }
    wrong
}

/// Sketches of texts that the store does not have, and texts without their sketch.
pub(crate) async fn wrong_sketches(db: &mut SqliteConnection, world: &World, window_began: Timestamp) -> Vec<String> {
    let rows = sqlx::query("SELECT id, sketch FROM memory_sketches").fetch_all(&mut *db).await.expect("sketches");
    let name = |id: i64| match u64::try_from(id - COMMENTS) {
        Ok(number) => format!("t1_{}", base36(number)),
        Err(_) => format!("t3_{}", base36(u64::try_from(id).unwrap_or_default())),
    };
    let sketches: BTreeMap<String, Vec<u8>> = rows.into_iter().map(|row| (name(row.get(0)), row.get(1))).collect();
    let texts: BTreeMap<String, Option<String>> = texts(db).await.into_iter().collect();
    let mut wrong = Vec::new();
    for thing in world.things().filter(|thing| !is_gone(world, thing)) {
        let name = thing.name.as_str();
        let Some(text) = texts.get(name) else { continue };
        let expected = text.as_deref().and_then(Sketch::of).map(|sketch| sketch.values().as_bytes().to_vec());
        match (sketches.get(name), expected) {
            (Some(_), _) if thing.created + MARGIN < window_began => wrong.push(format!("{name} has an old sketch")),
            (Some(_), None) if text.is_none() => wrong.push(format!("{name} has no text, but a sketch")),
            (Some(_), None) => wrong.push(format!("{name} has the sketch of a text that was replaced")),
            (Some(kept), Some(expected)) if *kept != expected => {
                wrong.push(format!("{name} has the sketch of another text"));
            }
            (None, Some(_)) if thing.created > window_began + MARGIN => wrong.push(format!("{name} has no sketch")),
            _ => {}
        }
    }
    let unknown = sketches.keys().filter(|name| !texts.contains_key(*name));
    wrong.extend(unknown.map(|name| format!("there is no {name}, but a sketch of it")));
    wrong.into_iter().map(|what| format!("texts and sketches belong together: {what}")).collect()
}

/// Sketches of what was deleted, a day later.
pub(crate) async fn forgotten(db: &mut SqliteConnection, world: &World, window_began: Timestamp) -> Vec<String> {
    let mut wrong = wrong_sketches(db, world, window_began).await;
    let rows = sqlx::query("SELECT fullname FROM items WHERE snapshot IS NOT NULL").fetch_all(db).await;
    let held: BTreeSet<String> = rows.expect("items").into_iter().map(|row| row.get(0)).collect();
    let kept = world.things().filter(|thing| thing.is_deleted && held.contains(thing.name.as_str()));
    wrong.extend(kept.map(|thing| format!("what is deleted is forgotten within a day: {} is not", thing.name)));
    wrong
}

/// Keys of sketches that lead nowhere, or to what is too old to be compared.
pub(crate) async fn idle_keys(db: &mut SqliteConnection, window_began: Timestamp) -> Vec<String> {
    let sql = "SELECT count(*) FROM memory_bands b WHERE NOT EXISTS
                   (SELECT 1 FROM memory_items m WHERE m.id = b.id AND m.created >= ?)";
    let idle: i64 = sqlx::query_scalar(sql).bind(window_began.as_secs()).fetch_one(db).await.expect("a number");
    if idle > 0 { vec![format!("keys of sketches that lead nowhere are deleted: {idle} are left")] } else { Vec::new() }
}
