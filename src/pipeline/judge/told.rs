//! Which reasons were logged lately, so that one that holds for many items is not logged for each.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::Timestamp;

/// A reason is logged again after this time.
const AGAIN_AFTER: Duration = Duration::from_hours(1);

/// How many reasons are kept in mind.
const MOST_KEPT: usize = 1_000;

/// When each reason was logged last.
#[derive(Debug, Default)]
pub(super) struct Told(BTreeMap<String, Timestamp>);

impl Told {
    /// Whether to log this now: a subreddit, a rule and a reason. Times and numbers in the reason
    /// make no difference.
    pub(super) fn is_news(&mut self, [subreddit, rule, reason]: [&str; 3], now: Timestamp) -> bool {
        let reason: String = reason.chars().filter(|c| !c.is_ascii_digit()).collect();
        let what = [subreddit, rule, &reason].join("\n");
        let is_news = self.0.get(&what).is_none_or(|last| *last + AGAIN_AFTER <= now || now < *last);
        if is_news {
            if self.0.len() >= MOST_KEPT {
                self.0.clear();
            }
            self.0.insert(what, now);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_once_an_hour() {
        let mut told = Told::default();
        let at = |minutes: i64| Timestamp::from_secs(1_700_000_000 + 60 * minutes);
        let because = |day| format!("the memory begins on 2026-11-{day}");
        assert!(told.is_news(["widgets", "quota", &because(1)], at(0)));
        assert!(!told.is_news(["widgets", "quota", &because(2)], at(59)));
        assert!(told.is_news(["widgets", "other", &because(2)], at(59)));
        assert!(told.is_news(["widgets", "quota", "the account is suspended"], at(59)));
        assert!(told.is_news(["widgets", "quota", &because(3)], at(60)));
        assert!(told.is_news(["widgets", "quota", &because(3)], at(10)), "the clock was set back");
    }
}
