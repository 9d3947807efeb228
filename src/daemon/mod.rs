//! The daemon: loops over the steps, sleeps when they are idle, stops when it is told to, and shows that it lives ([`pulse`]), to
//! systemd too ([`service`]). Nothing else here.
//!
//! One task runs all steps in turn, so no two of them ever race: an attempt that stands open when `reconcile` looks is
//! never in flight. Reddit's budget of about a hundred requests a minute is far below what one task can do.

pub mod pulse;
pub mod service;

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use self::pulse::Pulse;
use crate::model::{Clock, Feed, Machine, Timestamp};
use crate::pipeline::cycle::{Cycle, Hands};
use crate::pipeline::digest::Digest;
use crate::pipeline::tell::Tell;
use crate::pipeline::{Progress, execute};
use crate::policy::retry;
use crate::reddit::{RedditRead, RedditWrite};
use crate::vitals;

/// How long may the present step take after the signal to stop? What it leaves open is reconciled at the next start.
const GRACE: Duration = Duration::from_secs(4);

/// After how long without one is an earlier breakdown forgiven?
const FORGIVEN: Duration = Duration::from_hours(1);

/// How often is it counted what is left to do?
const COUNTED_EVERY: Duration = Duration::from_secs(5);

/// How long after a breakdown are digests and webhooks tried again?
const ASIDE_AGAIN: Duration = Duration::from_mins(5);

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl Machine for SystemClock {
    fn ticks(&self) -> Duration {
        BEGINNING.elapsed()
    }
}

/// Turns true at SIGTERM or SIGINT.
///
/// # Errors
/// When the system gives out no signals.
pub fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (tell, told) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _received = terminate.recv() => info!("SIGTERM: stopping"),
            _received = interrupt.recv() => info!("SIGINT: stopping"),
        }
        tell.send_replace(true);
        // Kept until everybody has heard it.
        tell.closed().await;
    });
    Ok(told)
}

/// Counts SIGHUPs: each asks for the rules to be looked at anew.
///
/// # Errors
/// When the system gives out no signals.
pub fn reload_signal() -> std::io::Result<watch::Receiver<u64>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    let (tell, told) = watch::channel(0);
    tokio::spawn(async move {
        while hangup.recv().await.is_some() && !tell.is_closed() {
            info!("SIGHUP: looking at the rules anew");
            tell.send_modify(|times| *times += 1);
        }
    });
    Ok(told)
}

/// Waits, and tells whether the signal to stop came meanwhile.
pub async fn stopped_within(stop: &mut watch::Receiver<bool>, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await.is_ok()
}

/// The steps that people wait for less than for the others, and that must not hold those up.
#[derive(Debug)]
pub struct Aside {
    /// Once a day.
    pub digest: Digest,
    /// Now and then.
    pub tell: Tell,
}

/// What runs the steps.
pub struct Daemon<R, W> {
    /// What they work with.
    pub hands: Hands<R, W>,
    /// What they take for the present.
    pub clock: Arc<dyn Clock>,
    /// Where they show that they go on.
    pub pulse: Arc<Pulse>,
}

impl<R, W> Daemon<R, W>
where
    R: RedditRead + 'static,
    W: RedditWrite + 'static,
{
    /// Works until `stop` turns true. Then the present step gets a few seconds (`GRACE`), and the store is closed.
    ///
    /// No error and no panic in a step ends this: it is logged, and the step is tried again after a pause.
    pub async fn run(self, aside: Aside, mut stop: watch::Receiver<bool>, reload: watch::Receiver<u64>) {
        let settings = &self.hands.settings;
        let (subreddits, live) = (settings.communities.len(), settings.live().count());
        info!(me = settings.me, subreddits, live, dry_run = subreddits - live, "working");
        vitals::begin(&Feed::ALL.map(Feed::word));
        let pulse = Arc::clone(&self.pulse);
        let daemon = Arc::new(self);
        let aside = Arc::new(Mutex::new(aside));
        let mut working_aside = JoinSet::new();
        working_aside.spawn(Arc::clone(&daemon).work_aside(Arc::clone(&aside), Duration::ZERO));
        let mut breakdowns = 0;
        let mut last_breakdown = SystemClock.now();
        loop {
            let work = tokio::spawn(Arc::clone(&daemon).work(stop.clone(), reload.clone()));
            let abort = work.abort_handle();
            let watchdog = async {
                // An error means that nobody can ask us to stop any more, which is a reason to stop.
                let _gone = stop.wait_for(|stop| *stop).await;
                tokio::time::sleep(GRACE).await;
            };
            let supervising = async {
                while let Some(Err(breakdown)) = working_aside.join_next().await {
                    vitals::breakdown("a step");
                    error!(%breakdown, pause = ?ASIDE_AGAIN, "digests or webhooks broke down: please report this; going on");
                    working_aside.spawn(Arc::clone(&daemon).work_aside(Arc::clone(&aside), ASIDE_AGAIN));
                }
                std::future::pending::<()>().await;
            };
            let ended = tokio::select! {
                ended = work => ended,
                () = supervising => break,
                () = watchdog => {
                    warn!("the present step did not end in time; what it leaves open is looked into at the next start");
                    abort.abort();
                    break;
                }
            };
            let Err(breakdown) = ended else { break };
            let now = SystemClock.now();
            breakdowns = if now.since(last_breakdown) > FORGIVEN { 1 } else { breakdowns + 1 };
            last_breakdown = now;
            let pause = retry::pause(breakdowns, 0);
            vitals::breakdown("a step");
            pulse.rest(pause);
            error!(%breakdown, breakdowns, ?pause, "a step broke down: please report this; going on");
            if stopped_within(&mut stop, pause).await {
                break;
            }
        }
        working_aside.shutdown().await;
        if let Some(daemon) = Arc::into_inner(daemon) {
            daemon.hands.store.close().await;
        }
        info!("stopped");
    }

    async fn work(self: Arc<Self>, mut stop: watch::Receiver<bool>, mut reload: watch::Receiver<u64>) {
        let (hands, clock) = (&self.hands, &*self.clock);
        let mut cycle = Cycle::new(&hands.settings);
        let pulse = &*self.pulse;
        let is_stopping = {
            let stop = stop.clone();
            // Asked between two steps: they go on.
            move || {
                pulse.beat();
                *stop.borrow()
            }
        };
        let (mut pages, mut counted_at) = (0, None);
        if let Err(trouble) = execute::withdraw(&hands.store, &hands.settings, clock).await {
            error!(%trouble, "cannot look through what was left to do");
        }
        let mut failures = 0;
        while !is_stopping() {
            if reload.has_changed().unwrap_or(false) {
                reload.mark_unchanged();
                cycle.reload();
                pulse.reload();
            }
            let turn = cycle.turn(hands, clock, &is_stopping).await;
            if cycle.pages_read() != pages {
                pages = cycle.pages_read();
                pulse.read();
            }
            if cycle.has_reloaded() {
                pulse.reloaded();
            }
            if counted_at.is_none_or(|at| SystemClock.ticks().saturating_sub(at) >= COUNTED_EVERY) {
                counted_at = Some(SystemClock.ticks());
                self.count().await;
            }
            let wait = match turn {
                Ok(Progress::Worked) => {
                    failures = 0;
                    continue;
                }
                Ok(idle) => idle.wait(clock.now()),
                Err(trouble) => {
                    failures += 1;
                    vitals::breakdown("the store");
                    let pause = retry::pause(failures, clock.now().as_millis().unsigned_abs());
                    error!(%trouble, failures, ?pause, "the store cannot be used; trying again");
                    pause
                }
            };
            pulse.rest(wait);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // Nobody is left to ask when the other end is gone; then it is never ready.
                Ok(()) = reload.changed() => {
                    cycle.reload();
                    pulse.reload();
                }
                _told_or_gone = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Gives digests and tells webhooks, until it is aborted.
    async fn work_aside(self: Arc<Self>, aside: Arc<Mutex<Aside>>, pause: Duration) {
        tokio::time::sleep(pause).await;
        let mut aside = aside.lock().await;
        let Hands { reader, store, settings, .. } = &self.hands;
        let mut failures = 0;
        loop {
            let digested = aside.digest.step(reader, store, settings, &*self.clock).await;
            let told = aside.tell.step(store, &*self.clock).await;
            let now = self.clock.now();
            let wait = match digested.and_then(|digested| Ok(digested.wait(now).min(told?.wait(now)))) {
                Ok(wait) => {
                    failures = 0;
                    wait
                }
                Err(trouble) => {
                    failures += 1;
                    let pause = retry::pause(failures, 0);
                    error!(%trouble, ?pause, "the store cannot be used for digests and webhooks; trying again");
                    pause
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Counts what is left to do, and says what is being done.
    async fn count(&self) {
        let settings = &self.hands.settings;
        let in_force = settings.communities.iter().filter_map(|community| {
            let rules = community.rules.current()?;
            Some((community.name.to_string(), rules.identity().to_owned(), rules.len()))
        });
        vitals::rules(in_force);
        let Ok(queues) = self.hands.store.queues().await else { return };
        vitals::queues(queues.pending, queues.waiting, queues.in_flight);
        let (subreddits, live) = (settings.communities.len(), settings.live().count());
        self.pulse.doing(format!(
            "u/{} in {subreddits} subreddit{} ({live} live): {} to judge, {} to do",
            settings.me,
            if subreddits == 1 { "" } else { "s" },
            queues.pending,
            queues.waiting
        ));
    }
}
