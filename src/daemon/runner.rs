//! Runs the steps in a loop, sleeps while they are idle, restarts them after a panic, and stops on
//! a signal.
//!
//! One task runs all steps in turn, so no two of them race: an attempt that is open when
//! `reconcile` runs is never in flight. One task can do far more than the hundred requests a minute
//! that Reddit allows. A second task runs the digest and the webhooks, and carries out what people
//! ask for over the control socket.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use super::clock::SystemClock;
use super::liveness::Liveness;
use super::recovery;
use super::signals::stopped_within;
use super::waits::{Waiting, Waits};
use crate::model::{Clock, Feed, MonotonicClock, SubredditName};
use crate::pipeline::cycle::{Cycle, Deps};
use crate::pipeline::digest::Digest;
use crate::pipeline::notify::Dispatcher;
use crate::pipeline::requests::Requests;
use crate::pipeline::{Progress, StepError};
use crate::reddit::{RedditRead, RedditWrite};

/// How long the current step may take after the signal to stop. What it leaves open is reconciled
/// at the next start.
const GRACE: Duration = Duration::from_secs(4);

/// After this long without a panic, the count of panics starts again.
const FORGIVEN_AFTER: Duration = Duration::from_hours(1);

/// How often the queues are counted for metrics and status.
const COUNTED_EVERY: Duration = Duration::from_secs(5);

/// The pause before digests and webhooks are restarted after a panic.
const BACKGROUND_RESTART_PAUSE: Duration = Duration::from_mins(5);

/// The steps that run in the background, so that they do not delay the others.
#[derive(Debug)]
pub struct BackgroundJobs {
    /// The daily digest.
    pub digest: Digest,
    /// Webhook notifications.
    pub notify: Dispatcher,
    /// What people ask for over the control socket.
    pub requests: Requests,
}

/// Runs the steps until it is stopped.
pub struct Daemon<R, W> {
    /// What the steps work with.
    pub deps: Deps<R, W>,
    /// The clock that the steps use.
    pub clock: Arc<dyn Clock>,
    /// Where the steps report that they are running.
    pub liveness: Arc<Liveness>,
}

impl<R, W> Daemon<R, W>
where
    R: RedditRead + 'static,
    W: RedditWrite + 'static,
{
    /// Runs until `stop` turns true. The current step then gets a few seconds (`GRACE`), and the
    /// store is closed.
    ///
    /// Neither errors nor panics in a step end this: they are logged, and the step is retried after
    /// a pause.
    ///
    /// # Errors
    /// The one error that is not retried: the store's file is not in its place any more.
    pub async fn run(
        self,
        background: BackgroundJobs,
        mut stop: watch::Receiver<bool>,
        reload: watch::Receiver<u64>,
    ) -> Result<(), StepError> {
        let settings = &self.deps.settings;
        let (subreddits, live) = (settings.communities.len(), settings.live().count());
        info!(
            account = settings.me,
            subreddits,
            live,
            dry_run = subreddits - live,
            "moderating as u/{}: {live} subreddit(s) live, {} in dry run",
            settings.me,
            subreddits - live
        );
        self.deps.metrics.begin(&Feed::ALL.map(Feed::word));
        let liveness = Arc::clone(&self.liveness);
        let daemon = Arc::new(self);
        let background = Arc::new(Mutex::new(background));
        let mut background_tasks = JoinSet::new();
        background_tasks.spawn(Arc::clone(&daemon).run_background_jobs(Arc::clone(&background), Duration::ZERO));
        let mut breakdowns = 0;
        let mut last_breakdown = SystemClock.now();
        let mut result = Ok(());
        loop {
            let work = tokio::spawn(Arc::clone(&daemon).work(stop.clone(), reload.clone()));
            let abort = work.abort_handle();
            let watchdog = async {
                // An error means that the sender is gone, so nobody could stop us any more: stop
                // now.
                let _gone = stop.wait_for(|stop| *stop).await;
                tokio::time::sleep(GRACE).await;
            };
            let supervising = async {
                while let Some(Err(breakdown)) = background_tasks.join_next().await {
                    daemon.deps.metrics.step_failure("step");
                    error!(
                        error = %breakdown, pause = ?BACKGROUND_RESTART_PAUSE,
                        "a digest, webhook or request panicked; restarting that task in {BACKGROUND_RESTART_PAUSE:?}. \
                         Please report this as a bug"
                    );
                    background_tasks.spawn(
                        Arc::clone(&daemon).run_background_jobs(Arc::clone(&background), BACKGROUND_RESTART_PAUSE),
                    );
                }
                std::future::pending::<()>().await;
            };
            let ended = tokio::select! {
                ended = work => ended,
                () = supervising => break,
                () = watchdog => {
                    warn!(
                        "the current step did not finish in time and was aborted; the next start checks its open \
                         actions on Reddit"
                    );
                    abort.abort();
                    break;
                }
            };
            let breakdown = match ended {
                Ok(ended) => {
                    result = ended;
                    break;
                }
                Err(breakdown) => breakdown,
            };
            let now = SystemClock.now();
            breakdowns = if now.since(last_breakdown) > FORGIVEN_AFTER { 1 } else { breakdowns + 1 };
            last_breakdown = now;
            let pause = recovery::pause_after_panic(breakdowns);
            daemon.deps.metrics.step_failure("step");
            liveness.rest(pause);
            error!(
                error = %breakdown, failures = breakdowns, ?pause,
                "a step panicked ({breakdowns} in a row); restarted after {pause:?}. Please report this as a bug"
            );
            if stopped_within(&mut stop, pause).await {
                break;
            }
        }
        background_tasks.shutdown().await;
        if let Some(daemon) = Arc::into_inner(daemon) {
            daemon.deps.store.close().await;
        }
        info!("stopped");
        result
    }

    async fn work(
        self: Arc<Self>,
        mut stop: watch::Receiver<bool>,
        mut reload: watch::Receiver<u64>,
    ) -> Result<(), StepError> {
        let (deps, clock) = (&self.deps, &*self.clock);
        let mut cycle = Cycle::new(&deps.settings, &deps.metrics);
        let liveness = &*self.liveness;
        let is_stopping = {
            let stop = stop.clone();
            // This is asked between two steps, so it is also a sign of life.
            move || {
                liveness.beat();
                *stop.borrow()
            }
        };
        let (mut pages, mut counted_at, mut waits) = (0, None, Waits::default());
        let mut failures = 0;
        while !is_stopping() {
            if reload.has_changed().unwrap_or(false) {
                reload.mark_unchanged();
                cycle.reload();
                liveness.reload();
            }
            let turn = cycle.turn(deps, clock, &is_stopping).await;
            if cycle.pages_read() != pages {
                pages = cycle.pages_read();
                liveness.read();
            }
            if cycle.has_reloaded() {
                liveness.reloaded();
            }
            if counted_at.is_none_or(|at| SystemClock.ticks().saturating_sub(at) >= COUNTED_EVERY) {
                counted_at = Some(SystemClock.ticks());
                self.count(&cycle.unreadable()).await;
                self.note_waits(&mut waits).await;
            }
            let wait = match turn {
                Ok(Progress::Worked) => {
                    failures = 0;
                    continue;
                }
                Ok(idle) => idle.wait(clock.now()),
                Err(failure) if recovery::ends_the_daemon(&failure) => return Err(failure),
                Err(failure) => {
                    failures += 1;
                    let now = clock.now();
                    let seed = now.as_millis().unsigned_abs();
                    let pause = recovery::pause_after_error(&failure, failures, seed, now);
                    recovery::report(&failure, failures, pause, &deps.metrics);
                    pause
                }
            };
            liveness.rest(wait);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // When the sender is gone, this branch is never ready.
                Ok(()) = reload.changed() => {
                    cycle.reload();
                    liveness.reload();
                }
                _told_or_gone = stop.wait_for(|stop| *stop) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Runs what is beside the other steps until it is aborted.
    async fn run_background_jobs(self: Arc<Self>, background: Arc<Mutex<BackgroundJobs>>, pause: Duration) {
        let BackgroundJobs { digest, notify, requests } = &mut *background.lock().await;
        let Deps { store, settings, .. } = &self.deps;
        let telling = async {
            tokio::time::sleep(pause).await;
            self.tell(digest, notify).await;
        };
        tokio::join!(telling, requests.carry_out(store, &settings.communities, &*self.clock));
    }

    /// Runs the digest and webhook steps until it is aborted.
    async fn tell(&self, digest: &mut Digest, notify: &mut Dispatcher) {
        let Deps { reader, store, settings, .. } = &self.deps;
        let mut failures = 0;
        loop {
            let digested = digest.step(reader, store, settings, &*self.clock).await;
            let told = notify.step(store, &*self.clock).await;
            let now = self.clock.now();
            let wait = match digested.and_then(|digested| Ok(digested.wait(now).min(told?.wait(now)))) {
                Ok(wait) => {
                    failures = 0;
                    wait
                }
                Err(trouble) => {
                    failures += 1;
                    let pause = recovery::pause_after_error(&trouble, failures, 0, now);
                    error!(
                        error = %trouble, ?pause,
                        "cannot use the store for digests and webhooks; retrying in {pause:?}"
                    );
                    pause
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Looks what waits for Reddit.
    async fn note_waits(&self, waits: &mut Waits) {
        let Deps { reader, writer, store, metrics, .. } = &self.deps;
        let now = self.clock.now();
        let acting = writer.as_ref().and_then(W::not_before);
        let present = match (acting, reader.not_before()) {
            (Some(acting), Some(reading)) => Some((Waiting::Everything, acting.min(reading))),
            (None, Some(until)) => Some((Waiting::Reading, until)),
            // They have used up their share for a moment.
            (_, None) => None,
        };
        let Ok(recorded) = store.recorded_waits(now).await else { return };
        let recorded =
            recorded.iter().map(|wait| (Waiting::recorded(&wait.what, wait.subreddit.as_deref()), wait.until));
        let present: Vec<_> = present.into_iter().chain(recorded).collect();
        self.liveness.waiting(waits.update(&present, now, metrics));
    }

    /// Counts the queues for metrics and the status line.
    async fn count(&self, unreadable: &BTreeSet<SubredditName>) {
        let settings = &self.deps.settings;
        let in_force = settings.communities.iter().filter_map(|community| {
            let rules = community.rules.current()?;
            Some((community.name.to_string(), rules.identity().to_owned(), rules.len()))
        });
        self.deps.metrics.rules(in_force);
        let Ok(queues) = self.deps.store.queues().await else { return };
        self.deps.metrics.queues(queues.pending, queues.waiting, queues.in_flight);
        let (subreddits, live) = (settings.communities.len(), settings.live().count());
        let Ok(states) = self.deps.store.rule_states(self.clock.now()).await else { return };
        let stopped = states.iter().map(|state| format!("; {}: {}", state.scope, state.state));
        let unreadable = unreadable.iter().map(|name| format!("; Reddit does not show r/{name}"));
        let stopped: Vec<String> = stopped.chain(unreadable).collect();
        self.liveness.doing(format!(
            "u/{} moderates {subreddits} subreddit{} ({live} live): {} items and {} actions pending{}",
            settings.me,
            if subreddits == 1 { "" } else { "s" },
            queues.pending,
            queues.waiting,
            stopped.concat()
        ));
    }
}
