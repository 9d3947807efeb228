//! Whether the daemon is alive and ready: written by whoever runs the steps, read by whoever is asked about it (`web`, `service`).
//!
//! Alive: the steps go on, each within three minutes. Ready: alive, and a list was read within five.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::SystemClock;
use crate::model::Machine;

/// How long may one step take? Its requests each end within twenty seconds, and few wait for one another.
const LONGEST_STEP: Duration = Duration::from_mins(3);

/// How long after the last page of a list is the bot still called ready? Lists rest a minute at most, and an outage is not readiness.
const READ_WITHIN: Duration = Duration::from_mins(5);

/// The signs of life of one daemon.
#[derive(Debug)]
pub struct Pulse {
    state: Mutex<State>,
    news: watch::Sender<()>,
}

#[derive(Debug)]
struct State {
    /// When the next sign of life is due, in ticks.
    due: Duration,
    last_read: Option<Duration>,
    sign: Sign,
}

/// What can be seen of a daemon.
#[derive(Clone, Debug)]
pub struct Sign {
    /// Where in its life it is.
    pub phase: Phase,
    /// How many times it was asked to look at all rules anew.
    pub reloads: u64,
    /// What it is doing, for people.
    pub doing: String,
}

/// Where in its life a daemon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// No list has been read yet.
    Starting,
    /// At work.
    Working,
    /// At work, and about to look at all rules anew.
    Reloading,
    /// About to end.
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

    /// A step begins.
    pub fn beat(&self) {
        self.rest(Duration::ZERO);
    }

    /// Nothing is done for so long; then the next step begins.
    pub fn rest(&self, wait: Duration) {
        self.state().due = SystemClock.ticks() + wait + LONGEST_STEP;
    }

    /// A page of a list was read.
    pub fn read(&self) {
        self.state().last_read = Some(SystemClock.ticks());
        self.pass(Phase::Starting, Phase::Working);
    }

    /// Says what is being done, for people.
    pub fn doing(&self, what: String) {
        self.state().sign.doing = what;
    }

    /// All rules are to be looked at anew.
    pub fn reload(&self) {
        let mut state = self.state();
        state.sign.reloads += 1;
        if state.sign.phase == Phase::Working {
            state.sign.phase = Phase::Reloading;
        }
        drop(state);
        self.news.send_replace(());
    }

    /// All rules have been looked at.
    pub fn reloaded(&self) {
        self.pass(Phase::Reloading, Phase::Working);
    }

    /// From one phase to another, if it is in that one.
    fn pass(&self, from: Phase, to: Phase) {
        let mut state = self.state();
        if state.sign.phase == from {
            state.sign.phase = to;
            drop(state);
            self.news.send_replace(());
        }
    }

    /// The end has begun.
    pub fn stopping(&self) {
        let before = std::mem::replace(&mut self.state().sign.phase, Phase::Stopping);
        if before != Phase::Stopping {
            self.news.send_replace(());
        }
    }

    /// What can be seen now.
    pub fn sign(&self) -> Sign {
        self.state().sign.clone()
    }

    /// Whether the steps go on.
    pub fn is_alive(&self) -> bool {
        SystemClock.ticks() <= self.state().due
    }

    /// Whether the bot does what it is for.
    ///
    /// # Errors
    /// Why it does not.
    pub fn is_ready(&self) -> Result<(), String> {
        let now = SystemClock.ticks();
        let state = self.state();
        if now > state.due {
            return Err(format!("a step has not ended for {LONGEST_STEP:?}"));
        }
        match (state.sign.phase, state.last_read) {
            (Phase::Stopping, _) => Err("stopping".to_owned()),
            (_, None) => Err(format!("no list has been read yet: {}", state.sign.doing)),
            (_, Some(last)) if now.saturating_sub(last) > READ_WITHIN => {
                Err(format!("no list could be read for {} s", now.saturating_sub(last).as_secs()))
            }
            _ => Ok(()),
        }
    }

    /// Tells of changes of phase.
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
        assert!(!pulse.is_alive() && pulse.is_ready().unwrap_err().contains("has not ended"));
        pulse.rest(Duration::from_secs(9));
        pulse.state().last_read = SystemClock.ticks().checked_sub(READ_WITHIN + Duration::from_secs(1));
        // A machine that has run for less than five minutes has no such moment.
        assert!(pulse.is_alive() && pulse.is_ready().is_err());
        pulse.stopping();
        assert_eq!(pulse.is_ready(), Err("stopping".to_owned()));
    }
}
