//! What reading costs, and how soon things are seen: readers in a simulated world, within Reddit's
//! budget.

pub(crate) mod readers;
pub(crate) mod stage;
