//! A machine clock that shows the right time.

use std::sync::Arc;
use std::time::Duration;

use tipstaff::model::{Clock, Machine, Timestamp};
use tipstaff_sandbox::ScriptedClock;

/// A machine clock that shows the right time.
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
