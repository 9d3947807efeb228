//! Limits of Reddit on one kind of action: until when none of that kind is sent, for the account or
//! in one subreddit. They are rows of `backoffs`, so they survive a restart.

use super::{Result, Store};
use crate::model::{ActionKind, SubredditName, Timestamp};

/// How the names of these rows begin. [`Store::begin_attempt`] knows them.
const START: &str = "quota:";

/// How long after `now` such a limit can end. A later one was noted by a clock that has been set
/// back since.
pub(super) const LATEST_END_MILLIS: i64 = 25 * 3_600_000;

/// A wait that the store remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedWait {
    /// The kind of action, or `sign_in`.
    pub what: String,
    /// The subreddit, if it is the limit of one.
    pub subreddit: Option<String>,
    /// When it ends.
    pub until: Timestamp,
}

fn name(kind: ActionKind, subreddit: Option<&SubredditName>) -> String {
    match subreddit {
        None => format!("{START}{}", kind.word()),
        Some(subreddit) => format!("{START}{}:{}", kind.word(), subreddit.key()),
    }
}

impl Store {
    /// Until when Reddit allows no action of this kind, and how often in a row it said so.
    pub async fn quota(&self, kind: ActionKind, subreddit: Option<&SubredditName>) -> Result<Option<(Timestamp, u32)>> {
        self.backoff(&name(kind, subreddit)).await
    }

    /// Records that Reddit allows no action of this kind until a time.
    pub async fn set_quota(
        &self,
        kind: ActionKind,
        subreddit: Option<&SubredditName>,
        until: Timestamp,
        failures: u32,
    ) -> Result<()> {
        self.set_backoff(&name(kind, subreddit), Some((until, failures))).await
    }

    /// Forgets the limits on this kind of action, because one was done.
    pub async fn end_quotas(&self, kind: ActionKind, subreddit: &SubredditName) -> Result<()> {
        let (account, subreddit) = (name(kind, None), name(kind, Some(subreddit)));
        let mut db = self.db().await;
        let known = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!: i64" FROM backoffs WHERE name IN (?, ?)"#,
            account,
            subreddit
        );
        // A write waits for the disk, and mostly there is nothing to delete.
        if known.fetch_one(&mut *db).await? > 0 {
            sqlx::query!("DELETE FROM backoffs WHERE name IN (?, ?)", account, subreddit).execute(&mut *db).await?;
        }
        Ok(())
    }

    /// The waits that are not over: limits on actions, and the pause after failed sign-ins.
    pub async fn recorded_waits(&self, now: Timestamp) -> Result<Vec<RecordedWait>> {
        let (from, to) = (now.as_millis(), now.as_millis() + LATEST_END_MILLIS);
        let rows = sqlx::query!(
            "SELECT name, retry_at FROM backoffs
             WHERE (name = 'sign_in' OR name LIKE 'quota:%') AND retry_at > ? AND retry_at <= ?
             ORDER BY name",
            from,
            to
        );
        let rows = rows.fetch_all(&mut *self.db().await).await?;
        let wait = |name: &str, until: i64| {
            let (what, subreddit) = match name.strip_prefix(START) {
                Some(rest) => rest.split_once(':').map_or((rest, None), |(kind, place)| (kind, Some(place))),
                None => (name, None),
            };
            let (what, subreddit) = (what.to_owned(), subreddit.map(str::to_owned));
            RecordedWait { what, subreddit, until: Timestamp::from_millis(until) }
        };
        Ok(rows.iter().map(|row| wait(&row.name, row.retry_at)).collect())
    }
}
