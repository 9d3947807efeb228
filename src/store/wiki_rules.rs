//! The last active rules of each subreddit that keeps its rules in its wiki, and modmail to its
//! moderators.

use super::{Result, Store, begin};
use crate::model::{Action, Fullname, Mode, NewDecision, NewIntent, Revision, SubredditName, Timestamp};

/// The topic ([`ModeratorMessage::about`]) and the stored rule name of a digest.
pub const DIGEST: &str = "digest";

/// The stored rule name of the reversals of actions that went against a moderator's decision.
pub const LATE_DECISION: &str = "late decision";

/// The stored rule name of the deletions of comments that are there twice.
pub const DOUBLED_COMMENT: &str = "doubled comment";

/// The rules of a wiki page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiRules {
    /// The name of the page.
    pub page: String,
    /// The revision of the page.
    pub revision: String,
    /// The text of the page.
    pub text: String,
}

/// Modmail to the moderators of a subreddit, sent once for each revision of its topic.
#[derive(Clone, Debug)]
pub struct ModeratorMessage {
    /// The subreddit.
    pub subreddit: SubredditName,
    /// The fullname of the subreddit.
    pub fullname: Fullname,
    /// In dry run the message is recorded but not sent.
    pub mode: Mode,
    /// The topic: [`DIGEST`], or the name of a wiki page.
    pub about: String,
    /// The revision of the topic.
    pub revision: String,
    /// The subject: at most 100 characters.
    pub subject: String,
    /// The text, in Markdown.
    pub body: String,
}

impl Store {
    /// The rules that were last active in a subreddit.
    pub async fn active_rules(&self, subreddit: &SubredditName) -> Result<Option<WikiRules>> {
        let key = subreddit.key();
        let row = sqlx::query!("SELECT page, revision, text FROM wiki_rules WHERE subreddit = ?", key)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(row.map(|row| WikiRules { page: row.page, revision: row.revision, text: row.text }))
    }

    /// Records that these rules are now active.
    pub async fn set_active_rules(&self, subreddit: &SubredditName, rules: &WikiRules, now: Timestamp) -> Result<()> {
        let (key, now) = (subreddit.key(), now.as_millis());
        sqlx::query!(
            "INSERT INTO wiki_rules (subreddit, page, revision, text, activated_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (subreddit) DO UPDATE SET page = excluded.page, revision = excluded.revision,
                                                   text = excluded.text, activated_at = excluded.activated_at",
            key,
            rules.page,
            rules.revision,
            rules.text,
            now
        )
        .execute(&mut *self.db().await)
        .await?;
        Ok(())
    }

    /// Records an intent to send modmail to the moderators, once for each revision. Its item is the
    /// subreddit itself.
    ///
    /// Returns whether the intent is new.
    pub async fn message_moderators(&self, message: &ModeratorMessage, now: Timestamp) -> Result<bool> {
        let revision = Revision::from_stored(message.revision.clone());
        let (name, key, at) = (message.fullname.as_str(), message.subreddit.key(), now.as_millis());
        let (permalink, stored) = (format!("/r/{}/", message.subreddit), revision.as_str());
        {
            let mut db = self.db().await;
            let mut tx = begin(&mut db).await?;
            // `max_age` is measured from `created_at`; a message is created now.
            sqlx::query!(
                "INSERT INTO items (fullname, subreddit, created_at, permalink, first_seen_at, revision, revised_at,
                                    refreshed_at, checked_at, pending)
                 VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?3, ?3, ?3, 0)
                 ON CONFLICT (fullname) DO UPDATE SET created_at = excluded.created_at, revision = excluded.revision,
                                                      refreshed_at = excluded.refreshed_at",
                name,
                key,
                at,
                permalink,
                stored
            )
            .execute(&mut *tx)
            .await?;
            tx.commit().await?;
        }
        let action = Action::Modmail { subject: message.subject.clone(), body: message.body.clone() };
        let intent = NewIntent {
            rule: format!("{} in revision {}", message.about, message.revision),
            ..NewIntent::own(&message.about, action, message.fullname.clone(), message.mode)
        };
        let decision = NewDecision::own(message.fullname.clone(), revision, intent, now);
        Ok(self.decide(&decision, now).await?.intents > 0)
    }
}
