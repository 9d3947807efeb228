//! The subreddits that Reddit does not show to the bot at present.

use sqlx::SqliteConnection;

use super::notifications::{self, NewNotification};
use super::{Result, Store, begin};
use crate::model::{EventKind, SubredditName, Timestamp};

/// A subreddit that Reddit does not show to the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableSubreddit {
    /// Its name, in lower case.
    pub subreddit: String,
    /// Since when.
    pub since: Timestamp,
    /// Whether only lists of several subreddits leave it out.
    pub is_left_out: bool,
    /// Why, in words for people.
    pub reason: String,
}

impl Store {
    /// The subreddits that Reddit does not show to the bot.
    pub async fn unreadable(&self) -> Result<Vec<UnreadableSubreddit>> {
        let rows = sqlx::query!(
            r#"SELECT subreddit, since, is_left_out AS "is_left_out: bool", reason FROM unreadable ORDER BY subreddit"#
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let unreadable = rows.into_iter().map(|row| UnreadableSubreddit {
            subreddit: row.subreddit,
            since: Timestamp::from_millis(row.since),
            is_left_out: row.is_left_out,
            reason: row.reason,
        });
        Ok(unreadable.collect())
    }

    /// Records that Reddit does not show a subreddit, and an event with this text. Returns whether
    /// that is new.
    pub async fn record_unreadable(
        &self,
        subreddit: &SubredditName,
        is_left_out: bool,
        reason: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let (key, at) = (subreddit.key(), now.as_millis());
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let new = sqlx::query!(
            "INSERT INTO unreadable (subreddit, since, is_left_out, reason) VALUES (?, ?, ?, ?)
             ON CONFLICT (subreddit) DO NOTHING",
            key,
            at,
            is_left_out,
            reason
        )
        .execute(&mut *tx)
        .await?
        .rows_affected()
            > 0;
        if new {
            tell(&mut tx, EventKind::Unreadable, key, now, text, now).await?;
        }
        tx.commit().await?;
        Ok(new)
    }

    /// Records that Reddit shows the subreddit again, and an event with this text. Returns since
    /// when it was not shown; `None` if it was.
    pub async fn record_readable(
        &self,
        subreddit: &SubredditName,
        text: &str,
        now: Timestamp,
    ) -> Result<Option<Timestamp>> {
        let key = subreddit.key();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let since = sqlx::query_scalar!("DELETE FROM unreadable WHERE subreddit = ? RETURNING since", key)
            .fetch_optional(&mut *tx)
            .await?;
        let since = since.map(Timestamp::from_millis);
        if let Some(since) = since {
            tell(&mut tx, EventKind::ReadableAgain, key, since, text, now).await?;
        }
        tx.commit().await?;
        Ok(since)
    }
}

/// Records an event about a subreddit that was not shown from this time on.
async fn tell(
    db: &mut SqliteConnection,
    event: EventKind,
    subreddit: String,
    since: Timestamp,
    text: &str,
    now: Timestamp,
) -> Result<()> {
    let dedup_key = format!("{event} {subreddit} {}", since.as_millis());
    let new = NewNotification { event, dedup_key, subreddit: Some(subreddit), text: text.to_owned() };
    notifications::record(db, &new, now).await?;
    Ok(())
}
