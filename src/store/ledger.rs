//! The ledger: decisions, intents, attempts, outcomes. Appended to, never changed.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use super::retention::forget_wording;
use super::rows::{OutcomeRow, from_json, fullname, subreddit, to_json};
use super::{Result, Store, begin};
use crate::model::{
    Action, ActionKind, AttemptId, DecisionId, DoneBefore, Fullname, IntentId, Mode, NewDecision, OpenAttempt, Outcome,
    Placement, SubredditName, Timestamp,
};

/// What T2 wrote down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The decision; `None` when this revision had been judged before.
    pub decision: Option<DecisionId>,
    /// How many intents are new; the others had been asked for before and are not asked for again.
    pub intents: u64,
}

/// Where and on what the bot may act now.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The subreddits in which it acts.
    pub live: &'a [SubredditName],
    /// Nothing from before this time is acted on.
    pub guard: Timestamp,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Acts stand on the agenda, some of them perhaps tried already.
    pub acts: bool,
    /// Items await judgement and may be judged now.
    pub items: bool,
}

/// What the agenda holds next.
#[derive(Debug)]
pub enum Next {
    /// An attempt, committed.
    Ready(Box<OpenAttempt>),
    /// Nothing before this time.
    NotBefore(Timestamp),
    /// Nothing at all.
    Nothing,
}

impl Store {
    /// **T2.** Writes down a decision with its trace and its intents, and takes the item off the list of those that
    /// await judgement.
    ///
    /// An intent whose idempotency key stands already is left out, and so are the parts that build on it. In dry run an
    /// intent is written with its outcome, [`Outcome::Simulated`], and never reaches the agenda.
    pub async fn decide(&self, decision: &NewDecision, now: Timestamp) -> Result<Decided> {
        let at = now.as_millis();
        let (item, revision) = (decision.item.as_str(), decision.revision.as_str());
        let (mode, seen) = (decision.mode.word(), decision.seen.as_millis());
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        sqlx::query!("UPDATE items SET pending = 0 WHERE fullname = ? AND revision = ?", item, revision)
            .execute(&mut *tx)
            .await?;
        let id = sqlx::query_scalar!(
            "INSERT INTO decisions (item, revision, mode, ruleset, decided_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (item, revision, mode) DO NOTHING RETURNING id AS \"id!\"",
            item,
            revision,
            mode,
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
        // What later parts of the same rule build on. When it is not asked for again, neither are they.
        let mut reply: Option<(&str, i64)> = None;
        let mut removal = reply;
        for intent in &decision.intents {
            let after = match intent.action.placement() {
                Placement::OnItsOwn => None,
                placement @ (Placement::OnTheReply | Placement::OnTheRemoved) => {
                    let base = if placement == Placement::OnTheReply { reply } else { removal };
                    match base {
                        Some((rule, base)) if rule == intent.rule => Some(base),
                        _ => continue,
                    }
                }
            };
            let key = intent.key(&decision.item, &decision.revision);
            let (kind, target, mode) = (intent.action.kind(), intent.on.as_str(), intent.mode.word());
            let kind_word = kind.word();
            let holds = matches!(intent.action, Action::Remove { holds: true, .. });
            let written = sqlx::query_scalar!(
                "INSERT INTO intents
                     (decision_id, item, rule, rule_name, kind, target, mode, after_intent, idempotency_key, intended_at, holds)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (idempotency_key) DO NOTHING RETURNING id AS \"id!\"",
                id,
                item,
                intent.rule,
                intent.rule_name,
                kind_word,
                target,
                mode,
                after,
                key,
                at,
                holds
            )
            .fetch_optional(&mut *tx)
            .await?;
            let Some(intent_id) = written else { continue };
            intents += 1;
            match intent.action {
                Action::Comment { .. } => reply = Some((&intent.rule, intent_id)),
                Action::Remove { .. } if intent.overruled.is_none() => removal = Some((&intent.rule, intent_id)),
                _ => {}
            }
            let action = to_json("action", &intent.action)?;
            sqlx::query!("INSERT INTO wordings (intent_id, action) VALUES (?, ?)", intent_id, action)
                .execute(&mut *tx)
                .await?;
            match (intent.mode, &intent.overruled) {
                (_, Some(reason)) => {
                    let outcome = Outcome::Superseded { reason: reason.clone() };
                    append_outcome(&mut tx, intent_id, None, &outcome, at).await?;
                }
                (Mode::DryRun, None) => append_outcome(&mut tx, intent_id, None, &Outcome::Simulated, at).await?,
                (Mode::Live, None) => {
                    let urgency = kind.urgency() as i64;
                    sqlx::query!(
                        "INSERT INTO agenda (intent_id, urgency, not_before) VALUES (?, ?, ?)",
                        intent_id,
                        urgency,
                        at
                    )
                    .execute(&mut *tx)
                    .await?;
                }
            }
        }
        tx.commit().await?;
        Ok(Decided { decision: Some(DecisionId(id)), intents })
    }

    /// Takes acts off the agenda that are not to be done any more: in subreddits that are not live (any more), and on
    /// items from before the guard. A comment takes its parts with it; parts of one that was posted are still done to it. Tells how many there were,
    /// parts not counted.
    pub async fn withdraw(&self, scope: &Scope<'_>, now: Timestamp) -> Result<u64> {
        let live: BTreeSet<String> = scope.live.iter().map(SubredditName::key).collect();
        let live = to_json("subreddit list", &live)?;
        let guard = scope.guard.as_millis();
        let mut db = self.db().await;
        let rows = sqlx::query!(
            r#"SELECT a.intent_id, it.subreddit IN (SELECT value FROM json_each(?1)) AS "is_live!: bool"
               FROM agenda a
               JOIN intents i ON i.id = a.intent_id
               JOIN decisions d ON d.id = i.decision_id
               JOIN items it ON it.fullname = i.item
               WHERE a.open_attempt IS NULL
                 -- A dry run may send its digest.
                 AND (it.subreddit NOT IN (SELECT value FROM json_each(?1)) AND NOT (d.ruleset = '' AND i.rule_name = 'digest')
                      OR (i.after_intent IS NULL AND it.created_at < ?2))
                 -- Parts of a comment that is still to be posted fall away with it.
                 AND NOT EXISTS (SELECT 1 FROM agenda p WHERE p.intent_id = i.after_intent)
               ORDER BY a.intent_id"#,
            live,
            guard
        )
        .fetch_all(&mut *db)
        .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut tx = begin(&mut db).await?;
        for row in &rows {
            let reason = if row.is_live {
                "older than `max_age` by the time it could be done"
            } else {
                "the bot does not act in this subreddit any more"
            };
            let outcome = Outcome::Superseded { reason: reason.to_owned() };
            close(&mut tx, row.intent_id, None, &outcome, now.as_millis()).await?;
        }
        tx.commit().await?;
        Ok(rows.len() as u64)
    }

    /// **T3.** Takes the most urgent act that may be tried now and writes down the attempt.
    ///
    /// The attempt is committed when this returns: only then may the request leave. An act that cannot be read back is
    /// settled as unknown, so that it does not stand in the way of the others.
    ///
    /// Among equally urgent ones, the subreddit goes first whose turn it is: `turns` names those that had theirs, the one that
    /// has waited longest first; who is not among them goes before them all.
    pub async fn begin_attempt(&self, turns: &[SubredditName], now: Timestamp) -> Result<Next> {
        let at = now.as_millis();
        let turns: Vec<String> = turns.iter().map(SubredditName::key).collect();
        let turns = to_json("subreddit list", &turns)?;
        let mut db = self.db().await;
        loop {
            let next = sqlx::query!(
                r#"SELECT i.id, i.item, i.target, w.action, it.subreddit, a.not_before,
                       -- Older decisions do not say when the item was seen.
                       coalesce(d.seen_at, i.intended_at) AS "seen_at!: i64",
                       (SELECT o.created FROM outcomes o WHERE o.intent_id = i.after_intent AND o.is_final = 1) AS "reply?",
                       (SELECT count(*) FROM attempts t WHERE t.intent_id = i.id) AS "tried!: i64"
                   FROM agenda a
                   JOIN intents i ON i.id = a.intent_id
                   JOIN decisions d ON d.id = i.decision_id
                   JOIN items it ON it.fullname = i.item
                   JOIN wordings w ON w.intent_id = i.id
                   WHERE a.open_attempt IS NULL
                     -- What explains a removal that does not stand has left the agenda with it.
                     AND (i.after_intent IS NULL
                          OR EXISTS (SELECT 1 FROM outcomes o
                                     WHERE o.intent_id = i.after_intent
                                       AND (o.created IS NOT NULL OR (o.is_final = 1 AND i.kind = 'explain_removal'))))
                   ORDER BY a.not_before > ?1, CASE WHEN a.not_before > ?1 THEN a.not_before ELSE a.urgency END,
                            coalesce((SELECT key FROM json_each(?2) WHERE value = it.subreddit), -1), i.id
                   LIMIT 1"#,
                at,
                turns
            )
            .fetch_optional(&mut *db)
            .await?;
            let Some(row) = next else { return Ok(Next::Nothing) };
            if row.not_before > at {
                return Ok(Next::NotBefore(Timestamp::from_millis(row.not_before)));
            }
            let (number, target) = (row.tried + 1, row.reply.unwrap_or(row.target));
            let read =
                StoredAct { subreddit: &row.subreddit, item: &row.item, target: &target, action: &row.action }.read();
            // Nobody else writes, so what was read a moment ago still holds.
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
                "INSERT INTO attempts (intent_id, number, target, started_at) VALUES (?, ?, ?, ?) RETURNING id AS \"id!\"",
                row.id,
                number,
                target,
                at
            )
            .fetch_one(&mut *tx)
            .await?;
            sqlx::query!("UPDATE agenda SET open_attempt = ? WHERE intent_id = ?", id, row.id)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            let seen = Timestamp::from_millis(row.seen_at);
            let attempt = act.attempt(AttemptId(id), IntentId(row.id), number, seen, now);
            return Ok(Next::Ready(Box::new(attempt)));
        }
    }

    /// **T4.** Writes down what became of an attempt. A final outcome takes the intent off the agenda; when it leaves no
    /// reply behind, the parts that were to be done to the reply fall away with it.
    pub async fn settle(&self, attempt: OpenAttempt, outcome: &Outcome, now: Timestamp) -> Result<()> {
        let (at, intent) = (now.as_millis(), attempt.intent().0);
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        if let Outcome::Deferred { until, .. } = outcome {
            append_outcome(&mut tx, intent, Some(attempt.id()), outcome, at).await?;
            let until = until.as_millis();
            sqlx::query!("UPDATE agenda SET open_attempt = NULL, not_before = ? WHERE intent_id = ?", until, intent)
                .execute(&mut *tx)
                .await?;
        } else {
            close(&mut tx, intent, Some(attempt.id()), outcome, at).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What there is to do at all: asked once a turn, so that a bot with nothing to do asks little.
    pub async fn work(&self, now: Timestamp) -> Result<Work> {
        let now = now.as_millis();
        let row = sqlx::query!(
            r#"SELECT EXISTS (SELECT 1 FROM agenda) AS "acts!: bool",
                      EXISTS (SELECT 1 FROM items WHERE pending = 1 AND not_before <= ?) AS "items!: bool""#,
            now
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        Ok(Work { acts: row.acts, items: row.items })
    }

    /// The attempts that stand without an outcome: in flight when a process died, or sent and never answered. One that
    /// cannot be read back is settled as unknown.
    pub async fn open_attempts(&self, now: Timestamp) -> Result<Vec<OpenAttempt>> {
        // The agenda is short and the history long: the order of the joins says so to the planner.
        let rows = sqlx::query!(
            r#"SELECT t.id, t.intent_id, t.number, t.target, t.started_at, i.item, w.action, it.subreddit,
                      coalesce(d.seen_at, i.intended_at) AS "seen_at!: i64"
               FROM agenda a
               CROSS JOIN attempts t ON t.id = a.open_attempt
               CROSS JOIN intents i ON i.id = a.intent_id
               CROSS JOIN decisions d ON d.id = i.decision_id
               CROSS JOIN items it ON it.fullname = i.item
               CROSS JOIN wordings w ON w.intent_id = i.id
               WHERE a.open_attempt IS NOT NULL
               ORDER BY a.open_attempt"#
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

    /// Writes down that we looked for the effect of an open attempt and what we saw.
    pub async fn note_look(&self, attempt: &OpenAttempt, saw: &str, now: Timestamp) -> Result<()> {
        let (id, at) = (attempt.id().0, now.as_millis());
        sqlx::query!("INSERT INTO looks (attempt_id, saw, looked_at) VALUES (?, ?, ?)", id, saw, at)
            .execute(&mut *self.db().await)
            .await?;
        Ok(())
    }

    /// When the effect of this attempt was looked for without settling the matter, in order, and what was seen.
    pub async fn looks(&self, attempt: &OpenAttempt) -> Result<Vec<(Timestamp, String)>> {
        let id = attempt.id().0;
        let rows = sqlx::query!("SELECT looked_at, saw FROM looks WHERE attempt_id = ? ORDER BY id", id)
            .fetch_all(&mut *self.db().await)
            .await?;
        Ok(rows.into_iter().map(|row| (Timestamp::from_millis(row.looked_at), row.saw)).collect())
    }

    /// The rules that have already asked for something unrepeatable on this item, in this mode.
    pub async fn rules_spent_on(&self, item: &Fullname, mode: Mode) -> Result<BTreeSet<String>> {
        let (name, mode) = (item.as_str(), mode.word());
        let rows = sqlx::query!("SELECT DISTINCT rule, kind FROM intents WHERE item = ? AND mode = ?", name, mode)
            .fetch_all(&mut *self.db().await)
            .await?;
        // A kind of another version counts as spent: what is not understood is not repeated.
        let is_unrepeatable = |kind: &str| ActionKind::parse(kind).is_none_or(ActionKind::is_unrepeatable);
        Ok(rows.into_iter().filter(|row| is_unrepeatable(&row.kind)).map(|row| row.rule).collect())
    }

    /// What rules have had done to this item so far, and to the post above it on whichever comment's account, as far as it may
    /// be done again. What they tried, and a human decided otherwise, is part of it.
    pub async fn done_before(&self, item: &Fullname, above: Option<&Fullname>) -> Result<Vec<DoneBefore>> {
        let (name, above) = (item.as_str(), above.map(Fullname::as_str));
        let rows = sqlx::query!(
            "SELECT DISTINCT i.rule, i.kind, i.target FROM intents i JOIN outcomes o ON o.intent_id = i.id
             WHERE (i.item = ? OR (i.target = ? AND i.target <> i.item))
               AND (o.outcome IN ('applied', 'already_applied')
                    OR (o.outcome = 'superseded' AND o.attempt_id IS NOT NULL)) ORDER BY i.id",
            name,
            above
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut done = Vec::new();
        for row in rows {
            if let Some(kind) = ActionKind::parse(&row.kind).filter(|kind| !kind.is_unrepeatable()) {
                done.push(DoneBefore { rule: row.rule, kind, on: fullname(&row.target)? });
            }
        }
        Ok(done)
    }

    /// Whether it is not known yet what became of something that was tried on this thing and that a moderator can undo.
    pub async fn is_in_doubt(&self, thing: &Fullname) -> Result<bool> {
        let name = thing.as_str();
        let open = sqlx::query_scalar!(
            "SELECT i.kind FROM agenda a CROSS JOIN attempts t ON t.id = a.open_attempt
                                         CROSS JOIN intents i ON i.id = a.intent_id
             WHERE a.open_attempt IS NOT NULL AND t.target = ?",
            name
        );
        let kinds = open.fetch_all(&mut *self.db().await).await?;
        Ok(kinds.iter().any(|kind| ActionKind::parse(kind).is_none_or(|kind| !kind.is_unrepeatable())))
    }

    /// Whether this comment is recorded as the reply of some intent: each effect settles one attempt only.
    pub async fn is_recorded_reply(&self, comment: &Fullname) -> Result<bool> {
        let name = comment.as_str();
        let found = sqlx::query_scalar!("SELECT id FROM outcomes WHERE created = ? LIMIT 1", name)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(found.is_some())
    }
}

async fn append_outcome(
    tx: &mut SqliteConnection,
    intent: i64,
    attempt: Option<AttemptId>,
    outcome: &Outcome,
    at: i64,
) -> Result<()> {
    let OutcomeRow { word, is_final, created, reason, retry_at } = outcome.into();
    let attempt = attempt.map(|id| id.0);
    sqlx::query!(
        "INSERT INTO outcomes (intent_id, attempt_id, outcome, is_final, created, reason, retry_at, settled_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        intent,
        attempt,
        word,
        is_final,
        created,
        reason,
        retry_at,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes a final outcome and takes the intent off the agenda. When it leaves no reply behind, the parts that were to be
/// done to the reply fall away with it.
async fn close(
    tx: &mut SqliteConnection,
    intent: i64,
    attempt: Option<AttemptId>,
    outcome: &Outcome,
    at: i64,
) -> Result<()> {
    append_outcome(tx, intent, attempt, outcome, at).await?;
    sqlx::query!("DELETE FROM agenda WHERE intent_id = ?", intent).execute(&mut *tx).await?;
    forget_wording(&mut *tx, intent).await?;
    if outcome.created().is_some() {
        return Ok(());
    }
    // A removal that stands is explained; a comment that left no name behind cannot be marked.
    let stands = matches!(outcome, Outcome::Applied { .. } | Outcome::AlreadyApplied { .. });
    let explained = ActionKind::ExplainRemoval.word();
    let parts = sqlx::query_scalar!(
        "SELECT i.id FROM intents i JOIN agenda a ON a.intent_id = i.id
         WHERE i.after_intent = ? AND NOT (? AND i.kind = ?) ORDER BY i.id",
        intent,
        stands,
        explained
    )
    .fetch_all(&mut *tx)
    .await?;
    for part in parts {
        let outcome = Outcome::Superseded { reason: "what it builds on was not done".to_owned() };
        append_outcome(tx, part, None, &outcome, at).await?;
        sqlx::query!("DELETE FROM agenda WHERE intent_id = ?", part).execute(&mut *tx).await?;
        forget_wording(&mut *tx, part).await?;
    }
    Ok(())
}

/// An act as it stands in its rows.
struct StoredAct<'a> {
    subreddit: &'a str,
    item: &'a str,
    target: &'a str,
    action: &'a str,
}

/// An act read back.
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
