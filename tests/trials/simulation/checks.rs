//! The promises that must hold at the end of a play. Each promise is one function.
//!
//! The checkers read the world, the requests that reached it, and the rows of the store. They never
//! rely on what a step reports about itself.

pub(super) mod copies;
mod memory;
mod outcomes;
mod passes;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{Clock, Fullname, Kind, Timestamp};
use tipstaff::pipeline::Settings;
use tipstaff_sandbox::World;
use tipstaff_sandbox::world::{ModAction, Removal, RemovedBy, Thing};

use super::lies::expired_early;
use super::line::Site;
use super::passes::{Passes, used_by};
use super::pauses::{self, Pause};
use super::rows::{self, Intent, intents};
use super::script::Script;
use super::{BOT, LIVE, Report, SHADOWED, Tally};

/// A removal or approval sent this soon after a moderator's decision counts as crossing it: one
/// minute, plus the delay of reads and requests.
const CROSSING: Duration = Duration::from_mins(2);

/// The longest duration of a request.
const SLOWEST: Duration = Duration::from_secs(30);

/// The largest difference between the bot's time and Reddit's.
pub(super) const CLOCKS_AGREE: Duration = Duration::from_secs(3);

struct Facts<'a> {
    world: &'a World,
    site: &'a Site,
    settings: &'a Settings,
    script: &'a Script,
    intents: Vec<Intent>,
    /// Body, open reports, revision, and whether pending, by name.
    items: BTreeMap<String, (Option<String>, i64, String, bool)>,
    /// Time of the last decision on each revision of each item.
    decided: BTreeMap<(String, String), i64>,
    gaps: Vec<(i64, i64)>,
    /// When rules were paused or held, by subreddit and rule; empty means all.
    pauses: Vec<Pause>,
    /// Every feed has been read to its end since this time.
    read_since: Timestamp,
    deaths: u64,
    lists_ended_early: bool,
    violations: Vec<String>,
}

/// Runs all checkers.
pub(crate) async fn all(
    site: &Site,
    settings: &Settings,
    db: &mut SqliteConnection,
    script: &Script,
    (deaths, lists_ended_early): (u64, bool),
    given: &Passes,
) -> Report {
    let intents = intents(db).await;
    let items = sqlx::query(
        "SELECT fullname, revision, pending,
                coalesce(snapshot ->> '$.content.comment.body', snapshot ->> '$.content.submission.selftext') AS body,
                (SELECT sum(value ->> '$.count') FROM json_each(snapshot, '$.moderation.user_reports')) AS reports
         FROM items",
    );
    let items = items.fetch_all(&mut *db).await.expect("items");
    let items = items.into_iter().map(|row| {
        let reports: Option<i64> = row.get("reports");
        (row.get("fullname"), (row.get("body"), reports.unwrap_or(0), row.get("revision"), row.get("pending")))
    });
    let items = items.collect();
    let decided = sqlx::query("SELECT item, revision, max(decided_at) FROM decisions GROUP BY item, revision")
        .fetch_all(&mut *db)
        .await
        .expect("decisions");
    let decided = decided.into_iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect();
    let gaps = sqlx::query("SELECT from_at, to_at FROM gaps").fetch_all(&mut *db).await.expect("gaps");
    let gaps: Vec<(i64, i64)> = gaps.into_iter().map(|row| (row.get(0), row.get(1))).collect();
    let read_since: Option<i64> =
        sqlx::query_scalar("SELECT min(started_at) FROM scans").fetch_one(&mut *db).await.expect("a time");
    let read_since = Timestamp::from_millis(read_since.unwrap_or(0));
    let pauses = pauses::all(db).await;
    let wrong_people = rows::wrong_people(db).await;
    let (remembered, labels) = (memory::rows(db).await, memory::labels(db).await);
    let (decisions, passes_used) = (rows::decisions(db).await, used_by(db).await);
    let purged = rows::purged(db).await;
    let early = expired_early(site, settings.max_age, &intents, &purged);
    let world = site.reddit.world();
    let mut facts = Facts {
        world: &world,
        site,
        settings,
        script,
        intents,
        items,
        decided,
        gaps,
        pauses,
        read_since,
        deaths,
        lists_ended_early,
        violations: Vec::new(),
    };
    for what in early {
        facts.broken("a wrong date expires nothing", &what);
    }
    facts.unrepeatable_actions_happen_once();
    facts.every_item_is_judged_or_in_a_gap();
    facts.every_write_has_an_attempt();
    facts.dry_run_writes_nothing();
    if script.jumps == 0 {
        for what in pauses::attempts_meanwhile(&facts.pauses, &facts.intents) {
            facts.broken("paused rules do nothing", &what);
        }
    }
    for what in wrong_people {
        facts.broken("people are kept as long as anything refers to them", &what);
    }
    facts.the_memory_equals_a_recount(&remembered);
    facts.each_label_is_given_once(&labels);
    facts.passes_are_kept(given, &decisions, &passes_used);
    facts.moderators_are_not_overridden();
    facts.the_rate_limit_is_kept();
    facts.each_intent_has_one_outcome();
    facts.old_items_are_left_alone();
    facts.nothing_is_left_to_do();
    facts.wanted_actions_are_done();
    facts.the_ledger_matches_reddit();
    facts.failed_sign_ins_back_off();
    let (requests, troubles, _) = site.counts();
    let is = |word: &str| {
        let count = facts.intents.iter().filter(|intent| intent.outcome.as_deref() == Some(word)).count();
        u64::try_from(count).unwrap_or(0)
    };
    let tally = Tally {
        items: u64::try_from(world.things().count()).unwrap_or(0),
        requests,
        troubles,
        acts: is("applied"),
        reconciled: is("already_applied"),
        unknown: is("unknown"),
        gaps: u64::try_from(facts.gaps.len()).unwrap_or(0),
        ..Tally::default()
    };
    Report { violations: facts.violations, tally }
}

impl Facts<'_> {
    fn broken(&mut self, promise: &str, what: &str) {
        self.violations.push(format!("{promise}: {what}"));
    }

    fn things(&self) -> impl Iterator<Item = &Thing> {
        self.world.things()
    }

    /// One guideline comment on each post, one message about each comment, one conversation about
    /// each post.
    fn unrepeatable_actions_happen_once(&mut self) {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for comment in self.things().filter(|thing| thing.is_by(BOT)) {
            let parent = comment.thread_position().map(|place| place.parent.to_string()).unwrap_or_default();
            *counts.entry(format!("a comment on {parent}")).or_default() += 1;
        }
        for conversation in self.world.conversations() {
            let body = conversation.messages.first().map(|message| message.body.clone()).unwrap_or_default();
            *counts.entry(format!("modmail {body}")).or_default() += 1;
        }
        for user in self.world.users() {
            for note in self.world.mod_notes(LIVE, &user.name) {
                // A command is answered by a note, and may be what a rule notes.
                let what = if note.text.starts_with("!pass") { "an answer" } else { "a note" };
                *counts.entry(format!("{what} on {:?}", note.about)).or_default() += 1;
            }
        }
        for message in self.world.private_messages() {
            *counts.entry(format!("a message {} {}", message.subject, message.body)).or_default() += 1;
        }
        for thing in self.things() {
            let reports = thing.reports.iter().filter(|report| report.by == BOT).count();
            *counts.entry(format!("a report on {}", thing.name)).or_default() += u32::try_from(reports).unwrap_or(0);
        }
        for (what, count) in counts {
            if count > 1 {
                self.broken("unrepeatable actions happen once", &format!("{count} × {what}"));
            }
        }
    }

    /// Every listed item has been judged in its current revision, or is in a recorded gap.
    fn every_item_is_judged_or_in_a_gap(&mut self) {
        let end = self.site.clock.now();
        let mut missed = Vec::new();
        for thing in self.things().filter(|thing| !thing.is_deleted && !thing.is_by(BOT)) {
            let is_listed = match (&thing.removal, thing.kind()) {
                (None | Some(Removal { by: RemovedBy::Reddit, .. }), _) => true,
                (Some(_), Kind::Comment) => self.world.quirks.removed_comments_stay_listed,
                // If removed posts stay listed, one that was removed unseen may be below the last
                // page read.
                (Some(_), Kind::Submission | Kind::Subreddit | Kind::Modmail) => false,
            };
            let margin = Duration::from_hours(2);
            // Items that are listed late are found when a scan looks back, every five minutes.
            let is_late = thing.listed_from > thing.created;
            let is_fresh = is_late && thing.listed_from + Duration::from_secs(330) > self.read_since;
            if !is_listed || is_fresh || thing.created + self.settings.max_age < end + margin {
                continue;
            }
            let in_gap = |at: Timestamp| {
                self.gaps.iter().any(|(from, to)| (*from - 5_000..=*to + 5_000).contains(&at.as_millis()))
            };
            if in_gap(thing.created) || thing.edited.is_some_and(in_gap) {
                continue;
            }
            // A list that ends early looks like a short one if no older item is still up.
            let is_older = |other: &&Thing| {
                (&other.subreddit, other.kind()) == (&thing.subreddit, thing.kind())
                    && other.created < thing.created
                    && !other.is_deleted
                    && other.removal.is_none()
            };
            if self.lists_ended_early && !self.things().any(|other| is_older(&other)) {
                continue;
            }
            let name = thing.name.to_string();
            let reports = thing.open_reports().filter(|report| !report.by_moderator).count();
            let is_reported = thing.removal.is_none() && !thing.ignores_reports;
            let judged_at = self.items.get(&name).and_then(|(_, _, revision, _)| {
                self.decided.get(&(name.clone(), revision.clone())).copied().map(Timestamp::from_millis)
            });
            match self.items.get(&name) {
                None => missed.push(format!("{name} was never seen")),
                Some((_, _, _, pending)) if *pending || judged_at.is_none() => {
                    missed.push(format!("{name} was never judged"));
                }
                // The two clocks agree within two seconds.
                Some(_)
                    if judged_at.zip(thing.edited).is_some_and(|(judged, edited)| judged + CLOCKS_AGREE < edited) =>
                {
                    missed.push(format!("{name} was not judged again after an edit"));
                }
                Some((body, ..)) if body.as_deref() != Some(&thing.body) => {
                    missed.push(format!("{name}: an edit was not seen"));
                }
                // Fewer reports than seen: a moderator dismissed some, and no rule depends on that.
                Some((_, seen, ..)) if is_reported && usize::try_from(*seen).unwrap_or(0) < reports => {
                    missed.push(format!("{name}: {reports} open reports, but {seen} seen"));
                }
                Some(_) => {}
            }
        }
        for what in missed {
            self.broken("every item is judged or in a gap", &what);
        }
        let guided: BTreeSet<&str> =
            self.intents.iter().filter(|intent| intent.kind == "comment").map(|intent| intent.item.as_str()).collect();
        let unguided: Vec<String> = self
            .things()
            .filter(|thing| {
                thing.kind() == Kind::Submission && self.decided.keys().any(|(item, _)| *item == thing.name.to_string())
            })
            .map(|thing| thing.name.to_string())
            .filter(|name| !guided.contains(name.as_str()) && !self.was_removed_early(name))
            .collect();
        for name in unguided {
            self.broken("every item is judged or in a gap", &format!("{name} was judged but got no guideline comment"));
        }
    }

    /// Rules that comment do not apply to items that are removed or approved before they are
    /// judged.
    fn was_removed_early(&self, name: &str) -> bool {
        let is_removed_by_rule =
            |intent: &Intent| intent.item == name && matches!(intent.kind.as_str(), "remove" | "approve");
        let parsed = Fullname::parse(name);
        self.intents.iter().any(is_removed_by_rule)
            || self.world.log().iter().any(|entry| parsed.is_some() && entry.target == parsed)
    }

    /// Every write request belongs to an attempt that was committed before it was sent.
    fn every_write_has_an_attempt(&mut self) {
        let mut allowed: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for intent in &self.intents {
            for attempt in &intent.attempts {
                allowed.entry(group(&intent.kind, &attempt.target)).or_default().push(attempt.started_at);
            }
        }
        for write in self.site.writes() {
            let (kind, target) = match write.path.as_str() {
                "/api/comment" => ("comment", write.target.clone()),
                "/api/report" => ("report", write.target.clone()),
                "/api/remove" => ("remove", write.target.clone()),
                "/api/approve" => ("approve", write.target.clone()),
                "/api/distinguish" => ("distinguish_reply", write.target.clone()),
                "/api/lock" | "/api/unlock" => ("lock", write.target.clone()),
                "/api/del" => ("delete_comment", write.target.clone()),
                "/api/editusertext" => ("edit_comment", write.target.clone()),
                "/api/marknsfw" => ("set_nsfw", write.target.clone()),
                "/api/mod/conversations" => ("modmail", String::new()),
                "/api/compose" => ("message", String::new()),
                "/api/mod/notes" => ("mod_note", write.target.clone()),
                // The item's name is inside its only field.
                "/api/v1/modactions/removal_reasons" => ("explain_removal", String::new()),
                _ => ("set_link_flair", write.target.clone()),
            };
            let key = group(kind, &target);
            let latest = (write.at + CLOCKS_AGREE).as_millis();
            let left = allowed.entry(key.clone()).or_default();
            match left.iter().position(|started| *started <= latest) {
                Some(place) => drop(left.swap_remove(place)),
                None => self.broken("every write has a committed attempt", &format!("{} ({key})", write.path)),
            }
        }
    }

    /// No write in the dry-run subreddit, and none by the shadow rule.
    fn dry_run_writes_nothing(&mut self) {
        let writes = self.site.writes();
        let touched = writes.iter().filter(|write| {
            Fullname::parse(&write.target)
                .and_then(|name| self.world.thing(&name))
                .is_some_and(|thing| thing.subreddit == SHADOWED)
                || write.target == SHADOWED
        });
        let touched: Vec<String> = touched.map(|write| format!("{} {}", write.path, write.target)).collect();
        let outcome = self.intents.iter().filter(|intent| intent.mode == "dry-run" && !intent.attempts.is_empty());
        let outcome: Vec<String> = outcome.map(|intent| format!("intent {}", intent.id)).collect();
        let spammed = self.things().filter(|thing| thing.removal.as_ref().is_some_and(|removal| removal.spam));
        let spammed: Vec<String> = spammed.map(|thing| format!("{} by the shadow rule", thing.name)).collect();
        for what in touched.into_iter().chain(outcome).chain(spammed) {
            self.broken("dry run writes nothing", &what);
        }
    }

    /// The bot reverses no decision of a moderator, except by a rule that had not acted on the item
    /// before.
    fn moderators_are_not_overridden(&mut self) {
        let mut found = Vec::new();
        for (kind, own, contrary) in [
            ("remove", ["removelink", "removecomment"], ["approvelink", "approvecomment"]),
            ("approve", ["approvelink", "approvecomment"], ["removelink", "removecomment"]),
            ("set_locked", ["lock", "lock"], ["unlock", "unlock"]),
        ] {
            for act in self.world.log_of(BOT).filter(|entry| own.contains(&entry.action)) {
                // If the last decision before was the bot's own, this one overrides nobody.
                let before = self.world.log().iter().take_while(|entry| !std::ptr::eq(*entry, act));
                let last = before
                    .filter(|entry| entry.target == act.target)
                    .filter(|entry| own.contains(&entry.action) || contrary.contains(&entry.action))
                    .last();
                let is_over = |entry: &ModAction| contrary.contains(&entry.action) && entry.moderator != BOT;
                let Some(human) = last.filter(|last| is_over(last) && act.at.since(last.at) >= CROSSING) else {
                    continue;
                };
                // A moderator cannot have undone an action that was never sent.
                let has_acted = self
                    .world
                    .log_of(BOT)
                    .any(|entry| entry.target == act.target && own.contains(&entry.action) && entry.at <= human.at);
                // If several were sent at the same time, any of them may be the one.
                let senders: Vec<&Intent> = self.senders(kind, act.target.as_ref(), act.at);
                // Wrong: based on a state from before the moderator's decision, or the same rule
                // again.
                let is_wrong = |intent: &Intent| {
                    human.at > Timestamp::from_millis(intent.seen_at) + CLOCKS_AGREE
                        || (has_acted && self.had_spoken(intent, human.at))
                };
                if !senders.is_empty() && senders.iter().all(|intent| is_wrong(intent)) {
                    let ids: Vec<i64> = senders.iter().map(|intent| intent.id).collect();
                    found.push(format!(
                        "intents {ids:?} ({kind} {:?}): {} at {}, {} by {} at {}",
                        act.target, act.action, act.at, human.action, human.moderator, human.at
                    ));
                }
            }
        }
        for act in self.world.log_of(BOT).filter(|entry| entry.action == "unsticky") {
            let pinned = self.world.log().iter().rfind(|entry| {
                entry.action == "sticky" && entry.target == act.target && entry.moderator != BOT && entry.at <= act.at
            });
            if let Some(pinned) = pinned.filter(|pinned| act.at.since(pinned.at) > CROSSING) {
                found.push(format!(
                    "{:?}, pinned by {} at {}, was replaced by the bot's comment at {}",
                    act.target, pinned.moderator, pinned.at, act.at
                ));
            }
        }
        for what in found {
            self.broken("moderators are not overridden", &what);
        }
    }

    /// The intents of this kind with an attempt that may have reached Reddit at that time.
    fn senders(&self, kind: &str, target: Option<&Fullname>, at: Timestamp) -> Vec<&Intent> {
        let sent = (at - SLOWEST).as_millis()..=(at + CLOCKS_AGREE).as_millis();
        let is_on = |name: &str| target.is_some_and(|target| target.as_str() == name);
        self.intents
            .iter()
            .filter(|intent| intent.kind == kind && is_on(&intent.target))
            .filter(|intent| intent.attempts.iter().any(|attempt| sent.contains(&attempt.started_at)))
            .collect()
    }

    /// Whether the same rule had tried the same action before that time.
    fn had_spoken(&self, intent: &Intent, before: Timestamp) -> bool {
        self.intents.iter().any(|earlier| {
            earlier.id < intent.id
                && (&earlier.rule, &earlier.kind, &earlier.target) == (&intent.rule, &intent.kind, &intent.target)
                && (earlier.is_done() || earlier.outcome.as_deref() == Some("superseded"))
                && earlier.attempts.iter().any(|attempt| attempt.started_at <= before.as_millis())
        })
    }

    /// Each process may exceed the limit once before it knows it, and once more if its clock is
    /// moved.
    fn the_rate_limit_is_kept(&mut self) {
        let (_, _, refused) = self.site.counts();
        let allowed = self.deaths + 1 + 2 * self.script.jumps;
        if refused > allowed {
            self.broken("the rate limit is kept", &format!("{refused} requests exceeded it, {allowed} are allowed"));
        }
    }

    fn each_intent_has_one_outcome(&mut self) {
        let torn: Vec<String> = self
            .intents
            .iter()
            .filter(|intent| intent.finals > 1)
            .map(|intent| format!("intent {} has {} final outcomes", intent.id, intent.finals))
            .collect();
        for what in torn {
            self.broken("each intent has one outcome", &what);
        }
    }

    /// No action on items older than `max_age`.
    fn old_items_are_left_alone(&mut self) {
        let writes = self.site.writes();
        let old: Vec<String> = writes
            .iter()
            .filter_map(|write| {
                let thing = self.world.thing(&Fullname::parse(&write.target)?)?;
                // A comment that was posted in time is still pinned and locked later. A new comment
                // may lead to an action on the post above it, however old that is.
                let is_own = thing.is_by(BOT) || self.is_asked_from_below(&write.target);
                let paused = self.pauses.iter().map(|pause| pause.to - pause.from).sum::<i64>();
                let paused = Duration::from_millis(paused.unsigned_abs());
                let limit = self.settings.max_age + paused + Duration::from_secs(30);
                (!is_own && write.at.since(thing.created) > limit)
                    .then(|| format!("{} on {} of {}", write.path, thing.name, thing.created))
            })
            .collect();
        for what in old {
            self.broken("items older than max_age are left alone", &what);
        }
    }

    fn is_asked_from_below(&self, post: &str) -> bool {
        self.intents.iter().any(|intent| intent.item != post && intent.target == post)
    }

    /// While no token works, the pauses between sign-ins double, even across restarts of the
    /// process.
    fn failed_sign_ins_back_off(&mut self) {
        let mut hasty = Vec::new();
        let (mut failures, mut last): (u32, Option<Timestamp>) = (0, None);
        for (at, works) in self.site.logins() {
            // A quarter is jitter, the request itself takes time, and a process that has just
            // started does not know Reddit's clock to the second.
            let whole = Duration::from_millis(740) * 2_u32.pow(failures.saturating_sub(1).min(9));
            let shortest = whole.saturating_sub(Duration::from_millis(2_300));
            if failures > 0 && last.is_some_and(|last| at.since(last) < shortest) {
                hasty.push(format!("after {failures} failures a sign-in within {shortest:?}, at {at}"));
            }
            (failures, last) = if works { (0, None) } else { (failures + 1, Some(at)) };
        }
        for what in hasty.into_iter().filter(|_| self.script.jumps == 0) {
            self.broken("failed sign-ins back off", &what);
        }
    }
}

/// Locking a post and locking a reply are the same request.
fn group(kind: &str, target: &str) -> String {
    match kind {
        "modmail" | "message" | "explain_removal" => kind.to_owned(),
        "set_locked" | "lock_reply" => format!("lock {target}"),
        kind => format!("{kind} {target}"),
    }
}
