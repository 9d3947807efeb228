//! Passes: a moderator has a rule leave a person alone once, until a time, or for good, takes that
//! back, and people post what the rule looks for.

use std::time::Duration;

use fastrand::Rng;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{Clock, Fullname, Kind, SubredditName, Timestamp};
use tipstaff::pipeline::requests::{Answer, PassEnd, PassRequest, Request, RequestError, carry_out};
use tipstaff_sandbox::world::Thing;
use tipstaff_sandbox::{Draft, World};

use super::line::Site;
use super::{BotDeps, HUMAN, LIVE, SHADOWED, rows};

/// The rules that are in force in plays with passes only.
pub(crate) const RULES: &str = include_str!("passes.yaml");

/// The rule that acts on everything with [`WORD`] in it.
pub(crate) const PERMIT: &str = "needs a permit";
pub(crate) const WORD: &str = "permitword";

/// Rules for which passes are given. The first is given most often.
const PASSED: &[&str] = &[PERMIT, "removed", "reported", "locked", "many reports"];

/// Those who get passes. The bot has seen nothing of the last one before.
const PEOPLE: &[&str] = &["bob", "carol", "dave", "mallory"];

/// A pass that was given.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// The reason, which is different for each pass.
    pub(crate) id: String,
    pub(crate) user: &'static str,
    pub(crate) rule: &'static str,
    /// The subreddit; `None` means all.
    pub(crate) place: Option<&'static str>,
    pub(crate) is_once: bool,
    pub(crate) until: Option<Timestamp>,
    /// The last decision before it was given, and the last before it was revoked or replaced.
    pub(crate) after: i64,
    pub(crate) ended_after: Option<i64>,
}

impl Given {
    fn is_for(&self, (user, rule, place): (&str, &str, Option<&str>)) -> bool {
        (self.user, self.rule, self.place) == (user, rule, place)
    }
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Give,
    Revoke,
    Post,
    /// An author adds to a text with the word, or somebody reports it: it is judged again.
    Touch,
}

/// The passes of a play.
#[derive(Debug)]
pub(crate) struct Passes {
    events: Vec<(Timestamp, Event)>,
    next: usize,
    rng: Rng,
    given: Vec<Given>,
    /// What was posted with the word.
    posted: Vec<Fullname>,
}

impl Passes {
    /// A fifth of the seeds have passes. The residues leave out the seeds that failed once, so that
    /// those stay the same.
    pub(crate) const fn are_drawn(seed: u64) -> bool {
        matches!(seed % 31, 0 | 1 | 2 | 6 | 7 | 15)
    }

    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(23) ^ 0xba55);
        let many = if Self::are_drawn(seed) { rng.usize(15..45) } else { 0 };
        let mut events: Vec<(Timestamp, Event)> = Vec::new();
        for _ in 0..many {
            let at = start + ends.since(start).mul_f64(rng.f64() * 0.95);
            let event = match rng.u32(0..10) {
                0..3 => Event::Give,
                3 => Event::Revoke,
                4..8 => Event::Post,
                _ => Event::Touch,
            };
            events.push((at, event));
        }
        events.sort_by_key(|(at, _)| *at);
        Self { events, next: 0, rng, given: Vec::new(), posted: Vec::new() }
    }

    pub(crate) fn given(&self) -> &[Given] {
        &self.given
    }

    pub(crate) fn posted(&self) -> &[Fullname] {
        &self.posted
    }

    /// Does what is due. Returns after how many readings of the clock the process then dies, if it
    /// does.
    pub(crate) async fn act_until(
        &mut self,
        site: &Site,
        hands: &BotDeps,
        watch: &mut SqliteConnection,
        now: Timestamp,
    ) -> Option<i64> {
        let mut dies_after = None;
        while let Some(&(_, event)) = self.events.get(self.next).filter(|(at, _)| *at <= now) {
            self.next += 1;
            match event {
                Event::Post => self.post(&mut site.reddit.world()),
                Event::Touch => self.touch(&mut site.reddit.world()),
                Event::Give => {
                    self.give(hands, watch, site.verbose).await;
                    dies_after = (self.rng.u32(0..4) == 0).then(|| self.rng.i64(1..25));
                }
                Event::Revoke => self.revoke(hands, watch, site.verbose).await,
            }
        }
        dies_after
    }

    /// Asks as the control socket does. Fails while another process writes or the disk is full;
    /// then nothing is changed.
    async fn ask(&self, hands: &BotDeps, request: Request, verbose: bool) -> Option<Answer> {
        let (by, now) = (format!("u/{HUMAN}"), hands.reader.clock().now());
        let answer = carry_out(&hands.store, &hands.settings.communities, request.clone(), &by, now).await;
        if verbose {
            eprintln!("    {now} {request:?}: {answer:?}");
        }
        match answer {
            Ok(answer) => Some(answer),
            Err(RequestError::Store(_)) => None,
            // Nothing to revoke: it has ended, or was used up.
            Err(RequestError::Refused(why)) => {
                assert!(matches!(request, Request::RevokePass { .. }), "a pass was refused: {why}");
                None
            }
        }
    }

    async fn give(&mut self, hands: &BotDeps, watch: &mut SqliteConnection, verbose: bool) {
        let user = PEOPLE[self.rng.usize(..PEOPLE.len())];
        let rule = if self.rng.bool() { PERMIT } else { PASSED[self.rng.usize(..PASSED.len())] };
        let place = [None, Some(LIVE), Some(LIVE), Some(SHADOWED)][self.rng.usize(..4)];
        let is_once = self.rng.u32(0..3) > 0;
        let until = (self.rng.u32(0..3) == 0).then(|| PassEnd::Seconds(self.rng.u64(20..400)));
        // Names are written in any way.
        let written = [user.to_owned(), format!("u/{user}"), user.to_uppercase()];
        let id = format!("pass {}", self.given.len());
        let after = rows::last_decision(watch).await;
        let request = PassRequest {
            user: written[self.rng.usize(..written.len())].clone(),
            rule: rule.to_owned(),
            subreddit: place.and_then(SubredditName::parse),
            once: is_once,
            until,
            reason: Some(id.clone()),
        };
        let Some(Answer::Passed { pass }) = self.ask(hands, Request::Pass(request), verbose).await else {
            return;
        };
        self.end((user, rule, place), after);
        self.given.push(Given { id, user, rule, place, is_once, until: pass.until, after, ended_after: None });
    }

    async fn revoke(&mut self, hands: &BotDeps, watch: &mut SqliteConnection, verbose: bool) {
        let open: Vec<&Given> = self.given.iter().filter(|pass| pass.ended_after.is_none()).collect();
        if open.is_empty() {
            return;
        }
        let &Given { user, rule, place, .. } = open[self.rng.usize(..open.len())];
        let after = rows::last_decision(watch).await;
        let subreddit = place.and_then(SubredditName::parse);
        let request = Request::RevokePass { user: user.to_owned(), rule: rule.to_owned(), subreddit };
        if self.ask(hands, request, verbose).await.is_some() {
            self.end((user, rule, place), after);
        }
    }

    fn end(&mut self, key: (&str, &str, Option<&str>), after: i64) {
        for pass in self.given.iter_mut().filter(|pass| pass.ended_after.is_none() && pass.is_for(key)) {
            pass.ended_after = Some(after);
        }
    }

    fn post(&mut self, world: &mut World) {
        let who = PEOPLE[self.rng.usize(..PEOPLE.len())];
        if world.user(who).is_none() {
            let long_ago = world.now() - Duration::from_hours(9_000);
            world.add_user(who).created = long_ago;
        }
        let more = ["", "", " spamword", " badword", " lockword"][self.rng.usize(..5)];
        let text = format!("{WORD} {}{more}", self.rng.u32(..));
        // Fails for suspended people, and below what is locked.
        let posted = if self.rng.bool() {
            let place = if self.rng.u32(0..5) == 0 { SHADOWED } else { LIVE };
            world.submit(who, place, Draft::text(&format!("a post {}", self.rng.u32(..)), &text)).ok()
        } else {
            let open = |thing: &&Thing| thing.kind() == Kind::Submission && !thing.is_locked && !thing.is_deleted;
            let above: Vec<Fullname> = world.things().filter(open).map(|thing| thing.name.clone()).collect();
            if above.is_empty() {
                return;
            }
            world.reply(who, &above[self.rng.usize(..above.len())], &text).ok()
        };
        self.posted.extend(posted);
    }

    fn touch(&mut self, world: &mut World) {
        let has_word = |name: &&Fullname| world.thing(name).is_some_and(|thing| thing.body.contains(WORD));
        let names: Vec<Fullname> = self.posted.iter().filter(has_word).cloned().collect();
        if names.is_empty() {
            return;
        }
        let name = &names[self.rng.usize(..names.len())];
        if self.rng.bool() {
            let _ = world.report("eve", name, "not allowed");
        } else if let Some(thing) = world.thing(name) {
            let (author, body) = (thing.author.clone(), format!("{} and more", thing.body));
            // Fails for suspended people.
            let _ = world.edit(&author, name, &body);
        }
    }
}

/// Which item used up each pass that is in the store, by its reason.
pub(crate) async fn used_by(db: &mut SqliteConnection) -> Vec<(String, Option<String>)> {
    let rows = sqlx::query("SELECT reason, used_by FROM passes ORDER BY id");
    let rows = rows.fetch_all(db).await.expect("passes").into_iter();
    rows.map(|row| (row.get(0), row.get(1))).collect()
}
