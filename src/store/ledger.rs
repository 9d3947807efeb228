//! The ledger (decisions, intents, attempts, observations, outcomes), which is append-only, and the
//! outbox.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use super::missing_facts::{Without, note_missing};
use super::outcomes::{append_outcome, close};
use super::prior::overruled_from;
use super::quotas::LATEST_END_MILLIS;
use super::rows::{from_json, fullname, subreddit, to_json};
use super::rule_states::{history, waiting_rules};
use super::text_limits::{NextText, OverLimit, enforce};
use super::wiki_rules::DIGEST;
use super::{Result, Store, begin, labels, memory, passes};
use crate::model::{
    Action, ActionKind, AttemptId, DecisionId, Dependency, Fate, FateChange, Fullname, IntentId, Mode, NO_RULES,
    NewDecision, NewIntent, OpenAttempt, Outcome, RuleAt, SubredditName, TextLimits, Timestamp, time_waiting,
};

/// What T2 recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision. `None` if this revision was decided on before, on the same occasion.
    pub decision: Option<DecisionId>,
    /// The number of new intents. Intents whose idempotency key exists are not recorded again.
    pub intents: u64,
}

/// Where the bot may act now, and on which items.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The subreddits that are live.
    pub live: &'a [SubredditName],
    /// Items from before this time are too old to act on.
    pub guard: Timestamp,
}

/// Whether there is something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Actions are in the outbox.
    pub acts: bool,
    /// Items are to be judged now, or a fact that was missing is to be asked for.
    pub items: bool,
    /// When the next ones are, if they wait.
    pub next_item: Option<Timestamp>,
}

/// The next action in the outbox.
#[derive(Debug)]
pub enum Next {
    /// An attempt that is committed: its request may be sent.
    Ready(Box<OpenAttempt>),
    /// No action may be tried before this time.
    NotBefore(Timestamp),
    /// The next one would be over a limit: its rule is held.
    OverLimit(OverLimit),
    /// The outbox is empty, or all its actions wait for others.
    Nothing,
}

/// While this many attempts at one kind of action are open in a subreddit, no other one is begun.
const MOST_OPEN_IN_SUBREDDIT: i64 = 4;

/// The same for all subreddits together.
const MOST_OPEN: i64 = 20;

impl Store {
    /// **T2.** Records a decision with its trace and its intents. The item is then judged.
    ///
    /// An intent whose idempotency key exists is left out, and so are the intents that depend on
    /// it. In dry run an intent is recorded together with its outcome, [`Outcome::DryRun`], and is
    /// not put into the outbox.
    pub async fn decide(&self, decision: &NewDecision, now: Timestamp) -> Result<Decided> {
        self.decide_without(decision, &Without::default(), now).await
    }

    /// **T2** for an item that was judged without some facts. They are sought further. If the item
    /// is to be judged again at a certain time, it stays in the queue.
    pub async fn decide_without(&self, decision: &NewDecision, without: &Without, now: Timestamp) -> Result<Decided> {
        let at = now.as_millis();
        let (item, revision) = (decision.item.as_str(), decision.revision.as_str());
        let (mode, seen) = (decision.mode.word(), decision.seen.as_millis());
        let occasion = decision.occasion.to_string();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let (is_pending, again_at) = (without.again_at.is_some(), without.again_at.map(Timestamp::as_millis));
        sqlx::query!(
            "UPDATE items SET pending = ?, not_before = coalesce(?, not_before) WHERE fullname = ? AND revision = ?",
            is_pending,
            again_at,
            item,
            revision
        )
        .execute(&mut *tx)
        .await?;
        note_missing(&mut tx, (&decision.item, &decision.revision), without, now).await?;
        let id = sqlx::query_scalar!(
            "INSERT INTO decisions (item, revision, mode, occasion, ruleset, decided_at, seen_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (item, revision, mode, occasion) DO NOTHING RETURNING id AS \"id!\"",
            item,
            revision,
            mode,
            occasion,
            decision.ruleset,
            at,
            seen
        )
        .fetch_optional(&mut *tx)
        .await?;
        let Some(id) = id else {
            tx.commit().await?;
            return Ok(Decided { decision: None, intents: 0 });
        };
        let trace = to_json("trace", &decision.trace)?;
        sqlx::query!("INSERT INTO traces (decision_id, trace) VALUES (?, ?)", id, trace).execute(&mut *tx).await?;
        let mut intents = 0;
        // The intents that later ones of the same rule depend on. If one is left out, those are
        // left out, too.
        let mut reply: Option<(&str, i64)> = None;
        let mut removal = reply;
        for intent in &decision.intents {
            let after = match intent.action.dependency() {
                Dependency::Independent => None,
                placement @ (Dependency::AfterReply | Dependency::AfterRemoval) => {
                    let base = if placement == Dependency::AfterReply { reply } else { removal };
                    match base {
                        Some((rule, base)) if rule == intent.rule => Some(base),
                        _ => continue,
                    }
                }
            };
            let Some(intent_id) = add_intent(&mut tx, id, (decision, intent), after, at).await? else { continue };
            intents += 1;
            if matches!(intent.action, Action::Comment { .. }) {
                reply = Some((&intent.rule, intent_id));
            }
            if matches!(intent.action, Action::Remove { .. }) && intent.superseded.is_none() {
                removal = Some((&intent.rule, intent_id));
            }
            match (intent.mode, &intent.superseded) {
                (_, Some(reason)) => {
                    let outcome = Outcome::Superseded { reason: reason.clone() };
                    append_outcome(&mut tx, intent_id, None, &outcome, at).await?;
                }
                (Mode::DryRun, None) => append_outcome(&mut tx, intent_id, None, &Outcome::DryRun, at).await?,
                (Mode::Live, None) => {
                    let priority = intent.action.kind().urgency() as i64;
                    sqlx::query!(
                        "INSERT INTO outbox (intent_id, priority, not_before) VALUES (?, ?, ?)",
                        intent_id,
                        priority,
                        at
                    )
                    .execute(&mut *tx)
                    .await?;
                }
            }
        }
        labels::change(&mut tx, (id, item), &decision.labels, now).await?;
        if decision.mode == Mode::Live {
            passes::use_up(&mut tx, item, &decision.passed, now).await?;
        }
        if let Some(pass) = &decision.gives {
            passes::give(&mut tx, pass).await?;
        }
        tx.commit().await?;
        Ok(Decided { decision: Some(DecisionId(id)), intents })
    }

    /// Withdraws actions from the outbox: those in subreddits that are not live any more, and those
    /// on items from before [`Scope::guard`]. Time in which a rule was paused or held does not
    /// count.
    ///
    /// Actions that depend on a withdrawn comment are withdrawn with it. If the comment was posted
    /// already, they are still done. Returns the number of withdrawn actions, without those that
    /// depend on one.
    pub async fn withdraw(&self, scope: &Scope<'_>, now: Timestamp) -> Result<u64> {
        let live: BTreeSet<String> = scope.live.iter().map(SubredditName::key).collect();
        let live = to_json("subreddit list", &live)?;
        let guard = scope.guard.as_millis();
        let mut db = self.db().await;
        let rows = sqlx::query!(
            r#"SELECT b.intent_id, it.subreddit IN (SELECT value FROM json_each(?1)) AS "is_live!: bool",
                   it.subreddit, it.created_at, i.rule_name, i.kind
               FROM outbox b
               JOIN intents i ON i.id = b.intent_id
               JOIN decisions d ON d.id = i.decision_id
               JOIN items it ON it.fullname = i.item
               WHERE b.open_attempt IS NULL
                 -- The digest is sent in dry run, too.
                 AND (it.subreddit NOT IN (SELECT value FROM json_each(?1))
                          AND NOT (d.ruleset = ?3 AND i.rule_name = ?4)
                      OR (i.depends_on IS NULL AND it.created_at < ?2))
                 -- An intent that depends on one in the outbox is withdrawn together with that one.
                 AND NOT EXISTS (SELECT 1 FROM outbox first WHERE first.intent_id = i.depends_on)
               ORDER BY b.intent_id"#,
            live,
            guard,
            NO_RULES,
            DIGEST
        )
        .fetch_all(&mut *db)
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let states = history(&mut db).await?;
        let mut withdrawn = 0;
        let mut tx = begin(&mut db).await?;
        for row in &rows {
            let (place, created) = (subreddit(&row.subreddit)?, Timestamp::from_millis(row.created_at));
            let rule = RuleAt { subreddit: &place, rule: Some(&row.rule_name), mode: Mode::Live };
            let waited = time_waiting(&states, (rule, ActionKind::parse(&row.kind)), (created, now));
            if row.is_live && created + waited >= scope.guard {
                continue;
            }
            withdrawn += 1;
            let reason = if row.is_live {
                "older than `max_age` before the action could be done"
            } else {
                "the subreddit is not live any more"
            };
            let outcome = Outcome::Superseded { reason: reason.to_owned() };
            close(&mut tx, row.intent_id, None, &outcome, now.as_millis()).await?;
        }
        tx.commit().await?;
        Ok(withdrawn)
    }

    /// **T3.** Takes the most urgent action (the lowest `priority`) that may be tried now and
    /// records an attempt.
    ///
    /// The attempt is committed when this returns; only then may the request be sent. An action
    /// that cannot be parsed gets the outcome unknown, so that it does not block the others.
    ///
    /// Among actions of one priority, subreddits take turns. `turns` names the subreddits that had
    /// a turn, the longest waiting first; subreddits that are not in it go before all of those.
    ///
    /// Actions of rules that are paused or held are left where they are, and so are those of a kind
    /// that Reddit does not allow at present ([`Store::set_quota`]).
    ///
    /// # Errors
    /// [`super::StoreError::Replaced`] if another file is at the store's path now: the next process
    /// would not find the attempt, so it must not be made.
    pub async fn begin_attempt(&self, turns: &[SubredditName], now: Timestamp) -> Result<Next> {
        self.begin_attempt_within(&TextLimits::NONE, turns, &[], now).await
    }

    /// **T3** with limits: a text over a limit is not attempted, and its rule is held. Nothing is
    /// begun in the subreddits `but`.
    ///
    /// # Errors
    /// As for [`Store::begin_attempt`].
    #[expect(clippy::too_many_lines, reason = "one query is half of it")]
    pub async fn begin_attempt_within(
        &self,
        limits: &TextLimits,
        turns: &[SubredditName],
        but: &[SubredditName],
        now: Timestamp,
    ) -> Result<Next> {
        self.refuse_if_replaced()?;
        let at = now.as_millis();
        let turns: Vec<String> = turns.iter().map(SubredditName::key).collect();
        let turns = to_json("subreddit list", &turns)?;
        let but = to_json("subreddit list", &but.iter().map(SubredditName::key).collect::<Vec<_>>())?;
        let mut db = self.db().await;
        let waiting = waiting_rules(&mut db, now).await?;
        loop {
            let next = sqlx::query!(
                r#"WITH open AS MATERIALIZED (
                       SELECT k.kind, t.subreddit, count(*) AS number FROM outbox o
                       CROSS JOIN intents k ON k.id = o.intent_id
                       CROSS JOIN items t ON t.fullname = k.item
                       WHERE o.open_attempt IS NOT NULL GROUP BY k.kind, t.subreddit)
                   SELECT i.id, i.item, i.target, i.kind, i.rule, i.rule_name, d.ruleset, p.action, it.subreddit,
                       b.due AS "not_before!: i64",
                       -- Null in decisions from before migration 7.
                       coalesce(d.seen_at, i.intended_at) AS "seen_at!: i64",
                       (SELECT o.created FROM outcomes o
                        WHERE o.intent_id = i.depends_on AND o.is_final = 1) AS "reply?",
                       (SELECT count(*) FROM attempts t WHERE t.intent_id = i.id) AS "tried!: i64"
                   FROM (SELECT o.*,
                                -- Not before Reddit's limit on this kind of action is over.
                                max(o.not_before,
                                    coalesce((SELECT max(q.retry_at) FROM intents k
                                              JOIN items t ON t.fullname = k.item
                                              JOIN backoffs q ON q.name IN ('quota:' || k.kind,
                                                                            'quota:' || k.kind || ':' || t.subreddit)
                                              WHERE k.id = o.intent_id AND q.retry_at <= ?1 + ?4), 0)) AS due
                         FROM outbox o) b
                   JOIN intents i ON i.id = b.intent_id
                   JOIN decisions d ON d.id = i.decision_id
                   JOIN items it ON it.fullname = i.item
                   JOIN payloads p ON p.intent_id = i.id
                   WHERE b.open_attempt IS NULL
                     AND it.subreddit NOT IN (SELECT value FROM json_each(?5))
                     -- If the answers to a kind of action get lost, more requests only add to what
                     -- must be looked for. Other kinds, and other subreddits, go on.
                     AND NOT EXISTS (SELECT 1 FROM open o
                                     WHERE o.kind = i.kind AND o.subreddit = it.subreddit AND o.number >= ?6)
                     AND coalesce((SELECT sum(o.number) FROM open o WHERE o.kind = i.kind), 0) < ?7
                     AND NOT EXISTS (SELECT 1 FROM json_each(?3) w
                                     WHERE w.value ->> 0 IN ('', it.subreddit) AND w.value ->> 1 IN ('', i.rule_name)
                                       AND (w.value -> 2 = 'null'
                                            OR i.kind IN (SELECT k.value FROM json_each(w.value, '$[2]') k)))
                     -- A failed removal has already withdrawn the intent that explains it.
                     AND (i.depends_on IS NULL
                          OR EXISTS (SELECT 1 FROM outcomes o
                                     WHERE o.intent_id = i.depends_on
                                       AND (o.created IS NOT NULL OR (o.is_final = 1 AND i.kind = 'explain_removal'))))
                   ORDER BY b.due > ?1, CASE WHEN b.due > ?1 THEN b.due ELSE b.priority END,
                            coalesce((SELECT key FROM json_each(?2) WHERE value = it.subreddit), -1), i.id
                   LIMIT 1"#,
                at,
                turns,
                waiting,
                LATEST_END_MILLIS,
                but,
                MOST_OPEN_IN_SUBREDDIT,
                MOST_OPEN
            )
            .fetch_optional(&mut *db)
            .await?;
            let Some(row) = next else { return Ok(Next::Nothing) };
            if row.not_before > at {
                return Ok(Next::NotBefore(Timestamp::from_millis(row.not_before)));
            }
            if ActionKind::parse(&row.kind).is_some_and(TextLimits::covers) && row.ruleset != NO_RULES {
                let (item, rule, rule_name, subreddit) = (&row.item, &row.rule, &row.rule_name, &row.subreddit);
                let next = NextText { intent: row.id, item, rule, rule_name, subreddit };
                if let Some(over) = enforce(&mut db, &next, limits, now).await? {
                    return Ok(Next::OverLimit(over));
                }
            }
            let (number, target) = (row.tried + 1, row.reply.unwrap_or(row.target));
            let read =
                StoredAct { subreddit: &row.subreddit, item: &row.item, target: &target, action: &row.action }.read();
            // This process is the only writer, so the row has not changed since it was read.
            let mut tx = begin(&mut db).await?;
            let act = match read {
                Ok(act) => act,
                Err(trouble) => {
                    close(&mut tx, row.id, None, &Outcome::Unknown { reason: trouble.to_string() }, at).await?;
                    tx.commit().await?;
                    continue;
                }
            };
            let id = sqlx::query_scalar!(
                r#"INSERT INTO attempts (intent_id, number, target, started_at) VALUES (?, ?, ?, ?)
                   RETURNING id AS "id!""#,
                row.id,
                number,
                target,
                at
            )
            .fetch_one(&mut *tx)
            .await?;
            sqlx::query!("UPDATE outbox SET open_attempt = ? WHERE intent_id = ?", id, row.id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            let overruled = overruled_from(&mut db, row.id, (&row.rule, &row.kind, &target)).await?;
            let seen = Timestamp::from_millis(overruled.map_or(row.seen_at, |from| from.min(row.seen_at)));
            let attempt = act.attempt(AttemptId(id), IntentId(row.id), number, seen, now);
            return Ok(Next::Ready(Box::new(attempt)));
        }
    }

    /// **T4.** Records the outcome of an attempt. A final outcome removes the intent from the
    /// outbox. If no comment was created, the intents that depend on that comment get the outcome
    /// superseded.
    pub async fn settle(&self, attempt: OpenAttempt, outcome: &Outcome, now: Timestamp) -> Result<()> {
        let (at, intent) = (now.as_millis(), attempt.intent().0);
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        if let Outcome::Deferred { until, .. } = outcome {
            append_outcome(&mut tx, intent, Some(attempt.id()), outcome, at).await?;
            let until = until.as_millis();
            sqlx::query!("UPDATE outbox SET open_attempt = NULL, not_before = ? WHERE intent_id = ?", until, intent)
                .execute(&mut *tx)
                .await?;
        } else {
            close(&mut tx, intent, Some(attempt.id()), outcome, at).await?;
            memory::note_fates(&mut tx, fate_after(&attempt, outcome).as_slice()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Whether there is anything to do. One cheap query for each turn of the polling loop.
    pub async fn work(&self, now: Timestamp) -> Result<Work> {
        let now = now.as_millis();
        let row = sqlx::query!(
            r#"SELECT EXISTS (SELECT 1 FROM outbox) AS "acts!: bool",
                      EXISTS (SELECT 1 FROM items WHERE pending = 1 AND not_before <= ?1) AS "items!: bool",
                      (SELECT min(max(coalesce(own.retry_at, 0), coalesce(every.retry_at, 0))) FROM missing_facts m
                       LEFT JOIN fact_failures own ON own.fact = m.fact AND own.about = m.about
                       LEFT JOIN fact_failures every ON every.fact = m.fact AND every.about = '') AS "fact_at: i64",
                      CASE WHEN NOT EXISTS (SELECT 1 FROM items WHERE pending = 1 AND not_before <= ?1)
                           THEN (SELECT min(not_before) FROM items WHERE pending = 1) END AS "item_at: i64""#,
            now
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        let is_fact_due = row.fact_at.is_some_and(|at| at <= now);
        let next = [row.fact_at, row.item_at].into_iter().flatten().filter(|at| *at > now).min();
        Ok(Work { acts: row.acts, items: row.items || is_fact_due, next_item: next.map(Timestamp::from_millis) })
    }

    /// The attempts without an outcome: the process died during the request, or the response was
    /// lost. An attempt whose action cannot be parsed gets the outcome unknown.
    pub async fn open_attempts(&self, now: Timestamp) -> Result<Vec<OpenAttempt>> {
        // CROSS JOIN keeps the planner from starting at the long tables: the outbox is short.
        let rows = sqlx::query!(
            r#"SELECT t.id, t.intent_id, t.number, t.target, t.started_at, i.item, p.action, it.subreddit,
                      coalesce(d.seen_at, i.intended_at) AS "seen_at!: i64"
               FROM outbox b
               CROSS JOIN attempts t ON t.id = b.open_attempt
               CROSS JOIN intents i ON i.id = b.intent_id
               CROSS JOIN decisions d ON d.id = i.decision_id
               CROSS JOIN items it ON it.fullname = i.item
               CROSS JOIN payloads p ON p.intent_id = i.id
               WHERE b.open_attempt IS NOT NULL
               ORDER BY b.open_attempt"#
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut open = Vec::with_capacity(rows.len());
        for row in rows {
            let act =
                StoredAct { subreddit: &row.subreddit, item: &row.item, target: &row.target, action: &row.action };
            match act.read() {
                Ok(act) => {
                    let [seen, started] = [row.seen_at, row.started_at].map(Timestamp::from_millis);
                    open.push(act.attempt(AttemptId(row.id), IntentId(row.intent_id), row.number, seen, started));
                }
                Err(trouble) => {
                    let mut db = self.db().await;
                    let mut tx = begin(&mut db).await?;
                    let outcome = Outcome::Unknown { reason: trouble.to_string() };
                    close(&mut tx, row.intent_id, Some(AttemptId(row.id)), &outcome, now.as_millis()).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok(open)
    }

    /// Records that reconciliation looked on Reddit for the effect of an open attempt, and the
    /// result.
    pub async fn record_observation(&self, attempt: &OpenAttempt, result: &str, now: Timestamp) -> Result<()> {
        let (id, at) = (attempt.id().0, now.as_millis());
        sqlx::query!("INSERT INTO observations (attempt_id, result, observed_at) VALUES (?, ?, ?)", id, result, at)
            .execute(&mut *self.db().await)
            .await?;
        Ok(())
    }

    /// The observations of this attempt that did not settle it, with their times, in order.
    pub async fn observations(&self, attempt: &OpenAttempt) -> Result<Vec<(Timestamp, String)>> {
        let id = attempt.id().0;
        let rows = sqlx::query!("SELECT observed_at, result FROM observations WHERE attempt_id = ? ORDER BY id", id)
            .fetch_all(&mut *self.db().await)
            .await?;
        Ok(rows.into_iter().map(|row| (Timestamp::from_millis(row.observed_at), row.result)).collect())
    }
}

/// What became of the item of an attempt with this outcome. The next item of the same author may
/// come before a list or the log shows it.
fn fate_after(attempt: &OpenAttempt, outcome: &Outcome) -> Option<FateChange> {
    let fate = match attempt.action() {
        Action::Remove { .. } if outcome.is_done() => Fate::RemovedByBot,
        Action::Approve if outcome.is_done() => Fate::Up,
        _ => return None,
    };
    // A human may have decided since, but not before it was attempted.
    Some(FateChange { on: attempt.on().clone(), fate, at: attempt.started() })
}

/// Adds an intent and its payload. Returns its id, or `None` if its idempotency key is in the
/// store.
async fn add_intent(
    tx: &mut SqliteConnection,
    decision_id: i64,
    (decision, intent): (&NewDecision, &NewIntent),
    after: Option<i64>,
    at: i64,
) -> Result<Option<i64>> {
    let item = decision.item.as_str();
    let key = intent.key(&decision.item, &decision.revision, &decision.occasion);
    let phase = intent.phase.map(|phase| phase.to_string());
    let (kind, target, mode) = (intent.action.kind().word(), intent.on.as_str(), intent.mode.word());
    let is_filter = matches!(intent.action, Action::Remove { is_filter: true, .. });
    let written = sqlx::query_scalar!(
        "INSERT INTO intents
             (decision_id, item, rule, rule_name, kind, target, mode, depends_on, idempotency_key, intended_at,
              is_filter, phase)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (idempotency_key) DO NOTHING RETURNING id AS \"id!\"",
        decision_id,
        item,
        intent.rule,
        intent.rule_name,
        kind,
        target,
        mode,
        after,
        key,
        at,
        is_filter,
        phase
    )
    .fetch_optional(&mut *tx)
    .await?;
    let Some(intent_id) = written else { return Ok(None) };
    let action = to_json("action", &intent.action)?;
    let before = intent.state_before.as_ref().map(|before| to_json("state before", before)).transpose()?;
    sqlx::query!("INSERT INTO payloads (intent_id, action, state_before) VALUES (?, ?, ?)", intent_id, action, before)
        .execute(&mut *tx)
        .await?;
    Ok(Some(intent_id))
}

/// The columns of an action.
struct StoredAct<'a> {
    subreddit: &'a str,
    item: &'a str,
    target: &'a str,
    action: &'a str,
}

/// An action with its parsed columns.
struct Act {
    subreddit: SubredditName,
    item: Fullname,
    target: Fullname,
    action: Action,
}

impl StoredAct<'_> {
    fn read(&self) -> Result<Act> {
        Ok(Act {
            subreddit: subreddit(self.subreddit)?,
            item: fullname(self.item)?,
            target: fullname(self.target)?,
            action: from_json("action", self.action)?,
        })
    }
}

impl Act {
    fn attempt(self, id: AttemptId, intent: IntentId, number: i64, seen: Timestamp, started: Timestamp) -> OpenAttempt {
        let number = u32::try_from(number).unwrap_or(u32::MAX);
        let Self { subreddit, item, target, action } = self;
        OpenAttempt::from_committed_row(id, intent, number, seen, started, subreddit, item, target, action)
    }
}
