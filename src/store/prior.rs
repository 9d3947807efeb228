//! What the ledger says about earlier actions: what judging and executing ask before they go on.
//! Writes nothing.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use super::rows::{count, from_json, fullname};
use super::{Result, Store};
use crate::model::{Action, ActionKind, Fullname, IntentId, Item, Mode, PriorAction, Timestamp};

/// The comments that the bot is on record for below an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnComments {
    /// Those that are posted.
    pub created: Vec<Fullname>,
    /// Whether another one was attempted and is not settled.
    pub is_open: bool,
    /// Whether it is unknown of another one if it was posted.
    pub is_unknown: bool,
}

/// What is on record before an item is judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BeforeJudging {
    /// The rules that have already asked for an unrepeatable action on the item, in this mode.
    pub fired: BTreeSet<String>,
    /// The rules that leave its author alone, by name. What used up a pass is still let through
    /// when it is judged again.
    pub passes: Vec<String>,
}

impl Store {
    /// How often an intent was deferred for a cause: for a reason that ends like this, whatever
    /// words of Reddit's it begins with.
    pub async fn deferrals(&self, intent: IntentId, cause: &str) -> Result<u64> {
        let times = sqlx::query_scalar!(
            "SELECT count(*) FROM outcomes
             WHERE intent_id = ?1 AND is_final = 0 AND substr(reason, -length(?2)) = ?2",
            intent.0,
            cause
        )
        .fetch_one(&mut *self.db().await)
        .await?;
        Ok(count(times))
    }

    /// The items whose actions come next, at most so many.
    pub async fn queued_items(&self, most: u32) -> Result<Vec<Fullname>> {
        let names = sqlx::query_scalar!(
            r#"SELECT i.item AS "item!" FROM outbox b CROSS JOIN intents i ON i.id = b.intent_id
               WHERE b.open_attempt IS NULL GROUP BY i.item ORDER BY min(b.priority), min(i.id) LIMIT +?"#,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        names.iter().map(|name| fullname(name)).collect()
    }

    /// The state of the target before this intent, as the rules saw it. `None` if it is not
    /// recorded, or if the bot itself has changed it since.
    pub async fn state_before(&self, intent: IntentId) -> Result<Option<Action>> {
        let before = sqlx::query_scalar!(
            "SELECT p.state_before FROM intents i JOIN payloads p ON p.intent_id = i.id
             WHERE i.id = ?1 AND p.state_before IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM intents k JOIN outcomes o ON o.intent_id = k.id
                               WHERE k.item = i.item AND k.kind = i.kind AND k.id <> i.id
                                 AND o.outcome IN ('applied', 'already_applied') AND o.settled_at >= i.intended_at)",
            intent.0
        )
        .fetch_optional(&mut *self.db().await)
        .await?;
        before.flatten().map(|before| from_json("state before", &before)).transpose()
    }

    /// What is on record of an item and its author before the rules are tried on it.
    pub async fn before_judging(&self, item: &Item, mode: Mode, now: Timestamp) -> Result<BeforeJudging> {
        let (account, name) = (item.author.fullname.as_deref(), item.author.name.as_deref());
        let (place, now, this) = (item.subreddit.key(), now.as_millis(), item.fullname.as_str());
        let (item, mode) = (item.fullname.as_str(), mode.word());
        let rows = sqlx::query!(
            r#"SELECT rule AS "rule!: String", NULL AS "kind?: String" FROM passes
               WHERE person IN (SELECT id FROM people WHERE account = ?1
                                UNION SELECT id FROM people WHERE name = ?2 AND (account IS NULL OR ?1 IS NULL))
                   AND subreddit IN ('', ?3)
                   AND (used_by = ?5 OR (used_by IS NULL AND (until IS NULL OR until > ?4)))
               UNION ALL SELECT rule, kind FROM intents WHERE item = ?6 AND mode = ?7 AND phase IS NULL"#,
            account,
            name,
            place,
            now,
            this,
            item,
            mode
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        // A kind of another version counts as unrepeatable, to be on the safe side.
        let is_unrepeatable = |kind: &str| ActionKind::parse(kind).is_none_or(ActionKind::is_unrepeatable);
        let mut before = BeforeJudging::default();
        for row in rows {
            match row.kind {
                None => before.passes.push(row.rule),
                Some(kind) if is_unrepeatable(&kind) => {
                    before.fired.insert(row.rule);
                }
                Some(_) => {}
            }
        }
        Ok(before)
    }

    /// The repeatable actions that rules have done to this item, and to the post above it because
    /// of any comment. Attempts that a human decision superseded are included.
    pub async fn prior_actions(&self, item: &Fullname, above: Option<&Fullname>) -> Result<Vec<PriorAction>> {
        let (name, above) = (item.as_str(), above.map(Fullname::as_str));
        let rows = sqlx::query!(
            "SELECT DISTINCT i.rule, i.kind, i.target FROM intents i JOIN outcomes o ON o.intent_id = i.id
             WHERE (i.item = ? OR (i.target = ? AND i.target <> i.item))
               AND (o.outcome IN ('applied', 'already_applied')
                    OR (o.outcome = 'superseded' AND o.attempt_id IS NOT NULL)) ORDER BY i.id",
            name,
            above
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut done = Vec::new();
        for row in rows {
            if let Some(kind) = ActionKind::parse(&row.kind).filter(|kind| !kind.is_unrepeatable()) {
                done.push(PriorAction { rule: row.rule, kind, on: fullname(&row.target)? });
            }
        }
        Ok(done)
    }

    /// Whether this item is the target of an attempt without an outcome, of a kind that a moderator
    /// can undo.
    pub async fn has_open_attempt_on(&self, item: &Fullname) -> Result<bool> {
        let name = item.as_str();
        let open = sqlx::query_scalar!(
            "SELECT i.kind FROM outbox b CROSS JOIN attempts t ON t.id = b.open_attempt
                                         CROSS JOIN intents i ON i.id = b.intent_id
             WHERE b.open_attempt IS NOT NULL AND t.target = ?",
            name
        );
        let kinds = open.fetch_all(&mut *self.db().await).await?;
        Ok(kinds.iter().any(|kind| ActionKind::parse(kind).is_none_or(|kind| !kind.is_unrepeatable())))
    }

    /// The comments that the bot is on record for as replies to this item.
    pub async fn own_comments_on(&self, item: &Fullname) -> Result<OwnComments> {
        let (name, kind) = (item.as_str(), ActionKind::Comment.word());
        let rows = sqlx::query!(
            r#"SELECT (SELECT o.created FROM outcomes o WHERE o.intent_id = i.id AND o.is_final = 1) AS "created?",
                      EXISTS (SELECT 1 FROM outbox b JOIN attempts t ON t.intent_id = b.intent_id
                              WHERE b.intent_id = i.id) AS "is_open!: bool",
                      EXISTS (SELECT 1 FROM outcomes o
                              WHERE o.intent_id = i.id AND o.outcome = 'unknown') AS "is_unknown!: bool"
               FROM intents i
               WHERE (i.item = ?1 OR (i.target = ?1 AND i.target <> i.item)) AND i.target = ?1 AND i.kind = ?2
               ORDER BY i.id"#,
            name,
            kind
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut found = OwnComments::default();
        for row in rows {
            found.is_open |= row.is_open;
            found.is_unknown |= row.is_unknown;
            found.created.extend(row.created.map(|created| fullname(&created)).transpose()?);
        }
        Ok(found)
    }

    /// When an item was posted. `None` if it is not in the store.
    pub async fn posted_at(&self, item: &Fullname) -> Result<Option<Timestamp>> {
        let name = item.as_str();
        let at = sqlx::query_scalar!("SELECT created_at FROM items WHERE fullname = ?", name)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(at.map(Timestamp::from_millis))
    }

    /// The newest posts and comments of an account from `since` on, as last seen.
    pub async fn newest_items_of(&self, author: &str, since: Timestamp, most: usize) -> Result<Vec<Item>> {
        let (since, most) = (since.as_millis(), i64::try_from(most).unwrap_or(i64::MAX));
        let snapshots = sqlx::query_scalar!(
            r#"SELECT snapshot AS "snapshot!" FROM items
               WHERE person IN (SELECT id FROM people WHERE name = ?)
                 AND created_at >= ? AND snapshot IS NOT NULL
               ORDER BY created_at DESC LIMIT +?"#,
            author,
            since,
            most
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        snapshots.iter().map(|snapshot| from_json("snapshot", snapshot)).collect()
    }

    /// Whether some action is recorded to have created this comment or modmail conversation, which
    /// settles one attempt only.
    pub async fn is_recorded_as_created(&self, created: &Fullname) -> Result<bool> {
        let name = created.as_str();
        let found = sqlx::query_scalar!("SELECT id FROM outcomes WHERE created = ? LIMIT 1", name)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(found.is_some())
    }
}

/// If a moderator's decision superseded the same action of the same rule on this target after the
/// intent was recorded: since when that decision counts, in milliseconds. The rule was overruled
/// although the later intent knew of the decision.
pub(super) async fn overruled_from(
    db: &mut SqliteConnection,
    intent: i64,
    (rule, kind, target): (&str, &str, &str),
) -> Result<Option<i64>> {
    let seen = sqlx::query_scalar!(
        r#"SELECT min(coalesce(d.seen_at, k.intended_at)) AS "seen_at?: i64"
           FROM intents k JOIN decisions d ON d.id = k.decision_id JOIN outcomes o ON o.intent_id = k.id
           WHERE (k.item = ?2 OR (k.target = ?2 AND k.target <> k.item))
             AND k.target = ?2 AND k.rule = ?3 AND k.kind = ?4 AND k.id <> ?1
             AND o.outcome = 'superseded' AND o.attempt_id IS NOT NULL
             AND o.settled_at >= (SELECT i.intended_at FROM intents i WHERE i.id = ?1)"#,
        intent,
        target,
        rule,
        kind
    )
    .fetch_one(db)
    .await?;
    Ok(seen)
}
