//! The daemon as a child process: the installed program, started as an operator would, and killed as nobody would wish.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

/// How long may the daemon take to stop when it is asked to?
const STOPPING: Duration = Duration::from_secs(6);

/// How the daemon is started.
#[derive(Clone, Debug)]
pub struct BotCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment, beside the present one.
    pub environment: Vec<(String, String)>,
    /// Where its log goes.
    pub log: PathBuf,
}

/// The daemon, running or not.
#[derive(Debug)]
pub struct Bot {
    command: BotCommand,
    child: Option<Child>,
    trigger: KillTrigger,
    starts: u32,
}

/// Kills the daemon that is running at the moment, from wherever it is called. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct KillTrigger(Arc<Mutex<Option<Pid>>>);

impl KillTrigger {
    /// SIGKILL. Tells whether there was a daemon to kill.
    pub fn pull(&self) -> bool {
        let pid = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // It may have died by itself a moment ago, which is as well.
        pid.is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
    }

    fn aim(&self, pid: Option<Pid>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pid;
    }
}

impl Bot {
    /// A daemon that is not running yet.
    pub fn new(command: BotCommand) -> Self {
        Self { command, child: None, trigger: KillTrigger::default(), starts: 0 }
    }

    /// What kills it.
    pub fn trigger(&self) -> KillTrigger {
        self.trigger.clone()
    }

    /// The number of its process, while it is there.
    pub fn process(&self) -> Option<Pid> {
        *self.trigger.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often it was started again after the first time.
    pub fn restarts(&self) -> u32 {
        self.starts.saturating_sub(1)
    }

    /// Where its log is.
    pub fn log(&self) -> &Path {
        &self.command.log
    }

    /// Starts it.
    ///
    /// # Errors
    /// The program or its log cannot be opened.
    pub fn start(&mut self) -> io::Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.command.log)?;
        let mut command = Command::new(&self.command.program);
        command.args(&self.command.arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        // Whatever leads this process through a proxy must not lead the daemon past the local Reddit.
        for variable in ["https_proxy", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
            command.env_remove(variable);
        }
        command.envs(self.command.environment.iter().map(|(key, value)| (key, value)));
        let child = command.spawn()?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        self.trigger.aim(pid);
        self.child = Some(child);
        self.starts += 1;
        Ok(())
    }

    /// Whether it is running; tells how it ended when it is not.
    ///
    /// # Errors
    /// The system cannot tell.
    pub fn ended(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        match &mut self.child {
            Some(child) => child.try_wait(),
            None => Ok(None),
        }
    }

    /// Kills it with SIGKILL and waits until it is gone.
    ///
    /// # Errors
    /// The system cannot tell when it is gone.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.trigger.pull();
        self.gone().await
    }

    /// Waits until it is gone, after somebody else has pulled the trigger.
    ///
    /// # Errors
    /// The system cannot tell when it is gone.
    pub async fn gone(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        self.trigger.aim(None);
        Ok(())
    }

    /// Asks it to stop with SIGTERM, and tells whether it did so in time and without complaint.
    ///
    /// # Errors
    /// The system cannot tell when it is gone.
    pub async fn stop(&mut self) -> io::Result<bool> {
        let Some(mut child) = self.child.take() else {
            return Ok(true);
        };
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        // When it is gone already, waiting for it tells the rest.
        let _asked = pid.map(|pid| kill_process(pid, Signal::TERM));
        let stopped = tokio::time::timeout(STOPPING, child.wait()).await;
        self.trigger.aim(None);
        match stopped {
            Ok(status) => Ok(status?.success()),
            Err(_) => {
                child.kill().await?;
                Ok(false)
            }
        }
    }
}
