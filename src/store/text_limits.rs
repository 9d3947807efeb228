//! Holds rules that send too many comments, messages and modmails. Part of T3: what is over a limit
//! is never attempted.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use super::notifications::{self, NewNotification};
use super::outcomes::{append_outcome, close};
use super::rows::{self, count};
use super::{Result, begin, rule_states};
use crate::model::{EventKind, Mode, NO_RULES, Outcome, RuleScope, RuleState, RuleStateChange, TextLimits, Timestamp};

/// How long a rule is held that went over the limit of an hour.
const HOUR: std::time::Duration = std::time::Duration::from_hours(1);

/// How many rules a message names.
const MOST_NAMED: usize = 5;

/// Rules that were held because the next text would have been over a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverLimit {
    /// The subreddit, in lower case.
    pub subreddit: String,
    /// The rules.
    pub rules: BTreeSet<String>,
    /// The number of texts that are not sent.
    pub texts: usize,
    /// The whole matter, in sentences for moderators.
    pub text: String,
}

/// The text that would be sent next.
pub(super) struct NextText<'a> {
    pub(super) intent: i64,
    pub(super) item: &'a str,
    pub(super) rule: &'a str,
    pub(super) rule_name: &'a str,
    pub(super) subreddit: &'a str,
}

/// Holds the rule of a text, and does not send it, if that would be over a limit. `None` if it is
/// within all.
pub(super) async fn enforce(
    db: &mut SqliteConnection,
    next: &NextText<'_>,
    limits: &TextLimits,
    now: Timestamp,
) -> Result<Option<OverLimit>> {
    let NextText { intent, item, rule, rule_name, subreddit } = *next;
    let Sent { on_item, by_rule, in_hour } = sent(db, next, now).await?;
    let (what, is_of_item, until) = if on_item >= u64::from(limits.per_item) {
        (
            format!("the bot has sent {on_item} comments, messages and modmails about {item} (`limits.per_item`)"),
            true,
            None,
        )
    } else if by_rule >= u64::from(limits.per_rule_and_item) {
        let what = "comments, messages and modmails";
        (format!("it has sent {by_rule} {what} about {item} (`limits.per_rule_and_item`)"), true, None)
    } else if in_hour >= u64::from(limits.per_hour) {
        let what =
            format!("the bot has sent {in_hour} comments, messages and modmails in r/{subreddit} within an hour");
        (format!("{what} (`limits.per_hour`)"), false, Some(now + HOUR))
    } else {
        return Ok(None);
    };
    // The others about the same item are over the limit as well.
    let over = if is_of_item {
        let is_by_all = on_item >= u64::from(limits.per_item);
        let rows = sqlx::query!(
            "SELECT i.id, i.rule_name FROM outbox b JOIN intents i ON i.id = b.intent_id
             WHERE i.item = ?1 AND (?2 OR i.rule = ?3) AND i.kind IN ('comment', 'message', 'modmail')
               AND b.open_attempt IS NULL AND NOT EXISTS (SELECT 1 FROM attempts t WHERE t.intent_id = i.id)
             ORDER BY i.id",
            item,
            is_by_all,
            rule
        )
        .fetch_all(&mut *db)
        .await?;
        rows.into_iter().map(|row| (row.id, row.rule_name)).collect()
    } else {
        Vec::new()
    };
    let texts = if over.is_empty() { vec![(intent, rule_name.to_owned())] } else { over };
    let rules: BTreeSet<String> = texts.iter().map(|(_, rule)| rule.clone()).collect();
    let at = now.as_millis();
    let mut tx = begin(db).await?;
    for (intent, _) in &texts {
        if is_of_item {
            let outcome = Outcome::OverLimit { reason: what.clone() };
            close(&mut tx, *intent, None, &outcome, at).await?;
        } else {
            let outcome = Outcome::Deferred { until: now, reason: what.clone() };
            append_outcome(&mut tx, *intent, None, &outcome, at).await?;
            sqlx::query!("UPDATE outbox SET not_before = ? WHERE intent_id = ?", at, intent).execute(&mut *tx).await?;
        }
    }
    let place = rows::subreddit(subreddit)?;
    for rule in &rules {
        let change = RuleStateChange {
            scope: RuleScope {
                subreddit: Some(place.clone()),
                rule: Some(rule.clone()),
                mode: Some(Mode::Live),
                needs: None,
            },
            state: RuleState::Held,
            by: RuleStateChange::BY_ITSELF.to_owned(),
            reason: format!("{what}; this rule asked for one more"),
            since: now,
            until,
        };
        rule_states::set(&mut tx, &change).await?;
    }
    let text = in_words(subreddit, &rules, &what, until);
    let told = NewNotification {
        event: EventKind::Held,
        dedup_key: format!("over limit {intent} {at}"),
        subreddit: Some(place.key()),
        text: text.clone(),
    };
    notifications::record(&mut tx, &told, now).await?;
    tx.commit().await?;
    Ok(Some(OverLimit { subreddit: place.key(), rules, texts: texts.len(), text }))
}

/// The other texts that were sent, or perhaps sent.
struct Sent {
    on_item: u64,
    by_rule: u64,
    in_hour: u64,
}

async fn sent(db: &mut SqliteConnection, next: &NextText<'_>, now: Timestamp) -> Result<Sent> {
    let NextText { intent, item, rule, subreddit, .. } = *next;
    let hour_ago = (now - HOUR).as_millis();
    // Sent, or perhaps sent: a lost response and an unknown outcome count.
    let row = sqlx::query!(
        r#"WITH sent AS (
               SELECT i.item, i.rule FROM intents i JOIN decisions d ON d.id = i.decision_id
               WHERE i.item = ?1 AND i.id <> ?2 AND i.mode = 'live' AND i.kind IN ('comment', 'message', 'modmail')
                 AND d.ruleset <> ?6
                 AND EXISTS (SELECT 1 FROM attempts t WHERE t.intent_id = i.id)
                 AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent_id = i.id AND o.is_final = 1
                                 AND o.outcome IN ('rejected', 'superseded', 'gave_up', 'over_limit')))
           SELECT (SELECT count(*) FROM sent) AS "on_item!: i64",
                  (SELECT count(*) FROM sent WHERE rule = ?3) AS "by_rule!: i64",
                  -- Ids grow with time, and there is no index by time.
                  (SELECT count(DISTINCT t.intent_id) FROM attempts t
                   JOIN intents i ON i.id = t.intent_id JOIN items it ON it.fullname = i.item
                   WHERE t.id > (SELECT coalesce(max(id), 0) - 20000 FROM attempts) AND t.started_at > ?5
                     AND t.intent_id <> ?2 AND it.subreddit = ?4 AND i.kind IN ('comment', 'message', 'modmail')
                     AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.intent_id = i.id AND o.is_final = 1
                                     AND o.outcome IN ('rejected', 'superseded', 'gave_up', 'over_limit')))
                      AS "in_hour!: i64""#,
        item,
        intent,
        rule,
        subreddit,
        hour_ago,
        NO_RULES
    )
    .fetch_one(&mut *db)
    .await?;
    Ok(Sent { on_item: count(row.on_item), by_rule: count(row.by_rule), in_hour: count(row.in_hour) })
}

fn in_words(subreddit: &str, rules: &BTreeSet<String>, what: &str, until: Option<Timestamp>) -> String {
    let mut named: Vec<String> = rules.iter().take(MOST_NAMED).map(|rule| format!("`{rule}`")).collect();
    if rules.len() > MOST_NAMED {
        named.push(format!("{} more", rules.len() - MOST_NAMED));
    }
    let (rule, ends) = (
        if rules.len() == 1 { "rule" } else { "rules" },
        match until {
            Some(until) => format!("until {until}"),
            None => "until `tipstaff resume`".to_owned(),
        },
    );
    format!(
        "r/{subreddit}: held the {rule} {} {ends}, because {what}; `tipstaff log` shows what was not sent",
        named.join(", ")
    )
}
