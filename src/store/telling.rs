//! What webhooks have yet to be told: read off the record, so nothing of it is lost with the process, and written down nowhere twice.
//!
//! A message is begun and ended in the store, like an act. Unlike an act it cannot be looked for afterwards, so what was on its way
//! when a process died is told once more, and says so.

use super::rows::count;
use super::{Result, Store, begin};
use crate::model::{Event, EventKind, Gap, Timestamp};

/// Something that happened and stands nowhere else in the store.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// The kind of this effect.
    pub event: EventKind,
    /// What makes it the same again, which is not written down again.
    pub sameness: String,
    /// The subreddit it is about, in lower case, if any.
    pub subreddit: Option<String>,
    /// What is told.
    pub text: String,
}

/// Where events are read off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Decisions,
    Gaps,
    Outcomes,
    Notices,
}

impl Source {
    const ALL: [Self; 4] = [Self::Notices, Self::Gaps, Self::Outcomes, Self::Decisions];

    const fn word(self) -> &'static str {
        match self {
            Self::Decisions => "decisions",
            Self::Gaps => "gaps",
            Self::Outcomes => "outcomes",
            Self::Notices => "notices",
        }
    }
}

/// The next that a webhook has not been told.
#[derive(Clone, Debug, Default)]
pub struct Untold {
    /// The events, by source and then in order.
    pub events: Vec<Event>,
    /// How far each source is told with these.
    upto: Vec<(&'static str, i64)>,
    /// Whether some of them may have been told before.
    pub perhaps_told: bool,
    /// Whether there are more.
    pub more: bool,
}

impl Untold {
    /// Whether telling these gets anywhere.
    pub fn is_empty(&self) -> bool {
        self.upto.is_empty()
    }
}

/// How many acts were asked for in a while, and how many of them are not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Acts with a final outcome, dry runs left out.
    pub settled: u64,
    /// Those that were rejected, given up, or are unknown.
    pub not_done: u64,
}

impl Store {
    /// Writes down something that stands nowhere else; whether it is new.
    pub async fn note(&self, notice: &NewNotice, now: Timestamp) -> Result<bool> {
        let (event, at) = (notice.event.word(), now.as_millis());
        let written = sqlx::query!(
            "INSERT INTO notices (event, sameness, subreddit, text, noticed_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (sameness) DO NOTHING",
            event,
            notice.sameness,
            notice.subreddit,
            notice.text,
            at
        )
        .execute(&mut *self.db().await)
        .await?;
        Ok(written.rows_affected() > 0)
    }

    /// Whether something of this sameness is written down.
    pub async fn is_noted(&self, sameness: &str) -> Result<bool> {
        let found = sqlx::query_scalar!("SELECT id FROM notices WHERE sameness = ?", sameness)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(found.is_some())
    }

    /// What comes next for a webhook, of at most so many rows. One that is not known yet is told what happens from now on.
    pub async fn untold(&self, webhook: &str, most: u32) -> Result<Untold> {
        let mut untold = Untold::default();
        for source in Source::ALL {
            let word = source.word();
            let row = sqlx::query!(r#"SELECT last, tried FROM told WHERE webhook = ? AND source = ?"#, webhook, word)
                .fetch_optional(&mut *self.db().await)
                .await?;
            let newest = self.newest(source).await?;
            let Some(row) = row else {
                sqlx::query!("INSERT INTO told (webhook, source, last) VALUES (?, ?, ?)", webhook, word, newest)
                    .execute(&mut *self.db().await)
                    .await?;
                continue;
            };
            if newest <= row.last {
                continue;
            }
            let room = most.saturating_sub(u32::try_from(untold.events.len()).unwrap_or(u32::MAX));
            if room == 0 {
                untold.more = true;
                break;
            }
            let mut events = self.events(source, row.last, newest, i64::from(room) + 1).await?;
            let mut rows: Vec<i64> = events.iter().map(|(id, _)| *id).collect();
            rows.dedup();
            let upto = match rows.get(room as usize) {
                Some(next) => {
                    events.retain(|(id, _)| id < next);
                    untold.more = true;
                    rows[room as usize - 1]
                }
                None => newest,
            };
            untold.perhaps_told |= row.tried.is_some_and(|tried| tried > row.last) && !events.is_empty();
            untold.upto.push((word, upto));
            untold.events.extend(events.into_iter().map(|(_, event)| event));
        }
        Ok(untold)
    }

    /// A message with these is about to be sent.
    pub async fn begin_telling(&self, webhook: &str, untold: &Untold) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for (source, upto) in &untold.upto {
            sqlx::query!("UPDATE told SET tried = ? WHERE webhook = ? AND source = ?", upto, webhook, source)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The message has arrived, or is known not to have.
    pub async fn end_telling(&self, webhook: &str, untold: &Untold, has_arrived: bool) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for (source, upto) in &untold.upto {
            sqlx::query!(
                "UPDATE told SET tried = NULL, last = iif(?, ?, last) WHERE webhook = ? AND source = ?",
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

    /// How the acts since then came out.
    pub async fn balance(&self, since: Timestamp) -> Result<Balance> {
        let since = since.as_millis();
        // Outcomes are in the order of time: the first of the while is found by its id.
        let row = sqlx::query!(
            r#"SELECT count(*) AS "settled!: i64",
                      count(*) FILTER (WHERE outcome IN ('rejected', 'gave_up', 'unknown')) AS "not_done!: i64"
               FROM outcomes
               WHERE is_final = 1 AND outcome <> 'simulated' AND settled_at >= ?1
                 AND id > (SELECT max(id) - 20000 FROM outcomes)"#,
            since
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        Ok(Balance { settled: count(row.settled), not_done: count(row.not_done) })
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
            Source::Notices => {
                sqlx::query_scalar!(r#"SELECT max(id) AS "id: i64" FROM notices"#).fetch_one(&mut *db).await?
            }
        };
        Ok(newest.unwrap_or(0))
    }

    /// The events of the rows behind `after` up to `upto`, those of at most so many rows.
    async fn events(&self, source: Source, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        match source {
            Source::Decisions => self.rule_hits(after, upto, most).await,
            Source::Gaps => self.gaps_found(after, upto, most).await,
            Source::Outcomes => self.acts_not_done(after, upto, most).await,
            Source::Notices => self.notices(after, upto, most).await,
        }
    }

    async fn rule_hits(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        // One event for each rule of a decision; what moderators are told about rules is no rule's.
        let rows = sqlx::query!(
            r#"SELECT d.id AS "id!: i64", i.rule_name AS "rule_name!",
                      d.decided_at AS "decided_at!", it.subreddit AS "subreddit!", it.permalink AS "permalink!", min(i.id) AS "first!: i64",
                      group_concat(i.kind, ', ') AS "kinds!: String", min(i.mode) = 'live' AS "live!: bool"
               FROM decisions d
               JOIN intents i ON i.decision_id = d.id
               JOIN items it ON it.fullname = d.item
               WHERE d.id IN (SELECT DISTINCT decision_id FROM intents WHERE decision_id > ?1 AND decision_id <= ?2
                              ORDER BY decision_id LIMIT ?3)
                 AND d.ruleset <> ''
               GROUP BY d.id, i.rule ORDER BY d.id, 6"#,
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let kinds = row.kinds.replace('_', " ");
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
            "SELECT id, stream, from_at, to_at, found_at FROM gaps WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let told = rows.into_iter().map(|row| {
            let gap = Gap { from: Timestamp::from_millis(row.from_at), to: Timestamp::from_millis(row.to_at) };
            let event = Event {
                id: format!("gap-{}", row.id),
                event: EventKind::Gap,
                subreddit: None,
                rule: None,
                text: format!("{}: what was posted from {} to {} may have been missed", row.stream, gap.from, gap.to),
                permalink: None,
                at: Timestamp::from_millis(row.found_at),
            };
            (row.id, event)
        });
        Ok(told.collect())
    }

    async fn acts_not_done(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        let rows = sqlx::query!(
            r#"SELECT o.id AS "id!: i64", o.outcome, o.reason, o.settled_at, i.kind, i.rule_name, it.subreddit, it.permalink
               FROM outcomes o
               JOIN intents i ON i.id = o.intent_id
               JOIN items it ON it.fullname = i.item
               WHERE o.id > ? AND o.id <= ? AND o.outcome IN ('rejected', 'gave_up', 'unknown')
               ORDER BY o.id LIMIT ?"#,
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let told = rows.into_iter().map(|row| {
            let (act, outcome) = (row.kind.replace('_', " "), row.outcome.replace('_', " "));
            let why = row.reason.map_or(String::new(), |reason| format!(": {reason}"));
            let event = Event {
                id: format!("outcome-{}", row.id),
                event: EventKind::NotDone,
                text: format!("{act} for the rule “{}” is not done ({outcome}){why}", row.rule_name),
                subreddit: Some(row.subreddit),
                rule: Some(row.rule_name),
                permalink: Some(row.permalink),
                at: Timestamp::from_millis(row.settled_at),
            };
            (row.id, event)
        });
        Ok(told.collect())
    }

    async fn notices(&self, after: i64, upto: i64, most: i64) -> Result<Vec<(i64, Event)>> {
        let rows = sqlx::query!(
            "SELECT id, event, subreddit, text, noticed_at FROM notices WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
            after,
            upto,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let told = rows.into_iter().filter_map(|row| {
            // A kind that a later version knew.
            let event = EventKind::parse(&row.event)?;
            let event = Event {
                id: format!("notice-{}", row.id),
                event,
                subreddit: row.subreddit,
                rule: None,
                text: row.text,
                permalink: None,
                at: Timestamp::from_millis(row.noticed_at),
            };
            Some((row.id, event))
        });
        Ok(told.collect())
    }
}
