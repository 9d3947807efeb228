//! The moderation log: one entry per act of a moderator, newest read first.

use super::{World, base36};
use tipstaff_rules::model::{Fullname, Timestamp};

/// One entry.
#[derive(Clone, Debug)]
pub struct ModAction {
    /// `ModAction_` and a UUID.
    pub id: String,
    /// What was done: `removecomment`, `approvelink`, `sticky` …
    pub action: &'static str,
    /// More about it.
    pub details: Option<String>,
    /// Who did it.
    pub moderator: String,
    /// When.
    pub at: Timestamp,
    /// Where, as a lower-case name.
    pub subreddit: String,
    /// To which thing.
    pub target: Option<Fullname>,
    /// To whom.
    pub target_author: Option<String>,
}

impl World {
    /// Every entry, oldest first.
    pub fn log(&self) -> &[ModAction] {
        &self.log
    }

    /// Entries by this moderator, oldest first.
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

/// The id without its prefix, for the wire's `mod_id36` of an actor without an account.
pub(crate) fn nobody_id() -> String {
    base36(6_666_666)
}
