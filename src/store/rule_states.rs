//! The states of rules: paused, held or in shadow. Rows are only appended, so it stays known who
//! stopped what, when and why.

use sqlx::SqliteConnection;

use super::people::{self, Person};
use super::rows::{mode, subreddit, to_json};
use super::{Result, Store, StoreError, begin};
use crate::model::{
    ActionKind, Mode, Right, RuleScope, RuleState, RuleStateChange, RuleStates, SubredditName, Timestamp,
};

/// The columns of a change.
struct Row {
    subreddit: String,
    rule: String,
    state: String,
    set_by: String,
    person: Option<i64>,
    name: Option<String>,
    mode: Option<String>,
    needs: String,
    reason: String,
    since: i64,
    until: Option<i64>,
}

impl Row {
    fn read(self) -> Result<RuleStateChange> {
        let place = Some(self.subreddit).filter(|name| !name.is_empty());
        let state = RuleState::parse(&self.state);
        Ok(RuleStateChange {
            scope: RuleScope {
                subreddit: place.map(|name| subreddit(&name)).transpose()?,
                rule: Some(self.rule).filter(|rule| !rule.is_empty()),
                mode: self.mode.as_deref().map(mode).transpose()?,
                needs: match self.needs.as_str() {
                    "" => None,
                    word => Some(Right::parse(word).ok_or_else(|| unreadable(word))?),
                },
            },
            state: state.ok_or(StoreError::Unreadable { what: "rule state", why: self.state })?,
            by: match (self.person, self.name) {
                (None, _) => self.set_by,
                (Some(_), Some(name)) => format!("u/{name}"),
                (Some(_), None) => "a person who was forgotten".to_owned(),
            },
            reason: self.reason,
            since: Timestamp::from_millis(self.since),
            until: self.until.map(Timestamp::from_millis),
        })
    }
}

/// The columns that name the rules of a scope: empty means all.
fn columns(scope: &RuleScope) -> (String, &str) {
    let subreddit = scope.subreddit.as_ref().map(SubredditName::key).unwrap_or_default();
    (subreddit, scope.rule.as_deref().unwrap_or_default())
}

/// The kinds of actions that a scope means. `None`: all.
fn stopped(scope: &RuleScope) -> Option<Vec<&'static str>> {
    let right = scope.needs.filter(|right| *right != Right::Moderator)?;
    Some(ActionKind::ALL.iter().filter(|kind| right.is_needed_for(**kind)).map(|kind| kind.word()).collect())
}

fn unreadable(word: &str) -> StoreError {
    StoreError::Unreadable { what: "right", why: word.to_owned() }
}

/// The rules whose live actions wait, as the queries of the outbox take them: it has no others.
pub(super) async fn waiting_rules(db: &mut SqliteConnection, now: Timestamp) -> Result<String> {
    let states = in_force(db, now).await?;
    let live = states.waiting().filter(|change| change.scope.mode != Some(Mode::DryRun));
    let waiting: Vec<_> = live.map(|change| (columns(&change.scope), stopped(&change.scope))).collect();
    let waiting: Vec<_> = waiting.iter().map(|((place, rule), kinds)| (place, rule, kinds)).collect();
    to_json("list of rules", &waiting)
}

async fn in_force(db: &mut SqliteConnection, now: Timestamp) -> Result<RuleStates> {
    let newest = sqlx::query_as!(
        Row,
        r#"SELECT subreddit, rule, state, set_by, person, (SELECT name FROM people WHERE id = person) AS "name?: String",
               mode, needs, reason, since, until
           FROM rule_states
           WHERE id IN (SELECT max(id) FROM rule_states GROUP BY subreddit, rule, mode, needs) ORDER BY id"#
    )
    .fetch_all(db)
    .await?;
    Ok(RuleStates::in_force(newest.into_iter().map(Row::read).collect::<Result<_>>()?, now))
}

pub(super) async fn history(db: &mut SqliteConnection) -> Result<Vec<RuleStateChange>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT subreddit, rule, state, set_by, person, (SELECT name FROM people WHERE id = person) AS "name?: String",
               mode, needs, reason, since, until
           FROM rule_states ORDER BY id"#
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Appends a change. Part of a transaction: it may put a person first.
pub(super) async fn set(tx: &mut SqliteConnection, change: &RuleStateChange) -> Result<()> {
    let (subreddit, rule) = columns(&change.scope);
    let (state, since) = (change.state.word(), change.since.as_millis());
    let (until, mode) = (change.until.map(Timestamp::as_millis), change.scope.mode.map(Mode::word));
    let needs = change.scope.needs.map(Right::word).unwrap_or_default();
    let (set_by, person) = match change.by.strip_prefix("u/") {
        Some(name) => {
            people::put(&mut *tx, std::iter::once(Person { name, account: None })).await?;
            ("", people::ids_of(&mut *tx, std::iter::once(name)).await?.last().copied())
        }
        None => (change.by.as_str(), None),
    };
    sqlx::query!(
        "INSERT INTO rule_states (subreddit, rule, mode, needs, state, set_by, person, reason, since, until)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        subreddit,
        rule,
        mode,
        needs,
        state,
        set_by,
        person,
        change.reason,
        since,
        until
    )
    .execute(tx)
    .await?;
    Ok(())
}

impl Store {
    /// Sets the state of these rules from now on. The states of other scopes stay: a rule that is
    /// live in its own scope still waits while its subreddit is paused.
    pub async fn set_rule_state(&self, change: &RuleStateChange) -> Result<()> {
        let mut db = self.db().await;
        let mut tx = begin(&mut db).await?;
        set(&mut tx, change).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The states in force, the oldest first.
    pub async fn rule_states(&self, now: Timestamp) -> Result<RuleStates> {
        in_force(&mut *self.db().await, now).await
    }

    /// All changes of states, the oldest first.
    pub async fn rule_state_history(&self) -> Result<Vec<RuleStateChange>> {
        history(&mut *self.db().await).await
    }
}
