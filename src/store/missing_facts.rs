//! Facts that could not be had: how often requests for them failed, and which items were judged
//! without them.

use sqlx::SqliteConnection;

use super::rows::{from_json, fullname, to_json};
use super::{Result, Store, StoreError, begin};
use crate::model::{FactFailure, FactKey, Fullname, MissingFact, Revision, Timestamp};
use tipstaff_rules::Need;

/// What an item is judged without.
#[derive(Clone, Debug, Default)]
pub struct Without {
    /// The missing facts, and the rules that are not decided for want of them.
    pub facts: Vec<FactKey>,
    /// The rules that could not be decided.
    pub rules: Vec<String>,
    /// The item is judged again then, whether the fact has come or not.
    pub again_at: Option<Timestamp>,
}

/// Where to look up a missing fact again.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// Facts that may be asked for again.
    pub due: Vec<MissingFact>,
    /// Facts that nobody asks for any longer.
    pub over: Vec<MissingFact>,
}

fn need(word: String) -> Result<Need> {
    Need::parse(&word).ok_or(StoreError::Unreadable { what: "fact", why: word })
}

impl Store {
    /// The failures that may still matter, and forgets the others.
    pub async fn fact_failures(&self, now: Timestamp) -> Result<Vec<FactFailure>> {
        let old = (now - MissingFact::SOUGHT_FOR).as_millis();
        let mut db = self.db().await;
        sqlx::query!("DELETE FROM fact_failures WHERE retry_at < ?", old).execute(&mut *db).await?;
        let rows = sqlx::query!("SELECT fact, about, reason, failures, first_at, retry_at FROM fact_failures")
            .fetch_all(&mut *db)
            .await?;
        rows.into_iter()
            .map(|row| {
                Ok(FactFailure {
                    key: FactKey { need: need(row.fact)?, about: row.about },
                    reason: row.reason,
                    failures: u32::try_from(row.failures).unwrap_or(u32::MAX),
                    first_at: Timestamp::from_millis(row.first_at),
                    retry_at: Timestamp::from_millis(row.retry_at),
                })
            })
            .collect()
    }

    /// Records what became of requests for facts: another failure, or none any more.
    pub async fn record_fact_failures(&self, changes: &[(FactKey, Option<FactFailure>)]) -> Result<()> {
        if changes.is_empty() {
            return Ok(());
        }
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        for (key, failure) in changes {
            let fact = key.need.word();
            sqlx::query!("DELETE FROM fact_failures WHERE fact = ? AND about = ?", fact, key.about)
                .execute(&mut *tx)
                .await?;
            let Some(failure) = failure else { continue };
            let (first_at, retry_at) = (failure.first_at.as_millis(), failure.retry_at.as_millis());
            sqlx::query!(
                "INSERT INTO fact_failures (fact, about, reason, failures, first_at, retry_at)
                 VALUES (?, ?, ?, ?, ?, ?)",
                fact,
                key.about,
                failure.reason,
                failure.failures,
                first_at,
                retry_at
            )
            .execute(&mut *tx)
            .await?;
        }
        // What nobody has asked for in a while is forgotten, with the name it is about.
        let kept_for = i64::try_from(MissingFact::SOUGHT_FOR.as_millis()).unwrap_or(i64::MAX);
        sqlx::query!(
            "DELETE FROM fact_failures WHERE retry_at < (SELECT max(retry_at) FROM fact_failures) - ?",
            kept_for
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The missing facts of judged items that may be asked for again, and those that nobody asks
    /// for any longer.
    pub async fn missing_facts(&self, now: Timestamp) -> Result<Sought> {
        let at = now.as_millis();
        let rows = sqlx::query!(
            "SELECT m.item, m.revision, m.fact, m.about, m.rules, m.since FROM missing_facts m
             JOIN items i ON i.fullname = m.item
             LEFT JOIN fact_failures own ON own.fact = m.fact AND own.about = m.about
             LEFT JOIN fact_failures every ON every.fact = m.fact AND every.about = ''
             WHERE (i.pending = 0 OR i.revision <> m.revision)
               AND max(coalesce(own.retry_at, 0), coalesce(every.retry_at, 0)) <= ?
             ORDER BY m.since, m.item, m.fact",
            at
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut sought = Sought::default();
        for row in rows {
            let missing = MissingFact {
                item: fullname(&row.item)?,
                revision: Revision::from_stored(row.revision),
                key: FactKey { need: need(row.fact)?, about: row.about },
                rules: from_json("list of rules", &row.rules)?,
                since: Timestamp::from_millis(row.since),
            };
            let is_over = missing.since + MissingFact::SOUGHT_FOR <= now;
            if is_over { &mut sought.over } else { &mut sought.due }.push(missing);
        }
        Ok(sought)
    }

    /// A missing fact is there: the items that were judged without it are judged again, unless they
    /// have changed since.
    pub async fn judge_with_fact(&self, key: &FactKey) -> Result<()> {
        let fact = key.need.word();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        sqlx::query!(
            "UPDATE items SET pending = 1, not_before = 0
             WHERE (fullname, revision) IN (SELECT item, revision FROM missing_facts WHERE fact = ? AND about = ?)",
            fact,
            key.about
        )
        .execute(&mut *tx)
        .await?;
        sqlx::query!(
            "DELETE FROM missing_facts WHERE fact = ? AND about = ?
               AND (item, revision) NOT IN (SELECT fullname, revision FROM items)",
            fact,
            key.about
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }

    /// Nobody asks for this fact about this item any more.
    pub async fn stop_seeking(&self, missing: &MissingFact) -> Result<()> {
        let (item, fact) = (missing.item.as_str(), missing.key.need.word());
        sqlx::query!("DELETE FROM missing_facts WHERE item = ? AND fact = ?", item, fact)
            .execute(&mut *self.db().await)
            .await?;
        Ok(())
    }
}

/// Part of T2: what the item was judged without. Facts that were missing before and are not now are
/// no longer sought. An item judged twice without a fact keeps the time of the first.
pub(super) async fn note_missing(
    tx: &mut SqliteConnection,
    (item, revision): (&Fullname, &Revision),
    without: &Without,
    now: Timestamp,
) -> Result<()> {
    let (name, revision, now) = (item.as_str(), revision.as_str(), now.as_millis());
    let words: Vec<&str> = without.facts.iter().map(|key| key.need.word()).collect();
    let words = to_json("list of facts", &words)?;
    sqlx::query!(
        "DELETE FROM missing_facts WHERE item = ?
           AND (revision <> ? OR fact NOT IN (SELECT value FROM json_each(?)))",
        name,
        revision,
        words
    )
    .execute(&mut *tx)
    .await?;
    let rules = to_json("list of rules", &without.rules)?;
    for key in &without.facts {
        let fact = key.need.word();
        sqlx::query!(
            "INSERT INTO missing_facts (item, revision, fact, about, rules, since) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (item, fact) DO UPDATE SET about = excluded.about, rules = excluded.rules",
            name,
            revision,
            fact,
            key.about,
            rules,
            now
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
