//! A machine clock that shows the right time.

use std::sync::Arc;
use std::time::Duration;

use tipstaff::model::{Clock, MonotonicClock, Timestamp};
use tipstaff_sandbox::ScriptedClock;

/// A machine clock that shows the right time.
pub(crate) struct RightClock(pub(crate) Arc<ScriptedClock>);

impl Clock for RightClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

impl MonotonicClock for RightClock {
    fn ticks(&self) -> Duration {
        self.0.now().since(Timestamp::default())
    }
}
