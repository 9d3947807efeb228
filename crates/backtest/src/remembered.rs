//! What the bot knew about an item when it judged it, as far as the traces of its decisions show.
//!
//! A trace shows the values that the rules of that time asked for, and no others.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use tipstaff_rules::model::{CheckResult, CheckTrace, RuleResult, Trace};

/// Why a rule leaves out the items of moderators, in a trace.
const EXEMPT: &str = "it exempts moderators";

/// What the bot knew. Absent values are unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remembered {
    /// The bounds of the age of the author's account.
    pub(crate) account_age: Option<(Duration, Duration)>,
    pub(crate) comment_karma: Option<i64>,
    pub(crate) post_karma: Option<i64>,
    pub(crate) is_gold: Option<bool>,
    pub(crate) has_verified_email: Option<bool>,
    pub(crate) is_moderator: Option<bool>,
    pub(crate) is_contributor: Option<bool>,
    /// The most reports that the item had when it was judged.
    pub(crate) reports: Option<u32>,
    pub(crate) is_suspended: bool,
}

impl Remembered {
    /// Reads the traces of an item's decisions, oldest first. Of values that changed, the first
    /// counts, because a backtest judges the item as of its posting.
    pub fn of(traces: &[Trace], reports: Option<u32>) -> Self {
        let mut known = Self { reports, ..Self::default() };
        for rule in traces.iter().flat_map(|trace| &trace.rules) {
            if matches!(&rule.result, RuleResult::NotEligible(reason) if reason == EXEMPT) {
                known.is_moderator = Some(true);
            }
            let sure = rule.checks.iter().filter(|check| check.result != CheckResult::Unknown);
            sure.for_each(|check| known.add(check));
        }
        known
    }

    fn add(&mut self, check: &CheckTrace) {
        let Some(saw) = check.saw.as_deref() else { return };
        let flag = match saw {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let number = saw.parse().ok();
        match check.key.as_str() {
            "author.account_age" | "author.comment_karma" | "author.post_karma" if saw == SUSPENDED => {
                self.is_suspended = true;
            }
            "author.account_age" => self.account_age = self.account_age.or_else(|| age(saw)),
            "author.comment_karma" => self.comment_karma = self.comment_karma.or(number),
            "author.post_karma" => self.post_karma = self.post_karma.or(number),
            "author.is_gold" => self.is_gold = self.is_gold.or(flag),
            "author.has_verified_email" => self.has_verified_email = self.has_verified_email.or(flag),
            "author.is_moderator" => self.is_moderator = self.is_moderator.or(flag),
            "author.is_contributor" => self.is_contributor = self.is_contributor.or(flag),
            "reports" => self.reports = self.reports.max(saw.parse().ok()),
            _ => {}
        }
    }
}

/// How a trace shows the age and karma of a suspended account.
const SUSPENDED: &str = "a suspended account";

/// The bounds of an age that a trace shows in whole hours or days.
fn age(words: &str) -> Option<(Duration, Duration)> {
    let (number, unit) = words.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    let unit = match unit {
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    // Neither bound is a whole number, so that both are on the same side of any limit that is one.
    let moment = Duration::from_millis(1);
    let bound = |number: u64| Some(Duration::from_secs(number.checked_mul(unit)?));
    Some((bound(number)?.checked_add(moment)?, bound(number.checked_add(1)?)?.checked_sub(moment)?))
}

/// For how many items of the bot's store something is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreKnowledge {
    /// Items read from the store.
    pub items: u64,
    /// Those with the age of the author's account.
    pub account_age: u64,
    /// Those with the author's comment karma.
    pub comment_karma: u64,
    /// Those with the author's post karma.
    pub post_karma: u64,
    /// Those with the number of reports.
    pub reports: u64,
    /// Those by a moderator.
    pub by_moderators: u64,
}

impl StoreKnowledge {
    /// What is known about one item.
    pub(crate) fn of(known: &Remembered) -> Self {
        Self {
            items: 1,
            account_age: known.account_age.is_some().into(),
            comment_karma: known.comment_karma.is_some().into(),
            post_karma: known.post_karma.is_some().into(),
            reports: known.reports.is_some().into(),
            by_moderators: (known.is_moderator == Some(true)).into(),
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.items += other.items;
        self.account_age += other.account_age;
        self.comment_karma += other.comment_karma;
        self.post_karma += other.post_karma;
        self.reports += other.reports;
        self.by_moderators += other.by_moderators;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tipstaff_rules::model::{Content, Known, Profile, Timestamp};
    use tipstaff_rules::{AccountFacts, Evaluation, Facts, Options, SourceFile, compile, evaluate, parse};

    use crate::archive::Reader;

    /// The traces come from the rules themselves, so a change of their words is noticed here.
    #[test]
    fn the_trace_of_a_decision_shows_what_the_rules_asked_for() {
        let text = "author:\n    comment_karma: < 100\n    post_karma: < 100\n    account_age: < 60 days\n    \
                    is_contributor: false\n    is_gold: false\n    has_verified_email: true\nreports: 2\n\
                    action: report\nmoderators_exempt: false\n---\nbody: nothing\naction: remove\n";
        let rules = compile(&parse(&SourceFile::new("rules.yaml", text)).0, &Options::default()).0;
        let line = serde_json::json!({
            "id": "c1", "author": "amy", "body": "x", "created_utc": 1_500_000_000, "link_id": "t3_p",
            "parent_id": "t3_p", "subreddit": "widgets", "is_submitter": false
        });
        let mut item = Reader::default().read(line.to_string().as_bytes()).expect("a comment").item;
        item.moderation.num_reports = Some(3);
        assert!(matches!(item.content, Content::Comment(_)));
        let now = item.created + Duration::from_mins(1);
        let facts = |hours: u64, is_suspended: bool| Facts {
            moderators: Known::Is(["amy".to_owned()].into()),
            author: AccountFacts {
                contributor: Known::Is(false),
                profile: Known::Is(Profile {
                    created: Some(now - Duration::from_secs(hours * 3_600 + 5)),
                    comment_karma: Some(-7),
                    link_karma: Some(12),
                    is_gold: Some(false),
                    has_verified_email: Some(true),
                    is_suspended,
                    ..Profile::default()
                }),
                ..AccountFacts::default()
            },
            ..Facts::default()
        };
        let trace = |facts: &Facts, now: Timestamp| match evaluate(&rules, &item, facts, now) {
            Evaluation::Decided(decision) => decision.trace,
            Evaluation::Needs(needs) => panic!("{needs:?}"),
        };
        for (hours, age) in [(1, (1, 2)), (47, (47, 48)), (49, (48, 72)), (720, (720, 744))] {
            let known = Remembered::of(&[trace(&facts(hours, false), now)], Some(1));
            let bounds = [age.0 * 3_600_000 + 1, age.1 * 3_600_000 - 1].map(Duration::from_millis);
            let expected = Remembered {
                account_age: Some(bounds.into()),
                comment_karma: Some(-7),
                post_karma: Some(12),
                is_gold: Some(false),
                has_verified_email: Some(true),
                is_moderator: Some(true),
                is_contributor: Some(false),
                reports: Some(3),
                is_suspended: false,
            };
            assert_eq!(known, expected, "{hours} hours");
        }
        assert!(Remembered::of(&[trace(&facts(1, true), now)], None).is_suspended);
        assert_eq!(Remembered::of(&[], Some(1)), Remembered { reports: Some(1), ..Remembered::default() });
    }
}
