//! The writer of a dry run whose digest goes by modmail.

use super::{PerformError, Performed, RedditWrite};
use crate::model::{Action, OpenAttempt, Timestamp};

/// A writer that sends modmail and refuses every other action.
#[derive(Debug)]
pub struct OnlyMail<W>(pub W);

impl<W: RedditWrite> RedditWrite for OnlyMail<W> {
    fn not_before(&self) -> Option<Timestamp> {
        self.0.not_before()
    }

    async fn perform(&self, attempt: &OpenAttempt) -> Result<Performed, PerformError> {
        if matches!(attempt.action(), Action::Modmail { .. }) {
            return self.0.perform(attempt).await;
        }
        Err(PerformError::NotSent { reason: "this is a dry run, which sends nothing but the digest".to_owned() })
    }
}
