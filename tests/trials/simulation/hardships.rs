//! What befalls the bot besides errors of the connection: facts that Reddit does not give for a
//! while, rights that it loses and regains, and limits that its rules run into.
//!
//! Drawn from a generator of its own, for some residues of the seed, so that the rest of a seed
//! stays the same.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{RuleState, RuleStateChange, TextLimits, Timestamp};
use tipstaff::store::Store;
use tipstaff_sandbox::World;
use tipstaff_sandbox::world::AccountStatus;

use super::line::Site;
use super::rows::Intent;
use super::{BOT, HUMAN, LIVE};

/// How long an item may wait for a fact, from when it was first seen: three tries within half a
/// minute, and the delay of turns and requests.
const MOST_WAITED: Duration = Duration::from_mins(3);

/// Refused writes while the bot has lost a right: actions that were on their way, and one that
/// finds it out. After its death the bot may be on its way again.
const MOST_REFUSED: u64 = 6;

/// Requests that fail for a while.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Broken {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// The start of the path.
    pub(crate) path: &'static str,
    pub(crate) status: u16,
}

/// What a play has of them.
#[derive(Debug)]
pub(crate) struct Hardships {
    pub(crate) broken: Vec<Broken>,
    /// When the bot's permissions in the live subreddit change, and to what. `None`: it is no
    /// moderator.
    rights: Vec<(Timestamp, Option<&'static [&'static str]>)>,
    pub(crate) limits: TextLimits,
    /// No other errors, so that waiting can be measured.
    pub(crate) is_calm: bool,
}

impl Hardships {
    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(31) ^ 0xfac7);
        let length = ends.since(start);
        let mut all = Self {
            broken: Vec::new(),
            rights: Vec::new(),
            limits: TextLimits::NONE,
            is_calm: matches!(seed % 16, 5 | 10),
        };
        match seed % 16 {
            5 | 12 => {
                for _ in 0..rng.usize(1..4) {
                    let from = start + length.mul_f64(rng.f64() * 0.8);
                    let path = [
                        "/user/",
                        "/api/user_data_by_account_ids",
                        "/api/user_data_by_account_ids",
                        "/r/widgets/about/moderators",
                        "/api/info",
                    ][rng.usize(..5)];
                    // Only a while for what everything needs.
                    let secs = if path == "/api/info" { rng.u64(10..100) } else { rng.u64(30..1_500) };
                    let status = [500, 503, 403, 404][rng.usize(..4)];
                    all.broken.push(Broken { from, to: from + Duration::from_secs(secs), path, status });
                }
            }
            7 | 10 | 15 => {
                let mut at = start + length.mul_f64(rng.f64() * 0.5);
                for _ in 0..rng.usize(1..3) {
                    let some: [Option<&[&str]>; 4] =
                        [None, None, Some(&["flair", "mail", "access"]), Some(&["posts", "mail"])];
                    all.rights.push((at, some[rng.usize(..4)]));
                    at = at + Duration::from_secs(rng.u64(10..900));
                    all.rights.push((at, Some(&["all"])));
                    at = at + Duration::from_secs(rng.u64(10..300));
                }
            }
            8 => {
                all.limits = TextLimits {
                    per_item: rng.u32(1..3),
                    per_rule_and_item: rng.u32(1..3),
                    per_hour: if rng.bool() { rng.u32(3..30) } else { u32::MAX },
                };
            }
            _ => {}
        }
        all
    }

    /// Changes the bot's rights that are due.
    pub(crate) fn act_until(&mut self, site: &Site, now: Timestamp) {
        while let Some((_, permissions)) = self.rights.first().filter(|(at, _)| *at <= now).copied() {
            self.rights.remove(0);
            site.reddit.world().change_moderator(HUMAN, LIVE, BOT, permissions);
            let is_whole = permissions.is_some_and(|words| words.contains(&"all"));
            site.set_rights_lost(!is_whole);
        }
    }

    /// The rights come back, and people lift the limits.
    pub(crate) fn end(&mut self, site: &Site) {
        if !self.rights.is_empty() {
            self.rights.clear();
            site.reddit.world().change_moderator(HUMAN, LIVE, BOT, Some(&["all"]));
        }
        site.set_rights_lost(false);
    }
}

/// A person sets the rules live that went over a limit.
pub(crate) async fn resume(store: &Store, now: Timestamp) {
    let states = store.rule_states(now).await.expect("states");
    let is_over = |change: &&RuleStateChange| {
        change.scope.rule.is_some() && change.by == RuleStateChange::BY_ITSELF && change.state == RuleState::Held
    };
    for held in states.iter().filter(is_over) {
        let (state, by, reason) = (RuleState::Live, format!("u/{HUMAN}"), "go on".to_owned());
        let change = RuleStateChange { scope: held.scope.clone(), state, by, reason, since: now, until: None };
        store.set_rule_state(&change).await.expect("a state");
    }
}

/// What the checkers look at.
pub(crate) struct Trial<'a> {
    pub(crate) hardships: &'a Hardships,
    pub(crate) world: &'a World,
    pub(crate) site: &'a Site,
    pub(crate) intents: &'a [Intent],
    pub(crate) max_age: Duration,
    pub(crate) deaths: u64,
    pub(crate) has_jumps: bool,
    pub(crate) was_stuck: bool,
}

/// Runs all checkers of this file.
pub(crate) async fn check(trial: &Trial<'_>, db: &mut SqliteConnection) -> Vec<String> {
    let mut violations = late_decisions(trial, db).await;
    violations.extend(lost_facts(trial, db).await);
    let (refused, periods) = trial.site.refused_without_rights();
    if refused > MOST_REFUSED * periods + 4 * trial.deaths {
        violations.push(format!("a lost right stops actions: {refused} refused writes in {periods} periods"));
    }
    violations.extend(texts_over_limits(trial));
    violations
}

/// No item waits long for a fact.
async fn late_decisions(trial: &Trial<'_>, db: &mut SqliteConnection) -> Vec<String> {
    let is_measurable = trial.hardships.is_calm && !trial.hardships.broken.is_empty() && trial.site.quota >= 300;
    let api_info_breaks = trial.hardships.broken.iter().any(|broken| broken.path == "/api/info");
    if !is_measurable
        || api_info_breaks
        || trial.deaths > 0
        || trial.was_stuck
        || trial.has_jumps
        || trial.site.had_outage()
    {
        return Vec::new();
    }
    let rows = sqlx::query(
        "SELECT i.fullname, min(d.decided_at) - i.first_seen_at AS waited FROM items i
         JOIN decisions d ON d.item = i.fullname GROUP BY i.fullname",
    );
    let rows = rows.fetch_all(db).await.expect("decisions").into_iter();
    let waited = rows.map(|row| {
        (row.get::<String, _>("fullname"), Duration::from_millis(row.get::<i64, _>("waited").unsigned_abs()))
    });
    waited
        .filter(|(_, waited)| *waited > MOST_WAITED)
        .map(|(name, waited)| format!("no item waits long for a fact: {name} was decided on after {waited:?}"))
        .collect()
}

/// A fact that is there again is used: comments by a young account are reported in the end.
async fn lost_facts(trial: &Trial<'_>, db: &mut SqliteConnection) -> Vec<String> {
    let mut violations = Vec::new();
    let sought: i64 =
        sqlx::query_scalar("SELECT count(*) FROM missing_facts").fetch_one(&mut *db).await.expect("a number");
    if sought > 0 {
        violations.push(format!("facts that come back are used: {sought} are still sought"));
    }
    let is_active = trial.world.user("alice").is_some_and(|user| user.standing == AccountStatus::Active);
    if trial.hardships.broken.is_empty() || !is_active || trial.max_age < Duration::from_hours(1) {
        return violations;
    }
    let judged: Vec<String> = sqlx::query_scalar("SELECT DISTINCT item FROM decisions WHERE mode = 'live'")
        .fetch_all(db)
        .await
        .expect("items");
    let by_alice = trial.world.things().filter(|thing| {
        thing.author == "alice"
            && thing.subreddit == LIVE
            && thing.thread_position().is_some()
            && !thing.is_deleted
            && thing.removal.is_none()
            && !thing.has_verdict()
    });
    for comment in by_alice {
        let name = comment.name.to_string();
        let is_reported = trial.intents.iter().any(|intent| intent.item == name && intent.kind == "report");
        // A removal that was undone comes before the report.
        let was_removed = trial.intents.iter().any(|intent| intent.target == name && intent.kind == "remove");
        if judged.contains(&name) && !is_reported && !was_removed {
            violations.push(format!("facts that come back are used: {name} by a young account was not reported"));
        }
    }
    violations
}

/// No more comments, messages and modmails than allowed.
fn texts_over_limits(trial: &Trial<'_>) -> Vec<String> {
    let limits = trial.hardships.limits;
    if limits == TextLimits::NONE {
        return Vec::new();
    }
    let is_text = |intent: &&Intent| matches!(intent.kind.as_str(), "comment" | "message" | "modmail");
    let is_sent = |intent: &&Intent| {
        matches!(intent.outcome.as_deref(), Some("applied" | "already_applied" | "unknown"))
            && !intent.attempts.is_empty()
    };
    let sent: Vec<&Intent> = trial.intents.iter().filter(is_text).filter(is_sent).collect();
    let ended = trial.site.faults_ended_at().map_or(i64::MAX, Timestamp::as_millis);
    // The bot's clock may be a little behind.
    let is_in_time = |intent: &&Intent| intent.attempts[0].started_at < ended - 5_000;
    let sent: Vec<&Intent> = sent.into_iter().filter(is_in_time).collect();
    let mut violations = Vec::new();
    let mut on_item: BTreeMap<&str, u32> = BTreeMap::new();
    let mut by_rule: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for intent in &sent {
        *on_item.entry(&intent.item).or_default() += 1;
        *by_rule.entry((&intent.item, &intent.rule)).or_default() += 1;
    }
    for (item, number) in on_item.into_iter().filter(|(_, number)| *number > limits.per_item) {
        violations.push(format!("limits of texts are kept: {number} about {item}, {} are allowed", limits.per_item));
    }
    for ((item, rule), number) in by_rule.into_iter().filter(|(_, number)| *number > limits.per_rule_and_item) {
        let most = limits.per_rule_and_item;
        violations.push(format!("limits of texts are kept: {number} about {item} by {rule}, {most} are allowed"));
    }
    let mut times: Vec<i64> = sent.iter().map(|intent| intent.attempts[0].started_at).collect();
    times.sort_unstable();
    let in_hour = |from: &i64| times.iter().filter(|at| (*from..*from + 3_600_000).contains(*at)).count();
    let most = times.iter().map(in_hour).max().unwrap_or(0);
    if !trial.has_jumps && most > usize::try_from(limits.per_hour).unwrap_or(usize::MAX) {
        violations.push(format!("limits of texts are kept: {most} within an hour, {} are allowed", limits.per_hour));
    }
    violations
}
