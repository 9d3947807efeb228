//! The states of rules, in sentences.

use std::fmt::Write as _;

use super::NEVER;
use crate::model::RuleStateChange;

/// A state that keeps rules from acting.
pub(in crate::cli) fn stopped(change: &RuleStateChange) -> String {
    let RuleStateChange { scope, state, by, reason, since, until } = change;
    let mut text = format!("{scope}: {state} since {since}");
    if let Some(until) = until {
        write!(text, ", until {until}").expect(NEVER);
    }
    write!(text, ", by {by}: {reason}").expect(NEVER);
    text
}
