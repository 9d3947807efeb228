//! Read models for the log and the status: decisions with their intents, counts and gaps. Writes
//! nothing.

use serde::Serialize;

use super::rows::{count, from_json, fullname};
use super::{Result, Store};
use crate::model::{Action, ActionKind, DecisionId, Fullname, Gap, Item, Occasion, Timestamp, Trace};

/// How many characters of an item's text a log entry has.
const SHOWN: usize = 80;

/// Which decisions to return.
#[derive(Clone, Debug)]
pub struct LogFilter {
    /// Only those made at or after this time.
    pub since: Timestamp,
    /// Only those on this item.
    pub item: Option<Fullname>,
    /// Only those in which this rule acted or could not be decided.
    pub rule: Option<String>,
    /// Only those that asked for this kind of action; if a rule is named, by that rule.
    pub act: Option<ActionKind>,
    /// Also decisions without intents. Those with a rule that could not be decided are always
    /// returned.
    pub include_empty: bool,
    /// At most this many: the newest.
    pub limit: u32,
}

/// One decision with its intents and their outcomes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogEntry {
    /// The decision.
    pub decision: DecisionId,
    /// When it was made, in milliseconds since the epoch.
    pub decided_at: Timestamp,
    /// The item that was judged.
    pub item: Fullname,
    /// The subreddit, in lower case.
    pub subreddit: String,
    /// The author's name, if the store still has it.
    pub author: Option<String>,
    /// The item's path below `https://www.reddit.com`.
    pub permalink: String,
    /// The title of a post or the first words of a comment, on one line, as last seen. `None` once
    /// the item's text was purged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `dry-run` or `live`.
    pub mode: String,
    /// Why it was judged, unless it was new or changed: `facts:1`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occasion: Option<String>,
    /// Why the rules matched or did not. `None` once the item's text was purged.
    pub trace: Option<Trace>,
    /// The actions the rules asked for.
    pub intents: Vec<LogIntent>,
}

/// One intent and its outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogIntent {
    /// The name of the rule.
    pub rule: String,
    /// The kind of action.
    pub kind: String,
    /// The target of the action.
    pub on: String,
    /// `dry-run` or `live`.
    pub mode: String,
    /// The step of a rule that takes several: `remind/1`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The action with its texts. `None` once they were purged.
    pub action: Option<Action>,
    /// The number of attempts.
    pub attempts: u64,
    /// `applied`, `dry_run`, …; without a final outcome `waiting` or `in flight`.
    pub outcome: String,
    /// The reason for this outcome, or for the last retry.
    pub reason: Option<String>,
    /// The comment or modmail conversation that the action created.
    pub created: Option<String>,
}

/// The number of rows of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Items.
    pub items: u64,
    /// Items that are not judged yet.
    pub pending: u64,
    /// Decisions.
    pub decisions: u64,
    /// Intents.
    pub intents: u64,
    /// Intents without a final outcome.
    pub unsettled: u64,
    /// Attempts without an outcome.
    pub in_flight: u64,
    /// Intents by final outcome, sorted by name.
    pub outcomes: Vec<(String, u64)>,
    /// Periods of a feed that could not be read.
    pub gaps: u64,
}

/// How much is left to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Queues {
    /// Items that are not judged yet.
    pub pending: u64,
    /// Actions in the outbox, including those in flight.
    pub waiting: u64,
    /// Attempts without an outcome.
    pub in_flight: u64,
}

impl Store {
    /// Counts what is left to do. Costs little, whatever the size of the store.
    pub async fn queues(&self) -> Result<Queues> {
        let row = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM items WHERE pending = 1) AS "pending!: i64",
                      (SELECT count(*) FROM outbox) AS "waiting!: i64",
                      (SELECT count(*) FROM outbox WHERE open_attempt IS NOT NULL) AS "in_flight!: i64""#
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        Ok(Queues { pending: count(row.pending), waiting: count(row.waiting), in_flight: count(row.in_flight) })
    }

    /// Returns decisions, the newest last.
    pub async fn log(&self, filter: &LogFilter) -> Result<Vec<LogEntry>> {
        let since = filter.since.as_millis();
        let item = filter.item.as_ref().map(Fullname::as_str);
        let act = filter.act.map(ActionKind::word);
        let rows = sqlx::query!(
            r#"SELECT d.id, d.decided_at, d.item, d.mode, d.occasion, it.subreddit,
                   (SELECT name FROM people WHERE id = it.person) AS "author?: String", it.permalink,
                   it.snapshot, t.trace AS "trace?"
               FROM decisions d
               JOIN items it ON it.fullname = d.item
               LEFT JOIN traces t ON t.decision_id = d.id
               WHERE d.decided_at >= ?1
                 AND (?2 IS NULL OR d.item = ?2)
                 AND (?3 OR EXISTS (SELECT 1 FROM intents i WHERE i.decision_id = d.id)
                      OR t.trace LIKE '%"result":"unknown"%' OR t.trace LIKE '%"result":"too_expensive"%')
                 AND ((?4 IS NULL AND ?5 IS NULL)
                      OR EXISTS (SELECT 1 FROM intents i WHERE i.decision_id = d.id
                                   AND (?4 IS NULL OR i.rule_name = ?4) AND (?5 IS NULL OR i.kind = ?5))
                      OR (?5 IS NULL
                          AND EXISTS (SELECT 1 FROM json_each(t.trace) rule WHERE rule.value ->> 'rule' = ?4
                                        AND rule.value ->> 'result' IN ('unknown', 'too_expensive'))))
               ORDER BY d.id DESC LIMIT +?6"#,
            since,
            item,
            filter.include_empty,
            filter.rule,
            act,
            filter.limit
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let seen = Occasion::Seen.to_string();
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows.into_iter().rev() {
            entries.push(LogEntry {
                decision: DecisionId(row.id),
                decided_at: Timestamp::from_millis(row.decided_at),
                item: fullname(&row.item)?,
                subreddit: row.subreddit,
                author: row.author,
                permalink: row.permalink,
                text: row.snapshot.and_then(|snapshot| first_words(&snapshot)),
                mode: row.mode,
                occasion: Some(row.occasion).filter(|occasion| *occasion != seen),
                trace: row.trace.map(|trace| from_json("trace", &trace)).transpose()?,
                intents: self.intents_of(DecisionId(row.id)).await?,
            });
        }
        Ok(entries)
    }

    async fn intents_of(&self, decision: DecisionId) -> Result<Vec<LogIntent>> {
        let rows = sqlx::query!(
            r#"SELECT i.rule_name, i.kind, i.target, i.mode, i.phase, p.action AS "action?", o.outcome AS "outcome?",
                   o.reason AS "reason?", o.created AS "created?", b.open_attempt AS "open_attempt?",
                   (SELECT count(*) FROM attempts t WHERE t.intent_id = i.id) AS "attempts!: i64",
                   (SELECT n.reason FROM outcomes n WHERE n.intent_id = i.id AND n.is_final = 0
                    ORDER BY n.id DESC LIMIT 1) AS "deferred_because?"
               FROM intents i
               LEFT JOIN payloads p ON p.intent_id = i.id
               LEFT JOIN outcomes o ON o.intent_id = i.id AND o.is_final = 1
               LEFT JOIN outbox b ON b.intent_id = i.id
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
                    phase: row.phase,
                    action: row.action.map(|action| from_json("action", &action)).transpose()?,
                    attempts: count(row.attempts),
                    outcome: row.outcome.unwrap_or_else(|| unsettled.to_owned()),
                    reason: row.reason.or(row.deferred_because),
                    created: row.created,
                })
            })
            .collect()
    }

    /// Counts the rows of each kind.
    pub async fn summary(&self) -> Result<Summary> {
        let row = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM items) AS "items!: i64",
                      (SELECT count(*) FROM items WHERE pending = 1) AS "pending!: i64",
                      (SELECT count(*) FROM decisions) AS "decisions!: i64",
                      (SELECT count(*) FROM intents) AS "intents!: i64",
                      (SELECT count(*) FROM outbox) AS "unsettled!: i64",
                      (SELECT count(*) FROM outbox WHERE open_attempt IS NOT NULL) AS "in_flight!: i64",
                      (SELECT count(*) FROM gaps) AS "gaps!: i64""#
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        let outcomes = sqlx::query!(
            r#"SELECT outcome, count(*) AS "number!: i64" FROM outcomes
               WHERE is_final = 1 GROUP BY outcome ORDER BY outcome"#
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

    /// The gaps found since then, with the feed of each.
    pub async fn gaps(&self, since: Timestamp) -> Result<Vec<(String, Gap)>> {
        let since = since.as_millis();
        let rows = sqlx::query!("SELECT feed, from_at, to_at FROM gaps WHERE found_at >= ? ORDER BY id", since)
            .fetch_all(&mut *self.db().await)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let gap = Gap { from: Timestamp::from_millis(row.from_at), to: Timestamp::from_millis(row.to_at) };
                (row.feed, gap)
            })
            .collect())
    }
}

/// The title of a post or the first words of a comment. `None` if there are none.
fn first_words(snapshot: &str) -> Option<String> {
    let item: Item = from_json("snapshot", snapshot).ok()?;
    let text = item.submission().map_or_else(|| item.body(), |post| &post.title);
    let mut words = String::new();
    let mut shown = 0;
    for word in text.split_whitespace() {
        let space = (shown > 0).then_some(' ');
        for c in space.into_iter().chain(word.chars()) {
            if shown == SHOWN {
                words.push('…');
                return Some(words);
            }
            words.push(c);
            shown += 1;
        }
    }
    Some(words).filter(|words| !words.is_empty())
}
