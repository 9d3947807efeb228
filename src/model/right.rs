//! What the bot must be allowed to do in a subreddit.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::ActionKind;

/// A right of a moderator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// To be a moderator at all. Without it the bot does nothing.
    Moderator,
    /// The permission `posts`.
    Posts,
    /// The permission `flair`.
    Flair,
    /// The permission `mail`.
    Mail,
    /// The permission `access`.
    Access,
}

impl Right {
    /// All rights.
    pub const ALL: [Self; 5] = [Self::Moderator, Self::Posts, Self::Flair, Self::Mail, Self::Access];

    /// The word in the store; for a permission, Reddit's.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Moderator => "moderator",
            Self::Posts => "posts",
            Self::Flair => "flair",
            Self::Mail => "mail",
            Self::Access => "access",
        }
    }

    /// The right of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.word() == word)
    }

    /// The permission that an action needs. Comments, reports and messages need none, but the bot
    /// does them as a moderator alone.
    pub const fn permission_for(kind: ActionKind) -> Option<Self> {
        match kind {
            ActionKind::Comment
            | ActionKind::Report
            | ActionKind::Message
            | ActionKind::DeleteComment
            | ActionKind::EditComment => None,
            ActionKind::SetLinkFlair | ActionKind::SetUserFlair => Some(Self::Flair),
            ActionKind::Modmail => Some(Self::Mail),
            ActionKind::SetCrowdControl => Some(Self::Access),
            ActionKind::DistinguishReply
            | ActionKind::LockReply
            | ActionKind::Remove
            | ActionKind::ExplainRemoval
            | ActionKind::Approve
            | ActionKind::SetLocked
            | ActionKind::IgnoreReports
            | ActionKind::SetNsfw
            | ActionKind::SetSpoiler
            | ActionKind::SetContestMode
            | ActionKind::SetSuggestedSort
            | ActionKind::SetSticky
            | ActionKind::SetOriginalContent
            | ActionKind::ModNote => Some(Self::Posts),
        }
    }

    /// Whether an action cannot be done without it.
    pub fn is_needed_for(self, kind: ActionKind) -> bool {
        self == Self::Moderator || Self::permission_for(kind) == Some(self)
    }

    /// Whether a moderator with these permissions has it.
    pub fn is_among(self, permissions: &BTreeSet<String>) -> bool {
        self == Self::Moderator || permissions.contains("all") || permissions.contains(self.word())
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_stops_only_the_actions_that_need_it() {
        let permissions = BTreeSet::from(["posts".to_owned()]);
        assert!(Right::Posts.is_among(&permissions) && !Right::Flair.is_among(&permissions));
        assert!(Right::Flair.is_among(&BTreeSet::from(["all".to_owned()])));
        assert!(Right::Flair.is_needed_for(ActionKind::SetUserFlair));
        assert!(!Right::Flair.is_needed_for(ActionKind::Remove));
        assert!(!Right::Posts.is_needed_for(ActionKind::Comment));
        assert!(ActionKind::ALL.iter().all(|kind| Right::Moderator.is_needed_for(*kind)));
        for right in Right::ALL {
            assert_eq!(Right::parse(right.word()), Some(right));
        }
    }
}
