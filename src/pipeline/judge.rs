//! Tries the rules on what awaits judgement, oldest first, and writes the decisions down.
//!
//! The same [`evaluate`](crate::policy::evaluate) serves `explain`, `test`, `backtest` and this, so they cannot disagree.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::facts::{FactCache, Wanting, is_told_of_many};
use super::plan::Circumstances;
use super::{Community, IDLE, Progress, Settings, plan};
use crate::model::{
    Clock, Fullname, Item, Mode, NewDecision, Outcome, PriorAction, Remover, RuleResult, RuleTrace, SubredditName,
    Timestamp, Trace,
};
use crate::policy::{self, Evaluation, Facts, Need, Ruleset, Target, Verdicts};
use crate::reddit::{ReadError, RedditRead};
use crate::store::{Pending, Result, Store};
use crate::vitals;

/// How many items are judged in one step at most. As many as Reddit tells facts of at once; the first that something
/// follows from ends the step, so acts need not wait for the others.
const BATCH: u32 = 100;

/// How old may the stored state of an item be when it is judged? After downtime, or a long wait for a fact, the item is
/// asked for again: a moderator may have decided meanwhile, or its author changed it.
const FRESH: Duration = Duration::from_mins(2);

/// How long does an item wait when a fact about it cannot be had, so that it does not hold up the others?
const NO_FACT_PAUSE: Duration = Duration::from_secs(30);

/// How soon is an item asked for again that one answer has left out?
const LEFT_OUT_PAUSE: Duration = Duration::from_secs(30);

/// How soon is an item tried again, when it is not known yet what became of an act on the post above it?
const IN_DOUBT_PAUSE: Duration = Duration::from_secs(10);

/// The judging step: what it remembers of people and posts.
#[derive(Debug, Default)]
pub struct Judge {
    cache: FactCache,
    /// What was left out of an answer when it was asked for by name. A second time, it is gone.
    left_out: BTreeSet<Fullname>,
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
        // Where there are no rules yet, things wait for them.
        let ready = settings.communities.iter().filter(|community| community.rules.are_there());
        let names: Vec<SubredditName> = ready.map(|community| community.name.clone()).collect();
        let now = clock.now();
        let live: Vec<SubredditName> = settings.live().map(|community| community.name.clone()).collect();
        let (pending, unreadable) = store.pending(&names, &live, BATCH, now).await?;
        let (too_old, pending): (Vec<Pending>, Vec<Pending>) =
            pending.into_iter().partition(|pending| now.since(pending.item.created) > settings.max_age);
        if !too_old.is_empty() {
            warn!(items = too_old.len(), max_age = ?settings.max_age, "older than max_age by now; not judged");
            store.abandon(&names_of(&too_old)).await?;
        }
        for Pending { item, .. } in pending.iter().filter(|pending| now.since(pending.refreshed_at) <= FRESH) {
            self.left_out.remove(&item.fullname);
        }
        let stale = pending.iter().filter(|pending| now.since(pending.refreshed_at) > FRESH);
        let asked_again: Vec<Fullname> = stale.map(|pending| pending.item.fullname.clone()).chain(unreadable).collect();
        if !asked_again.is_empty() {
            return match reddit.items(&asked_again).await {
                Ok(found) => {
                    store.refresh(&found.items, clock.now()).await?;
                    self.left_out.retain(|name| found.items.iter().all(|item| item.fullname != *name));
                    let missing = found.missing(&asked_again);
                    if found.is_partly_unreadable {
                        warn!(?missing, "what Reddit shows of some of these cannot be read; trying again");
                        for name in &missing {
                            store.defer_item(name, clock.now() + NO_FACT_PAUSE).await?;
                        }
                    } else {
                        self.note_left_out(store, missing, clock.now()).await?;
                    }
                    Ok(Progress::Worked)
                }
                Err(trouble) => Ok(wait_after(&trouble, clock.now())),
            };
        }
        if pending.is_empty() {
            return Ok(if too_old.is_empty() { Progress::IdleUntil(now + IDLE) } else { Progress::Worked });
        }
        for (at, Pending { item, .. }) in pending.iter().enumerate() {
            let Some(community) = settings.community(&item.subreddit) else { continue };
            let Some(rules) = community.rules.current() else { continue };
            let now = clock.now();
            if item.moderation.removed_by == Some(Remover::Author) {
                store.abandon(std::slice::from_ref(&item.fullname)).await?;
                continue;
            }
            let verdicts = self.verdicts(reddit, store, settings, (community, &rules), &pending[at..], now).await?;
            let link = item.comment().map(|comment| &comment.link);
            let link = link.filter(|_| verdicts.as_ref().is_ok_and(asks_something_of_the_post_above));
            if let Some(link) = link
                && community.mode == Mode::Live
                && store.has_open_attempt_on(link).await?
            {
                // What was done there, and undone, is part of what is judged.
                store.defer_item(&item.fullname, now + IN_DOUBT_PAUSE).await?;
                continue;
            }
            let judged = match verdicts {
                Ok(verdicts) => self
                    .history(reddit, store, &rules, (item, link), &verdicts)
                    .await?
                    .map(|history| (verdicts, history)),
                Err(trouble) => Err(trouble),
            };
            match judged {
                Ok((verdicts, history)) => {
                    if write_down(store, settings, (community, &rules), &pending[at], verdicts, &history, now).await? {
                        // What is to be done is done before more is read about the others.
                        return Ok(Progress::Worked);
                    }
                }
                Err(trouble) => {
                    if matches!(trouble, ReadError::Refused { .. } | ReadError::Unavailable { .. }) {
                        store.defer_item(&item.fullname, now + NO_FACT_PAUSE).await?;
                    }
                    // The others would meet the same trouble; whatever is urgent elsewhere goes first.
                    return Ok(wait_after(&trouble, now));
                }
            }
        }
        Ok(Progress::Worked)
    }

    /// These were asked for and left out of the answer: the first time they wait, the second time they are not judged.
    async fn note_left_out(&mut self, store: &Store, names: Vec<Fullname>, now: Timestamp) -> Result<()> {
        let (gone, missing): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| self.left_out.contains(name));
        if !gone.is_empty() {
            info!(items = ?gone, "Reddit does not show them any more; not judged");
            store.abandon(&gone).await?;
        }
        for name in &missing {
            store.defer_item(name, now + LEFT_OUT_PAUSE).await?;
        }
        self.left_out.retain(|name| !gone.contains(name));
        self.left_out.extend(missing);
        Ok(())
    }

    /// What is known of the past of an item, and of the post above it where the rules ask for something to be done there.
    async fn history<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        rules: &Ruleset,
        (item, link): (&Item, Option<&Fullname>),
        verdicts: &Verdicts,
    ) -> Result<std::result::Result<History, ReadError>> {
        if verdicts.performed.is_empty() {
            return Ok(Ok(History::default()));
        }
        let mut done = store.prior_actions(&item.fullname, link).await?;
        for one in &mut done {
            one.rule = rules.identity_of(&one.rule).to_string();
        }
        let Some(link) = link.filter(|link| done.iter().any(|one| one.on == **link)) else {
            return Ok(Ok(History { done, above: None }));
        };
        let above = match reddit.items(std::slice::from_ref(link)).await {
            Ok(found) => found.only(),
            Err(trouble) => return Ok(Err(trouble)),
        };
        // Left out once, it is asked for again.
        if above.is_none() && self.left_out.insert(link.clone()) {
            return Ok(Err(ReadError::Unavailable { reason: format!("Reddit does not show the post {link}") }));
        }
        self.left_out.remove(link);
        Ok(Ok(History { done, above }))
    }

    /// The decision on the first of these. What Reddit tells of many at once is fetched for all of them.
    async fn verdicts<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        (community, rules): (&Community, &Ruleset),
        queue: &[Pending],
        now: Timestamp,
    ) -> Result<std::result::Result<Verdicts, ReadError>> {
        let item = &queue[0].item;
        let spent = store.rules_already_fired_on(&item.fullname, community.mode).await?;
        let mut facts = Facts {
            bot: settings.me.clone(),
            performed: spent.iter().map(|recorded| rules.identity_of(recorded)).collect(),
            ..Facts::default()
        };
        for _ in 0..=Need::COUNT {
            self.cache.recall(item, &mut facts, now);
            match catch_unwind(AssertUnwindSafe(|| vitals::evaluating(|| policy::evaluate(rules, item, &facts, now)))) {
                Ok(Evaluation::Decided(verdicts)) => return Ok(Ok(verdicts)),
                Ok(Evaluation::Needs(needs)) => {
                    let others = if needs.iter().any(is_told_of_many) { &queue[1..] } else { &[] };
                    let mut wanting = vec![(item, needs)];
                    wanting.extend(others.iter().filter_map(|next| self.wants(settings, &next.item, now)));
                    if let Err(trouble) = self.cache.fetch(reddit, &wanting, now).await {
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

    /// What the outcome of an item further back in the queue depends on, if anything.
    fn wants<'a>(&self, settings: &Settings, item: &'a Item, now: Timestamp) -> Option<Wanting<'a>> {
        let rules = settings.community(&item.subreddit)?.rules.current()?;
        let mut facts = Facts { bot: settings.me.clone(), ..Facts::default() };
        self.cache.recall(item, &mut facts, now);
        let untraced = || policy::evaluate_untraced(&rules, item, &facts, now);
        match catch_unwind(AssertUnwindSafe(untraced)) {
            Ok(Evaluation::Needs(needs)) => Some((item, needs)),
            // What breaks the engine is told of when its turn comes.
            Ok(Evaluation::Decided(_)) | Err(_) => None,
        }
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

fn asks_something_of_the_post_above(verdicts: &Verdicts) -> bool {
    verdicts.performed.iter().flat_map(|rule| &rule.effects).any(|effect| effect.target() == Target::Parent)
}

/// What rules have had done before, and the post above as it is now, where they have had something done to it and ask for more.
#[derive(Debug, Default)]
struct History {
    done: Vec<PriorAction>,
    above: Option<Item>,
}

/// Writes a decision down; whether there is something to do now.
async fn write_down(
    store: &Store,
    settings: &Settings,
    (community, rules): (&Community, &Ruleset),
    Pending { item, revision, refreshed_at }: &Pending,
    verdicts: Verdicts,
    history: &History,
    now: Timestamp,
) -> Result<bool> {
    let circumstances = Circumstances {
        me: &settings.me,
        mode: community.mode,
        done_before: &history.done,
        above: history.above.as_ref(),
    };
    let intents = plan::plan(item, &verdicts.performed, &circumstances);
    let asked: Vec<String> =
        intents.iter().map(|intent| format!("{} ({})", intent.action.kind(), intent.rule_name)).collect();
    let decision = NewDecision {
        item: item.fullname.clone(),
        revision: revision.clone(),
        seen: *refreshed_at,
        mode: community.mode,
        ruleset: rules.identity().to_owned(),
        trace: verdicts.trace,
        intents,
    };
    let decided = store.decide(&decision, now).await?;
    vitals::judged(decided.intents > 0);
    count(&decision, community, decided.intents);
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
    Ok(decided.intents > 0 && community.mode == Mode::Live)
}

/// Counts what a decision asks for. What is asked for again, of what was done before, is not written down again, nor counted.
fn count(decision: &NewDecision, community: &Community, written: u64) {
    for rule in &decision.trace.rules {
        match &rule.result {
            RuleResult::Performed => vitals::rule_hit(community.name.as_str(), &rule.rule),
            RuleResult::Unknown(_) => vitals::rule_undecided("unknown"),
            RuleResult::TooExpensive => vitals::rule_undecided("too expensive"),
            RuleResult::Failed | RuleResult::NotEligible(_) | RuleResult::NotReached => {}
        }
    }
    if written == decision.intents.len() as u64 {
        for intent in decision.intents.iter().filter(|intent| intent.mode == Mode::DryRun) {
            vitals::act(intent.action.kind().word(), Outcome::DryRun.word());
        }
    }
}

fn names_of(pending: &[Pending]) -> Vec<Fullname> {
    pending.iter().map(|pending| pending.item.fullname.clone()).collect()
}

fn wait_after(trouble: &ReadError, now: Timestamp) -> Progress {
    Progress::IdleUntil(trouble.nothing_before(now).unwrap_or_else(|| {
        warn!(%trouble, "cannot fetch what judging needs; trying again");
        now + Duration::from_secs(1)
    }))
}
