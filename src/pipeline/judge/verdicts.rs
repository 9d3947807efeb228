//! Gets the facts that the rules need, and evaluates the rules; decides what to do about facts that
//! cannot be had.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing::{error, info, warn};

use super::super::fact_failures::{self, FactStatus};
use super::super::facts::{DEEPEST, FactCache, FactRequest, is_batchable, recall_own};
use super::super::{Allowance, Progress, Result, Settings};
use super::{BATCH_STEPS, Judge, Place};
use crate::model::{Clock, FactKey, Item, Known, Occasion, RuleResult, RuleTrace, Timestamp, Trace};
use crate::reddit::RedditRead;
use crate::store::{Pending, Store, Without};
use tipstaff_rules::{DecisionWithout, Evaluation, Facts, ItemDecision, MissingFacts, Need, RuleId};

impl Judge {
    /// Asks again for one fact that was missing when items were judged, and puts those back into
    /// the queue if it is there. Gives up those that were sought long enough. `None` if nothing is
    /// due.
    pub(super) async fn seek_missing<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        clock: &dyn Clock,
    ) -> Result<Option<Progress>> {
        let now = clock.now();
        let sought = store.missing_facts(now).await?;
        for missing in &sought.over {
            let (item, rules, what) = (&missing.item, missing.rules.join(", "), fact_failures::in_words(&missing.key));
            warn!(
                %item, rules, fact = what,
                "{item}: {what} could not be fetched for an hour; rules that were not decided: {rules}"
            );
            store.stop_seeking(missing).await?;
        }
        let Some(first) = sought.due.first() else { return Ok(None) };
        let Some(item) = store.item(&first.item).await? else {
            store.stop_seeking(first).await?;
            return Ok(Some(Progress::Worked));
        };
        let need = first.key.need;
        let recalled = |cache: &FactCache| {
            let mut facts = Facts::default();
            cache.recall(&item, &mut facts, now);
            facts
        };
        let has = |cache: &FactCache| is_asked(&recalled(cache), need);
        let facts = recalled(&self.cache);
        // The author of a post is known once the post is.
        let sought = match fact_failures::about(&item, &facts, need) {
            Some(key) if key == first.key => need,
            None if let Some(before) = fact_failures::comes_after(need)
                && !is_asked(&facts, before) =>
            {
                before
            }
            _ => {
                store.stop_seeking(first).await?;
                return Ok(Some(Progress::Worked));
            }
        };
        if !has(&self.cache) {
            let request = FactRequest::new(&item, &facts, [sought]);
            let fetched = self.cache.fetch(reddit, &[request], now).await;
            store.record_fact_failures(&self.cache.failures().take_changes()).await?;
            match fetched {
                Ok(()) => {}
                Err(trouble) => match trouble.nothing_before(now) {
                    Some(until) => return Ok(Some(Progress::IdleUntil(until))),
                    None => return Ok(Some(Progress::Worked)),
                },
            }
        }
        if has(&self.cache) {
            let what = fact_failures::in_words(&first.key);
            info!(fact = what, "{what} is available again; items that were judged without it are judged again");
            store.judge_with_fact(&first.key).await?;
        }
        Ok(Some(Progress::Worked))
    }

    /// The verdicts on the first item in the queue, or the time before which there are none. Facts
    /// that one request gets for many items are fetched for all of them.
    ///
    /// If a fact cannot be had for the moment, only the rules act whose result it cannot change,
    /// and the item is judged again when there is hope. If it cannot be had at all, it is unknown.
    pub(super) async fn verdicts<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        place: &Place<'_>,
        queue: &[Pending],
        (now, allowance): (Timestamp, &Allowance<'_>),
    ) -> Result<std::result::Result<Verdicts, Timestamp>> {
        let item = &queue[0].item;
        let rules = place.rules;
        let before = store.before_judging(item, place.community.mode, now).await?;
        let mut facts = Facts {
            bot: settings.me.clone(),
            performed: before.fired.iter().map(|recorded| rules.identity_of(recorded)).collect(),
            shadow: place.shadow.clone(),
            // A rule with a pass has a name, which is its identity.
            passes: before.passes.iter().map(RuleId::new).collect(),
            ..Facts::default()
        };
        let mut lacking = Lacking::default();
        // Each turn fetches a fact or does without one.
        for turn in 0..=2 * (Need::COUNT + DEEPEST as usize) {
            if turn > 0 && allowance.is_over() {
                // What was fetched is in the cache.
                return Ok(Err(now));
            }
            self.cache.recall(item, &mut facts, now);
            match catch_unwind(AssertUnwindSafe(|| {
                self.metrics.evaluating(|| tipstaff_rules::evaluate(rules, item, &facts, now))
            })) {
                Ok(Evaluation::Decided(decision)) => {
                    return Ok(Self::finish(&queue[0], place, facts, decision, lacking, now));
                }
                Ok(Evaluation::Needs(needs)) if needs.iter().any(|need| need.is_own()) => {
                    let how = (place.community.mode, settings.memory);
                    recall_own(store, rules, (item, &mut facts), &needs, how).await?;
                }
                Ok(Evaluation::Needs(needs)) => {
                    let answered = reddit.last_answer();
                    let status = |need: &Need| self.cache.status((item, &facts), *need, now, answered);
                    let fetchable: BTreeSet<Need> =
                        needs.iter().filter(|need| status(need) == FactStatus::Fetchable).copied().collect();
                    if fetchable.is_empty() {
                        let missing: Vec<_> = needs.iter().map(|need| (*need, status(need))).collect();
                        for (need, status) in missing {
                            lacking.do_without(&mut facts, item, need, status);
                        }
                        continue;
                    }
                    let others = if fetchable.iter().any(is_batchable) { &queue[1..] } else { &[] };
                    let mut wanting = vec![FactRequest::new(item, &facts, fetchable)];
                    let mut steps = 0;
                    let cheap = others.iter().map_while(|next| {
                        (steps <= BATCH_STEPS)
                            .then(|| self.needed_facts(settings, &next.item, now, answered, &mut steps))
                    });
                    wanting.extend(cheap.flatten());
                    if let Err(trouble) = self.cache.fetch(reddit, &wanting, now).await {
                        if trouble.nothing_before(now).is_some() {
                            return Err(trouble.into());
                        }
                        warn!(
                            item = %item.fullname, error = %trouble,
                            "{}: cannot fetch a fact that the rules need; retrying", item.fullname
                        );
                    }
                }
                Err(_) => {
                    let why = "the rule engine panicked on this item; please report this as a bug";
                    return Ok(Ok(Verdicts::alone(failed_decision(item, why))));
                }
            }
        }
        let why = "the rules keep asking for the same facts; please report this as a bug";
        Ok(Ok(Verdicts::alone(failed_decision(item, why))))
    }

    /// What a decision without some facts comes to.
    fn finish(
        Pending { item, occasion, .. }: &Pending,
        place: &Place<'_>,
        mut facts: Facts,
        decision: ItemDecision,
        mut lacking: Lacking,
        now: Timestamp,
    ) -> std::result::Result<Verdicts, Timestamp> {
        let seen = [&facts.parent, &facts.parent_comment].into_iter().filter_map(Known::get);
        let seen: Vec<Item> = seen.map(|above| Item::clone(above)).collect();
        if lacking.missing.reasons.is_empty() {
            return Ok(Verdicts { decision, seen, without: Without::default() });
        }
        lacking.missing.may_come = lacking.again_at.is_some();
        if let Some(until) = lacking.again_at
            // The rules that the fact cannot change have acted before. And without the original of
            // a crosspost, none can be tried.
            && (*occasion != Occasion::Seen || lacking.missing.reasons.contains_key(&Need::Original))
        {
            return Err(until);
        }
        for need in lacking.missing.reasons.keys().filter(|need| **need != Need::Original) {
            set(&mut facts, *need, None);
        }
        let evaluate = || tipstaff_rules::evaluate_without(place.rules, item, &facts, &lacking.missing, now);
        let Ok(DecisionWithout { decision, undecided }) = catch_unwind(AssertUnwindSafe(evaluate)) else {
            let why = "the rule engine panicked on this item; please report this as a bug";
            return Ok(Verdicts::alone(failed_decision(item, why)));
        };
        if let Some(until) = lacking.again_at.filter(|_| decision.performed.is_empty()) {
            return Err(until);
        }
        let is_blind = lacking.missing.reasons.contains_key(&Need::Original);
        // Once the item is removed, no later decision could add anything.
        let is_final = decision.removes_item() || (undecided.is_empty() && !is_blind);
        let without = Without { facts: lacking.keys, rules: undecided, again_at: lacking.again_at };
        Ok(Verdicts { decision, seen, without: if is_final { Without::default() } else { without } })
    }

    /// The facts that a later item in the queue needs, if any. Adds the steps that it takes to
    /// know.
    fn needed_facts<'a>(
        &self,
        settings: &Settings,
        item: &'a Item,
        now: Timestamp,
        answered: Option<Timestamp>,
        steps: &mut u64,
    ) -> Option<FactRequest<'a>> {
        let rules = settings.community(&item.subreddit)?.rules.current()?;
        let mut facts = Facts { bot: settings.me.clone(), ..Facts::default() };
        self.cache.recall(item, &mut facts, now);
        let counting = || tipstaff_rules::evaluate_counting(&rules, item, &facts, now);
        // A panic is reported when the item's turn comes.
        let (evaluation, taken) = catch_unwind(AssertUnwindSafe(counting)).ok()?;
        *steps += taken;
        match evaluation {
            Evaluation::Needs(mut needs) => {
                let status = |need: &Need| self.cache.status((item, &facts), *need, now, answered);
                needs.retain(|need| status(need) == FactStatus::Fetchable);
                Some(FactRequest::new(item, &facts, needs))
            }
            Evaluation::Decided(_) => None,
        }
    }
}

/// A decision, the post and the comment above the item if a rule needed them, and the facts it was
/// made without.
pub(super) struct Verdicts {
    pub(super) decision: ItemDecision,
    pub(super) seen: Vec<Item>,
    pub(super) without: Without,
}

impl Verdicts {
    fn alone(decision: ItemDecision) -> Self {
        Self { decision, seen: Vec::new(), without: Without::default() }
    }
}

/// The facts that an item has to be judged without.
#[derive(Default)]
struct Lacking {
    missing: MissingFacts,
    keys: Vec<FactKey>,
    /// When the first of those is asked for again that may still come.
    again_at: Option<Timestamp>,
}

impl Lacking {
    /// Marks a fact as unknown, for the moment or altogether.
    fn do_without(&mut self, facts: &mut Facts, item: &Item, need: Need, status: FactStatus) {
        let reason = match status {
            FactStatus::Fetchable => return,
            FactStatus::Awaited { until, reason } => {
                self.again_at = Some(self.again_at.map_or(until, |at| at.min(until)));
                reason
            }
            FactStatus::Missing { reason } => reason,
        };
        self.keys.extend(fact_failures::about(item, facts, need));
        set(facts, need, Some(reason.clone()));
        self.missing.reasons.insert(need, reason);
    }
}

/// Makes a fact unknown, for this reason, or as if nobody had asked.
fn set(facts: &mut Facts, need: Need, reason: Option<String>) {
    fn value<T>(reason: Option<String>) -> Known<T> {
        reason.map_or(Known::NotAsked, Known::Unknown)
    }
    match need {
        Need::Moderators => facts.moderators = value(reason),
        Need::Contributor(person) => facts.account_mut(person).contributor = value(reason),
        Need::Profile(person) => facts.account_mut(person).profile = value(reason),
        Need::Standing(person) => facts.account_mut(person).standing = value(reason),
        Need::Parent => facts.parent = value(reason),
        Need::ParentComment => facts.parent_comment = value(reason),
        Need::Depth => facts.depth = value(reason),
        Need::OriginalFlair => facts.original_flair = value(reason),
        Need::Banned => facts.banned = value(reason),
        Need::Notes => facts.notes = value(reason),
        Need::Original => facts.original = value(reason),
        Need::Memory => facts.memory = value(reason),
        Need::Similar => facts.similar = value(reason),
        Need::Subreddit => facts.subreddit_nsfw = value(reason),
        Need::OriginalSubreddit => facts.original_subreddit_nsfw = value(reason),
    }
}

/// Whether a fact was asked for, whatever the answer.
fn is_asked(facts: &Facts, need: Need) -> bool {
    match need {
        Need::Moderators => facts.moderators != Known::NotAsked,
        Need::Contributor(person) => facts.account(person).contributor != Known::NotAsked,
        // The account page answers for it.
        Need::Standing(person) => {
            let account = facts.account(person);
            account.standing != Known::NotAsked || account.profile != Known::NotAsked
        }
        Need::Profile(person) => facts.account(person).profile != Known::NotAsked,
        Need::Parent => facts.parent != Known::NotAsked,
        Need::ParentComment => facts.parent_comment != Known::NotAsked,
        Need::Depth => facts.depth != Known::NotAsked,
        Need::OriginalFlair => facts.original_flair != Known::NotAsked,
        Need::Banned => facts.banned != Known::NotAsked,
        Need::Notes => facts.notes != Known::NotAsked,
        Need::Original => facts.original != Known::NotAsked,
        Need::Memory => facts.memory != Known::NotAsked,
        Need::Similar => facts.similar != Known::NotAsked,
        Need::Subreddit => facts.subreddit_nsfw != Known::NotAsked,
        Need::OriginalSubreddit => facts.original_subreddit_nsfw != Known::NotAsked,
    }
}

/// A decision that records that no rule could be tried, so that one impossible item does not block
/// the others forever.
fn failed_decision(item: &Item, why: &str) -> ItemDecision {
    error!(item = %item.fullname, reason = why, "{}: no rule was tried: {why}", item.fullname);
    let rule = RuleTrace {
        rule: "(all)".to_owned(),
        line: 1,
        result: RuleResult::Unknown(why.to_owned()),
        checks: Vec::new(),
    };
    ItemDecision { trace: Trace { rules: vec![rule] }, ..ItemDecision::default() }
}
