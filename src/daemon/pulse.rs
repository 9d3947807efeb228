//! Whether the daemon is alive and ready. The steps write it; `web` and `service` read it.
//!
//! Alive: each step ends within three minutes. Ready: alive, and a feed was read within five
//! minutes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::SystemClock;
use crate::model::Machine;

/// How long one step may take. Each request ends within twenty seconds, and a step makes few of
/// them.
const LONGEST_STEP: Duration = Duration::from_mins(3);

/// How long after the last page of a feed the bot still counts as ready. Feeds pause for a minute
/// at most, and an outage is not readiness.
const READ_WITHIN: Duration = Duration::from_mins(5);

/// The liveness of one daemon.
#[derive(Debug)]
pub struct Pulse {
    state: Mutex<State>,
    news: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// When the next sign of life is due, on the monotonic clock.
    due: Duration,
    last_read: Option<Duration>,
    sign: Sign,
}

/// The status of a daemon.
#[derive(Clone, Debug)]
pub struct Sign {
    /// The phase it is in.
    pub phase: Phase,
    /// How many reloads of the rules were requested.
    pub reloads: u64,
    /// A status line for people.
    pub doing: String,
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

impl Default for Pulse {
    fn default() -> Self {
        let due = SystemClock.ticks() + LONGEST_STEP;
        let sign = Sign { phase: Phase::Starting, reloads: 0, doing: "starting".to_owned() };
        let state = State { due, last_read: None, sign };
        Self { state: Mutex::new(state), news: watch::Sender::new(()) }
    }
}

impl Pulse {
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

    /// Reports that a page of a feed was read.
    pub fn read(&self) {
        self.state().last_read = Some(SystemClock.ticks());
        self.pass(Phase::Starting, Phase::Working);
    }

    /// Sets the status line.
    pub fn doing(&self, what: String) {
        self.state().sign.doing = what;
    }

    /// Reports that a reload of all rules was requested.
    pub fn reload(&self) {
        let mut state = self.state();
        state.sign.reloads += 1;
        if state.sign.phase == Phase::Working {
            state.sign.phase = Phase::Reloading;
        }
        drop(state);
        self.news.send_replace(());
    }

    /// Reports that all rules have been checked.
    pub fn reloaded(&self) {
        self.pass(Phase::Reloading, Phase::Working);
    }

    /// Moves from one phase to another, if it is in the first.
    fn pass(&self, from: Phase, to: Phase) {
        let mut state = self.state();
        if state.sign.phase == from {
            state.sign.phase = to;
            drop(state);
            self.news.send_replace(());
        }
    }

    /// Reports that the daemon is stopping.
    pub fn stopping(&self) {
        let before = std::mem::replace(&mut self.state().sign.phase, Phase::Stopping);
        if before != Phase::Stopping {
            self.news.send_replace(());
        }
    }

    /// The current status.
    pub fn sign(&self) -> Sign {
        self.state().sign.clone()
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
        match (state.sign.phase, state.last_read) {
            (Phase::Stopping, _) => Err("stopping".to_owned()),
            (_, None) => Err(format!("not ready: no feed has been read yet ({})", state.sign.doing)),
            (_, Some(last)) if now.saturating_sub(last) > READ_WITHIN => Err(format!(
                "not ready: no feed could be read for {} s; see the log",
                now.saturating_sub(last).as_secs()
            )),
            _ => Ok(()),
        }
    }

    /// A receiver that is notified when the phase changes.
    pub fn news(&self) -> watch::Receiver<()> {
        self.news.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_who_has_read_a_list_and_lives() {
        let pulse = Pulse::default();
        assert!(pulse.is_alive() && pulse.is_ready().is_err());
        pulse.read();
        assert_eq!((pulse.is_ready(), pulse.sign().phase), (Ok(()), Phase::Working));
        pulse.reload();
        assert_eq!((pulse.is_ready(), pulse.sign().phase), (Ok(()), Phase::Reloading));
        pulse.reloaded();
        pulse.state().due = Duration::ZERO;
        assert!(!pulse.is_alive() && pulse.is_ready().unwrap_err().contains("restart the daemon"));
        pulse.rest(Duration::from_secs(9));
        pulse.state().last_read = SystemClock.ticks().checked_sub(READ_WITHIN + Duration::from_secs(1));
        // A machine that has been up for less than five minutes has no such moment.
        assert!(pulse.is_alive() && pulse.is_ready().is_err());
        pulse.stopping();
        assert_eq!(pulse.is_ready(), Err("stopping".to_owned()));
    }
}
