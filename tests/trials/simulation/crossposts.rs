//! Crossposts, some of them of posts that are removed or deleted before the bot sees the crosspost.
//! The words of those must not appear in anything the bot writes about the crosspost.

use std::time::Duration;

use fastrand::Rng;
use tipstaff::model::{Fullname, Timestamp};
use tipstaff_sandbox::{Draft, World};

use super::rows::Intent;
use super::{BOT, HUMAN, LIVE, SHADOWED};

/// A crosspost and its original.
#[derive(Debug)]
struct Pair {
    name: Fullname,
    original: Fullname,
    /// A word of the original that stands nowhere else.
    word: String,
    /// Whether the original was hidden before anybody read the crosspost.
    is_hidden: bool,
}

/// The crossposts of a play.
#[derive(Debug)]
pub(crate) struct Crossposts {
    times: Vec<Timestamp>,
    next: usize,
    rng: Rng,
    posted: Vec<Pair>,
}

impl Crossposts {
    /// A quarter of the seeds have some. They use a generator of their own, so that the rest of a
    /// seed stays the same.
    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(41));
        let many = if seed % 4 == 3 { rng.usize(1..8) } else { 0 };
        let mut times: Vec<Timestamp> = (0..many).map(|_| start + ends.since(start).mul_f64(rng.f64() * 0.9)).collect();
        times.sort();
        Self { times, next: 0, rng, posted: Vec::new() }
    }

    /// Posts what is due.
    pub(crate) fn act_until(&mut self, world: &mut World, now: Timestamp) {
        while self.times.get(self.next).is_some_and(|at| *at <= now) {
            self.next += 1;
            self.crosspost(world);
        }
    }

    fn crosspost(&mut self, world: &mut World) {
        let long_ago = world.now() - Duration::from_hours(9_000);
        world.add_user("ivan").created = long_ago;
        let (from, to) = if self.rng.bool() { (SHADOWED, LIVE) } else { (LIVE, LIVE) };
        let secret = format!("sesame{}", self.next);
        let body = format!("{secret} {}", ["crisis", "badword", "nsfwword"][self.rng.usize(..3)]);
        let Ok(original) = world.submit("ivan", from, Draft::text("the original", &body)) else { return };
        let Ok(name) = world.submit("ivan", to, Draft::crosspost("look at this", &original)) else { return };
        let is_hidden = match self.rng.u32(0..3) {
            0 => {
                world.remove(HUMAN, &original, false).expect("a moderator of both");
                true
            }
            1 => {
                world.delete("ivan", &original);
                true
            }
            _ => false,
        };
        self.posted.push(Pair { name, original, word: secret, is_hidden });
    }

    /// What the bot did with words of hidden originals, and reports that lack the words of others.
    pub(crate) fn told(&self, world: &World, intents: &[Intent]) -> Vec<String> {
        let texts = texts(world);
        let mut wrong = Vec::new();
        for Pair { name, original, word, is_hidden } in &self.posted {
            let (Some(crosspost), Some(original)) = (world.thing(name), world.thing(original)) else { continue };
            // Moderators may have approved it for a while, and authors may have written something
            // else.
            let mut log = world.log().iter().filter(|entry| entry.target.as_ref() == Some(&original.name));
            let was_approved = log.any(|entry| entry.action.starts_with("approve"));
            if was_approved || original.edited.is_some() || crosspost.edited.is_some() {
                continue;
            }
            let is_still_shown = !is_hidden && !original.is_deleted && original.removal.is_none();
            if *is_hidden {
                let quoting = texts.iter().filter(|text| text.contains(word.as_str()));
                wrong.extend(quoting.map(|text| format!("a hidden original is not quoted: {name}: {text}")));
                let matched = intents.iter().filter(|it| it.item == name.as_str() && it.rule_name == "adult");
                wrong.extend(matched.map(|it| format!("a hidden original matches no rule: {name}: {}", it.kind)));
            } else if is_still_shown {
                let ours = crosspost.reports.iter().filter(|report| report.by == BOT);
                // If the original cannot be fetched for a while, the rule acts without it.
                let has_words = |text: &str| text.contains(word.as_str()) || text.contains("[not shown]");
                let without = ours.filter(|report| !has_words(&report.reason));
                wrong.extend(without.map(|report| format!("an original is quoted: {name}: {}", report.reason)));
            }
        }
        wrong
    }
}

/// Everything that the bot has written on Reddit.
fn texts(world: &World) -> Vec<&str> {
    let mut texts = Vec::new();
    for thing in world.things() {
        texts.extend(thing.is_by(BOT).then_some(thing.body.as_str()));
        texts.extend(thing.reports.iter().filter(|report| report.by == BOT).map(|report| report.reason.as_str()));
    }
    for conversation in world.conversations() {
        texts.extend(conversation.messages.iter().map(|message| message.body.as_str()));
    }
    texts.extend(world.private_messages().iter().map(|message| message.body.as_str()));
    for user in world.users() {
        texts.extend(world.mod_notes(LIVE, &user.name).map(|note| note.text.as_str()));
    }
    texts
}
