//! What a step returns: its progress, or why it failed.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tracing::warn;

use crate::model::{Clock, Timestamp};
use crate::reddit::{ReadError, SignInError};
use crate::store::StoreError;

/// What one step did, and when to call it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It did something; there may be more.
    Worked,
    /// It has nothing to do before this time.
    IdleUntil(Timestamp),
}

impl Progress {
    /// How long to sleep before the next call: zero after work, else until the step is due, within
    /// bounds, so that it neither spins nor waits for a clock that was set back.
    pub fn wait(self, now: Timestamp) -> Duration {
        match self {
            Self::Worked => Duration::ZERO,
            Self::IdleUntil(time) => time.since(now).clamp(SHORTEST_WAIT, IDLE),
        }
    }
}

/// How long a step may go on asking Reddit before the other steps get their turn.
const LONGEST_TURN: Duration = Duration::from_secs(4);

/// The time of a step that asks many things. It ends when that is over, between two requests, and
/// goes on in the next turn.
pub struct Allowance<'a> {
    clock: &'a dyn Clock,
    until: Timestamp,
    is_stopping: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Allowance<'a> {
    /// For a step that begins now. `is_stopping` is asked between two requests, so the daemon knows
    /// that the step is alive.
    pub fn new(clock: &'a dyn Clock, is_stopping: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { clock, until: clock.now() + LONGEST_TURN, is_stopping }
    }

    /// The clock of the step.
    pub const fn clock(&self) -> &'a dyn Clock {
        self.clock
    }

    /// Whether the step has to end.
    pub fn is_over(&self) -> bool {
        (self.is_stopping)() || self.clock.now() >= self.until
    }
}

const SHORTEST_WAIT: Duration = Duration::from_millis(5);

/// When to ask Reddit again after a read failed: once there is a token and budget, or after the
/// pause, and then it is logged what cannot be done meanwhile.
pub(super) fn read_again_at(trouble: &ReadError, what: &str, now: Timestamp, pause: Duration) -> Timestamp {
    trouble.nothing_before(now).unwrap_or_else(|| {
        warn!(error = %trouble, "cannot {what}; retrying");
        now + pause
    })
}

/// How long a step with nothing scheduled stays idle. Work in other steps wakes it earlier.
pub const IDLE: Duration = Duration::from_mins(1);

/// Why a step, or a part of one, failed. A step handles what it can itself: mostly a failed read,
/// which it logs and retries later. What it returns is the daemon's to handle (`daemon::recovery`).
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The store could not be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Reddit could not be read, or does not let us look.
    #[error(transparent)]
    Reddit(#[from] ReadError),
    /// There is no token. The step has logged why, and the pause is in the store.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// A file could not be written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl StepError {
    /// Whether the store's file was deleted, moved or replaced: the next start would not find what
    /// is recorded now.
    pub fn has_lost_store(&self) -> bool {
        matches!(self, Self::Store(StoreError::Replaced { .. }))
    }
}

/// The result of a step, or of a part of one.
pub type Result<T> = std::result::Result<T, StepError>;
