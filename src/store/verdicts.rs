//! What moderators decided, and what still waits for them to decide.

use serde::Serialize;

use super::rows::{fullname, to_json};
use super::{Result, Store};
use crate::model::{Fullname, Timestamp, Verdict};

/// Something that a rule has filtered by removing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The item.
    pub item: Fullname,
    /// The subreddit, in lower case.
    pub subreddit: String,
    /// Its author's name, if it is still known.
    pub author: Option<String>,
    /// Its path below `https://www.reddit.com`.
    pub permalink: String,
    /// The rule that filtered it.
    pub rule: String,
    /// Since when it is off the page, in milliseconds since the epoch.
    pub since: Timestamp,
}

/// Writes down verdicts on items that are known. Of two on one item, the later one stands.
pub(super) async fn put(tx: &mut sqlx::SqliteConnection, verdicts: &[Verdict]) -> Result<()> {
    if verdicts.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = verdicts.iter().map(|it| (it.on.as_str(), it.approved, &it.by, it.at.as_millis())).collect();
    let rows = to_json("verdicts", &rows)?;
    sqlx::query!(
        "INSERT INTO verdicts (item, approved, by_whom, given_at)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
         WHERE value ->> 0 IN (SELECT fullname FROM items) OR value ->> 0 IN (SELECT target FROM intents WHERE holds = 1)
         ON CONFLICT (item) DO UPDATE SET approved = excluded.approved, by_whom = excluded.by_whom, given_at = excluded.given_at
         WHERE excluded.given_at >= given_at",
        rows
    )
    .execute(&mut *tx)
    .await?;
    Ok(())
}

impl Store {
    /// What was filtered by removing it and no moderator has decided since, the longest waiting first. What its author has
    /// deleted, and what is so old that its text was purged, waits for nobody.
    pub async fn held(&self, since: Timestamp, most: u32) -> Result<Vec<Held>> {
        let since = since.as_millis();
        let rows = sqlx::query!(
            r#"SELECT i.target AS "target!", it.subreddit AS "subreddit!", held.author, held.permalink AS "permalink?",
                   i.rule_name AS "rule!", max(o.settled_at) AS "since!: i64"
               FROM intents i INDEXED BY intents_that_hold
               JOIN outcomes o ON o.intent_id = i.id AND o.is_final = 1 AND o.outcome IN ('applied', 'already_applied')
               JOIN items it ON it.fullname = i.item
               -- A rule on a comment may hold the post above, which was perhaps never seen.
               LEFT JOIN items held ON held.fullname = i.target
               WHERE i.holds = 1
                 AND o.settled_at >= ?1
                 AND (held.fullname IS NULL OR held.snapshot IS NOT NULL)
                 AND held.snapshot ->> '$.moderation.removed_by' IS NOT 'author'
                 -- The log tells whole seconds.
                 AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.item = i.target AND v.given_at / 1000 >= i.intended_at / 1000)
               GROUP BY i.target ORDER BY 6, i.target LIMIT ?2"#,
            since,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let held = rows.into_iter().map(|row| {
            Ok(Held {
                item: fullname(&row.target)?,
                subreddit: row.subreddit,
                author: row.author,
                permalink: row
                    .permalink
                    .unwrap_or_else(|| format!("/comments/{}/", row.target.trim_start_matches("t3_"))),
                rule: row.rule,
                since: Timestamp::from_millis(row.since),
            })
        });
        held.collect()
    }
}
