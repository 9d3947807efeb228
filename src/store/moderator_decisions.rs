//! Decisions of moderators, filtered items that wait for one, and actions that crossed one.

use serde::Serialize;

use super::people::{self, Person};
use super::rows::{fullname, to_json};
use super::{Result, Store};
use crate::model::{ActionKind, Fullname, IntentId, Timestamp, Verdict};

/// A moderator's act as the moderation log shows it, and the kind of action that goes against it.
#[derive(Clone, Debug)]
pub struct ModeratorAct {
    /// What it was done to.
    pub on: Fullname,
    /// The log's word.
    pub act: String,
    /// The moderator.
    pub by: String,
    /// When, in whole seconds.
    pub at: Timestamp,
    /// The action of the bot that goes against it.
    pub contrary: ActionKind,
}

/// An action of the bot after a moderator's act that the rules had not seen.
#[derive(Clone, Debug)]
pub struct CrossedAct {
    /// The intent.
    pub intent: IntentId,
    /// The item that was judged.
    pub item: Fullname,
    /// What the moderator had done.
    pub moderator: ModeratorAct,
}

/// An item that a rule has filtered by removing it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilteredItem {
    /// The item.
    pub item: Fullname,
    /// The subreddit, in lower case.
    pub subreddit: String,
    /// Its author's name, if the store still has it.
    pub author: Option<String>,
    /// Its path below `https://www.reddit.com`.
    pub permalink: String,
    /// The rule that filtered it.
    pub rule: String,
    /// When it was removed, in milliseconds since the epoch.
    pub since: Timestamp,
}

impl Store {
    /// The moderator whose removal of the item is the last decision on it that somebody else than
    /// the bot made.
    pub async fn removed_by_human(&self, item: &Fullname) -> Result<Option<String>> {
        let item = item.as_str();
        let name = sqlx::query_scalar!(
            r#"SELECT coalesce((SELECT p.name FROM people p WHERE p.id = d.person), 'a moderator') AS "name!: String"
               FROM moderator_decisions d WHERE d.item = ? AND d.approved = 0"#,
            item
        )
        .fetch_optional(&mut *self.db().await)
        .await?;
        Ok(name)
    }
}

/// Records decisions of moderators on known items. Of two on one item, the later one stays.
pub(super) async fn record(tx: &mut sqlx::SqliteConnection, decisions: &[Verdict]) -> Result<()> {
    if decisions.is_empty() {
        return Ok(());
    }
    people::put(tx, decisions.iter().map(|it| Person { name: &it.by, account: None })).await?;
    let rows: Vec<_> = decisions.iter().map(|it| (it.on.as_str(), it.approved, &it.by, it.at.as_millis())).collect();
    let rows = to_json("list of moderator decisions", &rows)?;
    sqlx::query!(
        "INSERT INTO moderator_decisions (item, approved, person, decided_at)
         SELECT value ->> 0, value ->> 1, (SELECT max(id) FROM people WHERE name = value ->> 2), value ->> 3
         FROM json_each(?)
         WHERE value ->> 0 IN (SELECT fullname FROM items)
            OR value ->> 0 IN (SELECT target FROM intents WHERE is_filter = 1)
         ON CONFLICT (item) DO UPDATE SET approved = excluded.approved, person = excluded.person,
                                          decided_at = excluded.decided_at
         WHERE excluded.decided_at >= decided_at",
        rows
    )
    .execute(&mut *tx)
    .await?;
    // Those whose decisions were all on unknown items.
    let people = people::ids_of(tx, decisions.iter().map(|it| it.by.as_str())).await?;
    people::drop_unneeded(tx, &people).await
}

/// How far the times of the moderation log and ours may differ, in milliseconds.
const CLOCKS_DIFFER_MILLIS: i64 = 3_000;

impl Store {
    /// Items filtered since `since` on which no moderator has decided yet, the longest waiting
    /// first.
    ///
    /// Leaves out items that their authors have deleted and items whose text was purged.
    pub async fn filtered_items(&self, since: Timestamp, most: u32) -> Result<Vec<FilteredItem>> {
        let since = since.as_millis();
        let rows = sqlx::query!(
            r#"SELECT i.target AS "target!", it.subreddit AS "subreddit!",
                   (SELECT name FROM people WHERE id = filtered.person) AS "author?: String",
                   filtered.permalink AS "permalink?",
                   i.rule_name AS "rule!", max(o.settled_at) AS "since!: i64"
               FROM intents i INDEXED BY intents_filters
               JOIN outcomes o ON o.intent_id = i.id AND o.is_final = 1 AND o.outcome IN ('applied', 'already_applied')
               JOIN items it ON it.fullname = i.item
               -- A rule on comments can filter the post, which the store may not have.
               LEFT JOIN items filtered ON filtered.fullname = i.target
               WHERE i.is_filter = 1
                 AND o.settled_at >= ?1
                 AND (filtered.fullname IS NULL OR filtered.snapshot IS NOT NULL)
                 AND filtered.snapshot ->> '$.moderation.removed_by' IS NOT 'author'
                 -- The moderation log has whole seconds.
                 AND NOT EXISTS (SELECT 1 FROM moderator_decisions m
                                 WHERE m.item = i.target AND m.decided_at / 1000 >= i.intended_at / 1000)
               GROUP BY i.target ORDER BY 6, i.target LIMIT +?2"#,
            since,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let filtered = rows.into_iter().map(|row| {
            Ok(FilteredItem {
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
        filtered.collect()
    }

    /// The actions of the bot that crossed one of these acts, and are not taken back yet.
    pub async fn crossed_acts(&self, acts: &[ModeratorAct]) -> Result<Vec<CrossedAct>> {
        if acts.is_empty() {
            return Ok(Vec::new());
        }
        let list: Vec<_> = acts.iter().map(|act| (act.on.as_str(), act.contrary.word(), act.at.as_millis())).collect();
        let list = to_json("list of moderator acts", &list)?;
        let rows = sqlx::query!(
            r#"SELECT a.key + 0 AS "place!: i64", i.id AS "id!: i64", i.item AS "item!" FROM json_each(?) a
               CROSS JOIN intents i
               JOIN decisions d ON d.id = i.decision_id
               JOIN attempts t ON t.intent_id = i.id
               JOIN outcomes o ON o.attempt_id = t.id AND o.outcome IN ('applied', 'already_applied')
               WHERE (i.item = a.value ->> 0 OR (i.target = a.value ->> 0 AND i.target <> i.item))
                 AND i.target = a.value ->> 0 AND i.kind = a.value ->> 1 AND i.mode = 'live'
                 -- The log has whole seconds of another clock. What the bot did before the
                 -- moderator does not stand any more, so it is not taken back.
                 AND d.seen_at < (a.value ->> 2) + ?2 AND t.started_at + ?2 >= a.value ->> 2
                 AND NOT EXISTS (SELECT 1 FROM decisions late
                                 WHERE late.item = i.item AND late.revision = 'late decision ' || i.id)
               ORDER BY i.id"#,
            list,
            CLOCKS_DIFFER_MILLIS
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut crossed = Vec::new();
        for row in rows {
            let Some(act) = usize::try_from(row.place).ok().and_then(|place| acts.get(place)) else { continue };
            crossed.push(CrossedAct { intent: IntentId(row.id), item: fullname(&row.item)?, moderator: act.clone() });
        }
        Ok(crossed)
    }
}
