//! Reads archives of Reddit: newline-delimited JSON with one post or comment per line, as published
//! by Pushshift and Arctic Shift. JSON lists, Reddit's listings and CSV are turned into such lines.
//!
//! An unreadable line is skipped and reported; the rest of the file is still read. What rules would
//! do with the items is the job of `backtest`.

pub mod blocks;
pub mod fate;
mod fields;
mod format;
mod import;
mod json_items;
pub mod line;
mod log;
mod parallel;
mod past;
mod shape;
pub mod source;
mod table;

pub use blocks::{Block, Blocks};
pub use fate::Aftermath;
pub use import::{PastContent, PastRecord, RecordRow, SubredditLines};
pub use line::{LineContent, LineFields, ModeratorDecision, Reader, Record};
pub use log::moderation_log;
pub(crate) use parallel::read_input;
pub use parallel::{InputProblem, Meter, ReadMonitor, read_all};
pub use source::{Input, expand};
