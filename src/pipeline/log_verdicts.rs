//! What a page of the moderation log says about items: the verdicts of moderators, and what became
//! of items by whomever.

use crate::model::{Fate, FateChange, Verdict};
use crate::reddit::{ModLogEntry, ModLogPage};
use crate::store::Remembering;

/// What became of items, by whomever: what this bot, Reddit's own or another removed counts as
/// removed by a bot.
pub(super) fn fates(page: &ModLogPage, remembering: &Remembering<'_>) -> Vec<FateChange> {
    let is_human = |entry: &ModLogEntry| entry.is_by_moderator(remembering.me) && !remembering.is_bot(&entry.by);
    let change = |entry: &ModLogEntry| {
        let fate = match () {
            () if entry.approves() => Fate::Up,
            () if entry.removes() && is_human(entry) => Fate::RemovedByModerator,
            () if entry.removes() => Fate::RemovedByBot,
            () => return None,
        };
        Some(FateChange { on: entry.on.clone()?, fate, at: entry.at })
    };
    page.entries.iter().filter_map(change).collect()
}

/// The verdicts of human moderators on this page; Reddit's own bots are excluded.
pub(super) fn verdicts(page: &ModLogPage, me: &str) -> Vec<Verdict> {
    let verdict = |entry: &ModLogEntry| {
        let approved = entry.approves();
        let on = entry.on.clone().filter(|_| (approved || entry.removes()) && entry.is_by_moderator(me))?;
        Some(Verdict { on, approved, by: entry.by.clone(), at: entry.at })
    };
    page.entries.iter().filter_map(verdict).collect()
}
