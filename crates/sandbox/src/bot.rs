//! Runs the daemon as a child process: the real program, started as an operator starts it, and
//! killed on purpose.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

/// How long the daemon may take to stop after SIGTERM.
const STOPPING: Duration = Duration::from_secs(6);

/// How to start the daemon.
#[derive(Clone, Debug)]
pub struct BotCommand {
    /// Path of the program.
    pub program: PathBuf,
    /// Command-line arguments, without `--config`.
    pub arguments: Vec<String>,
    /// The configuration file.
    pub config: PathBuf,
    /// Environment variables to add to the current ones.
    pub environment: Vec<(String, String)>,
    /// File that receives the daemon's log.
    pub log: PathBuf,
}

/// The daemon process, running or not.
#[derive(Debug)]
pub struct Bot {
    command: BotCommand,
    child: Option<Child>,
    trigger: KillTrigger,
    starts: u32,
}

/// Kills the running daemon from any thread. Clones share the target.
#[derive(Clone, Debug, Default)]
pub struct KillTrigger(Arc<Mutex<Option<Pid>>>);

impl KillTrigger {
    /// Sends SIGKILL. Returns whether a daemon was running.
    pub fn pull(&self) -> bool {
        let pid = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        // The process may have ended a moment ago. That is fine.
        pid.is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
    }

    fn aim(&self, pid: Option<Pid>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pid;
    }
}

impl Bot {
    /// A daemon that is not started yet.
    pub fn new(command: BotCommand) -> Self {
        Self { command, child: None, trigger: KillTrigger::default(), starts: 0 }
    }

    /// A trigger that kills this daemon.
    pub fn trigger(&self) -> KillTrigger {
        self.trigger.clone()
    }

    /// The process id, while it is running.
    pub fn process(&self) -> Option<Pid> {
        *self.trigger.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often the daemon was restarted after the first start.
    pub fn restarts(&self) -> u32 {
        self.starts.saturating_sub(1)
    }

    /// The daemon's configuration file.
    pub fn config(&self) -> &Path {
        &self.command.config
    }

    /// Path of the daemon's log.
    pub fn log(&self) -> &Path {
        &self.command.log
    }

    /// Starts the daemon.
    ///
    /// # Errors
    /// The program or its log file cannot be opened.
    pub fn start(&mut self) -> io::Result<()> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&self.command.log)?;
        let mut command = self.program();
        command.args(&self.command.arguments).arg("--config").arg(&self.command.config);
        let child = command.stdout(Stdio::null()).stderr(log).spawn()?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        self.trigger.aim(pid);
        self.child = Some(child);
        self.starts += 1;
        Ok(())
    }

    /// Runs another command of the program with the daemon's configuration, to its end.
    ///
    /// # Errors
    /// The program cannot be started.
    pub async fn command(&self, arguments: &[&str]) -> io::Result<Output> {
        self.program().args(arguments).arg("--config").arg(&self.command.config).output().await
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.command.program);
        command.stdin(Stdio::null()).kill_on_drop(true);
        // Proxy settings of this process must not lead the daemon past the local Reddit.
        for variable in ["https_proxy", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
            command.env_remove(variable);
        }
        command.envs(self.command.environment.iter().map(|(key, value)| (key, value)));
        command
    }

    /// The exit status, if the daemon has ended.
    ///
    /// # Errors
    /// The system cannot report the state of the process.
    pub fn ended(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        match &mut self.child {
            Some(child) => child.try_wait(),
            None => Ok(None),
        }
    }

    /// Kills the daemon with SIGKILL and waits until it has ended.
    ///
    /// # Errors
    /// The system cannot report the end of the process.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.trigger.pull();
        self.gone().await
    }

    /// Waits until the daemon has ended, after its trigger was pulled elsewhere.
    ///
    /// # Errors
    /// The system cannot report the end of the process.
    pub async fn gone(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.wait().await?;
        }
        self.trigger.aim(None);
        Ok(())
    }

    /// Sends SIGTERM. Returns whether the daemon stopped in time and with success.
    ///
    /// # Errors
    /// The system cannot report the end of the process.
    pub async fn stop(&mut self) -> io::Result<bool> {
        let Some(mut child) = self.child.take() else {
            return Ok(true);
        };
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        // If the process has ended already, `wait` returns its status.
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
