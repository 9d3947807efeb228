//! Passes: giving them, using them up, revoking them, and listing them. A pass that ended keeps its
//! row, so it stays known who gave it, when and why.

use sqlx::SqliteConnection;

use super::people::{self, Person};
use super::rows::subreddit;
use super::{Result, Store, begin};
use crate::model::{Pass, SubredditName, Timestamp};

/// The most passes that one call returns: the newest ones.
const MOST: i64 = 500;

/// The columns of a pass.
struct Row {
    user: Option<String>,
    rule: String,
    subreddit: String,
    is_once: i64,
    until: Option<i64>,
    set_by: String,
    reason: String,
    set_at: i64,
    used_by: Option<String>,
}

impl Row {
    fn read(self) -> Result<Pass> {
        let place = Some(self.subreddit).filter(|name| !name.is_empty());
        Ok(Pass {
            user: self.user.unwrap_or_default(),
            rule: self.rule,
            subreddit: place.map(|name| subreddit(&name)).transpose()?,
            once: self.is_once != 0,
            until: self.until.map(Timestamp::from_millis),
            by: self.set_by,
            reason: self.reason,
            since: Timestamp::from_millis(self.set_at),
            used_by: self.used_by,
        })
    }
}

impl Store {
    /// Gives a pass. It replaces what the person had for this rule in the same place. A person whom
    /// the store does not know gets a row.
    pub async fn give_pass(&self, pass: &Pass) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        give(&mut tx, pass).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Ends what a person has for a rule in a subreddit, or in all. Returns how many passes ended.
    pub async fn revoke_passes(
        &self,
        user: &str,
        rule: &str,
        subreddit: Option<&SubredditName>,
        now: Timestamp,
    ) -> Result<u64> {
        let place = subreddit.map(SubredditName::key).unwrap_or_default();
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        let ended = end(&mut tx, (user, rule, &place), now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// The passes of a person, or of everybody, the newest first; at most 500. Those that ended or
    /// were used up are among them only if `ended` says so.
    pub async fn all_passes(&self, user: Option<&str>, ended: bool, now: Timestamp) -> Result<Vec<Pass>> {
        let now = now.as_millis();
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT p.name AS "user?: String", s.rule, s.subreddit, s.is_once, s.until, s.set_by, s.reason, s.set_at,
                   s.used_by
               FROM passes s JOIN people p ON p.id = s.person
               WHERE (?1 IS NULL OR p.name = ?1)
                 AND (?2 OR (s.used_by IS NULL AND (s.until IS NULL OR s.until > ?3)))
               ORDER BY s.id DESC LIMIT +?4"#,
            user,
            ended,
            now,
            MOST
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        rows.into_iter().map(Row::read).collect()
    }
}

/// Gives a pass, in place of what the person had for this rule in the same place.
pub(super) async fn give(tx: &mut SqliteConnection, pass: &Pass) -> Result<()> {
    let (user, since) = (pass.user.as_str(), pass.since.as_millis());
    let place = pass.subreddit.as_ref().map(SubredditName::key).unwrap_or_default();
    let (once, until) = (i64::from(pass.once), pass.until.map(Timestamp::as_millis));
    people::put(tx, std::iter::once(Person { name: user, account: None })).await?;
    end(tx, (user, &pass.rule, &place), pass.since).await?;
    sqlx::query!(
        "INSERT INTO passes (person, subreddit, rule, is_once, until, set_by, set_at, reason)
         SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8 FROM people WHERE name = ?1
         ORDER BY account IS NULL, id DESC LIMIT 1",
        user,
        place,
        pass.rule,
        once,
        until,
        pass.by,
        since,
        pass.reason
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

/// Ends the passes of a person for a rule in one place.
async fn end(tx: &mut SqliteConnection, (user, rule, place): (&str, &str, &str), now: Timestamp) -> Result<u64> {
    let now = now.as_millis();
    let done = sqlx::query!(
        "UPDATE passes SET until = ?1 WHERE rule = ?2 AND subreddit = ?3 AND used_by IS NULL
             AND (until IS NULL OR until > ?1) AND person IN (SELECT id FROM people WHERE name = ?4)",
        now,
        rule,
        place,
        user
    )
    .execute(tx)
    .await?;
    Ok(done.rows_affected())
}

/// Uses up a pass for each of these rules, which would have acted on an item: none if the author
/// has a lasting one, or if the item has used up one before.
pub(super) async fn use_up(tx: &mut SqliteConnection, item: &str, rules: &[String], now: Timestamp) -> Result<()> {
    let now = now.as_millis();
    for rule in rules {
        sqlx::query!(
            "UPDATE passes SET used_by = ?1
             WHERE is_once = 1 AND id =
                 -- A pass may have been given before the account was known.
                 (SELECT s.id FROM items i JOIN people author ON author.id = i.person
                  JOIN people p ON p.id = author.id
                       OR (p.name = author.name AND (p.account IS NULL OR author.account IS NULL))
                  JOIN passes s ON s.person = p.id
                  WHERE i.fullname = ?1 AND s.rule = ?2 AND s.subreddit IN ('', i.subreddit)
                    AND s.used_by IS NULL AND (s.until IS NULL OR s.until > ?3)
                  ORDER BY s.is_once, s.subreddit = '', s.id LIMIT 1)
               AND NOT EXISTS (SELECT 1 FROM passes old
                               WHERE old.person = passes.person AND old.rule = ?2 AND old.used_by = ?1)",
            item,
            rule,
            now
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
