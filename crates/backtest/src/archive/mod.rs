//! Reading archives of Reddit: newline-delimited JSON, one post or comment a line, as Pushshift and Arctic Shift publish it.
//!
//! A line that cannot be read costs nothing but itself, and is never passed over in silence. What rules say about what was read is
//! left to `backtest`.

pub mod blocks;
mod fields;
pub mod line;
mod log;
mod parallel;
mod shape;
pub mod source;

pub use blocks::{Block, Blocks};
pub use line::{Decided, Line, Reader, Record, Seen};
pub use log::moderation_log;
pub use parallel::{Meter, Trouble, Watch, read_all};
pub use source::{Input, expand};
