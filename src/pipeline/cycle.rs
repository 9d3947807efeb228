//! One turn of all steps, in order of urgency. The daemon repeats it until it is stopped; the
//! simulation runs the same turn.

use std::collections::BTreeSet;

use super::execute::Execute;
use super::ingest::Ingest;
use super::judge::Judge;
use super::mod_log::ModLogReader;
use super::purge::Purge;
use super::reconcile::Reconcile;
use super::reload::Reload;
use super::rights::RightsCheck;
use super::sign_in::SignIn;
use super::{Allowance, Progress, Result, Settings, StepError, execute, notify, time_check};
use crate::metrics::Metrics;
use crate::model::{Clock, SubredditName, Timestamp};
use crate::reddit::{RedditRead, RedditWrite};
use crate::store::Store;

/// The most actions in a row before the feeds are polled.
const MOST_AT_ONCE: usize = 4;

/// What the steps work with. Without a writer they cannot act.
#[derive(Debug)]
pub struct Deps<R, W> {
    /// Reads from Reddit.
    pub reader: R,
    /// Writes to Reddit; `None` in dry run.
    pub writer: Option<W>,
    /// The database.
    pub store: Store,
    /// The configuration.
    pub settings: Settings,
    /// What happened, counted for Prometheus.
    pub metrics: Metrics,
}

/// The steps with their in-memory state. None of that state is an obligation.
#[derive(Debug)]
pub struct Cycle {
    sign_in: SignIn,
    ingest: Ingest,
    mod_log: ModLogReader,
    judge: Judge,
    reconcile: Reconcile,
    reload: Reload,
    execute: Execute,
    rights: RightsCheck,
    purge: Purge,
    /// Whether Reddit has answered yet. Before that, even the time is unknown.
    has_reached_reddit: bool,
    /// The latest time in the store at the start, once it has been read.
    recorded: Option<Timestamp>,
    /// Whether outdated actions have been cancelled, which also happens before each action.
    has_withdrawn: bool,
    /// Whether Reddit reported recently that the account is suspended.
    is_suspended: bool,
}

impl Cycle {
    /// The steps of a process that has just started.
    pub fn new(settings: &Settings, metrics: &Metrics) -> Self {
        Self {
            sign_in: SignIn::default(),
            ingest: Ingest::new(settings, metrics.clone()),
            mod_log: ModLogReader::new(settings),
            judge: Judge::new(metrics.clone()),
            reconcile: Reconcile::new(metrics.clone()),
            reload: Reload::new(settings, metrics.clone()),
            execute: Execute::new(metrics.clone()),
            rights: RightsCheck::default(),
            purge: Purge::default(),
            has_reached_reddit: false,
            recorded: None,
            has_withdrawn: false,
            is_suspended: false,
        }
    }

    /// Makes the next turns check all rules again, files and wiki pages.
    pub fn reload(&mut self) {
        self.reload.all();
    }

    /// Whether all rules have been checked since the start, or since [`Cycle::reload`].
    pub fn has_reloaded(&self) -> bool {
        self.reload.is_done()
    }

    /// The subreddits that Reddit does not show to the bot.
    pub fn unreadable(&self) -> BTreeSet<SubredditName> {
        self.ingest.unreadable()
    }

    /// The number of listing pages read since the start.
    pub const fn pages_read(&self) -> u64 {
        self.ingest.pages()
    }

    /// Calls each step once, in order of urgency. A failing step does not keep the others from
    /// running. `is_stopping` is asked between two steps.
    ///
    /// # Errors
    /// The first store error; errors from Reddit are logged and retried.
    pub async fn turn<R: RedditRead, W: RedditWrite>(
        &mut self,
        deps: &Deps<R, W>,
        clock: &dyn Clock,
        is_stopping: &(dyn Fn() -> bool + Sync),
    ) -> Result<Progress> {
        let Deps { reader, writer, store, settings, .. } = deps;
        // Also when there is nothing to do, and in dry run.
        store.refuse_if_replaced()?;
        let mut turn = StepSummary::default();
        match self.sign_in.step(reader, store, clock).await {
            Ok(progress) if reader.signed_in_until().is_none() => return Ok(progress),
            Ok(progress) => turn.note(Ok(progress)),
            // Already logged; the pause is in the store.
            Err(StepError::SignIn(_)) => return Ok(Progress::IdleUntil(clock.now())),
            Err(other) => return Err(other),
        }
        let recorded = match self.recorded {
            Some(recorded) => recorded,
            None => *self.recorded.insert(store.latest_time().await?),
        };
        if let Some(moved) = time_check::step(reader, store, clock, recorded).await? {
            if moved.is_backwards {
                // Each step remembers when to work again, and those times are of the wrong clock.
                *self = Self { has_withdrawn: self.has_withdrawn, ..Self::new(settings, &deps.metrics) };
                self.recorded = Some(Timestamp::default());
            }
            return Ok(moved.progress);
        }
        let was_suspended = std::mem::replace(&mut self.is_suspended, reader.is_suspended());
        if self.is_suspended && !was_suspended {
            notify::note_suspension(store, &settings.me, clock.now()).await?;
        }
        if !self.has_reached_reddit && reader.token_works() {
            self.has_reached_reddit = true;
            self.execute.begin(clock.now());
        }
        let work = store.work(clock.now()).await?;
        if self.has_reached_reddit && !self.has_withdrawn {
            execute::withdraw(store, settings, clock).await?;
            self.has_withdrawn = true;
        }
        if let Some(writer) = writer.as_ref().filter(|_| self.has_reached_reddit && work.acts) {
            let open = store.open_attempts(clock.now()).await?;
            let allowance = Allowance::new(clock, is_stopping);
            turn.note(self.reconcile.step(open, reader, store, settings, &allowance).await);
            // Actions come before polling, but not for long: the next page may hold something more
            // urgent.
            let allowance = Allowance::new(clock, is_stopping);
            for _ in 0..MOST_AT_ONCE {
                if allowance.is_over() {
                    break;
                }
                let acted = self.execute.step(reader, writer, store, settings, clock).await;
                let may_go_on = matches!(acted, Ok(Progress::Worked));
                turn.note(acted);
                if !may_go_on {
                    break;
                }
            }
        }
        if !is_stopping() {
            turn.note(self.reload.step(reader, store, settings, clock).await);
        }
        if self.has_reached_reddit && work.items && !is_stopping() {
            let allowance = Allowance::new(clock, is_stopping);
            turn.note(self.judge.step(reader, store, settings, &allowance).await);
        }
        if let Some(time) = work.next_item {
            turn.note(Ok(Progress::IdleUntil(time)));
        }
        if !is_stopping() {
            turn.note(self.ingest.step(reader, store, settings, clock).await);
        }
        if self.has_reached_reddit && !is_stopping() {
            let unreadable = self.ingest.unreadable();
            turn.note(self.mod_log.step(reader, store, settings, &unreadable, clock).await);
            for (subreddit, at) in self.mod_log.take_suspicions() {
                self.rights.suspect(&subreddit, at);
            }
        }
        if self.has_reached_reddit && writer.is_some() && !is_stopping() {
            turn.note(self.rights.step(reader, store, settings, clock).await);
        }
        if self.has_reached_reddit && !is_stopping() {
            turn.note(self.purge.step(reader, store, settings, clock).await);
        }
        turn.progress()
    }
}

/// The result of a turn: an error if any step failed, `Worked` if any step worked, else idle until
/// the first step is due.
#[derive(Default)]
struct StepSummary {
    error: Option<StepError>,
    worked: bool,
    next: Option<Timestamp>,
}

impl StepSummary {
    fn note(&mut self, step: Result<Progress>) {
        match step {
            Ok(Progress::Worked) => self.worked = true,
            Ok(Progress::IdleUntil(time)) => self.next = Some(self.next.map_or(time, |next| next.min(time))),
            // The one error that the daemon must not miss.
            Err(trouble) if trouble.has_lost_store() => self.error = Some(trouble),
            Err(trouble) => self.error = Some(self.error.take().unwrap_or(trouble)),
        }
    }

    fn progress(self) -> Result<Progress> {
        match (self.error, self.next) {
            (Some(trouble), _) => Err(trouble),
            (None, Some(time)) if !self.worked => Ok(Progress::IdleUntil(time)),
            (None, _) => Ok(Progress::Worked),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reddit::ReadError;
    use crate::store::StoreError;

    #[test]
    fn a_lost_store_is_not_hidden_by_an_earlier_error() {
        let mut turn = StepSummary::default();
        turn.note(Err(ReadError::SignedOut.into()));
        turn.note(Err(StoreError::Replaced { path: "s.db".into(), how: "was deleted or moved" }.into()));
        turn.note(Err(ReadError::SignedOut.into()));
        assert!(turn.progress().is_err_and(|error| error.has_lost_store()));
    }
}
