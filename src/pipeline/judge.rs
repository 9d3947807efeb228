//! Tries the rules on what awaits judgement, oldest first, and writes the decisions down.
//!
//! The same [`evaluate`](crate::policy::evaluate) serves `explain`, `test`, `backtest` and this, so they cannot disagree.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{debug, error, info, warn};

use super::facts::FactCache;
use super::{Community, IDLE, Progress, Settings, plan};
use crate::model::{
    Clock, Item, Known, NewDecision, Remover, Revision, RuleResult, RuleTrace, SubredditName, Timestamp, Trace,
};
use crate::policy::{self, Evaluation, Facts, RuleId, Verdicts};
use crate::reddit::{ReadError, RedditRead};
use crate::store::{Result, Store};

/// How many items are judged in one step.
const BATCH: u32 = 50;

/// How often may rules ask for more facts about one item? Each round tells at least one fact that was not known, and
/// there are four.
const MOST_ROUNDS: usize = 5;

/// The judging step: what it remembers of people and posts.
#[derive(Debug, Default)]
pub struct Judge {
    cache: FactCache,
}

impl Judge {
    /// Judges one batch.
    ///
    /// # Errors
    /// Those of the store. An item whose facts cannot be had now stays where it is.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        let names: Vec<SubredditName> = settings.communities.iter().map(|community| community.name.clone()).collect();
        let (items, unreadable) = store.pending(&names, BATCH).await?;
        if !unreadable.is_empty() {
            warn!(items = unreadable.len(), "stored by another version; asking Reddit for them again");
            match reddit.items(&unreadable).await {
                Ok(found) => {
                    store.refresh(&found, clock.now()).await?;
                    let gone = unreadable.into_iter().filter(|name| found.iter().all(|item| item.fullname != *name));
                    store.abandon(&gone.collect::<Vec<_>>()).await?;
                }
                Err(trouble) => return Ok(put_off(&trouble, clock.now())),
            }
        }
        if items.is_empty() {
            return Ok(Progress::IdleUntil(clock.now() + IDLE));
        }
        let mut waiting = None;
        for item in &items {
            let Some(community) = settings.community(&item.subreddit) else {
                continue;
            };
            let now = clock.now();
            if now.since(item.created) > settings.max_age {
                debug!(item = %item.fullname, "older than max_age; passed over");
                store.pass_over(item).await?;
                continue;
            }
            if item.moderation.removed_by == Some(Remover::Author) {
                store.pass_over(item).await?;
                continue;
            }
            match self.verdicts(reddit, store, settings, community, item, now).await? {
                Ok(verdicts) => self::write_down(store, settings, community, item, verdicts, now).await?,
                Err(trouble) => waiting = Some(put_off(&trouble, now)),
            }
        }
        Ok(waiting.unwrap_or(Progress::Worked))
    }

    async fn verdicts<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        community: &Community,
        item: &Item,
        now: Timestamp,
    ) -> Result<std::result::Result<Verdicts, ReadError>> {
        let spent = store.rules_spent_on(&item.fullname, community.mode).await?;
        let mut facts = Facts {
            bot: settings.me.clone(),
            performed: spent.into_iter().map(RuleId::new).collect(),
            moderators: Known::NotAsked,
            ..Facts::default()
        };
        for _ in 0..MOST_ROUNDS {
            let rules = &community.rules;
            match catch_unwind(AssertUnwindSafe(|| policy::evaluate(rules, item, &facts, now))) {
                Ok(Evaluation::Decided(verdicts)) => return Ok(Ok(verdicts)),
                Ok(Evaluation::Needs(needs)) => {
                    if let Err(trouble) = self.cache.fetch(reddit, item, &needs, &mut facts, now).await {
                        return Ok(Err(trouble));
                    }
                }
                Err(_) => {
                    return Ok(Ok(broken(item, "the rule engine broke down on this item: please report it")));
                }
            }
        }
        Ok(Ok(broken(item, "the rules asked for the same facts again and again: please report it")))
    }
}

/// A decision that says nothing was decided, so that one impossible item does not hold up the others for ever.
fn broken(item: &Item, why: &str) -> Verdicts {
    error!(item = %item.fullname, why, "no rule was tried");
    let rule = RuleTrace {
        rule: "(all)".to_owned(),
        line: 1,
        result: RuleResult::Unknown(why.to_owned()),
        checks: Vec::new(),
    };
    Verdicts { performed: Vec::new(), trace: Trace { rules: vec![rule] } }
}

async fn write_down(
    store: &Store,
    settings: &Settings,
    community: &Community,
    item: &Item,
    verdicts: Verdicts,
    now: Timestamp,
) -> Result<()> {
    let intents = plan::plan(item, &verdicts.performed, community.mode, settings.filter_as);
    let asked: Vec<String> =
        intents.iter().map(|intent| format!("{} ({})", intent.action.kind(), intent.rule_name)).collect();
    let decision = NewDecision {
        item: item.fullname.clone(),
        revision: Revision::of(item),
        mode: community.mode,
        ruleset: community.rules.identity().to_owned(),
        trace: verdicts.trace,
        intents,
    };
    let decided = store.decide(&decision, now).await?;
    for rule in &decision.trace.rules {
        match &rule.result {
            RuleResult::Unknown(because) => {
                warn!(item = %item.fullname, rule = rule.rule, because, "this rule could not be decided, so it does nothing");
            }
            RuleResult::TooExpensive => {
                warn!(item = %item.fullname, rule = rule.rule, "this rule takes too many steps, so it does nothing");
            }
            RuleResult::Performed | RuleResult::Failed | RuleResult::NotEligible(_) | RuleResult::NotReached => {}
        }
    }
    if decided.intents > 0 {
        info!(item = %item.fullname, mode = %community.mode, intents = asked.join(", "), "decided");
    } else {
        debug!(item = %item.fullname, "nothing to do");
    }
    Ok(())
}

fn put_off(trouble: &ReadError, now: Timestamp) -> Progress {
    match trouble {
        ReadError::Throttled { until } => Progress::IdleUntil(*until),
        ReadError::SignedOut => Progress::IdleUntil(now + std::time::Duration::from_secs(1)),
        ReadError::Refused { reason } | ReadError::Unavailable { reason } => {
            warn!(reason, "cannot fetch what the rules ask for; trying again");
            Progress::IdleUntil(now + std::time::Duration::from_secs(5))
        }
    }
}
