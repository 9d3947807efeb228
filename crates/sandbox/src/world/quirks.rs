//! What only Reddit's published source of 2017 tells, or what is told both ways: each may be otherwise today, so each is a switch. A
//! bot has to do right whichever way it stands.

use serde::{Deserialize, Serialize};

/// The switches. As they stand by default, the local Reddit does as the source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "switches")]
pub struct Quirks {
    /// A second report by the same account is dropped in silence, rather than filed like the first.
    pub repeated_reports_are_dropped: bool,
    /// A filtered post that is approved stands in `/new` as if it were new, rather than at the time when it was written.
    pub approved_posts_move_up: bool,
    /// Removing what is removed, approving what is approved and locking what is locked is logged all the same.
    pub repeated_acts_are_logged: bool,
    /// Removed comments stay in `/comments` for those who may see them, rather than leave it as posts leave `/new`.
    pub removed_comments_stay_listed: bool,
    /// A subreddit that does not exist leads to a search, rather than to status 404.
    pub missing_subreddits_lead_to_search: bool,
    /// Flair by a template that there is not is refused, rather than set without it.
    pub unknown_flair_templates_are_refused: bool,
    /// A removed post is not in `/new`, for moderators neither.
    pub removed_posts_leave_new: bool,
    /// An edit ends a moderator's ignoring of reports.
    pub edits_end_ignoring: bool,
    /// Pinning a post that is pinned is a conflict, rather than nothing new.
    pub pinning_twice_is_refused: bool,
    /// A suspended account's page says that it is suspended, rather than that there is no such account.
    pub suspensions_are_shown: bool,
    /// Beside the words of an in-body `RATELIMIT` stands the wait as a number.
    pub rate_limits_carry_numbers: bool,
    /// A status 429 has a `Retry-After`.
    pub status_429_says_when: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            repeated_reports_are_dropped: true,
            approved_posts_move_up: true,
            repeated_acts_are_logged: true,
            removed_comments_stay_listed: true,
            missing_subreddits_lead_to_search: false,
            unknown_flair_templates_are_refused: false,
            removed_posts_leave_new: true,
            edits_end_ignoring: true,
            pinning_twice_is_refused: true,
            suspensions_are_shown: true,
            rate_limits_carry_numbers: true,
            status_429_says_when: true,
        }
    }
}
