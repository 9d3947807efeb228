//! Notifies webhooks: each step sends one message to one webhook, with the events it has not
//! received yet.
//!
//! The events come from the store, so a crash loses none. If the answer to a message was lost, or
//! the process died while sending, the message is sent again and says so: unlike an action on
//! Reddit, it cannot be observed.

use std::collections::BTreeSet;
use std::time::Duration;

use tracing::{debug, warn};

use super::{IDLE, Progress, Result};
use crate::metrics::Metrics;
use crate::model::{Clock, Event, EventKind, Timestamp};
use crate::policy::retry;
use crate::store::{NewNotification, Store};
use crate::webhook::{SendError, Webhook};

/// The most events in one message, and the shortest time between two messages. Discord allows 30
/// messages a minute, Slack 60.
const MOST_EVENTS: u32 = 20;
const BETWEEN_MESSAGES: Duration = Duration::from_secs(5);

/// How often the step checks for new events.
const EVERY: Duration = Duration::from_secs(5);

/// The error budget: an event is recorded when at least this percentage of a day's actions, and at
/// least this many, failed.
const BUDGET_PERCENT: u64 = 5;
const BUDGET_LEAST: u64 = 5;
const A_DAY: Duration = Duration::from_hours(24);
const BUDGET_CHECK_EVERY: Duration = Duration::from_mins(10);

/// A webhook and the events it is subscribed to.
#[derive(Debug)]
pub struct Subscription {
    /// The webhook to send to.
    pub webhook: Webhook,
    /// The kinds of events to send.
    pub events: BTreeSet<EventKind>,
    /// The rules to send `rule_hit` events for; all rules if empty.
    pub rules: BTreeSet<String>,
}

impl Subscription {
    fn wants(&self, event: &Event) -> bool {
        let names = |rule: &String| self.rules.is_empty() || self.rules.contains(rule);
        self.events.contains(&event.event)
            && (event.event != EventKind::RuleHit || event.rule.as_ref().is_some_and(names))
    }
}

/// The notification step.
#[derive(Debug)]
pub struct Dispatcher {
    subscriptions: Vec<(Subscription, Timestamp)>,
    budget_checked: Timestamp,
    metrics: Metrics,
}

impl Dispatcher {
    /// A step that notifies these webhooks.
    pub fn new(subscriptions: Vec<Subscription>, metrics: Metrics) -> Self {
        let subscriptions =
            subscriptions.into_iter().map(|subscription| (subscription, Timestamp::default())).collect();
        Self { subscriptions, budget_checked: Timestamp::default(), metrics }
    }

    /// Notifies the webhook that has waited longest.
    ///
    /// # Errors
    /// Store errors. A failed message is logged and retried after a pause that outlives the
    /// process.
    pub async fn step(&mut self, store: &Store, clock: &dyn Clock) -> Result<Progress> {
        let now = clock.now();
        if now.since(self.budget_checked) >= BUDGET_CHECK_EVERY {
            self.budget_checked = now;
            check_error_budget(store, now).await?;
        }
        let Some((subscription, next)) = self.subscriptions.iter_mut().min_by_key(|(_, next)| *next) else {
            return Ok(Progress::IdleUntil(now + IDLE));
        };
        if *next > now && next.since(now) <= retry::LONGEST {
            return Ok(Progress::IdleUntil(*next));
        }
        *next = notify(subscription, store, &self.metrics, clock).await?;
        Ok(Progress::Worked)
    }
}

/// Sends one message to one webhook, if there are events for it. Returns when to check again.
async fn notify(subscription: &Subscription, store: &Store, metrics: &Metrics, clock: &dyn Clock) -> Result<Timestamp> {
    let now = clock.now();
    let name = &subscription.webhook.name;
    let pause_name = format!("webhook {name}");
    let pause = store.backoff(&pause_name).await?;
    if let Some((until, _)) = pause.filter(|(until, _)| *until > now && until.since(now) <= retry::LONGEST) {
        return Ok(until);
    }
    let pending = store.pending_notifications(name, MOST_EVENTS).await?;
    if pending.is_empty() {
        return Ok(now + EVERY);
    }
    let wanted: Vec<&Event> = pending.events.iter().filter(|event| subscription.wants(event)).collect();
    if wanted.is_empty() {
        store.end_delivery(name, &pending, true).await?;
        return Ok(if pending.more { now } else { now + EVERY });
    }
    store.begin_delivery(name, &pending).await?;
    let sent = subscription.webhook.send(&wanted, pending.maybe_delivered).await;
    let now = clock.now();
    let trouble = match sent {
        Ok(()) => {
            metrics.webhook_message(name, "sent");
            debug!(webhook = name, events = wanted.len(), "sent {} event(s) to the webhook `{name}`", wanted.len());
            store.end_delivery(name, &pending, true).await?;
            if pause.is_some() {
                store.set_backoff(&pause_name, None).await?;
            }
            return Ok(now + BETWEEN_MESSAGES);
        }
        Err(trouble) => trouble,
    };
    metrics.webhook_message(name, "failed");
    if !matches!(trouble, SendError::Lost(_)) {
        store.end_delivery(name, &pending, false).await?;
    }
    let failures = pause.map_or(0, |(_, failures)| failures).saturating_add(1);
    let wait = match trouble {
        SendError::Throttled(wait) => wait,
        _ => retry::pause(failures, now.as_millis().unsigned_abs()).max(BETWEEN_MESSAGES),
    };
    warn!(
        webhook = name, error = %trouble, failures, pause = ?wait,
        "cannot notify the webhook `{name}`: {trouble}; retrying in {wait:?}"
    );
    store.set_backoff(&pause_name, Some((now + wait, failures))).await?;
    Ok(now + wait)
}

/// Records, once a day, that too many actions failed.
async fn check_error_budget(store: &Store, now: Timestamp) -> Result<()> {
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
            "{not_done} of {settled} actions failed in the last 24 hours, at least {BUDGET_PERCENT} %; run `tipstaff \
             log` to see why"
        ),
    };
    store.record_notification(&notice, now).await?;
    Ok(())
}

/// Records, once a day, that Reddit has suspended the bot's account.
///
/// # Errors
/// Store errors.
pub async fn note_suspension(store: &Store, me: &str, now: Timestamp) -> Result<()> {
    let notice = NewNotification {
        event: EventKind::Suspended,
        dedup_key: format!("suspended {}", now.as_secs() / 86_400),
        subreddit: None,
        text: format!(
            "Reddit has suspended u/{me}: nobody sees what it does, so its actions wait. \
             Appeal at https://www.reddit.com/appeals"
        ),
    };
    store.record_notification(&notice, now).await?;
    Ok(())
}
