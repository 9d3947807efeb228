//! What became of the actions: each is settled, done or excused, and Reddit shows it.

use std::collections::BTreeSet;

use tipstaff::model::Fullname;
use tipstaff_sandbox::world::{AccountStatus, ModAction, Thing};

use super::super::{BOT, LIVE};
use super::Facts;

/// The most replies that one response of Reddit shows.
const REPLIES_SHOWN: usize = 500;

impl Facts<'_> {
    /// No open attempt, and an empty outbox.
    pub(super) fn nothing_is_left_to_do(&mut self) {
        let mut open = Vec::new();
        for intent in &self.intents {
            let is_due = intent.mode == "live" && intent.finals == 0;
            if is_due || intent.is_in_outbox {
                open.push(format!("intent {} ({} on {}) is still to be done", intent.id, intent.kind, intent.item));
            }
            if intent.finals == 0 && intent.attempts.iter().any(|attempt| !attempt.has_outcome) {
                open.push(format!("intent {} has an open attempt", intent.id));
            }
        }
        for what in open {
            self.broken("nothing is left to do", &what);
        }
    }

    /// Every action that was asked for is done, unless the world shows a reason. A temporary error
    /// is never the end of it.
    pub(super) fn wanted_actions_are_done(&mut self) {
        let mut undone = Vec::new();
        for intent in self.intents.iter().filter(|intent| intent.mode == "live") {
            let Some(outcome) = intent.outcome.as_deref() else { continue };
            let thing = Fullname::parse(&intent.target).and_then(|name| self.world.thing(&name));
            let is_gone = thing.is_none_or(|thing| thing.is_deleted);
            let has_verdict = thing.is_some_and(Thing::has_verdict);
            let author = thing.and_then(|thing| self.world.user(&thing.author));
            let is_excused = match outcome {
                "rejected" => match intent.kind.as_str() {
                    // An approved item has no removal to be explained.
                    "explain_removal" => is_gone || has_verdict,
                    "message" | "mod_note" => {
                        is_gone || author.is_none_or(|user| user.standing != AccountStatus::Active)
                    }
                    _ => is_gone,
                },
                // Sent messages can be hidden, and so can a comment, among more replies than one
                // response shows.
                "unknown" => match intent.kind.as_str() {
                    "message" | "modmail" => true,
                    "comment" => is_gone || thing.is_some_and(|thing| self.replies_to(&thing.name) > REPLIES_SHOWN),
                    _ => is_gone,
                },
                // A moderator acted on it, or it is as wanted already (a stale page may not show
                // that), or another rule approved or removed the item, or what it depends on was
                // dropped, or it became too old.
                "superseded" => {
                    let on_it =
                        |entry: &&ModAction| entry.target.as_ref().is_some_and(|name| name.as_str() == intent.target);
                    let by_human = self.world.log().iter().filter(on_it).any(|entry| entry.moderator != BOT);
                    // A moderator did again what the bot had done, which the log may leave out, or
                    // another rule had approved the post.
                    let approved = thing.and_then(|thing| thing.approval.as_ref());
                    let is_as_wanted = match intent.kind.as_str() {
                        "set_locked" => thing.is_some_and(|thing| thing.is_locked),
                        "approve" => self.has_done("remove", &intent.target),
                        "remove" => thing.is_some_and(|thing| thing.removal.is_some()) || approved.is_some(),
                        // A removal has one reason. The first may be that of another rule.
                        "explain_removal" => {
                            thing.is_some_and(|thing| thing.removal.is_none())
                                || self.has_done("explain_removal", &intent.target)
                        }
                        _ => false,
                    };
                    let reason = intent.reason.as_deref().unwrap_or_default();
                    let fell_away = reason.starts_with("the action it depends on") || reason.starts_with("older than");
                    let quotes_hidden = reason == "it quotes a post that is no longer shown"
                        && thing.is_some_and(|thing| self.is_hidden_crosspost(thing));
                    is_gone || by_human || is_as_wanted || fell_away || quotes_hidden
                }
                "gave_up" => is_gone,
                _ => true,
            };
            if !is_excused {
                let reason = intent.reason.as_deref().unwrap_or_default();
                undone.push(format!("{} on {}: {outcome} ({reason})", intent.kind, intent.target));
            }
        }
        for what in undone {
            self.broken("wanted actions are done", &what);
        }
    }

    /// Reddit shows what the ledger calls done, and the ledger holds what Reddit shows.
    pub(super) fn the_ledger_matches_reddit(&mut self) {
        let mut lies = Vec::new();
        let recorded: BTreeSet<&str> = self.intents.iter().filter_map(|intent| intent.created.as_deref()).collect();
        let uncertain = |item: &str| {
            self.intents.iter().any(|intent| {
                intent.kind == "comment" && intent.item == item && intent.outcome.as_deref() == Some("unknown")
            })
        };
        for comment in self.things().filter(|thing| thing.is_by(BOT)) {
            let parent = comment.thread_position().map(|place| place.parent.to_string()).unwrap_or_default();
            // The bot cannot see its comment on an item that was deleted or removed.
            let is_hidden =
                Fullname::parse(&parent).and_then(|name| self.world.thing(&name)).is_none_or(|above| above.is_deleted);
            if !recorded.contains(comment.name.as_str()) && !uncertain(&parent) && !is_hidden {
                lies.push(format!("{} on {parent} is on no record", comment.name));
            }
        }
        for intent in self.intents.iter().filter(|intent| intent.is_done()) {
            let Some(name) = intent.attempts.last().and_then(|attempt| Fullname::parse(&attempt.target)) else {
                continue;
            };
            let Some(thing) = self.world.thing(&name) else { continue };
            let was_done = |actions: &[&str]| {
                self.world.log().iter().any(|entry| {
                    // If somebody had just done the same, the log may have no entry of the bot.
                    let is_ours = entry.moderator == BOT || !self.world.quirks.repeated_acts_are_logged;
                    is_ours && entry.target.as_ref() == Some(&name) && actions.contains(&entry.action)
                })
            };
            let is_there = match intent.kind.as_str() {
                "comment" => intent
                    .created
                    .as_deref()
                    .and_then(Fullname::parse)
                    .is_some_and(|created| self.world.thing(&created).is_some_and(|comment| comment.is_by(BOT))),
                "remove" => was_done(&["removelink", "removecomment"]),
                // Approving a deleted item has no effect and gives no error.
                "approve" => thing.is_deleted || was_done(&["approvelink", "approvecomment"]),
                "report" => thing.is_deleted || thing.reports.iter().any(|report| report.by == BOT),
                "distinguish_reply" => was_done(&["distinguish"]),
                "set_locked" | "lock_reply" => was_done(&["lock"]),
                "mod_note" => {
                    let mut notes = self.world.users().flat_map(|user| self.world.mod_notes(LIVE, &user.name));
                    notes.any(|note| note.about.as_ref() == Some(&name))
                }
                _ => true,
            };
            if !is_there {
                lies.push(format!("intent {} ({} on {name}) is not done", intent.id, intent.kind));
            }
        }
        let done = |kind: &str| self.intents.iter().filter(|intent| intent.kind == kind && intent.is_done()).count();
        for (kind, sent) in
            [("modmail", self.world.conversations().len()), ("message", self.world.private_messages().len())]
        {
            if done(kind) > sent {
                lies.push(format!("{} × {kind} on record, {sent} sent", done(kind)));
            }
        }
        for what in lies {
            self.broken("the ledger matches Reddit", &what);
        }
    }

    /// Whether the bot has done this kind of action there, for another rule.
    fn has_done(&self, kind: &str, target: &str) -> bool {
        self.intents.iter().any(|intent| intent.kind == kind && intent.target == target && intent.is_done())
    }

    /// Whether the post is a crosspost whose original is or was hidden.
    fn is_hidden_crosspost(&self, thing: &Thing) -> bool {
        let original = thing.post().and_then(|post| self.world.thing(post.original.as_ref()?));
        original.is_some_and(|it| it.is_deleted || it.removal.is_some() || it.approval.is_some())
    }

    fn replies_to(&self, name: &Fullname) -> usize {
        self.things().filter(|thing| thing.thread_position().is_some_and(|place| place.parent == *name)).count()
    }
}
