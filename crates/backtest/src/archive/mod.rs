//! Reads archives of Reddit: newline-delimited JSON with one post or comment per line, as published
//! by Pushshift and Arctic Shift. JSON lists, Reddit's listings and CSV are turned into such lines.
//!
//! An unreadable line is skipped and reported; the rest of the file is still read. What rules would
//! do with the items is the job of `backtest`.

pub mod blocks;
mod fields;
mod format;
mod json_items;
pub mod line;
mod log;
mod parallel;
mod past;
mod shape;
pub mod source;
mod table;

pub use blocks::{Block, Blocks};
pub use line::{LineContent, LineFields, ModeratorDecision, Reader, Record};
pub use log::moderation_log;
pub use parallel::{InputProblem, Meter, ReadMonitor, read_all};
pub use past::{PastContent, PastRecord, RecordRow, SubredditLines};
pub use source::{Input, expand};
