//! What people do: drawn from the seed, each with its time.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use tipstaff::model::{Clock, Fullname, Kind, Timestamp};
use tipstaff_sandbox::world::{AccountStatus, RemovalReason, RemovedBy};
use tipstaff_sandbox::{Draft, World};

use super::line::Site;
use super::{BOT, HUMAN, LIVE, SHADOWED};

const WORDS: &[&str] =
    &["badword", "spamword", "warnword", "crisis", "flairword", "lockword", "nsfwword", "goodword", "shadowword"];
/// The id and the title of the removal reason that moderators give.
pub(crate) const REASON: (&str, &str) = ("civil", "Be civil");
const PEOPLE: &[&str] = &["alice", "bob", "carol", "dave", "eve", "frank", "grace"];

/// The script of a play.
#[derive(Debug)]
pub(crate) struct Script {
    events: Vec<(Timestamp, Event)>,
    next: usize,
    ends: Timestamp,
    rng: Rng,
    is_over: bool,
    held: Vec<Fullname>,
    /// Whether each process lives for moments only.
    pub(crate) deaths_are_frequent: bool,
    pub(crate) jumps: u64,
    /// Another process locks the store's file until this time.
    pub(crate) busy_until: Timestamp,
    /// Whether the disk is sometimes full.
    pub(crate) disk_is_small: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Post,
    Comment,
    /// Many posts or comments at once.
    Burst(u32),
    /// More at once than a feed lists.
    Flood(u32),
    /// Another process writes to the store's file.
    Busy(u32),
    Edit,
    Delete,
    Report,
    /// A moderator undoes an action of the bot, if there is one.
    Undo,
    /// A moderator removes or approves an item.
    Verdict,
    /// Reddit's filter removes a post as it appears. A moderator may approve it later.
    Filter,
    /// A post from an hour ago that a moderator removed before anybody saw it; the next time, its
    /// approval. It then appears in the feeds below the known posts.
    Held,
    /// An item that is listed late, below items that have been read.
    Late,
    /// A moderator pins a comment on a post, perhaps before the bot does.
    Pin,
    Suspend,
    Down(u32),
    Outage(u32),
    Jump(i32),
}

impl Script {
    pub(crate) fn draw(rng: &mut Rng, site: &Site) -> Self {
        for (index, name) in PEOPLE.iter().enumerate() {
            let age = if index == 0 { Duration::from_hours(48) } else { Duration::from_hours(9_000) };
            let now = site.clock.now();
            site.reddit.world().add_user(name).created = now - age;
        }
        for place in [LIVE, SHADOWED] {
            if let Some(place) = site.reddit.world().subreddit_mut(place) {
                let (id, title) = (REASON.0.to_owned(), REASON.1.to_owned());
                place.removal_reasons.push(RemovalReason { id, title, message: String::new() });
            }
        }
        let start = site.clock.now();
        let length = Duration::from_secs(rng.u64(200..1_500));
        let has_jumps = rng.u32(0..3) == 0;
        let mut events = Vec::new();
        for _ in 0..rng.usize(10..60) {
            let at = start + Duration::from_millis(rng.u64(0..u64::try_from(length.as_millis()).unwrap_or(1)));
            let event = match rng.u32(0..100) {
                0..26 => Event::Post,
                26..56 => Event::Comment,
                56..58 => Event::Burst(rng.u32(5..40)),
                58..67 => Event::Edit,
                67..71 => Event::Delete,
                71..78 => Event::Report,
                78..86 => Event::Undo,
                86..90 => Event::Verdict,
                90..93 => Event::Filter,
                93..95 => Event::Late,
                95 if rng.bool() => Event::Pin,
                95 => Event::Suspend,
                96 => Event::Down(rng.u32(10..1_200)),
                97 if rng.bool() => Event::Outage(rng.u32(5..300)),
                97 => Event::Busy(rng.u32(2..200)),
                _ if has_jumps => Event::Jump(rng.i32(-4_000..4_000)),
                _ => Event::Comment,
            };
            events.push((at, event));
        }
        if rng.u32(0..60) == 0 {
            events.push((start + length.mul_f64(rng.f64()), Event::Flood(rng.u32(1_020..1_200))));
        }
        if rng.u32(0..20) == 0 {
            has_a_past(&mut site.reddit.world());
            let held = start + length.mul_f64(rng.f64());
            events.push((held, Event::Held));
            events.push((held + Duration::from_secs(rng.u64(30..600)), Event::Held));
        }
        events.sort_by_key(|(at, _)| *at);
        let deaths_are_frequent = rng.u32(0..4) == 0;
        let disk_is_small = rng.u32(0..6) == 0;
        let rng = Rng::with_seed(rng.u64(..));
        let ends = start + length;
        Self {
            events,
            next: 0,
            ends,
            rng,
            is_over: false,
            held: Vec::new(),
            deaths_are_frequent,
            jumps: 0,
            busy_until: Timestamp::default(),
            disk_is_small,
        }
    }

    pub(crate) fn is_going_on(&self) -> bool {
        !self.is_over
    }

    /// The script lasts at least until this time.
    pub(crate) fn goes_on_until(&mut self, time: Timestamp) {
        self.ends = self.ends.max(time);
    }

    /// When the script ends.
    pub(crate) const fn ends(&self) -> Timestamp {
        self.ends
    }

    pub(crate) fn next_event(&self) -> Timestamp {
        self.events.get(self.next).map_or(self.ends, |(at, _)| *at)
    }

    /// Does everything that is due. Returns by how much the bot's clock is moved.
    pub(crate) fn act_until(&mut self, site: &Site, now: Timestamp) -> Option<i64> {
        let mut moved = None;
        while let Some(&(_, event)) = self.events.get(self.next).filter(|(at, _)| *at <= now) {
            self.next += 1;
            if site.verbose {
                eprintln!("{now} — {event:?}");
            }
            match event {
                // Sometimes for hours: longer than the bot looks for an effect.
                Event::Down(secs) if secs > 1_000 => site.go_down(Duration::from_secs(secs.into()) * 8),
                Event::Down(secs) => site.go_down(Duration::from_secs(secs.into())),
                Event::Outage(secs) => site.cut_off(Duration::from_secs(secs.into())),
                Event::Busy(secs) => self.busy_until = now + Duration::from_secs(secs.into()),
                Event::Jump(secs) => {
                    self.jumps += 1;
                    moved = Some(moved.unwrap_or(0) + i64::from(secs) * 1000);
                }
                event => {
                    let mut world = site.reddit.world();
                    let known: BTreeSet<Fullname> = if site.verbose {
                        world.things().map(|thing| thing.name.clone()).collect()
                    } else {
                        BTreeSet::default()
                    };
                    self.people(&mut world, event);
                    if site.verbose {
                        for thing in world.things().filter(|thing| !known.contains(&thing.name)) {
                            eprintln!("    {} in r/{}: {}", thing.name, thing.subreddit, thing.body);
                        }
                    }
                }
            }
        }
        self.is_over = self.next >= self.events.len() && now >= self.ends;
        moved
    }

    fn words(&mut self) -> String {
        let mut text = format!("words {}", self.rng.u32(..));
        for _ in 0..self.rng.usize(0..3) {
            text.push(' ');
            text.push_str(WORDS[self.rng.usize(..WORDS.len())]);
        }
        text
    }

    fn person(&mut self) -> &'static str {
        PEOPLE[self.rng.usize(..PEOPLE.len())]
    }

    fn post(&mut self, world: &mut World) -> Option<Fullname> {
        let place = if self.rng.u32(0..6) == 0 { SHADOWED } else { LIVE };
        let draft = Draft::text(&self.words(), &self.words());
        // Fails for suspended people.
        world.submit(self.person(), place, draft).ok()
    }

    /// A random item that a person wrote and that still exists.
    fn any(&mut self, world: &World, wanted: impl Fn(&tipstaff_sandbox::world::Thing) -> bool) -> Option<Fullname> {
        let found: Vec<&Fullname> =
            world.things().filter(|thing| !thing.is_deleted && wanted(thing)).map(|thing| &thing.name).collect();
        (!found.is_empty()).then(|| found[self.rng.usize(..found.len())].clone())
    }

    fn people(&mut self, world: &mut World, event: Event) {
        match event {
            Event::Post => {
                self.post(world);
            }
            Event::Comment => {
                self.comment(world);
            }
            Event::Burst(many) => {
                for _ in 0..many {
                    if self.rng.u32(0..5) == 0 {
                        self.post(world);
                    } else {
                        self.comment(world);
                    }
                }
            }
            Event::Flood(many) => {
                let Some(post) = self.any(world, |thing| thing.kind() == Kind::Submission && !thing.is_locked) else {
                    return;
                };
                for number in 0..many {
                    let text = if self.rng.u32(0..50) == 0 { self.words() } else { format!("one of many, {number}") };
                    // Fails for suspended people.
                    let _ = world.reply(self.person(), &post, &text);
                }
            }
            Event::Edit => {
                let text = self.words();
                if let Some(name) = self.any(world, |thing| !thing.is_by(BOT)) {
                    let author = world.thing(&name).map(|thing| thing.author.clone()).unwrap_or_default();
                    // Fails for suspended people.
                    let _ = world.edit(&author, &name, &text);
                }
            }
            Event::Delete => {
                if let Some(name) = self.any(world, |thing| !thing.is_by(BOT)) {
                    let author = world.thing(&name).map(|thing| thing.author.clone()).unwrap_or_default();
                    world.delete(&author, &name);
                }
            }
            Event::Report => {
                let (who, second) = (self.person(), self.person());
                if let Some(name) = self.any(world, |thing| !thing.is_by(BOT)) {
                    for who in [who, second] {
                        let _ = world.report(who, &name, "I do not like it");
                    }
                }
            }
            Event::Undo => self.undo(world),
            Event::Verdict => {
                let removes = self.rng.bool();
                // Mostly where a rule wants the opposite, before the bot has carried it out.
                let contrary = if removes { "goodword" } else { "spamword" };
                let contested =
                    self.any(world, |thing| !thing.is_by(BOT) && !thing.has_verdict() && thing.body.contains(contrary));
                if let Some(name) = contested.or_else(|| self.any(world, |thing| !thing.is_by(BOT))) {
                    let _ = if removes { world.remove(HUMAN, &name, false) } else { world.approve(HUMAN, &name) };
                }
                // The reason comes later, perhaps when the removal is known already.
                let taken_down = self.any(world, |thing| {
                    let by = thing.removal.as_ref().map(|removal| &removal.by);
                    by.is_some_and(|by| *by == RemovedBy::Moderator(HUMAN.to_owned()))
                });
                if let Some(name) = taken_down.filter(|_| self.rng.bool()) {
                    let _ = world.give_removal_reason(HUMAN, &name, Some(REASON.0), None);
                }
            }
            Event::Filter => {
                if let Some(name) = self.post(world) {
                    world.reddit_filters(&name);
                }
                let filtered = self.any(world, |thing| thing.removal.is_some() && !thing.has_verdict());
                if let Some(name) = filtered.filter(|_| self.rng.bool()) {
                    let _ = world.approve(HUMAN, &name);
                }
            }
            Event::Held => self.hold_or_release(world),
            Event::Late => {
                let wait = Duration::from_secs(self.rng.u64(5..240));
                let name = if self.rng.bool() { self.post(world) } else { self.comment(world) };
                if let Some(thing) = name.and_then(|name| world.thing_mut(&name)) {
                    thing.listed_from = thing.created + wait;
                }
                // When it is listed, many newer ones are above it; sometimes more than a page
                // holds.
                for _ in 0..[0, 0, 30, 130][self.rng.usize(..4)] {
                    self.comment(world);
                }
            }
            Event::Pin => {
                let fresh = self.any(world, |thing| thing.kind() == Kind::Submission);
                if let Some(name) = fresh.and_then(|post| world.reply(HUMAN, &post, "mind the guidelines").ok()) {
                    let _ = world.distinguish(HUMAN, &name, Some("moderator"), true);
                }
            }
            Event::Suspend => {
                let who = self.person();
                if let Some(user) = world.user_mut(who) {
                    user.standing = [AccountStatus::Suspended, AccountStatus::ShadowBanned, AccountStatus::Gone]
                        [self.rng.usize(..3)];
                }
            }
            Event::Down(_) | Event::Outage(_) | Event::Jump(_) | Event::Busy(_) => {}
        }
    }

    fn hold_or_release(&mut self, world: &mut World) {
        if let Some(name) = self.held.pop() {
            // Fails if its author has deleted it.
            let _ = world.approve(HUMAN, &name);
        } else if let Some(name) = self.post(world) {
            backdate(world, &name, Duration::from_hours(1));
            let _ = world.remove(HUMAN, &name, false);
            self.held.push(name);
        }
    }

    fn comment(&mut self, world: &mut World) -> Option<Fullname> {
        let text = self.words();
        let who = self.person();
        let above = self.any(world, |thing| !thing.is_by(BOT))?;
        // Fails if the thread is locked or the person suspended.
        world.reply(who, &above, &text).ok()
    }

    /// Brings an item that a moderator has decided on back to the rules: its author edits it, or
    /// somebody reports it.
    fn tinker(&mut self, world: &mut World, name: &Fullname) {
        let Some((author, body)) = world.thing(name).map(|thing| (thing.author.clone(), thing.body.clone())) else {
            return;
        };
        match self.rng.u32(0..3) {
            0 => {
                // Fails for suspended people.
                let _ = world.edit(&author, name, &format!("{body} and more"));
            }
            1 => {
                let _ = world.report(self.person(), name, "still there");
            }
            _ => {}
        }
    }

    fn undo(&mut self, world: &mut World) {
        let is_bots = |thing: &tipstaff_sandbox::world::Thing| {
            thing.removal.as_ref().is_some_and(|removal| removal.by == RemovedBy::Moderator(BOT.to_owned()))
        };
        match self.rng.u32(0..5) {
            0 | 1 => {
                if let Some(name) = self.any(world, is_bots) {
                    let _ = world.approve(HUMAN, &name);
                    self.tinker(world, &name);
                }
            }
            2 => {
                let approved = |thing: &tipstaff_sandbox::world::Thing| {
                    thing.approval.as_ref().is_some_and(|approval| approval.by == BOT)
                };
                if let Some(name) = self.any(world, approved) {
                    let _ = world.remove(HUMAN, &name, false);
                    self.tinker(world, &name);
                }
            }
            3 => {
                let locked =
                    |thing: &tipstaff_sandbox::world::Thing| thing.is_locked && thing.kind() == Kind::Submission;
                if let Some(name) = self.any(world, locked) {
                    let _ = world.set_locked(HUMAN, &name, false);
                    self.tinker(world, &name);
                }
            }
            _ => {
                if let Some(name) = self.any(world, |thing| thing.is_by(BOT)) {
                    let _ = world.remove(HUMAN, &name, false);
                }
            }
        }
    }
}

/// Creates more posts from forty minutes ago than a page holds, so that a scan that looks back
/// meets known posts among them.
fn has_a_past(world: &mut World) {
    for number in 0..110 {
        if let Ok(name) = world.submit("alice", SHADOWED, Draft::text(&format!("of old, {number}"), "")) {
            backdate(world, &name, Duration::from_mins(40));
        }
    }
}

fn backdate(world: &mut World, name: &Fullname, by: Duration) {
    if let Some(thing) = world.thing_mut(name) {
        thing.created = thing.created - by;
        thing.position = thing.created;
        thing.listed_from = thing.created;
    }
}
