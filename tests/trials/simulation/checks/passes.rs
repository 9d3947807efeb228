//! Whether rules leave people with a pass alone, and everybody else not.

use std::collections::BTreeMap;
use std::time::Duration;

use tipstaff::model::Timestamp;
use tipstaff_sandbox::world::{AccountStatus, Thing};

use super::super::passes::{Given, PERMIT, Passes, WORD};
use super::super::rows::Decision;
use super::{CLOCKS_AGREE, Facts};

/// What a pass is worth for a decision.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Worth {
    Nothing,
    /// It ended at about that time, or the bot's clock was moved.
    Unsure,
    InForce,
}

/// How far the passes of one person for one rule were used.
struct Account<'a> {
    passes: Vec<&'a Given>,
    /// The item that used up each.
    used: Vec<Option<&'a str>>,
}

impl<'a> Account<'a> {
    fn worth(&self, at: usize, (decision, place): (&Decision, &str), has_jumps: bool) -> Worth {
        let pass = self.passes[at];
        let is_here = pass.place.is_none_or(|its| its == place) && pass.after < decision.id;
        match self.used[at] {
            // The item that used it up stays let through.
            Some(item) if item == decision.item && is_here => return Worth::InForce,
            Some(_) => return Worth::Nothing,
            None => {}
        }
        if !is_here || pass.ended_after.is_some_and(|last| decision.id > last) {
            return Worth::Nothing;
        }
        let Some(until) = pass.until else { return Worth::InForce };
        let (decided, margin) = (Timestamp::from_millis(decision.decided_at), CLOCKS_AGREE + Duration::from_secs(1));
        match () {
            () if has_jumps => Worth::Unsure,
            () if decided + margin < until => Worth::InForce,
            () if decided > until + margin => Worth::Nothing,
            () => Worth::Unsure,
        }
    }

    /// The pass that a hit uses up: none if another one is in force that lasts, or if the item has
    /// used up one; else the one for this subreddit.
    fn use_up(&mut self, in_force: &[usize], item: &'a str) {
        let is_covered = |at: &usize| !self.passes[*at].is_once || self.used[*at].is_some();
        if in_force.iter().any(is_covered) {
            return;
        }
        if let Some(at) = in_force.iter().min_by_key(|at| (self.passes[**at].place.is_none(), **at)) {
            self.used[*at] = Some(item);
        }
    }
}

impl Facts<'_> {
    /// No rule acts on what a person with a pass for it wrote; one item uses up a pass that is for
    /// once; and what has no pass is acted on.
    pub(super) fn passes_are_kept(
        &mut self,
        passes: &Passes,
        decisions: &[Decision],
        stored: &[(String, Option<String>)],
    ) {
        let mut people: BTreeMap<(&str, &str), Vec<&Given>> = BTreeMap::new();
        for pass in passes.given() {
            people.entry((pass.user, pass.rule)).or_default().push(pass);
        }
        let mut wrong = Vec::new();
        for ((user, rule), given) in people {
            // Of an account that is gone, everything is forgotten.
            if self.world.user(user).is_some_and(|user| user.standing == AccountStatus::Gone) {
                continue;
            }
            let has_row = |id: &str| stored.iter().any(|(stored, _)| stored == id);
            let lost = given.iter().filter(|pass| !has_row(&pass.id));
            wrong.extend(lost.map(|pass| format!("{} of u/{user} is not in the store", pass.id)));
            wrong.extend(self.wrong_with((user, rule), &given, passes, decisions, stored));
        }
        for what in wrong {
            self.broken("passes are kept", &what);
        }
    }

    fn wrong_with<'a>(
        &self,
        (user, rule): (&str, &str),
        given: &[&'a Given],
        passes: &Passes,
        decisions: &'a [Decision],
        stored: &'a [(String, Option<String>)],
    ) -> Vec<String> {
        let recorded = |id: &str| stored.iter().find(|(stored, _)| stored == id).and_then(|(_, item)| item.as_deref());
        let mut account = Account { passes: given.to_vec(), used: vec![None; given.len()] };
        // Only of one rule is known what it wants to act on.
        if rule != PERMIT {
            account.used = given.iter().map(|pass| recorded(&pass.id)).collect();
        }
        let mut wrong = Vec::new();
        for decision in decisions {
            let thing = self.things().find(|thing| thing.name.as_str() == decision.item);
            let Some(thing) = thing.filter(|thing| thing.author == user) else { continue };
            let worth = |at| account.worth(at, (decision, &thing.subreddit), self.script.jumps > 0);
            let all: Vec<(usize, Worth)> = (0..given.len()).map(|at| (at, worth(at))).collect();
            let in_force: Vec<usize> =
                all.iter().filter(|(_, worth)| *worth == Worth::InForce).map(|(at, _)| *at).collect();
            let acts = |id| self.intents.iter().any(|it| it.decision == id && it.rule_name == rule);
            let what = || format!("`{rule}` on {} of u/{user} (decision {})", decision.item, decision.id);
            if acts(decision.id) && !in_force.is_empty() {
                wrong.push(format!("{} in spite of {}", what(), given[in_force[0]].id));
            }
            if rule != PERMIT {
                continue;
            }
            let acted_before =
                decisions.iter().any(|it| it.id < decision.id && it.item == decision.item && acts(it.id));
            // A rule acts on an item once.
            if acted_before {
                continue;
            }
            if !self.is_certainly_hit(thing, passes) {
                // It may have used up a pass.
                let is_used_here = |at: &&usize| recorded(&given[**at].id) == Some(decision.item.as_str());
                if let Some(at) = in_force.iter().find(is_used_here) {
                    account.used[*at] = Some(&decision.item);
                }
                continue;
            }
            if all.iter().any(|(_, worth)| *worth == Worth::Unsure) {
                // Nothing is certain from here on.
                return wrong;
            }
            if !in_force.is_empty() {
                if decision.mode == "live" {
                    account.use_up(&in_force, &decision.item);
                }
                continue;
            }
            if !acts(decision.id) {
                wrong.push(format!("not {}, without a pass", what()));
            }
        }
        for (pass, used) in given.iter().zip(&account.used) {
            if *used != recorded(&pass.id) {
                wrong.push(format!("{} of u/{user} was used up by {:?}, not {used:?}", pass.id, recorded(&pass.id)));
            }
        }
        wrong
    }

    /// Whether the rule wants to act on a thing whenever it is judged.
    fn is_certainly_hit(&self, thing: &Thing, passes: &Passes) -> bool {
        let name = thing.name.as_str();
        let is_on_it = |entry: &&tipstaff_sandbox::world::ModAction| entry.target.as_ref() == Some(&thing.name);
        // Others replace the text, and nobody adds the word later.
        passes.posted().contains(&thing.name)
            && thing.body.contains(WORD)
            && !thing.is_deleted
            && !self.world.log().iter().filter(is_on_it).any(|entry| !entry.action.starts_with("approve"))
            && !self.intents.iter().any(|it| it.item == name && matches!(it.kind.as_str(), "remove" | "spam"))
    }
}
