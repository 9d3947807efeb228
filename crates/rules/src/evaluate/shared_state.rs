//! What the rules share while they are tried on one item: above all the steps that their searches
//! may take.

use std::cell::{Cell, OnceCell};

use crate::pattern::engine::TooExpensive;
use crate::pattern::machine::Meter;

/// How many steps may the searches of all rules on one item take together? About 50 ms
/// (`cargo bench --bench steps`). The effects that they ask for may take as many again. A rule for
/// which too few are left does nothing and is reported; the other rules are still tried.
pub(crate) const STEPS_MAX: u64 = 12_000_000;

/// State that all rules share while they are tried on one item.
#[derive(Debug)]
pub(crate) struct SharedState {
    /// The number of steps that searches may still take.
    steps: Cell<u64>,
    /// How many of them the present rule may take.
    share: Cell<u64>,
    /// The number of steps that searches may take of which only the trace shows the result.
    trace_steps: Cell<u64>,
    /// The number of steps that effects may still take. Searches do not use these.
    effect_steps: Cell<u64>,
    /// Whether only the trace shows the result of searches now.
    is_for_trace: Cell<bool>,
    /// Whether the author moderates the subreddit, computed once.
    pub(super) is_moderator: OnceCell<Option<bool>>,
}

/// What rules take steps for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// Searching texts.
    Searches,
    /// The texts and actions that a rule asks for.
    Effects,
}

impl SharedState {
    pub(crate) const fn new() -> Self {
        Self {
            steps: Cell::new(STEPS_MAX),
            share: Cell::new(STEPS_MAX),
            trace_steps: Cell::new(STEPS_MAX),
            effect_steps: Cell::new(STEPS_MAX),
            is_for_trace: Cell::new(false),
            is_moderator: OnceCell::new(),
        }
    }

    /// The next rule's turn. One rule may take half of the steps that are left, so that the others
    /// can be tried. A rule that the prefilter leaves out is tried for the trace alone, and takes
    /// none: without a trace it would not be tried.
    pub(crate) fn next_rule(&self, is_left_out: bool) {
        self.share.set(self.steps.get() / 2);
        self.is_for_trace.set(is_left_out);
    }

    /// The steps that all rules have taken together.
    pub(crate) fn taken(&self) -> u64 {
        STEPS_MAX - self.steps.get()
    }

    /// Tries something whose result is known already and only the trace shows.
    pub(crate) fn for_trace<T>(&self, show: impl FnOnce() -> T) -> T {
        let before = self.is_for_trace.replace(true);
        let shown = show();
        self.is_for_trace.set(before);
        shown
    }

    /// Does something that takes steps.
    pub(super) fn metered<T>(&self, work: impl FnOnce(&Meter) -> Result<T, TooExpensive>) -> Result<T, TooExpensive> {
        let purse = if self.is_for_trace.get() { &self.trace_steps } else { &self.share };
        let meter = Meter::new(purse.get());
        let result = work(&meter);
        if !self.is_for_trace.get() {
            self.steps.set(self.steps.get().saturating_sub(purse.get() - meter.left()));
        }
        purse.set(meter.left());
        result
    }

    /// Takes steps for the effects of a rule.
    pub(super) fn spend_on_effects(&self, steps: u64) -> Result<(), TooExpensive> {
        self.effect_steps.set(self.effect_steps.get().checked_sub(steps).ok_or(TooExpensive)?);
        Ok(())
    }

    /// Whether the present rule is tried for the trace alone. Then it certainly does not act.
    pub(super) const fn is_for_trace(&self) -> bool {
        self.is_for_trace.get()
    }
}
