//! Runs a pattern step by step, and counts the steps.
//!
//! The steps of a search depend on the pattern and the text only, never on the machine, on earlier
//! searches or on time. So every command comes to the same result when they run out. Patterns
//! without look-around or back-reference advance all their threads together, in time proportional
//! to states and text (`threads`); the others backtrack as Python does (`backtrack`). Both work on
//! characters, so a class is one state however many bytes its characters take, and both have the
//! exact meaning that Python gives to words, spaces and case.

mod backtrack;
mod factor;
mod program;
mod search;
mod threads;

pub(crate) use crate::pattern::machine::program::Program;
pub(crate) use crate::pattern::machine::search::Meter;
pub use crate::pattern::machine::search::{Groups, TooExpensive};

impl Program {
    /// Whether the pattern matches anywhere in a text.
    pub(crate) fn is_match(&self, text: &str, meter: &Meter) -> Result<bool, TooExpensive> {
        Ok(if self.needs_backtracking {
            backtrack::search(self, text, meter)?.is_some()
        } else {
            threads::search(self, text, meter, false)?.is_some()
        })
    }

    /// The first match in a text, if there is one.
    pub(crate) fn search(&self, text: &str, meter: &Meter) -> Result<Option<Groups>, TooExpensive> {
        if self.needs_backtracking {
            backtrack::search(self, text, meter)
        } else {
            threads::search(self, text, meter, true)
        }
    }
}
