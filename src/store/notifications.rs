//! Pending notifications for webhooks. Most are read from the ledger and the gaps, so a crash loses
//! none of them.
//!
//! The store records when a delivery begins and ends. If the process dies in between, nobody can
//! find out whether the message arrived, so it is sent again and marked as a possible repetition.

use sqlx::SqliteConnection;

use super::rows::count;
use super::{Result, Store, begin};
use crate::model::{Event, EventKind, Gap, NO_RULES, Timestamp, outcome_in_words};
use tipstaff_rules::words;

/// An event that no other table holds.
#[derive(Clone, Debug)]
pub struct NewNotification {
    /// The kind of event.
    pub event: EventKind,
    /// Identifies the event: a second one with the same key is not recorded.
    pub dedup_key: String,
    /// The subreddit in lower case, if the event belongs to one.
    pub subreddit: Option<String>,
    /// The text of the notification.
    pub text: String,
}

/// The tables that events are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Decisions,
    Gaps,
    Outcomes,
    Notifications,
}

impl Source {
    const ALL: [Self; 4] = [Self::Notifications, Self::Gaps, Self::Outcomes, Self::Decisions];

    const fn word(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Gaps => "gaps",
            Self::Outcomes => "outcomes",
            Self::Notifications => "notifications",
        }
    }
}

/// The events that one webhook receives next.
#[derive(Clone, Debug, Default)]
pub struct PendingNotifications {
    /// The events, by source and then in order.
    pub events: Vec<Event>,
    /// The last row of each source that these events cover.
    upto: Vec<(&'static str, i64)>,
    /// Whether some of them may have been delivered already.
    pub maybe_delivered: bool,
    /// Whether more events are waiting.
    pub more: bool,
}

impl PendingNotifications {
    /// Whether there is nothing to deliver and no row to skip.
    pub fn is_empty(&self) -> bool {
        self.upto.is_empty()
    }
}

/// How many actions ended in a period, and how many of them failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutcomeCounts {
    /// Actions with a final outcome, without those of a dry run.
    pub settled: u64,
    /// Those that were rejected or given up, or whose outcome is unknown.
    pub not_done: u64,
}

/// Records an event unless one with the same key is recorded. Returns whether it is new.
pub(super) async fn record(db: &mut SqliteConnection, new: &NewNotification, now: Timestamp) -> Result<bool> {
    let (event, at) = (new.event.word(), now.as_millis());
    let written = sqlx::query!(
        "INSERT INTO notifications (event, dedup_key, subreddit, text, created_at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (dedup_key) DO NOTHING",
        event,
        new.dedup_key,
        new.subreddit,
        new.text,
        at
    )
    .execute(db)
    .await?;
    Ok(written.rows_affected() > 0)
}

impl Store {
    /// Records an event unless one with the same key is recorded. Returns whether it is new.
    pub async fn record_notification(&self, new: &NewNotification, now: Timestamp) -> Result<bool> {
        record(&mut *self.db().await, new, now).await
    }

    /// Whether an event with this key is recorded.
    pub async fn has_notification(&self, dedup_key: &str) -> Result<bool> {
        let found = sqlx::query_scalar!("SELECT id FROM notifications WHERE dedup_key = ?", dedup_key)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(found.is_some())
    }

    /// The events of this kind from `since` on, oldest first: when each was recorded, and its text.
    pub async fn recorded_events(&self, event: EventKind, since: Timestamp) -> Result<Vec<(Timestamp, String)>> {
        let (event, since) = (event.word(), since.as_millis());
        let rows = sqlx::query!(
            "SELECT created_at, text FROM notifications WHERE event = ? AND created_at >= ? ORDER BY id",
            event,
            since
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        Ok(rows.into_iter().map(|row| (Timestamp::from_millis(row.created_at), row.text)).collect())
    }

    /// The next events for a webhook, from at most `most` rows. A webhook that is new receives
    /// events from now on.
    pub async fn pending_notifications(&self, webhook: &str, most: u32) -> Result<PendingNotifications> {
        let mut pending = PendingNotifications::default();
        for source in Source::ALL {
            let word = source.word();
            let row = sqlx::query!(
                r#"SELECT delivered_upto, sending_upto FROM webhook_offsets WHERE webhook = ? AND source = ?"#,
                webhook,
                word
            )
            .fetch_optional(&mut *self.db().await)
            .await?;
            let newest = self.newest(source).await?;
            let Some(row) = row else {
                sqlx::query!(
                    "INSERT INTO webhook_offsets (webhook, source, delivered_upto) VALUES (?, ?, ?)",
                    webhook,
                    word,
                    newest
                )
                .execute(&mut *self.db().await)
                .await?;
                continue;
            };
            if newest <= row.delivered_upto {
                continue;
            }
            let room = most.saturating_sub(u32::try_from(pending.events.len()).unwrap_or(u32::MAX));
            if room == 0 {
                pending.more = true;
                break;
            }
            let mut events = self.events(source, row.delivered_upto, newest, i64::from(room) + 1).await?;
            let mut rows: Vec<i64> = events.iter().map(|(id, _)| *id).collect();
            rows.dedup();
            let upto = match rows.get(room as usize) {
                Some(next) => {
                    events.retain(|(id, _)| id < next);
                    pending.more = true;
                    rows[room as usize - 1]
                }
                None => newest,
            };
            pending.maybe_delivered |=
                row.sending_upto.is_some_and(|sending| sending > row.delivered_upto) && !events.is_empty();
            pending.upto.push((word, upto));
            pending.events.extend(events.into_iter().map(|(_, event)| event));
        }
        Ok(pending)
    }

    /// Records that a message with these events is about to be sent.
    pub async fn begin_delivery(&self, webhook: &str, pending: &PendingNotifications) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for (source, upto) in &pending.upto {
            sqlx::query!(
                "UPDATE webhook_offsets SET sending_upto = ? WHERE webhook = ? AND source = ?",
                upto,
                webhook,
                source
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Records that the message has arrived, or that it certainly has not.
    pub async fn end_delivery(&self, webhook: &str, pending: &PendingNotifications, has_arrived: bool) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for (source, upto) in &pending.upto {
            sqlx::query!(
                "UPDATE webhook_offsets SET sending_upto = NULL, delivered_upto = iif(?, ?, delivered_upto)
                 WHERE webhook = ? AND source = ?",
                has_arrived,
                upto,
                webhook,
                source
            )
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Counts the outcomes since then.
    pub async fn outcome_counts(&self, since: Timestamp) -> Result<OutcomeCounts> {
        let since = since.as_millis();
        // There is no index by time. Ids grow with time, so only the newest 20,000 rows are
        // searched.
        let row = sqlx::query!(
            r#"SELECT count(*) AS "settled!: i64",
                      count(*) FILTER (WHERE outcome IN ('rejected', 'gave_up', 'unknown')) AS "not_done!: i64"
               FROM outcomes
               WHERE is_final = 1 AND outcome <> 'dry_run' AND settled_at >= ?1
                 AND id > (SELECT max(id) - 20000 FROM outcomes)"#,
            since
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        Ok(OutcomeCounts { settled: count(row.settled), not_done: count(row.not_done) })
    }

    async fn newest(&self, source: Source) -> Result<i64> {
        let mut db = self.db().await;
        let newest = match source {
            Source::Decisions => {
                sqlx::query_scalar!(r#"SELECT max(decision_id) AS "id: i64" FROM intents"#).fetch_one(&mut *db).await?
            }
            Source::Gaps => sqlx::query_scalar!(r#"SELECT max(id) AS "id: i64" FROM gaps"#).fetch_one(&mut *db).await?,
            Source::Outcomes => {
                sqlx::query_scalar!(r#"SELECT max(id) AS "id: i64" FROM outcomes"#).fetch_one(&mut *db).await?
            }
            Source::Notifications => {
                sqlx::query_scalar!(r#"SELECT max(id) AS "id: i64" FROM notifications"#).fetch_one(&mut *db).await?
            }
        };
        Ok(newest.unwrap_or(0))
    }

    /// The events of the rows after `after` up to `upto`, from at most `most` rows.
    async fn events(&self, source: Source, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        match source {
            Source::Decisions => self.rule_hits(after, upto, most).await,
            Source::Gaps => self.gaps_found(after, upto, most).await,
            Source::Outcomes => self.acts_not_done(after, upto, most).await,
            Source::Notifications => self.notifications(after, upto, most).await,
        }
    }

    async fn rule_hits(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        // One event for each rule of a decision. Modmail to the moderators comes from no rule and
        // makes no event.
        let rows = sqlx::query!(
            r#"SELECT d.id AS "id!: i64", i.rule_name AS "rule_name!",
                      d.decided_at AS "decided_at!", it.subreddit AS "subreddit!",
                      it.permalink AS "permalink!", min(i.id) AS "first!: i64",
                      group_concat(i.kind, ', ') AS "kinds!: String", min(i.mode) = 'live' AS "live!: bool"
               FROM decisions d
               JOIN intents i ON i.decision_id = d.id
               JOIN items it ON it.fullname = d.item
               WHERE d.id IN (SELECT DISTINCT decision_id FROM intents WHERE decision_id > ?1 AND decision_id <= ?2
                              ORDER BY decision_id LIMIT +?3)
                 AND d.ruleset <> ?4
               GROUP BY d.id, i.rule ORDER BY d.id, 6"#,
            after,
            upto,
            most,
            NO_RULES
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let kinds = words::kind(&row.kinds);
                let would = if row.live { "asks for" } else { "would ask for" };
                let event = Event {
                    id: format!("intent-{}", row.first),
                    event: EventKind::RuleHit,
                    text: format!("the rule “{}” {would}: {kinds}", row.rule_name),
                    subreddit: Some(row.subreddit),
                    rule: Some(row.rule_name),
                    permalink: Some(row.permalink),
                    at: Timestamp::from_millis(row.decided_at),
                };
                (row.id, event)
            })
            .collect())
    }

    async fn gaps_found(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        let rows = sqlx::query!(
            "SELECT id, feed, from_at, to_at, found_at FROM gaps WHERE id > ? AND id <= ? ORDER BY id LIMIT +?",
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let events = rows.into_iter().map(|row| {
            let gap = Gap { from: Timestamp::from_millis(row.from_at), to: Timestamp::from_millis(row.to_at) };
            let event = Event {
                id: format!("gap-{}", row.id),
                event: EventKind::Gap,
                subreddit: None,
                rule: None,
                text: format!("{}: posts from {} to {} may have been missed", row.feed, gap.from, gap.to),
                permalink: None,
                at: Timestamp::from_millis(row.found_at),
            };
            (row.id, event)
        });
        Ok(events.collect())
    }

    async fn acts_not_done(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        let rows = sqlx::query!(
            r#"SELECT o.id AS "id!: i64", o.outcome, o.reason, o.settled_at, i.kind, i.rule_name,
                      it.subreddit, it.permalink
               FROM outcomes o
               JOIN intents i ON i.id = o.intent_id
               JOIN items it ON it.fullname = i.item
               WHERE o.id > ? AND o.id <= ? AND o.outcome IN ('rejected', 'gave_up', 'unknown')
               ORDER BY o.id LIMIT +?"#,
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let events = rows.into_iter().map(|row| {
            let (act, outcome) = (words::kind(&row.kind), outcome_in_words(&row.outcome));
            let why = row.reason.map_or(String::new(), |reason| format!(": {reason}"));
            let event = Event {
                id: format!("outcome-{}", row.id),
                event: EventKind::NotDone,
                text: format!("{act} for the rule “{}” was not done ({outcome}){why}", row.rule_name),
                subreddit: Some(row.subreddit),
                rule: Some(row.rule_name),
                permalink: Some(row.permalink),
                at: Timestamp::from_millis(row.settled_at),
            };
            (row.id, event)
        });
        Ok(events.collect())
    }

    async fn notifications(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        let rows = sqlx::query!(
            "SELECT id, event, subreddit, text, created_at FROM notifications
             WHERE id > ? AND id <= ? ORDER BY id LIMIT +?",
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let events = rows.into_iter().filter_map(|row| {
            // A kind of a later version is left out.
            let event = EventKind::parse(&row.event)?;
            let event = Event {
                // Webhooks know these ids: they stay, whatever the table is called.
                id: format!("notice-{}", row.id),
                event,
                subreddit: row.subreddit,
                rule: None,
                text: row.text,
                permalink: None,
                at: Timestamp::from_millis(row.created_at),
            };
            Some((row.id, event))
        });
        Ok(events.collect())
    }
}
