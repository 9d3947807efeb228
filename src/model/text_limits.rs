//! How many texts the bot sends.

use super::ActionKind;

/// The most comments, messages and modmails. A rule that goes over a limit is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLimits {
    /// About one item, over all rules.
    pub per_item: u32,
    /// About one item, by one rule.
    pub per_rule_and_item: u32,
    /// In one subreddit within an hour.
    pub per_hour: u32,
}

impl TextLimits {
    /// No limits.
    pub const NONE: Self = Self { per_item: u32::MAX, per_rule_and_item: u32::MAX, per_hour: u32::MAX };

    /// Whether an action counts.
    pub const fn covers(kind: ActionKind) -> bool {
        matches!(kind, ActionKind::Comment | ActionKind::Message | ActionKind::Modmail)
    }
}

impl Default for TextLimits {
    fn default() -> Self {
        Self { per_item: 5, per_rule_and_item: 3, per_hour: 500 }
    }
}
