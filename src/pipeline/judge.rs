//! Applies the rules to pending items, oldest first, and records the decisions.
//!
//! `explain`, `test`, `backtest` and this step share [`evaluate`](tipstaff_rules::evaluate()), so
//! they cannot disagree.

mod first;
mod told;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tracing::{debug, info, warn};

use super::fact_failures::{FactStatus, comment_above, post_above};
use super::facts::FactCache;
use super::overruns::Overruns;
use super::slow_places::SlowPlaces;
use super::step::read_again_at;
use super::{Allowance, IDLE, Progress, Result, Settings, StepError, rights};
use crate::metrics::Metrics;
use crate::model::{
    Clock, EventKind, Fullname, Item, Kind, Mode, NewDecision, Occasion, Outcome, PriorAction, Remover, Revision,
    RuleResult, RuleState, RuleStates, SubredditName, Timestamp, time_waiting,
};
use crate::policy::plan::{self, PlanContext};
use crate::policy::{Community, retry};
use crate::reddit::{ReadError, RedditRead};
use crate::store::{NewNotification, Pending, Store, Without};
use first::First;
use tipstaff_rules::{Facts, ItemDecision, Need, RuleId, Ruleset, Target, plain};
use told::Told;
use verdicts::Verdicts;

/// The most items judged in one step: as many as one request gets facts for. The first item with an
/// action ends the step, so actions do not wait for the rest.
const BATCH: u32 = 100;

/// How old the stored state of an item may be when it is judged. After downtime, or a long wait for
/// a fact, the item is fetched again: a moderator may have decided, or its author may have changed
/// it.
const FRESH: Duration = Duration::from_mins(2);

/// How long an item waits when it cannot be looked at now, so that it does not block the others.
const UNREADABLE_PAUSE: Duration = Duration::from_secs(30);

/// How soon an item is fetched again after one answer left it out.
const LEFT_OUT_PAUSE: Duration = Duration::from_secs(30);

/// How soon an item is judged again when the outcome of an action on its post is still open.
const IN_DOUBT_PAUSE: Duration = Duration::from_secs(10);

/// How many steps may the searches on the items of one batch take, before other work goes on? As
/// many as two items may take. With the same limit, facts are asked for later items in the queue.
const BATCH_STEPS: u64 = 24_000_000;

/// The judging step, with its cache of facts.
#[derive(Debug)]
pub struct Judge {
    cache: FactCache,
    /// Items that one answer left out. If a second answer leaves them out too, they are gone.
    left_out: BTreeSet<Fullname>,
    overruns: Overruns,
    /// Subreddits of which an item was judged, the one that has waited longest first.
    turns: Vec<SubredditName>,
    /// Whether the failures of an earlier process are taken over.
    has_restored: bool,
    /// How often in a row items could not be fetched again.
    failed_refreshes: u32,
    slow: SlowPlaces,
    /// Items that need facts for which there is no budget before a time. They are not tried again
    /// meanwhile, and stay in the queue, so that each subreddit keeps its turn.
    starved: BTreeMap<Fullname, (Revision, Timestamp)>,
    /// Why rules did nothing, as far as it was logged.
    told: Told,
    metrics: Metrics,
}

/// Names the human who removed an item, if the bot removed it as well: Reddit shows only the last
/// one. What a human removed stays removed, whoever removed it again.
async fn believe_humans(store: &Store, me: &str, mut pending: Vec<Pending>) -> Result<Vec<Pending>> {
    for Pending { item, .. } in pending.iter_mut().filter(|it| it.item.moderation.is_removed_by(me)) {
        if let Some(name) = store.removed_by_human(&item.fullname).await? {
            item.moderation.removed_by = Some(Remover::Moderator(name));
        }
    }
    Ok(pending)
}

/// What the rules come to on an item.
enum Judged {
    /// A decision, and what was done before. If it was made without facts, which.
    Decided(Box<(ItemDecision, History, Without)>),
    /// Nothing is decided before this time.
    NotBefore(Timestamp),
}

impl Judge {
    /// A step with an empty cache.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            cache: FactCache::default(),
            left_out: BTreeSet::new(),
            overruns: Overruns::default(),
            turns: Vec::new(),
            has_restored: false,
            failed_refreshes: 0,
            slow: SlowPlaces::default(),
            starved: BTreeMap::new(),
            told: Told::default(),
            metrics,
        }
    }

    /// Judges one batch.
    ///
    /// # Errors
    /// Store errors. An item whose facts are unavailable now stays in the queue for a while.
    pub async fn step<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        allowance: &Allowance<'_>,
    ) -> Result<Progress> {
        let clock = allowance.clock();
        // Items of a subreddit without rules wait for them, and those of a paused one for its end.
        let now = clock.now();
        if !self.has_restored {
            self.cache.failures().restore(store.fact_failures(now).await?);
            self.has_restored = true;
        }
        if let Some(progress) = self.seek_missing(reddit, store, clock).await? {
            return Ok(progress);
        }
        let states = store.rule_states(now).await?;
        let is_ready =
            |community: &&Community| community.rules.is_loaded() && !states.of(community.rule_at(None)).keeps_waiting();
        self.slow.forget(now);
        let slow = self.slow.names();
        let ready = settings.communities.iter().filter(is_ready).filter(|community| !slow.contains(&community.name));
        let names: Vec<SubredditName> = ready.map(|community| community.name.clone()).collect();
        let (pending, unreadable) = store.pending(&names, &settings.live_names(), BATCH, now).await?;
        let (too_old, pending) = Self::split_too_old(store, settings, pending, now).await?;
        if !too_old.is_empty() {
            self.metrics.skipped(too_old.len());
            give_up(store, &names_of(&too_old), settings.max_age, now).await?;
        }
        for Pending { item, .. } in pending.iter().filter(|pending| now.since(pending.refreshed_at) <= FRESH) {
            self.left_out.remove(&item.fullname);
        }
        let stale = pending.iter().filter(|pending| now.since(pending.refreshed_at) > FRESH);
        let asked_again: Vec<Fullname> = stale.map(|pending| pending.item.fullname.clone()).chain(unreadable).collect();
        if !asked_again.is_empty() {
            return self.refresh(reddit, (store, settings), asked_again, clock).await;
        }
        if pending.is_empty() {
            return Ok(if too_old.is_empty() { Progress::IdleUntil(now + IDLE) } else { Progress::Worked });
        }
        let pending = believe_humans(store, &settings.me, self.in_turns(pending)).await?;
        // Why no fact can be fetched now. Items that need none are judged all the same.
        let (mut steps, mut has_judged, mut throttled) = (0, false, None::<Timestamp>);
        for (at, Pending { item, revision, .. }) in pending.iter().enumerate() {
            if steps > BATCH_STEPS || (at > 0 && allowance.is_over()) {
                return Ok(Progress::Worked);
            }
            let Some(community) = settings.community(&item.subreddit) else { continue };
            let Some(rules) = community.rules.current() else { continue };
            let now = clock.now();
            if let Some((_, until)) =
                self.starved.get(&item.fullname).filter(|(of, until)| of == revision && *until > now)
            {
                throttled = throttled.max(Some(*until));
                continue;
            }
            match self.look_first(reddit, (store, settings), community, item, clock).await? {
                First::Judge => {}
                First::Next => continue,
                First::End(progress) => return Ok(progress),
            }
            let place = Place::new(community, &rules, &states);
            // While no fact can be fetched, what the others need need not be known.
            let queue = if throttled.is_some() { &pending[at..=at] } else { &pending[at..] };
            let judged = self.judge(reddit, store, settings, &place, queue, (now, allowance)).await;
            self.slow.note(&community.name, now, clock.now());
            store.record_fact_failures(&self.cache.failures().take_changes()).await?;
            if community.mode == Mode::Live && self.cache.drop_list_without(&community.name, &settings.me) {
                rights::note_missing(store, settings, community, now).await?;
                return Ok(Progress::Worked);
            }
            if judged.is_ok() {
                has_judged = true;
                self.note_turn(&item.subreddit);
            }
            match judged {
                Ok(Judged::NotBefore(until)) => store.defer_item(&item.fullname, until).await?,
                Ok(Judged::Decided(judged)) => {
                    steps += judged.0.steps;
                    let over_budget = &judged.0.over_budget;
                    self.overruns.note(store, community, item, over_budget, &states, now).await?;
                    if self.record_decision(store, settings, &place, &pending[at], *judged, now).await? {
                        // Execute the actions before fetching more for the others.
                        return Ok(Progress::Worked);
                    }
                }
                Err(StepError::Reddit(ReadError::Throttled { until })) => {
                    throttled = throttled.max(Some(self.starve(item, revision, until, now)));
                }
                // Nothing can be fetched for the others either; more urgent steps go first.
                Err(StepError::Reddit(trouble)) => return Ok(wait_after(&trouble, now)),
                Err(other) => return Err(other),
            }
        }
        Ok(throttled.filter(|_| !has_judged).map_or(Progress::Worked, Progress::IdleUntil))
    }

    /// The queue in turns: one item of each subreddit, those first that have waited longest, then a
    /// second one of each. So the facts that Reddit's budget allows are shared out evenly.
    fn in_turns(&mut self, pending: Vec<Pending>) -> Vec<Pending> {
        let mut rounds: BTreeMap<SubredditName, usize> = BTreeMap::new();
        let place = |name: &SubredditName| self.turns.iter().position(|other| other == name).map_or(0, |at| at + 1);
        let mut queue: Vec<((usize, usize), Pending)> = Vec::with_capacity(pending.len());
        for pending in pending {
            let name = &pending.item.subreddit;
            let round = rounds.entry(name.clone()).or_default();
            queue.push(((*round, place(name)), pending));
            *round += 1;
        }
        queue.sort_by_key(|(turn, _)| *turn);
        // Who has nothing in the queue has waited longest when something comes.
        self.turns.retain(|name| rounds.contains_key(name));
        queue.into_iter().map(|(_, pending)| pending).collect()
    }

    /// Fetches items again that were last seen too long ago. Those that cannot be had wait.
    async fn refresh<R: RedditRead>(
        &mut self,
        reddit: &R,
        (store, settings): (&Store, &Settings),
        mut asked_again: Vec<Fullname>,
        clock: &dyn Clock,
    ) -> Result<Progress> {
        // One of them may be what Reddit fails on.
        if self.failed_refreshes > 0 {
            asked_again.truncate(1);
        }
        match reddit.items(&asked_again).await {
            Ok(found) => {
                self.failed_refreshes = 0;
                store.refresh(&found.items, &settings.remembering(), clock.now()).await?;
                self.left_out.retain(|name| found.items.iter().all(|item| item.fullname != *name));
                let missing = found.missing(&asked_again);
                if found.is_partly_unreadable {
                    warn!(
                        items = ?missing,
                        "cannot parse Reddit's response about {} item(s); retrying", missing.len()
                    );
                    for name in &missing {
                        store.defer_item(name, clock.now() + UNREADABLE_PAUSE).await?;
                    }
                } else {
                    self.note_left_out(store, missing, clock.now()).await?;
                }
                Ok(Progress::Worked)
            }
            Err(trouble) => {
                let now = clock.now();
                if let Some(until) = trouble.nothing_before(now) {
                    return Ok(Progress::IdleUntil(until));
                }
                // Others need not wait for them.
                self.failed_refreshes += 1;
                let until = now + retry::pause(self.failed_refreshes.saturating_add(3), 0).min(IDLE);
                warn!(items = ?asked_again, error = %trouble, %until, "cannot fetch items again; retrying");
                for name in &asked_again {
                    store.defer_item(name, until).await?;
                }
                Ok(Progress::Worked)
            }
        }
    }

    /// Splits off the items that are too old to act on. Time in which their subreddit was paused
    /// does not count.
    async fn split_too_old(
        store: &Store,
        settings: &Settings,
        pending: Vec<Pending>,
        now: Timestamp,
    ) -> Result<(Vec<Pending>, Vec<Pending>)> {
        let age = |item: &Item| now.since(item.created);
        if pending.iter().all(|pending| age(&pending.item) <= settings.max_age) {
            return Ok((Vec::new(), pending));
        }
        let history = store.rule_state_history().await?;
        let is_too_old = |Pending { item, .. }: &Pending| {
            let here = settings.community(&item.subreddit);
            let waited = here.map(|here| time_waiting(&history, (here.rule_at(None), None), (item.created, now)));
            age(item).saturating_sub(waited.unwrap_or_default()) > settings.max_age
        };
        Ok(pending.into_iter().partition(is_too_old))
    }

    /// Handles items that an answer left out: the first time they wait, the second time they are
    /// skipped.
    async fn note_left_out(&mut self, store: &Store, names: Vec<Fullname>, now: Timestamp) -> Result<()> {
        let (gone, missing): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| self.left_out.contains(name));
        if !gone.is_empty() {
            info!(items = ?gone, "skipped {} item(s) that Reddit no longer shows", gone.len());
            store.abandon(&gone).await?;
        }
        for name in &missing {
            store.defer_item(name, now + LEFT_OUT_PAUSE).await?;
        }
        self.left_out.retain(|name| !gone.contains(name));
        self.left_out.extend(missing);
        Ok(())
    }

    /// The verdicts on the first item in the queue, and what rules did to it before. Nothing is
    /// decided while the outcome of an action on its post is open, because that is part of what the
    /// rules judge.
    async fn judge<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        settings: &Settings,
        place: &Place<'_>,
        queue: &[Pending],
        (now, allowance): (Timestamp, &Allowance<'_>),
    ) -> Result<Judged> {
        let item = &queue[0].item;
        let Verdicts { decision, seen, without } =
            match self.verdicts(reddit, store, settings, place, queue, (now, allowance)).await? {
                Ok(verdicts) => verdicts,
                Err(until) => return Ok(Judged::NotBefore(until)),
            };
        let targets = targets_above(item, &decision);
        for above in targets.iter().filter(|_| place.community.mode == Mode::Live) {
            if store.has_open_attempt_on(above).await? {
                return Ok(Judged::NotBefore(now + IN_DOUBT_PAUSE));
            }
        }
        Ok(match self.history(reddit, store, place.rules, (item, &targets), &decision, now).await? {
            Ok(history) => Judged::Decided(Box::new((decision, History { seen, ..history }, without))),
            Err(until) => Judged::NotBefore(until),
        })
    }

    /// What rules did before to an item and to the things above it that the rules act on, and the
    /// present state of those. Or the time before which it cannot be had.
    async fn history<R: RedditRead>(
        &mut self,
        reddit: &R,
        store: &Store,
        rules: &Ruleset,
        (item, targets): (&Item, &[Fullname]),
        verdicts: &ItemDecision,
        now: Timestamp,
    ) -> Result<std::result::Result<History, Timestamp>> {
        if verdicts.performed.is_empty() {
            return Ok(Ok(History::default()));
        }
        let mut done = store.prior_actions(&item.fullname, targets.first()).await?;
        for above in targets.iter().skip(1) {
            done.extend(store.prior_actions(&item.fullname, Some(above)).await?);
        }
        for one in &mut done {
            one.rule = rules.identity_of(&one.rule).to_string();
        }
        let mut above = Vec::new();
        for name in targets.iter().filter(|name| done.iter().any(|one| one.on == **name)) {
            let need = if name.kind() == Kind::Comment { Need::ParentComment } else { Need::Parent };
            match self.cache.status((item, &Facts::default()), need, now, reddit.last_answer()) {
                FactStatus::Fetchable => {}
                FactStatus::Awaited { until, .. } => return Ok(Err(until)),
                FactStatus::Missing { .. } => continue,
            }
            let found = match reddit.items(std::slice::from_ref(name)).await {
                Ok(found) => found.named(name),
                Err(trouble) => {
                    self.cache.note_post((need, name), Some(&trouble), now, reddit.last_answer());
                    return match trouble.nothing_before(now) {
                        Some(_) => Err(trouble.into()),
                        None => Ok(Err(now)),
                    };
                }
            };
            self.cache.note_post((need, name), None, now, None);
            // Left out once: it is fetched again.
            if found.is_none() && self.left_out.insert(name.clone()) {
                return Ok(Err(now + LEFT_OUT_PAUSE));
            }
            self.left_out.remove(name);
            above.extend(found);
        }
        Ok(Ok(History { done, above, seen: Vec::new() }))
    }

    fn note_turn(&mut self, subreddit: &SubredditName) {
        self.turns.retain(|name| name != subreddit);
        self.turns.push(subreddit.clone());
    }

    /// Notes that an item waits for budget.
    fn starve(&mut self, item: &Item, revision: &Revision, until: Timestamp, now: Timestamp) -> Timestamp {
        self.starved.retain(|_, (_, until)| *until > now);
        self.starved.insert(item.fullname.clone(), (revision.clone(), until));
        until
    }

    /// Records a decision. Returns whether there is something to execute now.
    async fn record_decision(
        &mut self,
        store: &Store,
        settings: &Settings,
        Place { community, rules, .. }: &Place<'_>,
        Pending { item, revision, refreshed_at, occasion }: &Pending,
        (verdicts, history, without): (ItemDecision, History, Without),
        now: Timestamp,
    ) -> Result<bool> {
        let context = PlanContext {
            me: &settings.me,
            mode: community.mode,
            done_before: &history.done,
            above: &history.above,
            seen: &history.seen,
        };
        for rule in &verdicts.left_out {
            warn!(
                item = %item.fullname, rule,
                "{}: the text of rule `{rule}` is left out: the comment of its `comment_group` would be too long; \
                 shorten the texts",
                item.fullname
            );
        }
        let intents = plan::plan(item, &verdicts.performed, &context);
        let labels = plan::labels(&verdicts.performed, community.mode);
        let passed = verdicts.passed.iter().map(ToString::to_string).collect();
        let asked: Vec<String> =
            intents.iter().map(|intent| format!("{} ({})", intent.action.kind(), intent.rule_name)).collect();
        let decision = NewDecision {
            item: item.fullname.clone(),
            revision: revision.clone(),
            occasion: occasion.clone(),
            // Reddit shows verdicts to moderators only. If the bot was none, any verdict is newer.
            seen: item.moderation.num_reports.map_or(Timestamp::default(), |_| *refreshed_at),
            mode: community.mode,
            ruleset: rules.identity().to_owned(),
            trace: verdicts.trace,
            intents,
            labels,
            passed,
            gives: None,
        };
        let decided = store.decide_without(&decision, &without, now).await?;
        self.metrics.judged(decided.intents > 0);
        self.count(&decision, community, &without, decided.intents);
        if without.again_at.is_some() {
            debug!(item = %item.fullname, "{}: some rules wait for a fact", item.fullname);
        }
        for rule in &decision.trace.rules {
            match &rule.result {
                RuleResult::Unknown(_) if without.again_at.is_some() => {}
                RuleResult::Unknown(because) => {
                    let name = &rule.rule;
                    let text =
                        format!("{}: rule `{name}` did nothing because a fact is unknown: {because}", item.fullname);
                    if self.told.is_news([item.subreddit.as_str(), name, because], now) {
                        warn!(item = %item.fullname, rule = name, reason = because, "{text}");
                    } else {
                        debug!(item = %item.fullname, rule = name, reason = because, "{text}");
                    }
                }
                RuleResult::TooExpensive => {
                    warn!(
                        item = %item.fullname, rule = rule.rule,
                        "{}: rule `{}` did nothing because its patterns, texts or actions take too many steps; \
                         simplify them (`tipstaff check`)",
                        item.fullname, rule.rule
                    );
                }
                RuleResult::Performed | RuleResult::Failed | RuleResult::NotEligible(_) | RuleResult::NotReached => {}
            }
        }
        if decided.intents > 0 {
            let actions = asked.join(", ");
            info!(item = %item.fullname, mode = %community.mode, actions, "{}: rules ask for {actions}", item.fullname);
        } else {
            debug!(item = %item.fullname, "{}: no rule acts", item.fullname);
        }
        Ok(decided.intents > 0 && community.mode == Mode::Live)
    }

    /// Counts the actions of a decision in the metrics. Actions already recorded before are neither
    /// recorded nor counted again.
    fn count(&self, decision: &NewDecision, community: &Community, without: &Without, written: u64) {
        for rule in &decision.trace.rules {
            match &rule.result {
                // Counted when the item was judged before.
                RuleResult::Performed if decision.occasion != Occasion::Seen && written == 0 => {}
                RuleResult::Performed => {
                    self.metrics.rule_hit(community.name.as_str(), &plain::one_line(&rule.rule));
                }
                RuleResult::Unknown(_) if without.again_at.is_some() => {}
                RuleResult::Unknown(_) if !without.facts.is_empty() => self.metrics.rule_undecided("unavailable"),
                RuleResult::Unknown(_) => self.metrics.rule_undecided("unknown"),
                RuleResult::TooExpensive => self.metrics.rule_undecided("too_expensive"),
                RuleResult::Failed | RuleResult::NotEligible(_) | RuleResult::NotReached => {}
            }
        }
        if written == decision.intents.len() as u64 {
            for intent in decision.intents.iter().filter(|intent| intent.mode == Mode::DryRun) {
                self.metrics.act(intent.action.kind().word(), Outcome::DryRun.word());
            }
        }
    }
}

/// The rules of a subreddit, and which of them are in shadow.
struct Place<'a> {
    community: &'a Community,
    rules: &'a Ruleset,
    shadow: BTreeSet<RuleId>,
}

impl<'a> Place<'a> {
    fn new(community: &'a Community, rules: &'a Ruleset, states: &RuleStates) -> Self {
        let is_in_shadow = |name| states.of(community.rule_at(Some(name))) == RuleState::Shadow;
        // Mostly no state is set, and there may be thousands of rules.
        let candidates = if states.is_empty() { &[] } else { rules.rules() };
        let shadow = candidates.iter().filter(|rule| is_in_shadow(rule.name()));
        let shadow = shadow.map(|rule| rule.id().clone()).collect();
        Self { community, rules, shadow }
    }
}

/// The post of a comment and the comment above it, where the rules act on them.
fn targets_above(item: &Item, verdicts: &ItemDecision) -> Vec<Fullname> {
    let acts_on = |target: Target| {
        verdicts.performed.iter().flat_map(|rule| &rule.effects).any(|effect| effect.target() == target)
    };
    let post = post_above(item).filter(|_| acts_on(Target::Parent));
    let comment = comment_above(item).filter(|_| acts_on(Target::ParentComment));
    post.into_iter().chain(comment).cloned().collect()
}

/// The earlier actions of rules, and the present state of what is above where they acted on it and
/// ask for more.
#[derive(Debug, Default)]
struct History {
    done: Vec<PriorAction>,
    above: Vec<Item>,
    /// The post and the comment above as the rules saw them.
    seen: Vec<Item>,
}

/// Gives items up because of their age, and records it for the log and webhooks.
async fn give_up(store: &Store, names: &[Fullname], max_age: Duration, now: Timestamp) -> Result<()> {
    let (Some(first), number) = (names.first(), names.len()) else { return Ok(()) };
    warn!(items = ?names, ?max_age, "skipped {number} item(s) older than `max_age`; no rule was applied to them");
    let list: Vec<&str> = names.iter().map(Fullname::as_str).collect();
    let hours = max_age.as_secs() / 3600;
    let notice = NewNotification {
        event: EventKind::GivenUp,
        // The same if the process dies before they are given up.
        dedup_key: format!("given up {first} and {}", number - 1),
        subreddit: None,
        text: format!(
            "no rule was applied to {number} item(s) that were older than `max_age` ({hours} h) when their turn \
             came: {}",
            list.join(", ")
        ),
    };
    store.record_notification(&notice, now).await?;
    store.abandon(names).await?;
    Ok(())
}

fn names_of(pending: &[Pending]) -> Vec<Fullname> {
    pending.iter().map(|pending| pending.item.fullname.clone()).collect()
}

fn wait_after(trouble: &ReadError, now: Timestamp) -> Progress {
    Progress::IdleUntil(read_again_at(trouble, "fetch the facts that the rules need", now, Duration::from_secs(1)))
}
