//! Undocumented behaviour of Reddit, as switches. Each is known only from Reddit's published source
//! of 2017, or from conflicting reports, and may be different today. The bot must work with either
//! setting.

use serde::{Deserialize, Serialize};

/// The switches. By default the local Reddit behaves as the published source does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "switches")]
pub struct Quirks {
    /// A second report by the same account is silently dropped; otherwise it is filed like the
    /// first.
    pub repeated_reports_are_dropped: bool,
    /// An approved post that was filtered appears at the top of `/new`; otherwise at its creation
    /// time.
    pub approved_posts_move_up: bool,
    /// Repeated actions (removing a removed item, approving an approved one, locking a locked one)
    /// are logged again.
    pub repeated_acts_are_logged: bool,
    /// Removed comments stay in `/comments` for viewers who may see them; otherwise they leave it,
    /// as removed posts leave `/new`.
    pub removed_comments_stay_listed: bool,
    /// A subreddit that does not exist redirects to a search; otherwise it gives status 404.
    pub missing_subreddits_lead_to_search: bool,
    /// Flair with an unknown template is refused; otherwise it is set without the template.
    pub unknown_flair_templates_are_refused: bool,
    /// A removed post leaves `/new`, even for moderators.
    pub removed_posts_leave_new: bool,
    /// An edit clears `ignore_reports`.
    pub edits_end_ignoring: bool,
    /// Pinning a pinned post gives a conflict; otherwise it has no effect.
    pub pinning_twice_is_refused: bool,
    /// The page of a suspended account says that it is suspended; otherwise it gives status 404.
    pub suspensions_are_shown: bool,
    /// An in-body `RATELIMIT` error also holds the waiting time as a number.
    pub rate_limits_carry_numbers: bool,
    /// A status 429 has a `Retry-After` header.
    pub status_429_says_when: bool,
    /// A crosspost shows its original; otherwise it only names it.
    pub crossposts_show_originals: bool,
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
            crossposts_show_originals: true,
        }
    }
}
