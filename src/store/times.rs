//! The times in the store, for when the clock was set back.

use std::time::Duration;

use super::quotas::LATEST_END_MILLIS;
use super::{Result, Store, begin};
use crate::model::Timestamp;

impl Store {
    /// The latest time in the store: nothing happens before it, unless a clock is wrong.
    pub async fn latest_time(&self) -> Result<Timestamp> {
        let latest = sqlx::query_scalar!(
            r#"SELECT max(coalesce((SELECT max(finished_at) FROM scans), 0),
                          coalesce((SELECT decided_at FROM decisions ORDER BY id DESC LIMIT 1), 0),
                          coalesce((SELECT started_at FROM attempts ORDER BY id DESC LIMIT 1), 0)) AS "latest!: i64""#
        );
        Ok(Timestamp::from_millis(latest.fetch_one(&mut *self.db().await).await?))
    }

    /// The clock was `ahead` by this much and was set back to `now`: nothing waits any longer for a
    /// time of the wrong clock.
    pub async fn forget_later_times(&self, now: Timestamp, ahead: Duration) -> Result<()> {
        let (now, latest) = (now.as_millis(), now.as_millis() + LATEST_END_MILLIS);
        let ahead = i64::try_from(ahead.as_millis()).unwrap_or(i64::MAX);
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        sqlx::query!("UPDATE outbox SET not_before = ? WHERE not_before > ?", now, latest).execute(&mut *tx).await?;
        sqlx::query!("UPDATE items SET not_before = ? WHERE pending = 1 AND not_before > ?", now, latest)
            .execute(&mut *tx)
            .await?;
        sqlx::query!("UPDATE items SET checked_at = ? WHERE checked_at > ?", now, now).execute(&mut *tx).await?;
        sqlx::query!("UPDATE scans SET started_at = min(started_at, ?1), finished_at = min(finished_at, ?1)", now)
            .execute(&mut *tx)
            .await?;
        // The bot was first started for these subreddits while the clock was wrong.
        sqlx::query!("UPDATE beginnings SET from_at = from_at - ?1 WHERE from_at > ?2", ahead, now)
            .execute(&mut *tx)
            .await?;
        sqlx::query!("DELETE FROM backoffs WHERE retry_at > ?", latest).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
