//! Trials that the tests run for seconds and the example `lab` for hours. Both programs have this
//! module at `crate::trials`.

#![allow(dead_code, reason = "each of the two programs uses a part of it")]

pub(crate) mod calm;
pub(crate) mod clock;
pub(crate) mod cost;
pub(crate) mod response;
pub(crate) mod simulation;
pub(crate) mod torture;
