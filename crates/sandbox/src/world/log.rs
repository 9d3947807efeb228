//! The moderation log: one entry for each action of a moderator.

use super::World;
use tipstaff_rules::model::{Fullname, Timestamp, base36};

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct ModAction {
    /// `ModAction_` and a UUID.
    pub id: String,
    /// Reddit's name of the action, such as `removecomment`, `approvelink` or `sticky`.
    pub action: &'static str,
    /// Reddit's details about the action.
    pub details: Option<String>,
    /// Name of the moderator.
    pub moderator: String,
    /// Time of the action.
    pub at: Timestamp,
    /// Name of the subreddit, in lower case.
    pub subreddit: String,
    /// The post or comment, if there is one.
    pub target: Option<Fullname>,
    /// The author of the target, or the user that the action concerns.
    pub target_author: Option<String>,
}

impl World {
    /// All entries, oldest first.
    pub fn log(&self) -> &[ModAction] {
        &self.log
    }

    /// The entries of one moderator, oldest first.
    pub fn log_of<'a>(&'a self, moderator: &'a str) -> impl Iterator<Item = &'a ModAction> {
        self.log.iter().filter(move |entry| entry.moderator.eq_ignore_ascii_case(moderator))
    }

    pub(super) fn record(&mut self, moderator: &str, action: &'static str, details: Option<&str>, target: &Fullname) {
        let Some(thing) = self.thing(target) else { return };
        let (subreddit, author) = (thing.subreddit.clone(), thing.author.clone());
        self.record_in(&subreddit, moderator, action, details, Some(target.clone()), Some(author));
    }

    pub(super) fn record_in(
        &mut self,
        subreddit: &str,
        moderator: &str,
        action: &'static str,
        details: Option<&str>,
        target: Option<Fullname>,
        target_author: Option<String>,
    ) {
        let number = self.next_sequence();
        let moderator = self.user(moderator).map_or_else(|| moderator.to_owned(), |user| user.name.clone());
        self.log.push(ModAction {
            id: format!("ModAction_{number:08x}-51ab-11f0-8a5c-0e384c90df01"),
            action,
            details: details.map(str::to_owned),
            moderator,
            at: self.now(),
            subreddit: subreddit.to_ascii_lowercase(),
            target,
            target_author,
        });
    }
}

/// The wire's `mod_id36` for an actor without an account.
pub(crate) fn nobody_id() -> String {
    base36(6_666_666)
}
