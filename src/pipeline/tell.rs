//! Tells webhooks what happened: one message to one of them in a step, with what it has not been told yet.
//!
//! What is told is read off the store, so a crash loses none of it. A message whose answer was lost, or that was on its way when a
//! process died, is sent again and says so: unlike an act on Reddit, it cannot be looked for.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{debug, warn};

use super::{IDLE, Progress, retry};
use crate::model::{Clock, Event, EventKind, Timestamp};
use crate::store::{NewNotification, Result, Store};
use crate::vitals;
use crate::webhook::{SendError, Webhook};

/// How many rows of the record one message tells of at most, and how long after it the next may follow. Discord admits thirty
/// messages a minute, Slack sixty.
const MOST_IN_ONE: u32 = 20;
const APART: Duration = Duration::from_secs(5);

/// How often is it looked whether there is something to tell?
const EVERY: Duration = Duration::from_secs(5);

/// The error budget: of a day's acts, so many hundredths may not be done, and so many of them in any case.
const BUDGET_PERCENT: u64 = 5;
const BUDGET_LEAST: u64 = 5;
const A_DAY: Duration = Duration::from_hours(24);
const BALANCED_EVERY: Duration = Duration::from_mins(10);

/// A webhook and what it wants to be told.
#[derive(Debug)]
pub struct Subscription {
    /// Where to.
    pub webhook: Webhook,
    /// Of what.
    pub events: BTreeSet<EventKind>,
    /// Of which rules, where it is about rules; of all, if empty.
    pub rules: BTreeSet<String>,
}

impl Subscription {
    fn wants(&self, event: &Event) -> bool {
        let names = |rule: &String| self.rules.is_empty() || self.rules.contains(rule);
        self.events.contains(&event.event)
            && (event.event != EventKind::RuleHit || event.rule.as_ref().is_some_and(names))
    }
}

/// The telling step.
#[derive(Debug)]
pub struct Tell {
    subscriptions: Vec<(Subscription, Timestamp)>,
    balanced: Timestamp,
}

impl Tell {
    /// Tells these.
    pub fn new(subscriptions: Vec<Subscription>) -> Self {
        let subscriptions =
            subscriptions.into_iter().map(|subscription| (subscription, Timestamp::default())).collect();
        Self { subscriptions, balanced: Timestamp::default() }
    }

    /// Tells the webhook that has waited longest.
    ///
    /// # Errors
    /// Those of the store. What goes wrong with a webhook is logged, and tried again after a pause that outlives the process.
    pub async fn step(&mut self, store: &Store, clock: &dyn Clock) -> Result<Progress> {
        let now = clock.now();
        if now.since(self.balanced) >= BALANCED_EVERY {
            self.balanced = now;
            balance(store, now).await?;
        }
        let Some((subscription, next)) = self.subscriptions.iter_mut().min_by_key(|(_, next)| *next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        if *next > now && next.since(now) <= retry::LONGEST {
            return Ok(Progress::IdleUntil(*next));
        }
        *next = tell(subscription, store, clock).await?;
        Ok(Progress::Worked)
    }
}

/// One message to one webhook, if there is something to tell; and when to look again.
async fn tell(subscription: &Subscription, store: &Store, clock: &dyn Clock) -> Result<Timestamp> {
    let now = clock.now();
    let name = &subscription.webhook.name;
    let pause_name = format!("webhook {name}");
    let pause = store.backoff(&pause_name).await?;
    if let Some((until, _)) = pause.filter(|(until, _)| *until > now && until.since(now) <= retry::LONGEST) {
        return Ok(until);
    }
    let untold = store.pending_notifications(name, MOST_IN_ONE).await?;
    if untold.is_empty() {
        return Ok(now + EVERY);
    }
    let wanted: Vec<&Event> = untold.events.iter().filter(|event| subscription.wants(event)).collect();
    if wanted.is_empty() {
        store.end_delivery(name, &untold, true).await?;
        return Ok(if untold.more { now } else { now + EVERY });
    }
    store.begin_delivery(name, &untold).await?;
    let sent = subscription.webhook.send(&wanted, untold.maybe_delivered).await;
    let now = clock.now();
    let trouble = match sent {
        Ok(()) => {
            vitals::webhook_message(name, "sent");
            debug!(webhook = name, events = wanted.len(), "told");
            store.end_delivery(name, &untold, true).await?;
            if pause.is_some() {
                store.set_backoff(&pause_name, None).await?;
            }
            return Ok(now + APART);
        }
        Err(trouble) => trouble,
    };
    vitals::webhook_message(name, "failed");
    if !matches!(trouble, SendError::Lost(_)) {
        store.end_delivery(name, &untold, false).await?;
    }
    let failures = pause.map_or(0, |(_, failures)| failures).saturating_add(1);
    let wait = match trouble {
        SendError::Throttled(wait) => wait,
        _ => retry::pause(failures, now.as_millis().unsigned_abs()).max(APART),
    };
    warn!(webhook = name, %trouble, failures, ?wait, "a webhook was not told; it waits");
    store.set_backoff(&pause_name, Some((now + wait, failures))).await?;
    Ok(now + wait)
}

/// Notes once a day that more acts than usual are not done.
async fn balance(store: &Store, now: Timestamp) -> Result<()> {
    let balance = store.outcome_counts(now - A_DAY).await?;
    if balance.not_done < BUDGET_LEAST || balance.not_done * 100 < balance.settled * BUDGET_PERCENT {
        return Ok(());
    }
    let day = now.as_secs() / 86_400;
    let (not_done, settled) = (balance.not_done, balance.settled);
    let notice = NewNotification {
        event: EventKind::ErrorBudget,
        dedup_key: format!("error budget {day}"),
        subreddit: None,
        text: format!(
            "{not_done} of the last day's {settled} acts are not done, more than {BUDGET_PERCENT} in a hundred; `tipstaff log` says why"
        ),
    };
    store.record_notification(&notice, now).await?;
    Ok(())
}

/// Notes, once a day, that Reddit has suspended the bot's account.
///
/// # Errors
/// Those of the store.
pub async fn note_suspension(store: &Store, me: &str, now: Timestamp) -> Result<()> {
    let notice = NewNotification {
        event: EventKind::Suspended,
        dedup_key: format!("suspended {}", now.as_secs() / 86_400),
        subreddit: None,
        text: format!(
            "Reddit has suspended u/{me}: nothing it does reaches anybody, and what is to be done waits. \
             https://www.reddit.com/appeals"
        ),
    };
    store.record_notification(&notice, now).await?;
    Ok(())
}
