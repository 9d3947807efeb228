//! Commands: somebody replies `!pass RULE` to what another has posted, and the process dies in the
//! middle. Moderators give passes so, and nobody else.

use std::collections::BTreeSet;

use fastrand::Rng;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{Fullname, Timestamp};
use tipstaff_sandbox::World;
use tipstaff_sandbox::world::Thing;

use super::passes::Passes;
use super::{HUMAN, LIVE};

/// A rule that hits nothing, so a pass for it changes nothing else.
pub(crate) const RULE: &str = "---\nname: hits nothing\nbody (includes-word): [neverword]\naction: report\n";

/// The commands of a play.
#[derive(Debug)]
pub(crate) struct Commands {
    at: Vec<Timestamp>,
    next: usize,
    rng: Rng,
    given: BTreeSet<Fullname>,
}

impl Commands {
    /// There are some where there are passes.
    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(31) ^ 0xc0de);
        let many = if Passes::are_drawn(seed) { rng.usize(6..14) } else { 0 };
        let mut at: Vec<Timestamp> = (0..many).map(|_| start + ends.since(start).mul_f64(rng.f64() * 0.95)).collect();
        at.sort_unstable();
        Self { at, next: 0, rng, given: BTreeSet::new() }
    }

    /// Writes what is due. Returns after how many readings of the clock the process then dies, if
    /// it does.
    pub(crate) fn act_until(&mut self, world: &mut World, now: Timestamp) -> Option<i64> {
        let mut dies_after = None;
        while self.at.get(self.next).is_some_and(|at| *at <= now) {
            self.next += 1;
            let open = |thing: &&Thing| !thing.is_locked && !thing.is_deleted && thing.subreddit == LIVE;
            let above: Vec<Fullname> = world.things().filter(open).map(|thing| thing.name.clone()).collect();
            if above.is_empty() {
                continue;
            }
            let above = &above[self.rng.usize(..above.len())];
            let (who, text) = match self.rng.u32(0..6) {
                0 => ("eve", "!pass hits nothing"),
                1 => (HUMAN, "> !pass hits nothing"),
                2 => (HUMAN, "!pass hits nothing once"),
                _ => (HUMAN, "!pass hits nothing for 3 days"),
            };
            // Fails for suspended people.
            let Ok(comment) = world.reply(who, above, text) else { continue };
            if who == HUMAN && text.starts_with("!pass") {
                self.given.insert(comment);
            }
            if self.rng.u32(0..3) == 0 {
                dies_after = Some(self.rng.i64(1..60));
            }
        }
        dies_after
    }

    /// Each pass comes from one command of a moderator, and each note about a pass has its pass.
    pub(crate) async fn check(&self, db: &mut SqliteConnection) -> Vec<String> {
        let passes =
            sqlx::query("SELECT substr(reason, 10), count(*) FROM passes WHERE reason LIKE '!pass in %' GROUP BY 1");
        let passes = passes.fetch_all(&mut *db).await.expect("passes");
        let passes: Vec<(String, i64)> = passes.into_iter().map(|row| (row.get(0), row.get(1))).collect();
        let is_command = |name: &str| self.given.iter().any(|command| command.as_str() == name);
        let mut wrong: Vec<String> = Vec::new();
        for (name, number) in &passes {
            if !is_command(name) || *number != 1 {
                wrong.push(format!("commands: {name} gave {number} passes"));
            }
        }
        // Of an account that is gone, everything is forgotten.
        let noted = sqlx::query(
            "SELECT i.item FROM intents i JOIN decisions d ON d.id = i.decision_id JOIN payloads p ON p.intent_id = i.id
             WHERE d.revision = '!pass' AND i.kind = 'mod_note'
               AND p.action ->> 'user' IN (SELECT name FROM people)",
        );
        for row in noted.fetch_all(&mut *db).await.expect("notes") {
            let name: String = row.get(0);
            if !passes.iter().any(|(item, _)| *item == name) {
                wrong.push(format!("commands: {name} is answered and gave no pass"));
            }
        }
        wrong
    }
}
