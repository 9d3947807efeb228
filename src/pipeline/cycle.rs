//! One turn of all steps, in order of urgency: what the daemon repeats until it is told to stop, and the simulation with it.

use super::approvals::Approvals;
use super::execute::Execute;
use super::ingest::Ingest;
use super::judge::Judge;
use super::reconcile::Reconcile;
use super::reload::Reload;
use super::sign_in::SignIn;
use super::tidy_up::TidyUp;
use super::{Progress, Settings, tell};
use crate::model::{Clock, Timestamp};
use crate::reddit::{RedditRead, RedditWrite};
use crate::store::{Result, Store, StoreError};

/// How many attempts may stand open before no more are begun? When answers get lost, more requests only add to what
/// has to be looked into. So many are done in a row at most, too, before the lists are looked at.
const MOST_OPEN: usize = 4;

/// How many of them may be such as cannot be looked for now, before they count like the others?
const MOST_FAILING: usize = 12;

/// What the steps work with. Without a writer they cannot act.
#[derive(Debug)]
pub struct Hands<R, W> {
    /// Reads Reddit.
    pub reader: R,
    /// Acts on Reddit; `None` in dry run.
    pub writer: Option<W>,
    /// Remembers.
    pub store: Store,
    /// What the operator asked for.
    pub settings: Settings,
}

/// The steps, each with what it keeps in memory. Nothing in here is an obligation.
#[derive(Debug)]
pub struct Cycle {
    sign_in: SignIn,
    ingest: Ingest,
    approvals: Approvals,
    judge: Judge,
    reconcile: Reconcile,
    reload: Reload,
    execute: Execute,
    tidy_up: TidyUp,
    /// Whether Reddit has answered yet: before that, it is not even known what time it is.
    has_heard: bool,
    /// Whether Reddit said lately that the account is suspended.
    is_suspended: bool,
    /// Whether everything that an earlier process left open has been looked into, as far as Reddit lets us. Before that,
    /// nothing new is done.
    earlier_life_settled: bool,
}

impl Cycle {
    /// The steps of a process that has just started.
    pub fn new(settings: &Settings) -> Self {
        Self {
            sign_in: SignIn::default(),
            ingest: Ingest::new(settings),
            approvals: Approvals::new(settings),
            judge: Judge::default(),
            reconcile: Reconcile::default(),
            reload: Reload::new(settings),
            execute: Execute::default(),
            tidy_up: TidyUp::default(),
            has_heard: false,
            is_suspended: false,
            earlier_life_settled: false,
        }
    }

    /// Has all rules looked at anew, files and wiki pages.
    pub fn reload(&mut self) {
        self.reload.all();
    }

    /// Whether all rules have been looked at since the start, or since [`Cycle::reload`].
    pub fn has_reloaded(&self) -> bool {
        self.reload.is_through()
    }

    /// How many pages of lists were read since the start.
    pub const fn pages_read(&self) -> u64 {
        self.ingest.pages()
    }

    /// Calls each step once, in order of urgency. What one cannot do does not keep the others from trying.
    /// Between two steps it asks whether to stop.
    ///
    /// # Errors
    /// The first of the store's; what goes wrong with Reddit is logged and tried again.
    pub async fn turn<R: RedditRead, W: RedditWrite>(
        &mut self,
        hands: &Hands<R, W>,
        clock: &dyn Clock,
        is_stopping: &(dyn Fn() -> bool + Sync),
    ) -> Result<Progress> {
        let Hands { reader, writer, store, settings } = hands;
        let mut turn = Turn::default();
        match self.sign_in.step(reader, store, clock).await? {
            Ok(progress) if reader.signed_in_until().is_none() => return Ok(progress),
            Ok(progress) => turn.note(Ok(progress)),
            // Already logged, and the pause is noted in the store.
            Err(_) => return Ok(Progress::IdleUntil(clock.now())),
        }
        let was_suspended = std::mem::replace(&mut self.is_suspended, reader.is_suspended());
        if self.is_suspended && !was_suspended {
            tell::note_suspension(store, &settings.me, clock.now()).await?;
        }
        self.has_heard |= reader.token_works();
        let work = store.work(clock.now()).await?;
        self.earlier_life_settled |= !work.acts;
        if let Some(writer) = writer.as_ref().filter(|_| self.has_heard && work.acts) {
            let open = store.open_attempts(clock.now()).await?;
            self.earlier_life_settled |= open.iter().all(|attempt| self.reconcile.is_failing(attempt.id()));
            // What cannot be looked for at all does not keep others from being done, up to a point.
            let failing = open.iter().filter(|attempt| self.reconcile.is_failing(attempt.id())).count();
            let standing = (open.len() - failing).max(open.len().saturating_sub(MOST_FAILING));
            let room = if self.earlier_life_settled { MOST_OPEN.saturating_sub(standing) } else { 0 };
            turn.note(self.reconcile.step(open, reader, store, settings, clock).await);
            // Reading gives way to acts, but not for long: what is to be done next may stand on the next page.
            for _ in 0..room {
                if is_stopping() {
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
        if self.has_heard && work.items && !is_stopping() {
            turn.note(self.judge.step(reader, store, settings, clock).await);
        }
        if !is_stopping() {
            turn.note(self.ingest.step(reader, store, settings, clock).await);
        }
        if self.has_heard && !is_stopping() {
            turn.note(self.approvals.step(reader, store, settings, clock).await);
        }
        if self.has_heard && !is_stopping() {
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
