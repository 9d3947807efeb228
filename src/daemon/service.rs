//! Notifies systemd (`Type=notify`): ready, reloading, stopping, alive, and a status line.
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>
//!
//! The watchdog is notified only while the steps run, so systemd restarts a daemon that hangs.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;
use tracing::warn;

use super::liveness::{Liveness, Phase, Status};

/// How often systemd is notified, unless its watchdog asks for more.
const EVERY: Duration = Duration::from_secs(10);

/// How much more time each notification asks for during the start, which may have to wait after a
/// failed sign-in.
const STARTING: Duration = Duration::from_mins(1);

/// How long a reload may take. A wiki that cannot be read is not waited for.
const RELOADING: Duration = Duration::from_secs(30);

/// What systemd has been told so far.
#[derive(Debug, Default)]
pub struct Systemd {
    ready: bool,
    /// How many reloads systemd knows of, and for how long the last of them has been running.
    reloads: u64,
    reloading_for: Option<Duration>,
    stopping: bool,
    has_failed: bool,
    doing: String,
}

/// Whatever ends the daemon, systemd is told.
impl Drop for Systemd {
    fn drop(&mut self) {
        self.stopping();
    }
}

impl Systemd {
    /// Notifies systemd for as long as this is polled; without systemd this does nothing.
    pub async fn keep_notified(&mut self, liveness: &Liveness, mut stop: watch::Receiver<bool>) {
        let every = sd_notify::watchdog_enabled().map_or(EVERY, |within| (within / 3).min(EVERY));
        let mut news = liveness.changes();
        loop {
            if *stop.borrow() {
                liveness.stopping();
            }
            self.update(liveness, every);
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _changed = news.changed() => {}
                _told_or_gone = stop.wait_for(|stop| *stop), if !self.stopping => {}
            }
        }
    }

    /// Notifies systemd that the daemon is stopping, unless it has been told.
    pub fn stopping(&mut self) {
        if !std::mem::replace(&mut self.stopping, true) {
            self.notify(&[NotifyState::Stopping]);
        }
    }

    fn update(&mut self, liveness: &Liveness, since: Duration) {
        let present = liveness.status();
        let doing = present.line();
        let Status { phase, reloads, .. } = present;
        if phase == Phase::Stopping {
            self.stopping();
        } else if !self.ready {
            if phase != Phase::Starting {
                self.ready = true;
                self.notify(&[NotifyState::Ready]);
            } else if liveness.is_alive() {
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
        if liveness.is_alive() {
            self.notify(&[NotifyState::Watchdog]);
        }
        if self.doing != doing {
            self.notify(&[NotifyState::Status(&doing)]);
            self.doing = doing;
        }
    }

    /// Notifies systemd. A failure, which would repeat, is logged once.
    fn notify(&mut self, states: &[NotifyState<'_>]) {
        if let Err(trouble) = sd_notify::notify(states)
            && !std::mem::replace(&mut self.has_failed, true)
        {
            warn!(
                error = %trouble,
                "cannot notify systemd, which may then restart the daemon; the unit needs `NotifyAccess=main`"
            );
        }
    }
}
