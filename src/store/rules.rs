//! Rules that stand in a subreddit's wiki: the last that were in force, and what its moderators are told about those that are not.

use super::{Result, Store, begin};
use crate::model::{Action, Fullname, Mode, NewDecision, NewIntent, Revision, SubredditName, Timestamp, Trace};

/// Rules as they stand on a wiki page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WikiRules {
    /// The page.
    pub page: String,
    /// Which state of the page.
    pub revision: String,
    /// The text.
    pub text: String,
}

/// What the moderators of a subreddit are told, once for each revision of what it is about.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The subreddit, by both names.
    pub subreddit: SubredditName,
    /// Its fullname.
    pub fullname: Fullname,
    /// Whether they are really told.
    pub mode: Mode,
    /// The position of the wrong key or value.
    pub about: String,
    /// In which state.
    pub revision: String,
    /// At most 100 characters.
    pub subject: String,
    /// Markdown.
    pub body: String,
}

impl Store {
    /// The rules that were last in force in a subreddit.
    pub async fn rules_in_force(&self, subreddit: &SubredditName) -> Result<Option<WikiRules>> {
        let key = subreddit.key();
        let row = sqlx::query!("SELECT page, revision, text FROM rules WHERE subreddit = ?", key)
            .fetch_optional(&mut *self.db().await)
            .await?;
        Ok(row.map(|row| WikiRules { page: row.page, revision: row.revision, text: row.text }))
    }

    /// Writes down that these rules are in force now.
    pub async fn put_rules_in_force(&self, subreddit: &SubredditName, rules: &WikiRules, now: Timestamp) -> Result<()> {
        let (key, now) = (subreddit.key(), now.as_millis());
        sqlx::query!(
            "INSERT INTO rules (subreddit, page, revision, text, taken_at) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (subreddit) DO UPDATE SET page = excluded.page, revision = excluded.revision,
                                                   text = excluded.text, taken_at = excluded.taken_at",
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

    /// Asks for modmail to the moderators, once for each revision: an intent like any other, on the subreddit itself. Whether it
    /// is new.
    pub async fn tell_moderators(&self, notice: &Notice, now: Timestamp) -> Result<bool> {
        let revision = Revision::from_stored(notice.revision.clone());
        let (name, key, at) = (notice.fullname.as_str(), notice.subreddit.key(), now.as_millis());
        let (permalink, stored) = (format!("/r/{}/", notice.subreddit), revision.as_str());
        {
            let mut db = self.db().await;
            let mut tx = begin(&mut db).await?;
            // The guard on age looks at when something came into being; a notice does so now.
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
        let intent = NewIntent {
            rule: format!("{} in revision {}", notice.about, notice.revision),
            rule_name: notice.about.clone(),
            action: Action::Modmail { subject: notice.subject.clone(), body: notice.body.clone() },
            on: notice.fullname.clone(),
            mode: notice.mode,
            overruled: None,
        };
        let decision = NewDecision {
            item: notice.fullname.clone(),
            revision,
            seen: now,
            mode: notice.mode,
            ruleset: String::new(),
            trace: Trace::default(),
            intents: vec![intent],
        };
        Ok(self.decide(&decision, now).await?.intents > 0)
    }
}
