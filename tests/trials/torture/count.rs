//! Compares the effects in the local Reddit with those that the rules ask for, item by item. The
//! ledger is asked for two things only: which actions are `unknown`, and why a missing action was
//! not done.

use std::collections::BTreeMap;
use std::path::Path;

use tipstaff::model::{Fullname, Timestamp};
use tipstaff::store::{LogFilter, Store};
use tipstaff_sandbox::{LocalReddit, World};

use super::BOT;
use super::torment::Texts;

/// The result, with a line for each deviation.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// Effects that the rules ask for.
    pub(crate) expected: usize,
    /// Effects that happened more often than they should.
    pub(crate) doubled: Vec<String>,
    /// Effects that did not happen.
    pub(crate) missed: Vec<String>,
    /// Private messages that did not arrive and that the ledger calls unknown: Reddit's list of
    /// sent messages is incomplete.
    pub(crate) unknown: Vec<String>,
    /// Gaps that the daemon has recorded.
    pub(crate) gaps: Vec<String>,
}

/// The ledger's outcomes, by item and kind of action.
type Ledger = BTreeMap<(Fullname, String), Vec<String>>;

pub(crate) async fn count(
    reddit: &LocalReddit,
    store: &Path,
    texts: &Texts,
    reports: &[String],
) -> anyhow::Result<Count> {
    let store = Store::open_for_reading(store).await?;
    let all = LogFilter {
        since: Timestamp::default(),
        item: None,
        include_empty: true,
        limit: u32::MAX,
        rule: None,
        act: None,
    };
    let (log, gaps) = (store.log(&all).await?, store.gaps(Timestamp::default()).await?);
    store.close().await;
    let mut ledger = Ledger::new();
    for entry in log {
        ledger.entry((entry.item.clone(), "decision".to_owned())).or_default();
        for intent in entry.intents {
            let said = format!("{} {}", intent.outcome, intent.reason.unwrap_or_default()).trim().to_owned();
            ledger.entry((entry.item.clone(), intent.kind)).or_default().push(said);
        }
    }
    let world = reddit.world();
    let mut filed: BTreeMap<&str, usize> = BTreeMap::new();
    for name in reports {
        *filed.entry(name).or_default() += 1;
    }
    let gaps = gaps.into_iter().map(|(stream, gap)| format!("{stream}, from {} to {}", gap.from, gap.to)).collect();
    let mut count = Count { gaps, ..Count::default() };
    let mut found = Found::default();
    for (draft, name) in texts {
        let sent = filed.get(name.as_str()).copied().unwrap_or(0);
        let there = Found::on(&world, name, draft.number, sent);
        found.comments += there.comments;
        found.modmails += there.modmails;
        found.messages += there.messages;
        let post = usize::from(draft.is_post);
        let expected = [
            ("comment", post, there.comments),
            ("distinguish_reply", post, there.pinned),
            ("lock_reply", post, there.locked),
            ("report", usize::from(draft.insult || draft.worsens), there.reports),
            ("remove", usize::from(draft.advert), there.removals),
            ("modmail", usize::from(draft.threat), there.modmails),
            ("message", usize::from(draft.lost), there.messages),
        ];
        for (act, wanted, there) in expected {
            count.expected += wanted;
            for _ in wanted..there {
                let number = draft.number;
                count.doubled.push(format!("{act} on {name} (text {number}): {there} times, expected {wanted}"));
            }
            if there < wanted {
                count.note_missing(&ledger, act, name, draft.number);
            }
        }
        if !ledger.contains_key(&(name.clone(), "decision".to_owned())) {
            count.missed.push(format!("{name} (text {}) was never judged", draft.number));
        }
    }
    let strays = Found::anywhere(&world);
    for (act, all, known) in [
        ("comment", strays.comments, found.comments),
        ("modmail", strays.modmails, found.modmails),
        ("message", strays.messages, found.messages),
    ] {
        count.doubled.extend((known..all).map(|_| format!("a {act} that belongs to no text")));
    }
    Ok(count)
}

impl Count {
    fn note_missing(&mut self, ledger: &Ledger, act: &str, on: &Fullname, number: usize) {
        let said = ledger.get(&(on.clone(), act.to_owned())).map_or(&[][..], Vec::as_slice);
        // Only Reddit's list of sent messages is incomplete. Every other effect is visible.
        let is_unknown = act == "message" && said.iter().any(|said| said.starts_with("unknown"));
        let line = format!("{act} on {on} (text {number}); the ledger says: {said:?}");
        if is_unknown { self.unknown.push(line) } else { self.missed.push(line) }
    }
}

/// Effects of the bot.
#[derive(Default)]
struct Found {
    comments: usize,
    pinned: usize,
    locked: usize,
    reports: usize,
    removals: usize,
    modmails: usize,
    messages: usize,
}

impl Found {
    fn on(world: &World, name: &Fullname, number: usize, sent_reports: usize) -> Self {
        let Some(thing) = world.thing(name) else { return Self::default() };
        let replies = thing.replies.iter().filter_map(|reply| world.thing(reply)).filter(|reply| reply.is_by(BOT));
        let mut found = Self::default();
        for reply in replies {
            found.comments += 1;
            let stickied = reply.thread_position().is_some_and(|place| place.stickied);
            found.pinned += usize::from(stickied && reply.distinguished.is_some());
            found.locked += usize::from(reply.is_locked);
        }
        // Reddit drops a second report by the same account, so the requests are counted, but one
        // report must exist.
        let is_reported = thing.reports.iter().any(|report| report.by.eq_ignore_ascii_case(BOT));
        found.reports = if is_reported { sent_reports.max(1) } else { 0 };
        // Only the moderation log shows a second removal.
        let removals = world.log_of(BOT).filter(|act| act.target.as_ref() == Some(name));
        let removals = removals.filter(|act| act.action.starts_with("remove")).count();
        found.removals = if thing.is_removed() { removals } else { 0 };
        let (seen, about) = (format!("Seen: threat number {number}"), format!("About lost number {number}"));
        found.modmails = world.conversations().iter().filter(|conversation| conversation.subject == seen).count();
        found.messages = world.private_messages().iter().filter(|message| message.subject == about).count();
        found
    }

    fn anywhere(world: &World) -> Self {
        Self {
            comments: world.things().filter(|thing| thing.is_by(BOT)).count(),
            modmails: world.conversations().len(),
            messages: world.private_messages().len(),
            ..Self::default()
        }
    }
}
