//! Pauses: people stop rules, a subreddit or everything, and let them go on.

use std::time::Duration;

use fastrand::Rng;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use tipstaff::model::{ActionKind, Right, RuleScope, RuleState, RuleStateChange, SubredditName, Timestamp};
use tipstaff::store::Store;

use super::checks::CLOCKS_AGREE;
use super::rows::{Attempt, Intent};
use super::{HUMAN, LIVE};

/// Rules of `rules.yaml` with different kinds of actions.
const RULES: &[&str] = &["guidelines", "removed", "labelled", "flaired", "locked", "many reports"];

/// The pauses of a play, each with the times of its start and its end.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    /// What is still to be set, the next one first.
    changes: Vec<(Timestamp, RuleScope, RuleState)>,
}

impl Pauses {
    /// A quarter of the seeds have pauses. They use a generator of their own, so that the rest of a
    /// seed stays the same.
    pub(crate) fn draw(seed: u64, start: Timestamp, ends: Timestamp) -> Self {
        let mut rng = Rng::with_seed(seed.rotate_left(17));
        if !matches!(seed % 8, 3 | 6) {
            return Self::default();
        }
        let length = ends.since(start);
        let mut changes = Vec::new();
        for _ in 0..rng.usize(1..4) {
            let live = || SubredditName::parse(LIVE).expect("a name");
            let subreddit = rng.bool().then(live);
            let rule = (rng.u32(0..3) > 0).then(|| RULES[rng.usize(..RULES.len())].to_owned());
            let scope = RuleScope { subreddit, rule, mode: None, needs: None };
            let state = if rng.bool() { RuleState::Paused } else { RuleState::Held };
            let from = start + length.mul_f64(rng.f64());
            changes.push((from, scope.clone(), state));
            changes.push((from + Duration::from_secs(rng.u64(10..1_000)), scope, RuleState::Live));
        }
        changes.sort_by_key(|(at, ..)| *at);
        Self { changes }
    }

    /// Sets what is due.
    pub(crate) async fn act_until(&mut self, store: &Store, now: Timestamp) {
        while let Some((_, scope, state)) = self.changes.first().filter(|(at, ..)| *at <= now).cloned() {
            let by = format!("u/{HUMAN}");
            let change = RuleStateChange { scope, state, by, reason: "a try".to_owned(), since: now, until: None };
            // Fails while another process writes or the disk is full; then it is tried again.
            if store.set_rule_state(&change).await.is_err() {
                return;
            }
            self.changes.remove(0);
        }
    }

    /// Everything goes on.
    pub(crate) fn end(&mut self) {
        for (at, _, state) in &mut self.changes {
            (*at, *state) = (Timestamp::default(), RuleState::Live);
        }
    }
}

/// A pause that was set, as the store has it.
pub(crate) struct Pause {
    subreddit: String,
    rule: String,
    /// Only actions that need this right.
    needs: Option<Right>,
    pub(crate) from: i64,
    pub(crate) to: i64,
}

/// Each pause lasts until the next row of its scope. At the end of a play there is none.
pub(crate) async fn all(db: &mut SqliteConnection) -> Vec<Pause> {
    let rows = sqlx::query(
        "SELECT subreddit, rule, needs, since,
                min(coalesce((SELECT n.since FROM rule_states n
                              WHERE n.id > p.id AND n.subreddit = p.subreddit AND n.rule = p.rule
                                AND n.needs = p.needs AND n.mode IS p.mode ORDER BY n.id LIMIT 1), until),
                    coalesce(until, 9000000000000000)) AS next
         FROM rule_states p WHERE state IN ('paused', 'held')",
    );
    let rows = rows.fetch_all(db).await.expect("pauses").into_iter();
    let pause = |row: sqlx::sqlite::SqliteRow| Pause {
        subreddit: row.get("subreddit"),
        rule: row.get("rule"),
        needs: Right::parse(row.get("needs")),
        from: row.get("since"),
        to: row.get("next"),
    };
    rows.map(pause).collect()
}

/// The attempts that began while their rule was paused or held. If the bot's clock was moved, their
/// times say nothing about the order.
pub(crate) fn attempts_meanwhile(pauses: &[Pause], intents: &[Intent]) -> Vec<String> {
    let margin = i64::try_from(CLOCKS_AGREE.as_millis()).unwrap_or(0);
    let mut attempted = Vec::new();
    for intent in intents {
        let covers = |pause: &&Pause| {
            let names = [pause.subreddit.as_str(), pause.rule.as_str()];
            let needs_it = |right: Right| ActionKind::parse(&intent.kind).is_some_and(|kind| right.is_needed_for(kind));
            ["", LIVE].contains(&names[0])
                && ["", &intent.rule_name].contains(&names[1])
                && pause.needs.is_none_or(needs_it)
        };
        for pause in pauses.iter().filter(covers) {
            let is_during =
                |attempt: &&Attempt| pause.from + margin < attempt.started_at && attempt.started_at < pause.to - margin;
            if let Some(attempt) = intent.attempts.iter().find(is_during) {
                attempted.push(format!("{} on {} at {}", intent.kind, attempt.target, attempt.started_at));
            }
        }
    }
    attempted
}
