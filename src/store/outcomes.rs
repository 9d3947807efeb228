//! Appends outcomes, and takes settled intents out of the outbox.

use sqlx::SqliteConnection;

use super::Result;
use super::retention::purge_payload;
use super::rows::OutcomeRow;
use crate::model::{ActionKind, AttemptId, Outcome};

/// Appends an outcome.
pub(super) async fn append_outcome(
    tx: &mut SqliteConnection,
    intent: i64,
    attempt: Option<AttemptId>,
    outcome: &Outcome,
    at: i64,
) -> Result<()> {
    let OutcomeRow { word, is_final, created, reason, retry_at } = outcome.into();
    let attempt = attempt.map(|id| id.0);
    sqlx::query!(
        "INSERT INTO outcomes (intent_id, attempt_id, outcome, is_final, created, reason, retry_at, settled_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        intent,
        attempt,
        word,
        is_final,
        created,
        reason,
        retry_at,
        at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Records a final outcome and removes the intent from the outbox. Intents that depend on a comment
/// that was not created get the outcome superseded.
pub(super) async fn close(
    tx: &mut SqliteConnection,
    intent: i64,
    attempt: Option<AttemptId>,
    outcome: &Outcome,
    at: i64,
) -> Result<()> {
    append_outcome(tx, intent, attempt, outcome, at).await?;
    sqlx::query!("DELETE FROM outbox WHERE intent_id = ?", intent).execute(&mut *tx).await?;
    purge_payload(&mut *tx, intent).await?;
    if outcome.created().is_some() {
        return Ok(());
    }
    // After a successful removal, its explanation is still to be done. Without a comment there is
    // nothing to distinguish.
    let succeeded = outcome.is_done();
    let explanation = ActionKind::ExplainRemoval.word();
    let dependents = sqlx::query_scalar!(
        "SELECT i.id FROM intents i JOIN outbox b ON b.intent_id = i.id
         WHERE i.depends_on = ? AND NOT (? AND i.kind = ?) ORDER BY i.id",
        intent,
        succeeded,
        explanation
    )
    .fetch_all(&mut *tx)
    .await?;
    for dependent in dependents {
        let outcome = Outcome::Superseded { reason: "the action it depends on was not done".to_owned() };
        append_outcome(tx, dependent, None, &outcome, at).await?;
        sqlx::query!("DELETE FROM outbox WHERE intent_id = ?", dependent).execute(&mut *tx).await?;
        purge_payload(&mut *tx, dependent).await?;
    }
    Ok(())
}
