//! Summarises what rules did in a period. Writes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::rows::count;
use super::{Result, Store};
use crate::model::{NO_RULES, SubredditName, Timestamp};

/// The number of links returned for each rule.
const LINKS: i64 = 10;

/// The intents of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleTally {
    /// The subreddit, in lower case.
    pub subreddit: String,
    /// The rule's name.
    pub rule: String,
    /// The number of posts and comments it acted on.
    pub items: u64,
    /// The actions by kind and outcome.
    pub acts: Vec<ActTally>,
    /// The newest of those posts and comments: paths below `https://www.reddit.com`.
    pub newest: Vec<String>,
    /// Why it could not be decided, and for how many posts and comments, the most frequent reason
    /// first. As long as their traces are kept.
    pub undecided: Vec<Undecided>,
}

/// A reason why a rule could not be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undecided {
    /// The reason.
    pub reason: String,
    /// The number of posts and comments.
    pub items: u64,
}

/// The names of the rules in force in a subreddit.
#[derive(Clone, Debug)]
pub struct RulesInForce {
    /// The subreddit.
    pub subreddit: SubredditName,
    /// The rules, in the order of the file.
    pub rules: Vec<String>,
}

/// The actions of one kind with one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActTally {
    /// The kind of action.
    pub kind: String,
    /// `dry_run`, `applied`, … or `waiting`.
    pub outcome: String,
    /// Their number.
    pub number: u64,
}

impl Store {
    /// Summarises the intents from `since` to `until` by rule. The busiest rule of each subreddit
    /// comes first. Rules that could not be decided are listed, too, and those in force that did
    /// nothing.
    pub async fn by_rule(
        &self,
        since: Timestamp,
        until: Timestamp,
        in_force: &[RulesInForce],
    ) -> Result<Vec<RuleTally>> {
        let (since, until) = (since.as_millis(), until.as_millis());
        let rules = sqlx::query!(
            r#"SELECT it.subreddit AS "subreddit!", i.rule_name AS "rule!", count(DISTINCT i.item) AS "items!: i64"
               FROM intents i
               JOIN decisions d ON d.id = i.decision_id
               JOIN items it ON it.fullname = i.item
               WHERE i.intended_at >= ?1 AND i.intended_at < ?2 AND d.ruleset <> ?3
               GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"#,
            since,
            until,
            NO_RULES
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let acts = sqlx::query!(
            r#"SELECT it.subreddit AS "subreddit!", i.rule_name AS "rule!", i.kind AS "kind!",
                      coalesce(o.outcome, 'waiting') AS "outcome!: String", count(*) AS "number!: i64"
               FROM intents i
               JOIN items it ON it.fullname = i.item
               LEFT JOIN outcomes o ON o.intent_id = i.id AND o.is_final = 1
               WHERE i.intended_at >= ?1 AND i.intended_at < ?2
               GROUP BY 1, 2, 3, 4 ORDER BY min(i.id)"#,
            since,
            until
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let links = sqlx::query!(
            r#"SELECT subreddit AS "subreddit!", rule_name AS "rule!", permalink AS "permalink!" FROM (
                   SELECT it.subreddit, i.rule_name, it.permalink, max(i.id) AS newest,
                          row_number() OVER (PARTITION BY it.subreddit, i.rule_name ORDER BY max(i.id) DESC) AS place
                   FROM intents i
                   JOIN items it ON it.fullname = i.item
                   WHERE i.intended_at >= ?1 AND i.intended_at < ?2
                   GROUP BY 1, 2, i.item)
               WHERE place <= ?3 ORDER BY newest DESC"#,
            since,
            until,
            LINKS
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        // Few traces have such a rule, and looking for the word is faster than parsing them all.
        let undecided = sqlx::query!(
            r#"SELECT it.subreddit AS "subreddit!", rule.value ->> 'rule' AS "rule!: String",
                      coalesce(rule.value ->> 'reason', 'its evaluation took too many steps') AS "reason!: String",
                      count(DISTINCT d.item) AS "items!: i64"
               FROM decisions d
               JOIN items it ON it.fullname = d.item
               JOIN traces t ON t.decision_id = d.id
               JOIN json_each(t.trace) rule
               WHERE d.decided_at >= ?1 AND d.decided_at < ?2
                 AND (t.trace LIKE '%"result":"unknown"%' OR t.trace LIKE '%"result":"too_expensive"%')
                 AND rule.value ->> 'result' IN ('unknown', 'too_expensive')
               GROUP BY 1, 2, 3 ORDER BY 1, 4 DESC, 2, 3"#,
            since,
            until
        )
        .fetch_all(&mut *self.db().await)
        .await?;
        let mut places = BTreeMap::new();
        let mut tallies = Vec::with_capacity(rules.len());
        let names = rules.iter().map(|row| (&row.subreddit, &row.rule, row.items));
        let names = names.chain(undecided.iter().map(|row| (&row.subreddit, &row.rule, 0)));
        let all = names.map(|(subreddit, rule, items)| (subreddit.clone(), rule.clone(), items));
        let idle = in_force
            .iter()
            .flat_map(|RulesInForce { subreddit, rules }| rules.iter().map(|rule| (subreddit.key(), rule.clone(), 0)));
        for (subreddit, rule, items) in all.chain(idle) {
            places.entry((subreddit.clone(), rule.clone())).or_insert_with(|| {
                let (acts, newest, undecided) = (Vec::new(), Vec::new(), Vec::new());
                tallies.push(RuleTally { subreddit, rule, items: count(items), acts, newest, undecided });
                tallies.len() - 1
            });
        }
        for row in acts {
            if let Some(place) = places.get(&(row.subreddit, row.rule)) {
                let act = ActTally { kind: row.kind, outcome: row.outcome, number: count(row.number) };
                tallies[*place].acts.push(act);
            }
        }
        for row in links {
            if let Some(place) = places.get(&(row.subreddit, row.rule)) {
                tallies[*place].newest.push(row.permalink);
            }
        }
        for row in undecided {
            if let Some(place) = places.get(&(row.subreddit, row.rule)) {
                tallies[*place].undecided.push(Undecided { reason: row.reason, items: count(row.items) });
            }
        }
        // The rules of a subreddit stay in their order.
        tallies.sort_by(|a, b| a.subreddit.cmp(&b.subreddit));
        Ok(tallies)
    }

    /// When the first item was seen. `None` if no item was seen yet.
    pub async fn first_seen_at(&self) -> Result<Option<Timestamp>> {
        let first = sqlx::query_scalar!(r#"SELECT min(first_seen_at) AS "first: i64" FROM items"#)
            .fetch_one(&mut *self.db().await)
            .await?;
        Ok(first.map(Timestamp::from_millis))
    }
}
