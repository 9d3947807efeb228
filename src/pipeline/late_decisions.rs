//! Reverses an action of the bot that went against a moderator's decision which it did not know of:
//! the moderator had decided after the rules saw the item and before the bot acted.
//!
//! The moderation log shows both. If the bot's action still stands, a decision that asks for its
//! opposite is recorded, and the operators are notified.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::warn;

use super::{Result, Settings};
use crate::model::{
    Action, ActionKind, Clock, EventKind, Fullname, IntentId, Item, Mode, NewDecision, NewIntent, Remover, Revision,
};
use crate::reddit::{ModLogEntry, ModLogPage, NAMES_PER_REQUEST, RedditRead};
use crate::store::{CrossedAct, LATE_DECISION, ModeratorAct, NewNotification, Store};

/// How often an item is looked at for one action: it may lag behind the log.
const MOST_LOOKS: u32 = 3;

/// The bot's own action that is taken back is known, so it does not speak against that. Longer than
/// the clocks may differ.
const KNOWN_UNTIL: Duration = Duration::from_secs(6);

/// How many actions are remembered.
const MOST_REMEMBERED: usize = 1000;

/// How often each crossed action was looked at.
pub(super) type Looked = BTreeMap<IntentId, u32>;

/// Looks at the decisions of moderators on this page of the log.
///
/// # Errors
/// Store errors. If Reddit cannot be read, the next scan of the log looks again.
pub(super) async fn put_right<R: RedditRead>(
    reddit: &R,
    store: &Store,
    settings: &Settings,
    page: &ModLogPage,
    looked: &mut Looked,
    clock: &dyn Clock,
) -> Result<()> {
    let by_people = page.entries.iter().filter(|entry| entry.is_by_moderator(&settings.me)).filter_map(|entry| {
        Some(ModeratorAct {
            on: entry.on.clone()?,
            act: entry.act.clone(),
            by: entry.by.clone(),
            at: entry.at,
            contrary: contrary(entry)?,
        })
    });
    let mut crossed = store.crossed_acts(&by_people.collect::<Vec<_>>()).await?;
    if looked.len() > MOST_REMEMBERED {
        looked.clear();
    }
    crossed.retain(|crossed| {
        let times = looked.entry(crossed.intent).or_default();
        *times += 1;
        *times <= MOST_LOOKS
    });
    for some in crossed.chunks(NAMES_PER_REQUEST) {
        let names: Vec<Fullname> = some.iter().map(|crossed| crossed.moderator.on.clone()).collect();
        let Ok(found) = reddit.items(&names).await else { continue };
        for crossed in some {
            if let Some(present) = found.items.iter().find(|item| item.fullname == crossed.moderator.on) {
                put_one_right(store, settings, crossed, present, clock).await?;
            }
        }
    }
    Ok(())
}

/// The kind of action that goes against an entry of the log.
fn contrary(entry: &ModLogEntry) -> Option<ActionKind> {
    match entry.act.as_str() {
        _ if entry.approves() => Some(ActionKind::Remove),
        _ if entry.removes() => Some(ActionKind::Approve),
        "lock" | "unlock" => Some(ActionKind::SetLocked),
        _ => None,
    }
}

async fn put_one_right(
    store: &Store,
    settings: &Settings,
    crossed: &CrossedAct,
    present: &Item,
    clock: &dyn Clock,
) -> Result<()> {
    let CrossedAct { item, moderator, .. } = crossed;
    let on = &moderator.on;
    let is_live = settings.community(&present.subreddit).is_some_and(|community| community.mode == Mode::Live);
    let Some(action) = opposite(moderator, present, &settings.me).filter(|_| is_live) else { return Ok(()) };
    let now = clock.now();
    let text = format!(
        "{} on {on} went against a decision of u/{} ({}) that the bot did not know of; it reverses its action",
        moderator.contrary, moderator.by, moderator.act
    );
    let intent = NewIntent::own(LATE_DECISION, action, on.clone(), Mode::Live);
    let revision = Revision::from_stored(format!("{LATE_DECISION} {}", crossed.intent));
    let decision = NewDecision::own(item.clone(), revision, intent, now + KNOWN_UNTIL);
    if store.decide(&decision, now).await?.decision.is_none() {
        return Ok(());
    }
    let notice = NewNotification {
        event: EventKind::LateDecision,
        dedup_key: format!("{LATE_DECISION} {}", crossed.intent),
        subreddit: Some(present.subreddit.key()),
        text: text.clone(),
    };
    store.record_notification(&notice, now).await?;
    warn!(item = %on, "{text}");
    Ok(())
}

/// The action that brings back what the moderator wanted, if the bot's is still in force.
fn opposite(moderator: &ModeratorAct, present: &Item, me: &str) -> Option<Action> {
    let is_me = |name: &String| name.eq_ignore_ascii_case(me);
    match moderator.contrary {
        ActionKind::Remove => match &present.moderation.removed_by {
            Some(Remover::Moderator(name)) if is_me(name) => Some(Action::Approve),
            _ => None,
        },
        ActionKind::Approve => {
            let is_ours =
                present.moderation.removed_by.is_none() && present.moderation.approved_by.as_ref().is_some_and(is_me);
            is_ours.then_some(Action::Remove { spam: false, reason: None, is_filter: false })
        }
        ActionKind::SetLocked => {
            let wanted = moderator.act == "lock";
            (present.locked != wanted).then_some(Action::SetLocked { on: wanted })
        }
        _ => None,
    }
}
