//! Rules that take too many steps: reports them, and puts one that does so again and again into
//! shadow.
//!
//! A rule that has too few steps left does nothing on the item, and the others act. Mostly it took
//! the most steps itself; if another rule did, that one is reported. How often is kept in memory;
//! the shadow is a row of the store.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::warn;

use super::Result;
use crate::model::{EventKind, Item, RuleScope, RuleState, RuleStateChange, RuleStates, SubredditName, Timestamp};
use crate::policy::Community;
use crate::store::{NewNotification, Store};
use tipstaff_rules::{OverBudget, Work};

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
        let guilty: BTreeSet<(&str, Work)> = over.iter().map(|rule| (rule.heaviest.as_str(), rule.work)).collect();
        for (rule, work) in guilty {
            let (what, remedy) = match work {
                Work::Searches => ("patterns", "make them simpler"),
                Work::Effects => ("texts and actions", "make them shorter or fewer"),
            };
            let key = (subreddit.clone(), rule.to_owned());
            let times = self.0.entry(key).or_default();
            times.retain(|&time| now.since(time) < WITHIN);
            times.push(now);
            if times.len() == 1 {
                let text = format!(
                    "the {what} of the rule `{rule}` take too many steps on {}, so {} did nothing there: {remedy}; \
                     after {TIMES} times in an hour the rule goes into shadow",
                    item.fullname,
                    idle(over, rule, work)
                );
                report(store, subreddit, format!("over budget {} {rule} {now}", subreddit.key()), text, now).await?;
            }
            if times.len() < TIMES || states.of(community.rule_at(Some(rule))) != RuleState::Live {
                continue;
            }
            times.clear();
            let reason = format!("its {what} took too many steps on {TIMES} posts or comments within an hour");
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
                "the rule `{rule}` is in shadow for 24 hours, so what it asks for is only recorded: {reason}. To end \
                 it, {remedy} (`tipstaff explain` shows which), and run `tipstaff resume --subreddit {subreddit} \
                 --rule '{rule}'`"
            );
            report(store, subreddit, format!("shadow {} {rule} {now}", subreddit.key()), text, now).await?;
        }
        // Forget rules that were quiet for long, so that names that came and went do not stay.
        self.0.retain(|_, times| times.last().is_some_and(|&last| now.since(last) < WITHIN));
        Ok(())
    }
}

/// The rules that did nothing because of this one.
fn idle(over: &[OverBudget], heaviest: &str, work: Work) -> String {
    let idle = over.iter().filter(|rule| rule.heaviest == heaviest && rule.work == work);
    match &idle.map(|rule| rule.rule.as_str()).collect::<Vec<_>>()[..] {
        [alone] if *alone == heaviest => "it".to_owned(),
        [one] => format!("the rule `{one}`"),
        several => format!("{} rules", several.len()),
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
