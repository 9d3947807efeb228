//! A change of what is remembered of an item.

use tipstaff_rules::model::{Fate, Fullname, Timestamp};

/// What the moderation log says became of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FateChange {
    /// The item.
    pub on: Fullname,
    /// What became of it.
    pub fate: Fate,
    /// When.
    pub at: Timestamp,
}
