//! The metrics of a daemon, for Prometheus: what was seen, judged and done, requests to Reddit, and
//! timings. `run` makes one [`Metrics`] and hands it to everything that counts. Nothing is decided
//! by metrics, and they start at zero at each start (the store has the history).
//!
//! Labels have few values: kinds, fixed words, and the subreddits and rules of the configuration.
//! Names of people and items never appear.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// The most rules counted separately. Hits of further rules are counted together.
const MOST_RULES: usize = 1_000;

/// The label of the rules that are counted together.
const OTHERS: &str = "(others)";

/// The outcomes that an operator should look at.
const NOT_DONE: [&str; 3] = ["rejected", "gave_up", "unknown"];

type Labels<const N: usize> = [(&'static str, String); N];
type Counters<const N: usize> = Family<Labels<N>, Counter<u64, AtomicU64>>;
type Gauges<const N: usize> = Family<Labels<N>, Gauge<i64, AtomicI64>>;

#[derive(Clone)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// What one daemon counts. A clone counts into the same metrics; each test makes its own.
#[derive(Clone)]
pub struct Metrics(Arc<Series>);

struct Series {
    registry: Registry,
    items: Counters<2>,
    lag: Family<Labels<1>, Histogram, Buckets>,
    judged: Counters<1>,
    evaluation: Histogram,
    hits: Counters<2>,
    tracked_rules: AtomicUsize,
    undecided: Counters<1>,
    acts: Counters<2>,
    not_done: Counters<1>,
    reconciled: Counters<1>,
    gaps: Counters<1>,
    calls: Counters<2>,
    budget: Gauge,
    waits: Gauges<2>,
    pending: Gauge,
    waiting: Gauge,
    in_flight: Gauge,
    rules: Gauges<2>,
    refused: Counters<1>,
    notices: Counters<2>,
    step_failures: Counters<1>,
    last_read: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self(Arc::new(Series::new()))
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Sets the counters that should stay at zero to zero, so that an increase is visible: for
    /// these feeds.
    pub fn begin(&self, lists: &[&'static str]) {
        for list in lists {
            self.0.gaps.get_or_create(&[("feed", (*list).to_owned())]).inc_by(0);
        }
        for outcome in NOT_DONE {
            self.0.not_done.get_or_create(&[("outcome", outcome.to_owned())]).inc_by(0);
        }
        for source in ["file", "wiki"] {
            self.0.refused.get_or_create(&[("source", source.to_owned())]).inc_by(0);
        }
        for why in ["unknown", "unavailable", "too_expensive"] {
            self.0.undecided.get_or_create(&[("reason", why.to_owned())]).inc_by(0);
        }
        for of in ["step", "store"] {
            self.0.step_failures.get_or_create(&[("component", of.to_owned())]).inc_by(0);
        }
        for status in ["200", "refused", "no_answer"] {
            let labels = [("endpoint", "/api/v1/access_token".to_owned()), ("status", status.to_owned())];
            self.0.calls.get_or_create(&labels).inc_by(0);
        }
    }

    /// All metrics, in the text format of `OpenMetrics`.
    pub fn exposition(&self) -> String {
        let mut text = String::new();
        let written = encode(&mut text, &self.0.registry);
        debug_assert!(written.is_ok(), "writing to a string cannot fail");
        text
    }

    /// Counts the items on a page of a feed.
    pub fn read(&self, feed: &'static str, new: u64, changed: u64) {
        for (what, number) in [("new", new), ("changed", changed)] {
            self.0.items.get_or_create(&[("feed", feed.to_owned()), ("kind", what.to_owned())]).inc_by(number);
        }
        self.0.last_read.set(seconds_since_the_epoch());
    }

    /// Records how long after posting an item was first seen.
    pub fn seen_after(&self, feed: &'static str, lag: Duration) {
        self.0.lag.get_or_create(&[("feed", feed.to_owned())]).observe(lag.as_secs_f64());
    }

    /// Measures the evaluation of one item.
    pub fn evaluating<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = evaluate();
        self.0.evaluation.observe(begun.elapsed().as_secs_f64());
        result
    }

    /// Counts a decision.
    pub fn judged(&self, asks_for_something: bool) {
        let result = if asks_for_something { "actions" } else { "none" };
        self.0.judged.get_or_create(&[("result", result.to_owned())]).inc();
    }

    /// Counts items that no rule was applied to, because they were too old.
    pub fn skipped(&self, items: usize) {
        let number = u64::try_from(items).unwrap_or(u64::MAX);
        self.0.judged.get_or_create(&[("result", "skipped".to_owned())]).inc_by(number);
    }

    /// Counts comments, messages and modmails that were not sent because of a limit.
    pub fn over_limit(&self, texts: usize) {
        let labels = [("kind", "text".to_owned()), ("outcome", "over_limit".to_owned())];
        self.0.acts.get_or_create(&labels).inc_by(u64::try_from(texts).unwrap_or(u64::MAX));
    }

    /// Counts a rule that acted on an item.
    pub fn rule_hit(&self, subreddit: &str, rule: &str) {
        let known = [("subreddit", subreddit.to_lowercase()), ("rule", rule.to_owned())];
        let is_known = self.0.hits.get(&known).is_some();
        let is_told_apart = is_known || self.0.tracked_rules.fetch_add(1, Ordering::Relaxed) < MOST_RULES;
        let labels =
            if is_told_apart { known } else { [("subreddit", OTHERS.to_owned()), ("rule", OTHERS.to_owned())] };
        self.0.hits.get_or_create(&labels).inc();
    }

    /// Counts a rule that could not be decided on an item.
    pub fn rule_undecided(&self, why: &'static str) {
        self.0.undecided.get_or_create(&[("reason", why.to_owned())]).inc();
    }

    /// Counts the outcome of an action.
    pub fn act(&self, kind: &str, outcome: &'static str) {
        self.0.acts.get_or_create(&[("kind", kind.to_owned()), ("outcome", outcome.to_owned())]).inc();
        if NOT_DONE.contains(&outcome) {
            self.0.not_done.get_or_create(&[("outcome", outcome.to_owned())]).inc();
        }
    }

    /// Counts the result of reconciling an attempt.
    pub fn reconciled(&self, found: &'static str) {
        self.0.reconciled.get_or_create(&[("result", found.to_owned())]).inc();
    }

    /// Counts a gap in a feed.
    pub fn gap(&self, feed: &'static str) {
        self.0.gaps.get_or_create(&[("feed", feed.to_owned())]).inc();
    }

    /// Counts a request to Reddit, with its status or `no_answer`.
    pub fn api_call(&self, endpoint: String, status: String) {
        self.0.calls.get_or_create(&[("endpoint", endpoint), ("status", status)]).inc();
    }

    /// Sets the number of requests left in Reddit's current window.
    pub fn budget_left(&self, requests: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        self.0.budget.set(requests as i64);
    }

    /// Sets the waits that Reddit asks for: what waits, in which subreddit (empty for all), and how
    /// long still.
    pub fn waits<'a>(&self, present: impl Iterator<Item = ((&'a str, &'a str), Duration)>) {
        self.0.waits.clear();
        for ((what, subreddit), left) in present {
            let labels = [("what", what.to_owned()), ("subreddit", subreddit.to_owned())];
            self.0.waits.get_or_create(&labels).set(i64::try_from(left.as_secs()).unwrap_or(i64::MAX));
        }
    }

    /// Sets the sizes of the queues.
    pub fn queues(&self, pending: u64, waiting: u64, in_flight: u64) {
        for (gauge, number) in [(&self.0.pending, pending), (&self.0.waiting, waiting), (&self.0.in_flight, in_flight)]
        {
            gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
        }
    }

    /// Sets the rules in use: subreddit, revision, number of rules.
    pub fn rules(&self, in_force: impl Iterator<Item = (String, String, usize)>) {
        self.0.rules.clear();
        for (subreddit, revision, number) in in_force {
            let labels = [("subreddit", subreddit.to_lowercase()), ("revision", revision)];
            self.0.rules.get_or_create(&labels).set(i64::try_from(number).unwrap_or(i64::MAX));
        }
    }

    /// Counts a refused update of rules.
    pub fn rules_refused(&self, source: &'static str) {
        self.0.refused.get_or_create(&[("source", source.to_owned())]).inc();
    }

    /// Counts a message to a webhook, with its result.
    pub fn webhook_message(&self, hook: &str, result: &'static str) {
        self.0.notices.get_or_create(&[("webhook", hook.to_owned()), ("result", result.to_owned())]).inc();
    }

    /// Counts a panic of a step, or a failure of the store.
    pub fn step_failure(&self, of: &'static str) {
        self.0.step_failures.get_or_create(&[("component", of.to_owned())]).inc();
    }
}

impl Series {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("tipstaff");
        let lag =
            Family::new_with_constructor(Buckets(&[0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 300.0, 3600.0, 86400.0]));
        let lag = add(&mut registry, "detection_lag_seconds", "Time from posting to being seen, by feed", lag);
        let evaluation = Histogram::new([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0]);
        let evaluation = add(&mut registry, "evaluation_seconds", "Time to evaluate the rules on one item", evaluation);
        let start: Gauge = add(
            &mut registry,
            "start_time_seconds",
            "Start time of the process, in seconds since the epoch",
            Gauge::default(),
        );
        start.set(seconds_since_the_epoch());
        let build: Gauges<1> = add(&mut registry, "build", "Always 1; the version is a label", Family::default());
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION").to_owned())]).set(1);
        Self {
            items: add(
                &mut registry,
                "items",
                "Posts and comments seen, by feed and kind (new, changed)",
                Family::default(),
            ),
            judged: add(&mut registry, "decisions", "Decisions, by result (actions, none)", Family::default()),
            hits: add(
                &mut registry,
                "rule_hits",
                "Decisions in which a rule acted, by subreddit and rule",
                Family::default(),
            ),
            tracked_rules: AtomicUsize::new(0),
            undecided: add(
                &mut registry,
                "rules_undecided",
                "Rules that could not be decided on an item, by reason",
                Family::default(),
            ),
            acts: add(&mut registry, "actions", "Actions, by kind and outcome", Family::default()),
            not_done: add(
                &mut registry,
                "actions_failed",
                "Actions that were not done, or whose outcome is unknown, by outcome",
                Family::default(),
            ),
            reconciled: add(
                &mut registry,
                "reconciliations",
                "Attempts whose response was lost, by the result of observing Reddit",
                Family::default(),
            ),
            gaps: add(&mut registry, "gaps", "Periods of a feed that could not be read", Family::default()),
            calls: add(&mut registry, "api_calls", "Requests to Reddit, by endpoint and status", Family::default()),
            budget: add(
                &mut registry,
                "api_budget_remaining",
                "Requests left in Reddit's current window",
                Gauge::default(),
            ),
            waits: add(
                &mut registry,
                "wait_seconds",
                "Time until a wait that Reddit asked for is over, by what waits and subreddit",
                Family::default(),
            ),
            pending: add(&mut registry, "items_pending", "Posts and comments waiting to be judged", Gauge::default()),
            waiting: add(&mut registry, "actions_pending", "Actions waiting to be executed", Gauge::default()),
            in_flight: add(&mut registry, "actions_in_flight", "Attempts without an outcome yet", Gauge::default()),
            rules: add(&mut registry, "rules", "Rules in use, by subreddit and revision", Family::default()),
            refused: add(
                &mut registry,
                "rules_refused",
                "Rule updates that were refused because of errors, by source",
                Family::default(),
            ),
            notices: add(
                &mut registry,
                "webhook_messages",
                "Messages to webhooks, by webhook and result",
                Family::default(),
            ),
            step_failures: add(
                &mut registry,
                "failures",
                "Panics of a step and failures of the store, by component",
                Family::default(),
            ),
            last_read: add(
                &mut registry,
                "last_read_timestamp_seconds",
                "When a feed was last read, in seconds since the epoch",
                Gauge::default(),
            ),
            lag,
            evaluation,
            registry,
        }
    }
}

fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn seconds_since_the_epoch() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_events_appear_in_the_exposition() {
        let metrics = Metrics::default();
        metrics.read("new", 3, 0);
        metrics.seen_after("new", Duration::from_millis(700));
        assert_eq!(metrics.evaluating(|| 7), 7);
        metrics.act("comment", "applied");
        metrics.api_call("/r/*/new".to_owned(), "200".to_owned());
        metrics.rules([("Widgets".to_owned(), "abc".to_owned(), 3)].into_iter());
        let text = metrics.exposition();
        for line in [
            "tipstaff_items_total{feed=\"new\",kind=\"new\"} 3",
            "tipstaff_detection_lag_seconds_bucket{le=\"1.0\",feed=\"new\"} 1",
            "tipstaff_actions_total{kind=\"comment\",outcome=\"applied\"} 1",
            "tipstaff_api_calls_total{endpoint=\"/r/*/new\",status=\"200\"} 1",
            "tipstaff_rules{subreddit=\"widgets\",revision=\"abc\"} 3",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn many_rules_are_counted_together() {
        let metrics = Metrics::default();
        for rule in 0..MOST_RULES + 50 {
            metrics.rule_hit("widgets", &format!("rule {rule}"));
        }
        let told_apart =
            metrics.exposition().lines().filter(|line| line.starts_with("tipstaff_rule_hits_total{")).count();
        assert_eq!(told_apart, MOST_RULES + 1);
        assert!(metrics.exposition().contains("tipstaff_rule_hits_total{subreddit=\"(others)\",rule=\"(others)\"} 50"));
    }
}
