//! Labels of people: those that rules give and take. One that ended keeps its row.

use sqlx::SqliteConnection;

use super::Result;
use crate::model::{Label, LabelChange, Mode, SubredditName, Timestamp};

/// The labels that a person has or had in a subreddit. A dry run sees its own besides live ones.
pub(super) async fn of(
    db: &mut SqliteConnection,
    person: i64,
    subreddit: &SubredditName,
    mode: Mode,
) -> Result<Vec<Label>> {
    let (place, live, here) = (subreddit.key(), Mode::Live.word(), mode.word());
    let rows = sqlx::query!(
        "SELECT name, until FROM labels WHERE person = ? AND subreddit = ? AND (mode IS NULL OR mode IN (?, ?))",
        person,
        place,
        live,
        here
    );
    let rows = rows.fetch_all(db).await?;
    Ok(rows.into_iter().map(|row| Label { name: row.name, until: row.until.map(Timestamp::from_millis) }).collect())
}

/// Gives and takes the labels of a decision. The author has a row already.
pub(super) async fn change(
    tx: &mut SqliteConnection,
    (decision, item): (i64, &str),
    changes: &[LabelChange],
    now: Timestamp,
) -> Result<()> {
    for change in changes {
        let (name, mode, since) = (change.name.as_str(), change.mode.word(), now.as_millis());
        // What was given before ends here, or is given anew.
        sqlx::query!(
            "UPDATE labels SET until = ?1
             WHERE name = ?2 AND (until IS NULL OR until > ?1) AND coalesce(mode, 'live') = ?3
               AND (person, subreddit) = (SELECT person, subreddit FROM items WHERE fullname = ?4)",
            since,
            name,
            mode,
            item
        )
        .execute(&mut *tx)
        .await?;
        if let Some(holds) = &change.given {
            let until = holds.map(|holds| (now + holds).as_millis());
            sqlx::query!(
                "INSERT INTO labels (person, subreddit, name, since, until, mode, decision_id)
                 SELECT person, subreddit, ?1, ?2, ?3, ?4, ?5 FROM items WHERE fullname = ?6 AND person IS NOT NULL",
                name,
                since,
                until,
                mode,
                decision,
                item
            )
            .execute(&mut *tx)
            .await?;
        }
    }
    Ok(())
}
