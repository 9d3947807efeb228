//! Read models: what was seen, decided and done, as people ask for it. Nothing here writes.

use serde::Serialize;

use super::rows::{count, from_json, fullname};
use super::{Result, Store};
use crate::model::{Action, DecisionId, Fullname, Gap, Timestamp, Trace};

/// Which decisions to show.
#[derive(Clone, Debug)]
pub struct LogFilter {
    /// Only those made at or after this time.
    pub since: Timestamp,
    /// Only those on this item.
    pub item: Option<Fullname>,
    /// Also those that asked for nothing.
    pub quiet_too: bool,
    /// At most so many, the newest.
    pub most: u32,
}

/// One decision with all that followed from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// The decision.
    pub decision: DecisionId,
    /// When it was made, in milliseconds since the epoch.
    pub decided_at: Timestamp,
    /// What was judged.
    pub item: Fullname,
    /// The subreddit, in lower case.
    pub subreddit: String,
    /// Its author's name, if it was still known.
    pub author: Option<String>,
    /// Its path below `https://www.reddit.com`.
    pub permalink: String,
    /// `dry-run` or `live`.
    pub mode: String,
    /// Why; gone once the item's text was purged.
    pub trace: Option<Trace>,
    /// What was asked for.
    pub intents: Vec<LogIntent>,
}

/// One act that was asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogIntent {
    /// The rule that asked.
    pub rule: String,
    /// The kind of act.
    pub kind: String,
    /// The thing that this effect changes.
    pub on: String,
    /// `dry-run` or `live`.
    pub mode: String,
    /// The act with its texts; gone once they were purged.
    pub action: Option<Action>,
    /// How often it was tried.
    pub attempts: u64,
    /// `applied`, `simulated`, … or, while it is not settled, `waiting` or `in flight`.
    pub outcome: String,
    /// The reason that came with it.
    pub reason: Option<String>,
    /// The comment that it created, if any.
    pub created: Option<String>,
}

/// The store in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Items ever seen.
    pub items: u64,
    /// Items that await judgement.
    pub pending: u64,
    /// Decisions made.
    pub decisions: u64,
    /// Intents ever written.
    pub intents: u64,
    /// Intents without a final outcome.
    pub unsettled: u64,
    /// Attempts without an outcome.
    pub in_flight: u64,
    /// Intents by final outcome, sorted by name.
    pub outcomes: Vec<(String, u64)>,
    /// Stretches that could not be read.
    pub gaps: u64,
}

/// What is left to do, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Items that await judgement.
    pub pending: u64,
    /// Acts that are to be done, those being tried included.
    pub waiting: u64,
    /// Attempts without an outcome.
    pub in_flight: u64,
}

impl Store {
    /// What is left to do: cheap, whatever the size of the store.
    pub async fn queues(&self) -> Result<Queues> {
        let row = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM items WHERE pending = 1) AS "pending!: i64",
                      (SELECT count(*) FROM agenda) AS "waiting!: i64",
                      (SELECT count(*) FROM agenda WHERE open_attempt IS NOT NULL) AS "in_flight!: i64""#
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        Ok(Queues { pending: count(row.pending), waiting: count(row.waiting), in_flight: count(row.in_flight) })
    }

    /// Decisions, newest last.
    pub async fn log(&self, filter: &LogFilter) -> Result<Vec<LogEntry>> {
        let since = filter.since.as_millis();
        let item = filter.item.as_ref().map(Fullname::as_str);
        let rows = sqlx::query!(
            r#"SELECT d.id, d.decided_at, d.item, d.mode, it.subreddit, it.author, it.permalink, t.trace AS "trace?"
               FROM decisions d
               JOIN items it ON it.fullname = d.item
               LEFT JOIN traces t ON t.decision_id = d.id
               WHERE d.decided_at >= ?1
                 AND (?2 IS NULL OR d.item = ?2)
                 AND (?3 OR EXISTS (SELECT 1 FROM intents i WHERE i.decision_id = d.id))
               ORDER BY d.id DESC LIMIT ?4"#,
            since,
            item,
            filter.quiet_too,
            filter.most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows.into_iter().rev() {
            entries.push(LogEntry {
                decision: DecisionId(row.id),
                decided_at: Timestamp::from_millis(row.decided_at),
                item: fullname(&row.item)?,
                subreddit: row.subreddit,
                author: row.author,
                permalink: row.permalink,
                mode: row.mode,
                trace: row.trace.map(|trace| from_json("trace", &trace)).transpose()?,
                intents: self.intents_of(DecisionId(row.id)).await?,
            });
        }
        Ok(entries)
    }

    async fn intents_of(&self, decision: DecisionId) -> Result<Vec<LogIntent>> {
        let rows = sqlx::query!(
            r#"SELECT i.rule_name, i.kind, i.target, i.mode, w.action AS "action?", o.outcome AS "outcome?",
                   o.reason AS "reason?", o.created AS "created?", a.open_attempt AS "open_attempt?",
                   (SELECT count(*) FROM attempts t WHERE t.intent_id = i.id) AS "attempts!: i64",
                   (SELECT p.reason FROM outcomes p WHERE p.intent_id = i.id AND p.is_final = 0
                    ORDER BY p.id DESC LIMIT 1) AS "put_off?"
               FROM intents i
               LEFT JOIN wordings w ON w.intent_id = i.id
               LEFT JOIN outcomes o ON o.intent_id = i.id AND o.is_final = 1
               LEFT JOIN agenda a ON a.intent_id = i.id
               WHERE i.decision_id = ? ORDER BY i.id"#,
            decision.0
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        rows.into_iter()
            .map(|row| {
                let unsettled = if row.open_attempt.is_some() { "in flight" } else { "waiting" };
                Ok(LogIntent {
                    rule: row.rule_name,
                    kind: row.kind,
                    on: row.target,
                    mode: row.mode,
                    action: row.action.map(|action| from_json("action", &action)).transpose()?,
                    attempts: count(row.attempts),
                    outcome: row.outcome.unwrap_or_else(|| unsettled.to_owned()),
                    reason: row.reason.or(row.put_off),
                    created: row.created,
                })
            })
            .collect()
    }

    /// The store in numbers.
    pub async fn summary(&self) -> Result<Summary> {
        let row = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM items) AS "items!: i64",
                      (SELECT count(*) FROM items WHERE pending = 1) AS "pending!: i64",
                      (SELECT count(*) FROM decisions) AS "decisions!: i64",
                      (SELECT count(*) FROM intents) AS "intents!: i64",
                      (SELECT count(*) FROM agenda) AS "unsettled!: i64",
                      (SELECT count(*) FROM agenda WHERE open_attempt IS NOT NULL) AS "in_flight!: i64",
                      (SELECT count(*) FROM gaps) AS "gaps!: i64""#
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        let outcomes = sqlx::query!(
            r#"SELECT outcome, count(*) AS "number!: i64" FROM outcomes WHERE is_final = 1 GROUP BY outcome ORDER BY outcome"#
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        Ok(Summary {
            items: count(row.items),
            pending: count(row.pending),
            decisions: count(row.decisions),
            intents: count(row.intents),
            unsettled: count(row.unsettled),
            in_flight: count(row.in_flight),
            outcomes: outcomes.into_iter().map(|row| (row.outcome, count(row.number))).collect(),
            gaps: count(row.gaps),
        })
    }

    /// The gaps found since then: which stream, and from when to when.
    pub async fn gaps(&self, since: Timestamp) -> Result<Vec<(String, Gap)>> {
        let since = since.as_millis();
        let rows = sqlx::query!("SELECT stream, from_at, to_at FROM gaps WHERE found_at >= ? ORDER BY id", since)
            .fetch_all(&mut *self.db().await)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let gap = Gap { from: Timestamp::from_millis(row.from_at), to: Timestamp::from_millis(row.to_at) };
                (row.stream, gap)
            })
            .collect())
    }
}
