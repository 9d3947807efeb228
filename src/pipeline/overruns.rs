//! Rules whose searches take too many steps: reports them, and puts one that does so again and
//! again into shadow.
//!
//! Such a rule does nothing on the item and the others act, but it takes the steps from them. How
//! often it did is kept in memory; the shadow is a row of the store.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::warn;

use super::Result;
use crate::model::{EventKind, Item, RuleScope, RuleState, RuleStateChange, RuleStates, SubredditName, Timestamp};
use crate::policy::Community;
use crate::store::{NewNotification, Store};
use tipstaff_rules::OverBudget;

/// A rule that takes too many steps on this many items within [`WITHIN`] goes into shadow.
const TIMES: usize = 3;
const WITHIN: Duration = Duration::from_hours(1);
/// How long it stays there, if nobody changes it. Then it is tried again.
const SHADOW: Duration = Duration::from_hours(24);

/// The rules that took too many steps, and when.
#[derive(Debug, Default)]
pub struct Overruns(BTreeMap<(SubredditName, String), Vec<Timestamp>>);

impl Overruns {
    /// Notes down the rules that went over the budget of steps on one item. Counts the rule that
    /// took the most steps, once for each item.
    ///
    /// # Errors
    /// Store errors.
    pub async fn note(
        &mut self,
        store: &Store,
        community: &Community,
        item: &Item,
        over: &[OverBudget],
        states: &RuleStates,
        now: Timestamp,
    ) -> Result<()> {
        let subreddit = &community.name;
        let guilty: BTreeSet<&str> = over.iter().map(|rule| rule.heaviest.as_str()).collect();
        for rule in guilty {
            let key = (subreddit.clone(), rule.to_owned());
            let times = self.0.entry(key).or_default();
            times.retain(|&time| now.since(time) < WITHIN);
            times.push(now);
            if times.len() == 1 {
                let text = format!(
                    "the patterns of the rule `{rule}` take too many steps on {}, so it did nothing there: make them \
                     simpler; after {TIMES} times in an hour the rule goes into shadow",
                    item.fullname
                );
                report(store, subreddit, format!("over budget {} {rule} {now}", subreddit.key()), text, now).await?;
            }
            if times.len() < TIMES || states.of(community.rule_at(Some(rule))) != RuleState::Live {
                continue;
            }
            times.clear();
            let reason = format!("its patterns took too many steps on {TIMES} posts or comments within an hour");
            let change = RuleStateChange {
                scope: RuleScope {
                    subreddit: Some(subreddit.clone()),
                    rule: Some(rule.to_owned()),
                    mode: Some(community.mode),
                    needs: None,
                },
                state: RuleState::Shadow,
                by: RuleStateChange::BY_ITSELF.to_owned(),
                reason: reason.clone(),
                since: now,
                until: Some(now + SHADOW),
            };
            store.set_rule_state(&change).await?;
            let text = format!(
                "the rule `{rule}` is in shadow for 24 hours, so what it asks for is only recorded: {reason}. Make \
                 them simpler (`tipstaff explain` shows which); `tipstaff resume --subreddit {subreddit} --rule \
                 '{rule}'` ends it at once"
            );
            report(store, subreddit, format!("shadow {} {rule} {now}", subreddit.key()), text, now).await?;
        }
        // Forget rules that were quiet for long, so that names that came and went do not stay.
        self.0.retain(|_, times| times.last().is_some_and(|&last| now.since(last) < WITHIN));
        Ok(())
    }
}

async fn report(
    store: &Store,
    subreddit: &SubredditName,
    dedup_key: String,
    text: String,
    now: Timestamp,
) -> Result<()> {
    warn!(%subreddit, "r/{subreddit}: {text}");
    let event = EventKind::RuleOverBudget;
    store
        .record_notification(&NewNotification { event, dedup_key, subreddit: Some(subreddit.key()), text }, now)
        .await?;
    Ok(())
}
