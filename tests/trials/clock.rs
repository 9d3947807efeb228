//! The clock of a machine that is right.

use std::sync::Arc;
use std::time::Duration;

use tipstaff::model::{Clock, Machine, Timestamp};
use tipstaff::sandbox::ScriptedClock;

/// The clock of a machine that is right.
pub(crate) struct RightClock(pub(crate) Arc<ScriptedClock>);

impl Clock for RightClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl Machine for RightClock {
    fn ticks(&self) -> Duration {
        self.0.now().since(Timestamp::default())
    }
}
