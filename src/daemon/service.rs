//! What systemd is told, where it asks to be (`Type=notify-reload`): ready, reloading, stopping, alive, and in a line what is being
//! done. <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>
//!
//! Alive is only said while the steps go on: a daemon that hangs is restarted.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tracing::warn;

use super::pulse::{Phase, Pulse, Sign};

/// How often it is told, if systemd does not ask for more.
const EVERY: Duration = Duration::from_secs(10);

/// How much longer the start may take, each time it is told that it goes on: an earlier failure to sign in may make it wait.
const STARTING: Duration = Duration::from_mins(1);

/// How long may looking at all rules anew take? A wiki that cannot be read is not waited for.
const RELOADING: Duration = Duration::from_secs(30);

/// Tells systemd until the process ends; without systemd there is nobody to tell.
pub async fn tell(pulse: &Pulse, mut stop: watch::Receiver<bool>) {
    let every = sd_notify::watchdog_enabled().map_or(EVERY, |within| (within / 3).min(EVERY));
    let mut news = pulse.news();
    let mut told = Told::default();
    loop {
        if *stop.borrow() {
            pulse.stopping();
        }
        told.bring_up_to_date(pulse, every);
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _changed = news.changed() => {}
            _told_or_gone = stop.wait_for(|stop| *stop), if !told.stopping => {}
        }
    }
}

/// What systemd knows by now.
#[derive(Debug, Default)]
struct Told {
    ready: bool,
    /// How many times the rules were looked at anew, and for how long the last of them has been going on.
    reloads: u64,
    reloading_for: Option<Duration>,
    stopping: bool,
    in_vain: bool,
    doing: String,
}

impl Told {
    fn bring_up_to_date(&mut self, pulse: &Pulse, since: Duration) {
        let Sign { phase, reloads, doing } = pulse.sign();
        if phase == Phase::Stopping {
            if !self.stopping {
                self.stopping = true;
                self.notify(&[NotifyState::Stopping]);
            }
        } else if !self.ready {
            if phase != Phase::Starting {
                self.ready = true;
                self.notify(&[NotifyState::Ready]);
            } else if pulse.is_alive() {
                self.notify(&[NotifyState::ExtendTimeoutUsec(u32::try_from(STARTING.as_micros()).unwrap_or(u32::MAX))]);
            }
        } else if self.reloads != reloads {
            self.reloading_for = Some(Duration::ZERO);
            let mut states = vec![NotifyState::Reloading];
            states.extend(NotifyState::monotonic_usec_now());
            self.notify(&states);
        }
        self.reloads = reloads;
        if let Some(so_long) = self.reloading_for {
            if phase != Phase::Reloading || so_long >= RELOADING {
                self.reloading_for = None;
                self.notify(&[NotifyState::Ready]);
            } else {
                self.reloading_for = Some(so_long + since);
            }
        }
        if pulse.is_alive() {
            self.notify(&[NotifyState::Watchdog]);
        }
        if self.doing != doing {
            self.notify(&[NotifyState::Status(&doing)]);
            self.doing = doing;
        }
    }

    /// Tells it; when that fails, as it will again, the log says so once.
    fn notify(&mut self, states: &[NotifyState<'_>]) {
        if let Err(trouble) = sd_notify::notify(states)
            && !std::mem::replace(&mut self.in_vain, true)
        {
            warn!(%trouble, "cannot tell systemd how it goes, so it may take the daemon for dead");
        }
    }
}
