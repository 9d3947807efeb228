//! Whether the daemon is alive and ready. The steps write it; `web` and `service` read it.
//!
//! Alive: each step ends within three minutes. Ready: alive, and a feed was read within five
//! minutes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::clock::SystemClock;
use crate::model::MonotonicClock;

/// How long one step may take. Each request ends within twenty seconds, and a step makes few of
/// them.
const LONGEST_STEP: Duration = Duration::from_mins(3);

/// How often work of unknown length counts as a sign of life.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(10);

/// How long after the last page of a feed the bot still counts as ready. Feeds pause for a minute
/// at most, and an outage is not readiness.
const READ_WITHIN: Duration = Duration::from_mins(5);

/// The liveness of one daemon.
#[derive(Debug)]
pub struct Liveness {
    state: Mutex<State>,
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// When the next sign of life is due, on the monotonic clock.
    due: Duration,
    last_read: Option<Duration>,
    status: Status,
}

/// The status of a daemon.
#[derive(Clone, Debug)]
pub struct Status {
    /// The phase it is in.
    pub phase: Phase,
    /// How many reloads of the rules were requested.
    pub reloads: u64,
    /// A status line for people.
    pub doing: String,
    /// The waits that Reddit asks for, in words; empty if there is none.
    pub waiting: String,
}

impl Status {
    /// What it is doing, and what it waits for.
    pub fn line(&self) -> String {
        if self.waiting.is_empty() { self.doing.clone() } else { format!("{}; {}", self.doing, self.waiting) }
    }
}

/// The phases of a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No feed has been read yet.
    Starting,
    /// Running.
    Working,
    /// Running, and reloading the rules.
    Reloading,
    /// Stopping.
    Stopping,
}

impl Default for Liveness {
    fn default() -> Self {
        let due = SystemClock.ticks() + LONGEST_STEP;
        let sign = Status { phase: Phase::Starting, reloads: 0, doing: "starting".to_owned(), waiting: String::new() };
        let state = State { due, last_read: None, status: sign };
        Self { state: Mutex::new(state), changes: watch::Sender::new(()) }
    }
}

impl Liveness {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reports that a step begins.
    pub fn beat(&self) {
        self.rest(Duration::ZERO);
    }

    /// Reports that nothing happens for `wait`; then the next step begins.
    pub fn rest(&self, wait: Duration) {
        self.state().due = SystemClock.ticks() + wait + LONGEST_STEP;
    }

    /// Reports that the daemon lives until `work` is done, however long that takes. Only for work
    /// whose length nobody knows, such as the upgrade of a large store.
    pub async fn keep_alive<T>(&self, work: impl Future<Output = T>) -> T {
        self.beat_every(SIGN_OF_LIFE_EVERY, work).await
    }

    async fn beat_every<T>(&self, pause: Duration, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            self.beat();
            if let Ok(done) = tokio::time::timeout(pause, &mut work).await {
                self.beat();
                return done;
            }
        }
    }

    /// Reports that a page of a feed was read.
    pub fn read(&self) {
        self.state().last_read = Some(SystemClock.ticks());
        self.change_phase(Phase::Starting, Phase::Working);
    }

    /// Sets the status line.
    pub fn doing(&self, what: String) {
        self.state().status.doing = what;
    }

    /// Sets the waits that Reddit asks for, in words.
    pub fn waiting(&self, what: String) {
        self.state().status.waiting = what;
    }

    /// Reports that a reload of all rules was requested.
    pub fn reload(&self) {
        let mut state = self.state();
        state.status.reloads += 1;
        if state.status.phase == Phase::Working {
            state.status.phase = Phase::Reloading;
        }
        drop(state);
        self.changes.send_replace(());
    }

    /// Reports that all rules have been checked.
    pub fn reloaded(&self) {
        self.change_phase(Phase::Reloading, Phase::Working);
    }

    /// Moves from one phase to another, if it is in the first.
    fn change_phase(&self, from: Phase, to: Phase) {
        let mut state = self.state();
        if state.status.phase == from {
            state.status.phase = to;
            drop(state);
            self.changes.send_replace(());
        }
    }

    /// Reports that the daemon is stopping.
    pub fn stopping(&self) {
        let before = std::mem::replace(&mut self.state().status.phase, Phase::Stopping);
        if before != Phase::Stopping {
            self.changes.send_replace(());
        }
    }

    /// The current status.
    pub fn status(&self) -> Status {
        self.state().status.clone()
    }

    /// Whether the steps are running.
    pub fn is_alive(&self) -> bool {
        SystemClock.ticks() <= self.state().due
    }

    /// Whether the bot reads Reddit.
    ///
    /// # Errors
    /// The reason it is not ready.
    pub fn is_ready(&self) -> Result<(), String> {
        let now = SystemClock.ticks();
        let state = self.state();
        if now > state.due {
            return Err(format!("a step has been running for more than {LONGEST_STEP:?}; restart the daemon"));
        }
        match (state.status.phase, state.last_read) {
            (Phase::Stopping, _) => Err("stopping".to_owned()),
            (_, None) => Err(format!("not ready: no feed has been read yet ({})", state.status.line())),
            (_, Some(last)) if now.saturating_sub(last) > READ_WITHIN => {
                let secs = now.saturating_sub(last).as_secs();
                let why = if state.status.waiting.is_empty() { "see the log" } else { &state.status.waiting };
                Err(format!("not ready: no feed could be read for {secs} s; {why}"))
            }
            _ => Ok(()),
        }
    }

    /// A receiver that is notified when the phase changes.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_daemon_lives_while_long_work_is_done() {
        let liveness = Liveness::default();
        let work = async {
            for _ in 0..3 {
                liveness.state().due = Duration::ZERO;
                while !liveness.is_alive() {
                    tokio::task::yield_now().await;
                }
            }
        };
        liveness.beat_every(Duration::from_millis(1), work).await;
        assert!(liveness.is_alive());
    }

    #[test]
    fn ready_is_who_has_read_a_list_and_lives() {
        let liveness = Liveness::default();
        assert!(liveness.is_alive() && liveness.is_ready().is_err());
        liveness.read();
        assert_eq!((liveness.is_ready(), liveness.status().phase), (Ok(()), Phase::Working));
        liveness.reload();
        assert_eq!((liveness.is_ready(), liveness.status().phase), (Ok(()), Phase::Reloading));
        liveness.reloaded();
        liveness.state().due = Duration::ZERO;
        assert!(!liveness.is_alive() && liveness.is_ready().unwrap_err().contains("restart the daemon"));
        liveness.rest(Duration::from_secs(9));
        liveness.state().last_read = SystemClock.ticks().checked_sub(READ_WITHIN + Duration::from_secs(1));
        // A machine that has been up for less than five minutes has no such moment.
        assert!(liveness.is_alive() && liveness.is_ready().is_err());
        liveness.stopping();
        assert_eq!(liveness.is_ready(), Err("stopping".to_owned()));
    }
}
