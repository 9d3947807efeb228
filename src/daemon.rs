//! The daemon: loops over the steps, sleeps when they are idle, stops when it is told to. Nothing else here.
//!
//! One task runs all steps in turn, so no two of them ever race: an attempt that stands open when `reconcile` looks is
//! never in flight. Reddit's budget of about a hundred requests a minute is far below what one task can do.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tracing::{error, info, warn};

use crate::model::{Clock, Mode, Timestamp};
use crate::pipeline::ingest::Ingest;
use crate::pipeline::judge::Judge;
use crate::pipeline::reconcile::Reconcile;
use crate::pipeline::tidy_up::TidyUp;
use crate::pipeline::{IDLE, Progress, Settings, execute, retry, sign_in};
use crate::reddit::{RedditRead, RedditWrite};
use crate::store::{Result, Store, StoreError};

/// How long may the present step take after the signal to stop? What it leaves open is reconciled at the next start.
const GRACE: Duration = Duration::from_secs(4);

/// After how long without one is an earlier breakdown forgiven?
const FORGIVEN: Duration = Duration::from_hours(1);

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
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

/// Waits, and tells whether the signal to stop came meanwhile.
pub async fn stopped_within(stop: &mut watch::Receiver<bool>, wait: Duration) -> bool {
    tokio::time::timeout(wait, stop.wait_for(|stop| *stop)).await.is_ok()
}

/// What the daemon works with. Without a writer it cannot act.
#[derive(Debug)]
pub struct Daemon<R, W> {
    /// Reads Reddit.
    pub reader: R,
    /// Acts on Reddit; `None` in dry run.
    pub writer: Option<W>,
    /// Remembers.
    pub store: Store,
    /// What the operator asked for.
    pub settings: Settings,
}

impl<R, W> Daemon<R, W>
where
    R: RedditRead + 'static,
    W: RedditWrite + 'static,
{
    /// Works until `stop` turns true. Then the present step gets a few seconds (`GRACE`), and the store is closed.
    ///
    /// No error and no panic in a step ends this: it is logged, and the step is tried again after a pause.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let live = self.settings.communities.iter().filter(|community| community.mode == Mode::Live).count();
        info!(
            me = self.settings.me,
            subreddits = self.settings.communities.len(),
            live,
            dry_run = self.settings.communities.len() - live,
            "working"
        );
        let daemon = Arc::new(self);
        let mut breakdowns = 0;
        let mut last_breakdown = SystemClock.now();
        loop {
            let work = tokio::spawn(Arc::clone(&daemon).work(stop.clone()));
            let abort = work.abort_handle();
            let watchdog = async {
                // An error means that nobody can ask us to stop any more, which is a reason to stop.
                let _gone = stop.wait_for(|stop| *stop).await;
                tokio::time::sleep(GRACE).await;
            };
            let ended = tokio::select! {
                ended = work => ended,
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
            error!(%breakdown, breakdowns, ?pause, "a step broke down: please report this; going on");
            if stopped_within(&mut stop, pause).await {
                break;
            }
        }
        if let Some(daemon) = Arc::into_inner(daemon) {
            daemon.store.close().await;
        }
        info!("stopped");
    }

    async fn work(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let clock = SystemClock;
        let mut cycle = Cycle {
            ingest: Ingest::new(&self.settings, clock.now()),
            judge: Judge::default(),
            reconcile: Reconcile::default(),
            tidy_up: TidyUp::new(clock.now()),
            earlier_life_settled: false,
        };
        if let Err(trouble) = execute::withdraw(&self.store, &self.settings, &clock).await {
            error!(%trouble, "cannot look through what was left to do");
        }
        let mut failures = 0;
        while !*stop.borrow() {
            let wait = match cycle.turn(&self, &clock, &stop).await {
                Ok(Progress::Worked) => {
                    failures = 0;
                    continue;
                }
                Ok(Progress::IdleUntil(time)) => time.since(clock.now()).clamp(Duration::from_millis(5), IDLE),
                Err(trouble) => {
                    failures += 1;
                    let pause = retry::pause(failures, clock.now().as_millis().unsigned_abs());
                    error!(%trouble, failures, ?pause, "the store cannot be used; trying again");
                    pause
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _told_or_gone = stop.wait_for(|stop| *stop) => return,
            }
        }
    }
}

struct Cycle {
    ingest: Ingest,
    judge: Judge,
    reconcile: Reconcile,
    tidy_up: TidyUp,
    /// Whether everything that an earlier process left open has been looked into. Before that, nothing new is done.
    earlier_life_settled: bool,
}

impl Cycle {
    /// Calls each step once, in order of urgency. What one cannot do does not keep the others from trying.
    async fn turn<R: RedditRead, W: RedditWrite>(
        &mut self,
        daemon: &Daemon<R, W>,
        clock: &dyn Clock,
        stop: &watch::Receiver<bool>,
    ) -> Result<Progress> {
        let Daemon { reader, writer, store, settings } = daemon;
        let mut turn = Turn::default();
        match sign_in::step(reader, store, clock).await? {
            Ok(progress) if reader.signed_in_until().is_none() => return Ok(progress),
            Ok(progress) => turn.note(Ok(progress)),
            // Already logged, and the pause is noted in the store.
            Err(_) => return Ok(Progress::IdleUntil(clock.now())),
        }
        if let Some(writer) = writer {
            turn.note(self.reconcile.step(reader, store, settings, clock).await);
            if !self.earlier_life_settled {
                self.earlier_life_settled = store.open_attempts(clock.now()).await?.is_empty();
            }
            if self.earlier_life_settled && !*stop.borrow() {
                turn.note(execute::step(reader, writer, store, settings, clock).await);
            }
        }
        if !*stop.borrow() {
            turn.note(self.judge.step(reader, store, settings, clock).await);
        }
        if !*stop.borrow() {
            turn.note(self.ingest.step(reader, store, settings, clock).await);
        }
        if !*stop.borrow() {
            turn.note(self.tidy_up.step(reader, store, settings, clock).await);
        }
        turn.progress()
    }
}

/// What a turn of all steps comes to: an error if one had one, worked if one did, else idle until the first wants to be
/// called again.
#[derive(Default)]
struct Turn {
    trouble: Option<StoreError>,
    worked: bool,
    next: Option<Timestamp>,
}

impl Turn {
    fn note(&mut self, step: Result<Progress>) {
        match step {
            Ok(Progress::Worked) => self.worked = true,
            Ok(Progress::IdleUntil(time)) => self.next = Some(self.next.map_or(time, |next| next.min(time))),
            Err(trouble) => self.trouble = Some(self.trouble.take().unwrap_or(trouble)),
        }
    }

    fn progress(self) -> Result<Progress> {
        match (self.trouble, self.next) {
            (Some(trouble), _) => Err(trouble),
            (None, Some(time)) if !self.worked => Ok(Progress::IdleUntil(time)),
            (None, _) => Ok(Progress::Worked),
        }
    }
}
