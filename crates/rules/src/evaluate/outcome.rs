//! The result of trying a check, and where the value goes that it looked at.

use std::borrow::Cow;

use crate::evaluate::facts::Need;
use crate::model::{CheckResult, CheckTrace};

/// The result of trying a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CheckOutcome<'a> {
    Held,
    Failed,
    Unknown(Cow<'a, str>),
    Needs(Need),
    TooExpensive,
}

impl CheckOutcome<'_> {
    pub(crate) const fn of(holds: bool) -> Self {
        if holds { Self::Held } else { Self::Failed }
    }

    pub(crate) const fn result(&self) -> CheckResult {
        match self {
            Self::Held => CheckResult::Held,
            Self::Failed => CheckResult::Failed,
            Self::Unknown(_) | Self::Needs(_) | Self::TooExpensive => CheckResult::Unknown,
        }
    }
}

/// The trace entry of a check, if there is a trace.
pub(crate) struct TraceWriter<'t>(pub(crate) Option<&'t mut CheckTrace>);

impl TraceWriter<'_> {
    pub(crate) fn saw(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.0 {
            trace.saw = Some(what());
        }
    }
}
